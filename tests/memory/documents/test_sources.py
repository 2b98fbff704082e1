"""Sources: documents in an archive, once each, replaced, taken away, gone on with, shared, and kept through moves."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from document_files import FACT, encrypted_pdf, make_all
from loops import MemoryFactory
from sqlalchemy import func, select

from memgpt_autogen.errors import ConfigurationError, DocumentError, EmbedderMismatchError
from memgpt_autogen.home import import_memory
from memgpt_autogen.memory.documents.attach import AttachProgress
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.tables import source_sections
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder

LAW = "Article I\n\nThe senate meets on Mondays.\n\nArticle II\n\nThe president drinks coffee.\n"


def law(folder: Path, text: str = LAW, name: str = "law.txt") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder / name


def names(memory: MemoryHierarchy) -> list[str]:
    return [source.name for source in memory.sources()]


def events(memory: MemoryHierarchy) -> list[str]:
    """What the agent was told of documents."""
    found = (entry.message for entry in memory.log.everything() if entry.message.kind == "alert")
    return [
        message.text.partition("In archival memory: ")[2].partition(" archival_memory_search")[0]
        for message in found
    ]


def texts(memory: MemoryHierarchy, query: str) -> list[str]:
    return [hit.passage.text for hit in memory.readable.search(query).items]


def test_files_of_each_kind_in_a_folder_are_found_by_their_words(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    make_all(tmp_path / "shop")

    attached = memory.attach(tmp_path / "shop")

    assert len(attached.came) == 11
    assert not attached.failed
    found = memory.archival.search("heron lamp costs", page_size=20).items
    assert {hit.passage.source for hit in found if FACT in hit.passage.text} == {
        source.name for source in attached.came
    }


def test_the_same_content_is_there_once(memory: MemoryHierarchy, tmp_path: Path) -> None:
    memory.attach(law(tmp_path))

    again = memory.attach(tmp_path / "law.txt")
    copy = memory.attach(law(tmp_path / "copies"))

    assert [source.name for source in (*again.unchanged, *copy.unchanged)] == ["law.txt", "law.txt"]
    assert memory.archival.count() == 2
    assert len(events(memory)) == 1


def test_a_changed_file_takes_the_place_of_what_it_was(memory: MemoryHierarchy, tmp_path: Path) -> None:
    memory.attach(law(tmp_path))

    changed = memory.attach(law(tmp_path, LAW.replace("coffee", "tea") + "\nArticle III\n\nJudges sleep.\n"))

    assert [source.passages for source in changed.changed] == [3]
    assert texts(memory, "coffee") == []
    assert texts(memory, "tea") == ["The president drinks tea."]
    assert memory.archival.count() == 3
    assert events(memory)[-1].startswith("1 document changed: law.txt (3 passages")


def test_another_file_of_the_same_name_gets_a_longer_one(memory: MemoryHierarchy, tmp_path: Path) -> None:
    for state in ("maine", "ohio"):
        memory.attach(law(tmp_path / state, f"Article I\n\nThe bird of {state} is on the flag.\n"))

    changed = memory.attach(law(tmp_path / "ohio", "Article I\n\nOhio has no flag.\n"))

    assert names(memory) == ["law.txt", "ohio/law.txt"]
    assert [source.name for source in changed.changed] == ["ohio/law.txt"]


def test_a_text_is_attached_under_a_name_and_replaced_by_it(memory: MemoryHierarchy) -> None:
    memory.attach(text="The door code is 1234.", name="codes")
    memory.attach(text="The door code is 9876.", name="codes")

    assert names(memory) == ["codes"]
    assert texts(memory, "door code") == ["The door code is 9876."]


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


def test_a_broken_file_of_a_folder_is_told_and_the_others_come(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    law(tmp_path / "docs")
    (tmp_path / "docs" / "locked.pdf").write_bytes(encrypted_pdf("secret"))
    (tmp_path / "docs" / "empty.md").write_bytes(b"")

    attached = memory.attach(tmp_path / "docs")

    assert [source.name for source in attached.came] == ["law.txt"]
    assert [Path(path).name for path, _ in attached.failed] == ["empty.md", "locked.pdf"]
    assert "is encrypted" in attached.failed[1][1]


def test_a_file_that_turns_out_broken_leaves_what_was_there(memory: MemoryHierarchy, tmp_path: Path) -> None:
    rows = "".join(f'{{"note": "row {row} {"x" * 900}"}}\n' for row in range(600))
    (tmp_path / "a.jsonl").write_text(rows)
    memory.attach(tmp_path / "a.jsonl")
    before = memory.archival.count()

    (tmp_path / "a.jsonl").write_text(rows.replace("row", "fresh") + '{"torn\n')
    with pytest.raises(DocumentError, match="line 601"):
        memory.attach(tmp_path / "a.jsonl")

    assert memory.archival.count() == before
    assert memory.archival.search("fresh").total == 0
    assert [source.ready for source in memory.sources()] == [True]


def test_a_load_that_was_killed_goes_on_and_tells_the_whole(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    paragraphs = [
        f"Paragraph {number} tells of the year {number}. {'It rained. ' * 90}" for number in range(600)
    ]
    long = law(tmp_path, "\n\n".join(paragraphs), "long.txt")
    script = textwrap.dedent(f"""
        import os
        from pathlib import Path
        from memgpt_autogen.assembly import open_memory
        from memgpt_autogen.settings import Settings

        memory = open_memory("sam", Settings.load(home=Path({str(tmp_path / "home")!r})))
        memory.attach(Path({str(long)!r}), told=lambda reached: reached.passages > 400 and os.kill(os.getpid(), 9))
    """)
    killed = subprocess.run([sys.executable, "-c", script], check=False)
    memory = make_memory()
    there = memory.archival.count()
    steps: list[AttachProgress] = []

    assert killed.returncode == -9
    assert [source.ready for source in memory.sources()] == [False]
    memory.attach(long, told=steps.append)

    (source,) = memory.sources()
    assert source.ready
    assert source.passages == memory.archival.count() == memory.archival.count(sources=["long.txt"])
    assert steps[0].passages > there >= 400
    assert texts(memory, "Paragraph 599")[0].startswith("Paragraph 599")
    assert events(memory) == [f"1 document came: long.txt ({source.size})."]


def test_passages_know_their_place_and_are_found_across_a_cut(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    filler = "The wind blew over the hills and nobody said a word. " * 21
    memory.attach(
        law(tmp_path, f"Chapter 1\n\n{filler}The zebra slept. It woke at noon in its ivory tower. {filler}")
    )

    hits = memory.archival.search("zebra noon").items

    first, second = (hit.passage for hit in hits[:2])
    assert first.place is not None
    assert second.place is not None
    assert {first.place.heading, second.place.heading} == {"Chapter 1"}
    assert (
        "zebra slept. It woke at noon" in f"{second.place.lead} {second.text}"
        or "zebra slept. It woke at noon" in first.text
    )
    assert [hit.passage.source for hit in memory.archival.search("chapter 1").items][:1] == ["law.txt"]


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
    assert not ben.readable.has_documents()
    assert ben.readable.news.take() == []
    assert texts(ben, "coffee") == []
    assert "law.txt" not in ben.compile()[0]["content"]


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


def test_what_was_forgotten_of_a_source_comes_back_when_it_is_attached_again(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    memory.attach(law(tmp_path))
    memory.forget(query="coffee")
    after = memory.sources()

    memory.attach(tmp_path / "law.txt")

    assert [source.passages for source in after] == [1]
    assert texts(memory, "coffee") == ["The president drinks coffee."]


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
    assert not memory.readable.has_documents()


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


def test_no_section_of_a_source_is_left_behind(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.attach(law(tmp_path))
    memory.attach(law(tmp_path, "Article I\n\nNothing.\n"))
    memory.detach("law.txt")

    with memory.log.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(source_sections)) == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"what": "no/such/file.txt"}, "is not there. Give the path of a file or folder"),
        ({"what": "two\nlines"}, r"attach\(text=...\)"),
        ({}, "give what to attach"),
        ({"text": " "}, "is empty"),
        ({"what": "a.txt", "archive": "library"}, "takes no document"),
    ],
)
def test_what_cannot_be_attached_is_refused_with_the_way_out(
    memory: MemoryHierarchy, given: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        memory.attach(**given)


def read(memory: MemoryHierarchy, name: str, *, start: int | None = None, **place: object) -> list[str]:
    sources, source = memory.readable.find(name)
    assert isinstance(source, Source)
    at = start or sources.start(source, **place)  # type: ignore[arg-type]
    return [piece.passage.text for piece in sources.read(source, at or 0, chars=10_000).pieces]
