"""`mcp`: the memory of an agent for programs that start it, such as Claude Desktop, Cursor or VS Code."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from memgpt_autogen.cli.agents import FIRST, agent_names, find_or_create, load_settings, several_agents
from memgpt_autogen.cli.app import TALK, command
from memgpt_autogen.cli.options import BaseUrl, Home, Model, Window
from memgpt_autogen.cli.remote.choice import chosen_key, server_address


def add_to(app: typer.Typer) -> None:
    command(app, "mcp", rich_help_panel=TALK)(mcp)


def mcp(
    agent: Annotated[
        Optional[str], typer.Option("--agent", "-a", help="The agent. It is created if it does not exist.")
    ] = None,
    home: Home = None,
    model: Model = None,
    base_url: BaseUrl = None,
    window: Window = None,
    *,
    say: Annotated[
        bool, typer.Option("--say", help="Let programs talk to the agent, too. Each turn costs its model.")
    ] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Let programs read memory, and not change it.")
    ] = False,
) -> None:
    """Serve an agent's memory to a program that speaks MCP, over standard input and output.

    The program starts this command itself, and ends it.
    """
    from memgpt_autogen.mcp_server.sdk import check_sdk

    check_sdk()
    given = {"model": model, "base_url": base_url, "window_tokens": window}
    settings = load_settings(home, **given)
    address = server_address()
    names = agent_names(settings) if agent is None else [agent]
    if len(names) > 1:
        raise several_agents(settings, names)
    name = names[0] if names else FIRST
    if address is not None:
        from memgpt_autogen.mcp_server.relay import serve_remote

        serve_remote(address, chosen_key(), name, say=say, read_only=read_only)
        return
    from memgpt_autogen.cli.agents import with_local_model
    from memgpt_autogen.llm.model_kinds import NONE
    from memgpt_autogen.mcp_server.stdio import serve_home

    if say:
        settings, _ = with_local_model(settings)
    find_or_create(name, settings, embedder=NONE)
    serve_home(settings, name, say=say, read_only=read_only)
