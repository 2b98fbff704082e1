"""What is forgotten is in no prompt, no search and no byte of the home; the rest stays as it was."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loops import LoopFactory, MemoryFactory

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.upkeep.quotes import Phrase, Quotes, cut_sentences
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, call, says

LETTER = "My locker code is zebra-471180256, please keep it between the two of us and never tell anyone."
"""What Ada said, and wants to be forgotten."""

DAY = datetime(2026, 5, 3, 12, tzinfo=timezone.utc)


def in_files(home: Path, *words: str) -> list[str]:
    """Which of the words stand in a byte of the home, whatever way they are written there."""
    found = []
    for file in sorted(home.rglob("*")):
        raw = file.read_bytes().lower() if file.is_file() else b""
        for word in words:
            forms = {word.lower(), unicodedata.normalize("NFD", word.lower())}
            coded = {form.encode() for form in forms} | {
                form.encode("ascii", "backslashreplace") for form in forms
            }
            if any(form in raw for form in coded):
                found.append(f"{word} in {file.name}")
    return found


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def said(name: str, text: str, hours: float = 0, **extra: Any) -> Message:
    return Message("user", text, "message", name, time=at(hours), extra=extra)


@pytest.fixture
def memory(make_memory: MemoryFactory, make_loop: LoopFactory) -> MemoryHierarchy:
    """Ada told a secret, and the agent's records are full of it; Ben told about a cake."""
    memory = make_memory(blocks=[Block("notes", "Ben brings cake.\nAda is here.", limit=900)])
    memory.log.append(
        said("ben", "I bring a cake at noon.", 1, chat=["boss", "ada", "ben", "sam"]),
        said("ada", LETTER, 2, content=[{"type": "text", "text": LETTER}]),
        said("ada", "ok", 2.5),
    )
    loop = make_loop(
        says(
            f"Ada told me: {LETTER}",
            call("archival_memory_insert", content=f"Ada said: {LETTER}", request_heartbeat=True),
            call("archival_memory_insert", content="The cake comes at noon."),
            call("core_memory_append", label="notes", content=f"Ben is kind. {LETTER} The sky is blue."),
        ),
        says("look", call("conversation_search", query="locker code", request_heartbeat=True)),
        says("", call("send_message", message=f"I keep it. You said {LETTER} I also know about the cake.")),
        memory=memory,
    )
    list(loop.run())
    memory.queue.evict(5, f"Ben brings a cake. Ada told this: {LETTER} All were happy.", "model")
    memory.log.append(said("ben", "Anything else?", 30))
    return memory


@pytest.mark.sqlite
def test_what_a_speaker_said_is_in_no_byte_of_the_home(memory: MemoryHierarchy, tmp_path: Path) -> None:
    words = ("zebra", "471180256", "locker code", "between the two of us")
    assert in_files(tmp_path / "home", "zebra")

    told = memory.forget(speaker="Ada", blocks=True)

    assert told.scrubbed
    memory.archival.close()
    assert in_files(tmp_path / "home", *words) == []
    assert "zebra" not in str(told)


def test_the_rest_stays_as_it_was(memory: MemoryHierarchy) -> None:
    memory.forget(speaker="ada", blocks=True)

    assert "I bring a cake at noon." in [hit.text for hit in memory.recall.search("cake").items]
    assert [hit.passage.text for hit in memory.archival.search("cake").items] == ["The cake comes at noon."]
    assert memory.core["notes"].value == "Ben brings cake.\nBen is kind. The sky is blue."
    assert memory.recall.search("zebra").total == 0
    own = memory.recall.search(role="assistant").items[0].text
    assert own == "I keep it. [removed] I also know about the cake."
    assert [entry.seq for entry in memory.log.everything()] == list(range(1, memory.log.last_seq() + 1))


def test_the_report_tells_counts_and_no_words(memory: MemoryHierarchy) -> None:
    told = memory.forget(speaker="ada")

    assert (told.messages, told.entries, dict(told.speakers)) == (2, 2, {"ada": 2})
    assert (told.first, told.last) == (at(2), at(2.5))
    assert told.passages == 1
    assert told.blocks_left == ("notes",)
    assert told.summaries == 1
    assert dict(told.redacted) == {"message": 1, "result": 1, "step": 3}
    assert str(told).splitlines()[0] == "removed 2 messages (2 log entries), 1 passage"
    assert "blocks that still contain some of it: notes (blocks=True" in str(told)


