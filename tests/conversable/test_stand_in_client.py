"""A client that a program puts in the place of the agent's own: canned answers, and no endpoint is asked."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import autogen
import pytest
from autogen_support import agent, heard, requests
from side_by_side import KINDS, Kind, either, helper, made, served

from memgpt_autogen import MemGPTAgent

pytestmark = pytest.mark.autogen

try:
    from autogen.testing import TestAgent, ToolCall
except ImportError:
    TestAgent = None
needs_test_agent = pytest.mark.skipif(TestAgent is None, reason="TestAgent came with AutoGen 0.14")


class Canned:
    """A client of one's own, as unit tests write it."""

    total_usage_summary = actual_usage_summary = None

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[dict[str, Any]] = []

    def create(self, **params: Any) -> str:
        self.asked.append(params)
        return self.texts.pop(0)

    def extract_text_or_completion_object(self, response: str) -> list[str]:
        return [response]


def look(city: str) -> str:
    return f"snow in {city}"


@needs_test_agent
@pytest.mark.parametrize("kind", KINDS)
def test_canned_answers_come_from_the_test_agent(kind: Kind) -> None:
    with served(either("from the model")) as server:
        sam, p = made(kind, server), helper("p", "and?")
        with TestAgent(sam, ["first", "second"]):
            result = p.initiate_chat(sam, message="Hello", max_turns=2, silent=True)
        assert not server.requests
        texts = [message["content"] for message in result.chat_history]
        after = p.initiate_chat(sam, message="Hello", max_turns=1, silent=True)

    assert texts == ["Hello", "first", "and?", "second"]
    assert after.summary == "from the model"


@needs_test_agent
@pytest.mark.parametrize("kind", KINDS)
def test_canned_answers_come_for_an_agent_without_a_model(kind: Kind) -> None:
    sam, p = kind("sam", llm_config=False, human_input_mode="NEVER", silent=True), helper("p")

    with TestAgent(sam, ["canned"]):
        result = p.initiate_chat(sam, message="Hello", max_turns=1, silent=True)

    assert result.summary == "canned"
    assert sam.generate_reply([{"role": "user", "content": "Hello"}]) == ""


@needs_test_agent
@pytest.mark.parametrize("kind", KINDS)
def test_a_canned_call_is_run_by_the_other_agent(kind: Kind) -> None:
    with served() as server:
        sam, p = made(kind, server), helper("p")
        autogen.register_function(look, caller=sam, executor=p, name="look", description="d")
        with TestAgent(sam, [ToolCall("look", city="Oslo").to_message(), "It snows."]):
            result = p.initiate_chat(sam, message="Hello", max_turns=2, silent=True)

    assert [m["content"] or "" for m in result.chat_history] == ["Hello", "", "snow in Oslo", "It snows."]


@needs_test_agent
@pytest.mark.parametrize("kind", KINDS)
def test_the_end_of_the_canned_answers_is_told(kind: Kind) -> None:
    with served() as server:
        sam, p = made(kind, server), helper("p")
        with pytest.raises(StopIteration), TestAgent(sam, []):
            p.initiate_chat(sam, message="Hello", max_turns=1, silent=True)
        with TestAgent(sam, [], suppress_messages_end=True):
            p.initiate_chat(sam, message="Hello", max_turns=1, silent=True)


@pytest.mark.parametrize("kind", KINDS)
def test_another_client_answers_in_place_of_the_agents_own(kind: Kind) -> None:
    with served() as server:
        sam, client = made(kind, server), Canned("canned")
        sam.client = client
        result = helper("p").initiate_chat(sam, message="Hello", max_turns=1, silent=True)

    assert (result.summary, len(client.asked)) == ("canned", 1)
    assert client.asked[0]["agent"] is sam


@pytest.mark.parametrize("kind", KINDS)
def test_a_patched_create_answers_in_place_of_the_endpoint(kind: Kind) -> None:
    with served() as server:
        sam = made(kind, server)
        with (
            patch.object(sam.client, "create", return_value="an answer") as create,
            patch.object(sam.client, "extract_text_or_completion_object", return_value=["canned"]),
        ):
            reply = sam.generate_reply([{"role": "user", "content": "Hello"}])

    assert (reply, create.call_count) == ("canned", 1)


def test_canned_answers_are_remembered_and_a_model_given_as_llm_is_not_asked() -> None:
    sam = agent()
    sam.client = Canned("canned")

    helper("p").initiate_chat(sam, message="Hello", max_turns=1, silent=True)

    assert heard(sam) == [("p", "Hello"), ("sam", "canned")]
    assert not requests(sam)


def test_a_stand_in_writes_no_summaries() -> None:
    sam, p = agent(window_tokens=3000), helper("p")
    sam.client = Canned(*(f"canned {number}" for number in range(12)))

    for number in range(12):
        p.send(f"{number} " + "word " * 200, sam, request_reply=True, silent=True)

    assert [words for name, words in heard(sam) if name == "sam"] == [f"canned {n}" for n in range(12)]
    assert sam.memory.queue.summary is not None
    assert sam.memory.queue.summary.source == "extract"


def test_the_protocol_without_send_message_takes_plain_answers() -> None:
    sam = MemGPTAgent("sam", llm_config=False, protocol="native", silent=True)
    sam.client = Canned("canned")

    assert sam.generate_reply([{"role": "user", "content": "Hello"}]) == "canned"
