"""Read a file of agents, `agents.toml`. Errors name the file, the line and the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.service.schemas.apply import AgentsFile

Path_ = tuple[str, ...]


def read_agents_file(text: str, name: str = "agents.toml") -> AgentsFile:
    """Return what a file declares. Raises `ConfigurationError` for the first thing that is wrong with it."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        given = tomlkit.parse(text).unwrap()
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{name} is not TOML: {error or 'it is nested too deep'}.") from None
    try:
        return AgentsFile.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(str(each) for each in first["loc"] if each != "[key]")
        raise ConfigurationError(f"{name}, {_where(text, place)}: {_message(first)}.") from None


def _message(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such key here"
    return str(error["msg"]).removeprefix("Value error, ").rstrip(".")


def _where(text: str, place: Path_) -> str:
    """Say in which line a value is, and in which table: the line of its key, else that of its table."""
    line = 0
    table: Path_ = ()
    for number, header in _headers(text):
        if place[: len(header)] == header and len(header) >= len(table):
            line, table = number, header
    rest = place[len(table) :]
    key = next((each for each in rest if not each.isdigit()), None)
    for number, first in _keys(text, line):
        if first == key:
            line = number
            break
    shown = f"[{'.'.join(table)}]" if table else "the top"
    return f"line {max(line, 1)}, {shown}{f', {chr(46).join(rest)}' if rest else ''}"


def _headers(text: str) -> Iterator[tuple[int, Path_]]:
    """Yield the line and the path of every table. A table of a list has its number, as in errors."""
    seen: dict[Path_, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("[") and (path := _parsed(stripped)):
            if stripped.startswith("[["):
                seen[path] = seen.get(path, -1) + 1
                path = (*path, str(seen[path]))
            yield number, path


def _keys(text: str, table_line: int) -> Iterator[tuple[int, str]]:
    """Yield the lines of a table, the one that its header is in, with the first key of each."""
    for number, line in enumerate(text.splitlines()[table_line:], table_line + 1):
        if line.strip().startswith("["):
            return
        name = line.partition("=")[0].strip().strip("\"'").partition(".")[0]
        if name:
            yield number, name


def _parsed(line: str) -> Path_:
    """Return the path of a table's header; nothing for a line that is none."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        value: Any = tomlkit.parse(line).unwrap()
    except (TOMLKitError, ValueError):
        return ()
    found: list[str] = []
    while isinstance(value, dict) and value:
        name, value = next(iter(value.items()))
        found.append(str(name))
        value = value[0] if isinstance(value, Sequence) and not isinstance(value, str) and value else value
    return tuple(found)
