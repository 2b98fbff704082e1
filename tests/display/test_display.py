"""Things show themselves: the same in HTML and in plain text, with whatever text in them."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

import pytest
from html_reading import Html
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot
from loops import HELLO, LoopFactory

from memgpt_autogen.display.agent_card import Card
from memgpt_autogen.display.live import Watch
from memgpt_autogen.display.plots import fillings
from memgpt_autogen.display.turn_trace import MOST_MARKUP, Trace
from memgpt_autogen.events import (
    Evicted,
    Heard,
    HeartbeatLimitReached,
    PressureWarned,
    Replied,
    ReplyPart,
    Suspended,
    Thought,
    ToolCalled,
    ToolReturned,
    TurnEnded,
)
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.overview import ContextOverview
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.history.history import Change, Changes
from memgpt_autogen.memory.passages import Found, Page, Passage
from memgpt_autogen.memory.recall.search import RecallPage, Utterance
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.rendering.bars import Mark, Section, fill_bar, stacked_bar
from memgpt_autogen.rendering.diffs import diff
from memgpt_autogen.rendering.markup import MOST_CHARS, fold, markup, table, tag
from memgpt_autogen.rendering.plain_text import CONTROLS, counted
from memgpt_autogen.testing import call, says

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
HOSTILE = "</td></script><script>alert('x')</script><img src=x onerror=\"y\">&lt;\x1b[31m\u202eevil\ud800\0"


def an_overview(**changes: Any) -> ContextOverview:
    about: dict[str, Any] = {
        "window_tokens": 1000,
        "reserve_tokens": 100,
        "system": 200,
        "core_memory": 50,
        "tools": 100,
        "summary": 30,
        "queue": 120,
        "queue_messages": 7,
        "recall_messages": 40,
        "archival_passages": 3,
        "evictions": 2,
        "exact": False,
        "warn_tokens": 750,
        "limit_tokens": 900,
    }
    return ContextOverview(**{**about, **changes})


def a_turn(text: str = "likes tea") -> Trace:
    edit, search = call("core_memory_append", label="human", content=text), call("find", query=text)
    said = call("send_message", message=text)
    return Trace(
        (
            Heard(Message.said_by("boss", text)),
            Thought(text),
            ToolCalled(edit),
            ToolReturned(edit, f"Done. {text}"),
            ToolCalled(search),
            ToolReturned(search, f"No such thing: {text}", ok=False),
            PressureWarned(6200, 8192),
            Evicted(12, 40, 8000, 3100, text, "extract"),
            HeartbeatLimitReached("step_limit"),
            ToolCalled(said),
            ToolReturned(said, "Sent."),
            Replied(text, fallback=True),
            Suspended((ToolCall("1", "pay"),)),
            TurnEnded("step_limit", 2, Usage(1200, 34)),
        )
    )


def a_card(**changes: Any) -> Card:
    about: dict[str, Any] = {
        "name": "sam",
        "model": "m",
        "window_tokens": 8192,
        "prompt_tokens": 2048,
        "warn_tokens": 6144,
        "blocks": (Block("human", "Likes tea.", 20), Block("team", "x", 1, shared=True, read_only=True)),
        "queue_messages": 12,
        "evictions": 1,
        "recall_messages": 1200,
        "archival_passages": None,
    }
    return Card(**{**about, **changes})


def a_change(seq: int, what: str, **about: Any) -> Change:
    return Change(seq, NOON, what, **about)


def every_view(text: str) -> list[Any]:
    """One of everything that shows itself, with a text wherever one can be."""
    passage = Passage("1", text, (text, "b"), text, NOON, "1", superseded_by=NOON)
    return [
        a_turn(text),
        Trace((ToolCalled(ToolCall("1", text, text)), ToolReturned(ToolCall("2", text, "[1]"), text))),
        Trace((ToolCalled(call("f", **{text or "a": {text: [text]}})),)),
        a_card(name=text, model=text, blocks=(Block("human", text[:50], 60),)),
        RecallPage([Utterance(1, text, text, NOON, 0.5, text)], 1, 0, trouble=text),
        Page((Found(passage, 0.5, text), Found(passage, 0.0, "meaning")), 2, 0, 10),
        Page((passage,), 1, 0, 10),
        Changes(
            [
                a_change(1, "edit", label="human", before=text, after=text * 2, by=text),
                a_change(2, "eviction", before="", after=text),
                a_change(3, "pop", before=text),
            ]
        ),
        an_overview(),
    ]


# Whatever the text


@settings(deadline=None)
@given(st.one_of(st.text(st.characters(), max_size=300), st.sampled_from([HOSTILE, HOSTILE * 60, "", "\n"])))
def test_no_text_breaks_what_shows_it_or_is_more_than_text_in_it(text: str) -> None:
    for view in every_view(text):
        Html(view._repr_html_())
        assert CONTROLS.search(str(view)) is None
        assert repr(view) == str(view)


def test_hostile_text_is_shown_as_it_stands() -> None:
    for view in every_view("<b>bold</b> & 'quotes'")[:-1]:
        assert "<b>bold</b> & 'quotes'" in Html(view._repr_html_()).text


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    html = markup("<" * (MOST_CHARS + 1234))

    assert Html(html).text == "<" * MOST_CHARS + " … 1,234 more characters"


@pytest.mark.parametrize("text", ["<" * 1_000_000, "x\n" * 500_000])
def test_a_huge_text_makes_no_huge_output(text: str) -> None:
    for view in every_view(text):
        assert len(view._repr_html_()) < 200_000
        assert len(str(view)) < 10_000


def test_a_turn_of_very_many_long_events_keeps_its_newest_in_sight() -> None:
    events = [Thought(f"{number} " + "&" * 5000) for number in range(1000)]

    html = Trace(events)._repr_html_()

    assert len(html) < MOST_MARKUP + 20_000
    assert "999 &" in Html(html).text
    assert "earlier events of this turn are not shown" in Html(html).text


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs() -> None:
    for view in every_view("x"):
        html = view._repr_html_()
        assert not any(word in html for word in ("http", "url(", "@import", "<script", "javascript", " src="))


# Parts


def test_an_elements_attributes_are_escaped() -> None:
    html = tag("div", "<x>", title='" onclick="evil()', class_="a", aria_label="b")

    assert html == '<div title="&quot; onclick=&quot;evil()" class="a" aria-label="b">&lt;x&gt;</div>'


def test_a_table_puts_numbers_to_the_right() -> None:
    html = table(("name", "size#"), [("a", "1"), ("b", "20")])

    assert Html(html).rows == [["name", "size"], ["a", "1"], ["b", "20"]]
    assert html.count('class="number"') == 3


def test_a_fold_is_open_where_it_should_be() -> None:
    assert fold("a", "b", unfolded=True) == "<details open><summary>a</summary>b</details>"
    assert fold("a", "b") == "<details><summary>a</summary>b</details>"


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


def test_a_difference_shows_what_went_and_came_with_a_line_around_it() -> None:
    before = "a\nb\nc\nd\nold\nz"

    assert lines_of(diff(before, before.replace("old", "new"))) == snapshot(
        ["  ⋯ 3 lines", "  d", "− old", "+ new", "  z"]
    )


def test_a_difference_of_the_same_is_nothing_that_changed() -> None:
    assert not {"ins", "del"} & set(Html(diff("a\nb", "a\nb")).tags)


def test_a_number_has_its_word() -> None:
    assert [counted(n, "turn") for n in (0, 1, 1200)] == ["0 turns", "1 turn", "1,200 turns"]


# The context overview


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
        thresholds.append(loop.pressure.warns_at(loop.head()))
        turn = list(loop.run([Message.said_by("ben", "the plan is this. " * 10)]))
        warned = [event for event in turn if isinstance(event, PressureWarned)]

    threshold = thresholds[-1]
    assert threshold is not None
    assert threshold < warned[0].prompt_tokens < threshold + 400


# A turn


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
        'turn step limit after 2 steps, 1,200 tokens read and 34 written hears boss: likes tea thinks likes tea calls core_memory_append(label="human", content="likes tea") argument value label human content likes tea gets Done. likes tea calls find(query="likes tea") argument value query likes tea fails No such thing: likes tea warned 6,200 of 8,192 tokens evicts evicted 12 messages into the summary: 8,000 -> 3,100 tokens the summary, an extract, since no model answered: likes tea limit step limit says likes tea the model gave no answer waits pay'
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


# Searches


def test_a_recall_page_is_a_table_with_score_and_why(memory: MemoryHierarchy) -> None:
    memory.log.append(
        Message.said_by(
            "ben",
            "The budget is 40 euros.",
        ),
        Message.said_by("ada", "I like tea."),
    )

    page = Html(memory.recall.search("budget")._repr_html_())

    assert page.rows[0] == ["time (UTC)", "speaker", "text", "score", "", "why"]
    assert [cell for number, cell in enumerate(page.rows[1]) if number in (1, 2, 5)] == [
        "ben", "The budget is 40 euros.", "words: budget",
    ]  # fmt: skip
    assert "2 found" in page.text


def test_a_page_that_nothing_was_asked_for_has_no_score(memory: MemoryHierarchy) -> None:
    memory.log.append(HELLO)

    assert Html(memory.recall.search()._repr_html_()).rows[0] == ["time (UTC)", "speaker", "text"]


def test_a_recall_page_prints_its_findings() -> None:
    found = [Utterance(3, "ben", "The budget\nis 40 euros.", NOON, 1.25, "words: budget")]

    assert str(RecallPage(found, 12_000, 1, 5, exact=False, trouble="the archive is damaged")) == snapshot("""\
