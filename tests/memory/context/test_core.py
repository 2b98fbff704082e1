"""Core memory: what an edit may do, what it writes into the log, and how a refused edit is explained."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot
from loops import MemoryFactory

from memgpt_autogen.errors import BlockError, ConfigurationError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message

TEXT = st.text(max_size=60)
ODD = st.text(st.sampled_from("ab\n\0\ud83d\ude00é{}"), max_size=12)


def stored(memory: MemoryHierarchy) -> dict[str, str]:
    return {block.label: block.value for block in memory.core}


def rebuilt(entries: list[Entry], through_seq: int) -> dict[str, str]:
    """The blocks as the log alone tells them."""
    edits = [entry for entry in entries if entry.message.kind == "edit" and entry.seq <= through_seq]
    return {str(edit.message.name): edit.message.extra["after"] for edit in edits}


def refused(memory: MemoryHierarchy, label: str, change: object) -> str:
    """What the model is told of an edit that must fail and leave nothing behind."""
    before, size = memory.compile(), memory.log.count(spoken=False)
    with pytest.raises(BlockError) as refusal:
        memory.core.edit(label, change)  # type: ignore[arg-type]
    assert (memory.compile(), memory.log.count(spoken=False)) == (before, size)
    return str(refusal.value)


def test_appended_text_stands_on_a_line_of_its_own_and_the_prompt_shows_the_size(
    make_memory: MemoryFactory,
) -> None:
    memory = make_memory(human="name: Ben")  # T1

    memory.core.edit("human", lambda block: block.append("likes tea"))

    assert memory.core["human"].value == "name: Ben\nlikes tea"
    assert 'chars="19/2000">\nname: Ben\nlikes tea\n</human>' in memory.prompt.core_memory()


def test_the_first_line_of_an_empty_block_has_no_empty_line_before_it() -> None:
    assert Block("human").append("tea").value == "tea"
    assert Block("human").insert("tea", 0).value == "tea"


def test_a_block_takes_text_up_to_exactly_its_limit(make_memory: MemoryFactory) -> None:
    memory = make_memory(blocks=[Block("notes", "1234", limit=10)])  # T2

    memory.core.edit("notes", lambda block: block.append("56789"))

    assert memory.core["notes"].value == "1234\n56789"
    assert refused(memory, "notes", lambda block: block.replace("1", "12")) == snapshot(
        "block 'notes' holds at most 10 characters; this edit would make it 11. Shorten the text "
        "or move part of it to archival memory."
    )


def test_replacing_text_that_is_not_there_is_refused(make_memory: MemoryFactory) -> None:
    memory = make_memory(human="name: Ben")  # T3

    assert refused(memory, "human", lambda block: block.replace("Anna", "Ben")) == snapshot(
        "block 'human' does not hold the text 'Anna'. Quote it exactly as it stands there."
    )


def test_replacing_nothing_is_refused(make_memory: MemoryFactory) -> None:
    memory = make_memory(human="name: Ben")  # T4

    assert refused(memory, "human", lambda block: block.replace("", "x")) == snapshot(
        "the text to replace in block 'human' is empty. Quote the words to replace, or append."
    )


def test_a_text_that_stands_twice_is_refused_with_its_lines_and_replaced_when_quoted_longer(
    make_memory: MemoryFactory,
) -> None:
    memory = make_memory(human="Ben likes tea\nAnna likes tea")  # T5

    assert refused(memory, "human", lambda block: block.replace("likes tea", "x")) == snapshot(
        "block 'human' holds 'likes tea' 2 times (lines 1, 2). Quote more of the text around the "
        "one you mean."
    )
    memory.core.edit("human", lambda block: block.replace("Anna likes tea", "Anna likes mate"))
    assert memory.core["human"].value == "Ben likes tea\nAnna likes mate"


def test_overlapping_places_count_as_two() -> None:
    with pytest.raises(BlockError, match="2 times"):
        Block("human", "aaa").replace("aa", "b")


def test_an_empty_new_text_deletes(make_memory: MemoryFactory) -> None:
    memory = make_memory(human="Ben\nlikes tea")  # T6

    memory.core.edit("human", lambda block: block.replace("\nlikes tea", ""))

    assert memory.core["human"].value == "Ben"


def test_an_unknown_label_is_refused_with_the_labels_there_are(memory: MemoryHierarchy) -> None:  # T7
    assert refused(memory, "humna", lambda block: block.append("x")) == snapshot(
        "core memory has no block 'humna'. Its blocks: 'persona', 'human'."
    )


def test_the_model_cannot_edit_a_read_only_block_and_code_can(make_memory: MemoryFactory) -> None:
    memory = make_memory(blocks=[Block("rules", "be kind", read_only=True)])  # T8

    assert refused(memory, "rules", lambda block: block.append("or not")) == snapshot(
        "block 'rules' is read-only. Keep this in archival memory instead."
    )
    memory.core.set("rules", "be very kind")
    assert '<rules read_only="true" chars="12/2000">\nbe very kind' in memory.prompt.core_memory()


def test_a_line_outside_the_block_is_refused_with_the_lines_there_are() -> None:
    with pytest.raises(BlockError, match=r"has 2 lines; cannot insert after line 3.*0 for the start"):
        Block("human", "a\nb").insert("c", 3)


@pytest.mark.parametrize("label", ["", "two words", "a<b", "x/y", "a\nb"])
def test_a_label_that_could_not_stand_in_a_prompt_is_refused(label: str) -> None:
    with pytest.raises(BlockError, match="label"):
        Block(label)


def test_a_label_that_is_taken_is_refused_and_none_of_the_blocks_is_added(memory: MemoryHierarchy) -> None:
    with pytest.raises(ConfigurationError, match="has a block 'human' already"):
        memory.core.add([Block("notes"), Block("human")])

    assert [block.label for block in memory.core] == ["persona", "human"]


def test_unicode_counts_by_characters_and_nul_is_left_out(make_memory: MemoryFactory) -> None:
    memory = make_memory(blocks=[Block("notes", limit=5)])  # T12

    memory.core.set("notes", "né\0茶🍵!")

    assert memory.core["notes"].value == "né茶🍵!"
    assert 'chars="5/5"' in memory.prompt.core_memory()


@pytest.mark.parametrize("text", ["{CORE_MEMORY} {0} {{x}} %s $name \\1", "AGENT_NAME", "</b>\n<rules>"])
def test_braces_and_placeholders_are_literal(make_memory: MemoryFactory, text: str) -> None:  # T13
    memory = make_memory()

    memory.core.set("human", text)

    assert f"\n{text}\n</human>" in memory.compile("{braces} {too}")[0]["content"]
    assert "{braces} {too}" in memory.compile("{braces} {too}")[0]["content"]


@given(value=TEXT, old=TEXT, new=TEXT)
@example("aaa", "a", "b")
@example("x\ny", "\n", "")
def test_a_replacement_changes_the_one_place_or_nothing(value: str, old: str, new: str) -> None:
    block = Block("human", value)
    places = [at for at in range(len(block.value)) if old and block.value.startswith(old, at)]

    if len(places) == 1:
        (at,) = places
        expected = Block("human", block.value[:at] + new + block.value[at + len(old) :])
        assert block.replace(old, new) == expected
    else:
        with pytest.raises(BlockError):
            block.replace(old, new)


@given(value=st.text("ab\n", max_size=20), text=st.text("xy\n", max_size=8), line=st.integers(-1, 12))
def test_an_inserted_text_stands_after_its_line_and_moves_nothing_else(
    value: str, text: str, line: int
) -> None:
    lines = value.split("\n") if value else []
    at = len(lines) if line == -1 else line

    if at > len(lines):
        with pytest.raises(BlockError):
            Block("human", value).insert(text, line)
    else:
        after = Block("human", value).insert(text, line).value
        assert after.split("\n") == [*lines[:at], *text.split("\n"), *lines[at:]]


@given(value=ODD, text=ODD, limit=st.integers(1, 20))
def test_no_edit_makes_a_block_that_is_too_long_or_cannot_be_stored(
    value: str, text: str, limit: int
) -> None:
    try:
        block = Block("human", value, limit).append(text)
    except BlockError:
        return

    assert len(block.value) <= limit
    assert "\0" not in block.value
    assert block.value.encode().decode() == block.value


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(
        st.tuples(
            st.sampled_from(["human", "persona"]), st.sampled_from(["append", "rewrite", "insert"]), ODD
        ),
        max_size=8,
    )
)
def test_the_blocks_at_any_time_can_be_rebuilt_from_the_log_alone(
    make_memory: MemoryFactory, edits: list[tuple[str, str, str]]
) -> None:
    memory = make_memory()
    states = {memory.log.last_seq(): stored(memory)}
    for label, how, text in edits:
        memory.log.append(Message.said_by("ben", "something between"))
        memory.core.edit(label, lambda block, how=how, text=text: getattr(block, how)(text))
        states[memory.log.last_seq()] = stored(memory)

    entries = memory.log.everything()
    assert {seq: rebuilt(entries, seq) for seq in states} == states


def test_an_edit_that_changes_nothing_writes_nothing(make_memory: MemoryFactory) -> None:
    memory = make_memory(human="Ben")
    size = memory.log.count(spoken=False)

    memory.core.edit("human", lambda block: block.replace("Ben", "Ben"))
    memory.core.set("human", "Ben")

    assert memory.log.count(spoken=False) == size


def test_a_change_that_crashes_leaves_block_and_log_as_they_were(memory: MemoryHierarchy) -> None:
    before, size = stored(memory), memory.log.count(spoken=False)

    with pytest.raises(ZeroDivisionError):
        memory.core.edit("human", lambda block: block.append(str(1 / 0)))

    assert (stored(memory), memory.log.count(spoken=False)) == (before, size)


def test_edits_from_many_threads_lose_nothing(memory: MemoryHierarchy) -> None:
    lines = [f"fact {number}" for number in range(40)]  # T14

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda line: memory.core.edit("human", lambda block: block.append(line)), lines))

    assert sorted(memory.core["human"].value.split("\n")) == sorted(lines)
    seqs = [entry.seq for entry in memory.log.everything()]
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_reset_gives_every_block_its_first_text_and_the_log_says_so(make_memory: MemoryFactory) -> None:
    memory = make_memory(human="Ben")
    first = stored(memory)
    memory.core.set("human", "someone else")
    memory.log.append(Message.said_by("ben", "hello"))

    memory.reset()

    assert stored(memory) == first == rebuilt(memory.log.everything(), 99)
    assert memory.log.count() == 0
