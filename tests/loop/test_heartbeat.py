"""Heartbeats: when a turn goes on, what the model is told then, and what the others hear."""

from __future__ import annotations

import json
from typing import Any

import pytest
from inline_snapshot import snapshot
from loops import HELLO, LoopFactory, MemoryFactory, requests_of, story

from memgpt_autogen.events import Replied, Thought, ToolCalled, TurnEnded
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import call, says

APPENDED = "Done. Block 'human' now has 9 of 2000 characters."


def heard(loop: HeartbeatLoop, request: int = -1) -> list[str]:
    """The events in the prompt of a request, as the model reads them, without their times."""
    packed = (m["content"] for m in requests_of(loop)[request].messages if m["role"] == "user")
    return [f"{event['type']}: {event['message']}" for event in map(json.loads, packed)]


def note(**more: Any) -> ToolCall:
    return call("core_memory_append", label="human", content="likes tea", **more)


def answer(text: str = "Hi!", **more: Any) -> ToolCall:
    return call("send_message", message=text, **more)


def test_a_message_is_answered_in_one_step(make_loop: LoopFactory) -> None:
    loop = make_loop(says("A greeting.", answer("Hi boss.")))

    assert story(loop.run([HELLO])) == snapshot(
        [
            "Heard",
            "thinks A greeting.",
            'calls send_message {"message": "Hi boss."}',
            "gets Sent.",
            "says Hi boss.",
            "TurnEnded yielded",
        ]
    )


@pytest.mark.parametrize("meant", [True, "true", "True", " yes ", 1, "1"])  # T37
def test_a_heartbeat_asked_for_gives_another_step(make_loop: LoopFactory, meant: object) -> None:
    loop = make_loop(
        says("", answer("One moment."), note(request_heartbeat=meant)), says("", answer("Noted."))
    )

    events = list(loop.run([HELLO]))

    assert [event.text for event in events if isinstance(event, Replied)] == ["One moment.", "Noted."]
    assert heard(loop) == snapshot(
        [
            "user_message: Hello!",
            (
                "heartbeat: [automated system message, hidden from the others] You asked for this "
                "heartbeat: act again."
            ),
        ]
    )


@pytest.mark.parametrize("meant", [False, "false", None, 0, "", "soon", [], {"a": True}, 2])  # T37
def test_whatever_does_not_mean_yes_is_no_heartbeat(make_loop: LoopFactory, meant: object) -> None:
    loop = make_loop(says("", answer(), note(request_heartbeat=meant)))

    assert story(loop.run([HELLO]))[-2:] == [f"gets {APPENDED}", "TurnEnded yielded"]


def test_without_a_word_about_heartbeats_the_turn_ends(make_loop: LoopFactory) -> None:  # T37
    loop = make_loop(says("", answer(), note()))

    assert story(loop.run([HELLO]))[-1] == "TurnEnded yielded"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (call("core_memory_apend", label="human", content="x"), "there is no function 'core_memory_apend'."),
        (note(line=3), "there is no argument 'line'"),
        (call("core_memory_append", label="humna", content="x"), "core memory has no block 'humna'."),
        (ToolCall("1", "core_memory_append", "label is human"), "the arguments are not a JSON object"),
        (call("breaks"), "breaks raised ZeroDivisionError: division by zero"),
        (call("shouts"), "shouts raised ValueError: aaaa"),
    ],
    ids=["unknown function", "wrong argument", "refused", "no object", "raises", "long error"],
)  # T38
def test_a_failed_call_beats_again_so_the_model_can_mend_it(
    make_loop: LoopFactory, wrong: ToolCall, told: str
) -> None:
    def breaks() -> float:
        return 1 / 0

    def shouts() -> None:
        raise ValueError("a" * 5000)

    loop = make_loop(says("", answer(), wrong), says("Mended."), tools=[breaks, shouts])

    lines = story(loop.run([HELLO]))

    (failure,) = (line for line in lines if line.startswith("fails"))
    assert told in failure
    assert len(failure) <= 1000 + len("fails ")
    assert lines[-1] == "TurnEnded yielded"
    assert heard(loop)[-1] == snapshot(
        "heartbeat: [automated system message, hidden from the others] A function call failed; "
        "its result says why. "
        "Mend it or go on without it."
    )


