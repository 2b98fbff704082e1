"""Recall memory: search over everything that anyone, the agent included, has said.

Thoughts, tool results, heartbeats, alerts and earlier searches are in the log, and never in a result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Literal

from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import EmbedderMismatchError, ModelError, StorageError, ToolError, quoted
from memgpt_autogen.llm.protocols import Reranker
from memgpt_autogen.memory.recall.index import RecallIndex, TurnFilter
from memgpt_autogen.memory.recall.log_search import MOST_ROWS, MOST_WORDS, PHRASE, LoggedTurn, LogSearch
from memgpt_autogen.memory.recall.query_dates import mentioned_times
from memgpt_autogen.memory.recall.reading import IndexChangedError, IndexReading
from memgpt_autogen.memory.recall.reranked import search_reranked
from memgpt_autogen.memory.recall.second_hop import words_to_follow
from memgpt_autogen.memory.recall.several import MOST_QUERIES, distinct_queries, search_several
from memgpt_autogen.memory.signals import Signals
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import from_column
from memgpt_autogen.rendering.search_results import Result, results_html, results_text
from memgpt_autogen.text.bm25 import term_index
from memgpt_autogen.text.equal import UNSPACED, equal_names, fold, fold_alike, names_only_alike
from memgpt_autogen.text.letters import bare_form
from memgpt_autogen.text.parts import shown_from
from memgpt_autogen.text.query import only_names, read_query
from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.text.stop_word_names import names_in_query
from memgpt_autogen.text.words import WORD, stem, stems, words

if TYPE_CHECKING:
    from memgpt_autogen.memory.recall.timeline import TimelinePage

PAGE_SIZE = 5

LONG = 1000
"""Of a message with more characters, a result shows the part that matches."""

INDEX_AWAY = "the server of the index does not answer, or refused"
"""Why a search used the database, as a model reads it: without the server's address and words."""

AS_IT_STANDS = "as it stands"
"""Why a search found a text of which it knows no word that the query has."""

Speaker = Literal["user", "assistant"]
"""`user`: everyone else; `assistant`: the agent itself."""

_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)


