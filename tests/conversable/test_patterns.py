"""AG2's patterns: groups with hand-offs, context variables and a tool executor, stock and ours."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import autogen
import pytest
from autogen_support import heard, person
from side_by_side import (
    KINDS,
    Kind,
    config,
    either,
    helper,
    legal,
    made,
    offered,
    results,
    said,
    seen,
    served,
)

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import call
from memgpt_autogen.testing.scripted import Request

pytestmark = pytest.mark.autogen
pytest.importorskip("autogen.agentchat.group", reason="this AutoGen has no patterns")

from autogen.agentchat import a_initiate_group_chat, initiate_group_chat  # noqa: E402
from autogen.agentchat.group import (  # noqa: E402
    AgentTarget,
    ContextExpression,
    ContextVariables,
    ExpressionContextCondition,
    OnCondition,
    OnContextCondition,
    ReplyResult,
    StringLLMCondition,
    TerminateTarget,
)
from autogen.agentchat.group.patterns import AutoPattern, DefaultPattern, RoundRobinPattern  # noqa: E402

BOTH = (autogen.ConversableAgent, MemGPTAgent)
EXECUTOR = "_Group_Tool_Executor"


def run(pattern: Any, rounds: int, message: str = "hello") -> tuple[Any, Any, Any]:
    """A pattern's chat, begun by its user."""
    messages = [{"role": "user", "content": message}]
    return initiate_group_chat(pattern=pattern, messages=messages, max_rounds=rounds)  # type: ignore[no-any-return]


def default(first: Any, *others: Any, **options: Any) -> Any:
    return DefaultPattern(initial_agent=first, agents=[first, *others], user_agent=helper("boss"), **options)


def hand_off(agent: Any, target: Any, when: str = "a poem is wanted") -> None:
    agent.handoffs.add_llm_condition(
        OnCondition(target=AgentTarget(target), condition=StringLLMCondition(when))
    )


def handing_over(target: str, text: str = "", *calls: ToolCall) -> Any:
    """An answer that calls whatever tool hands over to `target`."""

    def answer(request: Request) -> Completion:
        names = [tool["function"]["name"] for tool in request.tools]
        return either(text, *calls, call(next(name for name in names if f"transfer_to_{target}" in name)))(
            request
        )

    return answer


def test_round_robin_goes_round_and_everyone_speaks_once() -> None:
    told = []
    for kind in BOTH:
        with served(either("I am first"), either("me again")) as server:
            sam, ada = made(kind, server), helper("ada", "I am second")
            pattern = RoundRobinPattern(
                initial_agent=sam, agents=[sam, ada], user_agent=helper("boss", "go on")
            )
            result, _, last = run(pattern, 5)
        told.append((seen(result.chat_history), last.name, result.summary))

    assert told[0] == told[1]
    assert told[0][1] == "sam"


def test_the_group_manager_of_an_auto_pattern_chooses_by_names_and_descriptions() -> None:
    told = []
    for kind in BOTH:
        with served(either("here I am"), either("ada"), either("sam"), either("and again")) as server:
            sam, ada = made(kind, server, description="knows things"), helper("ada", "I am ada")
            pattern = AutoPattern(
                initial_agent=sam,
                agents=[sam, ada],
                user_agent=helper("boss"),
                group_manager_args={"llm_config": config(server), "silent": True},
            )
            result, _, _ = run(pattern, 4)
        told.append(seen(result.chat_history))
        choosing = json.dumps(server.requests[1]["messages"])
        assert "knows things" in choosing
        assert "core memory" not in choosing

    assert told[0] == told[1]


def test_a_model_hands_over_to_another_agent_by_its_tool() -> None:
    told = []
    for kind in BOTH:
        with served(handing_over("poet"), either("roses are red")) as server:
            sam, poet = made(kind, server), made(autogen.ConversableAgent, server, "poet")
            hand_off(sam, poet)
            result, _, last = run(default(sam, poet, group_after_work=TerminateTarget()), 6, "a poem")
        told.append((seen(result.chat_history), last.name))
        assert legal(server)

    assert told[0] == told[1]
    history, last_name = told[0]
    assert [name for name, *_ in history][-3:] == ["sam", EXECUTOR, "poet"]
    assert last_name == "poet"


def test_two_of_ours_hand_over_to_each_other_and_back() -> None:
    with served(handing_over("poet"), handing_over("sam"), either("he says roses are red")) as server:
        sam, poet = made(MemGPTAgent, server), made(MemGPTAgent, server, "poet")
        hand_off(sam, poet)
        hand_off(poet, sam, "the poem is done")
        result, _, last = run(default(sam, poet), 8, "a poem")

    assert said(result.chat_history)[-1] == ("sam", "he says roses are red")
    assert last is sam
    assert legal(server)
    # AutoGen hides transfers from the stock agents' prompts; ours keep everything that they hear
    assert any("[calls transfer_to_sam" in text for name, text in heard(sam) if name == "poet")
    assert "[calls transfer_to_poet" not in json.dumps(heard(sam))