def test_an_unknown_function_is_told_which_ones_there_are(make_loop: LoopFactory) -> None:  # T38
    foreign = {"type": "function", "function": {"name": "transfer_to_ana", "parameters": {}}}
    loop = make_loop(says("", answer(), call("search")), says())

    lines = story(loop.run([HELLO], foreign=[foreign]))

    assert [line for line in lines if line.startswith("fails")] == snapshot(
        [
            (
                "fails there is no function 'search'. The functions: send_message, core_memory_append, "
                "core_memory_replace, "
                "memory_insert, memory_rethink, conversation_search, conversation_search_date, "
                "archival_memory_insert, "
                "archival_memory_search, transfer_to_ana."
            )
        ]
    )


@pytest.mark.parametrize("name", ["functions.search", "multi tool use", "", "ключ", "x" * 100])
def test_a_made_up_name_is_logged_so_that_the_chat_api_takes_it_back(
    make_loop: LoopFactory, name: str
) -> None:
    loop = make_loop(says("", answer(), ToolCall("1", name, "{}")), says())

    list(loop.run([HELLO]))

    names = [c["function"]["name"] for m in requests_of(loop)[-1].messages for c in m.get("tool_calls", ())]
    assert len(names) == 2
    assert all(0 < len(each) <= 64 and each.isascii() and each.replace("_", "a").isalnum() for each in names)


def test_missing_and_extra_arguments_are_named_with_the_right_ones(make_loop: LoopFactory) -> None:  # T39
    loop = make_loop(says("", answer(), call("core_memory_append", block="human", text="x")), says())

    assert [line for line in story(loop.run([HELLO])) if line.startswith("fails")] == snapshot(
        [
            (
                "fails core_memory_append: argument 'label' is missing; argument 'content' is missing; "
                "there is no argument 'block'; there is no argument 'text'. "
                "It takes: label (string), content (string)."
            )
        ]
    )


@pytest.mark.parametrize("name", ["coreMemoryAppend", "functions.core_memory_append", "Core-Memory-Append"])
def test_a_name_that_is_only_written_otherwise_is_taken_for_what_it_means(
    make_loop: LoopFactory, name: str
) -> None:
    loop = make_loop(says("", answer(), call(name, label="human", content="likes tea")), says())

    assert f"gets {APPENDED}" in story(loop.run([HELLO]))


def test_all_calls_of_an_answer_run_in_order_and_each_has_its_result(make_loop: LoopFactory) -> None:  # T40
    loop = make_loop(
        says("", note(), answer("Noted."), call("core_memory_append", label="x", content="y")), says()
    )

    assert story(loop.run([HELLO])) == snapshot(
        [
            "Heard",
            'calls core_memory_append {"label": "human", "content": "likes tea"}',
            "gets Done. Block 'human' now has 9 of 2000 characters.",
            'calls send_message {"message": "Noted."}',
            "gets Sent.",
            "says Noted.",
            'calls core_memory_append {"label": "x", "content": "y"}',
            "fails core memory has no block 'x'. Its blocks: 'persona', 'human'.",
            "TurnEnded yielded",
        ]
    )
    step, *results = requests_of(loop)[-1].messages[2:6]
    assert [each["tool_call_id"] for each in results] == [each["id"] for each in step["tool_calls"]]
    assert [json.loads(each["content"])["status"] for each in results] == ["OK", "OK", "Failed"]


def test_calls_get_ids_of_our_own_since_models_repeat_theirs(make_loop: LoopFactory) -> None:  # T40
    same = [ToolCall("call_1", "send_message", json.dumps({"message": text})) for text in "ab"]
    loop = make_loop(says("", *same), says("", ToolCall("call_1", "send_message", '{"message": "c"}')))

    list(loop.run([HELLO]))
    list(loop.run([HELLO]))

    ids = [each.id for entry in loop.memory.log.everything() for each in entry.message.tool_calls]
    assert len(set(ids)) == 3


