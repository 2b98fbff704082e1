"""Requests and answers of the chat API."""

from __future__ import annotations

from typing import Any

from openai_endpoints import HELLO, llm_of

from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.llm.wire.chat import RequestBodies, request_body
from memgpt_autogen.testing import HTTPFailure, ScriptedServer, call, says


def test_an_assistant_message_without_words_is_sent_with_empty_content() -> None:
    step = {"role": "assistant", "content": None, "tool_calls": [call("noop").to_wire()]}
    with ScriptedServer(says("Hi.")) as server:
        llm_of(server).complete([*HELLO, step])

    assert server.requests[0]["messages"][1]["content"] == ""
    assert step["content"] is None


def test_sloppy_answers_are_understood() -> None:
    message = {
        "role": "assistant",
        "content": [{"type": "text", "text": "One. "}, {"type": "text", "text": "Two."}],
        "tool_calls": [{"type": "function", "function": {"name": "noop", "arguments": {"a": 1}}}],
    }
    body = {"choices": [{"index": 0, "message": message}]}
    with ScriptedServer(HTTPFailure(200, body)) as server:
        completion = llm_of(server).complete(HELLO)

    (noop,) = completion.tool_calls
    assert completion.text == "One. Two."
    assert (noop.name, noop.arguments) == ("noop", '{"a": 1}')
    assert noop.id.startswith("call_")
    assert completion.finish_reason == "tool_calls"
    assert completion.usage == Usage()


def test_tokens_from_the_endpoints_cache_are_told() -> None:
    from memgpt_autogen.llm.wire.chat import read_usage

    told = {"prompt_tokens": 900, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 512}}

    assert read_usage(told) == Usage(900, 7, 512)
    assert read_usage({"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}}) == Usage(9, 0, 4)
    assert read_usage({"prompt_tokens": 9, "prompt_tokens_details": None}) == Usage(9)
    assert Usage(1, 2, 3) + Usage(10, 20, 30) == Usage(11, 22, 33)


def test_messages_of_the_last_request_are_not_made_again() -> None:
    bodies, messages = (
        RequestBodies(),
        [{"role": "user", "content": "one"}, {"role": "user", "content": None}],
    )
    tools = [{"type": "function", "function": {"name": "look", "parameters": {}}}]

    first = bodies.body(messages, tools)
    second = bodies.body([*map(dict, messages), {"role": "user", "content": "two"}], tools)

    assert second["messages"][0] is first["messages"][0]
    assert second["tools"][0] is first["tools"][0]
    assert [each["content"] for each in second["messages"]] == ["one", "", "two"]


def test_a_message_that_was_changed_since_the_last_request_is_sent_as_it_is_now() -> None:
    bodies = RequestBodies()
    function = {"name": "look", "arguments": "{}"}
    calls = [{"id": "1", "type": "function", "function": function}]
    messages: list[dict[str, Any]] = [{"role": "assistant", "content": "", "tool_calls": calls}]
    bodies.body(messages)

    function["arguments"] = '{"at": "\0"}'

    assert bodies.body(messages) == request_body(messages)
    assert "\0" not in str(bodies.body(messages))


def test_what_a_client_changes_in_a_request_is_not_in_the_next_one() -> None:
    bodies, messages = RequestBodies(), [{"role": "user", "content": "one"}]
    bodies.body(messages)["messages"][0]["content"] = "changed"

    assert bodies.body(messages)["messages"] == messages
    bodies.body(messages)["messages"].clear()
    assert bodies.body(messages)["messages"] == messages
