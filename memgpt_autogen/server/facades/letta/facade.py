"""Letta's API as a facade."""

from __future__ import annotations

from memgpt_autogen.server.facades.facade import Facade
from memgpt_autogen.server.facades.letta import (
    agents,
    archives,
    blocks,
    folders,
    others,
    passages,
    runs,
    talking,
    undone,
)
from memgpt_autogen.server.facades.letta.errors import letta_shape

# not /v1/conversations, whose errors have OpenAI's shape
_AREAS = (
    "agents",
    "archives",
    "blocks",
    "client-side-access-tokens",
    "environments",
    "folders",
    "health",
    "mcp-servers",
    "messages",
    "passages",
    "runs",
    "sources",
    "steps",
    "tags",
    "templates",
    "tools",
)

LETTA = Facade(
    routers=(
        talking.router,
        undone.router,
        agents.router,
        blocks.router,
        passages.router,
        *folders.ROUTERS,
        archives.router,
        runs.router,
        others.router,
        others.public,
    ),
    shapes={f"/v1/{area}": letta_shape for area in _AREAS},
)
