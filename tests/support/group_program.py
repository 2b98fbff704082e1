"""A program with a group chat of AutoGen: a person's lines come from standard input, one for each turn."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from autogen_support import agent, group, person

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import call, says
from memgpt_autogen.testing.scripted import Request


def notes(request: Request) -> Completion:
    """A model that notes something in core memory in its first step, and then answers."""
    if not any(str(each.get("content", "")).startswith("ben: likes tea") for each in request.messages):
        noted = call("core_memory_append", label="human", content="ben: likes tea", request_heartbeat=True)
        return says("", noted, call("send_message", message="I have noted it."))
    return says("", call("send_message", message="I know."))


def lines() -> Iterator[str]:
    yield from (line.rstrip("\n") for line in sys.stdin)


if __name__ == "__main__":
    opening, rounds = sys.argv[1], int(sys.argv[2])
    ben = person("ben", lines())
    manager = group(agent("sam", otherwise=notes), agent("ann"), ben, rounds=rounds)
    ben.initiate_chat(manager, message=opening, silent=True)
