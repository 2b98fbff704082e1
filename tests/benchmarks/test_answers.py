"""The benchmark of answers: what it reads, asks and scores, and that it goes on where it stopped."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.answers import __main__ as program
from benchmarks.answers.conversations import Asked, conversations, sample
from benchmarks.answers.judge import verdict
from benchmarks.answers.ledger import Ledger
from benchmarks.answers.scoring import score
from benchmarks.answers.systems import environments, ours
from benchmarks.answers.systems.child import ChildFailedError, ask_child
from benchmarks.answers.systems.protocol import CannotRunError, Setup
from memgpt_autogen.errors import ContextOverflowError
from memgpt_autogen.testing import HTTPFailure, ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

pytest.importorskip("bm25s", reason="the benchmarks need the extra 'bench'")
pytestmark = [pytest.mark.sqlite, pytest.mark.autogen]

LOCOMO = [
    {
        "sample_id": "ada-ben",
        "conversation": {
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_1": [
                {"speaker": "Ada", "dia_id": "D1:1", "text": "Where did you put the spare keys?"},
                {"speaker": "Ben", "dia_id": "D1:2", "text": "The keys are in the blue drawer."},
            ],
            "session_2_date_time": "9:00 am on 12 May, 2023",
            "session_2": [{"speaker": "Ada", "dia_id": "D2:1", "text": "I adopted a tortoise."}],
        },
        "qa": [
            {"question": "Where are the keys?", "answer": "blue drawer", "category": 4, "evidence": ["D1:2"]},
            {"question": "What did Ada adopt?", "answer": "a tortoise", "category": 4, "evidence": ["D2:1"]},
            {"question": "What did Ben adopt?", "adversarial_answer": "a tortoise", "category": 5},
        ],
    }
]
REALMEM = [
    {
        "id": "u1",
        "conversation": [
            {
                "id": "a:0",
                "speaker": "Mia",
                "session": "a",
                "text": "My project is called Heron.",
                "time": "x",
            },
            {"id": "b:0", "speaker": "Mia", "session": "b", "text": "It is called Egret now.", "time": "y"},
        ],
        "questions": [
            {
                "question": "What is it called?",
                "asker": "Mia",
                "category": "Static",
                "evidence_sessions": ["a"],
                "before": "b:0",
                "answer": "Heron",
            }
        ],
    }
]


@pytest.fixture
def written(tmp_path: Path) -> Callable[[object], Path]:
    def write(data: object) -> Path:
        file = tmp_path / "data.json"
        file.write_text(json.dumps(data))
        return file

    return write


@pytest.fixture
def ask(tmp_path: Path, written: Callable[[object], Path]) -> Callable[..., dict[str, Any]]:
    """Run the program with a scripted reader."""

    def run(
        server: ScriptedServer, *options: str, data: object = LOCOMO, dataset: str = "locomo"
    ) -> dict[str, Any]:
        config = tmp_path / "reader.json"
        config.write_text(json.dumps(server.llm_config))
        return program.main(
            [
                *("--dataset", dataset, "--data", str(written(data)), "--llm-config", str(config)),
                *("--out", str(tmp_path / "run"), *options),
            ]
        )

    return run


def asked(rule: str, *answers: str) -> Asked:
    return Asked("c/0", "?", "1", rule, answers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "answer", "points"),
    [
        (asked("stemmed_f1", "camping with the kids"), "Camped, with kids.", 1.0),
        (asked("stemmed_f1", "blue drawer"), "in the drawer", 0.5),
        (asked("stemmed_f1", "7 May 2023"), "8 June 2024", 0.0),
        (asked("each_part_f1", "pottery, camping"), "camping, painting", 0.5),
        (asked("f1", "a yellow car", "the cab"), "Cab", 1.0),
        (asked("contains", "Knut Hamsun"), "It was written by Knut Hamsun.", 1.0),
        (asked("contains", "Ham"), "It was written by Knut Hamsun.", 0.0),
        (asked("not_known", "a tortoise"), "The conversation does not mention that.", 1.0),
        (asked("not_known", "a tortoise"), "Not known.", 1.0),
        (asked("not_known", "a tortoise"), "A tortoise from a notable breeder.", 0.0),
        (asked("judge", "x"), "x", None),
    ],
)
def test_an_answer_is_scored_by_its_questions_rule(
    question: Asked, answer: str, points: float | None
) -> None:
    assert score(question, answer) == points


def test_questions_about_what_was_never_said_are_asked_too(written: Callable[[object], Path]) -> None:
    (conversation,) = conversations("locomo", written(LOCOMO))

    assert [(each.key, each.rule) for each in conversation.questions] == [
        ("ada-ben/0", "stemmed_f1"),
        ("ada-ben/1", "stemmed_f1"),
        ("ada-ben/2", "not_known"),
    ]
    assert conversation.written(conversation.units[1]) == (
        "[08 May 2023, 13:57 Ben] The keys are in the blue drawer."
    )


def test_the_first_messages_keep_only_the_questions_that_they_answer(
    written: Callable[[object], Path],
) -> None:
    (conversation,) = conversations("locomo", written(LOCOMO))

    first = conversation.first(2)

    assert [unit.key for unit in first.units] == ["D1:1", "D1:2"]
    assert [question.text for question in first.questions] == ["Where are the keys?"]


def test_a_smaller_choice_of_questions_is_a_part_of_a_larger_one(written: Callable[[object], Path]) -> None:
    found = conversations("locomo", written(LOCOMO))

    one, two = (
        {question.key for each in sample(found, count, seed=3) for question in each.questions}
        for count in (1, 2)
    )

    assert len(one) == 1
    assert one < two


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ('{"reason": "same", "right": true}', True),
        ('```json\n{"right": false}\n```', False),
        ('{"right": "yes"}', None),
        ("It is right.", None),
        ('[{"right": true}]', None),
    ],
)
def test_only_the_demanded_form_is_a_verdict(words: str, found: bool | None) -> None:
    assert verdict(words) is found


def test_a_line_that_was_written_in_part_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text('{"question": 1}\n{"quest')
    ledger = Ledger(file)

    ledger.append({"question": 2})

    assert [line["question"] for line in ledger.lines()] == [1, 2]


def test_every_baseline_asks_the_same_reader_and_the_table_names_it(
    ask: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedServer(otherwise=says("a tortoise")) as server:
        result = ask(server, "--systems", "full_context,bm25,no_memory", "--k", "1")
        full, bm25, nothing = (
            [request["messages"][-1]["content"] for request in server.requests[start : start + 3]]
            for start in (0, 3, 6)
        )

    assert all("blue drawer" in text and "adopted a tortoise" in text for text in full)
    assert "spare keys" in bm25[0]
    assert "tortoise" not in bm25[0]
    assert nothing[0] == "Question: Where are the keys?"
    assert {name: each["score"] for name, each in result["systems"].items()} == {
        "full_context": 0.3333,
        "bm25": 0.3333,
        "no_memory": 0.3333,
    }
    assert "Reader scripted, window 32000, k 1, judge none." in capsys.readouterr().out


def test_a_full_context_that_is_too_long_keeps_its_newest_part_and_says_how_much_is_cut(
    ask: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    long = json.loads(json.dumps(LOCOMO))
    long[0]["conversation"]["session_1"][0]["text"] = "word " * 2000

    with ScriptedServer(otherwise=says("a tortoise")) as server:
        ask(server, "--systems", "full_context", "--window", "2048", data=long)
        (prompt, *_) = [request["messages"][-1]["content"] for request in server.requests]

    assert "word word" not in prompt
    assert "blue drawer" in prompt
    assert "of the conversation did not fit the window" in capsys.readouterr().out


def test_a_reader_that_refuses_a_prompt_as_too_long_gets_a_shorter_one(
    ask: Callable[..., dict[str, Any]],
) -> None:
    def picky(request: Request) -> Any:
        text = str(request.messages)
        return ContextOverflowError("too long") if "word word" in text else says("a tortoise")

    long = json.loads(json.dumps(LOCOMO))
    long[0]["conversation"]["session_1"][0]["text"] = "word " * 1000

    with ScriptedServer(otherwise=picky) as server:
        result = ask(server, "--systems", "full_context", "--window", "2048", data=long)

    assert result["systems"]["full_context"]["answers"] == 3


def test_a_second_run_asks_only_what_has_no_answer(ask: Callable[..., dict[str, Any]]) -> None:
    with ScriptedServer(says("blue drawer"), HTTPFailure(400, "no"), otherwise=says("a tortoise")) as server:
        first = ask(server, "--systems", "no_memory", "--questions", "2")
        asked_first = len(server.requests)
        second = ask(server, "--systems", "no_memory")

    assert first["systems"]["no_memory"]["unanswered"] == 1
    assert len(server.requests) - asked_first == 2
    assert second["systems"]["no_memory"]["answers"] == 3


def test_a_system_that_answers_nothing_says_why(ask: Callable[..., dict[str, Any]]) -> None:
    with ScriptedServer(otherwise=HTTPFailure(400, {"error": {"message": "no such model"}})) as server:
        result = ask(server, "--systems", "no_memory")

    assert "every question failed" in result["unable"]["no_memory"]
    assert "no such model" in result["unable"]["no_memory"]


def test_a_folder_of_another_run_is_refused(ask: Callable[..., dict[str, Any]]) -> None:
    with ScriptedServer(otherwise=says("x")) as server:
        ask(server, "--systems", "no_memory")

        with pytest.raises(SystemExit, match="has answers of a run with window 32000 instead of 4096"):
            ask(server, "--systems", "no_memory", "--window", "4096")


def test_a_judge_scores_what_has_no_rule_and_its_raw_verdict_is_kept(
    ask: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    good, bad = '{"reason": "It says so.", "right": true}', "Right!"
    judge = tmp_path / "judge.json"

    with (
        ScriptedServer(otherwise=says("Heron")) as server,
        ScriptedServer(says(bad), says(good), model="the judge") as judging,
    ):
        judge.write_text(json.dumps(judging.llm_config))
        options = ("--systems", "bm25", "--judge", str(judge))
        unread = ask(server, *options, data=REALMEM, dataset="realmem")
        (tmp_path / "run" / "verdicts.jsonl").unlink()
        read = ask(server, *options, data=REALMEM, dataset="realmem")
        prompt = judging.requests[0]["messages"][-1]["content"]

    assert unread["systems"]["bm25"]["score"] is None
    assert unread["systems"]["bm25"]["unreadable_verdicts"] == 1
    assert read["systems"]["bm25"]["score"] == 1.0
    assert json.loads(prompt) == {
        "question": "What is it called?",
        "right answer": "Heron",
        "answer": "Heron",
    }
    (line,) = Ledger(tmp_path / "run" / "verdicts.jsonl").lines()
    assert (line["judge"], line["raw"]) == ("the judge", [good])


def test_nothing_that_was_said_after_a_question_is_shown_to_a_reader(
    ask: Callable[..., dict[str, Any]],
) -> None:
    with ScriptedServer(otherwise=says("Heron")) as server:
        ask(server, "--systems", "full_context,bm25", data=REALMEM, dataset="realmem")
        prompts = [request["messages"][-1]["content"] for request in server.requests]

    assert all("Heron" in prompt and "Egret" not in prompt for prompt in prompts)


def test_cost_is_what_the_prices_of_the_configuration_say(
    tmp_path: Path, written: Callable[[object], Path]
) -> None:
    with ScriptedServer(otherwise=says("x")) as server:
        config = server.llm_config
        config["config_list"][0]["price"] = [1.0, 2.0]
        (tmp_path / "reader.json").write_text(json.dumps(config))
        result = program.main(
            [
                *("--dataset", "locomo", "--data", str(written(LOCOMO))),
                *("--llm-config", str(tmp_path / "reader.json"), "--out", str(tmp_path / "run")),
                *("--systems", "no_memory", "--questions", "1"),
            ]
        )

    (figures,) = result["systems"].values()
    assert figures["cost"] == pytest.approx((figures["tokens_in"] + 2 * figures["tokens_out"]) / 1000)


def test_ours_hears_the_conversation_with_its_times_and_evicts_without_a_turn(tmp_path: Path) -> None:
    units = [
        {
            "key": str(number),
            "text": f"On day {number} the tortoise ate {'lettuce ' * 300}",
            "speaker": "Ada",
            "time": f"2023-05-{number + 1:02}T09:00:00+00:00",
        }
        for number in range(20)
    ]
    with ScriptedServer(otherwise=says("Ada's tortoise eats lettuce.")) as server:
        job = {
            "do": "remember",
            "home": str(tmp_path / "home"),
            "units": units,
            "llm_config": server.llm_config,
            "window": 4096,
            "instructions": "Be short.",
            "documents": False,
        }
        first, second = ours.work(job), ours.work(job)

        assert first["new"] == 20
        assert first["evictions"] >= 1
        assert second["new"] == 0
        assert all("tools" not in request for request in server.requests)

        from memgpt_autogen.assembly import open_memory
        from memgpt_autogen.settings import Settings

        memory = open_memory(ours.AGENT, Settings.load(home=tmp_path / "home"))
        assert memory.log.count() == 20
        assert memory.log.spoken_tail(1)[0].message.time.day == 20


@pytest.mark.slow
@pytest.mark.timeout(600)  # a new process imports AutoGen, which takes long on a busy machine
def test_a_question_is_answered_in_a_new_process_and_leaves_no_trace(
    tmp_path: Path, written: Callable[[object], Path]
) -> None:
    (conversation,) = conversations("locomo", written(LOCOMO))
    with ScriptedServer(
        says("", call("conversation_search", query="keys", request_heartbeat=True)),
        says("", call("send_message", message="blue drawer")),
    ) as server:
        setup = Setup(conversation, server.llm_config, 8192, 10, "Be short.", tmp_path, {})
        ours.work({**ours.common(setup), **ours.remembering(setup, tmp_path / "home", 3)})

        answered = ours.Ours(setup).answer(conversation.questions[0])

    from memgpt_autogen.assembly import open_memory
    from memgpt_autogen.settings import Settings

    assert answered.text == "blue drawer"
    assert answered.spent.tokens_in > 0
    assert answered.notes["calls"][0].startswith("conversation_search")
    assert "blue drawer" in str(server.requests[-1]["messages"])
    assert open_memory(ours.AGENT, Settings.load(home=tmp_path / "home")).log.count() == 3


def test_copies_have_every_byte_but_no_room_for_empty_places(tmp_path: Path) -> None:
    source = tmp_path / "from"
    source.write_bytes(b"head" + bytes(5_000_000) + b"middle" + bytes(300_000))

    ours.copy_sparse(str(source), str(tmp_path / "to"))

    assert (tmp_path / "to").read_bytes() == source.read_bytes()
    assert (tmp_path / "to").stat().st_blocks * 512 < 1_000_000


def test_a_process_that_fails_tells_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(ChildFailedError, match=r"ended with code 3: .*the reason"):
        ask_child([sys.executable, "-c", "import sys; print('the reason', file=sys.stderr); sys.exit(3)"], {})


def test_a_system_that_cannot_be_installed_is_reported_and_the_others_run(
    ask: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Absent:
        def __init__(self, setup: object) -> None:
            raise CannotRunError("pip cannot install its packages.")

    monkeypatch.setitem(program.SYSTEMS, "absent", Absent)  # type: ignore[arg-type]

    with ScriptedServer(otherwise=says("x")) as server:
        result = ask(server, "--systems", "absent,no_memory")

    assert result["unable"] == {"absent": "pip cannot install its packages."}
    assert result["systems"]["no_memory"]["answers"] == 3
    assert "absent did not run: pip cannot install its packages." in capsys.readouterr().out


def test_an_environment_that_is_complete_is_not_made_again(tmp_path: Path) -> None:
    python = tmp_path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python.parent.mkdir()
    python.touch()
    (tmp_path / environments.DONE).write_text("no-such-package-1\nno-such-package-2")

    assert environments.python_with(["no-such-package-1", "no-such-package-2"], tmp_path) == python


def test_an_llm_config_without_a_model_is_told_with_an_example(
    tmp_path: Path, written: Callable[[object], Path]
) -> None:
    (tmp_path / "reader.json").write_text('{"config_list": [{}]}')

    with pytest.raises(SystemExit, match=r"is not an llm_config\. Write JSON such as"):
        program.main(
            [
                *("--dataset", "locomo", "--data", str(written(LOCOMO))),
                *("--llm-config", str(tmp_path / "reader.json"), "--out", str(tmp_path / "run")),
            ]
        )


def test_progress_says_how_much_is_done_and_left(
    ask: Callable[..., dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedServer(otherwise=says("x")) as server:
        ask(server, "--systems", "no_memory")

    told = capsys.readouterr().err
    assert "no_memory 1/3 ada-ben/0 (4): 0.00" in told
    assert "min left" in told
