"""A model's arguments get the types that a server wants, and are checked by the choice that it offers."""

from __future__ import annotations

from typing import Any

import pytest

from memgpt_autogen.tools.mcp.arguments import as_typed, choice_checker


@pytest.mark.parametrize(
    ("about", "given", "sent"),
    [
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, 5.0, 5),
        ({"type": "integer"}, "5.5", "5.5"),
        ({"type": "number"}, "5", 5),
        ({"type": "boolean"}, "True", True),
        ({"type": "boolean"}, "yes", "yes"),
        ({"type": "array"}, '["a"]', ["a"]),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"type": "object"}, "[1]", "[1]"),
        ({"anyOf": [{"type": "array"}, {"type": "null"}]}, "[1]", [1]),
        ({"$ref": "#/$defs/N"}, "5", 5),
        ({"enum": [1, 2]}, "1", 1),
        ({"type": "string"}, "5", "5"),
        ({"type": ["string", "integer"]}, "5", "5"),
        ({"type": "string"}, 5, "5"),
        ({"type": "string"}, {"a": 1}, '{"a": 1}'),
        ({}, "5", "5"),
        ({"$ref": "#/$defs/Circle"}, "5", "5"),
        ({"type": "object"}, "[" * 100_000, "[" * 100_000),
    ],
    ids=range(19),
)
def test_arguments_get_the_types_that_a_server_wants(about: Any, given: Any, sent: Any) -> None:
    circle = {"anyOf": [{"$ref": "#/$defs/Circle"}]}
    schema = {"properties": {"a": about}, "$defs": {"N": {"type": "integer"}, "Circle": circle}}

    typed = as_typed({"a": given, "unknown": given}, schema)

    assert (typed["a"], type(typed["a"])) == (sent, type(sent))
    assert typed["unknown"] == given


def test_a_choice_is_checked() -> None:
    error_in = choice_checker({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]})

    assert error_in({"a": 1}) == ""
    assert error_in({"c": 1}) != ""


def test_patterns_are_left_to_the_server() -> None:
    endless = {"type": "string", "pattern": "^(a+)+$"}
    schema = {
        "properties": {"a": endless},
        "patternProperties": {"^(a+)+$": {}},
        "additionalProperties": False,
    }

    assert choice_checker(schema)({"a": f"{'a' * 60}!", f"{'a' * 60}!": 1}) == ""


def test_a_schema_that_cannot_be_used_refuses_nothing() -> None:
    assert choice_checker({"$ref": "https://example.org/schema"})({"a": 1}) == ""
