"""`MemGPTAgent`: AutoGen's side of the door. A `ConversableAgent` whose language-model reply is a turn of the heartbeat loop.

It hears at `receive`, whether or not it is to answer; it speaks through `send`, and keeps what it says wherever the words come
from; it replies in the stock place, so that termination, human input, tools and code execution keep working before it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, Literal, Optional, Union

from memgpt_autogen.adapter.install import load_autogen
from memgpt_autogen.adapter.messages import Hooked, Reply, text_of
from memgpt_autogen.adapter.recorder import ChatRecorder
from memgpt_autogen.adapter.tools import host_tools
from memgpt_autogen.assembly import UserTool, choose_llm, open_loop, open_memory, window_for
from memgpt_autogen.concurrency import Progress
from memgpt_autogen.display.agent_card import Card
from memgpt_autogen.display.live import Screen, Watch
from memgpt_autogen.display.turn_screen import TurnScreen
from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.errors import (
    ConfigurationError,
    MemGPTError,
    ModelError,
    StorageError,
    TurnElsewhereError,
)
from memgpt_autogen.events import Event, Evicted, Replied, Suspended
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.llm.protocols import LLM, ToolSchema
from memgpt_autogen.llm.text_calls.plain import with_function_calling
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.overview import ContextOverview
from memgpt_autogen.memory.documents.attach import AttachResult, ProgressCallback
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.lease import WAIT_SECONDS
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest, Forgotten
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.rendering.plain_text import shorten
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.approval import Approval, Approve, answered, question
from memgpt_autogen.tools.event_loop import chat_loop

load_autogen()

from autogen import Agent, ConversableAgent  # noqa: E402 - the guard above explains a missing one
from autogen.io import IOStream  # noqa: E402 - as above

logger = logging.getLogger(__name__)

_TURNS = ThreadPoolExecutor(max_workers=256, thread_name_prefix="memgpt-turn")
"""Threads for the turns of asynchronous chats: asyncio's own pool has so few that agents would wait for each other."""

UNSTORED = "its memory cannot be read or written at the moment"

HOOKED = "A hook of your developer shows you this: "


