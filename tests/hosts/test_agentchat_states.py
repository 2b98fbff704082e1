"""The agent of AgentChat as a value: names, states and components."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")

from agentchat_agents import said, text
from autogen_core import ComponentModel
from hosted import run, speaks

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.hosts.agentchat import MemGPTChatAgent
from memgpt_autogen.hosts.agentchat.written import written_settings
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, ScriptedLLM
from memgpt_autogen.tools.tool import Tool

Make = Callable[..., MemGPTChatAgent]


def stock(article: str) -> str:
    """Return how many of an article there are."""
    return f"12 of {article}"


def test_a_state_has_no_words_and_is_json(member: Make, tmp_path: Path) -> None:
    agent = member(speaks("Noted"))
    run(agent.run(task="The key is under the mat"))

    state = run(agent.save_state())

    assert json.loads(json.dumps(state)) == {
        "type": "MemGPTChatAgentState",
        "name": "sam",
        "home": str(tmp_path / "home"),
        "seq": agent.memory.log.last_seq(),
    }


def test_a_loaded_state_changes_no_memory(member: Make, caplog: pytest.LogCaptureFixture) -> None:
    agent = member(speaks("One"), speaks("Two"))
    run(agent.run(task="First"))
    state = run(agent.save_state())
    run(agent.run(task="Second"))

    with caplog.at_level(logging.WARNING):
        run(agent.load_state(state))

    assert len(said(agent)) == 4
    assert not caplog.records


def test_a_state_of_another_memory_is_reported(
    member: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    agent = member(speaks("One"))
    run(agent.run(task="First"))
    state = run(agent.save_state())
    other = MemGPTChatAgent("sam", home=tmp_path / "other", llm=ScriptedLLM())

    run(other.load_state(state))
    run(other.load_state({**state, "home": str(tmp_path / "other")}))

    assert "Its memory stays as it is" in caplog.records[0].message
    assert "ends at message 2" in caplog.records[1].message


def test_a_state_of_another_kind_of_agent_is_reported(member: Make, caplog: pytest.LogCaptureFixture) -> None:
    run(member().load_state({"type": "AssistantAgentState", "llm_context": {}}))

    assert "another kind of agent, AssistantAgentState" in caplog.text


@pytest.mark.parametrize("name", ["sam-2", "Sam Smith", "2sam", ""])
def test_a_name_that_agentchat_refuses_opens_no_memory(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="identifier"):
        MemGPTChatAgent(name, home=tmp_path / "home")

    assert not (tmp_path / "home").exists()


def test_an_agent_that_may_be_silent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="listening"):
        MemGPTChatAgent("sam", home=tmp_path / "home", owes_answer=False)

    assert not (tmp_path / "home").exists()


@pytest.mark.filterwarnings("ignore:(?s).*SECURITY WARNING")
def test_a_component_opens_the_same_memory_and_model(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = Settings.load(
        home=home, model="gpt-x", base_url="http://localhost:1/v1", api_key="secret", timezone="Europe/Lisbon"
    )
    agent = MemGPTChatAgent(
        "sam",
        "keeps things",
        system_message="Be brief.",
        settings=settings,
        blocks=[Block("team", "We are four.")],
        limits=Limits(steps=7),
        handoffs=["ben"],
        tools=[stock],
        plain_text="deliver",
        inner_events=True,
    )
    run(agent.hear(text("ada", "Hello")))

    dumped = agent.dump_component().model_dump_json()
    again = MemGPTChatAgent.load_component(ComponentModel.model_validate_json(dumped))

    assert "secret" not in dumped
    assert "Hello" not in dumped
    assert said(again) == [("ada", "Hello")]
    assert again.agent.loop.llm.model == "gpt-x"
    assert again.agent.loop.limits.steps == 7
    assert [tool["config"]["name"] for tool in agent.dump_component().config["tools"]] == ["stock"]
    assert (again.name, again.description) == ("sam", "keeps things")


def test_an_agent_without_options_can_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_HOME", str(tmp_path / "home"))
    agent = MemGPTChatAgent("sam")

    config = agent.dump_component().config

    assert config["settings"]["home"] == str(tmp_path / "home")
    assert (
        MemGPTChatAgent.load_component(agent.dump_component()).memory.log.agent_id
        == agent.memory.log.agent_id
    )


@pytest.mark.parametrize("option", ["llm", "memory", "approve", "embedder"])
def test_objects_are_not_written_into_a_component(tmp_path: Path, option: str) -> None:
    settings = Settings.load(home=tmp_path / "home")
    values: dict[str, Any] = {
        "llm": ScriptedLLM(),
        "memory": open_memory("sam", settings),
        "approve": lambda _: None,
        "embedder": HashingEmbedder(),
    }
    agent = MemGPTChatAgent("sam", settings=settings, **{option: values[option]})

    with pytest.raises(ConfigurationError, match=f"was given {option} as objects"):
        agent.dump_component()


def test_a_password_in_an_address_is_not_written_into_a_component(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path / "home", model="m", base_url="http://me:secret@localhost:1/v1")

    with pytest.raises(ConfigurationError, match="base_url contains a user and a password"):
        MemGPTChatAgent("sam", settings=settings).dump_component()


@pytest.mark.parametrize(
    ("setting", "address"),
    [("database_url", "postgresql://me:secret@localhost/none"), ("qdrant_url", "http://localhost:1")],
)
def test_a_component_that_would_open_another_memory_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, address: str
) -> None:
    opened = Settings.load(home=tmp_path / "home", **{setting: address})

    with pytest.raises(ConfigurationError, match=f"Set MEMGPT_AUTOGEN_{setting.upper()}"):
        written_settings(opened, None)
    monkeypatch.setenv(f"MEMGPT_AUTOGEN_{setting.upper()}", address)
    assert "secret" not in json.dumps(written_settings(opened, None))


def test_a_tool_of_this_package_is_not_written_into_a_component(member: Make, tmp_path: Path) -> None:
    agent = MemGPTChatAgent("sam", home=tmp_path / "home", tools=[Tool.from_function(stock)])

    with pytest.raises(ConfigurationError, match="tool 'stock' cannot be written"):
        agent.dump_component()
