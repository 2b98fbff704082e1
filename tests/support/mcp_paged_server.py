"""An MCP server, written by hand for the protocol of 2025, that lists its tools in pages.

Its argument says how: `pages` are 3 pages of 40 tools, with an empty cursor after the first one; `again` is
one page with a cursor that leads to the same page.
"""

from __future__ import annotations

import json
import sys
from typing import Any

CURSORS = {None: 0, "": 1, "last": 2}


def tools(first: int) -> list[dict[str, Any]]:
    return [{"name": f"tool_{n}", "inputSchema": {"type": "object"}} for n in range(first, first + 40)]


def answer(method: str, params: Any) -> dict[str, Any] | None:
    if method == "initialize":
        about = {"name": "paged", "version": "1"}
        return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": about}
    if method != "tools/list":
        return None
    if sys.argv[1] == "again":
        return {"tools": tools(0), "nextCursor": "0"}
    page = CURSORS[params.get("cursor")]
    following = ["", "last", None][page]
    return {"tools": tools(40 * page)} | ({} if following is None else {"nextCursor": following})


for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    result = answer(request["method"], request.get("params") or {})
    error = {"code": -32601, "message": "Method not found"}
    outcome = {"error": error} if result is None else {"result": result}
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **outcome}) + "\n")
    sys.stdout.flush()
