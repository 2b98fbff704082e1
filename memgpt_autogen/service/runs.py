"""Runs of an owner: ask for one, list them, read their events, cancel them and give them results."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Optional

from memgpt_autogen.assembly import open_home_database
from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.run_events import READ, read_events
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, Run, State
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.pages import Page, page_of, place_of
from memgpt_autogen.settings import Settings


def list_runs(
    settings: Settings,
    *,
    agent: Optional[str] = None,
    state: Optional[State] = None,
    limit: int = 50,
    cursor: Optional[str] = None,
    among: Collection[str] | None = None,
) -> Page[Run]:
    """Return a page of the owner's runs, the newest first; of one agent, in one state, or of `among`."""
    agent_id = None if agent is None else resolve_agent(settings, agent, among)[0]
    before = None if cursor is None else int(place_of(cursor, int)[0])
    among = among if agent_id is None else None
    found = runs_of(settings).find(
        agent_id=agent_id, state=state, before=before, limit=limit + 1, among=among
    )
    return page_of(found, limit, lambda run: (run.number,))


def get_run(settings: Settings, run_id: str, among: Collection[str] | None = None) -> tuple[Run, int]:
    """Return a run and its place in the queue of its agent.

    Raises `NotFoundError`, the same for a run of another owner or of an agent that is not `among` these.
    """
    runs = runs_of(settings)
    run = runs.get(run_id)
    if among is not None and run.agent_id not in among:
        raise NotFoundError(f"there is no run {run_id}.")
    return run, runs.place(run)


def run_events(settings: Settings, run_id: str, after: int = 0, limit: int = READ) -> list[EventRow]:
    """Return the events of a run that `get_run` has found."""
    return read_events(home_database(settings), run_id, after, limit)


def replies_in(rows: Sequence[EventRow]) -> list[str]:
    """Return what the agent has said in these events."""
    return [str(row.data["text"]) for row in rows if row.kind == "replied" and "text" in row.data]


def runs_of(settings: Settings) -> Runs:
    return Runs(home_database(settings))


def home_database(settings: Settings) -> Database:
    return open_home_database(settings)
