"""`MemGPTAgent`: a `ConversableAgent` of AutoGen whose language-model reply is a turn of the heartbeat loop.

It records every message in `receive`, also when it does not answer, and every message that it sends, whatever
wrote it. It replies where AutoGen's own model would reply, so termination, human input, tools and code
execution work as before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import copy_context
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, Optional, Union

from memgpt_autogen.adapter.arguments import check_memory, load_settings
from memgpt_autogen.adapter.descriptions import described
from memgpt_autogen.adapter.exchanges import Exchanges
from memgpt_autogen.adapter.groups import members
from memgpt_autogen.adapter.install import load_autogen
from memgpt_autogen.adapter.messages import HookedMessages, Reply, listed, text_of
from memgpt_autogen.adapter.recorder import ChatRecorder
from memgpt_autogen.adapter.reply_functions import with_stand_ins
from memgpt_autogen.adapter.served import ServedClients, begin_request, serving
from memgpt_autogen.adapter.tools import FUNCTION_SECONDS, autogen_tools
from memgpt_autogen.assembly import TOOL_SECONDS, UserTool, open_loop, open_memory
from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.concurrency import Progress, Threads, start_thread
from memgpt_autogen.display.agent_card import Card, NoCard
from memgpt_autogen.display.live import Screen, Watch
from memgpt_autogen.display.turn_screen import TurnScreen
from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.errors import (
    CallRefusedError,
    ConfigurationError,
    MemGPTError,
    ModelError,
    StorageError,
    TurnElsewhereError,
)
from memgpt_autogen.events import Event, Evicted, Replied, Suspended
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.llm.protocols import LLM, ToolSchema
from memgpt_autogen.llm.text_calls.plain import FunctionCalling, with_function_calling
from memgpt_autogen.loop.failed_turn import cannot_answer
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.overview import ContextOverview
from memgpt_autogen.memory.documents.attach import AttachResult, ProgressCallback
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.lease import WAIT_SECONDS
from memgpt_autogen.memory.storage.turn_lock import is_inside_turn
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest, Forgotten
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.approval import Approval, Approve, answered, question
from memgpt_autogen.tools.event_loop import chat_loop

load_autogen()

from autogen import Agent, ConversableAgent  # noqa: E402 - the guard above explains a missing one
from autogen.io import IOStream  # noqa: E402 - as above

from memgpt_autogen.adapter.broadcast import next_listener, receives_as  # noqa: E402 - as above
from memgpt_autogen.adapter.gate import REFUSED, AgentGate, NoCannedAnswerError  # noqa: E402 - as above
from memgpt_autogen.adapter.person import People, Person, Words  # noqa: E402 - as above

logger = logging.getLogger(__name__)

# the turns of asynchronous chats; asyncio's own pool has so few threads that agents would wait for each other
_TURNS = Threads(256, name="memgpt-turn")

Messages = Union[str, dict[str, Any], list[dict[str, Any]]]

HOOKED = "A hook of your developer shows you this: "


class MemGPTAgent(ConversableAgent):  # type: ignore[misc] # AutoGen has no types
    """An AutoGen agent with MemGPT's memory hierarchy.

    Takes all of `ConversableAgent`'s arguments, and:

    - `persona`, `human`: the first texts of these two blocks of core memory, for a new agent; `blocks`: more
      blocks. Agents of one home share a block with `shared=True`, and an `archive` with a name.
    - `home`: the folder where memory is stored (or `settings`, for databases and servers with a URL). The
      same name in the same home is the same agent. `ephemeral=True` stores memory in a temporary folder.
      `memory`: a memory from `open_memory`.
    - `llm`: a model with our protocol. The default is AutoGen's client for `llm_config`, else the model of
      the settings, else the offline model. An agent with `llm_config=False` listens and remembers, but never
      answers with a model.
    - `window_tokens`: the model's window. `limits`: the limits of a turn. `protocol`: `memgpt` or `native`.
      `function_calling`: `auto`, `native` or `plain`, for models that cannot call functions.
    - `tools`: typed functions that the agent calls in its loop, each for at most `tool_seconds` (by default
      120, and 3,600 for functions registered with AutoGen). `embedder`: makes archival search hybrid.
    - `model_error`: what happens when the model or the database fails, or when another process's turn of this
      agent does not end within `turn_wait` seconds. `reply`: answer with a short notice, so that a group chat
      continues. `raise`: raise the error. Messages that are heard while the database fails are kept in
      memory, and are stored in order when it works again.
    - `stream`: print the reply while the model writes it, where `llm` or the endpoint of the settings can
      stream; AutoGen's clients cannot, which is logged as a warning.
    - `verbose`: print thoughts and memory operations as AutoGen prints messages.
    - `served`: whether each client of AG2's `AgentService` (A2A, AG-UI) has a memory of its own (`private`),
      or all of them have the agent's (`shared`).

    `system_message` contains the developer's instructions. The model reads them inside the MemGPT protocol's
    own system prompt, and each turn uses their current text.
    """

    def __init__(
        self,
        name: str,
        system_message: Optional[Union[str, list[Any]]] = "",
        is_termination_msg: Optional[Callable[[dict[str, Any]], bool]] = None,
        max_consecutive_auto_reply: Optional[int] = None,
        human_input_mode: Literal["ALWAYS", "NEVER", "TERMINATE"] = "NEVER",
        function_map: Optional[dict[str, Callable[..., Any]]] = None,
        code_execution_config: Union[dict[str, Any], Literal[False]] = False,
        llm_config: Any = None,
        default_auto_reply: Union[str, dict[str, Any]] = "",
        description: Optional[str] = None,
        chat_messages: Optional[dict[Agent, list[dict[str, Any]]]] = None,
        silent: Optional[bool] = None,
        *,
        persona: str | None = None,
        human: str | None = None,
        blocks: Sequence[Block] = (),
        memory: MemoryHierarchy | None = None,
        home: str | Path | None = None,
        settings: Settings | None = None,
        archive: str | None = None,
        ephemeral: bool = False,
        llm: LLM | None = None,
        window_tokens: int | None = None,
        tools: Sequence[UserTool] = (),
        embedder: AnyEmbedder | None = None,
        protocol: Literal["memgpt", "native"] | None = None,
        function_calling: FunctionCalling | None = None,
        limits: Limits | None = None,
        inner_thoughts: bool = True,
        plain_text: Literal["hint", "deliver"] = "hint",
        calls_in_text: bool = True,
        approve: Approve | None = None,
        vision: bool | None = None,
        timed_heartbeats: bool = False,
        tool_seconds: Optional[float] = None,
        turn_wait: float = WAIT_SECONDS,
        model_error: Literal["reply", "raise"] = "reply",
        stream: bool = False,
        verbose: bool = False,
        served: Literal["private", "shared"] = "private",
        **host: Any,
    ) -> None:
        super().__init__(
            name,
            system_message=system_message,
            is_termination_msg=is_termination_msg,
            max_consecutive_auto_reply=max_consecutive_auto_reply,
            human_input_mode=human_input_mode,
            function_map=function_map,
            code_execution_config=code_execution_config,
            llm_config=llm_config,
            default_auto_reply=default_auto_reply,
            description=described(name, description, system_message),
            chat_messages=chat_messages,
            silent=silent,
            **host,
        )
        self._function_seconds = FUNCTION_SECONDS if tool_seconds is None else tool_seconds
        self._exchanges = Exchanges(self, limited=max_consecutive_auto_reply is not None)
        options: dict[str, Any] = {
            "persona": persona,
            "human": human,
            "blocks": blocks,
            "embedder": embedder,
            "archive": archive,
            "ephemeral": ephemeral,
        }
        if memory is not None:
            check_memory(name, memory, {**options, "home": home, "protocol": protocol})
        settings = load_settings(settings, home, protocol=protocol, function_calling=function_calling)
        self.memory = memory or open_memory(name, settings, **options)
        self.loop: HeartbeatLoop | None = None
        self._gate = AgentGate(self)
        self._open_loop = partial(
            open_loop,
            tools=tools,
            limits=limits,
            inner_thoughts=inner_thoughts,
            plain_text=plain_text,
            calls_in_text=calls_in_text,
            approve=approve or (None if human_input_mode == "NEVER" else self._ask_human),
            vision=vision,
            timed_heartbeats=timed_heartbeats,
            tool_seconds=TOOL_SECONDS if tool_seconds is None else tool_seconds,
            turn_wait=turn_wait,
            gate=self._gate,
        )
        model = llm or self._choose_model(llm_config, settings)
        if model is None and stream:
            logger.warning("%s streams nothing: with llm_config=False it has no model.", name)
        if model is not None:
            cached, response_format = (getattr(model, name, None) for name in ("cached", "response_format"))
            model = with_function_calling(model, settings.function_calling)
            self._open_loop.keywords.update(
                window_tokens=window_tokens or settings.window_tokens,
                stream=stream,
                clock=not cached,
                response_format=response_format,
            )
            self.loop = self._open_loop(self.memory, model)
        self._model_error = model_error
        self._screen = TurnScreen(name, lambda: IOStream.get_default().print, verbose=verbose, stream=stream)
        self._recorder = ChatRecorder(name, self.memory)
        self._recorder.read_transcripts(self._oai_messages)
        self._people = People(name)
        if served not in ("private", "shared"):
            raise ConfigurationError(f"served is {served!r}; give 'private' or 'shared'.")
        self._served_shared = served == "shared"
        self._served = ServedClients(name, self.memory, self._loop_of)

    # What AutoGen calls

    def receive(
        self,
        message: Reply,
        sender: Agent,
        request_reply: Optional[bool] = None,
        silent: Optional[bool] = False,
    ) -> None:
        """Record the message, then do what every agent does with it."""
        self._hear(message, sender, request_reply, asynchronous=False)
        try:
            with self._exchanges.answering(sender):
                super().receive(message, sender, request_reply, silent)
        except BaseException:
            self._end_hearing(sender)  # no other member may follow
            raise

    async def a_receive(
        self,
        message: Reply,
        sender: Agent,
        request_reply: Optional[bool] = None,
        silent: Optional[bool] = False,
    ) -> None:
        self._hear(message, sender, request_reply, asynchronous=True)
        try:
            with self._exchanges.answering(sender):
                await super().a_receive(message, sender, request_reply, silent)
        except BaseException:
            self._end_hearing(sender)  # no other member may follow
            raise

    async def a_send(
        self,
        message: Reply,
        recipient: Agent,
        request_reply: Optional[bool] = None,
        silent: Optional[bool] = False,
    ) -> None:
        """Follow a group chat that this message starts; then do what every agent does."""
        self._recorder.follow(recipient, asynchronous=True)
        await super().a_send(message, recipient, request_reply, silent)

    def generate_reply(
        self,
        messages: Optional[Messages] = None,
        sender: Optional[Agent] = None,
        exclude: Iterable[Any] = (),
        **kwargs: Any,
    ) -> Optional[Reply]:
        """Record messages that are handed over, whatever answers them; then do what every agent does.

        A text is a conversation of one message. `say` is simpler: it also returns a text in any case.
        """
        heard = listed(messages, sender)
        self._catch_up(heard, sender)
        self._exchanges.begin(sender)
        excluded = with_stand_ins(exclude, self._stand_ins)
        reply: Optional[Reply] = super().generate_reply(heard, sender, exclude=excluded, **kwargs)
        return reply

    async def a_generate_reply(
        self,
        messages: Optional[Messages] = None,
        sender: Optional[Agent] = None,
        exclude: Iterable[Any] = (),
        **kwargs: Any,
    ) -> Optional[Reply]:
        heard = listed(messages, sender)
        self._catch_up(heard, sender)
        self._exchanges.begin(sender)
        excluded = with_stand_ins(exclude, self._stand_ins)
        reply: Optional[Reply] = await super().a_generate_reply(heard, sender, exclude=excluded, **kwargs)
        return reply

    def register_reply(self, trigger: Any, reply_func: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Do what every agent does; here AutoGen's own model reply is a turn of the loop."""
        super().register_reply(trigger, self._stand_ins.get(reply_func, reply_func), *args, **kwargs)

    def replace_reply_func(
        self, old_reply_func: Callable[..., Any], new_reply_func: Callable[..., Any]
    ) -> None:
        """Do what every agent does; AutoGen's own model reply stands for the turn of the loop."""
        old, new = (self._stand_ins.get(each, each) for each in (old_reply_func, new_reply_func))
        super().replace_reply_func(old, new)

    def process_last_received_message(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Run AutoGen's hooks on the last message.

        The model reads a text that they change; the log keeps the original.
        """
        if messages and not self.hook_lists.get("process_last_received_message"):
            return HookedMessages(messages)
        before = [text_of(message) for message in (messages or ())[-1:]]
        hooked = super().process_last_received_message(messages)
        return HookedMessages.compare(hooked, before=before, last=True) if hooked else hooked

    def process_all_messages_before_reply(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Run AutoGen's hooks on all messages.

        The model reads messages that they add; memory chooses its prompt.
        """
        if not self.hook_lists.get("process_all_messages_before_reply"):
            return (
                messages if isinstance(messages, HookedMessages) or not messages else HookedMessages(messages)
            )
        before = [text_of(message) for message in messages or ()]
        added = messages.added if isinstance(messages, HookedMessages) else ()
        hooked = super().process_all_messages_before_reply(messages)
        return HookedMessages.compare(hooked, before=before, added=added) if hooked else hooked

    def generate_oai_reply(
        self,
        messages: Optional[list[dict[str, Any]]] = None,
        sender: Optional[Agent] = None,
        config: Optional[Any] = None,  # noqa: ARG002 - AutoGen's signature; the agent has its own model
        **kwargs: Any,
    ) -> tuple[bool, Optional[Reply]]:
        """Run one turn of the heartbeat loop. The reply is never None and never empty."""
        loop = self.loop or self._loop_of_client()
        if loop is None:
            return False, None
        served = messages is not None and sender is None and "tools" in kwargs
        if served and not self._served_shared:
            return True, self._served_reply(messages or [], kwargs["tools"])
        if not isinstance(messages, HookedMessages):  # a service of AutoGen calls it without generate_reply
            self._catch_up(messages, sender)
        added = isinstance(messages, HookedMessages) and messages.added
        hooked = self._hook_events(added) if added else ()
        options = self._options(kwargs.get("tools") or (), sender, served=served)
        try:
            return True, self._reply(loop.run(hooked, **options, extra=self._recorder.begin_answer(sender)))
        except NoCannedAnswerError as end:
            raise StopIteration from end

    async def a_generate_oai_reply(
        self,
        messages: Optional[list[dict[str, Any]]] = None,
        sender: Optional[Agent] = None,
        config: Optional[Any] = None,
        **kwargs: Any,
    ) -> tuple[bool, Optional[Reply]]:
        """Run the same turn in a thread; coroutines of tools run on the caller's event loop."""
        with chat_loop():
            turn = partial(copy_context().run, self.generate_oai_reply, messages, sender, config, **kwargs)
            # a turn that another turn waits for must not wait for a thread that a third one has
            nested = is_inside_turn()
            begun = start_thread(turn, name="memgpt-turn") if nested else _TURNS.start(turn)
            return await asyncio.wrap_future(begun)

    def clear_history(
        self, recipient: Optional[Agent] = None, nr_messages_to_preserve: Optional[int] = None
    ) -> None:
        """Clear AutoGen's transcript. Memory stays as it is; `reset_memory` forgets."""
        super().clear_history(recipient, nr_messages_to_preserve)
        self._recorder.chats_cleared(all_chats=recipient is None and not nr_messages_to_preserve)

    def _process_message_before_send(self, message: Reply, recipient: Agent, silent: bool) -> Reply:
        sent: Reply = super()._process_message_before_send(message, recipient, silent)
        self._read_transcript(recipient)
        self._recorder.record_own(message, sent, recipient)
        return sent

    def _append_oai_message(self, *args: Any, **kwargs: Any) -> bool:
        """Do what every agent does, and note that the new line of the transcript was sent or received.

        The versions of AutoGen have other arguments here. The lines of a version without this method are
        recognised by their words.
        """
        # not by its class: AutoGen's `Agent` is a protocol, which takes Python long to check
        other = next(each for each in (*args, *kwargs.values()) if hasattr(each, "receive"))
        with self._recorder.lock:
            appended: bool = super()._append_oai_message(*args, **kwargs)
            if appended:
                self._recorder.note(other, self._oai_messages[other][-1])
        return appended

    def run_input_guardrails(self, *args: Any, **kwargs: Any) -> Any:
        """Do what every agent does. AG2's `AgentService` calls this once for each request."""
        begin_request()
        return super().run_input_guardrails(*args, **kwargs)

    # What users call

    def say(self, message: Words, *, speaker: str = "user") -> str:
        """Say something to the agent, and return what it answers.

        To AutoGen, this is a chat of two, with an agent that is named `speaker`: hooks, reply functions and
        termination work. Tools that another agent would run are not offered. The answer is empty only where
        AutoGen ends the chat, as after "TERMINATE".
        """
        self._needed_loop()
        return self._people.named(speaker).tell(self, message)

    async def a_say(self, message: Words, *, speaker: str = "user") -> str:
        """Do what `say` does; coroutines of tools run on the caller's event loop."""
        self._needed_loop()
        return await self._people.named(speaker).a_tell(self, message)

    def serving(self, client: str) -> AbstractContextManager[None]:
        """Return a block in which requests of AG2's `AgentService` are from this client.

        Only a server of your own needs it: those of AG2 name the client themselves.
        """
        return serving(client)

    @property
    def last_turn(self) -> Trace:
        """The events of the newest turn, without the parts of replies; print them."""
        return self._screen.newest

    def context_overview(self) -> ContextOverview:
        """Return what fills the window now, by section; print it."""
        return self._needed_loop().context_overview(**self._options())

    def watch(self, *, show: bool = True, screen: Optional[Screen] = None) -> Watch:
        """Return a block that shows what the agent does, and keeps its turns.

        Write `with sam.watch() as watched:`; the turns are in `watched.turns`.

        In a notebook, one output is updated; elsewhere, lines are printed; `screen` shows it in another way.
        `show=False` only keeps the turns. A screen that fails does not stop the chat.
        """
        return Watch(self.name, self._screen.watches, self._card, show=show, screen=screen)

    def __repr__(self) -> str:
        return (self._card() or self._no_card()).line()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the card in IPython."""
        card = self._no_card() if cycle else self._card() or self._no_card()
        printer.text(str(card))

    def _repr_html_(self) -> str:
        """Return the card of the agent for a notebook."""
        return (self._card() or self._no_card())._repr_html_()

    def heartbeat(self, reason: str = "Automated timer.") -> Optional[str]:
        """Run a turn that no message starts, for timers. Returns what the agent said, or None.

        Does nothing while the agent has paused its heartbeats. Returns None too when the model or the
        database fails and `model_error` is `reply`.
        """
        events, _ = self._run(self._needed_loop().beat(reason, **self._own_options()), self._recorder)
        return self._said(events, self._recorder) or None

    def login(self, who: Optional[str] = None) -> Optional[str]:
        """Run a turn that starts when someone logs in, before the first message.

        Returns what the agent said, or None. The agent reads when this person logged in the last time.
        """
        events, _ = self._run(self._needed_loop().login(who, **self._own_options()), self._recorder)
        return self._said(events, self._recorder) or None

    def compact(self) -> tuple[Evicted, ...]:
        """Evict at least the older half of the queue into the summary now.

        Returns nothing where the queue is empty.
        """
        events = self._needed_loop().compact(**self._own_options())
        return tuple(event for event in events if isinstance(event, Evicted))

    # These methods do not change AutoGen's own transcript; what it delivers again is still known as old.

    def pop(self, count: int = 1) -> list[Message]:
        """Take back the newest `count` messages and everything after the first of them; return them."""
        return self.memory.pop(count)

    def retry(self) -> Reply:
        """Take back everything that followed the newest message, edits too, and reply again."""
        return self._reply(self._needed_loop().retry(**self._options()))

    def rethink(self, text: str) -> str:
        """Replace the newest thought, and return the old one."""
        return self.memory.rethink(text)

    def rewrite(self, text: str) -> str:
        """Replace the newest words of the agent, and return the old ones."""
        return self.memory.rewrite(text)

    def attach(
        self,
        what: Optional[Union[str, Path]] = None,
        *,
        text: Optional[str] = None,
        name: Optional[str] = None,
        archive: Optional[str] = None,
        tags: Sequence[str] = (),
        allow_private: bool = False,
        assets: bool = False,
        told: Optional[ProgressCallback] = None,
    ) -> AttachResult:
        """Load a file, a folder, a web address, or a `text` into archival memory, as `memory.attach` does.

        `archive` lets the agent read a shared archive in addition to its own.
        """
        return self.memory.attach(
            what,
            text=text,
            name=name,
            archive=archive,
            tags=tags,
            allow_private=allow_private,
            assets=assets,
            told=told,
        )

    def detach(self, name: Optional[str] = None, *, archive: Optional[str] = None) -> Optional[Source]:
        """Delete a source with its passages, or stop reading a shared archive."""
        return self.memory.detach(name, archive=archive)

    def sources(self) -> list[Source]:
        """Return the documents that the agent can read."""
        return self.memory.sources()

    def reset_memory(self) -> None:
        """Forget everything, also recall and archival, and start again with the first text of each block."""
        self._recorder.reset()

    def export(self, path: str | Path, *, progress: Optional[Progress] = None) -> Path:
        """Write the memory into a file; `MemGPTAgent(name, memory=import_memory(path))` reads it."""
        if self.loop is None:
            return self.memory.export(path, progress=progress)
        window = self.loop.pressure.budget.window
        return self.memory.export(path, model=self.loop.llm.model, window_tokens=window, progress=progress)

    def forget(
        self,
        *,
        speaker: Optional[str] = None,
        source: Optional[str] = None,
        start: Optional[datetime] = None,
        end: Optional[datetime] = None,
        query: Optional[str] = None,
        blocks: Optional[bool] = None,
        shared: bool = False,
        dry_run: bool = False,
        alike: bool = False,
    ) -> Forgotten:
        """Forget for good, as `memory.forget` does.

        Then the model writes the newest summary again, from what is left.

        AutoGen's own transcripts in this process are not the agent's memory; `clear_history` clears them.
        """
        request = ForgetRequest(speaker, source, start, end, query, blocks, shared, dry_run, alike)
        with self.memory.exclusive():
            forgotten = self.memory.run_forget(request)
            if self.loop is not None and forgotten.summaries and not dry_run:
                self.loop.pressure.retell()
        return forgotten

    # How it works

    @property
    def _stand_ins(self) -> dict[Any, Callable[..., Any]]:
        """The functions that reply here in place of AutoGen's model, by AutoGen's."""
        return {
            ConversableAgent.generate_oai_reply: type(self).generate_oai_reply,
            ConversableAgent.a_generate_oai_reply: type(self).a_generate_oai_reply,
        }

    def _choose_model(self, llm_config: Any, settings: Settings) -> Optional[LLM]:
        if not self.llm_config:
            return None if llm_config is False else choose_llm(settings)
        from memgpt_autogen.adapter.llm import AutoGenLLM, keep_own_client_private

        private = settings.proxy_private
        keep_own_client_private(self.client, self.llm_config, proxy_private=private)
        return AutoGenLLM(self.llm_config, account=lambda: self.client, name=self.name, proxy_private=private)

    def _loop_of_client(self) -> Optional[HeartbeatLoop]:
        """Return a loop for the client that a program gave an agent without a model; None without one."""
        client = self._gate.stand_in()
        return None if client is None else self._open_loop(self.memory, client)

    def _ask_human(self, call: ToolCall) -> Approval:
        """Ask for approval as AutoGen asks for human input."""
        return answered(str(self.get_human_input(question(self.name, call))))

    def _card(self) -> Card | None:
        """Return the card; None while the database cannot be read, and after a constructor that failed."""
        return Card.read(self.memory, self.loop) if hasattr(self, "loop") else None

    def _no_card(self) -> NoCard:
        return NoCard(getattr(self, "_name", "?"))

    def _needed_loop(self) -> HeartbeatLoop:
        if self.loop is None:
            raise ConfigurationError(
                f"agent '{self.name}' has llm_config=False, so it has no model to act with."
            )
        return self.loop

    def _served_reply(self, messages: list[dict[str, Any]], offered: Sequence[ToolSchema]) -> Reply:
        """Answer the request of a client of `AgentService`, from a memory that only this client has."""
        client = self._served.of_request(messages)
        client.recorder.catch_up(messages, None)
        options = self._options(offered, served=True)
        try:
            reply = self._reply(client.loop.run(**options), client.recorder)
        except NoCannedAnswerError as end:
            raise StopIteration from end
        if isinstance(reply, str):
            self._served.answered(client, messages, reply)
        return reply

    def _loop_of(self, memory: MemoryHierarchy) -> HeartbeatLoop:
        """Return a loop for a client's memory, with the agent's model."""
        model = self._gate.stand_in() if self.loop is None else self.loop.llm
        if model is None:
            raise ConfigurationError(f"agent '{self.name}' has no model to answer its clients with.")
        return self._open_loop(memory, model)

    def _options(
        self, offered: Sequence[ToolSchema] = (), asker: Optional[Agent] = None, *, served: bool = False
    ) -> dict[str, Any]:
        """Return the instructions and tools for a turn.

        AG2's UpdateSystemMessage or the user may change them anytime.
        """
        tools, foreign = autogen_tools(self, offered, asker, seconds=self._function_seconds, served=served)
        foreign = [] if isinstance(asker, Person) else foreign
        return {"instructions": str(self.system_message or ""), "tools": tools, "foreign": foreign}

    def _own_options(self) -> dict[str, Any]:
        """Return the options without the tools that others execute, where there are no others."""
        options = self._options()
        del options["foreign"]
        return options

    def _hear(
        self, message: Reply, sender: Agent, request_reply: Optional[bool], *, asynchronous: bool
    ) -> None:
        """Record a message. What a group's manager tells several members of a home is one commit."""
        waits = deferred = False
        try:
            self._read_transcript(sender)
            waits = request_reply is False and self._is_followed(message, sender)
            deferred = waits or bool(self._database.deferred.waiting)
            self._recorder.hear(message, sender, asynchronous=asynchronous, deferred=deferred)
        except BaseException:
            waits = False  # the chat ends here
            raise
        finally:
            if not waits and (deferred or hasattr(sender, "groupchat")):
                self._end_hearing(sender)

    def _is_followed(self, message: Reply, manager: Agent) -> bool:
        """Return whether another agent of this home hears this message next, and nothing happens before."""
        other = next_listener(self, message, manager)
        return (
            isinstance(other, MemGPTAgent)
            and other.memory.log.database.is_same(self._database)
            and receives_as(MemGPTAgent, self)
            and receives_as(MemGPTAgent, other)
        )

    def _end_hearing(self, manager: Agent) -> None:
        """Store what this agent and the other members of a group have heard by now."""
        try:
            self._database.deferred.settle()
        finally:  # an interrupt too leaves what each member has to store itself
            for member in (self, *members(manager)):
                if isinstance(member, MemGPTAgent):
                    member._recorder.retry_deferred()  # noqa: SLF001 - of the same class

    @property
    def _database(self) -> Database:
        return self.memory.log.database

    def _read_transcript(self, other: Agent) -> None:
        """Record what a program wrote into the transcript of this chat."""
        if other in self._oai_messages:
            self._recorder.read_transcripts({other: self._oai_messages[other]})

    def _catch_up(self, messages: Optional[list[dict[str, Any]]], sender: Optional[Agent]) -> None:
        self._recorder.read_transcripts(self._oai_messages)
        handed_over = messages is not self._oai_messages.get(sender)
        self._recorder.catch_up(messages if handed_over else None, sender)

    def _hook_events(self, added: Sequence[str]) -> Iterator[Message]:
        """Yield events with the texts that hooks added and that the prompt does not contain yet."""
        known = {entry.message.text.partition(HOOKED)[2] for entry in self.memory.queue.entries()}
        yield from (Message.event("heartbeat", HOOKED + text) for text in added if text not in known)

    def _run(
        self, turn: Iterator[Event], recorder: ChatRecorder
    ) -> tuple[list[Event], Optional[MemGPTError]]:
        """Run one turn, after everything that was heard is stored.

        Returns its events, and the error when the model or the database fails, or when another process's
        turn does not end; with `model_error="raise"`, raises it.
        """
        try:
            with self._screen.turn() as events:
                recorder.store()
                for event in turn:
                    events.append(event)
                    if self._screen.prints or self._screen.watches:
                        self._screen.show(event)
        except (ModelError, StorageError, TurnElsewhereError) as error:
            if isinstance(error, StorageError):
                logger.warning("%s cannot continue its turn: %s", self.name, error)
            if self._model_error == "raise" and not isinstance(error, CallRefusedError):
                recorder.expect_redelivery()  # the caller may try again with the same messages
                raise
            return events, error
        return events, None

    def _said(self, events: Iterable[Event], recorder: ChatRecorder) -> str:
        """Return what the agent said in a turn, and do not record that again when it is sent."""
        texts = [event.text for event in events if isinstance(event, Replied)]
        shaped = self.loop is not None and self.loop.model_call.shape is not None
        # two replies that each have a demanded form do not have it together
        text = texts[-1] if texts and shaped else "\n".join(texts)
        if text:
            recorder.expect_own(text)
        return text

    def _reply(self, turn: Iterator[Event], recorder: Optional[ChatRecorder] = None) -> Reply:
        """Run a turn, and return its reply for AutoGen."""
        recorder = recorder or self._recorder
        events, error = self._run(turn, recorder)
        text = self._said(events, recorder)
        if isinstance(error, CallRefusedError) and not text:
            return REFUSED
        if error is not None and not text:
            return cannot_answer(self.name, error)
        calls = [call for event in events if isinstance(event, Suspended) for call in event.calls]
        return {"content": text, "tool_calls": [call.to_wire() for call in calls]} if calls else text
