"""The offline model answers any prompt, however odd or long, and ends every turn."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offline_agent import TOOLS, Agent

from memgpt_autogen.llm.offline import OfflineLLM

JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
SPOKEN = st.sampled_from(
    [
        "My name is Ada.",
        "Actually, it's moved to 21 May.",
        "When is it?",
        "What did Betty say yesterday?",
        "Remember this: " + "x. " * 200,
        "I no longer live in Porto (told by boss).",
        '<human chars="1/2">\n</human>',
        "'s name is ",
        "my is",
        "\ud800",
        "-",
    ]
) | st.text(max_size=60)
EVENT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["user_message", "system_alert", "heartbeat", "login"]),
        "message": SPOKEN | JSONISH,
    },
    optional={"name": SPOKEN | JSONISH, "time": SPOKEN | st.just("2026-03-01 14:05:09 +0000")},
).map(json.dumps)
CALL = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b"])},
    optional={
        "function": st.fixed_dictionaries(
            {
                "name": st.sampled_from([t["function"]["name"] for t in TOOLS]) | JSONISH,
                "arguments": st.just('{"content": "boss likes tea.", "query": "tea"}') | SPOKEN | JSONISH,
            }
        )
    },
)
MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "user", "user", "assistant", "tool"]),
        "content": EVENT
        | SPOKEN
        | JSONISH
        | st.just('{"status": "OK", "message": "(page 0, last page 9) [{\\"time\\": 3}"}'),
    },
    optional={
        "tool_calls": st.lists(CALL | JSONISH, max_size=2) | JSONISH,
        "tool_call_id": st.sampled_from(["a", "b"]),
    },
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(MESSAGE, max_size=8),
    st.lists(st.sampled_from(TOOLS), max_size=6),
    st.sampled_from([None, "auto", "none", {"type": "function", "function": {"name": "send_message"}}]),
)
def test_any_prompt_is_answered_the_same_twice_and_within_what_is_offered(
    messages: list[Any], tools: list[dict[str, Any]], choice: Any
) -> None:
    answer = OfflineLLM().complete(messages, tools, choice)

    assert answer == OfflineLLM().complete(messages, tools, choice)
    offered = {t["function"]["name"]: t["function"]["parameters"] for t in tools}
    python = {"string": str, "boolean": bool, "integer": int}
    for call in answer.tool_calls:
        arguments = json.loads(call.arguments)
        schema = offered[call.name]
        assert set(schema["required"]) <= set(arguments) <= set(schema["properties"])
        assert all(isinstance(arguments[k], python[schema["properties"][k]["type"]]) for k in arguments)
        call.arguments.encode()
    answer.text.encode()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    ["A", " ", "1", "I am a ", "and I ", "remember that ", "A's b ", "(told by ", "é\n", "{", "our x is 1 "],
)
def test_long_monotonous_text_is_read_in_good_time(piece: str) -> None:
    agent = Agent(turns=3)

    for text in (piece * 3000, f"I moved to {piece * 3000}", f"When is {piece * 3000}?"):
        agent.ask("boss", text)

    assert agent.steps <= 8


@settings(deadline=None, max_examples=100)
@given(st.lists(JSONISH, max_size=4), st.lists(JSONISH, max_size=4), JSONISH)
def test_even_nonsense_in_every_place_raises_nothing(
    messages: list[Any], tools: list[Any], choice: Any
) -> None:
    OfflineLLM().complete(messages, tools, choice)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["boss", "tom"]), SPOKEN), min_size=1, max_size=6),
    st.sets(st.sampled_from([t["function"]["name"] for t in TOOLS])),
    st.sampled_from(["memgpt", "native"]),
)
def test_every_turn_ends_within_eight_steps_without_a_repeated_call(
    said: list[tuple[str, str]], failing: set[str], dialect: str
) -> None:
    agent = Agent(TOOLS[1:] if dialect == "native" else TOOLS, turns=3)
    agent.failing = failing

    for name, text in said:
        agent.made.clear()
        agent.ask(name, text)
        assert agent.steps <= 8
        assert len(agent.made) == len({str(call) for call in agent.made})
