"""Entries of an agent's log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Kind, Role
from memgpt_autogen.service.schemas.base import Answer
from memgpt_autogen.text.safe import clean_text


class CallAnswer(Answer):
    """A call of a function by the model."""

    id: str
    name: str
    arguments: str
    """As the model wrote them; usually a JSON object."""


class EntryAnswer(Answer):
    """One entry of a log."""

    seq: int
    """Its number; they have no gaps."""
    time: datetime
    kind: Kind
    """What it is: words of others (`message`), a `step` of the model, words of the agent outside of its turns
    (`spoken`), the `result` of a call, an event, an `edit` of a block, a `change` of the past, or an empty
    place."""
    role: Role
    name: Optional[str]
    """Who spoke, which tool returned, or which block was edited; null for the agent itself."""
    text: str
    """The words; of a step, the thought."""
    spoken: Optional[str]
    """The words that others could hear; null if there are none."""
    calls: list[CallAnswer]
    answers: Optional[str]
    """The id of the call whose result this is."""
    ok: bool
    """Whether that call succeeded."""
    undone: bool
    """Whether it was taken back: it is in no prompt, count or search."""
    extra: dict[str, Any]
    """More about it, such as the texts before and after an edit."""

    @classmethod
    def of(cls, entry: Entry) -> EntryAnswer:
        message = entry.message
        return cls(
            seq=entry.seq,
            time=message.time,
            kind=message.kind,
            role=message.role,
            name=None if message.name is None else clean_text(message.name),
            text=clean_text(message.text),
            spoken=None if message.spoken is None else clean_text(message.spoken),
            calls=[
                CallAnswer(
                    id=clean_text(call.id), name=clean_text(call.name), arguments=clean_text(call.arguments)
                )
                for call in message.tool_calls
            ],
            answers=None if message.tool_call_id is None else clean_text(message.tool_call_id),
            ok=message.ok,
            undone=entry.hidden,
            extra=_clean(dict(message.extra)),
        )


def _clean(value: Any) -> Any:
    """Return JSON values without lone surrogates, which no answer can contain."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(name)): _clean(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(each) for each in value]
    return value
