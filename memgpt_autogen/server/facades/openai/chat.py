"""Chat completions: what is new in a request is said to the agent, and its turn is the answer."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Optional

from fastapi import Header, Request, Response
from starlette.responses import JSONResponse, StreamingResponse

from memgpt_autogen.messages import now
from memgpt_autogen.server.authentication import Talker
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.asking import AskedTurn
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.message_ids import MessageIds
from memgpt_autogen.server.facades.openai.body import ChatBody
from memgpt_autogen.server.facades.openai.completion import DONE, PING, Completion
from memgpt_autogen.server.facades.openai.tasks import ask_task, is_task
from memgpt_autogen.server.facades.openai.transcript import read_transcript
from memgpt_autogen.server.facades.openai.turns import Asked, agent_of, begin_turns, events_of
from memgpt_autogen.server.facades.speakers import chat_of, speaker_of
from memgpt_autogen.server.pictures import check_pictures
from memgpt_autogen.server.sse import HEADERS, MEDIA_TYPE

router = foreign_area("openai", "/v1")


@router.post("/chat/completions")
async def create_chat_completion(
    request: Request,
    caller: Talker,
    body: ChatBody,
    idempotency_key: Annotated[Optional[str], Header(max_length=200)] = None,
) -> Response:
    """Say to an agent what is new in the messages, and answer with what it says."""
    body.check()
    chat = chat_of(request.headers, body.given_metadata("chat_id"))
    task = body.given_metadata("task")
    if is_task(body.messages[-1], request.headers, stream=bool(body.stream), named=task):
        return await _answer_task(request, caller, body, await agent_of(request, caller, body.model))
    agent = await agent_of(request, caller, body.model, chat)
    new = read_transcript(body.messages)
    check_pictures(new.pictures())
    told = filter(None, (new.instructions, body.answer_form()))
    new = replace(new, instructions="\n\n".join(told))
    asked = Asked(
        caller,
        agent,
        new,
        speaker_of(caller, request.headers, body.user),
        chat,
        idempotency_key,
        streams=bool(body.stream),
        tools=body.client_tools(),
        sampling=body.sampling(),
        # with a key, the client asks again after a broken line; without one, its end is a person's stop
        on_disconnect="continue" if idempotency_key else "cancel",
        ids=MessageIds.of(request.headers, is_first=new.is_first),
    )
    turns, left = await begin_turns(request, asked)
    run = turns[-1].run if turns else left[0]
    completion = Completion(
        run.id,
        run.created,
        body.model,
        with_thoughts=body.wants_thoughts(caller.clients.thoughts),
        has_old_form=body.has_old_form,
    )
    if not turns:
        completion.wait_for(left[1])
    headers = {"X-Run-Id": run.id}
    if asked.streams:
        return StreamingResponse(
            _chunks(turns, completion, wants_usage=body.wants_usage),
            media_type=MEDIA_TYPE,
            headers={**HEADERS, **headers},
        )
    return await _whole(turns, completion, headers)


async def _whole(turns: Sequence[AskedTurn], completion: Completion, headers: Mapping[str, str]) -> Response:
    async with aclosing(events_of(turns, lambda: completion.must_act)) as events:
        async for event in events:
            if event is not None:
                completion.piece(event)
    completion.close()
    if completion.failed is not None:
        failed = completion.failed
        return JSONResponse(failed.body, failed.status, {**headers, **failed.headers})
    return JSONResponse(completion.whole(), headers=dict(headers))


async def _chunks(
    turns: Sequence[AskedTurn], completion: Completion, *, wants_usage: bool
) -> AsyncIterator[bytes]:
    yield completion.chunk({"role": "assistant", "content": ""}, wants_usage=wants_usage)
    async with aclosing(events_of(turns, lambda: completion.must_act)) as events:
        async for event in events:
            if event is None:
                yield PING
            elif delta := completion.piece(event):
                yield completion.chunk(delta, wants_usage=wants_usage)
    completion.close()
    for chunk in completion.last_chunks(wants_usage=wants_usage):
        yield chunk
    yield DONE


async def _answer_task(request: Request, caller: Caller, body: ChatBody, agent: tuple[str, str]) -> Response:
    """Answer a task of a front end by the bare model."""
    answer = await ask_task(request, caller, agent, body.messages, body.sampling())
    completion = Completion(str(uuid.uuid4()), now(), body.model)
    completion.answered(answer.text, answer.usage)
    if not body.stream:
        return JSONResponse(completion.whole())

    async def chunks() -> AsyncIterator[bytes]:
        delta = {"role": "assistant", "content": answer.text}
        yield completion.chunk(delta, wants_usage=body.wants_usage)
        for chunk in completion.last_chunks(wants_usage=body.wants_usage):
            yield chunk
        yield DONE

    return StreamingResponse(chunks(), media_type=MEDIA_TYPE, headers=HEADERS)
