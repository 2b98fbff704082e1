"""How commands show what they found: tables and lines for people, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from memgpt_autogen.rendering.plain_text import harmless, shorten

if TYPE_CHECKING:
    from memgpt_autogen.concurrency import Progress
    from memgpt_autogen.memory.context.block import Block

BAR = 16
"""Characters of the bar that shows how full a block is."""

SHOWN = 400
"""The most characters of a text in a list of several."""


def console() -> Console:
    return Console(highlight=False)


def plain(text: str) -> str:
    """A text from anywhere, ready for the terminal: nothing in it is markup or steers."""
    return escape(harmless(text))


def say(shown: Console, text: str, style: str | None = None) -> None:
    """A text from anywhere, on lines of its own."""
    shown.print(plain(text), style=style, soft_wrap=not shown.is_terminal)


def as_json(value: Any) -> None:
    """One JSON value on standard output, and nothing else."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_told))


def table(shown: Console, heads: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Rows under heads; numbers stand to the right. `empty` is said where there are none."""
    rows = [tuple(row) for row in rows]
    if not rows:
        shown.print(f"[dim]{plain(empty)}[/dim]", soft_wrap=not shown.is_terminal)
        return
    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_header=any(heads))
    for number, head in enumerate(heads):
        right = all(isinstance(row[number], int) for row in rows)
        made.add_column(head, justify="right" if right else "left", overflow="fold")
    for row in rows:
        made.add_row(*map(_cell, row))
    shown.print(made)


def blocks(shown: Console, held: Iterable[Block]) -> None:
    """Core memory with the fill of each block."""
    for block in held:
        share = len(block.value) / block.limit
        bar = "█" * round(BAR * share)
        about = ", ".join(
            word for word, is_so in (("read-only", block.read_only), ("shared", block.shared)) if is_so
        )
        shown.print(
            f"[bold]{plain(block.label)}[/bold]  [cyan]{bar:<{BAR}}[/cyan] "
            f"[dim]{len(block.value):,} of {block.limit:,} characters{f' ({about})' if about else ''}[/dim]",
            soft_wrap=not shown.is_terminal,
        )
        say(shown, "\n".join(f"  {line}" for line in block.value.splitlines()) or "  (empty)")


def found(shown: Console, time: datetime, who: str, text: str, why: str = "") -> None:
    """One thing that a search brought."""
    text = shorten(" ".join(text.split()), SHOWN)
    told = f"[dim]{time:%Y-%m-%d %H:%M}[/dim] [bold]{plain(who)}[/bold] {plain(text)}"
    shown.print(f"{told} [dim]({plain(why)})[/dim]" if why else told, soft_wrap=not shown.is_terminal)


@contextmanager
def progress(shown: Console, what: str) -> Iterator[Progress]:
    """A bar that goes away when the block ends."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TextColumn("{task.fields[of]}"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=shown, transient=True) as bar:
        task = bar.add_task(escape(what), total=None, of="")

        def tell(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total, of="" if total is None else f"of {total:,}")

        yield tell


def _told(value: object) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return plain("" if value is None else str(value))