class MemGPTAgent(ConversableAgent):  # type: ignore[misc] # AutoGen has no types
    """An AutoGen agent with MemGPT's memory hierarchy.

    Takes all of `ConversableAgent`'s arguments, and:

    - `persona`, `human`: the first text of these two blocks of core memory, for an agent that is new; `blocks`: more blocks.
      A block with `shared=True`, and an `archive` by name, are one for all agents of the home that have them.
    - `home`: the folder (or `settings` for databases and servers by URL) where memory lives; the same name in the same home is
      the same agent. `ephemeral=True` keeps it in a temporary place. `memory`: one that was opened with `open_memory`.
    - `llm`: a model by our protocol. Without it, AutoGen's client answers from `llm_config`; without that, what `settings` name;
      without any, the offline model. `llm_config=False` makes an agent that listens, keeps, and never answers by model.
    - `window_tokens`: the model's window. `limits`: what bounds a turn. `protocol`: `memgpt` or `native`.
    - `tools`: typed functions that the agent calls in its loop, each for at most `tool_seconds`. `embedder`: turns archival
      search hybrid.
    - `model_error`: `reply` answers with a short notice when the model or the database fails, or when another process's turn of
      this agent has not ended after `turn_wait` seconds, so that a group chat goes on; `raise` raises. What is heard while the
      database fails is kept in memory, and stored in order when it works again.
    - `stream`: print what the agent says while the model writes it, where `llm` or the settings' endpoint streams; AutoGen's
      clients do not.
    - `verbose`: print thoughts and memory operations as AutoGen prints messages.

    `system_message` is the developer's instructions, shown to the model inside the MemGPT protocol's own system prompt and read
    afresh at every turn.
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
        limits: Limits | None = None,
        inner_thoughts: bool = True,
        plain_text: Literal["hint", "deliver"] = "hint",
        calls_in_text: bool = True,
        approve: Approve | None = None,
        vision: bool | None = None,
        timed_heartbeats: bool = False,
        tool_seconds: float = 120.0,
        turn_wait: float = WAIT_SECONDS,
        model_error: Literal["reply", "raise"] = "reply",
        stream: bool = False,
        verbose: bool = False,
        **host: Any,
    ) -> None:
        super().__init__(
            name,
            system_message=system_message,
            is_termination_msg=is_termination_msg,
            max_consecutive_auto_reply=sys.maxsize
            if max_consecutive_auto_reply is None
            else max_consecutive_auto_reply,
            human_input_mode=human_input_mode,
            function_map=function_map,
            code_execution_config=code_execution_config,
            llm_config=llm_config,
            default_auto_reply=default_auto_reply,
            description=description or f"{name}, an assistant that remembers everything said in this chat.",
            chat_messages=chat_messages,
            silent=silent,
            **host,
        )
        if memory is not None:
            _refuse_beside_memory(
                name,
                memory,
                {
                    "persona": persona,
                    "human": human,
                    "blocks": blocks,
                    "home": home,
                    "embedder": embedder,
                    "archive": archive,
                    "ephemeral": ephemeral,
                    "protocol": protocol,
                },
            )
        settings = _settings(settings, home, protocol)
        self.memory = memory or open_memory(
            name,
            settings,
            persona=persona,
            human=human,
            blocks=blocks,
            embedder=embedder,
            archive=archive,
            ephemeral=ephemeral,
        )
        self.loop: HeartbeatLoop | None = None
        model = llm or self._model_of(llm_config, settings)
        if model is not None:
            self.loop = open_loop(
                self.memory,
                model,
                window_tokens=window_tokens or window_for(settings, model),
                tools=tools,
                limits=limits,
                inner_thoughts=inner_thoughts,
                plain_text=plain_text,
                calls_in_text=calls_in_text,
                approve=approve or (None if human_input_mode == "NEVER" else self._approved),
                vision=vision,
                timed_heartbeats=timed_heartbeats,
                tool_seconds=tool_seconds,
                turn_wait=turn_wait,
                stream=stream,
            )
        self._model_error = model_error
        self._screen = TurnScreen(name, lambda: IOStream.get_default().print, verbose=verbose)
        self._recorder = ChatRecorder(name, self.memory)
        self.replace_reply_func(ConversableAgent.generate_oai_reply, type(self).generate_oai_reply)
        self.replace_reply_func(ConversableAgent.a_generate_oai_reply, type(self).a_generate_oai_reply)

    # What AutoGen calls

    def receive(
        self,
        message: Reply,
        sender: Agent,
        request_reply: Optional[bool] = None,
        silent: Optional[bool] = False,
    ) -> None:
        """Keep the message, then do what every agent does with it."""
        self._recorder.meet(sender, asynchronous=False)
        self._recorder.hear(message, sender)
        super().receive(message, sender, request_reply, silent)

    async def a_receive(
        self,
        message: Reply,
        sender: Agent,
        request_reply: Optional[bool] = None,
        silent: Optional[bool] = False,
    ) -> None:
        self._recorder.meet(sender, asynchronous=True)
        self._recorder.hear(message, sender)
        await super().a_receive(message, sender, request_reply, silent)

    async def a_send(
        self,
        message: Reply,
        recipient: Agent,
        request_reply: Optional[bool] = None,
        silent: Optional[bool] = False,
    ) -> None:
        """Be there when a group chat that this begins ends, then do what every agent does."""
        self._recorder.meet(recipient, asynchronous=True)
        await super().a_send(message, recipient, request_reply, silent)

    def generate_reply(
        self, messages: Optional[list[dict[str, Any]]] = None, sender: Optional[Agent] = None, **kwargs: Any
    ) -> Optional[Reply]:
        """Keep what is handed over, whichever reply function answers it, then do what every agent does."""
        self._catch_up(messages, sender)
        reply: Optional[Reply] = super().generate_reply(messages, sender, **kwargs)
        return reply

    async def a_generate_reply(
        self, messages: Optional[list[dict[str, Any]]] = None, sender: Optional[Agent] = None, **kwargs: Any
    ) -> Optional[Reply]:
        self._catch_up(messages, sender)
        reply: Optional[Reply] = await super().a_generate_reply(messages, sender, **kwargs)
        return reply

    def process_last_received_message(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """AutoGen's hooks. A text that they made of the last one is shown to the model; what was said stays as it was."""
        before = [text_of(message) for message in (messages or ())[-1:]]
        hooked = super().process_last_received_message(messages)
        return Hooked.of(hooked, before=before, last=True) if hooked else hooked

    def process_all_messages_before_reply(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """AutoGen's hooks. Messages that they add are shown to the model; the rest of its prompt is memory's to choose."""
        if not self.hook_lists.get("process_all_messages_before_reply"):
            return messages if isinstance(messages, Hooked) or not messages else Hooked(messages)
        before = [text_of(message) for message in messages or ()]
        shown = messages.shown if isinstance(messages, Hooked) else ()
        hooked = super().process_all_messages_before_reply(messages)
        return Hooked.of(hooked, before=before, shown=shown) if hooked else hooked

    def generate_oai_reply(
        self,
        messages: Optional[list[dict[str, Any]]] = None,
        sender: Optional[Agent] = None,
        config: Optional[Any] = None,  # noqa: ARG002 - AutoGen's signature; the model is the agent's own
        **kwargs: Any,
    ) -> tuple[bool, Optional[Reply]]:
        """One turn of the heartbeat loop; the reply is never None and never empty."""
        if self.loop is None:
            return False, None
        if not isinstance(messages, Hooked):  # called by a host's service, past generate_reply
            self._catch_up(messages, sender)
        return True, self._answer(self.loop, messages, kwargs.get("tools") or (), sender)

    async def a_generate_oai_reply(
        self,
        messages: Optional[list[dict[str, Any]]] = None,
        sender: Optional[Agent] = None,
        config: Optional[Any] = None,
        **kwargs: Any,
    ) -> tuple[bool, Optional[Reply]]:
        """The same turn in a thread, in the caller's context; coroutines of tools run on the caller's event loop."""
        with chat_loop():
            turn = partial(copy_context().run, self.generate_oai_reply, messages, sender, config, **kwargs)
            return await asyncio.get_running_loop().run_in_executor(_TURNS, turn)

    def clear_history(
        self, recipient: Optional[Agent] = None, nr_messages_to_preserve: Optional[int] = None
    ) -> None:
        """Clear AutoGen's transcript. Memory stays: `reset_memory` is what forgets."""
        super().clear_history(recipient, nr_messages_to_preserve)
        self._recorder.cleared(all_chats=recipient is None and not nr_messages_to_preserve)

    # What users call

    @property
    def last_turn(self) -> Trace:
        """What happened in the newest turn, without the parts of replies; print it."""
        return self._screen.newest

    def context_overview(self) -> ContextOverview:
        """What fills the window now, by section; print it."""
        own, foreign = host_tools(self)
        return self._needed_loop().context_overview(self._instructions(), tools=own, foreign=foreign)

    def watch(self, *, show: bool = True, screen: Optional[Screen] = None) -> Watch:
        """A block in which what the agent does is shown as it happens, and kept as `turns`: `with sam.watch() as watched:`.

        In a notebook one output is kept up to date, elsewhere lines are printed, unless there is another `screen`; `show=False` only
        keeps the turns. What fails to be shown does not disturb the chat.
        """
        return Watch(self.name, self._screen.watches, self._card, show=show, screen=screen)

    def __repr__(self) -> str:
        card = self._card()
        return card.line() if card else self._briefly()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython prints."""
        card = None if cycle else self._card()
        printer.text(str(card) if card else self._briefly())

    def _repr_html_(self) -> str:
        """What a notebook shows: blocks with their fill, the queue, what is outside the prompt, model and window."""
        card = self._card()
        return card._repr_html_() if card else escape(self._briefly())

    def heartbeat(self, reason: str = "Automated timer.") -> Optional[str]:
        """A turn without anyone's words, for timers: what the agent said, or None.

        Nothing happens while the agent has paused its heartbeats, or when the model or the database fails and `model_error` is
        `reply`.
        """
        own, _ = host_tools(self)  # there is nobody to execute the others' tools
        events, _ = self._watch(
            self._turn(self._needed_loop().beat(reason, instructions=self._instructions(), tools=own))
        )
        return self._said(events) or None

    def login(self, who: Optional[str] = None) -> Optional[str]:
        """A turn that begins with someone's coming, before a word: what the agent said, or None.

        The agent learns when the same one came the last time.
        """
        own, _ = host_tools(self)
        events, _ = self._watch(self._needed_loop().login(who, instructions=self._instructions(), tools=own))
        return self._said(events) or None

    def compact(self) -> tuple[Evicted, ...]:
        """Evict the older half of the queue into the summary now, or more of it; empty where there is nothing to evict."""
        own, _ = host_tools(self)
        told = self._needed_loop().compact(instructions=self._instructions(), tools=own)
        return tuple(event for event in told if isinstance(event, Evicted))

    # What the host has of a chat is not changed by these; what it delivers again of it is still known as old.

    def pop(self, count: int = 1) -> list[Message]:
        """Take back the newest `count` messages that anyone said, with all that followed the first of them, and give them."""
        return self.memory.pop(count)

    def retry(self) -> Reply:
        """Take back all that came of the newest message that was heard, edits of core memory too, and give another reply."""
        own, foreign = host_tools(self)
        loop = self._needed_loop()
        return self._reply(loop.retry(instructions=self._instructions(), tools=own, foreign=foreign))

    def rethink(self, text: str) -> str:
        """Put another thought in place of the newest one, and give that one."""
        return self.memory.rethink(text)

    def rewrite(self, text: str) -> str:
        """Put other words in place of the newest ones that the agent said, and give those."""
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
        told: Optional[ProgressCallback] = None,
    ) -> AttachResult:
        """Put a file, a folder, what is at a web address, or a `text`, into archival memory, as `memory.attach` says.

        `archive` lets the agent read a shared archive beside its own.
        """
        return self.memory.attach(
            what, text=text, name=name, archive=archive, tags=tags, allow_private=allow_private, told=told
        )

    def detach(self, name: Optional[str] = None, *, archive: Optional[str] = None) -> Optional[Source]:
        """Take a source away with its passages, or read a shared archive no longer."""
        return self.memory.detach(name, archive=archive)

    def sources(self) -> list[Source]:
        """The documents that the agent can read."""
        return self.memory.sources()

    def reset_memory(self) -> None:
        """Forget everything, recall and archival too, and begin anew with the first text of each block."""
        self._recorder.reset()

    def export(self, path: str | Path, *, progress: Optional[Progress] = None) -> Path:
        """Write all that the agent remembers into one file: `MemGPTAgent(name, memory=import_memory(path))` reads it."""
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
        blocks: bool = False,
        shared: bool = False,
        dry_run: bool = False,
    ) -> Forgotten:
        """Forget for good, as `memory.forget` does; then the model writes the newest summary again, from what is left.

        AutoGen's own transcripts in this process are not the agent's memory; `clear_history` clears them.
        """
        request = ForgetRequest(speaker, source, start, end, query, blocks, shared, dry_run)
        with self.memory.exclusive():
            forgotten = self.memory.run_forget(request)
            if self.loop is not None and forgotten.summaries and not dry_run:
                self.loop.pressure.retell()
        return forgotten

    # How it works

    def _model_of(self, llm_config: Any, settings: Settings) -> Optional[LLM]:
        if self.llm_config:
            from memgpt_autogen.adapter.llm import AutoGenLLM

            llm = AutoGenLLM(self.llm_config, account=lambda: self.client)
            known = settings.function_calling == "auto" and not llm.may_not_know_tools
            return llm if known else with_function_calling(llm, settings.function_calling)
        return None if llm_config is False else choose_llm(settings)

    def _approved(self, call: ToolCall) -> Approval:
        """Asks as AutoGen asks for human input."""
        return answered(str(self.get_human_input(question(self.name, call))))

    def _card(self) -> Card | None:
        """None while the database cannot be read, and before there is one."""
        return Card.read(self.memory, self.loop) if hasattr(self, "loop") else None

    def _briefly(self) -> str:
        # a class that fails in its beginning is shown too
        return f"<MemGPTAgent '{getattr(self, '_name', '?')}': its memory cannot be read now>"

    def _needed_loop(self) -> HeartbeatLoop:
        if self.loop is None:
            raise ConfigurationError(
                f"agent '{self.name}' has llm_config=False, so it has no model to act with."
            )
        return self.loop

    def _instructions(self) -> str:
        # read at every turn: AG2's UpdateSystemMessage and the user may change it
        return str(self.system_message or "")

    def _catch_up(self, messages: Optional[list[dict[str, Any]]], sender: Optional[Agent]) -> None:
        handed_over = messages is not self._oai_messages.get(sender)
        self._recorder.catch_up(messages if handed_over else None, sender)

    def _answer(
        self,
        loop: HeartbeatLoop,
        messages: Optional[list[dict[str, Any]]],
        offered: Sequence[ToolSchema],
        asker: Optional[Agent],
    ) -> Reply:
        own, foreign = host_tools(self, offered, asker)
        shown = (Message.event("heartbeat", HOOKED + text) for text in self._newly_shown(messages))
        return self._reply(loop.run(shown, instructions=self._instructions(), tools=own, foreign=foreign))

    def _reply(self, turn: Iterator[Event]) -> Reply:
        """What AutoGen gets for a turn."""
        events, error = self._watch(self._turn(turn))
        text = self._said(events)
        if error is not None and not text:
            # where the database is, and how it fails, is the operator's business and in the warnings
            why = UNSTORED if isinstance(error, StorageError) else str(error)
            return f"[{self.name} cannot answer now: {shorten(' '.join(why.split()), 200)}]"
        calls = [call for event in events if isinstance(event, Suspended) for call in event.calls]
        if calls:
            return {"content": text, "tool_calls": [call.to_wire() for call in calls]}
        return text

    def _turn(self, turn: Iterator[Event]) -> Iterator[Event]:
        """A turn that begins when all that was heard is stored."""
        self._recorder.store()
        yield from turn

    def _newly_shown(self, messages: Optional[list[dict[str, Any]]]) -> Iterator[str]:
        """What hooks want the model to read and its prompt does not hold yet."""
        if not isinstance(messages, Hooked) or not messages.shown:
            return
        told = {entry.message.text.partition(HOOKED)[2] for entry in self.memory.queue.entries()}
        yield from (text for text in messages.shown if text not in told)

    def _watch(self, turn: Iterator[Event]) -> tuple[tuple[Event, ...], Optional[MemGPTError]]:
        """Live through a turn; gives the failure of model or database, or raises it where the developer wants that. A turn that
        another process has is such a failure too.
        """
        failure: Optional[MemGPTError] = None
        try:
            with self._screen.turn() as tell:
                for event in turn:
                    tell(event)
        except (ModelError, StorageError, TurnElsewhereError) as error:
            if isinstance(error, StorageError):
                logger.warning("%s cannot go on with its turn: %s", self.name, error)
            if self._model_error == "raise":
                self._recorder.expect_repetitions()  # whoever tries again says the same again
                raise
            failure = error
        return self.last_turn, failure

    def _said(self, events: Sequence[Event]) -> str:
        """What a turn said, which the log has already and need not keep again when it is sent."""
        text = "\n".join(event.text for event in events if isinstance(event, Replied))
        if text:
            self._recorder.will_send(text)
        return text

    def _process_message_before_send(self, message: Reply, recipient: Agent, silent: bool) -> Reply:
        sent: Reply = super()._process_message_before_send(message, recipient, silent)
        self._recorder.keep_own(message, sent, recipient)
        return sent


def _settings(
    settings: Settings | None, home: str | Path | None, protocol: Literal["memgpt", "native"] | None
) -> Settings:
    if settings is None:
        return Settings.load(home=home, protocol=protocol)
    if home is not None:
        raise ConfigurationError("give home or settings, not both: settings name a home of their own.")
    return settings.model_copy(update={"protocol": protocol}) if protocol else settings


def _refuse_beside_memory(name: str, memory: MemoryHierarchy, given: Mapping[str, object]) -> None:
    """An open memory has its blocks, place and dialect already: what would be ignored is an error instead."""
    ignored = [argument for argument, value in given.items() if value]
    if ignored:
        raise ConfigurationError(
            f"memory= is open already, so {', '.join(ignored)} would have no effect. Give them to open_memory instead."
        )
    if memory.name != name:
        raise ConfigurationError(
            f"agent '{name}' cannot have the memory of '{memory.name}'; open_memory('{name}') opens its own."
        )
