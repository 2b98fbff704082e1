"""In AG2 1.x, sam listens to a channel without a word. The next day it answers from what it heard.

    pip install '.[ag2]'
    python examples/hosts_ag2.py

Without an API key, the built-in offline rules answer. They are not a language model. With OPENAI_API_KEY, a
real model answers.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ag2 import Agent
from ag2.knowledge import SqliteKnowledgeStore
from ag2.network import (
    EV_TEXT,
    AgentClient,
    AgentTarget,
    FromSpeaker,
    Hub,
    HubClient,
    HumanClient,
    LocalLink,
    Passport,
    Transition,
    TransitionGraph,
)

from memgpt_autogen.hosts.ag2 import MemGPTModel, attach

TALK = [
    ("ada", "The launch is on the ninth of May."),
    ("ben", "Good, then I order the cake."),
    ("ada", "The spare key lies under the third flowerpot."),
    ("ben", "I'm allergic to nuts, by the way."),
]


async def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        print("=== a meeting, in which sam is silent ===")
        async with opened(Path(folder)) as (sam, people):
            await meeting(people)
        print("\n=== the next day, in a new hub on the same store ===")
        async with opened(Path(folder)) as (sam, people):
            cleo = await people.register_human(Passport(name="cleo"))
            for words in ("Where does the spare key lie?", "Who is allergic to nuts?"):
                print(f"cleo: {words}\nsam: {await answer(cleo, sam, words)}")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[AgentClient, HubClient]]:
    """Open the hub, with sam in it: registered the first time, and bound again after that."""
    hub = await Hub.open(SqliteKnowledgeStore(folder / "hub.db"))
    model = MemGPTModel("sam", home=folder / "home")
    agent = Agent("sam", config=model)
    async with hub, HubClient(LocalLink(hub)) as agents, HubClient(LocalLink(hub)) as people:
        known = hub.find_agent_id("sam") is not None
        sam = await (agents.attach(agent, "sam") if known else agents.register(agent))
        await attach(sam, model)  # from here on, it hears
        yield sam, people
        await attach(sam, model)  # what is still on its way is heard, too


async def meeting(people: HubClient) -> None:
    """Let two people talk in a channel. It is never sam's turn."""
    ada, ben = [await people.register_human(Passport(name=name)) for name in ("ada", "ben")]
    graph = TransitionGraph(
        initial_speaker=ada.agent_id,
        transitions=[
            Transition(FromSpeaker(ada.agent_id), AgentTarget(ben.agent_id)),
            Transition(FromSpeaker(ben.agent_id), AgentTarget(ada.agent_id)),
        ],
    )
    channel = await ada.open(type="workflow", target=["ben", "sam"], knobs={"graph": graph.to_dict()})
    for name, words in TALK:
        print(f"{name}: {words}")
        await {"ada": ada, "ben": ben}[name].send(channel.channel_id, words)


async def answer(cleo: HumanClient, sam: AgentClient, words: str) -> str:
    """Ask sam in a channel for one question and one answer, and return the answer."""
    channel = await cleo.open(type="consulting", target="sam")
    await channel.send(words)
    said = await cleo.next_envelope(
        predicate=lambda envelope: envelope.event_type == EV_TEXT and envelope.sender_id == sam.agent_id
    )
    return str(said.event_data["text"])


if __name__ == "__main__":
    asyncio.run(main())
