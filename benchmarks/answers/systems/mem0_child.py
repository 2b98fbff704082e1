"""One piece of work for Mem0, in its own environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.answers.systems.child import serve
from benchmarks.answers.systems.counted import LocalEmbedder, count_requests

WHOSE = {"user_id": "conversation"}


def work(job: Mapping[str, Any]) -> dict[str, Any]:
    from mem0 import Memory

    counted = count_requests()
    entry, folder = job["entry"], job["folder"]
    model = {"model": entry["model"], "api_key": entry.get("api_key") or "not-needed", "temperature": 0}
    if entry.get("base_url"):
        model["openai_base_url"] = entry["base_url"]
    if entry.get("max_tokens"):
        model["max_tokens"] = entry["max_tokens"]
    embedder = LocalEmbedder()
    store = {
        "collection_name": "conversation",
        "path": f"{folder}/qdrant",
        "on_disk": True,
        "embedding_model_dims": embedder.dimension,
    }
    memory = Memory.from_config(
        {
            "llm": {"provider": "openai", "config": model},
            "embedder": {"provider": "openai", "config": {"api_key": "not-used", "embedding_dims": 256}},
            "vector_store": {"provider": "qdrant", "config": store},
            "history_db_path": f"{folder}/history.db",
        }
    )
    memory.embedding_model = _Embedding(embedder, memory.embedding_model.config)
    found: list[str] = []
    if job["do"] == "remember":
        messages = [{"role": each["role"], "content": each["text"]} for each in job["messages"]]
        memory.add(messages, **WHOSE)
    else:
        results = memory.search(job["question"], filters=WHOSE, top_k=job["k"])["results"]
        found = [each["memory"] for each in results]
    memory.vector_store.client.close()
    return {"memories": found, "tokens_in": counted.tokens_in, "tokens_out": counted.tokens_out}


class _Embedding:
    """Mem0's form of an embedder."""

    def __init__(self, embedder: LocalEmbedder, config: Any) -> None:
        self.config = config
        self._embedder = embedder

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:  # noqa: ARG002 - Mem0's form
        return self._embedder.embed([text])[0]

    def embed_batch(self, texts: list[str], memory_action: str = "add") -> list[list[float]]:  # noqa: ARG002
        return self._embedder.embed(texts)


if __name__ == "__main__":
    serve(work)
