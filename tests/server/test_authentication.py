"""Who calls: the admin by the password, and nobody without credentials."""

from __future__ import annotations

import pytest
from fastapi import Request
from server_apps import PASSWORD, MakeClient

from memgpt_autogen.server.attempts import MOST_FAILURES, Attempts
from memgpt_autogen.server.authentication import address_of
from memgpt_autogen.server.openapi import openapi_of


def test_the_password_is_the_admin(admin: object, make_client: MakeClient) -> None:
    assert make_client().get("/metrics").status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", f"Basic {PASSWORD}", PASSWORD, "Bearer wrong"])
def test_other_credentials_are_401_and_say_what_to_send(make_client: MakeClient, header: str) -> None:
    answer = make_client(key=None).get("/metrics", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in answer.text or "password is not right" in answer.text


def test_every_path_but_the_public_ones_needs_credentials(make_client: MakeClient) -> None:
    """Nothing of the request counts before: a body that is no JSON is 401 too."""
    client = make_client(key=None)
    described = openapi_of(client.app)  # type: ignore[arg-type]  # it is our app
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            answer = client.request(method, path, content=b"{", headers={"Content-Type": "application/json"})

            is_public = path in ("/health", "/ready", "/api/v1/login", "/api/v1/login/code")
            assert (answer.status_code == 401, "security" in operation) == (not is_public,) * 2, (
                method,
                path,
            )


def test_wrong_passwords_of_an_address_are_limited(make_client: MakeClient) -> None:
    client = make_client()
    wrong = {"Authorization": "Bearer wrong"}
    tried = [client.get("/metrics", headers=wrong).status_code for _ in range(MOST_FAILURES + 1)]

    answer = client.get("/metrics")

    assert tried == [401] * MOST_FAILURES + [429]
    assert answer.status_code == 429, "a right password is not tried either, or guessing would go on"
    assert 0 < int(answer.headers["retry-after"]) <= 60


def test_an_address_may_try_again_after_a_minute() -> None:
    now = 0.0
    attempts = Attempts(lambda: now)
    for _ in range(MOST_FAILURES):
        attempts.failed("10.0.0.1")

    assert attempts.seconds_to_wait("10.0.0.1") == 60
    assert attempts.seconds_to_wait("10.0.0.2") == 0
    now = 60.5
    assert attempts.seconds_to_wait("10.0.0.1") == 0


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_wrong_passwords_are_counted_for_a_whole_network_of_ipv6(host: str, counted: str) -> None:
    """Everyone who has one such address has 2**64 of them."""
    assert address_of(Request({"type": "http", "client": (host, 1)})) == counted
