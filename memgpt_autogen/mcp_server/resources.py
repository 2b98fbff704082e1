"""Resources: core memory, what was said last, and every memory by its address, such as `memory://sam/recall/12`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import unquote

from memgpt_autogen.errors import NotFoundError, quoted
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.mcp_server.access import SCHEME, Access
from memgpt_autogen.mcp_server.arguments import FetchArguments
from memgpt_autogen.mcp_server.fetching import NEIGHBOUR_CHARACTERS, fetch
from memgpt_autogen.rendering.plain_text import shorten
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.blocks import list_blocks
from memgpt_autogen.service.pages import MOST
from memgpt_autogen.text.safe import clean_text

RECENT = 20
"""How many of the last messages `recent` has."""

TEXT, JSON = "text/plain", "application/json"


@dataclass(frozen=True, slots=True)
class MemoryResource:
    """A resource as clients list it."""

    place: str
    title: str
    description: str


RESOURCES = (
    MemoryResource("core", "Core memory", "The facts that always hold, block by block."),
    MemoryResource("recent", "Recent messages", f"The last {RECENT} messages, oldest first."),
)

TIERS = ("recall", "archival", "core")
"""The tiers whose memories have addresses of their own."""


def template(access: Access) -> str:
    """Return the template of the addresses of single memories."""
    return f"{access.address('')}{{tier}}/{{id}}"


def read_resource(access: Access, address: str) -> tuple[str, str]:
    """Return the type and the text of a resource. Raises `NotFoundError` where this agent has none there."""
    access.check("reading memory", "read")
    scheme, _, rest = address.partition("://")
    host, _, path = rest.partition("/")
    tier, _, place = path.strip("/").partition("/")
    if scheme == SCHEME and unquote(host).lower() in (access.name.lower(), access.agent.lower()):
        if tier in TIERS and place:
            found = fetch(access, FetchArguments(id=f"{tier}:{unquote(place)}"))
            return JSON, json.dumps(found, ensure_ascii=False)
        if tier == "core":
            return TEXT, _core(access)
        if tier == "recent" and not place:
            return TEXT, _recent(access)
    known = ", ".join(access.address(each.place) for each in RESOURCES)
    raise NotFoundError(f"there is no resource {quoted(address)}. There are {known} and {template(access)}.")


def _core(access: Access) -> str:
    blocks = list_blocks(access.settings, access.agent, access.among, limit=MOST).items
    return "\n\n".join(f"## {block.label}\n{block.value}" for block in blocks)


def _recent(access: Access) -> str:
    memory = open_agent(access.settings, access.agent, access.among, embedder=NONE)
    lines = []
    for entry in memory.log.spoken_tail(RECENT):
        message = entry.message
        if entry.hidden or message.spoken is None:
            continue
        time = f"{message.time.astimezone(access.settings.zone):%Y-%m-%d %H:%M}"
        said = shorten(clean_text(message.spoken), NEIGHBOUR_CHARACTERS)
        lines.append(f"[recall:{entry.seq}] {time} {clean_text(message.name or access.name)}: {said}")
    return "\n".join(lines) or "Nobody has said anything yet."
