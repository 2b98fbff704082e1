"""The log of an agent: everything that was heard, thought, called, said and changed."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

from fastapi import Query

from memgpt_autogen.memory.storage.log_pages import LogFilter
from memgpt_autogen.messages import Kind
from memgpt_autogen.server.authentication import Reader
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit
from memgpt_autogen.service.log import read_log
from memgpt_autogen.service.schemas.base import PageOf, Seq
from memgpt_autogen.service.schemas.log import EntryAnswer

router = area("log")


@router.get("/agents/{agent}/log")
def get_log(
    caller: Reader,
    agent: AgentPath,
    before: Annotated[Optional[Seq], Query(description="Entries with a smaller number.")] = None,
    after: Annotated[
        Optional[Seq], Query(description="Entries with a larger number, and the oldest of them first.")
    ] = None,
    speaker: Annotated[Optional[str], Query(max_length=1000, description="Words of this speaker.")] = None,
    role: Annotated[
        Optional[Literal["system", "user", "assistant", "tool"]],
        Query(description="Entries of this role in the chat API."),
    ] = None,
    kind: Annotated[Optional[list[Kind]], Query(max_length=20, description="Entries of these kinds.")] = None,
    undone: Annotated[bool, Query(description="Whether entries that were taken back are shown too.")] = False,  # noqa: FBT002 - FastAPI calls it by name
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PageOf[EntryAnswer]:
    """Return entries of the log, the newest first; with `after`, the oldest first."""
    only = LogFilter(before, after, speaker, role, tuple(kind or ()), undone)
    page = read_log(caller.settings, agent, caller.agents, only=only, limit=limit, cursor=cursor)
    return PageOf(items=list(map(EntryAnswer.of, page.items)), next=page.next)
