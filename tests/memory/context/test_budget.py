"""The budget: estimates that learn from what the endpoint counts, and an overview that adds up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.protocols import ToolSchema, Usage
from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.memory.context.budget import Budget, Sent
from memgpt_autogen.memory.context.overview import overview
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, WireMessage

TOOLS: list[ToolSchema] = [{"type": "function", "function": {"name": "look", "description": "Look. " * 20}}]
TALK: list[WireMessage] = [{"role": "user", "content": f"message {number} about tea"} for number in range(30)]


def budget_of(window: int = 8192, **options: float) -> Budget:
    return Budget(window, ApproximateCounter(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"window": 0}, "window_tokens is 0"),
        ({"window": -5}, "window_tokens is -5"),
        ({"warn_fraction": 0}, "warn_fraction is 0"),
        ({"warn_fraction": 1.5}, "warn_fraction is 1.5"),
        ({"window": 100, "reserve_tokens": 100}, "reserve_tokens is 100"),
        ({"reserve_tokens": -1}, "reserve_tokens is -1"),
    ],
)
def test_sizes_that_make_no_sense_are_refused_by_name(options: dict[str, float], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        budget_of(**options)


@given(window=st.integers(1, 2_000_000), warn=st.floats(0.01, 1))
def test_the_thresholds_stand_in_their_order(window: int, warn: float) -> None:
    budget = budget_of(window, warn_fraction=warn)

    assert 0 <= budget.warn_at <= budget.limit == window - budget.reserve <= window


@pytest.mark.parametrize(
    ("window", "answer", "reserve"),
    [
        (8192, None, 1024),
        (8192, 300, 1024),  # an answer may be longer than what is kept, not what is kept longer than it
        (8192, 3000, 3000),
        (8192, 30_000, 4096),
        (1024, 30_000, 128),
        (131_072, 16_384, 16_384),
    ],
)
def test_the_limit_that_a_person_has_set_for_answers_is_kept_free(
    window: int, answer: int | None, reserve: int
) -> None:
    budget = Budget(window, ApproximateCounter(), answer_tokens=answer)
    assert budget.reserve == reserve

    budget.take_window(window // 2)

    assert budget.reserve == Budget(window // 2, ApproximateCounter(), answer_tokens=answer).reserve


def test_calls_results_and_schemas_count(memory: MemoryHierarchy) -> None:
    budget = budget_of()
    call = {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"at": "the sea"}'}}
    bare: WireMessage = {"role": "assistant", "content": None}

    assert budget.messages([{**bare, "tool_calls": [call]}]) > budget.messages([bare]) + 8
    assert budget.prompt(TALK, TOOLS) == budget.messages(TALK) + budget.tools(TOOLS)
    assert budget.tools(TOOLS) > 20  # T58


def test_an_underestimate_is_corrected_at_once_and_an_overestimate_slowly() -> None:
    low, high = budget_of(), budget_of()

    low.learn(1000, Usage(1500))
    high.learn(1000, Usage(700))

    assert low.factor == 1.5
    assert 0.9 < high.factor < 1
    for _ in range(60):
        high.learn(high.messages(TALK), Usage(round(budget_of().messages(TALK) * 0.7)))
    assert high.factor == pytest.approx(0.7, abs=0.02)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=30))
def test_no_count_of_an_endpoint_drives_the_correction_out_of_bounds(told: list[tuple[int, int]]) -> None:
    budget = budget_of()

    for estimated, counted in told:
        budget.learn(estimated, Usage(counted))

    assert 0.5 <= budget.factor <= 4


@given(
    window=st.integers(100, 1_000_000),
    told=st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=6),
)
def test_a_prompt_that_was_refused_is_over_the_limit_from_then_on(
    window: int, told: list[int | None]
) -> None:
    budget = budget_of(window)  # T59

    for tokens in told:
        budget.overflowed(budget.messages(TALK), tokens)
        assert budget.messages(TALK) > budget.limit
        assert 0 < budget.limit < window
        assert budget.warn_at <= budget.limit


def test_a_refusal_for_a_miscount_leaves_the_window_as_it_is() -> None:
    budget = budget_of(8192)
    limit = budget.limit

    budget.overflowed(7000, 9000)

    assert budget.limit == limit
    assert budget.factor == pytest.approx(9000 / 7000)


def test_the_overview_adds_up_to_the_prompt(memory: MemoryHierarchy) -> None:
    budget = budget_of()  # T60
    entries = memory.log.append(*(Message.said_by("ben", f"message {number}") for number in range(9)))
    memory.queue.evict(entries[3].seq, "they talked of tea", "model")
    memory.core.set("human", "Ben likes tea")
    messages = memory.compile("be kind")

    shown = overview(memory.prompt, budget, messages, TOOLS)

    assert shown.prompt_tokens == budget.prompt(messages, TOOLS)
    assert min(shown.system, shown.core_memory, shown.tools, shown.summary, shown.queue) > 0
    assert shown.queue == budget.messages(messages[2:])
    assert (shown.queue_messages, shown.recall_messages, shown.evictions) == (5, 9, 1)
    assert (shown.window_tokens, shown.exact) == (8192, False)


@pytest.mark.parametrize("factor", [0.5, 0.77, 1.3, 4])
def test_the_overview_adds_up_within_rounding_whatever_the_correction(
    memory: MemoryHierarchy, factor: float
) -> None:
    budget = budget_of()
    budget.learn(1000, Usage(round(1000 * factor)))
    messages = memory.compile()

    assert (
        abs(overview(memory.prompt, budget, messages, TOOLS).prompt_tokens - budget.prompt(messages, TOOLS))
        <= 4
    )


def test_the_overview_reads_as_a_table(memory: MemoryHierarchy) -> None:
    memory.log.append(Message.said_by("ben", "hello"))

    lines = str(overview(memory.prompt, budget_of(), memory.compile(), TOOLS)).splitlines()

    assert [line.split("  ")[1 if line.startswith("  ") else 0].strip() for line in lines[1:]] == snapshot(
        [
            "system",
            "core memory",
            "tools",
            "summary",
            "queue",
            "for answers",
            "outside: recall 1 message, archival 0 passages",
        ]
    )
    assert "of 8,192 tokens" in lines[0]


def test_the_overview_tells_how_much_of_the_last_prompt_was_stable(memory: MemoryHierarchy) -> None:
    sent = Sent(2000, 1900, told_tokens=2010, cached_tokens=1792)

    shown = overview(memory.prompt, budget_of(), memory.compile(), TOOLS, sent=sent)

    assert shown.last_sent == sent
    assert (
        "last prompt: 2,000 tokens, 1,900 of them (95%) the same as in the one before; "
        "1,792 came from the endpoint's cache" in str(shown)
    )


def test_a_prompt_is_stable_up_to_the_first_change() -> None:
    budget = budget_of()
    system: WireMessage = {"role": "system", "content": "rules and more rules. " * 20 + "human: nothing"}
    edited: WireMessage = {"role": "system", "content": "rules and more rules. " * 20 + "human: tea"}
    before = ([system, *TALK[:5]], TOOLS)

    assert budget.stable(before, [system, *TALK[:9]], TOOLS) == budget.prompt([system, *TALK[:5]], TOOLS)
    assert budget.stable(before, [system, *TALK[:5]], TOOLS * 2) == 0
    partly = budget.stable(before, [edited, *TALK[:5]], TOOLS)
    assert budget.tools(TOOLS) < partly < budget.prompt([system], TOOLS)
    assert budget.stable(([], []), [system], []) == 0


class Counting:
    """A counter that keeps how much it was made to count."""

    exact = True

    def __init__(self) -> None:
        self.chars = 0
        self.calls = 0

    def count(self, text: str) -> int:
        self.chars += len(text)
        self.calls += 1
        return len(text) // 4 + 1


def test_what_is_far_longer_than_the_window_is_not_counted_whole() -> None:
    counter = Counting()
    budget = Budget(4096, counter)

    tokens = budget.text("some words " * 100_000)

    assert tokens == pytest.approx(1_100_000 / 4, rel=0.01)
    assert counter.chars < 100_000


@given(st.text(max_size=50), st.integers(1, 400))
def test_counting_in_pieces_is_near_the_whole(piece: str, times: int) -> None:
    text = f"{piece} " * times

    assert abs(budget_of(10**9).text(text) - ApproximateCounter().count(text)) <= 3 * (len(text) // 2048)
