"""The list of models is the list of agents that a key may use."""

from __future__ import annotations

from fastapi.testclient import TestClient
from openai_chats import asks, user
from server_apps import client_of
from server_world import API, add_user


def test_models_are_the_agents(admin: TestClient) -> None:
    made = {name: admin.post(f"{API}/agents", json={"name": name}).json() for name in ("sam", "ann")}

    found = admin.get("/v1/models").json()

    assert found["object"] == "list"
    assert {each["id"] for each in found["data"]} == {"sam", "ann"}
    assert {(each["object"], each["owned_by"]) for each in found["data"]} == {("model", "memgpt")}
    assert admin.get("/v1/models/sam").json() in found["data"]
    assert admin.get(f"/v1/models/{made['ann']['id']}").json()["id"] == made["ann"]["id"]


def test_there_may_be_more_agents_than_a_page_has(admin: TestClient, monkeypatch: object) -> None:
    for number in range(5):
        admin.post(f"{API}/agents", json={"name": f"a{number}"})
    from memgpt_autogen.server.facades.openai import models

    monkeypatch.setattr(models, "_PAGE", 2)  # type: ignore[attr-defined]
    assert len(admin.get("/v1/models").json()["data"]) == 5


def test_a_foreign_agent_is_no_model_and_told_as_an_unknown_one(admin: TestClient) -> None:
    app = admin.app
    ada, bob = add_user(admin, "ada"), add_user(admin, "bob")
    hers = ada.client(app).post(f"{API}/agents", json={"name": "sam"}).json()  # type: ignore[arg-type]
    client = bob.client(app)  # type: ignore[arg-type]

    def told(model: str) -> list[str]:
        answers = [client.get(f"/v1/models/{model}"), asks(client, user("Hi."), model=model)]
        assert [each.status_code for each in answers] == [404, 404]
        assert {each.json()["error"]["code"] for each in answers} == {"model_not_found"}
        assert {each.json()["error"]["param"] for each in answers} == {"model"}
        return [each.text.replace(model, "IT") for each in answers]

    assert told(hers["id"]) == told("5f0c9b1e-0000-4000-8000-00000000dead")
    assert told("sam") == told("sax") == told("sam:latest")
    assert client.get("/v1/models").json()["data"] == []


def test_a_key_for_one_agent_has_one_model(admin: TestClient) -> None:
    app = admin.app
    ada = add_user(admin, "ada").client(app)  # type: ignore[arg-type]
    for name in ("sam", "ann"):
        ada.post(f"{API}/agents", json={"name": name})
    made = ada.post(f"{API}/users/ada/keys", json={"name": "phone", "agents": ["ann"]}).json()
    phone = client_of(app, made["key"])  # type: ignore[arg-type]

    assert [each["id"] for each in phone.get("/v1/models").json()["data"]] == ["ann"]
    assert asks(phone, user("Hi."), model="sam").status_code == 404
    assert phone.get("/v1/models/sam").status_code == 404
