"""The queue: the tail of the log that is still in the prompt, after a recursive summary of the rest.

Its whole state is the newest summary row: everything up to `through_seq` is out of the prompt. An
eviction is one insert, a restart needs nothing, and nothing can be in the prompt and missing from the
log.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, tzinfo
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import Entry, Log
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.refusals import RowRefusedError, repeatable
from memgpt_autogen.memory.storage.tables import entries, from_column, summaries, to_column
from memgpt_autogen.messages import Message, ToolCall, WireMessage, now, to_wire
from memgpt_autogen.text.safe import clean_text

Dialect = Literal["memgpt", "native"]
"""The dialect decides how the agent speaks, and what leads to another step.

`memgpt`: the agent speaks by `send_message`, and another step needs a heartbeat. `native`: plain text is
the answer, and every call leads to another step.
"""

NO_RESULT = (
    "No result: the call was interrupted, or its result has not arrived. Whether it took effect is unknown."
)


REFUSED_SUMMARY = "(the database refused the summary; recall has every message)"

logger = logging.getLogger(__name__)


Cause = Literal["pressure", "compact", "forget"]
"""Why there is a new summary.

`pressure`: the prompt was too large. `compact`: somebody asked for it. `forget`: something was forgotten.
"""


@dataclass(frozen=True, slots=True)
class Eviction:
    """Why messages left the prompt."""

    cause: Cause
    messages: int
    """How many left; 0 where only the summary was written again."""
    prompt_tokens: int | None
    """The size of the prompt before; None where it was not the reason."""
    limit_tokens: int
    """No larger prompt was sent at that time."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The recursive summary of everything up to and including `through_seq`."""

    through_seq: int
    text: str
    source: Literal["model", "extract"]
    time: datetime
    at_seq: int = 0
    """The newest entry of the log when it was made, which may be far after `through_seq`."""
    eviction: Eviction | None = None
    """Why it was made; None where that is not known, as for what an older version evicted."""


# what `send_message` returns
SENT = "Sent."


class Queue:
    """The part of one agent's log that is still in the prompt."""

    def __init__(self, database: Database, agent_id: str, log: Log) -> None:
        self._database = database
        self._agent_id = agent_id
        self._log = log

    @property
    def summary(self) -> Summary | None:
        with self._database.reading() as connection:
            return newest_summary(connection, self._agent_id)

    def summaries(self) -> list[Summary]:
        """Return all summaries, oldest first."""
        with self._database.reading() as connection:
            return all_summaries(connection, self._agent_id)

    def entries(self) -> list[Entry]:
        """Return the entries in the prompt, oldest first."""
        summary = self.summary
        return self._log.since(summary.through_seq if summary else 0)

    def waiting(self) -> dict[str, ToolCall]:
        """Return the calls in the prompt that have no result yet, by id."""
        messages = [entry.message for entry in self.entries()]
        answered = {message.tool_call_id for message in messages}
        calls = (call for message in messages for call in message.tool_calls)
        return {call.id: call for call in calls if call.id not in answered}

    def evict(
        self,
        through_seq: int,
        summary: str,
        source: Literal["model", "extract"],
        eviction: Eviction | None = None,
    ) -> None:
        """Move the start of the queue behind `through_seq`. The log keeps every word."""
        try:
            self._evict(through_seq, summary, source, eviction)
        except RowRefusedError as error:  # else the prompt would stay too full, in every later turn
            logger.warning("a summary is not stored: %s", error)
            self._evict(through_seq, REFUSED_SUMMARY, source, eviction)

    @repeatable
    def _evict(
        self,
        through_seq: int,
        summary: str,
        source: Literal["model", "extract"],
        eviction: Eviction | None,
    ) -> None:
        about = {} if eviction is None else asdict(eviction)
        with self._database.writing() as connection:
            connection.execute(
                insert(summaries).values(
                    agent_id=self._agent_id,
                    through_seq=through_seq,
                    at_seq=func.coalesce(
                        select(func.max(entries.c.seq))
                        .where(entries.c.agent_id == self._agent_id)
                        .scalar_subquery(),
                        through_seq,
                    ),
                    text=clean_text(summary),
                    source=source,
                    created_at=to_column(now()),
                    **about,
                )
            )

    def evictions(self) -> int:
        """Return the number of evictions so far."""
        with self._database.reading() as connection:
            mine = select(func.count()).select_from(summaries).where(summaries.c.agent_id == self._agent_id)
            return connection.scalar(mine) or 0

    @repeatable
    def clear(self) -> None:
        """Delete the summaries. Only `reset_memory` does this."""
        with self._database.writing() as connection:
            connection.execute(delete(summaries).where(summaries.c.agent_id == self._agent_id))


