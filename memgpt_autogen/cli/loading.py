"""Loading documents in the terminal: with a bar that tells how far it has come, and a list of what could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from memgpt_autogen.assembly import agent_names, open_memory
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.memory.attaching import Attached, Progressed, Told, is_address
from memgpt_autogen.settings import Settings

MOST_TOLD = 20
"""Lines of one kind that are printed."""


def load(
    given: Sequence[str],
    agent: str,
    *,
    name: str | None,
    archive: str | None,
    home: Path | None,
    allow_private: bool,
) -> int:
    """Load what is at these paths and addresses; the exit code is 1 where any of it failed."""
    console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    failed = False
    try:
        settings = Settings.load(home=home)
        new = agent not in agent_names(settings)
        memory = open_memory(agent, settings, archive=archive)
    except MemGPTError as error:
        errors.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        return 1
    if new:
        console.print(f"{escape(agent)} is new in {escape(str(settings.home))}", soft_wrap=True)
    for each in given:
        called = f"{name}/{each.rstrip('/').rpartition('/')[2]}" if name and len(given) > 1 else name
        try:
            with _bar(console, each) as told:
                what = each if is_address(each) else Path(each)
                attached = memory.attach(what, name=called, allow_private=allow_private, told=told)
        except MemGPTError as error:
            failed = True
            errors.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
        else:
            failed = failed or bool(attached.failed)
            _show(attached, console, errors)
    return int(failed)


def _show(attached: Attached, console: Console, errors: Console) -> None:
    for what, sources in (("loaded", attached.came), ("loaded anew", attached.changed)):
        for source in sources[:MOST_TOLD]:
            console.print(f"{what}: {escape(str(source))}", soft_wrap=True)
        if len(sources) > MOST_TOLD:
            passages = sum(source.passages for source in sources)
            console.print(f"... in all {len(sources):,} documents, {passages:,} passages", soft_wrap=True)
    if attached.unchanged:
        console.print(f"there already: {len(attached.unchanged):,}")
    for _, error in attached.failed[:MOST_TOLD]:
        errors.print(f"[red]{escape(error)}[/red]", soft_wrap=True)
    if len(attached.failed) > MOST_TOLD:
        errors.print(f"[red]... in all {len(attached.failed):,} could not be read[/red]")


@contextmanager
def _bar(console: Console, what: str) -> Iterator[Told]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[passages]:,} passages"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None, passages=0)

        def told(reached: Progressed) -> None:
            counted = f" ({reached.document}/{reached.documents})" if reached.documents > 1 else ""
            progress.update(
                task,
                description=f"{Path(reached.name).name}{counted}",
                completed=reached.bytes,
                total=reached.all_bytes or None,
                passages=reached.passages,
            )

        yield told
