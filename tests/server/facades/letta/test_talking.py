"""Messages over Letta's paths: said, streamed, answered, cancelled, read again and listed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from letta_calls import ASK, calling, heard, kinds, say, sends, stream
from server_apps import client_of
from server_world import add_user

from memgpt_autogen.errors import ModelError
from memgpt_autogen.server.facades.letta.talking import left_runs
from memgpt_autogen.testing.scripted import call, says


def wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


REMEMBERS = says(
    "She likes tea.",
    call("core_memory_append", label="human", content="likes tea"),
    call("send_message", message="Noted."),
)


def test_a_message_is_answered_with_all_messages_of_the_turn() -> None:
    with calling(REMEMBERS) as (client, agent):
        answer = say(client, agent, "I like tea.")

        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert kinds(told["messages"]) == [
            "reasoning_message",
            "tool_call_message",
            "tool_return_message",
            "assistant_message",
        ]
        assert told["messages"][-1]["content"] == "Noted."
        assert told["stop_reason"]["stop_reason"] == "end_turn"
        assert told["usage"]["step_count"] == 1
        assert heard(client, agent) == [("user", "I like tea.")]
        listed = client.get(f"/v1/agents/{agent}/messages", params={"order": "asc"}).json()
        assert kinds(listed)[0] == "user_message"
        ids = {each["id"] for each in listed}
        assert {each["id"] for each in told["messages"]} <= ids, "the stream and the list name the same"


@pytest.mark.parametrize("path", ["messages", "messages/stream"])
def test_a_stream_has_the_messages_the_end_the_usage_and_done(path: str) -> None:
    with calling(REMEMBERS) as (client, agent):
        body = {"input": "I like tea.", "streaming": True, "stream_tokens": True}
        told = stream(client.post(f"/v1/agents/{agent}/{path}", json=body))

    assert kinds(told)[-2:] == ["stop_reason", "usage_statistics"]
    text = "".join(each["content"] for each in told if each["message_type"] == "assistant_message")
    assert text == "Noted."
    assert len({each["run_id"] for each in told[:-2]}) == 1
    numbers = [each["seq_id"] for each in told[:-2] if each.get("seq_id") is not None]
    assert numbers == sorted(set(numbers)), "one message at most has the number of an event"


def test_a_stream_is_read_on_after_any_of_its_messages() -> None:
    with calling(REMEMBERS) as (client, agent):
        body = {"input": "I like tea.", "background": True}
        whole = stream(client.post(f"/v1/agents/{agent}/messages/stream", json=body))
        run = whole[0]["run_id"]

        for place, message in enumerate(whole[:-2]):
            answer = client.post(f"/v1/runs/{run}/stream", json={"starting_after": message["seq_id"]})
            assert stream(answer) == whole[place + 1 :]
        assert stream(client.post(f"/v1/runs/{run}/stream")) == whole


def test_an_error_of_the_model_is_told_and_asks_for_no_second_message() -> None:
    def fail(_request: Any) -> Any:
        raise ModelError("it is away")

    with calling(fail, fail) as (client, agent):
        answer = say(client, agent)
        assert (answer.status_code, answer.headers["x-should-retry"]) == (502, "false")
        assert "it is away" in answer.json()["detail"]

        streamed = client.post(f"/v1/agents/{agent}/messages/stream", json={"input": "Hi."})
        told = stream(streamed)
        assert kinds(told) == ["stop_reason", "error_message"]
        assert "event: error\n" in streamed.text, "which the client raises"
        assert told[0]["stop_reason"] == "error"
        run = client.get("/v1/runs/").json()[0]
        assert (run["status"], run["agent_id"]) == ("failed", agent)


def test_the_same_message_of_the_client_is_heard_once() -> None:
    with calling() as (client, agent):
        first = say(client, agent, message={"otid": "one"}).json()
        again = say(client, agent, message={"otid": "one"}).json()
        other = say(client, agent, "Bye.", message={"otid": "one"})

        assert again == first
        assert other.status_code == 422
        assert heard(client, agent) == [("user", "Hi.")]


def test_a_request_that_the_client_sends_again_is_answered_by_its_first_run() -> None:
    """The client waits a minute and sends the message again; the turn goes on meanwhile."""
    release = threading.Event()

    def slow(_request: Any) -> Any:
        release.wait(60)
        return sends("Here I am.")

    with calling(slow) as (client, agent):
        state: Any = client.app
        path, again = f"/v1/agents/{agent}/messages", {"x-stainless-retry-count": "1"}
        started = client.post(f"{path}/async", json={"input": "Hi."}).json()["id"]
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(client.post, path, json={"input": "Hi."}, headers=again)
            wait_for(lambda: state.state.streams.open_of_all == 1)
            release.set()
            answer = asked.result(60).json()
        later = client.post(path, json={"input": "Hi."}, headers=again).json()
        left_runs(SimpleNamespace(app=state)).add(later["usage"]["run_ids"][0].removeprefix("run-"))  # type: ignore[arg-type]
        lost = client.post(path, json={"input": "Hi."}, headers=again).json()

        assert answer["messages"][-1]["content"] == "Here I am."
        assert answer["usage"]["run_ids"] == [started]
        assert later["usage"]["run_ids"] != [started], "that one was answered"
        assert lost == later, "the client had left that one"
        assert heard(client, agent) == [("user", "Hi.")] * 2


@pytest.mark.parametrize(
    "answer",
    [
        {
            "type": "tool_return",
            "tool_returns": [{"tool_call_id": "", "tool_return": "42", "status": "success"}],
        },
        {
            "type": "approval",
            "approvals": [
                {
                    "type": "tool",
                    "tool_call_id": "",
                    "tool_return": [{"type": "text", "text": "42"}],
                    "status": "success",
                }
            ],
        },
    ],
)
def test_a_function_of_the_client_is_answered_by_its_result(answer: dict[str, Any]) -> None:
    with calling(says("", call("ask")), sends("It is 42.")) as (client, agent):
        waits = say(client, agent, client_tools=[ASK]).json()
        assert kinds(waits["messages"]) == ["approval_request_message"]
        assert waits["stop_reason"]["stop_reason"] == "requires_approval"
        (asked,) = waits["messages"][0]["tool_calls"]
        for given in answer.get("approvals") or answer["tool_returns"]:
            given["tool_call_id"] = asked["tool_call_id"]

        told = client.post(f"/v1/agents/{agent}/messages", json={"messages": [answer]})

        assert told.status_code == 200, told.text
        assert told.json()["messages"][-1]["content"] == "It is 42."
        assert told.json()["stop_reason"]["stop_reason"] == "end_turn"
        again = client.post(f"/v1/agents/{agent}/messages", json={"messages": [answer]})
        assert again.status_code == 409
        assert again.headers["x-should-retry"] == "false"


def test_an_answer_that_nobody_asked_for() -> None:
    with calling() as (client, agent):
        lone = {"type": "approval", "approve": True, "approval_request_id": "message-1"}
        for message, status in (
            (lone, 404),
            (
                {
                    "type": "tool_return",
                    "tool_returns": [{"tool_call_id": "x", "tool_return": "", "status": "error"}],
                },
                404,
            ),
            ({"type": "approval"}, 422),
            ({"type": "approval", "approvals": [{}]}, 422),
            ({"type": "approval", "approvals": [{"tool_call_id": "x"}]}, 422),
        ):
            answer = client.post(f"/v1/agents/{agent}/messages", json={"messages": [message]})
            assert answer.status_code == status, answer.text
        mixed = client.post(f"/v1/agents/{agent}/messages", json={"messages": [lone], "input": "Hi."})
        assert mixed.status_code == 422


def test_a_message_while_the_agent_waits_is_heard_and_not_refused() -> None:
    """In Letta the agent is stuck until somebody answers."""
    with calling(says("", call("ask")), sends("Here.")) as (client, agent):
        say(client, agent, client_tools=[ASK])
        answer = say(client, agent, "Are you there?")

        assert answer.status_code == 200, answer.text
        assert answer.json()["messages"][-1]["content"] == "Here."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"input": "Hi.", "max_steps": 3}, "max_steps"),
        ({"input": "Hi.", "override_system": "Be rude."}, "override_system"),
        ({"input": "Hi.", "return_logprobs": True}, "return_logprobs"),
        ({"messages": [{"role": "system", "content": "Hi."}]}, "role user"),
        ({"messages": [{"role": "assistant", "content": "Hi."}]}, "role user"),
        ({"messages": [{"role": "user", "content": [{"type": "tool_call"}]}]}, "tool_call"),
        ({"messages": []}, "nothing to say"),
        ({"input": ""}, "nothing to say"),
        ({"input": "Hi.", "assistant_message_tool_name": "speak"}, "send_message"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_heard(body: dict[str, Any], words: str) -> None:
    with calling() as (client, agent):
        answer = client.post(f"/v1/agents/{agent}/messages", json=body)

        assert answer.status_code == 422, answer.text
        assert words in answer.json()["detail"]
        assert heard(client, agent) == []


def test_what_asks_for_nothing_special_is_taken() -> None:
    with calling() as (client, agent):
        body = {
            "input": "Hi.",
            "max_steps": 50,
            "enable_thinking": "true",
            "use_assistant_message": True,
            "override_model": None,
            "return_logprobs": False,
            "client_skills": [],
        }
        assert client.post(f"/v1/agents/{agent}/messages", json=body).status_code == 200


def test_names_are_believed_from_keys_that_may_speak_for_others() -> None:
    with calling() as (client, agent):
        app: Any = client.app
        other = add_user(client, "ada", scopes=["read", "talk", "write"]).client(app)
        mine = other.post("/v1/agents/", json={"name": "ann"}).json()["id"]

        assert say(client, agent, message={"name": "Ben"}).status_code == 200
        assert say(other, mine, message={"name": "Ben"}).status_code == 403
        assert say(other, mine).status_code == 200
        assert heard(client, agent) == [("Ben", "Hi.")]
        assert heard(other, mine) == [("ada", "Hi.")]


def test_the_header_user_id_chooses_nobody() -> None:
    with calling() as (client, agent):
        app: Any = client.app
        ada = add_user(client, "ada")
        answer = ada.client(app).get(
            "/v1/agents/", headers={"user_id": "00000000-0000-0000-0000-000000000000"}
        )
        assert answer.json() == []
        hers = client.get("/v1/agents/", headers={"user_id": ada.id}).json()
        assert [each["id"] for each in hers] == [agent]


def test_the_log_is_read_in_pages_of_entries_in_both_orders() -> None:
    with calling(*[sends(f"Answer {n}.", f"Thought {n}.") for n in range(4)]) as (client, agent):
        for number in range(4):
            say(client, agent, f"Question {number}.")
        path = f"/v1/agents/{agent}/messages"
        whole = client.get(path, params={"limit": 100, "order": "asc"}).json()

        for order in ("asc", "desc"):
            found: list[dict[str, Any]] = []
            params: dict[str, Any] = {"limit": 3, "order": order}
            while some := client.get(path, params=params).json():
                found += some
                params["after"] = found[-1]["id"]
            assert found == (whole if order == "asc" else whole[::-1])
        back = client.get(path, params={"before": whole[-1]["id"], "order": "asc", "limit": 2}).json()
        assert back == [each for each in whole if each["id"] in {m["id"] for m in back}]
        assert back[-1]["id"] == [each for each in whole if each["id"] != whole[-1]["id"]][-1]["id"]
        only = client.get(
            path, params={"include_return_message_types": "assistant_message", "limit": 2}
        ).json()
        assert [each["content"] for each in only] == ["Answer 3.", "Answer 2."]
        gone = client.get(path, params={"after": "message-1"})
        assert gone.status_code == 404


def test_runs_are_listed_read_and_cancelled() -> None:
    release = threading.Event()

    def slow(_request: Any) -> Any:
        release.wait(60)
        return sends("Late.")

    with calling(slow) as (client, agent):
        first = client.post(f"/v1/agents/{agent}/messages/async", json={"input": "Hi."}).json()
        second = client.post(f"/v1/agents/{agent}/messages/async", json={"input": "Hi."}).json()
        assert first["status"] in ("created", "running")
        active = client.get("/v1/runs/", params={"active": True, "agent_id": agent}).json()
        assert {each["id"] for each in active} == {first["id"], second["id"]}

        cancelled = client.post(f"/v1/agents/{agent}/messages/cancel").json()

        assert cancelled == {first["id"]: "cancelled", second["id"]: "cancelled"}
        release.set()
        wait_for(lambda: not client.get("/v1/runs/", params={"active": True}).json())
        found = client.get(f"/v1/runs/{second['id']}").json()
        assert (found["status"], found["stop_reason"]) == ("cancelled", "cancelled")
        assert client.get("/v1/runs/run-1").status_code == 404
        assert client.get("/v1/runs/", params={"agent_id": "agent-1"}).status_code == 404


def test_a_key_that_may_only_read_says_nothing() -> None:
    with calling() as (client, agent):
        app: Any = client.app
        made = client.post("/api/v1/users/home/keys", json={"name": "reader", "scopes": ["read"]}).json()
        reader = client_of(app, made["key"])

        assert say(reader, agent).status_code == 403
        assert reader.get(f"/v1/agents/{agent}/messages").status_code == 200


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "approval", "approve": False, "reason": "too early", "approval_request_id": "message-1"},
        {"type": "approval", "approvals": [{"type": "approval", "approve": False, "tool_call_id": ""}]},
    ],
)
def test_what_an_agent_waits_for_is_seen_and_denied_after_a_restart_of_the_client(
    answer: dict[str, Any],
) -> None:
    with calling(says("", call("ask")), sends("Then not.")) as (client, agent):
        say(client, agent, client_tools=[ASK])
        pending = client.get(f"/v1/agents/{agent}").json()["pending_approval"]
        assert [each["name"] for each in pending["tool_calls"]] == ["ask"]
        for each in answer.get("approvals", ()):
            each["tool_call_id"] = pending["tool_call"]["tool_call_id"]

        told = client.post(f"/v1/agents/{agent}/messages", json={"messages": [answer]}).json()

        assert kinds(told["messages"]) == ["tool_return_message", "assistant_message"]
        assert (told["messages"][0]["status"], told["messages"][1]["content"]) == ("error", "Then not.")
        assert client.get(f"/v1/agents/{agent}").json()["pending_approval"] is None


def test_an_agent_whose_model_writes_plain_text_is_asked_to_say_it() -> None:
    """The reports say: the thought is there, and no message."""
    with calling(says("Hello there."), says("Hello again."), sends("Hello!")) as (client, agent):
        told = say(client, agent).json()

    last = told["messages"][-1]
    assert (last["message_type"], last["content"]) == ("assistant_message", "Hello again.")


def test_pings_while_the_model_is_slow() -> None:
    def slow(_request: Any) -> Any:
        time.sleep(0.5)
        return sends("Here.")

    with calling(slow, slow, ping_seconds=0.1) as (client, agent):
        path = f"/v1/agents/{agent}/messages/stream"
        told = kinds(stream(client.post(path, json={"input": "Hi."})))
        silent = client.post(path, json={"input": "Hi.", "include_pings": False})

        assert told[0] == "ping"
        assert told[-3:] == ["assistant_message", "stop_reason", "usage_statistics"]
        assert "ping" not in kinds(stream(silent))
        assert ": ping" in silent.text, "the line is kept open nevertheless"
