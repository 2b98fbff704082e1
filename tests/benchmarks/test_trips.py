"""The program that counts trips: what it records, and what it prints."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from benchmark_runs import result_of

from benchmarks.trips import LIMITS, Trip, main, trips
from memgpt_autogen.memory.storage import outbox


def test_the_program_counts_five_journeys_and_they_are_short(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["trips", "--json", "--pairs", "1"])

    main()
    lines = capsys.readouterr().out.splitlines()
    main()

    result = json.loads(lines[-1])["trips"]
    again = json.loads(capsys.readouterr().out.splitlines()[-1])["trips"]
    assert list(result) == ["receive", "archival search", "recall search", "attach", "eviction"]
    assert all(trip["calls"] > trip["moves"] >= trip["files"] > 1 for trip in result.values())
    assert sum(" -> " in line for line in lines) == len(result)
    # on a busy machine, what waits for a while takes some moves more in one of the runs
    moves = {name: min(trip["moves"], again[name]["moves"]) for name, trip in result.items()}
    too_long = {name: each for name, each in moves.items() if each > LIMITS.get(name, each)}
    assert not too_long
    assert LIMITS == {"receive": 301, "recall search": 174, "eviction": 336}


def test_root_counts_the_package_of_another_checkout(tmp_path: Path) -> None:
    package = tmp_path / "memgpt_autogen"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('the other checkout')")

    with pytest.raises(AssertionError, match="the other checkout"):
        result_of("trips", root=tmp_path)


def test_the_counts_do_not_depend_on_the_time_that_journeys_take(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 0.0)  # as if each journey took longer than that

    counted = trips(tmp_path)

    assert counted["recall search"].counts()["moves"] <= LIMITS["recall search"]
    assert outbox.LOOK_SECONDS == 0


def test_a_move_enters_another_file_than_the_call_before_it(tmp_path: Path) -> None:
    one, other = (_module(tmp_path / "package" / name) for name in ("one.py", "other.py"))
    trip = Trip(tmp_path / "package")

    with trip.recorded():
        one["call"](lambda: other["call"](other["done"]))
        one["done"]()

    # one, other, other, one: the function between them is not in the package
    assert trip.counts() == {"files": 2, "moves": 2, "crossings": 1, "calls": 4}
    assert trip.pairs == {("one.py call", "other.py call"): 1}


def _module(file: Path) -> dict[str, object]:
    names: dict[str, object] = {}
    exec(compile("def call(what): what()\ndef done(): pass", str(file), "exec"), names)
    return names
