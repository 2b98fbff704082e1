"""The past of an agent."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.service import past
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.runs import get_run
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.past import (
    ChangesAnswer,
    CompactedAnswer,
    Count,
    DifferenceAnswer,
    ForkAnswer,
    HistoryAnswer,
    NewText,
    PoppedAnswer,
    ReplacedAnswer,
    StateAnswer,
    Steps,
)
from memgpt_autogen.service.schemas.runs import RunAnswer


def get_history(home: LocalHome, agent: str, what: Any = None, **about: Any) -> HistoryAnswer:
    return HistoryAnswer.of_all(*past.changes(home.settings, agent, what=what or (), **about))


def list_forks(home: LocalHome, agent: str, **about: Any) -> PageOf[ForkAnswer]:
    page = past.forks(home.settings, agent, **about)
    return PageOf[ForkAnswer](items=[ForkAnswer.of(*each) for each in page.items], next=page.next)


def get_state(home: LocalHome, agent: str, seq: int, limit: int = 50) -> StateAnswer:
    return StateAnswer.of(past.state_at(home.settings, agent, seq), limit)


def get_difference(home: LocalHome, agent: str, from_: int, to: int) -> DifferenceAnswer:
    past.checked_range(from_, to)
    return DifferenceAnswer.of(past.difference(home.settings, agent, from_, to))


def undo(home: LocalHome, agent: str, body: Steps) -> ChangesAnswer:
    return ChangesAnswer.of(past.undo(home.settings, agent, body.steps))


def redo(home: LocalHome, agent: str, body: Steps) -> ChangesAnswer:
    return ChangesAnswer.of(past.redo(home.settings, agent, body.steps))


def pop(home: LocalHome, agent: str, body: Count) -> PoppedAnswer:
    return PoppedAnswer.of(past.pop(home.settings, agent, body.count))


def rethink(home: LocalHome, agent: str, body: NewText) -> ReplacedAnswer:
    return ReplacedAnswer(before=past.rethink(home.settings, agent, body.text), after=body.text)


def rewrite(home: LocalHome, agent: str, body: NewText) -> ReplacedAnswer:
    return ReplacedAnswer(before=past.rewrite(home.settings, agent, body.text), after=body.text)


def retry(home: LocalHome, agent: str) -> RunAnswer:
    agent_id, _ = resolve_agent(home.settings, agent)
    run = home.submit(NewRun(agent_id, run_input(act="retry")))
    return RunAnswer.of(*get_run(home.settings, run.id))


def compact(home: LocalHome, agent: str) -> CompactedAnswer:
    return CompactedAnswer.of(past.compact(home.settings, agent, equipment=home.equipment))
