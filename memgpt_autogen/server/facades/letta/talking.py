"""Messages: say something to an agent, read its answer as a whole or as a stream, and list its log."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any, Optional

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, StreamingResponse

from memgpt_autogen.errors import NotFoundError, RunStateError
from memgpt_autogen.memory.storage.log_pages import LogFilter
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.messages import now
from memgpt_autogen.server.asked_runs import AskedRun
from memgpt_autogen.server.authentication import Reader, Talker
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.asking import AskedTurn, ask_turn, follow_turn
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.letta import asked
from memgpt_autogen.server.facades.letta.bodies import CancelBody, MessagesBody
from memgpt_autogen.server.facades.letta.ids import AgentPath, bare, passing_id, seq_of, with_kind
from memgpt_autogen.server.facades.letta.log_messages import Wanted, entry_messages
from memgpt_autogen.server.facades.letta.paging import PageAsked, Paged
from memgpt_autogen.server.facades.letta.retries import LeftRuns, asked_before, is_retry
from memgpt_autogen.server.facades.letta.run_messages import Telling
from memgpt_autogen.server.facades.letta.shapes import iso, run_shape
from memgpt_autogen.server.pictures import check_pictures
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.sse import HEADERS, MEDIA_TYPE, streams_of
from memgpt_autogen.server.tracing import current_trace
from memgpt_autogen.service import runs
from memgpt_autogen.service.agents import resolve_agent, resolve_agent_in
from memgpt_autogen.service.log import read_log
from memgpt_autogen.service.problems import status_of_kind

router = foreign_area("letta", "/v1/agents")

# how many entries of a log are read at once
_READ = 200

Messages = list[dict[str, Any]]


@router.post("/{agent_id}/messages", name="create_run")
async def send_messages(
    request: Request, caller: Talker, agent_id: AgentPath, body: MessagesBody
) -> Response:
    """Say something, and answer with the agent's messages at the end of its turn, or with their stream."""
    turn, telling = await _turn(request, caller, agent_id, body, streams=bool(body.streaming))
    if body.streaming:
        return stream_response(request, turn, telling, pings=body.include_pings is not False)
    return await _whole(request, turn, telling)


@router.post("/{agent_id}/messages/stream", name="create_run")
async def stream_messages(
    request: Request, caller: Talker, agent_id: AgentPath, body: MessagesBody
) -> Response:
    """Say something, and answer with the stream of the agent's messages."""
    turn, telling = await _turn(request, caller, agent_id, body, streams=True)
    return stream_response(request, turn, telling, pings=body.include_pings is not False)


@router.post("/{agent_id}/messages/async", name="create_run")
async def ask_run(
    request: Request, caller: Talker, agent_id: AgentPath, body: MessagesBody
) -> dict[str, Any]:
    """Say something, and answer with the run at once."""
    found, new = await run_in_threadpool(_new_run, request, caller, agent_id, body)
    del found
    run, _ = await AskedRun(request, caller, lambda: new, new.id).submit()
    request.state.run_id = run.id
    return {**run_shape(run), "background": True}


@router.post("/{agent_id}/messages/cancel", name="cancel_run")
def cancel_runs(
    request: Request, caller: Talker, agent_id: AgentPath, body: Optional[CancelBody] = None
) -> dict[str, str]:
    """Cancel runs of an agent; by default all that go on. The answer has the state of each."""
    executor = streams_of(request).executor
    found, _ = resolve_agent(caller.settings, agent_id, caller.agents)
    database = executor.database.owned_by(caller.user_id)
    if body is not None and body.run_ids:
        mine = [runs.get_run(caller.settings, bare(each), caller.agents)[0] for each in body.run_ids]
        if any(run.agent_id != found for run in mine):
            raise NotFoundError("one of these runs is of another agent. Name that one.")
    else:
        mine = [run for run in Runs(database).find(agent_id=found, limit=_READ) if not run.is_over]
    return {with_kind("run", run.id): _cancelled(executor.cancel(run.id, caller.user_id)) for run in mine}


