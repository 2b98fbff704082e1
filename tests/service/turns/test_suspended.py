"""Suspended runs: approvals and results of others come later, from anyone who may, or do not come in time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from turns import Home

from memgpt_autogen.errors import RunStateError, WrongAnswerError
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import Run
from memgpt_autogen.messages import now
from memgpt_autogen.service.turns import running_turn
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.tools.approval import LATER
from memgpt_autogen.tools.tool import Tool

HomeFactory = Callable[..., Home]

ASK = {
    "type": "function",
    "function": {"name": "ask", "description": "Ask.", "parameters": {"type": "object", "properties": {}}},
}

PAY = call("pay", amount=5)


def reply(text: str = "Done.") -> Completion:
    return says("", call("send_message", message=text))


class Purse:
    """A tool that needs approval above an amount, and what it paid."""

    def __init__(self) -> None:
        self.paid: list[int] = []

    def pay(self, amount: int) -> str:
        """Pay an amount."""
        self.paid.append(amount)
        return f"paid {amount}"

    def options(self, **more: Any) -> dict[str, Any]:
        tool = Tool.from_function(self.pay, approval=lambda given: given["amount"] > 1, **more)
        return {"tools": [tool], "approve": LATER}


@pytest.fixture
def purse() -> Purse:
    return Purse()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def suspended(home: Home, **given: Any) -> Run:
    """Ask for a turn, and wait until it is suspended."""
    run = home.say(given=run_input({"text": "Pay them."}, tools=[ASK], **given))
    until(lambda: home.runs.get(run.id).state not in ("queued", "running"))
    found = home.runs.get(run.id)
    assert found.state == "suspended"
    return found


def answer(home: Home, run: Run, *, allowed: bool, reason: str = "") -> None:
    approvals = {each.id: {"allowed": allowed, "reason": reason} for each in home.runs.waiting(run)}
    home.executor.give_results(run.id, run.owner_id, {}, approvals)


def test_a_call_that_was_allowed_runs_once_and_the_turn_goes_on(make_home: HomeFactory, purse: Purse) -> None:
    home = make_home({"sam": ScriptedLLM(says("I owe it.", PAY), reply("I paid."))}, loop=purse.options())
    run = suspended(home)
    asked = home.stream_now(run)[-2]
    (waiting,) = home.runs.waiting(run)
    assert (waiting.name, json.loads(waiting.arguments), waiting.asks) == ("pay", {"amount": 5}, "approval")
    assert asked.data["approvals"] == [waiting.id]
    assert purse.paid == []

    answer(home, run, allowed=True)

    assert home.told(run)[-7:] == [
        "Suspended",
        "TurnEnded suspended",
        "gets paid 5",
        'calls send_message {"message": "I paid."}',
        "gets Sent.",
        "says I paid.",
        "TurnEnded yielded",
    ]
    assert purse.paid == [5]
    assert home.memory.queue.waiting() == {}
    ended = home.runs.get(run.id)
    assert (ended.state, ended.steps, ended.expires_at) == ("ended", 2, None)


def test_a_denied_call_never_runs_and_the_model_reads_why(make_home: HomeFactory, purse: Purse) -> None:
    home = make_home({"sam": ScriptedLLM(says("", PAY), reply("Then not."))}, loop=purse.options())
    run = suspended(home)

    answer(home, run, allowed=False, reason="too much")

    assert "fails Not run: pay was denied: too much" in home.told(run)
    assert home.told(run)[-2:] == ["says Then not.", "TurnEnded yielded"]
    assert purse.paid == []
    assert home.memory.queue.waiting() == {}


def test_a_call_below_the_bound_asks_nobody(make_home: HomeFactory, purse: Purse) -> None:
    home = make_home(
        {"sam": ScriptedLLM(says("", call("pay", amount=1, request_heartbeat=True)), reply())},
        loop=purse.options(),
    )

    assert home.told(home.say())[-1] == "TurnEnded yielded"
    assert purse.paid == [1]


@pytest.mark.parametrize("how", ["expired", "cancelled"])
def test_an_approval_that_does_not_come_ends_the_turn_and_nothing_runs(
    make_home: HomeFactory, purse: Purse, how: str
) -> None:
    seconds = 0.1 if how == "expired" else 3600
    home = make_home({"sam": ScriptedLLM(says("", PAY))}, loop=purse.options())
    run = suspended(home, result_seconds=seconds)
    if how == "cancelled":
        home.executor.cancel(run.id, run.owner_id)

    until(lambda: home.runs.get(run.id).is_over)

    text = running_turn.UNAPPROVED if how == "expired" else running_turn.CANCELLED
    assert home.told(run)[-2:] == [f"fails {text}", f"TurnEnded {how}"]
    assert (purse.paid, home.memory.queue.waiting()) == ([], {})
    with pytest.raises(RunStateError, match="waits for no results"):
        home.executor.give_results(run.id, run.owner_id, {}, {"c": {"allowed": True, "reason": ""}})


def test_results_and_approvals_are_waited_for_together_and_each_kind_is_checked(
    make_home: HomeFactory, purse: Purse
) -> None:
    home = make_home(
        {"sam": ScriptedLLM(says("", PAY, call("ask")), reply("Both done."))}, loop=purse.options()
    )
    run = suspended(home)
    pay, ask = home.runs.waiting(run)
    yes, said = {"allowed": True, "reason": ""}, {"text": "They agree.", "ok": True}
    give = home.executor.give_results

    with pytest.raises(WrongAnswerError, match="waits for its approval, not its result"):
        give(run.id, run.owner_id, {pay.id: said})
    with pytest.raises(WrongAnswerError, match="waits for its result, not its approval"):
        give(run.id, run.owner_id, {}, {ask.id: yes})
    with pytest.raises(RunStateError, match="does not wait for the call"):
        give(run.id, run.owner_id, {"c9": said})
    assert home.runs.get(run.id).results == {}
    half = give(run.id, run.owner_id, {}, {pay.id: yes})
    assert (half.state, [each.id for each in home.runs.waiting(half)]) == ("suspended", [ask.id])
    assert give(run.id, run.owner_id, {}, {pay.id: yes}).state == "suspended"  # sent again
    with pytest.raises(RunStateError, match="answered already"):
        give(run.id, run.owner_id, {}, {pay.id: {"allowed": False, "reason": ""}})
    assert purse.paid == []

    give(run.id, run.owner_id, {ask.id: said})

    told = home.told(run)
    assert ("gets They agree." in told, "gets paid 5" in told) == (True, True)
    assert told[-2:] == ["says Both done.", "TurnEnded yielded"]
    assert (purse.paid, home.memory.queue.waiting()) == ([5], {})


def test_an_allowed_call_of_a_run_that_expires_is_not_run(make_home: HomeFactory, purse: Purse) -> None:
    home = make_home({"sam": ScriptedLLM(says("", PAY, call("ask")))}, loop=purse.options())
    run = suspended(home, result_seconds=1)
    pay, _ = home.runs.waiting(run)
    home.executor.give_results(run.id, run.owner_id, {}, {pay.id: {"allowed": True, "reason": ""}})

    until(lambda: home.runs.get(run.id).is_over)

    told = home.told(run)[-3:]
    assert told == [f"fails {running_turn.LEFT}", f"fails {running_turn.LATE}", "TurnEnded expired"]
    assert (purse.paid, home.memory.queue.waiting()) == ([], {})


def test_the_agent_has_other_turns_meanwhile_and_another_worker_goes_on(
    make_home: HomeFactory, purse: Purse
) -> None:
    home = make_home(
        {"sam": ScriptedLLM(says("", PAY), reply("Good morning."), reply("I paid."))}, loop=purse.options()
    )
    run = suspended(home)
    other = home.say("Good morning!", if_busy="reject")
    assert home.told(other)[-2:] == ["says Good morning.", "TurnEnded yielded"]
    home.executor.stop()
    later = Home.of(home, loop=purse.options())

    answer(later, run, allowed=True)

    told = later.told(run)
    assert [line for line in told if line.startswith("says")] == ["says I paid."]
    assert told[-1] == "TurnEnded yielded"
    assert (purse.paid, later.memory.queue.waiting()) == ([5], {})
    later.executor.stop()


@pytest.mark.parametrize(("seconds", "stop"), [(3600, "cancelled"), (1, "expired")])
def test_what_was_taken_back_meanwhile_is_not_run(
    make_home: HomeFactory, purse: Purse, seconds: int, stop: str
) -> None:
    home = make_home({"sam": ScriptedLLM(says("", PAY))}, loop=purse.options())
    run = suspended(home, result_seconds=seconds)
    home.memory.pop(1)

    if stop == "cancelled":
        answer(home, run, allowed=True)

    until(lambda: home.runs.get(run.id).is_over)
    assert home.told(run)[-1] == f"TurnEnded {stop}"
    assert (purse.paid, home.memory.queue.waiting()) == ([], {})


def test_how_long_it_waits_is_in_the_event_and_in_the_run(make_home: HomeFactory, purse: Purse) -> None:
    home = make_home({"sam": ScriptedLLM(says("", PAY), says("", PAY))}, loop=purse.options())

    for given, seconds in (({}, running_turn.RESULT_SECONDS), ({"result_seconds": 60}, 60)):
        run = suspended(home, **given)
        assert run.expires_at is not None
        assert abs(run.expires_at - now() - timedelta(seconds=seconds)) < timedelta(seconds=20)
        told = home.stream_now(run)[-2].data["expires_at"]
        assert told[:19] == run.expires_at.isoformat()[:19]
