"""A server that is killed at any write: what it accepted is heard once, answered once, and told once."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from fuzzing import TORTURE
from killed_turns import TEXTS, PayingModel, StepModel, answer_all, paying_loop
from loops import MemoryFactory
from turns import Home
from workers import Worker as Program

from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.runs.run_events import read_all_events
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.settings import Settings

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork and /proc"),
]

LIVE = "import sys; from killed_turns import live; live(sys.argv[1], int(sys.argv[2]))"

LIVE_SUSPENDED = LIVE.replace("live", "live_suspended")

KILLS = 6
"""In the short form."""

Record = Callable[[str, object], None]


def lived(name: str, kill_at: int, program: str = LIVE) -> tuple[dict[str, str], str]:
    """Let a server run turns; return the runs that it accepted, with their texts, and how it ended."""
    said = [line.split(" ", 2) for line in Program(program, name, kill_at).rest()]
    accepted = {run_id: " ".join(rest) for kind, run_id, *rest in said if kind == "accepted"}
    ends = [" ".join(line) for line in said if line[0] in ("killed", "points")]
    assert ends, f"the program ended before it had begun: {said}"
    return accepted, ends[-1]


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_server_that_is_killed_at_any_write_is_taken_up_with_nothing_twice(
    make_memory: MemoryFactory, record_property: Record
) -> None:
    make_memory("whole")
    _, end = lived("whole", 0)
    points = int(end.split()[1])
    assert points > 40
    places = range(1, points + 1) if TORTURE else range(2, points + 1, points // KILLS)

    kills = 0
    for place in places:
        memory = make_memory(f"sam{place}")
        database = memory.log.database
        accepted, end = lived(memory.name, place)
        kills += end.startswith("killed")
        before = {run_id: read_all_events(database, run_id) for run_id in accepted}
        home = Home(lambda _name, found=memory: found, {memory.name: StepModel()})
        try:
            runs = Runs(database).find(agent_id=memory.log.agent_id)
            told = {run.id: list(home.stream(run)) for run in runs}
        finally:
            home.executor.stop(drain=5)

        assert set(accepted) <= set(told), end
        for run in runs:
            check_run(home, run.id, told[run.id], end)
            rows = read_all_events(database, run.id)
            assert rows[: len(before.get(run.id, ()))] == before.get(run.id, []), end
        heard = Counter(entry.message.text for entry in memory.log.everything() if entry.message.is_heard)
        said = Counter(
            entry.message.spoken
            for entry in memory.log.everything()
            if entry.message.role == "assistant" and entry.message.spoken
        )
        texts = [f"{text} of {memory.name}" for text in TEXTS[: len(runs)]]
        assert heard == Counter(texts), end
        assert said == Counter(f"answer to {text}" for text in texts), end
        assert memory.queue.waiting() == {}, end
    assert kills
    record_property("tried: kills survived", kills)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_suspended_run_whose_server_is_killed_at_any_write_goes_on_and_runs_nothing_twice(
    make_memory: MemoryFactory, record_property: Record
) -> None:
    make_memory("whole")
    _, end = lived("whole", 0, LIVE_SUSPENDED)
    points = int(end.split()[1])
    assert points > 20
    kills = 0
    for place in range(1, points + 1) if TORTURE else range(2, points + 1, points // (2 * KILLS)):
        memory = make_memory(f"sam{place}")
        accepted, end = lived(memory.name, place, LIVE_SUSPENDED)
        kills += end.startswith("killed")
        home = Home(lambda _name, own=memory: own, {memory.name: PayingModel()}, start=False)
        home.executor._open_agent = lambda *_, own=memory: paying_loop(own)  # type: ignore[misc,assignment]
        home.executor.start()
        deadline = time.monotonic() + 60
        try:
            for run in home.runs.find(agent_id=memory.log.agent_id):
                while not home.runs.get(run.id).is_over:
                    assert time.monotonic() < deadline, end
                    answer_all(home.runs, run.id)
                    time.sleep(0.01)
            found = home.runs.find(agent_id=memory.log.agent_id)
            told = [list(home.stream(run)) for run in found]
        finally:
            home.executor.stop(drain=5)

        assert set(accepted) <= {run.id for run in found}, end
        for stream in told:
            check_suspended(memory, stream, end)
    assert kills
    record_property("tried: kills of suspended runs survived", kills)


def check_suspended(memory: MemoryHierarchy, stream: list[Any], end: str) -> None:
    """Assert that each call has one result, that nothing was paid twice, and that it is told as it was."""
    assert [each.number for each in stream] == [*range(1, len(stream) + 1)], end
    kinds = Counter(each.kind for each in stream)
    assert (kinds["heard"], kinds["replied"]) == (1, 1), f"{end}: {kinds}"
    assert (stream[-1].kind, stream[-1].data["stop_reason"]) == ("turn_ended", "yielded"), end
    called = [each.data["call"]["id"] for each in stream if each.kind == "tool_called"]
    returned = [each.data["call"]["id"] for each in stream if each.kind == "tool_returned"]
    assert (len(called), sorted(called)) == (len(set(called)), sorted(returned)), end
    messages = [entry.message for entry in memory.log.since(0)]
    results = Counter(message.tool_call_id for message in messages if message.kind == "result")
    assert set(results.values()) == {1}, end
    assert memory.queue.waiting() == {}, end
    file = Settings.load().home / f"paid_{memory.name}"
    paid = file.read_text().splitlines() if file.exists() else []
    said = [message.text for message in messages if message.kind == "result" and "paid 5" in message.text]
    assert len(said) <= len(paid) <= 1, end


def check_run(home: Home, run_id: str, stream: list[Any], end: str) -> None:
    """Assert that a run has ended, and that its stream has no gap and nothing twice."""
    run = home.runs.get(run_id)
    assert (run.state, run.stop_reason) == ("ended", "yielded"), end
    assert [each.number for each in stream] == [*range(1, len(stream) + 1)], end
    kinds = Counter(each.kind for each in stream)
    assert (kinds["heard"], kinds["replied"], kinds["turn_ended"]) == (1, 1, 1), f"{end}: {kinds}"
    assert stream[0].kind == "heard", end
    assert stream[-1].kind == "turn_ended", end
    called = [each.data["call"]["id"] for each in stream if each.kind == "tool_called"]
    returned = [each.data["call"]["id"] for each in stream if each.kind == "tool_returned"]
    assert called == returned, end
    assert len(set(called)) == len(called), end
    log = {entry.seq: entry.message for entry in home.memory.log.everything()}
    for each in stream:
        if each.kind == "replied":
            assert log[each.data["seq"]].spoken == each.data["text"], end
