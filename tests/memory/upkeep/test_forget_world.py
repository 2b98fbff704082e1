"""After forgetting, no file of a home has the words, though every feature of the product was used with them.

The list of places in `memory/upkeep/places.py` says where words can be. A table, a column, a field or a file
that it lacks fails here.
"""

from __future__ import annotations

import base64
import contextlib
import json
import unicodedata
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from loops import LoopFactory, MemoryFactory
from written_forms import coded, holding, unpacked

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.events import Evicted, TurnFailed
from memgpt_autogen.home import import_memory, remove_agent
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.fulltext import _TSVECTOR
from memgpt_autogen.memory.storage.images import ImageFolder
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun
from memgpt_autogen.memory.storage.runs.run_input import input_messages, run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.runs.worker import Worker
from memgpt_autogen.memory.storage.saved_searches import SavedSearches
from memgpt_autogen.memory.storage.tables import metadata
from memgpt_autogen.memory.upkeep.places import COLUMNS, FILES, PAYLOAD
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import call, says

WORDS = "Žofie O'Quux"

FORMS = [
    WORDS,
    unicodedata.normalize("NFD", WORDS),
    WORDS.upper(),
    WORDS.replace("'", "’").replace(" ", "\u00a0"),
    WORDS.replace("Quux", "Qu\u00adux"),
]

SHARED = Block("team", "We are a team.", 20_000, shared=True)


def svg(form: str) -> str:
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><text>{form}</text></svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}"


def photo(form: str) -> str:
    """Bytes that begin as a PNG's, with a note as cameras write it."""
    noted = form.encode("utf-16-le") + bytes(2)
    photo = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + noted + bytes(range(256))
    return f"data:image/png;base64,{base64.b64encode(photo).decode()}"


def image(address: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": address}}


def say_everything(memory: MemoryHierarchy, make_loop: LoopFactory, form: str, folder: Path) -> None:
    """Use every feature of one memory with this form of the words."""
    inner = {"who": [form, {"note": f"ask {form}", form: [{"deep": f"{form} again"}]}]}
    asked = ToolCall("call1", "look_up", json.dumps({"what": "look", "filters": {"of": [inner]}}))
    told = ToolCall("call2", "tell", json.dumps({"json": json.dumps({"json": json.dumps(inner)})}))
    broken = ToolCall("call3", "tell", f'{{"who": "{form}')
    invented = ToolCall(f"id {form}", f"find {form}", "{}")
    files = [{"type": "text", "text": "See it."}, {"type": "file", "file": {"filename": f"{form}.pdf"}}]
    calls = (asked, told, broken, invented)
    memory.log.append(
        Message.said_by(form, "I am here."),
        Message.said_by("ben", f"Ask {form} about it.", chat=["manager", form, "ben"], to=form),
        Message.said_by("ben", f"Nothing\0 of {form} is lost."),
        Message.said_by(
            "ben", "A drawing.", content=[{"type": "text", "text": "A drawing."}, image(svg(form))]
        ),
        Message.said_by("ben", "A photo.", content=[image(photo(form))]),
        Message.said_by("ben", "An address.", content=[image(f"https://example.org/{form}.png")]),
        Message.said_by("ben", f"![{form}](data:image/png;base64,AAAA)"),
        Message.said_by("ben", "A file.", content=files),
        Message("user", "", "login", form),
        Message("system", f"Telegram chat: {form}", "imported"),
        Message("user", f"I am {form}.", "imported", form),
        Message("assistant", f"Hello, {form}.", "imported"),
        Message("assistant", f"I think of {form}. It rains.", "step", tool_calls=calls),
        *(Message.result_of(each, f"Nothing is known of {form}.", ok=each is told) for each in calls),
        Message.event("alert", f"{form} has joined."),
    )
    memory.core.edit("notes", lambda block: block.append(f"We met {form}. It rains."))
    memory.core.edit("notes", lambda block: block.append(f"{form} likes tea."))
    memory.undo()
    memory.core.edit("team", lambda block: block.append(f"{form} is one of us."))
    loop = make_loop(
        says(f"I ask for {form}.", call("conversation_search", query=form, request_heartbeat=True)),
        says("", call("archival_memory_insert", content=f"A fact about {form}.", tags=[form])),
        says(f"{form} it is.", call("send_message", message=f"{form} is well.")),
        memory=memory,
        otherwise=says("", call("send_message", message=f"{form} is better.")),
    )
    list(loop.run([Message.said_by("ben", f"How is {form}?")]))
    list(loop.retry())
    memory.rethink(f"I think of {form}, or not.")
    memory.rewrite(f"{form} is quite well.")
    memory.pop()
    memory.queue.evict(memory.log.last_seq() - 1, f"They spoke of {form}. All were well.", "model")
    memory.archival.insert(f"A passage about {form}.", tags=["people", form], source=f"a letter of {form}")
    memory.archival.insert(" ".join(["A long text that is cut."] * 60) + f" {form} " + "and goes on. " * 90)
    plain = " ".join(form.split())
    memory.attach(
        text=f"# About {form}\n\nLikes tea.\n\n# Bees\n\nThey fly.", name=f"of {plain}.md", tags=[plain]
    )
    memory.attach(text="# Bees\n\nThey fly.", name=f"gone {plain}.md")
    memory.detach(f"gone {plain}.md")
    path = folder / f"of {plain}" / "list.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Bread and butter.")
    memory.attach(path)
    interrupt_a_load(memory, f"# Chapter\n\nOf {form}.\n\n" * 3 + f"# {form}\n\nThe end.", f"half {plain}.md")
    memory.recall.search(form)
    memory.archival.search(form)
    asked = json.dumps({"queries": [f"Where is {form}?"], "speaker": form}, ensure_ascii=False)
    SavedSearches(memory.log.database, memory.log.agent_id).add(asked, "recall", "3", within=5, rank=1)
    run_turns(memory, make_loop, form)


