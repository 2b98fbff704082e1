"""A trial: one condition, one seed, and a home of its own for the agents that it is about."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.experiments.conditions import Label
from memgpt_autogen.settings import Settings

if TYPE_CHECKING:
    from memgpt_autogen.conversable import MemGPTAgent


class Trial:
    """What a scenario is given: `trial["setting"]` is the choice of this setting, and `random` is the seed's.

    A seed gives the same random numbers in every condition, so that conditions meet the same questions.
    """

    def __init__(self, labels: Mapping[str, Label], values: Mapping[str, Any], seed: int, home: Path) -> None:
        self.labels = labels
        """How each choice is called in the rows."""
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 - repeatable is what it must be
        self.home = home
        """A folder for memory, which goes when the trial has ended."""
        self._values = values
        self._agents: list[MemGPTAgent] = []

    def __getitem__(self, setting: str) -> Any:
        if setting not in self._values:
            raise ConfigurationError(
                f"the experiment has no setting '{setting}'; it varies {', '.join(self._values) or 'nothing but the seed'}."
            )
        return self._values[setting]

    def __repr__(self) -> str:
        return f"Trial({', '.join(f'{name}={label!r}' for name, label in (*self.labels.items(), ('seed', self.seed)))})"

    @property
    def settings(self) -> Settings:
        """Those of the environment, with memory in the trial's home: databases and servers by URL are shared, and left out."""
        return Settings.load(home=self.home).model_copy(update={"database_url": None, "qdrant_url": None})

    def agent(self, name: str = "sam", *, without: Iterable[str] = (), **given: Any) -> MemGPTAgent:
        """A `MemGPTAgent` in the trial's home, with these of its arguments; the same name is the same agent, opened again.

        It has no functions that are called as in `without`. It raises what its model or database fails with, so that a
        failure is not counted as an answer, and prints nothing.
        """
        from memgpt_autogen.conversable import MemGPTAgent

        elsewhere = (
            given.get("home") or given.get("settings") or given.get("memory") or given.get("ephemeral")
        )
        place = {} if elsewhere else {"settings": self.settings}
        agent = MemGPTAgent(name, **{"model_error": "raise", "silent": True, **place, **given})
        missing = tuple(without)
        if agent.loop is not None and missing:
            agent.loop.toolbox = agent.loop.toolbox.without(missing)
        self._agents.append(agent)
        return agent

    def close(self) -> None:
        """Let go of the files of the agents, so that the home can be removed."""
        for agent in self._agents:
            agent.memory.archival.close(timeout=0)
            agent.memory.recall.close()
            agent.memory.log.database.close()
