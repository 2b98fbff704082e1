"""What agents do when they are killed: one small function for each scenario. To add one, write it and mark
it."""

from __future__ import annotations

import base64
import gc
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crash_points import WritePoints
from crash_server import Life
from crash_world import SHARED, World, bundles_of, ledger_of, problems
from planted import assert_clean

from memgpt_autogen.home import agent_names, import_memory, moved_away
from memgpt_autogen.home_backup import back_up
from memgpt_autogen.home_restore import restore_home
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, call, says
from memgpt_autogen.testing.scripted import Request


@dataclass(frozen=True, slots=True)
class Scenario:
    act: Callable[[World], None]
    prepare: Callable[[World], None]
    again: bool
    """Whether it can be played in one home many times; else each life gets a new copy of what `prepare` made.
    """
    resumed: bool
    """Whether another life takes up what a killed one began; else it is left as it is."""


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    *, prepare: Callable[[World], None] | None = None, again: bool = True, resumed: bool = False
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    def mark(act: Callable[[World], None]) -> Callable[[World], None]:
        SCENARIOS[act.__name__] = Scenario(act, prepare or a_day_before, again, resumed)
        return act

    return mark


def live(life: Life, tell: Callable[[str, Any], None]) -> None:
    """Check what earlier lives have left, then play the scenario until the end that this life is to have."""
    home = Path(life.home)
    played = SCENARIOS[life.scenario]
    if not ledger_of(home).exists():
        made = World(home, seed=life.seed)
        played.prepare(made)
        tell("prepared", life.scenario)
        return
    world = World(home, seed=life.seed)
    points = WritePoints(lambda number, name: tell("killed at", f"{number}: {name}"), life.kill_at)
    if life.check_armed:
        points.arm()
    if life.check:
        for problem in problems(world):
            tell("problem", problem)
    if not life.act:
        tell("points", points.passed)
        return
    if not life.check_armed:
        points.arm()
    played.act(world)
    tell("points", points.passed)


def preload() -> None:
    """Import and warm up all that a life needs, so that a life begins at once; nothing that would start a
    thread."""
    import alembic.command  # noqa: F401
    import autogen_support  # noqa: F401

    import memgpt_autogen.home
    import memgpt_autogen.memory.qdrant.edge.index  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "home")
        world.hear("hello", world.memory())
        assert problems(world) == []
        world.memory().recall.close()
    gc.collect()  # connections are closed with their engines


def nothing(world: World) -> None:
    """A home that is not there yet."""


def a_day_before(world: World) -> None:
    """An agent with something in every tier."""
    memory = world.memory()
    world.hear(world.fresh("good morning"), memory)
    world.edit(world.fresh("likes"), memory)
    world.insert(world.fresh("bees"), memory)
    memory.archival.close()


