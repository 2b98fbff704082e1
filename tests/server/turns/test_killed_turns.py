"""A server that is killed at any write: what it accepted is heard once, answered once, and told once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from fuzzing import TORTURE
from killed_turns import TEXTS, StepModel
from loops import MemoryFactory
from turns import Home
from workers import Worker as Program

from memgpt_autogen.memory.storage.runs.run_events import read_all_events
from memgpt_autogen.memory.storage.runs.runs import Runs

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork and /proc"),
]

LIVE = "import sys; from killed_turns import live; live(sys.argv[1], int(sys.argv[2]))"

KILLS = 6
"""In the short form."""

Record = Callable[[str, object], None]


def lived(name: str, kill_at: int) -> tuple[dict[str, str], str]:
    """Let a server run turns; return the runs that it accepted, with their texts, and how it ended."""
    said = [line.split(" ", 2) for line in Program(LIVE, name, kill_at).rest()]
    accepted = {run_id: text for kind, run_id, *rest in said if kind == "accepted" for text in rest}
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
