"""The tools of core memory as a model calls them and reads them."""

from __future__ import annotations

from inline_snapshot import snapshot
from tool_use import use

from memgpt_autogen.loop.heartbeat import HeartbeatLoop


def test_edits_of_core_memory_tell_how_full_the_block_is(loop: HeartbeatLoop) -> None:
    told = [
        use(loop, "core_memory_append", label="human", content="Carl likes cake."),
        use(loop, "core_memory_replace", label="human", old_content="Ben likes tea", new_content="Ben left"),
        use(loop, "memory_insert", label="human", content="People:", line=0),
        use(loop, "memory_insert", label="human", content="That is all."),
        use(loop, "memory_insert", label="human", content="(of the team)", line="1"),
    ]

    assert told == snapshot(
        [
            "Done. Block 'human' now has 46 of 2000 characters.",
            "Done. Block 'human' now has 41 of 2000 characters.",
            "Done. Block 'human' now has 49 of 2000 characters.",
            "Done. Block 'human' now has 62 of 2000 characters.",
            "Done. Block 'human' now has 76 of 2000 characters.",
        ]
    )
    assert loop.memory.core["human"].value.splitlines() == [
        "People:", "(of the team)", "Ana likes tea.", "Ben left.", "Carl likes cake.", "That is all.",
    ]  # fmt: skip
    assert use(loop, "memory_rethink", label="human", new_memory="") == snapshot(
        "Done. Block 'human' now has 0 of 2000 characters."
    )


def test_a_refused_edit_says_why_and_what_to_do(loop: HeartbeatLoop) -> None:
    told = [
        use(loop, "core_memory_append", label="goal", content="And test it well."),
        use(loop, "core_memory_append", label="humans", content="x"),
        use(loop, "core_memory_append", label="rules", content="x"),
        use(loop, "core_memory_replace", label="human", old_content="Dora", new_content="x"),
        use(loop, "core_memory_replace", label="human", old_content="likes tea", new_content="x"),
        use(loop, "core_memory_replace", label="human", old_content="", new_content="x"),
        use(loop, "memory_insert", label="human", content="x", line=7),
        use(loop, "memory_rethink", label="goal", new_memory="x" * 21),
        use(loop, "memory_rethink", label="goal"),
    ]

    assert told == snapshot(
        [
            (
                "Failed: block 'goal' holds at most 20 characters; this edit would make it 26. Shorten "
                "the text or move part of it to archival memory."
            ),
            "Failed: core memory has no block 'humans'. Its blocks: 'persona', 'human', 'goal', 'rules'.",
            "Failed: block 'rules' is read-only. Keep this in archival memory instead.",
            "Failed: block 'human' does not hold the text 'Dora'. Quote it exactly as it stands there.",
            (
                "Failed: block 'human' holds 'likes tea' 2 times (lines 1, 2). Quote more of the text "
                "around the one you mean."
            ),
            "Failed: the text to replace in block 'human' is empty. Quote the words to replace, or append.",
            (
                "Failed: block 'human' has 2 lines; cannot insert after line 7. Use 0 for the start, -1 "
                "for the end, or 1 to 2."
            ),
            (
                "Failed: block 'goal' holds at most 20 characters; this edit would make it 21. Shorten "
                "the text or move part of it to archival memory."
            ),
            (
                "Failed: memory_rethink: argument 'new_memory' is missing. It takes: label (string), "
                "new_memory (string)."
            ),
        ]
    )
    assert [block.value for block in loop.memory.core][1:] == [
        "Ana likes tea.\nBen likes tea.",
        "Ship it.",
        "Be kind.",
    ]


def test_a_text_that_stands_in_another_block_is_found_there(loop: HeartbeatLoop) -> None:
    loop.memory.core.set("persona", "I am shy.")

    told = use(loop, "core_memory_replace", label="human", old_content="I am shy.", new_content="I am bold.")

    assert told.endswith("It is in block 'persona': use that label.")
    assert loop.memory.core["persona"].value == "I am shy."
