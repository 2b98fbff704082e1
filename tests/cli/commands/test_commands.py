"""The commands around the conversation: what a home has, what agents remember, who answers, and what is wrong."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from places import ROOT
from typer.testing import CliRunner

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.cli import app
from memgpt_autogen.home import agent_names
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedServer, call, says


def run(*words: str, typed: str = "", code: int = 0) -> str:
    result = CliRunner().invoke(app, words, input=typed)
    assert result.exit_code == code, result.output
    return result.output


def told(*words: str, code: int = 0) -> Any:
    """What a command prints as JSON."""
    return json.loads(run(*words, "--json", code=code))


def remember(name: str, *lines: str, **options: Any) -> None:
    open_memory(name, **options).log.append(*(Message.said_by("ada", line) for line in lines))


@pytest.fixture
def home() -> Path:
    return Settings.load().home


# in a conversation


def talk(*lines: str, options: tuple[str, ...] = ()) -> str:
    return run("run", *options, typed="\n".join(lines) + "\n")


def test_commands_of_a_conversation_show_memory_and_change_it() -> None:
    shown = talk(
        "I live in Lisbon.",
        "/memory",
        "/recall Lisbon",
        "/archival",
        "/context",
        "/rewrite Noted.",
        "/dump 3",
        "/undo",
    )

    assert "user lives in Lisbon." in shown
    assert "2 messages fit" in shown
    assert "0 passages" in shown
    assert "tokens, " in shown
    assert '"message": "Noted."' in shown
    assert "Noted. → I will remember" in shown


def test_a_message_is_taken_back_and_answered_again() -> None:
    with ScriptedServer(
        says("", call("send_message", message="One.")),
        says("", call("send_message", message="Two.")),
        says("", call("send_message", message="Three.")),
    ) as server:
        shown = talk(
            "Count.", "/retry", "/pop 2", "Count.", options=("--base-url", server.url, "--model", "m")
        )

    assert "took back sam: Two." in shown
    assert "took back user: Count." in shown
    assert "One." not in str(server.requests[1])
    assert "Two." not in str(server.requests[2])
    assert "sam> Three." in shown


def test_a_warning_a_heartbeat_and_a_summary_are_asked_for_by_hand() -> None:
    with ScriptedServer(
        says("", call("send_message", message="Hello.")),
        says("", call("send_message", message="I save what matters.")),
        says("", call("send_message", message="Still here.")),
        says("We greeted each other."),
    ) as server:
        shown = talk(
            "Hi.",
            "/memorywarning",
            "/heartbeat Tea time.",
            "/summarize",
            options=("--base-url", server.url, "--model", "m"),
        )

    assert "pressure" in str(server.requests[1]["messages"][-1]).lower()
    assert "Tea time." in str(server.requests[2]["messages"][-1])
    assert "sam> Still here." in shown
    assert "into the summary" in shown


def test_another_model_answers_from_there_on() -> None:
    with ScriptedServer(
        says("", call("send_message", message="One.")), says("", call("send_message", message="Two."))
    ) as server:
        shown = talk("Hi.", "/model other", "Hi.", options=("--base-url", server.url, "--model", "m"))

    assert [request["model"] for request in server.requests] == ["m", "other"]
    assert f"other at {server.url} answers" in shown


def test_what_begins_with_a_slash_and_is_no_command_is_not_said() -> None:
    shown = talk("/etc/hosts is a file", " /etc/hosts is a file", "/exit", "never said")

    assert "there is no /etc/hosts" in shown
    assert [entry.message.text for entry in open_memory("sam").log.spoken_tail(9) if entry.message.name] == [
        "/etc/hosts is a file"
    ]


def test_words_are_shown_while_they_are_written_and_once() -> None:
    with ScriptedServer(says("", call("send_message", message="It is [red] all there."))) as server:
        shown = talk("Hi.", options=("--base-url", server.url, "--model", "m", "--stream"))

    assert server.requests[0]["stream"] is True
    assert shown.count("sam> It is [red] all there.") == 1


def test_debug_tells_what_a_turn_took_and_shows_where_an_error_comes_from() -> None:
    assert "yielded after" in talk("Hi.", options=("--debug",))

    result = CliRunner().invoke(app, ["memory", "show", "--agent", "tim", "--debug"])
    assert result.exit_code == 1
    assert "there is no agent 'tim'" in str(result.exception)
    assert "Traceback" not in run("memory", "show", "--agent", "tim", code=1)


def test_a_persona_begins_a_new_agent_and_does_not_change_one_that_is_there() -> None:
    run("add", "persona", "pirate", "--text", "I am a pirate.")

    talk("/exit", options=("--persona", "pirate", "--human", "A parrot named Polly."))
    again = talk("/exit", options=("--persona", "I am a librarian."))

    memory = open_memory("sam")
    assert [block.value for block in memory.core] == ["I am a pirate.", "A parrot named Polly."]
    assert "memory edit persona" in again
    assert "there are: pirate" in run("run", "--persona", "sailor", code=1)


def test_without_a_name_the_agent_goes_on_that_was_talked_to_last() -> None:
    remember("tim", "Hello.")
    remember("ann", "Hello.")
    remember("tim", "Hello again.")

    assert "tim answers with offline and remembers 2 messages" in talk("/exit")


def test_an_address_where_nobody_answers_is_told_before_the_first_message() -> None:
    assert "nothing answers at http://127.0.0.1:9" in run(
        "run", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", code=1
    )
    assert "remembers 0 messages" in run(
        "run", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--no-verify"
    )


# what a home has


def test_agents_are_listed_without_being_opened_or_made(home: Path) -> None:
    assert told("list", "agents") == []
    assert not home.exists()
    remember("sam", "My name is Ada.")

    (listed,) = told("list", "agents")
    assert (listed["name"], listed["messages"]) == ("sam", 1)
    assert "sam" in run("list", "agents")


def test_texts_are_added_listed_and_deleted(home: Path) -> None:
    run("add", "human", "ada", "--file", "-", typed="Ada, an engineer.\n")

    assert told("list", "humans") == [{"name": "ada", "text": "Ada, an engineer."}]
    assert "--replace" in run("add", "human", "ada", "--text", "Another.", code=1)
    assert "is not valid" in run("add", "human", "../ada", "--text", "x", code=1)
    assert "2,000" in run("add", "human", "long", "--text", "x" * 2001, code=1)
    run("delete", "human", "ada")
    assert list((home / "humans").iterdir()) == []


@pytest.mark.sqlite
def test_sources_are_listed_and_deleted() -> None:
    memory = open_memory("sam")
    memory.archival.insert("Tea is grown in Assam.", source="tea.md")
    memory.archival.insert("My own note.")
    memory.archival.close()

    assert told("list", "sources") == [{"agent": "sam", "source": "tea.md", "archive": None, "passages": 1}]
    assert "its sources are: tea.md" in run("delete", "source", "coffee.md", code=1)
    assert "deleted 1 passages" in run("delete", "source", "tea.md", typed="y\n")
    assert told("list", "sources") == []
    assert open_memory("sam").archival.count() == 1


@pytest.mark.sqlite
def test_documents_are_loaded_listed_and_deleted_and_a_shared_archive_is_read(tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text("# Tea\n\nTea is grown in Assam.\n")
    (tmp_path / "rye.md").write_text("# Bread\n\nRye bread keeps for a week.\n")
    assert "loaded: tea.md" in run("load", str(tmp_path / "tea.md"), "--agent", "lib", "--archive", "library")
    shown = talk(f"/attach {tmp_path / 'rye.md'}", "/attach library", "/attach", options=("--agent", "sam"))

    assert "loaded: rye.md" in shown
    assert "tea.md in archive 'library'" in shown
    assert [(row["source"], row["archive"]) for row in told("list", "sources", "--agent", "sam")] == [
        ("rye.md", None),
        ("tea.md", "library"),
    ]
    run("detach", "library", "--agent", "sam")
    assert "1 documents" in run("attach", "library", "--agent", "sam")
    run("delete", "source", "rye.md", "--agent", "sam", "--yes")
    assert [source.name for source in open_memory("sam").sources()] == ["tea.md"]
    assert "no shared archive 'nothing'" in run("attach", "nothing", "--agent", "sam", code=1)


@pytest.mark.sqlite
def test_an_agent_is_deleted_for_good_with_all_that_is_its_alone(home: Path) -> None:
    team = Block("team", "We release on 14 May.", shared=True)
    remember("sam", "The secret word is zanzibar.", blocks=[team, Block("notes", "zanzibar again")])
    remember("tim", "Hello.", blocks=[team])
    sam = open_memory("sam")
    sam.archival.insert("zanzibar is an island")
    sam.attach(text="In zanzibar there are cloves.", name="zanzibar notes")
    assert sam.recall.search("zanzibar").total == 1
    sam.archival.close()
    sam.recall.close()

    assert "1 message " in run("delete", "agent", "sam", "--dry-run")
    run("delete", "agent", "sam", typed="n\n")
    assert agent_names(Settings.load()) == ["sam", "tim"]
    shown = run("delete", "agent", "sam", typed="y\n")

    assert "2 passages\nblocks: persona, human, notes" in shown
    assert "kept, since other agents have them too: team" in shown
    assert agent_names(Settings.load()) == ["tim"]
    assert list((home / "archives").iterdir()) == []
    assert open_memory("tim").core["team"].value == "We release on 14 May."
    left = [path for path in home.rglob("*") if path.is_file() and b"zanzibar" in path.read_bytes()]
    assert left == []
    assert open_memory("sam").log.count() == 0


# what an agent remembers


def test_memory_is_shown_searched_edited_and_edits_are_taken_back() -> None:
    remember("sam", "Our release is on 14 May.", human="Ada.")

    assert told("memory", "show")["blocks"][1]["value"] == "Ada."
    assert [item["name"] for item in told("memory", "search", "release")["recall"]["items"]] == ["ada"]
    run("memory", "edit", "human", "--text", "Ada, in Lisbon.")
    assert "Ada, in Lisbon." in run("memory", "show")
    assert told("memory", "history", "-n", "1")[0]["after"] == "Ada, in Lisbon."
    run("memory", "undo")
    assert open_memory("sam").core["human"].value == "Ada."
    run("memory", "undo", "--redo")
    assert open_memory("sam").core["human"].value == "Ada, in Lisbon."
    assert "no block 'humna'" in run("memory", "edit", "humna", "--text", "x", code=1)


def test_a_block_is_edited_in_the_persons_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    remember("sam", "Hello.", human="Ada.")
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\nfile = pathlib.Path(sys.argv[1])\nfile.write_text(file.read_text() + ' Likes tea.')\n"
    )
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" "{editor}"')

    run("memory", "edit", "human")

    assert open_memory("sam").core["human"].value == "Ada. Likes tea."


def test_where_there_are_several_agents_one_has_to_be_named() -> None:
    remember("sam", "Hello.")
    remember("tim", "Hello.")

    assert "several agents: sam, tim" in run("memory", "show", code=1)
    assert told("memory", "show", "--agent", "tim")["agent"] == "tim"


# who answers


def test_a_model_is_tried_and_written_down_without_its_key(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    (home / "settings.toml").write_text('# mine\ntimezone = "Europe/Lisbon"\nmodel = "old"\n')
    monkeypatch.setenv("MEMGPT_AUTOGEN_API_KEY", "sk-very-secret-1234567890")
    with ScriptedServer(says("", call("send_message", message="Hello!"))) as server:
        shown = run("configure", "--base-url", server.url, "--model", "m", "--window", "9000")

    assert "answers in" in shown
    written = (home / "settings.toml").read_text()
    assert written.startswith("# mine\n")
    assert "secret" not in written + shown
    settings = Settings.load()
    assert (settings.model, settings.window_tokens, settings.timezone) == ("m", 9000, "Europe/Lisbon")
    assert agent_names(settings) == []


def test_a_model_that_does_not_answer_is_not_written_down(home: Path) -> None:
    shown = run("configure", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", code=1)

    assert "does not answer" in shown
    assert not (home / "settings.toml").exists()


def test_an_address_with_a_password_is_not_written_down(home: Path) -> None:
    shown = run(
        "configure", "--base-url", "http://ada:hunter2@example.org/v1", "--model", "m", "--no-verify", code=1
    )

    assert "MEMGPT_AUTOGEN_API_KEY" in shown
    assert "hunter2" not in shown
    assert not (home / "settings.toml").exists()


def test_quickstart_takes_the_server_that_is_here_and_run_needs_no_options_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ScriptedServer(
        says("", call("send_message", message="Tried.")), says("", call("send_message", message="Talked."))
    ) as server:
        port = int(server.url.split(":")[2][:-3])
        monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": port})

        run("quickstart", "--yes")

        assert "sam> Talked." in talk("Hi.")
        assert server.requests[1]["model"] == "scripted"


def test_quickstart_without_any_model_says_how_to_get_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memgpt_autogen.llm.discover.PORTS", {"any": 9})

    assert "To get one" in run("quickstart", "--yes")
    assert not (home / "settings.toml").exists()


# what is wrong


def test_the_doctor_finds_a_home_well_and_changes_nothing(home: Path) -> None:
    found = told("doctor")

    assert found["well"] is True
    assert {"python", "autogen", "archival engine", "home", "model"} <= {
        check["about"] for check in found["checks"]
    }
    assert not home.exists()


@pytest.mark.sqlite
def test_the_doctor_names_what_is_damaged_and_the_way_out(home: Path) -> None:
    remember("sam", "Hello.")
    memory = open_memory("sam")
    with memory.log.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO entries_words(entries_words) VALUES ('delete-all')")

    found = told("doctor", code=1)

    (wrong,) = [check for check in found["checks"] if check["state"] == "wrong"]
    assert wrong["about"] == "database"
    assert "repair()" in wrong["mend"]


def test_the_doctor_asks_a_server_on_this_machine_for_its_models(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer() as server:
        monkeypatch.setenv("MEMGPT_AUTOGEN_BASE_URL", server.url)
        monkeypatch.setenv("MEMGPT_AUTOGEN_MODEL", "another")
        wrong = next(check for check in told("doctor", code=1)["checks"] if check["about"] == "model")
        monkeypatch.setenv("MEMGPT_AUTOGEN_MODEL", "scripted")
        right = next(check for check in told("doctor")["checks"] if check["about"] == "model")

    assert "has no 'another'; it has: scripted" in wrong["found"]
    assert right["state"] == "ok"


def test_the_doctor_names_who_is_in_a_turn() -> None:
    memory = open_memory("sam")

    with memory.exclusive():
        found = told("doctor")

    (turns,) = [check for check in found["checks"] if check["about"] == "turns"]
    assert f"process {os.getpid()}" in turns["found"]
    assert "'sam'" in turns["found"]


# measuring


def test_an_agents_memory_is_measured_with_somebodys_own_questions(tmp_path: Path) -> None:
    remember("sam", "Our release is on 14 May.", "The staging server is called heron.")
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '{"question": "When is our release?", "answer": "14 may"}\n'
        '{"question": "What is the name of the cat?", "answers": ["Tom", "Thomas"]}\n'
    )

    found = told("bench", "--questions", str(file))

    assert found["questions"] == 2
    assert found["found"]["recall"]["in the first 1"] == 0.5
    assert found["missed"] == ["What is the name of the cat?"]
    file.write_text('[{"question": "What?"}]')
    assert "question 1" in run("bench", "--questions", str(file), code=1)


def test_a_measurement_of_this_machine_leaves_the_home_alone(home: Path) -> None:
    found = told("bench", "--size", "10")

    assert found["milliseconds"]["search archival"]["median"] > 0
    assert not home.exists()


# all of them


def test_every_command_has_help_by_h_and_imports_no_autogen() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from memgpt_autogen.cli import app\n"
        "for words in (['-h'], ['list', '-h'], ['memory', 'search', '-h'], ['version'], ['list', 'agents'], ['doctor']):\n"
        "    result = CliRunner().invoke(app, words)\n"
        "    assert result.exit_code == 0, result.output\n"
        "result = CliRunner().invoke(app, ['run'], input='My name is Ada.\\n/context\\n')\n"
        "assert result.exit_code == 0, result.output\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'autogen', 'openai', 'prompt_toolkit'}, loaded\n"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_a_wrong_command_line_is_2_and_says_what_is_wrong() -> None:
    assert "memroy" in run("memroy", code=2)
    assert "--colour" in run("run", "--colour", "red", code=2)


def test_an_unexpected_error_is_one_line_and_no_traceback(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write_text("a file where the folder should be")

    shown = run("run", code=1)

    assert "Traceback" not in shown
    assert len(shown.strip().splitlines()) <= 2


def test_the_page_of_the_commands_is_what_the_commands_say() -> None:
    docs = ROOT / "docs"
    written = runpy.run_path(str(docs / "write_cli.py"))["page"]()

    assert (docs / "cli.md").read_text(encoding="utf-8") == written, "run: python docs/write_cli.py"
