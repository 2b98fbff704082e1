"""Notebooks: cells in order, what they printed, and no pictures."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.open import open_bytes

PICTURE = base64.b64encode(random.Random(1).randbytes(20_000)).decode()


def cell(kind: str, *lines: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": list(lines), **more}


def shows(**data: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": data}


def test_cells_are_read_in_order_with_their_headings_and_outputs() -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["12 plots\n", "done\n"]},
        shows(**{"image/png": PICTURE, "text/plain": ["<Figure size 640x480>"]}),
        shows(**{"text/html": "<table><tr><td>plot</td><td>7</td></tr></table>", "text/plain": "plot 7 ..."}),
        {"output_type": "error", "ename": "ValueError", "evalue": "no \x1b[31mplot\x1b[0m 8"},
    ]
    cells = [
        cell("markdown", "# Yield study\n", "\n", "We compare.\n", f"![](data:image/png;base64,{PICTURE})\n"),
        cell("code", "# not a heading\n", "for plot in plots:\n", "    total += plot", outputs=outputs),
        cell("markdown", "## Result\n", "\n", "```\n", "open fence"),
        cell("markdown", "### Next\n", "\n", "Plot 7."),
    ]

    document = open_bytes(json.dumps({"cells": cells, "nbformat": 4}).encode(), "study.ipynb")
    found = {section.heading: section.text for section in document.sections()}

    assert list(found) == ["Yield study", "Yield study > Result", "Yield study > Result > Next"]
    first = found["Yield study"]
    assert first.startswith("We compare.\n![](data:image/png)")
    assert "# not a heading\nfor plot in plots:\n    total += plot\n" in first
    assert "12 plots\ndone" in first
    assert "plot | 7" in first
    assert first.endswith("ValueError: no plot 8")
    assert not {"<Figure", "...", PICTURE[:40]} & set(first.split())
    assert "\x1b" not in first
    assert document.notes == [
        "study.ipynb: 1 picture left out; 1 embedded file (image/png, 26,668 characters) left out."
    ]


def test_a_notebook_under_another_name_is_a_notebook() -> None:
    content = json.dumps({"cells": [cell("markdown", "# Tea\n", "\n", "hot")], "nbformat": 4}).encode()

    (section,) = open_bytes(content, "tea.json").sections()

    assert (section.heading, section.text) == ("Tea", "hot")


def test_a_notebook_of_version_3_is_read_too() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Tea"]},
        {"cell_type": "code", "input": ["brew()"], "outputs": [{"output_type": "pyout", "text": ["hot"]}]},
    ]
    content = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}).encode()

    (section,) = open_bytes(content, "tea.ipynb").sections()

    assert (section.heading, section.text.split()) == ("Tea", ["brew()", "hot"])


@pytest.mark.parametrize(
    "content", [b"[1, 2]", b"{", b'{"cells": [1, {"cell_type": "code", "outputs": 5}]}', b"5"]
)
def test_a_broken_notebook_is_refused_or_empty(content: bytes) -> None:
    with pytest.raises(DocumentError, match=r"study\.ipynb is (?:a broken notebook|empty)"):
        list(open_bytes(content, "study.ipynb").sections())


def test_outputs_of_notebooks_before_version_4_are_read_in_all_formats() -> None:
    outputs = [
        {"output_type": "pyout", "json": ["tea", "milk"]},
        {"output_type": "pyout", "html": "<b>green</b>", "text": "unseen"},
        {"output_type": "display_data", "png": "iVBO", "text": "<Figure>"},
    ]
    cell = {"cell_type": "code", "input": "drink()", "outputs": outputs}
    notebook = {"nbformat": 3, "worksheets": [{"cells": [cell]}]}

    document = open_bytes(json.dumps(notebook).encode(), "a.ipynb")

    assert " ".join(section.text for section in document.sections()).split() == [
        "drink()", '["tea",', '"milk"]', "green",
    ]  # fmt: skip
    assert document.notes == ["a.ipynb: 1 picture left out."]
