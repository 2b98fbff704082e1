"""The address of a Qdrant server: how it is shown, and how it is connected to."""

from __future__ import annotations

import urllib.request
from urllib.parse import urlsplit

import httpx

from memgpt_autogen.settings import without_passwords
from memgpt_autogen.web.places import has_proxies, needs_no_proxy

DEFAULT_PORT = 6333
"""The port that the client asks if a URL has none, also with https."""

GRPC_PORT = 6334


def reached(url: str) -> str:
    """Return what is asked at a URL, with the port, without a password and parameters."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or DEFAULT_PORT}{parts.path.rstrip('/')}"


def shown(url: str) -> str:
    """Return what is asked at a URL, and the proxy, without passwords."""
    proxy = proxy_of(url)
    return reached(url) if proxy is None else f"{reached(url)}, through the proxy {without_passwords(proxy)}"


def proxy_of(url: str) -> str | None:
    """Return the proxy of the environment through which an address is asked; None if there is none."""
    parts = urlsplit(url)
    proxies = {} if needs_no_proxy(url) else urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def direct_transport(url: str) -> httpx.HTTPTransport | None:
    """Return a transport for an address that the proxies of the environment are not for; None for others."""
    return httpx.HTTPTransport() if needs_no_proxy(url) and has_proxies() else None
