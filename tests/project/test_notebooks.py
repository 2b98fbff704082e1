"""The notebooks run without a key, a server or a home, and show the kinds of outputs that are saved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from kernels import fork_kernels

from notebooks.refresh import main, missing_packages, notebooks, output_kinds, run_notebook, without_numbers

pytestmark = pytest.mark.autogen

NOTEBOOKS = notebooks()

SHOWN = {
    "branching_futures": (
        "The launch has moved to 2 May",
        "The launch has moved to 30 June",
        "fork",
        "undo of 27",
    ),
    "coming_from_teachability_and_mem0": ("My dog is called Rex.", "would remove 1 message ", "(mem0)"),
    "documents_and_citations": (
        "handbook.md, Handbook of the archive > Copies",
        "Article I > Section",
        "40 cents",
    ),
    "first_conversation": ("I live in Lisbon.", "The release has moved to 21 May"),
    "group_chat_with_shared_memory": ("release", "shared, read-only", "by sam", "#how-to"),
    "measuring_retrieval": ("in other words", "(meaning)", "image/png"),
    "memory_under_pressure": ("memory pressure:", "messages left:", "bring a sweater", "image/png"),
}
"""What a reader comes for."""


@pytest.fixture(autouse=True)
def _forked(monkeypatch: pytest.MonkeyPatch) -> None:
    fork_kernels(monkeypatch)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom_and_still_shows_in_kind_what_it_is_kept_with(path: Path) -> None:
    kept = nbformat.read(path, as_version=4)
    if missing := missing_packages(kept):
        pytest.skip(f"{path.name} needs {', '.join(missing)}")

    fresh = run_notebook(kept)

    assert output_kinds(fresh) == output_kinds(kept)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_with_what_its_readers_come_for_and_nothing_of_the_machine_that_ran_it(
    path: Path,
) -> None:
    kept = nbformat.read(path, as_version=4)
    outputs = [output for cell in kept.cells for output in cell.get("outputs", ())]
    shown = "".join(str(output) for output in outputs).lower()

    assert kept.cells[0].cell_type == "markdown"
    assert "you will see" in kept.cells[0].source.lower()
    assert [text for text in SHOWN[path.stem] if text.lower() not in shown] == []
    assert [
        output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"
    ] == []
    assert not re.search(r"/(?:home|root|tmp|usr|Users)/|[A-Z]:\\\\|\x1b\[", str(kept))


def notebook(*outputs: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {}, "cells": [{"cell_type": "code", "outputs": list(outputs)}]}


def test_numbers_and_bars_are_the_same_in_kind_and_words_are_not() -> None:
    full = {"output_type": "stream", "name": "stdout", "text": "queue  1,573  ████████  31 messages, 0.5"}
    half = {**full, "text": "queue  12  ██  9 messages, 12.25"}
    other = {**full, "text": "queue  12  ██  9 passages, 12.25"}

    assert output_kinds(notebook(full)) == output_kinds(notebook(half)) != output_kinds(notebook(other))
    assert output_kinds(notebook(full)) != output_kinds(notebook(full, full))
    assert output_kinds(notebook(full)) != output_kinds(notebook({**full, "name": "stderr"}))
    assert without_numbers("2026-11-27 09:35:57 +0000") == without_numbers("1999-01-01 00:00:00 +0000")


def test_a_notebook_that_shows_the_same_in_kind_is_left_as_it_is(
    tmp_path: Path,
) -> None:
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import time; time.time()", id="same"),
            nbformat.v4.new_code_cell("import os; os.environ['MEMGPT_AUTOGEN_MODEL']", id="model"),
        ]
    )
    path = tmp_path / "made.ipynb"
    nbformat.write(made, path)

    main(["--folder", str(tmp_path)])
    first = path.read_bytes()
    main(["made", "--folder", str(tmp_path)])

    assert b"'offline'" in first
    assert path.read_bytes() == first
