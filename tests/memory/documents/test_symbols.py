"""Attached source code: it is found by every spelling of a name, and opened by its symbol."""

from __future__ import annotations

from pathlib import Path

import pytest
from sources_in_memory import read

from memgpt_autogen.memory.hierarchy import MemoryHierarchy

CODE = """\
class Store:
    def term_weights(self, lamp):
        total = 1  # of the heron lamp
        return total

    def getUserName(self):
        return "Ada"


def add(lamp):
    for step in range(3):
        if lamp:
            print(step)
"""


@pytest.fixture
def coded(memory: MemoryHierarchy, tmp_path: Path) -> MemoryHierarchy:
    (tmp_path / "store.py").write_text(CODE)
    memory.attach(tmp_path / "store.py")
    return memory


@pytest.mark.parametrize(
    ("query", "symbol"),
    [
        ("term_weights", "term_weights"),
        ("termWeights", "term_weights"),
        ("term weights", "term_weights"),
        ("getUserName", "getUserName"),
        ("get_user_name", "getUserName"),
        ("user name", "getUserName"),
        ("where is the heron lamp", "term_weights"),
    ],
)
def test_a_symbol_is_found_by_every_spelling_of_its_name(
    coded: MemoryHierarchy, query: str, symbol: str
) -> None:
    place = coded.archival.search(query).items[0].passage.place

    assert place is not None
    assert (place.heading or "").startswith(f"Store > {symbol}, lines ")


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("Store > term_weights", "    def term_weights"),
        ("Store > term_weights, lines 2 to 4", "    def term_weights"),
        ("term_weights", "    def term_weights"),
        ("Store.term_weights", "    def term_weights"),
        ("Store::getUserName()", "    def getUserName"),
        ("Store", "class Store"),
        ("add(lamp)", "def add"),
    ],
)
def test_a_source_is_opened_by_a_symbol(coded: MemoryHierarchy, heading: str, text: str) -> None:
    assert read(coded, "store.py", heading=heading)[0].startswith(text)


def test_passages_of_code_keep_their_indentation_and_lines(coded: MemoryHierarchy) -> None:
    texts = [passage.text for passage in coded.archival.placed()]

    lines = [line for text in texts for line in text.splitlines()]
    assert sorted(lines) == sorted(line for line in CODE.splitlines() if line.strip())
