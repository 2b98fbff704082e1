"""A server's schema is sent in a form that no engine refuses, with the same meaning."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from memgpt_autogen.tools.mcp.accepted import repaired_schema

TEXT = {"type": "string"}
LETTERS = {"type": "string", "pattern": "^[a-z]{2,8}$", "maxLength": 8}


def repaired(about: Any) -> Any:
    return repaired_schema({"type": "object", "properties": {"a": about}})["properties"]["a"]


@pytest.mark.parametrize(
    ("about", "sent"),
    [
        (True, {}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": ["array", "null"]}, {"type": ["array", "null"], "items": {}}),
        ({"type": "array", "items": True}, {"type": "array", "items": {}}),
        (
            {"type": "array", "items": [TEXT], "additionalItems": False},
            {"type": "array", "prefixItems": [TEXT], "items": {}, "maxItems": 1},
        ),
        ({"minimum": 0, "exclusiveMinimum": True}, {"exclusiveMinimum": 0}),
        ({"maximum": 9, "exclusiveMaximum": False}, {"maximum": 9}),
        ({"type": "string", "minimum": "2024-01-01"}, TEXT),
        ({"type": "int"}, {"type": "integer"}),
        ({"type": "any"}, {}),
        ({"enum": []}, {}),
        ({"$ref": "https://example.org/schema"}, {}),
        ({"$ref": "#/$defs/nowhere", "title": 5}, {}),
        (LETTERS, LETTERS),
    ],
    ids=str,
)
def test_a_schema_is_sent_in_a_form_that_engines_accept(about: Any, sent: Any) -> None:
    assert repaired(about) == sent


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("pattern", "abc"),
        ("pattern", r"^\d+$"),
        ("pattern", "^(?!x)a$"),
        ("pattern", "^[0-9]{1,5000}$"),
        ("maxLength", 10_000),
        ("maxItems", 100),
    ],
)
def test_what_llama_cpp_refuses_is_told_in_words(keyword: str, value: Any) -> None:
    about = {"description": "A name.", keyword: value}

    assert repaired(about) == {"description": f"A name. ({keyword}: {value})"}


def test_what_is_required_is_required_in_older_forms_too() -> None:
    properties = {"a": {"type": "string", "required": True}, "b": TEXT, "required": ["b"], "c": False}

    sent = repaired_schema({"properties": properties, "required": None})

    assert sent == {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["a", "b"]}


def test_a_reference_into_a_list_leads_to_a_definition() -> None:
    choice = {"anyOf": [TEXT, {"type": "array", "items": {"$ref": "#/properties/a/anyOf/1"}}]}

    sent = repaired_schema({"properties": {"a": choice, "b": {"$ref": "#/properties/a/anyOf/0"}}})

    assert sent["properties"]["b"] == {"$ref": "#/$defs/properties_a_anyOf_0"}
    assert sent["$defs"]["properties_a_anyOf_0"] == TEXT
    listed = sent["$defs"]["properties_a_anyOf_1"]
    assert listed == {"type": "array", "items": {"$ref": "#/$defs/properties_a_anyOf_1"}}


@pytest.mark.parametrize("schema", [None, True, [], "object", {"properties": [1]}, {"type": "string"}])
def test_what_is_no_schema_of_an_object_is_an_object_without_arguments(schema: Any) -> None:
    assert repaired_schema(schema) == {"type": "object", "properties": {}}


def test_a_schema_that_is_nested_without_end_is_an_object_without_arguments() -> None:
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"properties": {"a": deep}}

    assert repaired_schema(deep) == {"type": "object", "properties": {}}


def test_the_result_is_a_valid_schema() -> None:
    strange = {
        "$id": "x",
        "required": "a",
        "properties": {"a": {"anyOf": [], "oneOf": [True, None], "not": 5, "type": ["str", "unheard of"]}},
        "patternProperties": [],
        "additionalProperties": "no",
        "minProperties": -1,
        "multipleOf": 0,
        "format": 3,
    }

    jsonschema.Draft202012Validator.check_schema(repaired_schema(strange))
