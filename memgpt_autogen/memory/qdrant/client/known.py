"""What this process knows of a server, so that it need not ask again.

All of it may become untrue: a collection is deleted, an archive is emptied or re-embedded by another process.
It is forgotten at the first error, or the first empty answer, that shows this.
"""

from __future__ import annotations

from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.qdrant.protocol import Space


class Known:
    """The collections and archives of one server, as this process saw them last."""

    def __init__(self) -> None:
        self.collections: set[str] = set()
        """Collections that exist and have all their indexes."""
        self.spaces: dict[str, Space] = {}
        """The spaces of archives that were not empty when they were last used."""
        self.marks: dict[str, str] = {}
        """The collections in which archives have their marks, which are this home's."""
        self.embedders: dict[str | None, Embedder | None] = {}
        """The embedders that this process uses by their models; None is search by words."""
        self.most_at_once: int | None = None
        """How many points the server gives at once, once it has refused more; None if it has not."""

    def forget(self) -> None:
        """Forget what may have become untrue."""
        self.collections.clear()
        self.spaces.clear()
        self.marks.clear()

    def forget_archive(self, archive: str) -> None:
        self.spaces.pop(archive, None)
        self.marks.pop(archive, None)
