"""MemGPT 0.3's API as a facade."""

from __future__ import annotations

from memgpt_autogen.server.facades.facade import Facade
from memgpt_autogen.server.facades.memgpt import admin, agents, facts, gone, memory, messages, sources, texts
from memgpt_autogen.server.facades.memgpt.errors import memgpt_shape

# `/api/v1` is our own API, whose errors are problems
_AREAS = ("admin", "agents", "auth", "config", "humans", "models", "personas", "presets", "sources", "tools")

MEMGPT = Facade(
    routers=(
        facts.public,
        messages.router,
        agents.router,
        memory.router,
        texts.router,
        facts.router,
        sources.router,
        admin.router,
        gone.router,
    ),
    shapes={
        **{f"/api/{area}": memgpt_shape for area in _AREAS},
        "/admin": memgpt_shape,
        "/v1/assistants": memgpt_shape,
        "/v1/threads": memgpt_shape,
    },
)
