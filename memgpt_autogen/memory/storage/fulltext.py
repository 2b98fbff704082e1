"""This module keeps the full-text index of what was said.

It has the words of `searched`, the form in which letters are equal that look alike, or of `spoken` where that
is the same. It has the same words and order in FTS5 (SQLite) and `tsvector` (PostgreSQL). Both rank by BM25
with FTS5's constants. FTS5 weights a word by how rare it is in the whole home. On PostgreSQL it is how rare
it is in the agent's own log, because one database may serve many homes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import snowballstemmer
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.refusals import repeatable
from memgpt_autogen.memory.storage.tables import entries
from memgpt_autogen.text.letters import MARKS, search_form

MOST_LEXEMES = 500
"""How many words of a query PostgreSQL looks for. A `tsquery` is at most a megabyte."""

BATCH = 200
"""How many rows a search indexes at once."""

LONG = 20_000
"""Longer texts (in characters) are indexed by the next search, not in the transaction that writes them."""


@dataclass(frozen=True, slots=True)
class Match:
    """The SQL of a query: where to search, the score, and the condition."""

    source: sa.FromClause
    score: sa.ColumnElement[float]
    condition: sa.ColumnElement[bool]


def searched_form(spoken: str) -> str | None:
    """Return what the column `searched` has beside `spoken`; None if they differ in capitals at most."""
    return None if spoken.isascii() or (form := search_form(spoken)) == spoken.lower() else form


def match_words(database: Database, agent_id: str, wanted: Sequence[str]) -> Match:
    """Return how to find entries that contain any of the wanted words or phrases."""
    wanted = list(map(search_form, wanted))
    if database.dialect == "sqlite":
        quoted = " OR ".join(f'"{phrase}"' for phrase in wanted)
        matches: Any = sa.text("entries_words MATCH :wanted").bindparams(wanted=quoted)
        score = sa.literal_column("-bm25(entries_words)", sa.Float).label("score")
        # In a join, SQLite may begin with the log, and ask FTS5 again for each row of it. What has a limit
        # is never made a part of a join, also by versions that do not know MATERIALIZED.
        hits = sa.select(_FTS5.c.rowid.label("id"), score).where(matches).limit(-1).subquery("hits")
        return Match(entries.join(hits, hits.c.id == entries.c.id), hits.c.score, sa.true())
    _index_missing(database, agent_id)
    terms: Counter[tuple[str, ...]] = Counter()
    room = MOST_LEXEMES
    for phrase in wanted:
        found = tuple(lexemes(phrase))[:room]
        room -= len(found)
        if found:
            terms[found] += 1
    ranked = _ranked(agent_id, terms)
    held: Any = sa.text("entries.words @@ CAST(:wanted AS tsquery)")
    held = held.bindparams(wanted=" | ".join(map(_query, terms)))
    return Match(entries.join(ranked, ranked.c.id == entries.c.id), ranked.c.score, held)


def with_words(rows: Sequence[Mapping[str, Any]]) -> tuple[Any, list[dict[str, Any]]]:
    """Return PostgreSQL's table for these rows of the log, and the rows with their words."""
    return _TSVECTOR, [{**row, **_words(row["spoken"], at_most=LONG)} for row in rows]


# created by the migrations and updated by their triggers
_FTS5 = sa.table("entries_words", sa.column("rowid", sa.Integer))

# The log as PostgreSQL has it since the second migration. A change of `spoken` deletes the words, and a
# search makes missing words.
_TSVECTOR = entries.to_metadata(sa.MetaData())
_TSVECTOR.append_column(sa.Column("words", TSVECTOR))
_TSVECTOR.append_column(sa.Column("word_count", sa.Integer))

# the score is rounded, because the order in which terms are added must not matter
_BM25 = """
    WITH looked AS (
        SELECT lexeme, phrase, weight
        FROM unnest(:lexemes, :phrases, :weights) AS looked(lexeme, phrase, weight)
    ), logged AS (
        SELECT count(*) AS rows, GREATEST(avg(word_count), 1) AS usual
        FROM entries WHERE agent_id = :agent AND words IS NOT NULL
    ), hits AS (
        SELECT entries.id, entries.word_count, looked.lexeme AS term, looked.weight,
            cardinality(held.positions) AS times
        FROM entries, unnest(entries.words) AS held JOIN looked ON looked.lexeme = held.lexeme
        WHERE entries.agent_id = :agent AND entries.words @@ CAST(:singles AS tsquery)
        UNION ALL
        SELECT entries.id, entries.word_count, looked.phrase, looked.weight, 1
        FROM looked JOIN entries ON entries.words @@ CAST(looked.phrase AS tsquery)
        WHERE looked.phrase IS NOT NULL AND entries.agent_id = :agent
    ), rarity AS (
        SELECT term, GREATEST(ln((logged.rows - count(*) + 0.5) / (count(*) + 0.5)), 1e-6) AS idf
        FROM hits, logged GROUP BY term, logged.rows
    )
    SELECT id, CAST(round(CAST(sum(
        weight * idf * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * word_count / usual))
    ) AS numeric), 9) AS double precision) AS score
    FROM hits JOIN rarity USING (term), logged GROUP BY id
"""


