"""A copy of an Ollama model that is served with a larger window. It is a new name; no bytes are copied."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memgpt_autogen.errors import ModelError
from memgpt_autogen.llm.discover import SECONDS, get_json
from memgpt_autogen.llm.served import ServedModel
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.web.engine_address import engine_root
from memgpt_autogen.web.places import is_local

CREATE_SECONDS = 60.0  # for making a copy, which writes a small file
SIZES = (32_768, 16_384, 8_192)  # the windows that are offered, in tokens
UNKNOWN_FREE = 2 * 1024**3  # bytes, where the free memory is not known, as that of another machine
TOKEN_BYTES = 128 * 1024  # what a token takes in an engine's memory, where the model's form is not known


@dataclass(frozen=True, slots=True)
class LargerCopy:
    """A copy that can be made."""

    served: ServedModel
    """The model that it is a copy of."""
    name: str
    window_tokens: int
    memory_bytes: int
    """What a full window takes, besides the model itself."""

    def __str__(self) -> str:
        return (
            f"a copy '{self.name}' with {self.window_tokens:,} tokens, for which the engine needs "
            f"{self.memory_bytes / 1024**3:.1f} GB more memory; no bytes of the model are copied"
        )

    def make(self) -> None:
        """Let Ollama make the copy. Raises `ModelError` where it does not."""
        body = {
            "model": self.name,
            "from": self.served.model,
            "parameters": {"num_ctx": self.window_tokens},
            "stream": False,
        }
        answer = get_json(_address(self.served) + "/api/create", body, CREATE_SECONDS)
        if not isinstance(answer, Mapping) or answer.get("status") != "success":
            raise ModelError(
                f"Ollama at {bare_address(self.served.base_url)} did not make '{self.name}' of "
                f"'{self.served.model}'. See its log, or start it with "
                f"OLLAMA_CONTEXT_LENGTH={self.window_tokens}."
            )


def larger_copy(served: ServedModel, free_bytes: int | None = None) -> LargerCopy | None:
    """Return the copy with the largest window for which half of the free memory is enough.

    None for another engine, for a model whose window is large enough, and where there is no memory for more.
    """
    if served.kind != "Ollama" or not served.is_small or not served.window_tokens:
        return None
    own = _free_bytes() if is_local(served.base_url) else None
    free = free_bytes or own or UNKNOWN_FREE
    about = get_json(_address(served) + "/api/show", {"model": served.model}, SECONDS)
    each_token = _token_bytes(about.get("model_info") if isinstance(about, Mapping) else None)
    for size in SIZES:
        fits = size * each_token <= free // 2
        if fits and served.window_tokens < size <= (served.trained_tokens or size):
            return LargerCopy(served, copy_name(served.model, size), size, size * each_token)
    return None


def copy_name(model: str, window_tokens: int) -> str:
    """Return the name of a copy: `qwen3-16k:8b` of `qwen3:8b`."""
    base, colon, tag = model.rpartition(":") if ":" in model.rpartition("/")[2] else (model, "", "")
    return f"{base}-{window_tokens // 1024}k{colon}{tag}"


def _token_bytes(info: Any) -> int:
    """Return what a token takes in the engine's cache of keys and values, as numbers of two bytes."""
    if not isinstance(info, Mapping):
        return TOKEN_BYTES
    kind = info.get("general.architecture")

    def size(name: str) -> int:
        value = info.get(f"{kind}.{name}")
        return value if isinstance(value, int) else 0

    width = size("embedding_length") // (size("attention.head_count") or 1)
    keys = size("attention.key_length") or width
    values = size("attention.value_length") or width
    heads = size("attention.head_count_kv") or size("attention.head_count")
    return 2 * size("block_count") * heads * (keys + values) or TOKEN_BYTES


def _free_bytes() -> int | None:
    """Return the memory that programs can still have; None on a system that does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError, IndexError):
        return None


def _address(served: ServedModel) -> str:
    return engine_root(served.base_url)
