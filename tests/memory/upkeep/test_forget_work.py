"""What forgetting costs, counted in calls: no text makes it slow, and letters beyond ASCII hardly do."""

from __future__ import annotations

import json
import os

import pytest
from loops import MemoryFactory
from work import calls_of, steps_of

from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.upkeep.quotes import ESCAPES, cut_sentences, in_lines, unescape
from memgpt_autogen.messages import Message, ToolCall

SIZES = (16_000, 64_000) if os.environ.get("MEMGPT_AUTOGEN_TORTURE") else (2_000, 8_000)

SHAPES = {
    "backslashes": "\\",
    "escaped quotes": '\\"',
    "codes": "\\u00e9",
    "dots": ".",
    "a dot and quotes": "''''''''''''''''''''''''''''''''''''''''.",
    "line breaks": "\n",
    "marks": "\u0301",
    "letters with marks": "e\u0301",
    "invisible": "\u200b",
    "the words": "kanari ",
    "the words in sentences": "kanari. ",
    "the words joined": "kanari",
    "the words in lines": "kanari\n",
    "a quote": "tell no one that the code is here now. ",
    "signs": "%41&amp;",
}


def with_text(memory: MemoryHierarchy, text: str) -> MemoryHierarchy:
    asked = ToolCall("call1", "lookup", json.dumps({"what": text}))
    memory.log.append(
        Message.said_by("ben", f"{text} is long"),
        Message.said_by("tom", f"kanari {text} too"),
        Message("assistant", text, "step", tool_calls=(asked,)),
        Message.result_of(asked, text),
    )
    memory.core.set("human", text[:1500])
    return memory


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("what", [{"query": "kanari"}, {"speaker": "tom"}], ids=["query", "speaker"])
def test_four_times_the_text_is_about_four_times_the_work(
    shape: str, what: dict[str, str], make_memory: MemoryFactory
) -> None:
    work = []
    for number, size in enumerate((200, *SIZES)):  # the first fills caches
        piece = SHAPES[shape]
        memory = with_text(make_memory(f"sam{number}"), piece * (size // len(piece)))
        work.append(calls_of(lambda memory=memory: memory.forget(**what)).total())  # type: ignore[misc]

    _, small, large = work
    assert large < 5 * small


def test_each_sentence_and_each_line_is_looked_at_once() -> None:
    def cut(count: int) -> None:
        cut_sentences("kanari. " * count, [(8 * each, 8 * each + 6) for each in range(count)])

    def look(count: int) -> None:
        line = "kanari " * count
        list(in_lines(line, [(7 * each, 7 * each + 6) for each in range(count)], seen.append))

    seen: list[object] = []
    for work in (cut, look):
        assert steps_of(lambda work=work: work(400)) < 5 * steps_of(lambda work=work: work(100))  # type: ignore[misc]
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("\\u00e9", "é"),
        ("\\\\u00e9", "é"),
        ("\\ud83d\\ude42", "🙂"),
        ('\\"a\\\\"', '"a"'),
        ("a\\nb", "a b"),
        ("\\\\\\", "\\"),
        ("\\x\\", "\\x\\"),
    ],
)
def test_escapes_of_json_are_read_at_any_depth(text: str, read: str) -> None:
    assert unescape(text) == read


def test_a_run_of_backslashes_is_tried_once() -> None:
    assert [found.span() for found in ESCAPES.finditer("\\" * 1000 + "x")] == [(0, 1000)]


WORDS = {
    "kanari": "the locker code is under the door of the station where we talked about tea and bees",
    "José": "der Schlüssel liegt unter der blauen Tür, wo wir für Gäste Bücher über Bienen wählten",
    "Жозе": "ключ лежит под синей дверью вокзала где мы вчера вечером говорили о чае и пчёлах",
}


def test_letters_beyond_ascii_cost_at_most_twice_as_much(make_memory: MemoryFactory) -> None:
    work, folded = {}, {}
    for number, (name, words) in enumerate([*WORDS.items(), *WORDS.items()]):  # the first round fills caches
        memory = make_memory(f"sam{number}")
        said = [f"{words} {words} {each}" for each in range(300)]
        memory.log.append(*(Message.said_by("ben", text) for text in said), Message.said_by("ben", name))
        calls = calls_of(lambda memory=memory, name=name: memory.forget(query=name))  # type: ignore[misc]
        work[name], folded[name] = calls.total(), calls["normalize"]
        memory.remove()

    assert max(work.values()) < 2 * work["kanari"]
    assert max(folded.values()) < 30  # not once for each message
