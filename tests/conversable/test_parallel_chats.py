"""Parallel chats, cancelled chats and failing models: every chat continues, and every log is complete."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from autogen_support import agent, echo, heard, person, requests, sends
from same_for_both import managed, transcript
from side_by_side import config, either

from memgpt_autogen import MemGPTAgent, conversable
from memgpt_autogen.concurrency import Threads
from memgpt_autogen.errors import ModelError
from memgpt_autogen.testing import Delayed, HTTPFailure, ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

pytestmark = pytest.mark.autogen


def test_each_of_ten_parallel_chats_gets_the_reply_of_its_own_turn() -> None:
    sam = agent(otherwise=echo)
    people = [person(f"p{number}") for number in range(10)]

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(
            *(
                one.a_initiate_chat(sam, message=f"from {one.name}", max_turns=1, silent=True)
                for one in people
            )
        )

    results = asyncio.run(all_at_once())

    replies = sorted(result.chat_history[-1]["content"] for result in results)
    assert replies == sorted(text for name, text in heard(sam) if name == "sam")
    assert len(requests(sam)) == 10


def test_ten_agents_answer_in_parallel() -> None:
    together = threading.Barrier(10, timeout=30)

    def meets(request: Request) -> Any:
        together.wait()  # passes only when ten turns run at the same time
        return echo(request)

    agents = [agent(f"a{number}", otherwise=meets) for number in range(10)]

    async def all_at_once() -> None:
        await asyncio.gather(
            *(person("p").a_initiate_chat(one, message="hello", max_turns=1, silent=True) for one in agents)
        )

    asyncio.run(all_at_once())

    assert [len(heard(one)) for one in agents] == [2] * 10


def test_chats_whose_turns_have_all_threads_end_though_their_tools_ask_another_agent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversable, "_TURNS", Threads(2, name="memgpt-turn"))
    bob = agent("bob", otherwise=sends("advice"))

    async def advise(question: str) -> str:
        """Ask bob."""
        return str(await bob.a_generate_reply([{"role": "user", "name": "ana", "content": question}]))

    def asks(request: Request) -> Any:
        told = request.messages[-1]["role"] == "tool"
        return sends("done") if told else says("", call("advise", question="any?"))

    ana = agent("ana", otherwise=asks, tools=[advise])

    async def all_at_once() -> list[Any]:
        chats = (person(f"p{number}").a_initiate_chat(ana, message="hi", max_turns=1) for number in range(6))
        return await asyncio.wait_for(asyncio.gather(*chats), 60)

    ends = [result.chat_history[-1]["content"] for result in asyncio.run(all_at_once())]

    assert len(ends) == 6
    assert "done" in ends[-1]


def test_a_chat_cancelled_in_a_turn_leaves_the_log_whole_and_the_next_turn_works() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(request: Request) -> Any:
        asked.set()
        assert go_on.wait(30)
        return says(
            "",
            call("core_memory_append", label="human", content="in a hurry"),
            call("send_message", message="late"),
        )

    sam, boss = agent("sam", slow, sends("in time")), person("boss")

    async def cancelled() -> None:
        task = asyncio.create_task(boss.a_initiate_chat(sam, message="quick!", max_turns=1, silent=True))
        await asyncio.to_thread(asked.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        await boss.a_initiate_chat(sam, message="and now?", max_turns=1, silent=True)

    asyncio.run(cancelled())

    assert heard(sam) == [
        ("boss", "quick!"),
        ("sam", "late"),
        ("boss", "and now?"),
        ("sam", "in time"),
    ] or heard(sam) == [("boss", "quick!"), ("boss", "and now?"), ("sam", "late"), ("sam", "in time")]
    calls = [each["id"] for m in requests(sam)[-1].messages for each in m.get("tool_calls") or ()]
    results = [m["tool_call_id"] for m in requests(sam)[-1].messages if m["role"] == "tool"]
    assert calls == results
    assert sam.memory.core["human"].value == "in a hurry"


FAILURES = [
    pytest.param(HTTPFailure(500), id="fails"),
    pytest.param(HTTPFailure(0), id="hangs up"),
    pytest.param(HTTPFailure(401), id="refuses"),
    pytest.param(Delayed(20, either("too late")), id="is too slow", marks=pytest.mark.slow),
    pytest.param(HTTPFailure(200, "<html>Welcome</html>"), id="answers nonsense"),
    pytest.param(HTTPFailure(200, {"choices": []}), id="answers nothing"),
]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_group_goes_on_when_the_model_fails_and_when_it_is_back(
    failure: Any, asynchronous: bool
) -> None:  # pitfall 23, T76
    with ScriptedServer(*[failure] * 3, otherwise=either("back again")) as server:
        llm_config = config(server)
        llm_config["timeout"] = 1
        sam = MemGPTAgent("sam", llm_config=llm_config, silent=True)
        ada, ben = person("ada", ["are you there?"]), person("ben", ["we go on", "still"])
        manager = managed(ada, sam, ben, rounds=5)
        if asynchronous:
            asyncio.run(ada.a_initiate_chat(manager, message="hello", silent=True))
        else:
            ada.initiate_chat(manager, message="hello", silent=True)

    said = transcript(manager)
    assert [name for name, _ in said] == ["ada", "sam", "ben", "ada", "sam"]
    assert said[1][1].startswith("[sam cannot answer now: ")
    assert len(said[1][1]) < 260
    assert heard(sam) == said


def test_a_model_that_answers_with_no_words_and_unknown_tools_gets_a_bounded_reply_out() -> None:
    nonsense = says("", call("no_such_tool", x=1))
    sam, ada = agent("sam", otherwise=nonsense), person("ada", ["hm?", "hm??"])
    manager = managed(ada, sam, rounds=4)

    ada.initiate_chat(manager, message="hello", silent=True)

    assert [text for name, text in transcript(manager) if name == "sam"] == ["(no answer)", "(no answer)"]
    assert heard(sam) == transcript(manager)


def test_a_failure_that_is_raised_leaves_an_asynchronous_group_to_be_run_again() -> None:
    sam = agent("sam", ModelError("down"), sends("better now"), model_error="raise")
    ada = person("ada")
    manager = managed(ada, sam, rounds=2)

    with pytest.raises(ModelError):
        asyncio.run(ada.a_initiate_chat(manager, message="hello", silent=True))
    asyncio.run(ada.a_initiate_chat(manager, message="hello", silent=True))

    assert heard(sam) == [("ada", "hello"), ("sam", "better now")]
