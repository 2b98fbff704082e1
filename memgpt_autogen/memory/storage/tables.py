"""The tables of an agent's memory, and how they store a time (SQLAlchemy Core)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

HEAD = "0004"
"""The newest migration. A database that has it is opened without Alembic."""

metadata = MetaData()

agents = Table(
    "agents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", String(32), nullable=False),
    Column("paused_until", String(32)),
)

blocks = Table(
    "blocks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("label", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("char_limit", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("updated_at", String(32), nullable=False),
)

attachments = Table(
    "attachments",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("block_id", ForeignKey("blocks.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("read_only", Boolean, nullable=False),
)

archives = Table(
    "archives",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("role", String(16), nullable=False),
    Column("name", Text),
    Column("text", Text, nullable=False),
    Column("spoken", Text),
    Column("payload", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    Column("place", Integer),
    UniqueConstraint("agent_id", "seq"),
)
"""`place` counts the entries that someone said. After a pause it grows by more, to separate conversations."""

Index("entries_times", entries.c.agent_id, entries.c.created_at)
Index("entries_places", entries.c.agent_id, entries.c.place, unique=True)
# SQLite uses a partial index only if its condition is written like the query's
Index(
    "entries_hidden",
    entries.c.agent_id,
    entries.c.place,
    sqlite_where=text("hidden = 1"),
    postgresql_where=text("hidden"),
)

summaries = Table(
    "summaries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("through_seq", Integer, nullable=False),
    Column("at_seq", Integer, nullable=False, server_default="0"),
    Column("text", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("created_at", String(32), nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("token", String(36), nullable=False),
    Column("holder", Text, nullable=False),
    Column("since", String(32), nullable=False),
    Column("until", Float, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("archive_id", String(36), nullable=False),
    Column("name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("digest", String(64)),
    Column("loading", String(64)),
    Column("passages", Integer, nullable=False),
    Column("sections", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("characters", BigInteger, nullable=False),
    Column("attached_at", String(32), nullable=False),
    UniqueConstraint("archive_id", "name"),
)
"""A catalogue of the documents in archives. It can be rebuilt from the passages.

`digest` belongs to the content that is stored completely, `loading` to content that is being loaded. The
counts are those of the former.
"""

Index("sources_digests", sources.c.archive_id, sources.c.digest)

source_sections = Table(
    "source_sections",
    metadata,
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("page", Integer),
    Column("heading", Text),
    Column("first", Integer, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("characters", BigInteger, nullable=False),
    Column("stored", Boolean, nullable=False),
)
"""A row is written before its passages, and is `stored` after them. `first` is the first passage's number."""

Index("source_sections_first", source_sections.c.source_id, source_sections.c.digest, source_sections.c.first)

news = Table(
    "news",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("archive_id", String(36), nullable=False),
    Column("name", Text, nullable=False),
    Column("what", String(16), nullable=False),
    UniqueConstraint("archive_id", "name"),
    sqlite_autoincrement=True,
)
"""The last change of a source: `came`, `changed` or `gone`. An `id` is never used twice."""

readings = Table(
    "readings",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("archive_id", String(36), primary_key=True),
    Column("attached", Boolean, nullable=False),
    Column("seen", Integer, nullable=False),
)
"""The archives that an agent reads besides its own (`attached`), and the newest news it has seen of each."""


def to_column(time: datetime) -> str:
    """Return a time as the tables store it: UTC with microseconds, so that text order is time order."""
    with suppress(OverflowError):  # the first or last day of the calendar, which means "always"
        time = time.astimezone(timezone.utc)
    return time.replace(tzinfo=None).isoformat(timespec="microseconds")


def from_column(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=timezone.utc)
