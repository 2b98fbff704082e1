"""ETags: the revision of what can be edited, and the headers that say which one a change is for."""

from __future__ import annotations

from typing import Annotated, Optional

from fastapi import Depends, Header, Response

from memgpt_autogen.service.revisions import Expected, expected_of

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
    return expected_of(if_match, if_none_match)


Matching = Annotated[Expected, Depends(_expected)]
"""What the headers `If-Match` and `If-None-Match` say."""


def set_etag(response: Response, revision: str) -> None:
    response.headers["ETag"] = f'"{revision}"'
