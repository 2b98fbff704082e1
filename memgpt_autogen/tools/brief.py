"""The brief form of what a model is offered, for a window in which the full form leaves little room for a conversation.

Fewer functions, fewer arguments and no more than the first sentence of a description. The functions that are not offered
still work when they are called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from memgpt_autogen.llm.protocols import ToolSchema
from memgpt_autogen.tools.tool import HEARTBEAT, THOUGHTS

NOT_OFFERED = ("conversation_search_date", "memory_insert", "memory_rethink")
"""What the other functions can do as well."""

NOT_IN_LEAST = ("archival_memory_insert", "list_sources", "search_source")
"""What recall makes good in the smallest windows: everything that was said can be found there; the prompt names sources, and
`archival_memory_search` finds what is in them.
"""

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
"""The arguments that stay of our functions. A turn that owes an answer goes on after an edit without being asked to."""

EXPLAINING = ("description", "title", "default", "examples", "additionalProperties")
"""Keywords of a schema that say nothing about what to send, or what is checked in any case."""

LONGEST = 120
"""The most characters of a description."""


def briefed(tools: Sequence[ToolSchema], *, least: bool = False) -> list[ToolSchema]:
    """The schemas in brief: the agent's own, the developer's and those that someone else executes.

    `least` leaves out one more of ours, for a window in which even these are long.
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
    """A JSON schema without what only explains; the names of properties are not to be taken for keywords."""
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
