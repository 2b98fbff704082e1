"""Messages: what was said, and what is said now, answered whole or as one of MemGPT's three streams."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any, Optional

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.server.authentication import Reader, Talker, Writer
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.asking import AskedTurn, ask_turn
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.memgpt.agents import AgentPath
from memgpt_autogen.server.facades.memgpt.askers import asker_of
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.server.sse import HEADERS, MEDIA_TYPE, streams_of
from memgpt_autogen.server.tracing import current_trace
from memgpt_autogen.service.agents import resolve_agent_in
from memgpt_autogen.service.memgpt import commands, messages, shapes
from memgpt_autogen.service.memgpt.chunks import Form, Telling, as_sse

router = foreign_area("messages", "/api/agents/{agent}")

MessageId = Annotated[Optional[str], Query(max_length=64, description="The id of a message.")]

_PING = b": ping\n\n"


@router.get("/messages")
def get_memgpt_messages(
    request: Request,
    caller: Reader,
    agent: AgentPath,
    start: Annotated[int, Query(ge=0, description="How many messages are skipped.")],
    count: Annotated[int, Query(ge=0)],
) -> shapes.Messages:
    """Return a part of the messages, the newest first."""
    return messages.get_messages(asker_of(request, caller), agent, start=start, count=count)


@router.get("/messages-cursor")
def get_memgpt_messages_cursor(
    request: Request,
    caller: Reader,
    agent: AgentPath,
    before: MessageId = None,
    after: MessageId = None,
    limit: Annotated[int, Query(ge=0)] = 10,
) -> shapes.Messages:
    """Return the messages before and after others, the newest first."""
    asker = asker_of(request, caller)
    return messages.get_messages_cursor(asker, agent, before=before, after=after, limit=limit)


@router.post("/messages", response_model=shapes.Answered)
async def send_memgpt_message(
    request: Request, caller: Talker, agent: AgentPath, body: messages.NewMessage
) -> Response:
    """Say something to an agent, and answer with what it does."""
    body.check()
    _check_speaker(caller, body.name)
    turn = await _asked(request, caller, agent, body.input(caller.speaker), streams=body.form is not None)
    if body.form is None:
        return await _whole(turn)
    headers = {**HEADERS, "X-Run-Id": turn.run.id}
    return StreamingResponse(_frames(turn, body.form), media_type=MEDIA_TYPE, headers=headers)


@router.post("/command")
async def run_memgpt_command(
    request: Request, caller: Writer, agent: AgentPath, body: commands.NewCommand
) -> shapes.CommandAnswer:
    """Do what a command of MemGPT's terminal says."""
    asker = asker_of(request, caller)
    command = await run_in_threadpool(commands.read_command, asker, agent, body)
    if command.act is None:
        return await run_in_threadpool(commands.run_command, asker, agent, command)
    if "talk" not in caller.scopes:
        raise ProblemError(403, f"/{command.name} needs the scope 'talk', which the key does not have.")
    given = run_input(act=command.act, speaker=caller.speaker)
    found = await _answer(await _asked(request, caller, agent, given, streams=False))
    said = [each["assistant_message"] for each in found.messages if "assistant_message" in each]
    return shapes.CommandAnswer(response="\n".join(said))


async def _asked(
    request: Request, caller: Caller, agent: str, given: dict[str, Any], *, streams: bool
) -> AskedTurn:
    run_id, trace = str(uuid.uuid4()), current_trace()
    new = _new_run(request, caller, agent, given, run_id)
    return await ask_turn(request, caller, lambda: replace(new(), trace=trace), run_id, streams_parts=streams)


def _new_run(
    request: Request, caller: Caller, agent: str, given: dict[str, Any], run_id: str
) -> Callable[[], NewRun]:
    def new() -> NewRun:
        database = streams_of(request).executor.database.owned_by(caller.user_id)
        agent_id, _ = resolve_agent_in(database, agent, caller.agents)
        return NewRun(agent_id, given, key_id=caller.key_id, id=run_id)

    return new


async def _whole(turn: AskedTurn) -> Response:
    answer = await _answer(turn)
    headers = {"X-Run-Id": turn.run.id}
    return Response(answer.model_dump_json(), headers=headers, media_type="application/json")


async def _answer(turn: AskedTurn) -> shapes.Answered:
    whole = messages.WholeAnswer(Telling(turn.run.agent_id))
    async with aclosing(turn.events()) as events:
        async for each in events:
            if each is not None:
                whole.take(each)
    answer = whole.answer()
    if whole.telling.failed is not None:
        raise ProblemError(*whole.telling.failed)
    return answer


async def _frames(turn: AskedTurn, form: Form) -> AsyncIterator[bytes]:
    telling = Telling(turn.run.agent_id, form)
    async with aclosing(turn.events()) as events:
        async for each in events:
            if each is None:
                yield _PING
                continue
            for chunk in telling.tell(each):
                yield as_sse(chunk)
    for chunk in telling.close():
        yield as_sse(chunk)


def _check_speaker(caller: Caller, name: str | None) -> None:
    if name and name not in (caller.speaker, caller.user) and "speak-for" not in caller.scopes:
        raise ProblemError(
            403,
            "to speak under another name needs the scope 'speak-for'. Leave the name out, or ask for a key "
            "that has it.",
        )
