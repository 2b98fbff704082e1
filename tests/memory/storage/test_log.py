"""The log: whole, gapless, in order, whoever writes and whatever dies."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from loops import MemoryFactory
from workers import Worker

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.settings import Settings
from memgpt_autogen.text.safe import clean_text

WRITER = """
import sys
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.settings import Settings

memory = open_memory("sam", Settings.load(home=sys.argv[1]))
for number in range(int(sys.argv[3])):
    call = ToolCall(f"{sys.argv[2]}{number}", "core_memory_append")
    written = memory.log.append(
        Message("assistant", "thinking", "step", tool_calls=(call,)),
        Message.result_of(call, f"{sys.argv[2]} {number} " + "x" * 200),
    )
    print(written[-1].seq, flush=True)
"""

NASTY = st.text(st.sampled_from("a \n\"'%\\\0\ud83d\ude00\udfff\ufeff茶{}"), max_size=12) | st.text(
    max_size=30
)


def seqs(memory: MemoryHierarchy) -> list[int]:
    return [entry.seq for entry in memory.log.everything()]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this platform")
@pytest.mark.parametrize("acknowledged", [1, 40])
def test_a_killed_writer_leaves_every_acknowledged_row_and_no_half_pair(
    tmp_path: Path, acknowledged: int
) -> None:
    worker = Worker(WRITER, tmp_path, "w", 1_000_000)  # T23
    told = [int(worker.line()) for _ in range(acknowledged)]
    worker.kill()
    told += map(int, worker.rest())

    memory = open_memory("sam", Settings.load(home=tmp_path))

    written = memory.log.everything()
    assert [entry.seq for entry in written] == list(range(1, len(written) + 1))
    assert max(told) <= len(written)
    steps = [entry for entry in written if entry.message.kind == "step"]
    answers = {entry.message.tool_call_id for entry in written if entry.message.kind == "result"}
    assert {call.id for step in steps for call in step.message.tool_calls} == answers
    assert memory.queue.waiting() == {}
    assert memory.log.append(Message.said_by("ben", "still there?"))[0].seq == len(written) + 1


def test_two_processes_append_to_one_log_without_gaps(tmp_path: Path) -> None:
    open_memory("sam", Settings.load(home=tmp_path))
    writers = [Worker(WRITER, tmp_path, name, 25) for name in ("a", "b")]
    told = [int(line) for worker in writers for line in worker.rest()]

    memory = open_memory("sam", Settings.load(home=tmp_path))

    assert seqs(memory) == list(range(1, len(seqs(memory)) + 1))
    assert len(set(told)) == len(told) == 50
    texts = [
        entry.message.text.strip("x") for entry in memory.log.everything() if entry.message.kind == "result"
    ]
    assert [text for text in texts if text.startswith("a")] == [f"a {number} " for number in range(25)]


def test_two_threads_that_append_get_distinct_consecutive_seqs(memory: MemoryHierarchy) -> None:
    first = memory.log.last_seq()

    with ThreadPoolExecutor(2) as pool:
        written = pool.map(lambda number: memory.log.append(Message.said_by("ben", str(number))), range(60))
        given_seqs = [entry.seq for entries in written for entry in entries]

    assert sorted(given_seqs) == list(range(first + 1, first + 61))
    assert {entry.seq: entry.message.text for entry in memory.log.everything() if entry.seq > first} == {
        seq: str(number) for number, seq in enumerate(given_seqs)
    }


def test_messages_that_are_appended_together_are_written_together_or_not_at_all(
    memory: MemoryHierarchy,
) -> None:
    size = memory.log.count(spoken=False)
    unwritable = Message.said_by("ben", "two", picture=object())

    with pytest.raises(TypeError):
        memory.log.append(Message.said_by("ben", "one"), unwritable)

    assert memory.log.count(spoken=False) == size


def test_the_same_name_is_the_same_agent_and_another_name_is_another(make_memory: MemoryFactory) -> None:
    make_memory("sam", human="Ben").log.append(Message.said_by("ben", "hello"))

    again, other = make_memory("sam", human="ignored"), make_memory("ida", human="Anna")

    assert again.core["human"].value == "Ben"
    assert [entry.message.text for entry in again.queue.entries()] == ["hello"]
    assert (other.core["human"].value, other.queue.entries()) == ("Anna", [])


def test_an_agent_that_forgets_takes_nothing_from_another_in_its_home(make_memory: MemoryFactory) -> None:
    sam, ida = make_memory("sam"), make_memory("ida")
    for memory in (sam, ida):
        memory.log.append(Message.said_by("ben", f"hello {memory.name}"))

    sam.reset()

    assert [item.text for item in ida.recall.search("hello").items] == ["hello ida"]
    assert sam.recall.search("hello").total == 0


MESSAGES = st.one_of(
    st.builds(Message.said_by, name=NASTY, text=NASTY),
    st.builds(
        lambda text, extra: Message.said_by("ben", text, **extra),
        NASTY,
        st.dictionaries(st.just("parts"), NASTY.map(lambda text: json.loads(json.dumps(text)))),
    ),
    st.builds(
        lambda text, calls: Message("assistant", text, "step", tool_calls=tuple(calls)),
        NASTY,
        st.lists(st.builds(ToolCall, id=NASTY, name=NASTY, arguments=NASTY), max_size=3),
    ),
    st.builds(lambda text, ok: Message.result_of(ToolCall("c1", "look"), text, ok=ok), NASTY, st.booleans()),
    st.builds(lambda text: Message("assistant", text, "spoken"), NASTY),
    st.builds(Message.event, st.sampled_from(["heartbeat", "alert"]), NASTY),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(MESSAGES, max_size=6))
@example([Message.said_by("b\ud800n", "one \ud800 two \0 three")])
def test_whatever_is_appended_is_read_back_the_same(
    make_memory: MemoryFactory, messages: list[Message]
) -> None:
    memory = make_memory()
    through = memory.log.last_seq()

    written = memory.log.append(*messages)

    assert memory.log.since(through) == written
    assert [entry.message for entry in written] == messages
    assert memory.log.last_seq() == through + len(messages)


def test_a_text_of_megabytes_is_kept_and_found(memory: MemoryHierarchy) -> None:
    text = "lorem ipsum " * 300_000 + "the needle"

    memory.log.append(Message.said_by("ben", text))

    assert memory.log.everything()[-1].message.text == text
    assert memory.recall.search("needle").total == 1


@given(text=NASTY)
@example("\ud800\ud83d\ude00\0")
def test_any_text_becomes_storable_and_storable_text_stays(text: str) -> None:
    stored = clean_text(text)

    assert stored.encode("utf-8").decode() == stored
    assert "\0" not in stored
    assert clean_text(stored) == stored
    assert clean_text(Message.said_by("x", text).text) == stored


@pytest.mark.parametrize(
    "text", ["nil \0 nil", "high \ud83d", "low \ude00 \udfff", "\ufffd is said \0", "\ude00\ud83d"]
)
def test_what_no_database_holds_comes_back_to_the_byte_and_is_found(
    memory: MemoryHierarchy, text: str
) -> None:
    said = ToolCall("c\0", "send_message", json.dumps({"message": f"tea {text}"}))
    heard = Message.said_by(f"b\0 {text}", f"tea {text}")
    memory.log.append(heard, Message("assistant", text, "step", tool_calls=(said,)))

    assert [entry.message for entry in memory.log.everything()][-2].text == heard.text == f"tea {text}"
    assert memory.log.everything()[-2].message.name == f"b\0 {text}"
    assert memory.log.everything()[-1].message.tool_calls == (said,)
    assert [item.text for item in memory.recall.search("tea").items] == [f"tea {text}"] * 2
    json.dumps(memory.compile(), ensure_ascii=False).encode("utf-8")


def test_two_surrogates_that_are_one_character_are_that_character(memory: MemoryHierarchy) -> None:
    memory.log.append(Message.said_by("ben", "\ud83c\udf75"))

    assert memory.log.everything()[-1].message.text == Message.said_by("ben", "🍵").text == "🍵"


def test_the_newest_spoken_words_are_the_tail(memory: MemoryHierarchy) -> None:
    for number in range(4):
        memory.log.append(Message.said_by("ben", str(number)), Message.event("heartbeat", "tick"))

    assert [entry.message.text for entry in memory.log.spoken_tail(2)] == ["2", "3"]


def test_who_spoke_last_comes_first_among_the_speakers(memory: MemoryHierarchy) -> None:
    for name in ("zoe", "ben", "zoe", "ada"):
        memory.log.append(Message.said_by(name, "hi"))
    memory.log.append(Message("assistant", "hello all", "spoken"))

    speakers = memory.log.speakers(through_seq=memory.log.last_seq() - 2)

    assert [(speaker.name, speaker.messages) for speaker in speakers] == [("zoe", 2), ("ben", 1)]


def test_the_log_knows_which_calls_it_has_the_result_of(memory: MemoryHierarchy) -> None:
    asked = ToolCall("a%b", "look")
    memory.log.append(Message("assistant", "", "step", tool_calls=(asked,)))

    assert not memory.log.answers("a%b")
    memory.log.append(Message.result_of(asked, "snow"))
    assert memory.log.answers("a%b")
    assert not memory.log.answers("a_b")