recall: about 12,000 found · page 1 of 0 to 2399 · the archive is damaged
  2026-03-01 12:00    1.25  ben: The budget is 40 euros.  (words: budget)\
""")


def test_an_archival_page_shows_source_tags_and_what_holds_no_longer() -> None:
    passage = Passage("1", "Closes at six.", ("hours",), "handbook.pdf", NOON, "1", 2, 3, NOON)
    page = Page((Found(passage, 0.5, "words: closes"),), 1, 0, 10)

    assert Html(page._repr_html_()).rows[1] == snapshot(
        [
            "2026-03-01 12:00",
            "handbook.pdf (2/3)hourssuperseded 2026-03-01 12:00",
            "Closes at six.",
            "0.5",
            "",
            "words: closes",
        ]
    )
    assert str(page) == snapshot("""\
archival: 1 found · page 0 of 0 to 0
  2026-03-01 12:00     0.5  handbook.pdf (2/3): Closes at six. #hours  (words: closes; superseded 2026-03-01 12:00)\
""")


def test_showing_a_page_counts_nothing() -> None:
    asked: list[int] = []

    def counting() -> int:
        asked.append(1)
        return 99

    page: Page[Passage] = Page((), counting, 0, 10)
    before = str(page) + page._repr_html_()

    assert asked == []
    assert "99" not in before
    assert page.total == 99
    assert "99 found" in str(page)


def test_long_findings_open_when_they_are_clicked() -> None:
    page = Html(RecallPage([Utterance(1, "ben", "word " * 200, NOON)], 1, 0)._repr_html_())

    assert page.tags.count("details") == 1


# History


def test_history_is_a_table_of_differences_with_what_can_be_undone(memory: MemoryHierarchy) -> None:
    memory.core.set("human", "Lives in Lisbon.\nLikes tea.")
    memory.core.set("human", "Lives in Porto.\nLikes tea.")
    memory.core.set("human", "x")
    memory.undo()
    seqs = [change.seq for change in memory.history()][-4:]

    page = Html(memory.history()._repr_html_())

    assert [row[0] for row in page.rows[-4:]] == list(map(str, seqs))
    assert [row[5] for row in page.rows[-4:]] == ["yes", "next", "", ""]
    assert page.rows[-3][4] == "− Lives in Lisbon.+ Lives in Porto.  Likes tea."
    assert f"undo() takes back {seqs[1]} next" in page.text


def test_what_stands_is_what_undo_takes_back_until_nothing_is_left(memory: MemoryHierarchy) -> None:
    memory.log.append(HELLO, Message("assistant", "hi", "spoken"))
    memory.core.set("human", "a")
    memory.rewrite("hello")
    memory.core.set("human", "b")
    memory.undo(2)
    memory.redo()
    memory.pop()
    taken = []

    while standing := memory.history().standing():
        taken.append(memory.undo()[0].of == standing[0])

    assert taken == [True, True, True]


def test_a_long_history_shows_its_newest() -> None:
    changes = Changes(a_change(seq, "set", label="human", before="a", after="b") for seq in range(1, 301))

    page = Html(changes._repr_html_())

    assert "the newest 50 of 300" in page.text
    assert [page.rows[1][0], page.rows[-1][0]] == ["251", "300"]


def test_an_empty_history_says_so() -> None:
    assert Html(Changes()._repr_html_()).text == "history (nothing has changed)"


# The card


def test_a_card_is_a_table_of_blocks_and_counts() -> None:
    page = Html(a_card()._repr_html_())

    assert page.rows == snapshot(
        [
            ["block", "fill", "characters", "text"],
            ["human", "", "10 / 20", "Likes tea."],
            ["teamshared, read-only", "", "1 / 1", "x"],
        ]
    )
    assert page.text.startswith("sam m, window 8,192 tokens")
    assert "queue 12 messages after 1 eviction · recall 1,200 messages · archival not reachable" in page.text


def test_a_card_prints_the_same_and_has_one_line() -> None:
    assert str(a_card()) == snapshot("""\
