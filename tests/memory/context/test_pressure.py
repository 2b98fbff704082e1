"""Memory pressure: the ladder ends, the prompt fits, and the log keeps everything, whatever was said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from legal import illegal
from loops import LoopFactory, MemoryFactory
from storage_faults import read_only

from memgpt_autogen.errors import ContextOverflowError, ModelError, StorageError, WindowTooSmallError
from memgpt_autogen.events import Event, Evicted, PressureWarned
from memgpt_autogen.llm.protocols import Completion, ToolSchema
from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.pressure import Head, Pressure
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, ToolCall, WireMessage
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.scripted import Answer, Request

TOOLS: list[ToolSchema] = [
    {
        "type": "function",
        "function": {"name": "look", "description": "Look around.", "parameters": {"type": "object"}},
    }
]
SUMMARY = says("They talked.")


def relieved(
    pressure: Pressure, tools: Sequence[ToolSchema] = TOOLS, instructions: str = ""
) -> tuple[list[Event], list[WireMessage]]:
    prompts: list[list[WireMessage]] = []

    def ladder() -> Iterator[Event]:
        draft = yield from pressure.relieve(Head(instructions, tools))
        prompts.append(draft.messages)

    return list(ladder()), prompts[0]


def pressure_of(
    memory: MemoryHierarchy, window: int, *answers: Answer, otherwise: Answer | None = SUMMARY
) -> Pressure:
    llm = ScriptedLLM(*answers, otherwise=otherwise)
    return Pressure(memory.prompt, Budget(window, ApproximateCounter()), llm)


def model_of(pressure: Pressure) -> ScriptedLLM:
    llm = pressure._summariser._llm
    assert isinstance(llm, ScriptedLLM)
    return llm


def heard(memory: MemoryHierarchy, *texts: str) -> None:
    memory.log.append(*(Message.said_by("ben", text) for text in texts))


def fill(memory: MemoryHierarchy, pressure: Pressure, fraction: float) -> None:
    """Let ben talk until the prompt takes this fraction of the window."""
    while pressure.budget.prompt(memory.compile(), TOOLS) < fraction * pressure.budget.window:
        heard(memory, "I had a long day with meetings about tea and cakes. " * 2)


def fits(pressure: Pressure, messages: list[WireMessage], tools: Sequence[ToolSchema] = TOOLS) -> bool:
    return pressure.budget.prompt(messages, tools) <= pressure.budget.limit


def test_nothing_happens_while_there_is_room(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 8192)
    heard(memory, "hello")

    assert relieved(pressure) == ([], memory.compile())


def test_a_warning_comes_once_and_again_after_an_eviction(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096)  # T51
    kinds = []
    for _ in range(2):
        fill(memory, pressure, 0.78)
        kinds.append([type(event) for event in relieved(pressure)[0]])
        kinds.append([type(event) for event in relieved(pressure)[0]])
        fill(memory, pressure, 1.0)
        kinds.append([type(event) for event in relieved(pressure)[0]])

    assert kinds == [[PressureWarned], [], [Evicted]] * 2
    alerts = [entry.message.text for entry in memory.log.everything() if entry.message.kind == "alert"]
    assert len(alerts) == 2


def test_a_warning_is_heard_by_the_model_and_not_repeated_after_a_restart(make_memory: MemoryFactory) -> None:
    pressure = pressure_of(make_memory(), 4096)  # T51
    fill(make_memory(), pressure, 0.78)

    _, messages = relieved(pressure)

    assert "core_memory_append" in messages[-1]["content"]
    assert relieved(pressure_of(make_memory(), 4096))[0] == []


@pytest.mark.sqlite
def test_a_warning_that_could_not_be_stored_comes_again(memory: MemoryHierarchy, tmp_path: Path) -> None:
    pressure = pressure_of(memory, 4096)
    fill(memory, pressure, 0.78)

    with read_only(tmp_path / "home"), pytest.raises(StorageError):
        relieved(pressure)

    assert [type(event) for event in relieved(pressure)[0]] == [PressureWarned]
    assert relieved(pressure)[0] == []


def test_a_prompt_between_the_thresholds_is_warned_of_at_the_set_fraction(memory: MemoryHierarchy) -> None:
    budget = Budget(4096, ApproximateCounter(), warn_fraction=0.5)
    pressure = Pressure(memory.prompt, budget, ScriptedLLM())
    fill(memory, pressure, 0.48)

    assert relieved(pressure)[0] == []
    fill(memory, pressure, 0.55)
    assert [type(event) for event in relieved(pressure)[0]] == [PressureWarned]


def test_an_eviction_frees_three_quarters_of_the_room_and_keeps_the_last_messages(
    memory: MemoryHierarchy,
) -> None:
    pressure = pressure_of(memory, 4096)  # T52
    fill(memory, pressure, 1.0)
    heard(memory, "the very last words")
    room = pressure.budget.limit - pressure.budget.prompt(memory.compile()[:1], TOOLS)

    events, messages = relieved(pressure)

    assert [type(event) for event in events] == [Evicted]
    assert pressure.budget.messages(messages[2:]) <= room * 0.25
    assert "the very last words" in messages[-1]["content"]
    assert len(messages) >= 5
    assert "They talked." in messages[1]["content"]
    (event,) = events
    assert isinstance(event, Evicted)
    assert event.tokens_before > pressure.budget.limit >= event.tokens_after


def test_the_last_messages_stay_even_where_they_take_more_than_half(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096)  # T52
    fill(memory, pressure, 0.95)
    heard(memory, *(f"last {number} " + "words and words " * 60 for number in range(3)))

    _, messages = relieved(pressure)

    assert [json.loads(message["content"])["message"][:6] for message in messages[-3:]] == [
        "last 0",
        "last 1",
        "last 2",
    ]


def test_a_summary_takes_no_more_than_an_eighth_of_the_room(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096, otherwise=says("and then they spoke of tea " * 400))
    fill(memory, pressure, 1.0)
    room = pressure.budget.limit - pressure.budget.prompt(memory.compile()[:1], TOOLS)

    relieved(pressure)

    summary = memory.queue.summary
    assert summary is not None
    assert room // 16 < pressure.budget.text(summary.text) <= room // 8


def test_an_eviction_keeps_the_prompt_up_to_the_end_of_the_summarys_old_lines(
    memory: MemoryHierarchy,
) -> None:
    pressure = pressure_of(memory, 8192, otherwise=lambda _: says(f"Ben spoke of tea {len(alike)}."))
    alike: list[str] = []
    prompts = []
    for _ in range(4):
        fill(memory, pressure, 1.0)
        memory.archival.insert(f"passage {len(prompts)}")  # a new view of what is outside
        relieved(pressure)
        alike.append("")
        prompts.append(memory.compile())

    for before, after in pairwise(prompts):
        lines, end = str(before[1]["content"]).split("\\n\\n", 1)[0], str(before[1]["content"])
        assert after[0] == before[0]
        assert str(after[1]["content"]).startswith(lines)
        assert after[1]["content"] != end
    assert "archival: 4 passages" in prompts[-1][1]["content"]


def test_the_next_summary_is_written_from_the_one_before(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096, says("Ben likes tea."), says("Ben likes tea and cake."))  # T54
    for _ in range(2):
        fill(memory, pressure, 1.0)
        relieved(pressure)

    second = model_of(pressure).requests[1].messages
    assert json.loads(second[-1]["content"])["summary_so_far"].endswith(" Ben likes tea.")
    assert re.search(r"Ben likes tea\.\\n\S+ Ben likes tea and cake\.", memory.compile()[1]["content"])
    assert sum("Summary of them" in message["content"] for message in memory.compile()) == 1


@pytest.mark.parametrize(
    "text", ["", "word " * 20_000, "🍵" * 20_000, "\n" * 20_000, '"' * 20_000, "茶" * 20_000]
)
def test_one_giant_message_is_shown_in_part_and_kept_whole(memory: MemoryHierarchy, text: str) -> None:
    pressure = pressure_of(memory, 2400)  # T55
    heard(memory, text)

    _, messages = relieved(pressure)

    assert fits(pressure, messages)
    assert len(messages) == 2
    shown = json.loads(messages[-1]["content"])["message"]
    assert shown == text or ("characters cut here; recall has the whole" in shown and shown[:20] == text[:20])
    assert memory.log.everything()[-1].message.text == text


def test_an_empty_queue_is_left_alone(memory: MemoryHierarchy) -> None:  # T55
    assert relieved(pressure_of(memory, 2400)) == ([], memory.compile())


def test_a_giant_result_is_clipped_and_its_call_stays(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096)  # T55
    look = ToolCall("c1", "look")
    heard(memory, "what is there?")
    memory.log.append(
        Message("assistant", "", "step", tool_calls=(look,)), Message.result_of(look, "tree " * 20_000)
    )

    _, messages = relieved(pressure)

    assert fits(pressure, messages)
    assert illegal(messages) is None
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "tool"]
    assert json.loads(messages[1]["content"])["message"] == "what is there?"


def test_what_was_clipped_stays_clipped_the_same_way_until_the_next_eviction(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096)  # T61
    heard(memory, "word " * 15_000)
    _, first = relieved(pressure)

    heard(memory, "and?")
    _, second = relieved(pressure)

    assert second[:-1] == first


@pytest.mark.parametrize(
    "answer",
    [ModelError("down"), ContextOverflowError("too long"), says(""), says("  \n"), says("long " * 20_000)],
)
def test_a_summariser_that_fails_never_stops_an_eviction(memory: MemoryHierarchy, answer: Answer) -> None:
    pressure = pressure_of(memory, 4096, otherwise=answer)  # T56
    heard(memory, "my dog is called Rex")
    fill(memory, pressure, 1.1)
    everything = memory.log.everything()

    events, messages = relieved(pressure)

    assert fits(pressure, messages)
    assert any(isinstance(event, Evicted) for event in events)
    assert memory.log.everything() == everything
    assert memory.recall.search('"dog"').total == 1
    if not isinstance(answer, Completion) or not answer.text.strip():
        assert "Rex" in messages[1]["content"]
        assert {event.source for event in events if isinstance(event, Evicted)} == {"extract"}


def test_a_system_prompt_that_does_not_fit_is_an_error_with_the_numbers(make_memory: MemoryFactory) -> None:
    memory = make_memory(blocks=[Block("notes", "tea and cake " * 700, limit=10_000)])  # T57
    heard(memory, "hello")

    with pytest.raises(
        WindowTooSmallError, match=r"window of 2400 tokens is too small: .* Raise window_tokens"
    ):
        relieved(pressure_of(memory, 2400))


def test_the_schemas_of_tools_count(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096)  # T58
    fill(memory, pressure, 0.7)
    many = [*TOOLS, {"type": "function", "function": {"name": "other", "description": "many words " * 400}}]

    assert relieved(pressure)[0] == []
    events, messages = relieved(pressure, many)
    assert any(isinstance(event, Evicted) for event in events)
    assert fits(pressure, messages, many)


def test_a_prompt_the_endpoint_finds_too_long_is_followed_by_a_smaller_one(make_loop: LoopFactory) -> None:
    loop = make_loop(  # T59
        ContextOverflowError("too long"), otherwise=answering, window_tokens=16_000
    )
    heard(loop.memory, *("I had a long day with meetings. " * 6 for _ in range(60)))

    events = list(loop.run())

    sizes = prompts_of(loop)
    assert sizes[1] < sizes[0]
    assert any(isinstance(event, Evicted) for event in events)


def test_a_window_that_is_smaller_than_told_is_found_out(make_loop: LoopFactory) -> None:
    loop = make_loop(otherwise=refusing_above(6000), window_tokens=128_000)  # T59
    heard(loop.memory, *("I had a long day with meetings. " * 6 for _ in range(300)))

    events = list(loop.run())

    assert any(type(event).__name__ == "Replied" for event in events)
    assert len(prompts_of(loop)) <= 4


def answering(request: Request) -> Completion:
    return says("", call("send_message", message="yes")) if request.tools else SUMMARY


def refusing_above(tokens: int) -> Any:
    """An endpoint whose window is this small, and that tells how long a prompt was."""

    def answer(request: Request) -> Completion:
        budget = Budget(10**9, ApproximateCounter())
        size = budget.prompt(request.messages, request.tools)
        if size > tokens:
            raise ContextOverflowError("too long", size)
        return answering(request)

    return answer


def prompts_of(loop: HeartbeatLoop) -> list[int]:
    """The sizes of the agent's own prompts, without the summariser's."""
    assert isinstance(loop.llm, ScriptedLLM)
    budget = Budget(10**9, ApproximateCounter())
    return [budget.prompt(request.messages, request.tools) for request in loop.llm.requests if request.tools]


def test_a_backlog_of_hundreds_of_messages_takes_few_model_calls(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096)
    heard(memory, *(f"message {number}: " + "much was said here " * 30 for number in range(500)))
    last = memory.log.everything()[-1]

    _, messages = relieved(pressure)

    assert fits(pressure, messages)
    assert 1 <= len(model_of(pressure).requests) <= 16
    assert last.message.text[:40] in messages[-1]["content"]
    assert all(pressure.budget.messages(request.messages) <= 4096 for request in model_of(pressure).requests)


TEXTS = st.one_of(
    st.just(""),
    st.text(max_size=30),
    st.builds(
        lambda piece, times: piece * times,
        st.sampled_from(["word ", "🍵", "茶", '"', "\n", "x", "\\", "é", "{}", "1234 "]),
        st.sampled_from([1, 40, 900, 2500]),
    ),
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    messages: list[Message] = []
    for number in range(draw(st.integers(0, 14))):
        kind = draw(st.sampled_from(["heard", "heard", "step", "calls", "spoken", "beat"]))
        if kind == "calls":
            count = draw(st.sampled_from([1, 2, 25]))
            calls = tuple(
                ToolCall(f"c{number}_{place}", "look", json.dumps({"at": draw(TEXTS)} if place < 2 else {}))
                for place in range(count)
            )
            messages.append(Message("assistant", draw(TEXTS), "step", tool_calls=calls))
            for made in calls[draw(st.integers(0, 1)) :]:
                messages.append(Message.result_of(made, draw(TEXTS)))
                if draw(st.integers(0, 9)) == 0:
                    messages.append(Message.said_by("ada", draw(TEXTS)))
        elif kind == "heard":
            messages.append(Message.said_by("ben", draw(TEXTS)))
        elif kind == "beat":
            messages.append(Message.event("heartbeat", draw(TEXTS)))
        else:
            messages.append(Message("assistant", draw(TEXTS), "step" if kind == "step" else "spoken"))
    return messages


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    before=conversations(),
    after=conversations(),
    window=st.integers(2400, 5000) | st.sampled_from([8192, 32_768, 1_000_000]),
    answer=st.sampled_from(
        [SUMMARY, says(""), says("🍵" * 4000), ModelError("down"), ContextOverflowError("long")]
    ),
    dialect=st.sampled_from(["memgpt", "native"]),
)
@example([], [Message.said_by("ben", "x" * 10**5)], 2400, says("🍵" * 4000), "memgpt")
def test_the_ladder_ends_with_a_legal_prompt_that_fits_and_a_log_that_is_whole(
    make_memory: MemoryFactory,
    before: list[Message],
    after: list[Message],
    window: int,
    answer: Answer,
    dialect: str,
) -> None:
    memory = make_memory(ephemeral=True, protocol=dialect)  # T53, T55
    pressure = pressure_of(memory, window, otherwise=answer)

    for messages in (before, after):
        memory.log.append(*messages)
        _, prompt = relieved(pressure)
        assert fits(pressure, prompt)
        assert illegal(prompt) is None

    logged = [
        entry.message for entry in memory.log.everything() if entry.message.kind not in ("edit", "alert")
    ]
    assert logged == [*before, *after]
    assert [entry.seq for entry in memory.log.everything()] == list(range(1, memory.log.last_seq() + 1))
    for request in model_of(pressure).requests:
        assert pressure.budget.messages(request.messages) <= pressure.budget.limit
    _, again = relieved(pressure_of(memory, window))
    assert fits(pressure, again)


@pytest.mark.parametrize("room", [170, 200, 260, 400])
def test_a_room_barely_large_enough_is_enough(memory: MemoryHierarchy, room: int) -> None:
    pressure = pressure_of(memory, 8192, otherwise=says("🍵" * 4000))
    taken = pressure.budget.prompt(memory.compile(), TOOLS)
    pressure = Pressure(
        memory.prompt,
        Budget(taken + room, ApproximateCounter(), reserve_tokens=0),
        ScriptedLLM(otherwise=says("🍵" * 4000)),
    )
    heard(memory, *("some words that were said " * 5 for _ in range(20)))

    _, messages = relieved(pressure)

    assert fits(pressure, messages)


def test_a_reset_forgets_how_old_messages_were_clipped(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096)
    for _ in range(3):
        heard(memory, "word " * 5000)
        relieved(pressure)
    memory.reset()

    heard(memory, *("fresh words " * 450 for _ in range(2)))

    assert relieved(pressure)[1] == memory.compile()


class Counting:
    """An estimate that keeps how often it was asked."""

    exact = False

    def __init__(self) -> None:
        self.chars = 0

    def count(self, text: str) -> int:
        self.chars += len(text)
        return ApproximateCounter().count(text)


def test_an_eviction_of_twice_as_much_counts_about_twice_as_much(make_memory: MemoryFactory) -> None:
    counted = []
    for name, number in (("ida", 300), ("kim", 600)):
        memory, counter = make_memory(name), Counting()
        heard(memory, *(f"message {place}: " + "words " * 20 for place in range(number)))
        relieved(Pressure(memory.prompt, Budget(4096, counter), ScriptedLLM(otherwise=SUMMARY)))
        counted.append(counter.chars)

    assert counted[1] < 2.5 * counted[0]


def test_a_backlog_is_evicted_in_a_bounded_number_of_folds(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 2400, otherwise=ModelError("down"))
    heard(memory, *(f"message {place}" for place in range(3000)))

    events, messages = relieved(pressure)

    assert fits(pressure, messages)
    assert sum(isinstance(event, Evicted) for event in events) <= 17
    assert len(model_of(pressure).requests) == 1
    assert len(memory.queue.entries()) < 100


def test_what_an_eviction_says_it_left_is_what_is_left(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096)
    heard(memory, *(f"message {number}: " + "much was said here " * 30 for number in range(60)))

    events, messages = relieved(pressure)

    evicted = [event for event in events if isinstance(event, Evicted)]
    sizes = [event.tokens_before for event in evicted] + [evicted[-1].tokens_after]
    assert sizes == sorted(sizes, reverse=True)
    assert evicted[-1].tokens_after == pytest.approx(pressure.budget.prompt(messages, TOOLS), abs=2)


def test_each_summary_says_why_it_was_made(memory: MemoryHierarchy) -> None:
    pressure = pressure_of(memory, 4096)
    heard(memory, *(f"message {number}: " + "much was said here " * 30 for number in range(60)))

    told = [event for event in relieved(pressure)[0] if isinstance(event, Evicted)]
    told += [event for event in pressure.compact(Head("", TOOLS)) if isinstance(event, Evicted)]
    pressure.retell()
    memory.queue.evict(60, "By an older version.", "model")

    *made, old = [summary.eviction for summary in memory.queue.summaries()]
    assert old is None
    assert [each and each.cause for each in made] == ["pressure"] * (len(told) - 1) + ["compact", "forget"]
    sizes = [(each.messages, each.prompt_tokens, each.limit_tokens) for each in made if each]
    limit = pressure.budget.limit
    assert sizes == [*((each.messages, each.tokens_before, limit) for each in told), (0, None, limit)]
    assert told[0].tokens_before > limit
