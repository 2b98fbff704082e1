"""`--server`: the same commands print the same on a server as on a home of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import run, run_json
from running_servers import running
from server_apps import PASSWORD, make_app
from typer.main import get_command

from memgpt_autogen.cli import app
from memgpt_autogen.cli.chat import session
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.tools.approval import answered
from memgpt_autogen.tools.tool import Tool

pytestmark = pytest.mark.sqlite

TALK = "I live in Lisbon.\nWhere do I live?\n/memory\n/pop\n/undo\n/retry\n/forget\n/exit\n"

SCRIPT: list[tuple[tuple[str, ...], str, int]] = [
    (("list", "agents"), "", 0),
    (("add", "human", "ada", "--text", "Ada is an engineer."), "", 0),
    (("list", "humans"), "", 0),
    (("run", "--agent", "sam", "--human", "ada"), TALK, 0),
    (("run", "--agent", "sam", "--quiet", "--stream"), "Where do I live?\n", 0),
    (("list", "agents"), "", 0),
    (("memory", "show"), "", 0),
    (("memory", "edit", "human", "--text", "Ada lives in Lisbon."), "", 0),
    (("memory", "edit", "human", "--text", "Ada lives in Lisbon."), "", 0),
    (("memory", "history", "--count", "3"), "", 0),
    (("memory", "undo"), "", 0),
    (("memory", "undo", "--redo"), "", 0),
    (("load", "notes.md"), "", 0),
    (("load", "notes.md"), "", 0),
    (("list", "sources"), "", 0),
    (("memory", "search", "Lisbon"), "", 0),
    (("memory", "search", "tea", "--archival"), "", 0),
    (("memory", "search", "tea", "--as-of", "2999-01-01"), "", 0),
    (("memory", "search", "tea", "--as-of", "2020-01-01"), "", 0),
    (("export", "sam", "sam.zip", "--force"), "", 0),
    (("forget", "sam", "--query", "Lisbon", "--dry-run"), "", 0),
    (("forget", "sam", "--query", "Lisbon", "--yes"), "", 0),
    (("delete", "source", "notes.md", "--agent", "sam", "--yes"), "", 0),
    (("memory", "show"), "", 0),
    (("users", "add", "ada"), "", 0),
    (("users", "list"), "", 0),
    (("--owner", "ada", "keys", "add", "phone", "--turns-a-day", "5"), "", 0),
    (("--owner", "ada", "keys", "list"), "", 0),
    (("--owner", "ada", "keys", "revoke", "phone"), "", 0),
    (("--owner", "ada", "keys", "delete", "phone", "--yes"), "", 0),
    (("users", "suspend", "ada"), "", 0),
    (("users", "resume", "ada"), "", 0),
    (("delete", "agent", "sam", "--yes"), "", 0),
    (("delete", "human", "ada"), "", 0),
    (("memory", "show", "--agent", "nobody"), "", 1),
    (("export", "nobody", "nobody.zip"), "", 1),
]


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server of this test's home."""
    with running(make_app()) as address:
        yield address


def without_places(text: str, place: str) -> str:
    """Return what a command printed without times, keys and where the memory is."""
    for pattern, name in (
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?", "TIME"),
        (r"mga_[\w.-]+", "KEY"),
        (re.escape(place), "PLACE"),
        (r"wrote PLACE/humans/ada.txt", "stored the human ada"),
        (r"cut from \d+ runs and jobs of the server\n", ""),  # there are none without one
        (r"offline means built-in rules.*\n", ""),
    ):
        text = re.sub(pattern, name, text)
    return text


