"""`list`: what a home contains."""

from __future__ import annotations

from pathlib import Path

from command_line import remember, run, run_json


def test_agents_are_listed_without_being_opened_or_made(home: Path) -> None:
    assert run_json("list", "agents") == []
    assert not home.exists()
    remember("sam", "My name is Ada.")

    (listed,) = run_json("list", "agents")
    assert (listed["name"], listed["messages"]) == ("sam", 1)
    assert "sam" in run("list", "agents")
