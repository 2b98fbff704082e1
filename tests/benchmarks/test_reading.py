"""The benchmark of what a model reads counts what is shown, and compares two versions at the same recall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.reading import main

LINES = [
    "Does anybody know how the old heron lamp in the hall is switched on?",
    "Press the brass button under its left foot twice.",
    "Yes.",
    "We should order new ropes for the boat before the summer begins.",
]
QUESTIONS = [("How is the heron lamp switched on?", ["m1", "m2"], "the button under its foot")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    said = [
        {"id": f"m{number}", "speaker": "ana" if number % 2 else "ben", "session": "s", "text": text}
        for number, text in enumerate(LINES)
    ]
    questions = [
        {"question": text, "category": "how", "evidence": evidence, "answer": answer}
        for text, evidence, answer in QUESTIONS
    ]
    file = tmp_path / "friends.json"
    file.write_text(json.dumps([{"id": "c", "conversation": said, "questions": questions}]))
    return file


def test_evidence_and_words_of_the_answer_are_counted_and_turns_like_yes_are_not(data: Path) -> None:
    measured = main(["--dataset", "friends", "--data", str(data), "--pages", "1"])

    (row,) = measured["pages"]
    assert measured["questions"] == 1
    assert row["recall"] == 1.0
    assert row["answer words"] == 1.0
    assert 40 < row["tokens"] == row["tokens per turn"] < 200


@pytest.mark.parametrize(("before", "ratio"), [([(80, 0.5), (120, 1.0)], 120), ([(300, 1.0)], 300)])
def test_an_older_version_is_compared_where_it_shows_as_much(
    data: Path, tmp_path: Path, before: list[tuple[int, float]], ratio: int
) -> None:
    old = tmp_path / "before.json"
    rows = [{"tokens": tokens, "recall": share, "answer words": 0.0} for tokens, share in before]
    old.write_text(json.dumps({"pages": rows}))

    measured = main(["--dataset", "friends", "--data", str(data), "--pages", "1", "--compare", str(old)])

    (row,) = measured["compared"]
    assert row == {
        "pages": 1,
        "tokens for the same recall": round(measured["pages"][0]["tokens"] / ratio, 3),
    }
