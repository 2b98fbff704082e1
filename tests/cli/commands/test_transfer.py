"""`export`, `import`, `forget` and `reembed`."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from command_line import run, talk
from old_agents import agent_file, agent_row, make_home

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home import archive_names
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedServer
from memgpt_autogen.testing.qdrant import QdrantStandIn


@pytest.mark.sqlite
def test_an_agent_moves_and_forgets_on_the_command_line(tmp_path: Path) -> None:
    talk("My name is Ada.", "", options=("--me", "ada"))
    there, path = ("--home", str(tmp_path / "there")), str(tmp_path / "sam.zip")

    assert f"wrote {path}" in run("export", "sam", path)
    assert "2 blocks" in run("import", path, "--dry-run", *there)
    assert not (tmp_path / "there").exists()
    assert "it was 'sam' and becomes 'tim'" in run("import", path, "--name", "tim", *there)
    assert "would remove 1 message " in run("forget", "tim", "--speaker", "ada", *there, typed="n\n")
    assert "removed 1 message " in run("forget", "tim", "--speaker", "ada", "--yes", *there)


@pytest.mark.sqlite
def test_forgetting_a_name_that_nobody_has_fails_and_lists_the_names() -> None:
    talk("My name is Ada.", "", options=("--me", "ada"))

    for options in (["--dry-run"], ["--yes"], []):
        found = run("forget", "sam", "--speaker", "Nobody", *options, code=1)
        assert "nobody of this name has spoken. The speakers: ada, sam" in found
    run("forget", "sam", "--source", "no.md", "--dry-run", code=1)
    run("forget", "sam", "--speaker", "ADA", "--yes")


@pytest.mark.sqlite
def test_forgetting_words_cuts_the_agents_own_blocks_too() -> None:
    talk("My name is Ada.", "", options=("--me", "ada"))

    assert "blocks cut: human" in run("forget", "sam", "--query", "Ada", "--dry-run")
    assert "still contain some of it: human" in run(
        "forget", "sam", "--query", "Ada", "--no-blocks", "--dry-run"
    )
    assert "still contain some of it: human" in run("forget", "sam", "--speaker", "ada", "--dry-run")
    assert "blocks cut: human" in run("forget", "sam", "--speaker", "ada", "--blocks", "--yes")


@pytest.mark.sqlite
def test_errors_and_reports_name_options_and_not_arguments_of_python(tmp_path: Path) -> None:
    talk("My name is Ada.", "", options=("--me", "ada"))
    path = str(tmp_path / "sam.zip")
    run("export", "sam", path)

    texts = [
        run("forget", "sam", code=1),
        run("forget", "sam", "--query", "Ada", "--no-blocks", "--dry-run"),
        run("import", path, code=1),
        run("attach", "library", code=1),
        run("memory", "history"),
        run("run", "--model", "gpt-4.1-mini", "--base-url", "https://api.openai.com/v1", code=1),
        talk("Hello.", "/rewrite", "/attach library", "/undo 99"),
    ]

    assert "--speaker, --source, --start, --end or --query" in texts[0]
    assert "--blocks" in texts[1]
    assert "--name ..." in texts[2]
    assert "memgpt-autogen load with --archive library" in texts[3]
    assert "--base-url of another endpoint" in texts[5]
    assert "/pop" in texts[6]
    for text in texts:
        assert not re.search(r"\b[a-z_]+(=(True|\.\.\.|'[^']*')|\(\))", text), text


@pytest.mark.sqlite
def test_a_copy_of_a_home_decides_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with QdrantStandIn() as server:
        monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_URL", server.url)
        open_memory("sam", Settings.load(home=tmp_path / "home")).archival.insert("Ada drinks tea.")
        for name in ("one", "two"):
            shutil.copytree(tmp_path / "home", tmp_path / name)
        one, two = (("--home", str(tmp_path / name)) for name in ("one", "two"))

        assert "is a copy of it" in run("doctor", *one, code=1)
        assert "give one of --own and --original" in run("copied", *one, code=1)
        assert "copied 1 point; qdrant_prefix is copy-" in run("copied", "--own", *one)
        assert "is a copy of it" not in run("doctor", *one)
        assert "1 archive on the server" in run("copied", "--original", *two)
        open_memory("sam", Settings.load(home=tmp_path / "two")).archival.insert("Ada drinks coffee.")
    monkeypatch.delenv("MEMGPT_AUTOGEN_QDRANT_URL")
    assert "the archives of this home are in its folder" in run("copied", "--own", *two, code=1)


@pytest.mark.sqlite
def test_an_archives_embedding_model_is_changed_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = ("--home", str(tmp_path))
    memory = open_memory("sam", Settings.load(home=tmp_path))
    memory.archival.insert_many([Draft(f"Fact {number} is about tea.") for number in range(12)])
    memory.archival.close()

    def reembed(*words: str, code: int = 0) -> str:
        return run("reembed", "--agent", *words, *home, code=code)

    with ScriptedServer(dimension=16) as server:
        monkeypatch.setenv("MEMGPT_AUTOGEN_EMBEDDING_BASE_URL", server.url)
        assert "give --embedding-model" in reembed("sam", code=1).lower()
        shown = reembed("sam", "--embedding-model", "some-model")
        assert "sam: 12 passages, now embedded with some-model" in shown
        assert "memgpt-autogen configure --embedding-model some-model" in shown

        run("configure", "--embedding-model", "some-model", *home)
        assert open_memory("sam", Settings.load(home=tmp_path)).archival.search("tea").total == 12
        assert "To use this model" not in reembed("sam")
    assert "sam: 12 passages, now found by words" in reembed("sam", "--embedding-model", "none")
    assert "there is no agent 'tim'" in reembed("tim", code=1)
    open_memory("sam", Settings.load(home=tmp_path)).archival.close()


def test_an_agent_that_is_not_there_is_neither_exported_nor_made(tmp_path: Path) -> None:
    talk("Hello.", "")

    shown = run("export", "tim", str(tmp_path / "tim.zip"), code=1)

    assert "there is no agent 'tim'" in shown
    assert "there are: sam" in shown


def test_a_file_that_exists_is_replaced_only_by_force(tmp_path: Path) -> None:
    talk("Hello.")
    path = tmp_path / "sam.zip"
    path.write_text("mine")

    assert "--force" in run("export", "sam", str(path), code=1)
    assert path.read_text() == "mine"
    assert f"wrote {path}" in run("export", "sam", str(path), "--force")
    assert path.read_bytes().startswith(b"PK")
    assert "is a folder" in run("export", "sam", str(tmp_path), "--force", code=1)


def test_an_archive_that_is_not_there_is_neither_embedded_nor_made() -> None:
    open_memory("sam", archive="library").archival.close()
    talk("Hello.")

    shown = run("reembed", "--agent", "sam", "--archive", "libary", "--embedding-model", "none", code=1)

    assert "no shared archive 'libary'" in shown
    assert "there are: library" in shown
    assert archive_names(Settings.load()) == ["library"]


@pytest.mark.sqlite
def test_an_agent_file_of_letta_is_imported_once_with_a_report(tmp_path: Path) -> None:
    path = tmp_path / "agent.af"
    path.write_text(json.dumps(agent_file()), encoding="utf-8")

    assert "Tea-Expert: 3 blocks" in run("import", str(path), "--dry-run")
    first = run("import", str(path))
    again = run("import", str(path))

    assert "archival passages (its prompt says 37): an agent file has none" in first
    assert "imported 1 agent into" in first
    assert "Tea-Expert: was there already" in again
    assert "imported 1 agent" not in again
    assert "Tea-Expert" in run("list", "agents")


@pytest.mark.sqlite
def test_the_agents_of_a_memgpt_home_are_imported_and_a_failure_is_the_exit_code(tmp_path: Path) -> None:
    old = str(make_home(tmp_path / "old", agents=[agent_row(), agent_row("tim", "3"), agent_row("tim", "4")]))

    report = run("import", old, code=1)

    assert "imported 2 agents into" in report
    assert "Choose another name: --name ..." in report
    assert "Give --agent" in run("import", old, "--name", "tom", code=1)
    assert "imported 1 agent" in run("import", old, "--agent", "4", "--name", "tom")
    assert "--agent is for files with several agents" in run(
        "import", run("export", "tom", str(tmp_path / "tom.zip")).split()[-1], "--agent", "tom", code=1
    )
