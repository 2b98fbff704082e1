"""The texts a model reads, kept as files so that they can be read and changed as texts."""

from functools import cache
from importlib.resources import files


@cache
def prompt(name: str) -> str:
    """The text of `<name>.md`. Placeholders are replaced literally by whoever uses it: braces mean nothing."""
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
