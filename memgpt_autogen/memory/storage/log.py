"""The log: every message of an agent, appended once, ordered by `seq`, and only changed by forgetting.

It returns what was said to the byte. Databases cannot store NUL and lone surrogates. The columns, which are
read and searched, have U+FFFD in their place, and the payload has the exact text (as JSON escapes) where the
two differ.

The queue and recall are two views of the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, islice, starmap
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    Select,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from memgpt_autogen.images import Image, images_in
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.deferred_writes import DeferredWrite
from memgpt_autogen.memory.storage.fulltext import searched_form, with_words
from memgpt_autogen.memory.storage.images import ImageFolder
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery, insertion
from memgpt_autogen.memory.storage.refusals import CAREFUL, repeatable
from memgpt_autogen.memory.storage.refused_rows import EXACT, SEALED, insert_carefully, unsealed
from memgpt_autogen.memory.storage.said_counts import SAID, SAID_THROUGH, Speaker, names_said, speakers_of
from memgpt_autogen.memory.storage.tables import NOT_IMPORTED, agents, entries, from_column, to_column
from memgpt_autogen.messages import GROUP, Message, ToolCall
from memgpt_autogen.text.equal import is_equal

Range = tuple[int, int]
"""The first and the last `seq` of consecutive entries."""

CHANGES = ("edit", "change")
"""The kinds of entries that say how memory was changed."""

NEVER_SAID = (*CHANGES, "removed")
"""The kinds of entries that contain nothing that anyone said, thought or did."""

NEVER_SHOWN = (*NEVER_SAID, "imported")
"""The kinds of entries that are in the log but in no prompt."""

# the payload of a message that has nothing but words, as most of a log
_PLAIN = "{}"

MARK = "mark"
"""The key in `extra` of the id by which an imported turn is known when it is imported again."""

STARTS = "starts"
"""The key in `extra` of the entry that begins an imported chat."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with its place in the log: `seq` counts from 1 without gaps, per agent."""

    seq: int
    message: Message
    hidden: bool = False
    """Whether it was undone. It is still in the log, but in no prompt, count or search."""


