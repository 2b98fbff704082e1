"""Problems: every error as `application/problem+json` (RFC 9457), whose `detail` names the way out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import compile_path
from starlette.types import Scope

from memgpt_autogen.errors import ConflictError, MemGPTError, StorageError
from memgpt_autogen.server.prefix import inner_path, public_path
from memgpt_autogen.service.field_problems import UNKNOWN, field_problems, invalid_request, json_problem
from memgpt_autogen.service.problems import detail_of, kind_of, log_reason, retry_after, status_of
from memgpt_autogen.service.schemas.problems import FieldProblem, Problem

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


ErrorShape = Callable[[Problem, Mapping[str, str]], Response]
"""Writes a problem with these headers as the clients of another API read errors."""


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
    kind: str | None = None,
    texts: ConflictError | None = None,
) -> Response:
    """The response that tells a problem, in the shape of the API that the path belongs to."""
    problem = Problem(
        title=_title(status),
        status=status,
        detail=detail,
        instance=public_path(scope),
        request_id=scope.get("state", {}).get("request_id", ""),
        kind=kind,
        errors=errors,
        current=None if texts is None else texts.current,
        yours=None if texts is None else texts.yours,
    )
    shape = _shape_of(scope)
    if shape is not None:
        return shape(problem, headers or {})
    return JSONResponse(problem.model_dump(exclude_none=True), status, dict(headers or {}), MEDIA_TYPE)


def _shape_of(scope: Scope) -> ErrorShape | None:
    """Return the shape of the longest prefix of the path that has one of its own."""
    shapes: Mapping[str, ErrorShape] = (
        getattr(scope["app"].state, "error_shapes", {}) if "app" in scope else {}
    )
    path = inner_path(scope)
    prefixes = [each for each in shapes if path == each or path.startswith(f"{each}/")]
    return shapes[max(prefixes, key=len)] if prefixes else None


def add_problems(app: FastAPI) -> None:
    """Let the app answer every error with a problem."""
    app.add_exception_handler(MemGPTError, _package_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)


async def _package_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MemGPTError)  # noqa: S101 - registered for this class
    retry = retry_after(error)
    headers = {} if retry is None else {"Retry-After": str(retry)}
    request.scope["state"]["error"] = type(error).__name__
    caller = getattr(request.state, "caller", None)
    if isinstance(error, StorageError):
        log_reason(logger, error)
    return problem_response(
        request.scope,
        status_of(error),
        detail_of(error, operator=caller is not None and caller.is_admin),
        headers=headers,
        kind=kind_of(error),
        texts=error if isinstance(error, ConflictError) else None,
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    detail = error.detail
    if detail == _title(error.status_code):  # Starlette's own, which says nothing
        detail = _usual_detail(request, error)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _allowed(request, error)
    return problem_response(request.scope, error.status_code, detail, headers=headers)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    found = error.errors()
    errors = field_problems(found, UNKNOWN if isinstance(error.body, FormData) else error.body)
    if error.body and isinstance(error.body, bytes):  # FastAPI did not read it, since its type is another one
        read_as = "it is read only with the header Content-Type: application/json"
        errors = [FieldProblem(location="body", message=read_as)]
    elif found[0]["type"] == "json_invalid":
        errors = [json_problem(str(error.body), int(found[0]["loc"][-1]), found[0]["ctx"]["error"])]
    return problem_response(request.scope, 422, invalid_request(errors), errors=errors)


def _usual_detail(request: Request, error: HTTPException) -> str:
    path = public_path(request.scope)
    if error.status_code == 404:
        return f"there is no {path} here. {public_path(request.scope, '/docs')} lists the paths."
    if error.status_code == 405:
        return f"{request.method} is not a method of {path}; {_allowed(request, error)} can be used."
    return str(error.detail)


def _allowed(request: Request, error: HTTPException) -> str:
    """The methods of a path. Starlette names only those of the first route that has it."""
    path = inner_path(request.scope)
    described: Mapping[str, Mapping[str, Any]] = request.app.openapi()["paths"]
    templates = [path] if path in described else _templates(described, path)
    methods = {method.upper() for template in templates for method in described[template]}
    return ", ".join(sorted(methods)) or (error.headers or {}).get("Allow", "GET")


def _templates(described: Iterable[str], path: str) -> list[str]:
    return [template for template in described if compile_path(template)[0].match(path)]


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
