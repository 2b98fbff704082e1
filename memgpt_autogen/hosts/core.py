"""The agent as every host sees it: it hears once, and its turns are asynchronous events."""

from __future__ import annotations

import asyncio
import copy
import logging
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, TypeVar

from memgpt_autogen.concurrency import Cancellation, Threads
from memgpt_autogen.errors import HistoryError, MemGPTError, ModelError, StorageError, TurnElsewhereError
from memgpt_autogen.events import Replied, RunEvent, Suspended, Thought, TurnEnded, TurnFailed
from memgpt_autogen.hosts.hearing import CHAT, Hearing
from memgpt_autogen.llm.protocols import ToolSchema, Usage
from memgpt_autogen.llm.reply_shape import ReplyShape
from memgpt_autogen.loop.failed_turn import cannot_answer
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.loop.watch import Unwatched
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import DELIVERY, Message, ToolCall, spoken_text
from memgpt_autogen.tools.event_loop import chat_loop
from memgpt_autogen.tools.tool import Tool

T = TypeVar("T")

logger = logging.getLogger(__name__)

# asyncio's own pool has so few threads that agents would wait for each other
_THREADS = Threads(256, name="memgpt-host")

TURN = "turn"
"""The key of `extra` for the id of the turn in which the agent said or did something."""

END_SECONDS = 10.0
"""How long a cancelled turn is waited for. A later one ends by itself, and says nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out of a whole turn."""

    text: str = ""
    """What the agent said; empty where it was silent."""
    calls: tuple[ToolCall, ...] = ()
    """The calls that the host must run. The next turn, with their results, resumes this one."""
    thoughts: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    failed: str = ""
    """The name of the error's class where the turn failed; `text` is the notice then."""


