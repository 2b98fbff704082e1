"""Saved searches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Optional

from pydantic import Field

from memgpt_autogen.service.pages import MOST
from memgpt_autogen.service.saved_searches import Expected
from memgpt_autogen.service.schemas.base import Answer, Body
from memgpt_autogen.service.schemas.search import Role, SearchBody, Tier

USUAL_WITHIN = 5
"""Among how many of the first results something is expected by default."""


class ExpectedHit(Body):
    """What a search is expected to find, as one of its results names it."""

    tier: Tier
    id: Annotated[str, Field(min_length=1, max_length=1000)]
    """For core memory, the label counts, and not the line."""

    def expected(self) -> Expected:
        return Expected(self.tier, self.id)


class NewSavedSearch(Body):
    """A search, and what it is expected to find."""

    search: SearchBody
    expected: ExpectedHit
    within: Annotated[int, Field(ge=1, le=MOST)] = USUAL_WITHIN
    """It passes if what is expected is among so many of the first results."""


class SavedRequestAnswer(Answer):
    """What is looked for."""

    queries: list[str]
    tiers: list[Tier]
    speaker: Optional[str]
    role: Optional[Role]
    start: Optional[datetime]
    end: Optional[datetime]
    as_of: Optional[datetime]
    tags: list[str]
    sources: list[str]
    limit: int
    budget_tokens: Optional[int]


class ExpectedAnswer(Answer):
    """What a search is expected to find."""

    tier: Tier
    id: str
    text: Optional[str]
    """What it says now; null if it was deleted."""


class SavedSearchAnswer(Answer):
    """A search that can be run again."""

    id: str
    search: SavedRequestAnswer
    expected: ExpectedAnswer
    within: int
    """It passes if what is expected is among so many of the first results."""
    rank: Optional[int]
    """The place of what is expected when it was saved, from 1; null if it was not found."""
    created_at: datetime


class TriedSearchAnswer(Answer):
    """What a saved search found now."""

    rank: Optional[int]
    """The place of what is expected, from 1; null if it was not found."""
    passed: bool
    expected: ExpectedAnswer
    seconds: float
    """How long the search took."""
