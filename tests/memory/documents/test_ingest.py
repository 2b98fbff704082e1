"""Loading documents into an archive: once each, replaced, resumed, and left as they were after an error."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from document_files import FACT, encrypted_pdf, make_all
from loops import MemoryFactory
from sources_in_memory import LAW, events, law, names, texts
from sqlalchemy import func, select

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.memory.documents.attach import AttachProgress
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.tables import source_sections


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


def test_the_same_document_is_there_once(memory: MemoryHierarchy, tmp_path: Path) -> None:
    memory.attach(law(tmp_path / "docs"))

    again = memory.attach(tmp_path / "docs" / "law.txt")
    below = memory.attach(tmp_path)

    assert [source.name for source in (*again.unchanged, *below.unchanged)] == ["law.txt", "law.txt"]
    assert memory.archival.count() == 2
    assert len(events(memory)) == 1


def test_documents_with_the_same_text_stand_alone(memory: MemoryHierarchy, tmp_path: Path) -> None:
    for folder in ("berlin", "bonn"):
        memory.attach(law(tmp_path / folder), tags=[folder])
    memory.attach(tmp_path / "bonn" / "law.txt", name="handbook")
    memory.attach(text=LAW, name="note")

    assert names(memory) == ["bonn/law.txt", "handbook", "law.txt", "note"]
    memory.attach(law(tmp_path / "berlin", LAW.replace("coffee", "tea")))
    memory.detach("handbook")

    assert names(memory) == ["bonn/law.txt", "law.txt", "note"]
    assert len(texts(memory, "coffee")) == 2
    assert memory.archival.tags() == {"bonn": 2}


def test_a_document_that_is_attached_again_gets_the_new_tags_too(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    memory.attach(law(tmp_path), tags=["old"])

    memory.attach(tmp_path / "law.txt", tags=["new"])
    again = memory.attach(tmp_path / "law.txt", tags=["old"])

    assert memory.archival.tags() == {"new": 2, "old": 2}
    assert [source.name for source in again.unchanged] == ["law.txt"]
    assert memory.archival.count() == 2


def test_a_file_that_was_moved_is_the_same_document(memory: MemoryHierarchy, tmp_path: Path) -> None:
    memory.attach(law(tmp_path / "old"))
    (tmp_path / "old").rename(tmp_path / "new")

    moved = memory.attach(tmp_path / "new" / "law.txt")

    assert [source.origin for source in moved.unchanged] == [str(tmp_path / "new" / "law.txt")]
    memory.attach(law(tmp_path / "new", LAW.replace("coffee", "tea")))
    assert names(memory) == ["law.txt"]


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

    (tmp_path / "a.jsonl").write_text(rows.replace("row", "fresh").replace("}", ""))
    with pytest.raises(DocumentError, match="line 1: "):
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
        kill = lambda reached: reached.passages > 400 and os.kill(os.getpid(), 9)
        memory.attach(Path({str(long)!r}), told=kill)
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


def test_what_was_forgotten_of_a_source_comes_back_when_it_is_attached_again(
    memory: MemoryHierarchy, tmp_path: Path
) -> None:
    memory.attach(law(tmp_path))
    memory.forget(query="coffee")
    after = memory.sources()

    memory.attach(tmp_path / "law.txt")

    assert [source.passages for source in after] == [1]
    assert texts(memory, "coffee") == ["The president drinks coffee."]


def test_no_section_of_a_source_is_left_behind(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.attach(law(tmp_path))
    memory.attach(law(tmp_path, "Article I\n\nNothing.\n"))
    memory.detach("law.txt")

    with memory.log.database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(source_sections)) == 0
