"""Errors as clients of MCP read them: those of JSON-RPC, whose words some clients show."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from memgpt_autogen.service.schemas.problems import Problem

# the codes of JSON-RPC: a request that is not valid, an error inside, and any other of the server's own
_INVALID, _INTERNAL, _OTHER = -32600, -32603, -32000


def json_rpc_shape(problem: Problem, headers: Mapping[str, str]) -> Response:
    """Write a problem as an error of JSON-RPC, of a request whose id is not known."""
    status = problem.status
    code = _INVALID if status in (400, 413, 422) else _INTERNAL if status == 500 else _OTHER
    data = {"status": status, "request_id": problem.request_id}
    error = {"code": code, "message": problem.detail, "data": data}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status, dict(headers))
