"""What works with the `openai` package, of today and of 1.3."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import openai
from journey import KEY, URL, Journey, ask, check, heard

journey = Journey()

options = {"base_url": f"{URL}/v1", "api_key": KEY, "max_retries": 0, "timeout": 60}

client: Any = openai.OpenAI(**options)

WEATHER = {
    "name": "weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}

PICTURE = "data:image/png;base64,iVBORw0KGgo="


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def says(*messages: dict[str, Any], model: str = "sam", **more: Any) -> Any:
    return client.chat.completions.create(model=model, messages=list(messages), **more)


def agent(name: str) -> str:
    ask("POST", "/agents", {"name": name})
    return name


def refused(kind: type[Exception], code: str | None, **given: Any) -> None:
    try:
        says(user("Hi."), **given)
    except kind as error:
        check(getattr(error, "code", None), code)
    else:
        raise AssertionError("it was not refused")


@journey.call("client.models.list()")
def _list() -> None:
    found = list(client.models.list())
    check(("sam", "memgpt") in [(each.id, each.owned_by) for each in found], True)


@journey.call("client.models.retrieve(NAME)")
def _retrieve() -> None:
    check(client.models.retrieve("sam").id, "sam")


@journey.call("client.chat.completions.create(...)")
def _create() -> None:
    answer = says(user("Hello."))
    (choice,) = answer.choices
    check((choice.message.content, choice.finish_reason), ("You said: Hello.", "stop"))
    check(answer.usage.total_tokens > 0, True)


@journey.call("a transcript that is sent again is not stored again")
def _again() -> None:
    name = agent("again")
    said = [user("One.")]
    for text in ("Two.", "Three."):
        answer = says(*said, model=name)
        said += [{"role": "assistant", "content": answer.choices[0].message.content}, user(text)]
    says(*said, model=name)
    check(heard(name), [("user", "One."), ("user", "Two."), ("user", "Three.")])


@journey.call("stream=True")
def _stream() -> None:
    chunks = list(says(user("Hello."), stream=True))
    check(chunks[0].choices[0].delta.role, "assistant")
    text = "".join(each.choices[0].delta.content or "" for each in chunks if each.choices)
    check((text, chunks[-1].choices[0].finish_reason), ("You said: Hello.", "stop"))


@journey.call('stream_options={"include_usage": True}')
def _stream_usage() -> None:
    asked = {"stream_options": {"include_usage": True}}
    *_, last = says(user("Hello."), stream=True, extra_body=asked)
    check(
        (last.choices, last.model_extra["usage"]["total_tokens"] > 0 if last.model_extra else True),
        ([], True),
    )


@journey.call("tools=[...], and results as role tool")
def _tools() -> None:
    tools = [{"type": "function", "function": WEATHER}]
    (choice,) = says(user("How is the weather?"), tools=tools).choices
    (call,) = choice.message.tool_calls
    check((choice.finish_reason, call.function.name), ("tool_calls", "weather"))
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    message = {"role": "assistant", "content": None, "tool_calls": [call.model_dump()]}
    answer = says(user("How is the weather?"), message, result, tools=tools)
    check(answer.choices[0].message.content, "It is sunny.")


@journey.call("tools=[...] in a stream")
def _streamed_tools() -> None:
    tools = [{"type": "function", "function": WEATHER}]
    chunks = list(says(user("How is the weather?"), tools=tools, stream=True))
    calls = [each.choices[0].delta.tool_calls for each in chunks if each.choices[0].delta.tool_calls]
    check([each.function.name for each in calls[0]], ["weather"])
    check(chunks[-1].choices[0].finish_reason, "tool_calls")


@journey.call("functions=[...], the older form of tools")
def _functions() -> None:
    (choice,) = says(user("How is the weather?"), functions=[WEATHER]).choices
    check((choice.finish_reason, choice.message.function_call.name), ("function_call", "weather"))
    message = {
        "role": "assistant",
        "content": None,
        "function_call": choice.message.function_call.model_dump(),
    }
    result = {"role": "function", "name": "weather", "content": "rainy"}
    answer = says(user("How is the weather?"), message, result, functions=[WEATHER])
    check(answer.choices[0].message.content, "It is rainy.")


@journey.call("pictures as parts of a message")
def _pictures() -> None:
    name = agent("seer")
    text, picture = {"type": "text", "text": "See:"}, {"type": "image_url", "image_url": {"url": PICTURE}}
    says(user([text, picture]), model=name)
    check(heard(name)[0][1].startswith("See: [image 1: image/png"), True)


@journey.call("openai.AsyncOpenAI")
def _async() -> None:
    async def talk() -> None:
        async with openai.AsyncOpenAI(**options) as other:  # type: ignore[arg-type]
            asked: Any = {"model": "sam", "messages": [user("Hello.")]}
            answer: Any = await other.chat.completions.create(**asked)
            check(answer.choices[0].message.content, "You said: Hello.")
            stream: Any = await other.chat.completions.create(**asked, stream=True)
            check("".join([each.choices[0].delta.content or "" async for each in stream]), "You said: Hello.")

    asyncio.run(talk())


@journey.call('extra_headers={"Idempotency-Key": ...}: asked twice, said once')
def _idempotency() -> None:
    name = agent("twice")
    key = {"Idempotency-Key": "journey"}
    answers = [says(user("Once."), model=name, extra_headers=key) for _ in range(2)]
    check(answers[0].id, answers[1].id)
    check(heard(name), [("user", "Once.")])


@journey.call("an unknown model raises NotFoundError, code model_not_found")
def _unknown() -> None:
    refused(openai.NotFoundError, "model_not_found", model="nobody")


@journey.call("n=2 raises BadRequestError")
def _two() -> None:
    refused(openai.BadRequestError, None, n=2)


@journey.call("a wrong key raises AuthenticationError")
def _wrong_key() -> None:
    try:
        openai.OpenAI(**{**options, "api_key": "mga_wrong"}).models.list()  # type: ignore[arg-type]
    except openai.AuthenticationError as error:
        check(getattr(error, "code", None), "invalid_api_key")
    else:
        raise AssertionError("it was not refused")


@journey.call("client.embeddings.create(...)")
def _embeddings() -> None:
    client.embeddings.create(model="sam", input="Hello.")


def responds(given: Any, model: str = "sam", **more: Any) -> Any:
    return client.responses.create(model=model, input=given, **more)


def add_responses() -> None:
    """Add what the package of 1.3 does not have."""

    @journey.call("client.responses.create(...), with previous_response_id")
    def previous() -> None:
        name = agent("responses")
        first = responds("One.", name)
        second = responds("Two.", name, previous_response_id=first.id)
        check((first.output_text, second.output_text), ("You said: One.", "You said: Two."))
        check([text for _, text in heard(name)], ["One.", "Two."])

    @journey.call("client.responses.create(conversation=client.conversations.create().id, ...)")
    def conversation() -> None:
        found = responds("Hi.", conversation=client.conversations.create().id)
        check(found.output_text, "You said: Hi.")

    @journey.call("client.responses.stream(...), and retrieve(stream=True, starting_after=...)")
    def stream() -> None:
        with client.responses.stream(model="sam", input="Hi.") as events:
            told = list(events)
            check(events.get_final_response().output_text, "You said: Hi.")
        after = told[4].sequence_number
        rest = list(client.responses.retrieve(told[0].response.id, stream=True, starting_after=after))
        check([each.type for each in rest], [each.type for each in told[5:]])

    @journey.call("client.responses.create(tools=[...]), and function_call_output")
    def functions() -> None:
        name, given = agent("functions"), [{"type": "function", **WEATHER}]
        asked = responds("The weather?", name, tools=given)
        (called,) = asked.output
        result = {"type": "function_call_output", "call_id": called.call_id, "output": "warm"}
        check(responds([result], name, previous_response_id=asked.id, tools=given).output_text, "It is warm.")

    @journey.call("client.responses.create(background=True), retrieve, cancel and input_items.list")
    def background() -> None:
        asked = responds("Hi.", background=True)
        for _ in range(300):
            found = client.responses.retrieve(asked.id)
            if found.status == "completed":
                break
            time.sleep(0.1)
        check(found.output_text, "You said: Hi.")
        check(client.responses.cancel(asked.id).status, "completed")
        check([each.content[0].text for each in client.responses.input_items.list(asked.id)], ["Hi."])


if hasattr(client, "responses"):
    add_responses()

journey.run()
