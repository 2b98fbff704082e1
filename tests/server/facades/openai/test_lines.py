"""Lines that break, wait or begin again: pings, stop, and keys that outlive the server."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import httpx
import pytest
from live_app import serving
from openai_chats import CHAT, asks, deltas, heard, sends, user
from server_apps import PASSWORD, client_of, make_app
from server_world import API

from memgpt_autogen.testing import ScriptedLLM, ScriptedServer
from memgpt_autogen.testing.server import InPieces

HEADERS = {"Authorization": f"Bearer {PASSWORD}"}


def test_a_key_gives_the_same_answer_after_a_restart() -> None:
    key = {"Idempotency-Key": "k1"}
    with client_of(make_app(llm=ScriptedLLM(sends("One.")))) as client:
        client.post(f"{API}/agents", json={"name": "sam"})
        first = asks(client, user("Hi."), headers=key)

    with client_of(make_app(llm=ScriptedLLM(sends("Two.")))) as client:
        again = asks(client, user("Hi."), headers=key)
        assert heard(client) == [("user", "Hi.")]

    assert again.json() == first.json()


class Slow(ScriptedLLM):
    """A model that answers when it may. A turn that is cancelled leaves it behind."""

    limits_waits = False

    def __init__(self) -> None:
        super().__init__(otherwise=sends("At last."))
        self.may, self.asked = threading.Event(), threading.Event()

    def complete(self, *given: Any, **more: Any) -> Any:
        self.asked.set()
        assert self.may.wait(60)
        return super().complete(*given, **more)


def test_a_stream_says_who_speaks_at_once_and_pings_while_the_model_thinks() -> None:
    model = Slow()
    with serving(make_app(llm=model, ping_seconds=0.05)) as address:
        body = {"model": "sam", "messages": [user("Hi.")], "stream": True}
        httpx.post(f"{address}{API}/agents", json={"name": "sam"}, headers=HEADERS)
        with httpx.stream("POST", f"{address}{CHAT}", json=body, headers=HEADERS, timeout=60) as answer:
            lines = answer.iter_lines()
            first = json.loads(next(lines).removeprefix("data: "))
            next(lines)
            ping = next(lines)
            model.may.set()
            rest = list(lines)

    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert ping == ": ping"
    assert any("At last." in line for line in rest)
    assert [line for line in rest if line][-1] == "data: [DONE]"


@pytest.mark.parametrize(("key", "expected"), [({}, "cancelled"), ({"Idempotency-Key": "k"}, "ended")])
def test_a_client_that_leaves_stops_its_turn_unless_it_will_ask_again(
    key: dict[str, str], expected: str
) -> None:
    model = Slow()
    with serving(make_app(llm=model)) as address:
        body = {"model": "sam", "messages": [user("Hi.")], "stream": True}
        httpx.post(f"{address}{API}/agents", json={"name": "sam"}, headers=HEADERS)
        given = {**HEADERS, **key}
        with httpx.stream("POST", f"{address}{CHAT}", json=body, headers=given, timeout=60) as answer:
            lines = answer.iter_lines()  # kept, since the connection is closed with it
            next(lines)
            assert model.asked.wait(60)
        if key:
            model.may.set()
        end = time.monotonic() + 60
        while True:
            (run,) = httpx.get(f"{address}{API}/runs", headers=HEADERS).json()["items"]
            if run["state"] not in ("queued", "running"):
                break
            assert time.monotonic() < end
            time.sleep(0.05)
        model.may.set()

    assert run["state"] == expected


def test_what_the_model_streams_is_streamed_in_pieces() -> None:
    from memgpt_autogen.llm.openai import OpenAILLM

    with ScriptedServer(otherwise=InPieces(sends("A long answer in pieces."), size=7)) as server:
        llm = OpenAILLM("scripted", base_url=server.url, api_key="none")
        with client_of(make_app(llm=llm)) as client:
            client.post(f"{API}/agents", json={"name": "sam"})
            answer = asks(client, user("Hi."), stream=True)

    pieces = [each["content"] for each in deltas(answer) if each.get("content")]
    assert "".join(pieces) == "A long answer in pieces."
