"""An empty or another server is no empty archive, and a copy of a home changes nothing of the original."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.cli.commands.checks import run_checks
from memgpt_autogen.errors import ArchiveMissingError, CopiedHomeError, MemGPTError
from memgpt_autogen.home import go_on_as_original, make_archives_own
from memgpt_autogen.home_move import move_home
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.qdrant import QdrantStandIn
from memgpt_autogen.unfinished_copy import copy_note

pytestmark = pytest.mark.sqlite  # a copy of a database on PostgreSQL has a test of its own


@pytest.fixture
def server() -> Iterator[QdrantStandIn]:
    with QdrantStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def other() -> Iterator[QdrantStandIn]:
    """A server that has nothing."""
    with QdrantStandIn() as stand_in:
        yield stand_in


def settings_at(home: Path, server: QdrantStandIn | None) -> Settings:
    return Settings.load(home=home, qdrant_url=server.url if server else None)


def filled(home: Path, server: QdrantStandIn) -> MemoryHierarchy:
    memory = open_memory("sam", settings_at(home, server))
    memory.archival.insert("The heron lamp stands in the hall.", tags=["lamp"])
    memory.attach(text="# Bees\n\nThey fly.", name="bees.md")
    memory.log.append(Message.said_by("ada", "The heron lamp costs 48 euros."))
    assert memory.recall.search("heron").total == 1
    return memory


USES: dict[str, Callable[[MemoryHierarchy], object]] = {
    "search": lambda memory: memory.archival.search("heron"),
    "list": lambda memory: memory.archival.list(),
    "count": lambda memory: memory.archival.count(),
    "insert": lambda memory: memory.archival.insert("Another text."),
    "tags": lambda memory: memory.archival.tags(),
    "sources": lambda memory: list(memory.sources()),
    "delete": lambda memory: memory.archival.delete_where(text="heron"),
    "forget": lambda memory: memory.forget(query="heron"),
    "clear": lambda memory: memory.archival.clear(),
    "remove": lambda memory: memory.remove(),
}


@pytest.mark.parametrize("use", USES)
def test_an_empty_server_is_told_and_nothing_is_changed(
    use: str, server: QdrantStandIn, other: QdrantStandIn, tmp_path: Path
) -> None:
    before = filled(tmp_path, server).archival.count()
    wrong = open_memory("sam", settings_at(tmp_path, other))

    with pytest.raises(ArchiveMissingError, match=rf"had {before} passages at {server.url}, and {other.url}"):
        USES[use](wrong)

    again = open_memory("sam", settings_at(tmp_path, server))
    assert again.archival.count() == before
    assert [source.name for source in again.sources()] == ["bees.md"]


def test_the_same_without_a_server(server: QdrantStandIn, tmp_path: Path) -> None:
    filled(tmp_path, server)

    with pytest.raises(ArchiveMissingError, match=f"at {server.url}, and this home's own archive"):
        open_memory("sam", settings_at(tmp_path, None)).archival.search("heron")


@pytest.mark.parametrize("use", USES)
def test_archives_that_stayed_in_the_folder_are_named(use: str, tmp_path: Path) -> None:
    embedded = open_memory("sam", settings_at(tmp_path, None))
    embedded.archival.insert("The heron lamp stands in the hall.", tags=["lamp"])
    embedded.attach(text="# Bees\n\nThey fly.", name="bees.md")
    embedded.archival.close()
    with QdrantStandIn() as there:
        with pytest.raises(
            ArchiveMissingError, match=r"has 2 passages in the folder .*archives, and http"
        ) as told:
            USES[use](open_memory("sam", settings_at(tmp_path, there)))
        assert "memgpt-autogen move --qdrant-url" in str(told.value)
        assert "has 2 passages in the folder" in str(open_memory("sam", settings_at(tmp_path, there)).check())

        move_home(settings_at(tmp_path, None), settings_at(tmp_path, there))

        assert open_memory("sam", settings_at(tmp_path, there)).archival.search("heron").total == 1


def test_repair_goes_on_without_what_stayed_in_the_folder(server: QdrantStandIn, tmp_path: Path) -> None:
    embedded = open_memory("sam", settings_at(tmp_path, None))
    embedded.archival.insert("The heron lamp stands in the hall.")
    embedded.archival.close()
    there = open_memory("sam", settings_at(tmp_path, server))

    there.repair()

    there.archival.insert("The owl lamp stands in the attic.")
    assert there.archival.search("lamp").total == 1
    assert open_memory("kim", settings_at(tmp_path, server)).archival.count() == 0


def test_recall_makes_its_index_again_on_an_empty_server(
    server: QdrantStandIn, other: QdrantStandIn, tmp_path: Path
) -> None:
    filled(tmp_path, server)

    assert open_memory("sam", settings_at(tmp_path, other)).recall.search("heron").total == 1


def test_what_is_missing_is_in_the_prompt_in_doctor_and_in_the_check(
    server: QdrantStandIn, other: QdrantStandIn, tmp_path: Path
) -> None:
    filled(tmp_path, server)
    wrong = open_memory("sam", settings_at(tmp_path, other))
    llm = ScriptedLLM(otherwise=says("", call("send_message", message="Fine.")))

    list(open_loop(wrong, llm).run([Message.said_by("ada", "Hello.")]))

    prompt = str(llm.requests[0].messages)
    assert "archival: not reachable now" in prompt
    assert "`memgpt-autogen doctor` says why" in prompt
    assert other.url not in prompt
    report = wrong.check()
    assert not report.sound
    assert f"at {server.url}, and {other.url} has none of them" in str(report)
    lines = {each.about: each for each in run_checks(settings_at(tmp_path, other), ask=False)}
    assert lines["archive of sam"].state == "wrong"
    assert "has none of them" in lines["archive of sam"].found


def test_a_server_that_was_restored_to_yesterday_is_used_and_what_it_lacks_is_told(
    server: QdrantStandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    memory = filled(tmp_path, server)
    yesterday = server.saved()
    memory.archival.insert("The heron is grey.")
    had = memory.archival.count()
    server.restore(yesterday)

    again = open_memory("sam", settings_at(tmp_path, server))

    assert again.archival.search("heron lamp").total == 1
    assert f"of {had} passages that the archive had" in str(again.check())
    llm = ScriptedLLM(otherwise=says("", call("send_message", message="Fine.")))
    list(open_loop(again, llm).run([Message.said_by("ada", "Hello.")]))
    assert "`memgpt-autogen doctor` says why" in str(llm.requests[0].messages)
    assert "1 is missing now" in caplog.text


def test_after_a_repair_it_goes_on_without_what_is_lost(
    server: QdrantStandIn, other: QdrantStandIn, tmp_path: Path
) -> None:
    filled(tmp_path, server)
    wrong = open_memory("sam", settings_at(tmp_path, other))

    wrong.repair()

    assert wrong.check().archive.sound
    wrong.archival.insert("Another text.")
    assert wrong.archival.count() == 1


def test_what_was_deleted_is_not_missing(server: QdrantStandIn, tmp_path: Path) -> None:
    memory = filled(tmp_path, server)
    memory.archival.insert("The heron is grey.")
    assert memory.archival.delete_where(text="heron")
    assert memory.check().sound
    memory.archival.clear()

    again = open_memory("sam", settings_at(tmp_path, server))
    assert again.archival.count() == 0
    assert again.archival.trouble() is None


def test_an_insert_that_is_repeated_is_counted_once(server: QdrantStandIn, tmp_path: Path) -> None:
    memory = open_memory("sam", settings_at(tmp_path, server))
    with server.losing_answers("upsert"):
        memory.archival.insert("The heron is grey.")
    for _ in range(3):
        memory.archival.insert("The heron is grey.")

    assert memory.archival.count() == 1
    assert memory.check().sound


def copy_of(home: Path, place: Path) -> Path:
    shutil.copytree(home, place)
    return place


CHANGES = {name: USES[name] for name in ("insert", "delete", "forget", "clear")}


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_of_a_home_changes_nothing_of_the_original(
    change: str, server: QdrantStandIn, tmp_path: Path
) -> None:
    before = filled(tmp_path / "home", server).archival.count()
    copy = open_memory("sam", settings_at(copy_of(tmp_path / "home", tmp_path / "copy"), server))

    assert copy.archival.count() == before, "a copy may read"
    with pytest.raises(CopiedHomeError, match=r"(?s)is a copy of it.*copied --own.*copied --original"):
        CHANGES[change](copy)

    original = open_memory("sam", settings_at(tmp_path / "home", server))
    assert original.archival.count() == before
    original.archival.insert("The original goes on.")


def test_removing_the_agent_of_a_copy_leaves_the_original_and_says_so(
    server: QdrantStandIn, tmp_path: Path
) -> None:
    before = filled(tmp_path / "home", server).archival.count()
    copy = open_memory("sam", settings_at(copy_of(tmp_path / "home", tmp_path / "copy"), server))

    removed = copy.remove()

    assert removed.passages == 0
    assert "is a copy of it, so nothing was changed" in str(removed)
    original = open_memory("sam", settings_at(tmp_path / "home", server))
    assert original.archival.count() == before
    assert original.recall.search("heron").total == 1


def test_a_copy_says_so_in_the_prompt_in_doctor_and_in_the_check(
    server: QdrantStandIn, tmp_path: Path
) -> None:
    filled(tmp_path / "home", server)
    settings = settings_at(copy_of(tmp_path / "home", tmp_path / "copy"), server)
    copy = open_memory("sam", settings)
    llm = ScriptedLLM(otherwise=says("", call("send_message", message="Fine.")))

    list(open_loop(copy, llm).run([Message.said_by("ada", "Hello.")]))

    assert "`memgpt-autogen doctor` says why" in str(llm.requests[0].messages)
    assert "is a copy of it" in str(copy.check())
    lines = {each.about: each for each in run_checks(settings, ask=False)}
    assert "is a copy of it" in lines["archive of sam"].found


def test_a_copy_gets_archives_of_its_own(server: QdrantStandIn, tmp_path: Path) -> None:
    before = filled(tmp_path / "home", server).archival.count()
    place = copy_of(tmp_path / "home", tmp_path / "copy")

    prefix, points = make_archives_own(settings_at(place, server))

    assert points > before
    copy = open_memory("sam", settings_at(place, server))
    assert copy.archival.search("heron").total == 1
    assert copy.archival.trouble() is None
    copy.archival.clear()
    original = open_memory("sam", settings_at(tmp_path / "home", server))
    assert original.archival.count() == before
    original.archival.insert("The original goes on.")
    assert any(name.startswith(f"{prefix}-memgpt_passages") for name in server.collections())


@pytest.mark.parametrize("decide", [make_archives_own, go_on_as_original], ids=["own", "original"])
@pytest.mark.parametrize(("before", "after"), [("index", 0), ("upsert", 1)])
def test_what_a_killed_copy_has_left_is_told_and_removed(
    before: str, after: int, decide: Callable[[Settings], object], server: QdrantStandIn, tmp_path: Path
) -> None:
    filled(tmp_path / "home", server)
    there = set(server.collections())
    settings = settings_at(copy_of(tmp_path / "home", tmp_path / "copy"), server)
    with server.ending_before(before, after=after), pytest.raises(MemGPTError):
        make_archives_own(settings)
    left = set(server.collections()) - there
    told = [each.found for each in run_checks(settings, ask=False) if "was not completed" in each.found]
    assert len(told) == 1
    copy_of(tmp_path / "copy", tmp_path / "third")  # it has the note of the copy, and may not act on it
    make_archives_own(settings_at(tmp_path / "third", server))
    assert left <= set(server.collections())

    decide(settings)

    assert not left & set(server.collections())
    assert there <= set(server.collections())
    again = Settings.load(home=settings.home, qdrant_url=server.url)
    assert open_memory("sam", again).archival.search("heron").total == 1
    assert not [each for each in run_checks(again, ask=False) if "was not completed" in each.found]


def test_a_copy_that_the_settings_name_is_kept(server: QdrantStandIn, tmp_path: Path) -> None:
    filled(tmp_path / "home", server)
    settings = settings_at(copy_of(tmp_path / "home", tmp_path / "copy"), server)
    prefix, _ = make_archives_own(settings)
    with copy_note(settings.home) as note:  # as if it was killed after the settings were written
        note.write(prefix, HomeMark.of(open_home_database(settings)))

    make_archives_own(settings)

    assert any(name.startswith(prefix) for name in server.collections())


def test_a_copy_goes_on_as_the_original_and_then_the_original_is_the_copy(
    server: QdrantStandIn, tmp_path: Path
) -> None:
    filled(tmp_path / "home", server)
    settings = settings_at(copy_of(tmp_path / "home", tmp_path / "copy"), server)

    assert go_on_as_original(settings) == 2

    open_memory("sam", settings).archival.insert("The copy goes on.")
    original = open_memory("sam", settings_at(tmp_path / "home", server))
    with pytest.raises(CopiedHomeError):
        original.archival.insert("The original would go on.")


def test_a_home_that_was_moved_is_no_copy(server: QdrantStandIn, tmp_path: Path) -> None:
    memory = filled(tmp_path / "home", server)
    memory.log.database.close()
    (tmp_path / "home").rename(tmp_path / "moved")

    open_memory("sam", settings_at(tmp_path / "moved", server)).archival.insert("It goes on.")


def test_archives_of_an_older_version_are_taken_and_counted(server: QdrantStandIn, tmp_path: Path) -> None:
    memory = open_memory("sam", settings_at(tmp_path / "home", server))
    Archive(memory.archival.archive_id, ClientIndex.at(server.url)).insert(
        "The heron lamp stands in the hall."
    )

    memory.archival.insert("The heron is grey.")

    assert memory.archival.count() == 2
    server.empty()
    with pytest.raises(ArchiveMissingError, match="had 2 passages"):
        open_memory("sam", settings_at(tmp_path / "home", server)).archival.count()


PLACES = {
    "the same": (("m", "/a/memory.db", "1"), True),
    "moved on the same disk": (("m", "/b/memory.db", "1"), True),
    "restored from a backup": (("m", "/a/memory.db", "2"), True),
    "a container that was started again": (("other", "/a/memory.db", "1"), True),
    "the same folder in a container": (("other", "/b/memory.db", "1"), True),
    "copied": (("m", "/b/memory.db", "2"), False),
    "copied to another machine": (("other", "/a/memory.db", "2"), False),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_the_same_home(place: str, tmp_path: Path) -> None:
    (tmp_path / "memory.db").touch()
    original = ("m", str(tmp_path / "memory.db"), "1")
    parts, same = PLACES[place]
    machine, path, number = parts
    path = original[1] if path == "/a/memory.db" else path

    assert HomeMark("id", machine, path, number).is_same(HomeMark("id", *original)) == same
    assert not HomeMark("another", machine, path, number).is_same(HomeMark("id", *original))
