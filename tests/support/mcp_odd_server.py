"""An MCP server, written by hand for the protocol of 2025, that does what real ones were seen to do wrong."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

NOTHING: dict[str, Any] = {"type": "object", "properties": {}}
COUNT = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}

TOOLS: list[Any] = [
    {"name": "other_form", "inputSchema": NOTHING, "outputSchema": COUNT},
    {"name": "without_form", "inputSchema": NOTHING, "outputSchema": COUNT},
    {"name": "no_form", "inputSchema": NOTHING, "outputSchema": {"type": "object", "$ref": "https://x.org/"}},
    {"name": "other_encoding", "inputSchema": NOTHING},
    {"name": "unknown_block", "inputSchema": NOTHING},
    {"name": "no_content", "inputSchema": NOTHING},
    {"name": "words_in_front", "inputSchema": NOTHING},
    {"name": "half_a_character", "inputSchema": NOTHING},
    {"name": "error_in_form", "inputSchema": NOTHING},
    {"name": "link", "inputSchema": NOTHING},
    {"name": "no_schema"},
    {"name": "wrong_schema", "inputSchema": {"type": "object", "properties": {"a": True}, "required": None}},
    {"name": "wrong_notes", "inputSchema": NOTHING, "annotations": {"title": 5}},
    {"name": None, "inputSchema": NOTHING},
    {
        "name": "choice",
        "description": f"Read a page. {'Words ' * 300}",
        "inputSchema": {
            "type": "object",
            "properties": {"route": {"type": "string"}, "file": {"type": "string"}, "StartTime>": COUNT},
            "anyOf": [{"required": ["route"]}, {"required": ["file"]}],
        },
    },
]

PLAN = {
    "type": "resource_link",
    "uri": "file:///plan.pdf",
    "name": "plan",
    "description": "The plan of the house",
    "mimeType": "application/pdf",
    "size": 12345,
}


def text(words: Any) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": words}]}


def answers(arguments: Any) -> dict[str, dict[str, Any]]:
    return {
        "other_form": {**text("it is 7"), "structuredContent": {"n": "seven"}},
        "without_form": text("it is 7"),
        "no_form": {**text("it is 7"), "structuredContent": {"n": 7}},
        "other_encoding": text("Grüße"),
        "unknown_block": {
            "content": ["words", 7, {"type": "video", "mimeType": "video/mp4", "data": "AAAA"}]
        },
        "no_content": {"structuredContent": [1, 2]},
        "words_in_front": text("found"),
        "half_a_character": text("a\ud83db"),
        "error_in_form": {"content": [], "structuredContent": {"code": "BUSY"}, "isError": True},
        "link": {"content": [PLAN]},
        "choice": text(json.dumps(arguments)),
    }


def answer(method: str, params: Any) -> dict[str, Any] | None:
    if method == "initialize":
        about = {"name": "odd", "version": "1"}
        return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": about}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method != "tools/call":
        return None
    if params["name"] == "other_encoding":
        os.write(1, "Grüße\n".encode("latin-1"))
    if params["name"] == "words_in_front":
        os.write(1, b"Searching ... ")
    return answers(params.get("arguments"))[params["name"]]


for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    result = answer(request["method"], request.get("params"))
    error = {"code": -32601, "message": "Method not found"}
    outcome = {"error": error} if result is None else {"result": result}
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], **outcome}) + "\n")
    sys.stdout.flush()
