"""The memory service for Google's ADK, with a model that follows a script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from google.adk.events import Event
from google.adk.models import BaseLlm, LlmRequest, LlmResponse
from google.adk.sessions import InMemorySessionService
from google.genai import types
from google_adk_memory import MemGPTMemoryService, ask
from pydantic import PrivateAttr
from trial import Trials, classic_answer, memory_of, said

tries = Trials()


class Scripted(BaseLlm):
    """Gives these answers: a text, or a call as its name and arguments. It keeps what it was given."""

    model: str = "scripted"
    answers: list[Any] = []  # noqa: RUF012 - pydantic copies it
    _given: list[LlmRequest] = PrivateAttr(default_factory=list)

    async def generate_content_async(
        self, llm_request: LlmRequest, stream: bool = False
    ) -> AsyncGenerator[LlmResponse, None]:
        self._given.append(llm_request.model_copy(deep=True))
        answer = self.answers.pop(0)
        part = (
            types.Part(text=answer)
            if isinstance(answer, str)
            else types.Part.from_function_call(name=answer[0], args=answer[1])
        )
        yield LlmResponse(content=types.Content(role="model", parts=[part]))


def asked(home: str, question: str, *answers: Any, user: str = "ada@example.org") -> tuple[str, Scripted]:
    model = Scripted(answers=[*answers])
    return asyncio.run(ask(question, model, user=user, home=home)), model


def event(name: str, author: str, *parts: types.Part, **more: Any) -> Event:
    return Event(id=name, author=author, content=types.Content(parts=[*parts]), timestamp=1.7e9, **more)


def text(words: str, **more: Any) -> types.Part:
    return types.Part(text=words, **more)


@tries
def another_session_finds_what_was_said(home: str) -> None:
    asked(home, "The spare key lies under the third flowerpot.", "Noted.")

    answer, model = asked(home, "Where is it?", ("load_memory", {"query": "spare key"}), "There.")

    assert answer == "There."
    response: Any = model._given[1].contents[-1].parts[0].function_response.response  # type: ignore[index, union-attr]
    found = [(each.author, each.content.parts[0].text) for each in response["result"].memories]
    assert ("ada@example.org", "The spare key lies under the third flowerpot.") in found


@tries
def each_event_is_stored_once_and_the_answer_too(home: str) -> None:
    asked(home, "The spare key lies under the third flowerpot.", "Noted.")

    memory = memory_of(home, "support:ada%40example.org")
    assert said(memory) == [
        ("ada@example.org", "The spare key lies under the third flowerpot."),
        ("sam", "Noted."),
    ]


@tries
async def a_session_that_is_added_again_adds_what_is_new(home: str) -> None:
    service, sessions = MemGPTMemoryService(home), InMemorySessionService()
    session = await sessions.create_session(app_name="support", user_id="ada")
    for number in range(3):
        await sessions.append_event(session, event(f"e{number}", "user", text("Hello")))
        for each in (service, MemGPTMemoryService(home)):
            await each.add_session_to_memory(session)

    memory = memory_of(home, "support:ada")
    assert said(memory) == [("ada", "Hello")] * 3
    assert {entry.message.time.year for entry in memory.log.everything() if entry.message.spoken} == {2023}


@tries
async def thoughts_calls_and_parts_of_a_stream_are_not_said(home: str) -> None:
    service = MemGPTMemoryService(home)
    call = types.Part.from_function_call(name="stock", args={})
    events = [
        event("a", "sam", text("Let me think.", thought=True), call),
        event("b", "sam", text("He"), partial=True),
        event("c", "sam", text("Hello"), text(" Ada")),
        Event(id="d", author="sam"),
    ]

    await service.add_events_to_memory(app_name="support", user_id="ada", events=events, session_id="s")

    assert said(memory_of(home, "support:ada")) == [("sam", "Hello\n Ada")]


@tries
async def users_and_apps_are_apart(home: str) -> None:
    service = MemGPTMemoryService(home)
    names = [("a:b", "c"), ("a", "b:c"), ("a", "b/c"), ("../a", "b c")]
    for number, (app, user) in enumerate(names):
        told = [event("one", "user", text(f"The number is {number}."))]
        await service.add_events_to_memory(app_name=app, user_id=user, events=told)

    for number, (app, user) in enumerate(names):
        found = await service.search_memory(app_name=app, user_id=user, query="number")
        assert [each.content.parts[0].text for each in found.memories] == [f"The number is {number}."]  # type: ignore[index]
        assert [each.author for each in found.memories] == [user]


@tries
async def events_that_arrive_at_once_are_stored_once(home: str) -> None:
    service = MemGPTMemoryService(home)
    told = [event(f"e{number}", "user", text(f"Line {number}")) for number in range(20)]

    await asyncio.gather(
        *(service.add_events_to_memory(app_name="a", user_id="ada", events=told) for _ in range(5))
    )

    assert len(said(memory_of(home, "a:ada"))) == 20


@tries
def the_agent_of_classic_autogen_knows_what_was_said(home: str) -> None:
    asked(home, "The spare key lies under the third flowerpot.", "Noted.", user="ada")

    assert "third flowerpot" in classic_answer(home, "Where does the spare key lie?", "support:ada")


tries.run()