def test_plain_text_gets_a_hint_and_the_second_one_is_delivered(make_loop: LoopFactory) -> None:  # T41
    loop = make_loop(says("Hi, boss."), says("Hello again, boss."))

    assert story(loop.run([HELLO])) == snapshot(
        [
            "Heard",
            "thinks Hi, boss.",
            "says Hello again, boss.",
            "TurnEnded yielded",
        ]
    )
    assert heard(loop)[-1] == snapshot(
        "heartbeat: [automated system message, hidden from the others] Nobody has heard you yet: "
        "plain text is a private "
        "thought. Say it with send_message."
    )


def test_plain_text_is_delivered_at_once_where_that_is_wanted(make_loop: LoopFactory) -> None:  # T41
    loop = make_loop(says("Hi, boss."), plain_text="deliver")

    assert story(loop.run([HELLO])) == ["Heard", "says Hi, boss.", "TurnEnded yielded"]


def test_delivered_text_is_in_recall_and_in_the_next_prompt_as_said(make_loop: LoopFactory) -> None:  # T41
    loop = make_loop(says("Kumquat, boss."), says("", answer()), plain_text="deliver")

    list(loop.run([HELLO]))
    list(loop.run([HELLO]))

    assert loop.memory.recall.search("kumquat").items[0].name == "sam"
    said = requests_of(loop)[-1].messages[2]["tool_calls"][0]["function"]
    assert said == {"name": "send_message", "arguments": '{"message": "Kumquat, boss."}'}


def test_text_after_an_answer_is_a_thought_and_ends_the_turn(make_loop: LoopFactory) -> None:  # T41
    loop = make_loop(says("", answer(), note(request_heartbeat=True)), says("All done."))

    assert story(loop.run([HELLO]))[-2:] == ["thinks All done.", "TurnEnded yielded"]


def test_an_empty_answer_is_not_delivered(make_loop: LoopFactory) -> None:  # T41
    loop = make_loop(says("  \n"), says("", answer("Sorry, hi!")), plain_text="deliver")

    assert [line for line in story(loop.run([HELLO])) if line.startswith(("says", "thinks"))] == [
        "says Sorry, hi!"
    ]


def test_in_native_text_is_the_answer_and_a_call_continues(make_loop: LoopFactory) -> None:  # T41
    loop = make_loop(says("Let me note that.", note()), says("Noted, boss."), protocol="native")

    assert story(loop.run([HELLO])) == snapshot(
        [
            "Heard",
            "thinks Let me note that.",
            'calls core_memory_append {"label": "human", "content": "likes tea"}',
            "gets Done. Block 'human' now has 9 of 2000 characters.",
            "says Noted, boss.",
            "TurnEnded yielded",
        ]
    )
    offered = requests_of(loop)[0].tools
    assert "send_message" not in [tool["function"]["name"] for tool in offered]
    assert not any("request_heartbeat" in tool["function"]["parameters"]["properties"] for tool in offered)
    assert [message["role"] for message in requests_of(loop)[1].messages] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]


def test_in_native_an_empty_answer_is_asked_for_again(make_loop: LoopFactory) -> None:  # T41
    loop = make_loop(says(""), says("Hi!"), protocol="native")

    assert story(loop.run([HELLO])) == ["Heard", "says Hi!", "TurnEnded yielded"]
    assert heard(loop)[-1] == snapshot(
        "heartbeat: [automated system message, hidden from the others] You answered nothing. "
        "Answer in plain text."
    )


def test_who_owes_no_answer_may_think_and_stop(make_loop: LoopFactory) -> None:  # T41
    loop = make_loop(says("Nothing to do."))

    assert story(loop.run([HELLO], owes_answer=False)) == [
        "Heard",
        "thinks Nothing to do.",
        "TurnEnded yielded",
    ]


def test_a_search_that_forgot_its_heartbeat_gets_one(make_loop: LoopFactory) -> None:  # T44
    loop = make_loop(says("", call("conversation_search", query="tea")), says("", answer("You like tea.")))

    assert story(loop.run([HELLO]))[-2:] == ["says You like tea.", "TurnEnded yielded"]
    assert heard(loop)[-1] == snapshot(
        "heartbeat: [automated system message, hidden from the others] Nobody has heard from you "
        "in this turn. Go on, and "
        "answer with send_message."
    )


