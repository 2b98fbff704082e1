"""The measured stores, which all have the same few methods. Opening a store imports its package."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from benchmarks.archival_corpus import AGENTS, DIMENSION, Question, Row

TOP = 10


class Store(Protocol):
    """A store. Its class creates or opens it in a folder."""

    batch: int
    """How many rows it adds at a time."""

    def add(self, rows: Sequence[Row]) -> object:
        """Add the rows. On return, every search finds them, and they survive a restart."""

    def search(self, question: Question, *, filtered: bool) -> list[str]:
        """Return the texts of the best `TOP`. If `filtered`, only of the question's agent."""

    def count(self) -> int: ...

    def close(self) -> None: ...


class Ours:
    """One archive that all agents share. Each agent has its own tag."""

    packages = ("qdrant-edge-py",)
    batch = 1000

    def __init__(self, folder: Path) -> None:
        from memgpt_autogen.memory.archival.archive import Archive
        from memgpt_autogen.memory.qdrant.open import open_index

        self.embedder = SeededEmbedder()
        self.index = open_index(folder)
        self.archive = Archive("shared", self.index, self.embedder)

    def add(self, rows: Sequence[Row]) -> object:
        from memgpt_autogen.memory.passages import Draft

        self.embedder.learn(rows)
        return self.archive.insert_many([Draft(row.text, [row.agent]) for row in rows])

    def search(self, question: Question, *, filtered: bool) -> list[str]:
        return [found.passage.text for found in self.page(question, filtered=filtered).items]

    def page(self, question: Question, *, filtered: bool) -> Any:
        self.embedder.learn([question])
        return self.archive.search(question.text, tags=[question.agent] if filtered else (), page_size=TOP)

    def count(self) -> int:
        return self.archive.count()

    def close(self) -> None:
        self.index.close()


class OursApart:
    """One archive for each agent, so every search is filtered."""

    packages = ("qdrant-edge-py",)
    batch = 1000

    def __init__(self, folder: Path) -> None:
        from memgpt_autogen.memory.archival.archive import Archive
        from memgpt_autogen.memory.qdrant.open import open_index

        self.embedder = SeededEmbedder()
        self.index = open_index(folder)
        names = [f"agent-{number}" for number in range(AGENTS)]
        self.archives = {name: Archive(name, self.index, self.embedder) for name in names}

    def add(self, rows: Sequence[Row]) -> object:
        from memgpt_autogen.memory.passages import Draft

        self.embedder.learn(rows)
        for name, archive in self.archives.items():
            own = [Draft(row.text) for row in rows if row.agent == name]
            if own:
                archive.insert_many(own)
        return None

    def search(self, question: Question, *, filtered: bool) -> list[str]:  # noqa: ARG002 - it is always filtered
        self.embedder.learn([question])
        page = self.archives[question.agent].search(question.text, page_size=TOP)
        return [found.passage.text for found in page.items]

    def count(self) -> int:
        return sum(archive.count() for archive in self.archives.values())

    def close(self) -> None:
        self.index.close()


