"""An excerpt by rules: it fits, keeps the order, and takes the sentences that say the most."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from memgpt_autogen.memory.context.dated_line import DatedLine, read_log, write_log
from memgpt_autogen.memory.context.excerpt import excerpt

MARCH_1 = (date(2026, 3, 1), date(2026, 3, 1))


def heard(*texts: str, speaker: str = "ben") -> list[DatedLine]:
    return [DatedLine(text, MARCH_1, speaker) for text in texts]


def chosen(lines: list[DatedLine], chars: int) -> str:
    return write_log(*excerpt(lines, lambda text: len(text) <= chars))


def test_what_fits_stays_as_it_is() -> None:
    lines = heard("Hello!", "I have a dog.", "Bye!")

    assert chosen(lines, 200) == write_log(lines)


def test_names_and_numbers_come_before_small_talk_and_what_was_said_already() -> None:
    lines = heard(
        "That sounds so good to me, really good, I feel good about it.",
        "My sister Ana lives in Porto since 2019.",
        "Good, it is so good, I feel really good.",
        "Yes, Ana lives in Porto.",
        "Good.",
    )

    assert chosen(lines, 110).split("\n") == [
        "2026-03-01 ben: My sister Ana lives in Porto since 2019.",
        "(4 more lines are only in recall)",
    ]


def test_sentences_of_one_speaker_and_day_share_a_line() -> None:
    lines = [
        *heard("I sail. Well, well, well, well, well, well, well, well, well.", "I paint boats"),
        *heard("I cook", speaker="ada"),
    ]

    assert chosen(lines, 95) == "2026-03-01 ben: I sail. I paint boats\n2026-03-01 ada: I cook"


def test_scripts_without_spaces_are_read_in_pairs_of_characters() -> None:
    lines = heard("我住在里斯本。你好你好。你好。", "你好你好。")

    assert "我住在里斯本" in chosen(lines, 70)


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.text(max_size=300) | st.sampled_from(["word " * 900, "好" * 900, "A. " * 90]), max_size=12
    ),
    chars=st.integers(60, 900),
)
def test_an_excerpt_fits_and_reads_back_as_the_same_lines(texts: list[str], chars: int) -> None:
    lines = heard(*(text for text in texts if text.strip()))

    taken, left_out = excerpt(lines, lambda text: len(text) <= chars)

    text = write_log(taken, left_out)
    assert len(text) <= chars
    assert read_log(text) == ([line for line in taken if line.what], left_out)
