"""Writes docs/cli.md from the command line itself: `python docs/write_cli.py`. A test keeps the page in step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from memgpt_autogen.cli import app
from memgpt_autogen.cli.app import EXIT_CODES
from memgpt_autogen.cli.chat.slash import COMMANDS

PAGE = Path(__file__).with_name("cli.md")

HEAD = f"""# Commands of the terminal

Every command has `-h`, and `--debug`, which shows where an error comes from. Those that a script would read have `--json`.
[The terminal](terminal.md) shows them at work. `memgpt-autogen --install-completion` teaches your shell to complete them.

{EXIT_CODES}
"""

WRITTEN = "<!-- written by docs/write_cli.py: change the commands, and run it again -->\n"

EVERYWHERE = ("--help", "--debug", "--install-completion", "--show-completion")


def page() -> str:
    parts = [HEAD, *_told(get_command(app), "memgpt-autogen"), _conversation(), WRITTEN]
    return "\n".join(parts)


def _told(command: Any, name: str) -> Iterator[str]:
    """The commands of a group, each with what it takes."""
    for each in command.commands.values():
        if each.hidden:
            continue
        called = f"{name} {each.name}"
        if hasattr(each, "commands"):
            yield from _told(each, called)
            continue
        arguments = [param for param in each.params if param.param_type_name == "argument"]
        takes = " ".join(_argument(param) for param in arguments)
        yield f"## `{f'{called} {takes}'.strip()}`\n"
        yield "\n\n".join(" ".join(part.split()) for part in each.help.split("\n\n")) + "\n"
        rows = [row for param in each.params if (row := _row(param))]
        if rows:
            yield "\n".join(["| | |", "| --- | --- |", *rows]) + "\n"


def _argument(param: Any) -> str:
    name = param.name.upper() + ("..." if param.nargs == -1 else "")
    return name if param.required else f"[{name}]"


def _row(param: Any) -> str | None:
    """An option or argument as a row of a table; None for what every command has."""
    if getattr(param, "hidden", False) or any(name in EVERYWHERE for name in param.opts):
        return None
    names = (
        param.name.upper() if param.param_type_name == "argument" else ", ".join(sorted(param.opts, key=len))
    )
    about = (param.help or "").replace("|", "\\|")
    if isinstance(param.default, (int, str)) and not isinstance(param.default, bool):
        about += f" Without it: {param.default}."
    return f"| `{names}` | {about} |"


def _conversation() -> str:
    rows = [f"| `{f'{each.name} {each.takes}'.strip()}` | {each.about} |" for each in COMMANDS.values()]
    rows += [
        "| `//` | begins and ends a message of many lines |",
        "| Ctrl-C | interrupts a turn; what was said is kept |",
    ]
    return "\n".join(["## Within a conversation\n", "| | |", "| --- | --- |", *rows]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
