"""Writes docs/cli.md from the commands: `python docs/write_cli.py`. A test compares the two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from memgpt_autogen.cli import app
from memgpt_autogen.cli.app import EXIT_CODES
from memgpt_autogen.cli.chat.slash import COMMANDS, KEYS

PAGE = Path(__file__).with_name("cli.md")

HEAD = f"""# Commands of the terminal

Every command has `--help, -h`, and `--debug`, which shows the traceback of an error. Commands for scripts
have `--json`. `--owner USER` before a command, as in `memgpt-autogen --owner ada list agents`, means the
agents and keys of a [user of the home](server.md#users-and-keys). `--server URL` before a command lets it
work [on a server](server.md#the-command-line-on-a-server). [The terminal](terminal.md) shows examples.
`memgpt-autogen --install-completion` sets up completion in your shell.

{EXIT_CODES}
"""

WRITTEN = "<!-- written by docs/write_cli.py: change the commands, and run it again -->\n"

EVERYWHERE = {"--help", "--debug", "--install-completion", "--show-completion"}


def page() -> str:
    return "\n".join([HEAD, *_commands(get_command(app), "memgpt-autogen"), _conversation(), WRITTEN])


def _commands(group: Any, name: str) -> Iterator[str]:
    """A section for each command of a group."""
    for command in group.commands.values():
        if command.hidden:
            continue
        called = f"{name} {command.name}"
        if hasattr(command, "commands"):
            yield from _commands(command, called)
            continue
        arguments = [_argument(param) for param in command.params if param.param_type_name == "argument"]
        yield f"## `{' '.join([called, *arguments])}`\n"
        yield f"{command.help}\n"
        rows = [row for param in command.params if (row := _row(param))]
        if rows:
            yield _table(rows)


def _argument(param: Any) -> str:
    name = param.name.upper() + ("..." if param.nargs == -1 else "")
    return name if param.required else f"[{name}]"


def _row(param: Any) -> str | None:
    """A row for an option or argument; None for the options that every command has."""
    if getattr(param, "hidden", False) or EVERYWHERE.intersection(param.opts):
        return None
    argument = param.param_type_name == "argument"
    names = param.name.upper() if argument else ", ".join(sorted(param.opts, key=len, reverse=True))
    about = (param.help or "").replace("|", "\\|")
    if isinstance(param.default, (int, str)) and not isinstance(param.default, bool):
        about += f" The default is {param.default}."
    return f"| `{names}` | {about} |"


def _conversation() -> str:
    rows = [(f"`{command.usage}`", command.about) for command in COMMANDS.values()]
    rows += [(f"`{key}`" if key == "//" else key, about) for key, about in KEYS]
    return "## In a conversation\n\n" + _table([f"| {name} | {about} |" for name, about in rows])


def _table(rows: list[str]) -> str:
    return "\n".join(["| | |", "| --- | --- |", *rows]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
