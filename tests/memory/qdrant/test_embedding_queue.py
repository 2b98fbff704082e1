"""Vectors that follow later: what an agent inserts is stored and found by words at once, and embedded while
it goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from places import ROOT, SUPPORT
from topics import Topics
from workers import Worker

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import EmbedderMismatchError, ModelError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.overview import overview
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.memory.qdrant import embedding_queue as pending
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.memory.qdrant.protocol import PassageIndex, Space
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.embedder import HashingEmbedder
from memgpt_autogen.tools.memory.archival import archival_memory_tools


@pytest.fixture(params=["edge", "memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageIndex]:
    made: PassageIndex = EdgeIndex(tmp_path) if request.param == "edge" else ClientIndex.in_memory()
    yield made
    made.close()


@pytest.fixture
def embedder() -> Iterator[Topics]:
    made = Topics()
    yield made
    made.open.set()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(pending, "LONGEST_PAUSE_SECONDS", 0.05)


def insert_by_tool(archive: Archive, *texts: str) -> None:
    insert, _ = archival_memory_tools(archive, Settings().zone, budget_tokens=1000)
    for text in texts:
        insert.call({"content": text})


def first(archive: Archive, query: str) -> tuple[str, str]:
    found = archive.search(query).items[0]
    return found.passage.text, found.why


def until(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_tools_insert_is_found_by_words_at_once_and_by_meaning_when_it_is_embedded(
    index: PassageIndex, embedder: Topics
) -> None:
    archive = Archive("sam", index, embedder)
    embedder.open.clear()
    insert_by_tool(archive, "The cat sleeps.", "The money is gone.")

    assert first(archive, "sleeps") == ("The cat sleeps.", "words: sleeps")
    assert archive.search("kitten").total == 0
    assert (archive.pending(), archive.count()) == (2, 2)
    assert str(archive.lag()).startswith("2 passages not embedded yet since 20")

    embedder.open.set()
    assert archive.settle(20) == 0
    assert first(archive, "kitten") == ("The cat sleeps.", "meaning")
    assert str(archive.lag()) == "every passage is embedded"


def test_what_is_inserted_together_is_embedded_together(index: PassageIndex, embedder: Topics) -> None:
    archive = Archive("sam", index, embedder)
    embedder.open.clear()
    insert_by_tool(archive, *(f"cat number {number}" for number in range(20)))

    embedder.open.set()
    archive.settle(20)

    assert sum(map(len, embedder.batches)) >= 20
    assert len(embedder.batches) <= 3


def test_a_failing_embedder_loses_nothing_and_stops_nobody(index: PassageIndex, embedder: Topics) -> None:
    archive = Archive("sam", index, embedder)
    embedder.down = True
    insert_by_tool(archive, "The cat sleeps.", "The money is gone.")

    assert archive.settle(20) == 2
    assert archive.lag().trouble == "ModelError: the endpoint is down"
    assert archive.search("sleeps").total == 1
    assert archive.check().sound
    assert archive.check().pending == 2

    embedder.down = False
    until(lambda: archive.pending() == 0)  # by itself
    assert first(archive, "kitten")[1] == "meaning"
    assert archive.lag().trouble is None


def test_a_text_that_cannot_be_embedded_keeps_no_other_waiting(index: PassageIndex, embedder: Topics) -> None:
    archive = Archive("sam", index, embedder)
    embedder.refused = "poison"
    embedder.open.clear()
    insert_by_tool(archive, *(f"cat number {number}" for number in range(10)), "poison", "The money is gone.")

    embedder.open.set()

    until(lambda: archive.pending() == 1)
    assert first(archive, "budget") == ("The money is gone.", "meaning")
    assert "words: poison" in [found.why for found in archive.search("poison").items]
    embedder.refused = ""
    assert archive.settle(20) == 0


def test_what_is_deleted_or_changed_while_it_is_embedded_stays_so(
    index: PassageIndex, embedder: Topics
) -> None:
    archive = Archive("sam", index, embedder)
    embedder.open.clear()
    insert_by_tool(archive, "The cat sleeps.", "The money is gone.")
    assert embedder.asked.wait(20)

    archive.delete_where(text="money")
    archive.insert("The cat sleeps.", tags=["pets"], wait=False)
    embedder.open.set()

    assert archive.settle(20) == 0
    assert [(each.text, each.tags) for each in archive.list().items] == [("The cat sleeps.", ("pets",))]
    assert first(archive, "kitten")[1] == "meaning"


def test_a_vector_is_only_given_to_the_text_that_it_is_of(index: PassageIndex, embedder: Topics) -> None:
    long = "The cat sleeps.\n\nThe money is gone."
    coarse, fine = (Archive("sam", index, embedder, passage_chars=chars) for chars in (1200, 20))
    embedder.open.clear()
    coarse.insert(long, wait=False)
    assert embedder.asked.wait(20)

    fine.insert(long, wait=False)  # its first part has the whole one's id
    embedder.open.set()
    assert fine.settle(20) == coarse.settle(20) == 0

    assert [text for texts in embedder.batches for text in texts].count("The cat sleeps.") >= 1
    assert {each.text for each in fine.list().items} == {"The cat sleeps.", "The money is gone."}
    found = fine.search("budget")
    assert (found.items[0].passage.text, found.items[0].why) == ("The money is gone.", "meaning")


def test_a_developers_insert_waits_for_the_vectors_and_tells_its_progress(
    index: PassageIndex, embedder: Topics
) -> None:
    archive = Archive("sam", index, embedder)
    told: list[tuple[int, int | None]] = []

    archive.insert_many(
        (Draft(f"cat {number}") for number in range(300)),
        progress=lambda done, total: told.append((done, total)),
    )

    assert archive.pending() == 0
    assert told == [(256, 300), (300, 300)]


@pytest.mark.parametrize(
    ("slow", "deferred", "expected"),
    [(True, None, True), (False, None, False), (True, False, False), (False, True, True)],
)  # fmt: skip
def test_an_archive_defers_if_its_embedder_is_slow_or_it_is_told_to(
    index: PassageIndex, slow: bool, deferred: bool | None, expected: bool
) -> None:
    embedder = Topics()
    embedder.slow = slow
    archive = Archive("sam", index, embedder, deferred=deferred)
    embedder.open.clear() if expected else embedder.open.set()

    insert_by_tool(archive, "The cat sleeps.")

    assert archive.pending() == expected
    embedder.open.set()
    archive.settle(20)


def test_without_an_embedder_nothing_is_deferred(index: PassageIndex) -> None:
    archive = Archive("sam", index, deferred=True)

    insert_by_tool(archive, "The cat sleeps.")

    assert (archive.deferred, archive.pending(), archive.settle()) == (False, 0, 0)


def test_pending_passages_belong_to_their_archive_and_to_its_space(
    index: PassageIndex, embedder: Topics
) -> None:
    archive, others = Archive("sam", index, embedder), Archive("tim", index, Topics())
    embedder.open.clear()
    insert_by_tool(archive, "The cat sleeps.")
    others.insert("The cat of another.")
    changed = Archive("sam", index, Topics("other model"))

    assert (archive.pending(), others.pending()) == (1, 0)
    assert (Archive("sam", index).pending(), changed.pending()) == (1, 1)
    with pytest.raises(EmbedderMismatchError, match="memgpt-autogen reembed"):
        changed.insert("The cat wakes.", wait=False)
    assert changed.settle(20) == 1
    assert "EmbedderMismatchError" in str(changed.lag().trouble)

    assert changed.reembed() == 1
    assert changed.pending() == 0
    assert first(changed, "kitten") == ("The cat sleeps.", "meaning")
    embedder.open.set()


def test_upkeep_takes_pending_passages_along(tmp_path: Path, embedder: Topics) -> None:
    archive, index = Archive("sam", EdgeIndex(tmp_path), embedder), EdgeIndex(tmp_path)
    archive.insert("The cat sleeps.")
    embedder.down = True
    insert_by_tool(archive, "The money is gone.")

    archive.compact()
    assert archive.pending() == 1
    assert archive.repair().kept == 2
    assert (archive.pending(), archive.check().sound) == (1, True)
    copy = Archive("copy", index, HashingEmbedder())
    assert archive.copy_to(copy) == 2
    assert copy.pending() == 0

    embedder.down = False
    assert archive.settle(20) == 0
    assert first(archive, "budget") == ("The money is gone.", "meaning")


def test_close_waits_for_what_goes_well_and_not_for_what_fails(index: PassageIndex, embedder: Topics) -> None:
    archive = Archive("sam", index, embedder)
    insert_by_tool(archive, "The cat sleeps.")
    if isinstance(index, EdgeIndex):
        archive.close()
        assert archive.pending() == 0

    embedder.down = True
    insert_by_tool(archive, "The money is gone.")
    archive.settle(20)
    archive.close(timeout=10**6)


@pytest.mark.parametrize(
    "use", [lambda archive: archive.search("sleeps"), lambda archive: archive.insert("Rain.")]
)
def test_the_first_use_goes_on_with_what_another_left_waiting(
    index: PassageIndex, embedder: Topics, use: Callable[[Archive], object]
) -> None:
    before = Archive("sam", index, embedder)
    embedder.down = True
    insert_by_tool(before, "The cat sleeps.")
    before.settle(20)
    before._pending.stop(0)

    after = Archive("sam", index, Topics())
    assert after.pending() == 1
    use(after)

    until(lambda: after.pending() == 0)
    embedder.down = False


WRITER = """
import os, pathlib, sys
sys.path[:0] = [{tests!r}]
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from topics import Topics

