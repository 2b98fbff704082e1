"""Who speaks: the owner of the key, or whom a key that may speak for others names."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from openai_chats import asks, assistant, chatting, heard, user
from server_apps import client_of
from server_world import API, add_user

SECRET = "a secret that both servers know, of 32 bytes or more"


@pytest.fixture
def speaker_of() -> Iterator[Any]:
    """Return who the agent heard, for a request with these headers and fields; else the answer.

    Both keys are of Ada; only a trusted one may speak for others.
    """
    with chatting() as (admin, _):
        user_ = add_user(admin, "ada")
        ada = user_.client(admin.app)  # type: ignore[arg-type]
        ada.post(f"{API}/agents", json={"name": "sam"})
        made = ada.post(f"{API}/users/ada/keys", json={"name": "plain", "scopes": ["talk"]}).json()
        plain = client_of(admin.app, made["key"])  # type: ignore[arg-type]

        def speaker(
            headers: dict[str, str],
            message: dict[str, str] | None = None,
            *,
            trusted: bool = True,
            **more: Any,
        ) -> Any:
            client = ada if trusted else plain
            answer = asks(client, user("Hi.", **(message or {})), headers=headers, **more)
            return heard(ada)[-1][0] if answer.status_code == 200 else answer

        yield speaker


FROM_OPEN_WEBUI = {
    "X-OpenWebUI-User-Name": "J%C3%BCrgen Klein",
    "X-OpenWebUI-User-Email": "j@example.com",
    "X-OpenWebUI-User-Id": "u1",
}


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (FROM_OPEN_WEBUI, "Jürgen Klein"),
        ({"X-OpenWebUI-User-Email": "j@example.com", "X-OpenWebUI-User-Id": "u1"}, "j@example.com"),
        ({"X-OpenWebUI-User-Id": "u1"}, "u1"),
        ({"X-LibreChat-User-Name": f"b64:{base64.b64encode('Jürgen'.encode()).decode()}"}, "Jürgen"),
        ({"X-LibreChat-User-Id": "65f0"}, "65f0"),
        ({"X-OpenWebUI-User-Name": "{{USER_NAME}}", "X-OpenWebUI-User-Id": "u1"}, "u1"),
        ({"X-LibreChat-User-Name": "b64:%%%"}, "ada"),
        ({"X-OpenWebUI-User-Name": "x" * 200}, "x" * 64),
        ({"X-OpenWebUI-User-Name": "a%00%0Ab"}, "ab"),
        ({}, "ada"),
    ],
)
def test_headers_of_front_ends(speaker_of: Any, headers: dict[str, str], name: str) -> None:
    assert speaker_of(headers) == name


def test_the_field_user_and_the_name_of_a_message(speaker_of: Any) -> None:
    assert speaker_of({}, user="bob") == "bob"
    assert speaker_of({}, {"name": "carl"}, user="bob") == "carl"
    assert speaker_of({}, user={"id": 1}) == "ada"


def test_a_key_that_may_not_speak_for_others_speaks_as_its_owner(speaker_of: Any) -> None:
    assert speaker_of(FROM_OPEN_WEBUI, {"name": "carl"}, user="bob", trusted=False) == "ada"


def token(secret: str = SECRET, **claims: Any) -> dict[str, str]:
    given = {"iss": "open-webui", "sub": "u1", "name": "Ben", "exp": int(time.time()) + 300, **claims}
    return {"X-OpenWebUI-User-Jwt": jwt.encode(given, secret, algorithm="HS256")}


def test_a_signed_token_names_the_speaker(speaker_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARD_USER_INFO_HEADER_JWT_SECRET", SECRET)

    assert speaker_of(token()) == "Ben"
    assert speaker_of(token(name="", email="b@example.com")) == "b@example.com"
    assert speaker_of(token(), trusted=False) == "ada"


@pytest.mark.parametrize(
    "headers",
    [
        token("another secret of thirty-two bytes or more"),
        token(exp=int(time.time()) - 3600),
        token(iss="somebody"),
        {"X-OpenWebUI-User-Jwt": jwt.encode({"iss": "open-webui", "name": "Eve"}, "", algorithm="none")},
        {"X-OpenWebUI-User-Jwt": "no token"},
    ],
)
def test_a_token_that_is_not_valid_is_refused(
    speaker_of: Any, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_USER_JWT_SECRET", SECRET)

    answer = speaker_of(headers)

    assert answer.status_code == 401
    assert "X-OpenWebUI-User-Jwt" in answer.json()["error"]["message"]


def test_without_a_secret_no_token_is_believed(speaker_of: Any) -> None:
    assert speaker_of(token()) == "ada"


def test_people_of_a_group_chat_are_told_apart() -> None:
    with chatting() as (client, _):
        asks(client, user("I am Ben.", name="ben"), user("I am Ada.", name="ada"))
        asks(
            client,
            user("I am Ben.", name="ben"),
            user("I am Ada.", name="ada"),
            assistant("Yes."),
            user("Who?", name="ada"),
        )

        assert heard(client) == [("ben", "I am Ben."), ("ada", "I am Ada."), ("ada", "Who?")]
