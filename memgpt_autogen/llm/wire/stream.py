"""An answer put together from the pieces of a streamed one, as OpenAI sends them and as other servers do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.llm.wire.chat import arguments_json, content_text, get_field, read_answer


class StreamedAnswer:
    """What has come of an answer so far.

    Pieces of calls belong together by their `index`; servers that send none, or the same one for all, are told apart by new ids.
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
        """Whether the endpoint has said that this is all, one way or another."""
        return self.finish_reason is not None or self._usage is not None

    def add(self, piece: Any) -> bool:
        """Take up a piece; whether there is more of the answer now."""
        self._usage = get_field(piece, "usage") or self._usage
        choices = get_field(piece, "choices")
        if not isinstance(choices, list) or not choices:
            return False
        finish_reason = get_field(choices[0], "finish_reason")
        if isinstance(finish_reason, str) and finish_reason:
            self.finish_reason = finish_reason
        delta = get_field(choices[0], "delta") or get_field(choices[0], "message")
        text = content_text(get_field(delta, "content"))
        thought = content_text(get_field(delta, "reasoning_content")) or content_text(
            get_field(delta, "reasoning")
        )
        self._text += text
        self._thought += thought
        calls = get_field(delta, "tool_calls")
        for call in calls if isinstance(calls, (list, tuple)) else ():
            self._add_call(call)
        if (legacy := get_field(delta, "function_call")) is not None:
            self._add_call({"index": 0, "function": legacy})
        return bool(text or thought or calls or legacy)

    def so_far(self) -> Completion:
        """The answer as far as it has come."""
        message = {"content": self._text, "reasoning_content": self._thought, "tool_calls": self._calls}
        return read_answer(message, self._usage, self.finish_reason)

    def _add_call(self, piece: Any) -> None:
        function = get_field(piece, "function")
        name, arguments = get_field(function, "name"), get_field(function, "arguments")
        call = self._call(get_field(piece, "index"), get_field(piece, "id"), name)
        held = call["function"]
        if isinstance(name, str) and name != held["name"]:
            held["name"] += name
        if isinstance(arguments, str):
            held["arguments"] += arguments
        elif isinstance(arguments, Mapping):
            held["arguments"] = arguments_json(arguments)  # whole, as some servers send them

    def _call(self, index: Any, call_id: Any, name: Any) -> dict[str, Any]:
        """The call that a piece belongs to, begun where it is new."""
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

    def _is_another(self, held: Any, call_id: Any, *, numbered: bool) -> bool:
        """Whether a piece with a name begins another call than the one with the id `held`."""
        return bool(call_id and held and call_id != held) if numbered else not call_id or call_id != held
