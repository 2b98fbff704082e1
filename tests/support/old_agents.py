"""Homes of MemGPT 0.3 and agent files of Letta, as these write them: made by plain SQL and plain JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

ADA = "11111111-1111-4111-8111-111111111111"
SAM = "22222222-2222-4222-8222-222222222222"

SYSTEM = (
    "You are MemGPT, the latest version of a digital companion. Call send_message to speak.\n"
    "Base instructions finished.\nFrom now on, you are going to act as your persona."
)

# the tables of 0.3.18 to 0.3.25 that are read; `tokens` has secrets, and is never read
TABLES = """
CREATE TABLE agents (id CHAR NOT NULL PRIMARY KEY, user_id CHAR NOT NULL, name VARCHAR NOT NULL,
    system VARCHAR, created_at DATETIME DEFAULT CURRENT_TIMESTAMP, llm_config JSON, embedding_config JSON,
    state JSON, _metadata JSON, tools JSON);
CREATE TABLE sources (id CHAR NOT NULL PRIMARY KEY, user_id CHAR NOT NULL, name VARCHAR NOT NULL,
    created_at DATETIME DEFAULT CURRENT_TIMESTAMP, embedding_dim BIGINT, embedding_model VARCHAR,
    description VARCHAR);
CREATE TABLE tokens (id CHAR NOT NULL PRIMARY KEY, user_id CHAR NOT NULL, token VARCHAR NOT NULL);
CREATE TABLE humanmodel (text VARCHAR NOT NULL, name VARCHAR NOT NULL, id CHAR(32) PRIMARY KEY);
CREATE TABLE personamodel (text VARCHAR NOT NULL, name VARCHAR NOT NULL, id CHAR(32) PRIMARY KEY);
CREATE TABLE memgpt_recall_memory_agent (id CHAR NOT NULL PRIMARY KEY, user_id CHAR NOT NULL,
    agent_id CHAR NOT NULL, role VARCHAR NOT NULL, text VARCHAR, model VARCHAR, name VARCHAR, tool_calls JSON,
    tool_call_id VARCHAR, embedding BINARY, embedding_dim BIGINT, embedding_model VARCHAR,
    created_at DATETIME);
"""

# agents of 0.3.0 to 0.3.17
EARLY_AGENTS = """
CREATE TABLE agents (id CHAR NOT NULL PRIMARY KEY, user_id CHAR NOT NULL, name VARCHAR NOT NULL,
    persona VARCHAR, human VARCHAR, preset VARCHAR, created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
    llm_config JSON, embedding_config JSON, state JSON);
