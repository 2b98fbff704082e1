"""Sessions of browsers: a cookie in place of a key."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from server_apps import ADDRESS, PASSWORD, MakeClient
from server_world import API, add_user

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
