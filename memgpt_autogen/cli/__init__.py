"""The command line, `memgpt-autogen`. It starts without importing AutoGen; only the demo needs it.

Each module contains one command or one group of commands. It imports what takes long only when it is called.
"""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from memgpt_autogen._version import __version__
from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import choose_owner
from memgpt_autogen.cli.app import EXIT_CODES, MACHINE, command, group
from memgpt_autogen.cli.commands import (
    accounts,
    add,
    bench,
    configure,
    demo,
    doctor,
    listing,
    load,
    memory,
    move,
    run,
    server,
    transfer,
)
from memgpt_autogen.cli.options import AsJson

app = group("Agents with MemGPT's memory.", epilog=EXIT_CODES)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options_of_all(
    *,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option("--version", "-V", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
    owner: Annotated[
        Optional[str],
        typer.Option("--owner", help="The user whose agents and keys are meant; else the home's own."),
    ] = None,
) -> None:
    choose_owner(owner)


for part in (
    run,
    server,
    configure,
    demo,
    load,
    listing,
    add,
    memory,
    transfer,
    move,
    accounts,
    doctor,
    bench,
):
    part.add_to(app)


@command(app, rich_help_panel=MACHINE)
def version(*, as_json: AsJson = False) -> None:
    """Print the version."""
    if as_json:
        output.print_json({"version": __version__})
    else:
        typer.echo(__version__)
