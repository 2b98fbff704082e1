"""The OpenAPI file is what the app does."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from memgpt_autogen.server.openapi import FILE

ROOT = Path(__file__).parents[2]

DESCRIBED: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, found in DESCRIBED["paths"].items():
        for operation in found.values():
            yield path, operation


def test_the_committed_file_is_what_the_app_says() -> None:
    written = runpy.run_path(str(ROOT / "docs/write_openapi.py"))["text"]()

    assert FILE.read_text(encoding="utf-8") == written, "run: python docs/write_openapi.py"


def test_the_app_serves_it_without_a_key_under_its_prefix(admin: TestClient) -> None:
    served = admin.get("/openapi.json", headers={"Authorization": ""}).json()

    assert served == DESCRIBED


def test_it_is_valid_as_openapi_3_1() -> None:
    assert DESCRIBED["openapi"].startswith("3.1")
    assert [str(error) for error in OpenAPIV31SpecValidator(DESCRIBED).iter_errors()] == []


def test_every_operation_has_words_and_an_id_of_its_own() -> None:
    for _, operation in operations():
        assert operation["summary"]
        assert operation["description"]
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "path":
                words = parameter.get("description") or parameter["schema"].get("description")
                assert words, (operation["operationId"], parameter["name"])
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)


def test_every_operation_names_each_status_with_what_it_returns() -> None:
    """No range of statuses stands for others, and FastAPI's own form of an error is nowhere."""
    for path, operation in operations():
        responses = operation["responses"]
        assert all(status.isdecimal() for status in responses), path
        assert {"400", "403", "413", "421", "500"} <= responses.keys(), path
        if "security" in operation:
            assert {"401", "429", "503"} <= responses.keys(), path
        if "{" in path:
            assert "404" in responses, path
        for status, found in responses.items():
            response = resolved(found)
            assert response["description"], (path, status)
            expected = status in ("204", "302") or response.get("content")
            assert expected, (path, status)
            assert all(each.get("schema") for each in response.get("content", {}).values()), (path, status)
            if status >= "400" and path != "/ready":
                assert list(response["content"]) == ["application/problem+json"], (path, status)
    assert "HTTPValidationError" not in DESCRIBED["components"]["schemas"]


def test_every_place_and_every_body_has_an_example_that_is_valid() -> None:
    """A new one needs a line in `server/openapi_examples.py`."""
    for path, operation in operations():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                check_example(parameter, path)
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            check_example(content["application/json"], path)


def check_example(described: dict[str, Any], path: str) -> None:
    assert "example" in described, f"{path}: an example is missing in server/openapi_examples.py"
    schema = {**described["schema"], "components": DESCRIBED["components"]}
    Draft202012Validator(schema).validate(described["example"])


def resolved(found: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in found:
        response: dict[str, Any] = DESCRIBED["components"]["responses"][found["$ref"].rpartition("/")[2]]
        return response
    return found