"""

CHROMA = """
CREATE TABLE collections (id TEXT PRIMARY KEY, name TEXT NOT NULL, dimension INTEGER, database_id TEXT);
CREATE TABLE segments (id TEXT PRIMARY KEY, type TEXT NOT NULL, scope TEXT NOT NULL, collection TEXT);
CREATE TABLE embeddings (id INTEGER PRIMARY KEY, segment_id TEXT NOT NULL, embedding_id TEXT NOT NULL,
    seq_id BLOB NOT NULL, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE embedding_metadata (id INTEGER, key TEXT NOT NULL, string_value TEXT, int_value INTEGER,
    float_value REAL, bool_value INTEGER, PRIMARY KEY (id, key));
"""

OLDER_SYSTEM = "<base_instructions>\nsend_message\n</base_instructions>\nSpeak like a pirate."

HIDDEN = "[This is an automated system message hidden from the user]"

DONE = '{"status": "OK", "message": "None", "time": "2024-07-01 02:00:00 PM UTC+0000"}'

CUP = '{"status": "OK", "message": "a blue cup"}'

Row = dict[str, Any]


def packed(kind: str, **event: Any) -> str:
    """An envelope as MemGPT and Letta write it."""
    return json.dumps({"type": kind, **event, "time": "2024-07-01 02:00:00 PM UTC+0000"}, ensure_ascii=False)


def says(message: str, *, call: str = "c1") -> list[Row]:
    """The calls of a step that speaks."""
    function = {"name": "send_message", "arguments": json.dumps({"message": message}, ensure_ascii=False)}
    return [{"id": call, "tool_call_type": "function", "function": function}]


def conversation(agent: str = SAM) -> list[Row]:
    """A system prompt, a login, a summary of what left the window, and two questions with answers."""
    summary = (
        "Note: prior messages (2 of 9 total messages) have been hidden from view due to conversation memory "
        "constraints.\nThe following is a summary of the previous 2 messages:\n Ada and I spoke about tea."
    )
    rows: list[Row] = [
        {"role": "system", "text": SYSTEM},
        {"role": "user", "text": packed("login", last_login="Never (first login)")},
        {"role": "user", "text": packed("user_message", message="I prefer green tea.", name="ada")},
        {"role": "assistant", "text": "She likes tea.", "tool_calls": says("Noted: green tea.")},
        {"role": "tool", "text": DONE, "tool_call_id": "c1", "name": "send_message"},
        {"role": "user", "text": packed("system_alert", message=summary)},
        {"role": "user", "text": packed("user_message", message="Where is Bergen?")},
        # MemGPT cut and reused ids of calls
        {"role": "assistant", "text": "Norway.", "tool_calls": says("In Norway.", call="c1")},
        {"role": "tool", "text": DONE, "tool_call_id": "c1", "name": "send_message"},
        {"role": "user", "text": packed("heartbeat", reason=f"{HIDDEN} Go on.")},
    ]
    return [
        {
            "id": f"{agent}-{number}",
            "agent_id": agent,
            "created_at": f"2024-07-01 14:{number:02}:00.000000",
            **row,
        }
        for number, row in enumerate(rows)
    ]


def agent_row(name: str = "sam", id_: str = SAM, **more: Any) -> Row:
    memory = {
        "persona": {"description": None, "limit": 2000, "value": "I am Sam, a tea expert."},
        "human": {"description": None, "limit": 60, "value": "Ada. She lives in Bergen."},
    }
    shown = [f"{id_}-{number}" for number in (0, 5, 6, 7, 8, 9)]
    return {
        "id": id_,
        "user_id": ADA,
        "name": name,
        "system": SYSTEM,
        "created_at": "2024-07-01 13:59:00.000000",
        "llm_config": {"model": "gpt-4", "context_window": 8192},
        "embedding_config": {"embedding_model": "ada-002"},
        "state": {"system": SYSTEM, "memory": memory, "messages": shown},
        "tools": ["send_message", "core_memory_append", "roll_dice"],
        **more,
    }


PASSAGES = (
    {"agent_id": SAM, "text": "Ada's tea shop opens at nine.", "created_at": 1719842400},
    {
        "agent_id": SAM,
        "text": "Chapter 1. Tea grows on hills.",
        "data_source": "tea book",
        "created_at": 1719842460,
    },
    {"agent_id": "another agent", "text": "Ben likes coffee.", "created_at": 1719842400},
)
LOADED = ({"text": "Coffee grows too.", "data_source": "coffee book", "created_at": 1719842400},)


def make_home(
    folder: Path,
    *,
    agents: Sequence[Row] = (),
    messages: Sequence[Row] = (),
    tables: str = TABLES,
    passages: Sequence[Mapping[str, Any]] = PASSAGES,
) -> Path:
    """Make a home of MemGPT 0.3, by default with one agent, its conversation, its passages and a source."""
    folder.mkdir(parents=True)
    moved = folder / "moved from here"
    (folder / "config").write_text(
        f"[recall_storage]\ntype = sqlite\npath = {moved}\n"
        f"[archival_storage]\ntype = chroma\npath = {moved}\n"
    )
    with closing(sqlite3.connect(folder / "sqlite.db")) as connection, connection:
        connection.executescript(tables)
        for row in agents or [agent_row()]:
            insert(connection, "agents", row)
        for row in messages or conversation():
            insert(connection, "memgpt_recall_memory_agent", {"user_id": ADA, **row})
        for name in ("tea book", "coffee book"):
            insert(connection, "sources", {"id": name, "user_id": ADA, "name": name})
        insert(connection, "tokens", {"id": "1", "user_id": ADA, "token": "sk-secret"})
        insert(connection, "personamodel", {"id": "1", "name": "sam_pov", "text": "MemGPT's own"})
        insert(connection, "personamodel", {"id": "2", "name": "pirate", "text": "I am a pirate."})
        insert(connection, "humanmodel", {"id": "1", "name": "ada", "text": "x" * 3000})
    (folder / "humans").mkdir()
    (folder / "humans/ben.txt").write_text("Ben is a baker.")
    (folder / "functions").mkdir()
    (folder / "functions/roll_dice.py").write_text("raise SystemExit('never run')")
    make_chroma(folder / "chroma", {"memgpt_archival_memory_agent": passages, "memgpt_passages": LOADED})
    return folder


def make_chroma(folder: Path, collections: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Make what Chroma 0.5 writes, without the vectors."""
    folder.mkdir()
    number = 0
    with closing(sqlite3.connect(folder / "chroma.sqlite3")) as connection, connection:
        connection.executescript(CHROMA)
        for name, records in collections.items():
            insert(connection, "collections", {"id": name, "name": name, "database_id": "0"})
            for scope in ("VECTOR", "METADATA"):
                segment = {"id": f"{name} {scope}", "type": "urn", "scope": scope, "collection": name}
                insert(connection, "segments", segment)
            for record in records:
                number += 1
                segment = f"{name} METADATA"
                found = {"id": number, "segment_id": segment, "embedding_id": str(number), "seq_id": b"1"}
                insert(connection, "embeddings", found)
                for key, value in record.items():
                    column = "int_value" if isinstance(value, int) else "string_value"
                    named = "chroma:document" if key == "text" else key
                    insert(connection, "embedding_metadata", {"id": number, "key": named, column: value})


def insert(connection: Any, table: str, row: Mapping[str, Any], mark: str = "?") -> None:
    values = [json.dumps(value) if isinstance(value, (dict, list)) else value for value in row.values()]
    connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join([mark] * len(row))})", values
    )


