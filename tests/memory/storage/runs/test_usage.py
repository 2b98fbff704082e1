"""What runs have used: it counts for limits and in lists, also after their agent or the runs are deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from workers import Worker as Program

from memgpt_autogen.errors import LimitReachedError
from memgpt_autogen.events import TurnEnded
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits, set_usage_limits
from memgpt_autogen.memory.storage.agents import find_or_create_agent
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun
from memgpt_autogen.memory.storage.runs.past_usage import keep_usage
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.runs.usage import usage_today
from memgpt_autogen.memory.storage.runs.used import used_by
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.tables import HOME, agents, from_column, keys, runs, to_column
from memgpt_autogen.messages import now

KEY = "22222222-0000-0000-0000-000000000000"


def ran(database: Database, agent: str, hours_ago: float = 0, tokens: int = 15, **options: Any) -> str:
    """A run that has ended; return its id."""
    run, _ = Runs(database).create(NewRun(agent, {"text": "Hello!"}, key_id=KEY, **options))
    worker = Worker(database)
    taken = worker.take()
    assert taken is not None
    claimed = ClaimedRun(worker, taken)
    used = Usage(tokens, 0, cost=0.5)
    claimed.write([TurnEnded("yielded", 1)], **claimed.ending("ended", used, 1, model="small-model"))
    with database.writing() as connection:
        then = to_column(now() - timedelta(hours=hours_ago))
        connection.execute(update(runs).where(runs.c.id == run.id).values(created_at=then))
    return run.id


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        (UsageLimits(turns_a_day=1), 23),
        (UsageLimits(turns_a_day=3), 4),
        (UsageLimits(tokens_a_day=100), 4),
        (UsageLimits(tokens_a_day=40), 14),
        (UsageLimits(tokens_a_day=1), 23),
        (UsageLimits(cost_a_day=1.0), 14),
        (UsageLimits(turns_a_day=0), 24),
    ],
)
def test_a_refusal_says_truly_when_the_next_turn_may_begin(
    database: Database, agent: str, given: UsageLimits, hours: int
) -> None:
    for ago, tokens in ((20, 60), (10, 30), (1, 15)):
        ran(database, agent, ago, tokens)
    set_usage_limits(database, "key", KEY, given)

    with pytest.raises(LimitReachedError) as refused:
        Runs(database).create(NewRun(agent, {"text": "More"}, key_id=KEY))

    assert refused.value.retry_after == pytest.approx(hours * 3600, abs=120)
    if given.turns_a_day == 0:
        return
    passes(database, refused.value.retry_after - 130)
    with pytest.raises(LimitReachedError):
        Runs(database).create(NewRun(agent, {"text": "More"}, key_id=KEY))
    passes(database, 131)
    Runs(database).create(NewRun(agent, {"text": "More"}, key_id=KEY))


def passes(database: Database, seconds: float) -> None:
    """Let all runs be so much older."""
    with database.writing() as connection:
        for row in connection.execute(select(runs.c.id, runs.c.created_at)).all():
            then = to_column(from_column(row.created_at) - timedelta(seconds=seconds))
            connection.execute(update(runs).where(runs.c.id == row.id).values(created_at=then))


def test_what_was_used_survives_its_agent_and_its_key(database: Database, agent: str) -> None:
    with database.writing() as connection:
        key = {"id": KEY, "owner_id": HOME, "name": "phone", "digest": "d", "shown": "s", "scopes": "talk"}
        connection.execute(insert(keys).values(**key, created_at=to_column(now())))
    for _ in range(2):
        ran(database, agent)
    before = {by: used_by(database, by) for by in ("agent", "user", "key", "model", "day")}
    today = usage_today(database, "key", KEY)

    with database.writing() as connection:
        keep_usage(connection, runs.c.agent_id == agent)
        connection.execute(delete(agents).where(agents.c.id == agent))
        connection.execute(delete(keys).where(keys.c.id == KEY))
        assert connection.execute(select(runs)).all() == []
    after = {by: used_by(database, by) for by in ("agent", "user", "key", "model", "day")}

    for by, found in before.items():
        (one,), (left,) = found, after[by]
        assert (one.runs, one.steps, one.prompt_tokens, one.cost) == (2, 2, 30, 1.0)
        assert (left.key, left.runs, left.failed, left.steps) == (one.key, 2, 0, 2)
        assert (left.prompt_tokens, left.cost) == (30, 1.0)
        assert left.name == ("" if by in ("agent", "key") else one.name)
    assert [each[0].name for each in before.values()][:4] == ["sam", "home", "phone", "small-model"]
    assert usage_today(database, "key", KEY) == today


ASK = """
import sys
from memgpt_autogen.errors import LimitReachedError
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.memory.storage.runs.runs import Runs
runs = Runs(Database(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(6):
    try:
        runs.create(NewRun(sys.argv[2], {"text": "Hello!"}, key_id=sys.argv[3]))
        print("made", flush=True)
    except LimitReachedError:
        print("refused", flush=True)
"""


@pytest.mark.parametrize("given", [UsageLimits(turns_at_once=5), UsageLimits(turns_a_day=5)])
def test_workers_that_ask_at_once_for_one_key_count_together(
    database: Database, url: str, given: UsageLimits
) -> None:
    set_usage_limits(database, "key", KEY, given)
    ids = [find_or_create_agent(database, f"agent{number}") for number in range(3)]
    programs = [Program(ASK, url, each, KEY) for each in ids]
    for each in programs:
        assert each.line() == "ready"
    for each in programs:
        each.send("go")
    told = [line for each in programs for line in each.rest()]

    assert told.count("made") == 5
    assert told.count("refused") == 13
