"""`memory`: look into an agent's memory, search it, edit it, and take edits back."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from memgpt_autogen.cli.app import KEEPING, command, group
from memgpt_autogen.cli.commands.add import File
from memgpt_autogen.cli.options import Agent, AsJson, Home
from memgpt_autogen.errors import ConfigurationError

if TYPE_CHECKING:
    from memgpt_autogen.memory.hierarchy import MemoryHierarchy


def add_to(app: typer.Typer) -> None:
    part = group("Look into an agent's memory, and edit it.")
    command(part)(show)
    command(part)(search)
    command(part)(edit)
    command(part)(history)
    command(part)(undo)
    app.add_typer(part, name="memory", rich_help_panel=KEEPING)


def show(agent: Agent = None, home: Home = None, *, as_json: AsJson = False) -> None:
    """Core memory, the summary, and how much lies outside the prompt."""
    from memgpt_autogen.cli import output

    memory = _memory(agent, home)
    summary = memory.queue.summary
    passages = memory.prompt.outside.passages()
    if as_json:
        output.as_json(
            {
                "agent": memory.name,
                "blocks": [
                    {
                        "label": block.label,
                        "value": block.value,
                        "limit": block.limit,
                        "description": block.description,
                        "read_only": block.read_only,
                        "shared": block.shared,
                    }
                    for block in memory.core
                ],
                "summary": summary.text if summary else None,
                "messages": memory.log.count(),
                "passages": passages,
                "evictions": memory.queue.evictions(),
            }
        )
        return
    shown = output.console()
    output.blocks(shown, memory.core)
    if summary:
        shown.print("[bold]summary[/bold] [dim]of what left the prompt[/dim]")
        output.say(shown, "\n".join(f"  {line}" for line in summary.text.splitlines()))
    outside = "cannot be reached" if passages is None else f"{passages:,} passages"
    output.say(shown, f"recall: {memory.log.count():,} messages; archival: {outside}", "dim")


def search(
    query: Annotated[str, typer.Argument(help='Words; "quoted words" must stand together.')],
    *,
    archival: Annotated[bool, typer.Option("--archival", help="Only archival storage.")] = False,
    recall: Annotated[bool, typer.Option("--recall", help="Only what was said.")] = False,
    speaker: Annotated[Optional[str], typer.Option(help="Only what this participant said.")] = None,
    start: Annotated[Optional[str], typer.Option(help="From this day on, YYYY-MM-DD.")] = None,
    end: Annotated[Optional[str], typer.Option(help="Up to this day, YYYY-MM-DD, included.")] = None,
    page: Annotated[int, typer.Option(help="Counts from 0.", min=0)] = 0,
    count: Annotated[int, typer.Option("--count", "-n", help="Results a page.", min=1, max=1000)] = 5,
    agent: Agent = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Search everything that was said, and archival storage, as the agent itself does."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.tools.memory.dates import date_range

    memory = _memory(agent, home)
    first, last = date_range(start, end, memory.zone)
    told: dict[str, Any] = {}
    if not archival or recall:
        said = memory.recall.search(query, speaker=speaker, start=first, end=last, page=page, page_size=count)
        told["recall"] = {
            "total": said.total,
            "trouble": said.trouble or None,
            "items": [
                {"seq": each.seq, "name": each.name, "text": each.text, "time": each.time, "why": each.why}
                for each in said.items
            ],
        }
    if (not recall and speaker is None) or archival:
        found = memory.archival.search(query, start=first, end=last, page=page, page_size=count)
        told["archival"] = {
            "total": found.total,
            "items": [
                {
                    "id": each.passage.id,
                    "source": each.passage.source,
                    "text": each.passage.text,
                    "time": each.passage.created_at,
                    "tags": list(each.passage.tags),
                    "why": each.why,
                }
                for each in found.items
            ],
        }
    if as_json:
        output.as_json(told)
        return
    shown = output.console()
    for where, part in told.items():
        shown.print(f"[bold]{where}[/bold] [dim]{part['total']:,} fit[/dim]")
        for each in part["items"]:
            who = each.get("name") or each.get("source") or ""
            output.found(shown, each["time"].astimezone(memory.zone), who, each["text"], each["why"])


def edit(
    label: Annotated[str, typer.Argument(help="The block.")],
    *,
    text: Annotated[Optional[str], typer.Option("--text", "-t", help="The new text.")] = None,
    file: File = None,
    agent: Agent = None,
    home: Home = None,
) -> None:
    """Write a block anew; without --text and --file in your editor. The agent sees it in its next turn."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.cli.commands.add import text_of

    shown, memory = output.console(), _memory(agent, home)
    before = memory.core[label].value
    if text is None and file is not None:
        text = text_of(file)
    if text is None:
        text = edited(before)
    if text.strip() == before.strip():
        output.say(shown, "nothing was changed", "dim")
        return
    memory.core.set(label, text.strip())
    output.blocks(shown, [memory.core[label]])


def history(
    newest: Annotated[int, typer.Option("--count", "-n", help="How many, the newest ones.", min=1)] = 20,
    agent: Agent = None,
    home: Home = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What happened to memory: edits, evictions, what was taken back."""
    from memgpt_autogen.cli import output

    changes = _memory(agent, home).history(newest)
    if as_json:
        keys = ("seq", "time", "what", "label", "before", "after", "by", "of")
        output.as_json([{key: getattr(change, key) for key in keys} for change in changes])
    else:
        output.say(output.console(), str(changes))


def undo(
    steps: Annotated[int, typer.Argument(help="How many changes.", min=1)] = 1,
    *,
    redo: Annotated[bool, typer.Option("--redo", help="Make again what was undone last.")] = False,
    agent: Agent = None,
    home: Home = None,
) -> None:
    """Take back the newest edits of core memory, pops, rethinks and rewrites."""
    from memgpt_autogen.cli import output

    memory = _memory(agent, home)
    output.say(output.console(), str(memory.redo(steps) if redo else memory.undo(steps)))


def _memory(agent: str | None, home: Path | None) -> MemoryHierarchy:
    from memgpt_autogen.cli.agents import the_memory
    from memgpt_autogen.settings import Settings

    return the_memory(agent, Settings.load(home=home))


def edited(text: str) -> str:
    """The text as it was saved; the editor has a file of its own, which nobody else can read and which is gone afterwards."""
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or _usual())
    with tempfile.TemporaryDirectory(prefix="memgpt-autogen-") as folder:
        file = Path(folder, "block.txt")
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*words, str(file)], check=True)  # noqa: S603 - the person's own choice
        except (OSError, subprocess.CalledProcessError) as error:
            raise ConfigurationError(
                f"the editor {words[0]} did not end well: {error}. Set EDITOR, or give --text or --file; nothing has changed."
            ) from error
        return file.read_text(encoding="utf-8")


def _usual() -> str:
    return "notepad" if os.name == "nt" else "vi"
