"""The clients of an agent that AG2's `AgentService` serves (A2A, AG-UI): which client a request is from.

A client is whoever the request names: A2A's context, AG-UI's thread, or the name of `serving`. Without a
name, a conversation is a client of its own. It is known by its earlier messages when it comes back.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from memgpt_autogen.adapter.messages import text_of
from memgpt_autogen.adapter.recorder import ChatRecorder
from memgpt_autogen.concurrency import Lock
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.recently_used import RecentlyUsed

Line = Mapping[str, Any]

# clients whose memories are open at the same time
MOST_OPEN = 100

# the start of the key of a client that has no name
CONVERSATION = "conversation "

# in place of a key, where several clients have had the same conversation
SEVERAL = ""

# the names of a client in the requests of A2A and AG-UI
NAMES = ("context_id", "thread_id")

# how far above AgentService the server's own function is
MOST_FRAMES = 40

# the client of this request: its name, once it is known
_request: ContextVar[list[str] | None] = ContextVar("_request", default=None)

_named: ContextVar[str | None] = ContextVar("_named", default=None)


@contextmanager
def serving(client: str) -> Iterator[None]:
    """Name the client of the requests in this block, for a server of your own."""
    token = _named.set(client)
    try:
        yield
    finally:
        _named.reset(token)


def begin_request() -> None:
    """Note that `AgentService` handles a new request. It calls the agent once for each step of that."""
    name = _named.get() or _named_by_server()
    _request.set([] if name is None else [name])


@dataclass(slots=True)
class Client:
    """One client, with a memory of its own."""

    key: str
    memory: MemoryHierarchy
    recorder: ChatRecorder
    loop: HeartbeatLoop


class ServedClients:
    """The clients of one agent. `open_loop` makes the loop of a memory."""

    def __init__(
        self, name: str, memory: MemoryHierarchy, open_loop: Callable[[MemoryHierarchy], HeartbeatLoop]
    ) -> None:
        self._name = name
        self._memory = memory
        self._open_loop = open_loop
        self._open: RecentlyUsed[str, Client] = RecentlyUsed(MOST_OPEN, f"the clients of agent '{name}'")
        self._marks = _Marks(memory)
        self._lock = Lock(f"the clients of agent '{name}'")

    def of_request(self, messages: Sequence[Line]) -> Client:
        """Return the client whose request has these messages."""
        held = _request.get()
        with self._lock:
            if held:
                key = held[0]
            else:
                known = self._marks.find(messages)
                key = known or f"{CONVERSATION}{secrets.token_hex(16)}"
                if held is not None:
                    held.append(key)  # for the later steps of this request
            return self._open.get(key, partial(self._opened, key))

    def answered(self, client: Client, messages: Sequence[Line], reply: str) -> None:
        """Note by which conversation the client is known when it comes back."""
        if client.key.startswith(CONVERSATION):
            with self._lock:
                self._marks.move(client.key, _mark([*messages, {"role": "assistant", "content": reply}]))

    def _opened(self, key: str) -> Client:
        memory = self._memory.for_client(key)
        return Client(key, memory, ChatRecorder(self._name, memory), self._open_loop(memory))


class _Marks:
    """Which conversation belongs to which client: files with a hash as name, in the home of the agent.

    A conversation that goes on is known by its newest state only. Where two clients have said and heard the
    same, neither of them is known by it: what their tools returned may differ.
    """

    def __init__(self, memory: MemoryHierarchy) -> None:
        images = memory.log.images
        agent = hashlib.sha256(memory.name.encode()).hexdigest()[:20]
        self._folder: Path | None = None if images is None else images.path.parent / "served" / agent
        self._keys: dict[str, str] = {}
        self._newest: dict[str, str] = {}

    def find(self, messages: Sequence[Line]) -> str | None:
        """Return the client with whom this conversation was held, up to the agent's last answer in it."""
        ends = [place for place, line in enumerate(messages, 1) if line.get("role") == "assistant"]
        if not ends:
            return None
        mark = _mark(messages[: ends[-1]])
        key = self._read(mark)
        if key:
            self._newest[key] = mark
        return key or None

    def move(self, key: str, mark: str) -> None:
        old = self._newest.pop(key, None)
        self._write(mark, key if self._read(mark) in (None, key) else SEVERAL)
        self._newest[key] = mark
        if old not in (None, mark) and self._read(old) == key:
            self._write(old, None)

    def _read(self, mark: str) -> str | None:
        if self._folder is None:
            return self._keys.get(mark)
        try:
            return (self._folder / mark).read_text("utf-8")
        except OSError:
            return None

    def _write(self, mark: str, key: str | None) -> None:
        if self._folder is None:
            self._keys[mark] = key or SEVERAL
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if key is None:
            (self._folder / mark).unlink(missing_ok=True)
        else:
            (self._folder / mark).write_text(key, "utf-8")


def _mark(messages: Sequence[Line]) -> str:
    """Return a hash of what was said in a conversation, without calls and results."""
    said = [
        (str(line.get("role")), text_of(line))
        for line in messages
        if line.get("role") in ("user", "assistant") and text_of(line)
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _named_by_server() -> str | None:
    """Return the client that a server of AG2 has named.

    `AgentService` does not pass it on, so it is read where the server has it: A2A's executor has a request
    context with a `context_id`, AG-UI's stream has an input with a `thread_id`.
    """
    frame = sys._getframe(1)  # noqa: SLF001 - there is no other way to what called AgentService
    for _ in range(MOST_FRAMES):
        if frame.f_back is None:
            return None
        frame = frame.f_back
        known = frame.f_locals
        command, state = known.get("command"), known.get("state")
        holders = (known.get("context"), getattr(command, "incoming", None), getattr(state, "context", None))
        for holder in holders:
            for name in NAMES:
                found = holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)
                if isinstance(found, str) and found:
                    return f"{name} {found}"
    return None
