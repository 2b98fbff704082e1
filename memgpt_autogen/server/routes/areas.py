"""All areas, in the order of the OpenAPI file."""

from __future__ import annotations

from fastapi import APIRouter

from memgpt_autogen.server.routes import (
    agents,
    blocks,
    facts,
    log,
    passages,
    past,
    people,
    runs,
    search,
    shared,
    sources,
    templates,
    window,
)

AREAS: tuple[APIRouter, ...] = (
    people.public,
    people.router,
    agents.router,
    runs.router,
    window.router,
    blocks.router,
    log.router,
    search.router,
    passages.router,
    past.router,
    sources.router,
    shared.router,
    templates.router,
    facts.router,
)
"""The routers under the prefix of the API."""
