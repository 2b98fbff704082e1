"""What an agent hears in a run: the input as JSON values, and as messages of the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Optional

from memgpt_autogen.messages import Message

Act = Literal["say", "login", "heartbeat", "retry"]
"""Why the agent acts: someone said something, someone came, time passed, or it shall answer again."""


def run_input(
    *said: Mapping[str, Any],
    act: Act = "say",
    speaker: Optional[str] = None,
    tools: Sequence[Mapping[str, Any]] = (),
    instructions: str = "",
    result_seconds: Optional[float] = None,
    sampling: Optional[Mapping[str, float]] = None,
) -> dict[str, Any]:
    """Return the input of a run.

    Each thing that was `said` has a `text`, and may have a `speaker`, the parts of its `content` in the form
    of the chat API, the name of a group `chat` in which it was said, and `ids` by which a client knows it.
    `speaker` is who comes, for `act="login"`. `tools` are functions, in the chat API's form, that the one who
    asks will run, and `result_seconds` is how long a suspended run waits for their results, and for
    approvals. `sampling` are parameters of the chat API for the steps of the turn.
    """
    given: dict[str, Any] = {"act": act}
    if said:
        given["said"] = [dict(each) for each in said]
    if speaker is not None:
        given["speaker"] = speaker
    if tools:
        given["tools"] = [dict(each) for each in tools]
    if instructions:
        given["instructions"] = instructions
    if result_seconds is not None:
        given["result_seconds"] = result_seconds
    if sampling:
        given["sampling"] = dict(sampling)
    return given


def without_content(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return an input without the parts of messages. The log has them, and their pictures in files."""
    said = [
        {name: value for name, value in each.items() if name != "content"} for each in given.get("said", ())
    ]
    return {**given, "said": said} if said else dict(given)


def input_messages(given: Mapping[str, Any], time: datetime) -> list[Message]:
    """Return what was said, as messages that are heard at this time."""
    messages = []
    for each in given.get("said", ()):
        extra: dict[str, Any] = {}
        if each.get("content"):
            extra["content"] = each["content"]
        name = each.get("speaker") or "user"
        if each.get("chat"):
            extra["chat"] = [each["chat"], name]
        if each.get("ids"):
            extra["ids"] = dict(each["ids"])
        messages.append(Message("user", each.get("text", ""), "message", name, time=time, extra=extra))
    return messages
