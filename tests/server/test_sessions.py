"""Sessions of browsers: a cookie in place of a key."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from server_apps import ADDRESS, PASSWORD, MakeClient, make_app
from server_world import API, add_user

from memgpt_autogen.server.password import AdminPassword

FROM_HERE = {"Origin": ADDRESS}


@pytest.fixture
def browser(make_client: MakeClient) -> TestClient:
    return make_client(key=None)


def test_a_session_may_do_what_its_key_may_until_it_ends(browser: TestClient) -> None:
    begun = browser.post(f"{API}/login", json={"password": PASSWORD})
    cookie = begun.headers["set-cookie"]

    assert begun.status_code == 204
    assert PASSWORD not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert browser.get(f"{API}/me").json()["user"]["name"] == "home"
    assert browser.post(f"{API}/agents", json={"name": "sam"}, headers=FROM_HERE).status_code == 201
    old = dict(browser.cookies)
    assert browser.post(f"{API}/logout", headers=FROM_HERE).status_code == 204
    assert browser.get(f"{API}/me").status_code == 401
    browser.cookies.update(old)
    assert browser.get(f"{API}/me").status_code == 401, "the session itself has ended, not only the cookie"


def test_a_key_with_few_scopes_begins_a_session_with_as_few(
    admin: TestClient, make_client: MakeClient
) -> None:
    user = add_user(admin, "ada", scopes=["read"])
    browser = make_client(key=None, app=admin.app)

    browser.post(f"{API}/login", json={"password": user.key})

    assert browser.get(f"{API}/me").json()["scopes"] == ["read"]
    assert browser.post(f"{API}/agents", json={"name": "sam"}, headers=FROM_HERE).status_code == 403


def test_a_page_of_another_site_cannot_use_the_session(browser: TestClient) -> None:
    """A browser adds the cookie to what other pages send, so a request must say where it comes from."""
    browser.post(f"{API}/login", json={"password": PASSWORD})

    for headers in ({}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = browser.post(f"{API}/agents", json={"name": "sam"}, headers=headers)
        assert answer.status_code == 403, headers
    assert browser.get(f"{API}/agents").json()["items"] == []


def test_a_wrong_password_begins_no_session(browser: TestClient) -> None:
    answer = browser.post(f"{API}/login", json={"password": "wrong"})

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_a_cookie_that_is_no_key_counts_for_nothing(browser: TestClient) -> None:
    browser.cookies.set("memgpt_session", PASSWORD)

    assert browser.get(f"{API}/me").status_code == 401


def begin(make_client: MakeClient, admin: TestClient, password: str) -> TestClient:
    browser = make_client(key=None, app=admin.app)
    assert browser.post(f"{API}/login", json={"password": password}).status_code == 204
    assert browser.get(f"{API}/me").status_code == 200
    return browser


def test_a_session_ends_with_its_key_and_with_its_user(admin: TestClient, make_client: MakeClient) -> None:
    ada, bob = add_user(admin, "ada"), add_user(admin, "bob")
    hers, his = begin(make_client, admin, ada.key), begin(make_client, admin, bob.key)

    admin.delete(f"{API}/users/ada/keys/laptop")
    admin.patch(f"{API}/users/bob", json={"suspended": True})

    assert (hers.get(f"{API}/me").status_code, his.get(f"{API}/me").status_code) == (401, 401)


def test_what_a_session_does_counts_as_done_by_its_key(admin: TestClient, make_client: MakeClient) -> None:
    """So the limits of the key hold, and the audit names it."""
    ada = add_user(admin, "ada")
    admin.put(f"{API}/users/ada/keys/laptop/limits", json={"turns_a_day": 1})
    browser = begin(make_client, admin, ada.key)
    browser.post(f"{API}/agents", json={"name": "sam"}, headers=FROM_HERE)

    asked = {"input": "Hello.", "background": False}
    runs = [browser.post(f"{API}/agents/sam/runs", json=asked, headers=FROM_HERE) for _ in range(2)]
    acts = ada.client(admin.app).get(f"{API}/audit").json()["items"]  # type: ignore[arg-type]  # it is our app

    assert [run.status_code for run in runs] == [200, 429]
    assert {(act["action"], act["key_id"]) for act in acts} == {
        ("login", ada.key_id),
        ("create_agent", ada.key_id),
    }


def test_all_sessions_end_when_the_admin_password_changes(make_client: MakeClient) -> None:
    browser = make_client(key=None)
    browser.post(f"{API}/login", json={"password": PASSWORD})
    cookies = dict(browser.cookies)
    app = make_app()
    app.state.authenticator.password = AdminPassword.of("another one", "a test")
    same, other = make_client(key=None), make_client(key=None, app=app)
    for each in (same, other):
        each.cookies.update(cookies)

    assert same.get(f"{API}/me").status_code == 200, "a restart ends no session"
    assert other.get(f"{API}/me").status_code == 401


def test_a_cookie_is_no_key(browser: TestClient) -> None:
    browser.post(f"{API}/login", json={"password": PASSWORD})
    stolen = browser.cookies["memgpt_session"]
    browser.cookies.clear()

    assert browser.get(f"{API}/me", headers={"Authorization": f"Bearer {stolen}"}).status_code == 401


def test_the_cookie_is_only_for_tls_where_there_is_tls(make_client: MakeClient) -> None:
    client = make_client(key=None)

    plain, safe = (
        client.post(f"{address}{API}/login", json={"password": PASSWORD}).headers["set-cookie"]
        for address in (ADDRESS, ADDRESS.replace("http:", "https:"))
    )

    assert "Secure" not in plain
    assert "Secure" in safe
