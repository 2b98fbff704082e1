"""An agent's memory as an MCP server: six tools, resources and a prompt, over standard input or over HTTP.

The tools work on the services, and know neither of the two transports.
"""
