"""`MemGPTAgent` moves house and forgets as its memory does, and has its model tell the summary again."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from finding import holding

from memgpt_autogen import MemGPTAgent, import_memory
from memgpt_autogen.errors import TurnInProgressError
from memgpt_autogen.messages import Message, now
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

pytestmark = pytest.mark.autogen


def test_an_agent_goes_on_in_its_new_home(tmp_path: Path) -> None:
    agent = MemGPTAgent(
        "sam", llm=ScriptedLLM(says("", call("send_message", message="Hello Ada."))), window_tokens=6000
    )
    user = MemGPTAgent("ada", llm_config=False, ephemeral=True)
    user.send("My cat is Tom.", agent)
    agent.generate_reply(sender=user)

    path = agent.export(tmp_path / "sam.zip")

    with zipfile.ZipFile(path) as file:
        told = json.loads(file.read("manifest.json"))["settings"]
    assert (told["window_tokens"], told["protocol"]) == (6000, "memgpt")
    moved = MemGPTAgent(
        "sam",
        memory=import_memory(path, settings=Settings.load(home=tmp_path / "away")),
        llm=ScriptedLLM(says("", call("send_message", message="Tom."))),
    )
    user.send("What is my cat's name?", moved)
    assert moved.generate_reply(sender=user) == "Tom."
    assert "My cat is Tom." in [hit.text for hit in moved.memory.recall.search("cat").items]


def test_the_model_tells_the_newest_summary_again(tmp_path: Path) -> None:
    llm = ScriptedLLM(says("Ben brings cake."))
    agent = MemGPTAgent("sam", llm=llm)
    agent.memory.log.append(
        Message.said_by("ada", "My code is zebra."), Message.said_by("ben", "I bring a cake.")
    )
    agent.memory.queue.evict(4, "Ada's code is zebra, Ben has cake.", "model")

    told = agent.forget(speaker="ada")

    summary = agent.memory.queue.summary
    assert told.summaries == 1
    assert summary is not None
    assert (summary.through_seq, summary.source) == (4, "model")
    assert summary.text == f"{now():%Y-%m-%d} Ben brings cake."
    assert "zebra" not in str(llm.requests[0])


def test_a_failing_model_leaves_what_was_extracted() -> None:
    from memgpt_autogen.errors import ModelError

    agent = MemGPTAgent("sam", llm=ScriptedLLM(ModelError("down")))
    agent.memory.log.append(
        Message.said_by("ada", "My code is zebra."), Message.said_by("ben", "I bring a cake.")
    )
    agent.memory.queue.evict(4, "Ada's code is zebra, Ben has cake.", "model")

    agent.forget(speaker="ada")

    summary = agent.memory.queue.summary
    assert summary is not None
    assert summary.source == "extract"
    assert "ben: I bring a cake." in summary.text


def test_an_agent_does_not_forget_in_the_middle_of_a_turn() -> None:
    def wipe() -> str:
        """Forget everything said by ada."""
        agent.forget(speaker="ada")
        return "done"

    agent = MemGPTAgent(
        "sam",
        llm=ScriptedLLM(says("", call("wipe")), says("", call("send_message", message="No."))),
        tools=[wipe],
    )
    agent.memory.log.append(Message.said_by("ada", "My code is zebra."))
    assert agent.loop is not None
    events = list(agent.loop.run())

    failed = next(event for event in events if getattr(event, "ok", True) is False)
    assert TurnInProgressError.__name__ in str(failed) or "in the middle of a turn" in str(failed)
    assert holding(agent.memory, "zebra") == ["My code is zebra."]
