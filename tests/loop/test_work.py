"""A turn takes work in proportion to the model's answer, whatever the model repeats."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest
from loops import HELLO, LoopFactory
from work import calls_of

from memgpt_autogen.testing import call, says

SIZES = (1000, 10_000, 100_000) if os.environ.get("MEMGPT_AUTOGEN_TORTURE") else (1000, 10_000)

MOST_TIMES = 15

FEW = 2000
"""A turn makes about so many calls, whatever the answer is."""

PIECES = (
    "\n", "a ", '"', "{", "[", "<think>", "</think>", "```", "<tool_call>", '{"name": "send_message"',
    "send_message(", "\\n", "\0", "\u202e", "漢",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["memgpt", "native"])
@pytest.mark.parametrize("piece", PIECES)
def test_ten_times_the_answer_is_at_most_fifteen_times_the_work(
    piece: str, protocol: str, make_loop: LoopFactory
) -> None:
    work = []
    for size in (100, *SIZES):  # the first meets what is done once
        text = f"{piece * (size // len(piece))} hello"
        loop = make_loop(
            says(text), otherwise=says("", call("send_message", message="Done.")), protocol=protocol
        )
        work.append(calls_of(lambda loop=loop: list(loop.run([HELLO]))).total())  # type: ignore[misc]

    _, *rest = work
    assert all(after <= MOST_TIMES * max(before, FEW) for before, after in pairwise(rest))
