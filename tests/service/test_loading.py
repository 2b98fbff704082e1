"""Documents that are loaded as jobs: what a server that died has left is loaded to its end, once."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fuzzing import TORTURE
from sqlalchemy import select, update
from workers import Worker as Program

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import LimitReachedError, NotFoundError
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.storage.runs import jobs as module
from memgpt_autogen.memory.storage.runs.jobs import Job, JobLostError, Jobs
from memgpt_autogen.memory.storage.tables import jobs
from memgpt_autogen.service.loading import MOST_OF_A_USER, Loader
from memgpt_autogen.service.passages import list_passages
from memgpt_autogen.service.people import create_user
from memgpt_autogen.service.shared import add_archive, archive_passages, remove_archive
from memgpt_autogen.service.sources import Upload, do_job, find_job, shared_documents
from memgpt_autogen.settings import Settings

KILLS = 6
"""In the short form."""

WORDS = "\n\n".join(f"# Chapter {n}\n\n" + f"The fact number {n} is told here. " * 30 for n in range(12))

LOAD = """
import sys
from pathlib import Path
from crash_points import WritePoints
from memgpt_autogen.service.loading import Loader
from memgpt_autogen.service.sources import Upload, find_job
from memgpt_autogen.settings import Settings

settings, name, kill_at, words = Settings.load(), sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
def tell(*words):
    print(*words, flush=True)
points = WritePoints(lambda number, what: tell("killed", number, what), kill_at or None)
loader = Loader(settings)
points.arm()
loader.start()
job = loader.submit(
    settings, name, Upload(Path("book.md"), "book.md"), copy=lambda path: path.write_text(words.read_text())
)
tell("accepted", job.id)
import time
while find_job(settings, job.id).state in ("queued", "running"):
    time.sleep(0.01)