NO_SIGNALS = Signals()


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message that a search found."""

    seq: int
    name: str
    text: str
    time: datetime
    score: float = 0.0
    """Larger is better. Comparable within one search only; 0 for a search without a query."""
    why: str = ""
    """What matched, such as `words: tea; beside it: budget; speaker; meaning 0.61`. Empty without a query."""
    _query: str = field(default="", repr=False, compare=False)
    signals: Signals = field(default=NO_SIGNALS, repr=False, compare=False)
    """What `why` says, one by one."""

    @property
    def part(self) -> str:
        """The part of a long message that matches. Empty for a message that is shown whole."""
        return _matching(self.text, self._query) if self._query else ""


@dataclass(frozen=True, slots=True, repr=False)
class RecallPage:
    """One page of a search. `total` counts the results of all pages."""

    items: list[Utterance]
    total: int
    page: int
    page_size: int = PAGE_SIZE
    exact: bool = True
    """Whether `total` is exact. Above ten thousand results it is an estimate on the first pages."""
    trouble: str = ""
    """Why the search used words only, such as an embedder that failed. Empty if nothing failed."""
    alike: tuple[str, ...] = ()
    """Other speakers, whose names are like the one that was asked for. They are other people."""
    newest: int = 0
    """The `seq` of the last turn of the log; 0 where the search did not look for it."""

    @property
    def last_page(self) -> int:
        return max(0, (self.total - 1) // self.page_size)

    def __str__(self) -> str:
        return results_text("recall", self._about(), self._results())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return results_html("recall", "recall", self._about(), self._results(), "speaker")

    def _about(self) -> tuple[str, ...]:
        total = f"{self.total:,}" if self.exact else f"about {self.total:,}"
        also = f"not of {', '.join(map(quoted, self.alike))}, whose name is only alike" if self.alike else ""
        return f"{total} found", f"page {self.page} of 0 to {self.last_page}", also, self.trouble

    def _results(self) -> list[Result]:
        return [
            Result(each.time, each.name, each.part or each.text, each.score, each.why) for each in self.items
        ]


class RecallMemory:
    """The search side of one agent's log. `name` is the agent's own name, for what it said itself.

    The recall index searches for words, and ranks a turn also by the turns around it. The database searches
    for quoted phrases, for signs and in scripts without spaces. It also answers if the index cannot be used.
    A `reranker` adds its score to the best results.
    """

    def __init__(
        self,
        database: Database,
        agent_id: str,
        name: str,
        *,
        index: RecallIndex,
        zone: tzinfo = timezone.utc,
        reranker: Reranker | None = None,
    ) -> None:
        self._database = database
        self._log = LogSearch(database, agent_id, name)
        self._name = name
        self._index = index
        self._zone = zone
        self._reranker = reranker

    def index(self, *, progress: Progress | None = None) -> int:
        """Add the newest turns to the index, as each search does. Returns how many turns were added."""
        return self._index.catch_up(progress=progress)

    def lag(self) -> int:
        """Return how many turns the next search, or `index`, has to add to the index first."""
        return self._index.lag()

    def close(self) -> None:
        """Release the index's folder to other processes. The next search opens it again."""
        self._index.close()

    def pending(self) -> int:
        """Return how many turns are indexed by their words and wait for their vectors."""
        return self._index.pending()

    def settle(self, timeout: float | None = None) -> int:
        """Wait up to `timeout` seconds for all vectors. Returns how many turns still wait."""
        return self._index.settle(timeout)

    def clear_index(self) -> None:
        """Delete the index. The next search rebuilds it."""
        self._index.clear()

    def outdate_index(self, since: int) -> None:
        """Let the next search rebuild the index if it has the turn `since` or a later one, as it was."""
        self._index.outdate(since)

    def search(
        self,
        query: str | None = None,
        *,
        queries: str | Sequence[str] | None = None,
        hops: int = 1,
        speaker: str | None = None,
        role: Speaker | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        page: int = 0,
        page_size: int = PAGE_SIZE,
    ) -> RecallPage:
        """Return what was said that matches the query, best first; without a query, everything, oldest first.

        A turn matches by the query's words in itself or in the turns around it (by stem, without stop words),
        by its speaker, and by meaning if there is an embedder. "Quoted words" must stand together in the turn
        itself. A query without words is searched for literally. One in a script without spaces is, too, and
        if nothing has it, by its pairs of characters. `start` and `end` are inclusive. `speaker` is the same
        in every form that readers take as the same, such as in capitals. Who has a name that is only alike,
        such as `Jose` for `José`, is in `alike` of the page.

        `queries` are more queries, at most 8 with `query`: what answers several of them comes first. With
        `hops=2`, names and rare words of the first results are searched too, with a small weight; it finds
        more of what stands in several places, and takes nearly three times as long.
        """
        if page < 0:
            raise ToolError(f"page is {page}; pages count from 0.")
        asked = distinct_queries(clean_text(query or ""), _cleaned(queries))
        if len(asked) > MOST_QUERIES:
            raise ToolError(f"there are {len(asked)} queries; ask at most {MOST_QUERIES} at once.")
        if hops not in (1, 2):
            raise ToolError(f"hops is {hops}; a search has 1, or 2 to follow what it finds.")
        if speaker is None:
            return self._search_all(asked, hops, TurnFilter(None, role, start, end), page, page_size)
        with self._database.reading() as connection:
            known = list(self._log.speakers(connection))
        # compared here, because what a database takes for lower case depends on its locale
        wanted = clean_text(speaker)
        only = TurnFilter(tuple(equal_names(wanted, known)), role, start, end)
        found = self._search_all(asked, hops, only, page, page_size)
        return replace(found, alike=tuple(sorted(names_only_alike(wanted, known))))

    def timeline(
        self,
        about: str | None = None,
        *,
        speaker: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        page: int = 0,
        page_size: int = 30,
    ) -> TimelinePage:
        """Return what was said about something, in the order in which it happened.

        Each message is one event. Its time is the one that its text tells, such as `yesterday`, else when it
        was said. A plan counts when it was made, except that a range has what is planned for it, too. The
        events are the best 200 matches; without a subject, some of each part of the time. A page has the best
        of them, spread over the whole time, so that no day has all places. `start` and `end` are inclusive.
        """
        from memgpt_autogen.memory.recall.timeline import read_timeline

        if page < 0:
            raise ToolError(f"page is {page}; pages count from 0.")
        if page_size < 1:
            raise ToolError(f"page_size is {page_size}; give at least 1.")
        return read_timeline(
            self,
            clean_text(about or ""),
            own_name=self._name,
            zone=self._zone,
            speaker=speaker,
            start=start,
            end=end,
            page=page,
            page_size=page_size,
        )

    def extent(self) -> tuple[datetime, datetime] | None:
        """Return the earliest and the latest time at which something was said; None if nothing was."""
        return self._log.extent()

    def _search_all(
        self, asked: Sequence[str], hops: int, only: TurnFilter, page: int, page_size: int
    ) -> RecallPage:
        """Return a page of what the queries find together; of everything, without a query."""
        if not asked:
            return self._list(only, page, page_size)

        def one(query: str, number: int, size: int) -> RecallPage:
            return self._search(query, only, number, size)

        ordered: Callable[[int, int], RecallPage] = partial(one, asked[0])
        if len(asked) > 1 or hops > 1:
            ordered = partial(search_several, one, asked, follow=self._follow if hops > 1 else None)
        if self._reranker is None:
            return ordered(page, page_size)
        return search_reranked(ordered, self._reranker, " ".join(asked), page, page_size)

    def _follow(self, query: str, found: Sequence[Utterance]) -> str:
        """Return the words of the first results that the second hop searches; empty if the index is away."""
        with self._database.reading() as connection:
            everything = self._index.turns(connection)
            speakers = self._log.speakers(connection)
            turns = self._log.count(connection, TurnFilter())

        def occurring(terms: Sequence[str], most: int) -> list[int]:
            asked = [self._index.by_words(everything, {term_index(term): 1.0}, most + 1) for term in terms]
            return list(map(len, IndexReading(self._index, anew=True).ask(asked)))

        try:
            following = words_to_follow(
                query,
                [(item.text, item.score) for item in found],
                speakers=set().union(*speakers.values()),
                turns=turns,
                occurring=occurring,
            )
        except (StorageError, ModelError, EmbedderMismatchError):
            return ""  # the first hop has found something, and its `trouble` says the same
        return " ".join(following)

    def _search(self, query: str, only: TurnFilter, page: int, page_size: int) -> RecallPage:
        if not query.strip():
            return self._list(only, page, page_size)
        trouble = ""
        names = only_names(query)
        indexed = stems(bare_form(query)) or names
        unspaced = UNSPACED.search(query)
        if not indexed or PHRASE.search(query):
            return self._search_database(query, only, page, page_size)
        if unspaced:  # a name or a phrase as it stands, else a question, of which texts have parts
            found = self._search_database(query, only, page, page_size)
            if found.total:
                return found
        try:
            found = self._search_index(query, only, page, page_size)
        except (StorageError, ModelError, EmbedderMismatchError) as error:
            trouble = INDEX_AWAY if isinstance(error, StorageError) and error.plain else str(error)
        else:
            if found.total or unspaced or not names:
                return found
        return replace(self._search_database(query, only, page, page_size), trouble=trouble)

    def _search_index(self, query: str, only: TurnFilter, page: int, page_size: int) -> RecallPage:
        if only.names == ():
            return RecallPage([], 0, page, page_size)
        try:
            return self._read_index(query, only, page, page_size)
        except IndexChangedError:
            return self._read_index(query, only, page, page_size, anew=True)

    def _read_index(
        self, query: str, only: TurnFilter, page: int, page_size: int, *, anew: bool = False
    ) -> RecallPage:
        # imported here, because numpy takes a tenth of a second and most turns search nothing
        from memgpt_autogen.memory.recall.ranking import QueryMentions, TurnRanking

        with self._database.reading() as connection:
            newest = self._index.newest(connection)
            everything = self._index.turns(connection)
            speakers = self._log.speakers(connection, last=newest[1] if newest else 0)
        reading = IndexReading(self._index, anew=anew, newest=newest)
        wanted = set(map(stem, words(bare_form(query)))) | {name for name, _ in names_in_query(query)}
        named = {name: parts for name, parts in speakers.items() if wanted & parts}
        bare = _without_names(query, named.values()) if named else query
        meant = _as_written(named, query)
        meaning, trouble = None, ""
        try:
            meaning = self._index.embed_query(bare)
        except ModelError as error:
            trouble = str(error)
        terms = read_query(query).first(MOST_WORDS)
        in_names = frozenset(terms.texts).difference(read_query(bare).texts)
        # what was said later lends no words to what the search is about
        earlier = TurnFilter(end=only.end).in_index()
        ranking = TurnRanking(
            reading,
            partial(self._log.turns, only),
            terms,
            filtered=replace(everything, filters=only.in_index()),
            around=replace(everything, filters=earlier),
            mentions=QueryMentions(
                frozenset(meant), in_names, mentioned_times(query), self._zone, bool(_WHERE.search(query))
            ),
            meaning=meaning,
        )
        first = min(page * page_size, MOST_ROWS)
        shown = ranking.slice(first, first + page_size)
        times = [from_column(ranked.turn.created_at) for ranked in shown]
        items = []
        for ranked, time in zip(shown, times, strict=True):
            turn, score = ranked.turn, round(ranked.score, 4)
            signals = ranked.signals
            found = Utterance(turn.seq, turn.name, turn.text, time, score, str(signals), query, signals)
            items.append(found)
        last = newest[1] if newest else 0
        return RecallPage(items, ranking.total, page, page_size, ranking.exact, trouble, newest=last)

    def _list(self, only: TurnFilter, page: int, page_size: int) -> RecallPage:
        """Return a page of everything that passes the filter, oldest first."""
        turns, total = self._log.page(only, page, page_size)
        items = [Utterance(turn.seq, turn.name, turn.text, from_column(turn.created_at)) for turn in turns]
        return RecallPage(items, total, page, page_size)

    def _search_database(self, query: str, only: TurnFilter, page: int, page_size: int) -> RecallPage:
        """Return a page of the turns that contain the query's phrases, words or signs, best first."""
        found, total = self._log.find(query, only, page, page_size)
        items = [_found(turn, score, query) for turn, score in found]
        return RecallPage(items, total, page, page_size)


