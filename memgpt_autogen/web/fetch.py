"""What stands at a web address, fetched so that nobody can have it fetched from inside this network, without end or for ever.

Addresses come from models and documents, and these from strangers. `connecting` refuses those that lead inside, at every
redirect. Nothing is kept between two fetches.
"""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memgpt_autogen._version import __version__
from memgpt_autogen.errors import ConfigurationError, FetchError, quoted

if TYPE_CHECKING:
    import ssl

    import httpcore
    import httpx

    from memgpt_autogen.web.safe_connect import FetchLimits

SECONDS = 30.0
"""How long a fetch may take with all its redirects."""

MOST_BYTES = 10_000_000
"""How much a fetch may bring, also after it is unpacked."""

MOST_REDIRECTS = 5

USER_AGENT = f"memgpt-autogen/{__version__}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave."""

    url: str
    """Where it was found, after redirects; without user name and password."""
    content_type: str
    """As the server calls it, such as `text/html; charset=utf-8`; empty where it does not."""
    body: bytes


def fetch(
    url: str,
    *,
    allow_private: bool = False,
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
    proxy: str | None = None,
) -> Fetched:
    """What stands at an http or https address; raises `FetchError` where that cannot be had within these limits.

    Addresses of this machine and of private networks are refused unless `allow_private`. A user name and a password in `url`
    are sent to its own server only, and never told.

    Proxies that the environment names are not used: a proxy resolves names itself, so nothing that is checked here would hold.
    `proxy` names one; since only the proxy can refuse private addresses then, it needs `allow_private=True`.
    """
    from memgpt_autogen.web.safe_connect import FetchLimits

    if proxy is not None and not allow_private:
        raise ConfigurationError(
            "a proxy resolves names itself, so private addresses cannot be refused here. "
            "Pass allow_private=True where the proxy refuses them, or leave the proxy out."
        )
    limits = FetchLimits(time.monotonic() + seconds, seconds, most_bytes, allow_private)
    place = _parsed(url)
    login = _login(place)
    first = _origin(place)
    for _ in range(MOST_REDIRECTS + 1):
        found = _got(place, limits, proxy, login if _origin(place) == first else None)
        if isinstance(found, Fetched):
            return found
        place = _parsed(found)
    raise FetchError(
        f"{_shown(_parsed(url))} was redirected more than {MOST_REDIRECTS} times. Try another address."
    )


def _parsed(url: str) -> httpx.URL:
    import httpx

    try:
        place = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        # the text itself is not told: where it cannot be read, neither can the password in it
        raise FetchError("that is no web address. Give one such as https://example.org/page.") from error
    if place.scheme not in ("http", "https") or not place.host:
        given = f"'{place.scheme}:'" if place.scheme else "no scheme"
        raise FetchError(
            f"only http and https addresses are fetched, and this has {given}. Give one such as https://example.org/page."
        )
    return place.copy_with(fragment=None)


def _shown(place: httpx.URL) -> str:
    return str(place.copy_with(username=None, password=None)) if place.userinfo else str(place)


def _origin(place: httpx.URL) -> tuple[str, str, int | None]:
    return place.scheme, place.host, place.port


def _login(place: httpx.URL) -> bytes | None:
    if not place.userinfo:
        return None
    return b"Basic " + base64.b64encode(f"{place.username}:{place.password}".encode())


def _got(place: httpx.URL, limits: FetchLimits, proxy: str | None, login: bytes | None) -> Fetched | str:
    """What stands there, or the address where it stands instead."""
    import httpcore

    try:
        return _asked(place, limits, proxy, login)
    except FetchError as error:
        raise FetchError(f"{_shown(place)} could not be fetched: {error}") from error.__cause__
    except httpcore.TimeoutException as error:
        raise FetchError(f"{_shown(place)} could not be fetched: {limits.too_slow()}") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise FetchError(
            f"{_shown(place)} could not be fetched: {why}. Check the address, or try another one."
        ) from error


def _asked(place: httpx.URL, limits: FetchLimits, proxy: str | None, login: bytes | None) -> Fetched | str:
    import httpcore

    headers = [
        (b"Host", place.netloc),
        (b"User-Agent", USER_AGENT.encode()),
        (b"Accept", b"*/*"),
        # what other packings unfold to cannot be bounded step by step
        (b"Accept-Encoding", b"gzip"),
        (b"Connection", b"close"),
    ]
    if login is not None:
        headers.append((b"Authorization", login))
    url = httpcore.URL(scheme=place.raw_scheme, host=place.raw_host, port=place.port, target=place.raw_path)
    wait = {name: limits.left() for name in ("connect", "read", "write", "pool")}
    with (
        _pool(place, limits, proxy) as pool,
        pool.stream("GET", url, headers=headers, extensions={"timeout": wait}) as response,
    ):
        told = {name.lower(): value.decode("latin-1").strip() for name, value in response.headers}
        if response.status in (301, 302, 303, 307, 308) and b"location" in told:
            return _joined(place, told[b"location"])
        if not 200 <= response.status < 300:
            raise FetchError(f"the server answered {response.status}. {_way_out(response.status)}")
        if (length := told.get(b"content-length", "")).isdecimal() and int(length) > limits.most_bytes:
            raise limits.too_large()
        body = _unpacked(response.iter_stream(), told.get(b"content-encoding", ""), limits)
    return Fetched(_shown(place), told.get(b"content-type", ""), body)


def _pool(place: httpx.URL, limits: FetchLimits, proxy: str | None) -> httpcore.ConnectionPool:
    import httpcore
    import httpx

    from memgpt_autogen.web.safe_connect import CheckedBackend

    # reading the certificates takes a while
    context: ssl.SSLContext | None = httpx.create_ssl_context() if place.scheme == "https" else None
    backend = CheckedBackend(limits)
    if proxy is None:
        return httpcore.ConnectionPool(context, network_backend=backend)
    try:
        return httpcore.HTTPProxy(proxy, ssl_context=context, network_backend=backend)
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError(
            "the proxy's address cannot be read. Write it as http://name:8080."
        ) from None


def _joined(place: httpx.URL, location: str) -> str:
    import httpx

    try:
        return str(place.copy_with(username=None, password=None).join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError("it is redirected to what is no web address. Try another address.") from error


def _way_out(status: int) -> str:
    if status in (401, 403):
        return "It wants a login or refuses programs; try another address."
    if status in (404, 410):
        return "There is no such page; check the address."
    if status == 429 or status >= 500:
        return "Try again later, or another address."
    return "Try another address."


def _unpacked(parts: Iterable[bytes], packing: str, limits: FetchLimits) -> bytes:
    """The whole body, unpacked no further than the limit."""
    packing = packing.lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(
            f"the server sends it packed as {quoted(packing)}, which is not read. Try another address."
        )
    body = bytearray()
    for part in _unzipped(parts, limits) if "gzip" in packing else parts:
        body += part
        if len(body) > limits.most_bytes:
            raise limits.too_large()
        limits.left()
    return bytes(body)


def _unzipped(parts: Iterable[bytes], limits: FetchLimits) -> Iterator[bytes]:
    """Unpacked parts of at most 64 kB each; a packed body may hold several gzip members."""
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for part in parts:
            rest = part
            while rest:
                yield unpacking.decompress(rest, 65_536)
                rest = unpacking.unconsumed_tail
                if unpacking.eof:
                    rest = unpacking.unused_data
                    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
                limits.left()
        yield unpacking.flush()
    except zlib.error as error:
        raise FetchError("what the server sent cannot be unpacked. Try another address.") from error
