"""One search over all tiers of an agent's memory: core memory, recall and archival, fused into one order.

Scores of different tiers and queries cannot be compared. So the lists are fused by their ranks (reciprocal
rank fusion): what several queries find comes first.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, get_args

from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.errors import EmbedderMismatchError, ModelError, StorageError, ToolError
from memgpt_autogen.llm.tokens import counter_for
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.passages import Passage, PassageFilter
from memgpt_autogen.memory.recall.search import Speaker
from memgpt_autogen.memory.signals import Signals
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.settings import Settings
from memgpt_autogen.text.safe import clean_text

Tier = Literal["core", "recall", "archival"]

TIERS: tuple[Tier, ...] = get_args(Tier)

# how fast the weight of a rank falls, as the inventors of this fusion chose it (Cormack and others, 2009)
_RANK_OFFSET = 60


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is looked for. A tier that cannot meet a condition is not searched."""

    queries: Sequence[str]
    tiers: Sequence[Tier] = TIERS
    speaker: str | None = None
    """Words of this speaker. Only recall has speakers."""
    role: Speaker | None = None
    """Words of the agent itself (`assistant`), or of others. Only recall has roles."""
    start: datetime | None = None
    end: datetime | None = None
    """Both ends are inclusive. Core memory has no times."""
    as_of: datetime | None = None
    """What was known at this time: said or stored by then, and not replaced by then. Not in core memory."""
    tags: Sequence[str] = ()
    """Passages with one of these tags. Only archival memory has tags."""
    sources: Sequence[str] = ()
    """Passages from one of these documents. Only archival memory has them."""
    limit: int = 20
    budget_tokens: int | None = None
    """The most tokens of all texts together, as the model's counter counts them."""
    explain: bool = False
    """Whether a search that finds nothing also finds out which conditions exclude something."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one query found something."""

    query: str
    rank: int
    """Its place among what this query found in this tier, from 1."""
    score: float
    """Comparable within one query and one tier only."""
    signals: Signals


@dataclass(slots=True)
class Hit:
    """Something that was found. What it has depends on its tier."""

    tier: Tier
    id: str
    """The number of the entry, the id of the passage, or the label and the line of the block."""
    text: str
    """Of a long message, the part that matches best."""
    time: datetime | None = None
    seq: int | None = None
    speaker: str | None = None
    label: str | None = None
    passage: Passage | None = None
    archive: str | None = None
    newest: Sequence[Passage] = ()
    """What replaces the passage now."""
    tokens: int = 0
    score: float = 0.0
    reasons: list[Reason] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found, best first."""

    hits: list[Hit]
    tokens: int
    left_out: int
    """How many did not fit into the budget."""
    troubles: list[str]
    """What could not be searched, or not by all signals, and why."""
    seconds: float
    """How long the search took."""
    excluded: list[Exclusion] | None = None
    """Conditions that exclude results, those that exclude most first; None unless nothing was found."""


Condition = Literal["tiers", "speaker", "role", "dates", "tags", "sources", "all"]

_WITHOUT: Mapping[Condition, Mapping[str, Any]] = {
    "tiers": {"tiers": TIERS},
    "speaker": {"speaker": None},
    "role": {"role": None},
    "dates": {"start": None, "end": None, "as_of": None},
    "tags": {"tags": ()},
    "sources": {"sources": ()},
}


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A condition that excludes results; `all` are all conditions together."""

    condition: Condition
    found: int
    """How many results there are without it, up to the limit."""


def search_memory(
    settings: Settings, agent: str, request: SearchRequest, among: Collection[str] | None = None
) -> SearchResult:
    """Search an agent's memory by several queries at once."""
    begun = time.perf_counter()
    memory = open_agent(settings, agent, among)
    found: dict[tuple[Tier, str], Hit] = {}
    troubles: dict[str, None] = {}
    for query in request.queries:
        if not clean_text(query.replace("\0", "")).strip():
            continue  # recall would list everything
        for tier in _searched(request):
            hits = _SEARCHES[tier](memory, query, request, troubles)
            for rank, (hit, score, signals) in enumerate(hits, 1):
                known = found.setdefault((tier, hit.id), hit)
                known.score += 1 / (_RANK_OFFSET + rank)
                known.reasons.append(Reason(query, rank, score, signals))
    order = sorted(found.values(), key=lambda hit: (-hit.score, TIERS.index(hit.tier), hit.reasons[0].rank))
    kept, used = _within(settings, order[: request.limit], request.budget_tokens)
    left_out = min(len(order), request.limit) - len(kept)
    seconds = time.perf_counter() - begun
    excluded = _excluding(settings, agent, request, among) if request.explain and not order else None
    return SearchResult(kept, used, left_out, list(troubles), seconds, excluded)


