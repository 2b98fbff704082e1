"""A search over all tiers of memory."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Optional

from pydantic import AwareDatetime, Field

from memgpt_autogen.server.schemas.base import Answer, Body
from memgpt_autogen.server.schemas.passages import PassageAnswer, Tags
from memgpt_autogen.service.pages import MOST
from memgpt_autogen.service.search import TIERS, Hit, SearchRequest, SearchResult
from memgpt_autogen.text.safe import clean_text

Tier = Literal["core", "recall", "archival"]


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
    start: Optional[AwareDatetime] = None
    end: Optional[AwareDatetime] = None
    """Both ends are inclusive; core memory has no times."""
    tags: Annotated[Tags, Field(default_factory=list)]
    """Passages with one of these tags; only archives have tags."""
    limit: Annotated[int, Field(ge=1, le=MOST)] = 20
    budget_tokens: Annotated[Optional[int], Field(ge=1, le=10_000_000)] = None
    """The most tokens of all texts together."""
    explain: bool = False
    """Whether each result says why it was found, signal by signal."""

    def request(self) -> SearchRequest:
        return SearchRequest(**self.model_dump(exclude={"explain"}))


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
    why: Optional[list[ReasonAnswer]]
    """One reason for each query that found it, with `explain`."""

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
        )


class SearchAnswer(Answer):
    """What was found, best first."""

    items: list[HitAnswer]
    tokens: int
    """The tokens of all texts together."""
    left_out: int
    """How many results did not fit into the budget."""
    troubles: list[str]
    """What could not be searched, or not by all signals, and why."""

    @classmethod
    def of(cls, result: SearchResult, *, explain: bool) -> SearchAnswer:
        return cls(
            items=[HitAnswer.of(hit, explain=explain) for hit in result.hits],
            tokens=result.tokens,
            left_out=result.left_out,
            troubles=result.troubles,
        )
