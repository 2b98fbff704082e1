"""Embedded archives that seal their segments after a few passages, as others do after 20,000."""

from __future__ import annotations

import pytest

from memgpt_autogen.memory.qdrant.edge import shard as edge_shard


def seal_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """For archives that are made from here on."""
    monkeypatch.setattr(edge_shard, "SEALED_KB", 1)
    monkeypatch.setattr(edge_shard, "SEALED_VECTORS", 1)
    monkeypatch.setattr(edge_shard, "LOGGED", 8)
