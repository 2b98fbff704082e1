"""`remember`: a new note in archival memory."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.mcp_server.access import Access
from memgpt_autogen.mcp_server.arguments import RememberArguments
from memgpt_autogen.service.passages import add_passages


def remember(access: Access, asked: RememberArguments) -> dict[str, Any]:
    """Store a text, and return the ids of its passages. One that is stored already gets the new tags."""
    added = add_passages(access.settings, access.agent, asked.text, access.among, tags=asked.tags or ())
    access.note("add_passages", "passages")
    return {"ids": [f"archival:{passage.id}" for passage in added]}
