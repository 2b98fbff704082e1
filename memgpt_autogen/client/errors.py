"""The errors of clients, with and without a server.

::

    MemGPTError
    ├── ApiError                 a request was refused, or failed; its status, detail and way out
    │   ├── UnauthorizedError    no key, or one that is not valid (401)
    │   ├── ForbiddenError       the key may not do this (403)
    │   └── one class for each error of the package that callers know: an `ApiError` for which
    │       `except TakenError` and the others work, too
    ├── ServerAwayError          no server answers at the address
    ├── UnreadableAnswerError    something answers there that is no server of this API
    ├── RunFailedError           a turn has failed
    ├── JobFailedError           a document could not be loaded
    └── JobTimeoutError          a job did not end in time, and goes on
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Optional

from memgpt_autogen.errors import (
    ConfigurationError,
    ConflictError,
    LimitReachedError,
    MemGPTError,
    NotFoundError,
)
from memgpt_autogen.service.field_problems import invalid_request
from memgpt_autogen.service.problems import KINDS, detail_of, kind_of, retry_after, status_of
from memgpt_autogen.service.schemas.problems import FieldProblem, Problem
from memgpt_autogen.service.schemas.runs import RunAnswer
from memgpt_autogen.service.schemas.sources import JobAnswer


class ApiError(MemGPTError):
    """A request was refused, or failed. The text is `detail`, which says what to do."""

    def __init__(self, problem: Problem, retry_after: Optional[float] = None) -> None:
        MemGPTError.__init__(self, problem.detail)  # other classes of the package take other arguments
        self.status = problem.status
        self.title = problem.title
        self.detail = problem.detail
        self.request_id = problem.request_id
        """By which the server's log finds the request; empty without a server."""
        self.kind = problem.kind
        """The error of the package that it is, such as `TakenError`; None where it is of HTTP."""
        self.errors: list[FieldProblem] = problem.errors or []
        """The parts of the request that are not valid."""
        self.current = problem.current
        """The text as it is, where another one was expected."""
        self.yours = problem.yours
        """The text that was not written because of that."""
        self.retry_after = retry_after
        """In how many seconds trying again may help; None where that is not known."""


class UnauthorizedError(ApiError):
    """The request has no key, or one that is not valid."""


class ForbiddenError(ApiError):
    """The key may not do this."""


class ServerAwayError(MemGPTError):
    """No server answers at the address, or it was lost and did not come back in time."""


class UnreadableAnswerError(MemGPTError):
    """What answers at the address is no server of this API, or one of another version."""


class JobFailedError(MemGPTError):
    """A job has failed. `job` is what is known of it."""

    def __init__(self, job: JobAnswer) -> None:
        super().__init__(f"'{job.what}' could not be loaded: {job.error}")
        self.job = job


class RunFailedError(MemGPTError):
    """A turn has failed. `run` is what is known of it."""

    def __init__(self, run: RunAnswer) -> None:
        super().__init__(f"the run {run.id} has failed: {run.error}")
        self.run = run


class JobTimeoutError(MemGPTError):
    """A job did not end in the time that was given. It goes on."""


def api_error(problem: Problem, retry_after: Optional[float] = None) -> ApiError:
    """Return the error that a server's answer is."""
    kind = _OF_KIND.get(problem.kind or "") or _OF_STATUS.get(problem.status, ApiError)
    return kind(problem, retry_after)


def invalid(wrong: list[FieldProblem]) -> ApiError:
    """Return the error that a server answers to a request whose parts are not valid."""
    return api_error(local_problem(422, invalid_request(wrong), wrong))


def local_problem(status: int, detail: str, wrong: list[FieldProblem] | None = None) -> Problem:
    """Return a problem that a server would have told."""
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance="",
        request_id="",
        errors=wrong,
    )


def local_error(error: MemGPTError) -> ApiError:
    """Return the error that a server would have answered."""
    status = status_of(error)
    texts = error if isinstance(error, ConflictError) else None
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail_of(error, operator=True),
        instance="",
        request_id="",
        kind=kind_of(error),
        current=None if texts is None else texts.current,
        yours=None if texts is None else texts.yours,
    )
    return api_error(problem, retry_after(error))


def _both(kind: type[MemGPTError]) -> type[ApiError]:
    # `ApiError.__init__` is the first, and sets all that those of the others set
    return type(f"Api{kind.__name__}", (ApiError, kind), {"__doc__": kind.__doc__, "__module__": __name__})


_OF_KIND: Mapping[str, type[ApiError]] = {kind.__name__: _both(kind) for kind in KINDS}

# what the server refuses before it asks the package
_OF_STATUS: Mapping[int, type[ApiError]] = {
    400: _OF_KIND[ConfigurationError.__name__],
    401: UnauthorizedError,
    403: ForbiddenError,
    404: _OF_KIND[NotFoundError.__name__],
    422: _OF_KIND[ConfigurationError.__name__],
    429: _OF_KIND[LimitReachedError.__name__],
}
