"""ETags: the revision of what can be edited, and the headers that say which one a change is for."""

from __future__ import annotations

from typing import Annotated, Optional

from fastapi import Depends, Header, Response

from memgpt_autogen.service.revisions import Expected

_MOST = 1000


def _expected(
    if_match: Annotated[
        Optional[str],
        Header(max_length=_MOST, description="The ETag that was read: 412 if it is another one now."),
    ] = None,
    if_none_match: Annotated[
        Optional[str], Header(max_length=_MOST, description="`*` creates only: 412 if it is there already.")
    ] = None,
) -> Expected:
    revisions = None if if_match is None else [_bare(each) for each in if_match.split(",")]
    return Expected(revisions, absent=if_none_match is not None and if_none_match.strip() == "*")


Matching = Annotated[Expected, Depends(_expected)]
"""What the headers `If-Match` and `If-None-Match` say."""


def set_etag(response: Response, revision: str) -> None:
    response.headers["ETag"] = f'"{revision}"'


def _bare(tag: str) -> str:
    return tag.strip().removeprefix("W/").strip('"')
