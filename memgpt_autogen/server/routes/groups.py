"""Group chats: who takes part, what was said, live."""

from __future__ import annotations

from typing import Annotated, Any, Optional

from fastapi import Header, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from memgpt_autogen.memory.storage.groups.groups import Group
from memgpt_autogen.server.authentication import Reader
from memgpt_autogen.server.group_stream import group_response
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.server.sse import MEDIA_TYPE, SCHEMA, number_after
from memgpt_autogen.service import groups
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.groups import GroupAnswer, GroupMessagesAnswer

router = area("groups")

GroupPath = Annotated[str, Path(alias="group", max_length=36, description="The id of a group.")]

# numbers are microseconds since 1970, and exact in JavaScript too
_LARGEST_NUMBER = 2**53 - 1

STREAM: dict[str, Any] = {MEDIA_TYPE: {"schema": SCHEMA}}


@router.get("/groups", response_model=PageOf[GroupAnswer])
def list_groups(caller: Reader, limit: Limit = 50, cursor: Cursor = None) -> Page[Group]:
    """Return the group chats of AutoGen in which agents of the user take part, the newest first."""
    return groups.list_groups(caller.settings, limit=limit, cursor=cursor, among=caller.agents)


@router.get("/groups/{group}", response_model=GroupAnswer)
def get_group(caller: Reader, group: GroupPath) -> Group:
    """Return a group: who takes part, and whether it goes on."""
    return groups.get_group(caller.settings, group, caller.agents)


@router.get(
    "/groups/{group}/messages",
    response_model=GroupMessagesAnswer,
    responses={200: {"content": STREAM, "description": "The messages; as a stream while they come."}},
)
async def read_group_messages(
    request: Request,
    caller: Reader,
    group: GroupPath,
    after: Annotated[
        Optional[int],
        Query(ge=0, le=_LARGEST_NUMBER, description="The number of the last message that was read."),
    ] = None,
    before: Annotated[
        Optional[int],
        Query(ge=1, le=_LARGEST_NUMBER, description="Go back from this number; the largest is the end."),
    ] = None,
    limit: Limit = 50,
    last_event_id: Annotated[
        Optional[str], Header(max_length=100, description="The id of the last event that was read.")
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Return what was said after a number, or next before one, each message once, with who heard it where.

    Who accepts `text/event-stream` gets the messages as they come, until the chat ends: events `message` and
    `state`. The header `Last-Event-ID` works as `after`.
    """
    found = await run_in_threadpool(groups.get_group, caller.settings, group, caller.agents)
    if MEDIA_TYPE in accept:
        number = number_after(found.id, after, last_event_id, what="group", digits=16)
        return group_response(request, caller, found.id, number)
    page = await run_in_threadpool(
        groups.messages_of,
        caller.settings,
        found.id,
        caller.agents,
        after=after or 0,
        before=before,
        limit=limit,
    )
    return JSONResponse(GroupMessagesAnswer.model_validate(page).model_dump(mode="json"))