sam · m, window 8,192 tokens
  human  ██████████░░░░░░░░░░       10/20
         Likes tea.
  team   ████████████████████         1/1  shared, read-only
         x
  queue 12 messages after 1 eviction
  recall 1,200 messages
  archival not reachable
  last prompt 2,048 tokens\
""")
    assert a_card().line() == snapshot(
        "<MemGPTAgent 'sam': human 10/20, team 1/1; queue 12 messages after 1 eviction; recall 1,200 messages; archival not reachable; last prompt 2,048 tokens; m, window 8,192 tokens>"
    )


def test_a_card_of_a_memory_without_a_loop_says_that_it_listens(memory: MemoryHierarchy) -> None:
    memory.log.append(HELLO)

    card = Card.read(memory, None)

    assert card is not None
    assert (card.queue_messages, card.recall_messages, card.archival_passages) == (1, 1, 0)
    assert "no model, listens only" in card.line()


def test_a_card_counts_as_queue_what_no_eviction_has_passed(memory: MemoryHierarchy) -> None:
    entries = memory.log.append(*[HELLO] * 5)
    memory.queue.evict(entries[2].seq, "They greeted.", "model")

    card = Card.read(memory, None)

    assert card is not None
    assert (card.queue_messages, card.evictions, card.recall_messages) == (2, 1, 5)


# The live view


class Seen:
    """A screen that keeps what it was shown."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def show(self, view: Any, event: Any) -> None:
        self.pages.append(Html(view._repr_html_()).text)


