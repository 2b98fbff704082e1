"""Requests that the client sends again because no answer came in time: the same run answers them.

Letta's client waits a minute by default, and then sends the same message once more. Its header says so.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.memory.storage.runs.run_input import without_content
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.runs.runs import Runs

COUNT = "x-stainless-retry-count"
"""The header with how often the request was sent before."""

# how many of an agent's newest runs may be the one that was asked for
_RECENT = 10

# how many runs are remembered whose clients have left
_MOST = 1000


class LeftRuns:
    """The newest runs whose clients left before the end."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock("another request of Letta's client")

    def add(self, run_id: str) -> None:
        with self._lock:
            self._ids[run_id] = None
            while len(self._ids) > _MOST:
                self._ids.popitem(last=False)

    def take(self, run_id: str) -> bool:
        """Return whether a client has left this run; only one asks for it again."""
        with self._lock:
            return self._ids.pop(run_id, self) is None


def is_retry(request: Request) -> bool:
    return request.headers.get(COUNT, "0").strip() not in ("", "0")


def asked_before(runs: Runs, new: NewRun, left: LeftRuns) -> Run | None:
    """Return the run that an earlier request for the same has begun, and whose answer did not arrive.

    It still goes on, or its client has left it before its end.
    """
    for run in runs.find(agent_id=new.agent_id, limit=_RECENT):
        same = run.key_id == new.key_id and _same(run.input, new.input)
        if same and (left.take(run.id) or not run.is_over):
            return run
    return None


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return without_content(one) == without_content(other)
