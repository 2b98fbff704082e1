"""Users, keys, limits and the audit."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import MakeClient, client_of, make_app
from server_world import API, add_user

from memgpt_autogen.testing import ScriptedLLM, call, says


def test_a_key_is_shown_once_and_stored_nowhere(admin: TestClient) -> None:
    user = add_user(admin, "ada")

    listed = admin.get(f"{API}/users/ada/keys")

    assert user.key.startswith("mga_")
    assert len(user.key) == 47
    assert user.key not in listed.text
    assert listed.json()["items"][0]["shown"] == f"{user.key[:8]}...{user.key[-4:]}"


def test_a_user_sees_who_it_is(admin: TestClient) -> None:
    user = add_user(admin, "ada", scopes=["read"])

    me = user.client(admin.app).get(f"{API}/me").json()  # type: ignore[arg-type]  # it is our app

    assert (me["user"]["name"], me["scopes"], me["key"], me["agents"]) == ("ada", ["read"], user.key_id, None)
    assert admin.get(f"{API}/me").json()["user"]["name"] == "home"


@pytest.mark.parametrize(
    ("scopes", "method", "path", "needed"),
    [
        (["talk"], "GET", "/agents", "read"),
        (["read", "talk"], "POST", "/agents", "write"),
        (["read", "talk", "write"], "GET", "/users", "admin"),
        (["read", "talk", "write"], "POST", "/users", "admin"),
    ],
)
def test_a_missing_scope_is_named(
    admin: TestClient, scopes: list[str], method: str, path: str, needed: str
) -> None:
    client = add_user(admin, "ada", scopes=scopes).client(admin.app)  # type: ignore[arg-type]  # it is our app

    answer = client.request(method, f"{API}{path}", json={"name": "sam"} if method == "POST" else None)

    assert answer.status_code == 403
    assert f"'{needed}'" in answer.json()["detail"]


def test_keys_that_are_revoked_expired_or_of_a_suspended_user_are_401(admin: TestClient) -> None:
    app: Any = admin.app
    ada = add_user(admin, "ada")
    soon = datetime.now(timezone.utc) + timedelta(seconds=0.5)
    short = admin.post(f"{API}/users/ada/keys", json={"name": "short", "expires_at": soon.isoformat()}).json()
    client = ada.client(app)

    assert client.get(f"{API}/me").status_code == 200
    admin.patch(f"{API}/users/ada", json={"suspended": True})
    assert client.get(f"{API}/me").status_code == 401
    admin.patch(f"{API}/users/ada", json={"suspended": False})
    assert client.get(f"{API}/me").status_code == 200
    admin.delete(f"{API}/users/ada/keys/{ada.key_id}")
    assert client.get(f"{API}/me").status_code == 401
    time.sleep(max(0.0, (soon - datetime.now(timezone.utc)).total_seconds()))
    assert client_of(app, short["key"]).get(f"{API}/me").status_code == 401
    assert client_of(app, "mga_" + "x" * 43).get(f"{API}/me").status_code == 401


def test_the_turns_of_a_suspended_user_are_cancelled(make_client: MakeClient) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def answers_late(_: Any) -> Any:
        begun.set()
        assert goes_on.wait(30)
        return says("", call("send_message", message="Too late."))

    admin = make_client(app=make_app(llm=ScriptedLLM(otherwise=answers_late)))
    app: Any = admin.app
    ada = add_user(admin, "ada").client(app)
    ada.post(f"{API}/agents", json={"name": "sam"})
    runs = [ada.post(f"{API}/agents/sam/runs", json={"input": "Hello!"}).json()["id"] for _ in range(3)]
    assert begun.wait(30)

    admin.patch(f"{API}/users/ada", json={"suspended": True})
    goes_on.set()
    admin.patch(f"{API}/users/ada", json={"suspended": False})

    for run in runs:
        ada.get(f"{API}/runs/{run}/events")  # until its end
        found = ada.get(f"{API}/runs/{run}").json()
        assert (found["state"], found["error"]) == ("cancelled", "the user was suspended")
    assert "Too late." not in ada.get(f"{API}/agents/sam/log").text


def test_a_key_makes_no_key_that_may_do_more(admin: TestClient) -> None:
    client = add_user(admin, "ada", scopes=["read", "write"]).client(admin.app)  # type: ignore[arg-type]

    more = client.post(f"{API}/users/ada/keys", json={"name": "a", "scopes": ["read", "talk"]})
    admins = client.post(f"{API}/users/ada/keys", json={"name": "b", "scopes": ["admin"]})
    same = client.post(f"{API}/users/ada/keys", json={"name": "c", "scopes": ["read"]})

    assert [more.status_code, admins.status_code, same.status_code] == [403, 403, 201]


def test_the_admin_gives_limits_and_a_user_cannot_lift_them(admin: TestClient) -> None:
    user = add_user(admin, "ada")
    client = user.client(admin.app)  # type: ignore[arg-type]  # it is our app
    path = f"{API}/users/ada/keys/{user.key_id}/limits"

    admin.put(path, json={"turns_a_day": 5})
    admin.put(f"{API}/users/ada/limits", json={"tokens_a_day": 1000})

    assert client.get(path).json()["turns_a_day"] == 5
    assert client.get(f"{API}/users/ada/limits").json()["tokens_a_day"] == 1000
    assert client.put(path, json={}).status_code == 403
    assert client.put(f"{API}/users/ada/limits", json={}).status_code == 403
    assert admin.put(path, json={"turns_a_day": -1}).status_code == 422


def test_a_user_is_deleted_with_everything_only_when_asked(admin: TestClient) -> None:
    client = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # it is our app
    client.post(f"{API}/agents", json={"name": "sam"})

    refused = admin.delete(f"{API}/users/ada")
    done = admin.delete(f"{API}/users/ada", params={"agents": True})

    assert refused.status_code == 409
    assert "1 agent" in refused.json()["detail"]
    assert done.status_code == 200
    assert client.get(f"{API}/me").status_code == 401
    assert admin.get(f"{API}/users/ada").status_code == 404
    assert admin.delete(f"{API}/users/home").status_code == 409


def test_users_come_in_pages(admin: TestClient) -> None:
    for name in ("ada", "bob", "eve"):
        admin.post(f"{API}/users", json={"name": name})

    first = admin.get(f"{API}/users", params={"limit": 3}).json()
    second = admin.get(f"{API}/users", params={"limit": 3, "cursor": first["next"]}).json()

    assert [each["name"] for each in first["items"]] == ["home", "ada", "bob"]
    assert ([each["name"] for each in second["items"]], second["next"]) == (["eve"], None)


def test_what_changes_something_is_in_the_audit_without_contents(admin: TestClient) -> None:
    user = add_user(admin, "ada")
    client = user.client(admin.app)  # type: ignore[arg-type]  # it is our app
    client.post(f"{API}/agents", json={"name": "sam", "human": "Her secret is Lisbon."})
    client.get(f"{API}/agents/sam")
    client.post(f"{API}/agents", json={"name": "sam"})
    client.post(f"{API}/agents/sam/forget", json={"query": "Lisbon"})

    acts = client.get(f"{API}/audit").json()["items"]
    everyone = admin.get(f"{API}/audit", params={"everyone": True}).json()["items"]

    assert [(each["action"], each["what"], each["name"], each["key_id"]) for each in acts] == [
        ("forget", "agents", "sam", user.key_id),
        ("create_agent", "agents", "sam", user.key_id),
    ]
    assert [each["action"] for each in everyone][2:] == ["create_key", "create_user"]
    assert "Lisbon" not in str(everyone)


def test_a_key_is_deleted_by_its_owner_or_the_admin_and_the_audit_keeps_it(admin: TestClient) -> None:
    user, other = add_user(admin, "ada"), add_user(admin, "ben")
    client = user.client(admin.app)  # type: ignore[arg-type]  # it is our app
    reader = add_user(admin, "eve", scopes=["read"])
    for name in ("phone", "tablet"):
        client.post(f"{API}/users/ada/keys", json={"name": name, "scopes": ["read"]})
    gone = {"remove": True}

    foreign = other.client(admin.app).delete(f"{API}/users/ada/keys/phone", params=gone)  # type: ignore[arg-type]
    needs = reader.client(admin.app).delete(f"{API}/users/eve/keys/laptop", params=gone)  # type: ignore[arg-type]
    deleted = client.delete(f"{API}/users/ada/keys/phone", params=gone)
    revoked = client.delete(f"{API}/users/ada/keys/tablet")
    admin.delete(f"{API}/users/ada/keys/{user.key_id}", params=gone)

    assert (foreign.status_code, needs.status_code) == (404, 403)
    assert (deleted.json()["name"], deleted.json()["revoked_at"]) == ("phone", None)
    assert revoked.json()["revoked_at"] is not None
    assert [each["name"] for each in admin.get(f"{API}/users/ada/keys").json()["items"]] == ["tablet"]
    assert client.get(f"{API}/me").status_code == 401
    acts = admin.get(f"{API}/audit", params={"everyone": True}).json()["items"]
    assert [(each["action"], each["name"]) for each in acts][:3] == [
        ("delete_key", "laptop"),
        ("revoke_key", "tablet"),
        ("delete_key", "phone"),
    ]
    assert acts[0]["target_id"] == user.key_id


def test_a_key_makes_no_key_that_outlives_it_or_has_no_limits(admin: TestClient) -> None:
    app: Any = admin.app
    ends = datetime.now(timezone.utc) + timedelta(hours=1)
    user = add_user(admin, "ada", expires_at=ends.isoformat())
    client, path = user.client(app), f"{API}/users/ada/keys"

    same = client.post(path, json={"name": "same"})
    sooner = client.post(
        path, json={"name": "sooner", "expires_at": (ends - timedelta(minutes=5)).isoformat()}
    )
    later = client.post(path, json={"name": "later", "expires_at": (ends + timedelta(minutes=5)).isoformat()})
    admin.put(f"{path}/laptop/limits", json={"turns_a_day": 5})
    limited = client.post(path, json={"name": "more"})
    by_admin = admin.post(path, json={"name": "lasting"})

    assert (same.status_code, datetime.fromisoformat(same.json()["expires_at"])) == (201, ends)
    assert [sooner.status_code, later.status_code, limited.status_code] == [201, 403, 403]
    assert "ends at" in later.json()["detail"]
    assert "has limits" in limited.json()["detail"]
    assert by_admin.json()["expires_at"] is None


def test_a_time_without_a_zone_is_refused(admin: TestClient) -> None:
    admin.post(f"{API}/users", json={"name": "ada"})

    answer = admin.post(f"{API}/users/ada/keys", json={"name": "k", "expires_at": "2199-01-01T00:00:00"})

    assert answer.status_code == 422
    assert "expires_at" in answer.json()["detail"]


def test_the_audit_is_searched_by_user_act_and_time(admin: TestClient) -> None:
    hers = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # it is our app
    hers.post(f"{API}/agents", json={"name": "sam"})
    hers.delete(f"{API}/agents/sam")

    def found(client: TestClient, **params: Any) -> list[str]:
        acts = client.get(f"{API}/audit", params=params).json()["items"]
        return [each["action"] for each in acts]

    assert found(admin, user="ada") == ["delete_agent", "create_agent"]
    assert found(admin, everyone=True, action="create_agent") == ["create_agent"]
    assert found(hers, end="2020-01-01T00:00:00Z") == []
    assert found(hers, start="2020-01-01T00:00:00Z") == ["delete_agent", "create_agent"]
    assert hers.get(f"{API}/audit", params={"user": "home"}).status_code == 404


def test_what_goes_with_a_user_is_said_before_it_is_deleted(admin: TestClient) -> None:
    hers = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # it is our app
    hers.post(f"{API}/agents", json={"name": "sam"})
    hers.post(f"{API}/agents/sam/passages", json={"text": "Lisbon"})
    hers.post(f"{API}/agents/sam/runs", json={"input": "Hello!", "background": False})

    would = admin.delete(f"{API}/users/ada", params={"dry_run": True}).json()
    refused = admin.delete(f"{API}/users/ada")
    done = admin.delete(f"{API}/users/ada", params={"agents": True}).json()

    counts = {name: would[name] for name in ("agents", "keys", "messages", "passages", "archives")}
    assert counts == {"agents": 1, "keys": 1, "messages": 2, "passages": 1, "archives": 0}
    assert (would.pop("dry_run"), done.pop("dry_run"), done) == (True, False, would)
    assert refused.status_code == 409
    assert admin.get(f"{API}/users/ada").status_code == 404
