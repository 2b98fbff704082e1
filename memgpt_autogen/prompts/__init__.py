"""The texts that a model reads. They are files, so that people can read and change them as texts."""

from functools import cache
from importlib.resources import files


@cache
def prompt(name: str) -> str:
    """Return the text of `<name>.md`. The caller replaces placeholders as plain text."""
    return files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
