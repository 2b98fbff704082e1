"""What was said beside something: whose turn it was, and what is never shown."""

from __future__ import annotations

from loops import MemoryFactory
from sqlalchemy import event

from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.recall.neighbours import MOST_CHARS, Neighbours
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import call


def beside(memory: MemoryHierarchy, seq: int, **counts: int) -> tuple[list[str], list[str]]:
    before, after = Neighbours(memory.log, memory.name).around([seq], **counts)[seq]
    return [f"{turn.name}: {turn.text}" for turn in before], [f"{turn.name}: {turn.text}" for turn in after]


def chat(memory: MemoryHierarchy) -> list[int]:
    """A conversation with everything between its turns that nobody said; where each turn stands."""
    said = memory.log.append(
        Message.said_by("ada", "Where is the key?"),
        Message("assistant", "I look.", "step", tool_calls=(call("conversation_search", query="key"),)),
        Message.result_of(call("conversation_search"), "Showing 0 of 0"),
        Message.event("heartbeat", "go on"),
        Message("assistant", "", "step", tool_calls=(call("send_message", message="In the drawer."),)),
        Message.event("alert", "pressure"),
        Message.said_by("ben", "Thanks."),
        Message("system", "persona", "edit", extra={"before": "", "after": "x"}),
        Message.said_by("ada", "Bye."),
    )
    return [entry.seq for entry in said if entry.message.spoken]


def test_a_turns_neighbours_are_what_others_could_hear(memory: MemoryHierarchy) -> None:
    first, second, third, last = chat(memory)

    assert beside(memory, first) == ([], ["sam: In the drawer."])
    assert beside(memory, second) == (["ada: Where is the key?"], ["ben: Thanks."])
    assert beside(memory, third, before=2, after=0) == (["ada: Where is the key?", "sam: In the drawer."], [])
    assert beside(memory, last) == (["ben: Thanks."], [])


def test_what_was_taken_back_is_nobodys_neighbour(memory: MemoryHierarchy) -> None:
    *_, third, _ = chat(memory)

    memory.pop(1)  # Ada's last words

    assert beside(memory, third) == (["sam: In the drawer."], [])


def test_another_agents_log_is_not_looked_into(make_memory: MemoryFactory) -> None:
    sam, max_ = make_memory("sam"), make_memory("max")
    (first,) = sam.log.append(Message.said_by("ada", "one"))
    (mine,) = max_.log.append(Message.said_by("eve", "secret"))
    sam.log.append(Message.said_by("ada", "two"))

    assert beside(sam, first.seq, before=9, after=9) == ([], ["ada: two"])
    assert beside(max_, mine.seq, before=9, after=9) == ([], [])
    assert Neighbours(sam.log, "sam").speakers() == ["ada", "sam"]


def test_one_statement_reads_the_neighbours_of_many_and_only_their_start(memory: MemoryHierarchy) -> None:
    seqs = [
        entry.seq for entry in memory.log.append(*(Message.said_by("ada", "x" * 9999) for _ in range(12)))
    ]
    statements: list[str] = []
    event.listen(
        memory.log.database._engine, "before_cursor_execute", lambda *told: statements.append(told[2])
    )

    found = Neighbours(memory.log, "sam").around(seqs[2:7])

    assert len([text for text in statements if "FROM entries" in text]) == 1
    assert {seq: [turn.seq for side in sides for turn in side] for seq, sides in found.items()} == {
        seq: [seq - 1, seq + 1] for seq in seqs[2:7]
    }
    assert {len(turn.text) for sides in found.values() for side in sides for turn in side} == {MOST_CHARS}
    assert Neighbours(memory.log, "sam").around([]) == {}
