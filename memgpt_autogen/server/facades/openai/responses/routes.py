"""Responses: what is new in the input is said to the agent. The answer is its turn, and can be read again."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal, Optional

from fastapi import Header, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, StreamingResponse

from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.messages import now
from memgpt_autogen.server.authentication import Reader, Talker
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.asking import AskedTurn, follow_turn
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.message_ids import MessageIds
from memgpt_autogen.server.facades.openai.completion import PING
from memgpt_autogen.server.facades.openai.errors import RequestError
from memgpt_autogen.server.facades.openai.responses.body import ResponsesBody
from memgpt_autogen.server.facades.openai.responses.head import NOTED, ResponseHead, noted
from memgpt_autogen.server.facades.openai.responses.ids import ResponseId, new_conversation_id
from memgpt_autogen.server.facades.openai.responses.input import approvals_of, messages_of
from memgpt_autogen.server.facades.openai.responses.output import ResponseOutput, frame
from memgpt_autogen.server.facades.openai.responses.stored import (
    FOLLOWS,
    StoredResponse,
    missing,
    missing_previous,
    read_response,
)
from memgpt_autogen.server.facades.openai.tasks import ask_task, is_task
from memgpt_autogen.server.facades.openai.transcript import read_transcript
from memgpt_autogen.server.facades.openai.turns import Asked, agent_of, begin_turns, events_of
from memgpt_autogen.server.facades.speakers import chat_of, speaker_of
from memgpt_autogen.server.pictures import check_pictures
from memgpt_autogen.server.sse import HEADERS, MEDIA_TYPE, streams_of
from memgpt_autogen.service.turns.following import Streamed

router = foreign_area("openai", "/v1")

ResponsePath = Annotated[str, Path(alias="response", max_length=80)]

# the largest number that every client reads
_LARGEST = 2**53


@router.post("/responses")
async def create_response(
    request: Request,
    caller: Talker,
    body: ResponsesBody,
    idempotency_key: Annotated[Optional[str], Header(max_length=200)] = None,
) -> Response:
    """Say to an agent what is new in the input, and answer with what it does and says."""
    body.check()
    messages = messages_of(body.input, body.instructions)
    named = body.given_metadata("task")
    if is_task(_last(messages), request.headers, stream=bool(body.stream), named=named):
        return await _answer_task(request, caller, body, messages)
    previous, conversation = await _previous(caller, body), body.conversation_id()
    chat = chat_of(request.headers, conversation or body.given_metadata("chat_id"))
    chat = chat or (previous.chat if previous else "")
    agent = await agent_of(request, caller, body.model, chat)
    _check_agent(previous, body.model, agent)
    new = read_transcript(messages, "input")
    check_pictures(new.pictures())
    kept = noted(body, conversation, with_thoughts=body.wants_thoughts(caller.clients.thoughts))
    asked = Asked(
        caller,
        agent,
        replace(new, results=tuple(each for each in new.results if each.call_id)),
        speaker_of(caller, request.headers, body.user),
        chat,
        idempotency_key,
        streams=bool(body.stream),
        tools=body.client_tools(),
        sampling=body.sampling(),
        # with a key, the client asks again after a broken line; without one, its end is a person's stop
        on_disconnect="continue" if idempotency_key or body.background else "cancel",
        approvals=approvals_of(body.input),
        suspended=previous.run.id if previous else None,
        ids=_ids(request, previous, is_first=new.is_first),
        note=partial(_note, kept),
    )
    turns, (run, left) = await begin_turns(request, asked)
    if not turns:
        output = ResponseOutput(ResponseHead.of(run, str(ResponseId(run.id))))
        told = [*output.begin(), *output.ask_for(left)]
        output.status = "completed"
        return _streamed([*told, *output.end()]) if body.stream else JSONResponse(output.whole())
    run, after = turns[-1].run, turns[-1].after
    id_ = ResponseId(run.id, after)
    head = ResponseHead.of(run, str(id_), str(previous.id) if previous and after else "")
    output = ResponseOutput(head)
    headers = {"X-Run-Id": run.id}
    if body.stream:
        return _streaming(turns, output, headers)
    if body.background:
        for turn in turns:
            turn.follower.close()
        stored = await run_in_threadpool(read_response, caller, str(id_))
        return JSONResponse(stored.output().whole(), headers=headers)
    return await _whole(turns, output, headers)


@router.get("/responses/{response}")
async def get_response(
    request: Request,
    caller: Reader,
    response: ResponsePath,
    stream: Annotated[Optional[bool], Query()] = None,
    starting_after: Annotated[Optional[int], Query(ge=0, le=_LARGEST)] = None,
) -> Response:
    """Return a response, or the events of its stream after a number."""
    found = await _stored(caller, response)
    if not stream:
        return JSONResponse(found.output().whole())
    output = ResponseOutput(found.head, -1 if starting_after is None else starting_after)
    follow = partial(follow_turn, request, caller, streams_parts=True, asks=False)
    parts = [found.before, found] if found.before else [found]
    turns = [follow(each.run, each.id.after) for each in parts]
    return _streaming(turns, output, {"X-Run-Id": found.run.id})


@router.post("/responses/{response}/cancel")
async def cancel_openai_response(request: Request, caller: Talker, response: ResponsePath) -> Response:
    """Cancel the run of a response. One that is over stays as it is."""
    found = await _stored(caller, response)
    if not found.is_over:
        executor = streams_of(request).executor
        await run_in_threadpool(executor.cancel, found.run.id, caller.user_id)
        found = await _stored(caller, response)
    return JSONResponse(found.output().whole())


@router.get("/responses/{response}/input_items")
async def list_response_input(
    caller: Reader,
    response: ResponsePath,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    order: Literal["asc", "desc"] = "desc",
    after: Annotated[Optional[str], Query(max_length=100)] = None,
) -> dict[str, Any]:
    """Return what was said to the agent, and the results that it was given."""
    items = (await _stored(caller, response)).input_items()
    items = items if order == "asc" else items[::-1]
    places = [place for place, item in enumerate(items) if item["id"] == after]
    items = items[places[0] + 1 :] if places else items
    page = items[:limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": len(items) > limit,
    }


@router.delete("/responses/{response}")
async def delete_response(caller: Talker, response: ResponsePath) -> Response:  # noqa: ARG001 - known callers only
    """Refuse to delete a response: what its agent has heard would stay."""
    raise RequestError(
        "a response is not deleted by itself, since the agent remembers what was said. POST "
        "/api/v1/agents/AGENT/forget removes words from all that it has.",
        status=405,
    )


@router.post("/conversations")
async def create_conversation(
    caller: Talker,  # noqa: ARG001 - known callers only
    body: Optional[dict[str, Any]] = None,
) -> dict[str, Any]:
    """Return the id of a new conversation. What is said in it is marked with it in the log of the agent."""
    if body and body.get("items"):
        raise RequestError(
            "a conversation begins empty: send its items as the input of a response.", param="items"
        )
    created = int(now().timestamp())
    return {"id": new_conversation_id(), "object": "conversation", "created_at": created, "metadata": {}}


async def _stored(caller: Caller, text: str) -> StoredResponse:
    try:
        return await run_in_threadpool(read_response, caller, text)
    except NotFoundError:
        raise missing(text) from None


async def _previous(caller: Caller, body: ResponsesBody) -> StoredResponse | None:
    if body.previous_response_id is None:
        return None
    try:
        return await run_in_threadpool(read_response, caller, body.previous_response_id)
    except NotFoundError:
        raise missing_previous(body.previous_response_id) from None


def _check_agent(previous: StoredResponse | None, model: str, agent: tuple[str, str]) -> None:
    if previous is not None and previous.run.agent_id != agent[0]:
        raise RequestError(
            f"previous_response_id is of another agent than the model {model!r:.80}, and each agent has "
            "a log of its own.",
            param="previous_response_id",
        )


def _ids(request: Request, previous: StoredResponse | None, *, is_first: bool) -> MessageIds:
    """Return what the request calls its message: what else was said after the same response is replaced."""
    ids = MessageIds.of(request.headers, is_first=is_first and previous is None)
    if previous is None or ids.message or ids.answer:
        return ids
    return MessageIds(f"after {previous.id}")


def _note(kept: Mapping[str, Any], before: Optional[AskedTurn]) -> Mapping[str, Any]:
    """Return what a new run keeps: the request, and the part of another run that it has let go on."""
    if before is None:
        return kept
    follows = str(ResponseId(before.run.id, before.after))
    return {NOTED: {**kept[NOTED], FOLLOWS: follows}}


def _last(messages: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next((each for each in reversed(messages) if each["role"] != "system"), {})


async def _whole(turns: Sequence[AskedTurn], output: ResponseOutput, headers: Mapping[str, str]) -> Response:
    async with aclosing(events_of(turns, lambda: output.must_act)) as events:
        async for event in events:
            if event is not None:
                output.goes_on()
                output.take(event)
    output.close()
    if output.failed is not None:
        failed = output.failed
        return JSONResponse(failed.body, failed.status, {**headers, **failed.headers})
    return JSONResponse(output.whole(), headers=dict(headers))


def _streaming(
    turns: Sequence[AskedTurn], output: ResponseOutput, headers: Mapping[str, str]
) -> StreamingResponse:
    return StreamingResponse(_frames(turns, output), media_type=MEDIA_TYPE, headers={**HEADERS, **headers})


async def _frames(turns: Sequence[AskedTurn], output: ResponseOutput) -> AsyncIterator[bytes]:
    for told in output.begin():
        yield frame(told)
    async with aclosing(events_of(turns, lambda: output.must_act)) as events:
        async for event in events:
            if event is None:
                yield PING
                continue
            output.goes_on()
            for told in output.take(event):
                yield frame(told)
    for told in output.end():
        yield frame(told)


def _streamed(told: Sequence[Mapping[str, Any]]) -> Response:
    return Response(b"".join(frame(dict(each)) for each in told), media_type=MEDIA_TYPE, headers=HEADERS)


async def _answer_task(
    request: Request,
    caller: Caller,
    body: ResponsesBody,
    messages: Sequence[Mapping[str, Any]],
) -> Response:
    """Answer a task of a front end by the bare model. No run has it, so it cannot be read again."""
    agent = await agent_of(request, caller, body.model)
    answer = await ask_task(request, caller, agent, messages, body.sampling())
    asked = {"model": body.model, "metadata": body.pairs()}
    output = ResponseOutput(ResponseHead(str(ResponseId(str(uuid.uuid4()))), now(), asked))
    output.usage = answer.usage
    told = [*output.begin(), *output.take(Streamed("replied", {"text": answer.text}))]
    output.take(Streamed("turn_ended", {"stop_reason": "yielded"}))
    return _streamed([*told, *output.end()]) if body.stream else JSONResponse(output.whole())
