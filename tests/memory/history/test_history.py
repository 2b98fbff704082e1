"""History: the changes of memory, its earlier states, and undo that loses no other agent's edit."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Any

import pytest
from finding import holding
from fuzzing import examples
from hypothesis import example, given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from legal import illegal
from loops import HELLO, LoopFactory, MemoryFactory
from schema import prepare

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import BlockError, HistoryError, TurnInProgressError
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.queue import units
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.scripted import Request
from memgpt_autogen.tools.tool import Tool

TEAM = Block("team", "blue", shared=True)


def append(memory: MemoryHierarchy, text: str, label: str = "human") -> None:
    memory.core.edit(label, lambda block: block.append(text))


def told(memory: MemoryHierarchy) -> list[str]:
    """The history without times and places."""
    return [" ".join(str(change).split()[4:]) for change in memory.history()]


# undo and redo of edits


def test_undo_takes_back_the_newest_edit_and_redo_makes_it_again(memory: MemoryHierarchy) -> None:  # T10
    append(memory, "likes tea")
    append(memory, "likes cake")

    (undone,) = memory.undo()
    assert (undone.what, undone.label, undone.before, undone.after) == (
        "undo",
        "human",
        "likes tea\nlikes cake",
        "likes tea",
    )
    assert memory.core["human"].value == "likes tea"
    memory.undo()
    assert memory.core["human"].value == ""
    memory.redo(2)
    assert memory.core["human"].value == "likes tea\nlikes cake"


def test_there_is_nothing_to_undo_before_the_first_edit(memory: MemoryHierarchy) -> None:
    with pytest.raises(HistoryError, match="there is nothing to undo"):
        memory.undo()


def test_an_edit_after_an_undo_leaves_nothing_to_redo(memory: MemoryHierarchy) -> None:
    append(memory, "likes tea")
    memory.undo()
    append(memory, "likes cake")

    with pytest.raises(HistoryError, match="nothing to redo"):
        memory.redo()
    memory.undo()
    assert memory.core["human"].value == ""


def test_more_steps_than_there_are_change_nothing(memory: MemoryHierarchy) -> None:
    append(memory, "likes tea")
    before = memory.log.everything()

    with pytest.raises(HistoryError, match="only 1 change can be undone, not 2"):
        memory.undo(2)
    assert memory.log.everything() == before


@pytest.mark.parametrize("steps", [0, -1])
def test_a_number_of_steps_below_one_is_refused(memory: MemoryHierarchy, steps: int) -> None:
    append(memory, "likes tea")

    with pytest.raises(HistoryError, match="1 or more"):
        memory.undo(steps)


def test_an_edit_from_code_of_a_read_only_block_can_be_undone(make_memory: MemoryFactory) -> None:
    memory = make_memory(blocks=[Block("rules", "be kind", read_only=True)])
    memory.core.set("rules", "be curt")

    memory.undo()
    assert memory.core["rules"].value == "be kind"


def test_an_undo_survives_a_restart(make_memory: MemoryFactory) -> None:
    append(make_memory(), "likes tea")
    make_memory().undo()

    assert make_memory().core["human"].value == ""
    make_memory().redo()
    assert make_memory().core["human"].value == "likes tea"


def test_an_undo_that_would_lose_another_agents_edit_is_refused_and_names_it(
    make_memory: MemoryFactory,
) -> None:
    sam, ida = make_memory("sam", blocks=[TEAM]), make_memory("ida", blocks=[TEAM])
    append(sam, "wins", "team")
    append(ida, "often", "team")
    before = sam.log.everything()

    with pytest.raises(HistoryError, match=r"'team' was changed later by ida \(entry 5\)"):
        sam.undo()
    assert sam.core["team"].value == "blue\nwins\noften"
    assert sam.log.everything() == before
    ida.undo()
    sam.undo()
    assert ida.core["team"].value == "blue"


def test_several_steps_of_which_one_is_refused_change_nothing(make_memory: MemoryFactory) -> None:
    sam, ida = make_memory("sam", blocks=[TEAM]), make_memory("ida", blocks=[TEAM])
    append(sam, "wins", "team")
    append(ida, "often", "team")
    append(sam, "likes tea")
    before = sam.log.everything(), list(sam.core)

    with pytest.raises(HistoryError, match="ida"):
        sam.undo(2)
    assert (sam.log.everything(), list(sam.core)) == before


def test_anothers_edit_is_not_ones_own_to_undo(make_memory: MemoryFactory) -> None:
    sam, ida = make_memory("sam", blocks=[TEAM]), make_memory("ida", blocks=[TEAM])
    append(ida, "often", "team")

    with pytest.raises(HistoryError, match="nothing to undo"):
        sam.undo()


def test_a_tool_cannot_undo_in_the_middle_of_its_turn(make_loop: LoopFactory) -> None:
    caught: list[Exception] = []

    def revert() -> str:
        """Undo."""
        try:
            loop.memory.undo()
        except TurnInProgressError as error:
            caught.append(error)
        return "done"

    loop = make_loop(
        says("", call("core_memory_append", label="human", content="likes tea"), call("revert")),
        says("", call("send_message", message="Hm.")),
        tools=[Tool.from_function(revert)],
    )
    list(loop.run([HELLO]))

    assert len(caught) == 1
    assert loop.memory.core["human"].value == "likes tea"


def test_an_undo_from_another_thread_waits_for_the_turn_to_end(make_loop: LoopFactory) -> None:
    undone = threading.Event()

    def undo() -> None:
        loop.memory.undo()
        undone.set()

    def start() -> str:
        """Let another thread undo."""
        threading.Thread(target=undo).start()
        assert not undone.wait(0.2)
        return "started"

    loop = make_loop(
        says("", call("core_memory_append", label="human", content="likes tea"), call("start")),
        says("", call("send_message", message="Hm.")),
        tools=[Tool.from_function(start)],
    )
    list(loop.run([HELLO]))

    assert undone.wait(20)
    assert loop.memory.core["human"].value == ""


# undo of what was done to the conversation


def test_undo_brings_popped_messages_back_and_redo_takes_them_again(memory: MemoryHierarchy) -> None:
    memory.log.append(Message.said_by("ada", "I moved to Lisbon."), Message.said_by("ada", "It is warm."))
    memory.pop(2)

    memory.undo()
    assert len(holding(memory, "Lisbon")) == 1
    assert len(memory.queue.entries()) == 2
    memory.redo()
    assert holding(memory, "Lisbon") == []
    assert memory.queue.entries() == []


def test_undo_brings_the_old_words_back_in_their_place(make_loop: LoopFactory) -> None:
    loop = make_loop(says("", call("send_message", message="Hi, Bob!")))
    list(loop.run([HELLO]))
    before = loop.memory.compile()
    loop.memory.rewrite("Hi, Ada!")

    loop.memory.undo()
    assert loop.memory.compile()[1:] == before[1:]


def test_what_an_eviction_has_passed_cannot_be_brought_back(memory: MemoryHierarchy) -> None:
    memory.log.append(Message.said_by("ada", "one"), Message.said_by("ada", "two"))
    memory.pop()
    memory.log.append(Message.said_by("ada", "three"))
    memory.queue.evict(memory.log.last_seq(), "ada counted", "model")
    before = memory.log.everything()

    with pytest.raises(HistoryError, match="an eviction has passed entry 4"):
        memory.undo()
    assert memory.log.everything() == before


def test_a_retry_ends_what_can_be_undone_of_the_conversation_before_it(make_loop: LoopFactory) -> None:
    loop = make_loop(
        says("", call("send_message", message="Hi, Bob!")), says("", call("send_message", message="Hi!"))
    )
    list(loop.run([HELLO]))
    loop.memory.rewrite("Hi, Ada!")
    list(loop.retry())

    with pytest.raises(HistoryError, match="nothing to undo"):
        loop.memory.undo()


# the table


def test_the_history_tells_the_story(make_memory: MemoryFactory) -> None:
    sam, ida = make_memory("sam", blocks=[TEAM]), make_memory("ida", blocks=[TEAM])
    append(sam, "likes tea")
    append(sam, "likes cake")
    append(ida, "wins", "team")
    sam.log.append(Message.said_by("ada", "I moved to Lisbon."), Message.said_by("ada", "Oops."))
    sam.core.set("human", "likes cake")
    sam.pop()
    sam.undo(2)
    sam.redo()
    sam.queue.evict(sam.log.last_seq(), "ada moved", "model")

    assert told(sam) == snapshot(
        [
            "block persona + I am attentive and honest. I remember what people tell me, …",
            "block human",
            "block team + blue",
            "edit human + likes tea",
            "edit human + likes cake",
            "edit team + wins by ida",
            "set human likes tea ⏎ likes cake → likes cake",
            "pop - Oops.",
            "undo of 10 + Oops.",
            "undo of 9 human likes cake → likes tea ⏎ likes cake",
            "redo of 9 human likes tea ⏎ likes cake → likes cake",
            "eviction + ada moved",
        ]
    )
    assert str(sam.history(2)).count("\n") == 1
    assert repr(sam.history()) == str(sam.history())


def test_a_place_the_log_has_not_got_is_refused(memory: MemoryHierarchy) -> None:
    for seq in (-1, 3):
        with pytest.raises(HistoryError, match="entries 1 to 2"):
            memory.at(seq)


def test_a_block_is_not_there_before_it_was_added(make_memory: MemoryFactory) -> None:
    make_memory()
    memory = make_memory(blocks=[Block("plans", "rest", limit=50, description="what comes")])

    with pytest.raises(KeyError):
        memory.at(2)["plans"]
    assert memory.at(3)["plans"] == Block("plans", "rest", 50, "what comes")


def test_an_emptied_memory_is_at_its_beginning(memory: MemoryHierarchy) -> None:
    assert memory.at(0).blocks == ()
    assert memory.at(0).queue == ()


# any sequence

homes = itertools.count()

words = st.sampled_from(
    ["tea", "cake, cake", "ünïcode 🥰", "<human>x</human>", "a\nb", "x " * 400, "{CORE_MEMORY}"]
)
labels = st.sampled_from(["human", "persona", "team"])
small = st.integers(1, 4)
steps = st.one_of(
    st.tuples(st.just("hear"), st.sampled_from(["ada", "ben"]), words),
    st.tuples(st.just("turn"), words, st.booleans(), st.booleans()),
    st.tuples(st.just("suspend")),
    st.tuples(st.just("edit"), labels, words),
    st.tuples(st.just("overwrite"), labels, words),
    st.tuples(st.just("ida_edits"), words),
    st.tuples(st.just("ida_undoes")),
    st.tuples(st.just("evict"), small),
    st.tuples(st.just("compact")),
    st.tuples(st.just("pop"), small),
    st.tuples(st.just("rethink"), words),
    st.tuples(st.just("rewrite"), words),
    st.tuples(st.just("retry"), words),
    st.tuples(st.just("undo"), small),
    st.tuples(st.just("undo"), small),
    st.tuples(st.just("redo"), small),
    st.tuples(st.just("add"), st.sampled_from(["plans", "facts"]), words),
    st.tuples(st.just("reopen")),
)
TRANSFER = {"type": "function", "function": {"name": "transfer", "parameters": {"type": "object"}}}


class World:
    """sam and ida, who share a block, and a model that says what the next step wants."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings.load(home=home)
        if self.settings.database_url is None:
            prepare(home)
        self.ida = open_memory("ida", self.settings, blocks=[TEAM])
        self.script: list[Completion] = []
        self.llm = ScriptedLLM(otherwise=self.answer)
        self.reopen()

    def answer(self, request: Request) -> Completion:
        if request.messages[0]["content"].startswith("You write"):
            return says("a summary")
        return self.script.pop(0) if self.script else says("", call("send_message", message="Yes."))

    def take(self, step: str, *given: Any) -> None:
        """One step; what is refused changes nothing."""
        before = real(self.memory), self.memory.log.everything()
        try:
            (getattr(self, step, None) or getattr(self.memory, step))(*given)
        except (HistoryError, BlockError):
            assert (real(self.memory), self.memory.log.everything()) == before

    def reopen(self) -> None:
        self.memory = open_memory("sam", self.settings, blocks=[TEAM])
        self.loop = open_loop(self.memory, self.llm, window_tokens=4000, limits=Limits(steps=4))

    def hear(self, who: str, text: str) -> None:
        self.memory.log.append(Message.said_by(who, text))

    def turn(self, text: str, thinks: bool, writes: bool) -> None:
        written = [call("core_memory_append", label="human", content=text)] if writes else []
        self.script = [says("hm" if thinks else "", *written, call("send_message", message=text))]
        list(self.loop.run([Message.said_by("ada", "go on")]))

    def suspend(self) -> None:
        self.script = [says("over to you", call("transfer"))]
        list(self.loop.run([Message.said_by("ada", "hand over")], foreign=[TRANSFER]))

    def retry(self, text: str) -> None:
        self.script = [says("again", call("send_message", message=text))]
        list(self.loop.retry())

    def compact(self) -> None:
        list(self.loop.compact())

    def edit(self, label: str, text: str) -> None:
        append(self.memory, text, label)

    def overwrite(self, label: str, text: str) -> None:
        self.memory.core.set(label, text)

    def ida_edits(self, text: str) -> None:
        append(self.ida, text, "team")

    def ida_undoes(self) -> None:
        self.ida.undo()

    def evict(self, kept: int) -> None:
        parts = units(self.memory.queue.entries())
        if len(parts) > kept:
            self.memory.queue.evict(parts[-kept - 1][-1].seq, f"of {len(parts)} the oldest", "extract")

    def add(self, label: str, text: str) -> None:
        if label not in self.memory.core:
            self.memory.core.add([Block(label, text, limit=900, description="more")])


