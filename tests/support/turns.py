"""A home whose agents have scripted models, an executor that runs their turns, and what its streams say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from loops import MemoryFactory, story

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.events_json import event_from_json
from memgpt_autogen.llm.protocols import LLM, can_stream
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.service.turns.executor import TurnExecutor
from memgpt_autogen.service.turns.following import Follower, Streamed, follow


class Home:
    """Agents with these models, by name. Options go to the executor; those of `loop` to each loop."""

    def __init__(
        self,
        make_memory: MemoryFactory,
        models: Mapping[str, LLM],
        *,
        loop: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        start: bool = True,
        **options: Any,
    ) -> None:
        self.models = models
        self._options = dict(loop or {})
        self.memories = {name: make_memory(name, **(settings or {})) for name in models}
        self.database = next(iter(self.memories.values())).log.database
        self._loops: dict[str, HeartbeatLoop] = {}
        self.executor = TurnExecutor(self.database, self.open_agent, **options)
        if start:
            self.executor.start()

    @property
    def memory(self) -> MemoryHierarchy:
        return next(iter(self.memories.values()))

    @property
    def runs(self) -> Runs:
        return Runs(self.database)

    def open_agent(self, _owner: str, agent_id: str, _name: str | None) -> HeartbeatLoop:
        if agent_id not in self._loops:
            name = next(name for name, each in self.memories.items() if each.log.agent_id == agent_id)
            llm = self.models[name]
            options = {"stream": can_stream(llm), **self._options}
            self._loops[agent_id] = open_loop(self.memories[name], llm, **options)
        return self._loops[agent_id]

    def say(self, text: str = "Hello!", to: str | None = None, **options: Any) -> Run:
        """Ask for a turn."""
        memory = self.memory if to is None else self.memories[to]
        given = options.pop("given", None) or run_input({"text": text, "speaker": "boss"})
        return self.executor.submit(NewRun(memory.log.agent_id, given, **options), HOME)[0]

    def stream(self, run: Run, after: int = 0) -> list[Streamed]:
        """Everything that a reader gets from the stream of a run."""
        found = follow(self.database, self.executor.live, run.id, after)
        return [each for each in found if each is not None]

    def stream_now(self, run: Run) -> list[Streamed]:
        """What is stored of a run's stream now."""
        return Follower(self.database, self.executor.live, run.id).take()

    @classmethod
    def of(cls, other: Home, **options: Any) -> Home:
        """The same home with another executor, as after a restart."""

        def opened(name: str, **_: Any) -> MemoryHierarchy:
            return other.memories[name]

        return cls(opened, other.models, **options)

    def told(self, run: Run, after: int = 0) -> list[str]:
        """The events of a run as lines, without the parts of replies."""
        return lines(each for each in self.stream(run, after) if each.number is not None)


def lines(streamed: Iterable[Streamed]) -> list[str]:
    return story(event_from_json(each.kind, each.data) for each in streamed)  # type: ignore[misc]
