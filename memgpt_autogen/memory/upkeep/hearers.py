"""Find the other agents of a home that have what one agent forgets. Each has to forget for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import entries_of
from memgpt_autogen.memory.storage.tables import (
    agents,
    attachments,
    blocks,
    entries,
    source_sections,
    sources,
    summaries,
)
from memgpt_autogen.messages import Message

BATCH = 1000
"""How many entries are read at once."""


@dataclass(frozen=True, slots=True)
class Hearers:
    """Other agents, by name."""

    places: Mapping[str, int]
    """In how many log entries, own blocks, summaries, and names and headings of documents each has it."""
    forks: tuple[str, ...]
    """The forks of the agent."""


def find_hearers(
    database: Database,
    connection: Connection,
    agent_id: str,
    *,
    in_message: Callable[[str, Message], bool],
    in_text: Callable[[str], bool],
) -> Hearers:
    """Read the logs, blocks and summaries of all other agents of the same owner.

    `in_message` gets the name of the agent and an entry of its log, `in_text` the text of a block or a
    summary.
    """
    mine = owned(agents, database)
    names = {row.id: row.name for row in connection.execute(select(agents.c.id, agents.c.name).where(mine))}
    own = names.pop(agent_id, None)
    places: Counter[str] = Counter()
    edits: Counter[str] = Counter()  # the history of blocks counts only where nothing else has it
    forks = set()
    for holder, message in _messages(database, connection, agent_id) if names else ():
        name = names.get(holder)
        if name is None or message.kind == "removed":
            continue
        if message.kind != "change":
            counted = edits if message.kind == "edit" else places
            counted[name] += in_message(name, message)
        elif message.extra.get("what") == "fork" and message.extra.get("source") == own:
            forks.add(name)
    for holder, text in _texts(connection):
        if holder in names:
            places[names[holder]] += in_text(text)
    places.update({name: count for name, count in edits.items() if not places[name]})
    return Hearers(dict(sorted((+places).items())), tuple(sorted(forks)))


def _messages(database: Database, connection: Connection, agent_id: str) -> Iterator[tuple[str, Message]]:
    """Yield the messages in the logs of the owner's other agents, with the ids of the agents."""
    after = 0
    others = select(agents.c.id).where(owned(agents, database), agents.c.id != agent_id)
    while True:
        batch = select(entries).where(entries.c.id > after, entries.c.agent_id.in_(others))
        rows = connection.execute(batch.order_by(entries.c.id).limit(BATCH)).all()
        for row, entry in zip(rows, entries_of(rows), strict=True):
            yield row.agent_id, entry.message
        if len(rows) < BATCH:
            return
        after = rows[-1].id


def _texts(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield the texts that are an agent's own, with the ids of their agents.

    These are the blocks that are not shared, the summaries, and the names and headings of its documents.
    """
    text = blocks.c.value + "\n" + blocks.c.description
    held = select(attachments.c.agent_id, text).join(blocks, blocks.c.id == attachments.c.block_id)
    headings = (
        select(sources.c.archive_id, source_sections.c.heading)
        .join(source_sections, source_sections.c.source_id == sources.c.id)
        .where(source_sections.c.heading.is_not(None))
    )
    for query in (
        held.where(~blocks.c.shared),
        select(summaries.c.agent_id, summaries.c.text),
        select(sources.c.archive_id, sources.c.name),  # an archive of one agent has the id of the agent
        headings,
    ):
        yield from ((row[0], row[1]) for row in connection.execute(query))
