"""Chat completions: what is said and answered, whole and as a stream."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from openai_chats import CHAT, WEATHER, asks, assistant, chatting, chunks, deltas, heard, sends, user
from server_apps import client_of, make_app
from server_world import API

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.testing import ScriptedServer
from memgpt_autogen.testing.scripted import call, says

PNG = b"\x89PNG\r\n\x1a\n"


def test_an_agent_answers_as_a_model() -> None:
    with chatting(sends("Hello, Ada.", usage=Usage(100, 7, 40))) as (client, _):
        answer = asks(client, user("Hi, I am Ada."))

    found = answer.json()
    assert answer.status_code == 200
    assert found["id"] == f"chatcmpl-{answer.headers['x-run-id'].replace('-', '')}"
    assert (found["object"], found["model"]) == ("chat.completion", "sam")
    (choice,) = found["choices"]
    assert choice["message"] == {"role": "assistant", "content": "Hello, Ada."}
    assert choice["finish_reason"] == "stop"
    assert found["usage"] == {
        "prompt_tokens": 100,
        "completion_tokens": 7,
        "total_tokens": 107,
        "prompt_tokens_details": {"cached_tokens": 40},
    }


def test_a_stream_begins_with_the_role_and_ends_with_the_reason_and_the_usage() -> None:
    with chatting(sends("Hello.", "How are you?", usage=Usage(100, 7))) as (client, _):
        answer = asks(client, user("Hi."), stream=True, stream_options={"include_usage": True})

    found = chunks(answer)
    assert found[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(each.get("content", "") for each in deltas(answer)) == "Hello.\nHow are you?"
    assert [each["choices"][0]["finish_reason"] for each in found[:-1]][-2:] == [None, "stop"]
    assert all(each["usage"] is None for each in found[:-1])
    assert (found[-1]["choices"], found[-1]["usage"]["total_tokens"]) == ([], 107)
    assert len({each["id"] for each in found}) == 1


def test_a_stream_has_no_usage_unless_it_is_asked_for() -> None:
    with chatting() as (client, _):
        found = chunks(asks(client, user("Hi."), stream=True))

    assert all("usage" not in each and each["choices"] for each in found)


def test_what_the_client_sends_again_is_not_stored_again() -> None:
    with chatting(sends("Hello."), sends("In Lisbon.")) as (client, model):
        asks(client, user("I live in Lisbon."))
        asks(client, user("I live in Lisbon."), assistant("Hello."), user("Where do I live?"))

        assert heard(client) == [("user", "I live in Lisbon."), ("user", "Where do I live?")]
    assert str(model.requests[-1].messages).count("I live in Lisbon.") == 1


def test_what_was_said_to_another_model_before_is_not_stored() -> None:
    with chatting() as (client, model):
        asks(client, user("To another."), assistant("Its answer."), user("To you."))

        assert heard(client) == [("user", "To you.")]
    assert "To another." not in str(model.requests[0].messages)


def test_a_question_that_had_no_answer_is_not_stored_again_with_the_next_one() -> None:
    with chatting(RuntimeError("gone"), sends("Yes.")) as (client, _):
        assert asks(client, user("First?")).status_code >= 500
        asks(client, user("First?"), user("Second?"))

        assert heard(client) == [("user", "First?"), ("user", "Second?")]


def test_a_client_that_drops_old_answers_does_not_say_its_old_questions_again() -> None:
    with chatting() as (client, _):
        asked = [user(f"Question {number}.") for number in range(5)]
        for last in range(1, 6):
            asks(client, *asked[:last])

        assert [text for _, text in heard(client)] == [each["content"] for each in asked]


def test_the_same_words_again_are_said_again() -> None:
    with chatting() as (client, _):
        asks(client, user("Yes."))
        asks(client, user("Yes."), assistant("Yes."), user("Yes."))

        assert heard(client) == [("user", "Yes."), ("user", "Yes.")]


def test_the_system_text_is_for_this_request_only() -> None:
    with chatting() as (client, model):
        asks(client, {"role": "system", "content": "Speak like a pirate."}, user("Hi."))
        asks(client, user("Hi."), assistant("Yes."), user("And?"))

        assert "pirate" in str(model.requests[0].messages)
        assert "pirate" not in str(model.requests[1].messages)
        assert "pirate" not in client.get("/api/v1/agents/sam/log", params={"after": 0}).text


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 5}, "top_logprobs"),
        ({"tools": [{"type": "function", "function": {"name": "no blanks"}}]}, "tools[0]"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [user("Hi."), assistant("Yes.")]}, "messages"),
        ({"messages": [{"role": "system", "content": "Be brief."}]}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"model": None}, "model"),
    ],
)
def test_what_an_agent_cannot_do_is_400_with_the_parameter(given: dict[str, object], param: str) -> None:
    with chatting() as (client, model):
        answer = client.post(CHAT, json={"model": "sam", "messages": [user("Hi.")], **given})

    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, None)
    assert not model.requests


def test_parameters_that_nobody_knows_are_accepted() -> None:
    odd = {
        "n": 1,
        "logprobs": False,
        "max_tokens": -1,
        "temperature": "warm",
        "stop": None,
        "seed": 5,
        "keep_alive": "5m",
        "options": {"num_ctx": 8192},
        "ttl": 300,
        "draft_model": "x",
        "stream_options": None,
        "tools": None,
        "tool_choice": "auto",
        "metadata": None,
        "store": True,
    }
    with chatting() as (client, _):
        assert asks(client, user("Hi."), **odd).status_code == 200


def test_the_agents_own_tools_are_no_calls_of_the_answer() -> None:
    searches = says("I look it up.", call("conversation_search", query="Lisbon", request_heartbeat=True))
    with chatting(searches, sends("No."), searches, sends("No.")) as (client, _):
        whole = asks(client, user("Lisbon?"))
        stream = asks(client, user("Lisbon?"), assistant("No."), user("Sure?"), stream=True)

    assert "tool_calls" not in whole.text
    assert "tool_calls" not in stream.text
    assert "reasoning_content" not in whole.text + stream.text
    assert whole.json()["choices"][0]["finish_reason"] == "stop"


def test_thoughts_come_as_reasoning_where_they_are_asked_for() -> None:
    searches = says("I look it up.", call("conversation_search", query="Lisbon", request_heartbeat=True))
    with chatting(searches, sends("No."), searches, sends("No.")) as (client, _):
        whole = asks(client, user("Lisbon?"), include_thoughts=True)
        stream = asks(client, user("Lisbon?"), include_thoughts=True, stream=True)

    thoughts = whole.json()["choices"][0]["message"]["reasoning_content"]
    assert "I look it up." in thoughts
    assert 'conversation_search({"query": "Lisbon"' in thoughts
    assert "I look it up." in "".join(each.get("reasoning_content", "") for each in deltas(stream))


def test_images_reach_the_agent_as_parts() -> None:
    picture = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    parts = [{"type": "text", "text": "See:"}, {"type": "image_url", "image_url": {"url": picture}}]
    with chatting() as (client, _):
        asks(client, user(parts))

        ((_, text),) = heard(client)
    assert text.startswith("See: [image 1: image/png")


def test_a_list_of_texts_is_one_text() -> None:
    with chatting() as (client, _):
        asks(client, user([{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]))

        assert heard(client) == [("user", "One. Two.")]


@pytest.mark.parametrize("text", ["", " ", None])
def test_an_empty_message_is_heard_where_nothing_else_is_new(text: str | None) -> None:
    with chatting() as (client, _):
        first = asks(client, user("Hi."), user(text))
        second = asks(client, user("Hi."), assistant("Yes."), user(text))

        assert (first.status_code, second.status_code) == (200, 200)
        assert [words.strip() for _, words in heard(client)] == ["Hi.", ""]


def test_a_chat_is_the_place_of_its_messages() -> None:
    with chatting() as (client, _):
        asks(client, user("Hi."), headers={"X-OpenWebUI-Chat-Id": "chat-1"})
        asks(client, user("Ho."), headers={"X-OpenWebUI-Chat-Id": "{{CHAT_ID}}"})

        found = [entry.message for entry in open_memory("sam").log.spoken_tail(10)]
    chats = [each.extra.get("chat") for each in found if each.kind == "message"]
    assert chats == [["chat-1", "user"], None], "a placeholder that a front end does not know is no id"


def test_clients_tools_suspend_the_turn_and_results_resume_it() -> None:
    first = says("", call("weather", city="Lisbon"))
    with chatting(first, sends("Sunny.")) as (client, model):
        asked = asks(client, user("Weather?"), tools=[WEATHER])
        (choice,) = asked.json()["choices"]
        (made,) = choice["message"]["tool_calls"]
        result = {"role": "tool", "tool_call_id": made["id"], "content": "sunny, 25 degrees"}
        transcript = [user("Weather?"), choice["message"], result]
        answered = asks(client, *transcript, tools=[WEATHER])
        again = asks(client, *transcript, tools=[WEATHER])

        assert choice["finish_reason"] == "tool_calls"
        assert choice["message"]["content"] is None
        assert made["function"] == {"name": "weather", "arguments": '{"city": "Lisbon"}'}
        assert answered.json()["choices"][0]["message"]["content"] == "Sunny."
        assert answered.headers["x-run-id"] == asked.headers["x-run-id"]
        assert again.json()["choices"] == answered.json()["choices"], "the same results are the same turn"
        assert heard(client) == [("user", "Weather?")]
    assert "sunny, 25 degrees" in str(model.requests[1].messages)
    assert len(model.requests) == 2


def test_a_stream_has_the_clients_calls_as_deltas() -> None:
    with chatting(says("", call("weather", city="Lisbon"), call("weather", city="Porto"))) as (client, _):
        answer = asks(client, user("Weather?"), tools=[WEATHER], stream=True)

    found = [each["tool_calls"] for each in deltas(answer) if "tool_calls" in each]
    assert [[each["index"] for each in calls] for calls in found] == [[0, 1]]
    assert chunks(answer)[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_some_of_the_results_bring_the_calls_that_are_left() -> None:
    two = says("", call("weather", city="Lisbon"), call("weather", city="Porto"))
    with chatting(two, sends("Sunny.")) as (client, _):
        asked = asks(client, user("Weather?"), tools=[WEATHER])
        message = asked.json()["choices"][0]["message"]
        first, second = message["tool_calls"]
        given = {"role": "tool", "tool_call_id": first["id"], "content": "sun"}
        left = asks(client, user("Weather?"), message, given, tools=[WEATHER])
        rest = {"role": "tool", "tool_call_id": second["id"], "content": "rain"}
        answered = asks(client, user("Weather?"), message, given, rest, tools=[WEATHER])

    assert [each["id"] for each in left.json()["choices"][0]["message"]["tool_calls"]] == [second["id"]]
    assert left.json()["choices"][0]["finish_reason"] == "tool_calls"
    assert answered.json()["choices"][0]["message"]["content"] == "Sunny."


def test_words_after_the_results_are_answered_too() -> None:
    with chatting(says("", call("weather", city="Lisbon")), sends("Sunny."), sends("Porto, too.")) as (
        client,
        _,
    ):
        message = asks(client, user("Weather?"), tools=[WEATHER]).json()["choices"][0]["message"]
        result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "sun"}
        answered = asks(client, user("Weather?"), message, result, user("And Porto?"), tools=[WEATHER])

        assert answered.json()["choices"][0]["message"]["content"] == "Sunny.\nPorto, too."
        assert heard(client) == [("user", "Weather?"), ("user", "And Porto?")]


def test_results_that_nobody_waits_for_are_words() -> None:
    with chatting() as (client, _):
        result = {"role": "tool", "tool_call_id": "call_of_another", "content": "sun"}
        answer = asks(client, user("Weather?"), assistant(None), result)

        assert answer.status_code == 200
        assert heard(client) == [("user", "[result of a tool call] sun")]


def test_functions_of_the_older_form_work() -> None:
    with chatting(says("", call("weather", city="Lisbon")), sends("Sunny.")) as (client, _):
        asked = asks(client, user("Weather?"), functions=[WEATHER["function"]])
        (choice,) = asked.json()["choices"]
        result = {"role": "function", "name": "weather", "content": "sun"}
        given = [user("Weather?"), choice["message"], result]
        answered = asks(client, *given, functions=[WEATHER["function"]])

    assert choice["finish_reason"] == "function_call"
    assert choice["message"]["function_call"] == {"name": "weather", "arguments": '{"city": "Lisbon"}'}
    assert "tool_calls" not in choice["message"]
    assert answered.json()["choices"][0]["message"]["content"] == "Sunny."


def test_tools_are_not_offered_where_the_client_wants_none() -> None:
    with chatting() as (client, model):
        asks(client, user("Weather?"), tools=[WEATHER], tool_choice="none")

    assert "weather" not in [each["function"]["name"] for each in model.requests[0].tools]


def test_an_idempotency_key_gives_the_same_answer_and_no_second_message() -> None:
    key = {"Idempotency-Key": "k1"}
    with chatting(sends("One."), sends("Two.")) as (client, _):
        first = asks(client, user("Hi."), headers=key)
        again = asks(client, user("Hi."), headers=key)
        stream = asks(client, user("Hi."), headers=key, stream=True)
        other = asks(client, user("Ho."), headers=key)

        assert again.json() == first.json()
        assert "".join(each.get("content", "") for each in deltas(stream)) == "One."
        assert other.status_code == 422
        assert "Idempotency-Key" in other.json()["error"]["message"]
        assert heard(client) == [("user", "Hi.")]


def test_temperature_and_the_limit_of_tokens_reach_the_model() -> None:
    with ScriptedServer(otherwise=sends("Yes.")) as server:
        llm = OpenAILLM("scripted", base_url=server.url, api_key="none", temperature=1.0)
        with client_of(make_app(llm=llm)) as client:
            client.post(f"{API}/agents", json={"name": "sam"})
            asks(client, user("Hi."), temperature=0.25, top_p=0.5, max_tokens=300, seed=7)
            asks(client, user("Ho."), max_completion_tokens=200, max_tokens=-1)

    first, second = server.requests
    assert (first["temperature"], first["top_p"], first["max_tokens"]) == (0.25, 0.5, 300)
    assert "seed" not in first
    assert (second["temperature"], second["max_tokens"]) == (1.0, 200)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"type": "json_object"}, "one JSON object, and nothing else"),
        ({"type": "json_schema", "json_schema": {"schema": {"title": "Cat"}}}, '{"title": "Cat"}'),
        ({"type": "text"}, ""),
        ("json", ""),
    ],
)
def test_the_model_is_told_the_form_that_a_client_wants(given: Any, told: str) -> None:
    with chatting() as (client, model):
        answer = asks(client, user("Hi."), response_format=given)

    assert answer.status_code == 200
    prompt = model.requests[0].messages[0]["content"]
    assert ("What you say in this turn" in prompt) is bool(told)
    assert told in prompt


def test_an_idempotency_key_knows_its_request_though_the_log_has_grown_since() -> None:
    key = {"Idempotency-Key": "k1"}
    with chatting(RuntimeError("gone"), sends("Yes.")) as (client, _):
        asks(client, user("First?"))
        answers = [asks(client, user("First?"), user("Second?"), headers=key) for _ in range(2)]

        assert answers[0].status_code == 200
        assert answers[1].json() == answers[0].json()
