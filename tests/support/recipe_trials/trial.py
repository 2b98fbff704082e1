"""What a recipe is tried with: each try is a sentence that is true, or a fault. It needs no pytest."""

from __future__ import annotations

import inspect
import json
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memgpt_autogen import MemGPTAgent, Settings, open_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy

Try = Callable[[str], Any]


class Trials:
    """Tries of one recipe, each in a home of its own, which the function takes."""

    def __init__(self) -> None:
        self._tries: dict[str, Try] = {}

    def __call__(self, tried: Try) -> Try:
        self._tries[tried.__name__.replace("_", " ")] = tried
        return tried

    def run(self) -> None:
        """Try all, and print each sentence with an empty text, or with the fault."""
        found = {}
        for sentence, tried in self._tries.items():
            with tempfile.TemporaryDirectory() as folder:
                found[sentence] = _fault(tried, str(Path(folder) / "home"))
        json.dump(found, sys.stdout)


def said(memory: MemoryHierarchy) -> list[tuple[str, str]]:
    """Return what a log has as said: who, and what."""
    entries = [entry for entry in memory.log.everything() if entry.message.spoken and not entry.hidden]
    return [(entry.message.name or memory.name, entry.message.spoken or "") for entry in entries]


def memory_of(home: str, name: str = "sam") -> MemoryHierarchy:
    return open_memory(name, Settings.load(home=home))


def classic_answer(home: str, question: str, name: str = "sam") -> str:
    """Return what the agent of classic AutoGen says in this home, by the built-in rules."""
    answer: str = MemGPTAgent(name, home=home).say(question)
    return answer


def _fault(tried: Try, home: str) -> str:
    try:
        if inspect.isawaitable(coroutine := tried(home)):
            import asyncio

            asyncio.run(_finished(coroutine))
    except Exception:  # noqa: BLE001 - it is told
        return traceback.format_exc()[-1500:]
    return ""


async def _finished(awaitable: Any) -> Any:
    return await awaitable
