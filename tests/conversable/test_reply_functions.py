"""AutoGen's own model reply, excluded, replaced and registered by its name: a stock agent and ours."""

from __future__ import annotations

import asyncio
from typing import Any

import autogen
import pytest
from side_by_side import KINDS, Kind, either, helper, made, served

from memgpt_autogen import MemGPTAgent

pytestmark = pytest.mark.autogen

STOCK = autogen.ConversableAgent
HELLO = [{"role": "user", "name": "p", "content": "Hi"}]


def stub(_recipient: Any, **_: Any) -> tuple[bool, str]:
    return True, "from the stub"


async def a_stub(_recipient: Any, **_: Any) -> tuple[bool, str]:
    return True, "from the coroutine"


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_without_the_model_gives_the_default_reply(kind: Kind) -> None:
    with served() as server:
        sam = made(kind, server, default_auto_reply="nothing to say")

        reply = sam.generate_reply(HELLO, helper("p"), exclude=[STOCK.generate_oai_reply])

    assert (reply, server.requests) == ("nothing to say", [])


@pytest.mark.parametrize("kind", KINDS)
def test_an_asynchronous_call_without_the_model_gives_the_default_reply(kind: Kind) -> None:
    both = (STOCK.generate_oai_reply, STOCK.a_generate_oai_reply)
    with served() as server:
        sam = made(kind, server, default_auto_reply="nothing to say")

        reply = asyncio.run(sam.a_generate_reply(HELLO, helper("p"), exclude=both))

    assert (reply, server.requests) == ("nothing to say", [])


def test_our_own_function_is_excluded_too() -> None:
    with served() as server:
        sam = made(MemGPTAgent, server)

        assert sam.generate_reply(HELLO, helper("p"), exclude=[MemGPTAgent.generate_oai_reply]) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_an_excluded_function_of_ones_own_leaves_the_model(kind: Kind) -> None:
    with served(either("from the model")) as server:
        sam = made(kind, server)
        sam.register_reply([autogen.Agent, None], stub)

        assert sam.generate_reply(HELLO, helper("p"), exclude=[stub]) == "from the model"


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_is_replaced_by_a_stub(kind: Kind) -> None:
    with served() as server:
        sam = made(kind, server)
        sam.replace_reply_func(STOCK.generate_oai_reply, stub)

        assert sam.generate_reply(HELLO, helper("p")) == "from the stub"
        result = helper("q").initiate_chat(sam, message="Hi", max_turns=1, silent=True)

    assert (result.summary, server.requests) == ("from the stub", [])


@pytest.mark.parametrize("kind", KINDS)
def test_the_asynchronous_model_is_replaced_by_a_stub(kind: Kind) -> None:
    with served() as server:
        sam = made(kind, server)
        sam.replace_reply_func(STOCK.generate_oai_reply, stub)
        sam.replace_reply_func(STOCK.a_generate_oai_reply, a_stub)

        reply = asyncio.run(sam.a_generate_reply(HELLO, helper("p")))

    assert reply in ("from the coroutine", "from the stub")
    assert not server.requests


@pytest.mark.parametrize("kind", KINDS)
def test_a_stub_is_replaced_by_the_model_again(kind: Kind) -> None:
    with served(either("from the model")) as server:
        sam = made(kind, server)
        sam.replace_reply_func(STOCK.generate_oai_reply, stub)
        sam.replace_reply_func(stub, STOCK.generate_oai_reply)

        assert sam.generate_reply(HELLO, helper("p")) == "from the model"
    if kind is MemGPTAgent:
        assert len(sam.memory.log.spoken_tail(9)) == 2  # memory is a part of it again


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_can_be_the_only_reply_function(kind: Kind) -> None:
    with served(either("from the model")) as server:
        sam = made(kind, server, is_termination_msg=lambda _: True)
        sam.register_reply([autogen.Agent, None], STOCK.generate_oai_reply, remove_other_reply_funcs=True)

        assert sam.generate_reply(HELLO, helper("p")) == "from the model"
