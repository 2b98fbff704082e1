"""The stores of a home of MemGPT 0.3: tables in SQLite or PostgreSQL, and passages in Chroma's SQLite file.

They are only read, and without the packages of MemGPT and Chroma.
"""

from __future__ import annotations

import configparser
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from memgpt_autogen.compat.old_agent import OldMessage, OldResult, utc
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.passages import Draft
from memgpt_autogen.messages import ToolCall
from memgpt_autogen.rendering.plain_text import counted

DATABASE = "sqlite.db"
CHROMA = "chroma.sqlite3"

RECALL = "memgpt_recall_memory_agent"
ARCHIVAL = "memgpt_archival_memory_agent"
PASSAGES = "memgpt_passages"

# the time of what has none
BEGINNING = datetime.fromtimestamp(0, timezone.utc)

Row = Mapping[str, Any]


def settings_of(folder: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read(folder / "config", encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the file {folder / 'config'} of the MemGPT home is damaged: {error}."
        ) from error
    return config


@dataclass(frozen=True, slots=True)
class Passages:
    """Passages by the id of their agent, and how many each source has."""

    by_agent: Mapping[str, list[Draft]] = field(default_factory=dict)
    by_source: Counter[str] = field(default_factory=Counter)

    def of(self, agent_id: str) -> list[Draft]:
        return self.by_agent.get(agent_id, [])


class Stores:
    """The databases that the home's settings name."""

    def __init__(self, folder: Path, config: configparser.ConfigParser) -> None:
        self.folder = folder
        self._config = config
        self.notes: list[str] = []

    def rows(self, store: str, table: str, columns: str) -> list[Row] | None:
        """Return the rows of a table; None if there is no such table."""
        if self._kind(store, "sqlite") == "postgres":
            return self._postgresql(store, table, columns)
        path = self._file(store, DATABASE, self.folder / DATABASE)
        return None if path is None else _sqlite(path, f"SELECT {columns} FROM {table}", table)  # noqa: S608  # our names

    def messages(self) -> Mapping[str, list[OldMessage]]:
        """Return the messages of each agent, oldest first."""
        found: dict[str, list[OldMessage]] = defaultdict(list)
        columns = "id, agent_id, role, text, name, tool_calls, tool_call_id, created_at"
        rows = self.rows("recall", RECALL, columns)
        if rows is None:
            self.notes.append(f"no messages: there is no table {RECALL}")
        # the order of the rows decides between equal times
        for row in sorted(rows or (), key=lambda row: utc(row.get("created_at")) or BEGINNING):
            found[str(row.get("agent_id"))].append(_message(row))
        return found

    def passages(self, table: str) -> Passages:
        """Return the passages of a table or of a collection of Chroma."""
        kind = self._kind("archival", "chroma")
        if kind == "chroma":
            path = self._file("archival", CHROMA, self.folder / "chroma" / CHROMA)
            found = [] if path is None else list(_chroma(path, table))
            if path is None and table == ARCHIVAL:
                self.notes.append(f"no archival passages: there is no {CHROMA} in the folder 'chroma'")
        elif kind == "postgres":
            columns = "agent_id, text, data_source, created_at"
            found = [*(self.rows("archival", table, columns) or ())]
        else:
            if table == ARCHIVAL:
                self.notes.append(
                    f"archival passages: they are in {kind}, which this import does not read. Fetch them "
                    "from there, and insert them as the page about migration shows"
                )
            found = []
        by_agent: dict[str, list[Draft]] = defaultdict(list)
        by_source: Counter[str] = Counter()
        for row in found:
            text, source = str(row.get("text") or ""), word(row.get("data_source"))
            if source:
                by_source[source] += 1
            if text.strip():
                draft = Draft(text, source=source or "memgpt", created_at=utc(row.get("created_at")))
                by_agent[str(row.get("agent_id"))].append(draft)
        return Passages(by_agent, by_source)

    def home_notes(self, attached: set[str]) -> Iterator[str]:
        """Yield notes about the sources that no agent has."""
        loaded = self.passages(PASSAGES).by_source
        for row in self.rows("metadata", "sources", "*") or ():
            name = str(row.get("name"))
            if name not in attached:
                count = counted(loaded[name], "passage")
                yield f"the source '{name}' ({count}): attached to no agent, so not imported. Load it here"

    def _kind(self, store: str, default: str) -> str:
        return self._config.get(f"{store}_storage", "type", fallback=default)

    def _file(self, store: str, name: str, here: Path) -> Path | None:
        """Return a store's file: in this folder, or else where the settings say."""
        named = Path(self._config.get(f"{store}_storage", "path", fallback=str(self.folder))).expanduser()
        return next((path for path in (here, named / name) if path.is_file()), None)

    def _postgresql(self, store: str, table: str, columns: str) -> list[Row] | None:
        try:
            import psycopg
            from psycopg.rows import dict_row
        except ImportError as error:
            raise ConfigurationError(
                f"the memory of this MemGPT home is in PostgreSQL, which needs the package {error.name}: pip "
                "install 'memgpt-autogen[postgres]'."
            ) from error
        address = self._config.get(f"{store}_storage", "uri", fallback="")
        url = re.sub(r"^postgres(?:ql)?(?:\+\w+)?://", "postgresql://", address)
        try:
            with psycopg.connect(url, row_factory=dict_row) as connection:
                connection.read_only = True
                query = f"SELECT {columns} FROM {table}"  # noqa: S608  # our own names
                return [*connection.execute(query)]
        except psycopg.errors.UndefinedTable:
            return None
        except psycopg.Error as error:
            raise StorageError(
                f"the PostgreSQL database of this MemGPT home ([{store}_storage] in its file 'config') "
                f"cannot be read: {type(error).__name__}. Start it, or correct its uri."
            ) from error


def _sqlite(path: Path, query: str, table: str, *given: object) -> list[Row] | None:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            known = "SELECT 1 FROM sqlite_master WHERE name = ?"
            if connection.execute(known, (table,)).fetchone() is None:
                return None
            return [dict(row) for row in connection.execute(query, given)]
    except sqlite3.Error as error:
        raise StorageError(f"the file {path} of the MemGPT home cannot be read: {error}.") from error


def _chroma(path: Path, collection: str) -> Iterator[Row]:
    """Yield the records of a collection, in the order in which they were inserted."""
    records: dict[int, dict[str, Any]] = {}
    for row in _sqlite(path, _RECORDS, "embedding_metadata", collection) or ():
        kinds = (row[kind] for kind in ("string_value", "int_value", "float_value"))
        name = "text" if row["key"] == "chroma:document" else str(row["key"])
        records.setdefault(row["id"], {})[name] = next((value for value in kinds if value is not None), None)
    yield from records.values()


_RECORDS = """
SELECT embeddings.id AS id, key, string_value, int_value, float_value
FROM collections
JOIN segments ON segments.collection = collections.id
JOIN embeddings ON embeddings.segment_id = segments.id
JOIN embedding_metadata ON embedding_metadata.id = embeddings.id
WHERE collections.name = ? AND segments.scope = 'METADATA'
ORDER BY embeddings.id
"""


def _message(row: Row) -> OldMessage:
    role, text = str(row.get("role")), str(row.get("text") or "")
    time = utc(row.get("created_at")) or BEGINNING
    name, id_ = word(row.get("name")), id_of(row)
    if role == "assistant":
        return OldMessage(id_, role, time, thought=text, calls=tuple(_calls(row.get("tool_calls"))))
    if role == "tool":
        return OldMessage(
            id_, role, time, name=name, results=(OldResult(str(row.get("tool_call_id")), text),)
        )
    return OldMessage(id_, role, time, text, name)


def _calls(value: object) -> Iterator[ToolCall]:
    for each in json_list(value):
        call = json_object(each)
        function = json_object(call.get("function"))
        if function.get("name"):
            yield ToolCall(str(call.get("id")), str(function["name"]), str(function.get("arguments") or "{}"))


def id_of(row: Row) -> str:
    return str(row.get("id"))


def word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def json_list(value: object) -> list[Any]:
    found = _parsed(value)
    return found if isinstance(found, list) else []


def json_object(value: object) -> Row:
    found = _parsed(value)
    return found if isinstance(found, dict) else {}


def _parsed(value: object) -> Any:
    """Return a JSON column, which SQLite stores as text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return None
