"""Parameters that many routes have, and what they take from the app."""

from __future__ import annotations

from typing import Annotated, Optional

from fastapi import Query, Request

from memgpt_autogen.service.equipment import Equipment
from memgpt_autogen.service.pages import MOST
from memgpt_autogen.service.schemas.base import Moment

Limit = Annotated[int, Query(ge=1, le=MOST, description="The most items of the page.")]
Cursor = Annotated[Optional[str], Query(max_length=500, description="`next` of the page before this one.")]

From = Annotated[Optional[Moment], Query(description="Not before this time.")]
Until = Annotated[Optional[Moment], Query(description="Not after this time.")]


def equipment_of(request: Request) -> Equipment:
    """Return the model and the tools that agents have in turns."""
    equipment: Equipment = request.app.state.equipment
    return equipment
