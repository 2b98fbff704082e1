"""Parameters of the chat API that whoever asks for a turn sets for its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loops import LoopFactory

from memgpt_autogen.llm.asking import sampling_of_turn
from memgpt_autogen.messages import Message
from memgpt_autogen.testing.scripted import call, says


def test_the_parameters_of_a_turn_reach_the_model_and_end_with_the_turn(make_loop: LoopFactory) -> None:
    seen: list[Mapping[str, float]] = []

    def answer(_request: Any) -> Any:
        seen.append(dict(sampling_of_turn()))
        return says("", call("send_message", message="Hello."))

    loop = make_loop(answer, answer, answer)
    list(loop.run([Message.said_by("ada", "Hi.")], sampling={"temperature": 0.5, "max_tokens": 100}))
    list(loop.run([Message.said_by("ada", "Ho.")]))
    list(loop.retry(sampling={"temperature": 0.25}))

    assert seen == [{"temperature": 0.5, "max_tokens": 100}, {}, {"temperature": 0.25}]
