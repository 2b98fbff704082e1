"""The agent in DevUI, which lists it and keeps its conversations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("agent_framework_devui")

from agent_framework_devui import DevServer
from fastapi.testclient import TestClient

from memgpt_autogen.hosts.agent_framework import MemGPTClient


def test_devui_lists_the_agent_and_goes_on_with_a_conversation(tmp_path: Path) -> None:
    client = MemGPTClient("sam", home=tmp_path)
    server = DevServer(auth_enabled=False)
    server.register_entities([client.as_agent(description="remembers")])

    with TestClient(server.get_app(), base_url="http://localhost:8080") as browser:
        (entity,) = browser.get("/v1/entities").json()["entities"]
        conversation = browser.post("/v1/conversations", json={"metadata": {"agent_id": entity["id"]}}).json()

        def asked(text: str) -> Any:
            about = {"entity_id": entity["id"]}
            request = {
                "model": entity["id"],
                "metadata": about,
                "input": text,
                "conversation": conversation["id"],
            }
            return browser.post("/v1/responses", json=request).json()["output"][0]["content"][0]["text"]

        asked("My name is Alice and I love hiking.")
        answer = asked("What do I love?")

    assert entity["name"] == "sam"
    assert "I love hiking" in answer
    tail = client.hosted.memory.log.spoken_tail(9)
    heard = [entry.message.spoken for entry in tail if entry.message.role == "user"]
    assert heard == ["My name is Alice and I love hiking.", "What do I love?"]