class HostedAgent:
    """An agent's memory and loop, for a host whose agents are asynchronous.

    A turn `owes_answer` unless the host lets agents be silent. With `model_error="reply"`, an agent whose
    model or database fails answers with a short notice, so that the others go on; with `raise`, the error is
    raised.
    """

    def __init__(
        self,
        memory: MemoryHierarchy,
        loop: HeartbeatLoop,
        *,
        owes_answer: bool = True,
        model_error: Literal["reply", "raise"] = "reply",
    ) -> None:
        self.memory = memory
        self.loop = loop
        self.owes_answer = owes_answer
        self.model_error = model_error
        self.hearing = Hearing(memory)
        self._unheard: list[tuple[str, int]] = []
        """Turns whose words are still to be taken back, but for the first that were heard."""

    @property
    def name(self) -> str:
        return self.memory.name

    async def hear(self, *messages: Message) -> None:
        """Store what is new of these messages; see `Hearing.hear`. No answer follows."""
        await in_thread(partial(self.hearing.hear, messages))

    async def hear_conversation(self, messages: Sequence[Message], chat: str) -> None:
        """Store what is new of a conversation without ids; see `Hearing.hear_conversation`."""
        await in_thread(partial(self.hearing.hear_conversation, messages, chat))

    async def hear_history(self, earlier: Sequence[Message], newest: Sequence[Message]) -> None:
        """Store what is new of a history that may be a copy; see `Hearing.hear_history`."""
        await in_thread(partial(self.hearing.hear_history, earlier, newest))

    async def record_own(self, *messages: Message) -> None:
        """Store what the agent said outside its loop."""
        await in_thread(partial(self.hearing.record_own, *messages))

    async def take_back(self, delivery: str) -> None:
        """Take back what the agent said under this id of the host: nobody heard it."""
        await in_thread(partial(_take_back, self.memory, DELIVERY, delivery))

    def shaped(self, response_format: Any) -> HostedAgent:
        """Return this agent with replies of another form, as `open_loop` describes it; memory is the same."""
        shape = ReplyShape.read(response_format)
        if shape is None:
            return self
        agent, loop = copy.copy(self), copy.copy(self.loop)
        loop.model_call, agent.loop = replace(self.loop.model_call, shape=shape), loop
        return agent

    def waiting(self) -> Mapping[str, ToolCall]:
        """Return the agent's calls that have no result yet, by id."""
        return self.memory.queue.waiting()

    async def turn(
        self,
        inputs: Iterable[Message] = (),
        *,
        chat: str = "",
        delivery: str = "",
        instructions: str = "",
        tools: Iterable[Tool] = (),
        foreign: Iterable[ToolSchema] = (),
        owes_answer: bool | None = None,
        sampling: Mapping[str, float] | None = None,
        streams: bool = False,
    ) -> AsyncGenerator[RunEvent, None]:
        """Run one turn in a thread, and yield its events; the last is `TurnEnded` or `TurnFailed`.

        `inputs` are stored as they are, such as results of calls; what others said goes to `hear` before, or
        is among them with an id, and is then stored in any case.
        `chat` is the conversation in which it happens, and `delivery` the id that the host gives to what the
        agent says, so that its own words are old when they are delivered. The other options are those of
        `HeartbeatLoop.run`.

        Where this generator is closed, or the task that reads it is cancelled, the turn is cancelled. What
        nobody heard is not stored as said: with `streams`, the words whose `Replied` was read are heard, else
        only those of a turn that was read to its end. Read it inside `contextlib.aclosing`, and await what
        passes an event on through `passed_on`.
        """
        turn = _Turn(self, asyncio.get_running_loop())
        given = {CHAT: [chat] if chat else None, DELIVERY: delivery}
        extra = {TURN: turn.id, **{key: value for key, value in given.items() if value}}
        options = {
            "instructions": instructions,
            "tools": tools,
            "foreign": foreign,
            "owes_answer": self.owes_answer if owes_answer is None else owes_answer,
            "sampling": sampling,
            "watch": turn.watch,
            "extra": extra,
        }
        with chat_loop():
            context = copy_context()
        turn.begin(partial(context.run, turn.work, tuple(inputs), options))
        try:
            while not turn.heard_all:
                event = await turn.events.get()
                if isinstance(event, BaseException):
                    turn.heard_all = True  # nothing follows
                    raise event
                before = turn.heard
                turn.heard_all = isinstance(event, (TurnEnded, TurnFailed))
                turn.heard += streams and isinstance(event, Replied)
                try:
                    yield event
                except GeneratorExit:  # a reader that leaves after these words has passed them on
                    raise
                except BaseException:
                    turn.heard, turn.heard_all = before, False
                    raise
        finally:
            if not turn.heard_all:
                turn.cancellation.cancel()
                await asyncio.shield(in_thread(turn.take_back))

    def note_unheard(self, turn: str, heard: int) -> None:
        """Take back the words of a turn but for the first that were heard, now or before the next turn."""
        self._unheard.append((turn, heard))
        try:
            self.take_back_unheard()
        except MemGPTError as error:
            logger.warning("%s cannot take back yet what nobody heard: %s", self.name, error)

    def take_back_unheard(self) -> None:
        """Take back what nobody heard of cancelled turns. Raises `StorageError` where that fails."""
        while self._unheard:
            turn, heard = unheard = self._unheard[0]
            _take_back(self.memory, TURN, turn, heard=heard)
            if unheard in self._unheard:
                self._unheard.remove(unheard)

    def collected(self, events: Iterable[RunEvent]) -> Answer:
        """Return what came out of a turn with these events."""
        told = list(events)
        replies = [event.text for event in told if isinstance(event, Replied)]
        # two replies that each have a demanded form do not have it together
        shaped = self.loop.model_call.shape is not None
        ended = [event.usage for event in told if isinstance(event, TurnEnded)]
        return Answer(
            replies[-1] if replies and shaped else "\n".join(replies),
            tuple(call for event in told if isinstance(event, Suspended) for call in event.calls),
            tuple(event.text for event in told if isinstance(event, Thought)),
            ended[-1] if ended else Usage(),
            next((event.error for event in told if isinstance(event, TurnFailed)), ""),
        )


