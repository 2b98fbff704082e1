"""The tables of an agent's memory, and how they store a time (SQLAlchemy Core)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone

import sqlalchemy as sa

HEAD = "0019"
"""The newest migration. A database that has it is opened without Alembic."""

LARGEST = 2**31 - 1
"""The largest number in a column of PostgreSQL. No entry, page or passage has a larger one."""

HOME = "00000000-0000-0000-0000-000000000000"
"""The id of the user that stands for the home itself. It owns what the terminal and notebooks make."""

metadata = sa.MetaData()

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("suspended_at", sa.String(32)),
)
"""The owners. The home itself is one of them; `password` is a hash, for people who chose one."""

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("paused_until", sa.String(32)),
    sa.Column("owner_id", sa.ForeignKey("users.id"), nullable=False),
    sa.UniqueConstraint("owner_id", "name"),
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
    sa.Column("owner_id", sa.ForeignKey("users.id"), nullable=False),
)

sa.Index("blocks_owners", blocks.c.owner_id, blocks.c.label)

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
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("owner_id", sa.ForeignKey("users.id"), nullable=False),
    sa.UniqueConstraint("owner_id", "name"),
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
    sa.Column("group_id", sa.String(36)),
    sa.Column("group_number", sa.BigInteger),
    sa.UniqueConstraint("agent_id", "seq"),
)
"""`searched` is the form of `spoken` that is searched, where that differs in more than its capitals.

`place` counts the entries that someone said: those that have `spoken`, and no others. It grows with `seq`,
after a pause by more, to separate conversations. Messages are counted by its index.
`group_id` is the group chat that an entry was heard or said in, and `group_number` its message there. A copy
of the log has them too, so they count only for agents that are members.
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
IN_GROUP = "group_id IS NOT NULL"
"""The condition for entries of group chats, as the index needs it."""

