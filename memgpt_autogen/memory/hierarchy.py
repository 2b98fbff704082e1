"""The memory hierarchy of one agent: what is in the prompt, what is outside it, and the prompt that shows it.

Main context: system instructions, core memory, the summary and the queue. External context: recall and archival (MemGPT,
arXiv 2310.08560, section 2).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.archival import Archive, Progress
from memgpt_autogen.memory.bundle import Travelling
from memgpt_autogen.memory.core import CoreMemory
from memgpt_autogen.memory.forgetting import Forgetting, Forgotten, Wanted
from memgpt_autogen.memory.log import Entry, Log
from memgpt_autogen.memory.moving import export_agent
from memgpt_autogen.memory.pause import Pause
from memgpt_autogen.memory.queue import Dialect, Queue, Summary, wire
from memgpt_autogen.memory.recall import RecallMemory
from memgpt_autogen.messages import AUTOMATED, WireMessage, clip, clipped, packed
from memgpt_autogen.prompts import prompt

logger = logging.getLogger(__name__)

MOST_PARTICIPANTS = 8
"""Participants named in the prompt, those who spoke last."""

MOST_LISTED = 20
"""Tags and sources named in the prompt; the model can find the others by searching."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How the texts of a queue are cut so that the prompt fits: the most characters of each, None for no cut."""

    result_chars: int | None = None
    text_chars: int | None = None
    through_seq: int = 0
    """Newer entries are left whole."""

    def of(self, entry: Entry) -> Entry:
        if entry.seq > self.through_seq:
            return entry
        chars = self.result_chars if entry.message.kind == "result" else self.text_chars
        return entry if chars is None else Entry(entry.seq, clipped(entry.message, chars))


WHOLE = Fit()


