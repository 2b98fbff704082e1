"""What every host relies on: hearing once, turns as events, cancellation, silence, calls and errors."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import storage_faults
from hosted import run, said_in, speaks
from loops import MemoryFactory

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.events import Replied, RunEvent, TurnEnded, TurnFailed
from memgpt_autogen.hosts.core import Answer, HostedAgent, passed_on
from memgpt_autogen.hosts.hearing import with_words
from memgpt_autogen.hosts.options import open_agent
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools
from memgpt_autogen.messages import DELIVERY, Message, without_words
from memgpt_autogen.testing import ScriptedLLM, call, says

Make = Callable[..., HostedAgent]

SPEECH = {"type": "function", "function": {"name": "transfer_to_ben", "parameters": {"type": "object"}}}


@pytest.fixture
def make_agent(make_memory: MemoryFactory) -> Make:
    def make(*answers: Any, llm: Any = None, **options: Any) -> HostedAgent:
        memory = make_memory()
        llm = llm or ScriptedLLM(*answers)
        loop_options = {key: options.pop(key) for key in ("tools", "stream") if key in options}
        return HostedAgent(memory, open_loop(memory, llm, **loop_options), **options)

    return make


async def answered(agent: HostedAgent, inputs: Iterable[Message] = (), **options: Any) -> Answer:
    """Run a turn, and return what came out of it."""
    async with contextlib.aclosing(agent.turn(inputs, **options)) as events:
        return agent.collected([event async for event in events])


def said(agent: HostedAgent) -> list[tuple[str, str]]:
    return said_in(agent.memory)


def heard(name: str, text: str, given: str | None = None) -> Message:
    return Message.said_by(name, text, **({} if given is None else {DELIVERY: given}))


class Slow:
    """A model that answers only when it may."""

    model = "slow"

    def __init__(self, llm: ScriptedLLM) -> None:
        self._llm = llm
        self.asked, self.may = threading.Event(), threading.Event()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        self.asked.set()
        self.may.wait(20)
        return self._llm.complete(messages, tools, tool_choice)


def waiting_for(llm: Slow) -> Callable[[], str]:
    """A tool after which the model waits again until it may answer."""

    def wait() -> str:
        """Wait."""
        llm.may.clear()
        llm.asked.clear()
        return "waited"

    return wait


async def asked(llm: Slow) -> None:
    await asyncio.to_thread(llm.asked.wait, 20)


def test_a_message_that_is_delivered_again_is_stored_once(make_agent: Make) -> None:
    agent = make_agent()

    run(agent.hear(heard("ada", "One", "a"), heard("ben", "Two", "b")))
    run(agent.hear(heard("ada", "One", "a"), heard("ben", "Two", "b"), heard("ada", "One", "c")))

    assert said(agent) == [("ada", "One"), ("ben", "Two"), ("ada", "One")]


def test_a_new_process_knows_what_was_delivered(make_agent: Make) -> None:
    run(make_agent().hear(heard("ada", "One", "a")))

    again = make_agent()
    run(again.hear(heard("ada", "One", "a"), heard("ada", "Two", "b")))

    assert said(again) == [("ada", "One"), ("ada", "Two")]


def test_what_was_forgotten_does_not_come_back_when_it_is_delivered_again(make_agent: Make) -> None:
    pin = heard("ada", "The PIN is 4711", with_words("a", "The PIN is 4711"))
    agent = make_agent()
    run(agent.hear(pin, heard("ada", "Hello", "b")))

    agent.memory.forget(query="4711")
    run(agent.hear(pin))
    run(make_agent().hear(pin, heard("ada", "Hello", "b")))

    assert said(agent) == [("ada", "Hello")]
    payloads = [entry.message.extra for entry in agent.memory.log.everything()]
    assert {DELIVERY: without_words("a")} in payloads  # and no hash of the words


def test_an_id_that_a_host_gives_twice_hides_no_words(make_agent: Make) -> None:
    agent = make_agent()

    run(agent.hear(*(heard("ada", text, with_words("a", text)) for text in ("One", "Two", "One"))))

    assert said(agent) == [("ada", "One"), ("ada", "Two")]


def test_the_same_id_twice_in_one_delivery_is_one_message(make_agent: Make) -> None:
    agent = make_agent()

    run(agent.hear(heard("ada", "One", "a"), heard("ada", "One", "a")))

    assert said(agent) == [("ada", "One")]


def test_a_conversation_without_ids_is_stored_once(make_agent: Make) -> None:
    agent = make_agent(speaks("Hello Ada"), speaks("Bye"))

    async def talk() -> None:
        told = [heard("ada", "Hello")]
        await agent.hear_conversation(told, "x")
        answer = await answered(agent, chat="x")
        told += [Message("assistant", answer.text, "spoken"), heard("ada", "Hello")]
        await agent.hear_conversation(told, "x")
        await agent.hear_conversation(told, "x")

    run(talk())

    assert said(agent) == [("ada", "Hello"), ("sam", "Hello Ada"), ("ada", "Hello")]


def test_equal_words_of_another_conversation_are_new(make_agent: Make) -> None:
    agent = make_agent()

    for chat in ("x", "y", "x"):
        run(agent.hear_conversation([heard("ada", "Hello")], chat))

    assert said(agent) == [("ada", "Hello"), ("ada", "Hello")]


def test_a_turn_is_events_in_the_hosts_loop(make_agent: Make) -> None:
    agent = make_agent(speaks("Hello Ada"))

    async def turn() -> list[RunEvent]:
        await agent.hear(heard("ada", "Hello", "a"))
        return [event async for event in agent.turn()]

    events = run(turn())

    assert Replied("Hello Ada") in events
    assert isinstance(events[-1], TurnEnded)
    assert said(agent) == [("ada", "Hello"), ("sam", "Hello Ada")]


def test_other_tasks_run_while_the_model_thinks(make_agent: Make) -> None:
    llm = Slow(ScriptedLLM(speaks("Done")))
    agent = make_agent(llm=llm)

    async def both() -> str:
        task = asyncio.create_task(answered(agent, [heard("ada", "Hello")]))
        await asked(llm)  # this can only be reached if the loop is free
        llm.may.set()
        return (await task).text

    assert run(both()) == "Done"


def test_a_tools_coroutine_runs_on_the_hosts_loop(make_agent: Make) -> None:
    seen: list[asyncio.AbstractEventLoop] = []

    async def look() -> str:
        """Look at the loop."""
        seen.append(asyncio.get_running_loop())
        return "seen"

    agent = make_agent(says("", call("look", request_heartbeat=True)), speaks("Seen"), tools=[look])

    async def turn() -> asyncio.AbstractEventLoop:
        await answered(agent, [heard("ada", "Look")])
        return asyncio.get_running_loop()

    assert [run(turn())] == seen


def test_own_words_that_the_host_delivers_are_old(make_agent: Make) -> None:
    agent = make_agent(speaks("Hello Ada"))

    async def turn() -> None:
        await answered(agent, [heard("ada", "Hello", "a")], delivery="b")
        await agent.hear(Message("assistant", "Hello Ada", "spoken", extra={DELIVERY: "b"}))

    run(turn())

    assert said(agent) == [("ada", "Hello"), ("sam", "Hello Ada")]


def test_words_of_a_cancelled_turn_are_not_stored_as_said(make_agent: Make) -> None:
    llm = Slow(ScriptedLLM(speaks("Too late"), speaks("Here I am")))
    agent = make_agent(llm=llm)

    async def cancelled() -> None:
        await agent.hear(heard("ada", "Hello", "a"))
        task = asyncio.create_task(answered(agent))
        await asked(llm)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        llm.may.set()
        await agent.hear(heard("ada", "Hello", "a"))
        await answered(agent)

    run(cancelled())

    words = said(agent)
    assert words[0] == ("ada", "Hello")
    assert len(words) == 2  # one answer, whichever the model gave second


def test_words_that_were_said_but_not_read_to_the_end_are_taken_back(make_agent: Make) -> None:
    agent = make_agent(says("", call("send_message", message="One", request_heartbeat=True)), speaks("Two"))

    async def left() -> None:
        await agent.hear(heard("ada", "Hello", "a"))
        async with contextlib.aclosing(agent.turn()) as events:
            async for event in events:
                if isinstance(event, Replied):
                    return

    run(left())

    assert said(agent) == [("ada", "Hello")]


def test_a_reader_that_passes_words_on_at_once_keeps_them(make_agent: Make) -> None:
    llm = Slow(
        ScriptedLLM(says("", call("send_message", message="One"), call("wait", request_heartbeat=True)))
    )
    llm.may.set()

    agent = make_agent(llm=llm, tools=[waiting_for(llm)])

    async def stopped() -> None:
        async def read() -> None:
            async for _ in agent.turn([heard("ada", "Hello")], streams=True):
                pass

        task = asyncio.create_task(read())
        await asked(llm)
        await asyncio.sleep(0.5)
        await asked(llm)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    run(stopped())

    assert said(agent) == [("ada", "Hello"), ("sam", "One")]


@pytest.mark.parametrize(("newest", "streams"), [(Replied, True), (TurnEnded, False)])
def test_words_that_a_reader_cannot_pass_on_are_taken_back(
    make_agent: Make, newest: type[RunEvent], streams: bool
) -> None:
    agent = make_agent(speaks("One"))

    async def broken() -> None:
        raise ConnectionError

    async def read() -> None:
        async with contextlib.aclosing(agent.turn([heard("ada", "Hello")], streams=streams)) as events:
            async for event in events:
                if isinstance(event, newest):
                    await passed_on(events, broken())

    with pytest.raises(ConnectionError):
        run(read())

    assert said(agent) == [("ada", "Hello")]


async def stop(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.sqlite
def test_what_cannot_be_taken_back_at_once_is_taken_back_before_the_next_turn(
    make_agent: Make, tmp_path: Path
) -> None:
    first = says("", call("send_message", message="One"), call("wait", request_heartbeat=True))
    llm = Slow(ScriptedLLM(first, otherwise=speaks("Two")))
    llm.may.set()

    agent = make_agent(llm=llm, tools=[waiting_for(llm)])

    async def stopped() -> None:
        task = asyncio.create_task(answered(agent, [heard("ada", "Hello")]))
        await asked(llm)
        await asyncio.sleep(0.5)
        await asked(llm)
        with storage_faults.locked(tmp_path / "home"):
            await stop(task)
        llm.may.set()
        await answered(agent, [heard("ada", "Again")])

    run(stopped())

    assert said(agent) == [("ada", "Hello"), ("ada", "Again"), ("sam", "Two")]


@pytest.mark.sqlite
def test_a_cancelled_turn_says_nothing_when_the_database_fails(make_agent: Make, tmp_path: Path) -> None:
    agent = make_agent(speaks("Two"))

    async def stopped() -> None:
        with storage_faults.locked(tmp_path / "home", milliseconds=500):
            task = asyncio.create_task(answered(agent, [heard("ada", "Hello", "a")]))
            await asyncio.sleep(0.2)
            await stop(task)
        await answered(agent, [heard("ada", "Again")])

    run(stopped())

    assert said(agent) == [("ada", "Hello"), ("ada", "Again"), ("sam", "Two")]


def test_words_that_come_after_the_end_of_the_event_loop_are_taken_back(make_agent: Make) -> None:
    llm = Slow(ScriptedLLM(says("", call("wait", request_heartbeat=True)), speaks("Too late")))
    llm.may.set()
    waited = threading.Event()

    def wait() -> str:
        """Wait."""
        llm.may.clear()
        llm.asked.clear()
        waited.set()
        return "waited"

    agent = make_agent(llm=llm, tools=[wait])
    loop = asyncio.new_event_loop()

    events = agent.turn([heard("ada", "Hello")])
    loop.run_until_complete(anext(events))
    waited.wait(20)
    llm.asked.wait(20)
    loop.close()
    llm.may.set()
    deadline = time.monotonic() + 20
    while not agent.memory.log.spoken_tail(10)[-1].hidden and time.monotonic() < deadline:
        time.sleep(0.01)

    assert said(agent) == [("ada", "Hello")]
    assert [each.hidden for each in agent.memory.log.spoken_tail(10)] == [False, True]
    run(events.aclose())


def test_an_agent_that_owes_no_answer_may_be_silent(make_agent: Make) -> None:
    agent = make_agent(says(""), says(""), owes_answer=False)

    assert run(answered(agent, [heard("ada", "Just so you know")])).text == ""
    assert said(agent) == [("ada", "Just so you know")]


def test_a_call_of_the_hosts_tool_waits_for_its_result(make_agent: Make) -> None:
    agent = make_agent(says("", call("transfer_to_ben")), speaks("He has it"))

    first = run(answered(agent, [heard("ada", "Ben, please")], foreign=[SPEECH]))
    assert [each.name for each in first.calls] == ["transfer_to_ben"]
    assert set(agent.waiting()) == {first.calls[0].id}
    second = run(answered(agent, [Message.result_of(first.calls[0], "done")], foreign=[SPEECH]))

    assert second.text == "He has it"
    assert not agent.waiting()


class Failing:
    model = "failing"

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        raise ModelError("the endpoint is away")


def test_an_agent_whose_model_fails_says_so_and_the_log_has_it(make_agent: Make) -> None:
    agent = make_agent(llm=Failing())

    answer = run(answered(agent, [heard("ada", "Hello")]))

    assert answer.failed == "ModelError"
    assert answer.text == "[sam cannot answer now: the endpoint is away]"
    assert said(agent) == [("ada", "Hello"), ("sam", answer.text)]


def test_a_silent_agent_whose_model_fails_says_nothing(make_agent: Make) -> None:
    agent = make_agent(llm=Failing(), owes_answer=False)

    async def events() -> list[RunEvent]:
        return [event async for event in agent.turn([heard("ada", "Hello")])]

    assert run(events())[-1] == TurnFailed("ModelError", "the endpoint is away")
    assert said(agent) == [("ada", "Hello")]


def test_an_error_can_be_raised_instead(make_agent: Make) -> None:
    agent = make_agent(llm=Failing(), model_error="raise")

    with pytest.raises(ModelError, match="the endpoint is away"):
        run(answered(agent, [heard("ada", "Hello")]))


def test_two_turns_at_once_follow_each_other(make_agent: Make) -> None:
    agent = make_agent(speaks("One"), speaks("Two"))

    async def both() -> list[str]:
        turns: list[Awaitable[Any]] = [answered(agent, [heard("ada", text)]) for text in ("First", "Second")]
        return sorted([answer.text for answer in await asyncio.gather(*turns)])

    assert run(both()) == ["One", "Two"]


def test_options_that_are_not_known_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="no option 'personna'"):
        open_agent("sam", {"personna": "x"})  # type: ignore[typeddict-unknown-key]


def own(text: str, given: str) -> Message:
    return Message("assistant", text, "spoken", extra={DELIVERY: given})


def test_a_history_with_the_same_ids_is_stored_once(make_agent: Make) -> None:
    agent = make_agent()

    run(agent.hear_history([], [heard("ada", "One", "a")]))
    run(agent.hear_history([heard("ada", "One", "a"), own("Two", "b")], [heard("ada", "One", "c")]))

    assert said(agent) == [("ada", "One"), ("sam", "Two"), ("ada", "One")]


def test_a_history_that_was_rebuilt_with_other_ids_is_known_by_its_words(make_agent: Make) -> None:
    agent = make_agent()

    run(agent.hear(heard("ada", "One", "a"), own("Two", "b"), heard("eve", "Elsewhere", "c")))
    run(agent.hear_history([heard("ada", "One", "d"), own("Two", "e")], [heard("ada", "One", "f")]))

    assert said(agent) == [("ada", "One"), ("sam", "Two"), ("eve", "Elsewhere"), ("ada", "One")]


def test_a_host_can_take_back_what_it_could_not_deliver(make_agent: Make) -> None:
    agent = make_agent(speaks("One"), speaks("Two"))

    run(answered(agent, [heard("ada", "Hello")], delivery="a"))
    run(answered(agent, [heard("ada", "Hello?")], delivery="b"))
    run(agent.take_back("a"))

    assert said(agent) == [("ada", "Hello"), ("ada", "Hello?"), ("sam", "Two")]


def test_a_reply_can_have_another_form_for_one_turn(make_agent: Make) -> None:
    agent = make_agent(speaks("Twelve"), speaks('{"count": 12}'), speaks("Twelve"))
    schema = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}

    assert run(answered(agent.shaped(schema), [heard("ada", "How many?")])).text == '{"count": 12}'
    assert run(answered(agent, [heard("ada", "How many?")])).text == "Twelve"
