"""How the queries of turns find their rows: none reads all the runs that were ever made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from turns import Home

from memgpt_autogen.memory.storage.accounts.limits import UsageLimits, set_usage_limits
from memgpt_autogen.memory.storage.runs.counts import server_counts
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.testing import ScriptedLLM, call, says

pytestmark = pytest.mark.sqlite


@contextmanager
def statements() -> Iterator[list[str]]:
    """What connections run that are opened in this block, with its values."""
    found: list[str] = []

    def connected(raw: Any, _: object) -> None:
        raw.set_trace_callback(found.append)

    event.listen(Engine, "connect", connected)
    try:
        yield found
    finally:
        event.remove(Engine, "connect", connected)


def test_no_query_of_turns_and_workers_reads_all_runs(make_home: Callable[..., Home]) -> None:
    with statements() as found:
        here = make_home({"sam": ScriptedLLM(otherwise=says("", call("send_message", message="Hi!")))})
        set_usage_limits(here.database, "user", HOME, UsageLimits(turns_at_once=100))
        here.database._engine.dispose()
        found.clear()
        first, second = here.say(), here.say(to="sam")
        here.stream(first)
        here.stream(second)
        here.runs.place(second)
        worker = Worker(here.database)
        for work in (worker.take, worker.renew, worker.to_cancel, worker.expire, worker.release):
            work()
        server_counts(here.database)

    asked = {each for each in found if each.startswith(("SELECT", "UPDATE", "DELETE")) and " runs" in each}
    asked = {each for each in asked if "AS used" not in each}  # what was used in a day is a sum over its runs
    assert len(asked) >= 10
    with here.database.reading() as connection:
        raw: Any = connection.connection.dbapi_connection
        plans = {each: [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {each}")] for each in asked}
    for statement, plan in plans.items():
        assert not [step for step in plan if step.startswith("SCAN runs")], statement
        assert not [step for step in plan if "runs_agents" in step or "runs_owners" in step], statement
