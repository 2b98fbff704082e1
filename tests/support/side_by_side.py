"""A stock agent and ours on the same script: what the conformance tests share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import autogen
import pytest
from legal import unpaired

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

PRICE = [0.001, 0.002]
"""Of a thousand tokens in and out, so that costs are not zero."""

Kind = type[Any]
KINDS = [
    pytest.param(autogen.ConversableAgent, id="stock"),
    pytest.param(MemGPTAgent, id="ours"),
]


def either(text: str = "", *calls: ToolCall) -> Callable[[Request], Completion]:
    """The same answer for both: in plain text, or by `send_message` for a model that is offered it."""

    def answer(request: Request) -> Completion:
        offered = {tool["function"]["name"] for tool in request.tools}
        if text and "send_message" in offered:
            return says("", call("send_message", message=text), *calls)
        return says(text, *calls)

    return answer


@contextmanager
def served(*answers: Any) -> Iterator[ScriptedServer]:
    with ScriptedServer(*answers) as server:
        yield server
        assert server.unused == 0, f"{server.unused} answers were never asked for"


def config(server: ScriptedServer) -> dict[str, Any]:
    """An `llm_config` of the server, with a price."""
    llm_config: dict[str, Any] = server.llm_config
    llm_config["config_list"][0]["price"] = PRICE
    return llm_config


def made(kind: Kind, server: ScriptedServer, name: str = "sam", **options: Any) -> Any:
    return kind(name, llm_config=config(server), human_input_mode="NEVER", silent=True, **options)


def helper(name: str, *lines: str) -> Any:
    """A stock agent without a model, which executes what it can and else says these lines, then nothing."""
    stock = autogen.ConversableAgent(name, llm_config=False, human_input_mode="NEVER", silent=True)
    left = iter(lines)

    def reply(_recipient: Any, **_: Any) -> tuple[bool, str | None]:
        return True, next(left, None)

    place = next(
        index
        for index, entry in enumerate(stock._reply_func_list)
        if entry["reply_func"] is autogen.ConversableAgent.generate_oai_reply
    )
    stock.register_reply([autogen.Agent, None], reply, position=place)
    return stock


def seen(history: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """A conversation as AutoGen has it, without ids and empty contents: speakers, words, calls and results.

    In a group, AutoGen turns a stock agent's missing content into "None"; ours sends an empty text instead.
    """
    return [
        (
            message.get("name"),
            "" if message.get("content") in (None, "None") else message["content"],
            [
                (each["function"]["name"], json.loads(each["function"]["arguments"]))
                for each in message.get("tool_calls") or ()
            ],
            [str(each["content"]) for each in message.get("tool_responses") or ()],
        )
        for message in history
    ]


def said(history: Sequence[Mapping[str, Any]]) -> list[tuple[str | None, str]]:
    """Who said what, without tool calls and their results."""
    return [
        (message.get("name"), str(message["content"]))
        for message in history
        if message.get("content") not in (None, "", "None")
        and message.get("role") != "tool"
        and not message.get("tool_calls")
    ]


def offered(server: ScriptedServer, request: int = 0) -> set[str]:
    return {tool["function"]["name"] for tool in server.requests[request].get("tools") or ()}


def results(server: ScriptedServer, request: int = -1) -> list[str]:
    """The results of tool calls in a prompt, as the model reads them, whatever they are packed in."""
    contents = [m["content"] for m in server.requests[request]["messages"] if m["role"] == "tool"]
    return [json.loads(text)["message"] if text.startswith('{"status"') else text for text in contents]


def legal(server: ScriptedServer) -> bool:
    """Whether in every prompt each call is directly followed by its results, as the chat API demands."""
    return all(unpaired(request["messages"]) is None for request in server.requests)
