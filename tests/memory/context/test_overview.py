"""The context overview: what fills the window, as a table and as lines."""

from __future__ import annotations

import pytest
from html_reading import Html
from inline_snapshot import snapshot
from loops import LoopFactory
from views import an_overview

from memgpt_autogen.events import (
    PressureWarned,
)
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import call, says


def test_the_context_overview_shows_its_sections_with_thresholds_and_numbers() -> None:
    page = Html(an_overview()._repr_html_())

    assert page.rows == snapshot(
        [
            ["section", "tokens", "share", ""],
            ["system", "200", "20.0%", ""],
            ["core memory", "50", "5.0%", ""],
            ["tools", "100", "10.0%", ""],
            ["summary", "30", "3.0%", "2 evictions so far"],
            ["queue", "120", "12.0%", "7 messages"],
            ["free", "500", "50.0%", "100 of them kept for the answer"],
            ["warning", "750", "75.0%", ""],
            ["most that is sent", "900", "90.0%", ""],
        ]
    )
    assert "context 500 of 1,000 tokens, 50% (estimated)" in page.text
    assert "outside: recall 40 messages, archival 3 passages" in page.text


def test_the_context_overview_prints_as_it_did() -> None:
    assert str(an_overview()) == snapshot("""\
context: 500 of 1,000 tokens, 50% (estimated)
  system           200  ████████
  core memory       50  ██
  tools            100  ████
  summary           30  █                                         2 evictions so far
  queue            120  █████                                     7 messages
  for answers      100  (kept free)
outside: recall 40 messages, archival 3 passages\
""")


def test_a_threshold_that_is_not_known_is_not_shown() -> None:
    assert "warning" not in Html(an_overview(warn_tokens=None)._repr_html_()).text


@pytest.mark.parametrize("window", [16_000, 3000])
def test_the_threshold_of_an_overview_is_the_one_at_which_it_warns(
    make_loop: LoopFactory, window: int
) -> None:
    loop = make_loop(otherwise=says("", call("send_message", message="I see. " * 20)), window_tokens=window)
    warned: list[PressureWarned] = []
    thresholds: list[int | None] = []
    while not warned:
        thresholds.append(loop.pressure.warns_at(loop.pressure.compile(loop.head())))
        turn = list(loop.run([Message.said_by("ben", "the plan is this. " * 10)]))
        warned = [event for event in turn if isinstance(event, PressureWarned)]

    threshold = thresholds[-1]
    assert threshold is not None
    assert threshold < warned[0].prompt_tokens < threshold + 400
