"""The benchmarks of the server in their short forms: they run, and tell what they promise."""

from __future__ import annotations

import sys

import pytest
from benchmark_runs import result_of

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and its clocks"),
]


def test_a_turn_over_http_is_compared_with_one_in_process() -> None:
    found = result_of("server_turns", turns=3)

    assert found["turns"] == 3
    assert found["ms"]["http"]["p50"] > found["least_ms"]["process"] > 0
    assert found["ms"]["stream"]["p50"] >= found["ms"]["stream's first event"]["p50"]


def test_many_agents_are_compared_with_threads() -> None:
    found = result_of("server_throughput", agents=4, users=2, at_once=2, turns=8, rounds=1)

    assert set(found["turns_a_second"]) == {"process", "http"}
    assert found["http_over_process"] > 0


def test_the_soak_tells_memory_and_health() -> None:
    found = result_of("server_soak", turns=20, agents=2, idle=2, running=3)

    assert list(found["resident_mb"]) == [str(turns) for turns in range(1, 21)]
    assert found["health_ms"]["most"] > 0


def test_a_rival_that_is_not_there_is_skipped_in_words() -> None:
    found = result_of("server_letta", turns=2)

    assert found["sides"]["letta"] == {"skipped": "no --letta PYTHON"}
    assert set(found["sides"]["ours"]) == {"start_s", "idle_mb", "turn_ms"}
