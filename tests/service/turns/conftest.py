"""An executor over a home whose agents have scripted models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from loops import MemoryFactory
from turns import Home

from memgpt_autogen.llm.protocols import LLM

HomeFactory = Callable[..., Home]


@pytest.fixture
def make_home(make_memory: MemoryFactory) -> Iterator[HomeFactory]:
    """Return a home with these models by the names of agents, and an executor that runs their turns."""
    homes: list[Home] = []

    def make(models: Mapping[str, LLM], **options: Any) -> Home:
        home = Home(make_memory, models, **options)
        homes.append(home)
        return home

    yield make
    for home in homes:
        home.executor.stop(drain=5)
