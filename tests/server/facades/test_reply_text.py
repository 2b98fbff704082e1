"""The words of an agent as a text that only grows."""

from __future__ import annotations

import pytest

from memgpt_autogen.server.facades.reply_text import ReplyText
from memgpt_autogen.service.turns.following import Streamed


def part(text: str, *, anew: bool = False) -> Streamed:
    return Streamed("reply_part", {"text": text, "anew": anew})


def replied(text: str) -> Streamed:
    return Streamed("replied", {"text": text}, 1)


@pytest.mark.parametrize(
    ("events", "pieces"),
    [
        ([replied("Hello.")], ["Hello."]),
        ([part("Hel", anew=True), part("lo."), replied("Hello.")], ["Hel", "lo.", ""]),
        ([part("Hel", anew=True), replied("Hello."), replied("Bye.")], ["Hel", "lo.", "\nBye."]),
        ([part("Hel", anew=True), part("Hello", anew=True), replied("Hello.")], ["Hel", "lo", "."]),
        # what was shown cannot be taken back, so the other words are a line of their own, once they are whole
        (
            [part("Hel", anew=True), part("By", anew=True), part("e."), replied("Bye.")],
            ["Hel", "", "", "\nBye."],
        ),
        ([part("Hel", anew=True), part("", anew=True), replied("Hello.")], ["Hel", "", "lo."]),
        ([Streamed("thought", {"text": "Hm."}, 1), replied("")], ["", ""]),
    ],
)
def test_events_become_pieces_of_one_text(events: list[Streamed], pieces: list[str]) -> None:
    text = ReplyText()

    assert [text.piece(each) for each in events] == pieces
    assert text.text == "".join(pieces)
