"""The log: every message of an agent, appended once, ordered by `seq`, never changed but by forgetting.

It gives back what was said to the byte. Databases have no place for NUL and lone surrogates, so the columns hold U+FFFD for
them, for reading and searching, and the payload holds the exact text (as JSON's escapes) where the two differ.

The queue and recall are two readings of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Insert, Table, bindparam, case, delete, func, insert, or_, select, update

from memgpt_autogen.images import Image, images_of
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.fulltext import indexed
from memgpt_autogen.memory.storage.images import ImageFolder
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.tables import agents, entries, from_column, to_column
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.text.safe import storable

EXACT = "exact"
"""The payload's key for what the columns could not hold."""

Range = tuple[int, int]
"""The first and the last `seq` of entries that stand together."""

CHANGES = ("edit", "change")
"""Kinds of entries that tell how memory was changed."""

NEVER_SHOWN = (*CHANGES, "removed")
"""Kinds of entries that are in the log and in no prompt."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with its place in the log: `seq` counts from 1 without gaps, per agent."""

    seq: int
    message: Message
    hidden: bool = False
    """Whether it was taken back: it is in the log, and in no prompt, count or search."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Someone who takes part in the conversation."""

    name: str
    messages: int
    """How many of this speaker's messages the agent has heard."""


class Log:
    """The append-only log of one agent."""

    def __init__(self, database: Database, agent_id: str, images: ImageFolder | None = None) -> None:
        self.database = database
        self.agent_id = agent_id
        self.images = images
        """Where the pictures of messages are kept; without it they stay in the messages."""

    def append(self, *messages: Message) -> list[Entry]:
        """Commit the messages in order; when this returns they are on disk. All of them are written, or none."""
        if self.images is not None:
            messages = tuple(map(self.images.without_bytes, messages))
        with self.database.writing() as connection:
            return append_entries(connection, self.agent_id, messages)

    def since(self, seq: int) -> list[Entry]:
        """Everything after `seq` that belongs in a prompt, oldest first: core-memory edits and what was taken back are left out."""
        with self.database.reading() as connection:
            return shown_since(connection, self.agent_id, seq)

    def edits(self) -> list[Entry]:
        """The core-memory edits, oldest first: `message.extra` holds `label`, `before` and `after`."""
        return self._select(entries.c.kind == "edit")

    def changes(self) -> list[Entry]:
        """The core-memory edits and everything that was taken back, oldest first."""
        with self.database.reading() as connection:
            return changes_in(connection, self.agent_id)

    def among(self, ranges: Sequence[Range]) -> list[Entry]:
        """The entries of these ranges, also those that were taken back, oldest first."""
        found = [
            entry for first, last in ranges for entry in self._select(entries.c.seq.between(first, last))
        ]
        return sorted(found, key=lambda entry: entry.seq)

    def everything(self) -> list[Entry]:
        """The whole log, with what was taken back."""
        return self._select()

    def spoken_tail(self, count: int) -> list[Entry]:
        """The newest `count` entries that somebody, the agent included, said; oldest first, with what was taken back."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(entries)
                .where(self._mine, entries.c.spoken.is_not(None))
                .order_by(entries.c.seq.desc())
                .limit(count)
            ).all()
        return [entry_of(row) for row in reversed(rows)]

    def count(self, *, through_seq: int | None = None, spoken: bool = True) -> int:
        """How many entries there are: those that someone said, or all of them (`spoken=False`)."""
        query = select(func.count()).select_from(entries).where(self._mine, ~entries.c.hidden)
        if spoken:
            query = query.where(entries.c.spoken.is_not(None))
        if through_seq is not None:
            query = query.where(entries.c.seq <= through_seq)
        with self.database.reading() as connection:
            return connection.scalar(query) or 0

    def last_seq(self, *kinds: str, after: int = 0) -> int:
        """The `seq` of the newest entry (of these kinds) behind `after`, 0 where there is none."""
        query = select(func.max(entries.c.seq)).where(self._mine, entries.c.seq > after)
        if kinds:
            query = query.where(entries.c.kind.in_(kinds))
        with self.database.reading() as connection:
            return connection.scalar(query) or 0

    def last_login(self, name: str | None) -> datetime | None:
        """When the one of that name came last; None for the first time."""
        query = select(func.max(entries.c.created_at)).where(self._mine, ~entries.c.hidden)
        query = query.where(
            entries.c.kind == "login", entries.c.name == name if name else entries.c.name.is_(None)
        )
        with self.database.reading() as connection:
            found = connection.scalar(query)
        return from_column(found) if found else None

    def speakers(self, *, through_seq: int) -> list[Speaker]:
        """Who has said something up to `through_seq`, the agent itself left out; who spoke last comes first."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(entries.c.name, func.count().label("messages"))
                .where(
                    self._mine, ~entries.c.hidden, entries.c.kind == "message", entries.c.name.is_not(None)
                )
                .where(entries.c.seq <= through_seq)
                .group_by(entries.c.name)
                .order_by(func.max(entries.c.seq).desc())
            )
            return [Speaker(row.name, row.messages) for row in rows]

    def answers(self, call_id: str) -> bool:
        """Whether the log has the result of the call of that id."""
        answer = json.dumps({"answers": call_id})[1:-1]
        query = select(func.count()).select_from(entries).where(self._mine, entries.c.kind == "result")
        with self.database.reading() as connection:
            return bool(connection.scalar(query.where(entries.c.payload.contains(answer, autoescape=True))))

    def images_shown(self, *, everyone: bool = False) -> set[Image]:
        """The pictures that entries refer to by their hash: of this agent, or of all of the home."""
        query = select(entries).where(entries.c.payload.contains('"sha256"', autoescape=True))
        if not everyone:
            query = query.where(self._mine)
        with self.database.reading() as connection:
            found = [entry_of(row).message for row in connection.execute(query)]
        shown = (image for message in found for image in images_of(message.extra.get("content")))
        return {image for image in shown if image.sha256}

    def clear(self) -> None:
        """Delete the whole log. Only for `reset_memory`: nothing else takes from the log."""
        with self.database.writing() as connection:
            connection.execute(delete(entries).where(self._mine))

    @property
    def _mine(self) -> Any:
        return entries.c.agent_id == self.agent_id

    def _select(self, *conditions: Any) -> list[Entry]:
        with self.database.reading() as connection:
            return _selected(connection, self.agent_id, *conditions)


