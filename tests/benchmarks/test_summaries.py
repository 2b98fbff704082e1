"""The summary benchmark: what counts as answered, and how much of a prompt stays alike."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.summary import Asked, Told, coverage, main

pytestmark = pytest.mark.sqlite

TEXTS = {"D1:1": "My dog is called Rex", "D1:2": "I moved to Lisbon in May"}
REX = Asked("What is the dog called?", "4", "Rex the dog", frozenset({"D1:1"}))
MAY = Asked("When was it?", "2", "8 May 2023", frozenset({"D1:2"}))


def test_a_question_is_answered_if_all_words_of_its_answer_are_there() -> None:
    told = Told("2023-05-08 ben: has a dog\n2023-05-09 ben: calls him Rex", frozenset(TEXTS))

    (row, dated) = coverage(told, [REX, MAY], "no Rex and no dog", TEXTS)

    assert (row["answered"], row["in_line"], row["by_chance"]) == (True, False, True)
    assert (dated["answered"], dated["in_line"], dated["words"]) == (True, True, 1.0)
    assert row["evidence"] == pytest.approx(3 / 3)


def test_only_questions_whose_evidence_has_left_the_prompt_are_asked() -> None:
    told = Told("Rex is a dog.", frozenset({"D1:1"}))

    assert len(coverage(told, [REX, MAY], "", TEXTS)) == 1


def test_the_program_reports_questions_and_prefixes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turns = [
        {
            "speaker": name,
            "dia_id": f"D1:{2 * number + which}",
            "text": f"{number}: my boat {number} is gone " * 4,
        }
        for number in range(40)
        for which, name in enumerate(("Ada", "Ben"), start=1)
    ]
    talk: dict[str, Any] = {"speaker_a": "Ada", "speaker_b": "Ben", "session_1": turns}
    asked = {"question": "What is gone?", "answer": "boat", "category": 4, "evidence": ["D1:1"]}
    file = tmp_path / "locomo.json.gz"
    sample = {"sample_id": "c1", "conversation": talk, "qa": [asked]}
    file.write_bytes(gzip.compress(json.dumps([sample]).encode()))

    main(["--data", str(file), "--windows", "3000", "--messages", "60", "--json"])

    found = json.loads(capsys.readouterr().out)["windows"]["3000"]
    assert found["questions"]["at_the_end"]["answered"] == 1.0
    assert found["prefix"]["evictions"] > 0
    assert 0 < found["prefix"]["alike_share_after_eviction"] < found["prefix"]["alike_share"] < 1
