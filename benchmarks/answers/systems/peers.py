"""What the systems of others have in common: an environment, a process for each piece of work, and a marker.

The marker says how much is remembered, and each batch is remembered in a copy, so that what a killed run
remembered in part is never used.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.answers.reader import Spent, cost_of, first_entry
from benchmarks.answers.systems.child import ChildFailedError, ask_child
from benchmarks.answers.systems.environments import python_with
from benchmarks.answers.systems.protocol import Answered, CannotRunError, Setup

QUIET = {"MEM0_TELEMETRY": "False", "ANONYMIZED_TELEMETRY": "False"}
"""These packages tell their makers what they do, unless they are told not to."""

BATCH = 10
"""How many messages of a conversation are remembered at a time."""


class Peer:
    """One system of others. Its memory is a folder, whose name says how much is remembered."""

    def __init__(self, setup: Setup, module: str, name: str, requirements: Sequence[str]) -> None:
        self.setup = setup
        self._module = f"benchmarks.answers.systems.{module}"
        cache = Path(setup.options.get("cache") or ".cache")
        self._python = python_with(requirements, (cache / "environments" / name).absolute())
        if not first_entry(setup.config).get("base_url") and not first_entry(setup.config).get("api_key"):
            raise CannotRunError("the reader's llm_config needs a base_url or an api_key in its first entry.")
        self._marker = setup.folder / "remembered.json"

    def remember(self, count: int) -> Answered | None:
        done = self._remembered()
        if count <= done:
            return None
        spent = Spent()
        conversation = self.setup.conversation
        while done < count:
            batch = conversation.units[done : min(done + BATCH, count)]
            messages = [
                {
                    "text": conversation.written(unit),
                    "role": "assistant" if unit.speaker == "assistant" else "user",
                }
                for unit in batch
            ]
            before, after = self._memory(done), self._memory(done + len(batch))
            shutil.rmtree(after, ignore_errors=True)
            shutil.copytree(before, after) if done else after.mkdir(parents=True)
            spent += self.spent(self.work({"do": "remember", "messages": messages, "folder": str(after)}))
            done += len(batch)
            self._marker.write_text(json.dumps({"count": done}), encoding="utf-8")
            shutil.rmtree(before, ignore_errors=True)
        return Answered("", spent)

    def _remembered(self) -> int:
        if not self._marker.exists():
            return 0
        return int(json.loads(self._marker.read_text(encoding="utf-8"))["count"])

    def _memory(self, count: int) -> Path:
        return self.setup.folder / f"memory-{count}"

    def ask(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Run a job on a copy of the memory, so that no question changes it."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            copy = Path(folder, "memory")
            shutil.copytree(self._memory(self._remembered()), copy)
            return self.work({**job, "folder": str(copy)})

    def work(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Run a job in the environment. Raises `CannotRunError` where it cannot import what it needs."""
        config = self.setup.config
        common = {
            "config": config,
            "entry": first_entry(config),
            "k": self.setup.k,
            "instructions": self.setup.instructions,
        }
        command = [str(self._python), "-m", self._module]
        try:
            return ask_child(command, {**common, **job}, alone=True, **QUIET)
        except ChildFailedError as error:
            if "ModuleNotFoundError" in str(error) or "ImportError" in str(error):
                raise CannotRunError(str(error)) from error
            raise

    def spent(self, result: Mapping[str, Any]) -> Spent:
        tokens = result["tokens_in"], result["tokens_out"]
        return Spent(*tokens, cost_of(self.setup.config, *tokens))