def test_a_dry_run_tells_the_same_and_changes_nothing(memory: MemoryHierarchy) -> None:
    before = (memory.log.everything(), list(memory.core), memory.queue.summary, memory.archival.count())

    would = memory.forget(speaker="ada", blocks=True, dry_run=True)

    assert (
        memory.log.everything(),
        list(memory.core),
        memory.queue.summary,
        memory.archival.count(),
    ) == before
    done = memory.forget(speaker="ada", blocks=True)
    for field in ("messages", "entries", "speakers", "redacted", "summaries", "passages", "blocks_changed"):
        assert getattr(would, field) == getattr(done, field)
    assert str(would).startswith("would remove 2 messages")


def test_forgetting_again_finds_nothing(memory: MemoryHierarchy) -> None:
    memory.forget(speaker="ada", blocks=True)
    log = memory.log.everything()

    again = memory.forget(speaker="ada", blocks=True)

    assert (again.messages, again.entries, dict(again.redacted), again.passages, again.summaries) == (
        0,
        0,
        {},
        0,
        0,
    )
    assert memory.log.everything() == log


def test_a_summary_is_told_anew_from_what_is_left(memory: MemoryHierarchy) -> None:
    through = memory.queue.summary.through_seq if memory.queue.summary else 0

    memory.forget(speaker="ada")

    summary = memory.queue.summary
    assert summary is not None
    assert (summary.through_seq, summary.source) == (through, "extract")
    assert "ben: I bring a cake at noon." in summary.text
    assert "zebra" not in summary.text


def test_the_prompt_stays_legal_and_the_next_turn_works(memory: MemoryHierarchy) -> None:
    for wanted in ({"speaker": "ada"}, {"query": "cake"}, {"start": at(0), "end": at(3)}):
        memory.forget(**wanted)
        llm = ScriptedLLM(says("", call("send_message", message="Yes.")))
        list(open_loop(memory, llm).run())
        calls = [each["id"] for message in llm.requests[0].messages for each in message.get("tool_calls", ())]
        results = [
            message["tool_call_id"] for message in llm.requests[0].messages if message["role"] == "tool"
        ]
        assert calls == results
        assert not memory.queue.waiting()


def test_words_are_forgotten_wherever_they_stand(memory: MemoryHierarchy, tmp_path: Path) -> None:
    memory.log.append(
        said("ben", "Say ZEBRA-471180256\tto nobody.", 31), said("zebra-471180256", "my name", 32)
    )
    memory.archival.insert("harmless", tags=["zebra-471180256"])

    told = memory.forget(query="zebra-471180256", blocks=True)

    assert told.messages == 3
    memory.archival.close()
    assert in_files(tmp_path / "home", "zebra") == []
    assert memory.recall.search("ok", speaker="ada").total == 1


def test_words_are_cut_from_the_agents_own_blocks_unless_that_is_refused(memory: MemoryHierarchy) -> None:
    left = memory.forget(query="cake", blocks=False, dry_run=True)
    would = memory.forget(query="cake", dry_run=True)
    done = memory.forget(query="cake")

    assert (left.blocks_changed, left.blocks_left) == ((), ("notes",))
    assert would.blocks_changed == done.blocks_changed == ("notes",)
    assert done.blocks_left == ()
    assert memory.core["notes"].value == f"Ada is here.\nBen is kind. {LETTER} The sky is blue."


def test_words_of_a_shared_block_stay_by_default(make_memory: MemoryFactory) -> None:
    memory = make_memory(blocks=[Block("team", "Ada brings cake.", shared=True), Block("own", "Cake? Yes.")])

    told = memory.forget(query="cake")

    assert (told.blocks_changed, told.blocks_left) == (("own",), ("team",))
    assert (memory.core["team"].value, memory.core["own"].value) == ("Ada brings cake.", "Yes.")
    assert "with shared=True shared blocks too" in str(told)


@pytest.mark.parametrize(
    ("conditions", "left"),
    [
        ({"speaker": "ada"}, "Ada: tall. Likes cake.\nBen likes cake."),
        ({"speaker": "ada", "query": "cake"}, "Ada: tall.\nBen likes cake."),
        ({"speaker": "ada", "query": "cake", "blocks": False}, "Ada: tall. Likes cake.\nBen likes cake."),
        ({"start": at(0), "end": at(3), "query": "cake"}, "Ada: tall. Likes cake.\nBen likes cake."),
        ({"start": at(3), "query": "cake"}, "Ada: tall. Likes cake."),
        ({"source": "menu", "query": "cake"}, "Ada: tall. Likes cake.\nBen likes cake."),
    ],
)
def test_of_words_with_another_condition_a_block_loses_what_matches_both(
    make_memory: MemoryFactory, conditions: dict[str, Any], left: str
) -> None:
    memory = make_memory(blocks=[Block("notes", "Ada: tall. Likes cake.")])
    memory.core.edit("notes", lambda block: block.append("Ben likes cake."))

    memory.forget(**conditions)

    assert memory.core["notes"].value == left


