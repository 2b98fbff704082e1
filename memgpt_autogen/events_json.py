"""Events as JSON and back: what the server's streams send, what the database keeps, what clients read.

Each event has a kind and an object of JSON values. The object has the fields of the event's class. A reader
skips fields that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timezone
from functools import cache
from types import MappingProxyType
from typing import Any, Optional, get_type_hints

from memgpt_autogen.events import (
    Evicted,
    Heard,
    HeartbeatLimitReached,
    PressureWarned,
    Replied,
    ReplyPart,
    RunEvent,
    Suspended,
    Thought,
    ToolCalled,
    ToolReturned,
    TurnEnded,
    TurnFailed,
)
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.messages import Message, ToolCall

KINDS: Mapping[str, type[RunEvent]] = MappingProxyType(
    {
        "heard": Heard,
        "thought": Thought,
        "tool_called": ToolCalled,
        "tool_returned": ToolReturned,
        "reply_part": ReplyPart,
        "replied": Replied,
        "pressure_warned": PressureWarned,
        "evicted": Evicted,
        "heartbeat_limit": HeartbeatLimitReached,
        "suspended": Suspended,
        "turn_ended": TurnEnded,
        "error": TurnFailed,
    }
)
"""The classes of events by the names that they have on the wire."""


def event_kind(event: RunEvent) -> str:
    """Return the name of the event's class on the wire."""
    return _NAMES[type(event)]


def event_to_json(event: RunEvent) -> dict[str, Any]:
    """Return the event's fields as JSON values. Times are in UTC."""
    return _fields_to_json(event)


def event_from_json(kind: str, data: Mapping[str, Any]) -> RunEvent:
    """Return the event that `event_kind` and `event_to_json` have written.

    Raises `ValueError` for a kind that is not known, and for an object that lacks a field.
    """
    found = KINDS.get(kind)
    if found is None:
        raise ValueError(f"there is no event '{kind}'; there are: {', '.join(KINDS)}.")
    try:
        event: RunEvent = _from_json(found, data)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no event '{kind}': {error}") from error
    return event


_NAMES = {found: kind for kind, found in KINDS.items()}


def _to_json(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:  # most values, and to look at them in other ways takes long
        return value
    if is_dataclass(value):
        return _fields_to_json(value)
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(name): _to_json(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(each) for each in value]
    if isinstance(value, float) and value - value != 0:  # JSON has no infinities and no NaN
        return None
    return value


def _from_json(found: Any, data: Mapping[str, Any]) -> Any:
    """Return an object of a dataclass. Fields that have a default may be missing."""
    hints = _hints(found)
    return found(
        **{
            field.name: _READERS.get(hints[field.name], _as_it_is)(data[field.name])
            for field in fields(found)
            if field.name in data
        }
    )


def _fields_to_json(value: Any) -> dict[str, Any]:
    found: Any = type(value)
    return {name: _to_json(getattr(value, name)) for name in _field_names(found)}


_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


@cache
def _field_names(found: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(found))


@cache
def _hints(found: Any) -> dict[str, Any]:
    return get_type_hints(found)


def _as_it_is(value: Any) -> Any:
    return value


def _calls(values: list[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
    return tuple(_from_json(ToolCall, each) for each in values)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


# how the values of fields are read that are no JSON values themselves, by the type of the field
_READERS: Mapping[Any, Callable[[Any], Any]] = {
    Message: lambda value: _from_json(Message, value),
    ToolCall: lambda value: _from_json(ToolCall, value),
    Usage: lambda value: _from_json(Usage, value),
    tuple[ToolCall, ...]: _calls,
    datetime: _time,
    Optional[datetime]: lambda text: None if text is None else _time(text),
    tuple[str, ...]: tuple,
}
