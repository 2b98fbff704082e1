"""The indexes that tests of archives run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.protocol import PassageIndex
from memgpt_autogen.testing.qdrant import QdrantStandIn


@pytest.fixture(params=["edge", "server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageIndex]:
    """The engine in this process, and a server. Tests that need others have a fixture of this name."""
    with QdrantStandIn() as server:
        made: PassageIndex = EdgeIndex(tmp_path) if request.param == "edge" else ClientIndex.at(server.url)
        yield made
        made.close()
