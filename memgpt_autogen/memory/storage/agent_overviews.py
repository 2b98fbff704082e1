"""What a list tells of agents: what was said last, what they begin with, what they used, what they do now.

Each is one query for all agents of a page. No agent is opened.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from memgpt_autogen.memory.storage.accounts.limits import DAY
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.past_usage import all_usage
from memgpt_autogen.memory.storage.runs.run_rows import going_on
from memgpt_autogen.memory.storage.tables import (
    agents,
    attachments,
    blocks,
    entries,
    from_column,
    leases,
    runs,
    to_column,
)
from memgpt_autogen.messages import now

MOST_SHOWN = 240
"""The most characters of a text in a list."""

PERSONA, HUMAN = "persona", "human"


@dataclass(frozen=True, slots=True)
class Activity:
    """What an agent does now."""

    running: bool = False
    """Whether it is in a turn, or in another change of its memory, of whichever process."""
    queued: int = 0
    """The runs that wait for a turn."""
    suspended: int = 0
    """The runs that wait for results or approvals."""


IDLE = Activity()


@dataclass(frozen=True, slots=True)
class LastWords:
    """What was said last to an agent or by it."""

    text: str
    """At most the first 240 characters."""
    speaker: str | None
    """Who said it; None for the agent itself."""
    time: datetime


@dataclass(frozen=True, slots=True)
class AgentOverview:
    """What a list tells of an agent."""

    persona: str = ""
    """At most the first 240 characters."""
    human: str = ""
    """At most the first 240 characters."""
    last_words: LastWords | None = None
    tokens_today: int = 0
    """What its runs used in the last 24 hours."""
    activity: Activity = IDLE


def agent_overviews(database: Database, ids: Collection[str]) -> dict[str, AgentOverview]:
    """Return what a list tells of these agents of the owner, by their ids."""
    if not ids:
        return {}
    with database.reading() as connection:
        first = {(row.agent_id, row.label): str(row.text) for row in _first_texts(connection, ids)}
        last = {row.agent_id: _last_words(row) for row in _last_entries(connection, ids)}
        used = {row.agent_id: int(row.tokens) for row in _used(connection, ids)}
        busy = dict(_busy(connection, database, ids))
    return {
        each: AgentOverview(
            first.get((each, PERSONA), ""),
            first.get((each, HUMAN), ""),
            last.get(each),
            used.get(each, 0),
            busy.get(each, IDLE),
        )
        for each in ids
    }


def active_agents(database: Database, among: Collection[str] | None = None) -> dict[str, Activity]:
    """Return what the owner's agents do that do something now, by their ids.

    `among` are the ids of the agents that count; None is all.
    """
    with database.reading() as connection:
        return dict(_busy(connection, database, among))


def _first_texts(connection: Connection, ids: Collection[str]) -> Iterable[Any]:
    query = (
        select(
            attachments.c.agent_id, blocks.c.label, func.substr(blocks.c.value, 1, MOST_SHOWN).label("text")
        )
        .join(blocks, blocks.c.id == attachments.c.block_id)
        .where(attachments.c.agent_id.in_(sorted(ids)), blocks.c.label.in_((PERSONA, HUMAN)))
    )
    return connection.execute(query)


def _last_entries(connection: Connection, ids: Collection[str]) -> Iterable[Any]:
    # the index of places gives the last one of each agent without reading the others
    newest = (
        select(entries.c.id)
        .where(entries.c.agent_id == agents.c.id, entries.c.place.is_not(None), ~entries.c.hidden)
        .order_by(entries.c.place.desc())
        .limit(1)
        .correlate(agents)
        .scalar_subquery()
    )
    query = (
        select(
            entries.c.agent_id,
            entries.c.role,
            entries.c.name,
            entries.c.created_at,
            func.substr(entries.c.spoken, 1, MOST_SHOWN).label("text"),
        )
        .select_from(agents)
        .join(entries, entries.c.id == newest)
        .where(agents.c.id.in_(sorted(ids)))
    )
    return connection.execute(query)


def _last_words(row: Any) -> LastWords:
    return LastWords(row.text, None if row.role == "assistant" else row.name, from_column(row.created_at))


def _used(connection: Connection, ids: Collection[str]) -> Iterable[Any]:
    used = all_usage()
    tokens = func.sum(used.c.prompt_tokens + used.c.completion_tokens).label("tokens")
    query = select(used.c.agent_id, tokens).where(
        used.c.agent_id.in_(sorted(ids)), used.c.time > to_column(now() - DAY)
    )
    return connection.execute(query.group_by(used.c.agent_id))


def _busy(
    connection: Connection, database: Database, among: Collection[str] | None
) -> Iterator[tuple[str, Activity]]:
    mine = [owned(agents, database)]
    if among is not None:
        mine.append(agents.c.id.in_(sorted(among)))
    # PostgreSQL's clock and that of a machine may differ by less than a lease lasts
    in_turn = select(agents.c.id).join(leases).where(*mine, leases.c.until > time.time())
    unfinished = and_(runs.c.agent_id == agents.c.id, going_on("running", "queued", "suspended"))
    waiting = select(agents.c.id, runs.c.state, func.count()).join(runs, unfinished).where(*mine)
    holders = set(connection.scalars(in_turn))
    states: dict[str, dict[str, int]] = {each: {} for each in holders}
    for agent_id, state, count in connection.execute(waiting.group_by(agents.c.id, runs.c.state)):
        states.setdefault(agent_id, {})[state] = count
    for agent_id, found in states.items():
        running = agent_id in holders or bool(found.get("running"))
        yield agent_id, Activity(running, found.get("queued", 0), found.get("suspended", 0))
