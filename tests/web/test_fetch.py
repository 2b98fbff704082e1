"""Fetching web addresses: what is refused, what is bounded, and what is never told."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler

import pytest
from web_site import Site

from memgpt_autogen.errors import ConfigurationError, FetchError
from memgpt_autogen.web.fetch import MOST_REDIRECTS, Fetched, fetch
from memgpt_autogen.web.places import is_public

OUTSIDE = "93.184.215.14"
"""An address of the public internet."""


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_page_comes_with_its_address_and_type(site: Site) -> None:
    url = site.serve("/page?q=1", b"<p>Heron</p>", Content_Type="text/html; charset=utf-8")

    assert fetch(f"{url}#part", allow_private=True) == Fetched(
        url, "text/html; charset=utf-8", b"<p>Heron</p>"
    )


def test_a_page_that_is_packed_is_unpacked(site: Site) -> None:
    body = b"heron " * 50_000
    url = site.serve("/", gzip.compress(body[:30]) + gzip.compress(body[30:]), Content_Encoding="gzip")

    assert fetch(url, allow_private=True).body == body


def test_redirects_are_followed_to_where_they_lead(site: Site) -> None:
    site.serve("/new", b"here")
    url = site.serve("/old", status=302, Location="new")

    assert fetch(url, allow_private=True) == Fetched(f"{site.url}/new", "", b"here")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "10.0.0.1",
        "172.16.9.9",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "[ff02::1]",
        "[fe80::1]",
        "[fd00::1]",
    ],
)
def test_an_address_inside_is_not_connected_to(site: Site, host: str) -> None:
    with pytest.raises(FetchError, match=r"not an address of the public internet|is not a web address"):
        fetch(f"http://{host}:{site.port}/", seconds=5)
    assert site.asked == []


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8"])
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address", ["2002:7f00:1::", "::127.0.0.1", "::ffff:10.0.0.1", "fec0::1", "240.0.0.1", "198.18.0.1"]
)
def test_an_address_that_hides_an_inner_one_or_is_kept_for_later_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_a_name_is_refused_that_has_one_address_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, OUTSIDE, "10.0.0.8")

    with pytest.raises(FetchError, match=r"'rebind\.example' is 10\.0\.0\.8, which is not an address"):
        fetch("http://rebind.example/")


def test_the_connection_goes_to_the_address_that_was_checked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look-up of the name would give another address. The server still gets the name."""
    site.serve("/", b"first")
    asked = resolve_to(monkeypatch, "127.0.0.1")

    fetched = fetch(f"http://rebind.example:{site.port}/", allow_private=True)

    assert fetched.body == b"first"
    assert asked == ["rebind.example"]
    assert site.asked[0][1]["host"] == f"rebind.example:{site.port}"


def test_a_redirect_is_checked_as_the_first_address_is(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    target = site.serve("/secret", b"inside")
    site.serve("/", status=302, Location=target)
    resolve_to(monkeypatch, OUTSIDE)
    lead_to(monkeypatch, OUTSIDE, "127.0.0.1")

    with pytest.raises(FetchError, match=r"127\.0\.0\.1 is not an address"):
        fetch(f"http://outside.example:{site.port}/", seconds=5)

    assert [path for path, _ in site.asked] == ["/"]


@pytest.mark.parametrize(
    ("location", "told"),
    [("file:///etc/passwd", "only http and https"), ("ftp://a/b", "only http and https")],
)
def test_a_redirect_to_what_is_not_the_web_is_refused(site: Site, location: str, told: str) -> None:
    url = site.serve("/", status=302, Location=location)

    with pytest.raises(FetchError, match=told):
        fetch(url, allow_private=True)


def test_redirects_that_go_round_end(site: Site) -> None:
    url = site.serve("/", status=302, Location="/")

    with pytest.raises(FetchError, match=f"redirected more than {MOST_REDIRECTS} times"):
        fetch(url, allow_private=True)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://a/", "example.org/page", "", "http://", "data:,x"]
)
def test_what_is_no_web_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(FetchError, match=r"https://example\.org/page"):
        fetch(url)


def test_a_body_that_is_told_too_long_is_not_read(site: Site) -> None:
    url = site.serve("/", Content_Length="2000")

    with pytest.raises(FetchError, match=r"more than the 1,000 bytes"):
        fetch(url, allow_private=True, most_bytes=1000, seconds=5)


def test_an_endless_body_is_read_no_further_than_the_limit(site: Site) -> None:
    def endless(visit: BaseHTTPRequestHandler) -> None:
        visit.send_response(200)
        visit.end_headers()
        while True:
            visit.wfile.write(b"x" * 10_000)

    site.pages["/"] = endless

    with pytest.raises(FetchError, match=r"more than the 100,000 bytes"):
        fetch(site.url, allow_private=True, most_bytes=100_000)