def of_schema_0001(world: World) -> None:
    """A home as the first version left it: made by the first migration, filled by hand."""
    import sqlite3

    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    import memgpt_autogen.memory.storage.migrations as place

    world.home.mkdir()
    config = Config()
    config.set_main_option("script_location", str(Path(place.__file__).parent))
    with create_engine(f"sqlite:///{world.home / 'memory.db'}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    time = "2026-03-01T12:00:00.000000"
    with sqlite3.connect(world.home / "memory.db") as old:
        old.execute("INSERT INTO agents(id, name, created_at) VALUES ('a', 'sam', ?)", (time,))
        rows = [("system", None, "edit", "persona", '{"extra": {"before": null, "after": "I am sam."}}')]
        rows += [("system", None, "edit", "human", '{"extra": {"before": null, "after": ""}}')]
        heard = [world.fresh("long ago") for _ in range(20)]
        rows += [("user", text, "message", "boss", "{}") for text in heard]
        for seq, (role, spoken, kind, name, payload) in enumerate(rows, 1):
            old.execute(
                "INSERT INTO entries(agent_id, seq, kind, role, name, text, spoken, payload, created_at) "
                "VALUES ('a', ?, ?, ?, ?, ?, ?, ?, ?)",
                (seq, kind, role, name, spoken or "", spoken, payload, time),
            )
        for number, (label, value) in enumerate((("persona", "I am sam."), ("human", ""))):
            old.execute("INSERT INTO blocks VALUES (?, ?, ?, 2000, '', 0, ?)", (label, label, value, time))
            old.execute("INSERT INTO attachments VALUES ('a', ?, ?, 0)", (label, number))
        old.execute("INSERT INTO summaries VALUES (1, 'a', 10, 'They talked.', 'model', ?)", (time,))
    for text in heard:
        world.done("heard", text)


@scenario()
def a_turn(world: World) -> None:
    """Every tool that writes, both searches, an answer."""
    memory = world.memory()
    if len(memory.core["human"].value) > 1500:
        memory.core.set("human", "")
    fact, bees = world.fresh("tea"), world.fresh("bees")
    steps = [
        says("note it", call("core_memory_append", label="human", content=fact, request_heartbeat=True)),
        says("keep it", call("archival_memory_insert", content=bees, request_heartbeat=True)),
        says("", call("conversation_search", query="tea", request_heartbeat=True)),
        says("", call("archival_memory_search", query="bees", request_heartbeat=True)),
    ]
    world.random.shuffle(steps)
    answer = says("", call("send_message", message=world.fresh("noted")))
    world.turn(world.loop(*steps, answer, memory=memory), Message.said_by("boss", world.fresh("hello")))


@scenario()
def a_chat(world: World) -> None:
    """AutoGen's chat of two: what `receive` took is kept, what was answered is kept."""
    from autogen_support import agent, person

    said = world.fresh("noted")
    sam = agent(
        "sam",
        says("", call("send_message", message=said)),
        home=world.home,
    )
    boss, hello = person("boss"), world.fresh("hello")
    world.begun("heard", hello)
    sam.receive({"role": "user", "content": hello}, boss, request_reply=False, silent=True)
    world.done("heard", hello)
    sam.send(sam.generate_reply(sender=boss), boss, request_reply=False, silent=True)
    world.done("said", said)
    own = world.fresh("by hand")
    world.begun("said", own)
    sam.send(own, boss, request_reply=False, silent=True)
    world.done("said", own)


@scenario()
def an_eviction(world: World) -> None:
    """A warning, a summary in several folds, and the turn that made them needed."""

    def model(request: Request) -> Any:
        if not request.tools:
            return says("They counted " + "and counted " * 20)
        return says("", call("send_message", message=world.fresh("on")))

    memory = world.memory()
    loop = world.loop(otherwise=model, memory=memory, window_tokens=2000)
    for _ in range(3):
        world.turn(loop, Message.said_by("boss", world.fresh("one two three " * 150)))


@scenario(prepare=nothing, again=False)
def a_new_home(world: World) -> None:
    world.hear(world.fresh("hello"), world.memory())


@scenario(prepare=of_schema_0001, again=False)
def a_migration(world: World) -> None:
    world.hear(world.fresh("hello"), world.memory())


@scenario(again=False)
def an_attach(world: World) -> None:
    """Many passages in batches, and a document of many parts."""
    memory = world.memory()
    texts = [world.fresh("bees") for _ in range(600)]
    texts.append("\n\n".join(world.fresh("a paragraph about bees " * 30) for _ in range(20)))
    for text in texts:
        world.begun("passage", text)
    memory.archival.insert_many([Draft(text) for text in texts])
    for text in texts:
        world.done("passage", text)


@scenario(again=False)
def an_archive_emptied_and_filled(world: World) -> None:
    """The folder of an archive goes with its last passage, and comes with the next."""
    memory = world.memory()
    for passage in memory.archival.list().items:
        world.begun("passage deleted", passage.text)
        memory.archival.delete(passage.id)
        world.done("passage deleted", passage.text)
    world.insert(world.fresh("wasps"), memory)


@scenario(prepare=nothing, again=False)
def a_first_passage(world: World) -> None:
    world.insert(world.fresh("bees"), world.memory())


@scenario()
def a_shared_block(world: World) -> None:
    """One edit, written into the logs of all who share the block."""
    memories = [world.memory(name, blocks=[SHARED]) for name in ("sam", "tom", "ann")]
    for memory in memories:
        text = world.fresh("we know")
        for each in memories:
            world.begun("edit", text, each.name)
        memory.core.edit(
            "team",
            lambda block, text=text: block.append(text) if len(block.value) < 19_000 else block.rewrite(text),
        )  # type: ignore[misc]
        for each in memories:
            world.done("edit", text, each.name)


@scenario(again=False)
def a_reset(world: World) -> None:
    memory = world.memory()
    world.begun("reset", "")
    memory.reset()
    world.done("reset", "")
    world.hear(world.fresh("hello again"), memory)


@scenario()
def taking_back(world: World) -> None:
    """What was said, thought and edited goes, comes back, and gets other words."""
    memory = world.memory()
    hello, word = world.fresh("hello"), world.fresh("other words")
    loop = world.loop(
        says("a thought", call("send_message", message="first words")),
        says(
            "", call("core_memory_append", label="human", content="tea"), call("send_message", message="no")
        ),
        says("", call("send_message", message="yes")),
        memory=memory,
    )
    memory.core.set("human", "")
    world.begun("heard", hello)
    list(loop.run([Message.said_by("boss", hello)]))
    world.done("heard", hello)
    world.begun("said", word)
    memory.rewrite(word)
    world.done("said", word)
    memory.rethink("a better thought")
    memory.undo(2)
    memory.redo(2)
    list(loop.run([Message.said_by("boss", "and now?")]))
    list(loop.retry())
    memory.core.edit("human", lambda block: block.append("cake"))
    memory.undo()
    memory.pop(2)
    memory.undo()


@scenario()
def a_compaction(world: World) -> None:
    """An eviction that was asked for."""
    memory = world.memory()
    for _ in range(4):
        world.hear(world.fresh("one two three " * 20), memory)
    list(world.loop(says("They counted."), memory=memory).compact())


@scenario()
def a_purge(world: World) -> None:
    """Some passages go, and the files are written anew."""
    memory = world.memory()
    for word in ("wasps", "hornets"):
        world.insert(world.fresh(word), memory)
    for record in memory.archival.dump():  # a page has too few after a hundred lives
        if "wasps" in record["text"]:
            world.begun("passage deleted", record["text"])
    for passage in memory.archival.delete_where(text="wasps", purge=True):
        world.done("passage deleted", passage.text)


def a_turn_cut_off(world: World) -> None:
    """A process that died in a turn, with a lease that lasts for an hour."""
    a_day_before(world)
    loop = world.loop(memory=world.memory(), lease_seconds=3600.0)
    turn = iter(loop.run([Message.said_by("boss", "are you there?")]))
    next(turn)
    _cut_off.append(turn)


_cut_off: list[object] = []
"""Turns that nobody ends, not even by forgetting them."""


@scenario(prepare=a_turn_cut_off, again=False)
def a_turn_taken_over(world: World) -> None:
    memory = world.memory()
    loop = world.loop(says("", call("send_message", message=world.fresh("here"))), memory=memory)
    world.turn(loop, Message.said_by("boss", world.fresh("hello?")))


@scenario(again=False)
def a_fork(world: World) -> None:
    memory = world.memory()
    world.begun("copy", "sam", "twin")
    memory.fork("twin")
    world.done("copy", "sam", "twin")


def a_bundle(world: World) -> None:
    """An agent with something in every tier, and the same in a file."""
    a_day_before(world)
    bundles_of(world.home).mkdir()
    world.memory().export(bundles_of(world.home) / "sam.zip")
    world.begun("copy", "sam", "tom")


@scenario(prepare=a_bundle, again=False, resumed=True)
def an_export(world: World) -> None:
    """In the place of one that is there; what a killed one left goes with the next."""
    world.memory().export(bundles_of(world.home) / "sam.zip")
    left = [file.name for file in bundles_of(world.home).iterdir()]
    assert left == ["sam.zip"], left


@scenario(prepare=a_bundle, again=False, resumed=True)
def an_import(world: World) -> None:
    settings = Settings.load(home=world.home)
    if "tom" in agent_names(settings):
        return
    import_memory(bundles_of(world.home) / "sam.zip", "tom", settings)
    world.done("copy", "sam", "tom")


def a_saved_home(world: World) -> None:
    """An agent with something in every tier, and a backup of it."""
    a_day_before(world)
    bundles_of(world.home).mkdir()
    back_up(Settings.load(home=world.home), bundles_of(world.home) / "home.backup")


@scenario(prepare=a_saved_home, again=False, resumed=True)
def a_backup(world: World) -> None:
    """In the place of one that is there; what a killed one left goes with the next."""
    back_up(Settings.load(home=world.home), bundles_of(world.home) / "home.backup", replace=True)
    left = [file.name for file in bundles_of(world.home).iterdir()]
    assert left == ["home.backup"], left


def a_lost_home(world: World) -> None:
    a_saved_home(world)
    shutil.rmtree(world.home)
    world.home.mkdir()


@scenario(prepare=a_lost_home, again=False, resumed=True)
def a_restore(world: World) -> None:
    settings = Settings.load(home=world.home)
    if agent_names(settings) and not moved_away(settings):
        return
    assert restore_home(settings, bundles_of(world.home) / "home.backup").trouble == ()


def a_later_home(world: World) -> None:
    """A home that went on after its backup, so that a restore takes that back."""
    a_saved_home(world)
    memory = world.memory()
    world.begun("heard", "later")
    memory.log.append(Message.said_by("boss", "later"))
    world.begun("passage", "later")
    memory.archival.insert("later")
    memory.archival.close()


@scenario(prepare=a_later_home, again=False, resumed=True)
def a_forced_restore(world: World) -> None:
    """Of a home that has something already: the old state, or the same restore run again."""
    settings = Settings.load(home=world.home)
    world.begun("reset", "")  # what was said since the backup may be there or not
    restored = restore_home(settings, bundles_of(world.home) / "home.backup", force=True)
    assert restored.trouble == ()
    assert moved_away(settings) is None
    memory = world.memory()
    said = [entry.message.text.rpartition(" ")[0] for entry in memory.log.everything() if entry.message.text]
    assert said == ["good morning"], said
    assert [passage.text.rpartition(" ")[0] for passage in memory.archival.list().items] == ["bees"]
    memory.archival.close()


SECRET = "the locker code is zebra-4711-quagga"


def a_secret(world: World) -> None:
    """Told, kept in a block and the archive, answered, summed up, drawn, and kept by a repair."""
    a_day_before(world)
    memory = world.memory()
    memory.core.set("human", f"Ben likes tea. {SECRET.capitalize()}. Ben is kind.")
    loop = world.loop(
        says(f"So {SECRET}.", call("archival_memory_insert", content=SECRET, request_heartbeat=True)),
        says("", call("archival_memory_search", query="locker", request_heartbeat=True)),
        says("", call("send_message", message=f"I see: {SECRET}.")),
        memory=memory,
    )
    list(loop.run([Message.said_by("ben", f"Ben says {SECRET}.")]))
    memory.queue.evict(memory.log.last_seq(), f"They met. Ben said {SECRET}.", "extract")
    drawing = base64.b64encode(f"<svg><text>{SECRET}</text></svg>".encode()).decode()
    content = [{"type": "image_url", "image_url": {"url": f"data:image/svg+xml;base64,{drawing}"}}]
    memory.log.append(Message.said_by("ben", "A drawing.", content=content))
    world.begun("passage", SECRET)
    memory.archival.repair()  # keeps the folder that was there
    memory.archival.close()


@scenario(prepare=a_secret, again=False, resumed=True)
def a_forgetting(world: World) -> None:
    """Run again, it completes, and then nothing is in any byte of the home."""
    memory = world.memory()
    assert memory.forget(query=SECRET, blocks=True).scrubbed
    assert "Ben likes tea." in memory.core["human"].value
    memory.archival.close()
    memory.log.database.close()
    assert_clean(world.home, [SECRET])


@scenario(prepare=a_secret, again=False, resumed=True)
def a_removal(world: World) -> None:
    """Run again, it completes, and then nothing is in any byte of the home."""
    memory = world.memory()
    world.begun("reset", "")
    memory.remove()
    world.done("reset", "")
    memory.log.database.close()
    assert_clean(world.home, [SECRET])


@scenario(prepare=a_secret, again=False, resumed=True)
def a_reset_run_again(world: World) -> None:
    """As a removal, and the agent is still there."""
    memory = world.memory()
    world.begun("reset", "")
    memory.reset()
    world.done("reset", "")
    memory.log.database.close()
    assert_clean(world.home, [SECRET])


def a_secret_passage(world: World) -> None:
    a_day_before(world)
    memory = world.memory()
    for number in range(3):
        world.insert(f"{SECRET}, number {number}", memory)
    memory.archival.close()


@scenario(prepare=a_secret_passage, again=False, resumed=True)
def a_clearing(world: World) -> None:
    """Of the archive alone."""
    memory = world.memory()
    passages = memory.archival.list(page_size=100).items
    for passage in passages:
        world.begun("passage deleted", passage.text)
    memory.archival.clear()
    for passage in passages:
        world.done("passage deleted", passage.text)
    memory.archival.close()
    assert_clean(world.home, [SECRET])


def a_filled_archive(world: World) -> None:
    a_day_before(world)
    memory = world.memory()
    texts = [world.fresh("bees") for _ in range(300)]
    for text in texts:
        world.begun("passage", text)
    memory.archival.insert_many([Draft(text) for text in texts])
    for text in texts:
        world.done("passage", text)
    memory.archival.close()


@scenario(prepare=a_filled_archive, again=False, resumed=True)
def a_reembedding(world: World) -> None:
    """Into the space of an embedder; a killed one goes on where it ended."""
    memory = world.memory(embedder=HashingEmbedder())
    memory.archival.reembed()
    assert memory.archival.search("bees").total
    assert memory.archival.check().sound
    memory.archival.close()


@scenario()
def steady_work(world: World) -> None:
    """Until the clock outside ends it."""
    memory = world.memory()
    while True:
        world.hear(world.fresh("hello"), memory)
        world.edit(world.fresh("likes"), memory)
        world.insert(world.fresh("bees"), memory)
        a_turn(world)


def copied(template: Path, home: Path) -> None:
    """A home and its ledger as `prepare` made them."""
    if template.exists():
        shutil.copytree(template, home)
    if bundles_of(template).exists():
        shutil.copytree(bundles_of(template), bundles_of(home))
    shutil.copyfile(ledger_of(template), ledger_of(home))


def removed(home: Path) -> None:
    """All that `copied` made."""
    for folder in (home, bundles_of(home)):
        shutil.rmtree(folder, ignore_errors=True)
