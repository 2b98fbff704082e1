"""`benchmarks.overhead` in its short form: its counts of requests and commits do not depend on speed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from places import ROOT

pytestmark = [pytest.mark.sqlite, pytest.mark.autogen, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.overhead",
            "--json",
            "--logs",
            "30,600",
            "--agents",
            "3",
            "--turns",
            "2",
            "--memory-turns",
            "6",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    result: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return result


def test_a_turn_of_the_loop_is_one_request_and_two_commits(result: dict[str, Any]) -> None:
    work = result["turns"]["logs"]["30"]["loop_work"]

    assert (work["requests"], work["commits"]) == (1, 2)


def test_a_turn_of_an_agent_is_one_request_and_a_commit_more_for_what_it_hears(
    result: dict[str, Any],
) -> None:
    work = result["turns"]["logs"]["30"]["agent_work"]

    assert (work["requests"], work["commits"]) == (1, 3)


def test_a_long_log_asks_no_more_of_the_database(result: dict[str, Any]) -> None:
    short, long = result["turns"]["logs"].values()

    assert short["loop_work"] == long["loop_work"]
    assert short["agent_work"] == long["agent_work"]
    assert short["agent_work"]["statements"] <= 12


def test_all_sides_ask_the_model_as_often(result: dict[str, Any]) -> None:
    assert result["turns"]["raw_work"]["requests"] == result["turns"]["plain_work"]["requests"] == 1
    assert result["groups"]["3"]["requests"] == {"ours": 3, "plain": 3}


def test_importing_the_package_touches_no_network(result: dict[str, Any]) -> None:
    assert result["import"]["network"] == result["import"]["agent_network"] == 0


def test_it_tells_times_targets_and_what_was_not_measured(result: dict[str, Any]) -> None:
    assert set(result["turns"]["logs"]["30"]["agent_ms"]) == {"p50", "p95", "processor_p50"}
    assert len(result["targets"]) == 8
    assert result["turns"]["pymemgpt"] == {"skipped": "no --pymemgpt PYTHON"}
    assert "not in this run" in result["reference"]["note"]
    assert result["memory"]["turns"] == 6
