"""Workers: each run is taken once, kept while it is renewed, and taken up when its worker has died."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import func, select, update
from workers import Worker as Program

from memgpt_autogen.concurrency import WorkCancelledError
from memgpt_autogen.events import Heard, Replied, Thought, ToolCalled, ToolReturned, TurnEnded, TurnFailed
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.agents import find_or_create_agent
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.refusals import RowRefusedError
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun, RunLostError
from memgpt_autogen.memory.storage.runs.run_events import Written, read_events
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.tables import runs as runs_table
from memgpt_autogen.messages import Message, ToolCall

HELLO = {"text": "Hello!"}

TAKE = """
import sys, time
from memgpt_autogen.events import TurnEnded
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import RowRefusedError
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun
from memgpt_autogen.memory.storage.runs.worker import Worker

worker, idle = Worker(Database(sys.argv[1])), 0
print("ready", flush=True)
sys.stdin.readline()
while idle < 20:
    run = worker.take()
    if run is None:
        idle += 1
        time.sleep(0.02)
        continue
    idle = 0
    claimed = ClaimedRun(worker, run)
    print("took", run.id, run.agent_id, flush=True)
    if sys.argv[2] == "keep":
        sys.stdin.readline()
    claimed.write([TurnEnded("yielded", 1)], **claimed.ending("ended", Usage(), 1))
