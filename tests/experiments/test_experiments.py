"""Scripted experiments: every combination once, kept as rows, and continued where they were stopped."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from memgpt_autogen.errors import ConfigurationError, ModelError, WindowTooSmallError
from memgpt_autogen.experiments import Rows, Trial, run, say
from memgpt_autogen.experiments.rows import Row
from memgpt_autogen.memory.storage.agents import stored_agent_names
from memgpt_autogen.testing import ScriptedLLM, call, says


def timeless(rows: list[Row]) -> list[Row]:
    """Rows without what the clock says."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def product(trial: Trial) -> Row:
    return {"product": trial["a"] * trial["b"]}


def test_every_combination_is_run_once_with_every_seed_in_order() -> None:
    rows = run(product, {"a": [2, 3], "b": [5, 7]}, seeds=[4, 9])

    assert timeless(rows) == snapshot(
        [
            {"a": 2, "b": 5, "seed": 4, "product": 10},
            {"a": 2, "b": 5, "seed": 9, "product": 10},
            {"a": 2, "b": 7, "seed": 4, "product": 14},
            {"a": 2, "b": 7, "seed": 9, "product": 14},
            {"a": 3, "b": 5, "seed": 4, "product": 15},
            {"a": 3, "b": 5, "seed": 9, "product": 15},
            {"a": 3, "b": 7, "seed": 4, "product": 21},
            {"a": 3, "b": 7, "seed": 9, "product": 21},
        ]
    )
    assert all(row["seconds"] >= 0 for row in rows)