def _ranked(agent_id: str, terms: Mapping[tuple[str, ...], int]) -> Any:
    """Return the ids of the agent's matching rows with their BM25. A phrase counts once for a row."""
    singles = [term for term in terms if len(term) == 1]
    return (
        sa.text(_BM25)
        .bindparams(
            sa.bindparam("lexemes", [term[0] if len(term) == 1 else None for term in terms], ARRAY(sa.Text)),
            sa.bindparam(
                "phrases", [_query(term) if len(term) > 1 else None for term in terms], ARRAY(sa.Text)
            ),
            sa.bindparam("weights", list(terms.values()), ARRAY(sa.Integer)),
            sa.bindparam("singles", " | ".join(map(_query, singles))),
            sa.bindparam("agent", agent_id),
        )
        .columns(sa.column("id", sa.Integer), sa.column("score", sa.Float))
        .subquery("ranked")
    )


def _index_missing(database: Database, agent_id: str) -> None:
    """Index rows without words: older than the index, written by another program, or changed since."""
    missing = (
        sa.select(_TSVECTOR.c.id, _TSVECTOR.c.spoken)
        .where(_TSVECTOR.c.agent_id == agent_id, _TSVECTOR.c.spoken.is_not(None), _TSVECTOR.c.words.is_(None))
        .limit(BATCH)
    )
    while True:
        with database.reading() as connection:
            rows = connection.execute(missing).all()
        if not rows:
            return
        _store_words(database, [(row, _words(row.spoken)) for row in rows])


@repeatable
def _store_words(database: Database, found: Sequence[tuple[Any, Mapping[str, Any]]]) -> None:
    with database.writing() as connection:
        for row, words in found:
            connection.execute(
                sa.update(_TSVECTOR)
                .where(_TSVECTOR.c.id == row.id, _TSVECTOR.c.spoken == row.spoken)
                .values(words)
            )


def _words(spoken: str | None, *, at_most: int | None = None) -> dict[str, Any]:
    if spoken is None or (at_most is not None and len(spoken) > at_most):
        return {"words": None, "word_count": None}
    words, count = vector(spoken)
    return {"words": words, "word_count": count}


def _query(term: tuple[str, ...]) -> str:
    return "(" + " <-> ".join(f"'{lexeme}'" for lexeme in term) + ")"


LONGEST_LEXEME = 500
"""How many characters of a word count. PostgreSQL refuses lexemes of 2,047 bytes."""

MOST_BYTES = 1_000_000
"""The limit of a `tsvector`, PostgreSQL's megabyte. New words after it are not indexed."""

MOST_POSITIONS = 255
"""How many positions of one word a `tsvector` stores."""

LAST_POSITION = 16_383
"""The largest position in a `tsvector`. Words after it can be found, phrases cannot."""

STEMMED_BYTES = 64
"""FTS5 does not stem longer words."""

_RUN = re.compile(rf"(?:[^\W_]|[{MARKS}])+")

_stemmer = snowballstemmer.stemmer("porter")

_stemming = Lock("the stemmer")  # the stemmer stores the word that it works on


def lexemes(text: str) -> list[str]:
    """Return the stems of a text's words in order, with repeats."""
    return [_stem(word) for word in _RUN.findall(search_form(text))]


def vector(text: str) -> tuple[str, int]:
    """Return a text as the literal of a `tsvector`, and its number of words."""
    places: dict[str, list[int]] = {}
    runs = _RUN.findall(search_form(text))
    held = 0
    for position, word in enumerate(runs, start=1):
        lexeme = _stem(word)
        known = places.get(lexeme)
        if known is None:
            known = places[lexeme] = []
            held += len(lexeme.encode()) + 4
        if not known or (len(known) < MOST_POSITIONS and position <= LAST_POSITION):
            known.append(min(position, LAST_POSITION))
            held += 2
        if held > MOST_BYTES:
            break
    literal = " ".join(f"'{lexeme}':{','.join(map(str, known))}" for lexeme, known in places.items())
    return literal, len(runs)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    plain = word[:LONGEST_LEXEME]
    if not 3 <= len(plain.encode()) <= STEMMED_BYTES:
        return plain
    with _stemming:
        stemmed: str = _stemmer.stemWord(plain)
    return stemmed
