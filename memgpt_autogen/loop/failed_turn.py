"""What an agent says where its turn failed, so that a chat of several agents goes on."""

from __future__ import annotations

from memgpt_autogen.errors import MemGPTError, StorageError
from memgpt_autogen.rendering.plain_text import glance

UNSTORED = "its memory cannot be read or written at the moment"


def cannot_answer(name: str, error: MemGPTError) -> str:
    """Return a short notice for the others.

    Where the database is, and how it fails, is only for the operator, in a warning.
    """
    reason = UNSTORED if isinstance(error, StorageError) else str(error)
    return f"[{name} cannot answer now: {glance(reason, 200)}]"
