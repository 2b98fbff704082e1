"""Crash safety: a process killed at any write point loses nothing it acknowledged, doubles nothing, and opens
again by itself.

SIGKILL ends a process, not the machine: what the operating system had not yet written to the disk is still
written. For the power cut SQLite runs with full synchronisation, which is tested below, and Qdrant Edge
flushes at every acknowledged insert. The short form kills at some points of every scenario; `make torture` at
all of them, in many mixes.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crash_scenarios import SCENARIOS, copied, removed
from crash_server import CrashServer, End, Life
from fuzzing import TORTURE
from loops import MemoryFactory
from sqlalchemy import text

KILLS = 4
"""Of one scenario, in the short form."""

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork and /proc"),
]

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def server() -> Iterator[CrashServer]:
    server = CrashServer()
    yield server
    server.close()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory where there is one: a killed process does not lose it, and syncing costs nothing."""
    shm = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="memgpt-crash-", dir=shm if os.access(shm, os.W_OK) else None))
    yield folder
    shutil.rmtree(folder)


def prepared(server: CrashServer, name: str, home: Path, seed: int = 0) -> None:
    end = server.live(Life(str(home), name, seed=seed))
    assert not end.problems, end.problems


def assert_sound(end: End, before: str) -> None:
    assert not end.problems, "\n".join([f"killed {before}", *end.problems])


def some(points: int, seed: int) -> list[int]:
    """The points to be killed at: all of them, or an even choice that differs from one seed to another."""
    everywhere = [*range(1, points + 1)]
    return everywhere if TORTURE else everywhere[seed % 3 :: max(1, points // KILLS)][:KILLS]


ONCE = [name for name, played in SCENARIOS.items() if not played.again]
AGAIN = [name for name, played in SCENARIOS.items() if played.again and name != "steady_work"]
MIXES = range(2 if TORTURE else 1)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(1))
@pytest.mark.parametrize("name", ONCE)
def test_killed_at_any_point_it_opens_again_with_all_that_was_acknowledged(
    server: CrashServer, place: Path, record_property: Record, name: str, seed: int
) -> None:
    prepared(server, name, place / "template", seed)

    def life(number: int, kill_at: int | None) -> End:
        copied(place / "template", place / str(number))
        return server.live(Life(str(place / str(number)), name, kill_at, seed=seed, check=False))

    whole = life(0, None)
    assert_sound(whole, "never")
    assert whole.points
    kills = 0
    for kill_at in some(whole.points, seed + len(name)):
        end = life(kill_at, kill_at)
        kills += end.killed
        home = str(place / str(kill_at))
        if SCENARIOS[name].resumed:
            assert_sound(server.live(Life(home, name, seed=seed)), f"{end.last}, and then run again")
        assert_sound(server.live(Life(home, name, act=False)), end.last)
        removed(place / str(kill_at))
    assert kills
    record_property("tried: kills survived", kills)
    record_property("tried: write points found", whole.points)


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", MIXES)
@pytest.mark.parametrize("name", AGAIN)
def test_killed_again_and_again_in_one_home_it_loses_nothing(
    server: CrashServer, place: Path, record_property: Record, name: str, seed: int
) -> None:
    home = place / "home"
    prepared(server, name, home, seed)
    whole = server.live(Life(str(home), name, seed=seed))
    assert_sound(whole, "never")
    assert whole.points

    kills, last = 0, "never"
    for number, kill_at in enumerate(some(whole.points, seed + len(name))):
        end = server.live(Life(str(home), name, kill_at, seed=seed + number))
        assert_sound(end, last)
        last = end.last
        kills += end.killed
    assert_sound(server.live(Life(str(home), name, act=False)), last)
    assert kills
    record_property("tried: kills survived", kills)
    record_property("tried: write points found", whole.points)


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(40 if TORTURE else 3))
def test_killed_while_it_recovers_from_a_kill_it_recovers_the_next_time(
    server: CrashServer, place: Path, record_property: Record, seed: int
) -> None:
    chance = random.Random(seed)
    home = place / "home"
    prepared(server, AGAIN[0], home, seed)

    kills, last = 0, ""
    for _ in range(8):
        name = chance.choice(AGAIN)
        end = server.live(Life(str(home), name, chance.randrange(1, 60), seed=seed, check_armed=True))
        assert_sound(end, last)
        last = f"{name}, {end.last}"
        kills += end.killed
    assert_sound(server.live(Life(str(home), AGAIN[0], act=False)), last)
    assert kills
    record_property("tried: kills survived", kills)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(20 if TORTURE else 2))
def test_killed_by_a_clock_outside_it_loses_nothing(
    server: CrashServer, place: Path, record_property: Record, seed: int
) -> None:
    chance = random.Random(seed)
    home = place / "home"
    prepared(server, "steady_work", home, seed)

    kills = 0
    for number in range(8):
        life = Life(str(home), "steady_work", kill_after=chance.uniform(0.02, 0.4), seed=seed + number)
        end = server.live(life)
        assert_sound(end, "by the clock")
        kills += end.killed
    assert_sound(server.live(Life(str(home), "steady_work", act=False)), "by the clock")
    assert kills == 8
    record_property("tried: kills survived", kills)


def test_a_commit_is_on_the_disk_before_it_is_acknowledged(make_memory: MemoryFactory) -> None:
    """What a kill cannot show: SQLite syncs its log at every commit."""
    memory = make_memory()

    with memory.log.database.reading() as connection:
        assert connection.scalar(text("PRAGMA synchronous")) == 2  # FULL
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
