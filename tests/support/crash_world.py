"""What a process that may die was told is done, and whether it all is there afterwards."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import time
import traceback
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from legal import illegal

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.events import Event, Heard, Replied, ToolCalled, ToolReturned
from memgpt_autogen.home import agent_names, moved_away
from memgpt_autogen.home_backup import read_backup
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.refusals import RESTORING
from memgpt_autogen.memory.upkeep.bundle import Bundle
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.scripted import Answer, Request

HINDERED = 20
"""Seconds that a turn does not take, unless something of the dead holds it up."""

SHARED = Block("team", "", 20_000, "what all of us know", shared=True)


class World:
    """A home that outlives its processes, and a ledger beside it of what was begun and what was acknowledged.

    The ledger is written before the next thing is done, and outside the home.
    """

    def __init__(self, home: Path, *, seed: int = 0) -> None:
        self.home = home
        self.random = random.Random(seed)
        self._ledger = os.open(ledger_of(home), os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def fresh(self, word: str) -> str:
        """A text that stands nowhere else."""
        return f"{word} {uuid.uuid4().hex[:12]}"

    def begun(self, kind: str, text: str, agent: str = "sam") -> None:
        self._write("begun", kind, text, agent)

    def done(self, kind: str, text: str, agent: str = "sam") -> None:
        self._write("done", kind, text, agent)

    def memory(self, name: str = "sam", **options: Any) -> MemoryHierarchy:
        return open_memory(name, Settings.load(home=self.home), **options)

    def loop(self, *answers: Answer, memory: MemoryHierarchy | None = None, **options: Any) -> HeartbeatLoop:
        # a warning adds a step, and an eviction asks for a summary each time in other words, since it is said
        # aloud where it answers a turn, and nothing may be said twice
        otherwise = options.pop("otherwise", lambda _: says(self.fresh("They talked")))
        return open_loop(memory or self.memory(), ScriptedLLM(*answers, otherwise=otherwise), **options)

    def hear(self, text: str, memory: MemoryHierarchy) -> None:
        self.begun("heard", text, memory.name)
        memory.log.append(Message.said_by("boss", text))
        self.done("heard", text, memory.name)

    def insert(self, text: str, memory: MemoryHierarchy) -> None:
        self.begun("passage", text, memory.name)
        memory.archival.insert(text)
        self.done("passage", text, memory.name)

    def edit(self, text: str, memory: MemoryHierarchy, label: str = "human") -> None:
        self.begun("edit", text, memory.name)
        memory.core.edit(label, lambda block: _rotated(block, text))
        self.done("edit", text, memory.name)

    def turn(self, loop: HeartbeatLoop, *inputs: Message) -> list[Event]:
        """A turn whose every acknowledgement is written down as it comes."""
        name = loop.memory.name
        for message in inputs:
            self.begun("heard", message.text, name)
        events: list[Event] = []
        for event in loop.run(inputs):
            events.append(event)
            if isinstance(event, Heard):
                self.done("heard", event.message.text, name)
            elif isinstance(event, ToolCalled):
                self._tool("begun", event.call, name)
            elif isinstance(event, ToolReturned) and event.ok:
                self._tool("done", event.call, name)
            elif isinstance(event, Replied):
                self.done("said", event.text, name)
        return events

    def _tool(self, state: str, made: ToolCall, agent: str) -> None:
        arguments = json.loads(made.arguments)
        if made.name == "core_memory_append":
            self._write(state, "edit", arguments["content"], agent)
        elif made.name == "archival_memory_insert":
            self._write(state, "passage", arguments["content"], agent)

    def _write(self, state: str, kind: str, text: str, agent: str) -> None:
        os.write(self._ledger, (json.dumps([state, kind, text, agent]) + "\n").encode())


def ledger_of(home: Path) -> Path:
    return home.with_name(home.name + ".ledger")


def bundles_of(home: Path) -> Path:
    """Where agents of the home are exported to, so that they can be found."""
    return home.with_name(home.name + ".bundles")


def problems(world: World) -> list[str]:
    """Open the home as any program would, let every agent have another turn, and hold all of it against the
    ledger."""
    found: list[str] = []
    if (moved_away(Settings.load(home=world.home)) or "").startswith(RESTORING):
        return []  # nobody can write until the restore was run again
    names = agent_names(Settings.load(home=world.home))
    for name in names:
        memory = world.memory(name)
        checks: Iterable[Callable[[], None]] = (
            lambda memory=memory: _whole(memory),  # type: ignore[misc]
            lambda memory=memory: _next_turn_works(world, memory),  # type: ignore[misc]
            lambda memory=memory: _kept(world, memory),  # type: ignore[misc]
        )
        for check in checks:
            found += [f"{name}: {problem}" for problem in _failing(check)]
    found += [
        f"{name} was acknowledged and is not there"
        for name, told in _ledgers(world).items()
        if told.whole and name not in names
    ]
    for bundle in bundles_of(world.home).glob("*.zip"):
        with Bundle(bundle) as opened:
            opened.check()
    for backup in bundles_of(world.home).glob("*.backup"):
        read_backup(backup)
    if (world.home / "memory.db").exists():
        found += _database_problems(world.home / "memory.db")
    return found


def _failing(check: Callable[[], None]) -> list[str]:
    try:
        check()
    except AssertionError as error:
        return [str(error) or str(traceback.extract_tb(error.__traceback__)[-1].line)]
    return []


def _whole(memory: MemoryHierarchy) -> None:
    entries = memory.log.everything()
    assert [entry.seq for entry in entries] == [*range(1, len(entries) + 1)], "the log has gaps"
    replayed = {edit.message.name: edit.message.extra["after"] for edit in memory.log.edits()}
    blocks = {block.label: block.value for block in memory.core}
    assert {"persona", "human"} <= blocks.keys(), f"blocks are missing: there are {sorted(blocks)}"
    assert replayed == blocks, f"blocks {blocks} are not the edits of the log {replayed}"
    state = memory.at(len(entries))
    hidden = {entry.seq for entry in entries if entry.hidden and entry.message.kind != "removed"}
    assert hidden == state.hidden, f"hidden are {sorted(hidden)}, taken back {sorted(state.hidden)}"
    assert list(state.queue) == memory.queue.entries(), "the queue is not what the history says"
    spoken = memory.log.count()
    assert memory.recall.search(page_size=1).total == spoken, "recall does not have the whole log"
    assert illegal(memory.compile()) is None
    # every word of the log is in the index, or a search would miss it
    said = [entry for entry in entries if entry.message.kind == "message" and not entry.hidden]
    for entry in said[-20:]:
        token = entry.message.text.split()[-1]
        for query in (token, f'"{token}"'):
            found = memory.recall.search(query, page_size=1)
            assert found.total and not found.trouble, f"{query} is in the log and not in the index"  # noqa: PT018


def _next_turn_works(world: World, memory: MemoryHierarchy) -> None:
    """And the model sees, for a call that was cut off, that its result is not known."""
    waiting = memory.queue.waiting()
    seen: list[Request] = []

    def answer(request: Request) -> Any:
        if not request.tools:
            return says("Earlier things.")
        seen.append(request)
        return says("", call("send_message", message=world.fresh("back")))

    loop = open_loop(memory, ScriptedLLM(otherwise=answer), window_tokens=8192)
    text = world.fresh("after")
    began = time.monotonic()
    world.turn(loop, Message.said_by("boss", text))
    assert time.monotonic() - began < HINDERED, "a turn of the dead is waited for"
    assert illegal(seen[-1].messages) is None
    shown_last = [str(message["content"]) for message in seen[0].messages[-2:]]
    assert any(text in content for content in shown_last), (
        f"the model is not shown {text}"
    )  # or a warning is last
    shown = {m["tool_call_id"]: m["content"] for m in seen[0].messages if m["role"] == "tool"}
    for call_id in waiting.keys() & shown.keys():
        assert "interrupted" in shown[call_id], f"the model is told of {call_id}: {shown[call_id]}"


def _kept(world: World, memory: MemoryHierarchy) -> None:
    told = _ledgers(world).get(memory.name, Told())
    said: dict[str, set[int]] = {}
    origins: dict[int, int] = {}
    for entry in memory.log.everything():
        # what was written anew is the same word of the same mouth
        origins[entry.seq] = origins.get(entry.message.extra.get("copy_of", 0), entry.seq)
        for part in (entry.message.spoken or "").split("\n"):
            said.setdefault(part, set()).add(origins[entry.seq])
    edits = [edit.message.extra for edit in memory.log.edits()]
    stored = _documents(memory)
    for kind, text in {*told.begun, *told.done}:
        if kind in ("heard", "said"):
            times = len(said.get(text, ()))
        elif kind == "edit":
            times = sum(text in edit["after"] and text not in (edit["before"] or "") for edit in edits)
        else:
            times = stored[text]
        least = 1 if told.done[kind, text] else 0
        most = 2 if kind == "edit" and told.reset else 1  # a new first edit tells what stands there
        assert least <= times <= most, (
            f"{kind} '{text[:60]}' is there {times} times, acknowledged: {bool(least)}"
        )
    known = {text for kind, text in {*told.begun, *told.done} if kind == "passage"}
    unknown = set(stored) - known
    assert not unknown, f"passages that nobody inserted: {sorted(unknown)[:3]}"


@dataclass
class Told:
    """What one agent was told to do, and of what of it the end was told."""

    begun: Counter[tuple[str, str]] = field(default_factory=Counter)
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    reset: bool = False
    whole: bool = False
    """Whether it was acknowledged as another agent's copy."""


