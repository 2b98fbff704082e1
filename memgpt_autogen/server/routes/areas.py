"""All areas, in the order of the OpenAPI file."""

from __future__ import annotations

from fastapi import APIRouter

from memgpt_autogen.server.routes import (
    agents,
    apply,
    archive_passages,
    backup,
    blocks,
    documents,
    facts,
    groups,
    log,
    mcp_servers,
    passages,
    past,
    people,
    runs,
    saved_searches,
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
    groups.router,
    window.router,
    blocks.router,
    log.router,
    search.router,
    saved_searches.router,
    passages.router,
    past.router,
    sources.router,
    documents.router,
    shared.router,
    archive_passages.router,
    templates.router,
    apply.router,
    facts.router,
    mcp_servers.router,
    backup.router,
)
"""The routers under the prefix of the API."""

MOST_USED = runs.router
"""A request is compared with all paths, one after the other, so this area is the first."""
