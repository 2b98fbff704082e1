"""The command line, `memgpt-autogen`. It starts without importing AutoGen; only the demo needs it.

Each module contains one command or one group of commands. It imports what takes long only when it is called.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from memgpt_autogen._version import __version__
from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import choose_owner
from memgpt_autogen.cli.app import EXIT_CODES, MACHINE, WRONG, command, group, print_error
from memgpt_autogen.cli.commands import (
    accounts,
    add,
    apply,
    backup,
    bench,
    configure,
    demo,
    doctor,
    listing,
    load,
    mcp,
    memory,
    move,
    run,
    server,
    server_demo,
    transfer,
)
from memgpt_autogen.cli.options import AsJson
from memgpt_autogen.cli.remote.choice import choose_server, forget_server
from memgpt_autogen.errors import ConfigurationError

app = group("Agents with MemGPT's memory.", epilog=EXIT_CODES)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options_of_all(
    ctx: typer.Context,
    *,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option("--version", "-V", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
    owner: Annotated[
        Optional[str],
        typer.Option("--owner", help="The user whose agents and keys are meant; else the home's own."),
    ] = None,
    server: Annotated[
        Optional[str],
        typer.Option(
            "--server",
            help="Work on the server at this address, and not on this machine's home. MEMGPT_AUTOGEN_SERVER "
            "names it too.",
        ),
    ] = None,
    key: Annotated[
        Optional[str],
        typer.Option(
            "--key",
            help="The key for --server, or the admin password. Others of this machine can see it; "
            "MEMGPT_AUTOGEN_SERVER_KEY has it unseen.",
        ),
    ] = None,
    key_file: Annotated[
        Optional[Path], typer.Option("--key-file", help="A file with the key for --server.")
    ] = None,
) -> None:
    choose_owner(owner)
    ctx.call_on_close(forget_server)
    try:
        choose_server(server, key, key_file)
    except ConfigurationError as error:
        print_error(str(error))
        raise typer.Exit(WRONG) from None


for part in (
    run,
    server,
    server_demo,
    mcp,
    configure,
    demo,
    load,
    listing,
    add,
    apply,
    memory,
    transfer,
    backup,
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
