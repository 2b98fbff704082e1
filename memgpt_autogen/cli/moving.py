"""Moving and forgetting in the terminal: an agent into a file, out of one, and what it should not remember any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from memgpt_autogen.assembly import agent_names, check_import, import_memory, open_memory
from memgpt_autogen.errors import ConfigurationError, MemGPTError
from memgpt_autogen.memory.core import SharedBlocks
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.upkeep import Progress as ProgressOf
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.dates import date_range


def export(name: str, path: Path, home: Path | None) -> int:
    """Write the agent's bundle; the exit code is 1 where that failed."""
    with _told() as (console, failed):
        memory = _existing(name, Settings.load(home=home))
        with _progress(console, f"exporting {name}") as progress:
            file = memory.export(path, progress=progress)
        console.print(f"{escape(name)} is in {escape(str(file))}", soft_wrap=True)
    return len(failed)


def bring(
    path: Path,
    name: str | None,
    home: Path | None,
    archive: str | None,
    shared_blocks: SharedBlocks | None,
    *,
    dry_run: bool,
) -> int:
    """Import a bundle, or tell what that would do."""
    with _told() as (console, failed):
        settings = Settings.load(home=home)
        contents = check_import(path, name, settings, archive=archive, shared_blocks=shared_blocks)
        console.print(escape(str(contents)), soft_wrap=True)
        if not dry_run:
            with _progress(console, f"importing {contents.name}") as progress:
                import_memory(
                    path, name, settings, archive=archive, shared_blocks=shared_blocks, progress=progress
                )
            console.print(f"imported into {escape(str(settings.home))}", soft_wrap=True)
    return len(failed)


def forget(
    name: str,
    home: Path | None,
    *,
    speaker: str | None,
    source: str | None,
    start: str | None,
    end: str | None,
    query: str | None,
    blocks: bool,
    shared: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Show what would go, ask, and forget it. Dates are days in the agent's time zone, both included."""
    with _told() as (console, failed):
        memory = _existing(name, Settings.load(home=home))
        first, last = date_range(start, end, memory.zone)

        def forgotten(*, dry_run: bool) -> str:
            return str(
                memory.forget(
                    speaker=speaker,
                    source=source,
                    start=first,
                    end=last,
                    query=query,
                    blocks=blocks,
                    shared=shared,
                    dry_run=dry_run,
                )
            )

        if dry_run or not yes:
            console.print(escape(forgotten(dry_run=True)), soft_wrap=True)
        if not dry_run and (yes or typer.confirm("There is no way back. Forget it?")):
            console.print(escape(forgotten(dry_run=False)), soft_wrap=True)
    return len(failed)


def reembed(name: str, home: Path | None, embedding_model: str | None, archive: str | None) -> int:
    """Embed the agent's own archive, or a shared one, with the model that is named or configured."""
    with _told() as (console, failed):
        settings = Settings.load(home=home)
        wanted = embedding_model or settings.embedding_model
        if wanted is None:
            raise ConfigurationError(
                "no embedding model is configured. Give --embedding-model, or --embedding-model none for search by words."
            )
        given = None if wanted == settings.embedding_model else wanted
        memory = _existing(name, settings, embedder=given, archive=archive)
        model = memory.archival.embedding_model
        with _progress(console, f"embedding {archive or name}") as progress:
            done = memory.archival.reembed(progress=progress)
        memory.archival.close()
        space = f"embedded with {model}" if model else "searched by words"
        console.print(escape(f"{archive or name}: {done:,} passages are {space} now"), soft_wrap=True)
        if given is not None:
            console.print(
                escape(
                    f"to search them, set MEMGPT_AUTOGEN_EMBEDDING_MODEL={wanted}, or give embedder={wanted!r}"
                ),
                soft_wrap=True,
            )
    return len(failed)


def _existing(
    name: str, settings: Settings, *, embedder: str | None = None, archive: str | None = None
) -> MemoryHierarchy:
    """Opening would make an agent that is not there."""
    names = agent_names(settings)
    if name not in names:
        raise ConfigurationError(
            f"there is no agent '{name}' in {settings.home}; there are: {', '.join(names) or 'none'}."
        )
    return open_memory(name, settings, embedder=embedder, archive=archive)


@contextmanager
def _told() -> Iterator[tuple[Console, list[MemGPTError]]]:
    """An error is told in red, and put into the list."""
    console = Console(highlight=False)
    failed: list[MemGPTError] = []
    try:
        yield console, failed
    except MemGPTError as error:
        failed.append(error)
        console.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)


@contextmanager
def _progress(console: Console, what: str) -> Iterator[ProgressOf]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TextColumn("{task.fields[of]}"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(escape(what), total=None, of="")

        def tell(done: int, total: int | None) -> None:
            shown.update(task, completed=done, total=total, of="" if total is None else f"of {total:,}")

        yield tell
