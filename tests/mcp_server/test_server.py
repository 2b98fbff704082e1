"""The server object: what a client hears while a call takes long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import pytest
from mcp_memory import access_to

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.mcp_server.access import Said
from memgpt_autogen.settings import Settings

pytest.importorskip("mcp_types", reason="version 2 of the MCP SDK is not installed")


def test_a_client_that_asks_hears_that_a_call_is_still_running(monkeypatch: pytest.MonkeyPatch) -> None:
    from mcp import Client

    from memgpt_autogen.mcp_server import server

    open_memory("sam", Settings.load())
    monkeypatch.setattr(server, "PROGRESS_SECONDS", 0.01)

    async def talk() -> None:
        heard = anyio.Event()

        async def say(_: str) -> Said:
            await heard.wait()  # the answer comes after the first news
            return Said("ended", ("Hello.",))

        async def note(progress: float, _total: Any, message: Any) -> None:
            assert progress > 0
            assert message == "still at work"
            heard.set()

        access = replace(access_to(), say=say)
        with anyio.fail_after(60):
            async with Client(server.make_server(lambda _: access)) as client:
                answer = await client.call_tool("say", {"message": "Hi."}, progress_callback=note)
        assert answer.structured_content["reply"] == "Hello."

    anyio.run(talk)
