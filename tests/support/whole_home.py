"""A home with something of everything, and all that it has, to be compared after a move or a restore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from finding import holding
from sqlalchemy import select

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home import agent_names
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.accounts.grants import add_grant
from memgpt_autogen.memory.storage.accounts.templates import put_template
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.tables import metadata
from memgpt_autogen.messages import Message
from memgpt_autogen.service import people
from memgpt_autogen.settings import Settings


def fill(settings: Settings, tmp_path: Path) -> None:
    plan = Block("plan", "The release is on 21 May.", shared=True)
    for name in ("sam", "kim"):
        memory = open_memory(name, settings, human="Ada: engineer", blocks=[plan])
        memory.log.append(Message.said_by("ada", f"I like green tea, {name}. \0 \ud800"))
        memory.log.append(*(Message.said_by("ben", f"cake {number}") for number in range(30)))
        memory.core.edit("human", lambda block: block.append("likes tea"))
        memory.queue.evict(3, "Ada said hello.", "model")
        memory.archival.insert("The heron lamp stands in the hall.", tags=["home"], source="tour")
        memory.undo()
    document = tmp_path / "plan.md"
    document.write_text("".join(f"# Part {number}\n\nTask {number} is done.\n\n" for number in range(40)))
    memory.attach(document)
    team = open_memory("lee", settings, archive="team")
    team.archival.insert("The team meets on Mondays.")
    memory.readable.attach("team")


def state(settings: Settings) -> list[object]:
    """All that the agents of a home remember."""
    found: list[object] = [agent_names(settings)]
    for name in ("sam", "kim", "lee"):
        memory = open_memory(name, settings, archive="team" if name == "lee" else None)
        found += [memory.log.everything(), list(memory.core), memory.queue.summaries(), memory.compile()]
        found += [
            list(memory.archival.dump()),
            list(memory.readable),
            holding(memory, "tea"),
            memory.check().sound,
        ]
        close(memory)
    return found


def close(memory: MemoryHierarchy) -> None:
    memory.archival.close()


def add_people(settings: Settings) -> str:
    """Add a user with an agent, a key, a template, a grant, a run and an audit; return the key."""
    ada = people.create_user(settings, "ada")
    open_memory("sam", settings.model_copy(update={"owner": ada.id})).archival.insert("Ada lives in Lisbon.")
    key = people.create_key(settings, "ada", "phone", scopes=("read", "talk"))
    database = open_home_database(settings)
    add_grant(database, "archive", "team", ada.id)
    hers = database.owned_by(ada.id)
    put_template(hers, "persona", "kind", "I am kind.")
    sam = open_memory("sam", settings.model_copy(update={"owner": ada.id}))
    Runs(hers).create(NewRun(sam.log.agent_id, run_input({"text": "I live in Lisbon."}), key_id=key.key.id))
    people.note(settings, "create", "key", target_id=key.key.id, name="phone")
    return key.text


def rows(settings: Settings) -> dict[str, list[Any]]:
    """Return all rows of the home's database, without what depends on where it is and on who runs."""
    with open_home_database(settings).reading() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
            if table.name not in ("home", "leases", "holdings")
        }