class Bare:
    """The bare engine: one shard with the same vectors, the same payload, and an index of tags."""

    packages = ("qdrant-edge-py",)
    batch = 1000

    def __init__(self, folder: Path) -> None:
        import qdrant_edge as edge

        self.edge = edge
        place = folder / "bare"
        if place.exists():
            self.shard = edge.EdgeShard.load(str(place))
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        dense = {"meaning": edge.EdgeVectorParams(DIMENSION, edge.Distance.Cosine)}
        words = {"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)}
        self.shard = edge.EdgeShard.create(str(place), edge.EdgeConfig(vectors=dense, sparse_vectors=words))
        self.shard.update(edge.UpdateOperation.create_field_index("tags", edge.KeywordIndexParams()))

    def add(self, rows: Sequence[Row]) -> object:
        self.log(rows)
        self.shard.flush()
        return None

    def log(self, rows: Sequence[Row]) -> None:
        """Add the rows without a flush: they survive a crash of the process, but not of the machine."""
        points = [
            self.edge.Point(
                row.id, {"meaning": row.vector, "words": self._words(row.text, query=False)}, _payload(row)
            )
            for row in rows
        ]
        self.shard.update(self.edge.UpdateOperation.upsert_points(points))

    def search(self, question: Question, *, filtered: bool) -> list[str]:
        """Search by meaning only."""
        fits = self._filter(question) if filtered else None
        nearest = self.edge.Query.Nearest(question.vector, using="meaning")
        return self._texts(self.edge.QueryRequest(limit=TOP, query=nearest, filter=fits, with_payload=True))

    def hybrid(self, question: Question, *, filtered: bool) -> list[str]:
        """Search by words and by meaning. The engine fuses the results.

        It ranks 200 hits by words and 100 by meaning. Our search ranks 100 and 50.
        """
        fits = self._filter(question) if filtered else None
        nearest = self.edge.Query.Nearest
        prefetches = [
            self.edge.Prefetch(
                limit=200, query=nearest(self._words(question.text, query=True), using="words"), filter=fits
            ),
            self.edge.Prefetch(limit=100, query=nearest(question.vector, using="meaning"), filter=fits),
        ]
        fusion = self.edge.Fusion.Rrf(k=2)
        return self._texts(
            self.edge.QueryRequest(limit=TOP, query=fusion, prefetches=prefetches, with_payload=True)
        )

    def count(self) -> int:
        return int(self.shard.count(self.edge.CountRequest(exact=True)))

    def close(self) -> None:
        self.shard.close()

    def _texts(self, request: Any) -> list[str]:
        return [point.payload["text"] for point in self.shard.query(request)]

    def _filter(self, question: Question) -> Any:
        match = self.edge.MatchValue(question.agent)
        return self.edge.Filter(must=[self.edge.FieldCondition("tags", match=match)])

    def _words(self, text: str, *, query: bool) -> Any:
        from memgpt_autogen.text.bm25 import passage_weights, query_weights

        weights = query_weights(text) if query else passage_weights(text)
        return self.edge.SparseVector(list(weights), list(weights.values()))


class Chroma:
    """A persistent client with its defaults and cosine distance, as AutoGen's Teachability uses it."""

    packages = ("chromadb",)
    batch = 1000

    def __init__(self, folder: Path) -> None:
        import chromadb

        settings = chromadb.Settings(anonymized_telemetry=False)
        self.client = chromadb.PersistentClient(str(folder / "chroma"), settings)
        self.collection = self.client.get_or_create_collection(
            "memory", embedding_function=None, metadata={"hnsw:space": "cosine"}
        )

    def add(self, rows: Sequence[Row]) -> object:
        return self.collection.add(
            ids=[row.id for row in rows],
            embeddings=[row.vector for row in rows],
            metadatas=[{"agent": row.agent} for row in rows],
            documents=[row.text for row in rows],
        )

    def search(self, question: Question, *, filtered: bool) -> list[str]:
        found = self.collection.query(
            query_embeddings=[question.vector],
            n_results=TOP,
            where={"agent": question.agent} if filtered else None,
            include=["documents"],
        )
        return list(found["documents"][0])

    def count(self) -> int:
        return int(self.collection.count())

    def close(self) -> None:
        pass


class QdrantLocal:
    """`qdrant-client` in local mode, in a folder."""

    packages = ("qdrant-client",)
    batch = 250

    def __init__(self, folder: Path) -> None:
        from qdrant_client import QdrantClient, models

        self.models = models
        self.client = QdrantClient(path=str(folder / "qdrant"))
        if not self.client.collection_exists("memory"):
            vectors = models.VectorParams(size=DIMENSION, distance=models.Distance.COSINE)
            self.client.create_collection("memory", vectors_config=vectors)

    def add(self, rows: Sequence[Row]) -> object:
        points = [
            self.models.PointStruct(
                id=row.id, vector=row.vector, payload={"text": row.text, "agent": row.agent}
            )
            for row in rows
        ]
        return self.client.upsert("memory", points)

    def search(self, question: Question, *, filtered: bool) -> list[str]:
        match = self.models.MatchValue(value=question.agent)
        fits = self.models.Filter(must=[self.models.FieldCondition(key="agent", match=match)])
        found = self.client.query_points(
            "memory", query=question.vector, query_filter=fits if filtered else None, limit=TOP
        )
        return [point.payload["text"] for point in found.points]

    def count(self) -> int:
        return int(self.client.count("memory").count)

    def close(self) -> None:
        self.client.close()


class Mem0:
    """mem0 with its defaults. It has no bulk insert.

    `infer=False` avoids model calls. The vectors come from the seed.
    """

    packages = ("mem0ai",)
    batch = 1

    def __init__(self, folder: Path) -> None:
        os.environ.update(MEM0_TELEMETRY="False", MEM0_DIR=str(folder / "mem0"), OPENAI_API_KEY="none")
        from mem0 import Memory

        place = {"path": str(folder / "qdrant"), "embedding_model_dims": DIMENSION, "on_disk": True}
        self.memory = Memory.from_config(
            {
                "vector_store": {"provider": "qdrant", "config": place},
                "history_db_path": str(folder / "history.db"),
            }
        )
        self.embedder = SeededEmbedder()
        self.memory.embedding_model = self

    def embed(self, text: str, *_: Any) -> list[float]:
        return self.embedder.embed_query(text)

    def embed_batch(self, texts: Sequence[str], *_: Any) -> list[list[float]]:
        return self.embedder.embed(texts)

    def add(self, rows: Sequence[Row]) -> object:
        self.embedder.learn(rows)
        return [self.memory.add(row.text, user_id=row.agent, infer=False) for row in rows]

    def search(self, question: Question, *, filtered: bool) -> list[str]:  # noqa: ARG002 - it is always filtered
        self.embedder.learn([question])
        found = self.memory.search(question.text, filters={"user_id": question.agent}, top_k=TOP)
        return [each["memory"] for each in found["results"]]

    def count(self) -> int:
        return int(self.memory.vector_store.client.count(self.memory.vector_store.collection_name).count)

    def close(self) -> None:
        self.memory.vector_store.client.close()


class Lance:
    """LanceDB without a vector index, which is the default."""

    packages = ("lancedb",)
    batch = 1000

    def __init__(self, folder: Path) -> None:
        import lancedb
        import pyarrow as pa

        self.database = lancedb.connect(str(folder / "lance"))
        vector = pa.list_(pa.float32(), DIMENSION)
        text = pa.string()
        schema = pa.schema([("id", text), ("text", text), ("agent", text), ("vector", vector)])
        self.table = self.database.create_table("memory", schema=schema, exist_ok=True)

    def add(self, rows: Sequence[Row]) -> object:
        return self.table.add(
            [{"id": row.id, "text": row.text, "agent": row.agent, "vector": row.vector} for row in rows]
        )

    def search(self, question: Question, *, filtered: bool) -> list[str]:
        query = (
            self.table.search(question.vector)
            .distance_type("cosine")
            .select(["text", "_distance"])
            .limit(TOP)
        )
        if filtered:
            query = query.where(f"agent = '{question.agent}'", prefilter=True)
        return [row["text"] for row in query.to_list()]

    def count(self) -> int:
        return int(self.table.count_rows())

    def close(self) -> None:
        pass


class SeededEmbedder:
    """An embedder that looks up given vectors, so that embedding costs no time."""

    model = "seeded"
    dimension = DIMENSION

    def __init__(self) -> None:
        self._known: dict[str, list[float]] = {}

    def learn(self, rows: Sequence[Row] | Sequence[Question]) -> None:
        self._known = {row.text: row.vector for row in rows}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._known[text] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._known[text]


def _payload(row: Row) -> dict[str, Any]:
    """Return the payload that our archive stores with a passage."""
    return {
        "archive": "shared",
        "text": row.text,
        "gap": "",
        "tags": [row.agent],
        "source": None,
        "created_at": "2026-01-01T00:00:00.000000+00:00",
        "parent": row.id,
        "part": 1,
        "parts": 1,
        "model": "seeded",
        "dimension": DIMENSION,
    }


STORES: dict[str, Any] = {
    "ours": Ours,
    "ours-apart": OursApart,
    "edge": Bare,
    "chroma": Chroma,
    "qdrant-local": QdrantLocal,
    "mem0": Mem0,
    "lancedb": Lance,
}
