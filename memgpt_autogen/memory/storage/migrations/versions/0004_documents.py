"""Documents: the sources of an archive, the sections they have, who reads which archive, and what is new there."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "sources",
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
    op.create_index("sources_digests", "sources", ["archive_id", "digest"])
    op.create_table(
        "source_sections",
        sa.Column(
            "source_id", sa.String(36), sa.ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("page", sa.Integer),
        sa.Column("heading", sa.Text),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("characters", sa.BigInteger, nullable=False),
        sa.Column("stored", sa.Boolean, nullable=False),
    )
    op.create_index("source_sections_first", "source_sections", ["source_id", "digest", "first"])
    op.create_table(
        "news",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("archive_id", sa.String(36), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.UniqueConstraint("archive_id", "name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "readings",
        sa.Column(
            "agent_id", sa.String(36), sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("archive_id", sa.String(36), primary_key=True),
        sa.Column("attached", sa.Boolean, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
    )