def test_words_are_whole_words_in_any_case_and_spacing() -> None:
    phrase = Phrase("Ada  Lovelace")

    assert [
        text
        for text in ("ada lovelace", "ADA\nLOVELACE's", "Ada Lovelaces", "Canada Lovelace", "Ada")
        if any(phrase.spans(text))
    ] == [
        "ada lovelace",
        "ADA\nLOVELACE's",
    ]
    assert any(Phrase("東京").spans("私は東京に住む"))
    assert any(Phrase("Zoë").spans(unicodedata.normalize("NFD", "for Zoë.")))
    assert any(Phrase("C++ (20)").spans("I like C++ (20)!"))


def test_a_name_is_forgotten_in_every_script_and_form(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.log.append(
        said("ben", 'She wrote "Zoë Müller" on it.'),
        Message("assistant", "note", "step", tool_calls=(say("Zoë Müller is 東京 here\\u0021"),)),
        said("ben", "私は東京に住む"),
    )
    memory.archival.insert("Zoë Müller lives here.")

    memory.forget(query="Zoë Müller")
    memory.forget(query="東京")

    memory.archival.close()
    assert in_files(tmp_path / "home", "Zoë", "Müller", "東京") == []


def say(text: str) -> Any:
    from memgpt_autogen.messages import ToolCall

    return ToolCall("c1", "send_message", f'{{"message": "{text}"}}')


def test_a_source_goes_with_what_was_quoted_of_it(memory: MemoryHierarchy, tmp_path: Path) -> None:
    text = "The reactor was shut down by the second shift after the alarm in hall seven."
    memory.archival.insert(text, source="report.md")
    memory.archival.insert("Report about tea.", source="tea.md")
    loop = open_loop(
        memory,
        ScriptedLLM(
            says("", call("archival_memory_search", query="reactor", request_heartbeat=True)),
            says("", call("send_message", message=f"It says: {text}")),
        ),
    )
    list(loop.run([said("ben", "What happened?", 40)]))

    told = memory.forget(source="report.md")

    assert (told.messages, told.passages) == (0, 1)
    assert memory.archival.sources() == {"tea.md": 1}
    memory.archival.close()
    assert in_files(tmp_path / "home", "second shift", "hall seven") == []


def test_a_time_goes_from_its_first_to_its_last_moment(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    memory.log.append(*(said("ada", f"line {hours}", hours) for hours in range(5)))
    for hours in range(5):
        memory.archival.insert(f"passage {hours}", created_at=at(hours))

    told = memory.forget(start=at(1), end=at(3))

    assert (told.messages, told.passages) == (3, 3)
    assert [hit.text for hit in memory.recall.search().items] == ["line 0", "line 4"]
    assert [passage.text for passage in memory.archival.list().items] == ["passage 0", "passage 4"]


def test_all_conditions_must_hold(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    memory.log.append(
        said("ada", "tea is good", 1),
        said("ada", "tea again", 5),
        said("ben", "tea too", 1),
        said("ada", "cake", 1),
    )
    memory.archival.insert("tea leaves", created_at=at(1))

    told = memory.forget(speaker="ada", query="tea", end=at(2))

    assert told.messages == 1
    assert told.passages == 0
    assert sorted(hit.text for hit in memory.recall.search().items) == ["cake", "tea again", "tea too"]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, "say what to forget"),
        ({"query": " "}, "query is blank"),
        ({"speaker": "ada", "source": "x"}, "nothing has both a speaker and a source"),
        ({"start": at(2), "end": at(1)}, "Swap them"),
        ({"start": datetime(2026, 1, 1)}, "has no time zone"),  # noqa: DTZ001 - that is the point
    ],
)
def test_what_makes_no_sense_is_refused(wanted: dict[str, Any], told: str, memory: MemoryHierarchy) -> None:
    with pytest.raises(ConfigurationError, match=told):
        memory.forget(**wanted)


def test_short_words_of_everyone_are_no_quotes(make_memory: MemoryFactory) -> None:
    memory = make_memory()
    memory.log.append(
        said("ada", "ok"), said("ada", "How are you today?"), said("ben", "ok, how are you today?")
    )

    memory.forget(speaker="ada")

    assert [hit.text for hit in memory.recall.search().items] == ["ok, how are you today?"]