tell("points", points.passed)
"""


@pytest.fixture
def settings() -> Settings:
    return Settings.load()


@pytest.fixture
def loaders(settings: Settings) -> Iterator[Callable[[], Loader]]:
    made: list[Loader] = []

    def make() -> Loader:
        made.append(Loader(settings))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def ended(settings: Settings, job_id: str) -> Job:
    deadline = time.monotonic() + 60
    while (job := find_job(settings, job_id)).state in ("queued", "running"):
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
    return job


def passages(name: str, settings: Settings) -> Counter[str]:
    return Counter(passage.text for passage in list_passages(settings, name, limit=200).items)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.sqlite
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork and /proc")
def test_a_load_whose_server_is_killed_at_any_write_goes_on_and_loads_nothing_twice(
    settings: Settings, loaders: Callable[[], Loader], tmp_path: Path
) -> None:
    words = tmp_path / "words.md"
    words.write_text(WORDS)
    open_memory("whole", settings)
    points = int(Program(LOAD, "whole", 0, words).rest()[-1].split()[1])
    whole = passages("whole", settings)
    assert (len(whole) >= 12, points > 10) == (True, True)
    kills = 0
    for place in range(1, points + 1) if TORTURE else range(2, points + 1, points // KILLS):
        name = f"sam{place}"
        open_memory(name, settings)
        told = [line.split(" ", 2) for line in Program(LOAD, name, place, words).rest()]
        accepted = [line[1] for line in told if line[0] == "accepted"]
        kills += any(line[0] == "killed" for line in told)
        loader = loaders()
        loader.look()
        loader.start()

        for job_id in accepted:
            job = ended(settings, job_id)
            assert (job.state, job.error, job.result.get("passages")) == ("ended", None, len(whole)), told
            assert (job.done, job.total) == (job.total, job.total), told
            assert passages(name, settings) == whole, told
        # a job may be stored, and its sender not told so any more
        for job_id in Jobs(open_home_database(settings)).going_on():
            ended(settings, job_id)
        loader.stop()
        loader.look()
        assert not any(loader.folder.iterdir()), told
    assert kills


def left(settings: Settings, loader: Loader) -> str:
    """A job that a worker has left in its queue."""
    open_memory("sam", settings)
    job = loader.submit(settings, "sam", Upload(text="Ada likes tea.", name="notes"))
    with open_home_database(settings).writing() as connection:
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(until=time.time() - 1))
    return job.id


def test_two_workers_that_find_a_left_job_do_not_both_load_it(
    settings: Settings, loaders: Callable[[], Loader]
) -> None:
    job_id = left(settings, loaders())
    one, other = loaders(), loaders()

    one.look()
    other.look()

    assert (one._waiting.qsize(), other._waiting.qsize()) == (1, 0)
    other.start()
    one.start()
    assert ended(settings, job_id).state == "ended"
    assert passages("sam", settings).total() == 1


def test_a_worker_whose_job_was_taken_over_writes_nothing_more(
    settings: Settings, loaders: Callable[[], Loader]
) -> None:
    first, second = loaders(), loaders()
    job_id = left(settings, first)
    second.look()
    found = Jobs(open_home_database(settings))

    with pytest.raises(JobLostError):
        found.write(job_id, worker=first._worker, done=5)
    with pytest.raises(JobLostError):
        found.end(job_id, "failed", worker=first._worker, error="late")
    first.start()
    second.start()

    assert ended(settings, job_id).state == "ended"


def test_a_server_that_stops_leaves_its_jobs_to_the_next_at_once(
    settings: Settings, loaders: Callable[[], Loader]
) -> None:
    first, second = loaders(), loaders()
    open_memory("sam", settings)
    job = first.submit(settings, "sam", Upload(text="Ada likes tea.", name="notes", tags=("private",)))
    first.stop()

    second.start()

    assert (ended(settings, job.id).state, ended(settings, job.id).error) == ("ended", None)
    (passage,) = list_passages(settings, "sam").items
    assert passage.tags == ("private",)


def test_a_job_that_ends_its_server_again_and_again_fails_with_a_reason(
    settings: Settings, loaders: Callable[[], Loader]
) -> None:
    job_id = left(settings, loaders())
    with open_home_database(settings).writing() as connection:
        connection.execute(update(jobs).where(jobs.c.id == job_id).values(attempts=3))
    loader = loaders()

    loader.look()

    job = find_job(settings, job_id)
    assert (job.state, job.error) == ("failed", module.DIED_OFTEN)
    loader.look()
    assert not any(loader.folder.iterdir())


def test_a_job_without_what_it_needs_fails_when_its_time_is_up(
    settings: Settings, loaders: Callable[[], Loader]
) -> None:
    job_id = left(settings, loaders())
    loader = loaders()
    (loader.folder / job_id / "request.json").unlink()
    database = open_home_database(settings)

    with database.writing() as connection:
        connection.execute(update(jobs).values(until=time.time() - 60))
    loader.look()
    assert find_job(settings, job_id).state == "queued"
    with database.writing() as connection:
        connection.execute(update(jobs).values(until=time.time() - 601))
    loader.look()

    with database.reading() as connection:
        row = connection.execute(select(jobs.c.state, jobs.c.error)).one()
    assert tuple(row) == ("failed", module.DIED)


def test_progress_does_not_go_back(settings: Settings, loaders: Callable[[], Loader]) -> None:
    """What is stored already is read again after a restart."""
    open_memory("sam", settings)
    loader = loaders()
    job = loader.submit(settings, "sam", Upload(text=WORDS, name="book"))
    Jobs(open_home_database(settings)).write(job.id, done=10**6)
    seen: list[int] = []

    def look() -> bool:
        seen.append(find_job(settings, job.id).done)
        return False

    do_job(settings, replace(find_job(settings, job.id)), Upload(text=WORDS, name="book"), stops=look)

    assert set(seen) == {10**6}


def test_one_user_cannot_fill_the_queue_of_all(settings: Settings) -> None:
    loader = Loader(settings)  # which is not started, so all of them wait
    ada = settings.model_copy(update={"owner": create_user(settings, "ada").id})
    open_memory("sam", ada)
    for _ in range(MOST_OF_A_USER):
        loader.check_room(ada.owner)
        loader.submit(ada, "sam", Upload(text="Lisbon", name="notes"))

    with pytest.raises(LimitReachedError, match=f"{MOST_OF_A_USER} of your documents wait"):
        loader.check_room(ada.owner)
    loader.check_room("another")
    loader.check_room()


def test_a_shared_archive_gets_documents_as_an_agent_does_and_their_jobs_go_with_it(
    settings: Settings, loaders: Callable[[], Loader]
) -> None:
    open_memory("sam", settings)
    team = add_archive(settings, "team")
    first = loaders()
    upload = Upload(Path("book.md"), "book.md", archive=team.id)
    left_job = first.submit(settings, None, upload, copy=lambda path: path.write_text(WORDS))
    first.stop()
    other = loaders()
    other.look()
    other.start()

    job = ended(settings, left_job.id)

    found = Jobs(open_home_database(settings))
    assert (job.state, job.agent_id, job.result["came"]) == ("ended", None, ["book.md"])
    assert [each.name for each in shared_documents(settings, team.id)] == ["book.md"]
    assert {passage.source for passage in archive_passages(settings, team.id).items} == {"book.md"}
    assert [each.id for each in found.of_archive(team.id)] == [job.id]
    assert found.of_archive(add_archive(settings, "other").id) == []
    with pytest.raises(NotFoundError):
        find_job(settings, job.id, among={"an agent"})
    remove_archive(settings, team.id)
    assert found.of_archive(team.id) == []


def test_what_an_agent_forgets_leaves_the_jobs_of_shared_archives_too(
    settings: Settings, loaders: Callable[[], Loader]
) -> None:
    memory = open_memory("sam", settings)
    team = add_archive(settings, "team")
    loader = loaders()
    loader.start()
    job = loader.submit(settings, None, Upload(text="Hello.", name="lisbon", archive=team.id))
    ended(settings, job.id)

    memory.forget(query="lisbon")

    assert "lisbon" not in str(find_job(settings, job.id))
