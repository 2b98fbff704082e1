"""The agent in the workflows of agent-framework: it hears everything once, also while it is silent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import storage_faults
from hosted import run, speaks

pytest.importorskip("agent_framework_orchestrations")

from agent_framework import (
    Content,
    Message,
    Workflow,
)
from agent_framework.orchestrations import (
    ConcurrentBuilder,
    GroupChatBuilder,
    HandoffAgentUserRequest,
    HandoffBuilder,
    MagenticBuilder,
    SequentialBuilder,
)
from framework_models import heard, member

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.hosts.agent_framework import MemGPTClient, listening
from memgpt_autogen.testing import call, says

Make = Callable[..., MemGPTClient]


async def stream(workflow: Any, message: Any = None, **options: Any) -> list[Any]:
    return [event async for event in workflow.run(message, stream=True, **options)]


def group(participants: Iterable[Any], *speakers: str) -> Workflow:
    """Return a group chat in which these speak, in this order."""
    order = iter(speakers)
    return GroupChatBuilder(
        participants=list(participants),
        selection_func=lambda state: next(order),
        max_rounds=len(speakers),
        orchestrator_name="manager",
    ).build()


def boss(text: str) -> Message:
    return Message("user", [text], author_name="boss")


def test_a_member_that_is_never_asked_hears_everything(make_client: Make) -> None:
    client = make_client()
    members = [member("ada", "Good", "Good"), member("ben", "Good"), listening(client.as_agent())]

    run(stream(listening(group(members, "ada", "ada", "ben")), boss("Begin")))

    assert heard(client) == [("boss", "Begin"), ("ada", "Good"), ("ada", "Good"), ("ben", "Good")]


def test_the_last_words_of_a_run_are_heard_also_without_a_stream(make_client: Make) -> None:
    client = make_client(speaks("Hello"))
    members = [member("ada", "One", "Two"), listening(client.as_agent())]
    workflow = listening(group(members, "ada", "sam", "ada"))

    async def two() -> None:
        await workflow.run(boss("Begin"))

    run(two())

    assert heard(client) == [("boss", "Begin"), ("ada", "One"), ("sam", "Hello"), ("ada", "Two")]


def test_a_workflow_listens_for_members_that_do_not(make_client: Make) -> None:
    client = make_client(speaks("Hello"))
    members = [member("ada", "One", "Two"), member("ben", "Three"), client.as_agent()]

    run(stream(listening(group(members, "ada", "ben", "sam", "ada")), "Begin"))

    assert heard(client) == [
        ("user", "Begin"),
        ("ada", "One"),
        ("ben", "Three"),
        ("sam", "Hello"),
        ("ada", "Two"),
    ]


def test_a_stock_group_chat_is_heard_when_the_agent_is_asked(make_client: Make) -> None:
    client = make_client(speaks("Hello"))
    members = [member("ada", "One"), member("ben", "Three"), client.as_agent()]

    run(stream(group(members, "ada", "ben", "sam"), boss("Begin")))

    assert heard(client) == [("boss", "Begin"), ("ada", "One"), ("ben", "Three"), ("sam", "Hello")]


def test_the_same_talk_again_is_heard_again(make_client: Make) -> None:
    client = make_client(speaks("One"), speaks("Two"))
    members = [
        member("ada", "Good", "Fine", "Good", "Fine"),
        member("ben", "Good", "Good"),
        client.as_agent(),
    ]
    once = ("ada", "ben", "ada", "sam")

    run(stream(group(members, *once, *once), boss("Begin")))

    talk = [("ada", "Good"), ("ben", "Good"), ("ada", "Fine")]
    assert heard(client) == [("boss", "Begin"), *talk, ("sam", "One"), *talk, ("sam", "Two")]


def test_an_agent_of_ours_chooses_who_speaks(make_client: Make) -> None:
    chosen = [("ada", False), ("", True)]
    client = make_client(
        *(
            says(
                "",
                call(
                    "send_message",
                    message={"terminate": end, "reason": "", "next_speaker": name, "final_message": None},
                ),
            )
            for name, end in chosen
        )
    )
    ada = member("ada", "One")
    workflow = GroupChatBuilder(participants=[ada], orchestrator_agent=client.as_agent()).build()

    run(stream(workflow, boss("Begin")))

    assert heard(client)[0] == ("boss", "Begin")
    assert ("ada", "One") in heard(client)


def test_two_agents_of_ours_in_a_team_have_memories_of_their_own(make_client: Make) -> None:
    sam, tom = make_client(speaks("I am sam")), make_client(speaks("I am tom"), name="tom")
    members = [listening(sam.as_agent()), listening(tom.as_agent())]

    run(stream(listening(group(members, "sam", "tom")), boss("Begin")))

    said = [("boss", "Begin"), ("sam", "I am sam"), ("tom", "I am tom")]
    assert heard(sam) == said
    assert heard(tom) == said


def test_a_run_that_fails_delivers_nothing_twice(make_client: Make) -> None:
    client = make_client(speaks("Hello"))
    members = [member("ada", "One"), member("ben", RuntimeError("away"), "Two"), client.as_agent()]
    workflow = group(members, "ada", "ben", "ben", "sam")

    async def both() -> None:
        with pytest.raises(RuntimeError, match="away"):
            await workflow.run(boss("Begin"))
        await workflow.run(boss("Again"))

    run(both())

    assert heard(client) == [
        ("boss", "Begin"),
        ("ada", "One"),
        ("boss", "Again"),
        ("ben", "Two"),
        ("sam", "Hello"),
    ]


def test_a_database_that_fails_for_a_while_loses_nothing_and_stops_nobody(
    make_client: Make, tmp_path: Path
) -> None:
    client = make_client(speaks("Hello"))
    ada = member("ada", "One", "Two", "Three")
    workflow = listening(group([ada, listening(client.as_agent())], "ada", "ada", "ada", "sam"))

    async def failing() -> None:
        events = aiter(workflow.run(boss("Begin"), stream=True))
        await anext(events)
        with storage_faults.locked(tmp_path / "home"):
            async for event in events:
                if event.type == "group_chat" and event.data.round_index == 2:
                    break
        async for _ in events:
            pass

    run(failing())

    assert heard(client) == [
        ("boss", "Begin"),
        ("ada", "One"),
        ("ada", "Two"),
        ("ada", "Three"),
        ("sam", "Hello"),
    ]


def test_a_sequence_passes_the_conversation_on(make_client: Make) -> None:
    client = make_client(speaks("Two"))
    first, last = member("ada", "One"), member("ben", "Three")
    workflow = listening(SequentialBuilder(participants=[first, client.as_agent(), last]).build())

    run(stream(workflow, "Begin"))

    assert heard(client) == [("user", "Begin"), ("ada", "One"), ("sam", "Two"), ("ben", "Three")]
    assert [message.text for message in last.client.asked[0]] == ["Begin", "One", "Two"]


def test_a_sequence_of_two_agents_of_ours_loses_nothing(make_client: Make) -> None:
    sam, tom = make_client(speaks("One")), make_client(speaks("Two"), name="tom")
    participants = [listening(sam.as_agent()), listening(tom.as_agent())]

    run(stream(SequentialBuilder(participants=participants).build(), "Begin"))

    assert heard(tom) == [("user", "Begin"), ("sam", "One"), ("tom", "Two")]


def test_those_who_answer_at_once_hear_the_task(make_client: Make) -> None:
    client = make_client(speaks("Two"))
    workflow = ConcurrentBuilder(participants=[member("ada", "One"), client.as_agent()]).build()

    run(stream(workflow, "Begin"))

    assert heard(client) == [("user", "Begin"), ("sam", "Two")]


def test_the_others_answers_at_once_are_overheard(make_client: Make) -> None:
    client = make_client(speaks("Two"))
    workflow = ConcurrentBuilder(participants=[member("ada", "One"), client.as_agent()]).build()

    run(stream(listening(workflow), "Begin"))

    assert sorted(heard(client)) == [("ada", "One"), ("sam", "Two"), ("user", "Begin")]


PERSISTENT = {"require_per_service_call_history_persistence": True}


def handoff(target: str) -> Any:
    return Content.from_function_call("h1", f"handoff_to_{target}", arguments="{}")


def test_work_is_handed_over_and_back(make_client: Make) -> None:
    client = make_client(says("", call("handoff_to_ada")), speaks("I have it again"))
    sam = client.as_agent(**PERSISTENT)
    ada = member("ada", handoff("sam"), handoff("sam"), **PERSISTENT)
    workflow = (
        HandoffBuilder(participants=[sam, ada], termination_condition=lambda said: len(said) > 3)
        .with_start_agent(sam)
        .build()
    )

    async def talk() -> list[str]:
        events = await stream(workflow, "My order is late")
        return [event.data.text for event in events if event.type == "output" and event.data.text]

    assert "".join(run(talk())) == "I have it again"
    assert heard(client) == [("user", "My order is late"), ("sam", "I have it again")]
    log = client.hosted.memory.log.everything()
    results = [entry.message for entry in log if entry.message.name == "handoff_to_ada"]
    assert [each.ok for each in results] == [True]


def test_an_agent_that_gets_no_handoff_overhears_the_talk(make_client: Make) -> None:
    client = make_client()
    ada = member("ada", "How can I help?", "Done", **PERSISTENT)
    builder = HandoffBuilder(participants=[ada, client.as_agent(**PERSISTENT)])
    workflow = listening(builder.with_start_agent(ada).build())

    async def talk() -> None:
        events = await stream(workflow, "Hello")
        (request,) = [event for event in events if event.type == "request_info"]
        answer = HandoffAgentUserRequest.create_response("My order is late")
        await stream(workflow, responses={request.request_id: answer})

    run(talk())

    assert heard(client) == [
        ("user", "Hello"),
        ("ada", "How can I help?"),
        ("user", "My order is late"),
        ("ada", "Done"),
    ]


def test_a_handoff_to_the_agent_brings_what_was_said_before_it(make_client: Make) -> None:
    client = make_client(speaks("It comes tomorrow"))
    ada = member("ada", "One moment", handoff("sam"), **PERSISTENT)
    builder = HandoffBuilder(participants=[ada, client.as_agent(**PERSISTENT)])
    workflow = listening(builder.with_start_agent(ada).build())

    async def talk() -> None:
        events = await stream(workflow, "Hello")
        (request,) = [event for event in events if event.type == "request_info"]
        answer = HandoffAgentUserRequest.create_response("Where is my order?")
        await stream(workflow, responses={request.request_id: answer})

    run(talk())

    assert heard(client) == [
        ("user", "Hello"),
        ("ada", "One moment"),
        ("user", "Where is my order?"),
        ("sam", "It comes tomorrow"),
    ]


LEDGER = (
    '{"is_request_satisfied": {"reason": "", "answer": %s}, "is_in_loop": {"reason": "", "answer": false}, '
    '"is_progress_being_made": {"reason": "", "answer": true}, '
    '"next_speaker": {"reason": "", "answer": "%s"}, '
    '"instruction_or_question": {"reason": "", "answer": "Sam, tell it."}}'
)


def test_a_magentic_manager_asks_the_agent(make_client: Make) -> None:
    client = make_client(speaks("It is blue"))
    manager = member(
        "manager", "facts", "plan", LEDGER % ("false", "sam"), LEDGER % ("true", "sam"), "The end"
    )
    workflow = MagenticBuilder(
        participants=[client.as_agent(description="knows doors"), member("ada")], manager_agent=manager
    ).build()

    run(stream(workflow, "Which door?"))

    names = [name for name, _ in heard(client)]
    assert heard(client)[-1] == ("sam", "It is blue")
    assert any("Sam, tell it." in text for _, text in heard(client)), names


def test_a_workflow_as_an_agent_is_heard_once_though_its_history_comes_again(make_client: Make) -> None:
    client = make_client(speaks("One"), speaks("Two"), speaks("Three"))
    workflow = SequentialBuilder(participants=[client.as_agent()]).build()
    agent = workflow.as_agent()
    session = agent.create_session()

    for text in ("first", "second", "second"):
        run(agent.run(text, session=session))

    assert heard(client) == [
        ("user", "first"),
        ("sam", "One"),
        ("user", "second"),
        ("sam", "Two"),
        ("user", "second"),
        ("sam", "Three"),
    ]


def test_a_group_as_an_agent_is_heard_once_though_its_history_comes_again(make_client: Make) -> None:
    client = make_client(speaks("I am sam"), speaks("Still sam"))
    members = [member("ada", "a1", "a2"), listening(client.as_agent())]
    speakers = iter(["ada", "sam"] * 2)
    workflow = GroupChatBuilder(
        participants=members,
        selection_func=lambda state: next(speakers),
        orchestrator_name="manager",
        termination_condition=lambda said: bool(said) and said[-1].author_name == "sam",
    ).build()
    agent = workflow.as_agent()
    session = agent.create_session()

    for text in ("first", "second"):
        run(agent.run(text, session=session))

    said = heard(client)
    assert [line for line in said if line[0] != "manager"] == [
        ("user", "first"),
        ("ada", "a1"),
        ("sam", "I am sam"),
        ("user", "second"),
        ("ada", "a2"),
        ("sam", "Still sam"),
    ]


def test_only_an_agent_of_ours_can_listen(make_client: Make) -> None:
    ada = member("ada", "One")

    with pytest.raises(ConfigurationError, match="'ada' has no MemGPTClient"):
        listening(ada)
    with pytest.raises(ConfigurationError, match="no agent with a MemGPTClient"):
        listening(group([ada], "ada"))


def test_what_was_said_elsewhere_can_be_told(make_client: Make) -> None:
    client = make_client(speaks("The door is blue"))
    agent = client.as_agent()
    session = agent.create_session()

    async def told() -> None:
        await client.hear(Message("user", ["The door is blue"], author_name="ada"), session=session)
        await client.hear("Is it?", session=session)
        await agent.run("Which colour?", session=session)

    run(told())

    assert heard(client) == [
        ("ada", "The door is blue"),
        ("user", "Is it?"),
        ("user", "Which colour?"),
        ("sam", "The door is blue"),
    ]