def _ledgers(world: World) -> dict[str, Told]:
    told: defaultdict[str, Told] = defaultdict(Told)
    for line in ledger_of(world.home).read_text().splitlines():
        state, kind, text, agent = json.loads(line)
        mine = told[agent]
        if kind == "reset":
            mine.begun.update(mine.done)
            mine.done.clear()
            if state == "done":
                mine.begun.clear()
            mine.reset = True
        elif kind == "copy":
            # it is there whole or not at all, so all of it counts as acknowledged once it is there
            if state == "begun":
                mine.begun, mine.done = told[text].begun.copy(), told[text].done.copy()
            mine.whole = state == "done"
        elif kind == "passage deleted":
            del (mine.done if state == "begun" else mine.begun)["passage", text]
        else:
            (mine.begun if state == "begun" else mine.done)[kind, text] += 1
    return told


def _documents(memory: MemoryHierarchy) -> Counter[str]:
    """The documents of the archive by their whole text."""
    page = memory.archival.list(page_size=100_000)
    assert memory.archival.count() == page.total == len(page.items), "the archive's count is not its list"
    whole: Counter[str] = Counter()
    for passage in page.items:
        if passage.parts == 1:
            whole[passage.text] += 1
        elif passage.part == 1:
            whole[memory.archival.document(passage.parent) or ""] += 1
    return whole


def _database_problems(file: Path) -> list[str]:
    found = []
    with sqlite3.connect(file) as connection:
        (integrity,) = connection.execute("PRAGMA integrity_check").fetchone()
        if integrity != "ok":
            found.append(f"integrity_check: {integrity}")
        if broken := connection.execute("PRAGMA foreign_key_check").fetchall():
            found.append(f"foreign_key_check: {broken}")
        try:
            connection.execute("INSERT INTO entries_words(entries_words) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            found.append(f"the index of words: {error}")
        spoken, indexed = connection.execute(
            "SELECT (SELECT count(*) FROM entries WHERE spoken IS NOT NULL), "
            "(SELECT count(*) FROM entries_words_docsize)"
        ).fetchone()
        if spoken != indexed:
            found.append(f"{spoken} entries can be searched and {indexed} are in the index")
    return found


def _rotated(block: Block, text: str) -> Block:
    """The text on a new line; the oldest lines go where there is no room."""
    lines = [*block.value.splitlines(), text]
    while len("\n".join(lines)) > block.limit:
        lines.pop(0)
    return block.rewrite("\n".join(lines))
