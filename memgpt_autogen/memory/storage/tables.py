"""The tables of an agent's memory, and how they store a time (SQLAlchemy Core)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone

import sqlalchemy as sa

HEAD = "0009"
"""The newest migration. A database that has it is opened without Alembic."""

LARGEST = 2**31 - 1
"""The largest number in a column of PostgreSQL. No entry, page or passage has a larger one."""

metadata = sa.MetaData()

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("paused_until", sa.String(32)),
)

blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("char_limit", sa.Integer, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("updated_at", sa.String(32), nullable=False),
)

attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("block_id", sa.ForeignKey("blocks.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("read_only", sa.Boolean, nullable=False),
)

archives = sa.Table(
    "archives",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("spoken", sa.Text),
    sa.Column("searched", sa.Text),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("place", sa.Integer),
    sa.UniqueConstraint("agent_id", "seq"),
)
"""`searched` is the form of `spoken` that is searched, where that differs in more than its capitals.

`place` counts the entries that someone said. After a pause it grows by more, to separate conversations.
"""

sa.Index("entries_times", entries.c.agent_id, entries.c.created_at)
sa.Index("entries_places", entries.c.agent_id, entries.c.place, unique=True)
# SQLite uses a partial index only if its condition is written like the query's
sa.Index(
    "entries_hidden",
    entries.c.agent_id,
    entries.c.place,
    sqlite_where=sa.text("hidden = 1"),
    postgresql_where=sa.text("hidden"),
)
NOT_IMPORTED = "kind <> 'imported'"
"""The condition for entries that are not from imported chats, as the index needs it."""

sa.Index(
    "entries_not_imported",
    entries.c.agent_id,
    entries.c.seq,
    sqlite_where=sa.text(NOT_IMPORTED),
    postgresql_where=sa.text(NOT_IMPORTED),
)

summaries = sa.Table(
    "summaries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("through_seq", sa.Integer, nullable=False),
    sa.Column("at_seq", sa.Integer, nullable=False, server_default="0"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("token", sa.String(36), nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("since", sa.String(32), nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("archive_id", sa.String(36), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("digest", sa.String(64)),
    sa.Column("loading", sa.String(64)),
    sa.Column("passages", sa.Integer, nullable=False),
    sa.Column("sections", sa.Integer, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("characters", sa.BigInteger, nullable=False),
    sa.Column("attached_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("archive_id", "name"),
)
"""A catalogue of the documents in archives. It can be rebuilt from the passages.

`digest` belongs to the content that is stored completely, `loading` to content that is being loaded. The
counts are those of the former.
"""

sa.Index("sources_digests", sources.c.archive_id, sources.c.digest)

source_sections = sa.Table(
    "source_sections",
    metadata,
    sa.Column("source_id", sa.ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("page", sa.Integer),
    sa.Column("heading", sa.Text),
    sa.Column("first", sa.Integer, nullable=False),
    sa.Column("passages", sa.Integer, nullable=False),
    sa.Column("characters", sa.BigInteger, nullable=False),
    sa.Column("stored", sa.Boolean, nullable=False),
)
"""A row is written before its passages, and is `stored` after them. `first` is the first passage's number."""

sa.Index(
    "source_sections_first", source_sections.c.source_id, source_sections.c.digest, source_sections.c.first
)

news = sa.Table(
    "news",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("archive_id", sa.String(36), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("what", sa.String(16), nullable=False),
    sa.UniqueConstraint("archive_id", "name"),
    sqlite_autoincrement=True,
)
"""The last change of a source: `came`, `changed` or `gone`. An `id` is never used twice."""

readings = sa.Table(
    "readings",
    metadata,
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("archive_id", sa.String(36), primary_key=True),
    sa.Column("attached", sa.Boolean, nullable=False),
    sa.Column("seen", sa.Integer, nullable=False),
)
"""The archives that an agent reads besides its own (`attached`), and the newest news it has seen of each."""

home = sa.Table(
    "home",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(36), nullable=False),
)
"""One row: the id of the home, which its archives on a Qdrant server are marked with."""

holdings = sa.Table(
    "holdings",
    metadata,
    sa.Column("archive_id", sa.String(80), primary_key=True),
    sa.Column("server", sa.Text, nullable=False),
    sa.Column("passages", sa.Integer, nullable=False),
)
"""How many passages an archive on a Qdrant server had when it was last used, and which server."""

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("archive_id", sa.String(80), nullable=False, index=True),
    sa.Column("passage_id", sa.String(36), nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("claimed_until", sa.String(32)),
    sqlite_autoincrement=True,
)
"""Passages that wait for the server of their archive, in order; `payload` is the passage."""


served_windows = sa.Table(
    "served_windows",
    metadata,
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("endpoint", sa.Text, primary_key=True),
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("believed_tokens", sa.Integer, nullable=False),
    sa.Column("window_tokens", sa.Integer, nullable=False),
    sa.Column("learned_at", sa.String(32), nullable=False),
)
"""What an agent has learned of endpoints that serve less than was `believed`."""


def to_column(time: datetime) -> str:
    """Return a time as the tables store it: UTC with microseconds, so that text order is time order."""
    with suppress(OverflowError):  # the first or last day of the calendar, which means "always"
        time = time.astimezone(timezone.utc)
    return time.replace(tzinfo=None).isoformat(timespec="microseconds")


def from_column(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=timezone.utc)
