"""Runs: ask an agent for a turn, follow its events as a stream, cancel it, give it results."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Optional

from fastapi import Header, Query, Request, Response
from fastapi import Path as InPath
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from memgpt_autogen.memory.storage.runs.run_events import replies_in
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run, State
from memgpt_autogen.memory.storage.tables import LARGEST
from memgpt_autogen.server.asked_runs import AskedRun
from memgpt_autogen.server.authentication import Reader, Talker
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.pictures import check_pictures
from memgpt_autogen.server.prefix import public_path
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.routes.agents import AgentPath
from memgpt_autogen.server.routes.area import PREFIX, area
from memgpt_autogen.server.routes.parameters import Cursor, From, Limit, Until
from memgpt_autogen.server.sse import MEDIA_TYPE, SCHEMA, number_after, streams_of
from memgpt_autogen.server.tracing import current_trace
from memgpt_autogen.service import runs
from memgpt_autogen.service.pages import Page
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.runs import EventsAnswer, NewRunBody, ResultsBody, RunAnswer

router = area("runs")

RunPath = Annotated[str, InPath(alias="run", max_length=36, description="The id of a run.")]

LONGEST_KEY = 200
"""How long an `Idempotency-Key` may be."""

STREAM: dict[str, Any] = {MEDIA_TYPE: {"schema": SCHEMA}}


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
        Optional[str],
        Header(max_length=LONGEST_KEY, description="The same key with the same body is one run."),
    ] = None,
) -> Response:
    """Ask an agent for a turn. It runs on when the connection ends, and its events can be read again.

    With `stream` the answer is the stream of its events. With `background=false` it waits for the end.
    """
    return await answer_run(request, caller, agent, body, idempotency_key)


async def answer_run(
    request: Request, caller: Caller, agent: str, body: NewRunBody, idempotency_key: str | None
) -> Response:
    """Do what `create_run` does. What comes in has been checked."""
    _check_speakers(caller, body)
    check_pictures(body.pictures())
    run_id, trace, names = str(uuid.uuid4()), current_trace(), streams_of(request).executor.names

    def new() -> NewRun:
        # in a thread, since a name must be looked up
        known = names.known(caller.user_id, agent, caller.agents)
        agent_id, name = known or names.look(caller.user_id, agent, caller.agents)
        return replace(
            body.new(agent_id, caller.speaker, idempotency_key, caller.key_id, run_id),
            agent_name=name,
            called=None if known is None else agent,
            trace=trace,
        )

    asked = AskedRun(request, caller, new, run_id, on_disconnect=body.on_disconnect)
    if body.stream:
        run, follower = await asked.follow()
        headers = _headers(request, run.id)
        return asked.streams.response(request, caller, run, follower, headers, asks=True)
    if not body.background:
        waited = await asked.wait()
        headers = _headers(request, waited.run_id)
        if waited.run is not None and waited.is_whole:
            return _answer(waited.run, 200, headers, replies=waited.replies)
        return await run_in_threadpool(_stored_answer, caller, waited.run_id, 200, headers)
    run, is_new = await asked.submit()
    headers = _headers(request, run.id)
    if is_new and run.state == "running":
        return _answer(run, 202, headers)
    return await run_in_threadpool(_stored_answer, caller, run.id, 202, headers)


@router.get("/runs", response_model=PageOf[RunAnswer])
def list_runs(
    caller: Reader,
    limit: Limit = 50,
    cursor: Cursor = None,
    agent: Annotated[Optional[str], Query(max_length=64, description="An agent's id or name.")] = None,
    state: Annotated[Optional[State], Query(description="Only runs in this state.")] = None,
    stop_reason: Annotated[
        Optional[str], Query(max_length=16, description="Only runs whose turn ended for this reason.")
    ] = None,
    start: From = None,
    end: Until = None,
) -> Page[Run]:
    """Return the user's runs, the newest first. `start` and `end` are of when they were asked for."""
    return runs.list_runs(
        caller.settings,
        agent=agent,
        state=state,
        stop_reason=stop_reason,
        start=start,
        end=end,
        limit=limit,
        cursor=cursor,
        among=caller.agents,
    )


@router.get("/runs/{run}")
def get_run(caller: Reader, run: RunPath) -> RunAnswer:
    """Return a run, with its place in the queue of its agent, what was said, and what is not heard yet."""
    found, place = runs.get_run(caller.settings, run, caller.agents)
    waiting = runs.waiting_calls(caller.settings, found)
    return RunAnswer.of(found, place, waiting=waiting, unheard=runs.unheard(found), said=runs.said(found))


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
    last_event_id: Annotated[
        Optional[str], Header(max_length=100, description="The id of the last event that was read.")
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Follow the events of a run after a number, until its end. The header `Last-Event-ID` works as `after`.

    Who accepts `application/json` only gets those that there are.
    """
    found, _ = await run_in_threadpool(runs.get_run, caller.settings, run, caller.agents)
    request.state.run_id = found.id
    runs.check_events(found)
    number = number_after(found.id, after, last_event_id)
    if "application/json" in accept and MEDIA_TYPE not in accept:
        rows = await run_in_threadpool(runs.run_events, caller.settings, found.id, number)
        return JSONResponse(EventsAnswer.of(found, rows).model_dump(mode="json"))
    streams = streams_of(request)
    streams.check_room(caller)
    return streams.response(request, caller, found, streams.follower(caller.user_id, found.id, number))


@router.post("/runs/{run}/cancel")
def cancel_run(request: Request, caller: Talker, run: RunPath) -> RunAnswer:
    """Cancel a run. What the model answers after that is not stored; a run that is over stays as it is."""
    runs.get_run(caller.settings, run, caller.agents)
    return RunAnswer.of(streams_of(request).executor.cancel(run, caller.user_id))


@router.post("/runs/{run}/results")
def give_run_results(request: Request, caller: Talker, run: RunPath, body: ResultsBody) -> RunAnswer:
    """Give what a suspended run waits for: results of calls that you run, or approvals of the agent's own.

    It goes on when it has all of them. An answer may be sent again: `repeated` names its call. 409 where the
    run does not wait for it, or has another answer, and 422 for the wrong kind.
    """
    found, _ = runs.get_run(caller.settings, run, caller.agents)
    given = streams_of(request).executor.give_results(run, caller.user_id, *body.plain())
    waiting = runs.waiting_calls(caller.settings, given)
    return RunAnswer.of(given, waiting=waiting, repeated=body.known_to(found))


def _headers(request: Request, run_id: str) -> dict[str, str]:
    request.state.run_id = run_id  # for the log line
    return {"Location": public_path(request.scope, f"{PREFIX}/runs/{run_id}"), "X-Run-Id": run_id}


def _stored_answer(caller: Caller, run_id: str, status: int, headers: dict[str, str]) -> Response:
    """Answer with what the database has of the run."""
    found, place = runs.get_run(caller.settings, run_id, caller.agents)
    replies = replies_in(runs.run_events(caller.settings, run_id)) if status == 200 else ()
    return _answer(found, status, headers, place, replies, runs.waiting_calls(caller.settings, found))


def _answer(
    run: Run,
    status: int,
    headers: dict[str, str],
    place: int = 0,
    replies: Sequence[str] = (),
    waiting: Sequence[Any] = (),
) -> Response:
    answer = RunAnswer.of(run, place, replies, waiting)
    return Response(answer.model_dump_json(), status, headers, "application/json")


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
