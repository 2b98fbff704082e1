"""Where an address is, and which one is asked without a proxy."""

from __future__ import annotations

import socket

import pytest

from memgpt_autogen.web import places
from memgpt_autogen.web.places import is_local, is_private, needs_no_proxy


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the names of this world resolve to."""
    known: dict[str, list[str]] = {}

    def find(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        if host not in known:
            raise socket.gaierror(host)
        return [(0, 0, 0, "", (each, 0)) for each in known[host]]

    monkeypatch.setattr(places.socket, "getaddrinfo", find)
    return known


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:11434/v1",
        "http://LOCALHOST.:8080",
        "http://models.localhost/v1",
        "http://127.0.0.1/v1",
        "http://127.1:8080",
        "http://2130706433:8080",
        "http://0.0.0.0:11434",
        "http://[::1]:1234/v1",
        "http://[::]:1234",
        "http://[::ffff:127.0.0.1]:8000",
        "localhost:11434",
        "127.0.0.1:8080/v1",
    ],
)
def test_an_address_is_on_this_machine(url: str) -> None:
    assert is_local(url)
    assert is_private(url)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.7:8000", "http://192.168.1.5/v1", "http://[fd00::1]/v1", "http://100.64.0.3:1234",
            "http://gpubox:8000/v1", "http://gpubox.local/v1", "http://llm.corp.internal"],
)  # fmt: skip
def test_an_address_is_in_a_private_network(url: str) -> None:
    assert is_private(url)
    assert not is_local(url)


@pytest.mark.parametrize(
    "url", ["https://api.openai.com/v1", "http://8.8.8.8/v1", "http://localhost.example.org", "http://[", ""]
)
def test_an_address_is_neither(url: str, addresses: dict[str, list[str]]) -> None:
    assert not is_private(url)


def test_a_name_is_where_all_its_addresses_are(addresses: dict[str, list[str]], proxy: None) -> None:
    addresses.update({"in.example.org": ["10.0.0.7", "fd00::7"], "both.example.org": ["10.0.0.7", "8.8.8.8"]})

    assert needs_no_proxy("http://in.example.org/v1")
    assert not needs_no_proxy("http://both.example.org/v1")
    assert not needs_no_proxy("http://unknown.example.org/v1")


def test_this_machine_never_needs_a_proxy_and_a_private_network_only_if_the_person_says_so(
    proxy: None,
) -> None:
    assert needs_no_proxy("http://127.0.0.1:8080/v1", proxy_private=True)
    assert needs_no_proxy("http://192.168.1.5/v1")
    assert not needs_no_proxy("http://192.168.1.5/v1", proxy_private=True)


def test_without_a_proxy_no_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places.urllib.request, "getproxies", dict)
    monkeypatch.setattr(places.socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up"))

    assert not needs_no_proxy("https://models.example.org/v1")
