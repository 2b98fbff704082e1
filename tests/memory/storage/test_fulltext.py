"""The words of PostgreSQL's full-text index, which are those of SQLite's."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hypothesis import example, given
from hypothesis import strategies as st

from memgpt_autogen.memory.storage.fulltext import MOST_BYTES, lexemes, searched_form, vector


def fts5(*texts: str) -> list[list[str]]:
    """The words that SQLite's index makes of texts in the form in which it has them."""
    texts = tuple(text if (form := searched_form(text)) is None else form for text in texts)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            'CREATE VIRTUAL TABLE said USING fts5(text, tokenize="porter unicode61 remove_diacritics 2 '
            "categories 'L* N* Co Mn Mc'\")"
        )
        connection.execute("CREATE VIRTUAL TABLE words USING fts5vocab(said, instance)")
        connection.executemany("INSERT INTO said(rowid, text) VALUES (?, ?)", enumerate(texts))
        rows = connection.execute("SELECT doc, term FROM words ORDER BY doc, offset").fetchall()
    return [[term for doc, term in rows if doc == number] for number in range(len(texts))]


@given(text=st.text(st.sampled_from("aeinsty TESé'’_-. Àñş9\u0301"), max_size=30))
@example("The swimmers were relationally generalizing naïve categories at five o’clock")
@example("किताब पुस्तकालय க் কী المِفْتَاحُ הַמַּפְתֵּחַ Straße")
@example("a\u0300\u0301 à\u0301")
@example("CAFE\u0301 İstanbul ΣΑΣ Ωμέγα µ _under_score x1 3.14")
def test_words_are_those_of_sqlites_index(text: str) -> None:
    assert lexemes(text) == fts5(text)[0]


def test_a_vector_keeps_to_what_postgresql_takes() -> None:
    literal, count = vector(" ".join(f"word{number}" for number in range(80_000)))
    repeated, _ = vector("tea " * 20_000)

    assert count == 80_000
    assert len(literal) < 2 * MOST_BYTES
    assert literal.count(":") < 80_000
    assert repeated.count(",") < 256
    assert literal.startswith("'word0':1 'word1':2 ")
