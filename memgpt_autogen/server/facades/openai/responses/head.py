"""What a response says beside its output: what was asked, as the input of its run keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from memgpt_autogen.memory.storage.runs.run_rows import Run
from memgpt_autogen.server.facades.openai.responses.body import ResponsesBody

NOTED = "response"
"""The name under which the input of a run keeps it."""


def noted(body: ResponsesBody, conversation: str, *, with_thoughts: bool) -> dict[str, Any]:
    """Return what a run keeps of a request, for the response that is read later."""
    kept = {
        "model": body.model,
        "previous_response_id": body.previous_response_id,
        "conversation": conversation,
        "metadata": body.pairs(),
        "store": body.is_stored,
        "background": bool(body.background),
        "with_thoughts": with_thoughts,
        "tool_choice": body.tool_choice if isinstance(body.tool_choice, (str, dict)) else None,
    }
    return {NOTED: {name: value for name, value in kept.items() if value not in (None, "", {}, False)}}


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """What a response says beside its output."""

    id: str
    created: datetime
    asked: Mapping[str, Any]
    """What `noted` has kept."""
    instructions: str = ""
    tools: Sequence[Mapping[str, Any]] = ()
    sampling: Mapping[str, Any] = field(default_factory=dict)
    previous: str = ""
    """The response before, where the request did not name it."""

    @classmethod
    def of(cls, run: Run, id_: str, previous: str = "") -> ResponseHead:
        given = run.input
        return cls(
            id_,
            run.created,
            given.get(NOTED, {}),
            given.get("instructions", ""),
            given.get("tools", ()),
            given.get("sampling") or {},
            previous,
        )

    @property
    def model(self) -> str:
        return str(self.asked.get("model", ""))

    @property
    def with_thoughts(self) -> bool:
        return self.asked.get("with_thoughts") is True

    @property
    def is_stored(self) -> bool:
        return self.asked.get("store") is True

    def whole(self, status: str, output: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
        """Return the response in a state."""
        conversation = self.asked.get("conversation")
        return {
            "id": self.id,
            "object": "response",
            "created_at": int(self.created.timestamp()),
            "status": status,
            "background": self.asked.get("background") is True,
            "error": None,
            "incomplete_details": None,
            "instructions": self.instructions or None,
            "max_output_tokens": self.sampling.get("max_tokens"),
            "model": self.model,
            "output": list(output),
            "parallel_tool_calls": True,
            "previous_response_id": self.previous or self.asked.get("previous_response_id"),
            "conversation": {"id": conversation} if conversation else None,
            "reasoning": {"effort": None, "summary": "auto" if self.with_thoughts else None},
            "store": self.is_stored,
            "temperature": self.sampling.get("temperature"),
            "text": {"format": {"type": "text"}},
            "tool_choice": self.asked.get("tool_choice") or "auto",
            "tools": [_tool(tool) for tool in self.tools],
            "top_p": self.sampling.get("top_p"),
            "truncation": "disabled",
            "usage": None,
            "user": None,
            "metadata": dict(self.asked.get("metadata", {})),
            **more,
        }


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool["function"]
    return {
        "type": "function",
        "name": function["name"],
        "description": function.get("description"),
        "parameters": function.get("parameters"),
        "strict": function.get("strict") is True,
    }
