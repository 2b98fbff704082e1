"""SQLite and PostgreSQL take the same names, lengths, numbers and texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from loops import MemoryFactory

from memgpt_autogen.errors import BlockError, ConfigurationError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.messages import Message, now
from memgpt_autogen.text.names import LONGEST_ARCHIVE_NAME, LONGEST_SOURCE_NAME

WIDE = "\U0001f408"
"""A character of four bytes."""

AWKWARD = ("a\0b", "\ud800", "\ud83d\udc08", "\\ ' : & | ! * % %s ? $1", "\x01\x7f\u202e\ufffe", WIDE * 3000)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "plan.md"
    path.write_text(f"# {'heading ' * 1000}\n\nThe release is on 21 May.\n")
    return path


def test_names_have_the_same_lengths(where: str, make_memory: MemoryFactory, document: Path) -> None:
    memory = make_memory(WIDE * 64, archive=WIDE * LONGEST_ARCHIVE_NAME)
    name = WIDE * LONGEST_SOURCE_NAME

    assert memory.attach(document, name=name).came[0].name == name
    with pytest.raises(ConfigurationError, match="at most 500 characters"):
        memory.attach(document, name=f"{name}x")
    memory.log.append(Message.said_by(WIDE * 9000, "hello"))
    memory.archival.insert("tea", source=WIDE * 9000)

    assert [
        source.name for source in make_memory(WIDE * 64, archive=WIDE * LONGEST_ARCHIVE_NAME).readable
    ] == [name]


def test_a_document_from_a_long_place_gets_a_name_that_fits(
    where: str, make_memory: MemoryFactory, tmp_path: Path
) -> None:
    memory = make_memory()
    folder = tmp_path.joinpath(*("f" * 200 for _ in range(4)))
    folder.mkdir(parents=True)
    (folder / "plan.md").write_text("The release is on 21 May.")

    for text in ("one", "two"):
        (folder / "plan.md").write_text(text)
        memory.attach(tmp_path / ("f" * 200))

    (source,) = memory.readable
    assert len(source.name) <= LONGEST_SOURCE_NAME


@pytest.mark.parametrize("text", AWKWARD)
def test_texts_are_stored_alike(where: str, make_memory: MemoryFactory, text: str) -> None:
    memory = make_memory(persona=text[:100], blocks=[Block("plan", text, 4000, text)])
    message = Message("user", text, name=text, extra={text: text})

    memory.log.append(message)
    memory.core.set("human", text[:500])
    memory.queue.evict(1, text, "model")
    memory.recall.search(text[:100])
    memory.log.last_login(text)
    memory.readable.own.get(text)
    with pytest.raises(ConfigurationError):
        memory.readable.attach(text)

    stored = memory.log.everything()[-2].message
    assert (stored.text, stored.name) == (message.text, message.name)


def test_numbers_have_the_same_limits(where: str, make_memory: MemoryFactory, document: Path) -> None:
    memory = make_memory()
    (source,) = memory.attach(document).came

    for number in (2**31, 2**63, 2**70):
        assert memory.readable.own.start(source, page=number) is None
        assert memory.readable.own.read(source, number, chars=100).pieces == ()
        with pytest.raises(BlockError, match=f"a limit of {number} characters; it must be"):
            Block("plan", limit=number)
    for year in (1, 9999):
        memory.log.append(Message("user", "x", name="ada", time=now().replace(year=year)))
