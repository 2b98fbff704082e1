"""Several models for one agent, against scripted servers."""

from __future__ import annotations

from typing import Any

import pytest
from loops import HELLO, MemoryFactory, story

from memgpt_autogen import FallbackLLM
from memgpt_autogen.assembly import open_loop
from memgpt_autogen.errors import ConfigurationError, ContextOverflowError, ModelError
from memgpt_autogen.events import Replied, ReplyPart
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.testing import Delayed, HTTPFailure, InPieces, ScriptedLLM, ScriptedServer, call, says

ASKED = [{"role": "user", "content": "hello"}]
TELL = says("", call("send_message", message="Good morning!"))


def llm_of(server: ScriptedServer, **settings: Any) -> OpenAILLM:
    return OpenAILLM(server.model, base_url=server.url, max_retries=0, **settings)


@pytest.mark.parametrize("failure", [HTTPFailure(429), HTTPFailure(500), HTTPFailure(0), HTTPFailure(401)])
def test_the_next_model_answers_when_one_fails_and_the_first_is_asked_again(failure: Any) -> None:
    with ScriptedServer(failure, says("Ho.")) as first, ScriptedServer(says("Hi.")) as second:
        llm = FallbackLLM(llm_of(first), llm_of(second))

        assert [llm.complete(ASKED).text, llm.complete(ASKED).text] == ["Hi.", "Ho."]


def test_the_next_model_answers_when_one_is_too_slow() -> None:
    with ScriptedServer(Delayed(3600, TELL)) as first, ScriptedServer(says("Hi.")) as second:
        assert FallbackLLM(llm_of(first, timeout=0.2), llm_of(second)).complete(ASKED).text == "Hi."


def test_the_next_model_answers_when_nobody_is_at_the_first_address() -> None:
    with ScriptedServer() as gone:
        nobody = llm_of(gone)
    with ScriptedServer(says("Hi.")) as second:
        assert FallbackLLM(nobody, llm_of(second)).complete(ASKED).text == "Hi."


def test_the_last_failure_is_told() -> None:
    llm = FallbackLLM(ScriptedLLM(ModelError("first")), ScriptedLLM(ModelError("second")))

    with pytest.raises(ModelError, match="second"):
        llm.complete(ASKED)


def test_a_prompt_that_is_too_long_is_shortened_and_not_sent_to_the_next() -> None:
    second = ScriptedLLM()

    with pytest.raises(ContextOverflowError):
        FallbackLLM(ScriptedLLM(ContextOverflowError("too long")), second).complete(ASKED)

    assert second.requests == []


def test_what_one_began_to_say_is_taken_back_when_the_next_answers(make_memory: MemoryFactory) -> None:
    begun = says("", call("send_message", message="Good evening, everybody!"))
    with (
        ScriptedServer(InPieces(begun, 3, cut=14), HTTPFailure(500)) as first,
        ScriptedServer(InPieces(TELL, 3), model="second") as second,
    ):
        loop = open_loop(make_memory(), FallbackLLM(llm_of(first), llm_of(second)), stream=True)
        events = list(loop.run([HELLO]))

    screens = "".join("|" * event.anew + event.text for event in events if isinstance(event, ReplyPart))
    assert screens.startswith("|Good eve")
    assert screens.endswith("|Good morning!")
    assert [event.text for event in events if isinstance(event, Replied)] == ["Good morning!"]


def test_a_turn_is_answered_by_whoever_answers(make_memory: MemoryFactory) -> None:
    llm = FallbackLLM(ScriptedLLM(otherwise=ModelError("down")), ScriptedLLM(TELL))

    assert "says Good morning!" in story(open_loop(make_memory(), llm).run([HELLO]))


def test_a_fallback_over_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="has no models"):
        FallbackLLM()
