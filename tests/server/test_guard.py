"""What is refused before anything of a request is read: hosts, pages and sizes."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import Body
from server_apps import MakeClient, make_app


@pytest.mark.parametrize("host", ["127.0.0.1:8283", "localhost", "LOCALHOST:1", "[::1]:8283"])
def test_the_names_of_this_machine_are_answered(make_client: MakeClient, host: str) -> None:
    assert make_client(key=None).get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8283", ""]
)
def test_a_name_that_another_site_points_here_is_refused(make_client: MakeClient, host: str) -> None:
    """DNS rebinding: a page of evil.example lets that name mean 127.0.0.1, and asks for its own name."""
    answer = make_client().get("/health", headers={"Host": host})

    assert answer.status_code == 421
    assert "--allowed-host" in answer.json()["detail"]


def test_a_name_that_the_operator_allows_is_answered(make_client: MakeClient) -> None:
    client = make_client(hosts=("memory.example",))

    assert client.get("/health", headers={"Host": "memory.example:443"}).status_code == 200
    assert client.get("/health", headers={"Host": "other.example"}).status_code == 421


def test_a_server_for_other_machines_is_asked_by_any_address_but_not_by_any_name(
    make_client: MakeClient,
) -> None:
    client = make_client(host="0.0.0.0")

    assert client.get("/health", headers={"Host": "192.168.1.7:8283"}).status_code == 200
    assert client.get("/health", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:3000", "file://", "http://["]
)
def test_a_page_of_another_site_is_refused(make_client: MakeClient, origin: str) -> None:
    answer = make_client().post("/health", headers={"Origin": origin})

    assert answer.status_code == 403
    assert "--allowed-origin" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("memory.example", "https://memory.example"),
        ("memory.example:443", "https://memory.example"),
        ("memory.example", "https://memory.example:443"),
        ("Memory.Example:8443", "https://memory.example:8443"),
        ("[::1]:8283", "http://[::1]:8283"),
        ("[::1]", "http://[::1]:80"),
    ],
)
def test_a_page_may_leave_out_the_usual_port_as_the_host_may(
    make_client: MakeClient, host: str, origin: str
) -> None:
    client = make_client(hosts=("memory.example",))

    assert client.get("/health", headers={"Host": host, "Origin": origin}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "https://memory.example:8443",
        "https://memory.example.evil.example",
        "https://evil.example/memory.example",
    ],
)
def test_a_page_at_another_port_or_of_a_longer_name_is_of_another_site(
    make_client: MakeClient, origin: str
) -> None:
    client = make_client(hosts=("memory.example",))

    refused = client.get("/health", headers={"Host": "memory.example", "Origin": origin})

    assert refused.status_code == 403


@pytest.mark.parametrize("header", ["Upgrade", "Sec-WebSocket-Key"])
def test_a_websocket_is_refused_by_what_to_use(make_client: MakeClient, header: str) -> None:
    refused = make_client().get("/api/v1/agents", headers={header: "websocket"})

    assert refused.status_code == 400
    assert "(SSE)" in refused.json()["detail"]
    assert make_client().get("/health", headers={"Upgrade": "h2c"}).status_code == 200


def test_pages_of_the_server_and_those_that_are_allowed_may_call(make_client: MakeClient) -> None:
    client = make_client(origins=("https://app.example/",))

    for origin in ("http://127.0.0.1:8283", "https://app.example"):
        assert client.get("/health", headers={"Origin": origin}).status_code == 200
    assert client.get("/health", headers={"Origin": "https://other.example"}).status_code == 403


def test_an_allowed_page_may_read_the_answer_and_send_its_key(make_client: MakeClient) -> None:
    client = make_client(origins=("https://app.example",))
    asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}

    asked = client.options("/metrics", headers={"Origin": "https://app.example", **asks})
    answer = client.get("/metrics", headers={"Origin": "https://app.example"})

    assert asked.status_code == 200
    assert "authorization" in asked.headers["access-control-allow-headers"].lower()
    assert answer.headers["access-control-allow-origin"] == "https://app.example"


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_that_is_too_large_is_refused(make_client: MakeClient, declared: bool) -> None:
    """Also where its length is not declared, since it is sent in parts."""
    app = make_app(body_bytes=1000)

    @app.post("/echo")
    def echo(text: Annotated[str, Body()]) -> str:
        return text

    body = b'"' + b"x" * 1000 + b'"'
    client = make_client(app=app)
    answer = client.post("/echo", content=body if declared else iter([body[:500], body[500:]]))

    assert answer.status_code == 413
    assert "1,000 bytes" in answer.json()["detail"]
    assert client.post("/echo", content=iter([body[:500], b'"'])).status_code == 200
