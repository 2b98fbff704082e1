"""What the tests of the memory tools share."""

from __future__ import annotations

import pytest
from loops import LoopFactory, MemoryFactory

from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.context.block import Block


@pytest.fixture
def loop(make_loop: LoopFactory, make_memory: MemoryFactory) -> HeartbeatLoop:
    blocks = [Block("goal", "Ship it.", limit=20), Block("rules", "Be kind.", read_only=True)]
    return make_loop(memory=make_memory(human="Ana likes tea.\nBen likes tea.", blocks=blocks))
