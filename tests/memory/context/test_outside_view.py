"""The outside view: what the system prompt says of recall and archival memory, and when that changes."""

from __future__ import annotations

from inline_snapshot import snapshot

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.context.outside_view import OutsideView
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message


def view_of(memory: MemoryHierarchy) -> str:
    return str(memory.compile()[0]["content"]).partition("<outside_view>\n")[2].partition("\n</outside")[0]


def test_the_view_counts_messages_speakers_passages_and_names(memory: MemoryHierarchy) -> None:
    memory.log.append(*(Message.said_by(name, "hello") for name in ("ada", "ben", "ada")))
    memory.archival.insert("Tea is green.", tags=["drinks", "green"])
    memory.archival.insert("Coffee is black.", tags=["drinks"])
    memory.core.set("human", "Ada and Ben")

    assert view_of(memory) == snapshot("""\
as of the last change of core memory or eviction:
recall: 3 messages
participants, last speaker first: ada (2), ben (1)
archival: 2 passages
archival tags: drinks, green\
""")


def test_the_view_stays_the_same_between_two_edits_but_for_the_first_passages(
    memory: MemoryHierarchy,
) -> None:
    memory.log.append(Message.said_by("ada", "hello"))
    empty = view_of(memory)

    memory.archival.insert("Tea is green.")
    memory.log.append(Message.said_by("ben", "hello"))
    first = view_of(memory)
    memory.archival.insert("Coffee is black.")
    memory.log.append(Message.said_by("ben", "hello again"))

    assert "archival: 0 passages" in empty
    assert "archival: 1 passages" in first
    assert view_of(memory) == first
    memory.core.set("human", "Ada and Ben")
    assert "archival: 2 passages" in view_of(memory)


def test_a_store_that_fails_does_not_stop_the_view(memory: MemoryHierarchy) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise StorageError("it is down")

    outside = OutsideView(memory.log, Broken(), memory.readable, archive_shared=False)  # type: ignore[arg-type]

    assert "archival: not reachable now" in outside.text(0, brief=True)
    assert (outside.passages(), outside.pending()) == (None, 0)
