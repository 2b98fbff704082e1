"""The server behind nginx, as the page about the server configures it: with a prefix, TLS and HTTP/2."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from live_app import serving
from nginx import PUBLIC_NAME, Nginx, program, site_of_the_page
from server_apps import PASSWORD, make_app

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import ScriptedLLM, call, says

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="nginx is not installed; Debian's package is 'nginx'"),
]

PREFIX = "/memory"

MakeFront = Callable[..., "Front"]


class Front:
    """A server behind nginx, and clients that know it by its public name."""

    def __init__(self, opened: ExitStack, llm: Any, site: str | None, **options: Any) -> None:
        given = {"root_path": PREFIX, "hosts": (PUBLIC_NAME,), **options}
        self.app = make_app(llm=llm or ScriptedLLM(otherwise=answer), **given)
        upstream = opened.enter_context(serving(self.app))
        self.direct = upstream
        self.nginx = Nginx(upstream.removeprefix("http://"), site=site)
        opened.callback(self.nginx.close)
        self._opened = opened

    def client(self, key: str | None = PASSWORD, *, http2: bool = False) -> httpx.Client:
        headers = {"Host": f"{PUBLIC_NAME}:{self.nginx.port}"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        made = httpx.Client(
            base_url=f"{self.nginx.address}{PREFIX}",
            headers=headers,
            verify=self.nginx.trust(),
            http2=http2,
            timeout=30,
            event_hooks={"request": [as_public]},
        )
        return self._opened.enter_context(made)

    @property
    def origin(self) -> str:
        return f"https://{PUBLIC_NAME}:{self.nginx.port}"


def as_public(request: httpx.Request) -> None:
    """Let the handshake name the host that is meant, as where its name has an address."""
    request.extensions["sni_hostname"] = PUBLIC_NAME


def answer(_request: Any) -> Completion:
    return says("", call("send_message", message="Noted."))


@pytest.fixture
def make_front() -> Iterator[MakeFront]:
    with ExitStack() as opened:
        yield lambda llm=None, site=None, **options: Front(opened, llm, site, **options)


@pytest.fixture
def front(make_front: MakeFront) -> Front:
    return make_front()


@pytest.mark.parametrize("http2", [False, True])
def test_requests_and_uploads_go_through_and_addresses_have_the_prefix(front: Front, http2: bool) -> None:
    client = front.client(http2=http2)

    made = client.post("/api/v1/agents", json={"name": "sam"})
    run = client.post("/api/v1/agents/sam/runs", json={"input": "Hello!", "background": False})
    text = ("Tea grows in the Azores. " * 80_000).encode()  # nginx's own limit is 1 MB
    files = {"file": ("atlas.txt", text)}
    loaded = client.post("/api/v1/agents/sam/sources", files=files, timeout=60)

    assert made.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
    assert made.status_code == 201
    assert run.json()["replies"] == ["Noted."]
    assert loaded.status_code == 202, loaded.text
    for location in (run.headers["location"], loaded.headers["location"]):
        assert location.startswith(f"{PREFIX}/api/v1/")
        assert client.get(f"{front.origin.replace(PUBLIC_NAME, '127.0.0.1')}{location}").status_code == 200


def test_errors_name_paths_as_the_client_knows_them(front: Front) -> None:
    answer = front.client().get("/api/v1/nothing").json()

    assert answer["instance"] == f"{PREFIX}/api/v1/nothing"
    assert answer["detail"] == f"there is no {PREFIX}/api/v1/nothing here. {PREFIX}/docs lists the paths."
    too_large = front.client().post("/api/v1/agents", content=b" " * 1_100_000)
    assert too_large.status_code == 413
    assert too_large.headers["content-type"] == "application/problem+json"
    wrong = front.client().request("PUT", "/api/v1/agents")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("http2", [False, True])
def test_each_event_of_a_stream_arrives_when_it_happens(make_front: MakeFront, http2: bool) -> None:
    """The model answers its next request only after the client has read the event of the last one."""
    read = threading.Semaphore(0)

    def wait_and_search(_request: Any) -> Completion:
        assert read.acquire(timeout=30), "an event was kept back"
        return says("Look.", call("conversation_search", query="tea", request_heartbeat=True))

    def wait_and_speak(_request: Any) -> Completion:
        assert read.acquire(timeout=30), "an event was kept back"
        return says("", call("send_message", message="Noted."))

    front = make_front(llm=ScriptedLLM(wait_and_search, wait_and_search, wait_and_speak))
    client = front.client(http2=http2)
    client.post("/api/v1/agents", json={"name": "sam"})

    kinds = []
    for kind in stream(client, {"input": "Hello!", "stream": True}):
        kinds.append(kind)
        if kind in ("heard", "tool_returned"):
            read.release()

    assert kinds.count("tool_returned") == 3
    assert kinds[0] == "heard"
    assert kinds[-1] == "turn_ended"


def stream(client: httpx.Client, asked: dict[str, Any]) -> Iterator[str]:
    """Yield the kinds of the events of a run, and `ping` for each comment."""
    with client.stream("POST", "/api/v1/agents/sam/runs", json=asked) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no", "a second nginx must know it too"
        for line in response.iter_lines():
            if line.startswith("event:"):
                yield line.removeprefix("event:").strip()
            elif line.startswith(":"):
                yield "ping"


def test_pings_keep_a_stream_that_has_no_events_for_longer_than_the_proxy_waits(
    make_front: MakeFront,
) -> None:
    def think(_request: Any) -> Completion:
        time.sleep(3.5)
        return says("", call("send_message", message="Noted."))

    site = site_of_the_page().replace("proxy_read_timeout 1h", "proxy_read_timeout 2s")
    front = make_front(llm=ScriptedLLM(otherwise=think), site=site, ping_seconds=0.5)
    client = front.client()
    client.post("/api/v1/agents", json={"name": "sam"})

    kinds = list(stream(client, {"input": "Hello!", "stream": True}))

    assert kinds.count("ping") >= 3
    assert kinds[-1] == "turn_ended"


def test_a_session_has_a_cookie_for_the_prefix_and_for_tls_only(front: Front) -> None:
    browser = front.client(key=None)
    begun = browser.post("/api/v1/login", json={"password": PASSWORD}, headers={"Origin": front.origin})
    cookie = begun.headers["set-cookie"]
    session = {"Cookie": cookie.partition(";")[0]}

    made = browser.post("/api/v1/agents", json={"name": "sam"}, headers={**session, "Origin": front.origin})
    foreign = {**session, "Origin": "https://evil.example"}

    assert begun.status_code == 204
    assert "Secure" in cookie
    assert f"Path={PREFIX}" in cookie
    assert made.status_code == 201
    assert browser.post("/api/v1/agents", json={"name": "ann"}, headers=foreign).status_code == 403
    ended = browser.post("/api/v1/logout", headers={**session, "Origin": front.origin})
    assert ended.status_code == 204
    assert f"Path={PREFIX}" in ended.headers["set-cookie"]


def test_the_page_of_the_paths_loads_its_files_under_the_prefix(front: Front) -> None:
    browser = front.client(key=None)
    page = browser.get("/docs")
    described = browser.get("/openapi.json").json()

    assert page.status_code == 200
    for file in ("docs/docs.css", "docs/docs.js", "openapi.json"):
        assert file in page.text
        assert browser.get(httpx.URL(str(page.url)).join(file).path.removeprefix(PREFIX)).status_code == 200
    assert described["servers"] == [{"url": PREFIX}]


def test_only_the_public_name_is_answered_and_a_websocket_is_refused_in_words(front: Front) -> None:
    client = front.client()

    other = client.get("/health", headers={"Host": "evil.example"})
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    socket = client.get("/api/v1/agents", headers=upgrade)
    here = httpx.get(f"{front.direct}/api/v1/agents", headers=upgrade)

    assert client.get("/health").status_code == 200
    assert other.status_code == 421
    for refused in (socket, here):
        assert refused.status_code == 400
        assert "no WebSocket" in refused.json()["detail"]


def test_connections_between_nginx_and_the_server_are_kept(front: Front) -> None:
    client = front.client()
    for _ in range(40):
        assert client.get("/health").status_code == 200

    assert 1 <= len(front.app.state.uvicorn.server_state.connections) <= 16
    assert front.app.state.uvicorn.config.timeout_keep_alive > 60, (
        "nginx closes a connection before the server"
    )


def test_wrong_passwords_are_counted_by_the_address_that_sends_them(front: Front) -> None:
    """Not by nginx's: it would make everyone wait."""
    wrong = front.client("wrong")

    codes = [
        wrong.get("/api/v1/me", headers={"X-Forwarded-For": "203.0.113.7"}).status_code for _ in range(12)
    ]

    assert codes[-1] == 429
    told = wrong.get("/api/v1/me").json()["detail"]
    assert "127.0.0.1" in told, "what the client claims is replaced"


def test_a_proxy_that_leaves_the_prefix_works_too(make_front: MakeFront) -> None:
    front = make_front(site=site_of_the_page().replace("http://memgpt/;", "http://memgpt;"))
    client = front.client()
    made = client.post("/api/v1/agents", json={"name": "sam"})
    run = client.post("/api/v1/agents/sam/runs", json={"input": "Hello!", "background": False})

    assert made.status_code == 201
    assert run.headers["location"].startswith(f"{PREFIX}/api/v1/runs/")
    assert client.get("/api/v1/nothing").json()["instance"] == f"{PREFIX}/api/v1/nothing"
    assert client.get("/openapi.json").json()["servers"] == [{"url": PREFIX}]
    assert client.request("PUT", "/api/v1/agents").headers["allow"] == "GET, POST"
