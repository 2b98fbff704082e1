"""A streamed answer, put together from its pieces, as OpenAI and other servers send them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.wire.chat import arguments_json, content_text, get_field, read_answer, thought_text


class StreamedAnswer:
    """The part of an answer that has arrived.

    The `index` of a piece says which call it belongs to. Some servers send no index, or the same one for all
    calls; then a new id begins a new call.
    """

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self._text = ""
        self._thought = ""
        self._calls: list[dict[str, Any]] = []
        self._places: dict[int, int] = {}
        self._usage: Any = None

    @property
    def ended(self) -> bool:
        """Whether the endpoint has marked the end, by a finish reason or by the usage."""
        return self.finish_reason is not None or self._usage is not None

    def add(self, piece: Any) -> bool:
        """Add a piece. Returns whether the answer is longer now."""
        self._usage = get_field(piece, "usage") or self._usage
        choices = get_field(piece, "choices")
        if not isinstance(choices, list) or not choices:
            return False
        finish_reason = get_field(choices[0], "finish_reason")
        if isinstance(finish_reason, str) and finish_reason:
            self.finish_reason = finish_reason
        delta = get_field(choices[0], "delta") or get_field(choices[0], "message")
        text = content_text(get_field(delta, "content"))
        thought = thought_text(delta)
        self._text += text
        self._thought += thought
        calls = get_field(delta, "tool_calls")
        for call in calls if isinstance(calls, (list, tuple)) else ():
            self._add_call(call)
        if (legacy := get_field(delta, "function_call")) is not None:
            self._add_call({"index": 0, "function": legacy})
        return bool(text or thought or calls or legacy)

    def so_far(self) -> Completion:
        """Return the part of the answer that has arrived."""
        message = {"content": self._text, "reasoning_content": self._thought, "tool_calls": self._calls}
        return read_answer(message, self._usage, self.finish_reason)

    def _add_call(self, piece: Any) -> None:
        function = get_field(piece, "function")
        name, arguments = get_field(function, "name"), get_field(function, "arguments")
        call = self._call(get_field(piece, "index"), get_field(piece, "id"), name)
        known = call["function"]
        if isinstance(name, str) and name != known["name"]:
            known["name"] += name
        if isinstance(arguments, str):
            known["arguments"] += arguments
        elif isinstance(arguments, Mapping):
            known["arguments"] = arguments_json(arguments)  # some servers send them whole

    def _call(self, index: Any, call_id: Any, name: Any) -> dict[str, Any]:
        """Return the call that a piece belongs to; a new one if need be."""
        numbered = isinstance(index, int)
        place = self._places.get(index) if numbered else len(self._calls) - 1 if self._calls else None
        if place is None or (name and self._is_another(self._calls[place]["id"], call_id, numbered=numbered)):
            place = len(self._calls)
            self._calls.append({"id": call_id, "function": {"name": "", "arguments": ""}})
        if numbered:
            self._places[index] = place
        call = self._calls[place]
        call["id"] = call["id"] or call_id
        return call

    def _is_another(self, known: Any, call_id: Any, *, numbered: bool) -> bool:
        """Return whether a piece with a name begins another call than the one with the id `known`."""
        return bool(call_id and known and call_id != known) if numbered else not call_id or call_id != known
