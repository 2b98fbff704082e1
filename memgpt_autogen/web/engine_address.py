"""The address of a model server, as people write it and as it is meant.

People leave out `http://` or `/v1`, copy the address of a request, or give the address on which a server
listens (`0.0.0.0`), which is none to connect to everywhere.
"""

from __future__ import annotations

import json
import logging
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from memgpt_autogen.web.places import is_local, is_private

logger = logging.getLogger(__name__)

SECONDS = 1.0  # for a list of models at an address that may be meant
MOST_BYTES = 4_000_000  # of it

# the ends of addresses of requests, which are no part of a server's address
REQUEST_PATHS = (
    "/chat/completions", "/completions", "/embeddings", "/models",
    "/api/chat", "/api/generate", "/api/tags", "/api/embed", "/api/v0", "/api",
)  # fmt: skip

VERSIONED = re.compile(r"/v\d+\w{0,8}\Z")

OLLAMA_PORT = 11434
# the ports in `OLLAMA_HOST` if it names a scheme and no port
OLLAMA_PORTS = {"http": 80, "https": 443}

# how a server is reached that listens on all addresses of its machine
UNSPECIFIED = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "0": "127.0.0.1"}  # noqa: S104  nothing listens here


def connectable(url: str) -> str:
    """Return an address with the host that a client connects to, where the given one is only to listen on."""
    try:
        parts = urlsplit(url)
        host = UNSPECIFIED.get(parts.hostname or "")
        if host is None:
            return url
        user, at, _ = parts.netloc.rpartition("@")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return url
    return parts._replace(netloc=f"{user}{at}{host}{port}").geturl()


def with_scheme(url: str) -> str:
    """Return an address with the scheme that it lacks: `http://` for a near one, `https://` for others."""
    return url if "://" in url else f"{'http' if is_private(url) else 'https'}://{url}"


def engine_root(url: str) -> str:
    """Return the address of a server without `/v1` and without the path of a request."""
    parts = _split(url)
    return f"{_origin(parts)}{VERSIONED.sub('', _path_of_server(parts.path))}" if parts.netloc else url


def settled_address(url: str, *, seconds: float = SECONDS) -> str:
    """Return the address at which a near server answers, and tell once if it is not the given one.

    Only addresses of this machine and of private networks are tried, and only if the given one does not end
    in a version. It is returned unchanged where nothing answers.
    """
    parts = _split(url)
    if not parts.netloc or (_is_plain(url) and VERSIONED.search(parts.path.rstrip("/"))):
        return url
    if not is_private(url):
        return url
    found = _answering(url, seconds)
    if found is None or found.rstrip("/") == url.rstrip("/"):
        return url
    if url not in _told:
        _told.add(url)
        logger.warning(
            "no model answers at %s; the server answers at %s, which is used instead. Set base_url to that.",
            _shown(url),
            _shown(found),
        )
    return found


def ollama_host(given: str) -> str | None:
    """Return the address that `OLLAMA_HOST` means, in all forms that Ollama reads; None for what is none."""
    scheme, colon, rest = given.strip().strip("\"'").strip().rpartition("://")
    place = rest.split("/", 1)[0]
    if not place or scheme not in ("", "http", "https"):
        return None
    if place.count(":") > 1 and "[" not in place:  # the colons of an IPv6 address, which begin no port
        place = f"[{place}]"
    try:
        parts = urlsplit(f"{scheme or 'http'}://{place}")
        port = parts.port or (OLLAMA_PORTS[scheme] if colon else OLLAMA_PORT)
    except ValueError:
        return None
    host = parts.hostname or "127.0.0.1"
    return connectable(f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}")


_told: set[str] = set()


def _is_plain(url: str) -> bool:
    """Whether an address has a scheme that a server of this kind speaks."""
    return url.startswith("http://") or (url.startswith("https://") and not is_local(url))


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        return urlsplit("")


def _origin(parts: SplitResult) -> str:
    return connectable(f"{parts.scheme}://{parts.netloc}")


def _path_of_server(path: str) -> str:
    path = path.rstrip("/")
    for end in REQUEST_PATHS:
        path = path.removesuffix(end)
    return path


def _candidates(url: str) -> Iterator[str]:
    """Yield the addresses that may be meant, the given one first."""
    parts = _split(url)
    path = _path_of_server(parts.path)
    bare = VERSIONED.sub("", path)
    schemes = [parts.scheme, *(["http"] if parts.scheme == "https" and is_local(url) else [])]
    for scheme in schemes:
        origin = _origin(parts._replace(scheme=scheme))
        yield from dict.fromkeys([f"{origin}{path}", f"{origin}{bare}/v1", f"{origin}/v1"])


def _answering(url: str, seconds: float) -> str | None:
    """Return the first address that lists its models, else the last that wants a key for it."""
    locked = None
    for address in _candidates(url):
        status = _list_status(address, seconds)
        if status == 200:
            return address
        locked = address if status in (401, 403) else locked
    return locked


def _list_status(address: str, seconds: float) -> int:
    """Return the status of a server's list of models; 0 if there is none."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    place = f"{_shown(address)}/models"
    try:
        with opener.open(urllib.request.Request(place), timeout=seconds) as answered:  # noqa: S310  the person's own
            listed = json.loads(answered.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except Exception:  # noqa: BLE001  http.client has errors of its own for a server that is no web server
        return 0
    return 200 if isinstance(listed, dict) and "data" in listed else 0


def _shown(url: str) -> str:
    """An address without user and password."""
    return re.sub(r"(\A|://)[^@/]{0,500}@", r"\1", url)
