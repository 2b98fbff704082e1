"""Things of the service in the shapes of Letta's client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.documents.catalogue import Source, source_id
from memgpt_autogen.memory.documents.shared_archives import SharedArchive
from memgpt_autogen.memory.passages import Passage
from memgpt_autogen.memory.storage.runs.jobs import Job
from memgpt_autogen.memory.storage.runs.run_rows import Run
from memgpt_autogen.server.facades.letta.ids import tool_id, with_kind
from memgpt_autogen.service.agents import AgentDetail
from memgpt_autogen.service.server_facts import Models

AGENT_TYPE = "memgpt_agent"

STOP_REASONS: Mapping[str, str] = {
    "yielded": "end_turn",
    "paused": "end_turn",
    "suspended": "requires_approval",
    "step_limit": "max_steps",
    "failure_limit": "invalid_tool_call",
    "repeated_call": "invalid_tool_call",
    "token_limit": "max_tokens_exceeded",
    "time_limit": "max_steps",
    "cancelled": "cancelled",
    "expired": "cancelled",
}
"""The client's words for why a turn ended; `error` for any other."""

_STATES: Mapping[str, str] = {
    "queued": "created",
    "running": "running",
    "suspended": "completed",  # there, the answer to what it waits for is another run
    "ended": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}

# a window that nothing names is the smallest of today's models
_WINDOW = 8192

_JOBS: Mapping[str, str] = {
    "queued": "pending",
    "running": "embedding",
    "ended": "completed",
    "failed": "error",
}

# what files are called that are loaded
_COMPLETED = "completed"


def iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


def agent_state(
    detail: AgentDetail,
    block_ids: Mapping[str, str],
    archives: Sequence[SharedArchive],
    models: Models,
    *,
    system: str,
    tools: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return an agent with its blocks, the folders that it reads, and its tools."""
    agent = detail.agent
    blocks = [block_shape(block_ids.get(block.label, ""), block) for block in detail.blocks]
    return {
        "id": with_kind("agent", agent.id),
        "name": agent.name,
        "agent_type": AGENT_TYPE,
        "system": system,
        "blocks": blocks,
        "memory": {"blocks": blocks, "agent_type": AGENT_TYPE, "file_blocks": []},
        "tools": list(tools),
        "sources": [folder_shape(each, models) for each in archives],
        "tags": [],
        "model": models.model,
        "embedding": models.embedding_model,
        "llm_config": llm_config(models),
        "embedding_config": embedding_config(models),
        "created_at": iso(agent.created_at),
        "updated_at": iso(agent.active_at or agent.created_at),
    }


def block_shape(block_id: str, block: Block) -> dict[str, Any]:
    return {
        "id": with_kind("block", block_id),
        "label": block.label,
        "value": block.value,
        "limit": block.limit,
        "description": block.description,
        "read_only": block.read_only,
        "metadata": {"shared": block.shared},
        "is_template": False,
        "tags": [],
    }


def tool_shape(name: str, description: str, parameters: Mapping[str, Any], origin: str) -> dict[str, Any]:
    kinds = {"built_in": "letta_core", "mcp": "external_mcp"}
    return {
        "id": tool_id(name),
        "name": name,
        "description": description,
        "tool_type": kinds.get(origin, "custom"),
        "source_type": "python",
        "json_schema": {"name": name, "description": description, "parameters": dict(parameters)},
        "tags": [],
    }


def llm_config(models: Models) -> dict[str, Any]:
    return {
        "model": models.model,
        "handle": models.model,
        "model_endpoint_type": "openai",
        "context_window": models.window_tokens or _WINDOW,
    }


def model_shape(models: Models) -> dict[str, Any]:
    """Return the one model that all agents use."""
    return {
        **llm_config(models),
        "name": models.model,
        "display_name": models.model,
        "provider_type": "openai",
        "provider_name": "openai",
        "provider_category": "base",
        "model_type": "llm",
        "max_context_window": models.window_tokens or _WINDOW,
    }


def embedding_config(models: Models) -> dict[str, Any]:
    """Return the embedder; without one, archives are searched by words only."""
    return {
        "embedding_model": models.embedding_model or "words",
        "embedding_endpoint_type": "openai",
        "embedding_dim": 0,
        "handle": models.embedding_model,
    }


def folder_shape(archive: SharedArchive, models: Models) -> dict[str, Any]:
    return {
        "id": with_kind("source", archive.id),
        "name": archive.name,
        "embedding_config": embedding_config(models),
        "metadata": {},
    }


def archive_shape(archive: SharedArchive, created: datetime, models: Models) -> dict[str, Any]:
    return {
        "id": with_kind("archive", archive.id),
        "name": archive.name,
        "created_at": iso(created),
        "embedding_config": embedding_config(models),
        "vector_db_provider": "native",
        "metadata": {},
    }


def file_id(archive_id: str, name: str) -> str:
    """Return the bare id of a document by its name."""
    return source_id(archive_id, name)


def file_shape(archive_id: str, source: Source, content: str | None = None) -> dict[str, Any]:
    """Return a document that is there, or of which a part is there."""
    return {
        **_file(archive_id, source.name),
        "file_type": source.kind,
        "processing_status": _COMPLETED if source.ready else "embedding",
        "total_chunks": source.passages if source.ready else None,
        "chunks_embedded": source.passages,
        "created_at": iso(source.attached_at),
        "updated_at": iso(source.attached_at),
        "content": content,
    }


def job_file_shape(archive_id: str, job: Job) -> dict[str, Any]:
    """Return a document that is loaded, or could not be."""
    return {
        **_file(archive_id, job.what),
        "processing_status": _JOBS[job.state],
        "error_message": job.error,
        "created_at": iso(job.created_at),
        "updated_at": iso(job.ended_at or job.created_at),
    }


def _file(archive_id: str, name: str) -> dict[str, Any]:
    return {
        "id": with_kind("file", file_id(archive_id, name)),
        "source_id": with_kind("source", archive_id),
        "file_name": name,
        "original_file_name": name,
    }


def passage_shape(passage: Passage, archive_id: str | None = None) -> dict[str, Any]:
    return {
        "id": with_kind("passage", passage.id),
        "text": passage.text,
        "tags": list(passage.tags),
        "created_at": iso(passage.created_at),
        "archive_id": None if archive_id is None else with_kind("archive", archive_id),
        "file_name": passage.source,
        "metadata": {} if passage.parts == 1 else {"part": passage.part, "parts": passage.parts},
        "is_deleted": False,
        "embedding": None,
        "embedding_config": None,
    }


def run_shape(run: Run) -> dict[str, Any]:
    ended = run.ended if run.state != "suspended" else None
    took = None if run.ended is None or run.started is None else run.ended - run.started
    return {
        "id": with_kind("run", run.id),
        "agent_id": with_kind("agent", run.agent_id),
        "status": _STATES[run.state],
        "stop_reason": stop_reason(run.stop_reason) if run.state not in ("queued", "running") else None,
        "created_at": iso(run.created),
        "completed_at": iso(ended),
        "total_duration_ns": None if took is None else round(took.total_seconds() * 1e9),
        "metadata": {} if run.error is None else {"error": run.error},
    }


def stop_reason(reason: str | None) -> str:
    return STOP_REASONS.get(reason or "", "error")


def usage_shape(run_id: str, *, prompt: int, completion: int, cached: int, steps: int) -> dict[str, Any]:
    return {
        "message_type": "usage_statistics",
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "cached_input_tokens": cached,
        "step_count": steps,
        "run_ids": [with_kind("run", run_id)],
    }
