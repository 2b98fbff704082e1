"""Answers of others to the calls of a suspended run: results and approvals, and which of them are right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from memgpt_autogen.errors import RunStateError, WrongAnswerError, quoted
from memgpt_autogen.memory.storage.runs.run_events import last_of_kind
from memgpt_autogen.memory.storage.runs.run_rows import EXPIRED, Run


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call that a suspended run waits for."""

    id: str
    name: str
    arguments: str
    """JSON, as the model wrote it."""
    asks: Literal["result", "approval"]
    """Whether others run it, or somebody must allow it."""


def waiting_calls(connection: Connection, run_id: str) -> dict[str, WaitingCall]:
    """Return the calls that a suspended run waits for, by id."""
    event = last_of_kind(connection, run_id, "suspended")
    if event is None:
        return {}
    approvals = event.data.get("approvals", ())
    return {
        call["id"]: WaitingCall(
            call["id"],
            call["name"],
            call["arguments"],
            "approval" if call["id"] in approvals else "result",
        )
        for call in event.data.get("calls", ())
    }


def check_answer(
    run: Run, waiting: Mapping[str, WaitingCall], call: str, asks: str, answer: Mapping[str, Any]
) -> None:
    """Raise an error for an answer that a run does not wait for. One that it has already is right."""
    if call not in waiting:
        if call not in run.answered:
            raise RunStateError(_waits_not(run, waiting, call))
        if run.answered[call] != digest_of(answer):
            raise _answered(call)
        return
    asked = waiting[call]
    if asked.asks != asks:
        way_out = (
            "allow or deny it under `approvals`" if asked.asks == "approval" else "send it under `results`"
        )
        raise WrongAnswerError(
            f"the call {quoted(call)} of {asked.name} waits for its {asked.asks}, not its {asks}: {way_out}."
        )
    if run.results.get(call, answer) != answer:
        raise _answered(call)


def digest_of(answer: Mapping[str, Any]) -> str:
    """Return the digest of an answer."""
    text = json.dumps(answer, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _answered(call: str) -> RunStateError:
    return RunStateError(
        f"the call {quoted(call)} was answered already, with something else, and the first answer counts. To "
        "correct it, tell the agent in a message."
    )


def _waits_not(run: Run, waiting: Mapping[str, WaitingCall], call: str) -> str:
    """Say why a run does not wait for a call, and what to do."""
    if waiting:
        return f"run {run.id} does not wait for the call {quoted(call)}, but for: {', '.join(waiting)}."
    if run.stop_reason == EXPIRED:
        return (
            f"run {run.id} waits for no results: they did not come in time. Start another run, with more "
            "result_seconds."
        )
    if run.is_over:
        return f"run {run.id} waits for no results: it is {run.state}. Start another run."
    return (
        f"run {run.id} waits for no results: it is {run.state}, and has what it asked for. Read its events: "
        "it may ask for more."
    )
