"""Patience with a model that its engine is still loading, which can take minutes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from memgpt_autogen.llm.asking import seconds_left
from memgpt_autogen.llm.wire.engine_words import names_loading, names_nothing
from memgpt_autogen.llm.wire.errors import error_text, http_status, is_timeout, is_unreachable, retry_after

logger = logging.getLogger(__name__)

LOADING_SECONDS = 120.0
"""How long a model may take to load by default."""

LONGEST_PAUSE = 5.0  # seconds between two questions whether the model is loaded

# what an engine, or the server in front of it, answers while a model is loading
LOADING_STATUSES = (409, 425, 429, 500, 502, 503, 504)
# what a server in front of an engine answers without a word of its own
GATEWAY_STATUSES = (502, 503, 504)


class LoadingPatience:
    """The waits of one request for a model that is still loading: up to `seconds` in all.

    An engine usually says that it is loading. Where `may_start` returns true, a server that cannot be
    reached, or whose gateway says nothing more, counts as one that is still starting.
    """

    def __init__(
        self,
        about: str,
        seconds: float,
        sleep: Callable[[float], None] = time.sleep,
        *,
        may_start: Callable[[], bool] = lambda: False,
    ) -> None:
        self._about = about
        self._seconds = seconds
        self._sleep = sleep
        self._may_start = may_start
        self._pause = 0.5
        self._slept = 0.0
        self._began: float | None = None

    def covers(self, error: BaseException) -> bool:
        """Return whether the model may be loading, and there is patience for that."""
        if self._seconds <= 0:
            return False
        return is_loading(error) or (_has_no_words(error) and self._may_start())

    def waits(self, error: BaseException) -> bool:
        """Wait a little and return True; False when the time is over, or the error is another one."""
        if not self.covers(error):
            return False
        now = time.monotonic()
        if self._began is None:
            self._began = now
            logger.warning(
                "%s %s; waiting up to %g seconds for it (loading_seconds).",
                self._about,
                "is still loading" if is_loading(error) else "does not answer yet",
                self._seconds,
            )
        # a test may not sleep, and an attempt may take long
        spent = max(self._slept, now - self._began)
        asked = retry_after(error)
        pause = seconds_left(min(self._pause if asked is None else asked, self._seconds - spent))
        if pause <= 0:
            return False
        self._sleep(pause)
        self._slept += pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        return True

    def note(self, error: BaseException) -> str:
        """What the last error says of the time that was waited; empty if none was, or it is another error."""
        if self._began is None or not self.covers(error):
            return ""
        return f"It was waited for {self._seconds:g} seconds: see the server's log, or raise loading_seconds."


def is_loading(error: BaseException) -> bool:
    """Return whether the engine says that the model is not loaded yet."""
    return http_status(error) in LOADING_STATUSES and names_loading(error_text(error))


def _has_no_words(error: BaseException) -> bool:
    answered = http_status(error)
    if answered is None:
        return is_unreachable(error) and not is_timeout(error)
    return answered in GATEWAY_STATUSES and names_nothing(error_text(error))
