"""Differences of texts, line by line."""

from __future__ import annotations

from html_reading import Html
from inline_snapshot import snapshot

from memgpt_autogen.rendering.diffs import diff


def test_a_difference_shows_what_went_and_came_with_a_line_around_it() -> None:
    before = "a\nb\nc\nd\nold\nz"

    assert lines_of(diff(before, before.replace("old", "new"))) == snapshot(
        ["  ⋯ 3 lines", "  d", "− old", "+ new", "  z"]
    )


def test_a_difference_of_the_same_is_nothing_that_changed() -> None:
    assert not {"ins", "del"} & set(Html(diff("a\nb", "a\nb")).tags)


def lines_of(html: str) -> list[str]:
    return Html(html).texts
