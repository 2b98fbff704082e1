"""Old events and old runs are deleted, a batch at a time, by one worker; what runs have used stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

import memgpt_autogen.memory.storage.runs.retention as module
from memgpt_autogen.errors import ConfigurationError, RequestChangedError
from memgpt_autogen.events import Replied, TurnEnded
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.chores import take_chore
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun
from memgpt_autogen.memory.storage.runs.jobs import Jobs
from memgpt_autogen.memory.storage.runs.retention import Kept, clean
from memgpt_autogen.memory.storage.runs.run_events import read_all_events
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.runs.used import used_by
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.tables import chores, jobs, runs, to_column
from memgpt_autogen.messages import now


def ended(database: Database, agent: str, days_ago: float, **options: Any) -> Run:
    """A run that ended so many days ago."""
    run, _ = Runs(database).create(NewRun(agent, {"said": [{"text": "a secret"}]}, **options))
    worker = Worker(database)
    taken = worker.take()
    assert taken is not None
    claimed = ClaimedRun(worker, taken)
    claimed.write([Replied("a secret"), TurnEnded("yielded", 1)], **claimed.ending("ended", Usage(10, 5), 1))
    age(database, runs, run.id, days_ago)
    return run


def age(database: Database, table: Any, id_: str, days: float) -> None:
    with database.writing() as connection:
        then = to_column(now() - timedelta(days=days))
        connection.execute(update(table).where(table.c.id == id_).values(ended_at=then, created_at=then))


def all_of(database: Database, clean_once: Callable[[], bool]) -> None:
    while clean_once():
        pass


def test_events_go_first_then_the_run_and_usage_stays(database: Database, agent: str) -> None:
    old = ended(database, agent, 31, idempotency_key="k")
    new = ended(database, agent, 29)
    used = used_by(database, "agent")
    kept = Kept(event_days=30, run_days=365)

    all_of(database, lambda: clean(database, kept))

    assert read_all_events(database, old.id) == []
    assert len(read_all_events(database, new.id)) == 2
    left = Runs(database).get(old.id)
    assert (left.has_events, left.input, left.state) == (False, {}, "ended")
    assert Runs(database).get(new.id).has_events
    same = NewRun(agent, {"said": [{"text": "a secret"}]}, idempotency_key="k")
    assert Runs(database).create(same) == (left, False)
    with pytest.raises(RequestChangedError):
        Runs(database).create(NewRun(agent, {"said": []}, idempotency_key="k"))

    age(database, runs, old.id, 366)
    all_of(database, lambda: clean(database, kept))

    assert [run.id for run in Runs(database).find()] == [new.id]
    assert used_by(database, "agent") == used
    again, is_new = Runs(database).create(same)
    assert (again.id != old.id, is_new) == (True, True)


def test_a_run_that_goes_on_is_never_cleaned_however_old(database: Database, agent: str) -> None:
    run, _ = Runs(database).create(NewRun(agent, {"said": []}))
    with database.writing() as connection:
        connection.execute(update(runs).values(created_at=to_column(now() - timedelta(days=1000))))

    all_of(database, lambda: clean(database, Kept(1, 1)))

    assert Runs(database).get(run.id).has_events


def test_jobs_that_ended_go_with_the_events(database: Database, agent: str) -> None:
    old, new, going = (Jobs(database).create("load", name, agent) for name in ("a.txt", "b.txt", "c.txt"))
    for job, days in ((old, 31), (new, 29)):
        Jobs(database).end(job.id, "ended")
        age(database, jobs, job.id, days)

    all_of(database, lambda: clean(database, Kept()))

    assert {job.id for job in Jobs(database).newest()} == {new.id, going.id}


def test_a_batch_is_bounded_and_says_that_there_is_more(
    database: Database, agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    for _ in range(3):
        ended(database, agent, 40)

    def without_events() -> int:
        with database.reading() as connection:
            query = select(func.count()).select_from(runs).where(~runs.c.has_events)
            return connection.scalar(query) or 0

    assert (clean(database, Kept()), without_events()) == (True, 2)
    assert (clean(database, Kept()), without_events()) == (False, 3)


@pytest.mark.parametrize(("days", "told"), [((30, 0.5), "at least 1"), ((0, 30), "0 days"), ((31, 30), "31")])
def test_times_that_break_what_is_promised_are_refused(days: tuple[float, float], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Kept(*days)


def test_one_worker_does_a_chore_and_another_one_later(database: Database, url: str) -> None:
    other = Database(url)

    assert take_chore(database, "clean", 600)
    assert not take_chore(other, "clean", 600)
    assert take_chore(other, "other", 600)
    with database.writing() as connection:
        connection.execute(update(chores).values(until=0.0))
    assert [take_chore(other, "clean", 600), take_chore(database, "clean", 600)] == [True, False]
