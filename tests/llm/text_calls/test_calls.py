"""Calls and thoughts in an answer's text, as servers leave them there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from legal import illegal
from loops import HELLO, LoopFactory, requests_of, story

from memgpt_autogen.events import Replied, Thought, ToolCalled, TurnEnded
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.text_calls.arguments import read_arguments
from memgpt_autogen.llm.text_calls.calls import (
    LONGEST_TEXT,
    MOST_CALLS,
    find_calls,
    read_text_calls,
    split_thoughts,
)
from memgpt_autogen.llm.wire.chat import read_answer
from memgpt_autogen.testing import call, says

NAMES = ("send_message", "core_memory_append", "archival_memory_search")
HI = {"message": 'Hi {you}, "friend"!'}
PLAIN = json.dumps({"name": "send_message", "arguments": HI})


def read(text: str) -> tuple[str, list[tuple[str, object]]]:
    left, calls = find_calls(text, NAMES)
    return left, [(each.name, json.loads(each.arguments)) for each in calls]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"```json\n{PLAIN}\n```",
        f"```\n{PLAIN}",
        f"<tool_call>\n{PLAIN}\n</tool_call>",
        f"<tool_call>{PLAIN}",
        f"<function_call>{PLAIN}</function_call><|im_end|>",
        f"[TOOL_CALLS] [{PLAIN}]",
        f"<|python_tag|>{PLAIN}",
        f"[{PLAIN}]",
        "{" + PLAIN + "}",
        json.dumps({"function": "send_message", "params": HI}),
        json.dumps({"function": {"name": "send_message", "arguments": json.dumps(HI)}, "type": "function"}),
        json.dumps({"tool": "functions.sendMessage", "parameters": HI}),
        json.dumps({"tool_calls": [{"function": {"name": "send_message", "arguments": HI}}]}),
        json.dumps({"send_message": HI}),
        json.dumps({"action": "send_message", **HI}),
        f"<function=send_message>{json.dumps(HI)}</function>",
        f"<tool_call><function=send_message><parameter=message>\n{HI['message']}\n</parameter></function></tool_call>",
        f"send_message(message={HI['message']!r})",
        f"```python\nsend_message(message={HI['message']!r})\n```",
        f"[send_message(message={HI['message']!r})]",
    ],
)
def test_a_call_is_read_in_whatever_form_it_stands(text: str) -> None:
    assert read(text) == ("", [("send_message", HI)])


def test_doubled_braces_are_taken_for_single_ones() -> None:
    text = '{{"name": "send_message", "arguments": {{"message": "Hi!"}}}}'

    assert read(text) == ("", [("send_message", {"message": "Hi!"})])


@pytest.mark.parametrize("cut", [1, 2, 5, 12])
def test_half_a_call_yields_the_part_that_arrived(cut: int) -> None:
    _, (half,) = find_calls(f"<tool_call>{PLAIN[:-cut]}", NAMES)

    assert half.name == "send_message"
    assert HI["message"].startswith(read_arguments(half.arguments)["message"].rstrip("\\"))


def test_what_was_cut_off_is_not_run_on_half_of_its_text(make_loop: LoopFactory) -> None:
    half = '{"name": "core_memory_append", "arguments": {"label": "human", "content": "likes'
    loop = make_loop(
        Completion(half, finish_reason="length"), says("", call("send_message", message="Sorry."))
    )

    told = story(loop.run([HELLO]))

    assert loop.memory.core["human"].value == ""
    assert any("cut off" in each for each in told)


def test_several_calls_are_read_in_order_with_what_was_said_around_them() -> None:
    append = json.dumps({"name": "core_memory_append", "arguments": {"label": "human", "content": "tea"}})
    text = f"First I note it.\n<tool_call>{append}</tool_call>\n<tool_call>{PLAIN}</tool_call>"

    left, calls = read(text)

    assert left == "First I note it."
    assert [name for name, _ in calls] == ["core_memory_append", "send_message"]
    assert [name for name, _ in read(f"{append}\n{PLAIN}")[1]] == ["core_memory_append", "send_message"]
    assert read(f"I greet.\n{PLAIN}") == ("I greet.", [("send_message", HI)])


@pytest.mark.parametrize(
    "named",
    [
        "send_message{}", "send_message {}", "send_message\n{}", "`send_message{}`",
        "functions.send_message{}", "sendMessage{}", "send_message{}<|im_end|>",
    ],
)  # fmt: skip
def test_a_name_before_its_object_is_a_call_at_the_very_end_of_an_answer(named: str) -> None:
    call_ = named.replace("{}", json.dumps(HI))

    assert read(f"I greet you.\n{call_}") == ("I greet you.", [("send_message", HI)])
    assert read(f"I greet. {call_}\n{call_.partition('<')[0]}")[1][-1] == ("send_message", HI)
    assert read(f"I greet.\n{call_} is how.")[1] == []


@pytest.mark.parametrize(
    "text",
    [
        'I greet. send_message{"message": "Hi',  # no end
        'The set is other{"message": "Hi!"}',  # no function of the agent's
        'a struct Point{"x": 1}',
        "The set is send_message" + "{" * 3000,
    ],
)
def test_a_name_before_an_object_is_prose_where_it_may_be_something_else(text: str) -> None:
    assert read(text) == (text, [])


def test_names_before_their_objects_are_read_in_order() -> None:
    text = (
        f'I note it.\ncore_memory_append{{"label": "human", "content": "tea"}}\nsend_message{json.dumps(HI)}'
    )

    left, calls = read(text)

    assert left == "I note it."
    assert [name for name, _ in calls] == ["core_memory_append", "send_message"]


def test_thoughts_and_heartbeats_beside_the_arguments_are_kept() -> None:
    text = json.dumps({
        "function": "archival_memory_search",
        "inner_thoughts": "I look.",
        "params": {"query": "tea"},
        "request_heartbeat": True,
    })  # fmt: skip

    assert read(text) == (
        "I look.",
        [("archival_memory_search", {"query": "tea", "request_heartbeat": True})],
    )


@pytest.mark.parametrize(
    "text",
    [
        f"A call looks like {PLAIN} and is sent as JSON.",
        '{"name": "launch_missiles", "arguments": {}}',
        '{"name": "Ada", "age": 36}',
        "Use send_message to talk.",
        "send_message(message=open('/etc/passwd').read())",
        "send_message('Hi')",
        "if send_message: pass",
        "[1, 2, 3] {",
        "",
        PLAIN + " " * LONGEST_TEXT,
    ],
)
def test_what_is_no_call_stays_text(text: str) -> None:
    assert find_calls(text, NAMES) == (text, ())


def test_a_model_that_has_lost_itself_does_not_call_without_end() -> None:
    assert len(read(f"<tool_call>{PLAIN}</tool_call>\n" * 3 * MOST_CALLS)[1]) <= MOST_CALLS


@pytest.mark.parametrize(
    ("text", "said", "thought"),
    [
        ("<think>Hm.\nWell.</think>\n\nHello!", "Hello!", "Hm.\nWell."),
        ("Hm.</think>Hello!", "Hello!", "Hm."),
        ("<thinking>Hm.", "", "Hm."),
        ("<think></think>Hello!", "Hello!", ""),
        ("The tag <think> opens a thought.", "The tag <think> opens a thought.", ""),
    ],
)
def test_reasoning_is_told_from_what_is_said(text: str, said: str, thought: str) -> None:
    assert split_thoughts(text) == (said, thought)


def test_a_result_that_the_model_makes_up_is_not_said() -> None:
    made_up = '<tool_response>\n{"status": "OK", "message": "Sent."}\n</tool_response>'

    assert read_text_calls(Completion(f"{made_up}\nHello!"), NAMES).text == "Hello!"
    assert read_text_calls(Completion(made_up), NAMES).text == ""


def test_no_call_is_read_out_of_a_thought() -> None:
    completion = read_text_calls(Completion(f"<think>{PLAIN}</think>Hello!"), NAMES)

    assert (completion.text, completion.tool_calls, completion.thought) == ("Hello!", (), PLAIN)


def test_reasoning_that_the_server_keeps_apart_is_a_thought() -> None:
    assert read_answer({"content": "Hello!", "reasoning_content": "Hm."}).thought == "Hm."


def test_a_thought_reaches_nobody_and_no_later_prompt(make_loop: LoopFactory) -> None:
    loop = make_loop(says("<think>A secret plan.</think>Hello!"), says("Bye."), protocol="native")

    first = list(loop.run([HELLO]))
    list(loop.run([HELLO]))

    assert [event.text for event in first if isinstance(event, Replied)] == ["Hello!"]
    assert [event.text for event in first if isinstance(event, Thought)] == ["A secret plan."]
    assert "secret plan" not in json.dumps(requests_of(loop)[-1].messages)


def test_a_call_as_text_is_run_and_answered_as_any_other(make_loop: LoopFactory) -> None:
    note = '{"name": "core_memory_append", "arguments": {"label": "human", "content": "tea"}}'
    loop = make_loop(says(f"```json\n{note}\n```"), says(f"<tool_call>{PLAIN}</tool_call>"))

    told = list(loop.run([HELLO]))

    assert loop.memory.core["human"].value == "tea"
    assert [event.text for event in told if isinstance(event, Replied)] == [HI["message"]]
    assert illegal(requests_of(loop)[-1].messages) is None


def test_text_is_text_once_the_server_has_shown_that_it_reads_calls(make_loop: LoopFactory) -> None:
    note = '{"name": "core_memory_append", "arguments": {"label": "human", "content": "tea"}}'
    loop = make_loop(says("", call("send_message", message="Hi.")), says(note), says(note))

    told = [*loop.run([HELLO]), *loop.run([HELLO])]

    assert loop.memory.core["human"].value == ""
    assert [event.text for event in told if isinstance(event, Replied)] == ["Hi.", note]


@pytest.mark.parametrize(
    "piece",
    ["{ ", "[] ", "{} ", "send_message( ", '"', "<think>", "```", "<tool_call>", "'", "(", f"{PLAIN} x "],
)
def test_a_long_text_of_nothing_but_signs_is_read_in_time(piece: str) -> None:
    text = f"send_message {piece * (LONGEST_TEXT // len(piece) - 20)}"

    assert len(find_calls(text, NAMES)[1]) <= MOST_CALLS
    assert len(read_text_calls(Completion(text), NAMES).tool_calls) <= MOST_CALLS


PIECES = [
    *"{}[]()<>`'\",: \n", *NAMES, "name", "arguments", "<tool_call>", "```json", "<think>", "</think>",
    "<function=", "message", PLAIN, PLAIN[:-3],
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_text_is_read_without_an_error(pieces: list[str]) -> None:
    completion = read_text_calls(Completion("".join(pieces)), NAMES)

    assert all(each.name in NAMES for each in completion.tool_calls)


def test_a_model_that_only_babbles_ends_its_turn_in_time(make_loop: LoopFactory) -> None:
    loop = make_loop(*[says('{"name": "core_memory_append", "arguments": {')] * 30)

    told = list(loop.run([HELLO]))

    assert isinstance(told[-1], TurnEnded)
    assert told[-1].stop_reason in ("failure_limit", "repeated_call", "step_limit")
    assert sum(isinstance(event, ToolCalled) for event in told) < 10
