"""MemGPT's paths: their shapes, and what each deviation says."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import PASSWORD, MakeClient, client_of
from server_world import add_user


def create(client: TestClient, name: str = "old", **config: Any) -> str:
    made = client.post("/api/agents", json={"config": {"name": name, **config}})
    assert made.status_code == 200, made.text
    return str(made.json()["agent_state"]["id"])


def detail(answer: Any, status: int) -> str:
    """The text of an error: it is all that the body has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["detail"]
    return str(answer.json()["detail"])


def test_a_new_agent_has_its_texts_and_a_preset_that_clients_read(admin: TestClient) -> None:
    config = {
        "name": "old",
        "persona": "I am Sam.",
        "human": "Ada",
        "function_names": "send_message, core_memory_append",
    }
    made = admin.post("/api/agents", json={"config": config}).json()

    state = made["agent_state"]
    assert {"id", "name", "description", "user_id", "created_at", "tools", "system", "llm_config"} <= set(
        state
    )
    assert (state["state"]["persona"], state["state"]["human"]) == ("I am Sam.", "Ada")
    assert isinstance(state["created_at"], int)
    assert uuid.UUID(state["id"])
    assert made["preset"]["name"] == "memgpt_chat"


def test_a_name_that_agents_cannot_have_here_gets_hyphens_as_in_an_import(admin: TestClient) -> None:
    agent = create(admin, "King Kong 2", persona_text="I am King Kong.", human_text="Chad")
    renamed = admin.patch(f"/api/agents/{agent}/rename", json={"agent_name": "a b"}).json()

    texts = admin.get(f"/api/agents/{agent}/memory").json()["core_memory"]
    assert texts == {"persona": "I am King Kong.", "human": "Chad"}
    assert renamed["agent_state"]["name"] == "a-b"


def test_the_usual_system_text_names_the_agent_and_is_no_block_when_it_is_sent_back(
    admin: TestClient,
) -> None:
    def state(**config: str) -> Any:
        return admin.post("/api/agents", json={"config": config}).json()["agent_state"]

    first = state(name="old")
    second = state(name="other", system=first["system"])

    assert "You are old" in first["system"]
    assert "You are other" in second["system"]
    assert "system" not in second["state"]


def test_a_system_text_of_ones_own_is_a_block_that_the_agent_cannot_change(admin: TestClient) -> None:
    agent = create(admin, system="You only speak French. " * 100)

    found = admin.get(f"/api/agents/{agent}/config").json()["agent_state"]
    (block,) = [
        each
        for each in admin.get(f"/api/v1/agents/{agent}/blocks").json()["items"]
        if each["label"] == "system"
    ]
    assert found["system"].startswith("You only speak French.")
    assert block["read_only"] is True


def test_templates_are_named_where_an_agent_has_their_texts(admin: TestClient) -> None:
    admin.post("/api/humans", json={"name": "ada", "text": "Her name is Ada."})
    create(admin, human_name="ada")

    (row,) = admin.get("/api/agents").json()["agents"]
    assert (row["human"], row["persona"]) == ("ada", None)
    assert row["memory"]["core_memory"]["human"] == "Her name is Ada."


def test_agents_come_with_the_newest_run_first(admin: TestClient) -> None:
    for name in ("a", "b"):
        create(admin, name)
    admin.post("/api/agents/a/messages", json={"message": "Hi."})

    found = admin.get("/api/agents").json()
    assert (found["num_agents"], [each["name"] for each in found["agents"]]) == (2, ["a", "b"])


# an id that nothing has
NOBODY = uuid.UUID(int=7)

