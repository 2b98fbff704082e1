"""What people have reported of memory and teams in agent-framework, tried with this agent.

The numbers are those of issues of microsoft/agent-framework.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosted import run, speaks

pytest.importorskip("agent_framework_orchestrations")

from agent_framework import (
    AgentSession,
    Content,
    FileCheckpointStorage,
    InMemoryCheckpointStorage,
    Message,
    tool,
)
from agent_framework.orchestrations import (
    GroupChatBuilder,
    HandoffAgentUserRequest,
    HandoffBuilder,
    SequentialBuilder,
)
from framework_models import heard, member

from memgpt_autogen.hosts.agent_framework import MemGPTClient, listening
from memgpt_autogen.testing import call, says

Make = Callable[..., MemGPTClient]

PERSISTENT = {"require_per_service_call_history_persistence": True}


async def stream(workflow: Any, message: Any = None, **options: Any) -> list[Any]:
    return [event async for event in workflow.run(message, stream=True, **options)]


def users_words(client: MemGPTClient) -> list[str]:
    return [text for name, text in heard(client) if name == "user"]


@tool(approval_mode="never_require")
def find_order(number: int) -> str:
    """Find an order."""
    return f"order {number} is late"


@tool(approval_mode="always_require")
def refund(number: int) -> str:
    """Refund an order."""
    return f"order {number} is refunded"


def test_7756_a_sequence_as_an_agent_with_a_stored_session(make_client: Make) -> None:
    client = make_client(*(speaks(f"draft {number}") for number in range(3)))
    writer, editor = client.as_agent(), member("editor", "fine 0", "fine 1", "fine 2")
    agent = SequentialBuilder(participants=[writer, editor]).build().as_agent()
    session = agent.create_session()

    for text in ("first", "second", "third"):
        run(agent.run(text, session=session))
        session = AgentSession.from_dict(json.loads(json.dumps(session.to_dict())))

    assert users_words(client) == ["first", "second", "third"]
    assert [text for name, text in heard(client) if name == "sam"] == ["draft 0", "draft 1", "draft 2"]
    assert len(heard(client)) == 8  # and what the editor said, once


def test_5147_a_handoff_of_many_turns_with_checkpoints_does_not_grow(make_client: Make) -> None:
    client = make_client(*(speaks(f"answer {number}") for number in range(4)))
    sam = client.as_agent(**PERSISTENT)
    workflow = (
        HandoffBuilder(participants=[sam, member("ada", **PERSISTENT)])
        .with_start_agent(sam)
        .with_checkpointing(InMemoryCheckpointStorage())
        .build()
    )

    async def talk() -> None:
        events = await stream(workflow, "question 0")
        for number in range(1, 4):
            (request,) = [event for event in events if event.type == "request_info"]
            answer = HandoffAgentUserRequest.create_response(f"question {number}")
            events = await stream(workflow, responses={request.request_id: answer})

    run(talk())

    assert users_words(client) == [f"question {number}" for number in range(4)]
    prompts = [len(request.messages) for request in client.hosted.loop.llm.requests]  # type: ignore[attr-defined]
    assert prompts[3] - prompts[2] == prompts[2] - prompts[1]


def test_4376_and_3105_a_tool_and_then_a_handoff_and_then_back(make_client: Make) -> None:
    client = make_client(
        says("", call("find_order", number=7)),
        says("", call("handoff_to_ada")),
        speaks("Ada says it comes tomorrow"),
    )
    sam = client.as_agent(tools=[find_order], **PERSISTENT)
    back = Content.from_function_call("c1", "handoff_to_sam", arguments="{}")
    ada = member("ada", "It comes tomorrow", back, **PERSISTENT)
    workflow = HandoffBuilder(participants=[sam, ada]).with_start_agent(sam).build()

    async def talk() -> None:
        events = await stream(workflow, "Where is order 7?")
        (request,) = [event for event in events if event.type == "request_info"]
        answer = HandoffAgentUserRequest.create_response("Tell me, sam")
        await stream(workflow, responses={request.request_id: answer})

    run(talk())

    assert heard(client) == [
        ("user", "Where is order 7?"),
        ("ada", "It comes tomorrow"),
        ("user", "Tell me, sam"),
        ("sam", "Ada says it comes tomorrow"),
    ]
    assert not client.hosted.waiting()


def test_7456_the_same_speaker_twice(make_client: Make) -> None:
    client = make_client(speaks("One"), speaks("Two"))
    order = iter(["sam", "sam"])
    workflow = GroupChatBuilder(
        participants=[listening(client.as_agent()), member("ada")],
        selection_func=lambda state: next(order),
        max_rounds=2,
    ).build()

    run(stream(workflow, "Begin"))

    assert heard(client) == [("user", "Begin"), ("sam", "One"), ("sam", "Two")]


def test_7789_a_checkpoint_in_a_file(make_client: Make, tmp_path: Path) -> None:
    client = make_client(speaks("Hello"), speaks("Hello again"))
    storage = FileCheckpointStorage(str(tmp_path / "checkpoints"))

    def team() -> Any:
        order = ["ada", "sam", "ada"]
        return listening(
            GroupChatBuilder(
                name="talk",
                participants=[member("ada", "One", "Two"), listening(client.as_agent())],
                selection_func=lambda state: order[state.current_round],
                max_rounds=3,
            ).build()
        )

    async def talk() -> None:
        await stream(team(), "Begin", checkpoint_storage=storage)
        newest = await storage.get_latest(workflow_name="talk")
        assert newest is not None
        await stream(team(), checkpoint_id=newest.checkpoint_id, checkpoint_storage=storage)

    run(talk())

    assert heard(client) == [("user", "Begin"), ("ada", "One"), ("sam", "Hello"), ("ada", "Two")]


def test_5600_and_1799_an_approval_in_a_group_chat(make_client: Make) -> None:
    client = make_client(
        says("", call("refund", number=7)), speaks("It is refunded"), speaks("Anything else?")
    )
    order = ["sam", "ada", "sam"]
    workflow = GroupChatBuilder(
        participants=[listening(client.as_agent(tools=[refund])), member("ada", "Thank you")],
        selection_func=lambda state: order[state.current_round],
        max_rounds=3,
    ).build()

    async def talk() -> None:
        events = await stream(workflow, "Refund order 7")
        (request,) = [event for event in events if event.type == "request_info"]
        answer = request.data.to_function_approval_response(approved=True)
        await stream(workflow, responses={request.request_id: answer})

    run(talk())

    assert heard(client) == [
        ("user", "Refund order 7"),
        ("sam", "It is refunded"),
        ("ada", "Thank you"),
        ("sam", "Anything else?"),
    ]


def test_5814_a_reader_that_leaves_a_stream_keeps_what_it_has_heard(make_client: Make) -> None:
    client = make_client(
        says("", call("send_message", message="One", request_heartbeat=True)),
        speaks("Two"),
        speaks("Three"),
        speaks("Four"),
    )
    agent = client.as_agent()
    session = agent.create_session()

    async def left() -> None:
        async with agent.run("Count", session=session, stream=True) as answer:
            async for update in answer:
                if update.text:
                    break
        await agent.run("Go on", session=session)

    run(left())

    said = heard(client)
    assert said[:2] == [("user", "Count"), ("sam", "One")]
    assert [name for name, _ in said[2:]] == ["user", "sam"]


def test_4248_the_answers_are_in_the_session_of_a_workflow(make_client: Make) -> None:
    agent = SequentialBuilder(participants=[make_client(speaks("Hello")).as_agent()]).build().as_agent()
    session = agent.create_session()

    run(agent.run("Hi", session=session))

    assert [message.text for message in session.state["in_memory"]["messages"]] == ["Hi", "Hello"]


def test_4447_a_name_that_was_told_is_known_in_the_next_turn(tmp_path: Path) -> None:
    agent = MemGPTClient("sam", home=tmp_path).as_agent()
    session = agent.create_session()
    run(agent.run("My name is Alice and I love hiking.", session=session))

    assert "hiking" in run(agent.run("What do I love?", session=session)).text


def test_5472_users_with_an_agent_each_see_nothing_of_each_other(make_client: Make) -> None:
    ada, ben = make_client(speaks("Noted"), name="sam-ada"), make_client(speaks("No"), name="sam-ben")

    run(ada.as_agent().run("My code is 4711"))
    run(ben.as_agent().run("What is the code?"))

    assert "4711" not in str(ben.hosted.loop.llm.requests)  # type: ignore[attr-defined]


def test_6344_context_of_other_providers_is_not_stored_as_said(make_client: Make) -> None:
    from agent_framework import ContextProvider

    class Weather(ContextProvider):
        async def before_run(self, *, context: Any, **_: Any) -> None:
            context.extend_messages(self, [Message("user", ["It rains."])])
            context.extend_instructions(self.source_id, "Speak of the weather.")

    client = make_client(speaks("Take an umbrella"), speaks("Still"))
    agent = client.as_agent(context_providers=[Weather("weather")])
    session = agent.create_session()

    for text in ("What shall I take?", "Really?"):
        run(agent.run(text, session=session))

    assert users_words(client) == ["What shall I take?", "Really?"]
    assert "It rains." in str(client.hosted.loop.llm.requests[1].messages)  # type: ignore[attr-defined]
