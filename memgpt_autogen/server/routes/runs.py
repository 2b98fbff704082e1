"""Runs: ask an agent for a turn, follow its events as a stream, cancel it, give it results."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated, Any, Optional

from fastapi import Header, Query, Request, Response
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from memgpt_autogen.memory.storage.runs.run_rows import Run, State
from memgpt_autogen.memory.storage.tables import LARGEST
from memgpt_autogen.server.authentication import Reader, Talker
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.server.schemas.base import Cursor, Limit, PageOf
from memgpt_autogen.server.schemas.runs import EventsAnswer, NewRunBody, ResultsBody, RunAnswer
from memgpt_autogen.server.sse import MEDIA_TYPE, number_after, streams_of
from memgpt_autogen.service import runs
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.pages import Page

router = area("runs")

RunPath = Annotated[str, InPath(alias="run", max_length=36, description="The id of a run.")]

# how often a request that waits looks whether its client has gone, in seconds
_LOOK_SECONDS = 1.0

STREAM: dict[str, Any] = {MEDIA_TYPE: {"schema": {"type": "string"}}}


@router.post(
    "/agents/{agent}/runs",
    status_code=202,
    response_model=RunAnswer,
    responses={
        200: {"model": RunAnswer, "content": STREAM, "description": "The stream, or the run at its end."},
        202: {"description": "The run is accepted."},
    },
)
async def create_run(
    request: Request,
    caller: Talker,
    agent: AgentPath,
    body: NewRunBody,
    idempotency_key: Annotated[
        Optional[str], Header(max_length=200, description="The same key with the same body is one run.")
    ] = None,
) -> Response:
    """Ask an agent for a turn. It runs on when the connection ends, and its events can be read again.

    With `stream` the answer is the stream of its events. With `background=false` it waits for the end.
    """
    streams = streams_of(request)

    def submit() -> Run:
        _check_speakers(caller, body)
        agent_id, _ = resolve_agent(caller.settings, agent, caller.agents)
        new = body.new(agent_id, caller.speaker, idempotency_key, caller.key_id)
        return streams.executor.submit(new, caller.user_id)[0]

    run = await run_in_threadpool(submit)
    request.state.run_id = run.id
    headers = {"Location": str(request.app.url_path_for("get_run", run=run.id)), "X-Run-Id": run.id}
    if body.stream:
        return streams.response(caller.settings, run, 0, headers, asks=True)
    if body.background:
        return await run_in_threadpool(_answer, caller, run, 202, headers)
    events = streams.events(caller.settings, run, 0, ping=_LOOK_SECONDS)
    async with aclosing(events):  # type: ignore[type-var]
        async for each in events:
            if each is None and await request.is_disconnected():
                streams.asker_left(run)
                break
            if each is not None and each.kind == "turn_ended":
                break
    return await run_in_threadpool(_answer, caller, run, 200, headers)


@router.get("/runs", response_model=PageOf[RunAnswer])
def list_runs(
    caller: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    agent: Annotated[Optional[str], Query(max_length=64, description="An agent's id or name.")] = None,
    state: Annotated[Optional[State], Query(description="Only runs in this state.")] = None,
) -> Page[Run]:
    """Return the user's runs, the newest first."""
    return runs.list_runs(
        caller.settings, agent=agent, state=state, limit=limit, cursor=cursor, among=caller.agents
    )


@router.get("/runs/{run}")
def get_run(caller: Reader, run: RunPath) -> RunAnswer:
    """Return a run, with its place in the queue of its agent."""
    return RunAnswer.of(*runs.get_run(caller.settings, run, caller.agents))


@router.get(
    "/runs/{run}/events",
    response_model=EventsAnswer,
    responses={200: {"content": STREAM, "description": "The events, as they come."}},
)
async def read_run_events(
    request: Request,
    caller: Reader,
    run: RunPath,
    after: Annotated[
        Optional[int], Query(ge=0, le=LARGEST, description="The number of the last event that was read.")
    ] = None,
    last_event_id: Annotated[Optional[str], Header(max_length=100)] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Follow the events of a run after a number, until its end. The header `Last-Event-ID` works as `after`.

    Who accepts `application/json` only gets those that there are.
    """
    found, _ = await run_in_threadpool(runs.get_run, caller.settings, run, caller.agents)
    request.state.run_id = found.id
    number = number_after(found.id, after, last_event_id)
    if "application/json" in accept and MEDIA_TYPE not in accept:
        rows = await run_in_threadpool(runs.run_events, caller.settings, found.id, number)
        return JSONResponse(EventsAnswer.of(found, rows).model_dump(mode="json"))
    return streams_of(request).response(caller.settings, found, number)


@router.post("/runs/{run}/cancel")
def cancel_run(request: Request, caller: Talker, run: RunPath) -> RunAnswer:
    """Cancel a run. What the model answers after that is not stored; a run that is over stays as it is."""
    runs.get_run(caller.settings, run, caller.agents)
    return RunAnswer.of(streams_of(request).executor.cancel(run, caller.user_id))


@router.post("/runs/{run}/results")
def give_run_results(request: Request, caller: Talker, run: RunPath, body: ResultsBody) -> RunAnswer:
    """Give results of calls that a suspended run waits for. It goes on when it has all of them."""
    runs.get_run(caller.settings, run, caller.agents)
    return RunAnswer.of(streams_of(request).executor.give_results(run, caller.user_id, body.plain()))


def _answer(caller: Caller, run: Run, status: int, headers: dict[str, str]) -> Response:
    found, place = runs.get_run(caller.settings, run.id, caller.agents)
    replies = runs.replies_in(runs.run_events(caller.settings, run.id)) if status == 200 else ()
    answer = RunAnswer.of(found, place, replies)
    return JSONResponse(answer.model_dump(mode="json"), status, headers)


def _check_speakers(caller: Caller, body: NewRunBody) -> None:
    if "speak-for" in caller.scopes:
        return
    others = sorted(body.speakers() - {caller.user, caller.speaker})
    if others:
        raise ProblemError(
            403,
            f"to speak as {others[0]} needs the scope 'speak-for'. Leave the speaker out, or ask for a key "
            "that has it.",
        )
