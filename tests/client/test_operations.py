"""The methods of all clients are the operations of the OpenAPI file."""

from __future__ import annotations

import inspect
import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

import memgpt_autogen.client.operations as room
from memgpt_autogen.client import AsyncClient, Client, LocalClient
from memgpt_autogen.client.local.local_client import FUNCTIONS, NEEDS_SERVER
from memgpt_autogen.client.operation import Operation
from memgpt_autogen.server.openapi import FILE

WRITER = runpy.run_path(str(Path(__file__).parents[2] / "docs/write_client.py"))
DESCRIBED = json.loads(FILE.read_text(encoding="utf-8"))
OPERATIONS = {
    operation["operationId"]: (path, method, operation)
    for path, methods in DESCRIBED["paths"].items()
    for method, operation in methods.items()
}
CLIENTS = [Client, AsyncClient, LocalClient]


def test_the_committed_methods_are_those_of_the_openapi_file() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in Path(room.__path__[0]).glob("*.py")}

    assert written == WRITER["texts"](), "run: python docs/write_client.py"


def arguments_of(operation: dict[str, Any]) -> Iterator[str]:
    """Yield the names of everything that a request may have."""
    yield from (each["name"] for each in operation.get("parameters", ()))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from DESCRIBED["components"]["schemas"][content["schema"]["$ref"].split("/")[-1]]["properties"]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_is_a_method_that_takes_all_that_its_request_has(client: type, name: str) -> None:
    method = getattr(client, name)
    takes = {each.rstrip("_") for each in inspect.signature(method).parameters}
    wanted = {
        each.replace("-", "_")
        for each in arguments_of(OPERATIONS[name][2])
        if (name, each) not in WRITER["LEFT_OUT"]
    }

    assert takes - ({"self", "to"} - wanted) == wanted
    assert inspect.getdoc(method)


def stated() -> dict[str, Operation[Any]]:
    return {
        value.name: value
        for area in vars(room).values()
        if inspect.ismodule(area)
        for value in vars(area).values()
        if isinstance(value, Operation)
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_has_its_path_and_reads_its_answer(name: str) -> None:
    path, method, described = OPERATIONS[name]
    operation = stated()[name]
    answers = {
        content["schema"]["$ref"].split("/")[-1]
        for status, response in described["responses"].items()
        for kind, content in response.get("content", {}).items()
        if status.startswith("2") and kind == "application/json" and "$ref" in content.get("schema", {})
    }

    assert (operation.path, operation.method) == (path, method.upper())
    for answer in answers:
        # the schema of what is read is the one of the file
        read = TypeAdapter(operation.answer).json_schema(ref_template="#/components/schemas/{model}")
        assert read["required"] == DESCRIBED["components"]["schemas"][answer]["required"]
        assert read["properties"].keys() == DESCRIBED["components"]["schemas"][answer]["properties"].keys()


def test_nothing_that_clients_do_besides_hides_an_operation() -> None:
    for client in CLIENTS:
        own = {name for base in client.__mro__ if "operations" not in base.__module__ for name in vars(base)}

        assert not own & OPERATIONS.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_works_without_a_server_or_says_why_not(name: str) -> None:
    operation = stated()[name]
    if name in NEEDS_SERVER:
        assert name not in FUNCTIONS
        return
    parameters = inspect.signature(FUNCTIONS[name]).parameters.values()
    takes = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD} - {"home", "_home"}
    wanted = {each.name for each in operation.parameters}

    if operation.body is not None:
        wanted.add("body")
    if operation.answer is Path:
        wanted.add("to")
    takes_all = any(each.kind is each.VAR_KEYWORD for each in parameters)
    assert takes <= wanted if takes_all else takes == wanted
