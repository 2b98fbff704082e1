"""What the package's errors are to callers of the service: a status, and words that name the way out."""

from __future__ import annotations

import logging
import math

from memgpt_autogen import errors
from memgpt_autogen.errors import (
    ArchiveAwayError,
    BlockError,
    ConfigurationError,
    ConflictError,
    EmbedderMismatchError,
    EventsGoneError,
    HistoryError,
    InUseError,
    LimitReachedError,
    MemGPTError,
    ModelError,
    NotAllowedError,
    NotFoundError,
    OvertakenError,
    RequestChangedError,
    RunStateError,
    StaleError,
    StorageError,
    TakenError,
    ToolError,
    TurnInProgressError,
    WrongAnswerError,
)
from memgpt_autogen.memory.storage.tables import HOME

# the first class that an error has decides
_STATUS: dict[type[MemGPTError], int] = {
    NotFoundError: 404,
    EventsGoneError: 410,
    TakenError: 409,
    InUseError: 409,
    NotAllowedError: 403,
    StaleError: 412,
    ConflictError: 409,
    RunStateError: 409,
    RequestChangedError: 422,
    WrongAnswerError: 422,
    LimitReachedError: 429,
    TurnInProgressError: 409,
    HistoryError: 409,
    EmbedderMismatchError: 409,
    BlockError: 422,
    ToolError: 422,
    ConfigurationError: 400,
    ModelError: 502,
    OvertakenError: 409,
    StorageError: 503,
}

KINDS: tuple[type[MemGPTError], ...] = tuple(_STATUS)
"""The errors that a problem names."""

# when a client should try again, in seconds
_RETRY: dict[type[MemGPTError], int] = {ArchiveAwayError: 5, TurnInProgressError: 2, OvertakenError: 1}

BUG_IN_RUN = "the server has a bug, or met something that it does not know. Its log names the run."

BUG = (
    "the server has a bug, or met something that it does not know. Its log names the place by the request_id."
)


def status_of(error: MemGPTError) -> int:
    """Return the status of HTTP that an error is."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def status_of_kind(kind: str) -> int:
    """Return the status of the error whose class has this name, as the last event of a run names it."""
    found = getattr(errors, kind, None)
    if not (isinstance(found, type) and issubclass(found, MemGPTError)):
        return 500
    return next((status for each, status in _STATUS.items() if issubclass(found, each)), 500)


def kind_of(error: MemGPTError) -> str:
    """Return the name of the class by which callers know an error."""
    return next((kind.__name__ for kind in _STATUS if isinstance(error, kind)), MemGPTError.__name__)


def retry_after(error: MemGPTError) -> int | None:
    """Return in how many seconds trying again may help; None where it does not."""
    if isinstance(error, LimitReachedError):
        return math.ceil(error.retry_after)
    return next((seconds for kind, seconds in _RETRY.items() if isinstance(error, kind)), None)


def detail_of(error: MemGPTError, *, operator: bool = False) -> str:
    """Return what callers read. Only an `operator` reads paths, addresses and words of other servers."""
    if operator and not isinstance(error, OvertakenError):
        return str(error)
    return getattr(error, "plain", "") or str(error)


def stored_error(error: Exception, owner_id: str, *, opening: bool = False) -> str:
    """Return what a run or a job of this owner stores of an error: only the home's own tell all of it.

    `opening` says that it came before anything of the owner's was read.
    """
    if not isinstance(error, MemGPTError):
        return BUG_IN_RUN
    if opening and owner_id != HOME and type(error) is ConfigurationError:
        return "the agent cannot be opened, since the server is not set up right. Its log says why."
    return detail_of(error, operator=owner_id == HOME)


def log_reason(logger: logging.Logger, error: Exception, **about: str) -> None:
    """Tell the operator's log why the storage failed or cannot be used, which callers are not told."""
    if isinstance(error, StorageError) or type(error) is ConfigurationError:
        fields = {"error": type(error).__name__, "reason": str(error), **about}
        logger.warning("the storage failed: %s", error, extra={"fields": fields})
