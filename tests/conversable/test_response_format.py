"""The `response_format` of an `llm_config`: a stock agent and ours."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import autogen
import pytest
from autogen_support import heard
from pydantic import BaseModel
from side_by_side import KINDS, Kind, config, either, helper, served

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.testing import ScriptedServer, call, says

pytestmark = pytest.mark.autogen
with contextlib.suppress(ImportError):
    from autogen import LLMConfig
HAS_FORMATS = "LLMConfig" in globals()


class Stop(BaseModel):
    place: str


class Plan(BaseModel):
    city: str
    days: int
    stops: list[Stop] = []


class Told(Plan):
    def format(self) -> str:
        return f"{self.city}, {self.days} days"


OSLO = {"city": "Oslo", "days": 3, "stops": [{"place": "the fjord"}]}
FORMATS = [
    pytest.param(Plan, id="model"),
    pytest.param(Plan.model_json_schema(), id="schema"),
    pytest.param({"type": "json_schema", "json_schema": {"schema": Plan.model_json_schema()}}, id="chat api"),
]


def agent(kind: Kind, server: ScriptedServer, response_format: Any, **options: Any) -> Any:
    llm_config = config(server)
    llm_config["config_list"][0]["response_format"] = response_format
    return kind("sam", llm_config=llm_config, human_input_mode="NEVER", silent=True, **options)


def sends(message: Any) -> Any:
    return says("", call("send_message", message=message))


@pytest.mark.skipif(not HAS_FORMATS, reason="this AutoGen does not read what has the form")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", [Plan, Told])
def test_the_reply_has_the_form(kind: Kind, form: Any) -> None:
    with served(either(json.dumps(OSLO))) as server:
        sam = agent(kind, server, form)
        reply = helper("p").initiate_chat(sam, message="Plan", max_turns=1, silent=True).summary

    assert reply == "Oslo, 3 days" if form is Told else json.loads(reply) == OSLO


@pytest.mark.parametrize("response_format", FORMATS)
def test_send_message_takes_the_form_as_its_argument(response_format: Any) -> None:
    with served(sends(OSLO)) as server:
        sam = agent(MemGPTAgent, server, response_format)
        reply = sam.say("Plan", speaker="p")

    (schema,) = [
        tool["function"]["parameters"]
        for tool in server.requests[0]["tools"]
        if tool["function"]["name"] == "send_message"
    ]
    assert set(schema["properties"]["message"]["properties"]) == {"city", "days", "stops"}
    assert set(schema["$defs"]) == {"Stop"}
    assert json.loads(reply) == OSLO
    assert heard(sam)[-1] == ("sam", reply)


@pytest.mark.parametrize("response_format", FORMATS)
def test_a_reply_without_the_form_goes_back_to_the_model(response_format: Any) -> None:
    with served(sends("hello"), sends({"city": "Oslo"}), sends(json.dumps(OSLO))) as server:
        sam = agent(MemGPTAgent, server, response_format)
        reply = sam.say("Plan", speaker="p")

    assert json.loads(reply) == OSLO
    results = [m["content"] for m in server.requests[-1]["messages"] if m["role"] == "tool"]
    assert ["not JSON" in results[0], "days" in results[1]] == [True, True]
    assert [words for name, words in heard(sam) if name == "sam"] == [reply]


def test_any_object_is_a_reply_in_the_form_json_object() -> None:
    with served(sends("hello"), sends({"any": 1})) as server:
        assert agent(MemGPTAgent, server, {"type": "json_object"}).say("Plan", speaker="p") == '{"any": 1}'


def test_plain_answers_are_checked_too() -> None:
    with served(says("Oslo!"), says(f"```json\n{json.dumps(OSLO)}\n```")) as server:
        sam = agent(MemGPTAgent, server, Plan, protocol="native")
        reply = sam.say("Plan", speaker="p")

    assert json.loads(reply) == OSLO
    assert "JSON schema" in server.requests[0]["messages"][0]["content"]
    assert "demanded form" in server.requests[1]["messages"][-1]["content"]


def test_a_model_that_never_finds_the_form_ends_at_the_limit() -> None:
    with ScriptedServer(otherwise=sends("hello")) as server:
        sam = agent(MemGPTAgent, server, Plan)

        assert sam.say("Plan", speaker="p") == "(no answer)"

    assert len(server.requests) <= 5


def test_of_several_replies_in_a_turn_the_last_one_counts() -> None:
    first = says("", call("send_message", message={**OSLO, "days": 1}), call("send_message", message=OSLO))
    with served(first) as server:
        assert json.loads(agent(MemGPTAgent, server, Plan).say("Plan", speaker="p")) == OSLO


@pytest.mark.skipif(not HAS_FORMATS, reason="LLMConfig came with AutoGen 0.9")
def test_the_form_of_an_llm_config_object_is_read() -> None:
    with served(sends("hello"), sends(OSLO)) as server:
        entry = config(server)["config_list"][0]
        if autogen.__version__.startswith("0.9"):
            llm_config = LLMConfig(config_list=[entry], response_format=Plan)
        else:
            llm_config = LLMConfig({**entry, "response_format": Plan})
        sam = MemGPTAgent("sam", llm_config=llm_config, silent=True)

        assert json.loads(sam.say("Plan", speaker="p")) == OSLO


def test_a_form_that_is_none_is_refused() -> None:
    with ScriptedServer() as server, pytest.raises(ConfigurationError, match="response_format"):
        agent(MemGPTAgent, server, "pretty")