embedder = Topics()
archive = Archive("sam", EdgeIndex(pathlib.Path({folder!r})), embedder)
if {hangs}:
    embedder.open.clear()
for number in range(40):
    archive.insert(f"cat number {{number}}", wait=False)
print("acknowledged", flush=True)
if {hangs}:
    import time
    time.sleep(60)
"""


def test_after_a_crash_the_next_process_finds_and_embeds_what_waits(tmp_path: Path) -> None:
    killed = Worker(WRITER.format(tests=str(SUPPORT), folder=str(tmp_path), hangs=True))
    assert killed.line() == "acknowledged"
    killed.close()
    archive = Archive("sam", EdgeIndex(tmp_path), Topics())

    assert (archive.count(), archive.pending()) == (40, 40)
    assert archive.search("number 7").total == 40
    assert archive.settle(30) == 0
    assert archive.search("kitten").total == 40
    archive.close()


def test_a_process_that_ends_embeds_what_it_can_in_time(tmp_path: Path) -> None:
    script = WRITER.format(tests=str(SUPPORT), folder=str(tmp_path), hangs=False)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, env=environment)

    archive = Archive("sam", EdgeIndex(tmp_path), Topics())
    assert (archive.count(), archive.pending()) == (40, 0)
    archive.close()


@pytest.mark.sqlite
def test_an_agents_turn_does_not_wait_and_its_overview_and_check_say_what_does(tmp_path: Path) -> None:
    embedder = Topics()
    embedder.open.clear()
    memory = open_memory("sam", Settings.load(home=tmp_path), embedder=embedder)
    loop = open_loop(
        memory,
        ScriptedLLM(
            says("", call("archival_memory_insert", content="The cat sleeps.", request_heartbeat=True)),
            says("", call("send_message", message="Noted.")),
        ),
    )
    list(loop.run([Message.said_by("ada", "Remember the cat.")]))

    def told() -> str:
        return str(overview(memory.prompt, loop.pressure.budget, memory.compile(), []))

    assert "1 passage not embedded yet" in str(memory.check())
    assert "1 passage, 1 of them not embedded yet" in told()
    embedder.open.set()
    assert memory.archival.settle(20) == 0
    assert "not embedded" not in told()
    memory.archival.close()


def test_the_setting_turns_deferring_off(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, embedding_deferred=False)

    memory = open_memory("sam", settings, embedder=Topics())

    assert not memory.archival.deferred


def test_huge_numbers_in_a_vector_are_accepted_and_infinite_ones_that_cancel_out_are_not() -> None:
    space, huge, infinite = Space("m", 2), [1.7e308, 1.7e308], float("inf")

    assert pending.checked_vectors(space, [huge], 1) == [huge]
    with pytest.raises(ModelError, match="infinity"):
        pending.checked_vectors(space, [[infinite, -infinite]], 1)
