"""The search of an archive: one page of a ranking, with what the page shows of each passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from memgpt_autogen.errors import ArchiveAwayError, ModelError, ToolError
from memgpt_autogen.memory.archival import chains
from memgpt_autogen.memory.archival.entries import passage_of
from memgpt_autogen.memory.archival.outgoing import TROUBLE
from memgpt_autogen.memory.archival.ranking import Ranking
from memgpt_autogen.memory.archival.store import ArchiveStore
from memgpt_autogen.memory.passages import Found, Page, Passage, PassageFilter, searched
from memgpt_autogen.memory.qdrant.embedding_queue import EmbeddingQueue
from memgpt_autogen.memory.qdrant.protocol import Where
from memgpt_autogen.memory.signals import Signals
from memgpt_autogen.text.bm25 import query_weights
from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.text.shared_words import why_found


def find(
    store: ArchiveStore,
    pending: EmbeddingQueue,
    query: str,
    filters: PassageFilter,
    page: int,
    page_size: int,
    *,
    trouble: str = "",
    counted: bool = False,
) -> Page[Found]:
    """Return a page of what matches the filters and the query, best first. See `Archive.find`.

    While the server is away, only what waits for it is searched, by words.
    """
    words = query_weights(clean_text(query))
    if not words:
        raise ToolError("the query is empty. Write the words to look for.")
    Page((), 0, page, page_size)  # refuse an impossible page before the index is asked
    try:
        return _find(store, pending, query, words, filters, page, page_size, trouble, counted=counted)
    except ArchiveAwayError:
        waiting = [] if store.outgoing is None else store.outgoing.find(words, filters)
        if not waiting:
            raise
    shown = waiting[page * page_size : (page + 1) * page_size]
    items = tuple(
        _found(query, passage, score, why=why_found(query, searched(passage), ""), lexical=score)
        for passage, score in shown
    )
    return Page(items, len(waiting), page, page_size, TROUBLE)


def _find(
    store: ArchiveStore,
    pending: EmbeddingQueue,
    query: str,
    words: dict[int, float],
    filters: PassageFilter,
    page: int,
    page_size: int,
    trouble: str,
    *,
    counted: bool,
) -> Page[Found]:
    pending.look()
    store.renew_words()
    filters = filters.checked()
    is_filled = store.index.seen(store.archive_id) is not None
    where = store.bound(same_space=is_filled, seen=True)
    meaning = None
    if is_filled and not trouble:
        try:
            meaning = store.meaning(query)
        except ModelError as error:
            trouble = str(error)
    first, behind = page * page_size, (page + 1) * page_size
    rank = partial(_ranked, store, filters=filters, words=words, meaning=meaning, counted=counted)
    where, ranking = rank(where, shown=behind)
    if ranking.is_empty and is_filled:  # others may have moved, emptied or lost what was here
        again = store.bound(same_space=True)
        if again.scope != where.scope:
            where, ranking = rank(again, shown=behind)
    hits = ranking.slice(first, behind)
    passages = {hit.id: passage_of(ranking.stored[hit.id]) for hit in hits if hit.id in ranking.stored}
    passages |= store.read(where, [hit.id for hit in hits if hit.id not in passages])
    newest = {} if filters.as_of else chains.newest(store, where, passages.values(), filters.end)
    items = tuple(
        _found(
            query,
            passages[hit.id],
            hit.score,
            why=why_found(query, searched(passages[hit.id]), "meaning"),
            meaning=ranking.meaning.get(hit.id),
            lexical=ranking.words.get(hit.id),
            newest=newest.get(hit.id, ()),
        )
        for hit in hits
        if hit.id in passages
    )
    return Page(items, ranking.total, page, page_size, trouble)


def _ranked(
    store: ArchiveStore,
    everything: Where,
    *,
    filters: PassageFilter,
    words: dict[int, float],
    meaning: Sequence[float] | None,
    counted: bool,
    shown: int,
) -> tuple[Where, Ranking]:
    """Return the ranking, and the bounds of what it finds."""
    stored = store.names(everything, filters)
    where = replace(everything, filters=filters)
    ranking = Ranking(store.index, where, words, meaning, counted=counted, shown=shown)
    if (held := stored()) != filters:  # the archive has some names in another form
        where = replace(everything, filters=held)
        ranking = Ranking(store.index, where, words, meaning, counted=counted, shown=shown)
    return where, ranking


def _found(
    query: str,
    passage: Passage,
    score: float,
    *,
    why: str,
    meaning: float | None = None,
    lexical: float | None = None,
    newest: tuple[Passage, ...] = (),
) -> Found:
    signals = replace(Signals.of_words(query, searched(passage)), meaning=meaning, lexical=lexical)
    return Found(passage, score, why, signals=signals, newest=newest)
