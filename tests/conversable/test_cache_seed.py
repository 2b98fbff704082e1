"""A named `cache_seed`, and AutoGen's run-time log: a stock agent and ours."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import autogen
import pytest
from autogen import runtime_logging
from side_by_side import KINDS, Kind, config, either, helper, made, served

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.testing import ScriptedServer, call, says

try:
    import diskcache  # AutoGen 0.14 caches nothing without it
except ImportError:
    diskcache = None

pytestmark = pytest.mark.autogen
needs_cache = pytest.mark.skipif(diskcache is None, reason="AutoGen caches nothing without diskcache")

CLOCK_TIME = re.compile(r"\d{4}-\d{2}-\d{2}|\d{2}:\d{2}")


def cached(kind: Kind, server: ScriptedServer, seed: int | None = 42, **options: Any) -> Any:
    llm_config = {**config(server), "cache_seed": seed}
    if kind is MemGPTAgent:
        options["ephemeral"] = True
    return kind("sam", llm_config=llm_config, human_input_mode="NEVER", silent=True, **options)


@needs_cache
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_words_to_a_fresh_agent_are_answered_from_the_cache(kind: Kind) -> None:
    with ScriptedServer(either("A tool."), either("Ships."), either("other"), either("other")) as server:
        replies = []
        for _ in range(2):
            sam, p = cached(kind, server), helper("p", "Who uses it?")
            result = p.initiate_chat(sam, message="What is a sextant?", max_turns=2, silent=True)
            replies.append([message["content"] for message in result.chat_history])
            time.sleep(1.1)  # the next run has another second

    assert replies[0] == replies[1]
    assert len(server.requests) == 2


@needs_cache
@pytest.mark.slow
def test_a_turn_of_several_steps_is_answered_from_the_cache() -> None:
    """The ids of calls are the same too."""
    steps = [
        says("", call("core_memory_append", label="human", content="asks", request_heartbeat=True)),
        says("", call("send_message", message="Noted.")),
    ]
    with ScriptedServer(*steps, otherwise=says("", call("send_message", message="other"))) as server:
        for _ in range(2):
            sam = cached(MemGPTAgent, server)
            assert sam.say("Remember that I ask.", speaker="p") == "Noted."
            time.sleep(1.1)

    assert len(server.requests) == 2


def test_with_a_cache_seed_prompts_have_no_clock_times() -> None:
    with served(
        says("", call("conversation_search", query="Hello", request_heartbeat=True)), either("Noted.")
    ) as server:
        cached(MemGPTAgent, server).say("Hello", speaker="p")

    first, second = (request["messages"] for request in server.requests)
    assert not CLOCK_TIME.search(json.dumps(first))
    assert '"message": "Hello"' in first[-1]["content"]
    # what a tool tells may have a time
    assert not CLOCK_TIME.search(json.dumps([each for each in second if each["role"] != "tool"]))
    assert CLOCK_TIME.search(next(each["content"] for each in second if each["role"] == "tool"))


def test_without_a_cache_seed_prompts_have_clock_times() -> None:
    with served(either("Noted.")) as server:
        cached(MemGPTAgent, server, seed=None).say("Hello", speaker="p")

    assert CLOCK_TIME.search(server.requests[0]["messages"][-1]["content"])


def test_with_a_cache_seed_summaries_have_no_clock_times() -> None:
    with ScriptedServer(otherwise=either("so far")) as server:
        sam = cached(MemGPTAgent, server, window_tokens=3000)
        for number in range(12):
            sam.say(f"{number} " + "word " * 200, speaker="p")

    assert sam.memory.queue.summary is not None
    assert any("leaving" in str(request["messages"]) for request in server.requests)
    assert not CLOCK_TIME.search(json.dumps([request["messages"] for request in server.requests]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_run_time_log_names_the_agent_that_called(kind: Kind, tmp_path: Path) -> None:
    runtime_logging.start(logger_type="sqlite", config={"dbname": str(tmp_path / "log.db")})
    try:
        with served(either("Hello.")) as server:
            helper("p").initiate_chat(made(kind, server), message="Hello", max_turns=1, silent=True)
    except TypeError:
        if not autogen.__version__.startswith("0.14"):
            raise
        pytest.skip("this AutoGen cannot log the address of an endpoint")
    finally:
        runtime_logging.stop()

    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("SELECT source_name FROM chat_completions").fetchall() == [("sam",)]
