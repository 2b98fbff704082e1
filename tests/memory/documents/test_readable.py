"""The archives that an agent reads: its own, and the shared archives that are attached to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from loops import MemoryFactory
from sources_in_memory import events, law, names, texts

from memgpt_autogen.errors import ConfigurationError, EmbedderMismatchError
from memgpt_autogen.testing import HashingEmbedder


def test_agents_of_a_shared_archive_share_its_sources_and_all_are_told(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    ada, ben = make_memory("ada", archive="library"), make_memory("ben", archive="library")

    ada.attach(law(tmp_path))
    ben.readable.news.take()

    assert names(ben) == ["law.txt"]
    assert events(ada) == events(ben) == ["1 document came: law.txt (2 passages, 56 characters)."]
    assert ben.readable.news.take() == []
    assert ben.archival.count() == 2


def test_every_form_of_a_name_is_one_shared_archive(make_memory: MemoryFactory) -> None:
    make_memory("ada", archive="Bücher").archival.insert("A book.")
    ben = make_memory("ben")

    ben.attach(archive="BU\u0308CHER")

    assert list(ben.readable.others()) == ["Bücher"]
    assert ben.detach(archive="bücher") is None
    assert not ben.readable.others()


def test_an_attached_archive_is_read_beside_the_own_one(make_memory: MemoryFactory, tmp_path: Path) -> None:
    ada, ben = make_memory("ada", archive="library"), make_memory("ben")
    ada.attach(law(tmp_path))
    ben.archival.insert("Ben drinks coffee at noon.")

    ben.attach(archive="library")

    found = ben.readable.search("coffee").items
    assert {(hit.archive, hit.passage.text) for hit in found} == {
        (None, "Ben drinks coffee at noon."),
        ("library", "The president drinks coffee."),
    }
    assert ben.readable.search("coffee", page=1, page_size=1).total == 2
    assert [source.archive for source in ben.sources()] == ["library"]
    assert events(ben) == ["1 document came: law.txt in archive library (2 passages, 56 characters)."]
    assert "archive library, which you only read: 2 passages: law.txt (2)" in ben.compile()[0]["content"]
    assert ben.archival.count() == 1
    with pytest.raises(ConfigurationError, match=r"no source 'law\.txt' in this archive"):
        ben.detach("law.txt")

    ben.detach(archive="library")

    assert texts(ben, "coffee") == ["Ben drinks coffee at noon."]
    assert ada.archival.count() == 2


def test_an_archive_that_is_not_there_is_not_attached(make_memory: MemoryFactory) -> None:
    make_memory("ada", archive="library")

    with pytest.raises(ConfigurationError, match=r"no shared archive 'libary'\. It has: library"):
        make_memory("ben").attach(archive="libary")
    with pytest.raises(ConfigurationError, match="the agent's own already"):
        make_memory("ada", archive="library").attach(archive="library")


def test_an_archive_of_another_embedder_is_not_attached(make_memory: MemoryFactory) -> None:
    make_memory("ada", archive="library").attach(text="The library opens at nine.", name="hours")
    ben = make_memory("ben", embedder=HashingEmbedder())

    with pytest.raises(EmbedderMismatchError, match="was filled with no embedding model"):
        ben.attach(archive="library")

    assert ben.sources() == []


def test_no_agent_sees_anothers_sources(make_memory: MemoryFactory, tmp_path: Path) -> None:
    ada, ben = make_memory("ada"), make_memory("ben")

    ada.attach(law(tmp_path))

    assert ben.sources() == []
    assert not ben.readable.news.has_documents()
    assert ben.readable.news.take() == []
    assert texts(ben, "coffee") == []
    assert "law.txt" not in ben.compile()[0]["content"]
