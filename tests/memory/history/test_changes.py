"""The changes of memory, as a table of differences, with what undo takes back."""

from __future__ import annotations

from html_reading import Html
from loops import HELLO
from views import a_change

from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.history.history import Changes
from memgpt_autogen.messages import Message


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
