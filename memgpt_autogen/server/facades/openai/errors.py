"""Errors as clients of OpenAI's API read them: `{"error": {message, type, param, code}}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from fastapi import Request
from starlette.responses import JSONResponse, Response

from memgpt_autogen.errors import quoted
from memgpt_autogen.server.problems import ProblemError, problem_response
from memgpt_autogen.service.schemas.problems import Problem

PATHS = ("/v1/models", "/v1/chat/completions", "/v1/responses")
"""What there is under `/v1` for clients of OpenAI's API."""

INVALID = "invalid_request_error"

# the type and the code of an error by its status; another 4xx is INVALID without a code
_KINDS: Mapping[int, tuple[str, Optional[str]]] = {
    401: (INVALID, "invalid_api_key"),
    403: (INVALID, "permission_denied"),
    404: (INVALID, "not_found"),
    413: (INVALID, "request_too_large"),
    429: ("requests", "rate_limit_exceeded"),
}

# the openai package asks again after these, unless it is told that this is of no use
_ASKED_AGAIN = (408, 409)


class RequestError(ProblemError):
    """A request that OpenAI's API would refuse."""

    def __init__(
        self, detail: str, *, status: int = 400, param: Optional[str] = None, code: Optional[str] = None
    ) -> None:
        super().__init__(status, detail)
        self.param, self.code = param, code


def unknown_model(model: str) -> RequestError:
    """Return the error for a model that is no agent of the caller, or that there is not."""
    return RequestError(
        f"the model {quoted(model)} does not exist, or this key may not use it. A model is the name or the "
        "id of an agent; GET /v1/models lists them.",
        status=404,
        param="model",
        code="model_not_found",
    )


def error_body(
    message: str, status: int, *, param: Optional[str] = None, code: Optional[str] = None
) -> dict[str, Any]:
    """Return an error in OpenAI's shape."""
    kind, usual = _KINDS.get(status, (INVALID if status < 500 else "server_error", None))
    return {"error": {"message": message, "type": kind, "param": param, "code": code or usual}}


def openai_shape(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Write a problem in OpenAI's shape."""
    status, param = problem.status, None
    if problem.errors:  # OpenAI has no 422
        status = 400
        place = problem.errors[0].location
        param = place.removeprefix("body.") if place.startswith("body.") else None
    detail = problem.detail
    if status == 404 and detail.startswith(f"there is no {problem.instance} here"):
        detail = f"there is no {problem.instance} here, but {', '.join(PATHS)}."
    return _response(error_body(detail, status, param=param), status, headers)


async def answer_request_error(request: Request, error: Exception) -> Response:
    """Answer with a `RequestError`."""
    if not isinstance(error, RequestError):  # it is registered for this class
        return problem_response(request.scope, 500, "")
    body = error_body(str(error.detail), error.status_code, param=error.param, code=error.code)
    return _response(body, error.status_code, error.headers or {})


def _response(body: dict[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    again = {"x-should-retry": "false"} if status in _ASKED_AGAIN and "Retry-After" not in headers else {}
    return JSONResponse(body, status, {**headers, **again})
