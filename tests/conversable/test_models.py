"""How an agent asks its model: in parts, plainly, and at what cost, in real AutoGen chats."""

from __future__ import annotations

import copy
import json
from enum import Enum
from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from memgpt_autogen.events import ReplyPart, TurnEnded
from memgpt_autogen.llm.fallback import FallbackLLM
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.llm.text_calls.plain import PlainLLM
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HTTPFailure, InPieces, ScriptedLLM, ScriptedServer, call, says

autogen = pytest.importorskip("autogen")
if not hasattr(autogen, "ConversableAgent"):
    pytest.skip("this autogen has no ConversableAgent", allow_module_level=True)

from autogen.io import IOStream  # noqa: E402
from autogen_support import Printed  # noqa: E402

from memgpt_autogen import MemGPTAgent  # noqa: E402

pytestmark = pytest.mark.autogen

TELL = call("send_message", message="Good morning!")
ASK = [{"role": "user", "name": "ada", "content": "Hello!"}]
WHOLE = {
    "choices": [
        {"message": {"role": "assistant", "tool_calls": [TELL.to_wire()]}, "finish_reason": "tool_calls"}
    ]
}


def in_json(function: str, **arguments: Any) -> str:
    return json.dumps({"heard": "task", "thought": "So be it.", "function": function, "arguments": arguments})


def test_an_agent_prints_what_it_says_while_it_is_written() -> None:
    screen, quiet = Printed(), Printed()
    with ScriptedServer(InPieces(says("", TELL), 3), otherwise=says("", TELL)) as server:
        llm = OpenAILLM("scripted", base_url=server.url)
        sam = MemGPTAgent("sam", ephemeral=True, llm=llm, stream=True)
        with IOStream.set_default(screen):
            reply = sam.generate_reply(ASK)
        with IOStream.set_default(quiet):
            MemGPTAgent("eve", ephemeral=True, llm=llm).generate_reply(ASK)

    assert reply == "Good morning!"
    assert screen.text == "sam: Good morning!\n"
    assert len(screen.lines) > 3
    assert quiet.text == ""
    assert not any(isinstance(event, ReplyPart) for event in sam.last_turn)


def test_what_is_said_anew_is_printed_on_a_line_of_its_own() -> None:
    screen = Printed()
    begun = says("", call("send_message", message="Good evening, everybody!"))
    with ScriptedServer(InPieces(begun, 3, cut=14), says("", TELL)) as server:
        sam = MemGPTAgent("sam", ephemeral=True, llm=OpenAILLM("scripted", base_url=server.url), stream=True)
        with IOStream.set_default(screen):
            sam.generate_reply(ASK)

    first, second = screen.text.splitlines()
    assert first.startswith("sam: Good eve")
    assert second == "sam: Good morning!"


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    ours = [each for each in caplog.records if each.name.startswith("memgpt_autogen")]
    return [each.getMessage() for each in ours if each.levelname == "WARNING"]


