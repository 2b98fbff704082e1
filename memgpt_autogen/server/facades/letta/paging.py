"""Lists as Letta's client reads them: a page begins after an item, or ends before one, in a named order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Literal, Optional, TypeVar

from fastapi import Depends, Query

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.server.facades.letta.ids import bare

T = TypeVar("T")

MOST = 1000
"""The most items of a page."""


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which page is asked for."""

    before: str | None
    after: str | None
    limit: int
    order: Literal["asc", "desc"]

    def of(self, newest_first: Sequence[T], id_of: Callable[[T], str]) -> list[T]:
        """Return the page of a whole list. Items of one id are on one page.

        Raises `NotFoundError` where the item is not there.
        """
        groups = [list(each) for _, each in groupby(newest_first, key=id_of)]
        if self.order == "asc":
            groups = [each[::-1] for each in reversed(groups)]
        ids = [id_of(each[0]) for each in groups]
        if self.after is not None:
            groups = groups[_place(ids, self.after) + 1 :]
        elif self.before is not None:
            groups = groups[: _place(ids, self.before)][-self.limit :]
        return [item for group in groups[: self.limit] for item in group]


def _page(
    before: Annotated[Optional[str], Query(max_length=600)] = None,
    after: Annotated[Optional[str], Query(max_length=600)] = None,
    limit: Annotated[int, Query(ge=1)] = 100,
    order: Annotated[Optional[Literal["asc", "desc"]], Query()] = None,
    ascending: Annotated[Optional[bool], Query()] = None,
) -> PageAsked:
    if order is None:
        order = "asc" if ascending else "desc"
    return PageAsked(before or None, after or None, min(limit, MOST), order)


Paged = Annotated[PageAsked, Depends(_page)]


def _place(ids: Sequence[str], given: str) -> int:
    try:
        return ids.index(bare(given))
    except ValueError:
        raise NotFoundError(
            f"the list has no {quoted(given)} (any more). Ask for its first page, without before and after."
        ) from None
