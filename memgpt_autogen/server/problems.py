"""Problems: every error as `application/problem+json` (RFC 9457), whose `detail` names the way out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Optional

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from memgpt_autogen.errors import (
    ArchiveAwayError,
    BlockError,
    ConfigurationError,
    ConflictError,
    EmbedderMismatchError,
    HistoryError,
    LimitReachedError,
    MemGPTError,
    ModelError,
    NotFoundError,
    RequestChangedError,
    RunStateError,
    StaleError,
    StorageError,
    TakenError,
    ToolError,
    TurnInProgressError,
)

MEDIA_TYPE = "application/problem+json"

# the first class that an error has decides
_STATUS: dict[type[MemGPTError], int] = {
    NotFoundError: 404,
    TakenError: 409,
    StaleError: 412,
    ConflictError: 409,
    RunStateError: 409,
    RequestChangedError: 422,
    LimitReachedError: 429,
    TurnInProgressError: 409,
    HistoryError: 409,
    EmbedderMismatchError: 409,
    BlockError: 422,
    ToolError: 422,
    ConfigurationError: 400,
    ModelError: 502,
    StorageError: 503,
}

# when a client should try again, in seconds
_RETRY: dict[type[MemGPTError], int] = {ArchiveAwayError: 5, TurnInProgressError: 2}

BUG = (
    "the server has a bug, or met something that it does not know. Its log names the place by the request_id."
)


class FieldProblem(BaseModel):
    """What is wrong with one part of a request."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    location: str
    """Where it is, such as `body.name`."""
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str = "about:blank"
    title: str
    """The name of the status."""
    status: int
    detail: str
    """What happened, and what to do."""
    instance: str
    """The path of the request."""
    request_id: str
    errors: Optional[list[FieldProblem]] = Field(default=None)
    """The parts of the request that are not valid."""
    current: Optional[str] = Field(default=None)
    """The text as it is, where another one was expected."""
    yours: Optional[str] = Field(default=None)
    """The text that was not written because of that."""


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, description in {
        "4XX": "The request cannot be met as it is.",
        "5XX": "Try again later.",
    }.items()
}
"""The errors of every route, for the OpenAPI file."""


class ProblemError(HTTPException):
    """An error with a status of HTTP, raised where the server itself refuses a request."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers or {}))


def problem_response(
    scope: Scope,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[FieldProblem] | None = None,
    texts: ConflictError | None = None,
) -> Response:
    """The response that tells a problem."""
    problem = Problem(
        title=_title(status),
        status=status,
        detail=detail,
        instance=scope.get("path", ""),
        request_id=scope.get("state", {}).get("request_id", ""),
        errors=errors,
        current=None if texts is None else texts.current,
        yours=None if texts is None else texts.yours,
    )
    return JSONResponse(problem.model_dump(exclude_none=True), status, dict(headers or {}), MEDIA_TYPE)


def add_problems(app: FastAPI) -> None:
    """Let the app answer every error with a problem."""
    app.add_exception_handler(MemGPTError, _package_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)


def status_of(error: MemGPTError) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


async def _package_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MemGPTError)  # noqa: S101 - registered for this class
    status = status_of(error)
    retry = next((seconds for kind, seconds in _RETRY.items() if isinstance(error, kind)), None)
    if isinstance(error, LimitReachedError):
        retry = math.ceil(error.retry_after)
    headers = {} if retry is None else {"Retry-After": str(retry)}
    request.scope["state"]["error"] = type(error).__name__
    # an operator's errors may have addresses and words of other servers
    detail = getattr(error, "plain", "") or str(error)
    texts = error if isinstance(error, ConflictError) else None
    return problem_response(request.scope, status, detail, headers=headers, texts=texts)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    detail = error.detail
    if detail == _title(error.status_code):  # Starlette's own, which says nothing
        detail = _usual_detail(request, error)
    return problem_response(request.scope, error.status_code, detail, headers=error.headers)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    # without the values, which may be words of a person
    errors = [
        FieldProblem(location=".".join(map(str, each["loc"])), message=str(each["msg"]))
        for each in error.errors()
    ]
    detail = "; ".join(f"{each.location}: {each.message}" for each in errors[:5])
    return problem_response(request.scope, 422, f"the request is not valid: {detail}", errors=errors)


def _usual_detail(request: Request, error: HTTPException) -> str:
    path = request.scope.get("path", "")
    if error.status_code == 404:
        return f"there is no {path} here. /docs lists the paths."
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "others")
        return f"{request.method} is not a method of {path}; {allowed} can be used."
    return str(error.detail)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