def _excluding(
    settings: Settings, agent: str, request: SearchRequest, among: Collection[str] | None
) -> list[Exclusion]:
    """Return which conditions exclude what a search without them finds.

    If no condition alone excludes something, all of them together are tried.
    """

    def found(**without: Any) -> int:
        other = replace(request, budget_tokens=None, explain=False, **without)
        return len(search_memory(settings, agent, other, among).hits)

    given = [each for each, without in _WITHOUT.items() if any(getattr(request, name) for name in without)]
    if set(request.tiers) == set(TIERS):
        given.remove("tiers")
    alone = [Exclusion(each, found(**_WITHOUT[each])) for each in given]
    excluded = sorted((each for each in alone if each.found), key=lambda each: -each.found)
    if not excluded and len(given) > 1:
        together = found(**{name: value for each in given for name, value in _WITHOUT[each].items()})
        excluded = [Exclusion("all", together)] if together else []
    return excluded


def _searched(request: SearchRequest) -> list[Tier]:
    """Return the tiers that can meet all conditions."""
    dated = any(each is not None for each in (request.start, request.end, request.as_of))
    of_someone = request.speaker is not None or request.role is not None
    of_archive = bool(request.tags or request.sources)
    able: dict[Tier, bool] = {
        "core": not (of_someone or of_archive or dated),
        "recall": not of_archive,
        "archival": not of_someone,
    }
    return [tier for tier in TIERS if tier in request.tiers and able[tier]]


_Found = Iterator[tuple[Hit, float, Signals]]


def _core(memory: MemoryHierarchy, query: str, request: SearchRequest, _troubles: dict[str, None]) -> _Found:
    """Yield the lines of blocks that share words with the query, those with the most words first."""
    lines = [
        (Signals.of_words(query, line), block.label, number, line)
        for block in memory.core
        for number, line in enumerate(block.value.split("\n"), 1)
    ]
    sharing = sorted((each for each in lines if each[0].words), key=lambda each: -len(each[0].words))
    for signals, label, number, line in sharing[: request.limit]:
        yield Hit("core", f"{label}:{number}", line, label=label), float(len(signals.words)), signals


def _recall(memory: MemoryHierarchy, query: str, request: SearchRequest, troubles: dict[str, None]) -> _Found:
    page = memory.recall.search(
        query,
        speaker=request.speaker,
        role=request.role,
        start=request.start,
        end=min(filter(None, (request.end, request.as_of)), default=None),
        page_size=request.limit,
    )
    if page.trouble:
        troubles[f"recall: by words only, since {page.trouble}"] = None
    for item in page.items:
        hit = Hit(
            "recall", str(item.seq), item.part or item.text, time=item.time, seq=item.seq, speaker=item.name
        )
        yield hit, item.score, item.signals


def _archival(
    memory: MemoryHierarchy, query: str, request: SearchRequest, troubles: dict[str, None]
) -> _Found:
    filters = PassageFilter(
        request.tags, sources=request.sources, start=request.start, end=request.end, as_of=request.as_of
    )
    try:
        page = memory.readable.search(query, filters, page_size=request.limit)
    except ToolError:  # a query without words, or dates in the wrong order
        return
    except (StorageError, ModelError, EmbedderMismatchError) as error:
        troubles[f"archival: {getattr(error, 'plain', '') or error}"] = None
        return
    if page.trouble:
        troubles[f"archival: by words only, since {page.trouble}"] = None
    for item in page.items:
        passage = item.passage
        hit = Hit(
            "archival",
            passage.id,
            passage.text,
            time=passage.created_at,
            passage=passage,
            archive=item.archive,
            newest=item.newest,
        )
        yield hit, item.score, item.signals


_SEARCHES = {"core": _core, "recall": _recall, "archival": _archival}


def _within(settings: Settings, hits: list[Hit], budget: int | None) -> tuple[list[Hit], int]:
    counter = counter_for(choose_llm(settings).model)
    kept, used = [], 0
    for hit in hits:
        hit.tokens = counter.count(hit.text)
        if budget is None or used + hit.tokens <= budget:
            kept.append(hit)
            used += hit.tokens
    return kept, used
