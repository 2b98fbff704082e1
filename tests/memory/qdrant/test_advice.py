"""What an operator is told about a server or a cluster: in the log at the first use, and by `doctor`."""

from __future__ import annotations

import json
import logging
import re
import shlex
from collections.abc import Callable
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.cli.commands.checks import Check, run_checks
from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.qdrant.client.advice import Server, about_version
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing.qdrant import QdrantStandIn

LEXICAL = "memgpt_passages-lexical"


def settings_at(home: Path, server: QdrantStandIn, **given: Any) -> Settings:
    return Settings.load(home=home, qdrant_url=",".join(server.urls), **given)


def doctor(settings: Settings) -> list[Check]:
    return [check for check in run_checks(settings, ask=False) if check.about == "archival engine"]


def notes(settings: Settings) -> str:
    return "\n".join(f"{check.found}. {check.mend}" for check in doctor(settings) if check.state != "ok")


def told_by_doctor_and_log(settings: Settings, caplog: pytest.LogCaptureFixture) -> tuple[str, str]:
    """Use the server in two agents, and return what doctor and the log say."""
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        for name in ("sam", "kim"):
            memory = open_memory(name, settings)
            memory.archival.insert("The heron lamp stands in the hall.")
            assert memory.archival.search("heron").total == 1
            memory.archival.close()
    return notes(settings), caplog.text


def test_one_replica_in_a_cluster_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with QdrantStandIn(version="1.20.0", nodes=3) as server:
        settings = settings_at(tmp_path, server)
        before = notes(settings)
        after, log = told_by_doctor_and_log(settings, caplog)

    assert "qdrant_replicas is not set in a cluster of 3 nodes" in before
    for told in (after, log):
        assert f"'{LEXICAL}' has 1 replica in a cluster of 3 nodes" in told
        assert "qdrant_replicas=3 and qdrant_write_consistency=2" in told
    assert log.count("1 replica") == 1


