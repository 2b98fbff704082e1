"""The tables of an agent's memory, and how they hold a time (SQLAlchemy Core)."""

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
"""A catalogue of the documents in archives. The passages tell all of it, so it can be made anew from them.

`digest` is that of the content which is there whole, `loading` that of one which is on its way; the counts are of the former.
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
"""A row is there before its passages are, and `stored` when they are; `first` is the number of the first of them."""

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
"""What became of a source last: `came`, `changed` or `gone`. An `id` is never given twice."""

readings = Table(
    "readings",
    metadata,
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    Column("archive_id", String(36), primary_key=True),
    Column("attached", Boolean, nullable=False),
    Column("seen", Integer, nullable=False),
)
"""Which archives an agent reads beside its own (`attached`), and how far it was told the news of these and of its own."""


def to_column(time: datetime) -> str:
    """A time as the tables hold it: UTC with microseconds, so that text order is time order."""
    with suppress(OverflowError):  # the first or the last day of the calendar, which stands for "always"
        time = time.astimezone(timezone.utc)
    return time.replace(tzinfo=None).isoformat(timespec="microseconds")


def from_column(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=timezone.utc)
