"""The trace of a turn, to print and to open in a notebook."""

from __future__ import annotations

from html_reading import Html
from inline_snapshot import snapshot
from loops import HELLO, LoopFactory
from views import a_turn

from memgpt_autogen.display.turn_trace import MOST_MARKUP, Trace
from memgpt_autogen.events import (
    Thought,
    ToolCalled,
    ToolReturned,
    TurnEnded,
)
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.testing import call, says


def test_a_turn_prints_as_a_trace() -> None:
    assert str(a_turn()) == snapshot("""\
turn: step limit after 2 steps, 1,200 tokens read and 34 written
  hears boss: likes tea
  thinks: likes tea
  calls: core_memory_append(label="human", content="likes tea")
  gets: Done. likes tea
  calls: find(query="likes tea")
  fails: No such thing: likes tea
  memory pressure: 6,200 of 8,192 tokens
  evicted 12 messages into the summary: 8,000 -> 3,100 tokens
  limit reached: step limit
  says (the model gave no answer): likes tea
  waits for: pay\
""")


def test_a_turn_unfolds_into_its_events_and_a_call_into_what_came_of_it() -> None:
    page = Html(a_turn()._repr_html_())

    assert page.text == snapshot(
        "turn step limit after 2 steps, 1,200 tokens read and 34 written hears boss: likes tea thinks likes"
        ' tea calls core_memory_append(label="human", content="likes tea") argument value label human '
        'content likes tea gets Done. likes tea calls find(query="likes tea") argument value query likes '
        "tea fails No such thing: likes tea warned 6,200 of 8,192 tokens evicts evicted 12 messages into "
        "the summary: 8,000 -> 3,100 tokens the summary, an extract, since no model answered: likes tea "
        "limit step limit says likes tea the model gave no answer waits pay"
    )
    assert page.tags.count("details") == 4


def test_a_turn_is_still_the_tuple_of_its_events() -> None:
    turn = a_turn()

    assert isinstance(turn, tuple)
    assert turn == tuple(turn)
    assert turn[-1] == TurnEnded("step_limit", 2, Usage(1200, 34))


def test_a_turn_that_was_cut_off_and_an_empty_one_say_so() -> None:
    assert str(Trace()) == "turn: nothing happened"
    assert str(Trace((Thought("hm"),))) == "turn: 1 event, not ended\n  thinks: hm"


def test_a_call_without_a_result_says_so() -> None:
    assert "no result yet" in Html(Trace((ToolCalled(call("f")),))._repr_html_()).text


def test_a_send_that_failed_is_told() -> None:
    said = call("send_message", message="")

    page = Html(
        Trace((ToolCalled(said), ToolReturned(said, "the message is empty.", ok=False)))._repr_html_()
    )

    assert "fails the message is empty." in page.text


def test_a_real_turn_of_a_loop_is_shown(make_loop: LoopFactory) -> None:
    loop = make_loop(
        says("", call("core_memory_append", label="human", content="<i>tea</i>", request_heartbeat=True)),
        says("I know.", call("send_message", message="Noted.")),
    )

    page = Html(Trace(loop.run([HELLO]))._repr_html_())

    assert page.text.startswith("turn yielded after 2 steps")
    for told in ("hears boss: Hello!", "<i>tea</i>", "thinks I know.", "says Noted."):
        assert told in page.text


def test_a_turn_of_very_many_long_events_keeps_its_newest_in_sight() -> None:
    events = [Thought(f"{number} " + "&" * 5000) for number in range(1000)]

    html = Trace(events)._repr_html_()

    assert len(html) < MOST_MARKUP + 20_000
    assert "999 &" in Html(html).text
    assert "earlier events of this turn are not shown" in Html(html).text
