"""The benchmark of the timeline: it reads its data sets and prints its figures."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from benchmarks.timeline import answer_days, main, subject

pytestmark = pytest.mark.sqlite

BEAM = [
    {
        "chat": [
            {
                "turns": [
                    [
                        {
                            "id": 0,
                            "role": "user",
                            "content": "I moved to Bergen.",
                            "time_anchor": "March-03-2024",
                        },
                        {"id": 1, "role": "assistant", "content": "How is Bergen?"},
                        {"id": 2, "role": "user", "content": "In Bergen I found a job."},
                        {"id": 3, "role": "user", "content": "I like plums."},
                    ]
                ]
            }
        ],
        "probing_questions": {
            "event_ordering": [
                {
                    "question": "Can you list the order in which I brought up different aspects of my life "
                    "in Bergen throughout our conversations, in order? Mention ONLY and ONLY two items.",
                    "source_chat_ids": [0, [2]],
                }
            ]
        },
    }
]
LOCOMO = [
    {
        "conversation": {
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_1": [
                {"speaker": "Ada", "dia_id": "D1:1", "text": "I adopted a tortoise yesterday."},
                {"speaker": "Ben", "dia_id": "D1:2", "text": "I bake bread."},
            ],
        },
        "qa": [
            {"question": "When?", "answer": "7 May 2023", "category": 2, "evidence": ["D1:1"]},
            {"question": "When bread?", "answer": "8 May 2023", "category": 2, "evidence": ["D1:2"]},
            {"question": "How long?", "answer": "two weeks", "category": 2, "evidence": ["D1:2"]},
        ],
    }
]


def test_it_prints_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, data in (("beam", BEAM), ("locomo", LOCOMO)):
        (tmp_path / name).write_text(json.dumps(data))

    main(["--beam", str(tmp_path / "beam"), "--locomo", str(tmp_path / "locomo"), "--json"])
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert printed["event_ordering"]["timeline"] == {"listed": 1.0, "in_order": 1.0, "score": 1.0}
    told = printed["told_times"]
    assert (told["questions"], told["told"], told["told_or_said"]) == (2, 0.5, 1.0)


def test_a_question_is_asked_without_its_frame() -> None:
    assert subject(
        "Can you walk me through the order in which I brought up different aspects of my work with Ada "
        "throughout our conversations in order? Mention ONLY and ONLY five items."
    ) == ("my work with Ada")


@pytest.mark.parametrize(
    ("answer", "days"),
    [
        ("The Friday before 15 July 2023", (date(2023, 7, 14), date(2023, 7, 14))),
        ("The week before 9 June 2023", (date(2023, 5, 30), date(2023, 6, 8))),
        ("June 2023", (date(2023, 6, 1), date(2023, 6, 30))),
        ("The summer of 2022", (date(2022, 6, 1), date(2022, 8, 31))),
        ("Since 2016", (date(2016, 1, 1), date(2016, 12, 31))),
        ("four years", None),
    ],
)
def test_answers_are_read_as_days(answer: str, days: tuple[date, date] | None) -> None:
    assert answer_days(answer) == days