class Log:
    """The append-only log of one agent."""

    def __init__(self, database: Database, agent_id: str, images: ImageFolder | None = None) -> None:
        self.database = database
        self.agent_id = agent_id
        self.images = images
        """Where the pictures of messages are stored; None leaves them in the messages."""

    @repeatable
    def append(self, *messages: Message) -> list[Entry]:
        """Commit the messages in order: all of them or none. They are on disk when this returns."""
        messages = self._without_bytes(messages)
        with self.database.writing() as connection:
            return append_entries(connection, self.agent_id, messages)

    def defer(self, *messages: Message, after: Sequence[DeferredWrite] = ()) -> DeferredWrite | None:
        """Let the messages wait for the next commit to the database, which `database.deferred` makes.

        Returns None, and nothing waits, where one of `after` failed.
        """
        append = self.agent_id, self._without_bytes(messages)
        return self.database.deferred.add(append_to_logs, append, after)

    def _without_bytes(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        if self.images is None:
            return messages
        return tuple(self.images.without_bytes(each) if each.extra else each for each in messages)

    def since(self, seq: int) -> list[Entry]:
        """Return the entries after `seq` that belong in a prompt: no core-memory edits, no undone entries.

        Nor are imported chats among them. The oldest is first, here and in all methods.
        """
        with self.database.reading() as connection:
            return shown_since(connection, self.agent_id, seq)

    def edits(self) -> list[Entry]:
        """Return the core-memory edits. `message.extra` contains `label`, `before` and `after`."""
        return self._select(entries.c.kind == "edit")

    def changes(self) -> list[Entry]:
        """Return the core-memory edits and the entries that undo others."""
        return self._select(entries.c.kind.in_(CHANGES))

    def among(self, ranges: Sequence[Range]) -> list[Entry]:
        """Return the entries of these ranges, with undone ones."""
        found = chain.from_iterable(self._select(entries.c.seq.between(*each)) for each in ranges)
        return sorted(found, key=lambda entry: entry.seq)

    def imported(self) -> Iterator[Entry]:
        """Yield the entries that were imported from chats. They are read in batches."""
        after = 0
        while True:
            batch = select(entries).where(self._mine, entries.c.kind == "imported", entries.c.seq > after)
            with self.database.reading() as connection:
                rows = connection.execute(batch.order_by(entries.c.seq).limit(STREAMED)).all()
            yield from entries_of(rows)
            if len(rows) < STREAMED:
                return
            after = rows[-1].seq

    def everything(self, *, through_seq: int | None = None) -> list[Entry]:
        """Return the whole log, or its entries up to `through_seq`, with undone entries."""
        return self._select() if through_seq is None else self._select(entries.c.seq <= through_seq)

    def spoken_tail(self, count: int) -> list[Entry]:
        """Return the newest `count` entries that someone, or the agent, said, with undone ones.

        Imported chats are not among them.
        """
        with self.database.reading() as connection:
            rows = connection.execute(
                select(entries)
                .where(self._mine, entries.c.spoken.is_not(None), entries.c.kind != "imported")
                .order_by(entries.c.seq.desc())
                .limit(count)
            ).all()
        return entries_of(rows[::-1])

    def count(self, *, through_seq: int | None = None, spoken: bool = True) -> int:
        """Count the entries that someone said, or all of them (`spoken=False`), without undone ones."""
        if spoken:
            with self.database.reading() as connection:
                if through_seq is None:
                    ((said,),) = SAID.tuples(connection, agent=self.agent_id)
                else:
                    ((said,),) = SAID_THROUGH.tuples(connection, agent=self.agent_id, through=through_seq)
            return int(said)
        query = select(func.count()).select_from(entries).where(self._mine, ~entries.c.hidden)
        if through_seq is not None:
            query = query.where(entries.c.seq <= through_seq)
        return self._scalar(query) or 0

    def last_seq(self, *kinds: str, after: int = 0) -> int:
        """Return the `seq` of the newest entry (of these kinds) after `after`; 0 if there is none."""
        query = select(func.max(entries.c.seq)).where(self._mine, entries.c.seq > after)
        if kinds:
            query = query.where(entries.c.kind.in_(kinds))
        return self._scalar(query) or 0

    def last_login(self, name: str | None) -> datetime | None:
        """Return when the person with this name last joined; None if never."""
        joined = (
            select(entries.c.name, func.max(entries.c.created_at).label("last"))
            .where(self._mine, ~entries.c.hidden, entries.c.kind == "login")
            .group_by(entries.c.name)
        )
        with self.database.reading() as connection:
            rows = connection.execute(joined).all()
        times = [row.last for row in rows if is_equal(row.name or "", name or "")]
        return from_column(max(times)) if times else None

    def speakers(self, *, through_seq: int) -> list[Speaker]:
        """Return who, besides the agent, said something up to `through_seq`; the last speaker is first.

        Equal names are one speaker, with the form of the name that was used last.
        """
        with self.database.reading() as connection:
            found = names_said(connection, self.agent_id, 0, through_seq)
        return speakers_of({name: (messages, last) for name, messages, last in found})

    def answers(self, call_id: str) -> bool:
        """Return whether the log has the result of the tool call with this id."""
        return self._has("result", json.dumps({"answers": call_id})[1:-1])

    def calls(self, call_id: str) -> bool:
        """Return whether the log has the tool call with this id."""
        return self._has("step", f"[{json.dumps(call_id)}, ")

    def _has(self, kind: str, in_payload: str) -> bool:
        query = select(func.count()).select_from(entries).where(self._mine, entries.c.kind == kind)
        return bool(self._scalar(query.where(entries.c.payload.contains(in_payload, autoescape=True))))

    def with_extra(self, key: str, *, after: int = 0) -> list[Entry]:
        """Return the entries after `after` that have this key in `extra`, with undone ones."""
        found = self._select(entries.c.seq > after, _has_extra(key))
        return [each for each in found if key in each.message.extra]

    def extra_values(self, key: str, *, after: int = 0) -> set[str]:
        """Return the texts of this key in `extra`, of the entries after `after`, with undone ones."""
        query = select(entries.c.payload).where(self._mine, entries.c.seq > after, _has_extra(key))
        with self.database.reading() as connection:
            payloads = connection.execute(query).scalars().all()
        found = (_payload(each).get("extra", {}).get(key) for each in payloads)
        return {each for each in found if isinstance(each, str)}

    def images_shown(self, *, everyone: bool = False) -> set[Image]:
        """Return the pictures that entries refer to by hash, of this agent or of everyone in the home."""
        query = select(entries).where(entries.c.payload.contains('"sha256"', autoescape=True))
        if not everyone:
            query = query.where(self._mine)
        with self.database.reading() as connection:
            found = [entry.message for entry in entries_of(connection.execute(query).all())]
        shown = (image for message in found for image in images_in(message.extra.get("content")))
        return {image for image in shown if image.sha256}

    def finish_images(self) -> None:
        """Delete the pictures that a killed reset, removal or forgetting has left."""
        if self.images is not None and self.images.is_unfinished():
            self.images.remove(but=self.images_shown(everyone=True))

    @repeatable
    def clear(self) -> None:
        """Delete the whole log. Only `reset_memory` may do this."""
        with self.database.writing() as connection:
            connection.execute(delete(entries).where(self._mine))

    @property
    def _mine(self) -> Any:
        return entries.c.agent_id == self.agent_id

    def _scalar(self, query: Select[Any]) -> Any:
        with self.database.reading() as connection:
            return connection.scalar(query)

    def _select(self, *conditions: Any) -> list[Entry]:
        with self.database.reading() as connection:
            return _selected(connection, self.agent_id, *conditions)


def append_entries(connection: Connection, agent_id: str, messages: Sequence[Message]) -> list[Entry]:
    """Append inside an open transaction, so that an edit and its entry are one write."""
    added, rows = _next_rows(connection, agent_id, messages)
    if added:
        _store(connection, rows, words=True)
    return added


def append_to_logs(connection: Connection, appends: Sequence[tuple[str, Sequence[Message]]]) -> None:
    """Append to the logs of several agents, given by their ids, inside an open transaction."""
    of_agent: dict[str, list[Message]] = {}
    for agent_id, messages in appends:
        of_agent.setdefault(agent_id, []).extend(messages)
    # in the same order in every process, so that no two of them wait for each other
    rows = [row for each in sorted(of_agent.items()) for row in _next_rows(connection, *each)[1]]
    if rows:
        _store(connection, rows, words=True)


def _next_rows(
    connection: Connection, agent_id: str, messages: Sequence[Message]
) -> tuple[list[Entry], list[dict[str, Any]]]:
    """Return what follows the end of a log, and its rows; nobody else appends until the transaction ends."""
    hold_log(connection, agent_id)
    ((newest, place, time),) = _END.rows(connection, agent=agent_id)
    added = [Entry((newest or 0) + number, message) for number, message in enumerate(messages, start=1)]
    return added, Places(place, time).fill(_rows(agent_id, added), added)


def _store(connection: Connection, rows: Sequence[Mapping[str, Any]], *, words: bool = False) -> None:
    """Insert rows; with `words`, PostgreSQL's index gets them now and not with the next search."""

    def insert_rows(*some: Mapping[str, Any]) -> None:
        if words and connection.dialect.name == "sqlite":  # its index makes its own words
            _APPEND.run_many(connection, some)
            return
        table, full = with_words(some) if words and connection.dialect.name != "sqlite" else (entries, some)
        connection.execute(_insert(table), full)

    if CAREFUL.get():
        insert_carefully(connection, insert_rows, rows)
    else:
        insert_rows(*rows)


_APPEND = insertion(entries)


def hold_log(connection: Connection, agent_id: str) -> None:
    """Keep others from appending to this agent's log until the transaction ends."""
    if connection.dialect.name != "sqlite":  # a write transaction of SQLite is the only one
        connection.execute(select(agents.c.id).where(agents.c.id == agent_id).with_for_update(key_share=True))


def shown_since(connection: Connection, agent_id: str, seq: int, known: Known | None = None) -> list[Entry]:
    """Return what `Log.since` returns, inside an open transaction. `known` rows are not parsed again."""
    if known is None:
        return entries_of(_SHOWN_SINCE.rows(connection, agent=agent_id, seq=seq))
    return known.entries(_SHOWN_SINCE, _SHOWN_SINCE.tuples(connection, agent=agent_id, seq=seq))


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


def changed_since(connection: Connection, agent_id: str, looked: tuple[int, int]) -> tuple[int, int]:
    """Return the newest `seq`, and that of the newest core-memory edit or other change (0 if there is none).

    `looked` is the result of the last call: only later entries are searched.
    """
    through, found = looked
    ((newest, changed),) = _CHANGED.rows(connection, agent=agent_id, after=through)
    if newest is None and through and (_END.rows(connection, agent=agent_id)[0].newest or 0) < through:
        return changed_since(connection, agent_id, (0, 0))  # another process has deleted everything
    return newest or through, changed or found


class Known:
    """A cache of entries by their rows. A row that is seen again is compared and not parsed."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, Entry]] = {}

    def entries(self, query: PreparedQuery, rows: Sequence[Any]) -> list[Entry]:
        """Return the entries of a query's rows, as tuples that begin with the row's id.

        They are the same objects for the same rows. All other rows are forgotten.
        """
        before = self._known
        found = [before.get(row[0], _UNKNOWN) for row in rows]
        new = [row for row, (known, _) in zip(rows, found, strict=True) if known != row]
        if new or len(rows) != len(before):
            made = iter(entries_of([query.named(row) for row in new]))
            pairs = zip(rows, found, strict=True)
            self._known = {row[0]: (row, next(made)) if known[0] != row else known for row, known in pairs}
        return [entry for _, entry in self._known.values()]


_UNKNOWN: tuple[Any, Any] = (None, None)


def changes_in(connection: Connection, agent_id: str) -> list[Entry]:
    """Return what `Log.changes` returns, inside an open transaction."""
    return _selected(connection, agent_id, entries.c.kind.in_(CHANGES))


def hide(connection: Connection, agent_id: str, ranges: Sequence[Range], *, hidden: bool = True) -> None:
    """Hide entries from prompts, counts and searches, or show them again. The log keeps every word."""
    for first, last in ranges:
        connection.execute(
            update(entries)
            .where(entries.c.agent_id == agent_id, entries.c.seq.between(first, last))
            .values(hidden=hidden)
        )


_OWN = entries.c.agent_id == bindparam("agent")

_LAST_PLACE = select(func.max(entries.c.place)).where(_OWN).scalar_subquery()

# the newest entry, and the place and time of the newest one that someone said
_END = PreparedQuery(
    select(
        select(func.max(entries.c.seq)).where(_OWN).scalar_subquery().label("newest"),
        _LAST_PLACE.label("place"),
        select(entries.c.created_at)
        .where(_OWN, entries.c.place == _LAST_PLACE)
        .scalar_subquery()
        .label("time"),
    )
)

_CHANGED = PreparedQuery(
    select(
        func.max(entries.c.seq).label("newest"),
        func.max(case((or_(*(entries.c.kind == kind for kind in CHANGES)), entries.c.seq))).label("changed"),
    ).where(_OWN, entries.c.seq > bindparam("after"))
)

_SHOWN_SINCE = PreparedQuery(
    select(
        *(column for column in entries.c if column.name not in ("agent_id", "spoken", "searched", "place"))
    )
    .where(_OWN, entries.c.seq > bindparam("seq"))
    .where(*(entries.c.kind != kind for kind in NEVER_SAID), text(NOT_IMPORTED), ~entries.c.hidden)
    .order_by(entries.c.seq)
)


def ranges_of(seqs: Iterable[int]) -> list[Range]:
    """Return these numbers as ranges, in order."""
    ranges: list[Range] = []
    for seq in sorted(seqs):
        if ranges and ranges[-1][1] == seq - 1:
            ranges[-1] = (ranges[-1][0], seq)
        else:
            ranges.append((seq, seq))
    return ranges


def _selected(connection: Connection, agent_id: str, *conditions: Any) -> list[Entry]:
    mine = select(entries).where(entries.c.agent_id == agent_id, *conditions).order_by(entries.c.seq)
    return entries_of(connection.execute(mine).all())


def entries_of(rows: Sequence[Any]) -> list[Entry]:
    """Return the entries that rows were appended as."""
    times = list(map(from_column, map(attrgetter("created_at"), rows)))
    return list(map(_entry, rows, times))


def _has_extra(key: str) -> Any:
    return entries.c.payload.contains(f"{json.dumps(key)}: ", autoescape=True)


def _payload(stored: str) -> dict[str, Any]:
    payload: dict[str, Any] = {} if stored == _PLAIN else json.loads(stored)
    return unsealed(payload) if SEALED in payload else payload


def _entry(row: Any, time: datetime) -> Entry:
    payload = _payload(row.payload)
    extra = payload.get("extra", {})
    if row.group_id is not None:
        extra = {**extra, GROUP: [row.group_id, row.group_number]}
    exact = payload.get(EXACT, {})
    return Entry(
        row.seq,
        Message(
            role=row.role,
            text=exact.get("text", row.text),
            kind=row.kind,
            name=exact.get("name", row.name),
            tool_calls=tuple(starmap(ToolCall, payload.get("calls", ()))),
            tool_call_id=payload.get("answers"),
            ok=not payload.get("failed", False),
            time=time,
            extra=extra,
        ),
        bool(row.hidden),
    )


def stream_entries(
    connection: Connection, agent_id: str, *, after: int = 0, through: int | None = None
) -> Iterator[Entry]:
    """Yield the entries after one `seq` and through another, with undone ones. They are read in batches."""
    while True:
        query = select(entries).where(entries.c.agent_id == agent_id, entries.c.seq > after)
        if through is not None:
            query = query.where(entries.c.seq <= through)
        rows = connection.execute(query.order_by(entries.c.seq).limit(STREAMED)).all()
        yield from entries_of(rows)
        if len(rows) < STREAMED:
            return
        after = rows[-1].seq


def write_entries(connection: Connection, agent_id: str, written: Iterable[Entry]) -> None:
    """Write entries with their own `seq`, which must be unused. Only for imports."""
    left = iter(written)
    ((_, place, time),) = _END.rows(connection, agent=agent_id)
    places = Places(place, time)
    while batch := list(islice(left, STREAMED)):
        _store(connection, places.fill(_rows(agent_id, batch), batch))


def overwrite_entries(connection: Connection, agent_id: str, written: Sequence[Entry]) -> None:
    """Replace the entries that have the same `seq`. Only forgetting and safeguards may do this."""
    for first in range(0, len(written), SWAPPED):
        batch = written[first : first + SWAPPED]
        held = entries.c.agent_id == agent_id, entries.c.seq.in_([entry.seq for entry in batch])
        kept = select(entries.c.seq, entries.c.id, entries.c.place).where(*held)
        old = {row.seq: row for row in connection.execute(kept)}
        rows = _rows(agent_id, batch)
        for row in rows:
            place = None if row["spoken"] is None else old[row["seq"]].place
            row.update(id=old[row["seq"]].id, place=place)
        # not an update, because the full-text index follows inserts and deletes
        connection.execute(delete(entries).where(*held))
        _store(connection, rows)


STREAMED = 1000
SWAPPED = 500
"""How many rows are read or replaced at once. The length of `IN` is limited."""


class Places:
    """Numbers what is said in the conversation, after the last place and time."""

    def __init__(self, place: int | None, time: str | None) -> None:
        self._place = place or 0
        self._time = from_column(time) if time else None
        self._starts = False

    def fill(self, rows: list[dict[str, Any]], added: Sequence[Entry]) -> list[dict[str, Any]]:
        """Return the rows of these entries, with a place for each that somebody said."""
        for row, entry in zip(rows, added, strict=True):
            self._starts = self._starts or STARTS in entry.message.extra
            if row["spoken"] is not None:
                time = entry.message.time
                pause = self._time is not None and (self._starts or abs(time - self._time) > PAUSE)
                self._starts = False
                self._place, self._time = self._place + (LEAP if pause else 1), time
                row["place"] = self._place
        return rows


PAUSE = timedelta(hours=6)
"""A longer silence starts another conversation."""

LEAP = 16
"""How far apart two conversations are. No search looks that far around a hit."""


def _rows(agent_id: str, added: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the rows of entries, without places in the conversation."""
    messages = [entry.message for entry in added]
    stored, times = map(Message.stored, messages), map(to_column, map(attrgetter("time"), messages))
    return [_row(agent_id, *parts) for parts in zip(added, list(stored), list(times), strict=True)]


def _row(
    agent_id: str, entry: Entry, stored: tuple[str | None, str, str | None], time: str
) -> dict[str, Any]:
    message = entry.message
    payload: dict[str, Any] = {}
    if message.tool_calls:
        payload["calls"] = [[call.id, call.name, call.arguments] for call in message.tool_calls]
    if message.tool_call_id is not None:
        payload["answers"] = message.tool_call_id
    if not message.ok:
        payload["failed"] = True
    extra, (group_id, group_number) = _without_group(message.extra)
    if extra:
        payload["extra"] = dict(extra)
    name, text, spoken = stored
    exact = {"name": (message.name, name), "text": (message.text, text)}
    if changed := {part: said for part, (said, column) in exact.items() if said != column}:
        payload[EXACT] = changed
    return {
        "agent_id": agent_id,
        "seq": entry.seq,
        "kind": message.kind,
        "role": message.role,
        "name": name,
        "text": text,
        "spoken": spoken,
        "searched": None if spoken is None else searched_form(spoken),
        "payload": json.dumps(payload),
        "created_at": time,
        "hidden": entry.hidden,
        "place": None,
        "group_id": group_id,
        "group_number": group_number,
    }


_NO_GROUP = (None, None)


def _without_group(extra: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str | None, int | None]]:
    """Return the other values of a message, and which message of which group chat it is."""
    match extra.get(GROUP):
        case [str() as group_id, int() as number] if len(group_id) == 36 and 0 < number < 2**63:
            return {name: value for name, value in extra.items() if name != GROUP}, (group_id, number)
    return extra, _NO_GROUP