class MemoryHierarchy:
    """The four stores of one agent, and how they are told to the model."""

    def __init__(
        self,
        name: str,
        *,
        core: CoreMemory,
        log: Log,
        recall: RecallMemory,
        queue: Queue,
        archival: Archive,
        pause: Pause,
        zone: tzinfo,
        dialect: Dialect = "memgpt",
        archive_shared: bool = False,
    ) -> None:
        self.name = name
        self.core = core
        self.log = log
        self.recall = recall
        self.queue = queue
        self.archival = archival
        self.pause = pause
        self.zone = zone
        self.dialect: Dialect = dialect
        self.archive_shared = archive_shared
        self.resets = 0
        """How often this object forgot everything: what was remembered about its messages is void then."""
        self._seen: _Outside | None = None

    def reset(self) -> None:
        """Forget everything that is this agent's alone; every block of its own gets back the text it began with.

        Shared blocks and a shared archive stay, since they are others' memory too. There is no way back.
        """
        first = {
            edit.message.name: edit.message.extra["after"]
            for edit in self.log.edits()
            if edit.message.name is not None and edit.message.extra["before"] is None
        }
        if not self.archive_shared:
            self.archival.clear()
        self.queue.clear()
        self.log.clear()
        self.core.restart(first)
        self.resets += 1
        self._seen = None

    def export(
        self,
        path: str | Path,
        *,
        model: str | None = None,
        window_tokens: int | None = None,
        progress: Progress | None = None,
    ) -> Path:
        """Write everything this agent remembers into one file, which `import_memory` reads; a file that is there is replaced.

        `model` and `window_tokens` are noted in it for whoever imports it.
        """
        file = Path(path).expanduser()
        settings = Travelling(
            protocol=self.dialect,
            timezone=str(self.zone),
            model=model,
            window_tokens=window_tokens,
            embedding_model=self.archival.embedding_model,
        )
        export_agent(file, self.log.database, self.log.agent_id, self.archival, settings, progress=progress)
        return file

    def forget(
        self,
        *,
        speaker: str | None = None,
        source: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        query: str | None = None,
        blocks: bool = False,
        shared: bool = False,
        dry_run: bool = False,
    ) -> Forgotten:
        """Delete for good what fits every condition, and what quotes it: from log, full-text index, summaries and archival.

        `speaker`: what this participant said, without regard to case. `source`: the passages of this source. `start` and
        `end`: what was said and inserted then, both inclusive. `query`: what contains these words as they stand, as whole
        words and without regard to case. Core memory is only looked through, unless `blocks` lets the sentences go that
        hold some of it. What other agents have too, a shared archive and shared blocks, stays unless `shared` says
        otherwise. `dry_run` tells what would go. There is no way back.

        Raises `ConfigurationError` when no condition is given, `StorageError` where the storage fails: run it again then,
        and it completes what was begun.
        """
        forgetting = Forgetting(
            self.name,
            self.zone,
            self.log.database,
            self.log.agent_id,
            self.archival,
            Wanted(speaker, source, start, end, query),
            archive_shared=self.archive_shared,
            blocks=blocks,
            shared=shared,
        )
        try:
            return forgetting.run(dry_run=dry_run)
        finally:
            self._seen = None

    def compile(self, instructions: str = "", *, fit: Fit = WHOLE) -> list[WireMessage]:
        """The prompt: system message, summary, queue. Between edits and evictions each is an extension of the last one."""
        messages: list[WireMessage] = [{"role": "system", "content": self.system_prompt(instructions)}]
        summary = self.queue.summary
        if summary is not None:
            messages.append({"role": "user", "content": self._summary_event(summary)})
        return [*messages, *self.tail(self.queue.entries(), fit=fit)]

    def tail(self, entries: Sequence[Entry], *, fit: Fit = WHOLE) -> list[WireMessage]:
        """The queue's entries as the chat API takes them."""
        return wire([fit.of(entry) for entry in entries], self.zone, self.dialect)

    def system_prompt(self, instructions: str = "") -> str:
        """How to act, the developer's instructions, what is outside the prompt, and core memory, which changes most, last."""
        base = "system" if self.dialect == "memgpt" else "system_native"
        parts = [prompt(base).replace("AGENT_NAME", self.name)]
        if instructions.strip():
            parts.append(f"<instructions>\n{instructions.strip()}\n</instructions>")
        parts.append(self.core_memory())
        parts.append(self._outside())
        return "\n\n".join(part for part in parts if part)

    def core_memory(self) -> str:
        """The blocks with how full they are, in characters."""
        rendered = []
        for block in self.core:
            marks = ' shared="true"' if block.shared else ""
            marks += ' read_only="true"' if block.read_only else ""
            about = f" about={quoteattr(block.description)}" if block.description else ""
            rendered.append(
                f'<{block.label}{about}{marks} chars="{len(block.value)}/{block.limit}">\n'
                f"{block.value}\n</{block.label}>"
            )
        return "<core_memory>\n" + "\n".join(rendered) + "\n</core_memory>"

    def archival_passages(self) -> int | None:
        """How many passages archival storage holds; None while it cannot be reached, which must not stop a conversation."""
        try:
            return self.archival.count()
        except StorageError as error:
            logger.warning("archival storage cannot be reached: %s", error)
            return None

    def _outside(self) -> str:
        """What lies outside the prompt, as of the last edit or eviction, so that the prompt's start stays the same.

        Only the first passages ever are told at once: a model that thinks its archive is empty does not search it.
        """
        summary = self.queue.summary
        as_of = max(self.log.last_seq("edit"), summary.through_seq if summary else 0)
        known = self._seen
        if known is None or known.as_of != as_of or (known.passages == 0 and self.archival_passages()):
            known = self._seen = self._look_outside(as_of)
        return known.text

    def _look_outside(self, as_of: int) -> _Outside:
        passages = self.archival_passages()
        shared = "shared " if self.archive_shared else ""
        lines = [
            "<outside_view>",
            "as of the last change of core memory or eviction:",
            f"recall: {self.log.count(through_seq=as_of)} messages",
            *self._participants(as_of),
            f"{shared}archival: not reachable now"
            if passages is None
            else f"{shared}archival: {passages} passages",
        ]
        if passages:
            for what, counts in (("tags", self.archival.tags()), ("sources", self.archival.sources())):
                named = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_LISTED]
                if named:
                    more = f" and {len(counts) - len(named)} more" if len(counts) > len(named) else ""
                    told = ", ".join(escape(clip(name, 120)) for name in named)
                    lines.append(f"archival {what}: {told}{more}")
        return _Outside(as_of, passages, "\n".join([*lines, "</outside_view>"]))

    def _participants(self, as_of: int) -> list[str]:
        """Who takes part and how much each said; who came or spoke since is named by the queue's own events."""
        known = self.log.speakers(through_seq=as_of)
        told = [
            f"{escape(clip(speaker.name, 64))} ({speaker.messages})" for speaker in known[:MOST_PARTICIPANTS]
        ]
        more = f" and {len(known) - len(told)} more" if len(known) > len(told) else ""
        return [f"participants, last speaker first: {', '.join(told)}{more}"] if told else []

    def _summary_event(self, summary: Summary) -> str:
        hidden = self.log.count(through_seq=summary.through_seq)
        return packed(
            "alert",
            f"{AUTOMATED}{hidden} earlier messages are out of view; conversation_search finds them. "
            f"Summary of them: {summary.text}",
            summary.time,
            self.zone,
        )


@dataclass(frozen=True, slots=True)
class _Outside:
    """What was seen of the external context, and the text that tells it."""

    as_of: int
    passages: int | None
    text: str
