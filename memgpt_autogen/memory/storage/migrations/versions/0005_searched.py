"""The form of each text that is searched, in which letters are equal that readers take for the same."""

import sqlalchemy as sa
from alembic import op

from memgpt_autogen.memory.storage.fulltext import searched_form

revision = "0005"
down_revision = "0004"

EMOJI = "".join(map(chr, range(0x1F300, 0x1FB00)))
"""As in the first migration."""

BATCH = 500


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        for trigger in ("insert", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS entries_words_{trigger}")
        op.execute("DROP TABLE IF EXISTS entries_words")
    op.add_column("entries", sa.Column("searched", sa.Text))
    _fill(connection)
    if not sqlite:
        op.execute(
            "UPDATE entries SET words = NULL, word_count = NULL WHERE octet_length(spoken) > length(spoken)"
        )
        return
    op.execute(
        "CREATE VIEW entries_words_text AS SELECT id, coalesce(searched, spoken) AS spoken FROM entries"
    )
    op.execute(
        "CREATE VIRTUAL TABLE entries_words USING fts5("
        "spoken, content='entries_words_text', content_rowid='id', "
        "tokenize=\"porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc' "
        f"separators '{EMOJI}'\")"
    )
    op.execute(
        "INSERT INTO entries_words(rowid, spoken) SELECT id, spoken FROM entries_words_text "
        "WHERE spoken IS NOT NULL"
    )
    op.execute(
        "CREATE TRIGGER entries_words_insert AFTER INSERT ON entries WHEN new.spoken IS NOT NULL BEGIN "
        "INSERT INTO entries_words(rowid, spoken) VALUES (new.id, coalesce(new.searched, new.spoken)); END"
    )
    op.execute(
        "CREATE TRIGGER entries_words_delete AFTER DELETE ON entries WHEN old.spoken IS NOT NULL BEGIN "
        "INSERT INTO entries_words(entries_words, rowid, spoken) "
        "VALUES ('delete', old.id, coalesce(old.searched, old.spoken)); END"
    )


def _fill(connection: sa.Connection) -> None:
    """Fill the new column where the form differs from what was said."""
    entries = sa.table("entries", sa.column("id"), sa.column("spoken"), sa.column("searched"))
    after = 0
    while True:
        rows = connection.execute(
            sa.select(entries.c.id, entries.c.spoken)
            .where(entries.c.id > after, entries.c.spoken.is_not(None))
            .order_by(entries.c.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        after = rows[-1].id
        forms = [(row.id, searched_form(row.spoken)) for row in rows]
        changed = [{"row": row, "form": form} for row, form in forms if form is not None]
        if changed:
            connection.execute(
                sa.update(entries)
                .where(entries.c.id == sa.bindparam("row"))
                .values(searched=sa.bindparam("form")),
                changed,
            )
