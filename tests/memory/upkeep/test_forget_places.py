"""Forgetting reaches every place of a memory in which words can be."""

from __future__ import annotations

import json

from loops import MemoryFactory

from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import REMOVED, Message, ToolCall

WORD = "kanariquux"


def payloads(memory: MemoryHierarchy) -> str:
    return repr(memory.log.everything())


def test_the_escapes_of_addresses_and_of_html_are_read(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    memory.log.append(
        Message.said_by("ben", "See https://example.org/Jos%C3%A9.html for more."),
        Message.said_by("ben", "<p>Jos&eacute; has a cat.</p>"),
        Message("assistant", "It is sunny. I read example.org/jos%c3%a9 today. It rains at 50%.", "step"),
    )
    memory.archival.insert("About Jos&#233;.")

    report = memory.forget(query="José")

    assert (report.messages, report.passages) == (2, 1)
    assert memory.log.everything()[-1].message.text == f"It is sunny. {REMOVED} It rains at 50%."


def test_an_id_and_a_tool_that_the_model_has_invented_lose_the_words(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    invented, real = ToolCall(f"call-{WORD}", f"find_{WORD}"), ToolCall("call2", f"look_up_{WORD}")
    memory.log.append(
        Message("assistant", "", "step", tool_calls=(invented, real)),
        Message.result_of(invented, "There is no such tool.", ok=False),
        Message.result_of(real, "Nothing."),
    )

    memory.forget(query=WORD)

    *_, step, failed, done = (entry.message for entry in memory.log.everything())
    assert [call.name for call in step.tool_calls] == ["removed", f"look_up_{WORD}"]
    assert (failed.name, failed.tool_call_id) == ("removed", step.tool_calls[0].id)
    assert (done.name, done.tool_call_id) == (f"look_up_{WORD}", "call2")
    assert WORD not in step.tool_calls[0].id


def test_a_block_loses_the_words_in_its_description_and_in_its_history(make_memory: MemoryFactory) -> None:
    block = Block("notes", "It is May.", description=f"What {WORD} said. And what Ben said.")
    memory = make_memory(blocks=[block])

    report = memory.forget(query=WORD)

    assert report.blocks_changed == ("notes",)
    assert memory.core["notes"].description == "And what Ben said."
    assert WORD not in payloads(memory)


def test_who_edited_a_shared_block_is_forgotten_with_the_name(make_memory: MemoryFactory) -> None:
    shared = Block("team", "", shared=True)
    sam, tom = make_memory("sam", blocks=[shared]), make_memory("tom", blocks=[shared])
    tom.core.edit("team", lambda block: block.append("We like tea."))
    assert sam.log.edits()[-1].message.extra["by"] == "tom"

    sam.forget(speaker="tom")

    assert sam.log.edits()[-1].message.extra["by"] == REMOVED


def test_arguments_of_any_depth_lose_the_words(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    for depth in (3, 50, 500):
        nested = f'{{"deep": {"[" * depth}"Ask {WORD} about it."{"]" * depth}}}'
        memory.log.append(Message("assistant", "", "step", tool_calls=(ToolCall("call", "look", nested),)))
    memory.log.append(
        Message.result_of(ToolCall("call", "look"), "nothing", ok=True),
        Message("assistant", "", "step", extra={"deep": json.loads("[" * 300 + f'"{WORD}"' + "]" * 300)}),
    )

    memory.forget(query=WORD)

    assert WORD not in payloads(memory)
    shallow = next(entry.message for entry in memory.log.everything() if entry.message.kind == "step")
    assert json.loads(shallow.tool_calls[0].arguments) == {"deep": [[[REMOVED]]]}
