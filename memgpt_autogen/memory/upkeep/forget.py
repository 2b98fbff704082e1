"""Forgetting for good: what someone said, or what contains some words, goes from the log, its index, summaries and archival.

The agent's own records quote what they are about, so the quotes go too. The order makes a forgetting that broke off complete
when it is run again: quotes first, while there is still something to recognise them by; then passages; then what was said.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, select, update

from memgpt_autogen.llm.tokens import counter_for
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.summary import Summariser
from memgpt_autogen.memory.passages import name_of, part_id, searched_text
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import Entry, hold_log, overwrite_entries, stream_entries
from memgpt_autogen.memory.storage.tables import attachments, blocks, summaries, to_column
from memgpt_autogen.memory.upkeep.forget_report import Forgotten, Wanted
from memgpt_autogen.memory.upkeep.quotes import (
    LEAST_OTHERS,
    Phrase,
    Quotes,
    Span,
    arguments_of,
    readable,
    sentences,
    strings,
    without,
)
from memgpt_autogen.messages import REMOVED, Message, ToolCall, now
from memgpt_autogen.text.safe import storable


class Forgetting:
    """Forgets `wanted` from one agent's memory. `name` is the agent's own."""

    def __init__(
        self,
        name: str,
        zone: tzinfo,
        database: Database,
        agent_id: str,
        archive: Archive,
        wanted: Wanted,
        *,
        archive_shared: bool,
        blocks: bool,
        shared: bool,
    ) -> None:
        self._name = name
        self._zone = zone
        self._database = database
        self._agent_id = agent_id
        self._archive = archive
        self._wanted = wanted
        self._others_archive = archive_shared and not shared
        self._cut_blocks = blocks
        self._cut_shared = shared
        self._phrase = Phrase(storable(wanted.query)) if wanted.query else None
        self._mention = Phrase(storable(wanted.speaker)) if wanted.speaker else None
        self._said = Quotes()
        """What goes from the log."""
        self._read = Quotes()
        """What goes from archival."""
        self._dry_run = False
        self._calls: set[str] = set()
        """Calls whose steps go as a whole."""
        self._asked: set[str] = set()
        """Calls whose results lose all they told: what was asked for goes too."""
        self._done = _Done()

    def run(self, *, dry_run: bool = False) -> Forgotten:
        """Forget, and tell what; with `dry_run` only tell. Run it again after an error: it goes on where it ended."""
        self._dry_run = dry_run
        with self._database.reading() as connection:
            self._look(connection)
            passages = self._passages()
            for entry in stream_entries(connection, self._agent_id):
                message = entry.message
                if message.kind == "result" and message.tool_call_id and self._told_in(message):
                    self._asked.add(message.tool_call_id)
            if dry_run:
                kept = self._blocks(connection)
                for entry in stream_entries(connection, self._agent_id):
                    self._redact(entry, kept)
                self._cut_summaries(connection)
                return self._report(passages)
        with self._database.writing() as connection:
            kept = self._blocks(connection)  # before the log, in the order in which an edit locks them
            hold_log(connection, self._agent_id)
            self._overwrite(connection, lambda entry: self._redact(entry, kept))
            self._cut_summaries(connection)
        if passages and not self._others_archive:
            self._archive.delete_where(ids=passages)
        if not self._others_archive:
            self._archive.purge()  # also after one that broke off between the two
        with self._database.writing() as connection:
            hold_log(connection, self._agent_id)
            self._overwrite(connection, self._emptied)
            self._retell(connection)
        return self._report(passages, scrubbed=self._database.scrub())

    def _report(self, passages: list[str], *, scrubbed: bool = False) -> Forgotten:
        done = self._done
        times = sorted(done.gone.values())
        return Forgotten(
            messages=sum(done.speakers.values()),
            entries=len(done.gone),
            speakers=dict(sorted(done.speakers.items())),
            first=times[0] if times else None,
            last=times[-1] if times else None,
            redacted=dict(sorted(done.redacted.items())),
            summaries=len(done.summaries),
            passages=0 if self._others_archive else len(passages),
            passages_left=len(passages) if self._others_archive else 0,
            blocks_changed=tuple(done.blocks_changed),
            blocks_left=tuple(done.blocks_left),
            scrubbed=scrubbed,
            dry_run=self._dry_run,
        )

    # What goes

    def _look(self, connection: Connection) -> None:
        """Find what goes from the log, and learn its words."""
        for entry in stream_entries(connection, self._agent_id):
            message = entry.message
            if not self._goes(entry):
                self._learn_edit(message)
                continue
            self._done.gone[entry.seq] = message.time
            spoken = message.spoken
            if spoken is not None:
                self._said.add(spoken)
                self._done.speakers[message.name or self._name] += 1

    def _learn_edit(self, message: Message) -> None:
        """What was written into blocks in a time that is to be forgotten."""
        before, after = message.extra.get("before"), message.extra.get("after")
        timed = (self._wanted.start or self._wanted.end) and self._wanted.alone
        if (
            timed
            and message.kind == "edit"
            and isinstance(before, str)
            and self._wanted.includes(message.time)
        ):
            for sentence in sentences(str(after)):
                if sentence not in before:
                    self._said.add(sentence)

    def _goes(self, entry: Entry) -> bool:
        """Whether the entry goes as a whole."""
        message, wanted = entry.message, self._wanted
        if message.kind in STAYING or wanted.source:
            return False
        if message.kind == "result":
            return message.tool_call_id in self._calls  # else its call would wait for it for ever
        fits = wanted.includes(message.time)
        if wanted.speaker:
            said = message.spoken is not None or message.kind in TOLD_OF
            fits = fits and said and self._speaks(message, wanted.speaker)
        if self._phrase:
            own = message.kind == "step" and not wanted.speaker  # loses what holds the words, and stays
            fits = fits and not own and any(self._held(message, self._phrase))
        if fits:
            self._calls.update(call.id for call in message.tool_calls)
        return fits

    def _speaks(self, message: Message, speaker: str) -> bool:
        name = self._name if message.role == "assistant" else message.name or ""
        return name.casefold() == storable(speaker).strip().casefold()

    def _held(self, message: Message, phrase: Phrase) -> Iterator[Span]:
        arguments = (call.arguments for call in message.tool_calls)
        for text in (message.text, message.name or "", *strings(dict(message.extra)), *arguments):
            yield from phrase.spans(readable(text))

    def _passages(self) -> list[str]:
        """The ids of the passages that go: those that fit, and those that quote what goes from the log."""
        wanted = self._wanted
        source = name_of(wanted.source)
        ids: dict[str, None] = {}
        before: Mapping[str, Any] | None = None
        for record in self._archive.dump():
            fits = not wanted.speaker and wanted.includes(datetime.fromisoformat(record["created_at"]))
            fits = fits and (source is None or record["source"] == source)
            if fits and self._phrase:
                told = (searched_text(record), record["source"] or "", *record["tags"])
                fits = any(any(self._phrase.spans(text)) for text in told)
                across = self._across(before, record)
                if across is not None and before is not None:
                    ids[across] = None
                    self._read.add(before["text"])
                fits = fits or across is not None
            if fits:
                self._read.add(record["text"])
            if fits or any(self._said.spans(searched_text(record), least=LEAST_OTHERS)):
                ids[part_id(record["parent"], record["part"])] = None
            before = record
        return list(ids)

    def _across(self, before: Mapping[str, Any] | None, record: Mapping[str, Any]) -> str | None:
        """The part before this one, where the cut between them runs through the words."""
        if before is None or self._phrase is None:
            return None
        if (before["parent"], before["part"] + 1) != (record["parent"], record["part"]):
            return None
        joined = before["text"][-1000:] + before["gap"]
        cut = len(joined)
        if any(first < cut < last for first, last in self._phrase.spans(joined + record["text"][:1000])):
            return part_id(before["parent"], before["part"])
        return None

    # What loses quotes

    def _spans(self, text: str, time: datetime | None = None, *, least: int = 1) -> list[Span]:
        """Where a text that stays holds what goes; `time` is that of a log entry."""
        found = [*self._said.spans(text, least=least), *self._read.spans(text, least=least)]
        wanted = self._wanted
        # the words alone are meant only where no other condition says whose
        alone = self._phrase is not None and not (wanted.speaker or wanted.source)
        if alone and self._phrase and (wanted.includes(time) if time else not (wanted.start or wanted.end)):
            found += self._phrase.spans(text)
        return found

    def _redact(self, entry: Entry, kept: Mapping[str, str]) -> Entry | None:
        """The entry without its quotes; None where it has none, or goes as a whole. `kept` are the blocks as they stay."""
        message = entry.message
        if entry.seq in self._done.gone or message.kind == "removed":
            return None
        if message.kind == "edit":
            after = self._edit(message, kept.get(message.name or ""))
        else:
            after = self._quoteless(message)
        if after == message:
            return None
        self._done.redacted[message.kind] += 1
        return replace(entry, message=after)

    def _quoteless(self, message: Message) -> Message:
        least = LEAST_OTHERS if message.kind == "message" else 1
        if message.kind == "result":
            # it may hold a quote that was cut in the middle of a word, so nothing of it stays
            return replace(message, text=REMOVED) if self._told_in(message) else message
        text = without(message.text, self._spans(message.text, message.time, least=least))
        calls = tuple(self._call(call, message.time) for call in message.tool_calls)
        extra = self._extra(message, least)
        return replace(message, text=text, tool_calls=calls, extra=extra)

    def _told_in(self, result: Message) -> bool:
        return bool(self._spans(readable(result.text), result.time))

    def _call(self, call: ToolCall, time: datetime) -> ToolCall:
        arguments = arguments_of(call.arguments)
        if call.id in self._asked and arguments:
            asked = {name: REMOVED if isinstance(each, str) else each for name, each in arguments.items()}
            return replace(call, arguments=json.dumps(asked, ensure_ascii=False))
        if arguments is None:
            held = self._spans(readable(call.arguments), time)
            return replace(call, arguments="{}") if held else call
        after = self._cut(arguments, time)
        if after == arguments:
            return call
        return replace(call, arguments=json.dumps(after, ensure_ascii=False))

    def _extra(self, message: Message, least: int) -> Mapping[str, Any]:
        extra = dict(message.extra)
        content = extra.get("content")
        if any(self._spans(text, message.time, least=least) for text in strings(content)):
            del extra["content"]  # its words are the message's text
        marks = {name: self._unnamed(value) for name, value in extra.items() if name in ("chat", "to")}
        others = {
            name: self._cut(value, message.time) for name, value in extra.items() if name not in KNOWN_EXTRA
        }
        return {**extra, **others, **marks}

    def _unnamed(self, mark: Any) -> Any:
        """A mark of a chat without the name that is forgotten."""
        phrases = [phrase for phrase in (self._mention, self._phrase) if phrase and self._wanted.alone]

        def named(text: Any) -> bool:
            return isinstance(text, str) and any(any(phrase.spans(text)) for phrase in phrases)

        if isinstance(mark, list):
            manager = [REMOVED if named(each) else each for each in mark[:1]]
            return [*manager, *(each for each in mark[1:] if not named(each))]
        return REMOVED if named(mark) else mark

    def _cut(self, value: Any, time: datetime) -> Any:
        if isinstance(value, str):
            return without(value, self._spans(value, time))
        if isinstance(value, dict):
            return {
                without(name, self._spans(name, time)): self._cut(each, time) for name, each in value.items()
            }
        if isinstance(value, list):
            return [self._cut(each, time) for each in value]
        return value

    def _edit(self, message: Message, kept: str | None) -> Message:
        """An edit of core memory without what its block does not hold any more either."""
        extra = dict(message.extra)
        for name in ("before", "after"):
            text = extra.get(name)
            if isinstance(text, str):
                extra[name] = without(text, self._block_spans(text), mark="", keep=kept)
        return replace(message, extra=extra)

    def _block_spans(self, text: str) -> list[Span]:
        spans = self._spans(text)
        if self._mention and self._cut_blocks and self._wanted.alone:
            spans += self._mention.spans(text)
        return spans

    def _blocks(self, connection: Connection) -> dict[str, str]:
        """Cut the blocks, where that is wanted; gives all of them as they are then."""
        kept = {}
        query = (
            select(blocks)
            .join(attachments)
            .where(attachments.c.agent_id == self._agent_id)
            .order_by(attachments.c.position)
        )
        for row in connection.execute(query if self._dry_run else query.with_for_update(of=blocks)).all():
            kept[row.label] = row.value
            if self._cut_blocks and (self._cut_shared or not row.shared):
                kept[row.label] = without(row.value, self._block_spans(row.value), mark="")
            if kept[row.label] != row.value:
                self._done.blocks_changed.append(row.label)
                if not self._dry_run:
                    self._write_block(connection, row, kept[row.label])
            if self._mentions(f"{kept[row.label]}\n{row.description}"):
                self._done.blocks_left.append(row.label)
        return kept

    def _mentions(self, text: str) -> bool:
        phrases = [phrase for phrase in (self._phrase, self._mention) if phrase]
        return bool(self._spans(text)) or any(any(phrase.spans(text)) for phrase in phrases)

    def _write_block(self, connection: Connection, row: Row[Any], value: str) -> None:
        """No edit is logged: the history is told as if the block had never held what goes."""
        connection.execute(
            update(blocks).where(blocks.c.id == row.id).values(value=value, updated_at=to_column(now()))
        )
        sharing = select(attachments.c.agent_id).where(
            attachments.c.block_id == row.id, attachments.c.agent_id != self._agent_id
        )
        for other in connection.scalars(sharing).all():
            hold_log(connection, other)
            self._overwrite(
                connection,
                lambda entry: (
                    replace(entry, message=self._edit(entry.message, value))
                    if entry.message.kind == "edit" and entry.message.name == row.label
                    else None
                ),
                agent_id=other,
            )

    # What is written

    def _overwrite(self, connection: Connection, change: Any, *, agent_id: str | None = None) -> None:
        agent_id = agent_id or self._agent_id
        changed: list[Entry] = []
        for entry in stream_entries(connection, agent_id):
            after = change(entry)
            if after is not None:
                changed.append(after)
            if len(changed) >= 500:
                overwrite_entries(connection, agent_id, changed)
                changed = []
        overwrite_entries(connection, agent_id, changed)

    def _emptied(self, entry: Entry) -> Entry | None:
        """An empty place instead of what goes: `seq` stays without gaps."""
        if entry.seq not in self._done.gone:
            return None
        return Entry(entry.seq, Message("system", "", "removed", time=entry.message.time), hidden=True)

    def _cut_summaries(self, connection: Connection) -> None:
        first = min(self._done.gone, default=None)
        for row in self._summaries(connection):
            if first is not None and row.through_seq >= first:
                self._done.summaries.add(row.id)  # told anew in the end
            text = without(row.text, self._spans(row.text))
            if text != row.text:
                self._done.summaries.add(row.id)
                if not self._dry_run:
                    _write_summary(connection, row, text)

    def _retell(self, connection: Connection) -> None:
        """Tell every summary that covers what is gone anew, from what is left, each from the one before."""
        first = min(self._done.gone, default=None)
        if first is None:
            return
        budget = Budget(1_000_000, counter_for("estimate"))
        # without a model: no one may be asked inside a transaction
        summariser = Summariser(self._name, self._zone, budget, None)
        told: dict[int, str] = {0: ""}
        for row in self._summaries(connection):
            if row.through_seq < first:
                told[row.through_seq] = row.text
                continue
            base = max(through for through in told if through <= row.through_seq)
            text = told[base]
            left = [
                entry
                for entry in stream_entries(connection, self._agent_id, after=base, through=row.through_seq)
                if not entry.hidden and entry.message.kind not in ("edit", "removed")
            ]
            for fold in summariser.fold(text, left, most_tokens=max(budget.text(row.text), LEAST_SUMMARY)):
                text = fold.text
            told[row.through_seq] = text
            _write_summary(connection, row, text or NOTHING, source="extract")

    def _summaries(self, connection: Connection) -> list[Row[Any]]:
        return list(
            connection.execute(
                select(summaries).where(summaries.c.agent_id == self._agent_id).order_by(summaries.c.id)
            )
        )


STAYING: tuple[str, ...] = ("edit", "change", "removed")
"""Kinds of entries that are about others, and go with none."""

TOLD_OF: tuple[str, ...] = ("login",)
"""Kinds of entries that are about the one who is named."""

KNOWN_EXTRA = ("content", "chat", "to", "what", "by")
"""What is not free text, or is looked after elsewhere."""

NOTHING = "(nothing is left of it)"

LEAST_SUMMARY = 64
"""Tokens that a summary may take which is told anew, though the old one was shorter."""


@dataclass(slots=True)
class _Done:
    """What a forgetting has found and done so far."""

    gone: dict[int, datetime] = field(default_factory=dict)
    speakers: Counter[str] = field(default_factory=Counter)
    redacted: Counter[str] = field(default_factory=Counter)
    summaries: set[int] = field(default_factory=set)
    blocks_changed: list[str] = field(default_factory=list)
    blocks_left: list[str] = field(default_factory=list)


def _write_summary(connection: Connection, row: Row[Any], text: str, *, source: str | None = None) -> None:
    connection.execute(
        update(summaries).where(summaries.c.id == row.id).values(text=text, source=source or row.source)
    )
