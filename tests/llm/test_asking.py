"""A model that is asked: its answer has a limit as a whole, and whatever it does ends in a `ModelError`."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import pytest
from slow_server import SENT, slow_server

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.errors import MemGPTError, ModelError
from memgpt_autogen.llm.asking import (
    NoAnswerInTimeError,
    answers_within,
    complete_by,
    parts_within_limit,
    stream_by,
)
from memgpt_autogen.llm.fallback import FallbackLLM
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.loop import turn
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.testing import ScriptedLLM, call, says

SLOW = r"no whole answer came within 0\.\d+ seconds"


@pytest.mark.parametrize("sends", sorted(SENT))
@pytest.mark.parametrize("stream", [False, True])
def test_an_endpoint_that_sends_a_little_again_and_again_is_left(sends: str, stream: bool) -> None:
    with slow_server(sends) as url:
        llm = OpenAILLM("m", base_url=url, api_key="k", timeout=0.3, max_retries=0)

        with pytest.raises(ModelError, match=SLOW):
            list(llm.stream([])) if stream else llm.complete([])


def test_the_limit_of_a_turn_holds_for_an_answer_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "GRACE_SECONDS", 0.2)
    with slow_server("body") as url:
        llm = OpenAILLM("m", base_url=url, api_key="k", timeout=60, max_retries=5)
        sam = MemGPTAgent("sam", llm=llm, limits=Limits(seconds=0.5), ephemeral=True, silent=True)

        began = time.monotonic()
        said = sam.say("hello")

    assert said.startswith("[sam cannot answer now: model 'm' at http://127.0.0.1")
    assert "no whole answer came within 0." in said
    assert time.monotonic() - began < 30  # it would be 360 without the limit


def test_a_model_without_limits_of_its_own_has_that_of_the_turn() -> None:
    class Slow:
        model = "slow"

        def complete(self, *_: Any) -> Completion:
            time.sleep(5)
            return says("late")

    with answers_within(until=time.monotonic() + 0.1), pytest.raises(ModelError, match=SLOW):
        complete_by(Slow(), [])


def test_a_configuration_of_autogen_has_the_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "GRACE_SECONDS", 0.2)
    with slow_server("body") as url:
        place = {"model": "m", "base_url": url, "api_key": "k", "price": [0.0, 0.0]}
        config = {"config_list": [place], "cache_seed": None, "timeout": 1}  # which is for each read
        sam = MemGPTAgent("sam", llm_config=config, limits=Limits(seconds=0.5), ephemeral=True, silent=True)

        assert "no whole answer came within 0." in sam.say("hello")


@pytest.mark.parametrize("answer", [None, "text", {"role": "assistant"}, 3])
def test_a_model_of_the_users_that_returns_something_else_ends_in_a_notice(answer: Any) -> None:
    class Strange:
        model = "strange"

        def complete(self, *_: Any) -> Any:
            return answer

    sam = MemGPTAgent("sam", llm=Strange(), ephemeral=True, silent=True)

    assert sam.say("hello").startswith(
        f"[sam cannot answer now: model 'strange' returned {type(answer).__name__}; "
    )


@pytest.mark.parametrize("error", [ValueError("why"), KeyError("k"), StopIteration(), RecursionError()])
@pytest.mark.parametrize("stream", [False, True])
def test_a_model_of_the_users_that_raises_anything_ends_in_a_notice(error: Exception, stream: bool) -> None:
    class Failing:
        model = "failing"

        def complete(self, *_: Any) -> Completion:
            raise error

        def stream(self, *_: Any) -> Generator[Completion, None, None]:
            yield says("", call("send_message", message="Half"))
            raise ValueError("why") if isinstance(error, StopIteration) else error

    sam = MemGPTAgent("sam", llm=Failing(), stream=stream, ephemeral=True, silent=True)

    assert sam.say("hello").startswith("[sam cannot answer now: model 'failing' raised ")


def test_a_model_without_a_name_is_named_by_its_class() -> None:
    class Nameless:
        def complete(self, *_: Any) -> None:
            return None

    with pytest.raises(ModelError, match="Nameless returned NoneType"):
        complete_by(Nameless(), [])  # type: ignore[arg-type] # that is the test


def test_errors_of_this_package_are_raised_as_they_are() -> None:
    error = MemGPTError("ours")

    def fail(_: Any) -> Completion:
        raise error

    with pytest.raises(MemGPTError) as raised:
        complete_by(ScriptedLLM(fail), [])
    assert raised.value is error


def test_the_next_model_is_asked_where_one_raises_anything() -> None:
    def fail(_: Any) -> Completion:
        raise ValueError("why")

    assert complete_by(FallbackLLM(ScriptedLLM(fail), ScriptedLLM(says("Hi!"))), []).text == "Hi!"


def test_parts_come_as_they_are_made_and_their_error_after_them() -> None:
    def parts() -> Iterator[int]:
        yield from (1, 2)
        raise ValueError("why")

    came: list[int] = []
    with pytest.raises(ValueError, match="why"):
        came.extend(parts_within_limit(parts(), 10, lambda: None))
    assert came == [1, 2]


def test_a_source_of_parts_is_closed_where_the_next_part_is_late_or_nobody_reads_on() -> None:
    closed: list[str] = []

    def parts() -> Iterator[int]:
        yield 1
        time.sleep(2)
        yield 2

    late = parts_within_limit(parts(), 0.1, lambda: closed.append("late"))
    assert next(late) == 1
    with pytest.raises(NoAnswerInTimeError, match=r"within 0\.1 seconds"):
        next(late)

    with closing(parts_within_limit(parts(), 10, lambda: closed.append("left"))) as left:
        assert next(left) == 1
    assert closed == ["late", "left"]


def test_parts_that_come_without_end_have_a_limit_as_a_whole() -> None:
    def parts() -> Iterator[int]:
        while True:
            time.sleep(0.01)
            yield 1

    with pytest.raises(NoAnswerInTimeError):
        list(parts_within_limit(parts(), 0.05, lambda: None))


def test_a_streaming_model_that_yields_nothing_usable_is_named() -> None:
    class Strange:
        model = "strange"

        def stream(self, *_: Any) -> Generator[Any, None, None]:
            yield "text"

    with pytest.raises(ModelError, match="model 'strange' returned str"):
        list(stream_by(Strange(), []))