@pytest.mark.parametrize("nodes", [2, 3])
def test_a_consistency_equal_to_the_replicas_is_told_with_the_request_that_mends_it(
    nodes: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with QdrantStandIn(version="1.20.0", nodes=nodes) as server:
        settings = settings_at(tmp_path, server, qdrant_replicas=nodes, qdrant_write_consistency=nodes)
        before = notes(settings)
        after, log = told_by_doctor_and_log(settings, caplog)
        body = log.partition(f"Send PATCH /collections/{LEXICAL} with ")[2].partition(".\n")[0]
        httpx.patch(f"{server.url}/collections/{LEXICAL}", json=json.loads(body)).raise_for_status()

    assert f"set qdrant_write_consistency={nodes - 1}" in before
    for told in (after, log):
        assert f"{nodes} replicas and a write consistency of {nodes}: every write fails" in told
    assert json.loads(body) == {"params": {"write_consistency_factor": nodes - 1}}


@pytest.mark.parametrize(("nodes", "replicas"), [(1, None), (2, 2), (3, 3), (3, 2)])
def test_nothing_is_told_of_what_is_well(
    nodes: int, replicas: int | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    consistency = None if replicas is None else replicas - 1
    with QdrantStandIn(version="1.20.0", nodes=nodes) as server:
        settings = settings_at(
            tmp_path, server, qdrant_replicas=replicas, qdrant_write_consistency=consistency
        )

        assert told_by_doctor_and_log(settings, caplog) == ("", "")


def test_a_server_that_does_not_count_the_words_of_each_archive_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with QdrantStandIn(version="1.18.3") as server:
        for told in told_by_doctor_and_log(settings_at(tmp_path, server), caplog):
            assert "Qdrant 1.18.3 weighs words by all archives of a collection together" in told


@pytest.mark.parametrize(
    ("server", "client", "told"),
    [
        ("1.20.1", "1.20.0", ""),
        ("1.19.4", "1.20.0", ""),
        ("1.21.0", "1.20.0", ""),
        ("v1.20.0-dev", "1.20.0", ""),
        (None, "1.20.0", ""),
        ("1.22.0", "1.20.0", r"more than one minor version apart. Update qdrant-client \(pip install -U\)"),
        ("1.19.0", "1.21.0", r"more than one minor version apart. Update the server to 1\.21"),
        ("2.20.0", "1.20.0", "apart. Update qdrant-client"),
        ("1.15.2", "1.20.0", "Qdrant 1.15.2 is too old: some requests need 1.16"),
    ],
)
def test_versions_that_are_too_far_apart_are_told(
    server: str | None, client: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: client)

    (said,) = [*map(str, about_version(Server(server)))] or [""]

    assert re.search(told, said)
    assert bool(said) == bool(told)


def test_a_key_that_may_not_create_collections_is_told_with_the_calls_that_an_admin_makes_once(
    tmp_path: Path,
) -> None:
    keys = {"mine": [LEXICAL], "root": "manage"}
    with QdrantStandIn(version="1.20.0", keys=keys) as server:
        settings = settings_at(tmp_path, server, qdrant_api_key="mine", qdrant_shards=2)
        (found,) = [check for check in doctor(settings) if check.state == "wrong"]
        memory = open_memory("sam", settings)
        with pytest.raises(StorageError, match=f"may not create the collection '{LEXICAL}'") as refused:
            memory.archival.insert("The heron lamp stands in the hall.")
        calls = [line for line in str(refused.value).splitlines() if line.startswith("curl ")]
        assert [line for line in found.mend.splitlines() if line.startswith("curl ")] == calls
        assert server.collections() == []

        for line in calls:
            make(line, "root")

        memory.archival.insert("The heron lamp stands in the hall.", tags=["lamp"])
        assert memory.archival.search("heron").total == 1
        assert memory.archival.tags() == {"lamp": 1}
        assert memory.archival.delete_where(text="heron")
        assert [check.state for check in doctor(settings)] == ["ok"]
        assert server.cluster.first.known(LEXICAL).body["shard_number"] == 2
        assert "index" not in [call.name for call in server.calls if call.headers.get("api-key") == "mine"]


def make(line: str, key: str) -> None:
    """Send the request of a curl command."""
    words = shlex.split(line.replace("$ADMIN_KEY", key))
    headers = dict(word.split(": ", 1) for option, word in pairwise(words) if option == "-H")
    method, url, body = words[words.index("-X") + 1], words[3], words[words.index("-d") + 1]
    httpx.request(method, url, content=body, headers=headers).raise_for_status()


@pytest.mark.parametrize(
    "use",
    [
        lambda memory: memory.archival.insert("tea"),
        lambda memory: memory.archival.search("tea"),
        lambda memory: memory.attach(text="# Bees\n\nThey fly.", name="bees.md"),
    ],
    ids=["insert", "search", "attach"],
)
def test_a_key_of_another_collection_is_told_the_same_at_every_use(
    use: Callable[[MemoryHierarchy], object], tmp_path: Path
) -> None:
    with QdrantStandIn(version="1.20.0", keys={"mine": ["notes"]}) as server:
        memory = open_memory("sam", settings_at(tmp_path, server, qdrant_api_key="mine"))

        with pytest.raises(StorageError, match=rf"collection '{LEXICAL}', or has no access to it.*\ncurl "):
            use(memory)


@pytest.mark.parametrize("access", ["read", []])
def test_doctor_asks_what_a_key_may_without_changing_anything(access: Any, tmp_path: Path) -> None:
    with QdrantStandIn(version="1.20.0", keys={"mine": access}) as server:
        settings = settings_at(tmp_path, server, qdrant_api_key="mine")

        assert "may not create the collection" in notes(settings)
        server.keys = {"mine": "manage"}
        assert notes(settings) == ""
        assert server.collections() == []


def test_doctor_names_a_node_that_is_dead(tmp_path: Path) -> None:
    with QdrantStandIn(version="1.20.0", nodes=3) as server:
        settings = settings_at(tmp_path, server, qdrant_replicas=3, qdrant_write_consistency=2)
        server.kill(1)

        first, dead = doctor(settings)

    assert first.state == "ok"
    assert "Qdrant 1.20.0, a cluster of 3 nodes at " in first.found
    assert dead.state == "note"
    assert dead.found.startswith(f"{server.urls[1]} does not answer: ")


def test_addresses_that_are_not_one_cluster_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with QdrantStandIn(version="1.20.0") as one, QdrantStandIn(version="1.20.0") as two:
        settings = Settings.load(home=tmp_path, qdrant_url=f"{one.url},{two.url}")

        for told in told_by_doctor_and_log(settings, caplog):
            assert f"{one.url}, {two.url} are not one cluster" in told
