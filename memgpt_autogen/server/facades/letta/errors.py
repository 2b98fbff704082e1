"""Errors as Letta's client reads them: `{"detail": text}`."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from memgpt_autogen.service.schemas.problems import Problem


def letta_shape(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Write a problem in Letta's shape.

    The client asks again after a conflict and an error of the server, which helps only where a time is named:
    the turn of a message that it sends again would be a second one.
    """
    again = {} if "Retry-After" in headers else {"x-should-retry": "false"}
    body = {"detail": problem.detail, "request_id": problem.request_id}
    return JSONResponse(body, problem.status, {**headers, **again})