def test_who_owes_no_answer_is_not_made_to_speak(make_loop: LoopFactory) -> None:  # T44
    loop = make_loop(says("", note()))

    assert story(loop.run([HELLO], owes_answer=False))[-1] == "TurnEnded yielded"


def test_all_that_is_said_in_a_chain_is_replied_in_order(make_loop: LoopFactory) -> None:  # T45
    loop = make_loop(
        says("", answer("One."), note(request_heartbeat=True)),
        says(
            "",
            answer("Two."),
            answer("Three."),
            call("archival_memory_insert", content="x", request_heartbeat=True),
        ),
        says("", answer("Four.")),
    )

    said = [event.text for event in loop.run([HELLO]) if isinstance(event, Replied)]

    assert said == ["One.", "Two.", "Three.", "Four."]


def test_a_failure_and_a_heartbeat_are_told_in_one_event(make_loop: LoopFactory) -> None:  # T48
    loop = make_loop(
        says("", answer(), note(request_heartbeat=True), call("core_memory_append", label="x", content="y")),
        says(),
    )

    list(loop.run([HELLO]))

    assert heard(loop)[1:] == snapshot(
        [
            (
                "heartbeat: [automated system message, hidden from the others] A function call failed; "
                "its result says why. "
                "Mend it or go on without it. You asked for this heartbeat: act again."
            )
        ]
    )


@pytest.mark.parametrize(
    "broken",
    [
        '{"message": "Hi boss."',
        '{"message": "Hi boss.",}',
        '```json\n{"message": "Hi boss."}\n```',
        "{'message': 'Hi boss.'}",
        '{{"message": "Hi boss."}}',
        '{"message": "Hi boss." "request_heartbeat": false}',
        '"{\\"message\\": \\"Hi boss.\\"}"',
    ],
)  # T49
def test_broken_arguments_are_mended_and_logged_as_json(make_loop: LoopFactory, broken: str) -> None:
    loop = make_loop(says("", ToolCall("1", "send_message", broken)), says("", answer()))

    assert "says Hi boss." in story(loop.run([HELLO]))
    list(loop.run([HELLO]))
    (sent,) = requests_of(loop)[-1].messages[2]["tool_calls"]
    assert json.loads(sent["function"]["arguments"]) == {"message": "Hi boss."}


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@pytest.mark.parametrize(
    "arguments",
    [
        '{"x": NaN}',
        '{"x": [1e999, -Infinity]}',
        '{"x": "\\ud83d"}',
        '{"x": "\udc00"}',
        "no JSON at all \ud83d",
        "[" * 9999,
    ],
)  # T49
def test_what_is_logged_can_be_sent_to_any_endpoint(make_loop: LoopFactory, arguments: str) -> None:
    loop = make_loop(says("", answer(), ToolCall("1", "anything", arguments)), says("\ud83d"))

    list(loop.run([HELLO]))

    sent = requests_of(loop)[-1].messages
    json.dumps(sent, ensure_ascii=False).encode()
    for each in (c for message in sent for c in message.get("tool_calls", ())):
        json.loads(each["function"]["arguments"], parse_constant=refuse)


def test_a_memory_edit_that_was_cut_off_is_not_made(make_loop: LoopFactory) -> None:
    half = says("", answer(), ToolCall("1", "memory_rethink", '{"label": "persona", "new_memory": "I am ca'))
    loop = make_loop(type(half)(half.text, half.tool_calls, finish_reason="length"), says("", note()))

    lines = story(loop.run([HELLO]))

    assert (
        "fails Not run: the call was cut off at the endpoint's limit for one answer. Do it in smaller parts."
        in lines
    )
    assert loop.memory.core["persona"].value.startswith("I am attentive")


def test_an_answer_that_was_cut_off_is_said_as_far_as_it_came(make_loop: LoopFactory) -> None:
    half = says("", ToolCall("1", "send_message", '{"message": "First, warm the po'))
    loop = make_loop(type(half)(half.text, half.tool_calls, finish_reason="length"))

    assert "says First, warm the po" in story(loop.run([HELLO]))


