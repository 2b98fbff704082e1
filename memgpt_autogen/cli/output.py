"""How commands show results: tables and lines for people, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from memgpt_autogen.cli.app import print_error
from memgpt_autogen.cli.wording import with_options
from memgpt_autogen.rendering.plain_text import bar, counted, glance, harmless

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from memgpt_autogen.concurrency import Progress
    from memgpt_autogen.memory.context.block import Block
    from memgpt_autogen.memory.documents.attach import AttachProgress, AttachResult, ProgressCallback

BAR = 16
"""Characters of the bar that shows how full a block is."""

SHOWN = 400
"""The most characters of a text in a list of several."""

MOST_SHOWN = 20
"""The most documents of one kind that are listed."""


def console() -> Console:
    return Console(highlight=False)


def plain(text: str) -> str:
    """Any text, ready for the terminal: nothing in it is markup or a control character."""
    return escape(harmless(text))


def say(shown: Console, text: str, style: str | None = None) -> None:
    """Print any text on lines of its own."""
    shown.print(plain(text), style=style, soft_wrap=not shown.is_terminal)


def report(shown: Console, value: object) -> None:
    """Print a report of the package. Names of Python arguments become options."""
    say(shown, with_options(str(value)))


def print_json(value: Any) -> None:
    """Print one JSON value on standard output, and nothing else."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_json_text))


def table(shown: Console, heads: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "") -> None:
    """Print rows under heads, numbers to the right. If there are no rows, print the text `empty`."""
    rows = [tuple(row) for row in rows]
    if not rows:
        say(shown, empty, "dim")
        return
    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_header=any(heads))
    for number, head in enumerate(heads):
        right = all(isinstance(row[number], int) for row in rows)
        made.add_column(head, justify="right" if right else "left", overflow="fold")
    for row in rows:
        made.add_row(*map(_cell, row))
    shown.print(made)


def table_or_json(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, as_json: bool, empty: str
) -> None:
    """Print rows as a table, or as JSON objects whose keys are the heads."""
    if as_json:
        print_json([dict(zip(heads, row, strict=True)) for row in rows])
    else:
        table(console(), heads, rows, empty=empty)


def blocks(shown: Console, core: Iterable[Block]) -> None:
    """Print blocks of core memory, each with a bar that shows how full it is."""
    for block in core:
        marks = ["read-only"] * block.read_only + ["shared"] * block.shared
        size = f"{len(block.value):,} of {block.limit:,} characters"
        about = f"{size} ({', '.join(marks)})" if marks else size
        filled = bar(len(block.value) / block.limit, BAR)
        shown.print(
            f"[bold]{plain(block.label)}[/bold]  [cyan]{filled}[/cyan] [dim]{about}[/dim]",
            soft_wrap=not shown.is_terminal,
        )
        say(shown, "\n".join(f"  {line}" for line in block.value.splitlines()) or "  (empty)")


def found(shown: Console, time: datetime, who: str, text: str, why: str = "") -> None:
    """Print one result of a search."""
    parts = [f"[dim]{_minute(time)}[/dim]", plain(glance(text, SHOWN))]
    if who:
        parts.insert(1, f"[bold]{plain(who)}[/bold]")
    if why:
        parts.append(f"[dim]({plain(why)})[/dim]")
    shown.print(" ".join(parts), soft_wrap=not shown.is_terminal)


def replaced(shown: Console, time: datetime, newer: Sequence[str]) -> None:
    """Print when a result was replaced, and the texts that replace it, below it."""
    mark = f"  replaced {_minute(time)}"
    by = " ".join(glance(text, SHOWN) for text in newer)
    say(shown, f"{mark} by: {by}" if by else mark, "dim")


@contextmanager
def progress(shown: Console, what: str) -> Iterator[Progress]:
    """A progress bar that counts, and disappears at the end of the block."""
    from rich.progress import TextColumn

    counts = TextColumn("{task.completed:,}"), TextColumn("{task.fields[of]}")
    with progress_bar(shown, what, *counts, of="") as update:
        yield lambda done, total: update(
            completed=done, total=total, of="" if total is None else f"of {total:,}"
        )


@contextmanager
def progress_bar(
    shown: Console, what: str, *columns: ProgressColumn, **fields: Any
) -> Iterator[Callable[..., None]]:
    """A progress bar with these columns. The function updates the bar and their fields.

    There is none outside a terminal, where it would leave an empty line.
    """
    if not shown.is_terminal:
        yield lambda **_: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    described = TextColumn("{task.description}", markup=False)
    left = TimeRemainingColumn(compact=True)
    with Progress(
        SpinnerColumn(), described, BarColumn(), *columns, left, console=shown, transient=True
    ) as drawn:
        yield partial(drawn.update, drawn.add_task(what, total=None, **fields))


@contextmanager
def load_progress(shown: Console, what: str) -> Iterator[ProgressCallback]:
    """A bar that shows the progress of a load."""
    from rich.progress import DownloadColumn, TextColumn

    columns = DownloadColumn(), TextColumn("{task.fields[passages]:,} passages")
    with progress_bar(shown, what, *columns, passages=0) as update:

        def show(reached: AttachProgress) -> None:
            place = f" ({reached.document}/{reached.documents})" if reached.documents > 1 else ""
            update(
                description=f"{Path(reached.name).name}{place}",
                completed=reached.bytes,
                total=reached.all_bytes or None,
                passages=reached.passages,
            )

        yield show


def print_attached(shown: Console, attached: AttachResult) -> None:
    """Print what was loaded; what could not be read is an error."""
    from memgpt_autogen.memory.documents.attach import files_by_kind

    for what, sources in (("loaded", attached.came), ("loaded again", attached.changed)):
        for source in sources[:MOST_SHOWN]:
            say(shown, f"{what}: {source}")
        if len(sources) > MOST_SHOWN:
            passages = counted(sum(source.passages for source in sources), "passage")
            say(shown, f"... in total {len(sources):,} documents, {passages}")
    if attached.unchanged:
        say(shown, f"already loaded: {counted(len(attached.unchanged), 'document')}")
    for _, error in attached.failed[:MOST_SHOWN]:
        print_error(error)
    if len(attached.failed) > MOST_SHOWN:
        print_error(f"... in total {len(attached.failed):,} documents could not be read")
    for note in attached.notes[:MOST_SHOWN]:
        say(shown, f"note: {note}", "dim")
    if len(attached.notes) > MOST_SHOWN:
        say(shown, f"... in total {counted(len(attached.notes), 'note')}", "dim")
    if attached.skipped:
        skipped = files_by_kind(attached.skipped)
        say(shown, f"skipped {skipped}. Option --all loads all files.", "dim")


def _json_text(value: object) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return _minute(value)
    return plain("" if value is None else str(value))


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M %Z}"
