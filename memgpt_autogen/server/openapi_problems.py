"""The problems of each path in the OpenAPI file: which statuses it has besides its answers, and why.

The reasons are the same for many paths, so they follow from what the description says of a path. A route
names only a problem of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from memgpt_autogen.server.problems import MEDIA_TYPE
from memgpt_autogen.service.schemas.problems import Problem

REASONS = {  # the names stand in the OpenAPI file
    400: ("BadRequest", "The request is malformed, or a setting or a value forbids it."),
    401: ("Unauthorized", "No credentials, or wrong ones."),
    403: (
        "Forbidden",
        "The key does not have the scope, or a page of another site sent the request.",
    ),
    404: ("NotFound", "Nothing has this name or id, or it belongs to another user."),
    408: ("TooSlow", "The body did not come in time."),
    409: ("Conflict", "A name is taken, the agent is busy, or what is there does not allow it now."),
    410: ("Gone", "The events of an old run were deleted; the log of its agent has what was said."),
    412: ("Changed", "It was changed since it was read; `current` and `yours` are the two texts."),
    413: ("TooLarge", "The body is larger than the limit."),
    421: ("OtherHost", "The request is for a host that is not a name of this server."),
    422: ("Invalid", "The request is not valid; `errors` names the parts."),
    429: ("LimitReached", "A limit is reached."),
    500: ("Bug", "A bug of the server. Nothing of it is told, and the log has its place in the code."),
    502: ("ModelFailed", "The model or the embedder failed."),
    503: ("StorageAway", "The database or the index does not answer."),
}

_HEADERS = {
    401: {"WWW-Authenticate": {"description": "How to name who calls.", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "When to try again, in seconds.", "schema": {"type": "integer"}}},
}


def add_problems_to(described: dict[str, Any]) -> None:
    """Name the statuses of the problems of every operation, with what they return."""
    components = described.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    components["responses"] = {name: _response(status) for status, (name, _) in REASONS.items()}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            responses = operation["responses"]
            for status in _statuses(path, method, operation):
                named = {"$ref": f"#/components/responses/{REASONS[status][0]}"}
                # FastAPI describes 422 as its own handler would answer
                if status == 422 or str(status) not in responses:
                    responses[str(status)] = named
            operation["responses"] = dict(sorted(responses.items()))
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _statuses(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    parameters = operation.get("parameters", [])
    yield from (400, 403, 413, 421, 500)  # of every request: its host, its origin, its size, a bug
    if operation["operationId"] != "health":
        yield 503
    if parameters or "requestBody" in operation:
        yield 422
    if "requestBody" in operation:
        yield 408
    if operation.get("security") or operation["operationId"] in ("login", "login_by_code"):
        yield from (401, 429)
    if any(each["in"] == "path" for each in parameters) or {"agent", "archive"} & _names(operation):
        yield 404
    if operation["operationId"] in ("create_run", "read_run_events"):
        yield 410
    if any(each["name"].lower() == "if-match" for each in parameters):
        yield 412
    if operation.get("security") and (method != "get" or "{agent}" in path or "{archive}" in path):
        yield 409
    if "{agent}" in path or "{archive}" in path:
        yield 502


def _names(operation: dict[str, Any]) -> set[str]:
    return {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}


def _response(status: int) -> dict[str, Any]:
    found = {
        "description": REASONS[status][1],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return found if status not in _HEADERS else {**found, "headers": _HEADERS[status]}
