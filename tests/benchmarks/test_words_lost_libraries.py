"""The program that counts the words that a library loses of documents."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.words_lost import libraries, library_table

TEXT = "Мы прочитали отчёт и хорошо поняли, почему вода поднялась так быстро"


def kept(folder: Path, **texts: tuple[str, str, bytes]) -> Path:
    """A folder as `--keep` leaves it. The name of a document has its damage, its words and its bytes."""
    listed = []
    for name, (damage, words, content) in texts.items():
        path = f"{name}.txt"
        (folder / path).write_bytes(content)
        about = {"path": path, "kind": "txt", "writer": "editor", "damage": damage}
        listed.append({**about, "lines": {"the maker": [words]}, "refused": {}})
    (folder / "manifest.json").write_text(json.dumps(listed))
    return folder


def totals(*arguments: str) -> Any:
    return libraries.main(["--python", sys.executable, *arguments])["kinds"]["txt"]


def test_words_that_a_library_reads_wrongly_are_lost(tmp_path: Path) -> None:
    files = kept(
        tmp_path,
        sound=("", TEXT, TEXT.encode("cp1251")),
        mixed=("cut", f"{TEXT} ζώνη", TEXT.encode("cp1251")),
    )

    found = totals("--files", str(files), "--library", "chardet")

    assert (found["sound"]["words_shown"], found["sound"]["words_lost"]) == (11, 0)
    assert (found["damaged"]["words_shown"], found["damaged"]["words_lost"]) == (12, 1)


def test_a_file_that_ends_or_stops_a_library_is_refused_and_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = kept(
        tmp_path,
        raises=("", "four", b""),
        hangs=("", "three", b""),
        ends=("", "one two", b""),
        sound=("", "five six", b""),
    )
    child = tmp_path / "child.py"
    child.write_text(
        "import json, os, sys, time\n"
        "print(json.dumps({'version': '1', 'packages': 1, 'megabytes': 0}), flush=True)\n"
        "for line in sys.stdin:\n"
        "    name = os.path.basename(line.strip())\n"
        "    if name == 'ends.txt': os._exit(3)\n"
        "    if name == 'hangs.txt': time.sleep(60)\n"
        "    error = 'ValueError: no' if name == 'raises.txt' else None\n"
        "    answer = {'text': 'five', 'error': error, 'seconds': 0}\n"
        "    print(json.dumps(answer), flush=True)\n"
    )
    monkeypatch.setattr(libraries, "CHILD", child)
    monkeypatch.setattr(libraries, "START_SECONDS", 5)

    found = totals("--files", str(files), "--library", "chardet", "--seconds", "0.2")["sound"]

    assert found["errors"] == {
        "raises.txt": "ValueError: no",
        "hangs.txt": "took longer than 0.2 seconds",
        "ends.txt": "the process ended",
    }
    assert (found["refused"], found["words_shown"], found["words_lost"]) == (3, 6, 5)


def test_a_folder_without_a_manifest_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        libraries.main(["--files", str(tmp_path), "--library", "ours"])

    assert "has no manifest.json" in capsys.readouterr().err


def test_the_table_has_the_share_of_lost_words_and_a_dash_for_kinds_that_are_not_read(tmp_path: Path) -> None:
    def result(name: str, lost: float, refused: int) -> Path:
        total = {"files": 2, "words_shown": 400, "lost_percent": lost, "refused": refused}
        states = {"sound": total, "damaged": {**total, "files": 0}}
        path = tmp_path / f"{name}.txt"
        about = {"version": "1.0", "packages": 3, "megabytes": 0.5}
        path.write_text(
            "a table\n" + json.dumps({"library": name, "about": about, "kinds": {"docx": states}})
        )
        return path

    results = [result("ours", 0.5, 0), result("pandoc", 100, 2), result("mammoth", 60.25, 1)]

    text = library_table.main(list(map(str, results)))

    assert "| kind | files | words | ours | pandoc | others |" in text
    assert "| docx | 2 | 400 | 0.5 | – | mammoth 60.25 (1) |" in text
    assert "| mammoth | 1.0 | 3 | 0.5 |" in text