def test_through_autogens_clients_nothing_is_streamed_which_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    screen = Printed()
    with ScriptedServer(otherwise=says("", TELL)) as server:
        sam = MemGPTAgent("sam", ephemeral=True, llm_config=server.llm_config, stream=True)
        with IOStream.set_default(screen):
            assert [sam.generate_reply(ASK) for _ in range(2)] == ["Good morning!"] * 2

    assert not server.requests[0].get("stream")
    assert screen.text == ""
    assert [text.partition(".")[0] for text in told(caplog)] == [
        f"sam streams nothing: model '{sam.loop.llm.model}' returns whole answers"
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"llm": ScriptedLLM()}, "model 'scripted' returns whole answers"),
        ({"llm": FallbackLLM(ScriptedLLM(), OfflineLLM())}, "model 'scripted' returns whole answers"),
        ({"llm": PlainLLM(ScriptedLLM())}, "model 'scripted' returns whole answers"),
        ({"llm": ScriptedLLM(), "function_calling": "plain"}, "model 'scripted' returns whole answers"),
        ({}, "model 'offline' returns whole answers"),
        ({"llm_config": False}, "with llm_config=False it has no model"),
        ({"llm": FallbackLLM(ScriptedLLM(), OpenAILLM("x", base_url="http://localhost:1"))}, None),
    ],
)
def test_a_stream_that_cannot_be_is_said_when_the_agent_is_made(
    options: dict[str, Any], said: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    MemGPTAgent("sam", ephemeral=True, **options)
    assert told(caplog) == []

    MemGPTAgent("sam", ephemeral=True, stream=True, **options)

    assert len(told(caplog)) == (0 if said is None else 1)
    assert (said or "") in "".join(told(caplog))


@pytest.mark.parametrize("refuses", [True, False])
def test_an_endpoint_that_turns_out_not_to_stream_is_told_once(
    refuses: bool, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = [HTTPFailure(400, {"error": {"message": "stream is not supported"}})] if refuses else []
    whole = [] if refuses else [HTTPFailure(200, WHOLE), HTTPFailure(200, WHOLE)]
    with ScriptedServer(*refusal, *whole, otherwise=says("", TELL)) as server:
        llm = OpenAILLM("scripted", base_url=server.url)
        sam = MemGPTAgent("sam", ephemeral=True, llm=llm, stream=True)
        for _ in range(2):
            sam.generate_reply(ASK)

    assert len(told(caplog)) == 1
    assert told(caplog)[0].startswith("scripted does not stream, so its answers come whole: ")
    assert ("stream is not supported" if refuses else "ignores") in told(caplog)[0]


def test_a_turn_tells_its_cost_and_the_agents_summary_has_it_too(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    note = call("core_memory_append", label="human", content="likes tea", request_heartbeat=True)
    with ScriptedServer(
        says("", note, usage=Usage(1000, 200)), says("", TELL, usage=Usage(2000, 100))
    ) as server:
        config = server.llm_config
        config["config_list"][0]["price"] = [0.5, 1.5]
        sam = MemGPTAgent("sam", ephemeral=True, llm_config=config)
        sam.generate_reply(ASK)

    ended = sam.last_turn[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.usage == Usage(3000, 300, cost=pytest.approx(3 * 0.5 + 0.3 * 1.5))
    assert sam.get_actual_usage()["total_cost"] == pytest.approx(ended.usage.cost)
    sam.print_usage_summary()
    assert "1.95" in capsys.readouterr().out + caplog.text


def test_a_server_of_ones_own_whose_model_calls_in_text_is_asked_plainly_through_autogen() -> None:
    note = in_json("core_memory_append", label="human", content="likes tea", request_heartbeat=True)
    with ScriptedServer(says(note), says(in_json("send_message", message="Hi!"))) as server:
        config = server.llm_config
        before = copy.deepcopy(config)
        sam = MemGPTAgent("sam", ephemeral=True, llm_config=config)

        assert sam.generate_reply(ASK) == "Hi!"
    native, plain = server.requests
    assert native["tools"]
    assert "tools" not in plain
    assert plain["response_format"]["type"] == "json_schema"
    assert config == before
    assert sam.memory.core["human"].value == "likes tea"


def test_a_format_that_the_endpoint_refuses_is_left_out_through_autogen_too() -> None:
    refusal = HTTPFailure(400, {"error": {"message": "response_format is not supported"}})
    with ScriptedServer(refusal, refusal, says(in_json("send_message", message="Hi!"))) as server:
        settings = Settings.load(function_calling="plain")
        sam = MemGPTAgent("sam", settings=settings, ephemeral=True, llm_config=server.llm_config)

        assert sam.generate_reply(ASK) == "Hi!"
    assert [each.get("response_format", {}).get("type") for each in server.requests] == [
        "json_schema",
        "json_object",
        None,
    ]


WAYS = {
    "settings": lambda way, _patch: {"settings": Settings.load(function_calling=way)},
    "argument": lambda way, _patch: {"function_calling": way},
    "environment": lambda way, patch: patch.setenv("MEMGPT_AUTOGEN_FUNCTION_CALLING", way) or {},
}
MODELS = {
    "llm": lambda server: {"llm": OpenAILLM("scripted", base_url=server.url)},
    "llm_config": lambda server: {"llm_config": server.llm_config},
    "fallback": lambda server: {"llm": FallbackLLM(OpenAILLM("scripted", base_url=server.url))},
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("place", WAYS)
@pytest.mark.parametrize("way", ["plain", "native", "auto"])
def test_function_calling_holds_wherever_model_and_way_are_given(
    model: str, place: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(otherwise=says(in_json("send_message", message="Hi!"))) as server:
        options = {**MODELS[model](server), **WAYS[place](way, monkeypatch)}
        sam = MemGPTAgent("sam", ephemeral=True, **options)
        assert [sam.generate_reply(ASK) for _ in range(2)] == ["Hi!", "Hi!"]

    asked = ["native" if request.get("tools") else "plain" for request in server.requests]
    assert asked == (["native", "plain"] if way == "auto" else [way, way])


def test_a_setting_keeps_a_model_from_being_asked_plainly() -> None:
    with ScriptedServer(otherwise=says("Good morning!")) as server:
        settings = Settings.load(function_calling="native")
        sam = MemGPTAgent("sam", settings=settings, ephemeral=True, llm_config=server.llm_config)
        for _ in range(3):
            sam.generate_reply(ASK)

    assert all(request["tools"] for request in server.requests)


class Color(Enum):
    RED = "red"


class Paint(BaseModel):
    color: Color


class Picture(BaseModel):
    layers: list[Paint]


def paint(picture: Picture) -> str:
    """Paint it."""
    return str(picture.layers[0].color.value)


# AutoGen 0.9 reads no types that are written as texts
paint.__annotations__ = {"picture": Annotated[Picture, "what to paint"], "return": str}


@pytest.mark.parametrize("way", ["native", "plain"])
def test_types_of_a_tool_of_autogen_keep_the_request_valid(way: str) -> None:
    picture = {"layers": [{"color": "red"}]}
    asked = in_json("paint", picture=picture, request_heartbeat=True)
    with ScriptedServer(says(asked), says(in_json("send_message", message="Done."))) as server:
        sam = MemGPTAgent(
            "sam", ephemeral=True, llm_config=server.llm_config, function_calling=way, silent=True
        )
        autogen.register_function(paint, caller=sam, executor=sam, description="Paint it.")

        assert sam.say("Paint it red.") == "Done."

    request = server.requests[0]
    if way == "plain":
        schema, right = request["response_format"]["json_schema"]["schema"], json.loads(asked)
        wrong = json.loads(asked.replace("red", "blue"))
    else:
        schema = next(
            tool["function"]["parameters"] for tool in request["tools"] if tool["function"]["name"] == "paint"
        )
        right, wrong = {"picture": picture}, {"picture": {"layers": [{"color": "blue"}]}}
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(right)
    assert not Draft202012Validator(schema).is_valid(wrong)
