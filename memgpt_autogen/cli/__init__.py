"""The command line, `memgpt-autogen`. Starts without importing AutoGen; only the demo needs it.

Each module has one command or one group of them, and imports what it works with only when it is called.
"""

from __future__ import annotations

import typer

from memgpt_autogen._version import __version__
from memgpt_autogen.cli.app import EXIT_CODES, MACHINE, command, group
from memgpt_autogen.cli.commands import (
    add,
    bench,
    configure,
    demo,
    doctor,
    listing,
    load,
    memory,
    run,
    transfer,
)
from memgpt_autogen.cli.options import AsJson

app = group("MemGPT agents: they remember.", epilog=EXIT_CODES)


for part in (run, configure, demo, load, listing, add, memory, transfer, doctor, bench):
    part.add_to(app)


@command(app, rich_help_panel=MACHINE)
def version(*, as_json: AsJson = False) -> None:
    """Print the version."""
    if as_json:
        from memgpt_autogen.cli import output

        output.as_json({"version": __version__})
    else:
        typer.echo(__version__)
