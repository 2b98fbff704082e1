"""Tools that someone else executes, and models that fail: a turn stops, and the next one resumes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from inline_snapshot import snapshot
from loops import HELLO, LoopFactory, MemoryFactory, requests_of, story

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.events import Event, Suspended
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.testing import call, says

TRANSFER = {
    "type": "function",
    "function": {
        "name": "transfer",
        "description": "Hand over to another agent.",
        "parameters": {"type": "object", "properties": {"to": {"type": "string"}}},
    },
}


def waiting_for(events: list[Event]) -> tuple[ToolCall, ...]:
    (suspended,) = (event for event in events if isinstance(event, Suspended))
    return suspended.calls


def answer(text: str = "Done.") -> ToolCall:
    return call("send_message", message=text)


def results(loop: HeartbeatLoop, request: int = -1) -> list[tuple[str, str]]:
    """What the calls in a prompt gave, as the model reads it."""
    contents = [json.loads(m["content"]) for m in requests_of(loop)[request].messages if m["role"] == "tool"]
    return [(content["status"], content["message"]) for content in contents]


def test_a_foreign_call_suspends_the_turn_and_its_result_resumes_it(make_loop: LoopFactory) -> None:
    loop = make_loop(says("Ana knows.", call("transfer", to="ana")), says("", answer("Ana will tell you.")))

    events = list(loop.run([HELLO], foreign=[TRANSFER]))

    assert story(events) == snapshot(
        [
            "Heard",
            "thinks Ana knows.",
            'calls transfer {"to": "ana"}',
            "Suspended",
            "TurnEnded suspended",
        ]
    )
    (call_to_ana,) = waiting_for(events)
    assert loop.memory.queue.waiting() == {call_to_ana.id: call_to_ana}
    loop.memory.log.append(Message.result_of(call_to_ana, "Ana took over."))
    assert "says Ana will tell you." in story(loop.run(foreign=[TRANSFER]))
    assert results(loop) == [("OK", "Ana took over.")]
    assert loop.memory.queue.waiting() == {}


def test_the_model_is_offered_foreign_tools_as_they_are(make_loop: LoopFactory) -> None:
    loop = make_loop(says("", answer()))

    list(loop.run([HELLO], foreign=[TRANSFER]))

    assert requests_of(loop)[0].tools[-1] == TRANSFER


def test_memory_calls_beside_a_foreign_one_are_run_at_once(make_loop: LoopFactory) -> None:
    loop = make_loop(
        says(
            "",
            call("transfer", to="ana"),
            call("core_memory_append", label="human", content="knows Ana", request_heartbeat=True),
            call("transfer", to="ben"),
            answer("One moment."),
        ),
        says("", answer()),
    )

    events = list(loop.run([HELLO], foreign=[TRANSFER]))

    assert story(events)[-3:] == ["says One moment.", "Suspended", "TurnEnded suspended"]
    assert loop.memory.core["human"].value == "knows Ana"
    ana, ben = waiting_for(events)
    loop.memory.log.append(Message.result_of(ben, "Ben came."), Message.result_of(ana, "Ana came."))
    list(loop.run(foreign=[TRANSFER]))
    assert results(loop) == snapshot(
        [
            ("OK", "Ana came."),
            ("OK", "Done. Block 'human' now has 9 of 2000 characters."),
            ("OK", "Ben came."),
            ("OK", "Sent."),
        ]
    )


def test_a_result_that_never_came_is_told_so(make_loop: LoopFactory) -> None:
    loop = make_loop(says("", call("transfer", to="ana")), says("", answer()))

    list(loop.run([HELLO], foreign=[TRANSFER]))
    list(loop.run([HELLO], foreign=[TRANSFER]))

    assert results(loop) == snapshot(
        [
            (
                "Failed",
                (
                    "No result: the call was interrupted, or its result has not arrived. Whether it took "
                    "effect is unknown."
                ),
            )
        ]
    )


def test_a_foreign_call_that_cannot_be_read_is_mended_first(make_loop: LoopFactory) -> None:
    loop = make_loop(says("", ToolCall("1", "transfer", "to ana")), says("", answer()))

    (failure,) = (line for line in story(loop.run([HELLO], foreign=[TRANSFER])) if line.startswith("fails"))

    assert failure.startswith("fails the arguments are not a JSON object")


def test_on_the_last_step_no_one_else_is_waited_for(make_loop: LoopFactory) -> None:
    loop = make_loop(says("", call("transfer", to="ana")), limits=Limits(steps=1))

    assert story(loop.run([HELLO], foreign=[TRANSFER]))[-2:] == ["says (no answer)", "TurnEnded step_limit"]


@pytest.mark.parametrize("kind", ["foreign", "tools"])
def test_a_tool_cannot_take_the_name_of_another(make_loop: LoopFactory, kind: str) -> None:
    from memgpt_autogen.tools.tool import Tool

    schema = {"type": "function", "function": {"name": "send_message", "parameters": {}}}
    more: dict[str, Any] = {"foreign": [schema], "tools": [Tool.described(schema, print, seconds=10)]}
    loop = make_loop()

    with pytest.raises(ConfigurationError, match="there is a tool 'send_message' already"):
        list(loop.run([HELLO], **{kind: more[kind]}))
    assert loop.memory.log.count() == 0


def test_tools_of_one_turn_are_gone_in_the_next(make_loop: LoopFactory) -> None:
    from memgpt_autogen.tools.tool import Tool

    def weather() -> str:
        return "sunny"

    loop = make_loop(says("", call("weather"), answer()), says("", call("weather"), answer()), says())

    assert "gets sunny" in story(loop.run([HELLO], tools=[Tool.from_function(weather)]))
    assert any(line.startswith("fails there is no function 'weather'") for line in story(loop.run([HELLO])))


def test_a_failed_model_leaves_the_log_whole_and_is_tried_again_without_repeating(
    make_loop: LoopFactory,
) -> None:  # T76
    loop = make_loop(ModelError("the endpoint is down"), says("", answer("Back again.")))

    with pytest.raises(ModelError, match="the endpoint is down"):
        list(loop.run([HELLO]))
    assert "says Back again." in story(loop.run())

    spoken = [entry.message.spoken for entry in loop.memory.log.everything() if entry.message.spoken]
    assert spoken == ["Hello!", "Back again."]
    assert [message["role"] for message in requests_of(loop)[-1].messages] == ["system", "user"]


def test_a_model_that_fails_in_the_middle_has_not_done_its_work_twice(make_loop: LoopFactory) -> None:  # T76
    note = call("core_memory_append", label="human", content="likes tea", request_heartbeat=True)
    loop = make_loop(says("", note), ModelError("the endpoint is down"), says("", answer("Noted.")))

    with pytest.raises(ModelError):
        list(loop.run([HELLO]))
    assert "says Noted." in story(loop.run())

    assert loop.memory.core["human"].value == "likes tea"
    assert results(loop) == [("OK", "Done. Block 'human' now has 9 of 2000 characters.")]


def test_a_turn_that_nobody_read_to_its_end_goes_on_from_the_log(
    make_loop: LoopFactory, make_memory: MemoryFactory
) -> None:  # T23
    ran = []

    def pay(amount: int) -> str:
        ran.append(amount)
        return "paid"

    turn = make_loop(says("", call("pay", amount=7)), tools=[pay]).run([HELLO])
    for event in turn:
        if type(event).__name__ == "ToolCalled":
            break
    del turn
    again = make_loop(says("", answer()), memory=make_memory(), tools=[pay])

    list(again.run())

    assert ran == []
    assert [status for status, _ in results(again)] == ["Failed"]
