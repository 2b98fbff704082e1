"""The memory hierarchy of one agent: its stores, and the operations on all of them together.

Main context: system instructions, core memory, the summary and the queue. External context: recall and
archival (MemGPT, arXiv 2310.08560, section 2).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from pathlib import Path

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ArchiveAwayError, ConfigurationError
from memgpt_autogen.images import images_in
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.memory.context.outside_view import OutsideView
from memgpt_autogen.memory.context.overview import ContextOverview
from memgpt_autogen.memory.context.prompt import FULL, WHOLE, Fit, Form, Prompt
from memgpt_autogen.memory.context.queue import Dialect, Queue
from memgpt_autogen.memory.documents.attach import AttachResult, PathOrAddress, ProgressCallback, attach
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.readable import ReadableArchives
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.history.checked import as_checked
from memgpt_autogen.memory.history.history import Changes, History, MemoryState
from memgpt_autogen.memory.history.replay import compile_at, overview_at
from memgpt_autogen.memory.history.revision import Revision
from memgpt_autogen.memory.recall.search import RecallMemory
from memgpt_autogen.memory.storage.agents import Pause
from memgpt_autogen.memory.storage.images import ShownImage
from memgpt_autogen.memory.storage.lease import WAIT_SECONDS
from memgpt_autogen.memory.storage.log import Entry, Log, overwrite_entries, ranges_of
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.saved_searches import delete_searches
from memgpt_autogen.memory.storage.turn_lock import TurnLock
from memgpt_autogen.memory.upkeep.bundle_schema import AgentSettings
from memgpt_autogen.memory.upkeep.conditions import Conditions
from memgpt_autogen.memory.upkeep.forget import ForgetRun
from memgpt_autogen.memory.upkeep.forget_report import UNUSED, ForgetRequest, Forgotten
from memgpt_autogen.memory.upkeep.health import MemoryRepaired, MemoryReport, check_memory, repair_memory
from memgpt_autogen.memory.upkeep.import_chat import ChatImport, Zone, import_chat, zone_of
from memgpt_autogen.memory.upkeep.remove import Removed, remove_agent
from memgpt_autogen.memory.upkeep.run_words import delete_runs
from memgpt_autogen.memory.upkeep.transfer import export_agent
from memgpt_autogen.messages import Message, WireMessage
from memgpt_autogen.readers.chats.turns import DateOrder
from memgpt_autogen.readers.reading_process import ReadingProcess
from memgpt_autogen.text.equal import is_alike


@dataclass(eq=False, repr=False, kw_only=True)
class MemoryHierarchy:
    """The memory of one agent: its stores, and the `prompt` that shows them to the model.

    `open_memory` creates it.
    """

    name: str
    core: CoreMemory
    log: Log
    recall: RecallMemory
    queue: Queue
    archival: Archive
    archive_shared: bool
    readable: ReadableArchives
    lock: TurnLock
    pause: Pause
    zone: tzinfo
    dialect: Dialect
    revision: Revision
    reading: Callable[[], ReadingProcess]
    make_fork: Callable[[MemoryHierarchy, str, int | None], MemoryHierarchy]
    open_client: Callable[[MemoryHierarchy, str], MemoryHierarchy]
    called: str = ""
    """The agent's name in its prompts, where it is another one than in the home."""
    discover: bool = True
    """Whether a server on this machine is asked what it serves."""
    search_tokens: int | None = None
    """The most tokens of a search's answer; by default, the window decides."""
    prompt: Prompt = field(init=False)
    forked_from: MemoryHierarchy | None = field(default=None, init=False)
    """Kept, since a fork of an ephemeral memory is stored in the same folder."""

    def __post_init__(self) -> None:
        self._history = History(self.log, self.core, self.queue, self.zone)
        self.prompt = Prompt(
            self.called or self.name,
            core=self.core,
            log=self.log,
            queue=self.queue,
            outside=OutsideView(self.log, self.archival, self.readable, archive_shared=self.archive_shared),
            zone=self.zone,
            dialect=self.dialect,
        )

    def exclusive(
        self, *, wait: float = WAIT_SECONDS, patience: float | None = None
    ) -> AbstractContextManager[None]:
        """A block in which no turn of this agent runs, in any thread or process.

        Raises `TurnInProgressError` inside a turn of the agent, `TurnElsewhereError` when another process's
        turn does not end within `wait` seconds, or, with `patience`, another thread's within that.
        """
        return self.lock.exclusive(self.name, wait=wait, patience=patience)

    def reset(self) -> None:
        """Forget everything that belongs to this agent alone; its own blocks get their first text again.

        Shared blocks and a shared archive stay, since other agents use them too. This cannot be undone. If
        the process is killed during the reset, the agent has forgotten only its archive, or everything.
        """
        with self.exclusive(), self._deleting_images():
            for archive in self._own_archives():
                archive.clear()
                archive.discard_kept()
            self.recall.clear_index()
            self._reset_rows()
        self.log.database.scrub()
        self.prompt.look_again()

    @repeatable
    def _reset_rows(self) -> None:
        with self.log.database.writing() as connection:
            self.log.database.will_scrub(connection)
            first = {
                edit.message.name: edit.message.extra["after"]
                for edit in self.log.edits()
                if edit.message.name is not None and edit.message.extra["before"] is None
            }
            for archive in self._own_archives():
                ArchiveSources(self.log.database, archive).clear()
            self.readable.news.repeat()
            self.queue.clear()
            self.log.clear()
            self.core.restart(first)
            delete_runs(connection, self.log.agent_id)
            delete_searches(connection, self.log.agent_id)

    def attach(
        self,
        what: PathOrAddress | None = None,
        *,
        text: str | None = None,
        name: str | None = None,
        archive: str | None = None,
        tags: Sequence[str] = (),
        wait: bool = True,
        allow_private: bool = False,
        assets: bool = False,
        told: ProgressCallback | None = None,
        origin: str | None = None,
    ) -> AttachResult:
        """Load documents into archival memory: a file, a folder, a web address, or a `text`.

        An event informs the agent. The documents belong to the archive, so all agents that share it can read
        them. A document that is stored already is not stored again, a file that has changed replaces its old
        version, and an interrupted load is resumed. `name` is the name in citations; for a folder, the names
        begin with it. `archive` lets the agent read a shared archive of the home in addition to its own; no
        document can be given with it.

        A folder's style sheets, scripts, images and their like are skipped, and the result lists them; with
        `assets` they are loaded too.

        Raises `DocumentError` for a document that cannot be read; for a folder, the result lists such files.
        An address of this machine or of a private network is fetched only with `allow_private`. `told` is
        called with the progress. `origin` is stored as the place of a single file, instead of its path.
        """
        if archive is None:
            attached = attach(
                self.readable.own,
                what,
                text=text,
                name=name,
                tags=tags,
                wait=wait,
                allow_private=allow_private,
                assets=assets,
                told=told,
                origin=origin,
                reading=self.reading,
            )
        elif what is not None or text is not None:
            raise ConfigurationError(
                f"attach(archive='{archive}') attaches a shared archive and takes no document. Attach "
                f"documents with an agent whose own archive it is."
            )
        else:
            self.readable.attach(archive)
            attached = AttachResult(archive=archive)
        self.readable.news.take()
        return attached

    def import_chat(
        self,
        path: str | Path,
        *,
        zone: Zone | None = None,
        speaker_me: str | None = None,
        speaker_agent: str | None = None,
        chat: str | None = None,
        date_order: DateOrder | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> ChatImport:
        """Import an export of chats into recall: WhatsApp, Slack, Discord, Telegram, ChatGPT or Claude.

        `path` is a file, a .zip or a folder. The turns keep their speakers and times. They are found by
        searches and are in no prompt. The export is imported completely or not at all. Turns that were
        imported before are not imported again.

        `zone` is the zone of times that have none in the export; by default the agent's. `speaker_me` is the
        name of the person whom ChatGPT and Claude do not name. `speaker_agent` is the speaker who is this
        agent; by default the assistant of ChatGPT and Claude. `chat` is another name of the chat.
        `date_order` is that of dates which are not clear. `dry_run` only reports what would be imported.

        Raises `DocumentError` for a file that is no export or is broken.
        """
        with self.exclusive():
            done = import_chat(
                self.log,
                self.name,
                Path(path).expanduser(),
                zone=zone_of(zone, self.zone),
                speaker_me=speaker_me,
                speaker_agent=speaker_agent,
                chat=chat,
                date_order=date_order,
                dry_run=dry_run,
                progress=progress,
                reading=self.reading,
            )
        if done.turns and not dry_run:
            with suppress(ArchiveAwayError):  # the next search does it
                self.recall.index(progress=progress)
        return done

    def detach(self, name: str | None = None, *, archive: str | None = None) -> Source | None:
        """Delete a source with all its passages, and return it; or stop reading a shared archive.

        Raises `ConfigurationError` where there is none of that name.
        """
        if (name is None) == (archive is None):
            raise ConfigurationError("give the name of a source to detach, or archive=...; not both.")
        if archive is not None:
            if not self.readable.detach(archive):
                raise ConfigurationError(f"no archive '{archive}' is attached to {self.name}.")
            return None
        source = self.readable.own.remove(name or "")
        if source is None:
            names = [each.name for each in self.readable.own]
            alike = [f"'{each}'" for each in names if is_alike(name or "", each)]
            meant = f"; did you mean {' or '.join(alike)}?" if alike else "."
            known = ", ".join(f"'{each}'" for each in names[:20]) or "none"
            raise ConfigurationError(
                f"there is no source '{name}' in this archive{meant} The sources: {known}."
            )
        self.readable.news.take()
        return source

    def sources(self) -> list[Source]:
        """Return the documents that the agent can read, those of its own archive first."""
        return list(self.readable)

    def remove(self, *, dry_run: bool = False) -> Removed:
        """Delete the agent from its home, with everything that belongs to it alone.

        Do not use this memory after that. A shared archive stays, and so do blocks that other agents
        have. This cannot be undone; `dry_run` only reports what would be deleted.
        """
        with self.exclusive(), self._deleting_images(dry_run=dry_run):
            return remove_agent(
                self.name,
                self.log,
                recall=self.recall,
                archive=self.archival,
                unused=self.readable.unused(),
                sources=self.readable.own,
                keep_archive=self.archive_shared,
                lock=self.lock,
                dry_run=dry_run,
            )

    def history(self, newest: int | None = None) -> Changes:
        """Return the changes of this memory, oldest first.

        They are edits, evictions, and what was taken back. Print them. `newest` limits them to the newest
        ones.
        """
        return self._history.changes(newest)

    def at(self, seq: int) -> MemoryState:
        """Return memory as it was when the entry `seq` was the newest of the log.

        Raises `HistoryError` where there is no such entry.
        """
        return self._history.state(seq)

    def at_each(self, *seqs: int) -> list[MemoryState]:
        """Return what `at` returns for each of these entries. The log is read once."""
        return self._history.states(*seqs)

    def undo(self, steps: int = 1) -> Changes:
        """Take back the newest edits of core memory, pops, rethinks and rewrites.

        Takes back all of the steps, or none of them. Waits for the end of a running turn, as do all
        methods that take something back. Returns what it did. Raises `HistoryError` where nothing is left
        to undo, where another agent has edited a shared block since, and where an eviction has passed the
        entry; `TurnInProgressError` inside a turn.
        """
        return self._change(lambda revision: revision.undo(steps))

    def undo_block(self, label: str) -> Changes:
        """Take back the newest edit of one block, whatever was changed elsewhere since.

        Raises `HistoryError` where there is none, and what `undo` raises.
        """
        return self._change(lambda revision: revision.undo_block(label))

    def redo(self, steps: int = 1) -> Changes:
        """Do again what `undo` took back last. After any other change there is nothing to redo."""
        return self._change(lambda revision: revision.redo(steps))

    def pop(self, count: int = 1) -> list[Message]:
        """Take back the newest `count` messages of anyone, and return them.

        Everything after the first of them is taken back too. The messages stay in the log, but in no
        prompt, count or search. Core memory stays as it is.
        """
        with self._revising() as revision:
            return revision.pop(count)

    def take_back_exchange(self, is_meant: Callable[[Message], bool]) -> bool:
        """Take back the newest message that was heard, with all that followed, edits too, if it `is_meant`.

        Return whether it was. Only while no turn runs: inside `exclusive`.
        """
        newest = self.newest_heard()
        if newest is None or not is_meant(newest.message):
            return False
        self.take_back_turn()
        self.take_back({newest.seq})
        return True

    def newest_heard(self) -> Entry | None:
        """Return the newest message in the queue that was heard."""
        heard = [entry for entry in self.queue.entries() if entry.message.kind == "message"]
        return heard[-1] if heard else None

    def rethink(self, text: str) -> str:
        """Replace the newest thought, and return the old one."""
        with self._revising() as revision:
            return revision.rethink(text)

    def rewrite(self, text: str) -> str:
        """Replace the newest words of the agent, and return the old ones. Recall finds the new ones."""
        with self._revising() as revision:
            return revision.rewrite(text)

    def take_back_turn(self) -> None:
        """Take back everything that followed the newest message that was heard.

        Only for the loop, inside its turn.
        """
        self.revision.take_back_turn()
        self.prompt.recount()

    def take_back(self, seqs: Container[int]) -> None:
        """Take back these entries of the queue. Only for the loop, inside its turn."""
        self.revision.take_back(seqs)
        self.prompt.recount()

    @repeatable
    def keep_checked(self, checked: Mapping[int, WireMessage]) -> None:
        """Store entries as a safeguard changed their forms for the chat API, by their `seq`.

        The words that were heard are not stored any more. Only for the loop, inside its turn.
        """
        with self.log.database.writing() as connection:
            held = self.log.among(ranges_of(checked))
            kept = [replace(entry, message=as_checked(entry.message, checked[entry.seq])) for entry in held]
            overwrite_entries(connection, self.log.agent_id, kept)
        if kept:
            self.recall.outdate_index(kept[0].seq)
            self.prompt.look_again()

    def for_client(self, client: str) -> MemoryHierarchy:
        """Open the memory for one client of a served agent; create it where there is none.

        It begins with the first texts of the agent's blocks, and reads the documents of its archive. Nothing
        that the agent or another client said is in it.
        """
        opened = self.open_client(self, client)
        opened.forked_from = self
        return opened

    def fork(self, name: str, at: int | None = None) -> MemoryHierarchy:
        """Create an agent of that name in the same home.

        Its memory is as it was when the entry `at` was the newest. Without `at`, the fork gets memory as
        it is now. Its archive contains the passages of that time, as far as the times of entries and
        passages show it. Shared blocks and a shared archive become its own, so nothing it does changes
        the others' memory. The fork is created completely, or not at all.

        Raises `ConfigurationError` when the home has an agent of that name, `HistoryError` where the log has
        no such entry.
        """
        forked = self.make_fork(self, name, at)
        forked.forked_from = self
        return forked

    def check(self) -> MemoryReport:
        """Read the whole database and archive, and report what is damaged; change nothing."""
        return check_memory(self.log, self.archival)

    def repair(self) -> MemoryRepaired:
        """Rebuild the full-text index if it is damaged, and refill the archive.

        The readable passages of the archive are saved, and it is refilled from the log. The damaged
        folder of an archive is kept. The log contains what the agent itself inserted, so that comes back
        even if it was deleted since; attach documents again.

        Raises `StorageError`, with the way out, where the database itself is damaged.
        """
        with self.exclusive():
            repaired = repair_memory(self.log, self.archival)
            self.readable.own.refresh()
            self.readable.news.look_again()
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
        """Write everything this agent remembers into one file for `import_memory`; replace an existing file.

        `model` and `window_tokens` are written into it as notes for the import.
        """
        file = Path(path).expanduser()
        settings = AgentSettings(
            protocol=self.dialect,
            timezone=str(self.zone),
            model=model,
            window_tokens=window_tokens,
            embedding_model=self.archival.embedding_model,
        )
        export_agent(file, self.log, self.archival, settings, progress=progress)
        return file

    def forget(
        self,
        *,
        speaker: str | None = None,
        source: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        query: str | None = None,
        blocks: bool | None = None,
        shared: bool = False,
        dry_run: bool = False,
        alike: bool = False,
    ) -> Forgotten:
        """Delete for good what matches every condition, and its quotes.

        All of it is deleted from the log, the full-text index, the summaries and archival.

        `speaker`: the messages of this participant. `source`: the passages of this source. `start` and `end`:
        what was said and inserted in this time, both inclusive. `query`: what contains exactly these words,
        as whole words. `blocks`: whether the agent's own blocks of core memory lose the sentences that
        contain some of it; by default, only with `query`. A shared archive and shared blocks, which other
        agents have too, stay as they are without `shared`. `dry_run` only reports what would be deleted.
        This cannot be undone.

        Names and words are found in every form that readers take as equal: upper and lower case, composed
        and decomposed letters, kinds of apostrophes and spaces, and with signs that nobody sees. What is
        only alike, such as Jose for José, is another name and other words; with `alike` it is deleted too.

        Raises `ConfigurationError` when no condition is given, and `StorageError` where the storage fails:
        run it again then, and it completes what was begun.
        """
        return self.run_forget(
            ForgetRequest(speaker, source, start, end, query, blocks, shared, dry_run, alike)
        )

    def run_forget(self, request: ForgetRequest) -> Forgotten:
        """Do what `forget` does, for conditions that are one value."""
        attached = {name: place.archive for name, place in self.readable.others().items()}
        if (unused := self.readable.unused()) is not None:
            attached[UNUSED] = unused

        @repeatable  # from the beginning, as long as nothing is deleted
        def run() -> Forgotten:
            return ForgetRun(
                request,
                name=self.name,
                zone=self.zone,
                log=self.log,
                archive=self.archival,
                archive_shared=self.archive_shared,
                attached=attached,
            ).run()

        with self.exclusive():
            try:
                with self._deleting_images(dry_run=request.dry_run):
                    forgotten = run()
                if request.dry_run:
                    return forgotten
                self.recall.clear_index()
                if request.shared or not self.archive_shared:
                    self._forget_sources(request)
                return replace(forgotten, scrubbed=self.log.database.scrub())
            finally:
                self.prompt.look_again()

    def compile(self, instructions: str = "", *, fit: Fit = WHOLE, form: Form = FULL) -> list[WireMessage]:
        """Return the prompt: system message, summary, queue.

        Until an edit or eviction, each prompt extends the last one.
        """
        return copy.deepcopy(self.prompt.compile(instructions, fit=fit, form=form))

    def compile_at(self, seq: int, instructions: str = "") -> list[WireMessage]:
        """Return the prompt as it was when the entry `seq` was the newest, with nothing clipped.

        The archive has no history: passages with an earlier time are counted, its tags and sources are left
        out.
        """
        return compile_at(self.prompt, self._history, seq, instructions)

    def overview_at(
        self, seq: int, budget: Budget, tools: Sequence[ToolSchema] = (), instructions: str = ""
    ) -> ContextOverview:
        """Return what filled the prompt that `compile_at` returns, with the tools and the window of today."""
        return overview_at(self.prompt, self._history, budget, seq, tools, instructions)

    def images(self) -> list[ShownImage]:
        """Return the images in the messages that were heard since the agent acted last, the newest first."""
        shown: list[ShownImage] = []
        for entry in reversed(self.queue.entries()):
            message = entry.message
            if message.role == "assistant":
                break
            numbered = [*enumerate(images_in(message.extra.get("content")), 1)]
            for number, image in reversed(numbered):
                whole = self.log.images.with_bytes(image) if self.log.images else image
                if whole is not None and (whole.url or whole.body is not None):
                    shown.append(ShownImage(message.name or "", number, whole))
        return shown

    def _own_archives(self) -> list[Archive]:
        """Return the archives that belong to this agent alone, also one that it does not use now."""
        own = self.readable.unused() if self.archive_shared else self.archival
        return [] if own is None else [own]

    @contextmanager
    def _deleting_images(self, *, dry_run: bool = False) -> Iterator[None]:
        """Delete the images that lose their last entry in this block."""
        folder = self.log.images
        if dry_run or folder is None or not folder.path.is_dir():
            yield
            return
        folder.note(self.log.images_shown())
        yield
        folder.remove(but=self.log.images_shown(everyone=True))

    def _forget_sources(self, request: ForgetRequest) -> None:
        """Update the catalogue to what is left of the documents."""
        conditions = Conditions(request, self.name)
        self.readable.own.forget(conditions.is_gone_source, conditions.without_words)
        self.readable.news.look_again()

    @contextmanager
    def _revising(self) -> Iterator[Revision]:
        with self.exclusive():
            yield self.revision
            self.prompt.recount()

    def _change(self, revise: Callable[[Revision], None]) -> Changes:
        """Change the past, and return what that added to the history."""
        with self._revising() as revision:
            before = self.log.last_seq()
            revise(revision)
            return Changes(
                change for change in self.history() if change.seq > before and change.what != "eviction"
            )
