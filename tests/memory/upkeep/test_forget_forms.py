"""What is forgotten goes in every form that readers take as equal, and what is only alike is reported."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any, cast

import pytest
from loops import LoopFactory, MemoryFactory
from qdrant_edge import Filter, UpdateOperation
from sqlalchemy import select, update
from sqlalchemy import text as sql
from tool_use import use
from written_forms import coded, holding, unpacked

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.tables import metadata, source_sections, sources
from memgpt_autogen.messages import REMOVED, Message, ToolCall
from memgpt_autogen.testing import call, says

FORMS = {
    "José": ["José", unicodedata.normalize("NFD", "José"), "JOSÉ", unicodedata.normalize("NFD", "JOSÉ")],
    "O'Brien": ["O'Brien", "O’Brien", "oʼbrien"],
    "Ana Ruiz": ["Ana Ruiz", "Ana\u00a0Ruiz", "ana\u202fruiz", "Ana\u200b Ruiz", "Ana\nRuiz"],
    "Weiß": ["Weiß", "WEISS", "WEIẞ"],
    "Schmidbauer": ["Schmidbauer", "Schmid\u00adbauer", "Schmid\u200bbauer"],
    "Yıldız": ["Yıldız", "YILDIZ"],
    "محمد": ["محمد", "مُحَمَّدٌ"],
}

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


def fill(memory: MemoryHierarchy, form: str, number: int, folder: Path) -> None:
    """Put a form of a name into every part of a memory."""
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    content = [{"type": "text", "text": f"A photo of {form}."}, image]
    arguments = {"what": "look", "filters": {"text": [f"with {form} in it"], form: 1}}
    memory.log.append(
        Message.said_by("ben", f"Ask {form} about it, number {number}."),
        Message.said_by("ben", f"A photo of {form}.", content=content),
        Message.said_by("ben", json.dumps({"name": form, "number": number})),
        Message(
            "assistant",
            f"I think of {form}. The sky is blue.",
            "step",
            tool_calls=(ToolCall(f"call{number}", "lookup", json.dumps(arguments)),),
        ),
        Message("assistant", json.dumps({"thought": f"I think of {form}."}), "step"),
        Message.result_of(ToolCall(f"call{number}", "lookup"), f"nothing known of {form}"),
    )
    memory.core.edit("notes", lambda block: block.append(f"We met {form}. It rains ({number})."))
    memory.queue.evict(2, f"They spoke of {form}. All were well.", "model")
    memory.archival.insert(f"A passage about {form}, number {number}.", tags=["people"])
    memory.archival.insert(f"A passage with a tag, number {number}.", tags=[form])
    plain = form.replace("\n", " ")
    memory.attach(text=f"# About {plain}\n\nLikes cake, {number}.", name=f"report {number}.md")
    memory.attach(text=f"A document, number {number}.", name=f"of {plain} ({number}).md")
    file = folder / f"of {plain}" / f"list {number}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"Bread and butter, {number} times.")
    memory.attach(file)


def filled(memory: MemoryHierarchy, words: str, folder: Path) -> MemoryHierarchy:
    for number, form in enumerate(FORMS[words]):
        fill(memory, form, number, folder)
    memory.recall.search("photo")  # makes the index of recall
    return memory


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.parametrize("words", FORMS)
def test_no_file_of_the_home_has_any_form_of_what_is_forgotten(
    words: str, make_memory: MemoryFactory, tmp_path: Path
) -> None:
    memory = filled(make_memory(blocks=[Block("notes", "It is May.")]), words, tmp_path / "documents")
    home, forms = tmp_path / "home", FORMS[words]
    assert holding(home, forms)

    report = memory.forget(query=words)

    assert report.scrubbed
    assert report.forms >= len(forms)
    assert f"written in {report.forms} forms" in str(report)
    memory.archival.close()
    assert holding(home, forms) == []
    assert not [form for form in coded(forms) if form in unpacked(memory.export(tmp_path / "sam.zip"))]
    assert not list((home / "images").glob("*.png"))
    assert memory.core["notes"].value.endswith(f"It rains ({len(forms) - 1}).")
    assert [source.name for source in memory.sources()] == [f"list {n}.txt" for n in range(len(forms))]


@pytest.mark.slow
@pytest.mark.postgres
def test_no_row_of_postgresql_has_any_form_of_what_is_forgotten(
    make_memory: MemoryFactory, tmp_path: Path, postgresql_url: str
) -> None:
    for words in ("José", "O'Brien"):
        memory = make_memory(words[:2], database_url=postgresql_url, blocks=[Block("notes", "It is May.")])
        filled(memory, words, tmp_path / words)

        report = memory.forget(query=words)

        assert report.forms >= len(FORMS[words])
        with memory.log.database.reading() as connection:
            rows = [
                row
                for table in metadata.sorted_tables
                for row in connection.scalars(sql(f"SELECT CAST({table} AS text) FROM {table}"))
            ]
        stored = "\n".join(rows).encode()
        assert not [form for form in coded(FORMS[words]) if form in stored]
        memory.archival.close()
        assert holding(tmp_path / "home" / "archives", FORMS[words]) == []


@pytest.mark.parametrize("words", FORMS)
def test_a_speaker_is_one_person_in_every_form_of_the_name(words: str, make_memory: MemoryFactory) -> None:
    memory = make_memory()
    forms = [form.replace("\n", " ") for form in FORMS[words]]
    memory.log.append(*(Message.said_by(form, f"My code is zebra-{n}.") for n, form in enumerate(forms)))

    report = memory.forget(speaker=words)

    assert (report.messages, report.forms) == (len(forms), len(set(forms)))
    assert memory.recall.search("code").total == 0


ALIKE = {"José": "Jose", "Łódź": "Lodz", "Straße": "Strasse", "Müller": "Mueller", "أحمد": "احمد"}


@pytest.mark.parametrize(("name", "alike"), [*ALIKE.items(), *((b, a) for a, b in ALIKE.items())])
def test_two_names_that_are_only_alike_stay_two_people(
    name: str, alike: str, make_memory: MemoryFactory
) -> None:
    memory = make_memory()
    memory.log.append(Message.said_by(name, "I like tea."), Message.said_by(alike, "I like cake."))

    report = memory.forget(speaker=name)

    assert dict(report.speakers) == {name: 1}
    assert [hit.text for hit in memory.recall.search("like").items] == ["I like cake."]
    assert dict(report.alike_left) == {"message": 1}
    assert "left, since it is only alike: 1 message (alike=True removes this too)" in str(report)
    assert dict(memory.forget(speaker=name, alike=True).speakers) == {alike: 1}


@pytest.mark.parametrize(("words", "alike"), ALIKE.items())
def test_words_that_are_only_alike_stay_and_are_reported_until_they_are_asked_for(
    words: str, alike: str, make_memory: MemoryFactory, tmp_path: Path
) -> None:
    memory = make_memory(blocks=[Block("notes", f"We know {alike}. It rains.")])
    memory.log.append(Message.said_by("ben", f"Call {words}."), Message.said_by("ben", f"Call {alike}."))
    memory.archival.insert(f"About {alike}.")
    memory.archival.insert(f"About {words} and {alike}.")

    report = memory.forget(query=words, dry_run=True)
    done = memory.forget(query=words)

    assert done.alike_left == report.alike_left == {"block": 1, "message": 1, "passage": 1}
    assert (done.messages, done.passages, done.blocks_changed) == (1, 1, ())
    assert f"We know {alike}." in memory.core["notes"].value
    both = memory.forget(query=words, alike=True)
    assert (both.messages, both.passages, both.blocks_changed) == (1, 1, ("notes",))
    assert dict(both.alike_left) == {}
    memory.archival.close()
    assert holding(tmp_path / "home", [words, alike]) == []


def test_a_quote_is_found_in_every_form(make_memory: MemoryFactory) -> None:
    memory = make_memory(blocks=[Block("notes", "It is May.")])
    told = "Tell no one that José’s locker code is twelve thirty four."
    quoted = unicodedata.normalize("NFD", told).replace("’", "'").replace(" locker", "\u00a0locker").upper()
    memory.log.append(Message.said_by("eve", told), Message.said_by("ben", f"She said: {quoted}"))
    memory.archival.insert(quoted)

    report = memory.forget(speaker="eve")

    assert (dict(report.redacted), report.passages) == ({"message": 1}, 1)
    assert memory.recall.search("twelve").total == 0


def test_other_agents_and_forks_that_heard_it_are_named(make_memory: MemoryFactory) -> None:
    sam, tom, kim = (make_memory(name) for name in ("sam", "tom", "kim"))
    for memory in (sam, tom):
        memory.log.append(Message.said_by("Jose\u0301", "My code is zebra-4711."))
    kim.log.append(Message.said_by("Jose", "I am another one."))
    sam.fork("copy")

    report = sam.forget(speaker="José")

    assert (dict(report.heard_by), report.forks) == ({"copy": 1, "tom": 1}, ("copy",))
    told = "other agents that have it too: copy (a fork, 1 place), tom (1 place). Each of them must forget"
    assert told in str(report)
    for name in ("copy", "tom"):
        make_memory(name).forget(speaker="José")
    assert dict(sam.forget(speaker="José").heard_by) == {}


@pytest.mark.sqlite
def test_after_it_and_its_forks_have_forgotten_nothing_is_in_the_home(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    sam = make_memory(blocks=[Block("notes", "José is here.")])
    sam.log.append(Message.said_by("ben", "O’Brien knows José."))
    sam.archival.insert("José has a cat.")
    copy = sam.fork("copy")

    named = sam.forget(query="José")
    copy.forget(query="José")

    assert dict(named.heard_by) == {"copy": 2}
    for memory in (sam, copy):
        memory.archival.close()
    assert holding(tmp_path / "home", FORMS["José"]) == []


def test_what_an_attached_archive_has_is_reported(make_memory: MemoryFactory) -> None:
    owner, reader = make_memory("owner", archive="library"), make_memory("reader")
    owner.archival.insert("José has a cat.")
    reader.attach(archive="library")

    report = reader.forget(query="José")

    assert dict(report.archives_left) == {"library": 1}
    assert "left in the attached archive 'library': 1 passage" in str(report)
    assert owner.archival.count() == 1


@pytest.mark.sqlite
def test_a_source_goes_with_its_name_in_the_catalogue_the_news_and_the_events(
    make_memory: MemoryFactory, make_loop: LoopFactory, tmp_path: Path
) -> None:
    memory = make_memory()
    name = unicodedata.normalize("NFD", "Müller’s report.md")
    memory.attach(text="# A patient\n\nHas a cold.", name=name)
    memory.attach(text="Tea is hot.", name="tea.md")
    loop = make_loop(
        says("", call("open_source", source=name, request_heartbeat=True)),
        says("", call("list_sources", request_heartbeat=True)),
        says("", call("send_message", message="I read it.")),
        memory=memory,
    )
    list(loop.run([Message.said_by("ben", "Read it.")]))
    failed = ToolCall("c9", "search_source", json.dumps({"source": name, "query": "cold"}))
    memory.log.append(
        Message("assistant", "", "step", tool_calls=(failed,)),
        Message.result_of(failed, "Try again.", ok=False),
    )

    report = memory.forget(source="Müller's report.md")

    assert (report.passages, report.forms) == (1, 1)
    assert [source.name for source in memory.sources()] == ["tea.md"]
    memory.archival.close()
    assert holding(tmp_path / "home", ["Müller’s report", "A patient"]) == []


def test_a_load_that_was_interrupted_keeps_no_word_in_its_headings_and_path(
    make_memory: MemoryFactory,
) -> None:
    memory = make_memory()
    memory.attach(text="# About Jose\u0301\n\nHas a cold.\n\n# Tea\n\nIt is hot.", name="report.md")
    with memory.log.database.writing() as connection:  # as while it is loaded
        connection.execute(
            update(sources).values(loading=sources.c.digest, digest=None, origin="/jose\u0301/r")
        )

    memory.forget(query="José")

    with memory.log.database.reading() as connection:
        headings = connection.scalars(select(source_sections.c.heading).order_by(source_sections.c.number))
        assert list(headings) == [None, "Tea"]
        assert connection.scalars(select(sources.c.origin)).one() == f"/{REMOVED}/r"


@pytest.fixture
def killed(make_memory: MemoryFactory) -> MemoryHierarchy:
    """A memory whose archive and index were emptied, but not their folders.

    A process that was killed in between leaves them so.
    """
    memory = make_memory()
    memory.log.append(Message.said_by("ben", "The word is kanariquux."))
    memory.archival.insert("The word is kanariquux.")
    memory.recall.search("word")
    index, recall = cast("Any", memory.archival)._index, cast("Any", memory.recall)._index
    for archive in (memory.archival.archive_id, recall._vectors.archive_id):
        with index._folders.held(archive) as opened, opened.content.changing() as engine:
            engine.update(UpdateOperation.delete_points_by_filter(Filter()))
    memory.archival.close()
    recall.close()
    return memory


@pytest.mark.edge
@pytest.mark.sqlite
@pytest.mark.parametrize("what", ["remove", "reset", "forget"])
def test_a_removal_that_was_killed_is_completed_by_another(
    what: str, killed: MemoryHierarchy, tmp_path: Path
) -> None:
    assert holding(tmp_path / "home", ["kanariquux"])

    run = {
        "remove": killed.remove,
        "reset": killed.reset,
        "forget": lambda: killed.forget(query="kanariquux"),
    }
    run[what]()

    killed.archival.close()
    assert holding(tmp_path / "home", ["kanariquux"]) == []


@pytest.mark.sqlite
def test_a_reset_leaves_no_word_in_the_files(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.log.append(Message.said_by("ben", "The word is kanariquux."))
    memory.core.edit("human", lambda block: block.append("kanariquux"))
    memory.archival.insert("The word is kanariquux.")
    memory.recall.search("word")

    memory.reset()

    memory.archival.close()
    assert holding(tmp_path / "home", ["kanariquux"]) == []


@pytest.mark.parametrize("invisible", ["\u200b", "\u00ad \u2060", "\u00a0"])
def test_what_nobody_sees_is_blank(invisible: str, make_memory: MemoryFactory) -> None:
    with pytest.raises(ConfigurationError, match="is blank"):
        make_memory().forget(query=invisible)


@pytest.mark.edge
@pytest.mark.sqlite
@pytest.mark.parametrize("what", ["forget", "reset", "remove"])
def test_what_a_repair_has_kept_goes_too(what: str, make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.archival.insert("The word is kanariquux.")
    memory.archival.repair()
    (kept,) = memory.archival.kept()

    if what == "forget":
        first = memory.forget(query="kanariquux", dry_run=True)
        assert kept.is_dir()
        report = memory.forget(query="kanariquux")
        assert first.damaged_removed == report.damaged_removed == (str(kept),)
        assert f"removed what repairs have kept, since nobody can search it: {kept}" in str(report)
    else:
        getattr(memory, what)()

    memory.archival.close()
    assert holding(tmp_path / "home", ["kanariquux"]) == []
    assert not kept.exists()


@pytest.mark.edge
def test_what_a_repair_of_a_shared_archive_has_kept_is_named(make_memory: MemoryFactory) -> None:
    memory = make_memory(archive="library")
    memory.archival.insert("The word is kanariquux.")
    memory.archival.repair()
    (kept,) = memory.archival.kept()

    report = memory.forget(query="kanariquux")

    assert (report.damaged, report.damaged_removed) == ((str(kept),), ())
    assert f"a repair has kept damaged files, which may contain it: delete {kept}" in str(report)
    assert memory.forget(query="kanariquux", shared=True).damaged_removed == (str(kept),)
    assert not kept.exists()


def test_a_removal_names_who_heard_the_agent_and_its_forks(make_memory: MemoryFactory) -> None:
    sam, tom = make_memory("sam"), make_memory("tom")
    tom.log.append(Message.said_by("sam", "Hello."), Message.said_by("ben", "Hello."))
    sam.fork("copy")

    report = sam.remove()

    assert (dict(report.heard_by), report.forks) == ({"tom": 1}, ("copy",))
    assert "what other agents heard it say: tom (1 message)" in str(report)
    assert "kept, with a copy of its memory: the forks copy" in str(report)


def test_a_quote_is_found_with_the_dates_that_a_search_result_has_added(make_loop: LoopFactory) -> None:
    loop = make_loop()
    memory = loop.memory
    told = "I met Ana at the museum last night, with Kim."
    memory.log.append(Message.said_by("eve", told))
    found = use(loop, "conversation_search", query="museum")
    assert "last night (= " in found
    memory.log.append(Message.result_of(ToolCall("one", "conversation_search"), found))

    report = memory.forget(speaker="eve")

    assert dict(report.redacted) == {"result": 1}
    assert not [entry for entry in memory.log.since(0) if "museum" in entry.message.text]