def _cleaned(queries: str | Sequence[str] | None) -> list[str]:
    return list(map(clean_text, [queries] if isinstance(queries, str) else queries or ()))


def _found(turn: LoggedTurn, score: float, query: str) -> Utterance:
    """Return a turn that the database found."""
    signals = Signals.of_words(query, turn.text)
    why = str(signals) or AS_IT_STANDS
    return Utterance(turn.seq, turn.name, turn.text, from_column(turn.created_at), score, why, query, signals)


def _matching(text: str, query: str) -> str:
    """Return the part of a long text that matches, from the begin of a word to the end of one."""
    if len(text) <= LONG:
        return ""
    start = shown_from(text, query, LONG)
    shown = text[start : start + LONG]
    if start and not text[start - 1].isspace():
        shown = shown.partition(" ")[2] or shown
    if start + LONG < len(text) and not text[start + LONG].isspace():
        shown = shown.rpartition(" ")[0] or shown
    return f"{'... ' if start else ''}{shown.strip()}{' ...' if start + LONG < len(text) else ''}"


def _as_written(names: Iterable[str], query: str) -> list[str]:
    """Return the names without those for which the query has one that is only alike, as Jose for José."""
    written = set(words(fold(query)))
    whole = {name for name in names if written & set(words(fold(name).replace("_", " ")))}
    alike = {fold_alike(name) for name in whole}
    return [name for name in names if name in whole or fold_alike(name) not in alike]


def _without_names(query: str, names: Iterable[set[str]]) -> str:
    """Return the query without these names of participants, or as it is if nothing else would remain."""
    named = set().union(*names)
    bare = WORD.sub(
        lambda word: "" if {stem(part) for part in words(bare_form(word[0]))} <= named else word[0], query
    )
    return bare if stems(bare_form(bare)) else query
