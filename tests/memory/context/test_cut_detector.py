"""Finding out by its counts that an endpoint leaves out a part of the prompt."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.memory.context.cut_detector import CutDetector

TOOLS = [{"type": "function", "function": {"name": "send_message"}}]


def found(counts: Iterable[tuple[int, int]]) -> list[int | None]:
    detector = CutDetector()
    return [detector.note(estimated, told, TOOLS) for estimated, told in counts]


def test_a_count_that_stays_while_the_prompt_grows_is_that_of_a_cut() -> None:
    growing = [(2000 + 200 * number, min(2400 + 190 * number, 4070 + number % 3)) for number in range(14)]

    windows = [window for window in found(growing) if window]

    assert windows == [4072]
    assert found(growing).index(4072) == 13  # the first cut is number 9, and the growth must be clear


def test_a_prompt_that_is_far_larger_than_its_count_is_cut_from_the_first_on() -> None:
    assert found([(20_000, 4050), (20_150, 4020), (20_300, 4060)]) == [None, None, 4060]


def test_a_clip_to_half_of_the_window_is_a_cut_too() -> None:
    # seen with Ollama and parallel slots: whole up to 2,685 tokens, then exactly 2,050
    growing = [2000 + 170 * number for number in range(12)]

    windows = found((size, size if size <= 2685 else 2050) for size in growing)

    assert [window for window in windows if window][:1] == [2680]


def test_one_or_two_answers_decide_nothing() -> None:
    assert found([(20_000, 4050), (20_150, 4020), (20_300, 21_000)]) == [None, None, None]


def test_a_count_of_only_what_was_not_in_the_cache_is_no_cut() -> None:
    assert not any(found([(3000, 3100), *((3000 + 150 * number, 160) for number in range(1, 40))]))


def test_an_endpoint_that_counts_nothing_shows_nothing() -> None:
    assert not any(found((3000 + 500 * number, 0) for number in range(30)))


def test_other_tools_or_an_eviction_begin_anew() -> None:
    detector = CutDetector()
    detector.note(4000, 6000, TOOLS)

    assert [detector.note(4400 + number, 4500, []) for number in range(3)] == [None] * 3  # fewer tools
    assert [detector.note(2000 + 10 * number, 2500, []) for number in range(3)] == [None] * 3


@given(
    share=st.floats(0.5, 2.0),
    tools=st.integers(0, 5000),
    added=st.lists(st.tuples(st.integers(1, 2000), st.floats(0.5, 2.0)), min_size=1, max_size=60),
)
def test_honest_counts_within_the_estimates_error_are_never_called_cut(
    share: float, tools: int, added: list[tuple[int, float]]
) -> None:
    estimated, told, counts = 1000, 1000 * share + tools, []
    for tokens, error in added:
        estimated, told = estimated + tokens, told + tokens * error
        counts.append((estimated, round(told)))

    assert not any(found(counts))
