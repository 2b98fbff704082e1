"""What goes on while a server hangs, refuses or is behind a proxy that cannot reach it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from loops import HELLO, MemoryFactory, story
from qdrant_client import QdrantClient

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.cli.commands.checks import run_checks
from memgpt_autogen.display.agent_card import Card
from memgpt_autogen.errors import ArchiveAwayError, StorageError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.qdrant.client.availability import ENOUGH, Availability
from memgpt_autogen.memory.storage.outbox import Outbox
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, ScriptedLLM, call, says
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.qdrant import QdrantStandIn
from memgpt_autogen.testing.qdrant.server import QdrantCall
from memgpt_autogen.text.bm25 import term_weights

PROBE = "collections"
"""The request that asks whether a server is back."""


@pytest.fixture
def server() -> Iterator[QdrantStandIn]:
    with QdrantStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def memory(server: QdrantStandIn, make_memory: MemoryFactory) -> MemoryHierarchy:
    """A memory on the server, which has a passage and was used before."""
    return opened(server, make_memory, seconds=1)


@pytest.fixture
def patient(server: QdrantStandIn, make_memory: MemoryFactory) -> MemoryHierarchy:
    """The same, which waits for a server that answers slowly."""
    return opened(server, make_memory, seconds=30)


def opened(server: QdrantStandIn, make_memory: MemoryFactory, *, seconds: int) -> MemoryHierarchy:
    memory = make_memory(qdrant_url=server.url, qdrant_timeout=seconds)
    memory.archival.insert("The heron lamp stands in the hall.")
    turn(memory)
    server.trips()
    return memory


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
    other.archival.insert("The owl lamp stands in the attic.")
    turn(other)
    with server.hanging():
        turn(memory, search())
        asked(server)
        turn(other, search())

        assert asked(server) == []


@pytest.mark.slow
def test_a_server_that_answers_again_is_used_again(server: QdrantStandIn, memory: MemoryHierarchy) -> None:
    with server.hanging():
        turn(memory, search())
        server.trips()
    waits_until(lambda: "scroll" in server.trips())  # the second question of the thread

    waits_until(lambda: any("heron lamp" in line for line in turn(memory, search())), 0.5)


def waits_until(holds: Callable[[], bool], pause: float = 0.05) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(pause)


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


# the outbox


def insert(content: str, **arguments: Any) -> ToolCall:
    return call("archival_memory_insert", content=content, request_heartbeat=True, **arguments)


def texts(memory: MemoryHierarchy) -> list[str]:
    return [passage.text for passage in memory.archival.list().items]


def ids(memory: MemoryHierarchy) -> list[str]:
    return [passage.id for passage in memory.archival.list().items]


def test_an_insert_is_stored_and_found_by_its_words_meanwhile(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.hanging():
        turn(memory, search())
        asked(server)
        told = turn(memory, insert("The owl lamp stands in the attic."))
        found = turn(memory, call("archival_memory_search", query="owl", request_heartbeat=True))
        nothing = turn(memory, call("archival_memory_search", query="budget", request_heartbeat=True))

        assert asked(server) == []
        assert memory.archival.undelivered() == 1
    assert any(line.startswith("gets Stored. The server of archival memory does not answer") for line in told)
    assert any("owl lamp" in line and "only what was stored since then" in line for line in found)
    assert any(line.startswith("fails the server of archival memory") for line in nothing)
    assert texts(memory) == ["The heron lamp stands in the hall.", "The owl lamp stands in the attic."]
    assert memory.archival.undelivered() == 0


@pytest.mark.slow
def test_the_card_of_an_agent_counts_what_waits(server: QdrantStandIn, patient: MemoryHierarchy) -> None:
    with server.refusing():
        turn(patient, insert("The owl lamp stands in the attic."))

        card = Card.read(patient, None)

    assert card is not None
    assert "archival not reachable, 1 passage kept for its server" in str(card)
    patient.archival.deliver()
    assert "kept" not in str(Card.read(patient, None))


def test_an_insert_that_a_server_refuses_is_told_as_failed_and_can_be_repeated(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    full = {"status": {"error": "Service internal error: No space left on device"}}
    with server.failing(HTTPFailure(500, full), "upsert", "batch"):
        told = turn(memory, insert("The owl lamp stands in the attic."))
        with pytest.raises(StorageError, match="No space left on device"):
            memory.archival.insert("The owl lamp stands in the attic.")

    assert any(line.startswith("fails archival memory could not do this.") for line in told)
    assert memory.archival.undelivered() == 0
    turn(memory, insert("The owl lamp stands in the attic."))
    assert memory.archival.count() == 2


def test_what_waits_is_delivered_once_and_in_order_when_the_server_answers_again(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.hanging():
        turn(memory, *(insert(f"Number {number} of the owls.") for number in range(3)))
        kept = [piece.passage.id for piece in memory.archival._store.outgoing.pieces()]  # type: ignore[union-attr]
    waits_until(lambda: not memory.archival.undelivered())

    stored = [name for name in server.trips() if name == "upsert"]
    assert len(stored) == 1
    assert ids(memory)[1:] == kept


def test_the_next_process_delivers(
    server: QdrantStandIn, memory: MemoryHierarchy, make_memory: MemoryFactory
) -> None:
    with server.refusing():
        turn(memory, insert("The owl lamp stands in the attic."))
    memory.archival.close()

    later = make_memory(qdrant_url=server.url, qdrant_timeout=1)

    assert later.archival.search("owl").total == 1
    assert later.archival.count() == 2
    assert later.archival.undelivered() == 0


def test_an_insert_whose_answer_was_lost_is_there_once(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.losing_answers("upsert", PROBE):
        told = turn(memory, insert("The owl lamp stands in the attic.", tags=["lamp"]))

    assert any(line.startswith("gets Stored. The server of archival memory does not answer") for line in told)
    assert texts(memory).count("The owl lamp stands in the attic.") == 1
    assert memory.archival.undelivered() == 0


def test_what_waits_keeps_its_time_tags_and_id(server: QdrantStandIn, memory: MemoryHierarchy) -> None:
    with server.refusing():
        (first,) = memory.archival.insert("The owl lamp.", tags=["lamp"], source="notes")
        memory.archival.insert("The owl lamp.", tags=["attic"], source="notes")
        (found,) = memory.archival.search("owl", tags=["Lamp"], sources=["notes"]).items
        with pytest.raises(ArchiveAwayError):
            memory.archival.search("owl", tags=["cellar"])

    assert found.passage.tags == ("lamp", "attic")
    passage = memory.archival.get(first.id)
    assert passage is not None
    assert (passage.created_at, passage.tags) == (first.created_at, ("lamp", "attic"))


def test_what_is_to_be_replaced_cannot_be_looked_up_meanwhile(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.refusing():
        turn(memory, insert("The heron lamp is red."))
        told = turn(memory, insert("The heron lamp is blue.", replaces="The heron lamp is red."))

        assert any("Nothing was stored. Leave out `replaces`" in line for line in told)
        assert memory.archival.undelivered() == 1


@pytest.mark.parametrize("forget", ["forget", "remove", "reset", "clear", "delete_where"])
def test_what_waits_is_forgotten_and_does_not_come_back(
    forget: str, server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.refusing():
        turn(memory, insert("The owl lamp stands in the attic."))
    archive, database = memory.archival, memory.log.database

    if forget == "forget":
        assert memory.forget(query="owl").passages == 1
    elif forget == "delete_where":
        assert len(archive.delete_where(text="owl")) == 1
    else:
        {"remove": memory.remove, "reset": memory.reset, "clear": archive.clear}[forget]()

    assert Outbox(database, archive.archive_id).count() == 0
    assert all("owl" not in passage.text for passage in archive.list().items)


def test_forgetting_changes_nothing_while_the_server_is_away(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.refusing():
        turn(memory, insert("The owl lamp stands in the attic."))
        with pytest.raises(ArchiveAwayError):
            memory.forget(query="owl")

        assert memory.archival.undelivered() == 1
        assert memory.recall.search("owl", page_size=50).total >= 0
    assert memory.archival.search("owl").total == 1


def test_an_export_and_a_fork_have_what_waited(
    server: QdrantStandIn, memory: MemoryHierarchy, tmp_path: Path
) -> None:
    with server.refusing():
        turn(memory, insert("The owl lamp stands in the attic."))

    assert "owl lamp" in str(list(memory.archival.dump()))
    assert memory.fork("ben").archival.search("owl").total == 1
    assert memory.export(tmp_path / "sam.zip").exists()


def test_another_embedding_model_keeps_what_waits_and_blocks_no_reading(
    server: QdrantStandIn, memory: MemoryHierarchy, make_memory: MemoryFactory
) -> None:
    outbox = Outbox(memory.log.database, memory.archival.archive_id)
    with server.refusing():
        turn(memory, insert("The owl lamp stands in the attic."))
        kept = [(each.id, each.payload) for each in outbox.kept()]
    memory.archival.delete(kept[0][0])
    other = make_memory(qdrant_url=server.url, qdrant_timeout=1, embedder=HashingEmbedder(16))
    outbox.put(kept)

    assert other.archival.count() == 1
    assert other.archival.undelivered() == 1
    assert "owl lamp" in str(list(other.archival.dump()))
    assert other.forget(query="owl").passages == 1
    assert other.archival.undelivered() == 0


def test_passages_that_waited_get_their_vectors(server: QdrantStandIn, make_memory: MemoryFactory) -> None:
    memory = make_memory(qdrant_url=server.url, qdrant_timeout=1, embedder=HashingEmbedder(16))
    memory.archival.insert("The heron lamp stands in the hall.")
    with server.refusing():
        turn(memory, insert("The owl lamp stands in the attic."))

    assert memory.archival.count() == 2
    waits_until(lambda: memory.archival.pending() == 0)


def test_a_deletion_waits_for_who_delivers_and_then_says_so(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.refusing():
        turn(memory, insert("The owl lamp stands in the attic."))
        other = Outbox(memory.log.database, memory.archival.archive_id)
        claimed = other.claim(10)
        assert len(claimed) == 1
        assert other.claim(10) == []
    threading.Timer(0.3, other.release, [claimed]).start()

    assert len(memory.archival.delete_where(text="owl")) == 1
    assert memory.archival.undelivered() == 0
    assert memory.archival.count() == 1


def test_a_load_stops_with_how_far_it_came_and_goes_on_later(
    server: QdrantStandIn, memory: MemoryHierarchy, tmp_path: Path
) -> None:
    for name in ("a", "b", "c"):
        text = "\n\n".join(f"# Part {part} of {name}\n\n" + "Lamps and owls. " * 40 for part in range(120))
        (tmp_path / f"{name}.md").write_text(text)
    before, stored, refused = memory.archival.count(), [], []

    def stops(each: QdrantCall, answer: Callable[[], Any]) -> Any:
        if each.name == "upsert" and "text" in str(each.body):
            if len(stored) == 2:
                refused.append(each)
            else:
                stored.append(each)
        return None if refused else answer()

    with (
        server.fault(stops),
        pytest.raises(
            ArchiveAwayError,
            match=r"stopped in document \d of 3 \(.*[abc]\.md\), after \d+ passages?, which are kept\. Run",
        ),
    ):
        memory.attach(tmp_path)
    kept = memory.archival.count() - before
    assert kept > 0
    server.calls.clear()
    memory.attach(tmp_path)

    sent = [point for each in server.calls if each.name == "upsert" for point in each.body["points"]]
    total = memory.archival.count() - before
    assert len({point["id"] for point in sent}) == total - kept
    assert sum(source.passages for source in memory.sources()) == total


def test_words_that_a_safeguard_replaced_leave_the_index_when_its_server_is_back(
    server: QdrantStandIn, memory: MemoryHierarchy, make_memory: MemoryFactory
) -> None:
    memory.log.append(Message.said_by("ada", "my code is zebra"))
    heard = memory.log.everything()[-1]
    assert memory.recall.search("zebra").total
    with server.refusing():
        memory.keep_checked({heard.seq: {"role": "user", "name": "ada", "content": "my code is [hidden]"}})

    assert "zebra" in indexed(server)
    later = make_memory(qdrant_url=server.url, qdrant_timeout=1)
    assert later.recall.search("zebra").total == 0
    assert "zebra" not in indexed(server)


def indexed(server: QdrantStandIn, word: str = "zebra") -> set[str]:
    """Return the word if a point of the index has its terms."""
    client = QdrantClient(url=server.url, check_compatibility=False)
    records, _ = client.scroll(server.collections()[0], limit=1000, with_payload=True)
    terms = {term for each in records for term in (each.payload or {}).get("terms", ())}
    return {word} if terms & {*term_weights(word)} else set()


def test_an_import_of_a_chat_is_complete_though_it_cannot_be_indexed_now(
    server: QdrantStandIn, memory: MemoryHierarchy, tmp_path: Path
) -> None:
    chat = tmp_path / "_chat.txt"
    chat.write_text("[01.05.23, 10:00:00] Ada: the owls\n[01.05.23, 10:01:00] Ben: which owls?\n")
    with server.refusing():
        assert memory.import_chat(chat, date_order="dmy").turns == 2

    assert {each.text for each in memory.recall.search("owls").items} >= {"the owls", "which owls?"}


class Known:
    """A connection to a server that answers the question whether it is there."""

    def probe(self) -> None:
        """Answer."""


def test_a_server_that_only_says_that_it_is_there_is_asked_less_and_less_often() -> None:
    availability, connection = Availability("a server"), Known()
    assert availability.pause == 0
    availability.failed("timed out", connection)
    waits_until(lambda: not availability.away)
    assert availability.pause == 1
    for _ in range(3):  # such as reads that are answered while writes hang
        availability.answered()
    availability.failed("timed out", connection)

    assert availability.away
    waits_until(lambda: availability.pause == 2)
    for _ in range(ENOUGH):
        availability.answered()
    assert availability.pause == 0


def test_a_collection_that_hangs_is_away_though_collections_are_listed(
    server: QdrantStandIn, memory: MemoryHierarchy
) -> None:
    with server.fault(lambda each, answer: answer() if each.name == PROBE else None):
        turn(memory, search())
        waits_until(lambda: any(each.name == PROBE for each in server.calls))
        told = turn(memory, search())

    assert any("does not answer now" in line for line in told)


def test_the_doctor_waits_once_for_all_agents_and_says_what_is_kept(
    server: QdrantStandIn, tmp_path: Path
) -> None:
    settings = Settings.load(home=tmp_path / "home", qdrant_url=server.url, qdrant_timeout=1)
    memories = [open_memory(name, settings) for name in ("ada", "ben", "cyd")]
    with server.refusing():
        memories[0].archival.insert("The owl lamp stands in the attic.")
    with server.hanging():
        server.trips()
        found = {check.about: check for check in run_checks(settings, ask=False)}

        assert len(server.calls) <= 5  # also of the thread that asks whether it is back
    assert "1 passage kept in the database until it answers" in found["archive of ada"].found
    assert all(found[f"archive of {name}"].state == "wrong" for name in ("ada", "ben", "cyd"))
