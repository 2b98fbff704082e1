"""Sessions and checkpoints from the past: the host forgets what came after, and the agent does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hosted import run, speaks

pytest.importorskip("agent_framework_orchestrations")

from agent_framework import (
    Agent,
    AgentExecutorRequest,
    AgentSession,
    Executor,
    InMemoryCheckpointStorage,
    Message,
    WorkflowBuilder,
    WorkflowCheckpoint,
    WorkflowContext,
    handler,
    response_handler,
)
from agent_framework.orchestrations import GroupChatBuilder, HandoffAgentUserRequest, HandoffBuilder
from framework_models import Scripted, heard, member

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.hosts.agent_framework import MemGPTClient, listening
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM

Make = Callable[..., MemGPTClient]


@pytest.fixture
def make_client(tmp_path: Path) -> Make:
    def make(*answers: str, name: str = "sam", **options: Any) -> MemGPTClient:
        llm = ScriptedLLM(*map(speaks, answers))
        return MemGPTClient(name, home=tmp_path / "home", llm=llm, **options)

    return make


def of_time(session: AgentSession) -> AgentSession:
    """Return the session as it is now, whatever becomes of it."""
    return AgentSession.from_dict(session.to_dict())


def alerts(client: MemGPTClient) -> list[str]:
    return [
        entry.message.text for entry in client.hosted.memory.log.everything() if entry.message.kind == "alert"
    ]


async def twice_from(client: MemGPTClient) -> tuple[AgentSession, Any]:
    """Go on from one point of a conversation twice. Returns the second session, and its answer."""
    agent = client.as_agent()
    session = agent.create_session()
    await agent.run("My cat is Mo", session=session)
    saved = of_time(session)
    await agent.run("My dog is Rex", session=session)
    return saved, await agent.run("My dog is Bo", session=saved)


def test_an_agent_is_told_that_a_session_from_the_past_goes_on(make_client: Make) -> None:
    client = make_client("Mo", "Rex", "Bo")

    run(twice_from(client))

    assert [text for name, text in heard(client) if name == "user"] == [
        "My cat is Mo",
        "My dog is Rex",
        "My dog is Bo",
    ]
    (told,) = alerts(client)
    assert "taken back to an earlier point" in told
    prompts = client.hosted.loop.llm.requests  # type: ignore[attr-defined]
    assert "taken back to an earlier point" in str(prompts[-1].messages)


def test_it_is_told_once(make_client: Make) -> None:
    client = make_client("Mo", "Rex", "Bo", "Still Bo")

    async def on() -> None:
        session, _ = await twice_from(client)
        await client.as_agent().run("Good", session=session)

    run(on())

    assert len(alerts(client)) == 1


def test_it_is_told_once_also_where_its_first_answer_fails(make_client: Make, tmp_path: Path) -> None:
    answers = [speaks("Mo"), speaks("Rex"), ModelError("the endpoint is away"), speaks("Bo")]
    client = MemGPTClient("sam", home=tmp_path, llm=ScriptedLLM(*answers), model_error="raise")
    agent = client.as_agent()
    session = agent.create_session()

    async def again() -> None:
        await agent.run("My cat is Mo", session=session)
        saved = of_time(session)
        await agent.run("My dog is Rex", session=session)
        with pytest.raises(ModelError):
            await agent.run("My dog is Bo", session=saved)
        await agent.run("My dog is Bo", session=saved)

    run(again())

    assert len(alerts(client)) == 1
    assert [text for name, text in heard(client) if name == "user"][-2:] == ["My dog is Rex", "My dog is Bo"]


def test_a_fork_goes_on_with_the_memory_of_that_time(make_client: Make, tmp_path: Path) -> None:
    client = make_client("Mo", "Rex", "Bo", on_resume="fork")

    session, _ = run(twice_from(client))

    fork = open_memory("sam-2", Settings.load(home=tmp_path / "home"))
    said = [entry.message.spoken for entry in fork.log.spoken_tail(9)]
    assert said == ["My cat is Mo", "Mo", "My dog is Bo", "Bo"]
    assert [text for name, text in heard(client) if name == "user"] == ["My cat is Mo", "My dog is Rex"]
    assert str(session.service_session_id).startswith("sam-2/")


def test_a_forked_session_goes_on_in_another_process(make_client: Make, tmp_path: Path) -> None:
    session, _ = run(twice_from(make_client("Mo", "Rex", "Bo", on_resume="fork")))

    again = make_client("Bo it is", on_resume="fork")
    run(again.as_agent().run("Which dog?", session=of_time(session)))

    fork = open_memory("sam-2", Settings.load(home=tmp_path / "home"))
    assert [entry.message.spoken for entry in fork.log.spoken_tail(2)] == ["Which dog?", "Bo it is"]


def test_nothing_happens_where_nothing_should(make_client: Make) -> None:
    client = make_client("Mo", "Rex", "Bo", on_resume="continue")

    run(twice_from(client))

    assert not alerts(client)


def test_a_session_of_another_agent_is_refused(make_client: Make) -> None:
    other = make_client("Hello", name="tom").as_agent()
    session = other.create_session()
    run(other.run("Hi", session=session))

    with pytest.raises(ConfigurationError, match="agent 'tom', which is no fork of agent 'sam'"):
        run(make_client("Hello").as_agent().run("Hi", session=session))


class Talk:
    """A group chat of ada, ben and a silent sam; what ada and ben say is given for each run."""

    def __init__(self, client: MemGPTClient, said: list[str]) -> None:
        self.model = Scripted(*said)
        others = [Agent(self.model, name=name) for name in ("ada", "ben")]
        self.workflow = listening(
            GroupChatBuilder(
                name="talk",
                participants=[*others, listening(client.as_agent())],
                selection_func=lambda state: ("ada", "ben")[state.current_round % 2],
                termination_condition=lambda said: len(said) > 5,
                orchestrator_name="manager",
            ).build()
        )

    async def run(self, *message: Any, **options: Any) -> None:
        async for _ in self.workflow.run(*message, stream=True, **options):
            pass


async def middle(storage: InMemoryCheckpointStorage, heard: int) -> WorkflowCheckpoint:
    """Return the checkpoint at which the manager has heard so many messages."""
    saved = await storage.list_checkpoints(workflow_name="talk")
    return next(
        each
        for each in saved
        if len(each.state["_executor_state"]["group_chat_orchestrator"]["conversation"]) == heard
    )


async def two_futures(client: MemGPTClient, second: list[str]) -> None:
    """Run a talk, and go on from its middle again; then others may be said."""
    storage = InMemoryCheckpointStorage()
    begin = Message("user", ["Begin"], author_name="boss")
    await Talk(client, ["a1", "b1", "a2", "b2", "a3"]).run(begin, checkpoint_storage=storage)
    saved = await middle(storage, 3)
    await Talk(client, second).run(checkpoint_id=saved.checkpoint_id, checkpoint_storage=storage)


FIRST = [("boss", "Begin"), ("ada", "a1"), ("ben", "b1"), ("ada", "a2"), ("ben", "b2"), ("ada", "a3")]


def test_the_same_words_after_a_checkpoint_are_heard_once(make_client: Make) -> None:
    client = make_client()

    run(two_futures(client, ["a2", "b2", "a3"]))

    assert heard(client) == FIRST
    assert not alerts(client)


def test_other_words_after_a_checkpoint_are_heard_and_the_agent_is_told(make_client: Make) -> None:
    client = make_client()

    run(two_futures(client, ["a2", "other", "new"]))

    assert heard(client) == [*FIRST, ("ben", "other"), ("ada", "new")]
    assert len(alerts(client)) == 1


def test_a_silent_agent_forks_where_the_words_part(make_client: Make, tmp_path: Path) -> None:
    client = make_client(on_resume="fork")

    run(two_futures(client, ["a2", "other", "new"]))

    assert heard(client) == FIRST
    fork = open_memory("sam-2", Settings.load(home=tmp_path / "home"))
    said = [entry.message.spoken for entry in fork.log.spoken_tail(9)]
    assert said == ["Begin", "a1", "b1", "a2", "other", "new"]


def test_a_fork_that_hears_and_answers_stays_the_same_fork(make_client: Make, tmp_path: Path) -> None:
    client = make_client("s1", "s2", "s3", "s4", on_resume="fork")
    order = ["ada", "ben", "sam", "ada", "sam"]

    def team(*said: str) -> Any:
        model = Scripted(*said)
        others = [Agent(model, name=name) for name in ("ada", "ben")]
        return listening(
            GroupChatBuilder(
                name="talk",
                participants=[*others, listening(client.as_agent())],
                selection_func=lambda state: order[state.current_round],
                max_rounds=5,
                orchestrator_name="manager",
            ).build()
        )

    async def both() -> None:
        storage = InMemoryCheckpointStorage()
        await team("a1", "b1", "a2").run("Begin", checkpoint_storage=storage)
        saved = await middle(storage, 2)
        await team("other", "new").run(checkpoint_id=saved.checkpoint_id, checkpoint_storage=storage)

    run(both())

    home = Settings.load(home=tmp_path / "home")
    said = [entry.message.spoken for entry in open_memory("sam-2", home).log.spoken_tail(9)]
    assert said == ["Begin", "a1", "other", "s3", "new", "s4"]
    assert [text for _, text in heard(client)] == ["Begin", "a1", "b1", "s1", "a2", "s2"]
    assert not open_memory("sam-3", home).log.spoken_tail(1)


def test_what_an_agent_heard_before_it_failed_is_not_heard_again_after_a_checkpoint(
    make_client: Make,
) -> None:
    storage = InMemoryCheckpointStorage()

    def team(client: MemGPTClient) -> Any:
        order = ["ada", "ben", "sam"]
        return GroupChatBuilder(
            name="talk",
            participants=[member("ada", "Good"), member("ben", "Good"), client.as_agent()],
            selection_func=lambda state: order[state.current_round],
            max_rounds=3,
        ).build()

    async def crashed() -> None:
        with pytest.raises(ModelError):
            await team(make_client(model_error="raise")).run("Good", checkpoint_storage=storage)
        newest = await storage.get_latest(workflow_name="talk")
        assert newest is not None
        await team(client).run(checkpoint_id=newest.checkpoint_id, checkpoint_storage=storage)

    client = make_client("Hello")
    run(crashed())

    assert heard(client) == [("user", "Good"), ("ada", "Good"), ("ben", "Good"), ("sam", "Hello")]


def test_what_others_said_before_an_answer_is_not_heard_again_after_a_checkpoint(make_client: Make) -> None:
    client = make_client("Hello", "Hello again")
    storage = InMemoryCheckpointStorage()

    def team() -> Any:
        order = ["ada", "sam"]
        return GroupChatBuilder(
            name="talk",
            participants=[member("ada", "One"), client.as_agent()],
            selection_func=lambda state: order[state.current_round],
            max_rounds=2,
        ).build()

    async def twice() -> None:
        await team().run("Begin", checkpoint_storage=storage)
        before = await middle(storage, 2)
        await team().run(checkpoint_id=before.checkpoint_id, checkpoint_storage=storage)

    run(twice())

    assert heard(client) == [("user", "Begin"), ("ada", "One"), ("sam", "Hello"), ("sam", "Hello again")]


class Desk:
    """A workflow of ada, who has the user, and a sam who is never asked."""

    def __init__(self, client: MemGPTClient, *said: Any) -> None:
        kept = {"require_per_service_call_history_persistence": True}
        ada = member("ada", *said, **kept)
        builder = HandoffBuilder(name="desk", participants=[ada, client.as_agent(**kept)])
        self.workflow = listening(builder.with_start_agent(ada).build())
        self.storage = InMemoryCheckpointStorage()

    async def run(self, message: Any = None, **options: Any) -> list[Any]:
        run = self.workflow.run(message, stream=True, **options)
        return [event.request_id async for event in run if event.type == "request_info"]

    async def newest(self) -> str:
        checkpoint = await self.storage.get_latest(workflow_name="desk")
        assert checkpoint is not None
        return checkpoint.checkpoint_id


def test_a_desk_that_waits_for_its_user_goes_on_in_another_process(make_client: Make) -> None:
    client = make_client()
    answer = HandoffAgentUserRequest.create_response("Yes")

    async def talk() -> None:
        first = Desk(client, "Really?")
        (request,) = await first.run("Yes", checkpoint_storage=first.storage)
        again = Desk(client, "Good")
        waiting = {"checkpoint_id": await first.newest(), "checkpoint_storage": first.storage}
        await again.run(responses={request: answer}, **waiting)

    run(talk())

    assert heard(client) == [("user", "Yes"), ("ada", "Really?"), ("user", "Yes"), ("ada", "Good")]
    assert not alerts(client)


def test_a_desk_that_is_taken_back_hears_the_same_once_and_the_new(make_client: Make) -> None:
    client = make_client()
    answer = HandoffAgentUserRequest.create_response("Yes")

    async def talk() -> None:
        first = Desk(client, "Really?", "Good")
        (request,) = await first.run("Hello", checkpoint_storage=first.storage)
        waiting = {"checkpoint_id": await first.newest(), "checkpoint_storage": first.storage}
        await first.run(responses={request: answer}, checkpoint_storage=first.storage)
        for word in ("Good", "Bad"):
            await Desk(client, word).run(responses={request: answer}, **waiting)

    run(talk())

    said = [("user", "Hello"), ("ada", "Really?"), ("user", "Yes"), ("ada", "Good"), ("ada", "Bad")]
    assert heard(client) == said
    assert len(alerts(client)) == 1


class Reception(Executor):
    """Asks a person, and tells the agent behind it what the person says."""

    @handler(input=str, output=AgentExecutorRequest)
    async def ask(self, question: str, ctx: WorkflowContext[Any]) -> None:
        await ctx.request_info(question, Message)

    @response_handler(request=str, response=Message, output=AgentExecutorRequest)
    async def answered(self, question: str, answer: Message, ctx: WorkflowContext[Any]) -> None:
        await ctx.send_message(AgentExecutorRequest([answer], should_respond=False))
        said = Message("assistant", [f"Thank you for {answer.text}"], author_name="desk")
        await ctx.send_message(AgentExecutorRequest([said], should_respond=False))


def test_a_listening_agent_behind_a_desk_that_waits(make_client: Make) -> None:
    client = make_client()

    def desk() -> Any:
        reception = Reception("reception")
        builder = WorkflowBuilder(start_executor=reception, name="desk")
        return listening(builder.add_edge(reception, listening(client.as_agent())).build())

    async def talk() -> None:
        storage = InMemoryCheckpointStorage()
        events = [each async for each in desk().run("Tea?", stream=True, checkpoint_storage=storage)]
        (request,) = [each.request_id for each in events if each.type == "request_info"]
        saved = await storage.get_latest(workflow_name="desk")
        assert saved is not None
        waiting = {"checkpoint_id": saved.checkpoint_id, "checkpoint_storage": storage}
        for word in ("Yes", "Yes", "No"):
            answer = {request: Message("user", [word])}
            async for _ in desk().run(stream=True, responses=answer, **waiting):
                pass

    run(talk())

    said = [("user", "Yes"), ("desk", "Thank you for Yes"), ("user", "No"), ("desk", "Thank you for No")]
    assert heard(client) == said
    assert len(alerts(client)) == 1
