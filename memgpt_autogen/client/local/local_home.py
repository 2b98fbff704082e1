"""A home that operations are done on without a server."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from memgpt_autogen.assembly import UserTool
from memgpt_autogen.concurrency import Lock
from memgpt_autogen.home_stores import create_home, open_home_database
from memgpt_autogen.llm.protocols import LLM
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.tables import HOME
from memgpt_autogen.service.equipment import Equipment
from memgpt_autogen.service.loading import Loader
from memgpt_autogen.service.mcp_offers import McpOffers
from memgpt_autogen.service.people import get_user
from memgpt_autogen.service.tools import operator_names
from memgpt_autogen.service.turns.executor import TURNS, TurnExecutor
from memgpt_autogen.service.turns.open_agents import OpenAgents
from memgpt_autogen.settings import Settings

DRAIN_SECONDS = 30.0
"""How long the end of a client waits for its turns. What is left goes on when somebody runs turns again."""


class LocalHome:
    """A home, as its owner sees it, with threads that run turns and load documents, once they are needed."""

    def __init__(
        self,
        settings: Settings,
        *,
        llm: LLM | None = None,
        tools: Sequence[UserTool] = (),
        turns: int = TURNS,
    ) -> None:
        create_home(settings.home)
        self.settings = settings
        self.database: Database = open_home_database(settings)
        self.offers = McpOffers(settings, taken=operator_names(tools))
        self.equipment = Equipment(tuple(tools), self.offers, llm)
        self._open_agents = OpenAgents(settings, self.equipment)
        self._turns = turns
        self._lock = Lock("the threads of a client")
        self._whole = settings.model_copy(update={"owner": None})
        self._executor: TurnExecutor | None = None
        self._loader: Loader | None = None
        self._made = threading.local()

    @property
    def owner(self) -> str:
        """The id of the user whose things these are."""
        return self.database.owner

    @property
    def speaker(self) -> str:
        """Who speaks to an agent by default, as with a server."""
        return "user" if self.owner == HOME else get_user(self.settings, self.owner).name

    @property
    def executor(self) -> TurnExecutor:
        """What runs turns, and goes on with those that other programs left."""
        with self._lock:
            if self._executor is None:
                database = open_home_database(self._whole)
                self._executor = TurnExecutor(database, self._open_agents, turns=self._turns)
                self._executor.start()
            return self._executor

    @property
    def loader(self) -> Loader:
        """What loads documents, and goes on with those that other programs left."""
        with self._lock:
            if self._loader is None:
                self._loader = Loader(self._whole)
                self._loader.start()
            return self._loader

    def submit(self, new: NewRun) -> Run:
        return self.executor.submit(new, self.owner)[0]

    def note(self, target_id: str, name: str, *, action: str | None = None) -> None:
        """Say, for the audit, what the operation of this thread makes or deletes."""
        about = {} if action is None else {"action": action}
        self._made.value = {"target_id": target_id, "name": name, **about}

    def taken_note(self) -> dict[str, str]:
        """Return what was said since this was asked last in this thread."""
        value: dict[str, str] = getattr(self._made, "value", {})
        self._made.value = {}
        return value

    def close(self) -> None:
        """End the turns and loads of this program, or leave them for another one after a while."""
        with self._lock:
            executor, self._executor = self._executor, None
            loader, self._loader = self._loader, None
        if executor is not None:
            executor.stop(DRAIN_SECONDS)
        if loader is not None:
            loader.stop()
        self.offers.close()
