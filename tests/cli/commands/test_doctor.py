"""`doctor` and its checks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from command_line import remember, run_json

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.testing import HashingEmbedder, ScriptedServer
from memgpt_autogen.testing.engines import LlamaCppServer, LMStudioServer, OllamaModel, OllamaServer


def test_the_doctor_finds_a_home_well_and_changes_nothing(home: Path) -> None:
    found = run_json("doctor")

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

    found = run_json("doctor", code=1)

    (wrong,) = [check for check in found["checks"] if check["state"] == "wrong"]
    assert wrong["about"] == "database"
    assert "repair()" in wrong["mend"]


def test_the_doctor_sees_that_an_archive_has_another_model(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_memory("sam", embedder=HashingEmbedder(8)).archival.insert("a note")

    found = run_json("doctor", code=1)

    (wrong,) = [check for check in found["checks"] if check["state"] == "wrong"]
    assert wrong["about"] == "archive of sam"
    assert (
        "filled with 'hashing-8' (8 dimensions), and no embedding model is configured now" in wrong["found"]
    )
    assert wrong["mend"] == "memgpt-autogen reembed --agent sam, or configure the former model"

    monkeypatch.setenv("MEMGPT_AUTOGEN_EMBEDDING_MODEL", "fastembed:no-such-model-anywhere")
    found = run_json("doctor", code=1)
    assert "archive of sam" not in [check["about"] for check in found["checks"] if check["state"] == "wrong"]


def test_the_doctor_asks_a_server_on_this_machine_for_its_models(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer() as server:
        monkeypatch.setenv("MEMGPT_AUTOGEN_BASE_URL", server.url)
        monkeypatch.setenv("MEMGPT_AUTOGEN_MODEL", "another")
        wrong = next(check for check in run_json("doctor", code=1)["checks"] if check["about"] == "model")
        monkeypatch.setenv("MEMGPT_AUTOGEN_MODEL", "scripted")
        right = next(check for check in run_json("doctor")["checks"] if check["about"] == "model")

    assert "has no 'another'; it has: scripted" in wrong["found"]
    assert right["state"] == "ok"


def test_the_doctor_names_who_is_in_a_turn() -> None:
    memory = open_memory("sam")

    with memory.exclusive():
        found = run_json("doctor")

    (turns,) = [check for check in found["checks"] if check["about"] == "turns"]
    assert f"process {os.getpid()}" in turns["found"]
    assert "'sam'" in turns["found"]


def model_check(monkeypatch: pytest.MonkeyPatch, model: str, base_url: str, code: int = 0) -> dict[str, str]:
    monkeypatch.setenv("MEMGPT_AUTOGEN_MODEL", model)
    monkeypatch.setenv("MEMGPT_AUTOGEN_BASE_URL", base_url)
    return next(check for check in run_json("doctor", code=code)["checks"] if check["about"] == "model")


def test_the_doctor_knows_models_by_every_form_of_their_name(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [OllamaModel(f"other{number}:1b") for number in range(30)]
    with OllamaServer(model="small", window=32_768, others=others) as server:
        port = server.root.rpartition(":")[2]
        checks = [
            model_check(monkeypatch, name, f"http://{host}:{port}/v1")
            for host, name in (
                ("127.0.0.1", "small"),
                ("0.0.0.0", "small:latest"),
                ("localhost", "other29:1b"),
            )
        ]

    assert [each["state"] for each in checks] == ["ok"] * 3


def test_the_doctor_says_that_a_model_only_embeds_and_that_one_is_loading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with OllamaServer(others=[OllamaModel("vectors:latest", capabilities=("embedding",))]) as server:
        embeds = model_check(monkeypatch, "vectors", server.url, code=1)
    with LlamaCppServer(loading=10_000) as server:
        loading = model_check(monkeypatch, "local", server.url)
    with LMStudioServer(models=("one", "two"), listed_loading=1) as server:
        of_two = model_check(monkeypatch, "two", server.url)

    assert embeds["state"] == "wrong"
    assert "only makes embeddings, so it cannot answer" in embeds["found"]
    assert loading["state"] == "note"
    assert "is still loading its model" in loading["found"]
    assert "is still loading 'two'" in of_two["found"]
    assert server.read == []  # it does not wait for it, and asks for nothing else


def test_the_doctor_tells_the_address_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with OllamaServer() as server:
        model_check(monkeypatch, "small", server.root)
        (address,) = [check for check in run_json("doctor")["checks"] if check["about"] == "address"]

    assert address["state"] == "note"
    assert f"{server.url} is used instead" in address["found"]
    assert f"configure --base-url {server.url}" in address["mend"]
