"""Two users and the home have agents, blocks and archives of equal names, and nothing crosses.

The tables name every public function that takes settings, and every method of a memory. Each is called for
one user, and neither what it returns nor what it changes may touch another's.
"""

from __future__ import annotations

import inspect
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import memgpt_autogen.named_texts as named_texts_module
from memgpt_autogen import home, home_move
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import MemGPTError, NotFoundError, TakenError
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.llm.tokens import counter_for
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.accounts.audit import acts, note_act
from memgpt_autogen.memory.storage.accounts.keys import add_key, stored_keys
from memgpt_autogen.memory.storage.accounts.templates import stored_templates
from memgpt_autogen.memory.storage.accounts.users import add_user
from memgpt_autogen.memory.storage.agents import agent_records, stored_agent_names, stored_archive_names
from memgpt_autogen.messages import Message
from memgpt_autogen.named_texts import named_texts
from memgpt_autogen.service.agents import agent_detail, resolve_agent
from memgpt_autogen.service.agents import list_agents as list_page
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

pytestmark = pytest.mark.sqlite

WORDS = {"home": "kanariquux", "ada": "zeisigquux", "ben": "finkquux"}


@dataclass(frozen=True)
class Person:
    """A user, with the word that only this user's memory has."""

    name: str
    settings: Settings

    @property
    def word(self) -> str:
        return WORDS[self.name]

    def open(self, name: str = "sam", **options: Any) -> MemoryHierarchy:
        return open_memory(name, self.settings, **options)


@pytest.fixture
def people(tmp_path: Path) -> list[Person]:
    """The home and two users, each with agents `sam` and `kim`, one shared block and one shared archive."""
    settings = Settings.load(home=tmp_path / "home")
    open_memory("sam", settings)
    for name in ("ada", "ben"):
        add_user(open_home_database(settings), name)
    people = [
        Person(name, settings.model_copy(update={"owner": None if name == "home" else name}))
        for name in WORDS
    ]
    for person in people:
        word = person.word
        plan = Block("plan", f"The plan of {word}.", shared=True)
        for agent in ("sam", "kim"):
            memory = person.open(agent, blocks=[plan])
            memory.core.set("persona", f"I am {agent} of {word}.")
            memory.log.append(Message.said_by("boss", f"Remember the {word}, and tea."))
            memory.archival.insert(f"A fact of {word} and tea.", source=f"letter of {word}")
            memory.attach(text=f"# Of {word}\n\nTea is green.", name="notes.md")
        library = person.open("lee", archive="library")
        library.archival.insert(f"The library of {word} and tea.")
        person.open("sam").readable.attach("library")
        named_texts(person.settings, "persona").add("cook", f"I cook {word}.")
        database = open_home_database(person.settings)
        add_key(database, f"key {word}")
        note_act(database, "create", "agent", name=f"agent {word}")
    return people


def state(person: Person) -> list[Any]:
    """All that a user has."""
    database = open_home_database(person.settings)
    found: list[Any] = [
        stored_agent_names(database),
        stored_archive_names(database),
        [(each.name, each.messages) for each in agent_records(database)],
        [named_texts(person.settings, "persona")[name] for name in named_texts(person.settings, "persona")],
        stored_keys(database),
        acts(database),
        stored_templates(database, "persona"),
    ]
    for name in home.agent_names(person.settings):
        archive = "library" if name == "lee" else None
        memory = person.open(name, archive=archive)
        found += [memory.log.everything(), list(memory.core), list(memory.archival.dump())]
        found += [memory.sources(), memory.compile()]
        memory.archival.close()
    return found


def names_of_others(person: Person, people: list[Person]) -> list[str]:
    return [other.word for other in people if other.name != person.name]


# What reads