def run_turns(memory: MemoryHierarchy, make_loop: LoopFactory, form: str) -> None:
    """Leave runs of a server: one that has ended, one that waits for results, and one in the queue."""
    database = memory.log.database
    said = {"text": f"How is {form}?", "speaker": "ben", "chat": f"about {form}"}
    worker = Worker(database)
    for results in (None, {"c1": {"text": f"{form} it is."}}):
        new = NewRun(
            memory.log.agent_id,
            run_input(said, speaker=form),
            idempotency_key=f"{memory.name} {form} {results}",
        )
        run, _ = Runs(database).create(new, worker)
        claimed = ClaimedRun(worker, run)
        loop = make_loop(
            says(f"I ask for {form}.", call("conversation_search", query=form, request_heartbeat=True)),
            says("", call("send_message", message=f"{form} is well.")),
            memory=memory,
        )
        for event in loop.run(input_messages(run.input, run.created)):
            claimed.write([event])
        claimed.write([Evicted(1, 1, 2, 1, f"They spoke of {form}.")])
        state = "suspended" if results else "failed"
        ending = claimed.ending(state, Usage(), 2, error=f"{form} is away.", results=json.dumps(results))
        claimed.write([TurnFailed("ToolError", f"{form} is away.")], **ending)
    if form == FORMS[-1]:  # else the next runs would wait for it
        Runs(database).create(NewRun(memory.log.agent_id, run_input(said)))


