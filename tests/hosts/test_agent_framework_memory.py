"""Memory for a model of the host: a context provider and a history provider of agent-framework."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import storage_faults
from hosted import run, speaks

pytest.importorskip("agent_framework")

from agent_framework import Agent, AgentSession, Content, Message
from framework_models import Scripted

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.hosts.agent_framework import MemGPTClient, MemGPTContext, MemGPTHistory
from memgpt_autogen.testing import ScriptedLLM


def recorded(provider: MemGPTContext | MemGPTHistory) -> list[tuple[str, str | None]]:
    tail = provider.hosted.memory.log.spoken_tail(100)
    return [(entry.message.name or "sam", entry.message.spoken) for entry in tail]


def shown(model: Scripted, number: int) -> list[tuple[str | None, str]]:
    """Return what the model saw when it was asked for the n-th time."""
    return [(message.author_name or str(message.role), message.text) for message in model.asked[number]]


def call(name: str, **arguments: Any) -> Content:
    return Content.from_function_call("c1", name, arguments=json.dumps(arguments))


def test_core_memory_is_in_the_instructions_and_the_model_edits_it(tmp_path: Path) -> None:
    memory = MemGPTContext("sam", home=tmp_path, human="Ada is a baker.")
    model = Scripted(call("core_memory_append", label="human", content="Likes tea."), "Noted")
    agent = Agent(model, name="sam", instructions="Be kind.", context_providers=[memory])

    assert run(agent.run("I like tea")).text == "Noted"

    instructions = str(model.options[0]["instructions"])
    assert instructions.startswith("Be kind.")
    assert "Ada is a baker." in instructions
    assert memory.hosted.memory.core["human"].value == "Ada is a baker.\nLikes tea."


def test_a_function_that_fails_tells_the_model_why(tmp_path: Path) -> None:
    memory = MemGPTContext("sam", home=tmp_path)
    model = Scripted(call("core_memory_append", label="humna", content="Likes tea."), "Sorry")

    run(Agent(model, name="sam", context_providers=[memory]).run("I like tea"))

    result = model.asked[1][-1].contents[0]
    assert str(result.result).startswith("Failed: ")
    assert "humna" in str(result.result)


def test_what_is_said_is_recorded_once_and_found_in_another_session(tmp_path: Path) -> None:
    memory = MemGPTContext("sam", home=tmp_path)
    model = Scripted("Hello Ada", "Good", "The key is under the pot")
    agent = Agent(model, name="sam", context_providers=[memory])
    first = agent.create_session()

    run(agent.run("I am Ada", session=first))
    run(agent.run("The key is under the pot", session=first))
    run(agent.run("Where is the key?", session=agent.create_session()))

    assert recorded(memory) == [
        ("user", "I am Ada"),
        ("sam", "Hello Ada"),
        ("user", "The key is under the pot"),
        ("sam", "Good"),
        ("user", "Where is the key?"),
        ("sam", "The key is under the pot"),
    ]
    (found, asked) = shown(model, 2)
    assert found[0] == "memory"
    assert "user: The key is under the pot" in found[1]
    assert asked == ("user", "Where is the key?")


def test_what_the_host_shows_itself_is_not_searched_for(tmp_path: Path) -> None:
    model = Scripted("Good", "Under the pot")
    agent = Agent(model, name="sam", context_providers=[MemGPTContext("sam", home=tmp_path)])
    session = agent.create_session()

    run(agent.run("The key is under the pot", session=session))
    run(agent.run("Where is the key?", session=session))

    assert [name for name, _ in shown(model, 1)] == ["user", "sam", "user"]


def test_words_of_a_run_that_failed_are_recorded_once(tmp_path: Path) -> None:
    memory = MemGPTContext("sam", home=tmp_path)
    agent = Agent(Scripted(RuntimeError("away"), "Hello"), name="sam", context_providers=[memory])
    session = agent.create_session()

    with pytest.raises(RuntimeError):
        run(agent.run("Hi", session=session))
    run(agent.run("Hi", session=session))

    assert recorded(memory) == [("user", "Hi"), ("sam", "Hello")]


def test_a_history_replaces_that_of_the_host_and_shows_the_newest(tmp_path: Path) -> None:
    history = MemGPTHistory("sam", home=tmp_path, newest=2)
    model = Scripted("One", "Two", "Three")
    agent = Agent(model, name="sam", context_providers=[history])
    session = agent.create_session()

    for text in ("a", "b", "a"):
        run(agent.run(text, session=session))

    assert shown(model, 2) == [("user", "b"), ("sam", "Two"), ("user", "a")]
    assert agent.context_providers == [history]
    assert [text for _, text in recorded(history)] == ["a", "One", "b", "Two", "a", "Three"]
    assert len(json.dumps(session.to_dict())) < 200


def test_a_history_is_never_longer_than_it_may_be(tmp_path: Path) -> None:
    history = MemGPTHistory("sam", home=tmp_path, most_chars=1000)
    model = Scripted("One", "Two")
    agent = Agent(model, name="sam", context_providers=[history])
    session = agent.create_session()

    run(agent.run("a" * 5000, session=session))
    run(agent.run("b", session=session))

    assert sum(len(text) for _, text in shown(model, 1)) <= 1001


def test_a_session_of_another_process_has_its_history(tmp_path: Path) -> None:
    first = Agent(Scripted("One"), name="sam", context_providers=[MemGPTHistory("sam", home=tmp_path)])
    session = first.create_session()
    run(first.run("a", session=session))

    model = Scripted("Two")
    again = Agent(model, name="sam", context_providers=[MemGPTHistory("sam", home=tmp_path)])
    run(again.run("b", session=AgentSession.from_dict(session.to_dict())))

    assert shown(model, 0) == [("user", "a"), ("sam", "One"), ("user", "b")]


def test_both_together_record_once(tmp_path: Path) -> None:
    history, memory = MemGPTHistory("sam", home=tmp_path), MemGPTContext("sam", home=tmp_path)
    model = Scripted("One", "Two")
    agent = Agent(model, name="sam", context_providers=[history, memory])
    session = agent.create_session()

    for text in ("The key is here", "Where is the key?"):
        run(agent.run(text, session=session))

    assert recorded(memory) == [
        ("user", "The key is here"),
        ("sam", "One"),
        ("user", "Where is the key?"),
        ("sam", "Two"),
    ]
    assert [name for name, _ in shown(model, 1)] == ["user", "sam", "user"]


def test_a_database_that_fails_does_not_stop_the_agent(tmp_path: Path) -> None:
    memory = MemGPTContext("sam", home=tmp_path)
    agent = Agent(Scripted("Hello", "Fine"), name="sam", context_providers=[memory])
    session = agent.create_session()

    with storage_faults.locked(tmp_path):
        assert run(agent.run("Hi", session=session)).text == "Hello"
    run(agent.run("How are you?", session=session))

    assert [text for _, text in recorded(memory)] == ["Hi", "Hello", "How are you?", "Fine"]


def test_the_agent_itself_has_the_same_memory(tmp_path: Path) -> None:
    agent = Agent(Scripted("Noted"), name="sam", context_providers=[MemGPTContext("sam", home=tmp_path)])
    run(agent.run(Message("user", ["The key is under the pot"], author_name="ada")))

    client = MemGPTClient("sam", home=tmp_path, llm=ScriptedLLM(speaks("Under the pot")))
    run(client.as_agent().run("Where is the key?"))

    assert "The key is under the pot" in str(client.hosted.loop.llm.requests[0].messages)  # type: ignore[attr-defined]


def test_an_agent_that_has_its_memory_gets_no_second_one(tmp_path: Path) -> None:
    client = MemGPTClient("sam", home=tmp_path, llm=ScriptedLLM(speaks("Hello")))
    agent = client.as_agent(context_providers=[MemGPTContext("tom", home=tmp_path)])

    with pytest.raises(ConfigurationError, match="has a MemGPTClient"):
        run(agent.run("Hi"))