def test_a_hand_off_with_words_and_memory_calls_keeps_both() -> None:

    remembers = call("core_memory_append", label="human", content="likes poems")
    with served(handing_over("poet", "I ask the poet.", remembers)) as server:
        sam, poet = made(MemGPTAgent, server), helper("poet", "roses are red")
        hand_off(sam, poet)
        result, _, _ = run(default(sam, poet), 6, "a poem")

    assert sam.memory.core["human"].value == "likes poems"
    assert [(name, text) for name, text, calls, _ in seen(result.chat_history) if calls] == [
        ("sam", "I ask the poet.")
    ]
    assert heard(sam) == [("boss", "a poem"), ("sam", "I ask the poet."), ("poet", "roses are red")]


def test_a_context_condition_hands_over_before_the_model_is_asked() -> None:
    told = []
    for kind in BOTH:
        with served() as server:
            sam, poet = made(kind, server), helper("poet", "roses are red")
            sam.handoffs.add_context_condition(
                OnContextCondition(
                    target=AgentTarget(poet),
                    condition=ExpressionContextCondition(ContextExpression("${poems} > 2")),
                )
            )
            result, _, _ = run(default(sam, poet, context_variables=ContextVariables({"poems": 3})), 5)
        told.append(seen(result.chat_history))
        assert server.requests == []

    assert told[0] == told[1]
    assert ("sam", "[Handing off to poet]") in heard(sam)


def test_after_work_decides_who_follows() -> None:
    told = []
    for kind in BOTH:
        with served(either("done")) as server:
            sam, ada, ben = made(kind, server), helper("ada", "no"), helper("ben", "I close")
            sam.handoffs.set_after_work(AgentTarget(ben))
            result, _, last = run(default(sam, ada, ben), 5)
        told.append((seen(result.chat_history), last.name))

    assert told[0] == told[1]
    assert told[0][0][-1][:2] == ("ben", "I close")


def count(kind: Kind, *, registered_for_execution: bool) -> tuple[Any, ...]:
    """A chat whose tool changes the context variables and names the next speaker."""

    def tick(step: Any, context_variables: Any) -> Any:
        """Count."""
        context_variables["ticks"] = context_variables.get("ticks", 0) + step
        return ReplyResult(
            message=f"{context_variables['ticks']} ticks",
            target=AgentTarget(ada),
            context_variables=context_variables,
        )

    tick.__annotations__.update(step=int, context_variables=ContextVariables, **{"return": ReplyResult})
    with served(either("", call("tick", step=2)), either("", call("tick", step=3))) as server:
        sam, ada = made(kind, server, functions=[tick]), helper("ada", "ticking", "still")
        if registered_for_execution:
            sam.register_for_execution()(sam.tools[0])
        ada.handoffs.set_after_work(AgentTarget(sam))
        pattern = default(sam, ada, context_variables=ContextVariables({"ticks": 1}))
        result, variables, last = run(pattern, 7, "tick")
        parameters = next(t for t in server.requests[0]["tools"] if t["function"]["name"] == "tick")[
            "function"
        ]["parameters"]
    assert legal(server)
    assert variables["ticks"] == sam.context_variables["ticks"] == ada.context_variables["ticks"] == 6
    return seen(result.chat_history), set(parameters["properties"]), last.name


@pytest.mark.parametrize("executes", [False, True], ids=["for the model", "for execution too"])
def test_a_tools_result_changes_the_context_variables_and_names_the_next_speaker(executes: bool) -> None:
    """In a pattern, the group's executor runs every agent's functions, also those that ours could run."""
    told = [count(kind, registered_for_execution=executes) for kind in BOTH]

    assert told[0] == told[1]
    history, parameters, _ = told[1]
    assert parameters == {"step"}
    assert [answers for *_, answers in history if answers] == [["3 ticks"], ["6 ticks"]]
    assert [name for name, *_ in history if name] == ["boss", "sam", EXECUTOR, "ada", "sam", EXECUTOR, "ada"]


def test_out_of_the_pattern_the_agent_runs_its_function_in_its_turn_again() -> None:
    def look(city: str) -> str:
        return f"snow in {city}"

    with served(
        either("", call("look", city="Oslo")),
        either("snow"),
        either("", call("look", city="Bergen")),
        either("rain"),
    ) as server:
        sam = made(MemGPTAgent, server)
        autogen.register_function(look, caller=sam, executor=sam, name="look", description="w")
        grouped, _, _ = run(default(sam, helper("ada")), 4, "Oslo?")
        alone = person("boss").initiate_chat(sam, message="Bergen?", max_turns=1, silent=True)

    assert [name for name, *_, answers in seen(grouped.chat_history) if answers] == [EXECUTOR]
    assert said(alone.chat_history) == [("boss", "Bergen?"), ("sam", "rain")]
    assert "snow in Bergen" in results(server)


def test_typed_tools_of_ours_run_in_the_turn_also_in_a_pattern() -> None:
    def look(city: str) -> str:
        return f"snow in {city}"

    with served(either("", call("look", city="Oslo")), either("it snows")) as server:
        sam = made(MemGPTAgent, server, tools=[look])
        result, _, _ = run(default(sam, helper("ada")), 3, "Oslo?")

    assert said(result.chat_history) == [("boss", "Oslo?"), ("sam", "it snows")]
    assert results(server) == ["snow in Oslo"]


