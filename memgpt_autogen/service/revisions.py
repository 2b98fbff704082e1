"""Revisions: by which a caller says which state of a thing was read, so that no edit is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from memgpt_autogen.errors import StaleError


def revision_of(*parts: object) -> str:
    """Return the revision of a thing with these parts. The same parts have the same revision."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Expected:
    """Which state of a thing a change is meant for."""

    revisions: Sequence[str] | None = None
    """One of these; None is any, and `*` any that there is."""
    absent: bool = False
    """Whether there must be no such thing yet."""

    def check(self, what: str, revision: str, current: str, yours: str | None = None) -> None:
        """Raise `StaleError`, with both texts, if the thing is in another state."""
        if self.absent:
            raise StaleError(f"there is {what} already, and the change was for a new one.", current, yours)
        if self.revisions is not None and not {revision, "*"} & set(self.revisions):
            raise StaleError(
                f"{what} was changed since you read it. `current` has its text now, and `yours` what you "
                "wanted to write. Read it again, and send both together.",
                current,
                yours,
            )

    def check_absent(self, what: str, yours: str | None = None) -> None:
        """Raise `StaleError` if the change was for a thing that there is no more."""
        if self.revisions is not None:
            raise StaleError(
                f"there is no {what} any more, and the change was for an existing one.", None, yours
            )


def expected_of(if_match: str | None, if_none_match: str | None) -> Expected:
    """Return what the headers `If-Match` and `If-None-Match` say."""
    revisions = None if if_match is None else [_bare(each) for each in if_match.split(",")]
    return Expected(revisions, absent=if_none_match is not None and if_none_match.strip() == "*")


def _bare(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"')


ANY = Expected()
"""Whatever the state is."""
