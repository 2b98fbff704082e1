"""The schema of an MCP tool's arguments: the loop's own names are renamed wherever it names them."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from memgpt_autogen.tools.mcp.schema import rename_arguments

BEAT = "request_heartbeat"
THOUGHTS = "inner_thoughts"
TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {BEAT: TEXT}, "required": [BEAT]},
        {"anyOf": [{"properties": {BEAT: TEXT}, "required": [BEAT]}, {"required": ["other"]}]},
        {"oneOf": [{"allOf": [{"properties": {BEAT: TEXT}, "required": [BEAT]}]}]},
        {"$ref": "#/$defs/In", "$defs": {"In": {"properties": {BEAT: TEXT}, "required": [BEAT]}}},
        {
            "allOf": [{"$ref": "#/definitions/In"}],
            "definitions": {"In": {"$ref": "#/definitions/Deep"}, "Deep": {"required": [BEAT]}},
        },
        {"properties": {"a": TEXT}, "dependentRequired": {"a": [BEAT]}},
        {"properties": {"a": TEXT}, "dependencies": {"a": [BEAT]}},
        {"dependentSchemas": {"a": {"required": [BEAT]}}},
        {"if": {"required": ["a"]}, "then": {"required": [BEAT]}, "else": {"not": {"required": [BEAT]}}},
        {"propertyNames": {"enum": ["a", BEAT]}},
    ],
    ids=lambda schema: next(iter(schema)),
)
def test_a_reserved_name_is_renamed_wherever_arguments_are_named(schema: dict[str, Any]) -> None:
    renamed, names = rename_arguments(schema)

    assert names == {f"{BEAT}_argument": BEAT}
    used = {key: value for key, value in renamed.items() if key not in ("$defs", "definitions")}
    assert f'"{BEAT}"' not in json.dumps(used)
    for given in ({}, {"a": "x"}, {BEAT: "x"}, {"a": "x", BEAT: "y"}, {"other": 1}):
        there = {f"{BEAT}_argument" if name == BEAT else name: value for name, value in given.items()}
        assert _fits(renamed, there) == _fits(schema, given), given


def test_values_within_an_argument_keep_their_names() -> None:
    node = {
        "type": "object",
        "properties": {BEAT: TEXT, "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
        "required": [BEAT],
    }
    schema = {"$ref": "#/$defs/Node", "$defs": {"Node": node}}

    renamed, names = rename_arguments(schema)

    assert names == {f"{BEAT}_argument": BEAT}
    assert [*renamed["properties"]] == [f"{BEAT}_argument", "children"]
    assert renamed["$defs"]["Node"] == node
    assert _fits(renamed, {f"{BEAT}_argument": "a", "children": [{BEAT: "b", "children": []}]})


def test_a_value_that_has_the_form_of_the_whole_keeps_its_names() -> None:
    schema = {
        "properties": {BEAT: TEXT, "before": {"$ref": "#"}, "same": {"$ref": f"#/properties/{BEAT}"}},
        "required": [BEAT],
    }

    renamed, _ = rename_arguments(schema)

    assert _fits(
        renamed, {f"{BEAT}_argument": "a", "before": {BEAT: "b", "before": {BEAT: "c"}}, "same": "d"}
    )
    assert not _fits(renamed, {f"{BEAT}_argument": "a", "before": {}})
    assert not _fits(renamed, {f"{BEAT}_argument": "a", "same": 1})


def test_a_new_name_is_not_that_of_another_argument() -> None:
    properties = {BEAT: TEXT, f"{BEAT}_argument": TEXT, THOUGHTS: TEXT}

    renamed, names = rename_arguments({"anyOf": [{"properties": properties}]})

    assert names == {f"{BEAT}_argument_2": BEAT, f"{THOUGHTS}_argument": THOUGHTS}
    assert [*renamed["anyOf"][0]["properties"]] == [
        f"{BEAT}_argument_2",
        f"{BEAT}_argument",
        f"{THOUGHTS}_argument",
    ]


def test_a_name_that_engines_refuse_is_renamed_and_said() -> None:
    properties = {"Start>": TEXT, "Start": TEXT, "城市": {"description": "the city"}, "a" * 70: TEXT}

    renamed, names = rename_arguments({"properties": properties, "required": ["城市"]})

    assert names == {"Start_2": "Start>", "argument": "城市", "a" * 64: "a" * 70}
    assert renamed["required"] == ["argument"]
    assert renamed["properties"]["argument"] == {"description": "城市. the city"}
    assert renamed["properties"]["Start_2"] == {"type": "string", "description": "Start>"}
    assert renamed["properties"]["Start"] == TEXT


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"properties": {BEAT: TEXT}}}, "required": ["a"]},
        {"type": "object", "properties": {}, "additionalProperties": False},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"$ref": "#/$defs/a"}}},
        {"properties": {}, "allOf": [{"$ref": "#"}], "anyOf": [{"$ref": "https://example.org/schema"}]},
    ],
    ids=["within", "nothing", "circle", "elsewhere"],
)
def test_a_schema_without_reserved_names_stays_as_it_is(schema: dict[str, Any]) -> None:
    assert rename_arguments(schema) == (schema, {})


def test_definitions_that_refer_to_each_other_in_a_circle_end() -> None:
    schema = {
        "allOf": [{"$ref": "#/$defs/one"}],
        "$defs": {
            "one": {"required": [BEAT], "anyOf": [{"$ref": "#/$defs/other"}]},
            "other": {"anyOf": [{"$ref": "#/$defs/one"}]},
        },
    }

    _, names = rename_arguments(schema)

    assert names == {f"{BEAT}_argument": BEAT}


def _fits(schema: dict[str, Any], given: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(given)) and bool(
        jsonschema.Draft7Validator({"dependencies": schema.get("dependencies", {})}).is_valid(given)
    )
