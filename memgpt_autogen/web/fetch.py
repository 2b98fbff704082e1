"""Fetch a web address, within limits of time and size, and never from inside this network.

Addresses come from models and documents, which contain text from strangers. `web.safe_connect` refuses
addresses inside this network, also after a redirect. Nothing is kept between two fetches.
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
"""The time limit of a fetch with all its redirects."""

MOST_BYTES = 10_000_000
"""The most bytes of a body, also after it is decompressed."""

MOST_REDIRECTS = 5

USER_AGENT = f"memgpt-autogen/{__version__}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched."""

    url: str
    """The address after redirects, without user name and password."""
    content_type: str
    """The server's `Content-Type`, such as `text/html; charset=utf-8`; empty without one."""
    body: bytes


def fetch(
    url: str,
    *,
    allow_private: bool = False,
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
    proxy: str | None = None,
) -> Fetched:
    """Fetch an http or https address. Raises `FetchError` if that is not possible within the limits.

    Addresses of this machine and of private networks are refused unless `allow_private`. A user name and a
    password in `url` are sent to the server of `url` only, and are in no error text.

    The proxies of the environment are not used: a proxy resolves names itself, so the checks here would not
    work. `proxy` is the address of a proxy. It needs `allow_private=True`, because only the proxy can refuse
    private addresses then.
    """
    from memgpt_autogen.web.safe_connect import FetchLimits

    if proxy is not None and not allow_private:
        raise ConfigurationError(
            "a proxy resolves names itself, so private addresses cannot be refused here. "
            "Pass allow_private=True if the proxy refuses them, or use no proxy."
        )
    limits = FetchLimits(time.monotonic() + seconds, seconds, most_bytes, allow_private)
    place = first = _parse(url)
    login = _login(first)
    for _ in range(MOST_REDIRECTS + 1):
        found = _fetch_one(place, limits, proxy, login if _origin(place) == _origin(first) else None)
        if isinstance(found, Fetched):
            return found
        place = _parse(found)
    raise FetchError(
        f"{_without_login(first)} was redirected more than {MOST_REDIRECTS} times. Try another address."
    )


def _parse(url: str) -> httpx.URL:
    import httpx

    try:
        place = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        # the error does not repeat the text, because it may contain a password
        raise FetchError("this is not a web address. Use one such as https://example.org/page.") from error
    if place.scheme not in ("http", "https") or not place.host:
        given = f"'{place.scheme}:'" if place.scheme else "no scheme"
        raise FetchError(
            f"only http and https addresses are fetched, and this one has {given}. "
            "Use one such as https://example.org/page."
        )
    return place.copy_with(fragment=None)


def _without_login(place: httpx.URL) -> str:
    return str(place.copy_with(username=None, password=None)) if place.userinfo else str(place)


def _origin(place: httpx.URL) -> tuple[str, str, int | None]:
    return place.scheme, place.host, place.port


def _login(place: httpx.URL) -> bytes | None:
    if not place.userinfo:
        return None
    return b"Basic " + base64.b64encode(f"{place.username}:{place.password}".encode())


def _fetch_one(
    place: httpx.URL, limits: FetchLimits, proxy: str | None, login: bytes | None
) -> Fetched | str:
    """Return what was fetched, or the address of a redirect."""
    import httpcore

    failed = f"{_without_login(place)} could not be fetched"
    try:
        return _request(place, limits, proxy, login)
    except FetchError as error:
        raise FetchError(f"{failed}: {error}") from error.__cause__
    except httpcore.TimeoutException as error:
        raise FetchError(f"{failed}: {limits.too_slow()}") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise FetchError(f"{failed}: {why}. Check the address, or try another one.") from error


def _request(place: httpx.URL, limits: FetchLimits, proxy: str | None, login: bytes | None) -> Fetched | str:
    import httpcore

    headers = [
        (b"Host", place.netloc),
        (b"User-Agent", USER_AGENT.encode()),
        (b"Accept", b"*/*"),
        # only gzip can be decompressed up to a limit here
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
        answered = {name.lower(): value.decode("latin-1").strip() for name, value in response.headers}
        if response.status in (301, 302, 303, 307, 308) and b"location" in answered:
            return _redirect(place, answered[b"location"])
        if not 200 <= response.status < 300:
            raise FetchError(f"the server answered {response.status}. {_way_out(response.status)}")
        if (length := answered.get(b"content-length", "")).isdecimal() and int(length) > limits.most_bytes:
            raise limits.too_large()
        body = _read_body(response.iter_stream(), answered.get(b"content-encoding", ""), limits)
    return Fetched(_without_login(place), answered.get(b"content-type", ""), body)


def _pool(place: httpx.URL, limits: FetchLimits, proxy: str | None) -> httpcore.ConnectionPool:
    import httpcore
    import httpx

    from memgpt_autogen.web.safe_connect import CheckedBackend

    # only for https, because reading the certificates takes a while
    context: ssl.SSLContext | None = httpx.create_ssl_context() if place.scheme == "https" else None
    backend = CheckedBackend(limits)
    if proxy is None:
        return httpcore.ConnectionPool(context, network_backend=backend)
    try:
        return httpcore.HTTPProxy(proxy, ssl_context=context, network_backend=backend)
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError(
            "the address of the proxy is not valid. Write it as http://name:8080."
        ) from None


def _redirect(place: httpx.URL, location: str) -> str:
    import httpx

    try:
        return str(place.copy_with(username=None, password=None).join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError("its redirect is not a web address. Try another address.") from error


def _way_out(status: int) -> str:
    if status in (401, 403):
        return "It requires a login or refuses programs; try another address."
    if status in (404, 410):
        return "There is no such page; check the address."
    if status == 429 or status >= 500:
        return "Try again later, or another address."
    return "Try another address."


def _read_body(parts: Iterable[bytes], encoding: str, limits: FetchLimits) -> bytes:
    """Return the whole body, decompressed. Raises `FetchError` at the limit."""
    encoding = encoding.lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(
            f"the server compresses it as {quoted(encoding)}, which is not supported. Try another address."
        )
    body = bytearray()
    for part in _decompressed(parts, limits) if "gzip" in encoding else parts:
        body += part
        if len(body) > limits.most_bytes:
            raise limits.too_large()
        limits.left()
    return bytes(body)


def _decompressed(parts: Iterable[bytes], limits: FetchLimits) -> Iterator[bytes]:
    """Yield decompressed parts of at most 64 kB each. A body may have several gzip members."""
    decompressor = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for part in parts:
            rest = part
            while rest:
                yield decompressor.decompress(rest, 65_536)
                rest = decompressor.unconsumed_tail
                if decompressor.eof:
                    rest = decompressor.unused_data
                    decompressor = zlib.decompressobj(16 + zlib.MAX_WBITS)
                limits.left()
        yield decompressor.flush()
    except zlib.error as error:
        raise FetchError("the server's answer cannot be decompressed. Try another address.") from error