REFUSED: list[tuple[str, str, Any, int, str]] = [
    ("POST", "/api/agents", {"config": {"name": "old"}}, 409, "already"),
    ("POST", "/api/agents", {"config": {"name": "x", "function_names": ["roll"]}}, 404, "no function 'roll'"),
    ("POST", "/api/agents", {"config": {"name": "x", "preset": "gone"}}, 404, "no preset 'gone'"),
    ("POST", "/api/agents", {"config": {"name": "x", "human_name": "gone"}}, 404, "no human 'gone'"),
    ("POST", "/api/agents", {"config": {"name": "x", "human": "x" * 2001}}, 400, "2000"),
    ("POST", "/api/agents", {}, 422, "body.config"),
    ("PATCH", "/api/agents/old/rename", {"agent_name": "a/b"}, 400, "'a/b' is not valid"),
    ("PATCH", "/api/agents/old/rename", {"agent_name": "x" * 51}, 400, "1 to 50"),
    ("POST", "/api/agents/old/memory", {"humna": "x"}, 404, "'humna'"),
    ("POST", "/api/agents/old/memory", {}, 400, "human, persona, or both"),
    ("POST", "/api/agents/old/memory", {"persona": "ok", "human": "x" * 2001}, 422, "2000"),
    ("GET", "/api/agents/old/archival?after=7", None, 404, "no passage '7'"),
    ("DELETE", f"/api/agents/old/archival?id={NOBODY}", None, 404, "no passage"),
    ("GET", "/api/agents/old/messages", None, 422, "query.start"),
    ("GET", "/api/agents/old/messages?start=0&count=30000", None, 400, "messages-cursor"),
    ("GET", f"/api/agents/old/messages-cursor?before={NOBODY}", None, 404, "no message"),
    ("POST", "/api/agents/old/messages", {"message": " "}, 400, "empty"),
    ("POST", "/api/agents/old/messages", {"message": "Hi.", "stream_tokens": True}, 400, "stream_steps"),
    ("POST", "/api/agents/old/messages", {"message": "Hi.", "role": "tool"}, 422, "body.role"),
    (
        "POST",
        "/api/agents/old/messages",
        {"message": "Hi.", "timestamp": "2024-01-01T00:00:00Z"},
        400,
        "timestamp",
    ),
    ("POST", "/api/agents/gone/messages", {"message": "Hi."}, 404, "no agent 'gone'"),
    ("POST", "/api/agents/gone/messages", {"message": "Hi.", "stream_steps": True}, 404, "no agent 'gone'"),
    ("POST", "/api/agents/old/command", {"command": "/wipe"}, 400, "DELETE /api/agents"),
    ("POST", "/api/agents/old/command", {"command": "/dance"}, 400, "There are: /memory"),
    ("POST", "/api/agents/old/command", {"command": "/pop many"}, 400, "'many'"),
    (
        "POST",
        "/api/tools",
        {"json_schema": {"name": "roll"}, "source_code": "x"},
        403,
        "is not run in this server",
    ),
    (
        "POST",
        "/admin/tools",
        {"json_schema": {"name": "roll"}, "source_code": "x"},
        403,
        "is not run in this server",
    ),
    ("POST", "/api/tools", {"json_schema": {}, "source_code": "x"}, 400, "name"),
    ("DELETE", "/api/tools/send_message", None, 403, "It stays"),
    ("DELETE", "/api/tools/roll", None, 404, "no function 'roll'"),
    ("POST", "/api/humans", {"name": "a b", "text": "x"}, 400, "'a b'"),
    ("POST", "/api/presets", {"name": "memgpt_chat", "functions_schema": []}, 409, "already"),
    ("POST", "/api/presets", {"name": "p", "functions_schema": [{"name": "roll"}]}, 404, "'roll'"),
    ("DELETE", f"/api/presets/{NOBODY}", None, 404, "no preset"),
    ("POST", f"/api/sources/{NOBODY}/attach?agent_id=old", None, 404, "no source"),
    ("GET", f"/api/sources/status/{NOBODY}", None, 404, "no job"),
    ("DELETE", f"/admin/users?user_id={uuid.UUID(int=0)}", None, 403, "the home itself"),
    ("DELETE", "/admin/users/keys?api_key=sk-1", None, 404, "no such key"),
    ("GET", f"/admin/users/keys?user_id={NOBODY}", None, 404, "no user"),
    ("POST", "/api/auth", {"password": "wrong"}, 401, "not right"),
    ("GET", "/v1/assistants", None, 404, "for demonstration"),
    ("POST", "/v1/threads/1/runs", {}, 404, "for demonstration"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "text"), REFUSED)
