"""A conversation with an agent on a server: runs of the server, as the events of turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NoReturn

from memgpt_autogen.cli.remote.memory import RemoteMemory, not_there
from memgpt_autogen.client.errors import RunFailedError
from memgpt_autogen.errors import ConfigurationError, MemGPTError
from memgpt_autogen.events import Event, ReplyPart, Suspended, TurnFailed
from memgpt_autogen.messages import Message
from memgpt_autogen.tools.approval import Approval, Approve


@dataclass(frozen=True)
class RemoteLoop:
    """The turns of one agent. `me` is the name of the person, as the agent hears it; None for the usual."""

    memory: RemoteMemory
    me: str | None = None
    stream: bool = False
    approve: Approve | None = None

    @property
    def llm(self) -> Any:
        """Return what has the name of the `model`."""
        return SimpleNamespace(model=self.memory.client.get_models().model)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise not_there()

    def run(self, messages: Sequence[Message], *, owes_answer: bool = True) -> Iterator[Event]:
        if not owes_answer or len(messages) != 1 or messages[0].kind != "message":
            raise not_there()
        return self._events(messages[0].text)

    def login(self, name: str, *, owes_answer: bool = True) -> Iterator[Event]:  # noqa: ARG002 - as here
        return self._events(act="login")

    def retry(self) -> Iterator[Event]:
        return self._events(act="retry")

    def beat(self, reason: str = "") -> Iterator[Event]:
        if reason:
            raise ConfigurationError("with --server, /heartbeat takes no reason. Leave it out.")
        return self._events(act="heartbeat")

    def compact(self) -> Iterator[Event]:
        self.memory.client.compact(self.memory.name)
        yield from ()

    def context_overview(self) -> str:
        window = self.memory.client.get_window(self.memory.name)
        lines = [f"{each.name}: {each.tokens:,} tokens" for each in window.sections]
        return "\n".join([f"{window.prompt_tokens:,} of {window.window_tokens:,} tokens", *lines])

    def _events(self, text: str = "", **asked: Any) -> Iterator[Event]:
        """Yield the events of a run. If the person interrupts it, the run is cancelled."""
        client, over = self.memory.client, False
        if self.me is not None:
            asked["speaker"] = self.me
        with client.stream_run(self.memory.name, text, **asked) as stream:
            try:
                waits: Suspended | None = None
                for streamed in stream:
                    event = streamed.event
                    if isinstance(event, TurnFailed):
                        over = True
                        raise RunFailedError(client.get_run(stream.run_id or ""))
                    if isinstance(event, Suspended) and set(event.approvals) == {
                        call.id for call in event.calls
                    }:
                        waits = event
                        continue
                    over = streamed.ends_turn
                    if over and waits is not None and stream.run_id is not None and not streamed.ends_run:
                        self._allow(stream.run_id, waits)
                        over, waits = False, None
                        continue
                    if event is None or (isinstance(event, ReplyPart) and not self.stream):
                        continue
                    yield event
                    if over:
                        return
            finally:
                if not over and stream.run_id is not None:
                    with suppress(MemGPTError):  # the first error is the one to be seen
                        client.cancel_run(stream.run_id)

    def _allow(self, run: str, waits: Suspended) -> None:
        """Ask the person about the calls of a suspended run, and let it go on."""
        approve = self.approve or (lambda _: Approval(allowed=False))
        answers = {call.id: approve(call) for call in waits.calls}
        approvals = {id_: {"allowed": each.allowed, "reason": each.reason} for id_, each in answers.items()}
        self.memory.client.give_run_results(run, approvals=approvals)
