"""The turns that answer a request: what is new is said to the agent, and results resume a suspended run."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Optional

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from memgpt_autogen.adapter.messages import RESULT
from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, OnDisconnect, Run
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.messages import now
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.asking import AskedTurn, ask_turn, follow_turn
from memgpt_autogen.server.facades.message_ids import MessageIds
from memgpt_autogen.server.facades.openai.alignment import not_heard
from memgpt_autogen.server.facades.openai.errors import RequestError, unknown_model
from memgpt_autogen.server.facades.openai.transcript import Line, Result, Transcript
from memgpt_autogen.server.facades.speakers import may_speak_for_others
from memgpt_autogen.server.sse import streams_of
from memgpt_autogen.server.tracing import current_trace
from memgpt_autogen.service.agents import fork_of_chat, resolve_agent_in
from memgpt_autogen.service.past import take_back_exchange
from memgpt_autogen.service.runs import AskedRun, run_of_calls
from memgpt_autogen.service.turns.following import Streamed

Calls = Sequence[Mapping[str, Any]]


def _nothing(_: Optional[AskedTurn]) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to an agent, as far as it is understood."""

    caller: Caller
    agent: tuple[str, str]
    """The id and the name of the agent that is the model."""
    new: Transcript
    speaker: str
    chat: str
    idempotency_key: Optional[str]
    streams: bool
    tools: Sequence[Mapping[str, Any]]
    """Functions that the client runs."""
    sampling: Mapping[str, float]
    on_disconnect: OnDisconnect = "continue"
    ids: MessageIds = field(default_factory=MessageIds)
    approvals: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Whether calls of the agent's own tools are allowed, by the id of the call."""
    suspended: Optional[str] = None
    """The id of the run that waits for the results; None where their calls must tell it."""
    note: Callable[[Optional[AskedTurn]], Mapping[str, Any]] = _nothing
    """What the input of a new run keeps of the request beside that, given the turn that goes on before it."""

    def speaker_of(self, line: Line) -> str:
        """Return who has said this: a key that may speak for others can name somebody in each message."""
        return line.name if line.name and may_speak_for_others(self.caller) else self.speaker


async def agent_of(request: Request, caller: Caller, model: str, chat: str = "") -> tuple[str, str]:
    """Return the id and the name of the agent that is this model. Raises `RequestError` if none is.

    It is the fork for the chat, where the key has one for each.
    """
    database = streams_of(request).executor.database.owned_by(caller.user_id)
    try:
        found = await run_in_threadpool(resolve_agent_in, database, model, caller.agents)
    except NotFoundError:
        raise unknown_model(model) from None
    if not chat or caller.clients.chats == "one":
        return found
    return await run_in_threadpool(fork_of_chat, caller.settings, found, chat)


async def begin_turns(request: Request, asked: Asked) -> tuple[list[AskedTurn], tuple[Run, Calls]]:
    """Begin the turns that answer: that of a suspended run which goes on, and that of new words.

    There is none where the run waits for more results; then the rest of its calls is returned.
    """
    lines, turns = list(asked.new.lines), []
    if asked.new.results or asked.approvals:
        earlier = await run_in_threadpool(_give_results, request, asked)
        if earlier is None:  # nobody waits for them any more, so they are words like others
            lines = [*(Line(f"{RESULT}{each.text}") for each in asked.new.results), *lines]
            if not lines:
                raise RequestError("no call waits for this approval any more. Ask the agent again.")
        elif earlier.waits and not lines:
            return [], (earlier.run, earlier.calls)
        elif not earlier.waits:
            turns.append(
                follow_turn(request, asked.caller, earlier.run, earlier.number, streams_parts=asked.streams)
            )
    if lines:
        run_id, trace = str(uuid.uuid4()), current_trace()
        noted = asked.note(turns[0] if turns else None)

        def new() -> NewRun:
            _take_back(request, asked)
            return replace(_new_run(request, asked, lines, run_id, noted), trace=trace)

        turns.append(await ask_turn(request, asked.caller, new, run_id, streams_parts=asked.streams))
    return turns, (turns[0].run, ())


async def events_of(
    turns: Sequence[AskedTurn], must_act: Callable[[], bool]
) -> AsyncGenerator[Streamed | None, None]:
    """Yield the events of the turns, one after the other, until the client must act."""
    try:
        for turn in turns:
            if must_act():
                break
            async with aclosing(turn.events()) as events:
                async for event in events:
                    yield event
    finally:
        for turn in turns:
            turn.follower.close()


def _new_run(
    request: Request, asked: Asked, lines: Sequence[Line], run_id: str, noted: Mapping[str, Any]
) -> NewRun:
    said = [line.said(asked.speaker_of(line), asked.chat) for line in lines]
    if ids := asked.ids.stored():
        said[-1]["ids"] = ids
    database = streams_of(request).executor.database.owned_by(asked.caller.user_id)
    agent_id, name = asked.agent
    heard = not_heard(Log(database, agent_id), name, said, now())
    inputs = partial(
        run_input,
        speaker=asked.speaker,
        tools=asked.tools,
        instructions=asked.new.instructions if asked.caller.clients.instructions else "",
        sampling=asked.sampling,
    )
    return NewRun(
        agent_id,
        {**inputs(*heard), **noted},
        on_disconnect=asked.on_disconnect,
        idempotency_key=asked.idempotency_key,
        request={**inputs(*said), **noted},
        key_id=asked.caller.key_id,
        id=run_id,
    )


def _take_back(request: Request, asked: Asked) -> None:
    """Take back the newest message that was heard, if this one is asked again or replaces it."""
    ids = asked.ids
    if not asked.new.lines or not (ids.message or ids.answer):
        return
    database = streams_of(request).executor.database.owned_by(asked.caller.user_id)
    if asked.idempotency_key and Runs(database).with_key(asked.idempotency_key) is not None:
        return  # that run is told again
    speaker = asked.speaker_of(asked.new.lines[-1])
    take_back_exchange(
        asked.caller.settings,
        asked.agent[0],
        lambda heard: ids.means(heard, speaker=speaker, chat=asked.chat),
    )


def _give_results(request: Request, asked: Asked) -> AskedRun | None:
    """Give the results to the run that waits for them, or has waited for them; None if there is none.

    If it waits for more, its `calls` are those that are left.
    """
    executor, results = streams_of(request).executor, asked.new.results

    def result_of(call: Mapping[str, Any]) -> Result | None:
        return next((each for each in results if each.is_of(call)), None)

    def is_answered(call: Mapping[str, Any]) -> bool:
        return call["id"] in asked.approvals or result_of(call) is not None

    database = executor.database.owned_by(asked.caller.user_id)
    found = run_of_calls(database, asked.agent[0], is_answered, run_id=asked.suspended)
    if found is None or not found.waits:
        return found
    given = {
        call["id"]: {"text": result.text, "ok": result.ok}
        for call in found.calls
        if (result := result_of(call)) is not None
    }
    calls = {call["id"] for call in found.calls}
    approvals = {call: answer for call, answer in asked.approvals.items() if call in calls}
    run = executor.give_results(found.run.id, asked.caller.user_id, given, approvals)
    left = tuple(call for call in found.calls if call["id"] not in run.results)
    return replace(found, run=run, waits=run.state == "suspended", calls=left)
