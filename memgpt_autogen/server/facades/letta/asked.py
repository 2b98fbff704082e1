"""What a client's messages ask for: words that the agent hears, or answers to what it waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from memgpt_autogen.errors import quoted
from memgpt_autogen.images import Image, images_in
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.letta.bodies import MessagesBody, SaidBody
from memgpt_autogen.server.facades.letta.log_messages import SPEAKS
from memgpt_autogen.server.facades.speakers import name_of
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.service.schemas.agents import LONGEST_TEXT

_STEPS = Limits().steps


@dataclass(slots=True)
class Answers:
    """Answers to calls that the agent waits for, by the ids of the calls."""

    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    approvals: dict[str, dict[str, Any]] = field(default_factory=dict)
    all_of: dict[str, Any] | None = None
    """The approval for all calls that wait for one."""

    @property
    def any(self) -> bool:
        return bool(self.results or self.approvals or self.all_of is not None)

    def sorted(self, waiting: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the results and the approvals that a run gets; `waiting` says what each call asks for.

        A call that the client should run, and denies instead, has failed with the client's reason.
        """
        results, approvals = dict(self.results), dict(self.approvals)
        if self.all_of is not None:
            approvals |= dict.fromkeys(waiting, self.all_of)
        for call in [each for each in approvals if waiting.get(each) == "result"]:
            if not approvals[call]["allowed"]:
                reason = approvals.pop(call)["reason"]
                results[call] = {
                    "text": f"It was denied: {reason}" if reason else "It was denied.",
                    "ok": False,
                }
        return results, approvals


def words(caller: Caller, body: MessagesBody) -> list[dict[str, Any]]:
    """Return what is said, as the input of a run. Raises a problem, 422, for what an agent cannot hear."""
    given = [*_input(body), *(each for each in body.messages or () if each.role is not None)]
    said = [_said(caller, each) for each in given]
    for each in said:
        if len(each["text"]) > LONGEST_TEXT:
            raise ProblemError(
                422, f"a message has {len(each['text']):,} characters; at most {LONGEST_TEXT:,} are read."
            )
    return said


def answers(body: MessagesBody) -> Answers:
    """Return the answers to calls that the messages have."""
    found = Answers()
    for message in body.messages or ():
        if message.role is not None:
            continue
        given = [*(message.approvals or ()), *(message.tool_returns or ())]
        if not given and message.approve is not None:
            found.all_of = {"allowed": message.approve, "reason": message.reason or ""}
        elif not given:
            raise ProblemError(
                422, "a message has a role and content, or it has approvals, tool_returns or approve."
            )
        for each in given:
            _add(found, each)
    return found


def pictures(said: Sequence[Mapping[str, Any]]) -> list[Image]:
    return [image for each in said for image in images_in(each.get("content"))]


def client_tools(body: MessagesBody) -> list[dict[str, Any]]:
    """Return the functions that the client runs, in the chat API's form."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description or "",
                "parameters": tool.parameters or {"type": "object", "properties": {}},
            },
        }
        for tool in body.client_tools or ()
    ]


def idempotency_key(agent_id: str, body: MessagesBody) -> str | None:
    """Return the key of the request: the client's own ids of its messages, if each has one."""
    ids = [each.otid for each in body.messages or ()]
    if not ids or not all(ids):
        return None
    return "\n".join(["letta", agent_id, *(str(each) for each in ids)])


def check_steps(body: MessagesBody) -> None:
    """Raise a problem, 422, for a bound or a function that the server does not have."""
    if body.max_steps is not None and body.max_steps < _STEPS:
        raise ProblemError(
            422,
            f"max_steps={body.max_steps} cannot be kept: a turn has at most {_STEPS} steps here. Leave "
            "max_steps out.",
        )
    if body.assistant_message_tool_name not in (None, SPEAKS):
        raise ProblemError(
            422, f"agents speak with {SPEAKS}, and not with {quoted(body.assistant_message_tool_name or '')}."
        )


def _input(body: MessagesBody) -> Iterator[SaidBody]:
    if body.input is not None:
        yield SaidBody(role="user", content=body.input)


def _said(caller: Caller, message: SaidBody) -> dict[str, Any]:
    if message.role != "user":
        raise ProblemError(
            422,
            f"an agent hears messages with the role user, and not {quoted(message.role or '')}. What it must "
            "know always belongs into a block of its core memory.",
        )
    speaker = name_of(message.name) or caller.speaker
    if speaker not in (caller.user, caller.speaker) and "speak-for" not in caller.scopes:
        raise ProblemError(
            403,
            f"to speak as {speaker} needs the scope 'speak-for'. Leave the name out, or ask for a key that "
            "has it.",
        )
    content = message.content
    if isinstance(content, str):
        return {"text": content, "speaker": speaker}
    parts = [_part(each) for each in content or ()]
    text = "\n".join(each["text"] for each in parts if each["type"] == "text")
    if all(each["type"] == "text" for each in parts):
        return {"text": text, "speaker": speaker}
    return {"text": text, "speaker": speaker, "content": parts}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part of a message in the chat API's form."""
    kind, source = part.get("type", "text"), part.get("source")
    if kind == "text" and isinstance(part.get("text"), str):
        return {"type": "text", "text": part["text"]}
    if kind == "image" and isinstance(source, Mapping):
        if source.get("type", "url") == "url" and isinstance(source.get("url"), str):
            return {"type": "image_url", "image_url": {"url": source["url"]}}
        if isinstance(source.get("data"), str) and isinstance(source.get("media_type"), str):
            url = f"data:{source['media_type']};base64,{source['data']}"
            return {"type": "image_url", "image_url": {"url": url}}
    raise ProblemError(
        422, f"an agent hears texts and images, and no part of the type {quoted(str(kind))}. Send it as text."
    )


def _add(found: Answers, given: Mapping[str, Any]) -> None:
    call = given.get("tool_call_id")
    if not isinstance(call, str):
        raise ProblemError(422, "each answer names its call: tool_call_id.")
    if "tool_return" in given:
        text = given["tool_return"]
        if not isinstance(text, str):
            parts = [_part(each) for each in text if isinstance(each, Mapping)] if text else []
            text = "\n".join(each["text"] for each in parts if each["type"] == "text")
        found.results[call] = {"text": text[:LONGEST_TEXT], "ok": given.get("status") != "error"}
    elif isinstance(given.get("approve"), bool):
        reason = given.get("reason")
        found.approvals[call] = {
            "allowed": given["approve"],
            "reason": reason[:2000] if isinstance(reason, str) else "",
        }
    else:
        raise ProblemError(422, f"the answer for {quoted(call)} has neither approve nor tool_return.")
