"""A process that runs turns of a server and is killed at a write, and what must hold after that."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.service.turns.executor import TurnExecutor
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import call, says
from memgpt_autogen.tools.approval import LATER
from memgpt_autogen.tools.tool import Tool

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
    executor = TurnExecutor(memory.log.database, lambda *_: open_loop(memory, StepModel()))
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


ASK = {
    "type": "function",
    "function": {"name": "ask", "description": "Ask.", "parameters": {"type": "object", "properties": {}}},
}
"""A function that the one who asks runs."""


class PayingModel:
    """Pays, which needs approval, and asks, which others do; then it speaks."""

    model = "paying"
    limits_waits = True

    def complete(self, messages: Any, tools: Any = (), tool_choice: Any = None) -> Completion:
        if any(message["role"] == "assistant" for message in messages):
            return says("", call("send_message", message="Done."))
        return says("I owe it.", call("pay", amount=5), call("ask"))


def paying_loop(memory: MemoryHierarchy) -> HeartbeatLoop:
    """The loop of an agent that pays. The file `paid` of the home has a line for each payment."""

    def pay(amount: int) -> str:
        """Pay an amount."""
        with (Settings.load().home / f"paid_{memory.name}").open("a") as paid:
            paid.write(f"{amount}\n")
        return f"paid {amount}"

    tool = Tool.from_function(pay, approval=True)
    return open_loop(memory, PayingModel(), tools=[tool], approve=LATER)


def answer_all(runs: Runs, run_id: str) -> None:
    """Allow what a run asks for, and give it results."""
    run = runs.get(run_id)
    waiting = runs.waiting(run)
    results = {each.id: {"text": "They agree.", "ok": True} for each in waiting if each.asks == "result"}
    allowed = {each.id: {"allowed": True, "reason": ""} for each in waiting if each.asks == "approval"}
    if waiting:
        runs.give_results(run_id, results, allowed)


def live_suspended(name: str, kill_at: int) -> None:
    """Run a turn that is suspended, answer what it asks for, and die at a write."""
    from crash_points import WritePoints

    memory = open_memory(name, Settings.load())
    points = WritePoints(lambda number, what: tell("killed", number, what), kill_at or None)
    executor = TurnExecutor(memory.log.database, lambda *_: paying_loop(memory))
    points.arm()
    executor.start()
    given = run_input({"text": "Pay them.", "speaker": "boss"}, tools=[ASK])
    run, _ = executor.submit(NewRun(memory.log.agent_id, given), HOME)
    tell("accepted", run.id)
    runs = Runs(memory.log.database)
    while not runs.get(run.id).is_over:
        if runs.get(run.id).state == "suspended":
            answer_all(runs, run.id)
        time.sleep(0.01)
    executor.stop(drain=5)
    tell("points", points.passed)


def tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()
