"""Bars are as full as what they show."""

from __future__ import annotations

import pytest

from memgpt_autogen.rendering.bars import Mark, Section, fill_bar, stacked_bar


@pytest.mark.parametrize(
    ("used", "limit", "width"), [(5, 10, "50.00%"), (0, 10, "0.00%"), (20, 10, "100.00%"), (0, 0, "100.00%")]
)
def test_a_bar_is_as_full_as_what_it_shows(used: int, limit: int, width: str) -> None:
    assert f"width:{width}" in fill_bar(used, limit)


def test_a_bar_that_is_nearly_full_has_another_colour() -> None:
    assert (
        fill_bar(89, 100).partition("background:")[2][:7] != fill_bar(90, 100).partition("background:")[2][:7]
    )


def test_a_stacked_bar_has_a_part_for_each_section_and_a_line_for_each_threshold() -> None:
    html = stacked_bar([Section("a", 10, "#111"), Section("b", 30, "#222")], 100, [Mark("warning", 75)])

    assert [part in html for part in ("width:10.00%", "width:30.00%", "left:75.00%")] == [True, True, True]
    assert 'title="warning: 75"' in html
    assert 'aria-label="40 of 100"' in html
