"""Rows as a table, and their means."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.experiments import Rows

MEASURED = Rows(
    [
        {"a": "x", "seed": 0, "right": True, "tokens": 1500, "said": "<b>yes</b>"},
        {"a": "x", "seed": 1, "right": False, "tokens": 2500, "said": "no"},
        {"a": "y", "seed": 0, "right": True, "tokens": None, "said": None},
    ]
)


def test_rows_show_themselves_as_a_table() -> None:
    assert str(MEASURED) == snapshot("""\
a  seed  right  tokens  said
x     0    yes   1,500  <b>yes</b>
x     1     no   2,500  no
y     0    yes\
""")
    assert str(Rows()) == "(no rows)"


def test_means_are_over_what_has_numbers_and_leave_seeds_out() -> None:
    assert MEASURED.by("a") == [
        {"a": "x", "n": 2, "right": 0.5, "tokens": 2000},
        {"a": "y", "n": 1, "right": 1},
    ]
    assert MEASURED.where(a="x").only("right", "said") == [
        {"right": True, "said": "<b>yes</b>"},
        {"right": False, "said": "no"},
    ]
    with pytest.raises(ConfigurationError, match=r"no row has a column 'b'\. The columns are a, seed, right"):
        MEASURED.by("b")


def test_a_notebooks_table_shows_text_as_text() -> None:
    shown = MEASURED._repr_html_()

    assert "&lt;b&gt;yes&lt;/b&gt;" in shown
    assert "<b>" not in shown
