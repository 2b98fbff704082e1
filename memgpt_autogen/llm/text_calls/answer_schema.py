"""The JSON schema of an answer in the plain protocol: a call of one of the functions that are offered."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.llm.definitions import Definitions
from memgpt_autogen.llm.protocols import ResponseFormat, Tools, ToolSchema
from memgpt_autogen.llm.text_calls.heard import HEARD
from memgpt_autogen.llm.text_calls.plain_prompt import function_name, offered_properties

THOUGHT_CHARS = 200  # of a thought; small models do not end one by themselves


def answer_format(kind: str, tools: Tools) -> ResponseFormat:
    """Return the `response_format` of a request; None for the kind `none`."""
    if kind == "json_object":
        return {"type": "json_object"}
    if kind == "none":
        return None
    root = Definitions()
    schemas = [_answer_schema(tool, root) for tool in tools]
    schema: dict[str, Any] = {"anyOf": schemas} if len(schemas) > 1 else schemas[0]
    if root.schemas:
        schema["$defs"] = root.schemas
    return {"type": "json_schema", "json_schema": {"name": "step", "schema": schema}}


def _answer_schema(tool: ToolSchema, root: Definitions) -> dict[str, Any]:
    """Return the schema of an answer that calls this function."""
    parameters = dict(tool["function"].get("parameters") or {"type": "object"})
    properties = offered_properties(tool)
    required = [name for name in parameters.get("required", ()) if name in properties]
    arguments = {**parameters, "properties": properties, "required": required, "additionalProperties": False}
    return {
        "type": "object",
        "properties": {
            "heard": {"enum": [*HEARD]},
            "thought": {"type": "string", "maxLength": THOUGHT_CHARS},
            "function": {"const": function_name(tool)},
            "arguments": root.lift(arguments, function_name(tool)),
        },
        "required": ["heard", "thought", "function", "arguments"],
        "additionalProperties": False,
    }
