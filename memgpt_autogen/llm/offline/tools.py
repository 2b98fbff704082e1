"""The offered functions, and calls that fit their schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from memgpt_autogen.llm.protocols import ToolSchema

OWN_TOOLS = frozenset(
    [
        "send_message",
        "core_memory_append",
        "core_memory_replace",
        "memory_insert",
        "memory_rethink",
        "conversation_search",
        "conversation_search_date",
        "archival_memory_insert",
        "archival_memory_search",
        "pause_heartbeats",
    ]
)
"""MemGPT's functions; all others are the developer's."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A function that the model may call."""

    name: str
    description: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    def takes(self, argument: str) -> bool:
        return argument in self.properties

    def arguments(self, wanted: Mapping[str, Any], optional: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the arguments of a call; None when `wanted` does not fit or a required one is missing.

        Of `optional` whatever fits is taken.
        """
        if not all(self.takes(name) and fits(value, self.properties[name]) for name, value in wanted.items()):
            return None
        extra = {
            name: value
            for name, value in optional.items()
            if name not in wanted and self.takes(name) and fits(value, self.properties[name])
        }
        chosen = {**wanted, **extra}
        return chosen if set(self.required) <= set(chosen) else None

    def some_arguments(self, text: str, thought: str) -> dict[str, Any]:
        """Return arguments for a call that is demanded; they fit as far as the schema is understood."""
        chosen = {
            name: thought if name == "inner_thoughts" else filler(self.properties.get(name), text)
            for name in self.required
        }
        if self.takes("message") and fits(text, self.properties["message"]):
            chosen["message"] = text
        return chosen


def offered(tools: Sequence[ToolSchema]) -> dict[str, Offered]:
    """Return the functions by name; schemas that cannot be read are left out."""
    found: dict[str, Offered] = {}
    for tool in tools:
        function = tool.get("function") if isinstance(tool, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(name := function.get("name"), str):
            continue
        parameters = function.get("parameters")
        parameters = parameters if isinstance(parameters, Mapping) else {}
        properties = parameters.get("properties")
        required = parameters.get("required")
        found[name] = Offered(
            name,
            str(function.get("description") or ""),
            properties if isinstance(properties, Mapping) else {},
            tuple(r for r in required if isinstance(r, str)) if isinstance(required, list) else (),
        )
    return found


def types_of(schema: Any) -> tuple[str, ...]:
    """Return the JSON types that a schema allows; empty when it allows any."""
    if not isinstance(schema, Mapping):
        return ()
    for key in ("anyOf", "oneOf"):
        if isinstance(choices := schema.get(key), list):
            return tuple(kind for choice in choices for kind in types_of(choice))
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    return tuple(k for k in kinds if isinstance(k, str))


def fits(value: Any, schema: Any) -> bool:
    """Return whether a value has one of the schema's types and is one of its choices."""
    if isinstance(schema, Mapping):
        if isinstance(choices := schema.get("enum"), list) and value not in choices:
            return False
        if "const" in schema and value != schema["const"]:
            return False
    kinds = types_of(schema)
    return not kinds or any(_is(value, kind) for kind in kinds)


def filler(schema: Any, text: str) -> Any:
    """Return a value that fits: `text` for a string, otherwise the simplest one."""
    if isinstance(schema, Mapping):
        if isinstance(choices := schema.get("enum"), list) and choices:
            return choices[0]
        if "const" in schema:
            return schema["const"]
    kinds = types_of(schema)
    if not kinds or "string" in kinds:
        return text
    simplest: dict[str, Any] = {"boolean": False, "array": [], "object": {}, "null": None}
    return simplest.get(kinds[0], 0)


def _is(value: Any, kind: str) -> bool:
    if kind in ("integer", "number"):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (kind == "number" and isinstance(value, float))
    python = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}
    return isinstance(value, python.get(kind, object))
