"""What a key says about clients of OpenAI's API: forks for chats, system texts and thoughts."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from openai_chats import asks, assistant, chatting, user
from server_apps import client_of
from server_world import API, add_user

from memgpt_autogen.testing.scripted import call, says


def of_key(admin: TestClient, **key: Any) -> TestClient:
    """A client of Ada's, who has the agent `sam`, with such a key."""
    app: Any = admin.app
    ada = add_user(admin, "ada").client(app)
    ada.post(f"{API}/agents", json={"name": "sam"})
    made = ada.post(f"{API}/users/ada/keys", json={"name": "phone", **key})
    assert made.status_code == 201, made.text
    return client_of(app, made.json()["key"])


def in_chat(chat: str) -> dict[str, str]:
    return {"X-OpenWebUI-Chat-Id": chat}


def test_each_chat_of_a_key_can_be_a_fork() -> None:
    with chatting() as (admin, model):
        client = of_key(admin, chats="fork")
        asks(client, user("Our secret is Lisbon."))
        asks(client, user("Mine is Porto."), headers=in_chat("one"))
        asks(client, user("Mine is Porto."), assistant("Yes."), user("More?"), headers=in_chat("one"))
        asks(client, user("What do you know?"), headers=in_chat("two"))

        agents = {each["name"]: each["messages"] for each in client.get(f"{API}/agents").json()["items"]}
    assert "Porto" in str(model.requests[2].messages)
    assert "Lisbon" in str(model.requests[3].messages), "a fork begins with what the agent knows"
    assert "Porto" not in str(model.requests[3].messages)
    assert sorted(agents.values()) == [2, 4, 6], "the agent has heard nothing of its forks"
    assert all(name == "sam" or name.startswith("sam.") for name in agents)


def test_a_fork_has_the_limits_of_its_agent_and_a_key_for_the_agent_may_use_it() -> None:
    with chatting() as (admin, _):
        client = of_key(admin, chats="fork", agents=["sam"], scopes=["read", "talk", "write"])
        client.put(f"{API}/agents/sam/limits", json={"turns_a_day": 1})
        answers = [asks(client, user("Hi."), headers=in_chat("one")) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 429]


def test_a_task_makes_no_fork() -> None:
    with chatting(says("Lisbon")) as (admin, _):
        client = of_key(admin, chats="fork")
        asks(client, user("### Task:\nA title."), headers=in_chat("one"))

        assert [each["name"] for each in client.get(f"{API}/agents").json()["items"]] == ["sam"]


def test_the_system_texts_of_a_key_can_be_ignored() -> None:
    with chatting() as (admin, model):
        client = of_key(admin, instructions=False)
        answer = asks(client, {"role": "system", "content": "Be a pirate."}, user("Hi."))

    assert answer.status_code == 200
    assert "pirate" not in str(model.requests)


def test_thoughts_can_be_shown_to_all_clients_of_a_key() -> None:
    thinks = says("I think so.", call("send_message", message="Yes."))
    with chatting(thinks, thinks) as (admin, _):
        client = of_key(admin, thoughts=True)
        shown = asks(client, user("Hi."))
        hidden = asks(client, user("Hi."), include_thoughts=False)

    assert "I think so." in shown.json()["choices"][0]["message"]["reasoning_content"]
    assert "reasoning_content" not in hidden.text


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"chats": "fork", "instructions": False, "thoughts": False}),
        ({"thoughts": True}, {"chats": "fork", "instructions": False, "thoughts": True}),
        ({"chats": "one"}, {"chats": "one", "instructions": False, "thoughts": False}),
    ],
)
def test_a_key_is_as_the_one_that_makes_it_unless_it_says_else(
    admin: TestClient, asked: dict[str, Any], expected: dict[str, Any]
) -> None:
    client = of_key(admin, chats="fork", instructions=False)

    made = client.post(f"{API}/users/ada/keys", json={"name": "watch", **asked}).json()

    assert made["clients"] == expected
    listed = client.get(f"{API}/users/ada/keys").json()["items"]
    assert next(each for each in listed if each["name"] == "watch")["clients"] == expected
