"""A server's schema in a form that all engines accept.

An engine refuses the whole request for one schema that it does not like, also if nobody calls that tool:

- OpenAI: a list without the schema of its items, and `true` in place of a schema
- Anthropic, Bedrock: keywords in the forms of older drafts, such as `"exclusiveMinimum": true`
- llama.cpp, and so Ollama and LM Studio: patterns that are not anchored or have classes such as `\\d`, bounds
  that repeat a rule very often, references that lead into a list or out of the schema

What cannot be sent as a keyword is told in the description.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from memgpt_autogen.tools.mcp.references import free_name, resolved

Schema = dict[str, Any]

TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")

# what people write for a type
MEANT_TYPES = {
    "str": "string",
    "text": "string",
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "bool": "boolean",
    "dict": "object",
    "map": "object",
    "list": "array",
}

# keywords with one schema, a list of them, or one for each name
ONE = ("items", "not", "if", "then", "else", "contains", "propertyNames")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
BY_NAME = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
OTHERS = ("additionalProperties", "unevaluatedProperties", "unevaluatedItems")

NUMBERS = ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum")
COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
TEXTS = ("description", "title", "format", "pattern", "$comment")

# they change what a reference means, name a draft, or are read with another keyword
DROPPED = (
    "additionalItems",
    "$schema",
    "$id",
    "id",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$vocabulary",
    "$recursiveRef",
)

# llama.cpp refuses 2,000 repetitions, and multiplies those of a list and of the texts in it
MOST_REPEATED = 40
REPEATING = ("minLength", "maxLength", "minItems", "maxItems")

LONGEST_TOLD = 200  # characters of a keyword that is told in the description

# anchored, with neither classes nor groups that a grammar does not know, and without long repetitions
_GRAMMATICAL = re.compile(
    r"\^(?:[A-Za-z0-9 _@:/,;=<>#%&!~'^.*+?|\[\])-]|\((?!\?)|\{[0-9]{1,2}(?:,[0-9]{0,2})?\}|\\[^A-Za-z0-9])*\$"
)


def repaired_schema(schema: Any) -> Schema:
    """Return a valid schema of an object, with the same meaning where it can be kept."""
    try:
        repairing = _Repairing(schema if isinstance(schema, Mapping) else {})
        root = repairing.schema(repairing.root)
    except RecursionError:
        root, repairing = {}, _Repairing({})
    if repairing.lifted:
        root["$defs"] = {**root.get("$defs", {}), **repairing.lifted}
    root["type"] = "object"
    root.pop("items", None)
    root.setdefault("properties", {})
    return root


class _Repairing:
    """The repair of one schema."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = dict(root)
        self.lifted: dict[str, Schema] = {}
        """Definitions of what is referred to elsewhere in the schema."""
        self._names: dict[str, str] = {}
        self._keywords: dict[str, Callable[[str, Any, Mapping[str, Any]], Schema]] = {
            **dict.fromkeys(BY_NAME, self._named),
            **dict.fromkeys(LISTS, self._listed),
            **dict.fromkeys(ONE, self._one),
            **dict.fromkeys(OTHERS, self._other),
            **dict.fromkeys(NUMBERS, _number),
            **dict.fromkeys(COUNTS, _count),
            **dict.fromkeys(TEXTS, _text),
            **dict.fromkeys(DROPPED, _nothing),
            "items": self._items,
            "$ref": self._referring,
            "type": _types,
            "required": _required,
            "enum": _values,
        }

    def schema(self, schema: Any) -> Schema:
        if not isinstance(schema, Mapping):
            return {"not": {}} if schema is False else {}
        repaired: Schema = {}
        required: list[str] = []
        for key, value in schema.items():
            known = self._keywords.get(key)
            parts = {key: value} if known is None else known(key, value, schema)
            required += parts.pop("required", ())
            repaired |= parts
        if required:
            repaired["required"] = list(dict.fromkeys(required))
        if told := [f"{key}: {value}" for key, value in schema.items() if _has_to_be_told(key, value)]:
            repaired["description"] = f"{repaired.get('description', '')} ({'; '.join(told)})".strip()
        types = repaired.get("type")
        if "array" in (types if isinstance(types, list) else [types]):
            repaired.setdefault("items", {})
        return repaired

    def _named(self, key: str, value: Any, _: Mapping[str, Any]) -> Schema:
        if not isinstance(value, Mapping):
            return {}
        required: list[str] = []
        if key == "properties":
            required = [name for name, each in value.items() if _says_required(each)]
            if isinstance(listed := value.get("required"), list):  # it was written one level too deep
                required += [name for name in listed if isinstance(name, str)]
                value = {name: each for name, each in value.items() if name != "required"}
            value = {name: each for name, each in value.items() if each is not False}
        return {key: {str(name): self.schema(each) for name, each in value.items()}, "required": required}

    def _listed(self, key: str, value: Any, _: Mapping[str, Any]) -> Schema:
        return {key: [self.schema(each) for each in value]} if isinstance(value, list) and value else {}

    def _one(self, key: str, value: Any, _: Mapping[str, Any]) -> Schema:
        return {key: self.schema(value)}

    def _items(self, key: str, value: Any, schema: Mapping[str, Any]) -> Schema:
        if not isinstance(value, list):
            return {key: self.schema(value)}
        rest = schema.get("additionalItems", True)  # the older form of a list with a schema for each place
        most = {"maxItems": len(value)} if rest is False and "maxItems" not in schema else {}
        places = [self.schema(each) for each in value]
        return {"prefixItems": places, key: self.schema(rest) if isinstance(rest, Mapping) else {}} | most

    def _other(self, key: str, value: Any, _: Mapping[str, Any]) -> Schema:
        if isinstance(value, bool):
            return {key: value}
        return {key: self.schema(value)} if isinstance(value, Mapping) else {}

    def _referring(self, key: str, value: Any, _: Mapping[str, Any]) -> Schema:
        reference = self._reference(value)
        return {} if reference is None else {key: reference}

    def _reference(self, reference: Any) -> str | None:
        """Return a reference that leads to a definition or to the whole; None if it leads nowhere."""
        if reference == "#":
            return "#"
        target = resolved(self.root, reference)
        if target is None:
            return None
        if re.fullmatch(r"#/(?:\$defs|definitions)/[^/]*", reference):
            return str(reference)
        if reference not in self._names:
            plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", reference).strip("_")
            defined = self.root.get("$defs")
            taken = {*(defined if isinstance(defined, Mapping) else ()), *self._names.values()}
            self._names[reference] = name = free_name(plain, taken)
            self.lifted[name] = self.schema(target)
        return f"#/$defs/{self._names[reference]}"


