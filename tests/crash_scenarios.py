"""What agents do when they are killed: one small function for each scenario. To add one, write it and mark it."""

from __future__ import annotations

import gc
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crash_points import WritePoints
from crash_server import Life
from crash_world import SHARED, World, ledger_of, problems

from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import call, says
from memgpt_autogen.testing.scripted import Request


@dataclass(frozen=True, slots=True)
class Scenario:
    act: Callable[[World], None]
    prepare: Callable[[World], None]
    again: bool
    """Whether it can be played in one home many times; else each life gets a new copy of what `prepare` made."""


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    *, prepare: Callable[[World], None] | None = None, again: bool = True
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    def mark(act: Callable[[World], None]) -> Callable[[World], None]:
        SCENARIOS[act.__name__] = Scenario(act, prepare or a_day_before, again)
        return act

    return mark


def live(life: Life, tell: Callable[[str, Any], None]) -> None:
    """Check what the lives before left behind, then play the scenario until the end that the life is to have."""
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
    """Import and warm up all that a life needs, so that a life begins at once; nothing that would start a thread."""
    import autogen_support  # noqa: F401

    import memgpt_autogen.memory.index_edge  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "home")
        world.hear("hello", world.memory())
        assert problems(world) == []
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

    import memgpt_autogen.memory.migrations as place

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
    loop = world.loop(otherwise=model, memory=memory, window_tokens=4096)
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
    shutil.copyfile(ledger_of(template), ledger_of(home))
