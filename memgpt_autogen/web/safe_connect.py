"""Connections to checked addresses only, in bounded time: what keeps a fetch out of this machine and its network.

A name is resolved here, every address that it has is checked, and the connection goes to a checked address itself, not to the
name again, which might be another one by then (DNS rebinding). Certificates are still checked against the name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any

import httpcore

from memgpt_autogen.concurrency import TimeLimitError, run_with_timeout
from memgpt_autogen.errors import FetchError

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that stand for the IPv4 address in their last bytes (RFC 6052)."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: not this machine's, a private network's, multicast or reserved."""
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


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What bounds one fetch with all its redirects."""

    deadline: float
    """By the monotonic clock."""
    seconds: float
    """How much time there was at first, for the errors."""
    most_bytes: int
    allow_private: bool

    def left(self) -> float:
        """Seconds that are left; raises `FetchError` where none are."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise self.too_slow()
        return left

    def too_slow(self) -> FetchError:
        return FetchError(
            f"it took longer than {self.seconds:g} seconds. Try later, or another address with less to fetch."
        )

    def too_large(self) -> FetchError:
        return FetchError(
            f"there are more than the {self.most_bytes:,} bytes that are fetched at most. "
            "Try an address with less, such as a single page."
        )


class CheckedBackend(httpcore.NetworkBackend):
    """Connects within the limits. The time-outs that httpcore passes count from each read anew, so ours are used."""

    def __init__(self, limits: FetchLimits) -> None:
        self._limits = limits
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        addresses = _checked(host, port, self._limits)
        for number, address in enumerate(addresses):
            # one that never answers must leave time for the others
            seconds = self._limits.left() / (len(addresses) - number)
            try:
                stream = self._plain.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses) - 1:
                    raise
            else:
                return _TimedStream(stream, self._limits)
        raise FetchError(f"'{host}' has no address. Check the name.")


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, limits: FetchLimits) -> None:
        self._inner = inner
        self._limits = limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._inner.read(max_bytes, self._limits.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, self._limits.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        return _TimedStream(
            self._inner.start_tls(ssl_context, server_hostname, self._limits.left()), self._limits
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _checked(host: str, port: int, limits: FetchLimits) -> list[str]:
    """The addresses of a host, each of which may be connected to."""
    try:
        # looking up a name has no time limit of its own
        found = run_with_timeout(
            lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), limits.left(), name="resolving"
        )
    except TimeLimitError:
        raise limits.too_slow() from None
    except (OSError, UnicodeError) as error:
        raise FetchError(
            f"the name '{host}' is not known here. Check it, or whether there is a network."
        ) from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    inside = [address for address in addresses if not is_public(address)]
    if inside and not limits.allow_private:
        name = host if host == inside[0] else f"'{host}' is {inside[0]}, which"
        raise FetchError(
            f"{name} is not an address of the open internet, and others are not fetched. Try another address."
        )
    return addresses