READS: dict[str, Callable[[Person, Path], Any]] = {
    "agent_names": lambda who, _: home.agent_names(who.settings),
    "list_agents": lambda who, _: home.list_agents(who.settings),
    "archive_names": lambda who, _: home.archive_names(who.settings),
    "resolve_agent": lambda who, _: resolve_agent(who.settings, "sam"),
    "agent_detail": lambda who, _: agent_detail(who.settings, "sam"),
    "list_agents by page": lambda who, _: list_page(who.settings),
    "turns_running": lambda who, _: home.turns_running(who.settings),
    "open_existing": lambda who, _: home.open_existing("sam", who.settings).compile(),
    "open_existing of an archive": lambda who, _: list(
        home.open_existing("kim", who.settings, archive="library").archival.dump()
    ),
    "newest_heard": lambda who, _: who.open().newest_heard(),
    "export": lambda who, folder: unpacked(who.open().export(folder / f"{who.name}.zip")),
    "compile": lambda who, _: who.open().compile(),
    "at": lambda who, _: who.open().at(2),
    "at_each": lambda who, _: who.open().at_each(1, 2),
    "overview_at": lambda who, _: str(who.open().overview_at(2, Budget(8000, counter_for("x")))),
    "compile_at": lambda who, _: who.open().compile_at(2),
    "history": lambda who, _: str(who.open().history()),
    "sources": lambda who, _: who.open().sources(),
    "images": lambda who, _: who.open().images(),
    "check": lambda who, _: str(who.open().check()),
    "recall.search": lambda who, _: [str(hit) for hit in who.open().recall.search("tea").items],
    "archival.search": lambda who, _: [str(hit) for hit in who.open().archival.search("tea").items],
    "readable.search": lambda who, _: [str(hit) for hit in who.open().readable.search("tea").items],
    "readable.find": lambda who, _: who.open().readable.find("notes.md"),
    "forget, dry": lambda who, _: str(who.open().forget(query="tea", dry_run=True)),
    "remove, dry": lambda who, _: str(home.remove_agent("sam", who.settings, dry_run=True)),
    "named_texts": lambda who, _: named_texts(who.settings, "persona").resolve("cook"),
    "stored_keys": lambda who, _: stored_keys(open_home_database(who.settings)),
    "acts": lambda who, _: acts(open_home_database(who.settings)),
    "for_client": lambda who, _: who.open().for_client("a client").readable.search("tea").items,
    "the prompt of a turn": lambda who, _: prompt_of_a_turn(who),
}


def prompt_of_a_turn(who: Person) -> Any:
    llm = ScriptedLLM(
        says("", call("conversation_search", query="tea", request_heartbeat=True)),
        says("", call("archival_memory_search", query="tea", request_heartbeat=True)),
        says("", call("list_sources", request_heartbeat=True)),
        says("", call("send_message", message="Hi!")),
    )
    events = list(open_loop(who.open(), llm).run([Message.said_by("boss", "Hello!")]))
    return llm.requests, events


def unpacked(path: Path) -> str:
    with zipfile.ZipFile(path) as bundle:
        return "".join(bundle.read(name).decode() for name in bundle.namelist())


@pytest.mark.slow
@pytest.mark.parametrize("who", WORDS)
def test_nothing_that_a_user_reads_is_anothers(who: str, people: list[Person], tmp_path: Path) -> None:
    person = next(each for each in people if each.name == who)
    own = 0
    for what, read in READS.items():
        shown = repr(read(person, tmp_path))
        crossed = [word for word in names_of_others(person, people) if word in shown]
        assert crossed == [], f"{what} shows {crossed}"
        own += person.word in shown
    assert own >= 12  # so the words would be seen


# What writes


def edit_the_shared_block(who: Person, _: Path) -> None:
    who.open().core.edit("plan", lambda block: block.append("Changed."))


def talk(who: Person, _: Path) -> None:
    prompt_of_a_turn(who)


def leave_word(who: Person, _: Path) -> None:
    tool = home.message_agent("sam", who.settings)
    tool.call({"name": "kim", "message": "Hello."})


def import_own(who: Person, folder: Path) -> None:
    file = who.open().export(folder / "own.zip")
    assert home.check_import(file, "come", who.settings).name == "come"
    home.import_memory(file, "come", who.settings, shared_blocks="join")
    with pytest.raises(TakenError):
        home.check_import(file, "kim", who.settings)


def fork(who: Person, _: Path) -> None:
    who.open().fork("forked")
    with pytest.raises(TakenError):
        who.open().fork("kim")


def take_back(who: Person, _: Path) -> None:
    memory = who.open()
    memory.core.edit("plan", lambda block: block.append("Once."))
    memory.undo()
    memory.redo()
    memory.pop()
    memory.take_back_exchange(lambda _: True)
    memory.archival.insert("Once more.")


def forget_all(who: Person, _: Path) -> None:
    for name in ("sam", "kim"):
        who.open(name).forget(query="tea", shared=True)
        who.open(name).forget(query="plan", shared=True)


def remove_all(who: Person, _: Path) -> None:
    for name in ("sam", "kim"):
        home.remove_agent(name, who.settings)


def add_blocks_and_archives(who: Person, _: Path) -> None:
    memory = who.open("new", blocks=[Block("plan", "", shared=True), Block("other", "x", shared=True)])
    assert who.word in memory.core["plan"].value
    memory.attach(archive="library")
    who.open("newer", archive="library").archival.insert("More.")