def _types(key: str, value: Any, _: Mapping[str, Any]) -> Schema:
    given = value if isinstance(value, list) else [value]
    meant = [MEANT_TYPES.get(each.lower(), each.lower()) for each in given if isinstance(each, str)]
    known = list(dict.fromkeys(each for each in meant if each in TYPES))
    if not known or len(known) < len(set(meant)):  # an unknown one can be anything
        return {}
    return {key: known if len(known) > 1 else known[0]}


def _required(key: str, value: Any, _: Mapping[str, Any]) -> Schema:
    return {key: [name for name in value if isinstance(name, str)]} if isinstance(value, list) else {}


def _values(key: str, value: Any, _: Mapping[str, Any]) -> Schema:
    return {key: value} if isinstance(value, list) and value else {}


def _number(key: str, value: Any, schema: Mapping[str, Any]) -> Schema:
    if not _is_number(value) or (key == "multipleOf" and value <= 0):
        return {}
    beyond = f"exclusive{key.capitalize()}"
    return {beyond if schema.get(beyond) is True else key: value}  # the form of draft 4


def _count(key: str, value: Any, _: Mapping[str, Any]) -> Schema:
    fits = _is_number(value) and value >= 0 and not _has_to_be_told(key, value)
    return {key: int(value)} if fits else {}


def _text(key: str, value: Any, _: Mapping[str, Any]) -> Schema:
    fits = isinstance(value, str) and (key != "pattern" or _GRAMMATICAL.fullmatch(value))
    return {key: value} if fits else {}


def _nothing(*_: Any) -> Schema:
    return {}


def _has_to_be_told(key: str, value: Any) -> bool:
    """Return whether this is for the description, because llama.cpp would refuse it."""
    if key in REPEATING:
        return _is_number(value) and bool(value > MOST_REPEATED)
    if key != "pattern" or not isinstance(value, str) or len(value) > LONGEST_TOLD:
        return False
    return not _GRAMMATICAL.fullmatch(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _says_required(schema: Any) -> bool:
    """Return whether this is an argument that is required in the form of draft 3."""
    return isinstance(schema, Mapping) and schema.get("required") is True
