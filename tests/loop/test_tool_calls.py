"""Rules of a tool: how often a turn may run it, who must allow it, and whether its result is the answer."""

from __future__ import annotations

from typing import Any

import pytest
from legal import illegal
from loops import HELLO, LoopFactory, requests_of, story

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import call, says
from memgpt_autogen.tools.approval import Approval, answered, in_terminal
from memgpt_autogen.tools.tool import Tool

paid: list[int] = []


def pay(amount: int) -> str:
    """Pay an amount."""
    paid.append(amount)
    return f"paid {amount}"


@pytest.fixture(autouse=True)
def _nothing_paid() -> None:
    paid.clear()


def pays(amount: int, **more: Any) -> ToolCall:
    return call("pay", amount=amount, **more)


def bye() -> ToolCall:
    return call("send_message", message="Bye.")


def test_a_tool_runs_as_often_as_its_limit_says_and_again_in_the_next_turn(make_loop: LoopFactory) -> None:
    tool = Tool.from_function(pay, most_per_turn=2)
    loop = make_loop(
        says("", pays(1), pays(2), pays(3), bye()), says(), says("", pays(4), bye()), tools=[tool]
    )

    told = story(loop.run([HELLO]))
    list(loop.run([HELLO]))

    assert "fails Not run: pay is run at most 2 times in a turn. Go on with what you have." in told
    assert paid == [1, 2, 4]


def test_a_limit_of_nothing_is_refused_where_it_is_written() -> None:
    with pytest.raises(ConfigurationError, match="most_per_turn of tool 'pay' is 0"):
        Tool.from_function(pay, most_per_turn=0)


def test_what_needs_approval_runs_when_it_is_allowed(make_loop: LoopFactory) -> None:
    asked: list[ToolCall] = []

    def approve(wanted: ToolCall) -> Approval:
        asked.append(wanted)
        return Approval(allowed=True)

    loop = make_loop(
        says("", pays(5), bye()), tools=[Tool.from_function(pay, approval=True)], approve=approve
    )

    list(loop.run([HELLO]))

    assert paid == [5]
    assert [(each.name, each.arguments) for each in asked] == [("pay", '{"amount": 5}')]


def test_the_reason_of_a_denial_reaches_the_model(make_loop: LoopFactory) -> None:  # T82
    loop = make_loop(
        says("", pays(5)),
        says("", bye()),
        tools=[Tool.from_function(pay, approval=True)],
        approve=lambda _: Approval(allowed=False, reason="the budget is spent"),
    )

    told = story(loop.run([HELLO]))

    assert paid == []
    assert "fails Not run: pay was denied: the budget is spent" in told
    assert any("the budget is spent" in str(message) for message in requests_of(loop)[-1].messages)
    assert illegal(requests_of(loop)[-1].messages) is None


def test_without_anybody_to_ask_nothing_is_allowed(make_loop: LoopFactory) -> None:
    loop = make_loop(says("", pays(5), bye()), says(), tools=[Tool.from_function(pay, approval=True)])

    assert any("nobody is here to give it" in line for line in story(loop.run([HELLO])))
    assert paid == []


def test_approval_can_depend_on_the_arguments_and_a_broken_rule_asks(make_loop: LoopFactory) -> None:
    asked: list[str] = []

    def approve(wanted: ToolCall) -> Approval:
        asked.append(wanted.arguments)
        return Approval(allowed=True)

    tool = Tool.from_function(pay, approval=lambda given: given["amount"] > 100 or given["amount"] / 0 > 0)
    loop = make_loop(says("", pays(500), pays(5), bye()), tools=[tool], approve=approve)

    list(loop.run([HELLO]))

    assert asked == ['{"amount": 500}', '{"amount": 5}']


def test_calls_that_cannot_be_run_ask_nobody(make_loop: LoopFactory) -> None:
    asked: list[ToolCall] = []
    loop = make_loop(
        says("", ToolCall("1", "pay", "no object"), bye()),
        says(),
        tools=[Tool.from_function(pay, approval=True)],
        approve=lambda wanted: asked.append(wanted) or Approval(allowed=True),  # type: ignore[func-returns-value]
    )

    list(loop.run([HELLO]))

    assert asked == []


@pytest.mark.parametrize("protocol", ["memgpt", "native"])
def test_a_result_that_returns_directly_is_the_answer_and_ends_the_turn(
    make_loop: LoopFactory, protocol: str
) -> None:
    later = says("Later.") if protocol == "native" else says("", bye())
    loop = make_loop(
        says("", pays(5)), later, protocol=protocol, tools=[Tool.from_function(pay, returns_directly=True)]
    )

    told = story(loop.run([HELLO]))

    assert told[-2:] == ["says paid 5", "TurnEnded yielded"]
    assert len(requests_of(loop)) == 1
    assert loop.memory.recall.search("paid").items[0].name == "sam"
    list(loop.run([HELLO]))
    assert illegal(requests_of(loop)[-1].messages) is None


def test_a_failure_is_no_answer(make_loop: LoopFactory) -> None:
    def breaks() -> str:
        raise ValueError("broken")

    loop = make_loop(
        says("", call("breaks")), says("", bye()), tools=[Tool.from_function(breaks, returns_directly=True)]
    )

    assert story(loop.run([HELLO]))[-2:] == ["says Bye.", "TurnEnded yielded"]


@pytest.mark.parametrize(
    ("text", "approval"),
    [
        ("", Approval(allowed=True)),
        (" Yes ", Approval(allowed=True)),
        ("no", Approval(allowed=False)),
        ("too dear", Approval(allowed=False, reason="too dear")),
    ],
)
def test_a_persons_answer_is_read(text: str, approval: Approval) -> None:
    assert answered(text) == approval


def test_where_there_is_no_terminal_nothing_is_allowed() -> None:
    assert not in_terminal(pays(1)).allowed


@pytest.mark.autogen
def test_an_agent_with_human_input_asks_as_autogen_does() -> None:
    from memgpt_autogen import MemGPTAgent
    from memgpt_autogen.messages import Message
    from memgpt_autogen.testing import ScriptedLLM

    questions: list[str] = []

    class Asking(MemGPTAgent):
        def get_human_input(self, prompt: str, *args: Any, **more: Any) -> str:
            questions.append(prompt)
            return "too dear"

    model = ScriptedLLM(says("", pays(5)), says("", bye()))
    tool = Tool.from_function(pay, approval=True)
    agent = Asking("sam", llm=model, tools=[tool], ephemeral=True, human_input_mode="TERMINATE")
    assert agent.loop is not None
    list(agent.loop.run([Message.said_by("boss", "Pay!")]))

    assert questions == [
        "sam wants to call pay {\"amount\": 5}. Enter allows it; 'no' or a reason denies it: "
    ]
    assert any("was denied: too dear" in str(message) for message in model.requests[-1].messages)
