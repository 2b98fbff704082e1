"""Ours: an agent that listened to the conversation, asked in a new process on a copy of its home.

The messages are appended to the agent's log with their times, as an agent of a group hears them, so no model
is called for a message. After each session of the conversation its queue is relieved as before a turn: what
does not fit the window is evicted, and the reader writes the summary. Documents are put into its archive. An
answer is a whole turn, with searches, and then the copy is deleted, so that no question sees another one.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.answers.conversations import Asked
from benchmarks.answers.reader import Spent, cost_of
from benchmarks.answers.systems.child import ask_child, serve
from benchmarks.answers.systems.protocol import Answered, Setup
from benchmarks.datasets import Unit

AGENT = "listener"
PAUSE = timedelta(hours=1)
"""Messages with more time between them are of two sessions."""
MOST_STEPS = 10
SEEN = 300
"""How many characters of each call are kept in the notes."""


class Ours:
    """Hands each piece of work to a new process."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._home = setup.folder / "home"

    def remember(self, count: int) -> Answered | None:
        done = self._run(remembering(self._setup, self._home, count))
        return None if not done["new"] else Answered("", _spent(done), {"evictions": done["evictions"]})

    def answer(self, question: Asked) -> Answered:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            home = Path(folder, "home")
            shutil.copytree(self._home, home, copy_function=copy_sparse)
            job = {"do": "answer", "home": str(home), "question": question.text, "asker": question.asker}
            done = self._run(job)
        notes = {name: done[name] for name in ("calls", "steps", "stop", "fallback")}
        return Answered(done["text"], _spent(done), notes)

    def _run(self, job: Mapping[str, Any]) -> dict[str, Any]:
        command = [sys.executable, "-m", "benchmarks.answers.systems.ours"]
        return ask_child(command, {**common(self._setup), **job})


def common(setup: Setup) -> dict[str, Any]:
    """Return what each piece of work is told of the setup."""
    return {
        "llm_config": setup.config,
        "window": setup.window,
        "instructions": setup.instructions,
        "documents": setup.conversation.documents,
        "calling": setup.options.get("calling"),
        "embedder": setup.options.get("embedder"),
    }


def remembering(setup: Setup, home: Path, count: int) -> dict[str, Any]:
    """Return the work of remembering the first `count` messages; those in the log are not appended again."""
    units = [{**asdict(unit), "time": unit.time.isoformat()} for unit in setup.conversation.units[:count]]
    return {"do": "remember", "home": str(home), "units": units}


def copy_sparse(source: str, target: str) -> str:
    """Copy a file without the empty places that databases reserve, which take most of it."""
    with Path(source).open("rb") as read, Path(target).open("wb") as written:
        while block := read.read(1 << 16):
            if block.strip(b"\0"):
                written.write(block)
            else:
                written.seek(len(block), 1)
        written.truncate(read.tell())
    return target


def _spent(done: Mapping[str, Any]) -> Spent:
    return Spent(done["tokens_in"], done["tokens_out"], done["cost"])


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the parent asks for, with the agent of this home."""
    from memgpt_autogen import MemGPTAgent
    from memgpt_autogen.loop.turn import Limits

    agent = MemGPTAgent(
        AGENT,
        job["instructions"],
        home=job["home"],
        llm_config=job["llm_config"],
        window_tokens=job["window"],
        function_calling=job.get("calling"),
        embedder=job.get("embedder"),
        limits=Limits(steps=MOST_STEPS),
        model_error="raise",
    )
    done = _remember(agent, job) if job["do"] == "remember" else _answer(agent, job)
    agent.memory.archival.close()
    return {**done, "cost": cost_of(job["llm_config"], done["tokens_in"], done["tokens_out"])}


def _remember(agent: Any, job: Mapping[str, Any]) -> dict[str, Any]:
    units = [Unit(**{**each, "time": datetime.fromisoformat(each["time"])}) for each in job["units"]]
    memory = agent.memory
    if job["documents"]:
        return _archive(memory, units)
    new = units[memory.log.count() :]
    evictions, tokens_in, tokens_out = 0, 0, 0
    for session in sessions(new):
        memory.log.append(*map(_message, session))
        memory.recall.index()
        for event in _relieve(agent, job["instructions"]):
            evictions += 1
            tokens_in += event.usage.prompt_tokens
            tokens_out += event.usage.completion_tokens
        print(f"{memory.log.count()} of {len(units)} messages, {evictions} evictions", file=sys.stderr)
    return {"new": len(new), "evictions": evictions, "tokens_in": tokens_in, "tokens_out": tokens_out}


def _archive(memory: Any, units: Sequence[Unit]) -> dict[str, Any]:
    from memgpt_autogen.memory.passages import Draft

    new = units[memory.archival.count() :]
    memory.archival.insert_many(Draft(unit.text, source=unit.key) for unit in new)
    return {"new": len(new), "evictions": 0, "tokens_in": 0, "tokens_out": 0}


def _message(unit: Unit) -> Any:
    from memgpt_autogen.messages import Message

    if unit.speaker == "assistant":
        return Message("assistant", unit.text, "spoken", time=unit.time)
    return Message("user", unit.text, name=unit.speaker, time=unit.time)


def sessions(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Yield the messages that were said without a long pause between two of them."""
    start = 0
    for place, (before, after) in enumerate(pairwise(units), start=1):
        if abs(after.time - before.time) > PAUSE:
            yield list(units[start:place])
            start = place
    if units:
        yield list(units[start:])


def _relieve(agent: Any, instructions: str) -> Iterator[Any]:
    """Evict what does not fit, as the start of a turn does. Yields the evictions."""
    from memgpt_autogen.events import Evicted

    with agent.memory.exclusive():
        for event in agent.loop.pressure.relieve(agent.loop.head(instructions)):
            if isinstance(event, Evicted):
                yield event


def _answer(agent: Any, job: Mapping[str, Any]) -> dict[str, Any]:
    from memgpt_autogen.events import Replied, ToolCalled, TurnEnded

    text = agent.say(job["question"], speaker=job["asker"])
    events = agent.last_turn
    ended = next(event for event in reversed(events) if isinstance(event, TurnEnded))
    calls = [event.call for event in events if isinstance(event, ToolCalled)]
    return {
        "text": text,
        "calls": [f"{call.name} {call.arguments}"[:SEEN] for call in calls],
        "fallback": any(event.fallback for event in events if isinstance(event, Replied)),
        "steps": ended.steps,
        "stop": ended.stop_reason,
        "tokens_in": ended.usage.prompt_tokens,
        "tokens_out": ended.usage.completion_tokens,
    }


if __name__ == "__main__":
    serve(work)
