"""Connections to checked addresses only, in limited time, so a fetch cannot reach this machine's network.

A host name is resolved here, and every address of it is checked. The connection then uses a checked address,
not the name, which could have another address by then (DNS rebinding). Certificates are still checked against
the name.
"""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpcore

from memgpt_autogen.concurrency import TimeLimitError, run_with_timeout
from memgpt_autogen.errors import FetchError
from memgpt_autogen.web.places import is_public


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The limits of one fetch with all its redirects."""

    deadline: float
    """On the monotonic clock."""
    seconds: float
    """The time limit at the start, for error texts."""
    most_bytes: int
    allow_private: bool

    def left(self) -> float:
        """Return how many seconds are left. Raises `FetchError` if none are."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise self.too_slow()
        return left

    def too_slow(self) -> FetchError:
        return FetchError(
            f"it took longer than {self.seconds:g} seconds. Try again later, or fetch a smaller page."
        )

    def too_large(self) -> FetchError:
        return FetchError(
            f"it has more than the {self.most_bytes:,} bytes that are fetched at most. "
            "Try an address with less, such as a single page."
        )


class CheckedBackend(httpcore.NetworkBackend):
    """Connects within the limits. It ignores httpcore's time-outs, because each read starts them again."""

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
        addresses = _checked_addresses(host, port, self._limits)
        for number, address in enumerate(addresses):
            # an address that never answers must leave time for the others
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
        secure = self._inner.start_tls(ssl_context, server_hostname, self._limits.left())
        return _TimedStream(secure, self._limits)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _checked_addresses(host: str, port: int, limits: FetchLimits) -> list[str]:
    """Return the addresses of a host. Raises `FetchError` if a connection to one of them is not allowed."""
    resolve = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = run_with_timeout(resolve, limits.left(), name="resolving")
    except TimeLimitError:
        raise limits.too_slow() from None
    except (OSError, UnicodeError) as error:
        raise FetchError(
            f"the name '{host}' cannot be resolved. Check the name and the network connection."
        ) from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    inside = [address for address in addresses if not is_public(address)]
    if inside and not limits.allow_private:
        name = host if host == inside[0] else f"'{host}' is {inside[0]}, which"
        raise FetchError(
            f"{name} is not an address of the public internet, and only these are fetched. "
            "Try another address."
        )
    return addresses
