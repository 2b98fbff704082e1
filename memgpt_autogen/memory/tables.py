"""The tables of an agent's memory, and how they hold a time (SQLAlchemy Core)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone

from sqlalchemy import (
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

HEAD = "0003"
"""The newest migration: a database that is there already needs no Alembic."""

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
"""`place` tells how far apart things were said: it counts what was spoken, and leaps where the conversation paused."""

Index("entries_times", entries.c.agent_id, entries.c.created_at)
Index("entries_places", entries.c.agent_id, entries.c.place, unique=True)
# SQLite uses a partial index where its condition is written as the query's is
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


def to_column(time: datetime) -> str:
    """A time as the tables hold it: UTC with microseconds, so that text order is time order."""
    with suppress(OverflowError):  # the first or the last day of the calendar, which stands for "always"
        time = time.astimezone(timezone.utc)
    return time.replace(tzinfo=None).isoformat(timespec="microseconds")


def from_column(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=timezone.utc)
