"""A run is begun by the name that was found for an earlier one, and only if it is still the agent's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from turns import Home

from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.memory.storage.agents import create_agent, rename_agent
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.testing import ScriptedLLM, call, says

HomeFactory = Callable[..., Home]


@pytest.fixture
def home(make_home: HomeFactory) -> Home:
    return make_home({"sam": ScriptedLLM(otherwise=says("", call("send_message", message="Hi!")))})


def new_run(home: Home, called: str) -> NewRun:
    """What a request for a run makes of the name that it has."""
    names = home.executor.names
    known = names.known(HOME, called)
    agent_id, name = known or names.look(HOME, called)
    given = run_input({"text": "Hello!", "speaker": "boss"})
    new = NewRun(agent_id, given, agent_name=name)
    return new if known is None else replace(new, called=called)


def begun(home: Home, called: str) -> Run:
    asked = home.executor.begin(lambda: new_run(home, called), HOME)
    assert isinstance(asked, Future)
    run = asked.result(30)[0]
    home.told(run)
    return run


def enqueued(home: Home, called: str) -> Run:
    run, _ = home.executor.enqueue(lambda: new_run(home, called), HOME)
    home.told(run)
    return run


WAYS: Any = pytest.mark.parametrize("ask", [begun, enqueued])


@WAYS
@pytest.mark.parametrize("by", ["name", "id"])
def test_a_known_name_is_not_looked_up_again(home: Home, ask: Callable[[Home, str], Run], by: str) -> None:
    called = "sam" if by == "name" else home.memory.log.agent_id

    runs = [ask(home, called) for _ in range(2)]

    assert {run.agent_id for run in runs} == {home.memory.log.agent_id}
    assert home.executor.names.known(HOME, called) == (home.memory.log.agent_id, "sam")


@WAYS
def test_the_name_of_an_agent_that_was_renamed_stands_for_nobody(
    home: Home, ask: Callable[[Home, str], Run]
) -> None:
    ask(home, "sam")
    rename_agent(home.database, home.memory.log.agent_id, "samuel")

    with pytest.raises(NotFoundError, match="there is no agent 'sam'"):
        ask(home, "sam")
    assert home.executor.names.known(HOME, "sam") is None


@WAYS
def test_a_name_that_another_agent_got_stands_for_that_one(
    home: Home, ask: Callable[[Home, str], Run]
) -> None:
    ask(home, "sam")
    rename_agent(home.database, home.memory.log.agent_id, "samuel")
    other = create_agent(home.database, "sam")

    assert new_run(home, "sam").agent_id == home.memory.log.agent_id  # what is known
    asked = home.executor.enqueue(lambda: new_run(home, "sam"), HOME)

    assert asked[0].agent_id == other


def test_a_name_is_nobody_elses(home: Home) -> None:
    home.executor.names.look(HOME, "sam")

    assert home.executor.names.known("another owner", "sam") is None
    with pytest.raises(NotFoundError, match="there is no agent 'sam'"):
        home.executor.names.known(HOME, "sam", among={"another agent"})
