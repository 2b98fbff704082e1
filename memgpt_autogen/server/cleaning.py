"""Cleaning: a thread that deletes what a server need not keep, a little at a time, in one worker of all.

It also gives freed memory back to the system, in every worker.
"""

from __future__ import annotations

import logging
import threading

from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.chores import take_chore
from memgpt_autogen.memory.storage.runs.retention import Kept, clean
from memgpt_autogen.server.freed_memory import give_back_freed_memory

logger = logging.getLogger(__name__)

CHORE = "clean"

EVERY_SECONDS = 600.0
"""How often it is cleaned."""

# how long after its start a server looks for the first time; then it looks once in this time
_LOOK_SECONDS = 60.0

# between two batches others write
_PAUSE_SECONDS = 0.2

MOST_BATCHES = 1000
"""How many batches one pass deletes at most."""


class Cleaner:
    """Deletes what is older than it must be kept."""

    def __init__(self, database: Database, kept: Kept) -> None:
        self._database = database
        self._kept = kept
        self._stopping = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._keep_clean, name="memgpt-clean", daemon=True).start()

    def stop(self) -> None:
        """End after the batch that is being deleted."""
        self._stopping.set()

    def _keep_clean(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            self._look()
            give_back_freed_memory()

    def _look(self) -> None:
        try:
            self.clean_once()
        except MemGPTError as error:
            logger.warning("old runs cannot be deleted now: %s", type(error).__name__)

    def clean_once(self) -> bool:
        """Delete what is too old, if no other worker does it. Return whether this one did it."""
        if not take_chore(self._database, CHORE, EVERY_SECONDS):
            return False
        for _ in range(MOST_BATCHES):
            if not clean(self._database, self._kept) or self._stopping.wait(_PAUSE_SECONDS):
                break
        return True
