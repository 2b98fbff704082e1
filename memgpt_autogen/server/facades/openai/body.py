"""The body of a request for a chat completion. What we do not know is ignored: clients send much."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Optional

from pydantic import BaseModel, ConfigDict, Field

from memgpt_autogen.server.facades.openai.errors import RequestError
from memgpt_autogen.service.schemas.runs import check_tool

MOST_TOOLS = 128

MOST_MESSAGES = 10_000


class ChatBody(BaseModel):
    """A request for a chat completion."""

    model_config = ConfigDict(extra="allow")

    model: Annotated[str, Field(min_length=1, max_length=256)]
    messages: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: Optional[bool] = None
    stream_options: Any = None
    n: Any = None
    logprobs: Any = None
    top_logprobs: Any = None
    tools: Any = None
    tool_choice: Any = None
    functions: Any = None
    """Tools in the older form."""
    function_call: Any = None
    temperature: Any = None
    top_p: Any = None
    max_tokens: Any = None
    max_completion_tokens: Any = None
    user: Any = None
    metadata: Any = None
    response_format: Any = None
    include_thoughts: Any = None
    """Whether the answer has the agent's thoughts and its own calls, as `reasoning_content`."""

    @property
    def has_old_form(self) -> bool:
        """Whether the client knows only functions, the older form of tools."""
        return bool(self.functions) and not self.tools

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        options = self.stream_options
        return isinstance(options, Mapping) and options.get("include_usage") is True

    def wants_thoughts(self, usual: bool) -> bool:  # noqa: FBT001 - what the key has
        """Return whether the answer has thoughts; `usual` counts where the request does not say."""
        return self.include_thoughts if isinstance(self.include_thoughts, bool) else usual

    def answer_form(self) -> str:
        """Return what the model is told of the form that the client wants; nothing checks the answer.

        A client's schema may ask for other addresses, or have patterns that take forever.
        """
        wanted = self.response_format if isinstance(self.response_format, Mapping) else {}
        named = wanted.get("json_schema")
        if wanted.get("type") == "json_schema" and isinstance(named, Mapping) and named.get("schema"):
            schema = json.dumps(named["schema"], ensure_ascii=False)
            return (
                f"What you say in this turn is one JSON text of this JSON schema, and nothing else:\n{schema}"
            )
        if wanted.get("type") in ("json_object", "json_schema"):
            return "What you say in this turn is one JSON object, and nothing else."
        return ""

    def given_metadata(self, name: str) -> Any:
        return self.metadata.get(name) if isinstance(self.metadata, Mapping) else None

    def check(self) -> None:
        """Raise `RequestError` for what an agent cannot do, and would not be noticed."""
        if self.n not in (None, 1):
            raise RequestError(f"n is {self.n!r:.40}, and an agent answers once. Leave it out.", param="n")
        for name in ("logprobs", "top_logprobs"):
            if getattr(self, name) not in (None, False, 0):
                raise RequestError(f"an agent has no {name}. Leave it out.", param=name)

    def client_tools(self) -> list[dict[str, Any]]:
        """Return the functions that the client runs, in the newer form."""
        name = "functions" if self.has_old_form else "tools"
        if (self.function_call if self.has_old_form else self.tool_choice) == "none":
            return []
        in_form = _in_newer_form if self.has_old_form else _as_it_is
        return checked_tools(getattr(self, name), name, in_form)

    def sampling(self) -> dict[str, float]:
        """Return the parameters that the steps of the turn get."""
        return sampling_of(self.temperature, self.top_p, self.max_completion_tokens, self.max_tokens)


def checked_tools(given: Any, name: str, in_form: Callable[[Any, str], Any]) -> list[dict[str, Any]]:
    """Return functions of a request's field in the chat API's form, which `in_form` gives one and its place.

    Raises `RequestError` for what is no function.
    """
    if not isinstance(given or [], list) or len(given or []) > MOST_TOOLS:
        raise RequestError(f"{name} must be a list of at most {MOST_TOOLS} functions.", param=name)
    found = []
    for place, each in enumerate(given or []):
        param = f"{name}[{place}]"
        tool = in_form(each, param)
        try:
            check_tool(tool)
        except ValueError as error:
            raise RequestError(f"{param}: {error}.", param=param) from None
        found.append(tool)
    return found


def sampling_of(temperature: Any, top_p: Any, *limits: Any) -> dict[str, float]:
    """Return the parameters that the steps of a turn get. Clients write -1 or 0 for no limit."""
    limit = next(filter(None, map(_number, limits)), None)
    found = {
        "temperature": _number(temperature),
        "top_p": _number(top_p),
        "max_tokens": int(limit) if limit is not None and limit >= 1 else None,
    }
    return {name: value for name, value in found.items() if value is not None and value >= 0}


def _in_newer_form(function: Any, param: str) -> Any:  # noqa: ARG001 - the form of `checked_tools`
    return {"type": "function", "function": function}


def _as_it_is(tool: Any, param: str) -> Any:  # noqa: ARG001 - the form of `checked_tools`
    return tool


def _number(value: Any) -> Optional[float]:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value
