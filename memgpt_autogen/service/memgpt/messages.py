"""The messages of an agent as rows, and what is said to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.memory.storage.log_pages import LogFilter, log_page
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.messages import Message
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.chunks import Chunk, Form, Telling
from memgpt_autogen.service.memgpt.ids import entry_id, seq_of
from memgpt_autogen.service.memgpt.shapes import Answered, Messages
from memgpt_autogen.service.turns.following import Streamed
from memgpt_autogen.text.safe import clean_text

MOST = 20_000
"""How many entries of a log one request may go through."""

# the kinds of entries that MemGPT had, too
_KINDS = ("message", "step", "spoken", "result", "heartbeat", "alert", "login", "imported")


class NewMessage(BaseModel):
    """What is said to an agent, and how its answer is told."""

    message: str
    name: str | None = None
    role: Literal["user", "system"] = "user"
    stream_steps: bool = False
    stream_tokens: bool = False
    timestamp: datetime | None = None
    stream: bool = False

    def check(self) -> None:
        """Raise `ConfigurationError` for what cannot be."""
        if not self.message.strip():
            raise ConfigurationError("the message is empty. Write what is said.")
        if self.stream_tokens and not self.stream_steps and not self.stream:
            raise ConfigurationError("stream_tokens needs stream_steps. Give stream_steps: true, too.")
        if self.timestamp is not None:
            raise ConfigurationError(
                "timestamp is not taken: a message has the time at which the server gets it. Leave it out."
            )

    @property
    def form(self) -> Form | None:
        """How the answer is streamed; None for an answer that comes whole."""
        if self.stream:
            return "old"
        if not self.stream_steps:
            return None
        return "tokens" if self.stream_tokens else "steps"

    def input(self, speaker: str) -> dict[str, Any]:
        """Return what the agent hears. `speaker` is who says it by default."""
        speaker = "system" if self.role == "system" else self.name or speaker
        return run_input({"text": self.message, "speaker": speaker}, speaker=speaker)


def get_messages(asker: Asker, agent: str, *, start: int, count: int) -> Messages:
    """Return a part of the messages, the newest first, of which `start` are skipped."""
    if start + count > MOST:
        raise ConfigurationError(
            f"start and count are {start + count:,} together, and at most {MOST:,} messages are gone "
            "through. messages-cursor?before= goes on from any message."
        )
    memory = open_agent(asker.settings, agent, asker.agents, embedder=NONE)
    name = memory.called or memory.name
    found = log_page(memory.log, LogFilter(kinds=_KINDS), name=name, limit=start + count) if count else []
    return Messages(messages=_rows(asker, memory, found[start:]))


def get_messages_cursor(
    asker: Asker, agent: str, *, before: str | None = None, after: str | None = None, limit: int = 10
) -> Messages:
    """Return the newest messages before and after others, by their ids; the newest first."""
    memory = open_agent(asker.settings, agent, asker.agents, embedder=NONE)
    ends = [None if each is None else seq_of(memory.log.agent_id, each) for each in (before, after)]
    only = LogFilter(before=ends[0], after=ends[1], kinds=_KINDS)
    found = log_page(memory.log, only, name=memory.called or memory.name, limit=min(limit, MOST))
    return Messages(messages=_rows(asker, memory, found))


def _rows(asker: Asker, memory: Any, entries: list[Entry]) -> list[dict[str, Any]]:
    summary = memory.queue.summary
    through = summary.through_seq if summary else 0
    return [{**_row(asker, memory.log.agent_id, each), "in_context": each.seq > through} for each in entries]


def _row(asker: Asker, agent_id: str, entry: Entry) -> dict[str, Any]:
    message = entry.message
    return {
        "id": entry_id(agent_id, entry.seq),
        "user_id": asker.user_id,
        "agent_id": agent_id,
        "role": _role(message),
        "text": clean_text(message.text),
        "name": None if message.name is None else clean_text(message.name),
        "model": None,
        "created_at": message.time.isoformat(),
        "tool_calls": _calls(message) or None,
        "tool_call_id": message.tool_call_id,
        "embedding": None,
        "embedding_dim": None,
        "embedding_model": None,
        "spoken": None if message.spoken is None else clean_text(message.spoken),
    }


def _role(message: Message) -> str:
    if message.kind == "result":
        return "tool"
    if message.kind in ("step", "spoken"):
        return "assistant"
    return message.role


def _calls(message: Message) -> list[dict[str, Any]]:
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": clean_text(call.arguments)},
        }
        for call in message.tool_calls
    ]


@dataclass(slots=True)
class WholeAnswer:
    """The chunks of a turn without its markers, and its usage, once it has ended."""

    telling: Telling
    messages: list[dict[str, Any]] = field(default_factory=list)

    def take(self, event: Streamed) -> None:
        self._add(self.telling.tell(event))

    def answer(self) -> Answered:
        """Return the answer. If the turn failed, `telling.failed` says why."""
        self.telling.close()
        return Answered(messages=self.messages, usage=self.telling.usage)

    def _add(self, chunks: list[Chunk]) -> None:
        self.messages += [each for each in chunks if isinstance(each, dict)]
