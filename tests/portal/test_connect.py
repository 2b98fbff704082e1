"""The page Connect: its lines work as they are copied, and each way can be tried from the page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from browser import MakeVisitor
from playwright.sync_api import Page, expect

from memgpt_autogen.client import Client

SAID = "My cat is Tosca."


@pytest.fixture
def connect(address: str, admin: Client, visit: MakeVisitor) -> Page:
    """The page of somebody with an agent, whose name must be quoted, and a key."""
    admin.create_agent("ada's-agent")
    page = visit(address).open("connect?agent=ada's-agent")
    page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("laptop")
    dialog.get_by_label("All, also those that are created later").uncheck()
    dialog.get_by_role("button", name="Make the key").click()
    dialog.get_by_role("button", name="Done").click()
    return page


def test_the_lines_work_as_they_are_copied(connect: Page, admin: Client, tmp_path: Path) -> None:
    (key,) = [each for each in admin.list_keys("home").items if not each.is_session]
    assert (key.name, key.agents) == ("laptop", [admin.get_agent("ada's-agent").id])

    first, own = (_lines(connect, "curl", title) for title in ("OpenAI’s form", "The server’s own"))
    answered = json.loads(_run("bash", "-c", first.replace("curl ", "curl -sS ")))
    assert answered["choices"][0]["message"]["content"] == "Noted."
    assert json.loads(_run("bash", "-c", own.replace("curl ", "curl -sS ")))["replies"] == ["Noted."]
    for program in ("Python: openai", "Python: memgpt_autogen"):
        script = tmp_path / "script.py"
        script.write_text(_lines(connect, program, "Python"), encoding="utf-8")
        assert "Noted." in _run(sys.executable, str(script))
    autogen = _lines(connect, "AutoGen", "Python")
    script.write_text(
        f"{autogen}\nprint(assistant.generate_reply([{{'role': 'user', 'content': {SAID!r}}}]))\n",
        encoding="utf-8",
    )
    assert "Noted." in _run(sys.executable, str(script))

    heard = [each.text for each in admin.get_log("ada's-agent").items if each.role == "user"]
    assert heard == [SAID] * 5


def test_the_lines_for_configurations_are_json_with_the_address_and_the_key(
    connect: Page, address: str
) -> None:
    cursor = json.loads(_lines(connect, "MCP: Claude, Cursor, VS Code", "Cursor: ~/.cursor/mcp.json"))
    (memory,) = cursor["mcpServers"].values()
    key = connect.get_by_label("Key in the lines").input_value()

    assert memory == {"url": f"{address}/mcp/ada's-agent", "headers": {"Authorization": f"Bearer {key}"}}
    assert f'baseURL: "{address}/v1"' in _lines(connect, "LibreChat", "YAML")
    assert _lines(connect, "Open WebUI", "Key") == key


def test_each_way_is_tried_with_the_key_and_with_the_session(connect: Page, admin: Client) -> None:
    for program in ("curl", "Python: memgpt_autogen", "MemGPT 0.3", "letta-client"):
        told = _try(connect, program)
        expect(told).to_contain_text("200 OK")
        expect(told.locator(".said")).to_have_text("Noted.")
    told = _try(connect, "MCP: Claude, Cursor, VS Code")
    expect(told.locator(".said")).to_contain_text("Tools: search")
    heard = [each.text for each in admin.get_log("ada's-agent").items if each.role == "user"]
    assert heard == ["Hello from the portal."] * 4

    connect.get_by_label("Key in the lines").fill("mga_wrong")
    expect(_try(connect, "curl", again=True).locator(".said")).to_contain_text("key is not valid")
    connect.get_by_label("Key in the lines").fill("")
    expect(_try(connect, "curl", again=True).locator(".said")).to_have_text("Noted.")


def _lines(page: Page, program: str, title: str) -> str:
    return page.get_by_label(f"{program}, {title}", exact=True).inner_text()


def _try(page: Page, program: str, *, again: bool = False):  # type: ignore[no-untyped-def]  # Playwright's own
    shown = page.get_by_role("region", name=program, exact=True)
    if not again:
        shown.get_by_text("Try it").click()
    told = shown.get_by_role("status")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        shown.get_by_role("button", name="Send it").click()
    return told


def _run(*words: str) -> str:
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
