"""Embedded archives that seal their segments after a few passages, as others do after 20,000."""

from __future__ import annotations

import pytest

from memgpt_autogen.memory.qdrant.edge import shard


def seal_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let archives that are created from now on seal after a few passages."""
    monkeypatch.setattr(shard, "SEALED_KB", 1)
    monkeypatch.setattr(shard, "SEALED_VECTORS", 1)
    monkeypatch.setattr(shard, "LOGGED", 8)