def append_entries(connection: Connection, agent_id: str, messages: Sequence[Message]) -> list[Entry]:
    """Append inside a transaction that is already open, so that an edit and its entry are one write."""
    hold_log(connection, agent_id)
    ((newest, place, time),) = _END.rows(connection, agent=agent_id)
    added = [Entry((newest or 0) + number, message) for number, message in enumerate(messages, start=1)]
    if added:
        places = Places(place, time)
        table, rows = indexed(connection, [_row(agent_id, entry, places.next(entry)) for entry in added])
        connection.execute(_insert(table), rows)
    return added


def hold_log(connection: Connection, agent_id: str) -> None:
    """Let nobody else append to this agent's log until the transaction ends."""
    if connection.dialect.name != "sqlite":  # whose transaction holds the only write lock already
        connection.execute(select(agents.c.id).where(agents.c.id == agent_id).with_for_update(key_share=True))


def shown_since(connection: Connection, agent_id: str, seq: int, known: Known | None = None) -> list[Entry]:
    """What `Log.since` gives, inside a transaction that is already open; rows that are `known` are not read again."""
    rows = _SHOWN_SINCE.rows(connection, agent=agent_id, seq=seq)
    return [entry_of(row) for row in rows] if known is None else known.entries(rows)


@cache
def _insert(table: Table) -> Insert:
    return insert(table)


def changed_since(connection: Connection, agent_id: str, looked: tuple[int, int]) -> tuple[int, int]:
    """How far the log was searched for core-memory edits and other changes, and the newest of them, 0 where there is none.

    `looked` is what this gave the last time: only what the log has got since is searched.
    """
    through, found = looked
    ((newest, changed),) = _CHANGED.rows(connection, agent=agent_id, after=through)
    if newest is None and through and (_END.rows(connection, agent=agent_id)[0].newest or 0) < through:
        return changed_since(connection, agent_id, (0, 0))  # another process forgot everything
    return newest or through, changed or found


