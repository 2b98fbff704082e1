"""Where an address is: on this machine, in a private network or on the internet; and who needs no proxy."""

from __future__ import annotations

import ipaddress
import socket
import urllib.request
from functools import partial
from typing import Union
from urllib.parse import urlsplit

from memgpt_autogen.concurrency import TimeLimitError, run_with_timeout

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that contain an IPv4 address in their last bytes (RFC 6052)."""

LOOKUP_SECONDS = 2.0
"""The time limit for finding the addresses of a name."""

# no name server of the internet knows names that end so (RFC 6761, 6762 and 8375, and ICANN for `internal`)
PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".home")

IPAddress = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


def needs_no_proxy(url: str, *, proxy_private: bool = False) -> bool:
    """Return whether an address must be asked without the proxies of the environment.

    True for this machine, and for private networks unless `proxy_private`. Without proxies there is nothing
    to avoid, so an address of a private network is not looked up then.
    """
    return is_local(url) or (not proxy_private and has_proxies() and is_private(url))


def listens(url: str, seconds: float) -> bool:
    """Return whether a server takes connections at an address within so many seconds."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return False
    connect = partial(socket.create_connection, (host_of(url), port), seconds)
    try:
        run_with_timeout(connect, seconds, name="memgpt-lookup").close()
    except (OSError, UnicodeError, TimeLimitError):
        return False
    return True


def has_proxies() -> bool:
    """Return whether the environment, or the system's settings, name a proxy for web addresses."""
    proxies = urllib.request.getproxies()
    return any(proxies.get(scheme) for scheme in ("http", "https", "all"))


def is_local(url: str) -> bool:
    """Return whether an address is on this machine, so that a request leaves no trace elsewhere."""
    host = host_of(url)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    ip = _ip_address(host)
    return ip is not None and (ip.is_loopback or ip.is_unspecified)


def is_private(url: str, *, look_up: bool = True) -> bool:
    """Return whether an address is on this machine or in a private network.

    Other names than those of private networks are looked up, unless `look_up` is false. A name that is not
    found counts as public.
    """
    host = host_of(url)
    ip = _ip_address(host)
    if ip is not None:
        return not is_public(str(ip))
    if not host or is_local(url):
        return bool(host)
    if "." not in host or host.endswith(PRIVATE_ENDINGS):
        return True
    found = _looked_up(host) if look_up else []
    return bool(found) and not any(map(is_public, found))


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet: not private, multicast or reserved."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def host_of(url: str) -> str:
    """Return the host of an address in lower case; empty if it has none. The scheme may be missing."""
    try:
        return (urlsplit(url if "://" in url else f"//{url}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _ip_address(host: str) -> IPAddress | None:
    """Return the IP address that a host is, also in the short forms of IPv4, such as `127.1`."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        # only what begins with a digit can be a short form
        if not (host[:1].isdigit() and host.isalnum()) and not host.replace(".", "").isdigit():
            return None
        try:
            return ipaddress.ip_address(socket.inet_aton(host))
        except (OSError, ValueError):
            return None
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return mapped or ip


def _looked_up(host: str) -> list[str]:
    """Return the IP addresses of a name; none if it is not found in time."""
    find = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    try:
        found = run_with_timeout(find, LOOKUP_SECONDS, name="memgpt-lookup")
    except (OSError, UnicodeError, TimeLimitError):
        return []
    return [str(entry[4][0]) for entry in found]
