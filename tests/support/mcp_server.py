"""An MCP server for tests: it calculates, shows, fails, hangs and dies. Run it, and it speaks over standard
input and output.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

server = MCPServer("workshop", log_level="ERROR")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def fail(why: str) -> str:
    """Fail with this reason."""
    raise ToolError(why)


@server.tool()
def show() -> CallToolResult:
    """Show what is no text."""
    link = ResourceLink(type="resource_link", name="plan", uri="file:///plan.pdf")
    note = TextResourceContents(uri="note://1", text="a note")
    return CallToolResult(
        content=[
            TextContent(type="text", text="see:"),
            ImageContent(type="image", data="QUJD" * 1000, mime_type="image/png"),
            link,
            EmbeddedResource(type="resource", resource=note),
        ]
    )


@server.tool()
def measured() -> CallToolResult:
    """A structured answer without a text."""
    return CallToolResult(content=[], structured_content={"height_cm": 98})


@server.tool()
def silent() -> CallToolResult:
    """Answer with nothing."""
    return CallToolResult(content=[])


@server.tool()
def environment(name: str) -> str:
    """A variable of the server's environment."""
    return os.environ.get(name, "(not set)")


@server.tool()
def process() -> int:
    """The server's own process."""
    return os.getpid()


@server.tool()
def die(marker: str) -> str:
    """Die once, where this file is not yet; answer from then on."""
    path = Path(marker)
    if not path.exists():
        path.write_text("died", encoding="utf-8")
        os._exit(3)
    return f"alive as {os.getpid()}"


@server.tool()
def hang(seconds: float) -> str:
    """Answer late."""
    time.sleep(seconds)
    return "late"


@server.tool()
def refuse(code: int) -> str:
    """Answer with an error of the protocol."""
    raise MCPError(code, "not today")


@server.tool()
def folder() -> str:
    """The folder in which the server runs."""
    return str(Path.cwd())


@server.tool(name="files.read")
def files_read() -> str:
    """A name that the chat API does not take."""
    return "dotted"


@server.tool(name="files_read")
def files_read_again() -> str:
    """A name that the other one becomes."""
    return "plain"


@server.tool()
def beat(request_heartbeat: str, inner_thoughts: str = "none") -> str:
    """Arguments that are called as the loop's own."""
    return f"{request_heartbeat} / {inner_thoughts}"


if __name__ == "__main__":
    server.run()
