"""`backup` and `restore`."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import remember, run, run_json

pytestmark = pytest.mark.sqlite


def test_a_home_is_backed_up_and_restored_into_another(tmp_path: Path) -> None:
    remember("sam", "I like green tea.")
    run("users", "add", "ada")
    file, there = str(tmp_path / "home.backup"), str(tmp_path / "there")

    made = run("backup", file)
    checked = run("restore", file, "--dry-run", "--home", there)
    empty = not Path(there).exists()
    restored = run("restore", file, "--home", there)

    assert made.startswith(f"{file}: ")
    assert "database: 1 agent of 2 users, 3 log entries, 0 runs" in made
    assert "not in it: server_password, since a server makes one; keys" in made
    assert checked == made
    assert empty
    assert restored.startswith(f"restored 1 agent and 0 passages from {file}, made at ")
    assert restored.endswith("the database and the archives were checked; they are sound\n")
    assert [each["name"] for each in run_json("list", "agents", "--home", there)] == ["sam"]
    assert [each["name"] for each in run_json("users", "list", "--home", there)] == ["home", "ada"]


def test_what_is_there_is_replaced_only_by_force(tmp_path: Path) -> None:
    remember("sam", "I like green tea.")
    file = str(tmp_path / "home.backup")
    run("backup", file)
    remember("kim", "I like coffee.")

    assert "exists, and nothing was written. Give another name, or --force" in run("backup", file, code=1)
    refused = run("restore", file, code=1)
    assert "this home is not empty: it has 2 agents, 4 blocks." in refused
    assert "--force, which makes a backup of this one first" in refused
    forced = run("restore", file, "--force")

    assert "what was here before is in " in forced
    assert [each["name"] for each in run_json("list", "agents")] == ["sam"]


def test_a_file_that_is_no_backup_is_one_red_line(tmp_path: Path) -> None:
    (tmp_path / "x.backup").write_text("something else")

    assert "x.backup is no backup, or is damaged: File is not a zip file." in run(
        "restore", str(tmp_path / "x.backup"), code=1
    )
    nowhere = ("--home", str(tmp_path / "no"))
    assert "there is no memory in" in run("backup", str(tmp_path / "y.backup"), *nowhere, code=1)