def test_rows_and_file_hold_labels_and_never_what_they_stand_for(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    models = {"small": {"api_key": "sk-secret"}, "large": {"api_key": "sk-other"}}

    rows = run(lambda trial: {"key": len(trial["model"]["api_key"])}, {"model": models}, file=file)

    assert timeless(rows) == [
        {"model": "small", "seed": 0, "key": 9},
        {"model": "large", "seed": 0, "key": 8},
    ]
    assert "sk-" not in file.read_text()
    assert "sk-" not in repr(rows)


def test_a_seed_gives_the_same_random_numbers_in_every_condition() -> None:
    rows = run(lambda trial: {"drawn": trial.random.random()}, {"a": [1, 2]}, seeds=2)

    drawn = [row["drawn"] for row in rows]
    assert drawn[:2] == drawn[2:]
    assert drawn[0] != drawn[1]


class Stopping:
    """A scenario that is stopped by Ctrl-C in its nth trial, and counts those it begins."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.seen: list[tuple[Any, int]] = []

    def __call__(self, trial: Trial) -> Row:
        self.seen.append((trial["a"], trial.seed))
        if len(self.seen) == self.at:
            raise KeyboardInterrupt
        return {"sum": trial["a"] + trial.seed}


def test_a_run_that_was_stopped_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "made" / "rows.jsonl"
    first, second = Stopping(at=3), Stopping()
    with pytest.raises(KeyboardInterrupt):
        run(first, {"a": [1, 2]}, seeds=2, file=file)

    rows = run(second, {"a": [1, 2]}, seeds=2, file=file)

    assert second.seen == [(2, 0), (2, 1)]
    assert [row["sum"] for row in rows] == [1, 2, 2, 3]
    assert [json.loads(line) for line in file.read_text().splitlines()] == rows


def test_more_choices_and_seeds_run_only_what_is_new(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    run(Stopping(), {"a": [2]}, seeds=1, file=file)
    again = Stopping()

    rows = run(again, {"a": [1, 2]}, seeds=2, file=file)

    assert again.seen == [(1, 0), (1, 1), (2, 1)]
    assert [(row["a"], row["seed"]) for row in rows] == [(1, 0), (1, 1), (2, 0), (2, 1)]


def steps(trial: Trial) -> list[Row]:
    return [{"step": step} for step in range(3)]


@pytest.mark.parametrize(("lines", "more"), [(3, 5), (4, 0), (5, 40), (2, 40)])
def test_what_a_kill_left_half_written_is_cut_off_and_run_again(
    tmp_path: Path, lines: int, more: int
) -> None:
    file = tmp_path / "rows.jsonl"
    whole = run(steps, {"a": ["é", "f"]}, file=file)
    written = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(written[:lines]) + written[lines][:more])

    rows = run(steps, {"a": ["é", "f"]}, file=file)

    assert timeless(rows) == timeless(whole)
    assert [json.loads(line) for line in file.read_bytes().splitlines()] == rows


def test_several_rows_of_a_trial_tell_which_they_are() -> None:
    rows = run(steps)

    assert timeless(rows) == [{"seed": 0, "row": number, "of": 3, "step": number} for number in range(3)]


def failing(trial: Trial) -> Row:
    if trial["a"] == 2:
        raise ModelError("model 'm' answered 429")
    if trial["a"] == 3:
        raise RuntimeError("sk-secret")
    return {"fine": True}


def test_a_trial_that_fails_raises_with_those_before_it_kept(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"

    with pytest.raises(ModelError, match="429"):
        run(failing, {"a": [1, 2, 3]}, file=file)

    assert len(file.read_text().splitlines()) == 1


@pytest.mark.parametrize("workers", [1, 3])
def test_a_failure_that_is_kept_is_a_row_and_tried_again_the_next_time(tmp_path: Path, workers: int) -> None:
    file = tmp_path / "rows.jsonl"

    rows = run(failing, {"a": [1, 2, 3]}, file=file, failed="keep", workers=workers)

    assert timeless(rows) == [
        {"a": 1, "seed": 0, "fine": True},
        {"a": 2, "seed": 0, "error": "ModelError: model 'm' answered 429"},
        {"a": 3, "seed": 0, "error": "RuntimeError"},  # what strangers say may be secret
    ]
    assert len(file.read_text().splitlines()) == 1
    assert [row["sum"] for row in run(Stopping(), {"a": [2, 3]}, file=file)] == [2, 3]


def test_a_window_that_is_too_small_fails_its_trials_and_not_the_experiment() -> None:
    def fits(trial: Trial) -> Row:
        if trial["window"] < 500:
            raise WindowTooSmallError("the window of 400 tokens is too small")
        return {"fits": True}

    rows = run(fits, {"window": [400, 4096]}, failed="keep")

    assert [row.get("fits") for row in rows] == [None, True]
    assert "400 tokens" in rows[0]["error"]


def test_workers_run_beside_each_other_and_the_rows_are_in_order() -> None:
    both = threading.Barrier(2, timeout=60)

    def meet(trial: Trial) -> Row:
        both.wait()
        return {"met": True}

    rows = run(meet, {"a": [1, 2]}, seeds=2, workers=2)

    assert [(row["a"], row["seed"]) for row in rows] == [(1, 0), (1, 1), (2, 0), (2, 1)]


def test_progress_is_told_beginning_with_what_is_done_already(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    run(Stopping(), {"a": [1]}, file=file)
    told: list[tuple[int, int | None]] = []

    run(Stopping(), {"a": [1, 2, 3]}, file=file, progress=lambda done, total: told.append((done, total)))

    assert told == [(1, 3), (2, 3), (3, 3)]


def test_rows_are_the_same_fresh_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"

    class Number:
        def item(self) -> float:
            return 0.5

    def mixed(trial: Trial) -> Row:
        return {"pair": (1, "ü"), "numpy": Number(), "nothing": None}

    fresh = run(mixed, file=file)

    assert fresh[0]["pair"] == [1, "ü"]
    assert fresh[0]["numpy"] == 0.5
    assert run(mixed, file=file) == fresh


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"a": "text"}, "the choices of 'a' are one text"),
        ({"a": []}, "setting 'a' has no choices"),
        ({"a": [1, 1]}, "has the choice '1' twice"),
        ({"a": [{"api_key": "sk-secret"}]}, "a choice of type dict, which a row cannot hold"),
        ({"seed": [1]}, "'seed' is a column of every row"),
    ],
)
def test_settings_that_cannot_be_told_apart_in_rows_are_refused(over: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        run(product, over)

    assert "sk-" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "the scenario gave no row"),
        ([], "the scenario gave no row"),
        (["text"], "the scenario gave no row"),
        ({"a": 2}, "a column 'a', which the row has already"),
        ({"error": ""}, "a column 'error', which the row has already"),
        ({"when": object()}, "column 'when' holds a object, which JSON cannot"),
    ],
)
def test_a_scenario_that_gives_no_proper_row_is_told_so_and_not_counted_as_a_failed_trial(
    given: Any, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        run(lambda _trial: given, {"a": [1]}, failed="keep")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"seed": 0}\n', "rows without 'a': they are of another experiment"),
        ("no row\n{}\n", "a line at byte 0 that is no row"),
    ],
)
def test_a_file_of_something_else_is_refused_and_left_as_it_is(
    tmp_path: Path, content: str, words: str
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(content)

    with pytest.raises(ConfigurationError, match=words):
        run(product, {"a": [1]}, file=file)

    assert file.read_text() == content


def test_an_unknown_setting_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigurationError, match="no setting 'b'; it varies a"):
        run(product, {"a": [1]})


MEASURED = Rows(
    [
        {"a": "x", "seed": 0, "right": True, "tokens": 1500, "said": "<b>yes</b>"},
        {"a": "x", "seed": 1, "right": False, "tokens": 2500, "said": "no"},
        {"a": "y", "seed": 0, "right": True, "tokens": None, "said": None},
    ]
)


def test_rows_show_themselves_as_a_table() -> None:
    assert str(MEASURED) == snapshot("""\
a  seed  right  tokens  said
x     0    yes   1,500  <b>yes</b>
x     1     no   2,500  no
y     0    yes\
""")
    assert str(Rows()) == "(no rows)"


def test_means_are_over_what_has_numbers_and_leave_seeds_out() -> None:
    assert MEASURED.by("a") == [
        {"a": "x", "n": 2, "right": 0.5, "tokens": 2000},
        {"a": "y", "n": 1, "right": 1},
    ]
    assert MEASURED.where(a="x").only("right", "said") == [
        {"right": True, "said": "<b>yes</b>"},
        {"right": False, "said": "no"},
    ]
    with pytest.raises(ConfigurationError, match="no row has a column 'b'; there are a, seed, right"):
        MEASURED.by("b")


def test_a_notebooks_table_shows_text_as_text() -> None:
    shown = MEASURED._repr_html_()

    assert "&lt;b&gt;yes&lt;/b&gt;" in shown
    assert "<b>" not in shown


@pytest.mark.autogen
def test_a_trial_has_a_home_of_its_own_where_an_agent_is_opened_again() -> None:
    homes: list[Path] = []

    def twice(trial: Trial) -> Row:
        homes.append(trial.home)
        told = say(trial.agent(), "My name is Ada. I live in Lisbon.", "ada")
        known = say(trial.agent(), "Where do I live?", "ada")
        return {"told": told.reply, "known": known.reply, "messages": trial.agent().memory.log.count()}

    rows = run(twice, seeds=2)

    assert [(row["known"], row["messages"]) for row in rows] == [("You live in Lisbon.", 4)] * 2
    assert len(set(homes)) == 2
    assert not any(home.exists() for home in homes)


@pytest.mark.autogen
def test_trials_keep_out_of_databases_and_servers_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_URL", "http://127.0.0.1:1")

    def kept(trial: Trial) -> Row:
        memory = trial.agent().memory
        memory.archival.insert("The release is on 14 May.")
        return {"agents": len(stored_agent_names(memory.log.database)), "passages": memory.archival.count()}

    assert [(row["agents"], row["passages"]) for row in run(kept, seeds=2)] == [(1, 1)] * 2


@pytest.mark.autogen
def test_a_turn_tells_what_it_took() -> None:
    def told(trial: Trial) -> Row:
        llm = ScriptedLLM(
            says("", call("conversation_search", query="tea", request_heartbeat=True)),
            says("", call("send_message", message="Green tea.")),
        )
        return say(trial.agent(llm=llm), "Which tea?").row()

    assert timeless(run(told)) == snapshot(
        [
            {
                "seed": 0,
                "reply": "Green tea.",
                "stop": "yielded",
                "steps": 2,
                "calls": 2,
                "evictions": 0,
                "prompt_tokens": 0,
                "completion_tokens": 0,
            }
        ]
    )


@pytest.mark.autogen
def test_an_agent_can_be_without_some_of_its_functions() -> None:
    offered: list[set[str]] = []

    def asked(trial: Trial) -> Row:
        llm = ScriptedLLM(says("", call("send_message", message="Yes.")))
        turn = say(trial.agent(llm=llm, without=trial["without"]), "Is it there?")
        offered.append({tool["function"]["name"] for tool in llm.requests[0].tools})
        return turn.row()

    run(asked, {"without": {"nothing": (), "recall": ("conversation_search",)}})

    assert offered[0] - offered[1] == {"conversation_search"}
    with pytest.raises(ConfigurationError, match="no tool 'recall' to leave out; there are send_message"):
        run(asked, {"without": {"recall": ("recall",)}})


@pytest.mark.autogen
def test_a_model_that_fails_is_a_failed_trial_and_no_answer() -> None:
    def asked(trial: Trial) -> Row:
        return say(trial.agent(llm=ScriptedLLM(ModelError("model 'm' is down"))), "Hello!").row()

    (row,) = run(asked, failed="keep")

    assert row["error"] == "ModelError: model 'm' is down"
