"""How a model is asked: its answer has a time limit as a whole, and whatever it raises is a `ModelError`.

The time limits of HTTP clients are for each read, so a server that sends a byte a second is never too slow
for them. A model of the user's can raise anything, or return nothing.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, TypeVar

from memgpt_autogen.concurrency import (
    Cancellation,
    ReusedThreads,
    TimeLimitError,
    WorkCancelledError,
    run_with_timeout,
    start_thread,
)
from memgpt_autogen.errors import MemGPTError, ModelError
from memgpt_autogen.llm.protocols import LLM, Completion, Messages, StreamingLLM, ToolChoice, Tools

T = TypeVar("T")

MOST_SECONDS = 1800.0
"""How long a model may take that has no time limit of its own."""

STREAMED = 10
"""How many times longer a streamed answer may take as a whole than its next part."""

THREAD = "memgpt-model"
"""The name of threads in which models are asked."""

THREADS = ReusedThreads(name=THREAD)

SAMPLING = ("temperature", "top_p", "max_tokens")
"""The parameters of the chat API that may be set for one turn."""

# how many tokens an answer may have at least, where nobody has set a limit
_room: ContextVar[int | None] = ContextVar("_room", default=None)

# how many tokens the window keeps free for an answer
_reserve: ContextVar[int | None] = ContextVar("_reserve", default=None)

# parameters of the chat API that whoever asked for the turn has set
_sampling: ContextVar[Mapping[str, float] | None] = ContextVar("_sampling", default=None)

# when the turn that this code runs in must have its answer, by `time.monotonic`
_until: ContextVar[float | None] = ContextVar("_until", default=None)


# what cancels the turn that this code runs in
_cancellation: ContextVar[Cancellation | None] = ContextVar("_cancellation", default=None)


class NoAnswerInTimeError(TimeoutError):
    """The answer did not come, or was not complete, within the time limit."""


@contextmanager
def answers_within(
    *,
    until: float | None = None,
    cancellation: Cancellation | None = None,
    room: int | None = None,
    reserve: int | None = None,
    sampling: Mapping[str, float] | None = None,
) -> Iterator[None]:
    """Let no answer that is asked for in this block come after a time of `time.monotonic`.

    If it is cancelled meanwhile, `WorkCancelledError` is raised. Answers can have at least `room` tokens,
    unless the person set a limit; `reserve` are those that the window keeps free for one. `sampling` are
    parameters of the chat API, as `SAMPLING` names them. What is None is as it was around the block.
    """
    given: tuple[tuple[ContextVar[Any], Any], ...] = (
        (_until, until),
        (_cancellation, cancellation),
        (_room, room),
        (_reserve, reserve),
        (_sampling, sampling),
    )
    tokens = [(variable, variable.set(value)) for variable, value in given if value is not None]
    try:
        yield
    finally:
        for variable, token in tokens:
            variable.reset(token)


def room_for_answer() -> int | None:
    return _room.get()


def most_without_room(usual: int) -> int:
    """Return the most tokens of an answer for which nothing was asked: `usual`, or what is kept free."""
    reserve = _reserve.get()
    return usual if reserve is None else min(usual, reserve)


def sampling_of_turn() -> Mapping[str, float]:
    return _sampling.get() or {}


def each_until(
    moment: float | None,
    parts: Generator[T, None, None],
    room: int | None = None,
    cancellation: Cancellation | None = None,
    sampling: Mapping[str, float] | None = None,
    reserve: int | None = None,
) -> Generator[T, None, None]:
    """Yield these parts, and let none of them come later than this time of `time.monotonic`."""
    with closing(parts):
        while True:
            if cancellation is not None:
                cancellation.check()
            try:
                with answers_within(
                    until=moment, cancellation=cancellation, room=room, reserve=reserve, sampling=sampling
                ):
                    part = next(parts)
            except StopIteration:
                return
            yield part


def seconds_left(most: float) -> float:
    """Return how long an answer may take here, at most `most` seconds."""
    until = _until.get()
    return most if until is None else max(0.0, min(most, until - time.monotonic()))


def within_limit(ask: Callable[[], T], most: float) -> T:
    """Return what `ask` returns. Raises `NoAnswerInTimeError` after `most` seconds, and leaves it behind."""
    seconds = seconds_left(most)
    try:
        work = partial(copy_context().run, ask)
        return run_with_timeout(work, seconds, name=THREAD, cancellation=_cancellation.get(), threads=THREADS)
    except TimeLimitError:
        raise NoAnswerInTimeError(_late(seconds)) from None


def parts_within_limit(
    parts: Iterable[T], most: float, close: Callable[[], object]
) -> Generator[T, None, None]:
    """Yield the parts of an answer while they come.

    Raises `NoAnswerInTimeError` where the next part takes longer than `most` seconds, or all of them
    `STREAMED` times as long. `close` makes the source end.
    """
    came: queue.SimpleQueue[tuple[bool, object]] = queue.SimpleQueue()
    left = False

    def read() -> None:
        for part in parts:
            if left:
                return
            came.put((True, part))

    reading = start_thread(partial(copy_context().run, read), name=THREAD)
    reading.add_done_callback(lambda done: came.put((False, done.exception())))
    if (cancellation := _cancellation.get()) is not None:
        cancellation.then(lambda: came.put((False, WorkCancelledError())))
    end = time.monotonic() + seconds_left(STREAMED * most)
    try:
        while True:
            seconds = min(seconds_left(most), max(0.0, end - time.monotonic()))
            try:
                is_part, content = came.get(timeout=seconds)
            except queue.Empty:
                raise NoAnswerInTimeError(_late(seconds)) from None
            if is_part:
                yield content  # type: ignore[misc] # a part
            elif isinstance(content, BaseException):
                raise content
            else:
                return
    finally:
        left = True
        if not reading.done():
            close()


def _late(seconds: float) -> str:
    return f"no whole answer came within {seconds:.3g} seconds"


def complete_by(
    llm: LLM, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
) -> Completion:
    """Return the model's answer. Raises `ModelError` for whatever else it does."""

    def ask() -> Completion:
        return llm.complete(messages, tools, tool_choice)

    with _errors_of(llm):
        return _checked(llm, ask() if limits_waits(llm) else within_limit(ask, MOST_SECONDS))


def stream_by(
    llm: StreamingLLM, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
) -> Generator[Completion, None, None]:
    """Yield the model's answer while it comes. Raises `ModelError` for whatever else it does."""
    with _errors_of(llm):
        parts = llm.stream(messages, tools, tool_choice)
        limited = parts if limits_waits(llm) else parts_within_limit(parts, MOST_SECONDS, lambda: None)
        for part in limited:
            yield _checked(llm, part)


def limits_waits(llm: object) -> bool:
    """Return whether a model ends its waits itself, as all of this package do."""
    return bool(getattr(llm, "limits_waits", False))


@contextmanager
def _errors_of(llm: object) -> Iterator[None]:
    try:
        yield
    except MemGPTError:
        raise
    except Exception as error:
        raise ModelError(f"{_named(llm)} raised {type(error).__name__}: {error}") from error


def _checked(llm: object, answer: object) -> Completion:
    if not isinstance(answer, Completion):
        raise ModelError(
            f"{_named(llm)} returned {type(answer).__name__}; its complete() must return a Completion."
        )
    return answer


def _named(llm: object) -> str:
    try:
        return f"model '{llm.model}'"  # type: ignore[attr-defined] # it may have none
    except Exception:  # noqa: BLE001 - it is the user's object
        return type(llm).__name__
