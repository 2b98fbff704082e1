"""Sources: documents in an archive, listed, read, deleted, and kept through moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from document_files import FACT, make_all
from loops import MemoryFactory
from sources_in_memory import events, law, names, read, texts

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.home import import_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder


def test_detach_takes_a_source_with_all_its_passages(memory: MemoryHierarchy, tmp_path: Path) -> None:
    memory.archival.insert("The boss drinks coffee too.")
    memory.attach(law(tmp_path))

    gone = memory.detach("law.txt")

    assert gone is not None
    assert gone.passages == 2
    assert memory.sources() == []
    assert texts(memory, "coffee") == ["The boss drinks coffee too."]
    assert events(memory)[-1] == "No longer there: law.txt."
    with pytest.raises(ConfigurationError, match=r"no source 'law.txt' in this archive"):
        memory.detach("law.txt")


def test_a_source_is_found_by_every_form_of_its_name(memory: MemoryHierarchy) -> None:
    composed, decomposed = "Caf\u00e9 menu.md", "Cafe\u0301\u00a0menu.md"
    memory.attach(text="Tea is two euros.", name=decomposed)
    memory.attach(text="Soup is four euros.", name="menu.md")
    memory.attach(text="Bread is three euros.", name="Menu.md")

    gone = memory.detach(composed)

    assert gone is not None
    assert gone.name == decomposed
    assert [source.name for source in memory.sources()] == ["Menu.md", "menu.md"]
    with pytest.raises(ConfigurationError, match=r"no source 'MENU\.md'"):
        memory.detach("MENU.md")  # there are two
    assert memory.detach("menu.md") is not None


def test_every_form_of_a_name_is_one_source(memory: MemoryHierarchy) -> None:
    memory.attach(text="The boss drinks coffee.", name="Re\u0301sume\u0301 of O’Brien.txt")
    form = "résumé of o'brien.txt"

    assert memory.readable.own.get(form) is not None
    assert memory.archival.search("coffee", sources=[form]).total == 1
    assert memory.archival.count(sources=[form]) == 1
    assert memory.readable.own.get("Resume of O'Brien.txt") is None
    with pytest.raises(ConfigurationError, match=r"did you mean 'Re\u0301sume\u0301 of O’Brien\.txt'"):
        memory.detach("Resume of O'Brien.txt")
    assert memory.readable.find("resume")[1].passages == 1
    assert memory.detach(form) is not None
    assert memory.archival.count() == 0


def test_a_name_as_it_is_stored_is_preferred(memory: MemoryHierarchy) -> None:
    for name in ("readme.md", "README.md"):
        memory.attach(text=f"This is {name}.", name=name)

    assert memory.archival.count(sources=["README.md"]) == 1
    assert memory.archival.count(sources=["Readme.md"]) == 2
    assert memory.readable.own.get("Readme.md") is None
    assert memory.detach("readme.md") is not None
    assert [each.name for each in memory.sources()] == ["README.md"]


def test_sources_are_in_the_prompt_with_their_sizes(memory: MemoryHierarchy, tmp_path: Path) -> None:
    for number in range(30):
        memory.attach(text=f"Note {number}.", name=f"note {number:02}")

    (line,) = [
        each for each in memory.compile()[0]["content"].splitlines() if each.startswith("archival sources")
    ]

    assert line.startswith("archival sources: note 00 (1), note 01 (1), ")
    assert line.endswith(" and 10 more")


@pytest.mark.sqlite  # two homes are two databases
def test_an_export_brings_the_sources_to_another_home(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.attach(law(tmp_path))
    memory.attach(text="A note.", name="note")
    away = import_memory(memory.export(tmp_path / "sam.zip"), settings=Settings.load(home=tmp_path / "away"))

    again = away.attach(tmp_path / "law.txt")

    assert away.sources() == [
        *again.unchanged,
        *(source for source in away.sources() if source.name == "note"),
    ]
    assert [(each.name, each.passages, each.origin) for each in away.sources()] == [
        (each.name, each.passages, each.origin) for each in memory.sources()
    ]
    assert len(events(away)) == 2  # as told before: nothing came anew
    assert away.readable.news.take() == []
    assert read(away, "law.txt", heading="Article II") == ["The president drinks coffee."]


def test_a_fork_has_sources_of_its_own(make_memory: MemoryFactory, tmp_path: Path) -> None:
    make_memory("ada", archive="library").attach(text="The library opens at nine.", name="hours")
    sam = make_memory()
    sam.attach(archive="library")
    sam.attach(law(tmp_path))

    fork = sam.fork("tim")
    fork.detach("law.txt")

    assert names(sam) == ["law.txt", "hours"]
    assert names(fork) == ["hours"]
    assert texts(sam, "coffee") == ["The president drinks coffee."]
    assert texts(fork, "library opens") == ["The library opens at nine."]


def test_forgetting_a_source_takes_its_name_from_the_catalogue(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    memory.attach(law(tmp_path))
    memory.attach(text="Something else.", name="other")

    forgotten = memory.forget(source="law.txt")

    assert forgotten.passages == 2
    assert names(memory) == ["other"]


def test_words_at_the_end_of_a_passage_are_forgotten_with_the_next_ones_lead(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    filler = "The wind blew over the hills and nobody said a word. " * 21
    memory.attach(law(tmp_path, f"{filler}The code is 4711. It is a secret of ours. {filler}"))

    memory.forget(query="code is 4711")

    assert "4711" not in "".join(str(record) for record in memory.archival.dump())


def test_an_archive_that_was_cleared_has_no_sources(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.attach(law(tmp_path))

    memory.archival.clear()

    assert memory.sources() == []
    assert [source.name for source in memory.attach(tmp_path / "law.txt").came] == ["law.txt"]
    memory.reset()
    assert memory.sources() == []
    assert not memory.readable.news.has_documents()


def test_sources_stay_when_an_archive_is_embedded_anew(make_memory: MemoryFactory, tmp_path: Path) -> None:
    make_memory().attach(law(tmp_path))
    memory = make_memory(embedder=HashingEmbedder())

    memory.archival.reembed()

    assert read(memory, "law.txt", start=2) == ["The president drinks coffee."]
    assert [hit.passage.place is not None for hit in memory.archival.search("president").items[:1]] == [True]
    assert memory.archival.check().sound


def test_a_source_is_read_on_from_a_page_a_heading_and_a_passage(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    make_all(tmp_path)
    memory.attach(tmp_path / "paper.pdf")
    memory.attach(law(tmp_path))

    assert read(memory, "paper.pdf", page=2) == [f"{FACT} in pdf."]
    assert read(memory, "law.txt", heading="article ii") == ["The president drinks coffee."]
    assert read(memory, "law.txt", start=1) == [
        "The senate meets on Mondays.",
        "The president drinks coffee.",
    ]
    assert read(memory, "law.txt", start=3) == []
