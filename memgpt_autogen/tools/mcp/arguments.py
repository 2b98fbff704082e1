"""A model's arguments for an MCP tool, as its server wants them."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from memgpt_autogen.tools.mcp.references import resolved

Arguments = dict[str, Any]

MOST_REFERENCES = 10  # a type that only refers to another one, and so on

ERROR_CHARS = 200


def as_typed(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> Arguments:
    """Return the arguments with the types that a schema wants.

    Models write numbers and lists as texts, which most servers refuse, and the other way round.
    """
    properties = schema.get("properties", {})
    return {name: _typed(value, _kinds(properties.get(name), schema)) for name, value in arguments.items()}


def choice_checker(schema: Mapping[str, Any]) -> Callable[[Arguments], str]:
    """Return a function that tells what is wrong with arguments by a schema; empty if they are right.

    Patterns are left to the server, because one of a stranger can take endless time.
    """
    validators: Any = importlib.import_module("jsonschema.validators")
    best_match: Any = importlib.import_module("jsonschema.exceptions").best_match
    registry: Any = importlib.import_module("referencing").Registry()
    base = validators.Draft202012Validator
    others = base.VALIDATORS["additionalProperties"]

    def additional(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        return () if "patternProperties" in schema else others(validator, value, instance, schema)

    ignored = dict.fromkeys(("pattern", "patternProperties"), _nothing)
    kind = validators.extend(base, {**ignored, "additionalProperties": additional})
    validator = kind(schema, registry=registry)

    def error(arguments: Arguments) -> str:
        try:
            found = best_match(validator.iter_errors(arguments))
        except Exception:  # noqa: BLE001 - a schema that cannot be used; the server checks
            return ""
        return "" if found is None else str(found.message)[:ERROR_CHARS]

    return error


def _nothing(*_: Any) -> Iterator[Any]:
    return iter(())


def _kinds(schema: Any, root: Mapping[str, Any], depth: int = 0) -> set[str] | None:
    """Return the types that a value may have; None for any."""
    if not isinstance(schema, Mapping) or depth > MOST_REFERENCES:
        return None
    if "$ref" in schema:
        return _kinds(resolved(root, schema["$ref"]), root, depth + 1)
    if kind := schema.get("type"):
        return {kind} if isinstance(kind, str) else set(kind)
    if isinstance(values := schema.get("enum"), list):
        return {_kind(value) for value in values}
    kinds: set[str] = set()
    for choice in schema.get("anyOf") or schema.get("oneOf") or [None]:  # None: nothing is known
        found = _kinds(choice, root, depth + 1)
        if found is None:
            return None
        kinds |= found
    return kinds


def _typed(value: Any, kinds: set[str] | None) -> Any:
    if kinds is None or _kind(value) in kinds or (_kind(value) == "integer" and "number" in kinds):
        return value
    if isinstance(value, str):
        words = value.strip()
        try:
            meant = json.loads(words.lower() if words in ("True", "False", "None") else words)
        except (ValueError, RecursionError):
            return value
        kind = _kind(meant)
        fits = kind in kinds or (kind == "integer" and "number" in kinds)
        return meant if fits else value
    if isinstance(value, float) and value.is_integer() and "integer" in kinds:
        return int(value)
    if "string" in kinds and value is not None:
        return json.dumps(value, ensure_ascii=False)
    return value


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")
