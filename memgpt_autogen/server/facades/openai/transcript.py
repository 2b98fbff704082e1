"""What of a client's transcript is new: what stands after the last words of the agent in it.

The log has all that is before. The texts of the client's `system` messages are no words of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memgpt_autogen.adapter.messages import text_of
from memgpt_autogen.images import Image, images_in
from memgpt_autogen.server.facades.openai.errors import RequestError
from memgpt_autogen.server.facades.speakers import name_of
from memgpt_autogen.service.schemas.agents import LONGEST_TEXT

MOST_NEW = 100

_INSTRUCTING = ("system", "developer")

_RESULTS = ("tool", "function")

_ROLES = (*_INSTRUCTING, "user", "assistant", *_RESULTS)


@dataclass(frozen=True, slots=True)
class Line:
    """New words of somebody."""

    text: str
    name: str = ""
    """Who speaks, where the message says it."""
    content: tuple[Any, ...] = ()
    """The parts of the message, where it has images."""

    def said(self, speaker: str, chat: str) -> dict[str, Any]:
        """Return the words as the input of a run has them."""
        said: dict[str, Any] = {"text": self.text, "speaker": speaker}
        if self.content:
            said["content"] = list(self.content)
        if chat:
            said["chat"] = chat
        return said


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a function that the client has run."""

    text: str
    call_id: str
    """Empty in the older form, which has only the name of the function."""
    name: str = ""

    def is_of(self, call: Mapping[str, Any]) -> bool:
        """Return whether this is the result of a call that a run has asked for."""
        return bool(self.call_id == call["id"] if self.call_id else self.name == call["name"])

    @property
    def ok(self) -> bool:
        # so begins what AutoGen sends of a function that failed
        return not self.text.startswith("Error: ")


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a request says to the agent."""

    instructions: str
    results: tuple[Result, ...]
    lines: tuple[Line, ...]
    is_first: bool
    """Whether the agent has said nothing before."""

    def pictures(self) -> list[Image]:
        return [image for line in self.lines for image in images_in(list(line.content))]


def read_transcript(messages: Sequence[Mapping[str, Any]], name: str = "messages") -> Transcript:
    """Return what is new in a client's messages. `name` is the field of the request that has them.

    Raises `RequestError` where a message is none of the chat API, and where nothing is new.
    """
    for place, message in enumerate(messages):
        _check(message, f"{name}[{place}]")
    last = max((place for place, each in enumerate(messages) if each["role"] == "assistant"), default=-1)
    after = messages[last + 1 :]
    results = tuple(_result(each) for each in after if each["role"] in _RESULTS)
    lines = tuple(_line(each) for each in after if each["role"] == "user")
    told = [text_of(each).strip() for each in messages if each["role"] in _INSTRUCTING]
    words = tuple(each for each in lines if each.text.strip())
    # an automatic reply of AutoGen is empty: somebody is asked, and says nothing
    said = words if words or results else lines[-1:]
    found = Transcript("\n\n".join(filter(None, told)), results, said, last < 0)
    if not found.results and not found.lines:
        raise RequestError(
            f"nothing is new in {name}: an agent answers what stands after the last message of the role "
            "assistant, and there is no message of a user and no result. Send the user's message last.",
            param=name,
        )
    if len(found.lines) > MOST_NEW:
        raise RequestError(
            f"{len(found.lines)} messages stand after the last one of the role assistant, and an agent takes "
            f"at most {MOST_NEW} at once. Import an older chat into the agent's memory.",
            param=name,
        )
    return found


def _check(message: Mapping[str, Any], where: str) -> None:
    role, content = message.get("role"), message.get("content")
    if role not in _ROLES:
        raise RequestError(
            f"{where}.role is {role!r:.40}; it must be one of {', '.join(_ROLES)}.",
            param=f"{where}.role",
        )
    if not (content is None or isinstance(content, (str, list))):
        raise RequestError(
            f"{where}.content must be a text or a list of parts.",
            param=f"{where}.content",
        )
    if role != "assistant" and len(text_of(message)) > LONGEST_TEXT:
        raise RequestError(
            f"{where}.content has more than {LONGEST_TEXT:,} characters. Load longer texts as "
            "documents of the agent.",
            param=f"{where}.content",
        )


def _line(message: Mapping[str, Any]) -> Line:
    content = message.get("content")
    parts = tuple(content) if images_in(content) and isinstance(content, list) else ()
    return Line(text_of(message), name_of(message.get("name")), parts)


def _result(message: Mapping[str, Any]) -> Result:
    call_id = str(message.get("tool_call_id") or "") if message["role"] == "tool" else ""
    return Result(text_of(message), call_id, str(message.get("name") or ""))