def test_what_was_taken_back_is_forgotten_too(make_memory: MemoryFactory, tmp_path: Path) -> None:
    memory = make_memory()
    memory.log.append(said("ada", LETTER))
    from sqlalchemy import update

    from memgpt_autogen.memory.storage.tables import entries

    with memory.log.database.writing() as connection:
        connection.execute(update(entries).values(hidden=True))

    assert memory.forget(speaker="ada").messages == 1
    assert in_files(tmp_path / "home", "zebra") == []


def test_what_others_have_too_stays_unless_it_is_said(make_memory: MemoryFactory, tmp_path: Path) -> None:
    team = [Block("team", "goal: ship", shared=True)]
    ida, tom = (make_memory(name, blocks=team, archive="library") for name in ("ida", "tom"))
    ida.core.edit("team", lambda block: block.append("The code is zebra-471180256."))
    tom.core.edit("team", lambda block: block.append("Rest on Sunday."))
    ida.archival.insert("The code is zebra-471180256.")

    left = ida.forget(query="zebra-471180256", blocks=True)

    assert (left.passages, left.passages_left, left.blocks_left) == (0, 1, ("team",))
    assert "left in the shared archive: 1 passage " in str(left)
    assert "zebra" in tom.core["team"].value
    gone = ida.forget(query="zebra-471180256", blocks=True, shared=True)
    assert (gone.passages, gone.blocks_changed, gone.blocks_left) == (1, ("team",), ())
    assert tom.core["team"].value == "goal: ship\nRest on Sunday."
    ida.archival.close()
    assert in_files(tmp_path / "home", "zebra") == []


def test_a_block_that_is_left_keeps_its_history(memory: MemoryHierarchy) -> None:
    memory.forget(speaker="ada")

    edits = [edit.message.extra for edit in memory.log.edits() if edit.message.name == "notes"]
    assert edits[-1]["after"] == memory.core["notes"].value
    assert "zebra" in memory.core["notes"].value


class Broken:
    """An archive that cannot delete until it is mended."""

    def __init__(self, archive: Any) -> None:
        self.archive = archive

    def __getattr__(self, name: str) -> Any:
        if name == "delete_where":
            raise StorageError("the disk is gone")
        return getattr(self.archive, name)


def test_a_forgetting_that_broke_off_is_completed_by_another(memory: MemoryHierarchy, tmp_path: Path) -> None:
    archive: Any = memory.archival
    memory.archival = Broken(archive)  # type: ignore[assignment]
    with pytest.raises(StorageError):
        memory.forget(speaker="ada", blocks=True)

    memory.archival = archive
    memory.forget(speaker="ada", blocks=True)

    archive.close()
    assert in_files(tmp_path / "home", "zebra", "471180256", "locker") == []


@pytest.mark.sqlite
def test_another_reader_delays_the_cleaning_and_is_told(
    memory: MemoryHierarchy, tmp_path: Path, monkeypatch: Any
) -> None:
    import sqlite3

    reader = sqlite3.connect(tmp_path / "home" / "memory.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()
    from sqlalchemy import event

    event.listen(
        memory.log.database._engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout=200")
    )

    told = memory.forget(speaker="ada", blocks=True)

    assert not told.scrubbed
    assert "Run it again when no other process uses it" in str(told)
    reader.close()
    assert memory.forget(speaker="ada", blocks=True).scrubbed
    memory.archival.close()
    assert in_files(tmp_path / "home", "zebra") == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from("alpha beta gamma delta Straße 東京 o'clock x-1 \n . ! ,".split(" ")), max_size=40
    ),
    st.integers(0, 30),
    st.integers(8, 20),
)
def test_any_run_of_a_long_text_is_recognised(words: list[str], start: int, length: int) -> None:
    text = " ".join(words)
    quoted = " ".join(text.split()[start : start + length])
    quotes = Quotes()
    quotes.add(text)

    if len(re.findall(r"\w+", quoted)) >= 8 and len(re.findall(r"\w+", text)) >= 8:
        assert any(quotes.spans(f"They said: {quoted} and more"))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.lists(st.tuples(st.integers(0, 200), st.integers(1, 20)), max_size=4))
def test_a_text_without_spans_holds_nothing_of_them(text: str, places: list[tuple[int, int]]) -> None:
    spans = [(start, min(start + length, len(text))) for start, length in places if start < len(text)]

    after = cut_sentences(text, spans, mark="")

    kept = len(text) - sum(end > start for start, end in spans)
    assert len(after) <= max(kept, 0) or not spans
    assert cut_sentences(after, []) == after
