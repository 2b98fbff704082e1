"""Behaviours of AutoGen agents, each for a stock agent and for ours; `make ag2-suite` counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import autogen
import pytest
from schema import prepare
from side_by_side import config, either

from memgpt_autogen import MemGPTAgent, Settings
from memgpt_autogen.testing import ScriptedServer

KINDS = {"stock": autogen.ConversableAgent, "ours": MemGPTAgent}


class World:
    """Agents of one kind, and an endpoint that gives the same answers to each kind."""

    def __init__(self, kind: str, server: ScriptedServer, queue: list[Any]) -> None:
        self.kind = kind
        self.server = server
        self._queue = queue

    @property
    def ours(self) -> bool:
        return self.kind == "ours"

    def says(self, text: str = "", *calls: Any) -> None:
        """Let the model give this answer next; without one, it says "answer"."""
        self._queue.append(either(text, *calls))

    def agent(self, name: str = "sam", **options: Any) -> Any:
        """An agent with a model, or without one by `llm_config=False`."""
        options.setdefault("llm_config", config(self.server))
        options.setdefault("human_input_mode", "NEVER")
        return KINDS[self.kind](name, silent=True, **options)

    def prompt(self, request: int = -1) -> str:
        return str(self.server.requests[request]["messages"])


@pytest.fixture(params=list(KINDS))
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    settings = Settings.load()
    if request.param == "ours" and settings.database_url is None:
        prepare(settings.home)
    queue: list[Any] = []

    def answer(asked: Any) -> Any:
        return (queue.pop(0) if queue else either("answer"))(asked)

    with ScriptedServer(otherwise=answer) as server:
        yield World(request.param, server, queue)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print how many behaviours hold for each kind of agent."""
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed", "xfailed", "xpassed", "error"):
        for report in terminalreporter.stats.get(outcome, ()):
            if "/ag2/" in getattr(report, "nodeid", "") and getattr(report, "when", "") == "call":
                parameters = report.nodeid.partition("[")[2].rstrip("]").split("-")
                kind = next((each for each in KINDS if each in parameters), "")
                counts[kind, outcome] += 1
    if not counts:
        return
    terminalreporter.section(f"behaviours of agents on AutoGen {autogen.__version__}", sep="-")
    for kind in KINDS:
        of_kind = {outcome: count for (each, outcome), count in counts.items() if each == kind}
        held, all_ = of_kind.get("passed", 0), sum(of_kind.values())
        differs = of_kind.get("xfailed", 0)
        terminalreporter.line(
            f"{kind}: {held} of {all_} hold" + (f", {differs} differ by design" * bool(differs))
        )
