"""A choice at the root of a schema becomes one object, with the rest of its meaning in words."""

from __future__ import annotations

from typing import Any

import pytest

from memgpt_autogen.tools.mcp.one_object import REFUSED, one_object

TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def form(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


SHAPES = [
    form("kind", "r", kind={"const": "circle"}, r=NUMBER),
    form("kind", "w", kind={"enum": ["box"]}, w=NUMBER),
]


@pytest.mark.parametrize(
    ("schema", "properties", "required", "note"),
    [
        (
            {"properties": {"a": TEXT, "b": TEXT}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            {"a": TEXT, "b": TEXT},
            [],
            "Give at least one of: a; b.",
        ),
        (
            {"oneOf": SHAPES},
            {"kind": {"enum": ["circle", "box"]}, "r": NUMBER, "w": NUMBER},
            ["kind"],
            'Give exactly one of: kind = "circle" and r; kind = "box" and w.',
        ),
        (
            {"allOf": [form("a", a=TEXT), {"$ref": "#/$defs/B"}], "$defs": {"B": form("b", b=NUMBER)}},
            {"a": TEXT, "b": NUMBER},
            ["a", "b"],
            "",
        ),
        ({"anyOf": [form("a", a=TEXT), form("a", a=NUMBER)]}, {"a": {"anyOf": [TEXT, NUMBER]}}, ["a"], ""),
        (
            {**form(a=TEXT, b=TEXT), "not": {"required": ["a", "b"]}},
            {"a": TEXT, "b": TEXT},
            [],
            "Do not give a and b together.",
        ),
        ({**form(a=TEXT), "enum": [{"a": "x"}], "const": {"a": "x"}}, {"a": TEXT}, [], ""),
        ({"$ref": "https://example.org/schema"}, {}, [], ""),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, {}, [], ""),
    ],
    ids=["anyOf", "oneOf", "allOf", "same", "not", "enum", "elsewhere", "circle"],
)
def test_a_choice_becomes_one_object(
    schema: dict[str, Any], properties: dict[str, Any], required: list[str], note: str
) -> None:
    flat, told = one_object(schema)

    assert not flat.keys() & set(REFUSED)
    assert flat["type"] == "object"
    assert flat["properties"] == properties
    assert flat.get("required", []) == required
    assert told == note


def test_other_arguments_are_refused_only_if_every_form_refuses_them() -> None:
    closed = {"additionalProperties": False}
    one, other = form("a", a=TEXT), form("b", b=TEXT)

    assert one_object({"anyOf": [{**one, **closed}, {**other, **closed}]})[0]["additionalProperties"] is False
    assert "additionalProperties" not in one_object({"anyOf": [{**one, **closed}, other]})[0]


def test_a_schema_without_a_choice_stays_as_it_is() -> None:
    schema = {**form("a", a={"anyOf": [TEXT, NUMBER]}), "dependentRequired": {"a": ["b"]}}

    assert one_object(schema) == (schema, "")
