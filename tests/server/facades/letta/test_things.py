"""Agents, blocks, passages, folders and archives over Letta's paths."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from letta_calls import calling
from server_world import API

from memgpt_autogen.server.facades.letta.undone import UNDONE


def labels(state: dict[str, Any]) -> list[str]:
    return [each["label"] for each in state["blocks"]]


def test_an_agent_has_just_the_blocks_that_it_is_given() -> None:
    with calling() as (client, _):
        team = client.post("/v1/blocks/", json={"label": "human", "value": "Ada and Bob."}).json()
        body = {
            "name": "ann",
            "memory_blocks": [{"label": "persona", "value": "x" * 3000, "description": "who I am"}],
            "block_ids": [team["id"]],
        }
        made = client.post("/v1/agents/", json=body).json()

        assert labels(made) == ["persona", "human"]
        assert made["blocks"][0]["limit"] >= 3000
        assert made["blocks"][1]["id"] == team["id"], "the shared one in place of one of its own"
        assert made["memory"]["blocks"] == made["blocks"]
        client.patch(f"/v1/blocks/{team['id']}", json={"value": "Eve."})
        assert client.get(f"/v1/agents/{made['id']}").json()["blocks"][1]["value"] == "Eve."
        unnamed = client.post("/v1/agents/", json={}).json()
        assert unnamed["name"].startswith("agent-")
        assert labels(unnamed) == ["persona", "human"]


def test_agents_are_found_renamed_and_deleted_by_id_with_and_without_its_kind() -> None:
    with calling() as (client, agent):
        for given in (agent, agent.removeprefix("agent-"), "sam"):
            assert client.get(f"/v1/agents/{given}").json()["id"] == agent
        assert client.patch(f"/v1/agents/{agent}", json={"name": "samuel"}).json()["name"] == "samuel"
        assert client.get("/v1/agents/", params={"name": "samuel"}).json()[0]["id"] == agent
        assert client.get("/v1/agents/", params={"name": "sam"}).json() == []
        assert client.get("/v1/agents/count").json() == 1
        assert client.delete(f"/v1/agents/{agent}").status_code == 200
        gone = client.get(f"/v1/agents/{agent}")
        assert (gone.status_code, set(gone.json())) == (404, {"detail", "request_id"})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": "openai/gpt-4o"}, "model=openai/gpt-4o"),
        ({"embedding": "openai/text-embedding-3-small"}, "embedding="),
        ({"system": "Be rude.", "tags": ["a"]}, "system, tags"),
        ({"tools": ["web_search"]}, "web_search"),
        ({"tool_ids": ["tool-1"]}, "mcp-servers"),
        ({"agent_type": "sleeptime_agent"}, "memgpt_agent"),
        ({"include_base_tools": False}, "base tools"),
        (
            {"model": "openai/gpt-4o", "tools": ["web_search"]},
            "Leave model out. Also: there is no tool web_search",
        ),
        ({"memory_blocks": [{"label": "x", "value": "", "metadata": {"a": 1}}]}, "metadata"),
    ],
)
def test_an_agent_that_cannot_be_made_is_refused_with_the_way_out(body: dict[str, Any], words: str) -> None:
    with calling() as (client, _):
        answer = client.post("/v1/agents/", json={"name": "eve", **body})

        assert answer.status_code == 422, answer.text
        assert words in answer.json()["detail"]
        assert client.get("/v1/agents/", params={"name": "eve"}).json() == []


def test_what_an_agent_is_anyhow_may_be_asked_for() -> None:
    with calling() as (client, _):
        body = {
            "name": "eve",
            "model": "letta/auto",
            "embedding": None,
            "agent_type": "letta_v1_agent",
            "tools": ["archival_memory_search"],
            "include_base_tools": True,
            "enable_reasoner": True,
            "tags": [],
        }
        assert client.post("/v1/agents/", json=body).status_code == 200


def test_an_agent_is_not_made_in_part() -> None:
    with calling() as (client, _):
        for body in ({"folder_ids": ["source-1"]}, {"block_ids": ["block-1"]}):
            assert client.post("/v1/agents/", json={"name": "eve", **body}).status_code == 404
        taken = client.post("/v1/agents/", json={"name": "sam"})
        assert (taken.status_code, taken.headers["x-should-retry"]) == (409, "false")
        assert client.get("/v1/agents/count").json() == 1


def test_blocks_by_label_and_by_id() -> None:
    with calling() as (client, agent):
        path = f"/v1/agents/{agent}/core-memory/blocks"
        mine = {each["label"]: each for each in client.get(path).json()}
        assert set(mine) == {"human", "persona"}

        by_id = client.patch(f"/v1/blocks/{mine['human']['id']}", json={"value": "Ada.", "read_only": True})
        assert by_id.json()["value"] == "Ada."
        assert client.get(f"{path}/human").json() == client.get(f"/v1/blocks/{mine['human']['id']}").json()
        assert client.get(f"{path}/human").json()["read_only"] is True
        assert client.patch(f"{path}/human", json={"label": "person"}).status_code == 422
        assert client.patch(f"{path}/human", json={"value": "x" * 5000}).status_code == 422
        assert client.patch(f"{path}/nothing", json={"value": ""}).status_code == 404
        listed = client.get("/v1/blocks/", params={"label": "human"}).json()
        assert [each["id"] for each in listed] == [mine["human"]["id"]]
        assert client.get(f"/v1/blocks/{mine['human']['id']}/agents").json()[0]["id"] == agent

        wider = {"value": "x" * 5000, "limit": 6000}
        assert client.patch(f"{path}/human", json=wider).json()["limit"] == 6000
        own = client.post("/v1/blocks/", json={"label": "human", "value": "Bob."}).json()
        assert len(client.patch(f"/v1/blocks/{own['id']}", json=wider).json()["value"]) == 5000
        client.patch(f"/v1/blocks/{own['id']}", json={"value": "Bob."})
        clash = client.patch(f"{path}/attach/{own['id']}")
        assert (clash.status_code, "Detach that one first" in clash.json()["detail"]) == (409, True)
        assert labels(client.patch(f"{path}/detach/{mine['human']['id']}").json()) == ["persona"]
        assert client.patch(f"{path}/attach/{own['id']}").json()["blocks"][1]["value"] == "Bob."
        held = client.delete(f"/v1/blocks/{own['id']}")
        assert (held.status_code, "sam" in held.json()["detail"]) == (409, True)
        client.patch(f"{path}/detach/{own['id']}")
        assert client.delete(f"/v1/blocks/{own['id']}").status_code == 200
        assert client.get(f"/v1/blocks/{own['id']}").status_code == 404
        last = client.get(path).json()
        assert client.delete(f"/v1/blocks/{last[0]['id']}").status_code == 422, "its only one"


def test_passages_are_listed_in_both_orders_searched_and_deleted() -> None:
    with calling() as (client, agent):
        path = f"/v1/agents/{agent}/archival-memory"
        for number in range(5):
            body = {
                "text": f"Fact {number} about Lisbon.",
                "tags": ["odd"] if number % 2 else ["even", "place"],
                "created_at": f"2026-05-0{number + 1}T09:30:00Z",
            }
            (made,) = client.post(path, json=body).json()
            assert made["id"].startswith("passage-")
        texts = [each["text"] for each in client.get(path).json()]
        assert texts == [f"Fact {number} about Lisbon." for number in range(5)]
        down = client.get(path, params={"ascending": False, "limit": 2}).json()
        assert [each["text"] for each in down] == texts[:2:-1]
        after = client.get(path, params={"after": down[-1]["id"], "ascending": False, "limit": 2}).json()
        assert [each["text"] for each in after] == texts[2:0:-1]
        assert len(client.get(path, params={"search": "fact 3"}).json()) == 1

        found = client.get(
            f"{path}/search", params={"query": "Lisbon", "tags": ["even", "place"], "tag_match_mode": "all"}
        )
        assert found.json()["count"] == 3
        dated = {"query": "Lisbon", "start_datetime": "2026-05-04T00:00:00Z", "top_k": 1}
        assert client.get(f"{path}/search", params=dated).json()["count"] == 1
        wide = client.post(
            "/v1/passages/search", json={"query": "Lisbon", "agent_id": agent, "limit": 2}
        ).json()
        assert len(wide) == 2
        assert client.post("/v1/passages/search", json={"query": "Lisbon"}).status_code == 422
        assert client.delete(f"{path}/{made['id']}").status_code == 200
        assert client.delete(f"{path}/{made['id']}").status_code == 404


def loaded(client: TestClient, folder: str, file: str, **params: Any) -> dict[str, Any]:
    end = time.monotonic() + 60
    while True:
        found: dict[str, Any] = client.get(f"{folder}/files/{file}", params=params).json()
        if found["processing_status"] in ("completed", "error"):
            return found
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("what", ["folders", "sources"])
def test_documents_of_a_folder_are_loaded_read_and_deleted(what: str) -> None:
    with calling() as (client, agent):
        made = client.post(f"/v1/{what}/", json={"name": "handbook"}).json()
        folder = f"/v1/{what}/{made['id']}"
        file = client.post(f"{folder}/upload", files={"file": ("a.txt", b"30 days of holiday.")}).json()
        assert file["source_id"] == made["id"]
        whole = loaded(client, folder, file["id"], include_content=True)
        assert (whole["processing_status"], whole["content"]) == ("completed", "30 days of holiday.")

        again = client.post(f"{folder}/upload", files={"file": ("a.txt", b"31 days.")}).json()
        assert again["file_name"] == "a_(1).txt"
        loaded(client, folder, again["id"])
        for how, status in (("error", 409), ("skip", 200), ("replace", 200)):
            sent = {"file": ("a.txt", b"32 days.")}
            answer = client.post(f"{folder}/upload", files=sent, params={"duplicate_handling": how})
            assert answer.status_code == status, answer.text
        end = time.monotonic() + 60
        while loaded(client, folder, file["id"], include_content=True)["content"] != "32 days.":
            assert time.monotonic() < end
        broken = client.post(f"{folder}/upload", files={"file": ("b.pdf", b"%PDF-1.4 nothing")}).json()
        failed = loaded(client, folder, broken["id"])
        assert (failed["processing_status"], bool(failed["error_message"])) == ("error", True)
        names = {each["file_name"] for each in client.get(f"{folder}/files").json()}
        assert names == {"a.txt", "a_(1).txt", "b.pdf"}

        state = client.patch(f"/v1/agents/{agent}/{what}/attach/{made['id']}").json()
        assert [each["id"] for each in state["sources"]] == [made["id"]]
        said = client.post(f"/v1/agents/{agent}/messages", json={"input": "Hi."})
        assert said.json()["messages"][-1]["content"] == "Yes.", "an agent with documents answers"
        assert [each["id"] for each in client.get(f"/v1/agents/{agent}/{what}").json()] == [made["id"]]
        assert client.get(f"{folder}/agents").json() == [agent]
        files = client.get(f"/v1/agents/{agent}/files", params={"limit": 2}).json()
        assert (len(files["files"]), files["has_more"]) == (2, True)
        assert client.delete(folder).status_code == 409
        assert client.patch(f"/v1/agents/{agent}/{what}/detach/{made['id']}").json()["sources"] == []
        assert client.patch(f"/v1/agents/{agent}/{what}/detach/{made['id']}").status_code == 404
        assert client.delete(f"{folder}/{file['id']}").status_code == 204
        assert client.get(f"{folder}/files/{file['id']}").status_code == 404
        passages = [each["text"] for each in client.get(f"{folder}/passages").json()]
        assert passages == ["31 days."]
        assert client.get(f"/v1/{what}/name/handbook").json() == made["id"]
        assert client.patch(folder, json={"description": "x"}).status_code == 422
        assert client.delete(folder).status_code == 200


def test_an_archive_is_a_folder_for_texts() -> None:
    with calling() as (client, agent):
        made = client.post("/v1/archives/", json={"name": "facts"}).json()
        archive = f"/v1/archives/{made['id']}"
        passage = client.post(f"{archive}/passages", json={"text": "Water boils.", "tags": ["a"]}).json()
        many = client.post(f"{archive}/passages/batch", json={"passages": [{"text": "Ice melts."}]}).json()
        assert len(many) == 1
        assert client.patch(f"/v1/agents/{agent}/archives/attach/{made['id']}").status_code == 200
        assert [e["id"] for e in client.get("/v1/archives/", params={"agent_id": agent}).json()] == [
            made["id"]
        ]
        found = client.post("/v1/passages/search", json={"query": "ice", "archive_id": made["id"]}).json()
        assert [each["passage"]["text"] for each in found] == ["Ice melts."]
        assert client.delete(archive).status_code == 409
        assert client.patch(f"/v1/agents/{agent}/archives/detach/{made['id']}").status_code == 200
        assert client.delete(f"{archive}/passages/{passage['id']}").status_code == 204
        assert client.delete(archive).status_code == 204
        assert client.get(archive).status_code == 404


def test_models_with_a_slash_are_lettas_and_without_it_openais() -> None:
    with calling() as (client, _):
        assert [each["model"] for each in client.get("/v1/models/").json()] == ["offline"]
        assert client.get("/v1/models").json()["object"] == "list"
        assert client.get("/v1/health/", headers={"Authorization": ""}).json()["status"] == "ok"


def test_functions_are_listed_and_run() -> None:
    with calling() as (client, agent):
        (search,) = client.get("/v1/tools/", params={"name": "archival_memory_search"}).json()
        assert search["id"].startswith("tool-")
        mine = client.get(f"/v1/agents/{agent}/tools").json()
        assert search["id"] in [each["id"] for each in mine]
        run = f"/v1/agents/{agent}/tools/archival_memory_insert/run"
        assert client.post(run, json={"args": {"content": "Tea."}}).json()["status"] == "success"
        assert client.post(run, json={"args": {}}).json()["status"] == "error"


def test_what_is_not_done_says_what_to_use(admin: TestClient) -> None:
    for method, path, sentence in UNDONE:
        answer = admin.request(method, "/v1" + path.replace("{", "").replace("}", ""))

        assert answer.status_code == 501, path
        told = answer.json()
        assert sentence in (told["error"]["message"] if path.startswith("/conversations") else told["detail"])
        assert answer.headers["x-should-retry"] == "false"
        assert sentence.endswith("."), sentence


def test_unknown_paths_and_no_credentials(admin: TestClient) -> None:
    for path in ("/v1/agents/sam/nothing", "/v1/folders/a/b/c", "/v1/runs/a/b"):
        answer = admin.get(path)
        assert answer.status_code == 404, answer.text
        assert set(answer.json()) == {"detail", "request_id"}
    refused = admin.get("/v1/agents/", headers={"Authorization": "Bearer mga_wrong"})
    assert (refused.status_code, "detail" in refused.json()) == (401, True)
    bad = admin.post("/v1/agents/", content=b"{", headers={"content-type": "application/json"})
    assert "detail" in bad.json()
    assert admin.get(f"{API}/agents").json()["items"] == []


def test_conversations_are_openais(admin: TestClient) -> None:
    """Both clients have that word for other things."""
    assert admin.post("/v1/conversations", json={"items": "x"}).json().keys() == {"error"}
    assert admin.get("/v1/conversations/conv_1").json().keys() == {"error"}