"""


def create(database: Database, agent: str) -> str:
    return Runs(database).create(NewRun(agent, HELLO))[0].id


@pytest.mark.slow
def test_processes_take_each_run_once_and_one_of_an_agent_at_a_time(database: Database, url: str) -> None:
    agents = [find_or_create_agent(database, f"agent{number}") for number in range(4)]
    made = [create(database, agents[number % 4]) for number in range(60)]
    programs = [Program(TAKE, url, "end") for _ in range(3)]
    for program in programs:
        assert program.line() == "ready"
    for program in programs:
        program.send("go")
    took = [line.split()[1] for program in programs for line in program.rest() if line.startswith("took")]

    assert sorted(took) == sorted(made)
    assert {run.state for run in Runs(database).find(limit=100)} == {"ended"}
    assert {run.attempts for run in Runs(database).find(limit=100)} == {0}
    order = [read_events(database, run_id)[0].time for run_id in made[::4]]
    assert order == sorted(order)


def test_a_run_whose_process_was_killed_is_taken_up_at_once(database: Database, url: str, agent: str) -> None:
    run_id = create(database, agent)
    program = Program(TAKE, url, "keep")
    assert program.line() == "ready"
    program.send("go")
    assert program.line().startswith(f"took {run_id}")
    worker = Worker(database)
    assert worker.take() is None

    program.kill()
    program.rest()

    taken = worker.take()
    assert taken is not None
    assert (taken.id, taken.attempts, taken.state) == (run_id, 2, "running")


def test_a_claim_that_is_not_renewed_can_be_taken_and_then_writes_nothing(
    database: Database, agent: str
) -> None:
    run_id = create(database, agent)
    slow, quick = Worker(database, seconds=0.0), Worker(database)
    run = slow.take()
    assert run is not None
    claimed = ClaimedRun(slow, run)

    assert quick.take() is not None

    with pytest.raises(RunLostError, match=f"run {run_id} was taken over by another worker"):
        claimed.write([Thought("I am late.")])
    assert read_events(database, run_id) == []


def test_a_renewed_claim_stays_and_a_released_one_is_taken_at_once(database: Database, agent: str) -> None:
    create(database, agent)
    first, second = Worker(database, seconds=5.0), Worker(database)
    assert first.take() is not None
    with database.writing() as connection:
        connection.execute(update(runs_table).values(until=0.1))
    first.renew()
    assert second.take() is None

    first.release()

    taken = second.take()
    assert taken is not None
    assert taken.attempts == 1


def test_the_database_refuses_a_second_running_run_of_an_agent(database: Database, agent: str) -> None:
    create(database, agent)
    create(database, agent)
    both = update(runs_table).values(state="running")

    with pytest.raises(RowRefusedError), database.writing() as connection:
        connection.execute(both)


def test_events_get_numbers_without_a_gap_and_know_their_entries_of_the_log(
    database: Database, agent: str
) -> None:
    run_id = create(database, agent)
    worker, log = Worker(database), Log(database, agent)
    run = worker.take()
    assert run is not None
    claimed = ClaimedRun(worker, run)
    hello = Message.said_by("ada", "Hello!")
    asks, says = ToolCall("c1", "look_up", "{}"), ToolCall("c2", "send_message", '{"message": "Hi!"}')
    log.append(hello)

    claimed.write([Heard(hello)])
    log.append(
        Message("assistant", "Who is it?", "step", tool_calls=(asks, says)),
        Message.result_of(asks, "Ada."),
        Message.result_of(says, "Sent."),
    )
    claimed.write([Thought("Hm."), Thought("Who is it?"), ToolCalled(asks), ToolReturned(asks, "Ada.")])
    claimed.write([ToolCalled(says), ToolReturned(says, "Sent."), Replied("Hi!"), TurnEnded("yielded", 1)])

    rows = read_events(database, run_id)
    assert [row.number for row in rows] == [*range(1, 10)]
    assert [row.seq for row in rows] == [1, None, 2, 2, 3, 2, 4, 2, None]
    assert read_events(database, run_id, after=7) == rows[7:]
    again = ClaimedRun(worker, run)
    assert again.so_far == claimed.so_far == Written(9, 4, 2)


def test_a_transaction_that_is_run_again_writes_its_events_once(database: Database, agent: str) -> None:
    run_id = create(database, agent)
    worker = Worker(database)
    run = worker.take()
    assert run is not None
    claimed = ClaimedRun(worker, run)

    with suppress(RuntimeError), database.writing() as connection:
        claimed.store(connection, [Thought("Hm.")])
        raise RuntimeError  # the database ends the transaction
    with database.writing() as connection:
        claimed.store(connection, [Thought("Hm.")])
    claimed.written()
    claimed.write([TurnEnded("yielded", 1)])

    assert [(row.number, row.kind) for row in read_events(database, run_id)] == [
        (1, "thought"),
        (2, "turn_ended"),
    ]


def test_what_a_cancelled_run_would_store_can_be_refused(database: Database, agent: str) -> None:
    run_id = create(database, agent)
    worker = Worker(database)
    run = worker.take()
    assert run is not None
    claimed = ClaimedRun(worker, run)
    Runs(database).cancel(run_id)
    assert worker.to_cancel() == [run_id]

    with pytest.raises(WorkCancelledError), database.writing() as connection:
        claimed.store(connection, [Replied("Hi!")], refuse_cancelled=True)

    claimed.write([TurnEnded("cancelled", 0)], **claimed.ending("cancelled", Usage(), 0))
    assert [row.kind for row in read_events(database, run_id)] == ["turn_ended"]
    assert Runs(database).get(run_id).state == "cancelled"


@pytest.mark.parametrize(
    "how", [lambda run: run.requeue(), lambda run: run.fail(TurnFailed("Error", "It broke."))]
)
def test_a_run_ends_with_its_error_or_goes_back_into_the_queue(
    database: Database, agent: str, how: Callable[[ClaimedRun], None]
) -> None:
    run_id = create(database, agent)
    worker = Worker(database)
    run = worker.take()
    assert run is not None

    how(ClaimedRun(worker, run))

    found = Runs(database).get(run_id)
    events = [(row.kind, row.data) for row in read_events(database, run_id)]
    if found.state == "queued":
        assert events == []
        assert worker.take() is not None
    else:
        assert (found.state, found.error) == ("failed", "It broke.")
        assert events == [("error", {"error": "Error", "text": "It broke."})]


def test_the_runs_of_an_agent_go_with_it(database: Database, agent: str) -> None:
    from memgpt_autogen.memory.storage.tables import agents, run_events

    run_id = create(database, agent)
    Runs(database).cancel(run_id)

    with database.writing() as connection:
        connection.execute(agents.delete().where(agents.c.id == agent))
        left = [
            connection.scalar(select(func.count()).select_from(each)) for each in (runs_table, run_events)
        ]

    assert left == [0, 0]
