"""Every place of a home where words can be: the one list for forgetting, for its report, and for its tests.

A new table, column or folder needs a line here, and forgetting has to reach it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, and_, or_, select

from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.tables import (
    HOME,
    agents,
    archives,
    attachments,
    blocks,
    keys,
    readings,
    templates,
    users,
)

Care = Literal["cut", "index", "name", "code", "mine"]
"""What forgetting does in a place.

- `cut`: the words are deleted there
- `index`: it follows from other places, and is made again or emptied
- `name`: a name that others refer to; it stays, and the report counts it
- `code`: ids, times and fixed words of this package; nobody writes there
- `mine`: the user's own file or template; it stays, and the report counts it
"""

COLUMNS: Mapping[str, Care] = {
    "agents.id": "code",
    "agents.name": "name",
    "agents.created_at": "code",
    "agents.owner_id": "code",
    "agents.paused_until": "code",
    "archives.id": "code",
    "archives.name": "name",
    "archives.owner_id": "code",
    "attachments.agent_id": "code",
    "attachments.block_id": "code",
    "audit.action": "code",
    "audit.detail": "cut",
    "audit.key_id": "code",
    "audit.name": "cut",
    "audit.owner_id": "code",
    "audit.target_id": "code",
    "audit.time": "code",
    "audit.what": "code",
    "blocks.id": "code",
    "blocks.label": "name",
    "blocks.value": "cut",
    "blocks.description": "cut",
    "blocks.owner_id": "code",
    "blocks.updated_at": "code",
    "chores.name": "code",
    "entries.agent_id": "code",
    "entries.kind": "code",
    "entries.role": "code",
    "entries.name": "cut",  # the label of a block, in an entry about it, stays with the block
    "entries.text": "cut",
    "entries.spoken": "cut",
    "entries.searched": "cut",
    "entries.payload": "cut",
    "entries.created_at": "code",
    "entries.group_id": "code",
    "entries.words": "index",  # on PostgreSQL
    "entries_words.spoken": "index",  # on SQLite
    "entries_words.entries_words": "index",
    "entries_words_text.spoken": "index",
    "grants.created_at": "code",
    "grants.id": "code",
    "grants.may": "code",
    "grants.user_id": "code",
    "grants.what": "code",
    "group_members.agent_id": "code",
    "group_members.group_id": "code",
    "group_members.joined_at": "code",
    "group_members.name": "name",
    "groups.created_at": "code",
    "groups.digest": "code",
    "groups.ended_at": "code",
    "groups.holder": "code",
    "groups.id": "code",
    "groups.owner_id": "code",
    "groups.token": "code",
    "holdings.archive_id": "code",
    "holdings.server": "code",
    "home.id": "code",
    "keys.agents": "code",
    "keys.clients": "code",
    "keys.created_at": "code",
    "keys.digest": "code",
    "keys.expires_at": "code",
    "keys.id": "code",
    "keys.name": "name",
    "keys.owner_id": "code",
    "keys.revoked_at": "code",
    "keys.scopes": "code",
    "keys.session_of": "code",
    "keys.shown": "code",
    "keys.used_at": "code",
    "jobs.id": "code",
    "jobs.owner_id": "code",
    "jobs.agent_id": "code",
    "jobs.kind": "code",
    "jobs.what": "cut",
    "jobs.state": "code",
    "jobs.result": "cut",
    "jobs.error": "cut",
    "jobs.created_at": "code",
    "jobs.ended_at": "code",
    "jobs.worker": "code",
    "leases.agent_id": "code",
    "leases.token": "code",
    "leases.holder": "code",
    "leases.since": "code",
    "limits.id": "code",
    "limits.what": "code",
    # of the admin, and of the server that is named there; agents write nothing there
    "mcp_servers.id": "code",
    "mcp_servers.name": "code",
    "mcp_servers.user_id": "code",
    "mcp_servers.agents": "code",
    "mcp_servers.place": "code",
    "mcp_servers.tools": "code",
    "mcp_servers.version": "code",
    "mcp_servers.created_at": "code",
    "mcp_servers.checked_at": "code",
    "news.archive_id": "code",
    "news.name": "cut",
    "news.what": "code",
    "outbox.archive_id": "code",
    "outbox.passage_id": "code",
    "outbox.payload": "cut",
    "outbox.claimed_until": "code",
    "readings.agent_id": "code",
    "readings.archive_id": "code",
    "run_events.run_id": "code",
    "run_events.kind": "code",
    "run_events.data": "cut",
    "run_events.time": "code",
    "runs.id": "code",
    "runs.owner_id": "code",
    "runs.agent_id": "code",
    "runs.key_id": "code",
    "runs.state": "code",
    "runs.stop_reason": "code",
    "runs.input": "cut",
    "runs.on_disconnect": "code",
    "runs.idempotency": "code",
    "runs.digest": "code",
    "runs.created_at": "code",
    "runs.started_at": "code",
    "runs.ended_at": "code",
    "runs.worker": "code",
    "runs.model": "code",
    "runs.results": "cut",
    "runs.error": "cut",
    "runs.trace": "code",
    "runs.answered": "code",
    # a search is deleted as a whole
    "saved_searches.id": "code",
    "saved_searches.agent_id": "code",
    "saved_searches.request": "cut",
    "saved_searches.tier": "code",
    "saved_searches.hit": "cut",
    "saved_searches.created_at": "code",
    "served_windows.agent_id": "code",
    "served_windows.endpoint": "code",
    "served_windows.model": "code",
    "served_windows.learned_at": "code",
    "source_sections.source_id": "code",
    "source_sections.digest": "code",
    "source_sections.heading": "cut",
    "sources.id": "code",
    "sources.archive_id": "code",
    "sources.name": "cut",
    "sources.origin": "cut",
    "sources.kind": "code",
    "sources.digest": "code",
    "sources.loading": "code",
    "sources.attached_at": "code",
    "summaries.agent_id": "code",
    "summaries.text": "cut",
    "summaries.source": "code",
    "summaries.created_at": "code",
    "summaries.cause": "code",
    "templates.created_at": "code",
    "templates.id": "code",
    "templates.kind": "code",
    "templates.name": "name",
    "templates.owner_id": "code",
    "templates.text": "mine",
    "templates.updated_at": "code",
    "usage.agent_id": "code",
    "usage.key_id": "code",
    "usage.model": "code",
    "usage.owner_id": "code",
    "usage.time": "code",
    "users.created_at": "code",
    "users.id": "code",
    "users.name": "name",
    "users.password": "code",
    "users.role": "code",
    "users.suspended_at": "code",
    "alembic_version.version_num": "code",
}
"""All columns with texts, as `table.column`; in these all JSON that they contain."""

PAYLOAD: Mapping[str, Care] = {
    "archive": "code",
    "text": "cut",
    "gap": "code",
    "tags": "cut",
    "source": "cut",
    "created_at": "code",
    "parent": "code",
    "part": "code",
    "parts": "code",
    "terms": "index",
    "model": "code",
    "dimension": "code",
    "superseded_by": "code",
    "replaces": "code",
    "replaced_by": "code",
    "edition": "code",
    "place": "cut",
    "through": "code",
    "form": "code",
    "home": "code",  # of the mark of an archive on a server
}
"""The fields of a passage in an archive, and of a turn in the index of recall."""

FILES: Mapping[str, Care] = {
    "memory.db": "cut",
    "memory.db-wal": "cut",
    "memory.db-shm": "index",
    "memory.lock": "code",
    "archives/*": "cut",
    "archives/*.damaged-*": "cut",  # nobody can search it, so all of it is deleted
    "archives/.*": "cut",  # copies that a killed process left
    "archives/*.lock": "code",
    "archives/*.holder": "code",
    "archives/*.wanted": "code",
    "images/*": "cut",
    "images/.leaving-*": "code",
    "settings.toml": "mine",
    "personas/*.txt": "mine",
    "humans/*.txt": "mine",
}
"""All files and folders of a home."""


def files_of_the_user(home: Path) -> Iterator[str]:
    """Yield the texts of the files in a home that are the user's own, as far as they can be read."""
    for pattern in (pattern for pattern, care in FILES.items() if care == "mine"):
        for file in home.glob(pattern):
            with suppress(OSError):
                yield file.read_text("utf-8", "replace")


def names_used_by(
    database: Database, connection: Connection, agent_id: str, archive_id: str
) -> Iterator[tuple[str, str]]:
    """Yield the names that an agent and its owner use, each with the kind of place that it is in.

    The owner's templates are there too. `archive_id` is the archive that the agent writes to.
    """
    own_blocks = select(attachments.c.block_id).where(attachments.c.agent_id == agent_id)
    read = select(readings.c.archive_id).where(and_(readings.c.agent_id == agent_id, readings.c.attached))
    queries = {  # of the columns whose care is `name`
        "agent's name": select(agents.c.name).where(agents.c.id == agent_id),
        "archive's name": select(archives.c.name).where(
            or_(archives.c.id.in_(read), archives.c.id == archive_id)
        ),
        "block's label": select(blocks.c.label).where(blocks.c.id.in_(own_blocks)),
        "user's name": select(users.c.name).where(users.c.id == database.owner, users.c.id != HOME),
        "key's name": select(keys.c.name).where(owned(keys, database)),
        "template's name": select(templates.c.name).where(owned(templates, database)),
        "template of yours": select(templates.c.text).where(owned(templates, database)),  # `mine`
    }
    for kind, query in queries.items():
        yield from ((kind, str(name)) for name in connection.scalars(query))
