"""The stream of a group chat as server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import StreamingResponse

from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.sse import HEADERS, MEDIA_TYPE, RETRY, Streams, Validity, frame, streams_of
from memgpt_autogen.service.groups import GroupFollower
from memgpt_autogen.service.schemas.groups import GroupMessageAnswer
from memgpt_autogen.service.turns.following import PAUSES, Streamed


def group_response(request: Request, caller: Caller, group_id: str, after: int) -> StreamingResponse:
    """Return the stream of a group after a message, until its chat ends."""
    streams = streams_of(request)
    streams.check_room(caller)
    follower = GroupFollower(caller.settings, group_id, caller.agents, after)
    frames = _frames(streams, Validity(streams, request), caller, follower, group_id)
    return StreamingResponse(frames, media_type=MEDIA_TYPE, headers=HEADERS)


async def _frames(
    streams: Streams, key: Validity, caller: Caller, follower: GroupFollower, group_id: str
) -> AsyncIterator[bytes]:
    loop, pause, told = asyncio.get_running_loop(), PAUSES[0], time.monotonic()
    with streams.held(caller):
        yield f"retry: {RETRY}\n\n".encode()
        while await key.holds():
            try:
                messages, state = await loop.run_in_executor(streams.threads, follower.take)
            except NotFoundError:  # deleted since
                return
            for each in messages:
                data = GroupMessageAnswer.model_validate(each).model_dump(mode="json")
                yield frame(group_id, Streamed("message", data, each.number))
            if state is not None:
                yield frame(group_id, Streamed("state", {"state": state}))
            if follower.is_over or streams.stopping:
                return
            is_news = bool(messages) or state is not None
            pause = PAUSES[0] if is_news else min(PAUSES[1], pause * 1.5)
            if is_news or time.monotonic() - told >= streams.ping_seconds:
                told = time.monotonic()
                if not is_news:
                    yield frame(group_id, None)
            if not follower.is_behind:
                await asyncio.sleep(pause)
