"""Retries: which requests are sent again, when, and how long somebody waits for a server that is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any

import httpx
import tenacity

from memgpt_autogen.client.errors import ApiError
from memgpt_autogen.client.files import is_read_once
from memgpt_autogen.client.operation import Operation
from memgpt_autogen.client.requests import may_be_sent_again

LONGEST_WAIT = 30.0
"""A server that wants to be asked later than in so many seconds is not waited for."""

# between two tries, in seconds, at first and at most
_FIRST, _MOST = 0.2, 5.0

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""The errors of requests that have not reached any server."""

# the server, or something before it, cannot answer now
_PASSING = frozenset({502, 503, 504})


def retry_options(operation: Operation[Any], values: Mapping[str, Any], attempts: int) -> dict[str, Any]:
    """Return what tenacity needs: what can be sent again without harm is, and nothing else."""
    again = may_be_sent_again(operation, values)

    def is_worth_it(error: BaseException) -> bool:
        if isinstance(error, NOT_SENT):
            return True
        if isinstance(error, ApiError) and error.status == 429:
            return (error.retry_after or 0) <= LONGEST_WAIT and not is_read_once(values)
        if isinstance(error, ApiError):
            return again and error.status in _PASSING and (error.retry_after or 0) <= LONGEST_WAIT
        return again and isinstance(error, httpx.TransportError) and not is_own_fault(error)

    return {
        "retry": tenacity.retry_if_exception(is_worth_it),
        "stop": tenacity.stop_after_attempt(attempts),
        "wait": _wait,
        "reraise": True,
    }


def is_own_fault(error: BaseException) -> bool:
    """Return whether an error of the transport is one of the request, so that trying again cannot help."""
    return isinstance(error, (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.ProxyError))


def is_passing(error: BaseException) -> bool:
    """Return whether a stream that failed so may work the next time."""
    if isinstance(error, ApiError):
        return error.status in _PASSING or (error.status == 429 and (error.retry_after or 0) <= LONGEST_WAIT)
    return isinstance(error, httpx.TransportError) and not is_own_fault(error)


class Patience:
    """How long a reader that lost its stream waits for the server: longer each time, up to a limit.

    A server that has never sent anything is tried `attempts` times only.
    """

    def __init__(self, seconds: float, attempts: int) -> None:
        self._seconds = seconds
        self._attempts = attempts
        self._was_there = False
        self._since: float | None = None
        self._tries = 0

    def news(self) -> None:
        """Note that the server sent something."""
        self._was_there = True
        self._since, self._tries = None, 0

    def pause(self, error: BaseException | None = None) -> float | None:
        """Return the seconds until the next try; None when the limit is reached."""
        moment = time.monotonic()
        self._since = moment if self._since is None else self._since
        self._tries += 1
        waited = moment - self._since
        if waited >= self._seconds if self._was_there else self._tries >= self._attempts:
            return None
        wanted = error.retry_after if isinstance(error, ApiError) else None
        return max(_seconds(self._tries - 1), wanted or 0.0)


def _wait(state: tenacity.RetryCallState) -> float:
    error = None if state.outcome is None else state.outcome.exception()
    if isinstance(error, ApiError) and error.retry_after is not None:
        return error.retry_after
    return _seconds(state.attempt_number - 1)


def _seconds(tries: int) -> float:
    longest: float = min(_MOST, _FIRST * 2 ** min(tries, 10))
    share: float = random.uniform(0.5, 1.0)  # noqa: S311 - so that many clients do not come at once
    return longest * share