def watching(loop_events: Any, watches: list[Watch]) -> Trace:
    """Lives through a turn as the agent does."""
    events = []
    for event in loop_events:
        events.append(event)
        for watch in watches:
            watch.tell(event)
    turn = Trace(events)
    for watch in watches:
        watch.ended(turn)
    return turn


def test_a_view_is_brought_up_to_date_after_each_event(make_loop: LoopFactory) -> None:
    loop, seen = make_loop(says("I know.", call("send_message", message="Noted."))), Seen()
    watches: list[Watch] = []

    with Watch("sam", watches, lambda: Card.read(loop.memory, loop), screen=seen) as watched:
        turn = watching(loop.run([HELLO]), watches)

    assert watched.turns == [turn]
    assert watches == []
    assert len(seen.pages) == 2 + len(turn)
    assert "turn 1 runs turn 1 event, not ended hears boss: Hello!" in seen.pages[1]
    assert "says Noted." in seen.pages[-1]
    assert "recall 2 messages" in seen.pages[-1]


def test_a_view_shows_what_is_being_said_as_far_as_it_is_written() -> None:
    seen = Seen()
    watches: list[Watch] = []
    events = [ReplyPart("No", anew=True), ReplyPart("ted"), Thought("hm"), Replied("Noted.")]

    with Watch("sam", watches, lambda: None, screen=seen) as watched:
        watching(events, watches)

    assert "thinks hm Noted" in seen.pages[-3]
    assert seen.pages[-2].endswith("thinks hm says Noted.")
    assert "Noted" in repr(watched)