def all_summaries(connection: Connection, agent_id: str) -> list[Summary]:
    """Return what `Queue.summaries` returns, in a transaction that is already open."""
    mine = select(summaries).where(summaries.c.agent_id == agent_id).order_by(summaries.c.id)
    return [_summary(row) for row in connection.execute(mine)]


def newest_summary(connection: Connection, agent_id: str) -> Summary | None:
    """Return the newest summary, inside an open transaction."""
    return next(map(_summary, _NEWEST.rows(connection, agent=agent_id)), None)


_NEWEST = PreparedQuery(
    select(summaries)
    .where(summaries.c.agent_id == bindparam("agent"))
    .order_by(summaries.c.id.desc())
    .limit(1)
)


def units(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Return the entries in parts that can be evicted: a call and its results stay together.

    The chat API refuses a tool result whose call is not in the prompt.
    """
    answered = {
        entry.message.tool_call_id: place
        for place, entry in enumerate(entries)
        if entry.message.kind == "result"
    }
    parts: list[list[Entry]] = []
    current: list[Entry] = []
    # the place of the last result that a call in `current` waits for
    through = 0
    for place, entry in enumerate(entries):
        current.append(entry)
        through = max(through, *(answered.get(call.id, 0) for call in entry.message.tool_calls), place)
        if through == place:
            parts.append(current)
            current = []
    return parts


Wired = tuple[Message, WireMessage]
"""A message with its form on the wire."""


def wire(
    entries: Sequence[Entry],
    zone: tzinfo | None,
    dialect: Dialect = "memgpt",
    known: dict[int, Wired] | None = None,
) -> list[WireMessage]:
    """Return the entries as the chat API takes them: each call is directly before its results, in order.

    A call without a result, because the process died or no one has answered yet, gets one that says so. A
    result without its call is left out. So any log, however it ended, gives a legal conversation.

    Without a zone, the messages have no times.

    `known` keeps the messages by `seq` for the next call, since writing one takes longer than comparing it.
    """
    results = {entry.message.tool_call_id: entry for entry in entries if entry.message.kind == "result"}
    placed: list[tuple[int, Message]] = []
    for entry in entries:
        message = entry.message
        if message.kind == "spoken" and dialect == "memgpt":
            call = ToolCall(
                f"o{entry.seq:08}", "send_message", json.dumps({"message": clean_text(message.text)})
            )
            message = replace(message, text="", tool_calls=(call,))
            # no entry has a negative place
            results[call.id] = Entry(-entry.seq, Message.result_of(call, SENT, time=message.time))
        empty = message.role == "assistant" and not (message.text or message.tool_calls)
        if message.kind == "result" or empty:
            continue
        placed.append((entry.seq, message))
        for call in message.tool_calls:
            result = results.get(call.id)
            missing = result or Entry(0, Message.result_of(call, NO_RESULT, ok=False, time=message.time))
            placed.append((missing.seq, missing.message))
    known = {} if known is None else known
    messages: list[WireMessage] = []
    for place, message in placed:
        found = known.get(place)
        if found is None or (found[0] is not message and found[0] != message):
            found = known[place] = message, to_wire(message, zone)
        messages.append(found[1])
    return messages


def _summary(row: Any) -> Summary:
    eviction = None
    if row.cause is not None:
        eviction = Eviction(row.cause, row.messages, row.prompt_tokens, row.limit_tokens)
    return Summary(row.through_seq, row.text, row.source, from_column(row.created_at), row.at_seq, eviction)
