"""What a turn took: tokens and cost of all its steps and of the summaries within it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loops import HELLO, LoopFactory, MemoryFactory

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.events import Evicted, Replied, TurnEnded
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.scripted import Request

TELL = call("send_message", message="Hi!")
SEARCH = call("conversation_search", query="tea", request_heartbeat=True)


def test_a_turn_costs_what_its_steps_cost(make_loop: LoopFactory) -> None:
    loop = make_loop(
        says("", SEARCH, usage=Usage(900, 100, 0, 0.25)), says("", TELL, usage=Usage(1000, 50, 800, 0.5))
    )

    assert list(loop.run([HELLO]))[-1] == TurnEnded("yielded", 2, Usage(1900, 150, 800, 0.75))


def test_a_turn_with_a_step_of_unknown_cost_has_none(make_loop: LoopFactory) -> None:
    loop = make_loop(
        says("", SEARCH, usage=Usage(900, 100, cost=0.25)), says("", TELL, usage=Usage(1000, 50))
    )

    ended = list(loop.run([HELLO]))[-1]

    assert ended == TurnEnded("yielded", 2, Usage(1900, 150))


def test_a_summary_within_a_turn_is_the_turns(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    memory.log.append(*(Message.said_by("boss", f"Tea number {n}. " * 60) for n in range(12)))

    def answers(request: Request) -> Completion:
        if request.tools:
            return says("", TELL, usage=Usage(1000, 50, cost=0.5))
        return says("They spoke of tea.", usage=Usage(300, 20, cost=0.25))

    loop = open_loop(memory, ScriptedLLM(otherwise=answers), window_tokens=4096)
    events = list(loop.run([HELLO]))

    summaries = [event.usage for event in events if isinstance(event, Evicted)]
    assert summaries
    assert all(usage.prompt_tokens and usage.prompt_tokens % 300 == 0 for usage in summaries)
    assert isinstance(events[-1], TurnEnded)
    assert events[-1].usage == sum(summaries, Usage(1000, 50, cost=0.5))


def test_compacting_tells_what_it_took(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    memory.log.append(*(Message.said_by("boss", f"Tea number {n}. ") for n in range(12)))
    loop = open_loop(memory, ScriptedLLM(says("They spoke of tea.", usage=Usage(300, 20))))

    (evicted,) = (event for event in loop.compact() if isinstance(event, Evicted))

    assert evicted.usage == Usage(300, 20)


USAGES = st.builds(
    Usage,
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 9),
    st.none() | st.integers(0, 9).map(float),
)


@given(first=USAGES, second=USAGES, third=USAGES)
def test_usages_add_up_in_any_order_and_nothing_adds_nothing(
    first: Usage, second: Usage, third: Usage
) -> None:
    assert first + second == second + first
    assert (first + second) + third == first + (second + third)
    assert first + Usage() == first


@pytest.mark.parametrize("unknown", [0, 1])
def test_an_unknown_cost_stays_unknown(unknown: int) -> None:
    parts = [Usage(1, 1, cost=1.0), Usage(1, 1, cost=1.0)]
    parts[unknown] = Usage(1, 1)

    assert (parts[0] + parts[1]).cost is None


def test_a_loop_takes_another_model_for_its_next_steps(make_loop: LoopFactory) -> None:
    loop = make_loop(says("", TELL))
    list(loop.run([HELLO]))

    loop.llm = ScriptedLLM(says("", call("send_message", message="Hi from another model!")))

    assert [event.text for event in loop.run([HELLO]) if isinstance(event, Replied)] == [
        "Hi from another model!"
    ]
