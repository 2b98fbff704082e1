"""Runs of an owner: ask for one, list them, read their events, cancel them and give them results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from memgpt_autogen.errors import EventsGoneError, NotFoundError
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.answers import WaitingCall
from memgpt_autogen.memory.storage.runs.run_events import READ, read_all_events, read_events
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, Run, State
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.pages import Page, page_of, place_of
from memgpt_autogen.settings import Settings


@dataclass(frozen=True, slots=True)
class AskedRun:
    """A run that was suspended."""

    run: Run
    number: int
    """The number of its last event before it went on."""
    calls: tuple[Mapping[str, Any], ...]
    """What it asked for."""
    waits: bool
    """Whether it still waits for that."""


def list_runs(
    settings: Settings,
    *,
    agent: Optional[str] = None,
    state: Optional[State] = None,
    stop_reason: Optional[str] = None,
    start: Optional[datetime] = None,
    end: Optional[datetime] = None,
    limit: int = 50,
    cursor: Optional[str] = None,
    among: Collection[str] | None = None,
) -> Page[Run]:
    """Return a page of the owner's runs, the newest first; of one agent, in one state, or of `among`.

    They were asked for not before `start` and not after `end`.
    """
    agent_id = None if agent is None else resolve_agent(settings, agent, among)[0]
    before = None if cursor is None else int(place_of(cursor, int)[0])
    among = among if agent_id is None else None
    found = runs_of(settings).find(
        agent_id=agent_id,
        state=state,
        stop_reason=stop_reason,
        start=start,
        end=end,
        before=before,
        limit=limit + 1,
        among=among,
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


def waiting_calls(settings: Settings, run: Run) -> list[WaitingCall]:
    """Return what a suspended run waits for."""
    return runs_of(settings).waiting(run)


def unheard(run: Run) -> list[dict[str, Optional[str]]]:
    """Return what was said for a run and is not in the log: its agent has not heard it yet, or never did."""
    return said(run) if run.heard_seq is None else []


def said(run: Run) -> list[dict[str, Optional[str]]]:
    """Return what was said for a run."""
    return [
        {"text": each.get("text", ""), "speaker": each.get("speaker"), "chat": each.get("chat")}
        for each in run.input.get("said", ())
    ]


def check_events(run: Run) -> None:
    """Raise `EventsGoneError` if the events of a run were deleted, since the run is old."""
    if not run.has_events:
        raise EventsGoneError(
            f"run {run.id} ended long ago, and its events were deleted. The log of its agent has what was "
            f"said: GET /agents/{run.agent_id}/log."
        )


def run_events(settings: Settings, run_id: str, after: int = 0, limit: int = READ) -> list[EventRow]:
    """Return the events of a run that `get_run` has found."""
    return read_events(home_database(settings), run_id, after, limit)


# how many of an agent's newest runs may be asked for again by the calls that they waited for
_RECENT = 20


def run_of_calls(
    database: Database,
    agent_id: str,
    is_asked: Callable[[Mapping[str, Any]], bool],
    *,
    run_id: Optional[str] = None,
) -> AskedRun | None:
    """Return the agent's newest run that waits for a call, or has waited for one, which `is_asked` knows.

    It gets the call as the event `suspended` has it. Runs that still wait come first. With a `run_id`, only
    this run is looked at.
    """
    runs = Runs(database)
    if run_id is not None:
        return _asked_of(database, runs.get(run_id), is_asked)
    suspended = runs.find(agent_id=agent_id, state="suspended", limit=_RECENT)
    recent = runs.find(agent_id=agent_id, limit=_RECENT)
    ordered = (*suspended, *(each for each in recent if each.state != "suspended"))
    found = (_asked_of(database, run, is_asked) for run in ordered)
    return next((each for each in found if each is not None), None)


def _asked_of(database: Database, run: Run, is_asked: Callable[[Mapping[str, Any]], bool]) -> AskedRun | None:
    told = read_all_events(database, run.id) if run.has_events else []
    for place in range(len(told) - 1, -1, -1):
        row = told[place]
        if row.kind != "suspended" or not any(map(is_asked, row.data.get("calls", ()))):
            continue
        end = next((each.number for each in told[place:] if each.kind == "turn_ended"), row.number)
        waits = run.state == "suspended" and end == told[-1].number
        return AskedRun(run, end, tuple(row.data["calls"]), waits)
    return None


def runs_of(settings: Settings) -> Runs:
    return Runs(home_database(settings))


def home_database(settings: Settings) -> Database:
    return open_home_database(settings)
