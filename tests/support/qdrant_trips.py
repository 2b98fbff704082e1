"""Which requests to a stand-in for Qdrant are on their way at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from memgpt_autogen.testing.qdrant import QdrantStandIn
from memgpt_autogen.testing.qdrant.server import QdrantCall


@contextmanager
def together(server: QdrantStandIn, *names: str) -> Iterator[None]:
    """Answer requests of these names only when all of them have come."""
    left, all_here = set(names), threading.Event()

    def wait(each: QdrantCall, answer: Callable[[], Any]) -> Any:
        left.discard(each.name)
        if not left:
            all_here.set()
        return answer() if each.name not in names or all_here.wait(20) else None

    with server.fault(wait):
        yield
    assert not left
