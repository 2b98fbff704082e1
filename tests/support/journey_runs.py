"""Journeys of clients of others, each by its own Python, on a real server with a model that follows rules.

`python -m tests.support.journey_runs` runs all whose environments are there (`make clients` makes them) and
writes what works into `tests/support/journeys/results.json`. `docs/write_connect.py` makes tables of that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import httpx
from server_apps import PASSWORD
from server_processes import ServerProcess, running

from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.testing import ScriptedServer
from memgpt_autogen.testing.scripted import Request, call, says

ROOT = Path(__file__).parents[2]

FOLDER = Path(__file__).with_name("journeys")

RESULTS = FOLDER / "results.json"

JOURNEYS: Mapping[str, str] = MappingProxyType(
    {
        "openai": "openai_journey.py",
        "openai-1.3": "openai_journey.py",
        "autogen": "autogen_journey.py",
        "litellm": "litellm_journey.py",
        "langchain": "langchain_journey.py",
        "letta": "letta_journey.py",
        "mcp": "mcp_journey.py",
        "mcp-1.30": "mcp_journey.py",
        "fastmcp": "mcp_journey.py",
        "ag2-mcp": "mcp_journey.py",
        "pymemgpt": "pymemgpt_journey.py",
    }
)
"""The scripts, by the names of the clients in the Makefile."""

# how long a journey may take, in seconds
_SECONDS = 800


def python_of(name: str) -> Path:
    """Return the Python of a client's environment."""
    return ROOT / ".venvs" / f"client-{name}" / "bin" / "python"


def answer(request: Request) -> Completion:
    """Answer by rules: ask for the weather, tell it, and else repeat what was said."""
    said = [_event(each) for each in request.messages]
    last = max((place for place, each in enumerate(said) if each), default=0)
    results = [each for each in request.messages[last + 1 :] if each["role"] == "tool"]
    if results:
        return _sends(f"It is {json.loads(results[-1]['content'])['message']}.")
    if "weather" in said[last] and "weather" in [each["function"]["name"] for each in request.tools]:
        return says("", call("weather", city="Lisbon"))
    return _sends(f"You said: {said[last]}")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[ServerProcess, dict[str, str]]]:
    """Run a server in this block, with the agent `sam` and the model above; yield its environment, too."""
    with ScriptedServer(otherwise=answer) as model:
        environment = {
            "MEMGPT_AUTOGEN_HOME": str(folder / "home"),
            "MEMGPT_AUTOGEN_MODEL": "scripted",
            "MEMGPT_AUTOGEN_BASE_URL": model.url,
            "MEMGPT_AUTOGEN_WINDOW_TOKENS": "1000000",
            "OPENAI_API_KEY": "none",
        }
        server = ServerProcess(folder, environment=environment)
        with running([server]):
            made = httpx.post(
                f"http://{server.upstream}/api/v1/agents",
                json={"name": "sam"},
                headers={"Authorization": f"Bearer {PASSWORD}"},
                timeout=60,
            )
            assert made.status_code == 201, made.text
            yield server, environment


def run_journey(name: str, folder: Path) -> dict[str, str]:
    """Return each call of a client's journey with an empty text, or why it does not work."""
    with serving(folder) as (server, settings):
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "OPENAI"))},
            "MEMGPT_JOURNEY_URL": f"http://{server.upstream}",
            "MEMGPT_JOURNEY_KEY": PASSWORD,
            "MEMGPT_JOURNEY_NAME": name,
            "MEMGPT_JOURNEY_PROGRAM": json.dumps(
                {
                    "command": [sys.executable, "-m", "memgpt_autogen.cli"],
                    "env": {**settings, "PYTHONPATH": str(ROOT)},
                }
            ),
            "PYTHONPATH": str(FOLDER),
        }
        done = subprocess.run(
            [python_of(name), FOLDER / JOURNEYS[name]],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            cwd=folder,
        )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def known_results() -> dict[str, dict[str, bool]]:
    """Return which calls of each client work."""
    found: dict[str, dict[str, bool]] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def _event(message: Mapping[str, Any]) -> str:
    """Return the words of somebody; empty for what is none of the agent's inputs."""
    if message["role"] != "user":
        return ""
    event = json.loads(message["content"])
    return str(event.get("message", "")) if event.get("type") == "user_message" else ""


def _sends(text: str) -> Completion:
    return says("", call("send_message", message=text))


def main() -> None:
    results = known_results() if RESULTS.exists() else {}
    for name in JOURNEYS:
        if python_of(name).exists():
            with tempfile.TemporaryDirectory() as folder:
                faults = run_journey(name, Path(folder))
            results[name] = {call_: not fault for call_, fault in faults.items()}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