def test_a_whole_call_at_the_output_limit_is_run(make_loop: LoopFactory) -> None:
    whole = says("", answer(), note())
    loop = make_loop(type(whole)(whole.text, whole.tool_calls, finish_reason="length"))

    assert f"gets {APPENDED}" in story(loop.run([HELLO]))


def test_thoughts_in_arguments_and_in_the_text_are_logged_and_never_said(
    make_loop: LoopFactory,
) -> None:  # T50
    seen: list[dict[str, Any]] = []

    def weather(**arguments: Any) -> str:
        seen.append(arguments)
        return "sunny"

    from memgpt_autogen.tools.tool import Tool

    described = Tool.described({"type": "function", "function": {"name": "weather"}}, weather, seconds=10)
    loop = make_loop(
        says(
            "The boss greets.",
            call("weather", inner_thoughts="I should know.", place="Lisbon"),
            answer("Hi!", inner_thoughts="Short is best."),
        ),
        tools=[described],
    )

    events = list(loop.run([HELLO]))

    assert [event.text for event in events if isinstance(event, Thought)] == snapshot(
        ["The boss greets.\nI should know.\nShort is best."]
    )
    assert seen == [{"place": "Lisbon"}]
    assert [event.text for event in events if isinstance(event, Replied)] == ["Hi!"]
    assert not any(
        "inner_thoughts" in event.call.arguments for event in events if isinstance(event, ToolCalled)
    )
    (step,) = (e.message for e in loop.memory.log.everything() if e.message.kind == "step")
    assert step.text == "The boss greets.\nI should know.\nShort is best."
    assert loop.memory.recall.search("boss know best").total == 0


@pytest.mark.parametrize("options", [{"inner_thoughts": False}, {"protocol": "native"}])  # T50
def test_thoughts_are_asked_for_only_where_they_are_wanted(make_loop: LoopFactory, options: Any) -> None:
    def first_arguments(loop: HeartbeatLoop) -> set[str]:
        return {next(iter(schema["function"]["parameters"]["properties"])) for schema in loop.schemas()}

    assert first_arguments(make_loop()) == {"inner_thoughts"}
    assert "inner_thoughts" not in first_arguments(make_loop(**options))


def test_every_turn_tells_its_steps_and_tokens_at_the_end(make_loop: LoopFactory) -> None:
    from memgpt_autogen.llm.protocols import Usage

    loop = make_loop(
        says("", note(request_heartbeat=True), usage=Usage(100, 10)), says("", answer(), usage=Usage(150, 5))
    )

    *_, last = loop.run([HELLO])

    assert last == TurnEnded("yielded", 2, Usage(250, 15))


def test_all_inputs_are_stored_before_the_first_is_told(make_loop: LoopFactory) -> None:
    loop = make_loop()

    turn = loop.run([HELLO, HELLO])
    next(iter(turn))

    assert loop.memory.log.count() == 2


def test_the_prompt_of_the_second_step_extends_that_of_the_first(make_loop: LoopFactory) -> None:  # T61
    loop = make_loop(
        says("", call("conversation_search", query="x", request_heartbeat=True)), says("", answer())
    )

    list(loop.run([HELLO]))

    first, second = (request.messages for request in requests_of(loop))
    assert second[: len(first)] == first
    assert requests_of(loop)[0].tools == requests_of(loop)[1].tools


def test_another_process_reads_what_this_one_logged(
    make_loop: LoopFactory, make_memory: MemoryFactory
) -> None:
    list(make_loop(says("", answer("Hi!"))).run([HELLO]))
    again = make_loop(says("", answer()), memory=make_memory())

    list(again.run())

    assert [message["role"] for message in requests_of(again)[0].messages] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]


def test_a_login_is_answered_where_an_answer_is_owed(make_loop: LoopFactory) -> None:
    silent, asked = (
        make_loop(says("Ada is here.", note())),
        make_loop(says("Ada is here.", note()), says("", answer())),
    )

    assert not [event for event in silent.login("ada") if isinstance(event, Replied)]
    assert [event.text for event in asked.login("ada", owes_answer=True) if isinstance(event, Replied)] == [
        "Hi!"
    ]
