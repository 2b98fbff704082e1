"""Clients of others against a real server: each runs its journey, and what works is what the page says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from journey_runs import JOURNEYS, ROOT, known_results, python_of, run_journey


@pytest.mark.slow
@pytest.mark.timeout(900)  # some start a program for each try
@pytest.mark.parametrize("name", JOURNEYS)
def test_what_works_with_a_client_is_what_is_known(name: str, tmp_path: Path) -> None:
    if not python_of(name).parents[1].joinpath(".ready").exists():
        pytest.skip(f"the client {name} is not installed, or cannot be: make .venvs/client-{name}/.ready")

    faults = run_journey(name, tmp_path)

    works = {call: not fault for call, fault in faults.items()}
    why = {call: fault for call, fault in faults.items() if fault}
    assert works == known_results()[name], f"run: python -m tests.support.journey_runs\n{why}"


def test_the_tables_of_the_page_are_what_is_known() -> None:
    written = runpy.run_path(str(ROOT / "docs/write_connect.py"))["page"]()

    assert (ROOT / "docs/connect.md").read_text(encoding="utf-8") == written, "run: docs/write_connect.py"
