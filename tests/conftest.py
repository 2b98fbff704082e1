"""What tests share: an agent's memory in a temporary home, and loops over scripted models."""

from __future__ import annotations

import functools
import itertools
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fuzzing import FEW, TORTURE, TORTURED
from hypothesis import is_hypothesis_test, settings
from loops import LoopFactory, MemoryFactory
from places import temporary_root
from postgresql import URL, Server, database_like, execute, programs
from qdrant_suites import STAND_IN
from schema import prepare

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM
from memgpt_autogen.testing.qdrant import QdrantStandIn
from memgpt_autogen.testing.scripted import Answer

settings.register_profile("default", max_examples=FEW)
settings.register_profile("torture", max_examples=FEW * TORTURED)
settings.load_profile("torture" if TORTURE else "default")
# a test that names its own number of examples keeps it in both, unless it names it by `fuzzing.examples`


def pytest_configure() -> None:
    """Make slow surroundings fast, as far as no test is about them.

    The tests' folders are in memory if there is room: a commit on a disk takes ten times as long. Each client
    of an endpoint reads the certificates that it trusts, 20 ms for those of the public web, which no test
    reaches; in this folder there are none.
    """
    if temporary_root() != Path("/tmp"):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(temporary_root()))
    os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent / "data")


def pytest_xdist_auto_num_workers() -> int:
    """Tests often wait for another process, so there are more workers than cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(2 * cores, cores + 2)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server of this test run's own."""
    place = programs()
    if place is None:
        pytest.skip("no PostgreSQL server is installed; Debian's package is 'postgresql'")
    server = Server(place)
    yield server
    server.close()


@pytest.fixture(scope="session")
def _postgresql(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """The server's URL, and the name of a database there that has the schema."""
    url = os.environ.get(URL) or request.getfixturevalue("postgresql_server").url
    name = f"template_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    execute(url, f"CREATE DATABASE {name}")
    Database(f"{url.rpartition('/')[0]}/{name}").close()
    yield url, name
    execute(url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(_postgresql: tuple[str, str]) -> Iterator[str]:
    """A database of this test's own, with the schema and nothing in it."""
    with database_like(*_postgresql) as url:
        yield url


@pytest.fixture(scope="session")
def _qdrant_stand_in() -> Iterator[QdrantStandIn]:
    with QdrantStandIn() as server:
        yield server


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads this machine's settings or keys, or writes outside its own folder and database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEMGPT_AUTOGEN_HOME", str(tmp_path / "home"))
    for name in ("OPENAI_API_KEY", "MEMGPT_AUTOGEN_MODEL", "MEMGPT_AUTOGEN_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MEMGPT_AUTOGEN_DISCOVER", "false")  # a developer may have a model running
    monkeypatch.delenv("MEMGPT_AUTOGEN_DATABASE_URL", raising=False)
    if URL in os.environ:
        monkeypatch.setenv("MEMGPT_AUTOGEN_DATABASE_URL", request.getfixturevalue("postgresql_url"))
    monkeypatch.delenv("MEMGPT_AUTOGEN_QDRANT_URL", raising=False)
    if STAND_IN in os.environ:
        server = request.getfixturevalue("_qdrant_stand_in")
        server.empty()
        monkeypatch.setenv("MEMGPT_AUTOGEN_QDRANT_URL", server.url)


@pytest.fixture
def make_memory(tmp_path: Path) -> MemoryFactory:
    """Opens memories; the same name is the same agent, in the home of this test."""

    def make(name: str = "sam", **options: Any) -> MemoryHierarchy:
        named = {key: options.pop(key) for key in list(options) if key in Settings.model_fields}
        settings = Settings.load(**{"home": tmp_path / "home", **named})
        if settings.database_url is None:
            prepare(settings.home)
        return open_memory(name, settings, **options)

    return make


@pytest.fixture
def memory(make_memory: MemoryFactory) -> MemoryHierarchy:
    return make_memory()


@pytest.fixture
def make_loop(make_memory: MemoryFactory) -> LoopFactory:
    """Return a loop whose model gives these answers. Options go to `open_loop`, `memory=` too."""

    def make(*answers: Answer, memory: MemoryHierarchy | None = None, **options: Any) -> HeartbeatLoop:
        settings = {key: options.pop(key) for key in ("protocol",) if key in options}
        otherwise = options.pop("otherwise", None)
        return open_loop(
            memory or make_memory(**settings), ScriptedLLM(*answers, otherwise=otherwise), **options
        )

    return make


@pytest.hookimpl(hookwrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Count the examples that a property was tried with."""
    if not is_hypothesis_test(pyfuncitem.obj):
        yield
        return
    marked: Any = pyfuncitem.obj
    inner, tried = marked.hypothesis.inner_test, itertools.count()

    @functools.wraps(inner)
    def counted(*args: Any, **kwargs: Any) -> Any:
        next(tried)
        return inner(*args, **kwargs)

    marked.hypothesis.inner_test = counted
    yield
    marked.hypothesis.inner_test = inner
    what = EXAMPLES.get(pyfuncitem.path.stem, "examples of other properties")
    pyfuncitem.user_properties.append((f"tried: {what}", next(tried)))


EXAMPLES = {
    "test_fuzz": "fuzz inputs",
    "test_hostile_input": "hostile inputs",
    "test_history": "histories",
    "test_pressure_properties": "sequences of messages under pressure",
    "test_forget": "things to forget",
}
"""What the examples of a file's properties are."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the sums, over all workers, of what tests count by `record_property("tried: ...", count)`."""
    tried: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "teardown":  # it has what was told before, too
                for name, count in report.user_properties:
                    if name.startswith("tried: "):
                        tried[name.removeprefix("tried: ")] += count
    if tried:
        terminalreporter.section("tried", sep="-")
        for name, count in sorted(tried.items()):
            terminalreporter.line(f"{name}: {count:,}")
