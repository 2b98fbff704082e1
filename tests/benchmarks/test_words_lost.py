"""The comparison of the words that readers show with those that are stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.words_lost.__main__ import main
from benchmarks.words_lost.compare import Stored, compare
from benchmarks.words_lost.drafts import draft
from benchmarks.words_lost.made import Words
from benchmarks.words_lost.shown.office import RULES

ABOUT = ("a.docx", "docx", "a writer", "")
DOCS = Path(__file__).resolve().parents[2] / "docs"


def compared(shown: str, *passages: tuple[str, str], **more: Any) -> tuple[int, int, list[tuple[str, ...]]]:
    counts, listed = compare(ABOUT, [("a reader", Words(shown))], Stored(passages, **more))
    return counts.unexplained, counts.words_lost, [(*each.lost, *each.apart) for each in listed]


def test_what_is_stored_as_it_is_shown_makes_no_difference() -> None:
    shown = "Tea\nGreen tea is warm.\nRice\nWhite\nThe end"

    assert compared(
        shown, ("Tea", "Green tea is warm."), ("Tea > Rice", "White"), ("Tea > Rice", "The end")
    ) == (0, 0, [])


@pytest.mark.parametrize(
    ("stored", "difference"),
    [
        ("Green tea is", ("warm",)),
        ("Green tea is wa rm", ("warm",)),
        ("Greentea is warm", ("green", "tea")),
        ("tea Green is warm", ("green tea", "tea is")),
    ],
)
def test_a_word_that_is_lost_torn_glued_or_elsewhere_is_a_difference(
    stored: str, difference: tuple[str, ...]
) -> None:
    unexplained, _, listed = compared("Green tea is warm", ("", stored))

    assert (unexplained, listed) == (1, [difference])


def test_words_that_a_note_of_the_load_names_are_explained() -> None:
    assert compared("Tea 25%", ("", "Tea"), notes=["a: 1 chapter left out."])[:2] == (0, 1)
    assert compared("Tea 25%", ("", "Tea"), notes=["a: numbers without the formats."])[:2] == (0, 1)
    assert compared("Tea warm", ("", "Tea"), notes=["a: numbers without the formats."])[:2] == (1, 1)
    assert compared("Tea", error="a is broken.")[:2] == (1, 1)


def test_each_draft_is_different_and_stays_the_same() -> None:
    assert draft(3) == draft(3)
    assert draft(3).text != draft(4).text


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("kinds", "least"),
    [
        ("docx pptx xlsx pdf", 8000),
        ("email mailbox", 40_000),
        ("calendar contacts csv html json jsonl markdown notebook subtitles text webarchive", 25_000),
    ],
)
def test_no_word_of_a_made_document_is_lost(tmp_path: Path, kinds: str, least: int) -> None:
    chosen = [word for kind in kinds.split() for word in ("--kind", kind)]
    result = main(["--light", "--data", str(tmp_path / "none"), *chosen])

    unexplained = [each for each in result["differences"] if "named" not in each]
    assert (unexplained, result["total"]["unexplained"]) == ([], 0)
    assert result["total"]["words_shown"] > least


def test_every_rule_of_the_comparison_is_in_the_documentation() -> None:
    page = " ".join((DOCS / "benchmarks" / "words-lost.md").read_text(encoding="utf-8").split())

    assert [rule for rule in RULES.values() if rule not in page] == []
