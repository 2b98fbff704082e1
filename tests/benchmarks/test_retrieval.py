"""The retrieval and recall benchmarks: they read every file of their formats and print their figures."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import recall, retrieval
from benchmarks.datasets import Question, load

pytest.importorskip("bm25s", reason="the benchmarks need the extra 'bench'")
pytestmark = pytest.mark.sqlite

LOCOMO = [
    {
        "conversation": {
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_1": [
                {"speaker": "Ada", "dia_id": "D1:1", "text": "Where did you put the spare keys?"},
                {"speaker": "Ben", "dia_id": "D1:2", "text": "In the blue drawer."},
            ],
            "session_2_date_time": "no time",
            "session_2": [{"speaker": "Ada", "dia_id": "D2:1", "text": "I adopted a tortoise."}],
        },
        "qa": [
            {"question": "Where did Ben put the spare keys?", "category": 1, "evidence": ["D1:01; D1:2"]},
            {"question": "What did Ada adopt?", "category": 5, "evidence": ["D2:1", "D9:9"]},
            {"question": "Nothing?", "category": 2, "evidence": ["D7"]},
        ],
    }
]
BEAM = [
    {
        "chat": [
            {
                "turns": [
                    [
                        {"id": 0, "role": "user", "content": "I moved to Bergen. ->-> 1,1"},
                        {"id": 1, "role": "assistant", "content": "How is the rain there?"},
                    ]
                ]
            }
        ],
        "probing_questions": {
            "knowledge_update": [
                {"question": "Where do I live, Bergen?", "source_chat_ids": {"first": [0], "then": [1]}}
            ],
            "abstention": [{"question": "Which car?"}],
        },
    }
]
NQ = [{"question": "who wrote hunger", "title": "Hunger", "text": "A novel by Knut Hamsun."}]


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(data: object) -> Path:
        file = tmp_path / "data.json"
        file.write_text(json.dumps(data))
        return file

    return write


def test_questions_without_usable_evidence_are_left_out_and_marks_are_stripped(written: Any) -> None:
    (locomo,) = load("locomo", written(LOCOMO))
    (beam,) = load("beam", written(BEAM))

    assert [sorted(question.evidence) for question in locomo.questions] == [["D1:1", "D1:2"], ["D2:1"]]
    assert [unit.text for unit in beam.units] == ["I moved to Bergen.", "How is the rain there?"]
    assert [(question.category, len(question.evidence)) for question in beam.questions] == [
        ("knowledge_update", 2)
    ]


def test_a_file_of_another_format_is_told(written: Any) -> None:
    with pytest.raises(SystemExit, match="is not in the format of beam"):
        load("beam", written(LOCOMO))
    with pytest.raises(SystemExit, match="No such file"):
        load("nq", Path("nowhere.json"))


@pytest.mark.parametrize(
    ("dataset", "data", "questions"), [("locomo", LOCOMO, 2), ("beam", BEAM, 1), ("nq", NQ, 1)]
)
def test_retrieval_prints_one_object_of_the_promised_shape_on_its_last_line(
    written: Any, capsys: pytest.CaptureFixture[str], dataset: str, data: object, questions: int
) -> None:
    retrieval.main(["--dataset", dataset, "--data", str(written(data)), "--json"])

    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    measures = {"recall@5", "recall@10", "recall@50", "hit@10", "ndcg@10"}
    assert (result["dataset"], result["questions"]) == (dataset, questions)
    for measured in (result, result["baselines"]["bm25"]):
        assert set(measured["all"]) == measures
        assert all(set(values) == measures for values in measured["by_category"].values())
        assert ("locomo_1_4" in measured) == (dataset == "locomo")
    assert result["all"]["recall@10"] == 1


def test_several_sets_are_measured_in_one_run_with_the_ratio_to_the_better_bm25(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, data in (("locomo", LOCOMO), ("beam_100k", BEAM)):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}_dev.json.gz").write_bytes(gzip.compress(json.dumps(data).encode()))

    retrieval.main(["--all", str(tmp_path), "--json"])

    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [(each["dataset"], each["recall@10_over_bm25"]) for each in result["sets"]] == [
        ("locomo", 1),
        ("beam", 1),
    ]
    assert set(result["sets"][0]["baselines"]) == {"bm25", "bm25_near"}


def test_a_data_set_without_its_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        retrieval.main(["--dataset", "locomo"])

    assert "give each --dataset its --data" in capsys.readouterr().err


def test_the_halves_of_a_set_have_every_conversation_once(written: Any) -> None:
    stores = load("locomo", written(LOCOMO * 3))

    halves = [retrieval.half_of(stores, half) for half in ("first", "second")]

    assert [len(half) for half in halves] == [2, 1]
    assert {id(store) for half in halves for store in half} == set(map(id, stores))


def test_bm25_with_neighbours_finds_a_turn_by_the_words_before_it(written: Any) -> None:
    (store,) = load("locomo", written(LOCOMO))
    question = Question("spare keys", "1", frozenset())

    assert retrieval.bm25(store)(question) == ["D1:1"]
    assert set(retrieval.bm25_near(store)(question)) == {"D1:1", "D1:2"}


def test_recall_measures_every_size(capsys: pytest.CaptureFixture[str]) -> None:
    recall.main(["--sizes", "60,120", "--questions", "5", "--appends", "5", "--json"])

    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [row["messages"] for row in result["sizes"]] == [60, 120]
    assert result["largest_over_next"]["messages"] == [120, 60]
