"""What only a client without a server has: programs of MCP servers start in the caller's own process."""

from __future__ import annotations

import pytest

from memgpt_autogen.client import ApiError, LocalClient
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.settings import Settings


@pytest.fixture
def added() -> None:
    """A home with an agent and an MCP server that is a program."""
    with LocalClient() as client:
        client.create_agent("sam")
        client.put_mcp_server("shop", command=["a-program-that-is-nowhere"], check=False)


def refused(client: LocalClient) -> None:
    with client, pytest.raises((ApiError, ConfigurationError), match="no programs are started for MCP here"):
        client.put_mcp_server("shop", command=["other"], check=False)


def test_a_client_starts_no_programs_for_mcp_where_it_or_the_home_says_so(
    added: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(LocalClient(mcp_programs=False))
    refused(LocalClient(Settings.load(mcp_programs=False)))
    with (Settings.load().home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("mcp_programs = false\n")
    refused(LocalClient())
    monkeypatch.setenv("MEMGPT_AUTOGEN_MCP_PROGRAMS", "true")

    with LocalClient() as client:
        assert client.put_mcp_server("shop", command=["other"], check=False).command == ["other"]
