"""An agent behind AG2's `AgentService`, the base of A2A and AG-UI: its tools, and its clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from autogen_support import agent, heard, requests, sends
from side_by_side import KINDS, Kind, either, made, served

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.testing import call, says

remote = pytest.importorskip("autogen.agentchat.remote", reason="this AutoGen has no AgentService")
from autogen.agentchat import ContextVariables, ReplyResult  # noqa: E402 - the line above skips older versions

pytestmark = pytest.mark.autogen

Line = dict[str, Any]


def user(text: str) -> Line:
    return {"role": "user", "content": text}


def own(text: str) -> Line:
    return {"role": "assistant", "content": text}


async def responses(sam: Any, messages: Sequence[Line], **request: Any) -> list[Any]:
    message = remote.RequestMessage(messages=list(messages), **request)
    return [response async for response in remote.AgentService(sam)(message)]


def ask(sam: Any, *messages: Line, **request: Any) -> str:
    """The words of the answer to one request."""
    return str(asyncio.run(responses(sam, messages, **request))[-1].message["content"])


def from_server(sam: Any, name: str, client: str, *messages: Line) -> str:
    """The answer to a request of AG2's servers, as far as they name the client."""

    async def a2a(context: Any) -> str:  # as AutogenAgentExecutor.execute
        return str((await responses(sam, messages))[-1].message["content"])

    async def ag_ui(command: Any) -> str:  # as ag_ui.adapter.run_stream
        return str((await responses(sam, messages))[-1].message["content"])

    if name == "a2a":
        return asyncio.run(a2a(SimpleNamespace(context_id=client)))
    return asyncio.run(ag_ui(SimpleNamespace(incoming=SimpleNamespace(thread_id=client))))


def prompt(sam: MemGPTAgent, request: int = -1) -> str:
    return str(requests(sam)[request].messages)


# Tools


