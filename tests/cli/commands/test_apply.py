"""`apply`: a file of agents from the terminal."""

from __future__ import annotations

from pathlib import Path

from command_line import run, run_json

from memgpt_autogen.assembly import open_memory

FILE = """
[agents.sam]
human = "Her name is Ada."
[[agents.sam.sources]]
file = "menu.txt"
"""


def write(folder: Path, text: str = FILE) -> str:
    (folder / "menu.txt").write_text("On Mondays there is soup.")
    (folder / "agents.toml").write_text(text)
    return str(folder / "agents.toml")


def test_it_says_what_differs_and_then_changes_it(tmp_path: Path) -> None:
    file = write(tmp_path)

    plan, listed = run("apply", file, "--dry-run"), run_json("list", "agents")
    done, again = run("apply", file), run("apply", file)

    assert "create   agent sam" in plan
    assert "3 things would be changed" in plan
    assert listed == []
    assert "3 things changed" in done
    assert "0 things changed" in again
    assert open_memory("sam").core["human"].value == "Her name is Ada."


def test_it_asks_before_it_deletes_and_names_what_goes(tmp_path: Path) -> None:
    run("apply", write(tmp_path))
    file = write(tmp_path, "[agents.ann]\n")

    refused = run("apply", file, "--remove", "sam", typed="n\n")
    kept = run_json("list", "agents")
    done = run("apply", file, "--remove", "sam", "--yes")

    assert "remove   agent sam (0 messages, 1 passage)" in refused
    assert [each["name"] for each in kept] == ["sam"]
    assert "remove   agent sam" in done
    assert [each["name"] for each in run_json("list", "agents")] == ["ann"]


def test_an_agents_own_words_stay_and_the_option_is_named(tmp_path: Path) -> None:
    file = write(tmp_path)
    run("apply", file)
    open_memory("sam").core.edit("human", lambda block: block.append("She likes tea."))

    told = run("apply", file)

    assert "conflict agent sam: block human, value (the agent has edited it)" in told
    assert "--overwrite replaces" in told
    assert "She likes tea." in open_memory("sam").core["human"].value


def test_it_is_for_the_owner_and_as_json(tmp_path: Path) -> None:
    run("users", "add", "ada")

    done = run_json("--owner", "ada", "apply", write(tmp_path))

    assert [each["action"] for each in done["items"]] == ["create"] * 3
    assert run_json("list", "agents") == []


def test_errors_name_the_file_the_line_and_the_table(tmp_path: Path) -> None:
    told = run("apply", write(tmp_path, "[agents.sam]\nhumn = 'x'\n"), code=1)

    assert "agents.toml, line 2, [agents.sam], humn" in told
    assert "cannot be read" in run("apply", str(tmp_path / "none.toml"), code=1)
