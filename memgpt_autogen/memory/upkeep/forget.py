"""This module deletes messages or words for good.

They are deleted from the log, its full-text index, the summaries and archival memory.

The agent's own records quote what they are about, so the quotes are deleted too. The order lets an
interrupted run be completed by running it again: first the quotes, while the text that identifies them still
exists; then the passages; then the messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection, Row, select, update

from memgpt_autogen.errors import EmbedderMismatchError
from memgpt_autogen.llm.tokens import counter_for
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.summary import Summariser
from memgpt_autogen.memory.passages import part_id, searched_text
from memgpt_autogen.memory.recall.index import index_of
from memgpt_autogen.memory.storage.accounts.audit import cut_audit
from memgpt_autogen.memory.storage.log import (
    NEVER_SHOWN,
    Entry,
    Log,
    hold_log,
    overwrite_entries,
    stream_entries,
)
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.saved_searches import cut_searches
from memgpt_autogen.memory.storage.tables import (
    HOME,
    agents,
    archives,
    attachments,
    blocks,
    summaries,
    to_column,
)
from memgpt_autogen.memory.upkeep.conditions import Conditions, texts_of, texts_of_passage
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest, Forgotten, LostText
from memgpt_autogen.memory.upkeep.hearers import Hearers, find_hearers
from memgpt_autogen.memory.upkeep.places import files_of_the_user, names_used_by
from memgpt_autogen.memory.upkeep.quotes import (
    LEAST_FOREIGN_WORDS,
    Quotes,
    cut_sentences,
    sentences,
)
from memgpt_autogen.memory.upkeep.redaction import Redaction
from memgpt_autogen.memory.upkeep.run_words import RunWords
from memgpt_autogen.memory.upkeep.tally import Tally
from memgpt_autogen.messages import DELIVERY, REMOVED, Message, now, without_words
from memgpt_autogen.text.safe import clean_text

EMPTY_SUMMARY = "(nothing is left of it)"

LEAST_SUMMARY_TOKENS = 64
"""The tokens that a rewritten summary may always have, even where the old one was shorter."""

OVERWRITTEN = 500
"""How many entries are replaced at once."""


class ForgetRun:
    """One run of `forget` over the memory of one agent, whose name is `name`."""

    def __init__(
        self,
        request: ForgetRequest,
        *,
        name: str,
        zone: tzinfo,
        log: Log,
        archive: Archive,
        archive_shared: bool,
        attached: Mapping[str, Archive],
    ) -> None:
        """`attached` are the archives of others that the agent reads, by name."""
        self._request = request
        self._name = name
        self._zone = zone
        self._database = log.database
        self._agent_id = log.agent_id
        self._archive = archive
        self._keeps_archive = archive_shared and not request.shared
        self._attached = attached
        self._conditions = Conditions(request, name)
        self._query, self._speaker = self._conditions.query, self._conditions.speaker
        self._log_quotes = Quotes()
        """What is deleted from the log."""
        self._archive_quotes = Quotes()
        """What is deleted from the archive."""
        self._deleted_calls: set[str] = set()
        """Calls whose steps are deleted."""
        self._deleted: dict[int, datetime] = {}
        self._deliveries: dict[int, str] = {}
        """The ids of deleted messages: a host may deliver these again, and they must not come back."""
        self._first: int | None = None
        """The first of them that can be a part of a summary."""
        """The entries that are deleted, with their times."""
        self._speakers: Counter[str] = Counter()
        self._redacted: Counter[str] = Counter()
        self._changed_summaries: set[int] = set()
        self._changed_runs = 0
        self._searches = 0
        self._changed_blocks: list[str] = []
        self._left_blocks: list[str] = []
        self._redaction = Redaction(
            request,
            self._conditions,
            self._log_quotes,
            self._archive_quotes,
            source_goes=not self._keeps_archive,
            images=log.images,
        )
        self._tally = Tally(self._conditions, name)
        self._paths: dict[str, tuple[int, str]] = {}
        """The sections of documents whose path contains the words: how many parts, and of which source."""
        self._left_paths: set[str] = set()
        self._attached_left: Counter[str] = Counter()
        self._hearers = Hearers({}, ())
        self._acts_changed = 0
        self._images = log.images
        self._kept_folders: tuple[str, ...] = ()
        self._ownerless: tuple[str, ...] = ()
        self._names_left: Counter[str] = Counter()
        self._texts: list[LostText] = []

    def run(self) -> Forgotten:
        """Forget, and report what was deleted; a dry run only reports.

        After an error, another run completes this one. The caller cleans the catalogue of documents, the
        index of recall and the files.
        """
        with self._database.reading() as connection:
            self._find_entries(connection)
            passages = self._find_passages()
            for entry in self._entries(connection):
                message = entry.message
                if (
                    message.kind == "result"
                    and message.tool_call_id
                    and self._redaction.is_in_result(message)
                ):
                    self._redaction.cleared_calls.add(message.tool_call_id)
                if message.kind == "result" and message.ok and message.name:
                    self._redaction.tools.add(message.name)
            self._hearers = self._find_hearers(connection)
            self._find_names(connection)
            if self._request.dry_run:
                kept_blocks = self._cut_blocks(connection)
                for entry in self._entries(connection):
                    self._redact(entry, kept_blocks)
                self._cut_summaries(connection)
                self._cut_audit(connection)
                self._cut_runs(connection)
                return self._report(passages)
        with self._database.writing() as connection:
            self._database.will_scrub(connection)
            kept_blocks = self._cut_blocks(connection)  # before the log: an edit locks them in this order
            hold_log(connection, self._agent_id)
            self._overwrite(connection, self._agent_id, lambda entry: self._redact(entry, kept_blocks))
            self._cut_summaries(connection)
            self._cut_audit(connection)
            self._cut_runs(connection)
        if not self._keeps_archive:
            if passages:
                self._archive.delete_where(ids=passages)
            self._cut_paths()
            self._archive.purge()  # also after a run that was interrupted between the two
            self._archive.discard_kept()
        self._write_rest()
        return self._report(passages)

    @repeatable
    def _write_rest(self) -> None:
        with self._database.writing() as connection:
            hold_log(connection, self._agent_id)
            self._empty_deleted(connection)
            self._rewrite_summaries(connection)

    def _report(self, passages: list[str]) -> Forgotten:
        times = [time.astimezone(self._zone) for time in self._deleted.values()]
        return Forgotten(
            messages=sum(self._speakers.values()),
            entries=len(self._deleted),
            speakers=dict(sorted(self._speakers.items())),
            first=min(times, default=None),
            last=max(times, default=None),
            redacted=dict(sorted(self._redacted.items())),
            summaries=len(self._changed_summaries),
            runs=self._changed_runs,
            searches=self._searches,
            passages=0 if self._keeps_archive else len(passages),
            passages_left=len(passages) if self._keeps_archive else 0,
            acts_changed=self._acts_changed,
            blocks_changed=tuple(self._changed_blocks),
            blocks_left=tuple(self._left_blocks),
            forms=self._tally.forms,
            alike_left=self._tally.alike_left,
            archives_left=dict(+self._attached_left),
            paths_changed=len({source for _, source in self._paths.values()} - self._left_paths),
            paths_left=len(self._left_paths),
            damaged=self._kept_folders if self._keeps_archive else (),
            damaged_removed=() if self._keeps_archive else self._kept_folders,
            ownerless=self._ownerless,
            names_left=dict(+self._names_left),
            heard_by=self._hearers.places,
            forks=tuple(name for name in self._hearers.forks if name in self._hearers.places),
            known_names=self._tally.known_names,
            by_source=self._request.source is not None,
            texts=tuple(self._texts),
            dry_run=self._request.dry_run,
        )

    def _show(self, text: LostText) -> None:
        """Show a text in the report of a dry run, if it has room."""
        if self._request.dry_run and len(self._texts) < self._request.texts and text.before.strip():
            after = None if text.after is None else clean_text(text.after)
            name = None if text.name is None else clean_text(text.name)
            self._texts.append(replace(text, name=name, before=clean_text(text.before), after=after))

    def _entries(self, connection: Connection, **between: int) -> Iterator[Entry]:
        return stream_entries(connection, self._agent_id, **between)

    # What is deleted

    def _keep_delivery(self, entry: Entry) -> None:
        """Keep the id of a message without the hash of its words, unless it has forgotten words itself."""
        given = entry.message.extra.get(DELIVERY)
        phrases = [phrase for phrase in (self._query, self._speaker) if phrase]
        if isinstance(given, str) and not any(phrase.is_in(given) for phrase in phrases):
            self._deliveries[entry.seq] = without_words(given)

    def _find_entries(self, connection: Connection) -> None:
        """Find the entries that are deleted, and learn their words."""
        for entry in self._entries(connection):
            message = entry.message
            if self._speaker:
                self._tally.see_name(self._conditions.speaker_in(message))
            if not self._matches(entry):
                self._learn_edit(message)
                continue
            self._deleted[entry.seq] = message.time
            self._keep_delivery(entry)
            if self._first is None and message.kind not in NEVER_SHOWN:
                self._first = entry.seq
            self._tally.delete_message(message)
            spoken = message.spoken
            what: Literal["message", "entry"] = "entry" if spoken is None else "message"
            self._show(LostText(what, message.name, message.time, spoken or message.text, None))
            if spoken is not None:
                self._log_quotes.add(spoken)
                self._speakers[message.name or self._name] += 1

    def _learn_edit(self, message: Message) -> None:
        """Learn what was written into blocks in the time that is to be forgotten; with `query`, its words."""
        before, after = message.extra.get("before"), message.extra.get("after")
        request = self._request
        if message.kind != "edit" or not isinstance(before, str) or not request.includes(message.time):
            return
        if (request.start or request.end) and not (request.speaker or request.source):
            for sentence in sentences(str(after)):
                if sentence not in before and (self._query is None or self._query.is_in(sentence)):
                    self._log_quotes.add(sentence)

    def _matches(self, entry: Entry) -> bool:
        """Return whether the whole entry is deleted."""
        message, request = entry.message, self._request
        if message.kind == "result":
            # a call without a result would wait for it forever
            return message.tool_call_id in self._deleted_calls
        # with words, a step of the agent's own stays, without the sentences that contain them
        own_step = self._query is not None and message.kind == "step" and not request.speaker
        matches = not own_step and self._conditions.hold(message)
        if matches:
            self._deleted_calls.update(call.id for call in message.tool_calls)
        return matches

    def _find_passages(self) -> list[str]:
        """Return the ids of the passages that match, and of those that quote what is deleted from the log."""
        conditions = self._conditions
        ids: dict[str, None] = {}
        before: Mapping[str, Any] | None = None
        for record in self._archive.dump():
            matches = conditions.hold_passage(record)
            if conditions.source:
                self._tally.see_name(record["source"])
            if before is not None and self._words_run_through(before, record):
                ids[part_id(before["parent"], before["part"])] = None
                self._archive_quotes.add(before["text"])
                matches = True
            if matches:
                self._archive_quotes.add(record["text"])
                self._tally.delete(*texts_of_passage(record))
            if matches or any(self._log_quotes.spans(searched_text(record), least=LEAST_FOREIGN_WORDS)):
                ids[part_id(record["parent"], record["part"])] = None
                made = datetime.fromisoformat(record["created_at"])
                self._show(LostText("passage", record["source"], made, record["text"], None))
            else:
                self._note_path(record)
                self._tally.leave_passage(record)
            before = record
        for name, archive in self._attached.items():
            for record in archive.dump():
                if conditions.source:
                    self._tally.see_name(record["source"])
                self._attached_left[name] += self._is_in_passage(record)
        return list(ids)

    def _is_in_passage(self, record: Mapping[str, Any]) -> bool:
        if self._conditions.hold_passage(record):
            return True
        return any(self._log_quotes.spans(searched_text(record), least=LEAST_FOREIGN_WORDS))

    def _note_path(self, record: Mapping[str, Any]) -> None:
        """Note a passage of a document whose path contains the words: it stays, and the path is cut."""
        origin = (record.get("place") or {}).get("origin", "")
        if origin and self._conditions.without_words(origin) != origin:
            self._paths[record["parent"]] = record["parts"], record["source"] or ""

    def _cut_paths(self) -> None:
        for parent, (parts, source) in self._paths.items():
            pieces = []
            for piece in self._archive.section(parent, parts):
                passage = piece.passage
                if passage.place is not None:
                    origin = self._conditions.without_words(passage.place.origin)
                    passage = replace(passage, place=replace(passage.place, origin=origin))
                    pieces.append(replace(piece, passage=passage))
            try:
                self._archive.put(pieces, wait=False)
            except EmbedderMismatchError:  # nothing can be written now
                self._left_paths.add(source)

    def _find_hearers(self, connection: Connection) -> Hearers:
        conditions: dict[str, Conditions] = {}

        def is_in_message(name: str, message: Message) -> bool:
            its = conditions.get(name) or conditions.setdefault(name, Conditions(self._request, name))
            if its.hold(message):
                return True
            if message.kind == "edit" and any(map(self._redaction.spans, texts_of(message))):
                return True
            least = LEAST_FOREIGN_WORDS if message.is_heard else 1
            return any(any(self._log_quotes.spans(text, least=least)) for text in texts_of(message))

        return find_hearers(
            self._database,
            connection,
            self._agent_id,
            in_message=is_in_message,
            in_text=lambda text: bool(self._redaction.spans(text)),
        )

    def _find_names(self, connection: Connection) -> None:
        """Find the names, and the user's own files, that have the words and stay."""
        self._kept_folders = tuple(map(str, self._archive.kept()))
        own = list(connection.scalars(select(agents.c.id)))
        known = [*own, *map(index_of, own), *connection.scalars(select(archives.c.id))]
        if self._database.owner == HOME:  # nobody else can delete these, or should know of them
            self._ownerless = tuple(map(str, self._archive.ownerless(known)))
        if not self._request.has_one_condition:
            return
        phrases = [phrase for phrase in (self._query, self._speaker) if phrase]
        names = list(names_used_by(self._database, connection, self._agent_id, self._archive.archive_id))
        if self._images is not None and self._database.owner == HOME:
            names += (("file of yours", text) for text in files_of_the_user(self._images.path.parent))
        for kind, name in names:
            self._names_left[kind] += any(phrase.is_in(name) for phrase in phrases)

    def _words_run_through(self, before: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
        """Return whether the words start in the part before this one and end in this one."""
        if self._query is None or not self._conditions.may_hold_passage(record):
            return False
        if (before["parent"], before["part"] + 1) != (record["parent"], record["part"]):
            return False
        joined = before["text"][-1000:] + before["gap"]
        cut = len(joined)
        return any(first < cut < last for first, last in self._query.spans(joined + record["text"][:1000]))

    # What loses quotes

    def _redact(self, entry: Entry, kept_blocks: Mapping[str, str]) -> Entry | None:
        """Return the entry without its quotes; None where it has none or is deleted.

        `kept_blocks` are the new texts.
        """
        message = entry.message
        if entry.seq in self._deleted or message.kind == "removed":
            return None
        redacted = self._redaction.redact(message, kept_blocks.get(message.name or ""))
        self._tally.leave_message(redacted)
        if redacted == message:
            return None
        self._redacted[message.kind] += 1
        after = redacted.spoken or redacted.text
        self._show(LostText("entry", message.name, message.time, message.spoken or message.text, after))
        self._tally.delete(*texts_of(message))
        return replace(entry, message=redacted)

    def _cut_blocks(self, connection: Connection) -> dict[str, str]:
        """Cut the blocks that the request includes; return the texts of all of them as they are then."""
        kept = {}
        query = (
            select(blocks)
            .join(attachments)
            .where(attachments.c.agent_id == self._agent_id)
            .order_by(attachments.c.position)
        )
        request = self._request
        for row in connection.execute(query if request.dry_run else query.with_for_update(of=blocks)).all():
            text, description = row.value, row.description
            if request.cuts_blocks and (request.shared or not row.shared) and self._may_write(row):
                text = cut_sentences(text, self._redaction.block_spans(text), mark="")
                description = self._redaction.cut_description(description)
            kept[row.label] = text
            if (text, description) != (row.value, row.description):
                self._changed_blocks.append(row.label)
                self._show(LostText("block", row.label, None, row.value, text))
                self._tally.delete(row.value, row.description)
                if not request.dry_run:
                    self._write_block(connection, row, text, description)
            if self._mentions(f"{row.label}\n{text}\n{description}"):
                self._left_blocks.append(row.label)
            self._tally.leave("block", text)
        return kept

    def _may_write(self, row: Row[Any]) -> bool:
        """Return whether a block is the owner's own: those of other users are theirs to cut."""
        return bool(row.owner_id == self._database.owner)

    def _cut_audit(self, connection: Connection) -> None:
        def cut(text: str) -> str:
            return REMOVED if self._redaction.block_spans(text) else text

        self._acts_changed = cut_audit(self._database, connection, cut, dry_run=self._request.dry_run)

    def _mentions(self, text: str) -> bool:
        phrases = [phrase for phrase in (self._query, self._speaker) if phrase]
        return bool(self._redaction.spans(text)) or any(phrase.is_in(text) for phrase in phrases)

    def _write_block(self, connection: Connection, row: Row[Any], value: str, description: str) -> None:
        """Write a block and log no edit: the history looks as if the block never had the sentences."""
        new = {"value": value, "description": description, "updated_at": to_column(now())}
        connection.execute(update(blocks).where(blocks.c.id == row.id).values(new))
        sharing = select(attachments.c.agent_id).where(
            attachments.c.block_id == row.id, attachments.c.agent_id != self._agent_id
        )

        def redact(entry: Entry) -> Entry | None:
            if entry.message.kind != "edit" or entry.message.name != row.label:
                return None
            return replace(entry, message=self._redaction.redact(entry.message, value))

        for other in connection.scalars(sharing).all():
            hold_log(connection, other)
            self._overwrite(connection, other, redact)

    # What is written

    @staticmethod
    def _overwrite(connection: Connection, agent_id: str, change: Callable[[Entry], Entry | None]) -> None:
        """Replace each entry by what `change` returns for it; None leaves it."""
        changed = filter(None, map(change, stream_entries(connection, agent_id)))
        while batch := list(islice(changed, OVERWRITTEN)):
            overwrite_entries(connection, agent_id, batch)

    def _empty_deleted(self, connection: Connection) -> None:
        """Leave an empty entry for each that is deleted, so that `seq` has no gaps."""
        left = iter(self._deleted.items())
        while batch := list(islice(left, OVERWRITTEN)):
            empty = [Entry(seq, self._removed(seq, time), hidden=True) for seq, time in batch]
            overwrite_entries(connection, self._agent_id, empty)

    def _removed(self, seq: int, time: datetime) -> Message:
        delivery = self._deliveries.get(seq)
        return Message(
            "system", "", "removed", time=time, extra={} if delivery is None else {DELIVERY: delivery}
        )

    def _cut_runs(self, connection: Connection) -> None:
        words = RunWords(
            connection,
            self._agent_id,
            is_gone=self._conditions.hold,
            has=self._is_in_copy,
            deleted=self._deleted,
        )
        self._changed_runs = words.cut(dry_run=self._request.dry_run)
        self._searches = cut_searches(
            connection, self._agent_id, self._is_in_copy, dry_run=self._request.dry_run
        )

    def _is_in_copy(self, text: str, time: datetime) -> bool:
        """Return whether a copy of what is in the log has some of what is deleted, or names its speaker."""
        named = self._speaker is not None and self._request.has_one_condition and self._speaker.is_in(text)
        return named or bool(self._redaction.spans(text, time))

    def _cut_summaries(self, connection: Connection) -> None:
        first = self._first
        for row in self._summaries(connection):
            if first is not None and row.through_seq >= first:
                self._changed_summaries.add(row.id)  # `_rewrite_summaries` writes it
            text = cut_sentences(row.text, self._redaction.spans(row.text))
            self._tally.leave("summary", text)
            if text != row.text:
                self._tally.delete(row.text)
                self._changed_summaries.add(row.id)
                if not self._request.dry_run:
                    _write_summary(connection, row, text)

    def _rewrite_summaries(self, connection: Connection) -> None:
        """Write every summary of deleted entries again, from what is left and the summary before it."""
        first = self._first
        if first is None:
            return
        budget = Budget(1_000_000, counter_for("estimate"))
        # no model: a transaction must not wait for one
        summariser = Summariser(self._name, self._zone, budget, None)
        texts: dict[int, str] = {0: ""}
        for row in self._summaries(connection):
            if row.through_seq < first:
                texts[row.through_seq] = row.text
                continue
            base = max(through for through in texts if through <= row.through_seq)
            text = texts[base]
            left = [
                entry
                for entry in self._entries(connection, after=base, through=row.through_seq)
                if not entry.hidden and entry.message.kind not in NEVER_SHOWN
            ]
            most_tokens = max(budget.text(row.text), LEAST_SUMMARY_TOKENS)
            for fold in summariser.fold(text, left, most_tokens=most_tokens):
                text = fold.text
            texts[row.through_seq] = text
            _write_summary(connection, row, text or EMPTY_SUMMARY, source="extract")

    def _summaries(self, connection: Connection) -> list[Row[Any]]:
        query = select(summaries).where(summaries.c.agent_id == self._agent_id).order_by(summaries.c.id)
        return list(connection.execute(query))


def _write_summary(connection: Connection, row: Row[Any], text: str, *, source: str | None = None) -> None:
    connection.execute(
        update(summaries).where(summaries.c.id == row.id).values(text=text, source=source or row.source)
    )
