"""Changes of one passage at the same moment: one of those that were meant for the same state is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from memgpt_autogen.errors import NotFoundError, StaleError
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.passages import Passage
from memgpt_autogen.memory.qdrant.edge.index import EdgeIndex
from memgpt_autogen.service.passages import PassageEdit, edit_in, passage_revision, remove_in
from memgpt_autogen.service.revisions import Expected
from memgpt_autogen.testing import HashingEmbedder

Change = Callable[[Archive, Passage, Expected], object]

CHANGES: dict[str, Change] = {
    "text": lambda archive, old, expected: edit_in(archive, old.id, PassageEdit(text="Ana left."), expected),
    "tags": lambda archive, old, expected: edit_in(archive, old.id, PassageEdit(tags=["town"]), expected),
    "removal": lambda archive, old, expected: remove_in(archive, old.id, expected),
}


class EmbedderWithGuest(HashingEmbedder):
    """Lets somebody else begin while it embeds a text, once."""

    def __init__(self) -> None:
        super().__init__()
        self.guest: Callable[[], object] | None = None

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        guest, self.guest = self.guest, None
        if guest is not None:
            guest()
        return super().embed(texts)


@pytest.mark.parametrize("second", CHANGES)
def test_of_two_changes_of_one_state_the_second_is_refused(tmp_path: Path, second: str) -> None:
    index, embedder = EdgeIndex(tmp_path), EmbedderWithGuest()
    ours, theirs = Archive("anna", index, embedder), Archive("anna", index, HashingEmbedder())
    (old,) = ours.insert("Ana lives in Lisbon.")
    expected = Expected([passage_revision(old)])
    refused = threading.Event()

    def change() -> None:
        with pytest.raises((StaleError, NotFoundError)):
            CHANGES[second](theirs, old, expected)
        refused.set()

    with ThreadPoolExecutor(1) as threads:
        begun = []

        def guest() -> None:
            begun.append(threads.submit(change))
            assert not refused.wait(0.3), "it waits for the first one"

        embedder.guest = guest
        edit_in(ours, old.id, PassageEdit(text="Ana lives in Porto."), expected)
        begun[0].result(20)

    assert [each.text for each in ours.list().items] == ["Ana lives in Porto."]
    index.close()
