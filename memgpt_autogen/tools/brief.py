"""The brief form of the offered functions, for a window in which the full form leaves little room.

It has fewer functions, fewer arguments, and only the first sentence of each description. Functions that
are not offered still work when they are called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.tools.tool import HEARTBEAT, THOUGHTS

# what the other functions can do too
NOT_OFFERED = ("conversation_search_date", "memory_insert", "memory_rethink")

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

# keywords of a schema that do not say what to send, or that are checked anyway
EXPLAINING = ("description", "title", "default", "examples", "additionalProperties")

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
    return {
        key: {name: _bare(inner) for name, inner in value.items()}
        if key in ("properties", "$defs", "definitions") and isinstance(value, Mapping)
        else value
        if key in ("enum", "const", "required")
        else _bare(value)
        for key, value in schema.items()
        if key not in EXPLAINING
    }


def _first_sentence(description: str) -> str:
    sentence = re.split(r"(?<=[.!?])\s", description.strip(), maxsplit=1)[0]
    return sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST - 1]}…"