def test_the_system_message_is_made_of_the_context_variables_before_each_reply() -> None:
    for kind in BOTH:
        with served(either("yes, Ada")) as server:
            sam = made(
                kind,
                server,
                update_agent_state_before_reply=[autogen.UpdateSystemMessage("Greet {user}.")],
            )
            run(default(sam, helper("ada"), context_variables=ContextVariables({"user": "Ada"})), 2)

        assert "Greet Ada." in server.requests[0]["messages"][0]["content"]


def test_the_same_agent_in_two_runs_remembers_the_first_and_hears_each_line_once() -> None:
    with served(handing_over("poet"), handing_over("poet"), either("two poems")) as server:
        sam, poet = made(MemGPTAgent, server), helper("poet", "roses are red", "violets are blue")
        hand_off(sam, poet)
        poet.handoffs.set_after_work(AgentTarget(sam))
        run(default(sam, poet), 4, "a poem")
        result, _, _ = run(default(sam, poet), 6, "another")

    assert said(result.chat_history)[-1] == ("sam", "two poems")
    assert heard(sam) == [
        ("boss", "a poem"),
        ("poet", "roses are red"),
        ("boss", "another"),
        ("poet", "violets are blue"),
        ("sam", "two poems"),
    ]
    assert sorted(offered(server, 2)) == sorted(set(offered(server, 2)))
    assert legal(server)


def test_a_run_with_earlier_messages_goes_on_where_it_ended_and_keeps_each_line_once() -> None:
    with served(handing_over("poet"), either("that was the poem")) as server:
        sam, poet = made(MemGPTAgent, server), helper("poet", "roses are red")
        hand_off(sam, poet)
        first, _, _ = run(default(sam, poet), 4, "a poem")
        pattern = default(sam, poet)
        earlier = [dict(message) for message in first.chat_history]
        earlier[0]["name"] = "boss"
        more = [*earlier, {"role": "user", "name": "boss", "content": "was that it?"}]
        result, _, _ = initiate_group_chat(pattern=pattern, messages=more, max_rounds=2)

    assert said(result.chat_history)[-1] == ("sam", "that was the poem")
    assert heard(sam) == [
        ("boss", "a poem"),
        ("poet", "roses are red"),
        ("boss", "was that it?"),
        ("sam", "that was the poem"),
    ]
    assert legal(server)


def test_an_asynchronous_pattern_is_the_same_pattern() -> None:
    told = []
    for kind in BOTH:
        with served(handing_over("poet"), either("roses are red")) as server:
            sam, poet = made(kind, server), made(autogen.ConversableAgent, server, "poet")
            hand_off(sam, poet)
            pattern = default(sam, poet)
            messages = [{"role": "user", "content": "a poem"}]
            result, _, last = asyncio.run(
                a_initiate_group_chat(pattern=pattern, messages=messages, max_rounds=6)
            )
        told.append((seen(result.chat_history), last.name))

    assert told[0] == told[1]


def test_the_cost_of_a_pattern_counts_our_agent() -> None:
    for kind in BOTH:
        with served(either("hello")) as server:
            sam = made(kind, server)
            result, _, _ = run(default(sam, helper("ada")), 2)

        own = sam.get_total_usage()
        assert own["total_cost"] > 0
        # AutoGen 0.9 counts only the two ends of the chat, which are not the members
        total = result.cost["usage_including_cached_inference"]["total_cost"]
        assert total in (0, own["total_cost"])


def test_memory_tools_are_not_with_the_groups_executor() -> None:
    with served(either("hello")) as server:
        sam = made(MemGPTAgent, server)
        ada = helper("ada", "hello")
        pattern = RoundRobinPattern(initial_agent=sam, agents=[sam, ada])
        prepared = pattern.prepare_group_chat(max_rounds=3, messages="hello")
        members = {agent.name: agent for agent in prepared[7].agents}
        run(default(sam, ada), 2)

    memory_tools = {tool.name for tool in sam.loop.toolbox}
    assert not memory_tools & set(members[EXECUTOR].function_map)
    assert {tool.name for tool in sam.loop.toolbox.offered()} <= offered(server)


@pytest.mark.parametrize("kind", KINDS)
def test_run_group_chat_tells_the_run_in_events(kind: Kind) -> None:
    try:
        from autogen.agentchat import run_group_chat
    except ImportError:
        pytest.skip("this AutoGen has no run_group_chat")
    with served(handing_over("poet"), either("roses are red")) as server:
        sam, poet = made(kind, server), made(autogen.ConversableAgent, server, "poet")
        hand_off(sam, poet)
        response = run_group_chat(pattern=default(sam, poet), messages="a poem", max_rounds=5)
        events = [type(event).__name__ for event in response.events]

    assert "RunCompletionEvent" in events
    assert "ExecuteFunctionEvent" in events
    assert not any("Error" in event for event in events)
    assert said(response.messages)[-1] == ("poet", "roses are red")