@pytest.mark.slow
def test_a_script_prints_the_same_here_and_on_a_server(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("notes.md").write_text("# Tea\n\nGreen tea is in the left cupboard.\n")
    Path("key").write_text(PASSWORD + "\n")
    options = ("--server", server, "--key-file", "key")
    there = [
        without_places(run(*options, *words, typed=typed, code=code), server) for words, typed, code in SCRIPT
    ]

    monkeypatch.setenv("MEMGPT_AUTOGEN_HOME", str(tmp_path / "here"))
    here = [
        without_places(run(*words, typed=typed, code=code), str(tmp_path / "here"))
        for words, typed, code in SCRIPT
    ]

    assert list(zip(SCRIPT, there, strict=True)) == list(zip(SCRIPT, here, strict=True))


def test_the_home_of_a_server_is_backed_up_into_a_file_here(server: str, tmp_path: Path) -> None:
    run("users", "add", "ada")
    Path("key").write_text(PASSWORD + "\n")
    options, file = ("--server", server, "--key-file", "key"), str(tmp_path / "home.backup")

    assert "0 agents of 2 users" in run(*options, "backup", file)
    assert "--force" in run(*options, "backup", file, code=1)
    assert "0 agents of 2 users" in run(*options, "backup", file, "--force")


def test_the_environment_names_the_server_and_a_key_says_whose_agents_are_meant(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("users", "add", "ada")
    key = run_json("--owner", "ada", "keys", "add", "phone")["key"]
    run("--owner", "ada", "load", __file__, "--agent", "kim")
    monkeypatch.setenv("MEMGPT_AUTOGEN_SERVER", server)
    monkeypatch.setenv("MEMGPT_AUTOGEN_SERVER_KEY", key)

    assert [each["name"] for each in run_json("list", "agents")] == ["kim"]
    assert [each["name"] for each in run_json("keys", "list")] == ["phone"]
    assert "scope 'admin'" in run("users", "list", code=1)
    assert "a key says whose agents are meant" in run("--owner", "ada", "list", "agents", code=1)
    assert "--home is for a home of this machine" in run("list", "agents", "--home", "x", code=1)


def test_a_person_allows_a_call_of_an_agent_on_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(("yes", "too much"))
    monkeypatch.setattr(session, "in_terminal", lambda _: answered(next(answers)))  # a pipe is nobody
    paid: list[int] = []

    def pay(amount: int) -> str:
        """Pay an amount."""
        paid.append(amount)
        return f"paid {amount}"

    done = says("", call("send_message", message="Done."))
    llm = ScriptedLLM(says("", call("pay", amount=5)), says("", call("pay", amount=7)), otherwise=done)
    tools = [Tool.from_function(pay, approval=True)]
    served = create_app(Settings.load(), password=AdminPassword.of(PASSWORD, "a test"), llm=llm, tools=tools)
    with running(served) as address:
        options = ("--server", address, "--key", PASSWORD)

        said = run(*options, "run", "--agent", "sam", typed="Pay.\n")

    assert paid == [5]
    assert "paid 5" in said
    assert "sam> Done." in said
    assert "Not run: pay was denied: too much" in said


def test_wrong_keys_and_servers_that_are_away_are_one_red_line_with_options(server: str) -> None:
    Path("empty").write_text("")

    assert "the password is not right" in run("--server", server, "--key", "x", "list", "agents", code=1)
    assert "Authorization" in run("--server", server, "list", "agents", code=1)
    away = run("--server", "http://127.0.0.1:9", "list", "agents", code=1)
    assert "no server answers at http://127.0.0.1:9" in away
    assert "as --server" in away
    assert "give one of --key and --key-file" in run(
        "--key", "x", "--key-file", "y", "list", "agents", code=2
    )
    assert "Give its address as --server" in run("--key", "x", "list", "agents", code=2)
    assert "is empty" in run("--server", server, "--key-file", "empty", "list", "agents", code=2)
    assert "cannot be read" in run("--server", server, "--key-file", "none", "list", "agents", code=2)


HERE = {
    "apply",
    "bench",
    "configure",
    "copied",
    "demo",
    "doctor",
    "import-chat",
    "move",
    "quickstart",
}
HERE |= {"apply", "reembed", "restore", "server", "server-demo"}

WORDS = {
    "apply": ("agents.toml",),
    "move": ("--qdrant-url", "home"),
    "restore": ("x.backup",),
    "import-chat": ("x.txt",),
    "reembed": ("--agent", "sam"),
}


@pytest.mark.parametrize("name", sorted(HERE))
def test_what_cannot_work_on_a_server_says_what_to_do(name: str) -> None:
    said = run("--server", "http://127.0.0.1:9", name, *WORDS.get(name, ()), code=1)

    assert re.match(rf"{name} does not work with --server\. [A-Z].*[.]", said.replace("\n", " "))


def test_every_command_works_on_a_server_or_says_what_to_do() -> None:
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]  # it is a group

    served = {"add", "attach", "chat", "delete", "detach", "export", "forget", "import", "keys", "list"}
    served |= {"backup", "mcp"}
    served |= {"load", "memory", "run", "users", "version"}
    assert commands == served | HERE
