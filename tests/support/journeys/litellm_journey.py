"""What works with `litellm`: an agent as the model `openai/NAME`."""

from __future__ import annotations

from typing import Any

import litellm
from journey import KEY, URL, Journey, ask, check, heard

journey = Journey()

litellm.suppress_debug_info = True

options: dict[str, Any] = {"api_base": f"{URL}/v1", "api_key": KEY, "num_retries": 0, "timeout": 60}

WEATHER = {
    "name": "weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def agent(name: str) -> str:
    ask("POST", "/agents", {"name": name})
    return name


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def says(*messages: Any, model: str = "sam", **more: Any) -> Any:
    return litellm.completion(model=f"openai/{model}", messages=list(messages), **options, **more)


@journey.call('litellm.completion(model="openai/NAME")')
def completion() -> None:
    check(says(user("My cat is Tosca.")).choices[0].message.content, "You said: My cat is Tosca.")


@journey.call("a transcript that is sent again is not stored again")
def again() -> None:
    name = agent("lite-again")
    first = says(user("One."), model=name).choices[0].message
    says(user("One."), first.model_dump(), user("Two."), model=name)
    check([text for _, text in heard(name)], ["One.", "Two."])


@journey.call("stream=True, with the usage")
def stream() -> None:
    chunks = list(says(user("Hi."), stream=True, stream_options={"include_usage": True}))
    check("".join(each.choices[0].delta.content or "" for each in chunks if each.choices), "You said: Hi.")


@journey.call("tools=[...], and results as role tool")
def tools() -> None:
    name, given = agent("lite-tools"), [{"type": "function", "function": WEATHER}]
    asked = says(user("The weather?"), model=name, tools=given).choices[0]
    check(asked.finish_reason, "tool_calls")
    (called,) = asked.message.tool_calls
    result = {"role": "tool", "tool_call_id": called.id, "content": "warm"}
    answer = says(user("The weather?"), asked.message.model_dump(), result, model=name, tools=given)
    check(answer.choices[0].message.content, "It is warm.")


@journey.call("litellm.acompletion(...)")
def asynchronous() -> None:
    import asyncio

    asked = litellm.acompletion(model="openai/sam", messages=[user("Hi.")], **options)
    check(asyncio.run(asked).choices[0].message.content, "You said: Hi.")


def responds(given: Any, model: str = "sam", **more: Any) -> Any:
    return litellm.responses(model=f"openai/{model}", input=given, **options, **more)


def text_of(response: Any) -> str:
    items = [item for item in response.output if item.type == "message"]
    return "".join(part.text for item in items for part in item.content)


@journey.call("litellm.responses(...), with previous_response_id")
def responses() -> None:
    name = agent("lite-responses")
    first = responds("One.", name)
    second = responds("Two.", name, previous_response_id=first.id)
    check((text_of(first), text_of(second)), ("You said: One.", "You said: Two."))
    check([text for _, text in heard(name)], ["One.", "Two."])


@journey.call("litellm.responses(stream=True)")
def responses_stream() -> None:
    events = list(responds("Hi.", stream=True))
    check(
        "".join(each.delta for each in events if each.type == "response.output_text.delta"), "You said: Hi."
    )
    check(text_of(events[-1].response), "You said: Hi.")


@journey.call("litellm.responses(tools=[...]), and function_call_output")
def responses_tools() -> None:
    name, given = agent("lite-functions"), [{"type": "function", **WEATHER}]
    asked = responds("The weather?", name, tools=given)
    (called,) = [item for item in asked.output if item.type == "function_call"]
    result = {"type": "function_call_output", "call_id": called.call_id, "output": "warm"}
    check(text_of(responds([result], name, previous_response_id=asked.id, tools=given)), "It is warm.")


@journey.call("an unknown model raises NotFoundError")
def unknown() -> None:
    try:
        says(user("Hi."), model="nobody")
    except litellm.NotFoundError:
        return
    raise AssertionError("nothing was raised")


journey.run()