@router.get("/{agent_id}/messages", name="list_letta_messages")
def list_messages(
    caller: Reader,
    agent_id: AgentPath,
    page: Paged,
    include_return_message_types: Annotated[Optional[list[str]], Query(max_length=50)] = None,
    use_assistant_message: Annotated[bool, Query()] = True,  # noqa: FBT002 - FastAPI calls it by name
    conversation_id: Annotated[Optional[str], Query(max_length=100)] = None,
    group_id: Annotated[Optional[str], Query(max_length=100)] = None,
) -> Messages:
    """Return a page of the log: the newest entries first, unless the other order is asked for."""
    if conversation_id not in (None, "default") or group_id is not None:
        raise ProblemError(422, "an agent has one log here. Leave conversation_id and group_id out.")
    found, _ = resolve_agent(caller.settings, agent_id, caller.agents)
    wanted = Wanted(include_return_message_types, spoken=use_assistant_message)
    told = [entry for entry in _entries(caller, found, page, wanted) if entry]
    return [message for entry in told for message in entry]


def stream_response(request: Request, turn: AskedTurn, telling: Telling, *, pings: bool) -> StreamingResponse:
    """Return the stream of a turn."""
    return StreamingResponse(
        _chunks(request, turn, telling, pings=pings),
        media_type=MEDIA_TYPE,
        headers=_headers(turn.run, HEADERS),
    )


async def _turn(
    request: Request, caller: Caller, agent: str, body: MessagesBody, *, streams: bool
) -> tuple[AskedTurn, Telling]:
    """Begin the turn that answers: of new words, or of a run that goes on with what it has waited for."""
    given = asked.answers(body)
    if given.any:
        turn = await _go_on(request, caller, agent, body, given, streams=streams)
    else:
        agent_id, new = await run_in_threadpool(_new_run, request, caller, agent, body)
        del agent_id
        before = None
        if is_retry(request) and new.idempotency_key is None:
            mine = Runs(streams_of(request).executor.database.owned_by(caller.user_id))
            before = await run_in_threadpool(asked_before, mine, new, left_runs(request))
        if before is not None:
            turn = follow_turn(request, caller, before, 0, streams_parts=streams)
        else:
            turn = await ask_turn(request, caller, lambda: new, new.id, streams_parts=streams)
    telling = Telling(
        turn.run.agent_id,
        turn.run.id,
        Wanted(
            body.include_return_message_types,
            spoken=body.use_assistant_message is not False,
            compaction=bool(body.include_compaction_messages),
        ),
        client_tools=[tool.name for tool in body.client_tools or ()],
        parts=streams and bool(body.stream_tokens),
    )
    return turn, telling


def _new_run(request: Request, caller: Caller, agent: str, body: MessagesBody) -> tuple[str, NewRun]:
    """Return the agent's id and the run that is asked for."""
    body.check_all()
    asked.check_steps(body)
    said = asked.words(caller, body)
    if not said or not any(each["text"] or each.get("content") for each in said):
        raise ProblemError(422, "there is nothing to say. Give input, or messages with a role and content.")
    check_pictures(asked.pictures(said))
    database = streams_of(request).executor.database.owned_by(caller.user_id)
    agent_id, _ = resolve_agent_in(database, agent, caller.agents)
    new = NewRun(
        agent_id,
        run_input(*said, speaker=caller.speaker, tools=asked.client_tools(body)),
        idempotency_key=asked.idempotency_key(agent_id, body),
        key_id=caller.key_id,
        id=str(uuid.uuid4()),
    )
    return agent_id, replace(new, trace=current_trace())


async def _go_on(
    request: Request,
    caller: Caller,
    agent: str,
    body: MessagesBody,
    given: asked.Answers,
    *,
    streams: bool,
) -> AskedTurn:
    if any(each.role is not None for each in body.messages or ()) or body.input is not None:
        raise ProblemError(
            422,
            "answers to calls come alone. Send what is said in another request, after the answer to this.",
        )

    def give() -> tuple[Run, int]:
        executor = streams_of(request).executor
        database = executor.database.owned_by(caller.user_id)
        agent_id, _ = resolve_agent_in(database, agent, caller.agents)
        known = {*given.results, *given.approvals}
        found = runs.run_of_calls(
            database, agent_id, lambda call: given.all_of is not None or call["id"] in known
        )
        if found is None:
            raise NotFoundError("the agent has not asked for this: no run of it has waited for such a call.")
        if not found.waits:
            raise RunStateError(
                f"run {found.run.id} does not wait for this any more; it is {found.run.state}. Say something."
            )
        waiting = runs.waiting_calls(caller.settings, found.run)
        results, approvals = given.sorted({call.id: call.asks for call in waiting})
        run = executor.give_results(found.run.id, caller.user_id, results, approvals)
        if run.state == "suspended":
            waiting = runs.waiting_calls(caller.settings, run)
            names = ", ".join(call.id for call in waiting)
            raise RunStateError(f"run {run.id} still waits for: {names}. Send those answers too.")
        return run, found.number

    run, number = await run_in_threadpool(give)
    return follow_turn(request, caller, run, number, streams_parts=streams)


