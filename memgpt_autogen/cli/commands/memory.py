"""`memory`: show an agent's memory, search it, edit it, and undo edits."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings, open_agent
from memgpt_autogen.cli.app import MEMORY, command, group
from memgpt_autogen.cli.commands.add import read_text
from memgpt_autogen.cli.options import Agent, AsJson, File, Home
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.rendering.plain_text import counted

EDITOR = "notepad" if os.name == "nt" else "vi"
"""The editor if the environment names none."""


def add_to(app: typer.Typer) -> None:
    part = group("Show, search and edit an agent's memory.")
    for function in (show, search, edit, history, undo):
        command(part)(function)
    app.add_typer(part, name="memory", rich_help_panel=MEMORY)


def show(agent: Agent = None, home: Home = None, *, as_json: AsJson = False) -> None:
    """Show core memory, the summary, and the size of recall and archival memory."""
    memory = open_agent(agent, load_settings(home))
    summary = memory.queue.summary
    messages, passages = memory.log.count(), memory.prompt.outside.passages()
    if as_json:
        block_keys = ("label", "value", "limit", "description", "read_only", "shared")
        output.print_json(
            {
                "agent": memory.name,
                "blocks": [_fields(block, *block_keys) for block in memory.core],
                "summary": summary.text if summary else None,
                "messages": messages,
                "passages": passages,
                "evictions": memory.queue.evictions(),
            }
        )
        return
    shown = output.console()
    output.blocks(shown, memory.core)
    if summary:
        shown.print("[bold]summary[/bold] [dim]of evicted messages[/dim]")
        output.say(shown, "\n".join(f"  {line}" for line in summary.text.splitlines()))
    archival = "not available" if passages is None else counted(passages, "passage")
    output.say(shown, f"recall memory: {counted(messages, 'message')}; archival memory: {archival}", "dim")


def search(
    query: Annotated[str, typer.Argument(help='Words. "Quoted words" must be next to each other.')],
    *,
    archival: Annotated[bool, typer.Option("--archival", help="Search archival memory only.")] = False,
    recall: Annotated[bool, typer.Option("--recall", help="Search messages only.")] = False,
    speaker: Annotated[Optional[str], typer.Option(help="Only messages of this speaker.")] = None,
    start: Annotated[Optional[str], typer.Option(help="From this day on, YYYY-MM-DD.")] = None,
    end: Annotated[Optional[str], typer.Option(help="Up to and including this day, YYYY-MM-DD.")] = None,
    as_of: Annotated[
        Optional[str],
        typer.Option(help="As known on this day: without what was stored or replaced after it, YYYY-MM-DD."),
    ] = None,
    page: Annotated[int, typer.Option(help="The page of results, from 0.", min=0)] = 0,
    count: Annotated[int, typer.Option("--count", "-n", help="Results on a page.", min=1, max=1000)] = 5,
    agent: Agent = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Search messages and archival memory, as the agent does."""
    from memgpt_autogen.tools.memory.dates import date_range

    memory = open_agent(agent, load_settings(home))
    first, last = date_range(start, end, memory.zone)
    _, known = date_range(None, as_of, memory.zone)
    results: dict[str, dict[str, Any]] = {}
    if not archival or recall:
        until = min(filter(None, (last, known)), default=None)
        said = memory.recall.search(
            query, speaker=speaker, start=first, end=until, page=page, page_size=count
        )
        results["recall"] = {
            "total": said.total,
            "trouble": said.trouble or None,
            "items": [_fields(each, "seq", "name", "text", "time", "why") for each in said.items],
        }
    if (not recall and speaker is None) or archival:
        found = memory.archival.search(query, start=first, end=last, as_of=known, page=page, page_size=count)
        results["archival"] = {
            "total": found.total,
            "trouble": found.trouble or None,
            "items": [
                {
                    **_fields(each.passage, "id", "source", "text"),
                    "time": each.passage.created_at,
                    "tags": each.passage.tags,
                    "superseded_by": each.passage.superseded_by,
                    "newest": [_fields(newer, "id", "text") for newer in each.newest],
                    "why": each.why,
                }
                for each in found.items
            ],
        }
    if as_json:
        output.print_json(results)
        return
    shown = output.console()
    for where, part in results.items():
        total = counted(part["total"], "message" if where == "recall" else "passage")
        limited = f" by words only: {part['trouble']}" if part["trouble"] else ""
        shown.print(f"[bold]{where}[/bold] [dim]found {total}{output.plain(limited)}[/dim]")
        for each in part["items"]:
            who = each.get("name") or each.get("source") or ""
            output.found(shown, each["time"].astimezone(memory.zone), who, each["text"], each["why"])
            if (replaced := each.get("superseded_by")) is not None:
                newer = [newest["text"] for newest in each["newest"]]
                output.replaced(shown, replaced.astimezone(memory.zone), newer)


def edit(
    label: Annotated[str, typer.Argument(help="The block.")],
    *,
    text: Annotated[Optional[str], typer.Option("--text", "-t", help="The new text.")] = None,
    file: File = None,
    agent: Agent = None,
    home: Home = None,
) -> None:
    """Replace the text of a block. The agent sees it in its next turn.

    Without --text and --file, your editor opens.
    """
    shown, memory = output.console(), open_agent(agent, load_settings(home))
    before = memory.core[label].value
    if text is None:
        text = read_text(file) if file else _edit(before)
    if text.strip() == before.strip():
        output.say(shown, "nothing has changed", "dim")
        return
    memory.core.set(label, text.strip())
    output.blocks(shown, [memory.core[label]])


def history(
    newest: Annotated[int, typer.Option("--count", "-n", help="Show this many changes.", min=1)] = 20,
    agent: Agent = None,
    home: Home = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the newest changes of memory: edits, evictions, and what was undone."""
    changes = open_agent(agent, load_settings(home)).history(newest)
    if as_json:
        keys = ("seq", "time", "what", "label", "before", "after", "by", "of")
        output.print_json([_fields(change, *keys) for change in changes])
    else:
        output.report(output.console(), changes)


def undo(
    steps: Annotated[int, typer.Argument(help="The number of changes.", min=1)] = 1,
    *,
    redo: Annotated[bool, typer.Option("--redo", help="Redo what was undone last.")] = False,
    agent: Agent = None,
    home: Home = None,
) -> None:
    """Undo the newest edits of core memory, pops, rethinks and rewrites."""
    memory = open_agent(agent, load_settings(home))
    output.report(output.console(), memory.redo(steps) if redo else memory.undo(steps))


def _fields(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _edit(text: str) -> str:
    """The text as the person saves it in an editor. The file is private, and deleted afterwards."""
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or EDITOR)
    with tempfile.TemporaryDirectory(prefix="memgpt-autogen-") as folder:
        file = Path(folder, "block.txt")
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*words, str(file)], check=True)  # noqa: S603 - the person's own choice
        except (OSError, subprocess.CalledProcessError) as error:
            raise ConfigurationError(
                f"the editor {words[0]} failed: {error}. Set EDITOR, or give --text or --file. Nothing has "
                "changed."
            ) from error
        return file.read_text(encoding="utf-8")
