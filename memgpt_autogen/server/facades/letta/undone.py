"""What Letta's client can ask for and this server does not do: 501, and what to use."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from memgpt_autogen.server.authentication import Known
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.problems import ProblemError

_CONVERSATIONS = (
    "an agent has one log here. Send messages to the agent, or fork it: POST /api/v1/agents/AGENT/fork."
)

_TOOLS = (
    "posted source is never run here. Tools come from the operator, from MCP servers (POST "
    "/api/v1/mcp-servers), or as client_tools of a message."
)

_MCP = "MCP servers are under /api/v1/mcp-servers here."

_TEMPLATES = "templates of personas and humans are under /api/v1/templates here; to copy an agent, fork it."

_STEPS = "the steps of a run are its events here: GET /api/v1/runs/RUN/events."

_IDENTITIES = "people are users with keys here: /api/v1/users."

_FILES = "agents open documents themselves here, with their tools."

UNDONE: tuple[tuple[str, str, str], ...] = (
    (
        "GET",
        "/agents/{agent}/export",
        "an agent is exported as a bundle here: GET /api/v1/agents/AGENT/export.",
    ),
    (
        "POST",
        "/agents/{agent}/export",
        "an agent is exported as a bundle here: GET /api/v1/agents/AGENT/export.",
    ),
    (
        "POST",
        "/agents/import",
        "import an agent file with `memgpt-autogen import FILE` on the server's machine.",
    ),
    ("POST", "/agents/{agent}/recompile", "the system prompt is made anew for each turn here."),
    ("POST", "/agents/{agent}/system-prompt/recompile", "the system prompt is made anew for each turn here."),
    ("GET", "/agents/{agent}/context", "the window is at GET /api/v1/agents/AGENT/window here."),
    ("PATCH", "/agents/{agent}/reset-messages", "forget with POST /api/v1/agents/AGENT/forget here."),
    ("POST", "/agents/{agent}/summarize", "evict with POST /api/v1/agents/AGENT/compact here."),
    ("PATCH", "/agents/{agent}/messages/{message}", "rewrite with POST /api/v1/agents/AGENT/rewrite here."),
    (
        "POST",
        "/agents/{agent}/messages/preview-raw-payload",
        "the window is at GET /api/v1/agents/AGENT/window.",
    ),
    ("POST", "/agents/{agent}/generate", "a model without an agent is not served here. Send a message."),
    ("POST", "/agents/messages/search", "search with POST /api/v1/agents/AGENT/search here."),
    ("PATCH", "/agents/{agent}/tools/attach/{tool}", _TOOLS),
    ("PATCH", "/agents/{agent}/tools/detach/{tool}", _TOOLS),
    (
        "PATCH",
        "/agents/{agent}/tools/approval/{tool}",
        "which calls need approval is set with their tool here.",
    ),
    ("PATCH", "/agents/{agent}/files/close-all", _FILES),
    ("PATCH", "/agents/{agent}/files/{file}/open", _FILES),
    ("PATCH", "/agents/{agent}/files/{file}/close", _FILES),
    ("PATCH", "/agents/{agent}/identities/attach/{identity}", _IDENTITIES),
    ("PATCH", "/agents/{agent}/identities/detach/{identity}", _IDENTITIES),
    ("GET", "/agents/{agent}/groups", "groups are those of AutoGen here: /api/v1/groups."),
    ("GET", "/agents/{agent}/schedule", "nothing is scheduled here. Send messages from a clock of your own."),
    (
        "POST",
        "/agents/{agent}/schedule",
        "nothing is scheduled here. Send messages from a clock of your own.",
    ),
    ("GET", "/agents/{agent}/schedule/{message}", "nothing is scheduled here."),
    ("DELETE", "/agents/{agent}/schedule/{message}", "nothing is scheduled here."),
    ("GET", "/archives/{archive}/agents", "who reads an archive is in GET /api/v1/archives/ARCHIVE here."),
    ("PATCH", "/blocks/{block}/identities/attach/{identity}", _IDENTITIES),
    ("PATCH", "/blocks/{block}/identities/detach/{identity}", _IDENTITIES),
    ("DELETE", "/runs/{run}", "runs are kept here for as long as the operator says. To stop one, cancel it."),
    ("GET", "/runs/{run}/steps", _STEPS),
    ("GET", "/runs/{run}/trace", _STEPS),
    ("GET", "/runs/{run}/metrics", "metrics of the server are at GET /metrics here."),
    ("GET", "/messages/", "messages are listed agent by agent here: agents.messages.list."),
    ("POST", "/messages/search", "search with POST /api/v1/agents/AGENT/search here."),
    ("GET", "/messages/{message}", "messages are listed agent by agent here: agents.messages.list."),
    ("GET", "/tags/", "agents have no tags here; passages do."),
    ("POST", "/tools/", _TOOLS),
    ("PUT", "/tools/", _TOOLS),
    ("POST", "/tools/search", "list the tools here: tools.list."),
    ("POST", "/tools/run", _TOOLS),
    ("GET", "/tools/{tool}", "list the tools here: tools.list."),
    ("PATCH", "/tools/{tool}", _TOOLS),
    ("DELETE", "/tools/{tool}", _TOOLS),
    ("GET", "/mcp-servers/", _MCP),
    ("POST", "/mcp-servers/", _MCP),
    ("GET", "/mcp-servers/{server}", _MCP),
    ("PATCH", "/mcp-servers/{server}", _MCP),
    ("DELETE", "/mcp-servers/{server}", _MCP),
    ("PATCH", "/mcp-servers/{server}/refresh", _MCP),
    ("GET", "/mcp-servers/{server}/tools", _MCP),
    ("GET", "/mcp-servers/{server}/tools/{tool}", _MCP),
    ("POST", "/mcp-servers/{server}/tools/{tool}/run", _MCP),
    *(
        (method, path, _CONVERSATIONS)
        for method, path in (
            ("GET", "/conversations/"),
            ("POST", "/conversations/"),
            ("GET", "/conversations/{conversation}"),
            ("PATCH", "/conversations/{conversation}"),
            ("DELETE", "/conversations/{conversation}"),
            ("GET", "/conversations/{conversation}/messages"),
            ("POST", "/conversations/{conversation}/messages"),
            ("POST", "/conversations/{conversation}/{what}"),
        )
    ),
    ("GET", "/steps/", _STEPS),
    ("GET", "/steps/{step}", _STEPS),
    ("GET", "/steps/{step}/messages", _STEPS),
    ("GET", "/steps/{step}/metrics", _STEPS),
    ("GET", "/steps/{step}/trace", _STEPS),
    ("PATCH", "/steps/{step}/feedback", _STEPS),
    ("POST", "/templates", _TEMPLATES),
    ("PATCH", "/templates/{template}", _TEMPLATES),
    ("DELETE", "/templates/{template}", _TEMPLATES),
    ("POST", "/templates/{template}/agents", _TEMPLATES),
    ("POST", "/templates/{template}/save", _TEMPLATES),
    ("POST", "/templates/{template}/rollback", _TEMPLATES),
    ("GET", "/environments", "environments are a part of Letta's cloud."),
    ("GET", "/environments/{device}", "environments are a part of Letta's cloud."),
    ("POST", "/environments/{connection}/messages", "environments are a part of Letta's cloud."),
    ("GET", "/client-side-access-tokens", "keys are made with POST /api/v1/users/USER/keys here."),
    ("POST", "/client-side-access-tokens", "keys are made with POST /api/v1/users/USER/keys here."),
    (
        "DELETE",
        "/client-side-access-tokens/{token}",
        "keys end with DELETE /api/v1/users/USER/keys/KEY here.",
    ),
)
"""The method and the path under `/v1` of each call, and what to use."""

router = foreign_area("letta", "/v1")


def _refusing(sentence: str) -> Callable[[Known], Coroutine[Any, Any, None]]:
    async def refuse(_caller: Known) -> None:
        # the client asks again after an error of the server
        detail = f"this server does not do that: {sentence}"
        raise ProblemError(501, detail, {"x-should-retry": "false"})

    return refuse


for _method, _path, _sentence in UNDONE:
    router.add_api_route(
        _path, _refusing(_sentence), methods=[_method], name="letta_undone", response_model=None
    )