sa.Index(
    "entries_groups",
    entries.c.group_id,
    entries.c.group_number,
    sqlite_where=sa.text(IN_GROUP),
    postgresql_where=sa.text(IN_GROUP),
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
    sa.Column("cause", sa.String(16)),
    sa.Column("messages", sa.Integer),
    sa.Column("prompt_tokens", sa.Integer),
    sa.Column("limit_tokens", sa.Integer),
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

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("owner_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("shown", sa.String(16), nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("agents", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.String(32)),
    sa.Column("used_at", sa.String(32)),
    sa.Column("revoked_at", sa.String(32)),
    sa.Column("session_of", sa.String(36)),
    sa.Column("clients", sa.Text),
)
"""Keys of the server's clients: the SHA-256 of each, and as much of it as lists show.

`scopes` has blanks between them; `agents` is a JSON list of ids, or null for all of the owner's. `session_of`
is set for the session of a browser: the id of the key that began it, or `password`. `clients` is JSON about
clients of OpenAI's API, or null for the usual.
"""

sa.Index("keys_owners", keys.c.owner_id)

limits = sa.Table(
    "limits",
    metadata,
    sa.Column("what", sa.String(16), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("turns_at_once", sa.Integer),
    sa.Column("turns_a_day", sa.Integer),
    sa.Column("tokens_a_day", sa.BigInteger),
    sa.Column("cost_a_day", sa.Float),
)
"""How much a `user`, a `key` or an `agent` may use. A column that is null limits nothing."""

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("what", sa.String(16), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("may", sa.String(16), nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
)
"""Which `block` or `archive` of another owner a user may `read`, or `write` too."""

templates = sa.Table(
    "templates",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("owner_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("updated_at", sa.String(32), nullable=False),
    sa.UniqueConstraint("owner_id", "kind", "name"),
)
"""Named texts for the first blocks of new agents: a `persona`, a `human`, or a `preset`."""

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("owner_id", sa.String(36), nullable=False),
    sa.Column("key_id", sa.String(36)),
    sa.Column("time", sa.String(32), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("target_id", sa.String(36)),
    sa.Column("name", sa.Text),
    sa.Column("detail", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Who did what to which thing."""

sa.Index("audit_owners", audit.c.owner_id, audit.c.id)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("owner_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
    sa.Column("key_id", sa.String(36)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("stop_reason", sa.String(16)),
    sa.Column("input", sa.Text, nullable=False),
    sa.Column("urgent", sa.Boolean, nullable=False),
    sa.Column("on_disconnect", sa.String(16), nullable=False),
    sa.Column("cancelled", sa.Boolean, nullable=False),
    sa.Column("idempotency", sa.String(64)),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("started_at", sa.String(32)),
    sa.Column("ended_at", sa.String(32)),
    sa.Column("worker", sa.Text),
    sa.Column("until", sa.Float),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("heard_seq", sa.Integer),
    sa.Column("results", sa.Text),
    sa.Column("expires", sa.Float),
    sa.Column("error", sa.Text),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("steps", sa.Integer, nullable=False),
    sa.Column("cost", sa.Float),
    sa.Column("model", sa.Text),
    sa.Column("trace", sa.String(64)),
    sa.Column("has_events", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("answered", sa.Text),
    sa.UniqueConstraint("owner_id", "idempotency"),
    sqlite_autoincrement=True,
)
"""The turns that a server was asked for, in order.

`idempotency` is the hash of a client's key, and `digest` that of its request. A run that is `running` belongs
to the `worker` until the time `until`. `results` are those of calls that others execute, until the agent has
heard them, and `answered` has the digests of all of them, by the ids of the calls. What the agent has heard
for a run is in its log up to `heard_seq`. `model` is the last one that it used, and `trace` the span of the
request that asked for it. The events of an old run are deleted before the run: then it does not have
`has_events`.
"""

RUNNING = "state = 'running'"
"""The condition for runs that a worker has, as the index needs it."""

UNFINISHED = "state IN ('queued', 'running', 'suspended')"
"""The condition for runs that go on, as the index needs it."""

sa.Index("runs_agents", runs.c.agent_id, runs.c.number)
sa.Index("runs_owners", runs.c.owner_id, runs.c.number)
sa.Index("runs_ended", runs.c.has_events, runs.c.ended_at)
# the database itself allows one running run of an agent
sa.Index(
    "runs_running",
    runs.c.agent_id,
    unique=True,
    sqlite_where=sa.text(RUNNING),
    postgresql_where=sa.text(RUNNING),
)
sa.Index(
    "runs_unfinished",
    runs.c.state,
    runs.c.number,
    sqlite_where=sa.text(UNFINISHED),
    postgresql_where=sa.text(UNFINISHED),
)

run_events = sa.Table(
    "run_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("seq", sa.Integer),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("time", sa.String(32), nullable=False),
    sa.UniqueConstraint("run_id", "number"),
)
"""The events of runs, numbered from 1. `seq` is the entry of the log that an event is about."""

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("owner_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("slot", sa.Integer, nullable=False),
    sa.Column("token", sa.String(36), nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32)),
    sa.UniqueConstraint("owner_id", "digest", "slot"),
)
"""AutoGen's group chats, as one owner's agents hear them.

`digest` is the hash of the names of the manager and the members. Groups with the same names that go on at the
same time have different slots. `token` is the chat that the row belongs to now, in the process `holder`.
"""

group_members = sa.Table(
    "group_members",
    metadata,
    sa.Column("group_id", sa.ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("joined_at", sa.String(32), nullable=False),
)
"""The agents of the owner that are members of a group, with their names in it."""

mcp_servers = sa.Table(
    "mcp_servers",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("user_id", sa.ForeignKey("users.id", ondelete="CASCADE")),
    sa.Column("agents", sa.Text),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("tools", sa.Text, nullable=False),
    sa.Column("approval", sa.Boolean, nullable=False),
    sa.Column("version", sa.String(36), nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("checked_at", sa.String(32)),
)
"""MCP servers, whose tools agents are offered: all agents, those of a user, or those in a JSON list of ids.

`place` is JSON: where the server is, without secrets. `tools` is a JSON list of what was found at
`checked_at`. `version` is another one after each change.
"""

saved_searches = sa.Table(
    "saved_searches",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("tier", sa.String(16), nullable=False),
    sa.Column("hit", sa.Text, nullable=False),
    sa.Column("within", sa.Integer, nullable=False),
    sa.Column("rank", sa.Integer),
    sa.Column("created_at", sa.String(32), nullable=False),
)
"""Searches that can be run again: the JSON of what is looked for, and what is expected among the first
`within` results. `rank` is its place when the search was saved."""

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("owner_id", sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("agent_id", sa.ForeignKey("agents.id", ondelete="CASCADE"), index=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer),
    sa.Column("result", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("ended_at", sa.String(32)),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)
"""Work that a server does beside turns, such as the loading of a document."""

usage = sa.Table(
    "usage",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("owner_id", sa.String(36), nullable=False),
    sa.Column("agent_id", sa.String(36), nullable=False),
    sa.Column("key_id", sa.String(36)),
    sa.Column("model", sa.Text),
    sa.Column("time", sa.String(32), nullable=False, index=True),
    sa.Column("runs", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("steps", sa.BigInteger, nullable=False),
    sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
    sa.Column("completion_tokens", sa.BigInteger, nullable=False),
    sa.Column("cost", sa.Float),
)
"""What deleted runs had used, by the minute in which they were asked for. It outlives users, keys and agents.
"""

chores = sa.Table(
    "chores",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("until", sa.Float, nullable=False),
)
"""Work that one worker of all does from time to time, and until when nobody else does it."""


def to_column(time: datetime) -> str:
    """Return a time as the tables store it: UTC with microseconds, so that text order is time order."""
    with suppress(OverflowError):  # the first or last day of the calendar, which means "always"
        time = time.astimezone(timezone.utc)
    return time.replace(tzinfo=None).isoformat(timespec="microseconds")


def from_column(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=timezone.utc)
