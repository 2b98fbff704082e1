"""Where a log has a document: also in results as older versions wrote them."""

from __future__ import annotations

from pathlib import Path

from loops import MemoryFactory

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.memory.documents.uses import find_uses
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, call
from memgpt_autogen.text.safe import to_json_line

NAME = 'the "law", part 1 (2026).md'


def found_in(memory: MemoryHierarchy, result: str) -> list[tuple[int, ...]]:
    made = call("archival_memory_search", query="senate")
    memory.log.append(Message("assistant", "", "step", tool_calls=(made,)), Message.result_of(made, result))
    _, source = memory.readable.find(NAME)
    return [use.passages for use in find_uses(memory.log, source)[0]]


def test_passages_of_a_document_are_found_in_a_search(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.attach(text="# I\n\nThe senate meets.\n\n# II\n\nThe senate sleeps.\n", name=NAME)
    memory.attach(text="# I\n\nThe senate eats.\n", name="other.md")
    tools = open_loop(memory, ScriptedLLM()).toolbox

    result = tools.run(tools.read(call("archival_memory_search", query="senate"))).text

    assert "other.md" in result
    assert found_in(memory, result) == [(1, 2)]


def test_passages_are_found_in_a_search_of_an_older_version(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    memory.attach(text="# I\n\nThe senate meets.\n", name=NAME)
    items = [{"text": "The senate meets.", "source": source, "passage": 1} for source in (NAME, "other.md")]

    lines = ",\n".join(map(to_json_line, items))

    assert found_in(memory, f"Showing 2 of 2 results (page 0, last page 0):\n[{lines}]") == [(1,)]
