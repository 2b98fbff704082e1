"""The benchmark of archival memory runs, and finds what was inserted, whatever it takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import archival
from benchmarks.archival_child import SINGLES
from benchmarks.archival_corpus import AGENTS, BLOCK, block, blocks, questions

pytestmark = pytest.mark.sqlite

SIZE = 150


@pytest.mark.timeout(300)
def test_the_short_form_measures_every_store_beside_the_engine_and_tells_who_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plot = tmp_path / "plot.svg"
    pytest.importorskip("matplotlib")
    asked = f"--sizes {SIZE} --queries 6 --rivals qdrant-local,chroma --compact --json --folder {tmp_path}"

    archival.main([*asked.split(), "--plot", str(plot)])

    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    measured = result["sizes"][str(SIZE)]
    stores = measured["stores"]
    assert list(stores) == ["ours", "ours-apart", "edge", "qdrant-local", "chroma"]
    for name, store in stores.items():
        if name == "chroma" and "skipped" in store:
            assert "chromadb" in store["skipped"]
            continue
        assert (store["passages"], store["count"]) == (SIZE, SIZE + SINGLES), name
        assert store["filtered_found"] == store["search_found"] == 1.0, name
        assert {"p50", "p95"} == store["filtered_ms"].keys() == store["add_ms"].keys()
        assert min(store["batch_per_second"], store["disk_mb"], store["reopen_seconds"]) > 0, name
    assert measured["targets"].keys() >= {"filtered_p95_over_bare", "add_p50_ms_over_bare", "reopen_seconds"}
    assert measured["compacted"]["filtered_found"] == 1.0
    assert result["machine"]["versions"]["qdrant-edge-py"]
    assert archival.format_result(result).count("\n| ours |") == 1
    assert 0 < plot.stat().st_size < 100_000


def test_passages_and_questions_are_the_same_for_the_same_seed_only() -> None:
    made = [row for rows in blocks(BLOCK + 10, seed=1) for row in rows]

    assert len({row.id for row in made}) == BLOCK + 10
    assert made[BLOCK:] == block(BLOCK, 10, seed=1) != block(BLOCK, 10, seed=2)
    assert {row.agent for row in made} == {f"agent-{number}" for number in range(AGENTS)}
    for question in questions(BLOCK, 3, seed=1):
        (answer,) = [row for row in made if row.text == question.answer]
        assert answer.agent == question.agent
        assert set(question.text.split()) <= set(answer.text.split())
