"""The agent in AgentChat's teams: what it hears in each, and what must not end, stop or double a talk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")

from agentchat_agents import Speaker, last_prompt, said
from autogen_agentchat.agents import (
    AssistantAgent,
    MessageFilterAgent,
    MessageFilterConfig,
    PerSourceFilter,
    SocietyOfMindAgent,
)
from autogen_agentchat.base import TaskResult
from autogen_agentchat.conditions import (
    FunctionCallTermination,
    HandoffTermination,
    MaxMessageTermination,
    TextMentionTermination,
    TokenUsageTermination,
)
from autogen_agentchat.messages import BaseChatMessage, HandoffMessage
from autogen_agentchat.teams import (
    DiGraphBuilder,
    GraphFlow,
    MagenticOneGroupChat,
    RoundRobinGroupChat,
    SelectorGroupChat,
    Swarm,
)
from autogen_agentchat.tools import AgentTool, TeamTool
from autogen_agentchat.ui import Console
from autogen_core import CancellationToken, FunctionCall
from autogen_core.models import CreateResult, ModelFamily, ModelInfo, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient
from hosted import run, speaks

from memgpt_autogen.errors import ModelError
from memgpt_autogen.hosts.agentchat import MemGPTChatAgent, listening
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.testing import call, says

Make = Callable[..., MemGPTChatAgent]


async def heard_of(team: Any, agent: MemGPTChatAgent, task: Any = None) -> TaskResult:
    """Run a team while our agent listens."""
    items = [item async for item in listening(team.run_stream(task=task), agent)]
    assert isinstance(items[-1], TaskResult)
    return items[-1]


def words(result: TaskResult) -> list[tuple[str, str]]:
    return [(each.source, each.to_text()) for each in result.messages if isinstance(each, BaseChatMessage)]


def calls(name: str, **arguments: Any) -> CreateResult:
    """Return the answer of a model of AgentChat that calls a function."""
    call_ = FunctionCall("c1", json.dumps(arguments), name)
    usage = RequestUsage(1, 1)
    return CreateResult(finish_reason="function_calls", content=[call_], usage=usage, cached=False)


def client(*answers: str | CreateResult) -> ReplayChatCompletionClient:
    info = ModelInfo(
        vision=False,
        function_calling=True,
        json_output=True,
        family=ModelFamily.UNKNOWN,
        structured_output=False,
    )
    return ReplayChatCompletionClient(list(answers), model_info=info)


def test_a_member_that_is_never_asked_hears_everything_while_it_listens(member: Make) -> None:
    sam = member()
    team = RoundRobinGroupChat([Speaker("ada", "One", "Three"), Speaker("ben", "Two"), sam], max_turns=2)

    result = run(heard_of(team, sam, "Begin"))

    assert said(sam) == [("user", "Begin"), ("ada", "One"), ("ben", "Two")] == words(result)


def test_what_it_heard_by_listening_is_old_when_the_team_delivers_it(member: Make) -> None:
    sam = member(speaks("Three"), speaks("Six"))
    ada, ben = Speaker("ada", "One", "Four"), Speaker("ben", "Two", "Five")
    team = RoundRobinGroupChat([ada, ben, sam], max_turns=6)

    run(heard_of(team, sam, "Begin"))

    assert [each for _, each in said(sam)] == ["Begin", "One", "Two", "Three", "Four", "Five", "Six"]


def test_without_listening_it_hears_when_it_is_asked(member: Make) -> None:
    sam = member(speaks("Three"))
    team = RoundRobinGroupChat([Speaker("ada", "One"), Speaker("ben", "Two"), sam], max_turns=3)

    result = run(team.run(task="Begin"))

    assert said(sam) == words(result)


def test_in_a_swarm_the_talk_is_handed_over_and_back(member: Make) -> None:
    sam = member(says("", call("transfer_to_desk")), speaks("TERMINATE"), handoffs=["desk"])
    desk = AssistantAgent("desk", client(calls("transfer_to_sam")), handoffs=["sam"])
    team = Swarm([sam, desk], termination_condition=TextMentionTermination("TERMINATE", sources=["sam"]))

    result = run(team.run(task="My lamp is broken"))

    assert [source for source, _ in words(result)] == ["user", "sam", "desk", "sam"]
    assert not sam.agent.waiting()
    assert "Transferred to desk" in last_prompt(sam)


def test_a_swarm_stops_at_a_handoff_to_the_user_and_goes_on_with_one(member: Make) -> None:
    sam = member(says("", call("transfer_to_user")), speaks("Thank you"), handoffs=["user"])
    team = Swarm([sam], termination_condition=HandoffTermination(target="user") | MaxMessageTermination(2))

    async def talk() -> tuple[TaskResult, TaskResult]:
        stopped = await team.run(task="Help")
        answer = HandoffMessage(source="user", target="sam", content="It is number 7")
        return stopped, await team.run(task=answer)

    first, second = run(talk())

    assert first.stop_reason is not None
    assert "Handoff to user" in first.stop_reason
    assert words(second)[-1] == ("sam", "Thank you")


def test_a_selector_asks_it_by_its_description(member: Make) -> None:
    sam = member(speaks("On the ninth of May"), description="remembers dates")
    team = SelectorGroupChat([Speaker("ada", "When is it?"), sam], client("ada", "sam"), max_turns=2)

    result = run(heard_of(team, sam, "Plan the launch"))

    assert said(sam) == words(result)
    assert words(result)[-1] == ("sam", "On the ninth of May")


def ledger(speaker: str, instruction: str, *, done: bool = False) -> str:
    answers = {
        "is_request_satisfied": done,
        "is_in_loop": False,
        "is_progress_being_made": True,
        "next_speaker": speaker,
        "instruction_or_question": instruction,
    }
    return json.dumps({key: {"answer": value, "reason": ""} for key, value in answers.items()})


def test_in_magentic_one_it_answers_and_hears_the_task_by_listening(member: Make) -> None:
    sam = member(speaks("It is the ninth of May"))
    model = client(
        "Facts", "Plan", ledger("sam", "Sam, say the date"), ledger("sam", "", done=True), "The ninth"
    )
    team = MagenticOneGroupChat([Speaker("ada"), sam], model)

    result = run(heard_of(team, sam, "Find the date of the launch"))

    assert said(sam)[0] == ("user", "Find the date of the launch")
    assert ("sam", "It is the ninth of May") in said(sam)
    assert said(sam)[-1] == ("MagenticOneOrchestrator", "The ninth")
    assert said(sam) == words(result)


def test_in_a_graph_it_hears_parallel_branches_once(member: Make) -> None:
    sam = member(speaks("Both are in"))
    start, ada, ben = Speaker("start", "Go"), Speaker("ada", "Left"), Speaker("ben", "Right")
    graph = DiGraphBuilder()
    for node in (start, ada, ben, sam):
        graph.add_node(node)
    graph.add_edge(start, ada).add_edge(start, ben).add_edge(ada, sam).add_edge(ben, sam)
    team = GraphFlow(graph.get_participants(), graph.build())

    run(heard_of(team, sam, "Begin"))

    assert sorted(said(sam)[:4]) == [("ada", "Left"), ("ben", "Right"), ("start", "Go"), ("user", "Begin")]
    assert said(sam)[4] == ("sam", "Both are in")
    assert len(said(sam)) == 5


def test_outside_a_nested_team_it_hears_what_is_said_inside(member: Make) -> None:
    sam = member(speaks("I heard both"))
    inner = RoundRobinGroupChat([Speaker("ada", "One"), Speaker("ben", "Two")], max_turns=2, name="inner")
    team = RoundRobinGroupChat([inner, sam], max_turns=2)

    run(heard_of(team, sam, "Begin"))

    assert said(sam) == [("user", "Begin"), ("ada", "One"), ("ben", "Two"), ("sam", "I heard both")]


def test_inside_a_nested_team_it_hears_what_is_said_outside(member: Make) -> None:
    sam = member(speaks("Two"))
    inner = RoundRobinGroupChat([sam], max_turns=1, name="inner")
    team = RoundRobinGroupChat([Speaker("ada", "One"), inner], max_turns=2)

    run(team.run(task="Begin"))

    assert said(sam) == [("user", "Begin"), ("ada", "One"), ("sam", "Two")]


def test_a_society_of_mind_can_be_its_own_team(member: Make) -> None:
    sam = member(speaks("It is the ninth"))
    mind = SocietyOfMindAgent("mind", RoundRobinGroupChat([sam], max_turns=1), client("The ninth of May"))

    result = run(mind.run(task="When?"))

    assert words(result)[-1] == ("mind", "The ninth of May")
    assert said(sam) == [("user", "When?"), ("sam", "It is the ninth")]


def test_as_a_tool_it_answers_an_assistant(member: Make) -> None:
    sam = member(speaks("The ninth of May"))
    tool = AgentTool(sam, return_value_as_last_message=True)
    boss = AssistantAgent("boss", client(calls("sam", task="When is the launch?")), tools=[tool])

    result = run(boss.run(task="Ask Sam"))

    assert result.messages[-1].to_text() == "The ninth of May"
    assert said(sam) == [("user", "When is the launch?"), ("sam", "The ninth of May")]


def test_a_team_is_a_tool_of_it(member: Make) -> None:
    team = RoundRobinGroupChat([Speaker("ada", "Forty"), Speaker("ben", "Two more")], max_turns=2)
    sam = member(
        says("", call("experts", task="How many?", request_heartbeat=True)),
        speaks("42"),
        tools=[TeamTool(team, "experts", "asks the experts")],
    )

    result = run(sam.run(task="Find out"))

    assert result.messages[-1].to_text() == "42"
    assert "ada: Forty" in last_prompt(sam)


def test_behind_a_filter_it_answers_what_it_may_hear(member: Make) -> None:
    sam = member(speaks("First"), speaks("Second"))
    only_ben = MessageFilterConfig(per_source=[PerSourceFilter(source="ben", position="last", count=1)])
    filtered = MessageFilterAgent("sam_filtered", sam, only_ben)
    team = RoundRobinGroupChat([filtered, Speaker("ada", "x"), Speaker("ben", "y")], max_turns=4)

    run(team.run(task="Begin"))

    assert said(sam) == [("sam", "First"), ("ben", "y"), ("sam", "Second")]


# terminations

THINKS = says(
    "Should I say TERMINATE?", call("core_memory_append", label="human", content="x", request_heartbeat=True)
)


def test_its_thoughts_and_memory_calls_end_no_team(member: Make) -> None:
    sam = member(THINKS, speaks("Noted"))
    ends = TextMentionTermination("TERMINATE") | FunctionCallTermination("core_memory_append")
    team = RoundRobinGroupChat([sam, Speaker("ada", "Good")], termination_condition=ends, max_turns=2)

    result = run(team.run(task="Begin"))

    assert words(result)[-1] == ("ada", "Good")


def test_what_it_says_ends_a_team(member: Make) -> None:
    sam = member(speaks("TERMINATE"))
    team = RoundRobinGroupChat(
        [sam, Speaker("ada")], termination_condition=TextMentionTermination("TERMINATE")
    )

    assert "TERMINATE" in str(run(team.run(task="Begin")).stop_reason)


def test_a_call_of_its_own_tool_ends_a_team(member: Make) -> None:
    def approve() -> str:
        """Approve the plan."""
        return "approved"

    sam = member(says("", call("approve", request_heartbeat=True)), speaks("Done"), tools=[approve])
    team = RoundRobinGroupChat(
        [sam, Speaker("ada")], termination_condition=FunctionCallTermination("approve")
    )

    assert "approve" in str(run(team.run(task="Begin")).stop_reason)


def test_the_tokens_it_used_end_a_team(member: Make) -> None:
    sam = member(says("", call("send_message", message="Long"), usage=Usage(900, 200)))
    team = RoundRobinGroupChat([sam, Speaker("ada")], termination_condition=TokenUsageTermination(1000))

    assert "Token usage" in str(run(team.run(task="Begin")).stop_reason)


def test_a_model_that_fails_stops_no_team(member: Make) -> None:
    sam = member()  # the script has no answer left
    sam.agent.loop.llm = Failing()
    team = RoundRobinGroupChat([sam, Speaker("ada", "Then I answer")], max_turns=2)

    result = run(team.run(task="Begin"))

    assert [source for source, _ in words(result)] == ["user", "sam", "ada"]
    assert "cannot answer now" in words(result)[1][1]


class Failing:
    model = "failing"

    def complete(self, *_: Any) -> Any:
        raise ModelError("the endpoint is away")


# states, errors and pauses


def test_a_state_that_is_loaded_twice_doubles_nothing_that_was_heard(member: Make) -> None:
    def team(sam: MemGPTChatAgent) -> RoundRobinGroupChat:
        return RoundRobinGroupChat([Speaker("ada", "One"), Speaker("ben", "Two"), sam], max_turns=2)

    first = team(member())
    run(first.run(task="Begin"))
    state = json.loads(json.dumps(run(first.save_state())))

    for answer in ("Three", "Again three"):
        again = team(member(speaks(answer)))
        run(again.load_state(state))
        run(again.run())

    heard = [each for each in said(member()) if each[0] != "sam"]
    assert heard[:3] == [("user", "Begin"), ("ada", "One"), ("ben", "Two")]
    assert heard.count(("ada", "One")) == heard.count(("user", "Begin")) == 1


def test_a_team_can_be_paused_and_resumed_while_it_speaks(member: Make) -> None:
    sam = member(speaks("Here I am"))

    async def talk() -> TaskResult:
        reached = asyncio.Event()

        def paused_now() -> str:
            reached.set()
            return "Sam, your turn"

        team = RoundRobinGroupChat([Speaker("ada", paused_now), sam], max_turns=2)
        running = asyncio.create_task(team.run(task="Begin"))
        await reached.wait()
        await team.pause()
        await asyncio.sleep(0.2)
        assert not running.done()
        await team.resume()
        return await running

    assert words(run(talk()))[-1] == ("sam", "Here I am")


def test_a_cancelled_team_leaves_nothing_that_nobody_heard(member: Make) -> None:
    sam = member(speaks("One"))

    async def talk() -> None:
        token = CancellationToken()

        def cancels() -> str:
            token.cancel()
            return "Two"

        team = RoundRobinGroupChat([sam, Speaker("ada", cancels)], max_turns=4)
        async for _ in listening(team.run_stream(task="Begin", cancellation_token=token), sam):
            pass

    with pytest.raises(asyncio.CancelledError):
        run(talk())

    assert said(sam)[:2] == [("user", "Begin"), ("sam", "One")]


def test_a_team_with_it_is_a_component(tmp_path: Path) -> None:
    sam = MemGPTChatAgent("sam", home=tmp_path / "home")
    team = RoundRobinGroupChat([sam], termination_condition=MaxMessageTermination(2))

    again = RoundRobinGroupChat.load_component(team.dump_component())
    result = run(again.run(task="My name is Ada."))

    assert words(result)[-1][0] == "sam"
    assert said(sam)[0] == ("user", "My name is Ada.")


def test_the_console_shows_what_it_listens_to(member: Make, capsys: pytest.CaptureFixture[str]) -> None:
    sam = member(speaks("Hello Ada"))

    run(Console(listening(sam.run_stream(task="Hello"), sam)))

    assert "Hello Ada" in capsys.readouterr().out


def test_two_of_them_in_one_home_have_two_memories(member: Make) -> None:
    sam, tom = member(speaks("I am Sam")), member(speaks("I am Tom"), name="tom")

    run(RoundRobinGroupChat([sam, tom], max_turns=2).run(task="Who are you?"))

    assert said(sam) == [("user", "Who are you?"), ("sam", "I am Sam")]
    assert said(tom) == [("user", "Who are you?"), ("sam", "I am Sam"), ("tom", "I am Tom")]
