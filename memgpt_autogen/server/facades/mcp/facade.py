"""MCP as a facade."""

from __future__ import annotations

from memgpt_autogen.server.facades.facade import Facade
from memgpt_autogen.server.facades.mcp import discovery, endpoint
from memgpt_autogen.server.facades.mcp.errors import json_rpc_shape

MCP = Facade(
    routers=(endpoint.router, endpoint.public, discovery.router),
    shapes={endpoint.PATH: json_rpc_shape},
    running=endpoint.running,
)
