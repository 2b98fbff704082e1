"""Searching the web: Google's answers from a local server, `ddgs`, and the errors that a model reads."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from inline_snapshot import snapshot
from loops import HELLO, LoopFactory, requests_of

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.testing import call, says
from memgpt_autogen.tools.web_search import GoogleSearch, WebResult, web_search

KEY = "AIzaSyNotARealKey0123456789"


class Google:
    """Answers as Google's Programmable Search does, on a free port of this machine."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.keys: list[str | None] = []
        self.answer: tuple[int, Any] = (200, {})
        google = self

        class Visit(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                google.asked.append(
                    {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                )
                google.keys.append(self.headers.get("X-Goog-Api-Key"))
                status, told = google.answer
                self.send_response(status)
                self.end_headers()
                self.wfile.write(told if isinstance(told, bytes) else json.dumps(told).encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Visit)
        self.search = GoogleSearch(KEY, "engine:1", f"http://127.0.0.1:{self.server.server_address[1]}/v1", 5)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def google() -> Iterator[Google]:
    made = Google()
    yield made
    made.server.shutdown()
    made.server.server_close()


def items(*numbers: int) -> dict[str, Any]:
    return {
        "items": [
            {
                "title": f"Heron {number}",
                "link": f"https://h.example/{number}",
                "snippet": f"About\nheron {number}.",
            }
            for number in numbers
        ]
    }


def test_results_of_google_are_numbered_with_title_address_and_snippet(google: Google) -> None:
    google.answer = (200, items(1, 2))

    told = web_search(google.search).call({"query": "grey heron"})

    assert told == snapshot("""\
1. Heron 1
   https://h.example/1
   About heron 1.
2. Heron 2
   https://h.example/2
   About heron 2.\
""")
    assert google.asked == [{"q": "grey heron", "cx": "engine:1", "start": "1", "num": "5"}]
    assert google.keys == [KEY]


def test_the_next_page_goes_on_where_the_first_ended(google: Google) -> None:
    google.answer = (200, items(3, 4))

    told = web_search(google.search, results=2).call({"query": "heron", "page": 1})

    assert told.startswith("3. Heron 3")
    assert told.endswith("[perhaps more with page=2]")
    assert google.asked[0]["start"] == "3"


def test_no_result_is_told_with_what_to_try(google: Google) -> None:
    assert web_search(google.search).call({"query": "xyzzy"}) == (
        "Nothing was found for 'xyzzy' on page 0. Try other or fewer words."
    )


def test_a_page_past_what_google_gives_is_refused_before_it_is_asked(google: Google) -> None:
    with pytest.raises(ToolError, match="no more than 100 results"):
        web_search(google.search).call({"query": "heron", "page": 20})
    assert google.asked == []


@pytest.mark.parametrize(
    ("status", "words", "told"),
    [
        (429, "Quota exceeded for quota metric 'Queries'", "quota for today is used up"),
        (403, "Daily quota exceeded", "quota for today is used up"),
        (400, f"API key {KEY} not valid.", "answered 400: API key"),
        (500, "", "answered 500"),
    ],
)
def test_a_refusal_tells_the_model_what_to_do_and_never_the_key(
    google: Google, caplog: pytest.LogCaptureFixture, status: int, words: str, told: str
) -> None:
    google.answer = (status, {"error": {"message": words}})
    caplog.set_level(logging.DEBUG)

    with pytest.raises(ToolError, match=told) as failed:
        web_search(google.search).call({"query": "heron"})

    assert "without the web" in str(failed.value)
    assert KEY not in str(failed.value)
    assert KEY not in caplog.text
    assert KEY not in repr(google.search)


def test_an_answer_that_is_not_json_is_told(google: Google) -> None:
    google.answer = (502, b"<html>Bad gateway</html>")

    with pytest.raises(ToolError, match="answered 502"):
        web_search(google.search).call({"query": "heron"})


def test_a_network_that_is_not_there_is_told(google: Google) -> None:
    google.server.shutdown()
    google.server.server_close()

    with pytest.raises(ToolError, match="cannot be reached"):
        web_search(google.search).call({"query": "heron"})


def test_what_was_found_is_on_one_line_each_and_cut() -> None:
    """A page's own title and text cannot pose as further results."""
    found = WebResult("Heron\n2. Bank", "https://h.example/", "x" * 1000)

    told = web_search(lambda query, first, count: [found]).call({"query": "heron"})

    assert told.splitlines()[0] == "1. Heron 2. Bank"
    assert len(told) < 400


@pytest.mark.sqlite
def test_a_loop_searches_and_the_key_is_in_no_store(
    make_loop: LoopFactory, google: Google, tmp_path: Path
) -> None:
    google.answer = (200, items(1))
    loop = make_loop(
        says("", call("web_search", query="heron", request_heartbeat=True)),
        says("", call("send_message", message="Found.")),
        tools=[web_search(google.search)],
    )

    list(loop.run([HELLO]))

    assert "https://h.example/1" in json.dumps(requests_of(loop)[1].messages)
    stored = [path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert any(b"h.example" in content for content in stored)
    assert all(KEY.encode() not in content for content in stored)


def test_the_provider_is_the_first_that_is_set_up() -> None:
    assert web_search(environ={"GOOGLE_API_KEY": KEY, "GOOGLE_CSE_ID": "e"}).name == "web_search"
    with pytest.raises(ConfigurationError, match=r"needs GOOGLE_CSE_ID in the environment") as failed:
        web_search("google", environ={"GOOGLE_API_KEY": KEY})
    assert KEY not in str(failed.value)
    with pytest.raises(ConfigurationError, match="no provider 'bing'"):
        web_search("bing")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="has 1 to 10"):
        web_search(results=50, environ={})


def test_without_a_key_ddgs_is_asked_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    ddgs = pytest.importorskip("ddgs.ddgs")
    asked: list[tuple[str, int]] = []

    def text(self: object, query: str, max_results: int, page: int) -> list[dict[str, str]]:
        asked.append((query, page))
        first = 10 * page - 9
        return [
            {"title": f"T{n}", "href": f"https://t.example/{n}", "body": "b"}
            for n in range(first, first + 10)
        ]

    monkeypatch.setattr(ddgs.DDGS, "text", text)
    tool = web_search(environ={})

    assert tool.call({"query": "heron", "page": 1}).startswith("6. T6")
    assert tool.call({"query": "heron", "page": 2}).startswith("11. T11")
    assert asked == [("heron", 1), ("heron", 1), ("heron", 2)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("RatelimitException", "want a pause"),
        ("TimeoutException", "within 10 seconds"),
        ("DDGSException", "could be reached"),
    ],
)
def test_what_ddgs_raises_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    ddgs = pytest.importorskip("ddgs.ddgs")
    exceptions = pytest.importorskip("ddgs.exceptions")

    def text(self: object, query: str, **more: Any) -> None:
        raise getattr(exceptions, name)("DNS error")

    monkeypatch.setattr(ddgs.DDGS, "text", text)

    with pytest.raises(ToolError, match=told):
        web_search("ddgs").call({"query": "heron"})


def test_an_empty_page_of_ddgs_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    ddgs = pytest.importorskip("ddgs.ddgs")
    exceptions = pytest.importorskip("ddgs.exceptions")

    def text(self: object, query: str, **more: Any) -> None:
        raise exceptions.DDGSException("No results found.")

    monkeypatch.setattr(ddgs.DDGS, "text", text)

    assert "Nothing was found for 'xyzzy'" in web_search("ddgs").call({"query": "xyzzy"})
