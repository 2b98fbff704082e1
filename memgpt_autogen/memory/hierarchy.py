"""The memory hierarchy of one agent: its stores, and what is done to all of them at once.

Main context: system instructions, core memory, the summary and the queue. External context: recall and archival (MemGPT,
arXiv 2310.08560, section 2).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TypeVar

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.images import images_of
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.context.prompt import FULL, WHOLE, Fit, Form, Prompt
from memgpt_autogen.memory.context.queue import Dialect, Queue
from memgpt_autogen.memory.documents.attach import Attached, Told, What, attach
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.readable import ReadableArchives
from memgpt_autogen.memory.history.history import Changes, History, MemoryState
from memgpt_autogen.memory.history.revision import Revision
from memgpt_autogen.memory.recall.search import RecallMemory
from memgpt_autogen.memory.storage.agents import Pause
from memgpt_autogen.memory.storage.images import Shown
from memgpt_autogen.memory.storage.lease import WAIT_SECONDS
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.turn_lock import TurnLock
from memgpt_autogen.memory.upkeep.bundle_schema import Travelling
from memgpt_autogen.memory.upkeep.forget import Forgetting
from memgpt_autogen.memory.upkeep.forget_report import Forgotten, Wanted
from memgpt_autogen.memory.upkeep.health import MemoryRepaired, MemoryReport, check_memory, repair_memory
from memgpt_autogen.memory.upkeep.remove import Removed, remove_agent
from memgpt_autogen.memory.upkeep.transfer import export_agent
from memgpt_autogen.messages import Message, WireMessage

Part = TypeVar("Part")


class MemoryHierarchy:
    """The four stores of one agent, and the `prompt` that tells them to the model."""

    def __init__(
        self,
        name: str,
        *,
        core: CoreMemory,
        log: Log,
        recall: RecallMemory,
        queue: Queue,
        archival: Archive,
        readable: ReadableArchives,
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
        self.readable = readable
        self.pause = pause
        self.zone = zone
        self.dialect: Dialect = dialect
        self.archive_shared = archive_shared
        self.lock = lock or TurnLock()
        self.forked_from: MemoryHierarchy | None = None
        """Held, since a fork of an ephemeral memory lives in its folder."""
        self.resets = 0
        """How often this object forgot or took something back: what was remembered about its messages is void then."""
        self._history = History(log, core, queue, zone)
        self.prompt = Prompt(
            name,
            core=core,
            log=log,
            queue=queue,
            archival=archival,
            readable=readable,
            history=self._history,
            zone=zone,
            dialect=dialect,
            archive_shared=archive_shared,
        )
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
        with self.exclusive(), self._forgetting_images():
            if not self.archive_shared:
                self.archival.clear()
            self.recall.clear_index()
            with self.log.database.writing():
                first = {
                    edit.message.name: edit.message.extra["after"]
                    for edit in self.log.edits()
                    if edit.message.name is not None and edit.message.extra["before"] is None
                }
                if not self.archive_shared:
                    self.readable.own.clear()
                self.readable.hear_again()
                self.queue.clear()
                self.log.clear()
                self.core.restart(first)
        self.resets += 1
        self.prompt.look_again()

    def attach(
        self,
        what: What | None = None,
        *,
        text: str | None = None,
        name: str | None = None,
        archive: str | None = None,
        tags: Sequence[str] = (),
        wait: bool = True,
        allow_private: bool = False,
        told: Told | None = None,
    ) -> Attached:
        """Put documents into archival memory: a file, a folder, what is at a web address, or a `text`; an event tells the agent.

        They are the archive's, so all who share it have them. What is there already is not stored again; a file that has
        changed takes the place of what it was; a load that broke off goes on. `name` is what citations say, for a folder what
        they begin with. `archive` lets the agent read a shared archive of the home beside its own, and takes nothing else.

        Raises `DocumentError` for what cannot be read; of a folder, the result tells such files. An address of this machine
        or a private network is fetched only with `allow_private`. `told` is called as it goes on.
        """
        if archive is None:
            attached = attach(
                self.readable.own, what, text=text, name=name, tags=tags, wait=wait, allow_private=allow_private, told=told
            )  # fmt: skip
        elif what is not None or text is not None:
            raise ConfigurationError(
                f"attach(archive='{archive}') reads a shared archive and takes no document with it. Attach documents by an "
                f"agent whose own archive it is."
            )
        else:
            self.readable.attach(archive)
            attached = Attached(archive=archive)
        self.readable.take_news()
        return attached

    def detach(self, name: str | None = None, *, archive: str | None = None) -> Source | None:
        """Take a source away with all its passages, and give it; or read a shared archive no longer, which keeps what it has.

        Raises `ConfigurationError` where there is none of that name.
        """
        if (name is None) == (archive is None):
            raise ConfigurationError("give the name of a source to detach, or archive=...; one of them.")
        if archive is not None:
            if not self.readable.detach(archive):
                raise ConfigurationError(f"no archive '{archive}' is attached to {self.name}.")
            return None
        source = self.readable.own.remove(name or "")
        if source is None:
            known = ", ".join(f"'{each.name}'" for each in list(self.readable.own)[:20]) or "none"
            raise ConfigurationError(f"there is no source '{name}' in this archive. The sources: {known}.")
        self.readable.take_news()
        return source

    def sources(self) -> list[Source]:
        """The documents that the agent can read, those of its own archive first."""
        return list(self.readable)

    def remove(self, *, dry_run: bool = False) -> Removed:
        """Remove the agent from its home, with all that is its alone; this memory is not to be used after that.

        A shared archive stays, and so do shared blocks that others have. There is no way back; `dry_run` tells what would go.
        """
        with self.exclusive(), nullcontext() if dry_run else self._forgetting_images():
            return remove_agent(
                self.name,
                self.log.database,
                self.log.agent_id,
                recall=self.recall,
                archive=self.archival,
                sources=self.readable.own,
                keep_archive=self.archive_shared,
                lock=self.lock,
                dry_run=dry_run,
            )

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
        self.prompt.recount()

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
            self.readable.own.refresh()
            self.readable.look_again()
            self.recall.clear_index()
        self.prompt.look_again()
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
                with nullcontext() if dry_run else self._forgetting_images():
                    forgotten = forgetting.run(dry_run=dry_run)
                if not dry_run:
                    self.recall.clear_index()
                    self._forget_sources(source if shared or not self.archive_shared else None)
                return forgotten
            finally:
                self.resets += 1
                self.prompt.look_again()

    def compile(self, instructions: str = "", *, fit: Fit = WHOLE, form: Form = FULL) -> list[WireMessage]:
        """The prompt: system message, summary, queue. Between edits and evictions each is an extension of the last one."""
        return copy.deepcopy(self.prompt.compile(instructions, fit=fit, form=form))

    def compile_at(self, seq: int, instructions: str = "") -> list[WireMessage]:
        """The prompt as it was when the entry `seq` was the newest, with nothing clipped.

        The archive has no history: of its passages, those count that bear an earlier time, and its tags and sources are left out.
        """
        return self.prompt.compile_at(seq, instructions)

    def images(self) -> list[Shown]:
        """The pictures of the messages that were heard since the agent acted last, the newest first."""
        shown: list[Shown] = []
        for entry in reversed(self.queue.entries()):
            message = entry.message
            if message.role == "assistant":
                break
            numbered = [*enumerate(images_of(message.extra.get("content")), 1)]
            for number, image in reversed(numbered):
                whole = self.log.images.filled(image) if self.log.images else image
                if whole is not None and (whole.url or whole.body is not None):
                    shown.append(Shown(message.name or "", number, whole))
        return shown

    @contextmanager
    def _forgetting_images(self) -> Iterator[None]:
        """Delete the pictures that nothing in the home refers to any more after this block, and that did before it."""
        folder = self.log.images
        if folder is None or not folder.path.is_dir():
            yield
            return
        before = self.log.images_shown()
        yield
        folder.remove(before, but=self.log.images_shown(everyone=True))

    def _forget_sources(self, name: str | None) -> None:
        """Bring the catalogue to what is left; a source that was forgotten as a whole goes with its name."""
        self.readable.own.refresh()
        self.readable.look_again()
        if name is not None and not self.archival.count(sources=[name]):
            self.readable.own.forget(name)

    @contextmanager
    def _revising(self) -> Iterator[Revision]:
        with self.exclusive():
            yield self._needed(self._revision)
            self.resets += 1
            self.prompt.recount()

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