def load(who: Person, _: Path) -> None:
    memory = who.open()
    memory.attach(text="# New\n\nCake.", name="notes.md")
    memory.detach("notes.md")
    memory.detach(archive="library")
    memory.repair()


def texts(who: Person, _: Path) -> None:
    named_texts(who.settings, "persona").add("cook", "I fry.", replace=True)
    named_texts(who.settings, "human").add("mia", "Mia.")
    named_texts(who.settings, "persona").delete("cook")


WRITES: dict[str, Callable[[Person, Path], None]] = {
    "open_memory": add_blocks_and_archives,
    "core.edit": edit_the_shared_block,
    "a turn": talk,
    "message_agent": leave_word,
    "import_memory, check_import": import_own,
    "fork": fork,
    "undo, redo, pop, take_back_exchange": take_back,
    "forget": forget_all,
    "attach, detach, repair": load,
    "named_texts": texts,
    "reset": lambda who, _: who.open("kim").reset(),
    "remove_agent": remove_all,
}


@pytest.mark.slow
@pytest.mark.parametrize("who", WORDS)
def test_nothing_that_a_user_changes_is_anothers(who: str, people: list[Person], tmp_path: Path) -> None:
    person = next(each for each in people if each.name == who)
    others = [each for each in people if each.name != who]
    before = [state(other) for other in others]
    for what, write in WRITES.items():
        mine = state(person)
        write(person, tmp_path)
        assert state(person) != mine, f"{what} changed nothing"
        assert [state(other) for other in others] == before, f"{what} changed what is another's"


def test_an_id_of_another_is_not_found_where_an_agent_is_meant(people: list[Person]) -> None:
    _, ada, ben = people
    id_, name = resolve_agent(ada.settings, "sam")

    assert resolve_agent(ada.settings, id_) == (id_, name) == resolve_agent(ada.settings, name)
    for other in people:
        if other is not ada:
            with pytest.raises(NotFoundError, match="there is no agent"):
                resolve_agent(other.settings, id_)
    assert resolve_agent(ben.settings, "sam")[0] != id_


def test_a_user_without_agents_finds_none_of_the_equal_names(people: list[Person]) -> None:
    nobody = add_user(open_home_database(people[0].settings), "eve")
    settings = people[0].settings.model_copy(update={"owner": nobody.id})

    assert (home.agent_names(settings), home.archive_names(settings)) == ([], [])
    for attempt in (
        lambda: home.open_existing("sam", settings),
        lambda: home.remove_agent("sam", settings),
        lambda: resolve_agent(settings, "sam"),
        lambda: named_texts(settings, "persona")["cook"],
        lambda: open_memory("sam", settings).attach(archive="library"),
    ):
        with pytest.raises(MemGPTError, match=r"there is no|has no"):
            attempt()
    assert open_memory("max", settings, owner="ada").log.database.owner != nobody.id


def test_a_user_that_does_not_exist_opens_nothing(people: list[Person]) -> None:
    with pytest.raises(NotFoundError, match="there is no user 'eve'"):
        open_memory("sam", people[0].settings, owner="eve")


def test_an_ephemeral_memory_has_no_owner() -> None:
    assert open_memory("sam", owner="nobody", ephemeral=True).archival.count() == 0


# The tables are complete

# what concerns the whole home, and is for its operator
OF_THE_WHOLE_HOME = {
    "each_owner",
    "moved_away",
    "go_on_as_original",
    "make_archives_own",
    "server_index",
    "move_home",
}

# parts of others in the tables, or without a result of their own
OTHER_METHODS = {
    "exclusive",
    "import_chat",
    "keep_checked",
    "remove",
    "rethink",
    "rewrite",
    "run_forget",
    "take_back",
    "take_back_turn",
    "undo_block",
}


def test_the_tables_have_every_public_function_that_takes_settings() -> None:
    listed = " ".join([*READS, *WRITES])
    functions = [
        name
        for module in (home, home_move, named_texts_module)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]
    methods = [
        name
        for name, function in inspect.getmembers(MemoryHierarchy, inspect.isfunction)
        if not name.startswith("_") and name not in OTHER_METHODS
    ]

    unlisted = [name for name in functions if name not in listed and name not in OF_THE_WHOLE_HOME]
    unlisted += [name for name in methods if name not in listed]

    assert unlisted == [], "add these to READS or WRITES, or say why they cannot cross"
