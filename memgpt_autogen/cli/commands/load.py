"""`load`, `attach` and `detach`: documents into archival memory, and shared archives that an agent reads beside its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from memgpt_autogen.cli.app import DONE, FAILED, KEEPING, command, complain
from memgpt_autogen.cli.options import Agent, Home

if TYPE_CHECKING:
    from rich.console import Console

    from memgpt_autogen.memory.documents.attach import AttachProgress, AttachResult, ProgressCallback

MOST_TOLD = 20
"""Lines of one kind that are printed."""


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=KEEPING)(load)
    command(app, rich_help_panel=KEEPING)(attach)
    command(app, rich_help_panel=KEEPING)(detach)


def load(
    what: Annotated[
        list[str], typer.Argument(help="Files, folders or web addresses.", metavar="PATH_OR_URL")
    ],
    *,
    agent: Annotated[
        str, typer.Option("--agent", "-a", help="Whose archival memory it goes into; made if there is none.")
    ],
    name: Annotated[
        Optional[str],
        typer.Option(help="What citations say; of folders and several files, what names begin with."),
    ] = None,
    archive: Annotated[Optional[str], typer.Option(help="A shared archive that the agent uses.")] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also fetch from this machine and private networks.")
    ] = False,
    home: Home = None,
) -> int:
    """Load documents: text, Markdown, HTML, PDF, Word, PowerPoint, CSV, JSON, e-mail, folders of them, pages of the web.

    A load that was interrupted goes on where it ended; what is there already is not loaded again. The exit code is 1 where any
    of it could not be read.
    """
    from memgpt_autogen.assembly import open_memory
    from memgpt_autogen.cli import output
    from memgpt_autogen.errors import MemGPTError
    from memgpt_autogen.home import agent_names
    from memgpt_autogen.memory.documents.attach import is_address
    from memgpt_autogen.settings import Settings

    shown, settings, failed = output.console(), Settings.load(home=home), False
    new = agent not in agent_names(settings)
    memory = open_memory(agent, settings, archive=archive)
    if new:
        output.say(shown, f"{agent} is new in {settings.home}")
    for each in what:
        called = f"{name}/{each.rstrip('/').rpartition('/')[2]}" if name and len(what) > 1 else name
        try:
            with bar(shown, each) as told:
                read = each if is_address(each) else Path(each)
                attached = memory.attach(read, name=called, allow_private=allow_private, told=told)
        except MemGPTError as error:
            failed = True
            complain(str(error))
        else:
            failed = failed or bool(attached.failed)
            show(shown, attached)
    return FAILED if failed else DONE


def attach(
    archive: Annotated[str, typer.Argument(help="A shared archive of the home.")],
    agent: Agent = None,
    home: Home = None,
) -> None:
    """Let an agent read a shared archive beside its own; nothing is copied."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.cli.agents import the_memory
    from memgpt_autogen.settings import Settings

    memory = the_memory(agent, Settings.load(home=home))
    memory.attach(archive=archive)
    there = sum(source.archive == archive for source in memory.sources())
    output.say(output.console(), f"{memory.name} reads {archive} from now on: {there:,} documents")


def detach(
    archive: Annotated[str, typer.Argument(help="An archive that was attached.")],
    agent: Agent = None,
    home: Home = None,
) -> None:
    """Let an agent read a shared archive no longer; the archive keeps what it has. A document goes by delete source."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.cli.agents import the_memory
    from memgpt_autogen.settings import Settings

    memory = the_memory(agent, Settings.load(home=home))
    memory.detach(archive=archive)
    output.say(output.console(), f"{memory.name} does not read {archive} any more")


def show(shown: Console, attached: AttachResult) -> None:
    """What came of a load; what could not be read is told in red."""
    from memgpt_autogen.cli import output

    for what, sources in (("loaded", attached.came), ("loaded anew", attached.changed)):
        for source in sources[:MOST_TOLD]:
            output.say(shown, f"{what}: {source}")
        if len(sources) > MOST_TOLD:
            passages = sum(source.passages for source in sources)
            output.say(shown, f"... in all {len(sources):,} documents, {passages:,} passages")
    if attached.unchanged:
        output.say(shown, f"there already: {len(attached.unchanged):,}")
    for _, error in attached.failed[:MOST_TOLD]:
        complain(error)
    if len(attached.failed) > MOST_TOLD:
        complain(f"... in all {len(attached.failed):,} could not be read")


@contextmanager
def bar(shown: Console, what: str) -> Iterator[ProgressCallback]:
    """A bar that tells how far a load has come."""
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[passages]:,} passages"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=shown, transient=True) as progress:
        task = progress.add_task(what, total=None, passages=0)

        def told(reached: AttachProgress) -> None:
            counted = f" ({reached.document}/{reached.documents})" if reached.documents > 1 else ""
            progress.update(
                task,
                description=f"{Path(reached.name).name}{counted}",
                completed=reached.bytes,
                total=reached.all_bytes or None,
                passages=reached.passages,
            )

        yield told
