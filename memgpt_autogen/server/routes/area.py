"""What the routers of all areas have in common: who calls is known, and errors are problems."""

from __future__ import annotations

from fastapi import APIRouter

from memgpt_autogen.server.authentication import AuthenticatedRoute

PREFIX = "/api/v1"
"""What the paths of all areas begin with."""


def area(tag: str) -> APIRouter:
    """Return a router for the paths of one area."""
    return APIRouter(tags=[tag], route_class=AuthenticatedRoute)
