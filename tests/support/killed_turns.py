"""A process that runs turns of a server and is killed at a write, and what must hold after that."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.server.turns.executor import TurnExecutor
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import call, says

TEXTS = ("the first", "the second")


class StepModel:
    """Answers by what is in the prompt, so that any process goes on in the same way.

    It searches, then keeps a note and speaks beside it, or, for the second text, only speaks.
    """

    model = "steps"
    limits_waits = True

    def complete(self, messages: Any, tools: Any = (), tool_choice: Any = None) -> Completion:
        text, steps = "", 0
        for message in messages:
            said = _heard(message)
            if said is not None:
                text, steps = said, 0
            elif message["role"] == "assistant":
                steps += 1
        if steps == 0:
            return says("Look.", call("conversation_search", query=text, request_heartbeat=True))
        speak = call("send_message", message=f"answer to {text}")
        if text.startswith(TEXTS[1]):
            return says("", speak)
        return says("Keep.", call("core_memory_append", label="human", content=text), speak)


def _heard(message: Any) -> str | None:
    if message["role"] != "user" or not isinstance(message["content"], str):
        return None
    try:
        event = json.loads(message["content"])
    except ValueError:
        return None
    return str(event["message"]) if event.get("type") == "user_message" else None


def live(name: str, kill_at: int) -> None:
    """Run two turns of an agent, and die at a write."""
    from crash_points import WritePoints

    memory = open_memory(name, Settings.load())
    points = WritePoints(lambda number, what: tell("killed", number, what), kill_at or None)
    executor = TurnExecutor(memory.log.database, lambda _owner, _agent: open_loop(memory, StepModel()))
    points.arm()
    executor.start()
    made = []
    for text in TEXTS:
        given = run_input({"text": f"{text} of {name}", "speaker": "boss"})
        run, _ = executor.submit(NewRun(memory.log.agent_id, given), HOME)
        made.append(run.id)
        tell("accepted", run.id, text)
    while not all(Runs(memory.log.database).get(run_id).is_over for run_id in made):
        time.sleep(0.01)
    executor.stop(drain=5)
    tell("points", points.passed)


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()
