"""The shape of a reply: what a `response_format` demands of the words that an agent says."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.definitions import definitions_at_root
from memgpt_autogen.llm.protocols import ToolSchema

# the most errors of one reply that a model reads
MOST_ERRORS = 5

Error = tuple[Iterable[Any], str]
"""Where a reply is wrong, and how."""


@dataclass(frozen=True, slots=True)
class ReplyShape:
    """What a reply must be like."""

    schema: Mapping[str, Any]
    """Its JSON schema."""
    _checked: Callable[[Any], str]

    @classmethod
    def read(cls, response_format: Any) -> ReplyShape | None:
        """Return the shape that a `response_format` demands; None where it demands none.

        It is a pydantic model or another type, a JSON schema, or one of the chat API's forms.
        """
        if response_format is None or response_format == {"type": "text"}:
            return None
        if not isinstance(response_format, Mapping):
            return _of_type(response_format)
        inner = response_format.get("json_schema")
        if response_format.get("type") == "json_schema" and isinstance(inner, Mapping):
            return _of_schema(dict(inner.get("schema") or {"type": "object"}))
        if response_format.get("type") == "json_object":
            return _of_schema({"type": "object"})
        return _of_schema(dict(response_format))

    def text(self, reply: Any) -> str:
        """Return the text of a reply that has the shape: a JSON value, or the text of one.

        Raises `ValueError`, with what is wrong for the model, where it does not have the shape.
        """
        if isinstance(reply, str):
            try:
                reply = json.loads(_unfenced(reply))
            except (ValueError, RecursionError):
                raise ValueError("it is not JSON") from None
        return self._checked(reply)

    def offered(self, schema: ToolSchema, argument: str) -> ToolSchema:
        """Return the schema of a function whose `argument` takes the reply."""
        function = schema["function"]
        parameters = function["parameters"]
        properties = {**parameters["properties"], argument: dict(self.schema)}
        shaped = definitions_at_root({**parameters, "properties": properties})
        return {**schema, "function": {**function, "parameters": shaped}}

    def instructions(self) -> str:
        """Return what a model is told that answers in plain text."""
        schema = json.dumps(self.schema, ensure_ascii=False)
        return f"Your answer is JSON of this JSON schema, and nothing else:\n{schema}"


def _of_type(type_: Any) -> ReplyShape:
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(type_)
        schema = adapter.json_schema()
    except Exception as error:
        raise ConfigurationError(
            f"response_format is {type_!r:.80}, which is no type with a JSON schema: {error}. Give a "
            "pydantic model, or a JSON schema."
        ) from error

    def checked(value: Any) -> str:
        try:
            reply = adapter.validate_json(json.dumps(value))
        except ValidationError as error:
            raise ValueError(_listed((each["loc"], each["msg"]) for each in error.errors())) from None
        formatted = getattr(reply, "format", None)  # as AutoGen's clients do
        return str(formatted()) if callable(formatted) else adapter.dump_json(reply).decode()

    return ReplyShape(schema, checked)


def _of_schema(schema: dict[str, Any]) -> ReplyShape:
    try:
        validators: Any = importlib.import_module("jsonschema.validators")
    except ImportError:
        validators = None
    validator = None if validators is None else validators.validator_for(schema)(schema)

    def checked(value: Any) -> str:
        errors: list[Error]
        if validator is not None:
            errors = [(each.absolute_path, each.message) for each in validator.iter_errors(value)]
        elif schema.get("type") == "object" and not isinstance(value, Mapping):
            errors = [((), "it is not an object")]
        else:  # without the library, only what is missing is found
            keys = schema.get("required") or () if isinstance(value, Mapping) else ()
            errors = [((key,), "it is missing") for key in keys if key not in value]
        if found := _listed(errors):
            raise ValueError(found)
        return json.dumps(value, ensure_ascii=False)

    return ReplyShape(schema, checked)


def _listed(errors: Iterable[Error]) -> str:
    found = [f"{'.'.join(map(str, place)) or 'the whole'}: {message[:200]}" for place, message in errors]
    more = f"; and {len(found) - MOST_ERRORS} more" if len(found) > MOST_ERRORS else ""
    return "; ".join(found[:MOST_ERRORS]) + more


def _unfenced(text: str) -> str:
    """Return the text without the fence of a code block, which models like to put around JSON."""
    lines = text.strip().split("\n")
    fenced = len(lines) > 2 and lines[0].startswith("```") and lines[-1].strip() == "```"
    return "\n".join(lines[1:-1]) if fenced else text