def text(words: str) -> list[Row]:
    return [{"type": "text", "text": words, "signature": None}]


def agent_file(**more: Any) -> Row:
    """An agent file in its present form, of an agent whose plain text is its answer."""
    prompt = (
        "You are Tea.\n- 812 previous messages between you and the user are stored in recall memory\n"
        "- 37 total memories you created are stored in archival memory"
    )
    messages = [
        {"role": "system", "content": text(prompt)},
        {"role": "user", "content": text("I prefer green tea."), "name": "ada"},
        {"role": "assistant", "content": text("Noted: green tea.")},
        {"role": "user", "content": [*text("And this cup?"), {"type": "image", "source": {"type": "letta"}}]},
        {
            "role": "assistant",
            "content": [{"type": "reasoning", "reasoning": "I look it up."}, *text("One moment.")],
            "tool_calls": [
                {
                    "id": "t1",
                    "type": "function",
                    "function": {"name": "find_cup", "arguments": '{"name": "ada"}'},
                },
                {"id": "t2", "type": "function", "function": {"name": "find_cup", "arguments": "{}"}},
            ],
        },
        {
            "role": "tool",
            "content": text(CUP),
            "tool_call_id": "t1",
            "tool_returns": [{"tool_call_id": "t1", "status": "success", "func_response": CUP}],
        },
        {"role": "assistant", "content": text("It is blue.")},
    ]
    for number, message in enumerate(messages):
        message |= {"id": f"message-{number}", "created_at": f"2025-10-31T22:{number:02}:00.4591+00:00"}
    agent = {
        "id": "agent-0",
        "name": "Tea Expert",
        "agent_type": "letta_v1_agent",
        "system": "You are Tea. Be brief.",
        "llm_config": {"model": "gpt-4o-mini", "context_window": 32000},
        "timezone": "Europe/Oslo",
        "embedding_config": {"embedding_model": "text-embedding-3-small"},
        "tool_ids": ["tool-0", "tool-1", "tool-2"],
        "block_ids": ["block-0", "block-1"],
        "messages": messages,
        "tags": ["tea"],
        "memory_blocks": [],
        "in_context_message_ids": ["message-0", *(f"message-{number}" for number in range(3, 7))],
        "files_agents": [{"file_id": "file-0", "source_id": "source-0"}],
        "source_ids": ["source-0"],
        "tool_exec_environment_variables": {"CUPS_KEY": ""},
    }
    return {
        "agents": [agent],
        "blocks": [
            {
                "id": "block-0",
                "label": "human",
                "value": "Ada lives in Bergen.",
                "limit": 20000,
                "description": "about Ada",
            },
            {
                "id": "block-1",
                "label": "team notes",
                "value": "We open at nine.",
                "limit": 5,
                "read_only": True,
            },
        ],
        "tools": [
            {"id": "tool-0", "name": "archival_memory_search", "source_code": None},
            {"id": "tool-1", "name": "find_cup", "source_code": "raise SystemExit('never run')"},
            {"id": "tool-2", "name": "run_code", "source_code": None},
        ],
        "files": [
            {
                "id": "file-0",
                "source_id": "source-0",
                "file_name": "menu.md",
                "content": "Green tea costs 3 euros.",
            },
            {"id": "file-1", "source_id": "source-0", "file_name": "photo.pdf", "content": None},
        ],
        "sources": [{"id": "source-0", "name": "shop"}],
        "groups": [],
        "skills": [{"name": "slack"}],
        "mcp_servers": [{"id": "mcp_server-0", "server_name": "weather"}],
        "metadata": {"revision_id": "x"},
        "created_at": "2025-11-01T08:00:00+00:00",
        **more,
    }


def older_agent_file() -> Row:
    """An agent file in its older form, of an agent that speaks by `send_message`."""
    kept = ("role", "name", "tool_call_id", "tool_calls", "created_at")
    listed = [{**{key: row.get(key) for key in kept}, "content": text(row["text"])} for row in conversation()]
    return {
        "agent_type": "memgpt_agent",
        "name": "sam",
        "system": OLDER_SYSTEM,
        "core_memory": [{"label": "persona", "value": "I am Sam.", "limit": 2000, "description": None}],
        "created_at": "2024-07-01T13:59:00",
        "messages": listed,
        "in_context_message_indices": [0, 5, 6, 7, 8, 9],
        "llm_config": {"model": "gpt-4", "context_window": 8192},
        "embedding_config": {},
        "tools": [],
        "tags": [],
        "tool_rules": [{"tool_name": "send_message", "type": "exit_loop"}],
        "version": "0.6.50",
        "tool_exec_environment_variables": [],
    }
