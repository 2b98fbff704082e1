"""OpenAI's Responses API behind AutoGen's clients for it: a prompt as items, and a chain of responses.

AutoGen's clients leave the calls out of a prompt and send only their outputs. They also chain each request to
the last response, whatever it answered. The endpoint refuses an output without its call, and a chain whose
calls are not answered. Here a request is chained to a response only if its prompt continues that response;
otherwise it has the whole prompt, with the calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.llm.asking import MOST_SECONDS
from memgpt_autogen.llm.wire.chat import get_field
from memgpt_autogen.messages import WireMessage

# the names under which AutoGen's two clients keep the id of the last response
CHAINED = ("previous_response_id", "_previous_response_id")

# the answers of an endpoint that does not have the response any more, or cannot continue it
NOT_CONTINUED = (400, 404)

Item = dict[str, Any]
"""An item of a request's `input`."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered."""

    messages: Sequence[WireMessage]
    response_id: str
    calls: frozenset[str]
    """The ids of the response's calls."""


class ResponsesChain:
    """Sends the prompts of one of AutoGen's clients for this API. It replaces the client's `create`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._create: Callable[[dict[str, Any]], Any] = client.create
        self._last: Answered | None = None
        self._lock = Lock("a model's responses", seconds=MOST_SECONDS)
        client.create = self.create

    def create(self, params: Mapping[str, Any]) -> Any:
        if params.get("messages") is None or "input" in params:
            return self._create(dict(params))
        request = {name: value for name, value in params.items() if name != "messages"}
        if isinstance(choice := request.get("tool_choice"), Mapping) and "function" in choice:
            request["tool_choice"] = {"type": "function", "name": choice["function"]["name"]}
        messages: Sequence[WireMessage] = params["messages"]
        with self._lock:  # the client keeps the id of its last response
            last = None if request.get("store") is False else self._last
            following = None if last is None else _following(last, messages)
            if last is not None and following:
                chained = {**request, "input": following, "previous_response_id": last.response_id}
                try:
                    return self._ask(chained, messages)
                except Exception as error:
                    if getattr(error, "status_code", None) not in NOT_CONTINUED:
                        raise
            return self._ask({**request, "input": list(_items(messages))}, messages)

    def _ask(self, request: dict[str, Any], messages: Sequence[WireMessage]) -> Any:
        self._last = None
        kept = next(name for name in CHAINED if hasattr(self._client, name))
        setattr(self._client, kept, None)
        response = self._create(request)
        response_id = getattr(self._client, kept)
        if response_id:
            message = next(iter(self._client.message_retrieval(response)), None)
            calls = get_field(message, "tool_calls") or ()
            self._last = Answered(
                messages, str(response_id), frozenset(str(get_field(c, "id")) for c in calls)
            )
        setattr(self._client, kept, None)
        return response


def keep_chains(client: Any) -> None:
    """Send the prompts of this client as items, if it is one of AutoGen's for the Responses API."""
    if "Responses" in type(client).__name__ and any(hasattr(client, name) for name in CHAINED):
        ResponsesChain(client)


def _following(last: Answered, messages: Sequence[WireMessage]) -> list[Item] | None:
    """Return what follows the response in this prompt; None where the prompt does not continue it."""
    start = len(last.messages)
    answer, rest = messages[start : start + 1], messages[start + 1 :]
    if not answer or answer[0]["role"] != "assistant" or list(messages[:start]) != list(last.messages):
        return None
    shown = {call["id"] for call in answer[0].get("tool_calls") or ()}
    answered = {message["tool_call_id"] for message in rest if message["role"] == "tool"}
    if not last.calls <= shown & answered:
        return None
    # the loop shows a plain text as a call of `send_message`, which the response does not have
    added = shown - last.calls
    return list(_items([message for message in rest if message.get("tool_call_id") not in added]))


def _items(messages: Sequence[WireMessage]) -> Iterator[Item]:
    """Yield messages of the chat API as items of the Responses API."""
    for message in messages:
        role, content = message["role"], message.get("content")
        if role == "tool":
            yield {
                "type": "function_call_output",
                "call_id": message["tool_call_id"],
                "output": content if isinstance(content, str) else str(content),
            }
            continue
        parts = (
            content if isinstance(content, list) else [{"type": "text", "text": content}] if content else []
        )
        if parts:
            yield {"role": role, "content": [_part(part, role) for part in parts]}
        for call in message.get("tool_calls") or ():
            function = call["function"]
            yield {
                "type": "function_call",
                "call_id": call["id"],
                "name": function["name"],
                "arguments": function["arguments"],
            }


def _part(part: Mapping[str, Any], role: str) -> Item:
    if part.get("type") == "image_url":
        image = part["image_url"]
        return {"type": "input_image", "image_url": image["url"] if isinstance(image, Mapping) else image}
    return {
        "type": "output_text" if role == "assistant" else "input_text",
        "text": str(part.get("text") or ""),
    }
