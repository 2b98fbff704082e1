"""What goes on while a server hangs, refuses or is behind a proxy that cannot reach it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from loops import HELLO, MemoryFactory, story

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.errors import ArchiveAwayError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.qdrant import QdrantStandIn

PROBE = "collections"
"""The request that asks whether a server is back."""


@pytest.fixture
def server() -> Iterator[QdrantStandIn]:
    with QdrantStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def memory(server: QdrantStandIn, make_memory: MemoryFactory) -> MemoryHierarchy:
    """A memory on the server, which has a passage and was used before."""
    opened = make_memory(qdrant_url=server.url, qdrant_timeout=1)
    opened.archival.insert("The heron lamp stands in the hall.")
    turn(opened)
    server.trips()
    return opened


def turn(memory: MemoryHierarchy, *calls: ToolCall) -> list[str]:
    """Run a turn with these calls, and return its story."""
    steps = [says("", each) for each in calls]
    loop = open_loop(memory, ScriptedLLM(*steps, says("", call("send_message", message="Fine."))))
    return story(loop.run([HELLO]))


def asked(server: QdrantStandIn) -> list[str]:
    """Return what turns asked a server for."""
    return [name for name in server.trips() if name != PROBE]


def test_turns_ask_a_hanging_server_once_at_the_most(server: QdrantStandIn, memory: MemoryHierarchy) -> None:
    with server.hanging():
        said = [turn(memory) for _ in range(4)]

        assert len(asked(server)) <= 1
    assert all("says Fine." in each for each in said)


def search() -> ToolCall:
    return call("archival_memory_search", query="lamp", request_heartbeat=True)


def test_a_tool_says_at_once_that_the_server_is_away(server: QdrantStandIn, memory: MemoryHierarchy) -> None:
    with server.hanging():
        turn(memory, search())
        waits = len(asked(server))
        told = turn(memory, search())

        assert waits == 1
        assert asked(server) == []
    assert [line for line in told if line.startswith("fails")] == [
        "fails the server of archival memory does not answer now. Go on without it, and try again later."
    ]


def test_what_was_said_is_found_by_the_database_meanwhile(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    turn(memory, call("send_message", message="The budget is 40 dollars."))
    with server.hanging():
        look = call("conversation_search", query="budget", request_heartbeat=True)
        turn(memory, look)
        asked(server)
        (found,) = [line for line in turn(memory, look) if line.startswith("gets {") or "40 dollars" in line]

        assert asked(server) == []
    assert "40 dollars" in found
    assert "the server of the index does not answer" in found
    assert "127.0.0.1" not in found


def test_another_agent_of_this_process_does_not_wait_for_it_again(
    server: QdrantStandIn, memory: MemoryHierarchy, make_memory: MemoryFactory
) -> None:
    other = make_memory("ben", qdrant_url=server.url, qdrant_timeout=1)
    with server.hanging():
        turn(memory, search())
        asked(server)
        turn(other, search())

        assert asked(server) == []


@pytest.mark.slow
def test_a_server_that_answers_again_is_used_again(server: QdrantStandIn, memory: MemoryHierarchy) -> None:
    with server.hanging():
        turn(memory, search())
    waits_until(lambda: any("heron lamp" in line for line in turn(memory, search())))


def waits_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_code_outside_of_turns_asks_itself(server: QdrantStandIn, memory: MemoryHierarchy) -> None:
    with server.hanging(), pytest.raises(ArchiveAwayError, match=r"http://127\.0\.0\.1:\d+"):
        memory.archival.count()

    assert memory.archival.count() == 1
    assert "heron lamp" in "".join(turn(memory, search()))


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_that_cannot_reach_the_server_is_the_same(
    status: int, server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.failing(HTTPFailure(status, "<html><title>Bad Gateway</title></html>")):
        turn(memory, search())
        asked(server)
        told = turn(memory, search())

        assert asked(server) == []
    assert any("does not answer now" in line for line in told)


def test_a_refusal_is_no_server_that_is_away_and_is_told_without_its_words(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.failing(HTTPFailure(500, {"status": {"error": "Service internal error: disk"}})):
        turn(memory, search())
        told = turn(memory, search())

        assert asked(server)
    (failed,) = [line for line in told if line.startswith("fails")]
    assert failed == "fails archival memory could not do this. Go on without it, and try again later."


def test_a_server_that_refuses_connections_is_away_too(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.refusing():
        told = [turn(memory, search()) for _ in range(2)]

    assert all(any("does not answer now" in line for line in each) for each in told)


def test_a_prompt_shows_the_archive_again_once_the_server_is_back(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    edit = call("core_memory_append", label="human", content="Likes tea.", request_heartbeat=True)
    with server.hanging():
        turn(memory, search())
        turn(memory, edit)
        assert "not reachable now" in view(memory)
    memory.archival.count()
    turn(memory)

    assert "archival: 1 passages" in view(memory)


def view(memory: MemoryHierarchy) -> Any:
    return memory.compile()[0]["content"]
