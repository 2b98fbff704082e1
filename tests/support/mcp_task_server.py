"""An MCP server, written by hand for the protocol of 2025, with tools that run as tasks."""

from __future__ import annotations

import json
import sys
from typing import Any

TOOLS = [
    {"name": "at_once", "inputSchema": {"type": "object"}},
    {"name": "later", "inputSchema": {"type": "object"}, "execution": {"taskSupport": "required"}},
    {"name": "either", "inputSchema": {"type": "object"}, "execution": {"taskSupport": "optional"}},
]


def answer(method: str) -> dict[str, Any] | None:
    if method == "initialize":
        about = {"name": "tasks", "version": "1"}
        return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": about}
    return {"tools": TOOLS} if method == "tools/list" else None


for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    result = answer(request["method"])
    error = {"code": -32601, "message": "Method not found"}
    outcome = {"error": error} if result is None else {"result": result}
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **outcome}) + "\n")
    sys.stdout.flush()