class Known:
    """Rows of the log with the entries that they are, so that one that is seen again costs a comparison."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, Entry]] = {}

    def entries(self, rows: Sequence[Any]) -> list[Entry]:
        """The rows as entries, the same objects for the same rows. Rows that are not among these are no longer known."""
        known: dict[int, tuple[Any, Entry]] = {}
        for row in rows:
            before = self._known.get(row.id)
            known[row.id] = before if before is not None and before[0] == row else (row, entry_of(row))
        self._known = known
        return [entry for _, entry in known.values()]


def changes_in(connection: Connection, agent_id: str) -> list[Entry]:
    """What `Log.changes` gives, inside a transaction that is already open."""
    return _selected(connection, agent_id, entries.c.kind.in_(CHANGES))


def hide(connection: Connection, agent_id: str, ranges: Sequence[Range], *, hidden: bool = True) -> None:
    """Take entries out of sight, or back into it; the log keeps every word either way."""
    for first, last in ranges:
        connection.execute(
            update(entries)
            .where(entries.c.agent_id == agent_id, entries.c.seq.between(first, last))
            .values(hidden=hidden)
        )


_OWN = entries.c.agent_id == bindparam("agent")

_LAST_PLACE = select(func.max(entries.c.place)).where(_OWN).scalar_subquery()

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
"""The newest entry, and where and when something was said last."""

_CHANGED = PreparedQuery(
    select(
        func.max(entries.c.seq).label("newest"),
        func.max(case((or_(*(entries.c.kind == kind for kind in CHANGES)), entries.c.seq))).label("changed"),
    ).where(_OWN, entries.c.seq > bindparam("after"))
)

_SHOWN_SINCE = PreparedQuery(
    select(entries)
    .where(_OWN, entries.c.seq > bindparam("seq"))
    .where(*(entries.c.kind != kind for kind in NEVER_SHOWN), ~entries.c.hidden)
    .order_by(entries.c.seq)
)


def ranges_of(seqs: Iterable[int]) -> list[Range]:
    """These places as ranges, in order."""
    ranges: list[Range] = []
    for seq in sorted(seqs):
        if ranges and ranges[-1][1] == seq - 1:
            ranges[-1] = (ranges[-1][0], seq)
        else:
            ranges.append((seq, seq))
    return ranges


def _selected(connection: Connection, agent_id: str, *conditions: Any) -> list[Entry]:
    mine = select(entries).where(entries.c.agent_id == agent_id, *conditions).order_by(entries.c.seq)
    return [entry_of(row) for row in connection.execute(mine)]


def entry_of(row: Any) -> Entry:
    """A row of `entries` as it was appended."""
    payload = json.loads(row.payload)
    exact = payload.get(EXACT, {})
    return Entry(
        row.seq,
        Message(
            role=row.role,
            text=exact.get("text", row.text),
            kind=row.kind,
            name=exact.get("name", row.name),
            tool_calls=tuple(ToolCall(*call) for call in payload.get("calls", ())),
            tool_call_id=payload.get("answers"),
            ok=not payload.get("failed", False),
            time=from_column(row.created_at),
            extra=payload.get("extra", {}),
        ),
        bool(row.hidden),
    )


def stream_entries(
    connection: Connection, agent_id: str, *, after: int = 0, through: int | None = None
) -> Iterator[Entry]:
    """The whole log between two places, oldest first, with what was taken back; some thousand rows at a time."""
    while True:
        query = select(entries).where(entries.c.agent_id == agent_id, entries.c.seq > after)
        if through is not None:
            query = query.where(entries.c.seq <= through)
        rows = connection.execute(query.order_by(entries.c.seq).limit(STREAMED)).all()
        yield from map(entry_of, rows)
        if len(rows) < STREAMED:
            return
        after = rows[-1].seq


def write_entries(connection: Connection, agent_id: str, written: Iterable[Entry]) -> None:
    """Write entries at the places they have, which must be free. Only for importing."""
    left = iter(written)
    ((_, place, time),) = _END.rows(connection, agent=agent_id)
    places = Places(place, time)
    while batch := list(islice(left, STREAMED)):
        connection.execute(insert(entries), [_row(agent_id, entry, places.next(entry)) for entry in batch])


def overwrite_entries(connection: Connection, agent_id: str, written: Sequence[Entry]) -> None:
    """Put these in place of the entries that have their `seq`. Only for forgetting: nothing else changes the log."""
    for first in range(0, len(written), SWAPPED):
        batch = {entry.seq: entry for entry in written[first : first + SWAPPED]}
        held = entries.c.agent_id == agent_id, entries.c.seq.in_(batch)
        kept = select(entries.c.seq, entries.c.id, entries.c.place).where(*held)
        old = {row.seq: row for row in connection.execute(kept)}
        # not an update: the full-text index follows inserts and deletes
        connection.execute(delete(entries).where(*held))
        connection.execute(
            insert(entries),
            [
                {
                    "id": old[seq].id,
                    **_row(agent_id, entry, old[seq].place if entry.message.spoken is not None else None),
                }
                for seq, entry in batch.items()
            ],
        )


STREAMED = 1000
SWAPPED = 500
"""Rows at a time; what `IN` can hold is limited."""


class Places:
    """Gives what is said a place in the conversation, behind what was said last: at this place, at this time."""

    def __init__(self, place: int | None, time: str | None) -> None:
        self._place = place or 0
        self._time = from_column(time) if time else None

    def next(self, entry: Entry) -> int | None:
        """None for what nobody said."""
        message = entry.message
        if message.spoken is None:
            return None
        pause = self._time is not None and abs(message.time - self._time) > PAUSE
        self._place, self._time = self._place + (LEAP if pause else 1), message.time
        return self._place


PAUSE = timedelta(hours=6)
"""So long a silence, and another conversation begins."""

LEAP = 16
"""How far apart two conversations are: farther than any search looks around."""


def _row(agent_id: str, entry: Entry, place: int | None) -> dict[str, Any]:
    message = entry.message
    payload: dict[str, Any] = {}
    if message.tool_calls:
        payload["calls"] = [[call.id, call.name, call.arguments] for call in message.tool_calls]
    if message.tool_call_id is not None:
        payload["answers"] = message.tool_call_id
    if not message.ok:
        payload["failed"] = True
    if message.extra:
        payload["extra"] = dict(message.extra)
    columns = {part: getattr(message, part) for part in ("name", "text", "spoken")}
    stored = {part: text and storable(text) for part, text in columns.items()}
    if stored != columns:
        payload[EXACT] = {part: columns[part] for part in ("name", "text") if columns[part] != stored[part]}
    return {
        "agent_id": agent_id,
        "seq": entry.seq,
        "kind": message.kind,
        "role": message.role,
        **stored,
        "payload": json.dumps(payload),
        "created_at": to_column(message.time),
        "hidden": entry.hidden,
        "place": place,
    }
