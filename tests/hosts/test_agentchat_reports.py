"""What people reported of memory, teams and states in AgentChat, tried with our agent.

Each test names the report, a thread of microsoft/autogen.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")

from agentchat_agents import Speaker, last_prompt, said, text
from autogen_agentchat.agents import SocietyOfMindAgent
from autogen_agentchat.base import TaskResult
from autogen_agentchat.conditions import HandoffTermination, MaxMessageTermination, TextMentionTermination
from autogen_agentchat.messages import (
    HandoffMessage,
    MultiModalMessage,
    StructuredMessage,
    TextMessage,
)
from autogen_agentchat.teams import RoundRobinGroupChat, SelectorGroupChat, Swarm
from autogen_agentchat.tools import TeamTool
from autogen_core import CancellationToken, Image
from autogen_core.tools import FunctionTool
from autogen_ext.models.replay import ReplayChatCompletionClient
from hosted import run, speaks
from PIL import Image as Pillow
from pydantic import BaseModel

from memgpt_autogen.hosts.agentchat import MemGPTChatAgent, listening
from memgpt_autogen.testing import ScriptedLLM, call, says

Make = Callable[..., MemGPTChatAgent]


class Plan(BaseModel):
    day: str


def test_a_teams_state_can_be_written_as_json_whatever_was_said(member: Make) -> None:
    """Issue 6793: `json.dumps` failed on the times of messages."""
    picture = MultiModalMessage(content=["Look", Image(Pillow.new("RGB", (2, 2), "red"))], source="ada")
    plan = StructuredMessage[Plan](content=Plan(day="Monday"), source="ada")

    def team(sam: MemGPTChatAgent) -> RoundRobinGroupChat:
        members = [Speaker("ben", "Good", "Well"), sam]
        return RoundRobinGroupChat(members, max_turns=1, custom_message_types=[StructuredMessage[Plan]])

    first = team(member())
    run(first.run(task=[picture, plan]))
    state = json.loads(json.dumps(run(first.save_state())))
    sam = member(speaks("Seen"))
    again = team(sam)
    run(again.load_state(state))
    run(again.run(task=text("ada", "Sam?")))

    assert [name for name, _ in said(sam)] == ["ada", "ada", "ben", "ada", "sam"]
    assert said(sam)[1] == ("ada", '{"day":"Monday"}')


def test_a_swarm_that_stopped_at_a_handoff_to_a_person_can_be_loaded(member: Make) -> None:
    """Issue 5912: a loaded swarm refused to go on after `HandoffTermination`."""

    def team(sam: MemGPTChatAgent) -> Swarm:
        ends = HandoffTermination(target="user") | MaxMessageTermination(2)
        return Swarm([sam], termination_condition=ends)

    first = team(member(says("", call("transfer_to_user")), handoffs=["user"]))
    run(first.run(task="Help"))
    state = json.loads(json.dumps(run(first.save_state())))
    sam = member(speaks("Thank you"), handoffs=["user"])
    again = team(sam)
    run(again.load_state(state))
    run(again.run(task=HandoffMessage(source="user", target="sam", content="It is number 7")))

    assert [words for name, words in said(sam) if name == "user"] == ["Help", "It is number 7"]


def test_a_history_that_a_program_rebuilds_is_stored_once(member: Make) -> None:
    """Issues 4327 and 4472: a conversation is kept by the program, and given again as a list of messages."""
    told = [("ada", "My name is Ada."), ("sam", "Hello Ada"), ("ada", "I like tea."), ("sam", "Noted")]
    first = member(speaks("Hello Ada"), speaks("Noted"))
    run(first.run(task=text("ada", "My name is Ada.")))
    run(first.run(task=text("ada", "I like tea.")))

    sam = member(speaks("Tea"))
    run(sam.run(task=[text(*each) for each in [*told, ("ada", "What do I like?")]]))

    assert said(sam) == [*told, ("ada", "What do I like?"), ("sam", "Tea")]


def test_a_history_of_another_agent_of_that_name_is_stored(member: Make) -> None:
    """Issue 4472: a team begins with the messages of another team."""
    told = [("ada", "My name is Ada."), ("sam", "Hello Ada"), ("ada", "What is my name?")]
    sam = member(speaks("Ada"))

    run(RoundRobinGroupChat([sam], max_turns=1).run(task=[text(*each) for each in told]))

    assert said(sam) == [*told, ("sam", "Ada")]


def test_a_new_session_remembers_the_last_one(member: Make) -> None:
    """Issue 6466: agents began each session without what was said in the ones before."""
    first = member(speaks("Noted"))
    run(RoundRobinGroupChat([first], max_turns=1).run(task="The key is under the mat."))

    sam = member(speaks("Under the mat"))
    run(RoundRobinGroupChat([sam], max_turns=1).run(task="Where is the key?"))

    assert "The key is under the mat." in last_prompt(sam)


def test_a_member_of_an_inner_team_can_be_asked_twice_in_a_row(member: Make) -> None:
    """Issue 6187: an inner team that was selected again raised "Task list cannot be empty"."""
    sam = member(speaks("One"), speaks("Two"))
    inner = SocietyOfMindAgent(
        "mind", RoundRobinGroupChat([sam], max_turns=1), ReplayChatCompletionClient(["First", "Second"])
    )
    outer = SelectorGroupChat(
        [inner, Speaker("ada")],
        ReplayChatCompletionClient([]),
        selector_func=lambda _: "mind",
        allow_repeated_speaker=True,
        max_turns=2,
    )

    result = run(outer.run(task="Begin"))

    assert [each.to_text() for each in result.messages if each.source == "mind"][-1] == "Second"
    assert said(sam)[:2] == [("user", "Begin"), ("sam", "One")]


def test_a_thought_ends_no_team(member: Make) -> None:
    """Issue 6384: the thought of a reasoning model ended the team."""
    sam = member(says("I will say TERMINATE at the end.", call("send_message", message="Not yet")))
    team = RoundRobinGroupChat(
        [sam, Speaker("ada", "Go on")], termination_condition=TextMentionTermination("TERMINATE"), max_turns=2
    )

    assert run(team.run(task="Begin")).messages[-1].to_text() == "Go on"


def test_a_team_that_is_its_tool_can_be_called_twice_in_one_step(member: Make) -> None:
    """Issue 6882: the second call of a `TeamTool` failed, since the team was running already."""
    team = RoundRobinGroupChat([Speaker("ada", "Forty", "Fifty")], max_turns=1)
    sam = member(
        says("", call("experts", task="One"), call("experts", task="Two", request_heartbeat=True)),
        speaks("Ninety"),
        tools=[TeamTool(team, "experts", "asks the experts", return_value_as_last_message=True)],
    )

    run(sam.run(task="Add them"))

    assert "Forty" in last_prompt(sam)
    assert "Fifty" in last_prompt(sam)


@pytest.mark.parametrize("by", ["token", "asyncio"])
def test_cancelling_it_cancels_the_tool_that_it_runs(member: Make, by: str) -> None:
    """Issue 8091: work in a nested tool went on after the agent was cancelled."""
    ended: list[str] = []

    async def cancelled() -> None:
        begun = asyncio.Event()

        async def dig(cancellation_token: CancellationToken) -> str:
            begun.set()
            hole = asyncio.get_running_loop().create_future()
            try:
                return str(await cancellation_token.link_future(hole))
            except asyncio.CancelledError:
                ended.append("dig")
                raise

        sam = member(says("", call("dig")), tools=[FunctionTool(dig, description="digs")])
        token = CancellationToken()
        running = asyncio.create_task(sam.run(task="Dig", cancellation_token=token))
        await begun.wait()
        token.cancel() if by == "token" else running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            # a turn that waits for its tool is waited for longer
            await asyncio.wait_for(running, 5)

    run(cancelled())

    assert ended == ["dig"]
    assert said(member()) == [("user", "Dig")]


@pytest.mark.parametrize("hosted", [True, False])
def test_after_a_cancelled_tool_the_next_turn_has_a_legal_prompt(member: Make, hosted: bool) -> None:
    """A call without a result is refused by endpoints for ever after (reported of many hosts)."""

    async def talk() -> list[Any]:
        begun = asyncio.Event()

        async def wait() -> str:
            """Wait for a minute."""
            begun.set()
            await asyncio.sleep(60)
            return "waited"

        tool = FunctionTool(wait, description="waits") if hosted else wait
        sam = member(says("", call("wait")), tools=[tool])
        running = asyncio.create_task(sam.run(task="Wait"))
        await begun.wait()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        again = member(speaks("Here"))
        await again.run(task="Still there?")
        llm = again.agent.loop.llm
        assert isinstance(llm, ScriptedLLM)
        return llm.requests[-1].messages

    messages = run(talk())

    calls = {each["id"] for message in messages for each in message.get("tool_calls", ())}
    assert calls == {message["tool_call_id"] for message in messages if message["role"] == "tool"}


def test_an_error_of_a_member_loses_nothing_and_a_new_team_goes_on(member: Make) -> None:
    """Issue 4904 and pull request 5716: nothing recovers a team in which an agent raised."""
    sam = member()
    team = RoundRobinGroupChat([Speaker("ada", "One"), Speaker("ben", ValueError("lost")), sam])

    async def failed() -> None:
        async for _ in listening(team.run_stream(task="Begin"), sam):
            pass

    with pytest.raises(RuntimeError, match="lost"):
        run(failed())
    state = run(team.save_state())
    again = member(speaks("Three"))
    new = SelectorGroupChat(
        [Speaker("ada"), Speaker("ben", "Two"), again],
        ReplayChatCompletionClient([]),
        selector_func=lambda thread: "sam" if thread and thread[-1].source == "ben" else "ben",
        max_turns=2,
    )
    members = {name: state["agent_states"][name] for name in ("ada", "ben", "sam")}
    manager = run(new.save_state())["agent_states"]
    run(new.load_state({"type": "TeamState", "agent_states": {**manager, **members}}))
    run(new.run())

    assert [words for _, words in said(again)] == ["Begin", "One", "Two", "Three"]


def test_a_long_chat_stays_within_its_window(member: Make) -> None:
    """Issue 4648: the context of a long group chat grows without bound."""
    sizes: list[int] = []

    def answer(request: Any) -> Any:
        sizes.append(len(json.dumps(request.messages)))
        return speaks("Noted")

    sam = member(llm=ScriptedLLM(otherwise=answer), window_tokens=8000)
    lines = [f"Line {number}: {'word ' * 100}" for number in range(120)]

    async def talk() -> TaskResult:
        chat = RoundRobinGroupChat([Speaker("ada", *lines[::2]), Speaker("ben", *lines[1::2])], max_turns=120)
        items = [item async for item in listening(chat.run_stream(), sam)]
        await sam.run(task="What was it about?")
        last = items[-1]
        assert isinstance(last, TaskResult)
        return last

    result = run(talk())

    spoken = [each for each in result.messages if isinstance(each, TextMessage)]
    assert [words for name, words in said(sam) if name in ("ada", "ben")] == [
        each.to_text() for each in spoken
    ]
    assert max(sizes) < 4 * 8000
