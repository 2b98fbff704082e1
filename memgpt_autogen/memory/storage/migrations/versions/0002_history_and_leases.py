"""What history needs (entries out of sight, where in the log a summary was made), the leases of turns, and PostgreSQL's words."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("entries", sa.Column("hidden", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("summaries", sa.Column("at_seq", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "UPDATE summaries SET at_seq = COALESCE((SELECT MAX(seq) FROM entries WHERE entries.agent_id = "
        "summaries.agent_id AND entries.created_at <= summaries.created_at), through_seq)"
    )
    op.create_table(
        "leases",
        sa.Column(
            "agent_id", sa.String(36), sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("token", sa.String(36), nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("until", sa.Float, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE entries ADD COLUMN words tsvector, ADD COLUMN word_count integer")
        op.execute("CREATE INDEX entries_words ON entries USING gin (words)")
        op.execute(
            "CREATE INDEX entries_word_counts ON entries (agent_id) INCLUDE (word_count) WHERE words IS NOT NULL"
        )
        op.execute(
            "CREATE INDEX entries_words_missing ON entries (agent_id) WHERE spoken IS NOT NULL AND words IS NULL"
        )
        op.execute(
            "CREATE FUNCTION entries_words_void() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN NEW.words := NULL; NEW.word_count := NULL; RETURN NEW; END'"
        )
        op.execute(
            "CREATE TRIGGER entries_words_update BEFORE UPDATE OF spoken ON entries "
            "FOR EACH ROW EXECUTE FUNCTION entries_words_void()"
        )
