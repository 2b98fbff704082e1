#!/usr/bin/env bash
# mcp 2.3.0: one byte on a program's output that is not UTF-8 stops a session over standard input and output, and the
# session does not notice. The reader ends with UnicodeDecodeError, and then waits for the end of the program before it
# closes the stream. So the call that is open and every later one wait for their whole time limit. A line that is UTF-8
# and no message is left out, and does no harm.
#
# The way out: StdioServerParameters(..., encoding_error_handler="replace").
#
# Output seen with mcp 2.3.0 and Python 3.11:
#   strict: a line of words -> answered; a byte that is not UTF-8 -> no answer; the next call -> no answer
#   replace: a line of words -> answered; a byte that is not UTF-8 -> answered; the next call -> answered
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'mcp==2.3.0'
cat > "$folder/server.py" <<'PY'
import json
import os
import sys

TOOLS = [{"name": name, "inputSchema": {"type": "object"}} for name in ("words", "byte", "plain")]
LINES = {"words": b"Loading ...\n", "byte": b"Gr\xfc\xdfe\n", "plain": b""}
ABOUT = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "a", "version": "1"}}

for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    answer = {"error": {"code": -32601, "message": "Method not found"}}
    if request["method"] == "initialize":
        answer = {"result": ABOUT}
    elif request["method"] == "tools/list":
        answer = {"result": {"tools": TOOLS}}
    elif request["method"] == "tools/call":
        os.write(1, LINES[request["params"]["name"]])
        answer = {"result": {"content": [{"type": "text", "text": "done"}]}}
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer}), flush=True)
PY
"$folder/venv/bin/python" -W ignore - "$folder/server.py" 2>/dev/null <<'PY'
import asyncio
import sys

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client


async def seen(errors):
    server = StdioServerParameters(command=sys.executable, args=[sys.argv[1]], encoding_error_handler=errors)
    outcomes = []

    async def calls():
        async with Client(stdio_client(server)) as client:
            for name in ("words", "byte", "plain"):
                try:
                    await client.call_tool(name, {}, read_timeout_seconds=3)
                    outcomes.append("answered")
                except Exception:
                    outcomes.append("no answer")

    try:
        await asyncio.wait_for(calls(), 30)
    except BaseException:
        pass
    return outcomes


wrong = False
for errors in ("strict", "replace"):
    words, byte, plain = asyncio.run(seen(errors))
    print(f"{errors}: a line of words -> {words}; a byte that is not UTF-8 -> {byte}; the next call -> {plain}")
    wrong |= (words, byte, plain) != ("answered", *(["no answer" if errors == "strict" else "answered"] * 2))
assert not wrong, "the behaviour has changed"
PY
