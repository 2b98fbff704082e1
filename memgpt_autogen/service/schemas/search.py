"""A search over all tiers of memory."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import Field

from memgpt_autogen.service.pages import MOST
from memgpt_autogen.service.schemas.base import Answer, Body, Moment
from memgpt_autogen.service.schemas.passages import PassageAnswer, SourceName, Tags
from memgpt_autogen.service.search import TIERS, Hit, SearchRequest, SearchResult
from memgpt_autogen.text.safe import clean_text
from memgpt_autogen.text.shared_words import shared_forms

Tier = Literal["core", "recall", "archival"]

Role = Literal["user", "assistant"]


class SearchBody(Body):
    """What is looked for. A tier that cannot meet a condition is not searched."""

    queries: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=2000)]], Field(min_length=1, max_length=10)
    ]
    """What several of them find comes first."""
    tiers: Annotated[list[Tier], Field(default_factory=lambda: list(TIERS), min_length=1, max_length=3)]
    """Core memory, the conversation (`recall`) and the archives (`archival`)."""
    speaker: Annotated[Optional[str], Field(max_length=1000)] = None
    """Words of this speaker; only recall has speakers."""
    role: Optional[Role] = None
    """Words of the agent itself (`assistant`), or of others; only recall has roles."""
    start: Optional[Moment] = None
    end: Optional[Moment] = None
    """Both ends are inclusive; core memory has no times."""
    as_of: Optional[Moment] = None
    """What was known at this time: said or stored by then, and not replaced by then; not in core memory."""
    tags: Annotated[Tags, Field(default_factory=list)]
    """Passages with one of these tags; only archives have tags."""
    sources: Annotated[list[SourceName], Field(default_factory=list, max_length=50)]
    """Passages from one of these documents; only archives have them."""
    limit: Annotated[int, Field(ge=1, le=MOST)] = 20
    budget_tokens: Annotated[Optional[int], Field(ge=1, le=10_000_000)] = None
    """The most tokens of all texts together."""
    explain: bool = False
    """Whether each result says why it was found, signal by signal, and an empty answer what excludes."""

    def request(self) -> SearchRequest:
        return SearchRequest(**self.model_dump())


class ReasonAnswer(Answer):
    """Why one query found something."""

    query: str
    rank: int
    """Its place among what this query found in this tier, from 1."""
    score: float
    """Comparable within one query and one tier only."""
    words: list[str]
    """Words of the query that it has."""
    beside: list[str]
    """Words of the query that are only in the turns around it."""
    speaker: bool
    """Whether the query names who said it."""
    time: bool
    """Whether the query names when it was said."""
    meaning: Optional[float]
    """How close its meaning is to the query's (the cosine); null without an embedder."""
    lexical: Optional[float]
    """Its score by words (BM25), where that is known."""


class HitAnswer(Answer):
    """Something that was found."""

    tier: Tier
    id: str
    """The number of the entry, the id of the passage, or the label and the line of the block."""
    text: str
    """Of a long message, the part that matches best."""
    tokens: int
    score: float
    """Of the fused order; larger is better."""
    time: Optional[datetime]
    seq: Optional[int]
    """The entry of the log, for recall."""
    speaker: Optional[str]
    """Who said it, for recall."""
    label: Optional[str]
    """The block, for core memory."""
    passage: Optional[PassageAnswer]
    """The passage, for archival memory."""
    archive: Optional[str]
    """The shared archive that it is in; null for the agent's own."""
    newest: list[PassageAnswer]
    """What replaces the passage now: the newest of its chain; several if it was replaced by several."""
    why: Optional[list[ReasonAnswer]]
    """One reason for each query that found it, with `explain`."""
    forms: Optional[list[str]]
    """Words of the text that a query has too, as the text writes them, with `explain`."""

    @classmethod
    def of(cls, hit: Hit, *, explain: bool) -> HitAnswer:
        return cls(
            tier=hit.tier,
            id=hit.id,
            text=clean_text(hit.text),
            tokens=hit.tokens,
            score=hit.score,
            time=hit.time,
            seq=hit.seq,
            speaker=None if hit.speaker is None else clean_text(hit.speaker),
            label=hit.label,
            passage=None if hit.passage is None else PassageAnswer.of(hit.passage),
            archive=hit.archive,
            newest=list(map(PassageAnswer.of, hit.newest)),
            why=[
                ReasonAnswer(
                    query=reason.query,
                    rank=reason.rank,
                    score=reason.score,
                    words=list(reason.signals.words),
                    beside=list(reason.signals.beside),
                    speaker=reason.signals.speaker,
                    time=reason.signals.time,
                    meaning=reason.signals.meaning,
                    lexical=reason.signals.lexical,
                )
                for reason in hit.reasons
            ]
            if explain
            else None,
            forms=shared_forms([reason.query for reason in hit.reasons], clean_text(hit.text))
            if explain
            else None,
        )


class ExclusionAnswer(Answer):
    """A condition that excludes results."""

    condition: Literal["tiers", "speaker", "role", "dates", "tags", "sources", "all"]
    """`all`: no condition alone excludes something, and all of them together do."""
    found: int
    """How many results there are without it, up to the limit."""


class SearchAnswer(Answer):
    """What was found, best first."""

    items: list[HitAnswer]
    tokens: int
    """The tokens of all texts together."""
    left_out: int
    """How many results did not fit into the budget."""
    troubles: list[str]
    """What could not be searched, or not by all signals, and why."""
    seconds: float
    """How long the search took."""
    excluded: Optional[list[ExclusionAnswer]]
    """Conditions without which something is found, those that exclude most first, where nothing was found
    and `explain` was asked for; else null."""

    @classmethod
    def of(cls, result: SearchResult, *, explain: bool) -> SearchAnswer:
        return cls(
            items=[HitAnswer.of(hit, explain=explain) for hit in result.hits],
            tokens=result.tokens,
            left_out=result.left_out,
            troubles=result.troubles,
            seconds=round(result.seconds, 4),
            excluded=None
            if result.excluded is None
            else list(map(ExclusionAnswer.model_validate, result.excluded)),
        )
