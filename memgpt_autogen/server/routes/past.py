"""The past of an agent: history, any state, differences, and taking back or replacing what was."""

from __future__ import annotations

from typing import Annotated, Optional

from fastapi import Path, Query, Request

from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.server.authentication import Reader, Talker, Writer
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.routes.parameters import Cursor, Limit, equipment_of
from memgpt_autogen.server.sse import streams_of
from memgpt_autogen.service import past
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.runs import get_run
from memgpt_autogen.service.schemas.base import PageOf, Seq
from memgpt_autogen.service.schemas.blocks import WhatChanged
from memgpt_autogen.service.schemas.past import (
    ChangesAnswer,
    CompactedAnswer,
    Count,
    DifferenceAnswer,
    ForkAnswer,
    HistoryAnswer,
    NewText,
    PoppedAnswer,
    ReplacedAnswer,
    StateAnswer,
    Steps,
)
from memgpt_autogen.service.schemas.runs import RunAnswer

router = area("past")


@router.get("/agents/{agent}/history")
def get_history(
    caller: Reader,
    agent: AgentPath,
    what: Annotated[
        Optional[list[WhatChanged]], Query(max_length=20, description="Changes of these kinds.")
    ] = None,
    label: Annotated[Optional[str], Query(max_length=64, description="Changes of this block.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> HistoryAnswer:
    """Return the changes of memory, the newest first: edits, evictions, and what was taken back."""
    page, every = past.changes(
        caller.settings, agent, caller.agents, what=what or (), label=label, limit=limit, cursor=cursor
    )
    return HistoryAnswer.of_all(page, every)


@router.get("/agents/{agent}/forks")
def list_forks(
    caller: Reader, agent: AgentPath, limit: Limit = 50, cursor: Cursor = None
) -> PageOf[ForkAnswer]:
    """Return the agents whose logs begin as this one's, the newest first, with the last entry of both.

    They are its forks, the agent that it is a fork of, other forks of that one, and copies by an import.
    """
    page = past.forks(caller.settings, agent, caller.agents, limit=limit, cursor=cursor)
    return PageOf(items=[ForkAnswer.of(*each) for each in page.items], next=page.next)


@router.get("/agents/{agent}/at/{seq}")
def get_state(
    caller: Reader,
    agent: AgentPath,
    seq: Annotated[Seq, Path(description="The entry of the log that is the newest one; 0 is the start.")],
    limit: Limit = 50,
) -> StateAnswer:
    """Return the memory as it was when an entry was the newest one. 409 if the log has no such entry."""
    return StateAnswer.of(past.state_at(caller.settings, agent, seq, caller.agents), limit)


@router.get("/agents/{agent}/diff")
def get_difference(
    caller: Reader,
    agent: AgentPath,
    first: Annotated[Seq, Query(alias="from", description="The entry of the earlier state.")],
    second: Annotated[Seq, Query(alias="to", description="The entry of the later state.")],
) -> DifferenceAnswer:
    """Return what differs between the memory at two entries: blocks, summary and messages."""
    past.checked_range(first, second)
    return DifferenceAnswer.of(past.difference(caller.settings, agent, first, second, caller.agents))


@router.post("/agents/{agent}/undo")
def undo(caller: Writer, agent: AgentPath, body: Steps) -> ChangesAnswer:
    """Take back the newest edits, pops, rethinks and rewrites: all of the steps, or none of them.

    409 if nothing is left, if another agent has edited a shared block since, or after an eviction.
    """
    return ChangesAnswer.of(past.undo(caller.settings, agent, body.steps, caller.agents))


@router.post("/agents/{agent}/redo")
def redo(caller: Writer, agent: AgentPath, body: Steps) -> ChangesAnswer:
    """Do again what was undone last. 409 if nothing was undone since the last change."""
    return ChangesAnswer.of(past.redo(caller.settings, agent, body.steps, caller.agents))


@router.post("/agents/{agent}/pop")
def pop(caller: Writer, agent: AgentPath, body: Count) -> PoppedAnswer:
    """Take back the newest messages of anyone, with everything after the first of them."""
    return PoppedAnswer.of(past.pop(caller.settings, agent, body.count, caller.agents))


@router.post("/agents/{agent}/rethink")
def rethink(caller: Writer, agent: AgentPath, body: NewText) -> ReplacedAnswer:
    """Replace the newest thought. 409 if the prompt has none."""
    before = past.rethink(caller.settings, agent, body.text, caller.agents)
    return ReplacedAnswer(before=before, after=body.text)


@router.post("/agents/{agent}/rewrite")
def rewrite(caller: Writer, agent: AgentPath, body: NewText) -> ReplacedAnswer:
    """Replace the newest words of the agent. Searches find the new ones. 409 if the prompt has none."""
    before = past.rewrite(caller.settings, agent, body.text, caller.agents)
    return ReplacedAnswer(before=before, after=body.text)


@router.post("/agents/{agent}/retry", status_code=202)
def retry(request: Request, caller: Talker, agent: AgentPath) -> RunAnswer:
    """Take back all that followed the newest message, and let the agent answer it again: a run."""
    agent_id, _ = resolve_agent(caller.settings, agent, caller.agents)
    new = NewRun(agent_id, run_input(act="retry"), key_id=caller.key_id)
    run, _ = streams_of(request).executor.submit(new, caller.user_id)
    return RunAnswer.of(*get_run(caller.settings, run.id, caller.agents))


@router.post("/agents/{agent}/compact")
def compact(request: Request, caller: Writer, agent: AgentPath) -> CompactedAnswer:
    """Evict half of the messages in the prompt into the summary now. The log keeps every word."""
    evicted = past.compact(caller.settings, agent, caller.agents, equipment=equipment_of(request))
    return CompactedAnswer.of(evicted)
