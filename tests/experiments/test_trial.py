"""A trial: its settings, seed, home and agents."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.experiments import Trial, run, say
from memgpt_autogen.experiments.rows import Row
from memgpt_autogen.memory.storage.agents import stored_agent_names
from memgpt_autogen.testing import ScriptedLLM, call, says


def product(trial: Trial) -> Row:
    return {"product": trial["a"] * trial["b"]}


def test_a_seed_gives_the_same_random_numbers_in_every_condition() -> None:
    rows = run(lambda trial: {"drawn": trial.random.random()}, {"a": [1, 2]}, seeds=2)

    drawn = [row["drawn"] for row in rows]
    assert drawn[:2] == drawn[2:]
    assert drawn[0] != drawn[1]


def test_an_unknown_setting_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"no setting 'b'\. It varies a"):
        run(product, {"a": [1]})


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
