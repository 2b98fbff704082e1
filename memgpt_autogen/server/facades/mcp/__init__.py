"""Memory as an MCP server: `/mcp/AGENT` (Streamable HTTP), over the tools that `mcp_server` has."""