async def passed_on(events: AsyncGenerator[RunEvent, None], work: Awaitable[T]) -> T:
    """Await what passes the newest event of a turn on. Where that fails or is cancelled, nobody heard it."""
    try:
        return await work
    except BaseException as error:
        await events.athrow(error)
        raise


async def in_thread(work: Callable[[], T]) -> T:
    """Run what may wait for a database or a model, without holding up the event loop."""
    return await asyncio.wrap_future(_THREADS.start(partial(copy_context().run, work)))


class _Turn:
    """One turn: its thread writes events, and the task of the host reads them."""

    def __init__(self, agent: HostedAgent, host_loop: asyncio.AbstractEventLoop) -> None:
        self.id = uuid.uuid4().hex
        self.cancellation = Cancellation()
        self.watch = Unwatched()
        self.watch.cancellation = self.cancellation
        self.events: asyncio.Queue[RunEvent | BaseException] = asyncio.Queue()
        self.heard = 0
        """How many `Replied` events were passed on while the turn went on."""
        self.heard_all = False
        self._nobody_listens = False
        self._agent = agent
        self._host_loop = host_loop
        self._thread: Future[None] | None = None

    def begin(self, work: Callable[[], None]) -> None:
        self._thread = _THREADS.start(work)

    def work(self, inputs: Sequence[Message], options: Mapping[str, Any]) -> None:
        """Run the turn. Whatever happens, the last thing that is put says that it ended."""
        said = False
        agent = self._agent
        try:
            agent.hearing.store()
            agent.take_back_unheard()
            for event in agent.loop.run(inputs, **options):
                said = said or isinstance(event, Replied)
                self._put(event)
        except (ModelError, StorageError, TurnElsewhereError) as error:
            # where the turn did not begin, they are not stored yet
            agent.hearing.hear([message for message in inputs if DELIVERY in message.extra])
            if isinstance(error, StorageError):
                logger.warning("%s cannot continue its turn: %s", agent.name, error)
            if agent.model_error == "raise":
                self._put(error)
                return
            if not (said or self.cancellation.is_set) and options["owes_answer"]:
                self._put_notice(error, options["extra"])
            self._put(TurnFailed(type(error).__name__, str(error)))
        except BaseException as error:  # noqa: BLE001 - raised again in the task that reads
            self._put(error)
        finally:
            if self._nobody_listens:
                agent.note_unheard(self.id, self.heard)

    def take_back(self) -> None:
        """Take back what the agent said in this turn and nobody heard."""
        if self._thread is not None:
            wait([self._thread], END_SECONDS)
        self._agent.note_unheard(self.id, self.heard)

    def _put_notice(self, error: MemGPTError, extra: Mapping[str, Any]) -> None:
        notice = cannot_answer(self._agent.name, error)
        self._agent.hearing.record_own(Message("assistant", notice, "spoken", extra=extra))
        self._put(Replied(notice, fallback=True))

    def _put(self, event: RunEvent | BaseException) -> None:
        try:
            self._host_loop.call_soon_threadsafe(self.events.put_nowait, event)
        except RuntimeError:  # the host's event loop was closed
            self._nobody_listens = True
            self.cancellation.cancel()


def _take_back(memory: MemoryHierarchy, key: str, given: str, *, heard: int = 0) -> None:
    """Take back the words whose `extra` has this value, but for the first that were heard."""
    unheard = _unheard(memory.queue.entries(), key, given, heard)
    if unheard:
        # a summary that covers it already stays
        with suppress(HistoryError), memory.exclusive():
            memory.take_back(unheard)


def _unheard(queue: Sequence[Entry], key: str, given: str, heard: int) -> set[int]:
    """Return the entries of these words, and of the results of the calls beside them."""
    unheard: set[int] = set()
    calls: set[str | None] = set()
    for entry in queue:
        message = entry.message
        if message.extra.get(key) == given and message.spoken is not None:
            heard -= max(sum(map(bool, map(spoken_text, message.tool_calls))), 1)
            if heard < 0:
                unheard.add(entry.seq)
                calls.update(call.id for call in message.tool_calls)
        elif message.tool_call_id in calls:
            unheard.add(entry.seq)
    return unheard
