"""Three servers of one database and one Qdrant server, behind nginx: some are killed, and nothing is lost."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from fuzzing import TORTURE
from killed_turns import StepModel
from nginx import PUBLIC_NAME, Nginx, program
from postgresql import Server, database_like
from server_apps import PASSWORD
from server_processes import API, ServerProcess, Talker, Told, running

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.memory.storage.runs.run_events import read_all_events
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedServer
from memgpt_autogen.testing.qdrant import QdrantStandIn
from memgpt_autogen.testing.scripted import Request

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

PREFIX = "/memory"

AGENTS = 4

TALKERS = 8

ROUNDS = 10 if TORTURE else 1

RUNS_A_ROUND = 6 if TORTURE else 3

Record = Callable[[str, object], None]


def think(request: Request) -> Completion:
    """Answer by what is in the prompt, so that any server goes on in the same way."""
    time.sleep(random.uniform(0.02, 0.2))
    return StepModel().complete(request.messages)


class World:
    """Three servers, one address for all of them, and the memory behind them."""

    def __init__(self, folder: Path, opened: ExitStack, database_url: str) -> None:
        model = opened.enter_context(ScriptedServer(otherwise=think))
        qdrant = opened.enter_context(QdrantStandIn())
        self.settings = Settings.load(
            home=folder / "mine", database_url=database_url, qdrant_url=qdrant.url, model="scripted"
        )
        environment = {
            "MEMGPT_AUTOGEN_DATABASE_URL": database_url,
            "MEMGPT_AUTOGEN_QDRANT_URL": qdrant.url,
            "MEMGPT_AUTOGEN_MODEL": "scripted",
            "MEMGPT_AUTOGEN_BASE_URL": model.url,
            "MEMGPT_AUTOGEN_WINDOW_TOKENS": "1000000",  # memory pressure would ask for more steps
            "OPENAI_API_KEY": "none",
        }
        options = ("--root-path", PREFIX, "--allowed-host", PUBLIC_NAME, "--drain", "5")
        self.servers = [
            # each has a home of its own, as on another machine
            ServerProcess(folder, *options, "--home", str(folder / f"home{number}"), environment=environment)
            for number in range(3)
        ]
        opened.enter_context(running(self.servers))
        nginx = Nginx(*(server.upstream for server in self.servers))
        opened.callback(nginx.close)
        self.address = f"{nginx.address}{PREFIX}"
        self.http: dict[str, Any] = {
            "headers": {"Host": f"{PUBLIC_NAME}:{nginx.port}"},
            "verify": nginx.trust(),
            "event_hooks": {"request": [_as_public]},
        }

    def talkers(self, seed: int) -> list[Talker]:
        return [
            Talker(self.address, f"c{seed}-{n}", f"a{n % AGENTS}", seed=seed * 100 + n, **self._copy())
            for n in range(TALKERS)
        ]

    def _copy(self) -> dict[str, Any]:
        return {**self.http, "headers": dict(self.http["headers"])}


def _as_public(request: httpx.Request) -> None:
    request.extensions["sni_hostname"] = PUBLIC_NAME


@pytest.fixture
def world(tmp_path: Path, postgresql_url: str) -> Iterator[World]:
    if program() is None:
        pytest.skip("nginx is not installed; Debian's package is 'nginx'")
    with ExitStack() as opened:
        yield World(tmp_path, opened, postgresql_url)


def make_agents(world: World) -> None:
    first = f"http://{world.servers[0].upstream}{API}/agents"
    for number in range(AGENTS):
        made = httpx.post(
            first, json={"name": f"a{number}"}, headers={"Authorization": f"Bearer {PASSWORD}"}, timeout=60
        )
        assert made.status_code == 201, made.text


@pytest.mark.timeout(3000)
def test_servers_that_are_killed_in_turns_lose_nothing_and_do_nothing_twice(
    world: World, record_property: Record
) -> None:
    make_agents(world)
    chance = random.Random(21)
    told: list[Told] = []
    kills = 0
    for round_ in range(ROUNDS):
        talkers = world.talkers(round_)
        for talker in talkers:
            talker.start(RUNS_A_ROUND)
        victims = chance.sample(world.servers, 2)
        for victim in victims:
            time.sleep(chance.uniform(0.2, 1.2))
            victim.kill()
            kills += 1
        time.sleep(chance.uniform(0, 1))
        for victim in victims:
            victim.start()
        for victim in victims:
            victim.wait()
        for talker in talkers:
            talker.join()
            told += talker.told
        again = chance.choice(talkers)
        assert [again.ask_again(each) for each in again.told] == [each.run for each in again.told]
    check(world, told)
    record_property("tried: servers killed behind nginx", kills)
    record_property("tried: runs through servers that were killed", len(told))
    record_property("tried: streams resumed", sum(each.breaks for each in told))


@pytest.mark.timeout(600)
def test_servers_that_are_asked_to_end_under_load_end_and_the_others_go_on(world: World) -> None:
    make_agents(world)
    talkers = world.talkers(0)
    for talker in talkers:
        talker.start(4)
    codes = []
    for server in world.servers:
        time.sleep(0.5)
        codes.append(server.stop())
        server.start()
        server.wait()
    for talker in talkers:
        talker.join()

    assert set(codes) <= {0, -15}, world.servers[0].log()
    check(world, [each for talker in talkers for each in talker.told])


@pytest.mark.timeout(600)
def test_servers_that_start_at_once_on_an_empty_database_migrate_it_once(
    tmp_path: Path, postgresql_server: Server
) -> None:
    with ExitStack() as opened:
        url = opened.enter_context(database_like(postgresql_server.url, "template0"))
        qdrant = opened.enter_context(QdrantStandIn())
        environment = {
            "MEMGPT_AUTOGEN_DATABASE_URL": url,
            "MEMGPT_AUTOGEN_QDRANT_URL": qdrant.url,
            "MEMGPT_AUTOGEN_MODEL": "offline",
        }
        servers = [
            ServerProcess(
                tmp_path, "--workers", "2", "--home", str(tmp_path / f"home{number}"), environment=environment
            )
            for number in range(3)
        ]
        opened.enter_context(running(servers))

        names = []
        for number, server in enumerate(servers):
            client = httpx.Client(
                base_url=f"http://{server.upstream}{API}",
                headers={"Authorization": f"Bearer {PASSWORD}"},
                timeout=60,
            )
            assert client.post("/agents", json={"name": f"a{number}"}).status_code == 201
            names = [each["name"] for each in client.get("/agents").json()["items"]]

        assert sorted(names) == ["a0", "a1", "a2"]
        assert [server.stop() for server in servers] == [0, 0, 0]


def check(world: World, told: list[Told]) -> None:
    """Assert that every message was heard once and answered once, and every stream read whole."""
    assert len({each.run for each in told}) == len(told)
    for agent in sorted({each.agent for each in told}):
        memory = open_memory(agent, world.settings)
        entries = {entry.seq: entry.message for entry in memory.log.everything()}
        mine = [each for each in told if each.agent == agent]
        heard = Counter(message.text for message in entries.values() if message.is_heard)
        said = Counter(
            message.spoken for message in entries.values() if message.role == "assistant" and message.spoken
        )
        assert heard == Counter(each.text for each in mine)
        assert said == Counter(f"answer to {each.text}" for each in mine)
        called = [call.id for message in entries.values() for call in message.tool_calls]
        returned = [message.tool_call_id for message in entries.values() if message.role == "tool"]
        assert Counter(called) == Counter(returned)
        database = memory.log.database
        runs = {run.id: run for run in Runs(database).find(agent_id=memory.log.agent_id, limit=10_000)}
        assert set(runs) == {each.run for each in mine}
        for each in mine:
            run = runs[each.run]
            assert (run.state, run.stop_reason) == ("ended", "yielded"), run
            rows = read_all_events(database, each.run)
            assert [number for number, _, _ in each.events] == [*range(1, len(rows) + 1)]
            assert [kind for _, kind, _ in each.events] == [row.kind for row in rows]
            replies = [data["text"] for _, kind, data in each.events if kind == "replied"]
            assert replies == [f"answer to {each.text}"]