def test_what_is_refused_says_why_in_one_text(
    admin: TestClient, method: str, path: str, body: Any, status: int, text: str
) -> None:
    create(admin)

    assert text in detail(admin.request(method, path, json=body), status)


def test_a_text_that_is_too_long_changes_no_block(admin: TestClient) -> None:
    create(admin, persona="I am Sam.")

    admin.post("/api/agents/old/memory", json={"persona": "new", "human": "x" * 2001})

    assert admin.get("/api/agents/old/memory").json()["core_memory"]["persona"] == "I am Sam."


def test_an_unknown_path_is_404_as_json(admin: TestClient) -> None:
    for path in ("/api/nothing", "/api/agents/1/2/3", "/admin/nothing"):
        answer = admin.get(path)

        assert (answer.status_code, "detail" in answer.json()) == (404, True)


def test_the_functions_of_memgpt_are_taken_without_their_source(admin: TestClient) -> None:
    for name in ("core_memory_append", "pause_heartbeats", "send_message"):
        sent = {"json_schema": {"name": name}, "source_code": "raise SystemExit", "tags": ["memgpt-base"]}

        made = admin.post("/api/tools", json=sent).json()

        assert (made["name"], made["source_code"]) == (name, "")


def test_what_was_said_comes_newest_first_with_ids_to_go_on_from(admin: TestClient) -> None:
    create(admin)
    admin.post("/api/agents/old/messages", json={"message": "I live in Lisbon."})

    rows = admin.get("/api/agents/old/messages?start=0&count=50").json()["messages"]
    newer = admin.get("/api/agents/old/messages?start=0&count=2").json()["messages"]
    before = admin.get(f"/api/agents/old/messages-cursor?before={rows[1]['id']}&limit=50").json()["messages"]

    assert [each["id"] for each in newer] == [each["id"] for each in rows[:2]]
    assert [each["id"] for each in before] == [each["id"] for each in rows[2:]]
    assert rows[-1]["role"] == "user"
    assert (rows[-1]["text"], rows[-1]["in_context"]) == ("I live in Lisbon.", True)
    calls = [each["tool_calls"][0]["id"] for each in rows if each["role"] == "assistant"]
    results = [each["tool_call_id"] for each in rows if each["role"] == "tool"]
    assert calls == results


def test_commands_do_what_they_say(admin: TestClient) -> None:
    create(admin, human="Ada")
    admin.post("/api/agents/old/messages", json={"message": "I live in Lisbon."})

    def command(text: str) -> str:
        answer = admin.post("/api/agents/old/command", json={"command": text})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["response"])

    assert "Ada" in command("/memory")
    assert "I live in Lisbon." in command("/dump")
    assert len(json.loads(command("dumpraw 2"))) == 2
    assert "Lisbon" in command("/retry")
    assert "stored" in command("/save")
    assert command("/pop 1") == "Took back 1 message."


def test_a_name_that_the_key_may_not_speak_under_is_refused(admin: TestClient) -> None:
    app: Any = admin.app
    ada = add_user(admin, "ada", scopes=["read", "talk", "write"]).client(app)
    create(ada)

    assert "speak-for" in detail(
        ada.post("/api/agents/old/messages", json={"message": "Hi.", "name": "bob"}), 403
    )
    assert ada.post("/api/agents/old/messages", json={"message": "Hi.", "name": "ada"}).status_code == 200


