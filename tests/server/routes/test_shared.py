"""Shared blocks, shared archives, grants and templates over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import client_of
from server_world import API, add_user


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> None:
    admin.post(f"{API}/agents", json={"name": "sam"})


def give(client: TestClient, agent: str, label: str) -> Any:
    return client.put(f"{API}/agents/{agent}/blocks/{label}", json={"value": "", "shared": True})


def test_a_shared_block_is_made_given_changed_for_all_and_deleted(admin: TestClient) -> None:
    admin.post(f"{API}/agents", json={"name": "ann"})
    made = admin.post(f"{API}/blocks", json={"label": "plan", "value": "in May"})
    again = admin.post(f"{API}/blocks", json={"label": "plan"})
    got = [give(admin, name, "plan").json()["value"] for name in ("sam", "ann")]
    path = f"{API}/blocks/{made.json()['id']}"
    changed = admin.patch(path, json={"value": "in June", "limit": 80})
    stale = admin.patch(path, json={"value": "never"}, headers={"If-Match": made.headers["etag"]})
    held = admin.delete(f"{API}/blocks/plan")

    assert (made.status_code, again.status_code, got) == (201, 409, ["in May", "in May"])
    assert changed.json()["agents"] == ["ann", "sam"]
    assert (stale.status_code, stale.json()["current"], stale.json()["yours"]) == (412, "in June", "never")
    there = admin.get(f"{API}/agents/ann/blocks/plan").json()
    assert (there["value"], there["limit"]) == ("in June", 80)
    told = admin.get(f"{API}/agents/ann/blocks/plan/history").json()["items"]
    assert [(each["what"], each["by"]) for each in told] == [("shape", None), ("set", None), ("block", None)]
    assert (held.status_code, "ann, sam" in held.json()["detail"]) == (409, True)
    for name in ("sam", "ann"):
        admin.delete(f"{API}/agents/{name}/blocks/plan")
    assert [each["label"] for each in admin.get(f"{API}/blocks").json()["items"]] == ["plan"]
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404


def test_a_granted_block_is_used_by_another_until_the_grant_ends(admin: TestClient) -> None:
    ada, bob = (add_user(admin, name).client(admin.app) for name in ("ada", "bob"))
    ada.post(f"{API}/blocks", json={"label": "plan", "value": "in May"})
    bob.post(f"{API}/agents", json={"name": "spy"})

    assert ada.put(f"{API}/blocks/plan/grants/bob", json={"may": "read"}).json()["user"] == "bob"
    assert give(bob, "spy", "plan").json()["value"] == "in May"
    assert bob.patch(f"{API}/agents/spy/blocks/plan", json={"value": "mine"}).status_code == 422
    assert bob.get(f"{API}/blocks/plan").status_code == 404
    seen = ada.get(f"{API}/blocks/plan").json()
    assert (seen["agents"], seen["others"]) == ([], 1)
    assert [each["name"] for each in bob.get(f"{API}/grants/blocks").json()["received"]] == ["plan"]
    assert ada.delete(f"{API}/blocks/plan/grants/bob").status_code == 204
    assert bob.get(f"{API}/agents/spy/blocks/plan").status_code == 404
    assert ada.delete(f"{API}/blocks/plan/grants/bob").status_code == 404


def test_a_shared_archive_is_filled_read_by_agents_and_deleted(admin: TestClient) -> None:
    made = admin.post(f"{API}/archives", json={"name": "team"})
    again = admin.post(f"{API}/archives", json={"name": "team"})
    admin.post(f"{API}/archives/team/passages", json={"text": "Tea grows in the Azores.", "tags": ["x"]})
    attached = admin.put(f"{API}/agents/sam/archives/team")
    found = admin.post(f"{API}/agents/sam/search", json={"queries": ["azores"]}).json()["items"]
    one = admin.get(f"{API}/archives/{made.json()['id']}").json()
    held = admin.delete(f"{API}/archives/team")
    renamed = admin.patch(f"{API}/archives/team", json={"name": "crew"})
    detached = admin.delete(f"{API}/agents/sam/archives/crew")
    gone = admin.delete(f"{API}/archives/crew")

    assert (made.status_code, again.status_code, attached.status_code) == (201, 409, 204)
    assert [(each["text"], each["archive"]) for each in found] == [("Tea grows in the Azores.", "team")]
    assert (one["passages"], one["agents"]) == (1, ["sam"])
    assert (held.status_code, renamed.json()["name"], detached.status_code) == (409, "crew", 204)
    assert gone.json() == {"passages": 1}
    assert admin.get(f"{API}/archives").json()["items"] == []
    assert admin.put(f"{API}/agents/sam/archives/crew").status_code == 404
    assert admin.delete(f"{API}/agents/sam/archives/crew").status_code == 404


def test_the_archives_of_an_agent_are_listed_with_their_sizes(admin: TestClient) -> None:
    ada = add_user(admin, "ada").client(admin.app)
    for client, name in ((admin, "team"), (ada, "atlas")):
        client.post(f"{API}/archives", json={"name": name})
        client.post(f"{API}/archives/{name}/passages", json={"text": "Tea grows in the Azores."})
    (home,) = {each["name"] for each in admin.get(f"{API}/users").json()["items"]} - {"ada"}
    ada.put(f"{API}/archives/atlas/grants/{home}")
    for name in ("team", "atlas"):
        assert admin.put(f"{API}/agents/sam/archives/{name}").status_code == 204

    own, *others = admin.get(f"{API}/agents/sam/archives").json()["items"]

    assert (own["own"], own["name"], own["passages"], own["granted"]) == (True, None, 0, False)
    assert [(each["name"], each["granted"], each["passages"]) for each in others] == [
        ("atlas", True, 1),
        ("team", False, 1),
    ]


def test_a_block_of_an_agents_own_becomes_shared_with_its_history(admin: TestClient) -> None:
    sam, ann = f"{API}/agents/sam/blocks", f"{API}/agents/ann/blocks"
    admin.post(f"{API}/agents", json={"name": "ann"})
    admin.put(f"{sam}/plan", json={"value": "in May"})
    admin.patch(f"{sam}/plan", json={"value": "in June"})
    seq = admin.get(f"{API}/agents/sam").json()["seq"]

    shared = admin.post(f"{sam}/plan/share")
    again = admin.post(f"{sam}/plan/share")
    given = give(admin, "ann", "plan").json()
    admin.patch(f"{ann}/plan", json={"value": "in July"})

    assert (shared.status_code, shared.json()["shared"], again.json()) == (200, True, shared.json())
    assert given["value"] == "in June"
    assert admin.get(f"{sam}/plan").json()["value"] == "in July"
    told = admin.get(f"{sam}/plan/history").json()["items"]
    assert [(each["what"], each["by"]) for each in told] == [
        ("edit", "ann"),
        ("shape", None),
        ("set", None),
        ("block", None),
    ]
    then, now = (admin.get(f"{API}/agents/sam/at/{at}").json()["blocks"][-1] for at in (seq, seq + 1))
    assert (then["shared"], now["shared"], now["value"]) == (False, True, "in June")
    admin.put(f"{ann}/notes", json={"value": "mine"})
    admin.post(f"{API}/blocks", json={"label": "notes"})
    assert admin.post(f"{ann}/notes/share").status_code == 409
    assert admin.post(f"{ann}/nothing/share").status_code == 404


def test_grants_do_not_help_to_guess_the_names_of_users(admin: TestClient) -> None:
    ada = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # it is our app
    add_user(admin, "bob")
    ada.post(f"{API}/blocks", json={"label": "plan", "value": "Meet."})

    ended = [ada.delete(f"{API}/blocks/plan/grants/{name}") for name in ("bob", "nobody")]
    guesses = [ada.put(f"{API}/blocks/plan/grants/nobody{number}", json={}) for number in range(12)]
    last = ada.put(f"{API}/blocks/plan/grants/bob", json={})

    assert [each.status_code for each in ended] == [404, 404]
    assert ended[0].json()["detail"].replace("'bob'", "'nobody'") == ended[1].json()["detail"]
    assert [each.status_code for each in guesses] == [404] * 10 + [429] * 2
    assert (last.status_code, int(last.headers["retry-after"]) > 0) == (429, True)
    assert ada.get(f"{API}/grants/blocks").json()["given"] == []


def test_a_granted_archive_is_read_by_another_until_the_grant_ends(admin: TestClient) -> None:
    ada, bob = (add_user(admin, name).client(admin.app) for name in ("ada", "bob"))
    ada.post(f"{API}/archives", json={"name": "team"})
    ada.post(f"{API}/archives/team/passages", json={"text": "Tea grows in the Azores."})
    bob.post(f"{API}/agents", json={"name": "spy"})
    attach = f"{API}/agents/spy/archives/team"

    def found() -> int:
        return len(bob.post(f"{API}/agents/spy/search", json={"queries": ["azores"]}).json()["items"])

    assert bob.put(attach).status_code == 404
    assert ada.put(f"{API}/archives/team/grants/bob").status_code == 200
    assert (bob.put(attach).status_code, found()) == (204, 1)
    assert [each["text"] for each in bob.get(f"{API}/archives/team/passages").json()["items"]] == [
        "Tea grows in the Azores."
    ]
    assert bob.post(f"{API}/archives/team/passages", json={"text": "No."}).status_code == 403
    assert ada.delete(f"{API}/archives/team/grants/bob").status_code == 204
    assert found() == 0


@pytest.mark.parametrize("kind", ["persona", "human", "preset"])
def test_templates_are_stored_replaced_and_deleted(admin: TestClient, kind: str) -> None:
    ada = add_user(admin, "ada").client(admin.app)
    path = f"{API}/templates/{kind}/kind_one"
    for client in (admin, ada):
        made = client.put(path, json={"text": "I am kind."})
        new = client.put(path, json={"text": "I am new."})
        stale = client.put(path, json={"text": "No."}, headers={"If-Match": made.headers["etag"]})

        assert [each.status_code for each in (made, new, stale)] == [201, 200, 412]
        assert (stale.json()["current"], stale.json()["yours"]) == ("I am new.", "No.")
        assert client.get(path).json()["text"] == "I am new."
        assert [each["name"] for each in client.get(f"{API}/templates/{kind}").json()["items"]] == [
            "kind_one"
        ]
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
    assert ada.get(path).json()["text"] == "I am new."


@pytest.mark.parametrize("kind", ["persona", "human", "preset"])
def test_templates_are_searched_by_name_and_text(admin: TestClient, kind: str) -> None:
    for name, text in (("nurse", "I care."), ("pilot", "I fly with CARE."), ("cook", "I boil.")):
        admin.put(f"{API}/templates/{kind}/{name}", json={"text": text})

    for search, names in (("care", ["nurse", "pilot"]), ("COOK", ["cook"]), ("x", [])):
        found = admin.get(f"{API}/templates/{kind}", params={"search": search}).json()["items"]
        assert [each["name"] for each in found if each["name"] in ("nurse", "pilot", "cook")] == names


@pytest.mark.parametrize(
    ("name", "text", "status"), [("a b", "x", 400), ("ok", " ", 400), ("a.b", "x", 400), ("x" * 65, "x", 422)]
)
def test_a_template_that_is_not_valid_is_refused(
    admin: TestClient, name: str, text: str, status: int
) -> None:
    answer = admin.put(f"{API}/templates/persona/{name}", json={"text": text})

    assert answer.status_code == status


def test_what_is_shared_is_not_for_keys_of_certain_agents(admin: TestClient) -> None:
    user = add_user(admin, "ada")
    ada = user.client(admin.app)
    ada.post(f"{API}/agents", json={"name": "sam"})
    ada.post(f"{API}/blocks", json={"label": "plan"})
    made = ada.post(f"{API}/users/ada/keys", json={"name": "phone", "agents": ["sam"]}).json()

    phone = client_of(admin.app, made["key"])  # type: ignore[arg-type]  # a FastAPI app

    for path in ("/blocks", "/blocks/plan", "/archives", "/grants/blocks"):
        assert phone.get(f"{API}{path}").status_code == 403
    assert phone.post(f"{API}/agents/sam/blocks/human/share").status_code == 403
