"""Runs: turns that threads of this program run."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.service import runs
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.runs import EventsAnswer, NewRunBody, ResultsBody, RunAnswer


def create_run(
    home: LocalHome, agent: str, body: NewRunBody, idempotency_key: str | None = None
) -> RunAnswer:
    agent_id, _ = resolve_agent(home.settings, agent)
    run = home.submit(body.new(agent_id, home.speaker, idempotency_key, None))
    return get_run(home, run.id)


def list_runs(home: LocalHome, **about: Any) -> PageOf[RunAnswer]:
    return PageOf[RunAnswer].model_validate(runs.list_runs(home.settings, **about))


def get_run(home: LocalHome, run: str) -> RunAnswer:
    found, place = runs.get_run(home.settings, run)
    waiting = runs.waiting_calls(home.settings, found)
    return RunAnswer.of(found, place, waiting=waiting, unheard=runs.unheard(found), said=runs.said(found))


def read_run_events(home: LocalHome, run: str, after: int | None = None) -> EventsAnswer:
    found, _ = runs.get_run(home.settings, run)
    runs.check_events(found)
    return EventsAnswer.of(found, runs.run_events(home.settings, found.id, after or 0))


def cancel_run(home: LocalHome, run: str) -> RunAnswer:
    runs.get_run(home.settings, run)
    return RunAnswer.of(home.executor.cancel(run, home.owner))


def give_run_results(home: LocalHome, run: str, body: ResultsBody) -> RunAnswer:
    found, _ = runs.get_run(home.settings, run)
    given = home.executor.give_results(run, home.owner, *body.plain())
    waiting = runs.waiting_calls(home.settings, given)
    return RunAnswer.of(given, waiting=waiting, repeated=body.known_to(found))