def interrupt_a_load(memory: MemoryHierarchy, text: str, name: str) -> None:
    """Stop a load after its first step, as Ctrl-C does."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        memory.attach(text=text, name=name, told=stop)


def fill(make_memory: MemoryFactory, make_loop: LoopFactory, folder: Path, **settings: Any) -> list[str]:
    """Use every feature with every form of the words, in a home of several agents. Returns their names."""
    notes = Block("notes", "It is May.", 20_000, description=f"What {WORDS} said. And what others said.")
    sam = make_memory("sam", blocks=[notes, SHARED], **settings)
    tom = make_memory("tom", blocks=[notes, SHARED], archive="library", **settings)
    kim = make_memory("kim", blocks=[SHARED], archive="library", **settings)
    make_memory("ana", blocks=[notes, SHARED], **settings).attach(archive="library")
    for number, form in enumerate(FORMS):
        for memory in (sam, tom):
            say_everything(memory, make_loop, form, folder / f"{memory.name}{number}")
        kim.log.append(Message.said_by("sam", f"I know {form}."))
        if number == 1:
            sam.fork("copy")
            sam.fork("earlier", at=sam.log.last_seq() - 3)
            sam.export(folder / "sam.zip")
            import_memory(folder / "sam.zip", "come", Settings.load(home=folder.parent / "home", **settings))
        if number == 2:
            sam.archival.repair()
            sam.repair()
    for memory in (sam, tom):
        memory.archival.close()
        memory.recall.close()
    kept = sam.archival.kept()[0]
    for left in ("new-0123abcd", "gone-0123abcd", "reembed-0123abcd"):  # of killed processes
        place = kept.with_name(f".{kept.name.partition('.')[0]}.{left}")
        place.mkdir()
        (place / "segment").write_text(WORDS)
    return ["sam", "tom", "kim", "copy", "earlier", "come", "ana"]


def forget_by_all(make_memory: MemoryFactory, names: list[str], **settings: Any) -> Iterator[Any]:
    """Let every agent forget, each by the report of the one before."""
    archives = {"tom": "library", "kim": "library"}
    left = list(names)
    while left:
        name = left.pop(0)
        memory = make_memory(name, archive=archives.get(name), **settings)
        report = memory.forget(query=WORDS, shared=True)
        assert set(report.heard_by) <= set(left), f"{name} names others than those that have not forgotten"
        yield report
        memory.archival.close()
        memory.recall.close()


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.timeout(600)
def test_after_all_agents_have_forgotten_no_file_of_the_home_has_the_words(
    make_memory: MemoryFactory, make_loop: LoopFactory, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    names = fill(make_memory, make_loop, tmp_path / "outside")
    assert_listed(home)
    assert {Path(file).parts[0] for file in holding(home, FORMS)} >= {"memory.db", "archives", "images"}

    reports = list(forget_by_all(make_memory, names))

    assert all(report.scrubbed for report in reports)
    assert set(reports[0].heard_by) == set(names[1:])
    assert set(reports[0].forks) == {"copy", "earlier"}
    assert dict(reports[-1].heard_by) == {}
    assert reports[0].forms >= len(FORMS)
    assert holding(home, FORMS) == []
    for name in names:
        memory = make_memory(name, archive="library" if name in ("tom", "kim") else None)
        written = unpacked(memory.export(tmp_path / f"{name} after.zip"))
        assert not [form for form in coded(FORMS) if form in written]
        assert memory.recall.search("rains").total >= 0
        assert memory.check().sound


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(600)
def test_after_all_agents_have_forgotten_no_row_of_postgresql_has_the_words(
    make_memory: MemoryFactory, make_loop: LoopFactory, tmp_path: Path, postgresql_url: str
) -> None:
    def loop(*answers: Any, **options: Any) -> Any:
        return make_loop(*answers, **options)

    names = fill(make_memory, loop, tmp_path / "outside", database_url=postgresql_url)
    reports = list(forget_by_all(make_memory, names, database_url=postgresql_url))

    assert dict(reports[-1].heard_by) == {}
    with make_memory("sam", database_url=postgresql_url).log.database.reading() as connection:
        rows = [
            row
            for table in metadata.sorted_tables
            for row in connection.scalars(sa.text(f"SELECT CAST({table} AS text) FROM {table}"))
        ]
    stored = "\n".join(rows).encode()
    assert not [form for form in coded(FORMS) if form in stored]
    assert "quux" not in "\n".join(rows).lower()  # nor the words of the index
    assert holding(tmp_path / "home", FORMS) == []


# The list of places


def assert_listed(home: Path) -> None:
    """Assert that each file of a home, and each folder of an archive, is in the list."""
    for place in [*home.iterdir(), *(home / "archives").iterdir(), *(home / "images").iterdir()]:
        name = place.relative_to(home).as_posix()
        if not (place.is_dir() and place.parent == home):
            assert any(fnmatch(name, pattern) for pattern in FILES), f"{name} is in no line of FILES"


def text_columns(tables: sa.MetaData) -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in tables.tables.values()
        for column in table.columns
        if not isinstance(column.type, sa.Integer | sa.Float | sa.Boolean | sa.BigInteger)
    }


def test_each_column_with_texts_is_in_the_list_of_places() -> None:
    columns = text_columns(metadata) | text_columns(_TSVECTOR.metadata)

    assert columns - COLUMNS.keys() == set(), "say in places.py how forgetting reaches these columns"


def listed_only(columns: set[str]) -> set[str]:
    return columns - COLUMNS.keys()


@pytest.mark.sqlite
def test_each_column_of_a_sqlite_file_is_in_the_list(memory: MemoryHierarchy) -> None:
    found = sa.MetaData()
    with memory.log.database.reading() as connection:
        found.reflect(connection, views=True)
        tables = set(
            connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"))
        )

    columns = {column for column in text_columns(found) if not column.startswith(SHADOWS)}
    assert listed_only(columns) == set()
    own = {table for table in tables if not table.startswith((*SHADOWS, "sqlite_"))}
    assert own <= {column.partition(".")[0] for column in COLUMNS}


SHADOWS = tuple(f"entries_words_{part}" for part in ("data", "idx", "content", "docsize", "config"))
"""The tables in which FTS5 keeps its index. It has the name `entries_words`."""


@pytest.mark.postgres
def test_each_column_of_postgresql_is_in_the_list(make_memory: MemoryFactory, postgresql_url: str) -> None:
    found = sa.MetaData()
    with make_memory("sam", database_url=postgresql_url).log.database.reading() as connection:
        found.reflect(connection, views=True)

    assert listed_only(text_columns(found)) == set()


@pytest.mark.edge
def test_each_field_of_a_passage_and_of_a_turn_is_in_the_list(memory: MemoryHierarchy) -> None:
    memory.log.append(Message.said_by("ben", "Hello."))
    memory.recall.search("hello")
    (passage,) = memory.archival.insert("The word.", tags=["tag"], source="source")
    memory.archival.insert("Another word.", replaces=passage.id)
    memory.archival.insert("The word.", source="source")
    memory.attach(text="# Bees\n\nThey fly.", name="bees.md")
    index: Any = memory.archival._index  # type: ignore[attr-defined]
    recall: Any = memory.recall._index  # type: ignore[attr-defined]

    fields: set[str] = set()
    for archive in (memory.archival.archive_id, recall._vectors.archive_id):
        with index._shard(archive) as shard:
            records, _ = shard.engine.scroll(scroll_all())
            fields |= {field for record in records for field in record.payload}

    assert fields >= {"text", "place", "superseded_by", "replaces", "replaced_by", "edition", "through"}
    assert fields - PAYLOAD.keys() == set()


def scroll_all() -> Any:
    from qdrant_edge import ScrollRequest

    return ScrollRequest(limit=100, with_payload=True)


def test_what_stays_in_names_and_in_the_users_own_files_is_counted(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    memory = make_memory("quux", archive="of quux", blocks=[Block("about_quux", "")])
    home = tmp_path / "home"
    (home / "personas").mkdir()
    (home / "personas" / "cook.txt").write_text("I cook for Quux.")

    report = memory.forget(query="quux", dry_run=True)

    kinds = {"agent's name": 1, "archive's name": 1, "block's label": 1, "file of yours": 1}
    assert dict(report.names_left) == kinds
    told = "left in names, which stay: 1 agent's name, 1 archive's name, 1 block's label, 1 file of yours"
    assert told in str(report)


def test_what_the_agent_has_in_an_archive_that_it_does_not_use_now_is_named(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    make_memory("sam").archival.insert("The word is kanariquux.")
    memory = make_memory("sam", archive="library")

    report = memory.forget(query="kanariquux")

    told = (
        "left in the agent's own archive, which it does not use: 1 passage (open the agent without a shared"
    )
    assert told in str(report)
    memory.remove()
    assert holding(tmp_path / "home", ["kanariquux"]) == []


@pytest.mark.sqlite
def test_pictures_of_a_removal_that_was_killed_go_with_the_next(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    memory, home = make_memory(), tmp_path / "home"
    memory.log.append(Message.said_by("ben", "A drawing.", content=[image(svg(WORDS))]))
    shown = memory.log.images_shown()
    (drawing,) = (home / "images").iterdir()
    content = drawing.read_bytes()
    memory.remove()
    assert not list((home / "images").iterdir())
    drawing.write_bytes(content)  # as where the process dies before it deletes the pictures
    ImageFolder(home).note(shown)

    with pytest.raises(ConfigurationError, match="there is no agent 'sam'"):
        remove_agent("sam", Settings.load(home=home))

    assert not list((home / "images").iterdir())


@pytest.mark.edge
def test_folders_that_a_killed_fork_has_left_are_named(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.archival.insert("The word is kanariquux.")
    memory.recall.search("word")
    own = memory.archival._index.folder(memory.archival.archive_id)  # type: ignore[attr-defined]
    left = own.with_name("0b7b6a1e-no-agent-0123456789abcdef")
    left.mkdir()

    report = memory.forget(query="kanariquux")

    assert report.ownerless == (str(left),)
    assert (
        f"folders of no agent, of a fork or an import that was killed, may contain it: delete {left}"
        in str(report)
    )
