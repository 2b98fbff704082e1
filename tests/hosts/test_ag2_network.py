"""AG2 1.x's network: each envelope is heard once, also in silence, and only what was sent is said."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hosted import run, said_in, speaks

ag2 = pytest.importorskip("ag2")

from ag2 import Agent  # noqa: E402
from ag2.events import ModelMessage, ModelResponse, ToolCallEvent  # noqa: E402
from ag2.knowledge import MemoryKnowledgeStore  # noqa: E402
from ag2.middleware import BaseMiddleware, Middleware  # noqa: E402
from ag2.network import (  # noqa: E402
    AgentClient,
    AgentTarget,
    Always,
    Channel,
    FromSpeaker,
    Handoff,
    Hub,
    HubClient,
    LocalLink,
    Passport,
    ProtocolError,
    ToolCalled,
    Transition,
    TransitionGraph,
)
from ag2.testing import TestConfig  # noqa: E402

from memgpt_autogen.errors import ConfigurationError, ModelError  # noqa: E402
from memgpt_autogen.hosts.ag2 import MemGPTModel, MemGPTPlugin, attach  # noqa: E402
from memgpt_autogen.llm.offline import OfflineLLM  # noqa: E402
from memgpt_autogen.llm.protocols import Completion, Messages, ToolChoice, Tools  # noqa: E402
from memgpt_autogen.testing import ScriptedLLM, call, says  # noqa: E402
from memgpt_autogen.tools.tool import Tool  # noqa: E402

Sam = Callable[..., MemGPTModel]
Words = list[tuple[str, str]]


@dataclass
class Net:
    """A hub, and who is registered there."""

    hub: Hub
    clients: dict[str, AgentClient]

    async def words(self, channel: str) -> Words:
        """Return what was said in a channel, by its log."""
        return [
            (
                self.hub.name_for(each.sender_id),
                each.event_data.get("text") or each.event_data.get("body") or "",
            )
            for each in await self.hub.read_wal(channel)
            if each.event_type in ("ag2.msg.text", "ag2.packet")
        ]

    async def has(self, channel: str, count: int) -> None:
        """Wait until so much was said in a channel."""
        while len(await self.words(channel)) < count:
            await asyncio.sleep(0.02)

    async def rests(self, channel: str, seconds: float) -> None:
        """Wait until nothing is said any more."""
        before = -1
        while before != len(log := await self.hub.read_wal(channel)):
            before = len(log)
            await asyncio.sleep(seconds)


@asynccontextmanager
async def network(*agents: Agent, store: Any = None) -> AsyncIterator[Net]:
    """Open a hub. Agents that its store knows are bound again, as after a restart."""
    hub = await Hub.open(store or MemoryKnowledgeStore(), ttl_sweep_interval=0, expectation_sweep_interval=0)
    clients = {}
    for agent in agents:
        client = HubClient(LocalLink(hub), hub=hub)
        known = hub.find_agent_id(agent.name) is not None
        clients[agent.name] = await (client.attach(agent, agent.name) if known else client.register(agent))
    try:
        yield Net(hub, clients)
    finally:
        for each in clients.values():
            await each._hub_client.close()
        await hub.close()


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


def silent(name: str) -> Agent:
    """Return an agent of another model that never says anything by itself."""
    return Agent(name, config=TestConfig(ModelResponse(None)))


def takes_turns(first: AgentClient, *then: AgentClient) -> dict[str, Any]:
    """Return the knobs of a workflow in which the first speaks alone, or then always the second."""
    rules = [Transition(Always(), AgentTarget([*then, first][0].agent_id))]
    return {"graph": TransitionGraph(initial_speaker=first.agent_id, transitions=rules).to_dict()}


def test_a_member_that_is_never_asked_hears_all_at_once(make_model: Sam) -> None:
    model = make_model()

    async def talk() -> None:
        async with network(silent("ada"), silent("ben"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            ada = net.clients["ada"]
            channel = await ada.open(type="workflow", target=["ben", "sam"], knobs=takes_turns(ada))
            for number in range(5):
                await channel.send(f"Line {number}")
                await until(lambda count=number: len(said_in(model.memory)) > count)  # type: ignore[misc]

    run(talk())

    assert said_in(model.memory) == [("ada", f"Line {number}") for number in range(5)]


def test_what_the_hub_projects_into_a_turn_is_not_heard_again(make_model: Sam) -> None:
    model = make_model(*(speaks(f"Answer {number}") for number in range(3)))

    async def talk() -> Words:
        async with network(silent("ada"), silent("ben"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            ada, ben = net.clients["ada"], net.clients["ben"]
            channel = await ada.open(type="discussion", target=["ben", "sam"])
            for number in range(3):
                await channel.send("Good")
                await Channel(metadata=channel.metadata, client=ben).send("Good")
                await until(lambda count=number: len(said_in(model.memory)) == 3 * count + 3)  # type: ignore[misc]
                await net.has(channel.channel_id, 3 * number + 3)
            return await net.words(channel.channel_id)

    words = run(talk())

    assert len(words) == 9
    assert said_in(model.memory) == words


def test_words_for_others_only_are_not_heard(make_model: Sam) -> None:
    model = make_model()

    async def talk() -> None:
        async with network(silent("ada"), silent("ben"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            ada, ben = net.clients["ada"], net.clients["ben"]
            channel = await ada.open(type="workflow", target=["ben", "sam"], knobs=takes_turns(ada))
            await channel.send("Secret", audience=[ben.agent_id])
            await channel.send("For all")
            await attach(net.clients["sam"], model)

    run(talk())

    assert said_in(model.memory) == [("ada", "For all")]


def test_an_opened_hub_tells_once_what_was_missed(make_model: Sam) -> None:
    store = MemoryKnowledgeStore()
    model = make_model(speaks("Answer"))

    async def talk() -> Words:
        async with network(silent("ada"), Agent("sam", config=model), store=store) as net:
            await attach(net.clients["sam"], model)
            ada = net.clients["ada"]
            channel = await ada.open(type="workflow", target="sam", knobs=takes_turns(ada))
            await channel.send("Heard")
            await until(lambda: bool(said_in(model.memory)))
            await net.clients["sam"]._hub_client.close()
            await channel.send("Missed")
        for _ in range(2):
            async with network(silent("ada"), Agent("sam", config=model), store=store) as net:
                await attach(net.clients["sam"], model)
        async with network(store=store) as net:
            return await net.words(channel.channel_id)

    words = run(talk())

    assert words == [("ada", "Heard"), ("ada", "Missed")]
    assert said_in(model.memory) == words


def test_an_agent_that_was_not_attached_hears_from_its_first_turn_on(make_model: Sam) -> None:
    model = make_model(speaks("Two things"), speaks("Three"))

    async def talk() -> Words:
        async with network(silent("ada"), Agent("sam", config=model)) as net:
            ada = net.clients["ada"]
            knobs = takes_turns(ada)
            before = await ada.open(type="workflow", target="sam", knobs=knobs)
            await before.send("One thing")
            channel = await ada.open(type="consulting", target="sam")
            await channel.send("What did I say?")
            await until(lambda: len(said_in(model.memory)) == 3)
            await before.send("Another")
            await until(lambda: len(said_in(model.memory)) == 4)
            return await net.words(channel.channel_id)

    words = run(talk())

    assert words == [("ada", "What did I say?"), ("sam", "Two things")]
    assert said_in(model.memory) == [("ada", "One thing"), *words, ("ada", "Another")]


def test_what_is_sent_by_code_is_stored_once_as_said(make_model: Sam) -> None:
    store = MemoryKnowledgeStore()
    model = make_model()

    async def talk() -> None:
        async with network(silent("ada"), Agent("sam", config=model), store=store) as net:
            await attach(net.clients["sam"], model)
            channel = await net.clients["sam"].open(type="conversation", target="ada")
            await channel.send("Good morning")
            await channel.send("Good morning")
        async with network(silent("ada"), Agent("sam", config=model), store=store) as net:
            await attach(net.clients["sam"], model)

    run(talk())

    assert said_in(model.memory) == [("sam", "Good morning"), ("sam", "Good morning")]


def test_what_was_sent_by_code_before_is_learned_from_the_channels_log(make_model: Sam) -> None:
    model = make_model()

    async def talk() -> None:
        async with network(silent("ada"), Agent("sam", config=model)) as net:
            channel = await net.clients["sam"].open(type="conversation", target="ada")
            await channel.send("Good morning")
            await attach(net.clients["sam"], model)

    run(talk())

    assert said_in(model.memory) == [("sam", "Good morning")]


class Slow:
    """A model that answers only when it may."""

    model = "slow"

    def __init__(self, *answers: Any) -> None:
        self._llm = ScriptedLLM(*answers)
        self.asked, self.may = threading.Event(), threading.Event()

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        self.asked.set()
        self.may.wait(20)
        return self._llm.complete(messages, tools, tool_choice)


def test_words_that_come_after_the_channel_was_closed_are_not_stored_as_said(make_model: Sam) -> None:
    llm = Slow(speaks("Too late"))
    model = make_model(llm=llm)

    async def talk() -> Words:
        async with network(silent("ada"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            channel = await net.clients["ada"].open(type="conversation", target="sam")
            await channel.send("Quick, are you there?")
            await asyncio.to_thread(llm.asked.wait, 20)
            await channel.close()
            llm.may.set()
            await until(lambda: any(entry.hidden for entry in model.memory.log.everything()))
            return await net.words(channel.channel_id)

    assert run(talk()) == [("ada", "Quick, are you there?")]
    assert said_in(model.memory) == [("ada", "Quick, are you there?")]


def test_a_handler_of_ones_own_may_send_the_answer_as_it_likes(make_model: Sam) -> None:
    store = MemoryKnowledgeStore()
    model = make_model(*(speaks("Yes") for _ in range(4)))

    def handler(agent: Agent, own: Channel) -> Callable[[Any], Awaitable[None]]:
        """Answer without naming what is answered."""

        async def handle(envelope: Any) -> None:
            if envelope.event_type == "ag2.msg.text":
                given = {"ag2.network.agent_client": own._client, "ag2.network.channel": own}
                await own.send((await agent.ask("?", dependencies=given)).body or "")

        return handle

    async def talk() -> Words:
        for number in range(3):
            agent = Agent("sam", config=model)
            async with network(silent("ada"), agent, store=store) as net:
                ada, client = net.clients["ada"], net.clients["sam"]
                await attach(client, model)
                if number == 0:
                    channel = await ada.open(type="conversation", target="sam")
                client.on_envelope(handler(agent, Channel(metadata=channel.metadata, client=client)))
                for time in range(2 if number < 2 else 0):
                    await Channel(metadata=channel.metadata, client=ada).send("Are you there?")
                    await net.has(channel.channel_id, 4 * number + 2 * time + 2)
                words = await net.words(channel.channel_id)
        return words

    words = run(talk())

    assert words == [("ada", "Are you there?"), ("sam", "Yes")] * 4
    assert said_in(model.memory) == words


def test_a_handler_of_ones_own_may_go_on_with_one_stream(make_model: Sam) -> None:
    model = make_model(*(speaks("Yes") for _ in range(3)))

    async def talk() -> Words:
        agent = Agent("sam", config=model)
        async with network(silent("ada"), agent) as net:
            client = net.clients["sam"]
            await attach(client, model)
            channel = await net.clients["ada"].open(type="conversation", target="sam")
            own = Channel(metadata=channel.metadata, client=client)
            given = {"ag2.network.agent_client": client, "ag2.network.channel": own}
            replies: list[Any] = []

            async def handle(envelope: Any) -> None:
                asked = replies[-1] if replies else agent
                options = {} if replies else {"dependencies": given}
                replies.append(await asked.ask(f"[ada]: {envelope.event_data['text']}", **options))
                await own.send(replies[-1].body)

            client.on_envelope(handle)
            for count in range(1, 4):
                await channel.send("Are you there?")
                await net.has(channel.channel_id, 2 * count)
            return await net.words(channel.channel_id)

    words = run(talk())

    assert words == [("ada", "Are you there?"), ("sam", "Yes")] * 3
    assert said_in(model.memory) == words


def test_code_reads_why_its_words_were_refused_and_they_are_not_stored(make_model: Sam) -> None:
    model = make_model()

    async def talk() -> None:
        async with network(silent("ada"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            channel = await net.clients["sam"].open(type="conversation", target="ada")
            await channel.close()
            with pytest.raises(ProtocolError, match="closed"):
                await channel.send("Anybody?")

    run(talk())

    assert said_in(model.memory) == []


def test_words_that_the_process_could_not_send_are_taken_back_and_said_again(make_model: Sam) -> None:
    store = MemoryKnowledgeStore()
    dying = make_model(speaks("Yes"))

    async def talk() -> Words:
        async with network(silent("ada"), Agent("sam", config=dying), store=store) as net:
            await attach(net.clients["sam"], dying)
            channel = await net.clients["ada"].open(type="discussion", target="sam")
            client = net.clients["sam"]

            async def killed(envelope: Any) -> str:
                await asyncio.Event().wait()
                raise AssertionError

            client.send_envelope = killed  # type: ignore[method-assign]
            await channel.send("Are you there?")
            await until(lambda: ("sam", "Yes") in said_in(dying.memory))
            client._hub_client._receive_task = None  # closing must not end it in order
        again = make_model(speaks("Yes, here"))
        async with network(silent("ada"), Agent("sam", config=again), store=store) as net:
            await attach(net.clients["sam"], again)
            assert said_in(again.memory) == [("ada", "Are you there?")]
            assert await net.clients["sam"].resume_pending_turns() == 1
            return await net.words(channel.channel_id)

    words = run(talk())

    assert words == [("ada", "Are you there?"), ("sam", "Yes, here")]
    assert said_in(make_model().memory) == words


def test_all_that_is_said_around_a_tool_call_reaches_the_channel(make_model: Sam) -> None:
    model = make_model(speaks("Let me look", call("stock")), speaks("We have 12"))

    def stock() -> int:
        """Return the stock."""
        return 12

    async def talk() -> Words:
        async with network(silent("ada"), Agent("sam", config=model, tools=[stock])) as net:
            await attach(net.clients["sam"], model)
            channel = await net.clients["ada"].open(type="consulting", target="sam")
            await channel.send("How many?")
            await net.has(channel.channel_id, 2)
            return await net.words(channel.channel_id)

    assert run(talk()) == [("ada", "How many?"), ("sam", "Let me look\nWe have 12")]
    assert said_in(model.memory) == [("ada", "How many?"), ("sam", "Let me look"), ("sam", "We have 12")]


def test_what_a_tool_says_directly_and_the_hub_refuses_is_not_stored_as_said(make_model: Sam) -> None:
    asked, may = threading.Event(), threading.Event()

    def opening_hours() -> str:
        """Tell the opening hours."""
        asked.set()
        may.wait(20)
        return "From nine to five"

    tool = Tool.from_function(opening_hours, returns_directly=True)
    model = make_model(says("", call("opening_hours")), tools=[tool])

    async def talk() -> None:
        async with network(silent("ada"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            channel = await net.clients["ada"].open(type="conversation", target="sam")
            await channel.send("When are you open?")
            await asyncio.to_thread(asked.wait, 20)
            await channel.close()
            may.set()
            await until(lambda: any(entry.hidden for entry in model.memory.log.everything()))

    run(talk())

    assert said_in(model.memory) == [("ada", "When are you open?")]


class Polite(BaseMiddleware):
    async def on_turn(self, call_next: Any, event: Any, context: Any) -> ModelResponse:
        response = await call_next(event, context)
        return ModelResponse(ModelMessage(f"{response.content}, please"))


def test_words_that_a_middleware_changed_are_stored_as_they_were_sent(make_model: Sam) -> None:
    model = make_model(speaks("Wait"))

    async def talk() -> None:
        agent = Agent("sam", config=model, middleware=[Middleware(Polite)])
        async with network(silent("ada"), agent) as net:
            await attach(net.clients["sam"], model)
            channel = await net.clients["ada"].open(type="consulting", target="sam")
            await channel.send("Ready?")
            await net.has(channel.channel_id, 2)
            words = await net.words(channel.channel_id)
            assert words == [("ada", "Ready?"), ("sam", "Wait, please")]
            await until(lambda: said_in(model.memory) == words)

    run(talk())


def test_words_that_a_middleware_changed_before_the_process_died_are_in_the_log(
    make_model: Sam,
) -> None:
    store = MemoryKnowledgeStore()
    model = make_model(speaks("Wait"))

    async def talk() -> Words:
        agent = Agent("sam", config=model, middleware=[Middleware(Polite)])
        async with network(silent("ada"), agent, store=store) as net:
            client = net.clients["sam"]
            send = client.send_envelope

            async def killed(envelope: Any) -> str:
                given = await send(envelope)
                if envelope.event_type == "ag2.msg.text":
                    await asyncio.Event().wait()
                return given

            client.send_envelope = killed  # type: ignore[method-assign]
            await attach(client, model)
            channel = await net.clients["ada"].open(type="discussion", target="sam")
            await channel.send("Ready?")
            await net.has(channel.channel_id, 2)
            client._hub_client._receive_task = None  # closing must not end it in order
        async with network(silent("ada"), Agent("sam", config=model), store=store) as net:
            await attach(net.clients["sam"], model)
            return await net.words(channel.channel_id)

    words = run(talk())

    assert words == [("ada", "Ready?"), ("sam", "Wait, please")]
    assert said_in(model.memory) == words


def test_two_agents_with_memory_end_their_conversation(make_model: Sam) -> None:
    ada, ben = (make_model(llm=OfflineLLM(), name=name) for name in ("ada", "ben"))

    async def talk() -> Words:
        async with network(Agent("ada", config=ada), Agent("ben", config=ben)) as net:
            await attach(net.clients["ada"], ada)
            await attach(net.clients["ben"], ben)
            channel = await net.clients["ada"].open(type="conversation", target="ben")
            await channel.send("My boat is called Heron.")
            await net.rests(channel.channel_id, 1.5)
            await channel.close()
            words = await net.words(channel.channel_id)
            await until(lambda: said_in(ada.memory) == said_in(ben.memory) == words)
            return words

    words = run(talk())

    assert len(words) < 5


def test_an_agent_may_be_silent_with_an_agent_but_not_with_a_person(make_model: Sam) -> None:
    model = make_model(says("Nothing to add"), says("Good evening"), says("Good evening"))

    async def talk() -> tuple[Words, Words]:
        async with network(silent("ada"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            among = await net.clients["ada"].open(type="conversation", target="sam")
            await among.send("Bye")
            person = await HubClient(LocalLink(net.hub), hub=net.hub).register_human(Passport(name="eve"))
            asked = await person.open(type="conversation", target="sam")
            await asked.send("Hello")
            await net.has(asked.channel_id, 2)
            return await net.words(among.channel_id), await net.words(asked.channel_id)

    assert run(talk()) == ([("ada", "Bye")], [("eve", "Hello"), ("sam", "Good evening")])


def test_an_agent_in_a_group_always_answers_when_it_is_its_turn(make_model: Sam) -> None:
    model = make_model(ModelError("the endpoint is away"))

    async def talk() -> Words:
        async with network(silent("ada"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            channel = await net.clients["ada"].open(type="discussion", target="sam")
            await channel.send("sam?")
            await net.has(channel.channel_id, 2)
            return await net.words(channel.channel_id)

    words = run(talk())

    assert words == [("ada", "sam?"), ("sam", "[sam cannot answer now: the endpoint is away]")]
    assert said_in(model.memory) == words


def test_handing_over_and_its_reason_are_heard(make_model: Sam) -> None:
    model = make_model()
    hands = ToolCallEvent("hand_over", arguments='{"reason": "refund of order 77"}')

    def hand_over(reason: str) -> Handoff:
        """Hand over to ben."""
        return Handoff(target="ben", reason=reason)

    async def talk() -> None:
        ada = Agent("ada", config=TestConfig(hands, "Ben does that."), tools=[hand_over])
        async with network(silent("eve"), ada, silent("ben"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            eve = net.clients["eve"]
            knobs = takes_turns(eve, net.clients["ada"])
            channel = await eve.open(type="workflow", target=["ada", "ben", "sam"], knobs=knobs)
            await channel.send("My refund?")
            await until(lambda: len(said_in(model.memory)) == 2)

    run(talk())

    assert said_in(model.memory) == [
        ("eve", "My refund?"),
        ("ada", "[Handed off via hand_over] refund of order 77\nBen does that."),
    ]


@pytest.mark.parametrize("static", [False, True])
def test_an_agent_that_hands_over_need_not_say_anything_more(make_model: Sam, static: bool) -> None:
    model = make_model(says("", call("to_ben")), says("It is his now"))

    def to_ben() -> Any:
        """Hand over to ben."""
        return "done" if static else Handoff(target="ben")

    async def talk() -> Words:
        ben = Agent("ben", config=TestConfig("I take it"))
        async with network(silent("ada"), ben, Agent("sam", config=model, tools=[to_ben])) as net:
            await attach(net.clients["sam"], model)
            ada, ben_client, sam_client = (net.clients[name] for name in ("ada", "ben", "sam"))
            rules = [
                Transition(ToolCalled("to_ben"), AgentTarget(ben_client.agent_id)),
                Transition(FromSpeaker(ada.agent_id), AgentTarget(sam_client.agent_id)),
            ]
            graph = TransitionGraph(initial_speaker=ada.agent_id, transitions=rules[0 if static else 1 :])
            channel = await ada.open(type="workflow", target=["ben", "sam"], knobs={"graph": graph.to_dict()})
            await channel.send("A refund, please")
            await net.has(channel.channel_id, 3)
            await attach(sam_client, model)
            return await net.words(channel.channel_id)

    assert run(talk()) == [("ada", "A refund, please"), ("sam", ""), ("ben", "I take it")]
    assert said_in(model.memory) == [("ada", "A refund, please"), ("ben", "I take it")]


@pytest.mark.slow
def test_a_silent_listener_does_not_fill_its_inbox(make_model: Sam) -> None:
    model = make_model()

    async def talk() -> None:
        async with network(silent("ada"), Agent("sam", config=model)) as net:
            await attach(net.clients["sam"], model)
            ada = net.clients["ada"]
            channel = await ada.open(type="workflow", target="sam", knobs=takes_turns(ada))
            for number in range(1005):  # ag2 refuses the 1,001st by default
                await channel.send(f"Line {number}")
            await attach(net.clients["sam"], model)

    run(talk())

    assert len(said_in(model.memory)) == 1005


class Wire:
    """A link to a hub in another process: all goes through its frames."""

    def __init__(self, hub: Hub) -> None:
        self._link = LocalLink(hub)

    def client(self) -> Any:
        return self._link.client()


def test_a_hub_in_another_process_is_heard_once_also_when_it_delivers_again(make_model: Sam) -> None:
    model = make_model(speaks("Yes"), speaks("Yes, again"))

    async def talk() -> Words:
        async with network(silent("ada")) as net:
            first = HubClient(Wire(net.hub))
            await attach(await first.register(Agent("sam", config=model)), model)
            channel = await net.clients["ada"].open(type="discussion", target="sam")
            await channel.send("Are you there?")
            await net.has(channel.channel_id, 2)
            await first.close()
            await channel.send("And now?")
            again = HubClient(Wire(net.hub))
            client = await again.attach(
                Agent("sam", config=model), "sam"
            )  # delivers what was not acknowledged
            await attach(client, model)
            await net.has(channel.channel_id, 4)
            for envelope in await net.hub.read_wal(channel.channel_id):
                await client.receive(envelope)
            await again.close()
            return await net.words(channel.channel_id)

    words = run(talk())

    assert words == [("ada", "Are you there?"), ("sam", "Yes"), ("ada", "And now?"), ("sam", "Yes, again")]
    assert said_in(model.memory) == words


def test_a_hub_cannot_be_heard_with_the_memory_of_another(make_model: Sam) -> None:
    async def talk() -> None:
        async with network(silent("ada")) as net:
            with pytest.raises(ConfigurationError, match="agent 'ada' cannot hear with the memory of 'sam'"):
                await attach(net.clients["ada"], make_model())

    run(talk())


def test_an_agent_with_another_model_and_our_plugin_hears_in_silence_and_stores_once(tmp_path: Path) -> None:
    plugin = MemGPTPlugin("ben", home=tmp_path / "home")

    async def talk() -> Words:
        ben = Agent("ben", config=TestConfig("Here"), plugins=[plugin])
        async with network(silent("ada"), ben, silent("cleo")) as net:
            await attach(net.clients["ben"], plugin)
            ada = net.clients["ada"]
            listens = await ada.open(type="workflow", target=["ben", "cleo"], knobs=takes_turns(ada))
            await listens.send("Just listen")
            channel = await ada.open(type="consulting", target="ben")
            await channel.send("Are you there?")
            await net.has(channel.channel_id, 2)
            return [*await net.words(listens.channel_id), *await net.words(channel.channel_id)]

    words = run(talk())

    assert words == [("ada", "Just listen"), ("ada", "Are you there?"), ("ben", "Here")]
    assert said_in(plugin.memory) == words
