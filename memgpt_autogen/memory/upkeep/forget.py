"""This module deletes messages or words for good.

They are deleted from the log, its full-text index, the summaries and archival memory.

The agent's own records quote what they are about, so the quotes are deleted too. The order lets an
interrupted run be completed by running it again: first the quotes, while the text that identifies them still
exists; then the passages; then the messages.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, select, update

from memgpt_autogen.llm.tokens import counter_for
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.summary import Summariser
from memgpt_autogen.memory.passages import name_of, part_id, searched_text
from memgpt_autogen.memory.storage.log import Entry, Log, hold_log, overwrite_entries, stream_entries
from memgpt_autogen.memory.storage.tables import attachments, blocks, summaries, to_column
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest, Forgotten
from memgpt_autogen.memory.upkeep.quotes import (
    LEAST_FOREIGN_WORDS,
    Phrase,
    Quotes,
    Span,
    cut_sentences,
    line_of,
    sentences,
    strings,
    unescape,
)
from memgpt_autogen.messages import REMOVED, Message, ToolCall, now
from memgpt_autogen.text.safe import clean_text

KEPT_KINDS: tuple[str, ...] = ("edit", "change", "removed")
"""Kinds of entries that are never deleted: they are about other entries or blocks."""

ABOUT_SPEAKER: tuple[str, ...] = ("login",)
"""Kinds of entries that are about the speaker whom they name, though nobody said them."""

KNOWN_EXTRA = ("what", "by")
"""Keys of `extra` that are no free text."""

EMPTY_SUMMARY = "(nothing is left of it)"

LEAST_SUMMARY_TOKENS = 64
"""The tokens that a rewritten summary may always have, even where the old one was shorter."""


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
    ) -> None:
        self._request = request
        self._name = name
        self._zone = zone
        self._database = log.database
        self._agent_id = log.agent_id
        self._archive = archive
        self._keeps_archive = archive_shared and not request.shared
        self._query = Phrase(clean_text(request.query)) if request.query else None
        self._speaker = Phrase(clean_text(request.speaker)) if request.speaker else None
        self._log_quotes = Quotes()
        """What is deleted from the log."""
        self._archive_quotes = Quotes()
        """What is deleted from the archive."""
        self._deleted_calls: set[str] = set()
        """Calls whose steps are deleted."""
        self._cleared_calls: set[str] = set()
        """Calls whose results are cleared: their arguments are cleared too."""
        self._deleted: dict[int, datetime] = {}
        """The entries that are deleted, with their times."""
        self._speakers: Counter[str] = Counter()
        self._redacted: Counter[str] = Counter()
        self._changed_summaries: set[int] = set()
        self._changed_blocks: list[str] = []
        self._left_blocks: list[str] = []

    def run(self) -> Forgotten:
        """Forget, and report what was deleted; a dry run only reports.

        After an error, another run completes this one.
        """
        with self._database.reading() as connection:
            self._find_entries(connection)
            passages = self._find_passages()
            for entry in self._entries(connection):
                message = entry.message
                if message.kind == "result" and message.tool_call_id and self._result_quotes(message):
                    self._cleared_calls.add(message.tool_call_id)
            if self._request.dry_run:
                kept_blocks = self._cut_blocks(connection)
                for entry in self._entries(connection):
                    self._redact(entry, kept_blocks)
                self._cut_summaries(connection)
                return self._report(passages)
        with self._database.writing() as connection:
            kept_blocks = self._cut_blocks(connection)  # before the log: an edit locks them in this order
            hold_log(connection, self._agent_id)
            self._overwrite(connection, self._agent_id, lambda entry: self._redact(entry, kept_blocks))
            self._cut_summaries(connection)
        if not self._keeps_archive:
            if passages:
                self._archive.delete_where(ids=passages)
            self._archive.purge()  # also after a run that was interrupted between the two
        with self._database.writing() as connection:
            hold_log(connection, self._agent_id)
            self._overwrite(connection, self._agent_id, self._emptied)
            self._rewrite_summaries(connection)
        return self._report(passages, scrubbed=self._database.scrub())

    def _report(self, passages: list[str], *, scrubbed: bool = False) -> Forgotten:
        times = [time.astimezone(self._zone) for time in self._deleted.values()]
        return Forgotten(
            messages=sum(self._speakers.values()),
            entries=len(self._deleted),
            speakers=dict(sorted(self._speakers.items())),
            first=min(times, default=None),
            last=max(times, default=None),
            redacted=dict(sorted(self._redacted.items())),
            summaries=len(self._changed_summaries),
            passages=0 if self._keeps_archive else len(passages),
            passages_left=len(passages) if self._keeps_archive else 0,
            blocks_changed=tuple(self._changed_blocks),
            blocks_left=tuple(self._left_blocks),
            scrubbed=scrubbed,
            dry_run=self._request.dry_run,
        )

    def _entries(self, connection: Connection, **between: int) -> Iterator[Entry]:
        return stream_entries(connection, self._agent_id, **between)

    # What is deleted

    def _find_entries(self, connection: Connection) -> None:
        """Find the entries that are deleted, and learn their words."""
        for entry in self._entries(connection):
            message = entry.message
            if not self._matches(entry):
                self._learn_edit(message)
                continue
            self._deleted[entry.seq] = message.time
            if message.spoken is not None:
                self._log_quotes.add(message.spoken)
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
        if message.kind in KEPT_KINDS or request.source:
            return False
        if message.kind == "result":
            # a call without a result would wait for it forever
            return message.tool_call_id in self._deleted_calls
        matches = request.includes(message.time)
        if request.speaker:
            speaks = message.spoken is not None or message.kind in ABOUT_SPEAKER
            matches = matches and speaks and self._is_by(message, request.speaker)
        if self._query:
            # a step of the agent's own stays, without the sentences that contain the words
            own_step = message.kind == "step" and not request.speaker
            matches = matches and not own_step and self._contains(message, self._query)
        if matches:
            self._deleted_calls.update(call.id for call in message.tool_calls)
        return matches

    def _is_by(self, message: Message, speaker: str) -> bool:
        name = self._name if message.role == "assistant" else message.name or ""
        return name.casefold() == clean_text(speaker).strip().casefold()

    @staticmethod
    def _contains(message: Message, phrase: Phrase) -> bool:
        arguments = (call.arguments for call in message.tool_calls)
        texts = (message.text, message.name or "", *strings(dict(message.extra)), *arguments)
        return any(phrase.is_in(unescape(text)) for text in texts)

    def _find_passages(self) -> list[str]:
        """Return the ids of the passages that match, and of those that quote what is deleted from the log."""
        request = self._request
        source = name_of(request.source)
        ids: dict[str, None] = {}
        before: Mapping[str, Any] | None = None
        for record in self._archive.dump():
            matches = not request.speaker and request.includes(datetime.fromisoformat(record["created_at"]))
            matches = matches and (source is None or record["source"] == source)
            if matches and self._query:
                texts = (searched_text(record), record["source"] or "", *record["tags"])
                matches = any(map(self._query.is_in, texts))
                if before is not None and self._cut_runs_through(self._query, before, record):
                    ids[part_id(before["parent"], before["part"])] = None
                    self._archive_quotes.add(before["text"])
                    matches = True
            if matches:
                self._archive_quotes.add(record["text"])
            if matches or any(self._log_quotes.spans(searched_text(record), least=LEAST_FOREIGN_WORDS)):
                ids[part_id(record["parent"], record["part"])] = None
            before = record
        return list(ids)

    @staticmethod
    def _cut_runs_through(query: Phrase, before: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
        """Return whether the words start in the part before this one and end in this one."""
        if (before["parent"], before["part"] + 1) != (record["parent"], record["part"]):
            return False
        joined = before["text"][-1000:] + before["gap"]
        cut = len(joined)
        return any(first < cut < last for first, last in query.spans(joined + record["text"][:1000]))

    # What loses quotes

    def _spans(self, text: str, time: datetime | None = None, *, least: int = 1) -> list[Span]:
        """Return where a text that is kept contains what is deleted; `time` is the time of its log entry."""
        found = [*self._log_quotes.spans(text, least=least), *self._archive_quotes.spans(text, least=least)]
        request = self._request
        in_time = request.includes(time) if time else not (request.start or request.end)
        # the words count everywhere only where no other condition says whose words they must be
        if self._query and in_time and not (request.speaker or request.source):
            found += self._query.spans(text)
        return found

    def _redact(self, entry: Entry, kept_blocks: Mapping[str, str]) -> Entry | None:
        """Return the entry without its quotes; None where it has none or is deleted.

        `kept_blocks` are the new texts.
        """
        message = entry.message
        if entry.seq in self._deleted or message.kind == "removed":
            return None
        if message.kind == "edit":
            redacted = self._redact_edit(message, kept_blocks.get(message.name or ""))
        elif message.kind == "result":
            # a quote may be cut in the middle of a word there, so the whole text is removed
            redacted = replace(message, text=REMOVED) if self._result_quotes(message) else message
        else:
            redacted = self._redact_message(message)
        if redacted == message:
            return None
        self._redacted[message.kind] += 1
        return replace(entry, message=redacted)

    def _redact_message(self, message: Message) -> Message:
        least = LEAST_FOREIGN_WORDS if message.kind == "message" else 1
        text = cut_sentences(message.text, self._spans(message.text, message.time, least=least))
        calls = tuple(self._redact_call(call, message.time) for call in message.tool_calls)
        return replace(message, text=text, tool_calls=calls, extra=self._redact_extra(message, least))

    def _result_quotes(self, result: Message) -> bool:
        return bool(self._spans(unescape(result.text), result.time))

    def _redact_call(self, call: ToolCall, time: datetime) -> ToolCall:
        arguments = call.parsed()
        if arguments is None:
            quotes = self._spans(unescape(call.arguments), time)
            return replace(call, arguments="{}") if quotes else call
        if call.id in self._cleared_calls and arguments:
            redacted = {name: REMOVED if isinstance(each, str) else each for name, each in arguments.items()}
        else:
            redacted = self._redact_value(arguments, time)
            if redacted == arguments:
                return call
        return replace(call, arguments=json.dumps(redacted, ensure_ascii=False))

    def _redact_extra(self, message: Message, least: int) -> Mapping[str, Any]:
        redacted = {}
        for name, value in message.extra.items():
            if name in ("chat", "to"):
                redacted[name] = self._redact_chat(value)
            elif name == "content":  # its words are the message's text
                if not any(self._spans(text, message.time, least=least) for text in strings(value)):
                    redacted[name] = value
            else:
                redacted[name] = value if name in KNOWN_EXTRA else self._redact_value(value, message.time)
        return redacted

    def _redact_chat(self, names: Any) -> Any:
        """Remove the forgotten name from the names of a chat: one name, or a manager and members."""
        phrases = [phrase for phrase in (self._speaker, self._query) if phrase]

        def is_forgotten(name: Any) -> bool:
            forgotten = isinstance(name, str) and any(phrase.is_in(name) for phrase in phrases)
            return forgotten and self._request.has_one_condition

        if isinstance(names, list):
            manager = [REMOVED if is_forgotten(name) else name for name in names[:1]]
            return [*manager, *(name for name in names[1:] if not is_forgotten(name))]
        return REMOVED if is_forgotten(names) else names

    def _redact_value(self, value: Any, time: datetime) -> Any:
        if isinstance(value, str):
            return cut_sentences(value, self._spans(value, time))
        if isinstance(value, dict):
            return {self._redact_value(k, time): self._redact_value(each, time) for k, each in value.items()}
        if isinstance(value, list):
            return [self._redact_value(each, time) for each in value]
        return value

    def _redact_edit(self, message: Message, kept: str | None) -> Message:
        """Return an edit of core memory without what its block, with the text `kept`, has lost."""
        extra = dict(message.extra)
        for name in ("before", "after"):
            text = extra.get(name)
            if isinstance(text, str):
                extra[name] = cut_sentences(text, self._block_spans(text), mark="", keep=kept)
        return replace(message, extra=extra)

    def _block_spans(self, text: str) -> list[Span]:
        spans, request = self._spans(text), self._request
        if self._speaker and request.cuts_blocks:
            if request.has_one_condition:
                spans += self._speaker.spans(text)
            elif self._query and not (request.start or request.end):  # the words, in a line about the speaker
                spans += (
                    span for span in self._query.spans(text) if self._speaker.is_in(line_of(text, span))
                )
        return spans

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
            text = row.value
            if request.cuts_blocks and (request.shared or not row.shared):
                text = cut_sentences(text, self._block_spans(text), mark="")
            kept[row.label] = text
            if text != row.value:
                self._changed_blocks.append(row.label)
                if not request.dry_run:
                    self._write_block(connection, row, text)
            if self._mentions(f"{text}\n{row.description}"):
                self._left_blocks.append(row.label)
        return kept

    def _mentions(self, text: str) -> bool:
        phrases = [phrase for phrase in (self._query, self._speaker) if phrase]
        return bool(self._spans(text)) or any(phrase.is_in(text) for phrase in phrases)

    def _write_block(self, connection: Connection, row: Row[Any], value: str) -> None:
        """Write a block and log no edit: the history looks as if the block never had the sentences."""
        connection.execute(
            update(blocks).where(blocks.c.id == row.id).values(value=value, updated_at=to_column(now()))
        )
        sharing = select(attachments.c.agent_id).where(
            attachments.c.block_id == row.id, attachments.c.agent_id != self._agent_id
        )

        def redact(entry: Entry) -> Entry | None:
            if entry.message.kind != "edit" or entry.message.name != row.label:
                return None
            return replace(entry, message=self._redact_edit(entry.message, value))

        for other in connection.scalars(sharing).all():
            hold_log(connection, other)
            self._overwrite(connection, other, redact)

    # What is written

    @staticmethod
    def _overwrite(connection: Connection, agent_id: str, change: Callable[[Entry], Entry | None]) -> None:
        """Replace each entry by what `change` returns for it; None leaves it."""
        changed = filter(None, map(change, stream_entries(connection, agent_id)))
        while batch := list(islice(changed, 500)):
            overwrite_entries(connection, agent_id, batch)

    def _emptied(self, entry: Entry) -> Entry | None:
        """Return an empty entry for one that is deleted, so that `seq` has no gaps."""
        if entry.seq not in self._deleted:
            return None
        return Entry(entry.seq, Message("system", "", "removed", time=entry.message.time), hidden=True)

    def _cut_summaries(self, connection: Connection) -> None:
        first = min(self._deleted, default=None)
        for row in self._summaries(connection):
            if first is not None and row.through_seq >= first:
                self._changed_summaries.add(row.id)  # `_rewrite_summaries` writes it
            text = cut_sentences(row.text, self._spans(row.text))
            if text != row.text:
                self._changed_summaries.add(row.id)
                if not self._request.dry_run:
                    _write_summary(connection, row, text)

    def _rewrite_summaries(self, connection: Connection) -> None:
        """Write every summary of deleted entries again, from what is left and the summary before it."""
        first = min(self._deleted, default=None)
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
                if not entry.hidden and entry.message.kind not in ("edit", "removed")
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
