"""The memory hierarchy of one agent: what is in the prompt, what is outside it, and the prompt that shows it.

Main context: system instructions, core memory, the summary and the queue. External context: recall and archival (MemGPT,
arXiv 2310.08560, section 2).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TypeVar
from xml.sax.saxutils import quoteattr

from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.archival import Archive, Progress
from memgpt_autogen.memory.bundle import Travelling
from memgpt_autogen.memory.core import Block, CoreMemory, shown
from memgpt_autogen.memory.forgetting import Forgetting, Forgotten, Wanted
from memgpt_autogen.memory.history import Changes, History, MemoryState
from memgpt_autogen.memory.lease import WAIT_SECONDS
from memgpt_autogen.memory.log import CHANGES, Entry, Log, Speaker
from memgpt_autogen.memory.moving import export_agent
from memgpt_autogen.memory.pause import Pause
from memgpt_autogen.memory.queue import Dialect, Queue, Summary, wire
from memgpt_autogen.memory.recall import RecallMemory
from memgpt_autogen.memory.revision import Revision
from memgpt_autogen.memory.soundness import MemoryRepaired, MemoryReport, check_memory, repair_memory
from memgpt_autogen.messages import AUTOMATED, Message, WireMessage, clip, clipped, listed, packed
from memgpt_autogen.prompts import prompt
from memgpt_autogen.turn_lock import TurnLock

logger = logging.getLogger(__name__)

Part = TypeVar("Part")

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
    summary: bool = True
    """Whether there is room for the summary."""

    def of(self, entry: Entry) -> Entry:
        if entry.seq > self.through_seq:
            return entry
        chars = self.result_chars if entry.message.kind == "result" else self.text_chars
        if chars is None:
            return entry
        cut = clipped(entry.message, chars)
        return entry if cut is entry.message else Entry(entry.seq, cut)


WHOLE = Fit()


@dataclass(frozen=True, slots=True)
class Form:
    """How the head of a prompt is told: in full, or briefly where the window is small."""

    brief: bool = False
    block_chars: int | None = None
    """The most characters that are shown of each block, None for all."""


FULL = Form()


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
        revision: Revision | None = None,
        forking: Callable[[MemoryHierarchy, str, int | None], MemoryHierarchy] | None = None,
        lock: TurnLock | None = None,
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
        self.lock = lock or TurnLock()
        self.forked_from: MemoryHierarchy | None = None
        """Held, since a fork of an ephemeral memory lives in its folder."""
        self.resets = 0
        """How often this object forgot or took something back: what was remembered about its messages is void then."""
        self._seen: dict[bool, _Outside] = {}
        """What was last seen outside the prompt, for the brief form and the full one."""
        self._edited = (0, 0)
        self._hidden = (0, 0, 0)
        self._history = History(log, core, queue, zone)
        self._revision = revision
        self._forking = forking

    def exclusive(self, *, wait: float = WAIT_SECONDS) -> AbstractContextManager[None]:
        """A block in which no turn of this agent runs, in no thread and no process: for what must not cut into one.

        Raises `TurnInProgressError` inside a turn of the agent, `TurnElsewhereError` when another process's turn does not end
        within `wait` seconds.
        """
        return self.lock.exclusive(self.name, wait=wait)

    def reset(self) -> None:
        """Forget everything that is this agent's alone; every block of its own gets back the text it began with.

        Shared blocks and a shared archive stay, since they are others' memory too. There is no way back. Whoever dies halfway
        has an agent that forgot nothing but its archive, or everything.
        """
        with self.exclusive():
            if not self.archive_shared:
                self.archival.clear()
            with self.log.database.writing():
                first = {
                    edit.message.name: edit.message.extra["after"]
                    for edit in self.log.edits()
                    if edit.message.name is not None and edit.message.extra["before"] is None
                }
                self.queue.clear()
                self.log.clear()
                self.core.restart(first)
        self.resets += 1
        self._seen, self._edited = {}, (0, 0)

    def history(self, newest: int | None = None) -> Changes:
        """What happened to this memory, oldest first, or the `newest` few of it: edits, evictions, what was taken back. Print it."""
        return self._history.changes(newest)

    def at(self, seq: int) -> MemoryState:
        """Memory as it was when the entry `seq` was the newest of the log. Raises `HistoryError` where there is none."""
        return self._history.state(seq)

    def undo(self, steps: int = 1) -> Changes:
        """Take back the newest edits of core memory, pops, rethinks and rewrites that stand; all of the steps, or none.

        Waits for a turn that runs to end, as do all that take something back. Gives what it did. Raises `HistoryError` where
        there is nothing left, where another agent has edited a shared block since, and where an eviction has passed the place;
        `TurnInProgressError` when called from inside a turn.
        """
        return self._told(lambda revision: revision.undo(steps))

    def redo(self, steps: int = 1) -> Changes:
        """Make again what `undo` took back last. Nothing is left to redo once something else was changed."""
        return self._told(lambda revision: revision.redo(steps))

    def pop(self, count: int = 1) -> list[Message]:
        """Take back the newest `count` messages that anyone said, with all that followed the first of them, and give them.

        They are in the log, and in no prompt, count or search. Core memory stays as it is.
        """
        with self._revising() as revision:
            return revision.pop(count)

    def rethink(self, text: str) -> str:
        """Put another thought in place of the newest one, and give that one."""
        with self._revising() as revision:
            return revision.rethink(text)

    def rewrite(self, text: str) -> str:
        """Put other words in place of the newest ones that the agent said, and give those. Recall finds the new ones."""
        with self._revising() as revision:
            return revision.rewrite(text)

    def take_back_turn(self) -> None:
        """Take back all that came of the newest message that was heard. Only for the loop, which holds the turn already."""
        self._needed(self._revision).take_back_turn()
        self.resets += 1

    def fork(self, name: str, at: int | None = None) -> MemoryHierarchy:
        """A new agent of that name in the same home, with memory as it was when the entry `at` was the newest; without it, as now.

        Its archive holds the passages of that time; of entry and passage, the time counts that they bear. Shared blocks and a
        shared archive become its own, so that nothing it does reaches the others. The fork is there whole, or not at all.

        Raises `ConfigurationError` when the home has an agent of that name, `HistoryError` for a place the log has not got.
        """
        forked = self._needed(self._forking)(self, name, at)
        forked.forked_from = self
        return forked

    def check(self) -> MemoryReport:
        """Read the whole database and archive, and tell what is damaged; nothing is changed."""
        return check_memory(self.log.database, self.log, self.archival)

    def repair(self) -> MemoryRepaired:
        """Make the index of words anew if it is damaged, save what can be read of the archive, and refill it from the log.

        The damaged folder of an archive is kept. The log knows what the agent itself put there, which comes back even if it
        was deleted since; what came from documents has to be attached again.

        Raises `StorageError` where the database itself is damaged, with the way out.
        """
        with self.exclusive():
            repaired = repair_memory(self.log.database, self.log, self.archival)
        self._seen = {}
        return repaired

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
        with self.exclusive():
            try:
                return forgetting.run(dry_run=dry_run)
            finally:
                self.resets += 1
                self._seen, self._edited = {}, (0, 0)

    def compile(self, instructions: str = "", *, fit: Fit = WHOLE, form: Form = FULL) -> list[WireMessage]:
        """The prompt: system message, summary, queue. Between edits and evictions each is an extension of the last one."""
        return [*self.head(instructions, form, fit), *self.tail(self.queue.entries(), fit=fit)]

    def head(self, instructions: str = "", form: Form = FULL, fit: Fit = WHOLE) -> list[WireMessage]:
        """What stands before the queue: the system message and, where something was evicted, the summary."""
        messages: list[WireMessage] = [{"role": "system", "content": self.system_prompt(instructions, form)}]
        summary = self.queue.summary if fit.summary else None
        if summary is not None:
            messages.append(
                {"role": "user", "content": self._summary_event(summary, self._out_of_view(summary))}
            )
        return messages

    def compile_at(self, seq: int, instructions: str = "") -> list[WireMessage]:
        """The prompt as it was when the entry `seq` was the newest, with nothing clipped.

        The archive has no history: of its passages, those count that bear an earlier time, and its tags and sources are left out.
        """
        state = self.at(seq)
        summary = state.summary
        as_of = max(state.changed_seq, summary.through_seq if summary else 0)
        heard = [m for m in state.said(as_of) if m.kind == "message" and m.name is not None]
        counts = Counter(message.name for message in heard)
        lasting = {message.name: number for number, message in enumerate(heard)}
        speakers = [
            Speaker(name or "", counts[name])
            for name in sorted(lasting, key=lasting.__getitem__, reverse=True)
        ]
        outside = self._outside_view(
            len(state.said(as_of)), speakers, self.archival_passages(self.at(as_of).time), {}, {}
        )
        messages: list[WireMessage] = [
            {"role": "system", "content": self._system(instructions, self._rendered(state.blocks), outside)}
        ]
        if summary is not None:
            hidden = len(state.said(summary.through_seq))
            messages.append({"role": "user", "content": self._summary_event(summary, hidden)})
        return [*messages, *self.tail(state.queue)]

    def tail(self, entries: Sequence[Entry], *, fit: Fit = WHOLE) -> list[WireMessage]:
        """The queue's entries as the chat API takes them."""
        return wire([fit.of(entry) for entry in entries], self.zone, self.dialect)

    def system_prompt(self, instructions: str = "", form: Form = FULL) -> str:
        """How to act, the developer's instructions, and what changes most, last: core memory and what is outside the prompt."""
        return self._system(instructions, self.core_memory(form), self._outside(brief=form.brief), form)

    def core_memory(self, form: Form = FULL) -> str:
        """The blocks with how full they are, in characters."""
        return self._rendered(list(self.core), form)

    def _system(self, instructions: str, core_memory: str, outside: str, form: Form = FULL) -> str:
        base = ("system" if self.dialect == "memgpt" else "system_native") + ("_brief" if form.brief else "")
        parts = [prompt(base).replace("AGENT_NAME", self.name)]
        if instructions.strip():
            parts.append(f"<instructions>\n{instructions.strip()}\n</instructions>")
        return "\n\n".join(part for part in (*parts, core_memory, outside) if part)

    def _rendered(self, blocks: Sequence[Block], form: Form = FULL) -> str:
        rendered = []
        labels = [block.label for block in blocks]
        for block in blocks:
            marks = ' shared="true"' if block.shared else ""
            marks += ' read_only="true"' if block.read_only else ""
            about = f" about={quoteattr(block.description)}" if block.description and not form.brief else ""
            value = block.value
            if form.block_chars is not None:
                value = clip(value, form.block_chars, "too long to be shown whole, shorten it")
            rendered.append(
                f'<{block.label}{about}{marks} chars="{len(block.value)}/{block.limit}">\n'
                f"{shown(value, labels)}\n</{block.label}>"
            )
        return "<core_memory>\n" + "\n".join(rendered) + "\n</core_memory>"

    def archival_passages(self, until: datetime | None = None) -> int | None:
        """How many passages archival storage holds; None while it cannot be reached, which must not stop a conversation."""
        try:
            return self.archival.count(end=until)
        except StorageError as error:
            logger.warning("archival storage cannot be reached: %s", error)
            return None

    def _outside(self, *, brief: bool) -> str:
        """What lies outside the prompt, as of the last edit or eviction, so that the prompt's start stays the same.

        Only the first passages ever are told at once: a model that thinks its archive is empty does not search it.
        """
        summary = self.queue.summary
        as_of = max(self._last_change(), summary.through_seq if summary else 0)
        known = self._seen.get(brief)
        if known is None or known.as_of != as_of or (known.passages == 0 and self.archival_passages()):
            known = self._seen[brief] = self._look_outside(as_of, brief=brief)
        return known.text

    def _last_change(self) -> int:
        """The newest edit of core memory or change of history; only what the log has got since the last look is searched for it."""
        through, found = self._edited
        newest = self.log.last_seq()
        if newest < through:  # another process forgot everything
            through, found = 0, 0
        if newest > through:
            found = max(found, self.log.last_seq(*CHANGES, after=through))
        self._edited = (newest, found)
        return found

    def _look_outside(self, as_of: int, *, brief: bool) -> _Outside:
        passages = self.archival_passages()
        tags, sources = self._archival_names() if passages else ({}, {})
        said, speakers = self.log.count(through_seq=as_of), self.log.speakers(through_seq=as_of)
        view = self._outside_view(said, speakers, passages, tags, sources, brief=brief)
        return _Outside(as_of, passages, view)

    def _outside_view(
        self,
        said: int,
        speakers: Sequence[Speaker],
        passages: int | None,
        tags: Mapping[str, int],
        sources: Mapping[str, int],
        *,
        brief: bool = False,
    ) -> str:
        shared = "shared " if self.archive_shared else ""
        most, chars = (2, 24) if brief else (MOST_LISTED, 120)
        lines = [
            "<outside_view>",
            *([] if brief else ["as of the last change of core memory or eviction:"]),
            f"recall: {said} messages",
            *self._participants(speakers, brief=brief),
            f"{shared}archival: not reachable now"
            if passages is None
            else f"{shared}archival: {passages} passages",
        ]
        for what, counts in (("tags", tags), ("sources", sources)):
            named = sorted(counts, key=lambda name: (-counts[name], name))[:most]
            if named:
                more = f" and {len(counts) - len(named)} more" if len(counts) > len(named) else ""
                told = ", ".join(listed(name, chars) for name in named)
                lines.append(f"archival {what}: {told}{more}")
        return "\n".join([*lines, "</outside_view>"])

    def _archival_names(self) -> tuple[dict[str, int], dict[str, int]]:
        """The archive's tags and sources with how often they occur; none while it cannot be reached."""
        try:
            return self.archival.tags(), self.archival.sources()
        except StorageError as error:
            logger.warning("archival storage cannot be reached: %s", error)
            return {}, {}

    def _participants(self, known: Sequence[Speaker], *, brief: bool) -> list[str]:
        """Who takes part and how much each said; who came or spoke since is named by the queue's own events."""
        most, chars = (2, 24) if brief else (MOST_PARTICIPANTS, 64)
        told = [f"{listed(speaker.name, chars)} ({speaker.messages})" for speaker in known[:most]]
        more = f" and {len(known) - len(told)} more" if len(known) > len(told) else ""
        return [f"participants, last speaker first: {', '.join(told)}{more}"] if told else []

    def _out_of_view(self, summary: Summary) -> int:
        """How many messages the summary covers; counting them takes longer the longer the log is."""
        if self._hidden[:2] != (summary.through_seq, self.resets):
            count = self.log.count(through_seq=summary.through_seq)
            self._hidden = (summary.through_seq, self.resets, count)
        return self._hidden[2]

    def _summary_event(self, summary: Summary, hidden: int) -> str:
        return packed(
            "alert",
            f"{AUTOMATED}{hidden} earlier messages are out of view; conversation_search finds them. "
            f"Summary of them: {summary.text}",
            summary.time,
            self.zone,
        )

    @contextmanager
    def _revising(self) -> Iterator[Revision]:
        with self.exclusive():
            yield self._needed(self._revision)
            self.resets += 1

    def _told(self, revise: Callable[[Revision], None]) -> Changes:
        """What a revision added to the history."""
        with self._revising() as revision:
            before = self.log.last_seq()
            revise(revision)
            return Changes(
                change for change in self.history() if change.seq > before and change.what != "eviction"
            )

    def _needed(self, part: Part | None) -> Part:
        if part is None:
            raise ConfigurationError(
                "this memory was not opened with open_memory, which gives it a past to change."
            )
        return part


@dataclass(frozen=True, slots=True)
class _Outside:
    """What was seen of the external context, and the text that tells it."""

    as_of: int
    passages: int | None
    text: str
