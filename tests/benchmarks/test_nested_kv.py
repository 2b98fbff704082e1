"""The nested key-value benchmark: its tasks, its policy, and every level solved by loop and archive."""

from __future__ import annotations

import gzip
import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest

from benchmarks.nested_kv import (
    ORDERINGS,
    PAIR,
    PAIRS,
    LookupPolicy,
    Task,
    main,
    measure_full_context,
    nested,
    solve,
    tasks,
)
from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.messages import WireMessage
from memgpt_autogen.testing import call

pytestmark = pytest.mark.sqlite


def key(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, str(number)))


def pairs(count: int) -> list[list[str]]:
    return [[key(number), key(1000 + number)] for number in range(count)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two sets of twelve pairs, and orderings for every level."""
    folder = tmp_path / "nested"
    folder.mkdir()
    lines = [json.dumps({"ordered_kv_records": pairs(12)})] * 2
    (folder / PAIRS).write_bytes(gzip.compress("\n".join(lines).encode()))
    for level in range(1, 7):
        orderings = [list(range(3, 3 + level)), list(range(11, 11 - level, -1))]
        text = "\n".join(map(json.dumps, orderings))
        (folder / ORDERINGS.format(level)).write_text(f"{text}\n", encoding="utf-8")
    return folder


def test_the_ordering_names_the_pairs_whose_values_become_keys() -> None:
    task = nested(pairs(5), [4, 0], 2)

    assert task.asked == key(4)
    assert dict(task.pairs) == {
        key(0): key(1),
        key(1): key(1001),
        key(2): key(1002),
        key(3): key(1003),
        key(4): key(0),
    }
    assert task.answer == key(1001)


def test_without_nesting_the_value_is_the_answer(data: Path) -> None:
    first, second = tasks(data, 0, 5)

    assert (first.asked, first.answer) == (key(3), key(1003))
    assert (second.asked, second.answer) == (key(11), key(1011))
    assert [list(pair) for pair in first.pairs] == pairs(12)


def test_every_level_is_solved_in_as_many_steps_as_it_needs(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data", str(data), "--levels", "0,1,6", "--samples", "2", "--json"])

    *_, last = capsys.readouterr().out.splitlines()
    result = json.loads(last)
    assert result["accuracy"] == 1
    rows = {row["level"]: row for row in result["levels"]}
    assert set(rows) == {0, 1, 6}
    for level, row in rows.items():
        assert row["tasks"] == 2
        assert row["stops"] == ["yielded"]
        # every pair of the chain is searched, then the last value, then comes the answer
        assert row["searches"]["max"] == level + 2
        assert row["steps"]["max"] == level + 3
        assert 0 < row["prompt_tokens"]["mean"] < row["prompt_tokens"]["max"] < 8192
        assert row["prompts_above_window"] == 0
        assert row["full_context"]["prompt_tokens"]["mean"] > 500


def searched(query: str, result: str) -> list[WireMessage]:
    """The end of a prompt: a search and what it returned."""
    made = call("archival_memory_search", query=query)
    return [
        {"role": "assistant", "content": "", "tool_calls": [made.to_wire()]},
        {"role": "tool", "tool_call_id": made.id, "content": json.dumps({"status": "OK", "message": result})},
    ]


TOOLS = [{"function": {"name": "archival_memory_search"}}]


def test_a_value_is_no_key_only_when_no_page_can_show_it_as_one() -> None:
    as_value = ", ".join(PAIR.format(key(number), key(0)) for number in range(1, 6))
    of_others = PAIR.format(key(7), key(8))

    def answer(result: str) -> tuple[str, dict[str, Any]]:
        (made,) = LookupPolicy().complete(searched(key(0), result), TOOLS).tool_calls
        return made.name, json.loads(made.arguments)

    assert answer(f"Showing 5 of 9 results (page 0, last page 1): {as_value}") == (
        "archival_memory_search",
        {"query": key(0), "page": 1, "request_heartbeat": True},
    )
    said = ("send_message", {"message": key(0)})
    assert answer(f"Showing 5 of 5 results (page 0, last page 0): {as_value}") == said
    assert answer(f"Showing 6 of 9 results (page 0, last page 1): {as_value}, {of_others}") == said
    assert answer("No results found.") == said


def test_the_policy_knows_only_what_the_prompt_shows(data: Path, tmp_path: Path) -> None:
    (task,) = tasks(data, 3, 1)
    hidden = Task(tuple(pair for pair in task.pairs if pair[1] != task.answer), task.asked, task.answer)

    assert not solve(hidden, tmp_path, "sam", 8192, None).right
    assert solve(task, tmp_path, "tom", 8192, None).right
    assert vars(LookupPolicy()) == {"sent": []}


def test_a_prompt_with_all_pairs_is_cut_to_the_window(data: Path) -> None:
    (task,) = tasks(data, 6, 1)
    wide, narrow = (
        measure_full_context(task, window, Budget(window, ApproximateCounter()), None)
        for window in (8192, 600)
    )

    assert wide.right
    assert not narrow.right
    assert wide.tokens == narrow.tokens


def test_the_plot_is_written(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "plot.svg"

    main(["--data", str(data), "--levels", "0,2", "--samples", "1", "--plot", str(file)])

    assert 1000 < file.stat().st_size < 100_000


@pytest.mark.skipif(
    "MEMGPT_AUTOGEN_DATA" not in os.environ, reason="MEMGPT_AUTOGEN_DATA names no folder of data"
)
def test_the_papers_own_pairs_are_solved(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(os.environ["MEMGPT_AUTOGEN_DATA"], "nested_kv")

    main(["--data", str(folder), "--levels", "0,6", "--samples", "1", "--json"])

    assert json.loads(capsys.readouterr().out.splitlines()[-1])["accuracy"] == 1
