"""From bytes to events: each of them once, whatever is cut where."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.client import UnreadableAnswerError
from memgpt_autogen.client.run_events import Frame, FrameReader, ReplyText, RunReader, StreamedEvent
from memgpt_autogen.events import Replied

WIRE = (
    b"retry: 1000\n\n"
    b'id: r:1\nevent: heard\ndata: {"run_id": "r"}\n\n'
    b": ping\n\n"
    b'event: reply_part\ndata: {"text": "Hi", "anew": true}\n\n'
    b'id: r:2\r\nevent: replied\r\ndata: {"text": "Hi \\u2028you", "fallback": false}\r\n\r\n'
)


@given(st.lists(st.integers(0, len(WIRE)), max_size=20))
def test_frames_are_the_same_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    reader = FrameReader()
    places = [0, *sorted(cuts), len(WIRE)]

    frames = [frame for start, end in itertools.pairwise(places) for frame in reader.read(WIRE[start:end])]

    assert [(frame.id, frame.event) for frame in frames] == [
        ("r:1", "heard"),
        ("", "reply_part"),
        ("r:2", "replied"),
    ]
    assert json.loads(frames[2].data)["text"] == "Hi \u2028you"


def test_several_lines_of_data_are_one_text() -> None:
    assert FrameReader().read(b"data: a\ndata: b\n\n") == [Frame("", "message", "a\nb")]


@pytest.mark.parametrize(
    "frame", [Frame("", "heard", "no JSON"), Frame("", "heard", "[1]"), Frame("r:x", "heard", "{}")]
)
def test_what_is_no_event_of_ours_is_said_to_be_none(frame: Frame) -> None:
    with pytest.raises(UnreadableAnswerError):
        RunReader().frame(frame)


def part(text: str, *, anew: bool = False) -> StreamedEvent:
    return StreamedEvent("reply_part", {"text": text, "anew": anew})


def event(number: int, kind: str = "thought", **data: Any) -> StreamedEvent:
    return StreamedEvent(kind, data, number)


def replied(number: int, text: str) -> StreamedEvent:
    return event(number, "replied", text=text, fallback=False)


def told(reader: RunReader, *events: StreamedEvent) -> list[Any]:
    found = [reader.take(each) for each in events]
    return [each.text or each.kind for each in found if each is not None]


def test_stored_events_come_once_although_a_stream_begins_before_them() -> None:
    reader = RunReader()

    assert told(reader, event(1), event(2)) == ["thought", "thought"]
    reader.opened()
    assert told(reader, event(1), event(2), event(3, "heard")) == ["heard"]
    assert reader.after == 3


def test_parts_that_were_told_are_not_told_again_by_the_next_stream() -> None:
    reader = RunReader()
    reader.opened()
    first = told(reader, part("Good ", anew=True), part("mor"))

    reader.opened()
    again = told(reader, part("Good morning", anew=True), part(", Ada"))

    assert "".join([*first, *again]) == "Good morning, Ada"


def test_a_reply_that_the_model_writes_again_goes_on_where_it_was() -> None:
    reader = RunReader()
    reader.opened()
    first = told(reader, part("Good morning", anew=True))

    reader.opened()
    again = told(reader, part("Go", anew=True), part("od mor"), part("ning, Ada"))

    assert (first, again) == (["Good morning"], [", Ada"])


def test_another_reply_after_a_restart_says_that_it_replaces_the_first() -> None:
    reader = RunReader()
    reader.opened()
    told(reader, part("Good morning", anew=True))

    reader.opened()
    new = reader.take(part("Hello", anew=True))

    assert new is not None
    assert (new.text, new.data["anew"]) == ("Hello", True)


def test_a_model_that_takes_its_words_back_is_told_so() -> None:
    reader = RunReader()
    reader.opened()
    told(reader, part("Good morning", anew=True))

    taken_back = reader.take(part("", anew=True))

    assert taken_back is not None
    assert (taken_back.text, taken_back.data["anew"]) == ("", True)


@pytest.mark.parametrize(
    ("last", "is_over"),
    [
        (event(3, "turn_ended", stop_reason="yielded"), True),
        (event(3, "turn_ended", stop_reason="suspended"), False),
        (event(3, "error", error="ModelError"), True),
        (event(3, "suspended"), False),
    ],
)
def test_a_run_is_over_with_its_last_turn(last: StreamedEvent, is_over: bool) -> None:
    reader = RunReader()
    reader.take(last)

    assert reader.is_over == is_over


def printed(*events: StreamedEvent) -> str:
    text = ReplyText()
    return "".join(text.pieces(each) for each in events)


def test_the_pieces_of_replies_are_the_replies_one_a_line() -> None:
    assert printed(part("He", anew=True), part("llo"), event(1), replied(2, "Hello"), replied(3, "Bye")) == (
        "Hello\nBye"
    )
    assert printed(replied(1, "One"), part("T", anew=True), replied(2, "Two")) == "One\nTwo"
    assert printed(part("He", anew=True), replied(2, "Hello")) == "Hello"
    assert printed(part("Hx", anew=True), replied(2, "Hello")) == "Hx\nHello"


def test_an_event_is_also_a_value_of_the_package_unless_it_is_a_newer_one() -> None:
    assert replied(1, "Hi").event == Replied("Hi")
    assert event(1, "invented_later", x=1).event is None