class Broken:
    def __init__(self) -> None:
        self.asked = 0

    def show(self, view: Any, event: Any) -> None:
        self.asked += 1
        raise OSError("no such display")


def test_a_display_that_fails_disturbs_nothing_and_is_not_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = Broken()
    watches: list[Watch] = []

    with Watch("sam", watches, lambda: None, screen=broken) as watched:
        watching(a_turn(), watches)
        watching(a_turn(), watches)

    assert [turn.about() for turn in watched.turns] == [a_turn().about()] * 2
    assert broken.asked == 1
    assert "sam is no longer shown: no such display" in caplog.text


def test_what_is_not_shown_is_kept_all_the_same() -> None:
    watches: list[Watch] = []

    with Watch("sam", watches, lambda: None, show=False, screen=Broken()) as watched:
        watching(a_turn(), watches)

    assert len(watched.turns) == 1
    assert "says (the model gave no answer): likes tea" in repr(watched)
    assert "says" in Html(watched._repr_html_()).text


def test_a_terminal_prints_lines_with_the_window_after_each_turn(capsys: pytest.CaptureFixture[str]) -> None:
    watches: list[Watch] = []

    with Watch("sam", watches, a_card):
        watching(Trace((Thought("[bold]hm\x1b[31m"), TurnEnded("yielded", 1))), watches)

    assert capsys.readouterr().out.splitlines() == snapshot(
        [
            "  sam is watched",
            "  sam thinks: [bold]hm [31m",
            "  sam █████░░░░░░░░░░░░░░░ 25% of 8,192 tokens · yielded after 1 step",
        ]
    )


# The window in the past


def test_the_log_tells_how_the_window_filled_and_was_emptied(make_loop: LoopFactory) -> None:
    loop = make_loop(otherwise=says("", call("send_message", message="I see. " * 20)), window_tokens=3000)
    events = []
    for number in range(20):
        events += list(loop.run([Message.said_by("ben", f"{number}: {'the plan is this. ' * 12}")]))

    past = fillings(loop.memory, loop.pressure.budget, head_tokens=1000)

    evicted = [event for event in events if isinstance(event, Evicted)]
    assert [each.seq for each in past] == sorted(each.seq for each in past)
    assert sum(each.what == "evicted" for each in past) == len(evicted) > 0
    assert sum(each.what == "warned" for each in past) == sum(isinstance(e, PressureWarned) for e in events)
    drops = [(one.tokens, two.tokens) for one, two in pairwise(past) if two.what == "evicted"]
    assert all(after < before for before, after in drops)
    assert all(each.tokens > 1000 for each in past)


def test_a_part_of_the_past_is_the_end_of_the_whole(make_loop: LoopFactory) -> None:
    loop = make_loop(otherwise=says("", call("send_message", message="I see. " * 20)), window_tokens=3000)
    for number in range(20):
        list(loop.run([Message.said_by("ben", f"{number}: {'the plan is this. ' * 12}")]))
    whole = fillings(loop.memory, loop.pressure.budget, head_tokens=1000)

    part = fillings(loop.memory, loop.pressure.budget, head_tokens=1000, newest=12)

    assert 0 < len(part) < len(whole)
    assert part == whole[-len(part) :]


def lines_of(html: str) -> list[str]:
    return Html(html).texts
