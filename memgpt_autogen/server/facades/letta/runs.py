"""Runs: list, read, their messages and usage, and their streams from any place on."""

from __future__ import annotations

from typing import Annotated, Any, Optional

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.memory.storage.runs.run_events import read_all_events
from memgpt_autogen.memory.storage.runs.run_rows import Run
from memgpt_autogen.server.authentication import Reader
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.asking import follow_turn
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.letta.bodies import StreamBody
from memgpt_autogen.server.facades.letta.ids import RunPath, bare
from memgpt_autogen.server.facades.letta.paging import Paged
from memgpt_autogen.server.facades.letta.run_messages import Telling
from memgpt_autogen.server.facades.letta.shapes import run_shape
from memgpt_autogen.server.facades.letta.talking import stream_response
from memgpt_autogen.service import runs
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.pages import MOST
from memgpt_autogen.service.turns.following import Streamed, event_data

router = foreign_area("letta", "/v1/runs")

Shape = dict[str, Any]

# how many of the newest runs a list looks through
_NEWEST = 2000


@router.get("/", name="list_letta_runs")
def list_runs(
    caller: Reader,
    page: Paged,
    agent_id: Annotated[Optional[str], Query(max_length=120)] = None,
    agent_ids: Annotated[Optional[list[str]], Query(max_length=50)] = None,
    statuses: Annotated[Optional[list[str]], Query(max_length=10)] = None,
    active: Annotated[bool, Query()] = False,  # noqa: FBT002 - FastAPI calls it by name
) -> list[Shape]:
    """Return the user's runs, the newest first; those of agents, in some states, or those that go on."""
    wanted = [bare(each) for each in (agent_id, *(agent_ids or ())) if each]
    ids = {resolve_agent(caller.settings, each, caller.agents)[0] for each in wanted}
    found = [
        each
        for each in _newest(caller, ids.pop() if len(ids) == 1 else None)
        if (not ids or each.agent_id in ids)
        and (not active or not each.is_over)
        and (not statuses or run_shape(each)["status"] in statuses)
    ]
    return [run_shape(each) for each in page.of(found, lambda each: each.id)]


@router.get("/{run_id}", name="get_letta_run")
def get_run(caller: Reader, run_id: RunPath) -> Shape:
    """Return a run."""
    return run_shape(_run(caller, run_id))


@router.get("/{run_id}/messages", name="list_letta_run_messages")
def list_run_messages(caller: Reader, run_id: RunPath, page: Paged) -> list[Shape]:
    """Return the messages of a run."""
    run = _run(caller, run_id)
    told, _ = _told(caller, run)
    return page.of(told[::-1], lambda each: str(each["id"]).removeprefix("message-"))


@router.get("/{run_id}/usage", name="get_letta_run_usage")
def get_run_usage(caller: Reader, run_id: RunPath) -> Shape:
    """Return the tokens that a run has used."""
    run = _run(caller, run_id)
    return {
        "prompt_tokens": run.prompt_tokens,
        "completion_tokens": run.completion_tokens,
        "total_tokens": run.prompt_tokens + run.completion_tokens,
    }


@router.post("/{run_id}/stream", name="follow_run")
async def stream_run(
    request: Request, caller: Reader, run_id: RunPath, body: Optional[StreamBody] = None
) -> Response:
    """Return the stream of a run after a message, to the end of its turn."""
    asked = body or StreamBody()
    run = await run_in_threadpool(_run, caller, run_id)
    turn = follow_turn(request, caller, run, asked.starting_after, streams_parts=True)
    return stream_response(
        request, turn, Telling(run.agent_id, run.id), pings=asked.include_pings is not False
    )


def _run(caller: Caller, run_id: str) -> Run:
    if len(run_id) > 36:
        raise NotFoundError(f"there is no run {quoted(run_id)}.")
    return runs.get_run(caller.settings, run_id, caller.agents)[0]


def _told(caller: Caller, run: Run) -> tuple[list[Shape], Telling]:
    runs.check_events(run)
    telling = Telling(run.agent_id, run.id)
    rows = read_all_events(runs.home_database(caller.settings), run.id)
    told = [Streamed(row.kind, event_data(run.id, row), row.number) for row in rows]
    return [message for each in told for message in telling.messages(each)], telling


def _newest(caller: Caller, agent: str | None) -> list[Run]:
    found: list[Run] = []
    cursor: str | None = None
    while len(found) < _NEWEST:
        page = runs.list_runs(caller.settings, agent=agent, limit=MOST, cursor=cursor, among=caller.agents)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    return found
