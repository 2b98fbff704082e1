"""Agents, blocks, the log with its full-text index, and summaries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

EMOJI = "".join(map(chr, range(0x1F300, 0x1FB00)))
"""SQLite's tables end with Unicode 6.1 and take younger signs for letters: "tea🥰" would be one word."""


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("paused_until", sa.String(32)),
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("char_limit", sa.Integer, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "attachments",
        sa.Column(
            "agent_id", sa.String(36), sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column(
            "block_id", sa.String(36), sa.ForeignKey("blocks.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("read_only", sa.Boolean, nullable=False),
    )
    op.create_table(
        "archives",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("agent_id", sa.String(36), sa.ForeignKey("agents.id", ondelete="CASCADE"), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("spoken", sa.Text),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.UniqueConstraint("agent_id", "seq"),
    )
    op.create_table(
        "summaries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "agent_id",
            sa.String(36),
            sa.ForeignKey("agents.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("through_seq", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE entries_words USING fts5("
            "spoken, content='entries', content_rowid='id', "
            f"tokenize=\"porter unicode61 remove_diacritics 2 separators '{EMOJI}'\")"
        )
        op.execute(
            "CREATE TRIGGER entries_words_insert AFTER INSERT ON entries WHEN new.spoken IS NOT NULL BEGIN "
            "INSERT INTO entries_words(rowid, spoken) VALUES (new.id, new.spoken); END"
        )
        op.execute(
            "CREATE TRIGGER entries_words_delete AFTER DELETE ON entries WHEN old.spoken IS NOT NULL BEGIN "
            "INSERT INTO entries_words(entries_words, rowid, spoken) VALUES ('delete', old.id, old.spoken); END"
        )
