"""`doctor`: what is installed, what is configured, what is wrong, and how to repair it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings
from memgpt_autogen.cli.app import DONE, FAILED, MACHINE, command
from memgpt_autogen.cli.options import AsJson, Home
from memgpt_autogen.rendering.plain_text import counted

MARKS = {"ok": "[green]✓[/green]", "note": "[yellow]![/yellow]", "wrong": "[red]✗[/red]"}


def add_to(app: typer.Typer) -> None:
    command(
        app, rich_help_panel=MACHINE, here="It checks this machine; of a server, /ready tells how it is."
    )(doctor)


def doctor(
    home: Home = None,
    *,
    ask: Annotated[
        bool,
        typer.Option("--ask", help="Also send the model and the embedder one request, which can cost money."),
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Check everything that an agent needs, and show how to repair what is wrong. Nothing is changed.

    The exit code is 1 if something is wrong, and 0 if there are only notes.
    """
    from memgpt_autogen.cli.commands.checks import run_checks

    shown, found = output.console(), []
    for check in run_checks(load_settings(home), ask=ask):
        found.append(check)
        if as_json:
            continue
        shown.print(
            f"{MARKS[check.state]} [bold]{output.plain(check.about)}:[/bold] {output.plain(check.found)}",
            soft_wrap=not shown.is_terminal,
        )
        if check.mend:
            output.say(shown, f"  → {check.mend}", "cyan")
    wrong, notes = (sum(check.state == state for check in found) for state in ("wrong", "note"))
    if as_json:
        output.print_json({"well": not wrong, "checks": [asdict(check) for check in found]})
    else:
        text = counted(wrong, "error") if wrong else "no errors"
        output.say(shown, f"{text}, {counted(notes, 'note')}", "red" if wrong else "green")
    return FAILED if wrong else DONE
