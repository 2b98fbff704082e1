"""Agents in a workflow that hear what the others say when it is said, also while they are never asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any, overload

from agent_framework import (
    AgentExecutor,
    AgentExecutorRequest,
    AgentExecutorResponse,
    AgentResponse,
    AgentResponseUpdate,
    AgentSession,
    ResponseStream,
    SupportsAgentRun,
    Workflow,
    WorkflowCheckpoint,
    WorkflowContext,
    WorkflowEvent,
    WorkflowRunResult,
    handler,
)
from agent_framework import Message as HostMessage

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.hosts.agent_framework.client import MemGPTClient
from memgpt_autogen.hosts.core import in_thread

_HEARD = "memgpt_heard_through"


class ListeningExecutor(AgentExecutor):
    """Runs an agent in a workflow as `AgentExecutor` does, and stores what it hears when it is said.

    A stock executor keeps it until the agent is asked, and one that is never asked hears nothing.
    """

    def __init__(self, agent: SupportsAgentRun, **options: Any) -> None:
        client = _client_of(agent)
        if client is None:
            raise ConfigurationError(
                f"agent '{agent.name}' has no MemGPTClient, so it cannot listen. Give it "
                "Agent(MemGPTClient(...)), or leave listening() out."
            )
        self._client = client
        self._expects = False
        super().__init__(agent, **options)

    @handler(
        input=AgentExecutorRequest,
        output=AgentExecutorResponse,
        workflow_output=AgentResponse | AgentResponseUpdate,
    )
    async def run(self, request: AgentExecutorRequest, ctx: WorkflowContext[Any, Any]) -> None:
        """Hear, and answer if an answer is wanted."""
        if not request.should_respond:
            heard = await self._client.hear(request.messages, session=self._session)
            request = AgentExecutorRequest(heard, should_respond=False)
        await super().run(request, ctx)

    async def on_checkpoint_save(self) -> dict[str, Any]:
        """Return the state, with the newest entry of the agent's log that was delivered here."""
        through = await in_thread(partial(self._client.conversations.delivered_through, self._session))
        return {**await super().on_checkpoint_save(), _HEARD: through}

    async def on_checkpoint_restore(self, state: dict[str, Any]) -> None:
        """Go on from a state; what was heard after it may come again."""
        await super().on_checkpoint_restore(state)
        if not self._expects:
            await _resume(self._client, self._session, state.get(_HEARD))
        self._expects = False

    async def expect(self, state: Mapping[str, Any]) -> None:
        """Expect what was heard after a state again, before it is restored."""
        await _resume(self._client, AgentSession.from_dict(state["agent_session"]), state.get(_HEARD))
        self._expects = True


class ListeningWorkflow:
    """A workflow in which each agent with a `MemGPTClient` hears everything that is said.

    It also hears what no builder delivers: the last words of a run of a group chat, and a handoff's talk
    where the agent is never asked. `run` is that of the workflow. With `stream`, words are heard while their
    events are read, else at the end of the run.
    """

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        executors = (each for each in workflow.get_executors_list() if isinstance(each, AgentExecutor))
        self._ours = [(each, client) for each in executors if (client := _client_of(each.agent)) is not None]
        if not self._ours:
            raise ConfigurationError(
                f"workflow '{workflow.name}' has no agent with a MemGPTClient, so nobody would listen."
            )

    def run(self, message: Any = None, *, stream: bool = False, **options: Any) -> Any:
        """Run the workflow, and let its agents hear. The options are those of `Workflow.run`."""
        if isinstance(message, str) and HostMessage in self.workflow.get_start_executor().input_types:
            message = HostMessage("user", [message])  # it is known when it is delivered
        said = [*_messages_in(message), *_messages_in(list((options.get("responses") or {}).values()))]
        if stream:
            events: ResponseStream[WorkflowEvent[Any], WorkflowRunResult] = ResponseStream.from_awaitable(
                self._events(message, said, options)
            )
            return events
        return self._result(message, said, options)

    async def _events(
        self, message: Any, said: Sequence[HostMessage], options: dict[str, Any]
    ) -> ResponseStream[WorkflowEvent[Any], WorkflowRunResult]:
        await self._begin(said, options)
        return self.workflow.run(message, stream=True, **options).with_transform_hook(self._hear_event)

    async def _result(
        self, message: Any, said: Sequence[HostMessage], options: dict[str, Any]
    ) -> WorkflowRunResult:
        await self._begin(said, options)
        result: WorkflowRunResult = await self.workflow.run(message, **options)
        for event in result:
            await self._hear_event(event)
        return result

    async def _begin(self, said: Sequence[HostMessage], options: Mapping[str, Any]) -> None:
        checkpoint, storage = options.get("checkpoint_id"), options.get("checkpoint_storage")
        states: Mapping[str, Any] = {}
        if checkpoint is not None and storage is not None:
            states = await self._resume(await storage.load(checkpoint))
        await self._hear(said, states)

    async def _resume(self, checkpoint: WorkflowCheckpoint) -> Mapping[str, Any]:
        """Let the agents expect what was said after a checkpoint again; return their executors' states."""
        states = {
            executor.id: state
            for executor, _ in self._ours
            if (state := checkpoint.state.get("_executor_state", {}).get(executor.id)) is not None
        }
        under_way = [each for messages in checkpoint.messages.values() for each in messages]
        for executor, client in self._ours:
            state = states.get(executor.id)
            if state is not None and isinstance(executor, ListeningExecutor):
                await executor.expect(state)
            elif state is not None:
                told = [_said_in(each.data) for each in under_way if each.target_id == executor.id]
                session = AgentSession.from_dict(state["agent_session"])
                await _resume(client, session, None, [*state["cache"], *chain.from_iterable(told)])
        return states

    async def _hear_event(self, event: WorkflowEvent[Any]) -> None:
        if event.type == "executor_completed":
            await self._hear([each for sent in event.data or () for each in _said_in(sent)])

    async def _hear(
        self, said: Sequence[HostMessage], states: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        if not said:
            return
        for executor, client in self._ours:
            state = states.get(executor.id) or await executor.on_checkpoint_save()
            session = AgentSession.from_dict(state["agent_session"])
            await in_thread(partial(client.conversations.overhear, said, session))


@overload
def listening(who: Workflow) -> ListeningWorkflow: ...
@overload
def listening(who: SupportsAgentRun, **options: Any) -> ListeningExecutor: ...
def listening(who: SupportsAgentRun | Workflow, **options: Any) -> ListeningExecutor | ListeningWorkflow:
    """Return an agent, or a workflow with such agents, that hears what is said when it is said.

    Builders take the result for an agent in its place; the options are those of `AgentExecutor`. Without it,
    an agent hears a conversation when it is asked.
    """
    return ListeningWorkflow(who) if isinstance(who, Workflow) else ListeningExecutor(who, **options)


async def _resume(
    client: MemGPTClient, session: AgentSession, seq: int | None, kept: Sequence[HostMessage] = ()
) -> None:
    await in_thread(partial(client.conversations.resume, session, seq, kept))


def _client_of(agent: SupportsAgentRun) -> MemGPTClient | None:
    client = getattr(agent, "client", None)
    return client if isinstance(client, MemGPTClient) else None


def _said_in(sent: Any) -> Sequence[HostMessage]:
    """Return what an executor tells the others."""
    if isinstance(sent, AgentExecutorResponse):
        return sent.agent_response.messages
    return sent.messages if isinstance(sent, AgentExecutorRequest) and not sent.should_respond else ()


def _messages_in(value: Any) -> Iterator[HostMessage]:
    if isinstance(value, HostMessage):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _messages_in(each)
