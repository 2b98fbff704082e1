"""Responses: what is said, how it goes on, and how it is read again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openai.types.responses import Response as OpenAIResponse
from openai.types.responses import ResponseStreamEvent
from openai_chats import chatting, heard, sends
from openai_responses import RESPONSES, WEATHER, responds, result, texts, told
from pydantic import TypeAdapter
from server_apps import PASSWORD, client_of, make_app
from server_world import API, add_user

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM
from memgpt_autogen.testing.scripted import call, says
from memgpt_autogen.tools.tool import Tool

PICTURE = "data:image/png;base64,iVBORw0KGgo="

READ_EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def test_an_agent_answers_with_a_response() -> None:
    with chatting(sends("Hello, Ada.", usage=Usage(100, 7, 40))) as (client, _):
        answer = responds(client, "Hi, I am Ada.", metadata={"ticket": "7"})

    found = answer.json()
    assert answer.status_code == 200
    assert found["id"] == f"resp_{answer.headers['x-run-id'].replace('-', '')}"
    assert (found["status"], texts(found)) == ("completed", ["Hello, Ada."])
    assert found["metadata"] == {"ticket": "7"}
    assert (found["usage"]["input_tokens"], found["usage"]["input_tokens_details"]["cached_tokens"]) == (
        100,
        40,
    )
    assert OpenAIResponse.model_validate(found).output_text == "Hello, Ada."


def test_every_event_of_a_stream_is_one_of_the_openai_package() -> None:
    search = says("I should look.", call("archival_memory_search", query="Ada"))
    weather = says("", call("weather", city="Rome"))
    with chatting(search, sends("Hello."), weather) as (client, _):
        events = told(responds(client, "Hi.", stream=True, reasoning={"summary": "auto"}))
        events += told(responds(client, "And in Rome?", stream=True, tools=[WEATHER]))

    for event in events:
        assert READ_EVENT.validate_python(event).type == event["type"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_response_can_be_read_again(stream: bool) -> None:
    search = says("", call("archival_memory_search", query="Ada"))
    with chatting(search, sends("Hello.")) as (client, _):
        first = responds(client, "Hi.", stream=stream)
        found = told(first)[-1]["response"] if stream else first.json()
        path = f"{RESPONSES}/{found['id']}"

        assert client.get(path).json() == found
        again = told(client.get(path, params={"stream": "true"}))
        assert again[-1]["response"] == found
        if stream:
            assert again == told(first)
            after = again[4]["sequence_number"]
            assert told(client.get(path, params={"stream": "true", "starting_after": after})) == again[5:]


def test_a_response_is_there_after_a_restart_of_the_server() -> None:
    with chatting(sends("Hello.")) as (client, _):
        found = responds(client, "Hi.").json()

    with client_of(make_app(llm=ScriptedLLM(otherwise=sends("Yes.")))) as client:
        assert client.get(f"{RESPONSES}/{found['id']}").json() == found
        later = responds(client, "And now?", previous_response_id=found["id"]).json()

        assert later["previous_response_id"] == found["id"]
        assert heard(client) == [("user", "Hi."), ("user", "And now?")]


def test_what_a_client_sends_again_is_not_new() -> None:
    search = says("", call("archival_memory_search", query="Ada"))
    with chatting(search, sends("Hello.")) as (client, _):
        first = responds(client, "I live in Lisbon.", store=False).json()
        said = {"role": "user", "content": [{"type": "input_text", "text": "I live in Lisbon."}]}
        responds(client, [said, *first["output"], {"role": "user", "content": "Where?"}], store=False)

        assert heard(client) == [("user", "I live in Lisbon."), ("user", "Where?")]


def test_what_is_said_twice_after_one_response_is_a_branch_that_replaces_the_other() -> None:
    with chatting(sends("Hello."), sends("Tea."), sends("Coffee.")) as (client, _):
        first = responds(client, "Hi.").json()
        tea, coffee = (
            responds(client, said, previous_response_id=first["id"]).json() for said in ("Tea?", "Coffee?")
        )
        responds(client, "Milk?", previous_response_id=coffee["id"])

        assert heard(client) == [("user", "Hi."), ("user", "Coffee?"), ("user", "Milk?")]
        assert client.get(f"{RESPONSES}/{tea['id']}").json() == tea


def test_what_is_not_to_be_stored_is_not_read_again() -> None:
    with chatting() as (client, _):
        found = responds(client, "Hi.", store=False).json()
        read = client.get(f"{RESPONSES}/{found['id']}")
        after = responds(client, "And?", previous_response_id=found["id"])

    assert (read.status_code, read.json()["error"]["code"]) == (404, "not_found")
    assert (after.status_code, after.json()["error"]["code"]) == (400, "previous_response_not_found")
    assert after.json()["error"]["param"] == "previous_response_id"


def test_a_function_of_the_client_suspends_the_turn_and_its_result_lets_it_go_on() -> None:
    with chatting(says("", call("weather", city="Rome")), sends("23 degrees.")) as (client, model):
        asked = responds(client, "How warm is it in Rome?", tools=[WEATHER]).json()
        (called,) = asked["output"]
        answered = responds(client, [result(called, "23 C")], previous_response_id=asked["id"]).json()

        assert (called["type"], called["name"], called["arguments"]) == (
            "function_call",
            "weather",
            '{"city": "Rome"}',
        )
        assert (asked["status"], texts(answered)) == ("completed", ["23 degrees."])
        assert answered["id"] != asked["id"]
        assert answered["previous_response_id"] == asked["id"]
        assert "23 C" in str(model.requests[-1].messages)
        for found in (asked, answered):
            assert client.get(f"{RESPONSES}/{found['id']}").json() == found


@pytest.mark.parametrize("interleaved", [False, True])
def test_results_of_several_calls_are_found_among_what_is_sent_again(interleaved: bool) -> None:
    both = says("", call("weather", city="Rome"), call("weather", city="Oslo"))
    with chatting(both, sends("Both are fine.")) as (client, _):
        first = responds(client, "Rome and Oslo?", tools=[WEATHER], store=False).json()
        rome, oslo = first["output"]
        results = [result(rome, "23 C"), result(oslo, [{"type": "input_text", "text": "9 C"}])]
        said = {"role": "user", "content": "Rome and Oslo?"}
        items = [rome, results[0], oslo, results[1]] if interleaved else [rome, oslo, *results]
        answer = responds(client, [said, *items], tools=[WEATHER], store=False).json()

        assert texts(answer) == ["Both are fine."]
        assert heard(client) == [("user", "Rome and Oslo?")]


def test_a_run_that_waits_for_more_results_names_the_calls() -> None:
    both = says("", call("weather", city="Rome"), call("weather", city="Oslo"))
    with chatting(both, sends("Both are fine.")) as (client, _):
        first = responds(client, "Rome and Oslo?", tools=[WEATHER]).json()
        rome, oslo = first["output"]
        half = responds(client, [result(rome, "23 C")], previous_response_id=first["id"]).json()

        assert [each["call_id"] for each in half["output"]] == [oslo["call_id"]]
        whole = responds(client, [result(oslo, "9 C")], previous_response_id=first["id"]).json()
        assert texts(whole) == ["Both are fine."]


def test_results_and_new_words_are_one_response() -> None:
    answers = says("", call("weather", city="Rome")), sends("23 degrees."), sends("Have a good trip.")
    with chatting(*answers) as (client, _):
        first = responds(client, "How warm is Rome?", tools=[WEATHER]).json()
        new = {"role": "user", "content": "I fly today."}
        both = [result(first["output"][0], "23 C"), new]
        answer = responds(client, both, previous_response_id=first["id"]).json()

        assert texts(answer) == ["23 degrees.", "\nHave a good trip."]
        assert client.get(f"{RESPONSES}/{answer['id']}").json() == answer
        items = client.get(f"{RESPONSES}/{answer['id']}/input_items", params={"order": "asc"}).json()["data"]
        assert [each["type"] for each in items] == ["function_call_output", "message"]


def test_the_items_of_the_input_can_be_read() -> None:
    with chatting() as (client, _):
        two = [{"role": "user", "content": "One."}, {"role": "user", "content": "Two."}]
        found = responds(client, two).json()
        page = client.get(f"{RESPONSES}/{found['id']}/input_items", params={"limit": 1}).json()
        rest = client.get(f"{RESPONSES}/{found['id']}/input_items", params={"after": page["last_id"]}).json()

    assert page["has_more"]
    assert [page["data"][0]["content"][0]["text"], rest["data"][0]["content"][0]["text"]] == ["Two.", "One."]


def test_a_response_in_the_background_is_asked_for_later() -> None:
    with chatting(sends("Hello.")) as (client, _):
        begun = responds(client, "Hi.", background=True).json()
        assert begun["background"]
        assert begun["status"] in ("queued", "in_progress", "completed")
        end = time.monotonic() + 30
        while (found := client.get(f"{RESPONSES}/{begun['id']}").json())["status"] != "completed":
            assert time.monotonic() < end
            time.sleep(0.02)

    assert texts(found) == ["Hello."]


@pytest.fixture
def held() -> Iterator[tuple[TestClient, threading.Event]]:
    """A client of an agent whose model answers when it may."""
    may = threading.Event()

    class Waits(ScriptedLLM):
        def complete(self, *args: Any, **options: Any) -> Any:
            assert may.wait(30)
            return super().complete(*args, **options)

    with client_of(make_app(llm=Waits(otherwise=sends("Yes.")))) as client:
        client.post(f"{API}/agents", json={"name": "sam"})
        yield client, may
        may.set()


def test_a_response_in_the_background_can_be_cancelled(held: tuple[TestClient, threading.Event]) -> None:
    client, may = held
    begun = responds(client, "Hi.", background=True).json()

    assert begun["status"] in ("queued", "in_progress")
    cancelled = client.post(f"{RESPONSES}/{begun['id']}/cancel").json()
    may.set()
    assert cancelled["status"] == "cancelled"
    events = told(client.get(f"{RESPONSES}/{begun['id']}", params={"stream": "true"}))
    assert events[-1]["response"]["status"] == "cancelled"
    assert client.post(f"{RESPONSES}/{begun['id']}/cancel").json() == events[-1]["response"]


def test_a_conversation_marks_what_is_said_in_it() -> None:
    with chatting() as (client, _):
        conversation = client.post("/v1/conversations", json={"metadata": {}}).json()["id"]
        first = responds(client, "Hi.", conversation=conversation).json()
        responds(client, "And now?", conversation={"id": conversation})
        responds(client, "And then?", previous_response_id=first["id"])
        said = [entry.message for entry in open_memory("sam").log.spoken_tail(10)]

    chats = [each.extra.get("chat") for each in said if each.kind == "message"]
    assert first["conversation"] == {"id": conversation}
    assert chats == [[conversation, "user"]] * 3


def test_instructions_are_of_one_request() -> None:
    with chatting(sends("Arr."), sends("Yes.")) as (client, model):
        first = responds(client, "Hi.", instructions="Talk like a pirate.").json()
        responds(client, "And now?", previous_response_id=first["id"])

    assert first["instructions"] == "Talk like a pirate."
    assert ["Talk like a pirate." in str(prompt) for prompt in model.requests] == [True, False]


def test_a_key_of_idempotency_gives_the_same_response() -> None:
    with chatting(sends("Hello.")) as (client, _):
        once, again = (
            responds(client, "Hi.", headers={"Idempotency-Key": "k1"}, stream=stream)
            for stream in (False, True)
        )

        assert told(again)[-1]["response"] == once.json()
        assert heard(client) == [("user", "Hi.")]


def test_a_picture_is_said_with_its_words() -> None:
    content = [{"type": "input_text", "text": "What is it?"}, {"type": "input_image", "image_url": PICTURE}]
    with chatting() as (client, _):
        responds(client, [{"role": "user", "content": content}])

        ((_, text),) = heard(client)
    assert text.startswith("What is it? [image 1: image/png")


@pytest.mark.parametrize(
    ("more", "param", "words"),
    [
        ({"tools": [{"type": "web_search"}]}, "tools[0].type", "functions only"),
        ({"conversation": "c1", "previous_response_id": "resp_1"}, "previous_response_id", "together"),
        ({"conversation": ""}, "conversation", "1 to 64"),
        ({"background": True, "store": False}, "background", "store=true"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt", "instructions"),
        ({"top_logprobs": 3}, "top_logprobs", "Leave it out"),
        ({"metadata": {"a": "x" * 513}}, "metadata", "512"),
        ({"instructions": ["x"]}, "instructions", "text"),
        ({"model": "nobody"}, "model", "does not exist"),
        ({"input": []}, "input", "nothing is new"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_file"}]}]},
            "input[0].content[0]",
            "documents",
        ),
        ({"input": [{"role": "king", "content": "x"}]}, "input[0].role", "must be one of"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id", "name a call"),
        ({"input": [{"type": "mcp_approval_response"}]}, None, "no call waits"),
    ],
)
def test_what_an_agent_cannot_do_is_an_error(more: dict[str, Any], param: str | None, words: str) -> None:
    with chatting() as (client, _):
        answer = client.post(RESPONSES, json={"model": "sam", "input": "Hi.", **more})

        error = answer.json()["error"]
        assert (answer.status_code, error["param"]) == (404 if "model" in more else 400, param)
        assert words in error["message"]
        assert heard(client) == []


def test_a_response_is_not_deleted_and_says_what_forgets() -> None:
    with chatting() as (client, _):
        found = responds(client, "Hi.").json()
        answer = client.delete(f"{RESPONSES}/{found['id']}")

    assert answer.status_code == 405
    assert "/forget" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/{id}", None),
        ("GET", "/{id}/input_items", None),
        ("POST", "/{id}/cancel", None),
        ("POST", "", {"model": "sam", "input": "Hi.", "previous_response_id": "{id}"}),
    ],
)
def test_a_response_of_another_user_is_not_there(
    admin: TestClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    app: Any = admin.app
    ada, bob = add_user(admin, "ada").client(app), add_user(admin, "bob").client(app)
    for client in (ada, bob):
        client.post(f"{API}/agents", json={"name": "sam"})
    hers = responds(ada, "Hi.").json()["id"]
    answers = []
    for id_ in (hers, f"resp_{'0' * 32}"):
        sent = None if body is None else {name: value.format(id=id_) for name, value in body.items()}
        answer = bob.request(method, f"{RESPONSES}{path.format(id=id_)}", json=sent)
        answers.append((answer.status_code, answer.text.replace(id_, "IT")))

    assert answers[0] == answers[1]
    assert answers[0][0] == (400 if body else 404)


def test_a_key_for_other_agents_does_not_see_a_response(admin: TestClient) -> None:
    app: Any = admin.app
    ada = add_user(admin, "ada").client(app)
    for name in ("sam", "ann"):
        ada.post(f"{API}/agents", json={"name": name})
    found = responds(ada, "Hi.").json()["id"]
    made = ada.post(f"{API}/users/ada/keys", json={"name": "phone", "agents": ["ann"]}).json()
    phone = client_of(app, made["key"])

    assert phone.get(f"{RESPONSES}/{found}").status_code == 404


def test_a_task_of_a_front_end_is_no_response_of_the_agent() -> None:
    with chatting() as (client, model):
        answer = responds(
            client, "### Task:\nA title, please.", headers={"X-OpenWebUI-Task": "title_generation"}
        )

        assert texts(answer.json()) != []
        assert heard(client) == []
        assert client.get(f"{RESPONSES}/{answer.json()['id']}").status_code == 404
    assert len(model.requests) == 1


def test_what_is_said_after_a_running_response_waits(held: tuple[TestClient, threading.Event]) -> None:
    client, may = held
    first = responds(client, "Hi.", background=True).json()

    more = {"background": True, "previous_response_id": first["id"]}
    after = [responds(client, said, **more) for said in ("Tea?", "Milk?")]

    assert [each.json().get("status") for each in after] == ["queued", "queued"]
    may.set()
    assert told(client.get(f"{RESPONSES}/{after[1].json()['id']}", params={"stream": "true"}))
    assert heard(client) == [("user", "Hi."), ("user", "Tea?"), ("user", "Milk?")]


def pay(sum: int) -> str:  # noqa: A002 - a name that a model reads
    """Pay a sum."""
    return f"{sum} paid"


@pytest.mark.parametrize("approve", [True, False])
def test_what_must_be_allowed_is_asked_for_and_answered(approve: bool) -> None:
    model = ScriptedLLM(says("", call("pay", sum=7)), sends("Done."))
    app = create_app(
        Settings.load(),
        ServerOptions(),
        password=AdminPassword.of(PASSWORD, "a test"),
        llm=model,
        tools=[Tool.from_function(pay, approval=True)],
    )
    with client_of(app) as client:
        client.post(f"{API}/agents", json={"name": "sam"})
        asked = responds(client, "Pay 7.").json()
        (request,) = [each for each in asked["output"] if each["type"] == "mcp_approval_request"]
        given = {"type": "mcp_approval_response", "approval_request_id": request["id"], "approve": approve}
        answered = responds(client, [given], previous_response_id=asked["id"]).json()

    assert (request["name"], texts(answered)) == ("pay", ["Done."])
    assert ("7 paid" in str(model.requests[-1].messages)) == approve
    assert [each["type"] for each in answered["output"]] == ["mcp_call", "message"]