@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_gets_the_requests_context_variables_and_changes_them(kind: Kind) -> None:
    seen: list[Any] = []
    with served(either("", call("move", city="Bergen")), either("Moved.")) as server:
        sam = made(kind, server)

        def move(city: str, context_variables: Any) -> Any:
            seen.append(context_variables.to_dict())
            context_variables.set("city", city)
            return ReplyResult(message=f"now in {city}", context_variables=context_variables)

        move.__annotations__ = {"city": str, "context_variables": ContextVariables, "return": ReplyResult}
        sam.register_for_execution()(sam.register_for_llm(description="move to a city")(move))

        got = asyncio.run(responses(sam, [user("To Bergen.")], context={"city": "Oslo", "day": 3}))

    assert seen == [{"city": "Oslo", "day": 3}]
    assert got[-1].context == {"city": "Bergen", "day": 3}
    assert got[-1].message["content"] == "Moved."
    assert "now in Bergen" in str(server.requests[1]["messages"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_of_the_client_goes_back_to_the_client(kind: Kind) -> None:
    schema = {"name": "locate", "description": "l", "parameters": {"type": "object", "properties": {}}}
    with served(either("", call("locate"))) as server:
        got = asyncio.run(
            responses(
                made(kind, server),
                [user("Where am I?")],
                client_tools=[{"type": "function", "function": schema}],
            )
        )

    assert [each["function"]["name"] for each in got[-1].message["tool_calls"]] == ["locate"]


def test_a_tool_that_returns_an_own_steps_result_stays_in_the_clients_turn() -> None:
    """Typed functions given as `tools` have no context variables; the loop runs them."""

    def price(article: str) -> int:
        """Return the price.

        Args:
            article: its name
        """
        return 12

    sam = agent(
        "sam", says("", call("price", article="lamp", request_heartbeat=True)), sends("12"), tools=[price]
    )

    assert ask(sam, user("How much is the lamp?")) == "12"


# Clients that are not named


def test_what_one_client_says_is_not_known_to_another() -> None:
    sam = agent(
        "sam",
        says(
            "",
            call("core_memory_append", label="human", content="has gout"),
            call("archival_memory_insert", content="the client has gout"),
            call("send_message", message="Noted."),
        ),
        says("", call("conversation_search", query="gout", request_heartbeat=True)),
        says("", call("archival_memory_search", query="gout", request_heartbeat=True)),
        sends("I do not know."),
    )

    assert ask(sam, user("My diagnosis is gout.")) == "Noted."
    assert ask(sam, user("Hello, who am I?")) == "I do not know."

    for request in (1, 2, 3):
        told = [m for m in requests(sam)[request].messages if "tool_calls" not in m]
        assert "diagnosis" not in str(told)
        assert "has gout" not in str(told)


def test_a_conversation_that_comes_back_is_the_same_client() -> None:
    sam = agent(
        "sam",
        says(
            "",
            call("core_memory_append", label="human", content="has gout"),
            call("send_message", message="Ok"),
        ),
    )
    first = [user("My diagnosis is gout."), own("Ok")]

    ask(sam, first[0])
    answer = ask(sam, *first, user("What do I have?"))
    ask(sam, *first, user("What do I have?"), own(answer), user("And now?"))

    assert "has gout" in prompt(sam, 1)
    assert "has gout" in prompt(sam, 2)
    assert prompt(sam, 2).count("My diagnosis is gout.") == 1


def test_a_conversation_is_remembered_by_a_new_process() -> None:
    first = agent(
        "sam",
        says(
            "",
            call("core_memory_append", label="human", content="has gout"),
            call("send_message", message="Ok"),
        ),
    )
    ask(first, user("My diagnosis is gout."))

    again = agent("sam")
    ask(again, user("My diagnosis is gout."), own("Ok"), user("What do I have?"))

    assert "has gout" in prompt(again)


def test_two_clients_with_the_same_first_words_are_two_clients() -> None:
    sam = agent(otherwise=sends("Hi!"))
    begun = [user("Hello"), own("Hi!")]
    ask(sam, begun[0])
    ask(sam, begun[0])

    ask(sam, *begun, user("My diagnosis is gout."))
    ask(sam, *begun, user("Who am I?"))

    assert "gout" in prompt(sam, 2)
    assert "gout" not in prompt(sam, 3)
    assert "Hello" in prompt(sam, 3)


def test_a_client_that_says_less_than_another_has_said_does_not_get_its_memory() -> None:
    sam = agent(otherwise=sends("Hi!"))
    begun = [user("Hello"), own("Hi!")]
    ask(sam, begun[0])
    ask(sam, *begun, user("My diagnosis is gout."))

    ask(agent("sam", otherwise=sends("Hi!")), *begun, user("Who am I?"))
    later = agent("sam", otherwise=sends("Hi!"))
    ask(later, *begun, user("Who am I?"))

    assert "gout" not in prompt(later)


# Clients that the request names


@pytest.mark.parametrize("server", ["a2a", "ag_ui"])
def test_a_client_is_who_the_server_names(server: str) -> None:
    sam = agent(
        "sam",
        says(
            "",
            call("core_memory_append", label="human", content="has gout"),
            call("send_message", message="Ok"),
        ),
    )

    from_server(sam, server, "ada", user("My diagnosis is gout."))
    from_server(sam, server, "ben", user("Who am I?"))
    from_server(sam, server, "ada", user("Who am I?"))

    assert ["has gout" in prompt(sam, request) for request in (1, 2)] == [False, True]


def test_a_server_of_ones_own_names_the_client() -> None:
    sam = agent()
    for client, words in (("ada", "My diagnosis is gout."), ("ben", "Who am I?"), ("ada", "Who am I?")):
        with sam.serving(client):
            ask(sam, user(words))

    assert ["gout" in prompt(sam, request) for request in (1, 2)] == [False, True]


def test_clients_that_ask_at_the_same_time_get_their_own_answers() -> None:
    def echo(request: Any) -> Any:
        newest = next(m for m in reversed(request.messages) if "user_message" in str(m["content"]))
        return sends("for " + json.loads(newest["content"])["message"])

    sam = agent(otherwise=echo)

    async def all_of_them() -> list[str]:
        async def one(number: int) -> str:
            with sam.serving(f"client {number}"):
                return str((await responses(sam, [user(f"number {number}")]))[-1].message["content"])

        return list(await asyncio.gather(*map(one, range(8))))

    assert asyncio.run(all_of_them()) == [f"for number {n}" for n in range(8)]


# What a client's memory begins with


def test_a_client_has_the_agents_instructions_first_texts_and_documents() -> None:
    sam = agent(
        system_message="Be brief.",
        persona="I sell lamps.",
        blocks=[Block("shop", "open on Monday", shared=True)],
        window_tokens=16_000,
    )
    sam.memory.core.edit("human", lambda block: block.append("ada knows the locker code"))
    sam.memory.attach(text="The heron lamp costs 12 crowns.", name="prices.md")
    sam.memory.archival.insert("ada's locker code is 4711")

    ask(sam, user("Hello"))

    told = prompt(sam)
    assert all(words in told for words in ("Be brief.", "I sell lamps.", "open on Monday", "prices.md"))
    assert "locker" not in told
    assert "You are sam" in told or "sam" in told
    client = sam.memory.for_client("somebody")
    assert [found.passage.text for found in client.readable.search("lamp crowns").items] != []
    assert not client.readable.search("locker code").items
    assert client.core["shop"].read_only
    assert not client.core["shop"].shared


def test_the_agents_own_chats_and_its_clients_do_not_know_each_other() -> None:
    sam = agent()
    sam.say("The owner's code is 4711.", speaker="owner")

    ask(sam, user("My diagnosis is gout."))
    sam.say("What do you know?", speaker="owner")

    assert ["4711" in prompt(sam, request) for request in (1, 2)] == [False, True]
    assert "gout" not in prompt(sam, 2)
    assert ("user", "My diagnosis is gout.") not in heard(sam)


def test_a_shared_agent_has_one_memory_for_all_clients() -> None:
    sam = agent(served="shared")

    ask(sam, user("Our goal is to ship."))
    ask(sam, user("What is our goal?"))

    assert "ship" in prompt(sam, 1)
    assert ("user", "Our goal is to ship.") in heard(sam)


def test_another_word_for_served_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="served is 'public'"):
        agent(served="public")


def test_a_direct_call_of_the_model_reply_is_no_request() -> None:
    sam = agent(otherwise=sends("Hello."))

    assert sam.generate_oai_reply([user("Hi")]) == (True, "Hello.")
    assert ("user", "Hi") in heard(sam)
