"""The audit: every change, by whom, without contents, and for nobody else."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_world import API, add_user

from memgpt_autogen.service.people import NOT_AUDITED

SECRET = "Lisbon"

CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "agents", {"json": {"name": "sam", "human": SECRET}}),
    ("PUT", "agents/sam/limits", {"json": {}}),
    ("POST", "agents/sam/passages", {"json": {"text": SECRET}}),
    ("PUT", "agents/sam/blocks/notes", {"json": {"value": SECRET}}),
    ("PATCH", "agents/sam/blocks/notes", {"json": {"append": SECRET}}),
    ("POST", "agents/sam/blocks/notes/undo", {}),
    ("DELETE", "agents/sam/blocks/notes", {}),
    ("PATCH", "agents/sam/blocks/human", {"json": {"append": SECRET}}),
    ("POST", "agents/sam/undo", {"json": {}}),
    ("POST", "agents/sam/redo", {"json": {}}),
    ("POST", "agents/sam/compact", {}),
    ("POST", "agents/sam/tools/core_memory_append/run", {"json": {"arguments": {"label": SECRET}}}),
    ("POST", "agents/sam/sources", {"data": {"text": SECRET, "name": "notes"}}),
    ("DELETE", "agents/sam/sources/notes", {}),
    ("POST", "agents/sam/fork", {"json": {"name": "ann"}}),
    ("PATCH", "agents/ann", {"json": {"name": "eve"}}),
    ("POST", "agents/sam/forget", {"json": {"query": SECRET}}),
    ("POST", "blocks", {"json": {"label": "plan", "value": SECRET}}),
    ("PATCH", "blocks/plan", {"json": {"value": SECRET}}),
    ("PUT", "blocks/plan/grants/bob", {"json": {"may": "read"}}),
    ("DELETE", "blocks/plan/grants/bob", {}),
    ("DELETE", "blocks/plan", {}),
    ("POST", "archives", {"json": {"name": "team"}}),
    ("POST", "archives/team/passages", {"json": {"text": SECRET}}),
    ("PUT", "agents/sam/archives/team", {}),
    ("DELETE", "agents/sam/archives/team", {}),
    ("PUT", "archives/team/grants/bob", {}),
    ("DELETE", "archives/team/grants/bob", {}),
    ("PATCH", "archives/team", {"json": {"name": "crew"}}),
    ("DELETE", "archives/crew", {}),
    ("PUT", "templates/persona/kind", {"json": {"text": SECRET}}),
    ("DELETE", "templates/persona/kind", {}),
    ("POST", "users/ada/keys", {"json": {"name": "phone"}}),
    ("DELETE", "users/ada/keys/phone", {}),
    ("DELETE", "agents/eve", {}),
    ("POST", "apply", {"json": {"toml": f'[agents.zoe]\nhuman = "I am from {SECRET}."'}}),
]


def test_every_change_is_in_the_audit_once_by_whom_and_without_contents(admin: TestClient) -> None:
    user, bob = add_user(admin, "ada"), add_user(admin, "bob")
    app: Any = admin.app
    client = user.client(app)
    for method, path, sent in CHANGES:
        if path.startswith("agents/sam/sources/"):
            wait_for_jobs(client)
        before = newest(client)
        answer = client.request(method, f"{API}/{path}", **sent)

        assert answer.is_success, (method, path, answer.text)
        done = [act for act in client.get(f"{API}/audit").json()["items"] if act["number"] > before]
        assert [(act["user_id"], act["key_id"]) for act in done] == [(user.id, user.key_id)], (method, path)
        assert SECRET not in str(done), path
    assert bob.client(app).get(f"{API}/audit").json()["items"] == []
    assert user.client(app).get(f"{API}/audit", params={"everyone": True}).status_code == 403


@pytest.mark.parametrize("path", ["agents/sam", "agents/sam/blocks/human", "audit", "usage"])
def test_reading_and_what_fails_are_not_in_the_audit(admin: TestClient, path: str) -> None:
    client = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # it is our app
    client.get(f"{API}/{path}")
    client.delete(f"{API}/{path}")

    assert client.get(f"{API}/audit").json()["items"] == []


def test_the_audit_of_one_agent_has_what_was_done_to_it_alone(admin: TestClient) -> None:
    user = add_user(admin, "ada")
    client = user.client(admin.app)  # type: ignore[arg-type]  # it is the app of the server
    for method, path, sent in (
        ("POST", "agents", {"name": "sam"}),
        ("POST", "agents", {"name": "sam2"}),
        ("PUT", "agents/sam/blocks/notes", {"value": "x"}),
        ("PUT", "agents/sam2/blocks/notes", {"value": "x"}),
        ("PUT", "templates/persona/sam", {"text": "x"}),
        ("POST", "agents/sam/fork", {"name": "ann"}),
        ("PATCH", "agents/ann", {"name": "eve"}),
    ):
        assert client.request(method, f"{API}/{path}", json=sent).is_success

    acts = client.get(f"{API}/audit", params={"agent": "sam", "limit": 1}).json()
    rest = client.get(f"{API}/audit", params={"agent": "sam", "cursor": acts["next"]}).json()

    assert [each["action"] for each in acts["items"] + rest["items"]] == ["put_block", "create_agent"]
    assert [
        each["action"] for each in client.get(f"{API}/audit", params={"agent": "eve"}).json()["items"]
    ] == ["fork_agent"]
    assert admin.get(f"{API}/audit", params={"agent": "sam"}).status_code == 404


def test_a_dry_run_is_no_deletion_in_the_audit(admin: TestClient) -> None:
    client = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # it is our app
    client.post(f"{API}/agents", json={"name": "sam"})
    for dry in (True, False):
        client.post(f"{API}/agents/sam/forget", json={"query": SECRET, "dry_run": dry})
        client.delete(f"{API}/agents/sam", params={"dry_run": dry})

    acts = client.get(f"{API}/audit").json()["items"]

    assert [(act["action"], act["name"]) for act in acts] == [
        ("delete_agent", "sam"),
        ("forget", "sam"),
        ("plan_delete_agent", "sam"),
        ("plan_forget", "sam"),
        ("create_agent", "sam"),
    ]


def test_what_is_not_audited_changes_nothing_or_has_rows_of_its_own() -> None:
    ours = {"logout", "search", "run_saved_search", "create_run", "cancel_run", "give_run_results"}
    openai = {"create_chat_completion", "create_response", "cancel_openai_response", "create_conversation"}
    assert ours | openai | {"answer_mcp", "follow_run", "send_memgpt_message"} == NOT_AUDITED


def newest(client: TestClient) -> int:
    items = client.get(f"{API}/audit", params={"limit": 1}).json()["items"]
    return int(items[0]["number"]) if items else 0


def wait_for_jobs(client: TestClient) -> None:
    end = time.monotonic() + 60
    while any(job["state"] != "ended" for job in client.get(f"{API}/jobs").json()["items"]):
        assert time.monotonic() < end
        time.sleep(0.05)
