"""`bench`: the speed of memory, and answers to questions."""

from __future__ import annotations

from pathlib import Path

from command_line import remember, run, run_json


def test_an_agents_memory_is_measured_with_somebodys_own_questions(tmp_path: Path) -> None:
    remember("sam", "Our release is on 14 May.", "The staging server is called heron.")
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '{"question": "When is our release?", "answer": "14 may"}\n'
        '{"question": "What is the name of the cat?", "answers": ["Tom", "Thomas"]}\n'
    )

    found = run_json("bench", "--questions", str(file))

    assert found["questions"] == 2
    assert found["found"]["recall"]["in the first 1"] == 0.5
    assert found["missed"] == ["What is the name of the cat?"]
    file.write_text('[{"question": "What?"}]')
    assert "question 1" in run("bench", "--questions", str(file), code=1)


def test_a_measurement_of_this_machine_leaves_the_home_alone(home: Path) -> None:
    found = run_json("bench", "--size", "10")

    assert found["milliseconds"]["search archival"]["median"] > 0
    assert not home.exists()
