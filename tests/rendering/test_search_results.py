"""The results of a search, as a table and as lines."""

from __future__ import annotations

from html_reading import Html
from inline_snapshot import snapshot
from loops import HELLO
from views import NOON

from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.passages import Found, Page, Passage
from memgpt_autogen.memory.recall.search import RecallPage, Utterance
from memgpt_autogen.messages import Message


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
        "ben",
        "The budget is 40 euros.",
        "words: budget",
    ]
    assert "2 found" in page.text


def test_a_page_that_nothing_was_asked_for_has_no_score(memory: MemoryHierarchy) -> None:
    memory.log.append(HELLO)

    assert Html(memory.recall.search()._repr_html_()).rows[0] == ["time (UTC)", "speaker", "text"]


def test_a_recall_page_prints_its_findings() -> None:
    found = [Utterance(3, "ben", "The budget\nis 40 euros.", NOON, 1.25, "words: budget")]

    page = RecallPage(found, 12_000, 1, 5, exact=False, trouble="the archive is damaged")

    assert str(page) == snapshot("""\
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
  2026-03-01 12:00     0.5  handbook.pdf (2/3): Closes at six. #hours  (words: closes; \
superseded 2026-03-01 12:00)\
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
