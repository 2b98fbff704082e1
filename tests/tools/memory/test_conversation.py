"""The tool that speaks, as a model calls it."""

from __future__ import annotations

from inline_snapshot import snapshot
from tool_use import use

from memgpt_autogen.loop.heartbeat import HeartbeatLoop


def test_an_empty_message_is_not_sent(loop: HeartbeatLoop) -> None:
    assert use(loop, "send_message", message="Hi!") == "Sent."
    assert use(loop, "send_message", message=" \n") == snapshot(
        "Failed: the message is empty; say something, or end your turn with a thought alone."
    )
    assert use(loop, "send_message", text="Hi!") == "Sent."  # it can only be the message
    assert use(loop, "send_message", text="Hi!", tone="warm") == snapshot(
        "Failed: send_message: argument 'message' is missing; there is no argument 'text'; there "
        "is no argument 'tone'. It takes: message (string)."
    )
