"""The OpenAPI file: what the app can do, as `openapi.json` beside this module says it to clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from memgpt_autogen.server.authentication import AuthenticatedRoute, scope_of
from memgpt_autogen.server.openapi_examples import add_examples_to
from memgpt_autogen.server.openapi_problems import add_problems_to
from memgpt_autogen.server.routes import state
from memgpt_autogen.server.routes.areas import AREAS

FILE = Path(__file__).with_name("openapi.json")

# the name of the scheme in the file
_KEY = "HTTPBearer"


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """Return the description of the app, made once."""
    if app.openapi_schema is None:
        described = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            separate_input_output_schemas=False,
        )
        _add_security(described)
        described["paths"] = dict(sorted(described["paths"].items(), key=lambda item: _area(item[1])))
        add_problems_to(described)
        add_examples_to(described)
        _as_in_3_1(described)
        if app.state.options.root_path:
            described["servers"] = [{"url": app.state.options.root_path}]
        app.openapi_schema = described
    return app.openapi_schema


def openapi_text(app: FastAPI) -> str:
    """The file, as it is committed."""
    return json.dumps(openapi_of(app), indent=1, ensure_ascii=False) + "\n"


def _add_security(described: dict[str, Any]) -> None:
    """Say of each operation that it needs a key, and which scope, where OpenAPI has the roles of a caller."""
    routes = [route for router in (state.router, *AREAS) for route in router.routes]
    known = {route.name: route for route in routes if isinstance(route, AuthenticatedRoute)}
    for path in described["paths"].values():
        for operation in path.values():
            route = known.get(operation["operationId"])
            if route is not None:
                scope = scope_of(route)
                operation["security"] = [{_KEY: [scope] if scope else []}]
    described["components"]["securitySchemes"] = {
        _KEY: {"type": "http", "description": "A key (`mga_…`), or the admin password.", "scheme": "bearer"}
    }


def _area(operations: dict[str, Any]) -> int:
    """Return which area of `AREAS` a path belongs to; paths of none of them come first."""
    tags = [str(tag) for router in AREAS for tag in router.tags]
    own = [tags.index(tag) for each in operations.values() for tag in each["tags"] if tag in tags]
    return max(own, default=-1)


def _as_in_3_1(value: Any) -> None:
    """Write the type of a file as OpenAPI 3.1 does. Older versions of FastAPI write it as in 3.0."""
    if isinstance(value, dict):
        if value.get("format") == "binary":
            del value["format"]
            value["contentMediaType"] = "application/octet-stream"
        for each in value.values():
            _as_in_3_1(each)
    elif isinstance(value, list):
        for each in value:
            _as_in_3_1(each)
