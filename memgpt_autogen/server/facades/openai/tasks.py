"""Tasks of front ends, such as titles and tags of a chat: the bare model answers, and no log has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import anyio
from fastapi import Request

from memgpt_autogen.adapter.messages import text_of
from memgpt_autogen.messages import WireMessage
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.speakers import header, is_given
from memgpt_autogen.server.sse import streams_of
from memgpt_autogen.service.bare_model import ask_bare_model

HEADERS = ("x-openwebui-task",)

MARK = "### Task:"
"""How Open WebUI begins the message of a task."""

_ROLES = ("system", "user", "assistant")


# how many tasks of front ends are answered at once, so that people come first
_TASKS = 2

_task_room = anyio.CapacityLimiter(_TASKS)


def is_task(
    last: Mapping[str, Any], headers: Mapping[str, str], *, stream: bool, named: object = None
) -> bool:
    """Return whether a request is a task of a front end, and not somebody's words.

    A header says so, or the task that is `named` in its `metadata`. Without both, it is one whose `last`
    message begins as those of Open WebUI do, in a request without a stream, as no chat of it is.
    """
    if header(headers, *HEADERS) or named:
        return True
    if any(is_given(headers, name) for name in HEADERS):  # it names the tasks, and this is none
        return False
    return not stream and last.get("role") == "user" and text_of(last).lstrip().startswith(MARK)


async def ask_task(
    request: Request,
    caller: Caller,
    agent: tuple[str, str],
    messages: Sequence[Mapping[str, Any]],
    sampling: Mapping[str, float],
) -> Any:
    """Let the bare model answer a task, and return its answer."""
    database = streams_of(request).executor.database.owned_by(caller.user_id)

    def ask() -> Any:
        return ask_bare_model(
            database,
            request.app.state.choose_llm,
            task_prompt(messages),
            agent=agent,
            key_id=caller.key_id,
            sampling=sampling,
        )

    return await anyio.to_thread.run_sync(ask, limiter=_task_room)


def task_prompt(messages: Sequence[Mapping[str, Any]]) -> list[WireMessage]:
    """Return the messages of a task, with their words only."""
    return [
        {"role": role, "content": text_of(each)}
        for each in messages
        if (role := {"developer": "system"}.get(str(each.get("role")), each.get("role"))) in _ROLES
    ]