def real(memory: MemoryHierarchy) -> Any:
    return tuple(memory.core), memory.queue.summary, tuple(memory.queue.entries()), memory.compile("Be kind.")


def recorded(memory: MemoryHierarchy, seq: int) -> Any:
    state = memory.at(seq)
    return state.blocks, state.summary, state.queue, memory.compile_at(seq, "Be kind.")


@pytest.mark.slow
@examples(15, most=150)
@given(script=st.lists(steps, min_size=4, max_size=24))
@example(
    [
        ("turn", "tea", True, True),
        ("rewrite", "cake"),
        ("rethink", "ah"),
        ("pop", 1),
        ("undo", 4),
        ("redo", 3),
    ]
)
@example(
    [("turn", "tea", True, True), ("ida_edits", "tea"), ("edit", "team", "tea"), ("undo", 1), ("undo", 2)]
)
@example(
    [("suspend",), ("hear", "ben", "a"), ("evict", 1), ("retry", "b"), ("pop", 2), ("undo", 1), ("compact",)]
)
def test_every_point_of_the_past_is_as_it_was_and_every_prompt_is_legal_and_fits(
    tmp_path: Path, script: list[tuple[Any, ...]]
) -> None:
    world = World(tmp_path / f"home{next(homes)}")
    states = {world.memory.log.last_seq(): real(world.memory)}

    for step in [*script, ("turn", "last", False, False)]:
        world.take(*step)
        states[world.memory.log.last_seq()] = real(world.memory)

    for memory in (world.memory, open_memory("sam", world.settings)):
        assert {seq: recorded(memory, seq) for seq in states} == states
    asked = [r for r in world.llm.requests if not r.messages[0]["content"].startswith("You write")]
    budget = world.loop.pressure.budget
    for request in asked:
        assert illegal(request.messages) is None
        assert budget.prompt(request.messages, request.tools) <= budget.window - budget.reserve
    seqs = [entry.seq for entry in world.memory.log.everything()]
    assert seqs == list(range(1, len(seqs) + 1))
    assert {e.seq for e in world.memory.log.everything() if e.hidden} == world.memory.at(len(seqs)).hidden
    assert str(world.memory.history())  # it can be told, whatever happened


@examples(15, most=150)
@given(script=st.lists(st.tuples(labels, words), max_size=8), count=small)
def test_what_is_undone_and_made_again_is_as_it_was(
    tmp_path: Path, script: list[tuple[str, str]], count: int
) -> None:
    world = World(tmp_path / f"home{next(homes)}")
    blocks = [list(world.memory.core)]
    for label, text in script:
        world.take("edit", label, text)
        if list(world.memory.core) != blocks[-1]:
            blocks.append(list(world.memory.core))
    count = min(count, len(blocks) - 1)

    for back in range(count):
        assert list(world.memory.core) == blocks[-1 - back]
        world.memory.undo()
    assert list(world.memory.core) == blocks[len(blocks) - 1 - count]
    if count:
        world.memory.redo(count)
    assert list(world.memory.core) == blocks[-1]
