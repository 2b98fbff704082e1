"""The OpenAPI file: what the app can do, as `openapi.json` beside this module says it to clients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from memgpt_autogen.server.problems import Problem

FILE = Path(__file__).with_name("openapi.json")


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
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        _as_in_3_1(described)
        if app.root_path:
            described["servers"] = [{"url": app.root_path}]
        app.openapi_schema = described
    return app.openapi_schema


def openapi_text(app: FastAPI) -> str:
    """The file, as it is committed."""
    return json.dumps(openapi_of(app), indent=1, ensure_ascii=False) + "\n"


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
