"""The brief form of the offered functions, for a window in which the full form leaves little room.

It has fewer functions, fewer arguments, and only the first sentence of each description. Functions that
are not offered still work when they are called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.text.safe import cut_at_word
from memgpt_autogen.tools.tool import HEARTBEAT, THOUGHTS

# what the other functions can do too
NOT_OFFERED = ("conversation_search_date", "timeline", "memory_insert", "memory_rethink")

# What the smallest windows can do without: recall finds everything that was said, the prompt names
# sources, and `archival_memory_search` finds what is in them.
NOT_IN_LEAST = ("archival_memory_insert", "list_sources", "search_source")

# The arguments of our functions that stay. A turn that owes an answer continues after an edit without a
# request.
KEPT = {
    "core_memory_append": ("label", "content"),
    "core_memory_replace": ("label", "old_content", "new_content"),
    "conversation_search": ("query", "page", HEARTBEAT),
    "archival_memory_insert": ("content", HEARTBEAT),
    "archival_memory_search": ("query", "page", HEARTBEAT),
    "list_sources": (HEARTBEAT,),
    "search_source": ("source", "query", HEARTBEAT),
    "open_source": ("source", "start", "page", HEARTBEAT),
}

# keywords of a schema that do not say what to send
EXPLAINING = ("description", "title", "default", "examples")

# keywords with a schema for each name, and such that contain names or values but no schema
BY_NAME = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas", "dependencies")
DATA = ("enum", "const", "required", "dependentRequired")

# A schema of what is not named otherwise says what the values of a map are; true and false say only whether
# there may be such values, which is checked anyway.
OTHERS = ("additionalProperties", "unevaluatedProperties")

# the most characters of a description
LONGEST = 120


def briefed(tools: Sequence[ToolSchema], *, least: bool = False) -> list[ToolSchema]:
    """Return the schemas in brief: the agent's own, the developer's and those that someone else executes.

    `least` leaves out more of ours, for a window in which even these are long.
    """
    left_out = (*NOT_OFFERED, *NOT_IN_LEAST) if least else NOT_OFFERED
    return [_brief(tool["function"]) for tool in tools if tool["function"]["name"] not in left_out]


def _brief(function: Mapping[str, Any]) -> ToolSchema:
    name = function["name"]
    parameters = _bare(function.get("parameters") or {"type": "object", "properties": {}})
    properties = parameters.get("properties", {})
    kept = KEPT.get(name, tuple(properties))
    parameters["properties"] = {
        key: value for key, value in properties.items() if key in kept and key != THOUGHTS
    }
    if not parameters.get("required"):
        parameters.pop("required", None)
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": _first_sentence(function.get("description") or ""),
            "parameters": parameters,
        },
    }


def _bare(schema: Any) -> Any:
    """Return a JSON schema without keywords that only explain. The names of properties are no keywords."""
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    bare: dict[str, Any] = {}
    for key, value in schema.items():
        if key in EXPLAINING:
            continue
        if key in BY_NAME and isinstance(value, Mapping):
            bare[key] = {name: _bare(inner) for name, inner in value.items()}
        elif key in DATA:
            bare[key] = value
        elif key not in OTHERS or (isinstance(value, Mapping) and _bare(value)):
            bare[key] = _bare(value)
    return bare


def _first_sentence(description: str) -> str:
    sentence = re.split(r"(?<=[.!?])\s", description.strip(), maxsplit=1)[0]
    return cut_at_word(sentence, LONGEST)
