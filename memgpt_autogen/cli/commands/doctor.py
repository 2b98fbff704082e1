"""`doctor`: what is installed, what was found, what is wrong, and how to mend it."""

from __future__ import annotations

from typing import Annotated

import typer

from memgpt_autogen.cli.app import DONE, FAILED, MACHINE, command
from memgpt_autogen.cli.options import AsJson, Home

MARKS = {"ok": "[green]✓[/green]", "note": "[yellow]![/yellow]", "wrong": "[red]✗[/red]"}


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=MACHINE)(doctor)


def doctor(
    home: Home = None,
    *,
    ask: Annotated[
        bool,
        typer.Option("--ask", help="Also ask the model and the embedder one question, which may cost money."),
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Look at everything that an agent needs, and say what is wrong and how to mend it. Nothing is changed.

    The exit code is 1 if something is wrong, and 0 if there are only notes.
    """
    from dataclasses import asdict

    from memgpt_autogen.cli import output
    from memgpt_autogen.cli.commands.checks import checked
    from memgpt_autogen.rendering.plain_text import counted
    from memgpt_autogen.settings import Settings

    shown, settings = output.console(), Settings.load(home=home)
    found = []
    for check in checked(settings, ask=ask):
        found.append(check)
        if as_json:
            continue
        shown.print(
            f"{MARKS[check.state]} [bold]{output.plain(check.about)}[/bold] {output.plain(check.found)}",
            soft_wrap=not shown.is_terminal,
        )
        if check.mend:
            output.say(shown, f"  → {check.mend}", "cyan")
    wrong = sum(check.state == "wrong" for check in found)
    notes = sum(check.state == "note" for check in found)
    if as_json:
        output.as_json({"well": not wrong, "checks": [asdict(check) for check in found]})
    else:
        noted = counted(notes, "note")
        told = f"{wrong} wrong, {noted}" if wrong else f"all is well, {noted}"
        output.say(shown, told, "red" if wrong else "green")
    return FAILED if wrong else DONE