def test_a_packed_body_is_unpacked_no_further_than_the_limit(site: Site) -> None:
    packing = zlib.compressobj(wbits=31)
    bomb = b"".join(packing.compress(bytes(1_000_000)) for _ in range(20)) + packing.flush()
    url = site.serve("/", bomb, Content_Encoding="gzip")

    assert len(bomb) < 250_000
    with pytest.raises(FetchError, match=r"more than the 250,000 bytes"):
        fetch(url, allow_private=True, most_bytes=250_000)


def test_a_packing_that_was_not_asked_for_is_refused(site: Site) -> None:
    url = site.serve("/", b"...", Content_Encoding="br")

    with pytest.raises(FetchError, match="compresses it as 'br', which is not supported"):
        fetch(url, allow_private=True)


@pytest.mark.parametrize("place", ["head", "body"])
def test_a_server_that_drips_is_left_when_the_time_is_up(place: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        begun = b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if place == "body" else b"X: ")
        answer(server, begun, drip=b"x")

        with pytest.raises(FetchError, match=r"longer than 0\.5 seconds"):
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", allow_private=True, seconds=0.5)


@pytest.mark.parametrize(
    ("status", "told"), [(404, "check the address"), (403, "requires a login"), (503, "Try again later")]
)
def test_a_refusal_of_the_server_is_told_with_what_to_do(site: Site, status: int, told: str) -> None:
    url = site.serve("/", b"no", status=status)

    with pytest.raises(FetchError, match=f"answered {status}.*{told}"):
        fetch(url, allow_private=True)


def test_a_server_that_is_not_there_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]

    with pytest.raises(FetchError, match=rf"http://127\.0\.0\.1:{port}/? could not be fetched: .*refused"):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True)


def test_a_server_that_speaks_no_http_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        answer(server, b"SSH-2.0-OpenSSH\r\n")

        with pytest.raises(FetchError, match="could not be fetched"):
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", allow_private=True, seconds=5)


def test_a_password_goes_to_its_own_server_and_is_told_nowhere(site: Site) -> None:
    other = Site()
    other.serve("/end", b"done")
    site.serve("/", status=302, Location="/next")
    site.serve("/next", status=302, Location=f"{other.url}/end")
    url = f"http://ada:hush5ecret@127.0.0.1:{site.port}/"

    fetched = fetch(url, allow_private=True)

    assert fetched.url == f"{other.url}/end"
    assert [("authorization" in headers) for _, headers in site.asked] == [True, True]
    assert "authorization" not in other.asked[0][1]
    other.server.shutdown()
    other.server.server_close()
    site.serve("/", status=500)
    with pytest.raises(FetchError) as failed:
        fetch(url, allow_private=True)
    assert "hush5ecret" not in str(failed.value)
    assert "ada" not in str(failed.value)


def test_cookies_are_neither_kept_nor_sent(site: Site) -> None:
    site.serve("/end", b"done")
    url = site.serve("/", status=302, Location="/end", Set_Cookie="a=b")

    fetch(url, allow_private=True)

    assert all("cookie" not in headers for _, headers in site.asked)
    assert site.asked[0][1]["user-agent"].startswith("memgpt-autogen/")


def test_a_proxy_of_the_environment_is_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    url = site.serve("/", b"straight")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    assert fetch(url, allow_private=True).body == b"straight"


def test_a_proxy_is_used_where_it_is_named_and_nothing_is_promised(site: Site) -> None:
    site.serve("http://far.example/page", b"by proxy")

    assert fetch("http://far.example/page", allow_private=True, proxy=site.url).body == b"by proxy"
    with pytest.raises(ConfigurationError, match="allow_private=True"):
        fetch("http://far.example/page", proxy=site.url)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let names be these addresses, as a name server would; gives the names that were asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: object, **more: object) -> object:
        if host.replace(".", "").isdecimal():
            return real(host, port, *args, **more)  # type: ignore[arg-type]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def lead_to(monkeypatch: pytest.MonkeyPatch, outside: str, inside: str) -> None:
    """Let the connections to an address of the public internet end on this machine."""
    real = socket.create_connection

    def connect(address: tuple[str, int], *args: object, **more: object) -> socket.socket:
        host, port = address
        return real((inside if host == outside else host, port), *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", connect)


def answer(server: socket.socket, words: bytes, drip: bytes = b"") -> None:
    """Say this to the first who comes, and then `drip` again and again until the other one goes."""

    def serve() -> None:
        try:
            with server.accept()[0] as visit:
                visit.recv(1000)
                visit.sendall(words)
                while drip and not threading.Event().wait(0.05):
                    visit.sendall(drip)
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
