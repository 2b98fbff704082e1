"""A model client of AgentChat as the model of the agent, with every provider that AgentChat has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from typing import Any, Literal, Optional

from autogen_core import CancellationToken, FunctionCall, Image
from autogen_core.models import (
    AssistantMessage,
    ChatCompletionClient,
    CreateResult,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import ToolSchema

from memgpt_autogen.errors import ModelError
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools, Usage
from memgpt_autogen.llm.wire.errors import to_model_error
from memgpt_autogen.llm.wire.redaction import environment_keys
from memgpt_autogen.messages import ToolCall, WireMessage

SOURCE = "memgpt"


class ChatClientLLM:
    """Asks a `ChatCompletionClient`, on the event loop of the run: its connections belong to that loop."""

    def __init__(self, client: ChatCompletionClient) -> None:
        self.client = client
        self.model = _name_of(client)
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._token = CancellationToken()

    def begin(self, token: CancellationToken) -> None:
        """Use the running loop from now on. The token cancels what is asked in this run."""
        self._loop, self._token = asyncio.get_running_loop(), token

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        work = self.client.create(
            [*_llm_messages(messages)],
            tools=[_schema(tool) for tool in tools],
            tool_choice=_choice(tool_choice),
            cancellation_token=self._token,
        )
        try:
            if self._loop is not None and self._loop.is_running():
                return _completion(asyncio.run_coroutine_threadsafe(work, self._loop).result())
            return _completion(asyncio.run(work))
        except (CancelledError, asyncio.CancelledError) as error:
            raise ModelError(f"the request to model '{self.model}' was cancelled.") from error
        except Exception as error:
            raise to_model_error(error, self.model, None, environment_keys()) from error


def _name_of(client: ChatCompletionClient) -> str:
    """Return the model's name, on which its window depends; its family where the client does not tell it."""
    try:
        named = client.dump_component().config.get("model")
    except Exception:  # noqa: BLE001 - a client of the user's own need not be a component
        named = None
    return str(named or client.model_info.get("family") or "unknown")


def _llm_messages(messages: Messages) -> Iterator[LLMMessage]:
    names: dict[str, str] = {}
    results: list[FunctionExecutionResult] = []
    for message in messages:
        if message["role"] == "tool":
            id_ = str(message.get("tool_call_id"))
            name = names.get(id_, "unknown")
            results.append(FunctionExecutionResult(content=str(message["content"]), name=name, call_id=id_))
            continue
        if results:
            yield FunctionExecutionResultMessage(content=results)
            results = []
        names.update({call["id"]: call["function"]["name"] for call in message.get("tool_calls") or ()})
        yield _llm_message(message)
    if results:
        yield FunctionExecutionResultMessage(content=results)


def _llm_message(message: WireMessage) -> LLMMessage:
    content = message.get("content") or ""
    if message["role"] == "system":
        return SystemMessage(content=str(content))
    if message["role"] == "user":
        shown = [_part(part) for part in content] if isinstance(content, list) else content
        return UserMessage(content=shown, source="user")
    calls = [_function_call(call) for call in message.get("tool_calls") or ()]
    if calls:
        return AssistantMessage(content=calls, thought=str(content) or None, source=SOURCE)
    return AssistantMessage(content=str(content), source=SOURCE)


def _function_call(call: Mapping[str, Any]) -> FunctionCall:
    return FunctionCall(call["id"], call["function"]["arguments"], call["function"]["name"])


def _part(part: Mapping[str, Any]) -> str | Image:
    if part.get("type") != "image_url":
        return str(part.get("text", ""))
    address = part["image_url"]["url"]
    if address.startswith("data:"):
        return Image.from_base64(address.partition(",")[2])
    return f"[image: {address}]"  # AgentChat has no images by address


def _schema(tool: Mapping[str, Any]) -> ToolSchema:
    about = tool["function"]
    parameters: Any = about.get("parameters") or {"type": "object", "properties": {}}
    description = about.get("description") or ""
    return ToolSchema(name=about["name"], description=description, parameters=parameters, strict=False)


def _choice(choice: ToolChoice) -> Literal["auto", "required", "none"]:
    if choice in ("required", "none"):
        return "required" if choice == "required" else "none"
    return "auto" if choice in (None, "auto") else "required"


def _completion(result: CreateResult) -> Completion:
    usage = Usage(result.usage.prompt_tokens, result.usage.completion_tokens)
    thought = result.thought or ""
    if isinstance(result.content, str):
        reason = "length" if result.finish_reason == "length" else "stop"
        return Completion(result.content, (), usage, reason, thought)
    calls = tuple(ToolCall(call.id, call.name, call.arguments) for call in result.content)
    return Completion("", calls, usage, "tool_calls", thought)
