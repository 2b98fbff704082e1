"""A trial: one condition, one seed, and a separate home for its agents."""

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
    """The argument of a scenario. `trial["setting"]` is the choice of this setting.

    `random` is initialized with the seed. So every condition gets the same random numbers, and the same
    questions.
    """

    def __init__(self, labels: Mapping[str, Label], values: Mapping[str, Any], seed: int, home: Path) -> None:
        self.labels = labels
        """The label of each choice, as in the rows."""
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 - it must be repeatable
        self.home = home
        """A folder for memory, which is deleted after the trial."""
        self._values = values
        self._agents: list[MemGPTAgent] = []

    def __getitem__(self, setting: str) -> Any:
        if setting not in self._values:
            raise ConfigurationError(
                f"the experiment has no setting '{setting}'. It varies "
                f"{', '.join(self._values) or 'only the seed'}."
            )
        return self._values[setting]

    def __repr__(self) -> str:
        labels = {**self.labels, "seed": self.seed}
        return f"Trial({', '.join(f'{name}={label!r}' for name, label in labels.items())})"

    @property
    def settings(self) -> Settings:
        """The settings of the environment, with this home.

        Databases and servers by URL are left out, since trials would share them, and so is the owner.
        """
        return Settings.load(home=self.home).model_copy(
            update={"database_url": None, "qdrant_url": None, "owner": None}
        )

    def agent(self, name: str = "sam", *, without: Iterable[str] = (), **given: Any) -> MemGPTAgent:
        """Open a `MemGPTAgent` in the trial's home, with these arguments. A used name opens that agent again.

        The agent does not get the functions named in `without`. It prints nothing. It raises the errors of
        its model and database, so that a failure is not counted as an answer.
        """
        from memgpt_autogen.conversable import MemGPTAgent

        elsewhere = any(given.get(name) for name in ("home", "settings", "memory", "ephemeral"))
        place = {} if elsewhere else {"settings": self.settings}
        agent = MemGPTAgent(name, **{"model_error": "raise", "silent": True, **place, **given})
        if agent.loop is not None and (removed := tuple(without)):
            agent.loop.toolbox = agent.loop.toolbox.without(removed)
        self._agents.append(agent)
        return agent

    def close(self) -> None:
        """Close the files of the agents, so that the home can be deleted."""
        for agent in self._agents:
            agent.memory.archival.close(timeout=0)
            agent.memory.recall.close()
            agent.memory.log.database.close()
