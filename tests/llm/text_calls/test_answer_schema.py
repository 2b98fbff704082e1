"""The schema of an answer in the plain protocol is valid as a whole, whatever the tools' arguments are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional

import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import BaseModel
from typing_extensions import TypedDict

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.llm.text_calls.answer_schema import answer_format
from memgpt_autogen.llm.text_calls.plain import PlainLLM
from memgpt_autogen.llm.text_calls.plain_prompt import describe_functions
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedServer, says
from memgpt_autogen.tools.tool import Tool


class Color(Enum):
    RED = "red"
    GREEN = "green"


@dataclass
class Spot:
    x: int
    y: int = 0


class Label(TypedDict):
    text: str
    color: Color


class Tree(BaseModel):
    name: str
    branches: list[Tree] = []


def paint(color: Color) -> str:
    """Paint it."""
    return color.value


def place(spot: Spot) -> str:
    """Place it."""
    return str(spot.x + spot.y)


def label(label: Label, also: Optional[list[Label]] = None) -> str:
    """Label it."""
    return f"{label['text']}{label['color'].value}{len(also or ())}"


def grow(tree: Tree) -> str:
    """Grow it."""
    return tree.branches[0].name


CALLS: list[tuple[Callable[..., Any], dict[str, Any], dict[str, Any], str]] = [
    (paint, {"color": "red"}, {"color": "blue"}, "red"),
    (place, {"spot": {"x": 1, "y": 2}}, {"spot": {"y": 2}}, "3"),
    (
        label,
        {"label": {"text": "a", "color": "green"}, "also": [{"text": "b", "color": "red"}]},
        {"label": {"text": "a", "color": "blue"}},
        "agreen1",
    ),
    (grow, {"tree": {"name": "a", "branches": [{"name": "b"}]}}, {"tree": {"branches": []}}, "b"),
]

TOOLS = [Tool.from_function(function) for function, *_ in CALLS]


def schema_of(*tools: ToolSchema) -> dict[str, Any]:
    wanted = answer_format("json_schema", tools)
    assert wanted is not None
    schema: dict[str, Any] = json.loads(json.dumps(wanted["json_schema"]["schema"]))
    return schema


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (value for key, value in schema.items() if key == "$ref")
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for each in schema:
            yield from references(each)


def check(schema: dict[str, Any]) -> Draft202012Validator:
    """Return what checks answers; the schema is valid, and its references are to definitions at its root."""
    Draft202012Validator.check_schema(schema)
    for reference in references(schema):
        root, defs, name, *_ = reference.split("/")
        assert (root, defs) == ("#", "$defs")
        assert name in schema["$defs"]
    return Draft202012Validator(schema)


def answer(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"heard": "task", "thought": "So be it.", "function": name, "arguments": arguments}


@pytest.mark.parametrize(("function", "right", "wrong", "result"), CALLS)
def test_an_argument_of_any_type_keeps_the_schema_of_the_whole_request_valid(
    function: Callable[..., Any], right: dict[str, Any], wrong: dict[str, Any], result: str
) -> None:
    for tools in ([Tool.from_function(function)], TOOLS):
        validator = check(schema_of(*(tool.schema(heartbeat=True, thoughts=True) for tool in tools)))

        validator.validate(answer(function.__name__, right))
        with pytest.raises(ValidationError):
            validator.validate(answer(function.__name__, wrong))
    assert Tool.from_function(function).call(right) == result


def test_a_turn_with_such_a_tool_asks_for_a_valid_schema_and_runs_the_call(memory: MemoryHierarchy) -> None:
    painted = says(json.dumps(answer("paint", {"color": "green", "request_heartbeat": True})))
    spoken = says(json.dumps(answer("send_message", {"message": "Done."})))
    with ScriptedServer(painted, spoken) as server:
        loop = open_loop(memory, PlainLLM(OpenAILLM("x", base_url=server.url)), tools=[paint, grow])
        told = list(loop.run([Message.said_by("ada", "Green, please.")]))

    check(server.requests[0]["response_format"]["json_schema"]["schema"])
    assert "green" in str(told)


def described(name: str, parameters: dict[str, Any]) -> ToolSchema:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", **parameters}}}


def one(value: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"properties": {"value": value}, "required": ["value"], **more}


def test_definitions_of_the_same_name_stay_apart() -> None:
    first = described("first", one({"$ref": "#/$defs/It"}, **{"$defs": {"It": {"type": "string"}}}))
    second = described("second", one({"$ref": "#/$defs/It"}, **{"$defs": {"It": {"type": "integer"}}}))

    validator = check(schema_of(first, second))

    validator.validate(answer("first", {"value": "a"}))
    validator.validate(answer("second", {"value": 1}))
    for name, value in (("first", 1), ("second", "a")):
        with pytest.raises(ValidationError):
            validator.validate(answer(name, {"value": value}))


NAMED = {"It": {"type": "integer"}}
STRANGE = {"a/b c~d": {"type": "integer"}}


@pytest.mark.parametrize(
    "parameters",
    [
        one({"$ref": "#/definitions/It"}, definitions=NAMED),
        one({"$defs": NAMED, "$ref": "#/$defs/It"}),  # as AutoGen describes a pydantic argument
        one({"$ref": "#/$defs/a~1b%20c~0d"}, **{"$defs": STRANGE}),
        one({"$ref": "#/properties/other"}, **{"$schema": "http://json-schema.org/draft-07/schema#"})
        | {"properties": {"value": {"$ref": "#/properties/other"}, "other": {"type": "integer"}}},
        one({"allOf": [{"$ref": "#/$defs/It"}]}, **{"$defs": NAMED, "$id": "https://example.org/schema"}),
        one({"anyOf": [{"$ref": "#/$defs/It"}, {"$ref": "#/$defs/Them"}]})
        | {"$defs": {**NAMED, "Them": {"type": "array", "items": {"$ref": "#/$defs/It"}}}},
    ],
)
def test_a_schema_of_any_origin_keeps_its_meaning(parameters: dict[str, Any]) -> None:
    for name in ("count", "It"):
        validator = check(schema_of(described(name, parameters), described("other", one({"type": "string"}))))

        validator.validate(answer(name, {"value": 1}))
        with pytest.raises(ValidationError):
            validator.validate(answer(name, {"value": "a"}))


def test_a_schema_that_contains_itself_stays_one() -> None:
    tree = described("tree", {"properties": {"inner": {"$ref": "#"}, "leaf": {"type": "integer"}}})

    validator = check(schema_of(tree, described("other", {})))

    validator.validate(answer("tree", {"inner": {"inner": {"leaf": 1}}}))
    with pytest.raises(ValidationError):
        validator.validate(answer("tree", {"inner": {"inner": {"leaf": "a"}}}))


def test_the_prompt_says_what_the_values_of_a_map_are() -> None:
    maps = {
        "amounts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "spots": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Spot"}},
        "any": {"type": "object", "additionalProperties": True},
    }
    defined = {"Spot": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}}

    line = describe_functions([described("order", {"properties": maps, "$defs": defined})])

    assert "amounts?: object of (integer), spots?: object of ({x: number}), any?: object" in line


@pytest.mark.parametrize(
    "reference", ["#/$defs/Nobody", "#/$defs", "https://example.org/it.json", "it.json#/a"]
)
def test_a_reference_to_nothing_accepts_anything(reference: str) -> None:
    check(schema_of(described("count", one({"$ref": reference})))).validate(answer("count", {"value": "a"}))


def test_names_of_properties_and_values_are_no_keywords() -> None:
    properties = {
        "$defs": {"type": "string"},
        "$ref": {"enum": [{"$ref": "#/a"}]},
        "$id": {"type": "integer"},
    }

    schema = schema_of(described("odd", {"properties": properties}))

    assert schema["properties"]["arguments"]["properties"] == properties
    assert "$defs" not in schema


def test_the_prompt_says_what_to_write_for_such_arguments() -> None:
    lines = describe_functions([tool.schema(heartbeat=False, thoughts=False) for tool in TOOLS]).splitlines()

    text = "{text: string, color: red | green}"
    assert lines[-4:] == [
        "- paint(color: red | green) Paint it.",
        "- place(spot: {x: integer, y?: integer}) Place it.",
        f"- label(label: {text}, also?: array of ({text})) Label it.",
        "- grow(tree: {name: string, branches?: array}) Grow it.",
    ]
