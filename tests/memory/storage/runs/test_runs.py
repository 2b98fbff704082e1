"""Runs as those who ask for them see them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert

from memgpt_autogen.errors import (
    ConfigurationError,
    LimitReachedError,
    NotAllowedError,
    NotFoundError,
    RunStateError,
    TurnInProgressError,
)
from memgpt_autogen.events import Suspended, TurnEnded
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits, set_usage_limits
from memgpt_autogen.memory.storage.accounts.users import add_user, resume_user, suspend_user
from memgpt_autogen.memory.storage.agents import find_or_create_agent
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun
from memgpt_autogen.memory.storage.runs.run_events import read_events
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.tables import HOME, users
from memgpt_autogen.messages import ToolCall

HELLO = {"text": "Hello!"}

CALLS = (ToolCall("c1", "ask"), ToolCall("c2", "ask"))


def create(database: Database, agent: str, text: str = "Hello!", **options: Any) -> Run:
    run, _ = Runs(database).create(NewRun(agent, {"text": text}, **options))
    return run


def suspended(database: Database, agent: str, expires: float | None = None) -> Run:
    """A run that waits for the results of `CALLS`."""
    run = create(database, agent)
    worker = Worker(database)
    assert worker.take() == Runs(database).get(run.id)
    claimed = ClaimedRun(worker, run)
    claimed.write(
        [Suspended(CALLS), TurnEnded("suspended", 1)],
        **claimed.ending("suspended", Usage(10, 5), 1, heard_seq=3, expires=expires),
    )
    return Runs(database).get(run.id)


def test_a_run_waits_in_the_queue_of_its_agent_and_is_told_its_place(database: Database, agent: str) -> None:
    other = find_or_create_agent(database, "tom")
    runs = Runs(database)

    made = [create(database, agent), create(database, other), create(database, agent)]

    assert [run.state for run in made] == ["queued"] * 3
    assert [runs.place(run) for run in made] == [0, 0, 1]
    assert [run.id for run in runs.find()] == [run.id for run in reversed(made)]
    assert [run.id for run in runs.find(agent_id=agent, before=made[2].number)] == [made[0].id]
    assert runs.find(state="running") == []
    assert runs.get(made[0].id).input == HELLO


def test_the_same_key_with_the_same_request_is_one_run_also_at_once(database: Database, agent: str) -> None:
    def ask(number: int) -> str:
        return create(database, agent, idempotency_key="k" if number % 2 else "other").id

    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(ask, range(24)))

    assert len({*ids[1::2]}) == len({*ids[::2]}) == 1
    assert len(Runs(database).find()) == 2
    with pytest.raises(ConfigurationError, match=r"belongs to run .*asked something else"):
        create(database, agent, "Good morning!", idempotency_key="k")


def test_a_busy_agent_can_be_told_to_refuse_or_to_be_interrupted(database: Database, agent: str) -> None:
    create(database, agent, if_busy="reject")
    worker = Worker(database)
    running = worker.take()
    assert running is not None
    waiting = create(database, agent)

    with pytest.raises(TurnInProgressError, match=f"'sam' is busy with run {running.id}"):
        create(database, agent, if_busy="reject")
    urgent = create(database, agent, if_busy="interrupt")

    assert worker.to_cancel() == [running.id]
    assert [Runs(database).place(run) for run in (running, urgent, waiting)] == [0, 1, 2]
    claimed = ClaimedRun(worker, running)
    claimed.write([TurnEnded("cancelled", 0)], **claimed.ending("cancelled", Usage(), 0))
    assert worker.take() == Runs(database).get(urgent.id)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (UsageLimits(turns_at_once=1), "may run 1 turn at once"),
        (UsageLimits(turns_a_day=1), "may use 1 turn in 24 hours, and has used 1"),
        (UsageLimits(tokens_a_day=15), "may use 15 tokens in 24 hours, and has used 15"),
        (UsageLimits(cost_a_day=0.5), r"may use 0\.5 of cost in 24 hours, and has used 0\.5"),
    ],
)
@pytest.mark.parametrize("what", ["user", "key", "agent"])
def test_a_limit_that_is_reached_refuses_another_run(
    database: Database, agent: str, given: UsageLimits, told: str, what: Any
) -> None:
    key = "22222222-0000-0000-0000-000000000000"
    set_usage_limits(database, what, {"user": HOME, "key": key, "agent": agent}[what], given)
    first = create(database, agent, key_id=key, idempotency_key="k")
    if given.turns_at_once is None:
        worker = Worker(database)
        run = worker.take()
        assert run is not None
        claimed = ClaimedRun(worker, run)
        claimed.write([TurnEnded("yielded", 1)], **claimed.ending("ended", Usage(10, 5, cost=0.5), 1))

    with pytest.raises(LimitReachedError, match=told) as refused:
        create(database, agent, key_id=key)

    assert 1 <= refused.value.retry_after <= 24 * 3600
    assert create(database, agent, key_id=key, idempotency_key="k").id == first.id


def test_a_run_of_another_owner_does_not_exist(database: Database, agent: str) -> None:
    owner = "11111111-0000-0000-0000-000000000000"
    with database.writing() as connection:
        values = {"id": owner, "name": "ada", "role": "user", "created_at": "2026-01-01T00:00:00.000000"}
        connection.execute(insert(users).values(values))
    run = create(database, agent)
    foreign = Runs(database.owned_by(owner))

    for attempt in (foreign.get, foreign.cancel, lambda run_id: foreign.give_results(run_id, {})):
        with pytest.raises(NotFoundError, match=f"there is no run {run.id}"):
            attempt(run.id)
    with pytest.raises(NotFoundError, match="there is no agent with the id"):
        foreign.create(NewRun(agent, HELLO))
    assert foreign.find() == []
    assert (
        create(database.owned_by(owner), find_or_create_agent(database.owned_by(owner), "sam")).id != run.id
    )


def test_a_run_in_the_queue_is_cancelled_at_once_and_tells_it(database: Database, agent: str) -> None:
    runs, run = Runs(database), create(database, agent)

    cancelled = runs.cancel(run.id)

    assert (cancelled.state, cancelled.stop_reason) == ("cancelled", "cancelled")
    (event,) = read_events(database, run.id)
    assert (event.number, event.kind, event.data["stop_reason"]) == (1, "turn_ended", "cancelled")
    assert runs.cancel(run.id) == cancelled
    assert Worker(database).take() is None


def test_a_suspended_run_goes_on_when_it_has_all_results(database: Database, agent: str) -> None:
    runs, run = Runs(database), suspended(database, agent)
    assert (run.state, run.prompt_tokens, run.completion_tokens, run.steps) == ("suspended", 10, 5, 1)
    assert Worker(database).take() is None

    with pytest.raises(ConfigurationError, match="does not wait for the call 'c3', but for: c1, c2"):
        runs.give_results(run.id, {"c3": {"text": "Yes."}})
    assert runs.give_results(run.id, {"c1": {"text": "Yes."}}).state == "suspended"
    going_on = runs.give_results(run.id, {"c2": {"text": "No.", "ok": False}})

    assert (going_on.state, going_on.expires) == ("queued", None)
    assert going_on.results == {"c1": {"text": "Yes."}, "c2": {"text": "No.", "ok": False}}
    with pytest.raises(RunStateError, match=r"waits for no results: it is queued, .* Read its events"):
        runs.give_results(run.id, {"c3": {"text": "Yes."}})
    taken = Worker(database).take()
    assert taken is not None
    assert (taken.id, taken.heard_seq, taken.attempts) == (run.id, 3, 1)


def test_what_attempts_have_used_is_counted_though_they_were_cut_off(database: Database, agent: str) -> None:
    run = create(database, agent)
    first, second = Worker(database), Worker(database)
    taken = first.take()
    assert taken is not None
    cut_off = ClaimedRun(first, taken)
    cut_off.spend(Usage(10, 5, cost=0.5))
    cut_off.write([], **cut_off.spent())
    assert cut_off.spent() == {}
    cut_off.spend(Usage(1000, 1000))  # it is killed before the next write
    cut_off.leave()

    again = second.take()
    assert again is not None
    claimed = ClaimedRun(second, again)
    claimed.spend(Usage(7, 3, cost=0.25))
    claimed.write([], **claimed.spent())
    so_far = Runs(database).get(run.id)
    claimed.write([TurnEnded("yielded", 1)], **claimed.ending("ended", Usage(7, 3, cost=0.25), 1))

    found = Runs(database).get(run.id)
    assert (so_far.prompt_tokens, so_far.completion_tokens, so_far.cost) == (17, 8, 0.75)
    assert (found.prompt_tokens, found.completion_tokens, found.cost) == (17, 8, 0.75)


def test_all_runs_of_a_user_are_cancelled_with_a_reason_and_those_of_others_are_not(
    database: Database, agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memgpt_autogen.memory.storage.runs.runs._BATCH", 2)
    runs, worker = Runs(database), Worker(database)
    waits = suspended(database, find_or_create_agent(database, "tom"))
    over = create(database, agent)
    runs.cancel(over.id)
    running = create(database, agent)
    assert worker.take() is not None
    queued = [create(database, agent) for _ in range(3)]
    ada = add_user(database, "ada").id
    hers = create(database.owned_by(ada), find_or_create_agent(database.owned_by(ada), "sam"))

    assert runs.cancel_all("It rains.") == 5

    found = {each.id: runs.get(each.id) for each in (over, waits, running, *queued)}
    assert [found[each.id].state for each in queued] == ["cancelled"] * 3
    assert [event.kind for event in read_events(database, queued[0].id)] == ["turn_ended"]
    assert worker.to_cancel() == [running.id]
    assert (found[waits.id].state, found[waits.id].cancelled) == ("queued", True)
    assert {found[each.id].error for each in (waits, running, *queued)} == {"It rains."}
    assert (found[over.id].error, Runs(database.owned_by(ada)).get(hers.id).state) == (None, "queued")
    assert runs.cancel_all("It rains.") == 0


def test_no_turn_of_a_suspended_user_begins(database: Database) -> None:
    ada = add_user(database, "ada").id
    hers = database.owned_by(ada)
    agent = find_or_create_agent(hers, "sam")
    suspend_user(database, ada)

    with pytest.raises(NotAllowedError, match="the user is suspended"):
        create(hers, agent)
    resume_user(database, ada)
    assert create(hers, agent).state == "queued"


def test_an_answer_may_come_twice_and_the_first_one_counts(database: Database, agent: str) -> None:
    runs, run = Runs(database), suspended(database, agent)
    half, rest = {"c1": {"text": "Yes."}}, {"c2": {"text": "No."}}
    changed = {"c1": {"text": "Perhaps."}}

    def repeat(*answers: dict[str, dict[str, str]]) -> None:
        before = runs.get(run.id)
        for answer in answers:
            assert runs.give_results(run.id, answer) == before
        for other in (changed, {**answers[0], **changed}):
            with pytest.raises(RunStateError, match=r"'c1' was answered already.*tell the agent"):
                runs.give_results(run.id, other)
        assert runs.get(run.id) == before

    runs.give_results(run.id, half)
    repeat(half)
    assert runs.give_results(run.id, {**half, **rest}).state == "queued"
    repeat(half, rest, {**half, **rest})
    worker = Worker(database)
    taken = worker.take()
    assert taken is not None
    repeat(half, rest)
    with pytest.raises(RunStateError, match="'c1' was answered already"):
        runs.give_results(run.id, {}, {"c1": {"allowed": True}})
    claimed = ClaimedRun(worker, taken)
    claimed.write([], results=None)  # the agent has heard them
    repeat(half, rest)
    claimed.write([TurnEnded("yielded", 1)], **claimed.ending("ended", Usage(), 1))
    repeat(half, rest)


def test_a_suspended_run_that_nobody_answers_expires(database: Database, agent: str) -> None:
    run = suspended(database, agent, expires=1.0)
    worker = Worker(database)

    assert [worker.expire(), worker.expire()] == [1, 0]

    with pytest.raises(RunStateError, match="waits for no results: they did not come in time"):
        Runs(database).give_results(run.id, {"c1": {"text": "Yes."}})
    taken = worker.take()
    assert taken is not None
    assert (taken.id, taken.stop_reason) == (run.id, "expired")


def test_a_suspended_run_that_is_cancelled_goes_to_a_worker_for_its_end(
    database: Database, agent: str
) -> None:
    run = suspended(database, agent)

    assert Runs(database).cancel(run.id).state == "queued"

    taken = Worker(database).take()
    assert taken is not None
    assert taken.cancelled


def test_an_idle_agents_run_is_the_askers_at_once_and_another_waits(database: Database, agent: str) -> None:
    runs, worker = Runs(database), Worker(database)

    first, _ = runs.create(NewRun(agent, HELLO), worker)
    second, _ = runs.create(NewRun(agent, HELLO), worker)

    assert (first.state, first.attempts, second.state) == ("running", 1, "queued")
    assert worker.take() is None
