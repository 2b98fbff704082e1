"""What works with `langchain-openai`: an agent as a `ChatOpenAI`."""

from __future__ import annotations

import asyncio
from typing import Any

from journey import KEY, URL, Journey, ask, check, heard
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

journey = Journey()


def chat(model: str = "sam", **more: Any) -> Any:
    return ChatOpenAI(model=model, base_url=f"{URL}/v1", api_key=KEY, max_retries=0, timeout=60, **more)


def agent(name: str) -> str:
    ask("POST", "/agents", {"name": name})
    return name


@tool
def weather(city: str) -> str:
    """Return the weather of a city."""
    return f"warm in {city}"


def text_of(message: Any) -> str:
    return str(message.text if isinstance(message.text, str) else message.text())


def converses(model: Any, name: str) -> None:
    """Say two things, and send the first again with the second."""
    one = HumanMessage("One.")
    first = model.invoke([SystemMessage("Be short."), one])
    second = model.invoke([SystemMessage("Be short."), one, first, HumanMessage("Two.")])
    check((text_of(first), text_of(second)), ("You said: One.", "You said: Two."))
    check([text for _, text in heard(name)], ["One.", "Two."])


def calls(model: Any) -> None:
    """Run a tool that the model calls, and give it the result."""
    bound, said = model.bind_tools([weather]), HumanMessage("The weather?")
    asked = bound.invoke([said])
    (called,) = asked.tool_calls
    check((called["name"], called["args"]), ("weather", {"city": "Lisbon"}))
    result = ToolMessage(weather.invoke(called["args"]), tool_call_id=called["id"])
    check(text_of(bound.invoke([said, asked, result])), "It is warm in Lisbon.")


def streams(model: Any) -> None:
    parts = list(model.stream("Hi."))
    check("".join(map(text_of, parts)), "You said: Hi.")


@journey.call("ChatOpenAI(...).invoke: a transcript that is sent again is not stored again")
def invoke() -> None:
    converses(chat(agent("lang")), "lang")


@journey.call(".stream")
def stream() -> None:
    streams(chat(stream_usage=True))


@journey.call(".ainvoke")
def asynchronous() -> None:
    check(text_of(asyncio.run(chat().ainvoke("Hi."))), "You said: Hi.")


@journey.call(".bind_tools, and ToolMessage")
def tools() -> None:
    calls(chat(agent("lang-tools")))


@journey.call("use_responses_api=True: .invoke")
def responses() -> None:
    converses(chat(agent("lang-responses"), use_responses_api=True), "lang-responses")


@journey.call("use_responses_api=True: .stream")
def responses_stream() -> None:
    streams(chat(use_responses_api=True))


@journey.call("use_responses_api=True: .bind_tools, and ToolMessage")
def responses_tools() -> None:
    calls(chat(agent("lang-functions"), use_responses_api=True))


@journey.call("use_previous_response_id=True")
def previous() -> None:
    name = agent("lang-previous")
    converses(chat(name, use_responses_api=True, use_previous_response_id=True), name)


journey.run()