def test_a_key_or_the_password_says_whose_it_is(admin: TestClient, make_client: MakeClient) -> None:
    app: Any = admin.app
    ada = add_user(admin, "ada")
    nobody = client_of(app, None)

    assert nobody.post("/api/auth", json={"password": PASSWORD}).json() == {
        "uuid": str(uuid.UUID(int=0)),
        "is_admin": True,
    }
    assert nobody.post("/api/auth", json={"password": ada.key}).json() == {"uuid": ada.id, "is_admin": False}
    assert "names no user" in detail(nobody.get("/api/agents"), 401)


def test_the_admins_paths_need_the_admin(admin: TestClient) -> None:
    app: Any = admin.app
    ada = add_user(admin, "ada").client(app)

    for path in ("/admin/users", "/admin/tools", "/api/admin/agents"):
        assert "admin" in detail(ada.get(path), 403)
    create(ada, "hers")
    create(admin, "mine")
    assert {each["name"] for each in admin.get("/api/admin/agents").json()["agents"]} == {"hers", "mine"}
    assert [each["name"] for each in ada.get("/api/agents").json()["agents"]] == ["hers"]


def test_users_come_in_pages(admin: TestClient) -> None:
    made = {admin.post("/admin/users").json()["user_id"] for _ in range(3)}

    first = admin.get("/admin/users?limit=2").json()
    second = admin.get("/admin/users", params={"limit": 2, "cursor": first["cursor"]}).json()

    found = [each["user_id"] for page in (first, second) for each in page["user_list"]]
    assert sorted(found) == sorted([*made, str(uuid.UUID(int=0))])
    assert second["cursor"] is None


def test_a_key_is_shown_once_and_deleted_by_its_text_or_by_what_is_shown(admin: TestClient) -> None:
    app: Any = admin.app
    user = admin.post("/admin/users", json={"api_key_name": "first"}).json()
    key = admin.post("/admin/users/keys", json={"user_id": user["user_id"], "key_name": "phone"}).json()[
        "api_key"
    ]

    shown = admin.get("/admin/users/keys", params={"user_id": user["user_id"]}).json()["api_key_list"]
    assert len(shown) == 2
    assert not {key, user["api_key"]} & set(shown)
    assert client_of(app, key).get("/api/agents").status_code == 200
    for each in (key, next(one for one in shown if one.startswith(user["api_key"][:8]))):
        assert admin.delete("/admin/users/keys", params={"api_key": each}).status_code == 200
    assert client_of(app, key).get("/api/agents").status_code == 401
    assert admin.get("/admin/users/keys", params={"user_id": user["user_id"]}).json()["api_key_list"] == []


def test_an_id_of_a_user_can_be_given_once(admin: TestClient) -> None:
    chosen = str(uuid.uuid4())

    assert admin.post("/admin/users", json={"user_id": chosen}).json()["user_id"] == chosen
    assert "already" in detail(admin.post("/admin/users", json={"user_id": chosen}), 409)


def test_a_user_is_deleted_with_all(admin: TestClient) -> None:
    app: Any = admin.app
    made = admin.post("/admin/users").json()
    create(client_of(app, made["api_key"]))

    answer = admin.delete("/admin/users", params={"user_id": made["user_id"]})

    assert answer.json() == {"message": "User successfully deleted.", "user_id_deleted": made["user_id"]}
    assert admin.get("/api/admin/agents").json()["num_agents"] == 0


def test_who_is_no_admin_sees_no_address(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("MEMGPT_AUTOGEN_MODEL", "tea")
    monkeypatch.setenv("MEMGPT_AUTOGEN_API_KEY", "hidden")
    admin = make_client()
    app: Any = admin.app
    ada = add_user(admin, "ada").client(app)

    assert ada.get("/api/models").json()["models"][0]["model_endpoint"] is None
    assert admin.get("/api/models").json()["models"][0]["model_endpoint"] == "http://127.0.0.1:9/v1"
    texts = [each.get("/api/config").text for each in (ada, admin)]
    assert ["127.0.0.1" in text for text in texts] == [False, True]
    assert not any("hidden" in text for text in texts)
