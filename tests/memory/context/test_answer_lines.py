"""What a model writes for the summary becomes dated lines, in whatever form it answers."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memgpt_autogen.memory.context.answer_lines import read_answer
from memgpt_autogen.memory.context.dated_line import DatedLine, read_line

MARCH_1, MARCH_3 = date(2026, 3, 1), date(2026, 3, 3)
ABOUT = [
    DatedLine("My dog is called Rex and I live in Lisbon", (MARCH_1, MARCH_1), "ben"),
    DatedLine("Noted", (MARCH_3, MARCH_3), "sam (I)"),
]
SPAN = "2026-03-01 to 2026-03-03"


def lines_of(answer: str) -> list[str]:
    return [*map(str, read_answer(answer, ABOUT))]


@pytest.mark.parametrize(
    "answer",
    [
        "2026-03-01 ben: has a dog, Rex\n2026-03-03 ben: lives in Lisbon",
        "Here are the lines:\n\n- 2026-03-01 ben: has a dog, Rex\n- [2026-03-03 12:00] ben: lives in Lisbon",
        "```\n1. **2026-03-01** ben: has a dog, Rex\n2. (2026-03-03) ben: lives in Lisbon\n```",
        "<think>Dogs.</think>* 2026-03-01: ben: has a dog, Rex\n* 2026-03-03 - ben: lives in Lisbon",
        '["2026-03-01 ben: has a dog, Rex", "2026-03-03 ben: lives in Lisbon"]',
        json.dumps(
            {
                "lines": [
                    {"date": "2026-03-01", "speaker": "ben", "what": "has a dog, Rex"},
                    {"date": "2026-03-03T10:00", "name": "ben", "text": "lives in Lisbon"},
                ]
            }
        ),
        '```json\n[{"2026-03-01": "ben: has a dog, Rex"}, {"2026-03-03": "ben: lives in Lisbon"}]\n```',
        '{"2026-03-01": ["ben: has a dog, Rex"], "2026-03-03": ["ben: lives in Lisbon"]}',
        "| 2026-03-01 | ben: has a dog, Rex |\n|---|---|\n| 2026-03-03 | ben: lives in Lisbon |",
        '"2026-03-01 ben: has a dog, Rex",\n"2026-03-03 ben: lives in Lisbon"',
        "2026-03-01 ben: has a dog, Rex\n2026-03-01 ben: has a dog, Rex\n2026-03-03 ben: lives in Lisbon",
    ],
)
def test_lines_are_read_in_whatever_form_they_come(answer: str) -> None:
    assert lines_of(answer) == ["2026-03-01 ben: has a dog, Rex", "2026-03-03 ben: lives in Lisbon"]


def test_prose_gets_the_days_and_the_speakers_of_what_it_is_about() -> None:
    assert lines_of("They spoke of dogs. It was fun.") == [
        f"{SPAN} ben, sam (I): They spoke of dogs. It was fun."
    ]


def test_a_line_that_names_a_speaker_gets_only_the_days() -> None:
    assert lines_of("Ben has a dog.\nI noted it for Sam.") == [
        f"{SPAN} Ben has a dog.",
        f"{SPAN} I noted it for Sam.",
    ]


def test_a_day_of_which_is_spoken_is_no_day_on_which_it_was_said() -> None:
    assert lines_of("2026-08-09 ben: marries Ada") == [f"{SPAN} ben: 2026-08-09 marries Ada"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "  \n---\n",
        "None.",
        "I'm sorry, but I can't help with that request.",
        "As an AI, I do not have access to this conversation.",
        "No new lines.",
        "<think>Only thoughts.</think>",
        "```\n```",
        "[]",
        "{}",
    ],
)
def test_a_refusal_or_nothing_is_no_line(answer: str) -> None:
    assert lines_of(answer) == []


def test_an_apology_that_is_part_of_what_was_said_is_a_line() -> None:
    said = "I'm sorry for ben: his dog Rex is ill and he cannot live in Lisbon now."

    assert lines_of(said) != []


@settings(deadline=None)
@given(st.text(max_size=400) | st.sampled_from(["[" * 5000, '{"a":' * 5000, '["a", {"b": [1, null, true]}]']))
def test_every_answer_is_read_as_single_lines_that_read_back_the_same(answer: str) -> None:
    for line in read_answer(answer, ABOUT):
        assert len(str(line).splitlines()) == 1
        assert read_line(str(line)) == line