async def _whole(request: Request, turn: AskedTurn, telling: Telling) -> Response:
    messages: Messages = []
    async with aclosing(turn.events()) as events:
        async for event in events:
            if event is not None:
                messages += telling.messages(event)
    _check_end(request, turn, telling)
    if telling.failure is not None:
        raise ProblemError(status_of_kind(telling.failure.error), telling.failure.text)
    reason, *_ = telling.last_messages()
    body = {"messages": messages, "stop_reason": reason, "usage": telling.usage()}
    return JSONResponse(body, headers=_headers(turn.run))


async def _chunks(
    request: Request, turn: AskedTurn, telling: Telling, *, pings: bool
) -> AsyncIterator[bytes]:
    count = 0
    try:
        async with aclosing(turn.events()) as events:
            async for event in events:
                if event is not None:
                    for message in telling.messages(event):
                        yield _data(message)
                elif pings:
                    count += 1
                    yield _data(_ping(turn.run, count))
                else:
                    yield b": ping\n\n"
    finally:
        if telling.ending is None and telling.failure is None:
            left_runs(request).add(turn.run.id)
    if telling.failure is not None:
        yield _data(telling.last_messages()[0])
        yield _error(turn.run, telling.failure.error, telling.failure.text)
    elif telling.ending is None:
        yield _error(turn.run, "stream_ended", _ENDED)
    else:
        for message in telling.last_messages():
            yield _data(message)
    yield b"data: [DONE]\n\n"


_ENDED = "the stream ends before the turn, which goes on. Read on with runs.messages.stream."


def left_runs(request: Request) -> LeftRuns:
    """Return the runs of this process whose clients have left."""
    state = request.app.state
    if not hasattr(state, "letta_left_runs"):
        state.letta_left_runs = LeftRuns()
    found: LeftRuns = state.letta_left_runs
    return found


def _check_end(request: Request, turn: AskedTurn, telling: Telling) -> None:
    """Raise a problem, 503, where the turn has not ended: the client left, or the server ends."""
    if telling.ending is None and telling.failure is None:
        left_runs(request).add(turn.run.id)
        raise ProblemError(
            503,
            f"the server ends before the turn does, and run {turn.run.id} goes on. Read its messages later.",
        )


def _entries(caller: Caller, agent_id: str, page: PageAsked, wanted: Wanted) -> list[Messages]:
    """Return the messages of entries, entry by entry. Entries that nobody reads do not count."""
    newest = (page.order == "desc") != (page.before is not None)
    at = page.after if page.before is None else page.before
    place = None if at is None else seq_of(agent_id, at)
    found: list[Messages] = []
    while len(found) < page.limit:
        only = LogFilter(before=place) if newest else LogFilter(after=place or 0)
        entries = read_log(caller.settings, agent_id, caller.agents, only=only, limit=_READ).items
        told = [entry_messages(agent_id, entry, wanted) for entry in entries]
        found += [each for each in told if each]
        if len(entries) < _READ:
            break
        place = entries[-1].seq
    found = found[: page.limit]
    if page.order == "desc":  # the messages of one entry too are the newest first
        found = [list(reversed(each)) for each in found]
    return list(reversed(found)) if page.before is not None else found


def _cancelled(run: Run) -> str:
    return "cancelled" if run.cancelled or run.state == "cancelled" else str(run_shape(run)["status"])


def _headers(run: Run, more: dict[str, str] | None = None) -> dict[str, str]:
    return {**(more or {}), "X-Run-Id": run.id}


def _data(message: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(message)}\n\n".encode()


def _error(run: Run, kind: str, text: str) -> bytes:
    told = {
        "message_type": "error_message",
        "run_id": with_kind("run", run.id),
        "error_type": kind,
        "message": text,
        "detail": text,
    }
    return f"event: error\ndata: {json.dumps(told)}\n\n".encode()


def _ping(run: Run, count: int) -> dict[str, Any]:
    return {
        "message_type": "ping",
        "id": passing_id(run.id, -1_000_000 - count),
        "date": iso(now()),
        "run_id": with_kind("run", run.id),
    }
