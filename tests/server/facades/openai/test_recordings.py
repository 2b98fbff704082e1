"""Front ends, as they were recorded: nothing is doubled, tasks are no memory, and who speaks is known."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from fastapi.testclient import TestClient
from openai_chats import chatting, heard, sends
from server_world import API, add_user

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing.scripted import Request, says

RECORDINGS = Path(__file__).with_name("recordings")

SECRET = "a secret that the server and the front end share"

ANA = "Ana Lović"

MOMO, CAT, DOG = "My cat is Momo.", "What is my cat called?", "What is my dog called?"


def requests_of(name: str) -> list[dict[str, Any]]:
    text = (RECORDINGS / f"{name}.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["requests"]
    return found


def answer(request: Request) -> Completion:
    """Answer as an agent, or without functions as the bare model."""
    return sends("Yes.") if request.tools else says("Yes.")


def play(client: TestClient, name: str) -> None:
    """Send the requests of a recording, each of which is answered."""
    for sent in requests_of(name):
        headers = {key: quoted(value) for key, value in sent["headers"].items()}
        got = client.post(sent["path"], json=sent["body"], headers=headers)
        assert got.status_code == 200, (sent["what"], got.text)
        assert "Yes." in got.text, sent["what"]


def quoted(value: str) -> str:
    if value != "SIGNED":
        return value
    moment = int(time.time())
    user = {"sub": "user-1", "email": "ana@example.org", "name": ANA, "role": "admin", "iss": "open-webui"}
    return jwt.encode({**user, "iat": moment, "exp": moment + 300}, SECRET, "HS256")


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("open_webui", [MOMO, DOG]),
        ("open_webui_signed", [MOMO, DOG]),
        ("open_webui_responses", [MOMO, DOG]),
        ("librechat", [MOMO, DOG]),
        # without ids of messages, what is said again is said again
        ("open_webui_plain", [MOMO, CAT, CAT, DOG]),
    ],
)
def test_a_front_end_doubles_nothing_and_its_tasks_are_no_memory(
    name: str, texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_USER_JWT_SECRET", SECRET)
    with chatting(*[answer] * 10) as (client, model):
        play(client, name)

        assert heard(client) == [(ANA, text) for text in texts]
        entries = open_memory("sam").log.spoken_tail(20)
    said = [each.message for each in entries if each.message.kind == "message" and not each.hidden]
    chats = [each.extra.get("chat") for each in said]
    assert chats == [["chat-1", ANA]] * len(texts)
    asked = requests_of(name)
    # one step each: of the agent for words, of the bare model for a task
    assert len(model.requests) == len(asked)
    assert sum(not each.tools for each in model.requests) == sum(
        "### Task" in str(each["body"]) for each in asked
    )


@pytest.mark.parametrize("name", ["open_webui", "librechat"])
def test_a_key_that_may_not_speak_for_others_speaks_as_its_owner(name: str) -> None:
    with chatting(*[answer] * 10) as (client, _):
        app: Any = client.app
        ada = add_user(client, "ada", scopes=["read", "talk", "write"]).client(app)
        ada.post(f"{API}/agents", json={"name": "sam"})
        play(ada, name)

        assert heard(ada) == [("ada", MOMO), ("ada", DOG)]
