"""Errors as clients of MemGPT 0.3 read them: `{"detail": text}`, with the status that they have."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from memgpt_autogen.service.schemas.problems import Problem


def memgpt_shape(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Write a problem in MemGPT's shape."""
    return JSONResponse({"detail": problem.detail}, problem.status, dict(headers))
