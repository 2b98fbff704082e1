"""What the memory and the loop ask of a language model, an embedder and a token counter."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Protocol, Union, runtime_checkable

from memgpt_autogen.messages import ToolCall, WireMessage

ToolSchema = Mapping[str, Any]
"""A function as the chat API describes it: `{"type": "function", "function": {"name", "description", "parameters"}}`."""

ToolChoice = Union[str, Mapping[str, Any], None]
"""`None` or `"auto"`, `"required"`, `"none"`, or `{"type": "function", "function": {"name": ...}}`."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the endpoint counted, and what they cost; zeros where it did not say."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """How many of the prompt's tokens came from the endpoint's prompt cache."""
    cost: Optional[float] = None
    """In the currency of the price, dollars as a rule; None where the price is not known, of the whole or of a part."""

    def __add__(self, other: Usage) -> Usage:
        if Usage() in (self, other):
            return self if other == Usage() else other
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            None if self.cost is None or other.cost is None else self.cost + other.cost,
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer of a model."""

    text: str = ""
    """The content: thoughts in the `memgpt` protocol, the answer itself in the `native` one."""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = field(default_factory=Usage)
    finish_reason: str = "stop"
    thought: str = ""
    """What a reasoning model thought before it answered: told as an event, never said and never sent back."""


class LLM(Protocol):
    """A language model that can call functions."""

    @property
    def model(self) -> str:
        """The model's name, from which its window and tokenizer are known."""

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion:
        """Answer once; retries are the implementation's business.

        Raises `ContextOverflowError` when the prompt is too long for the model, and `ModelError` when there is no answer.
        """


@runtime_checkable
class StreamingLLM(Protocol):
    """A language model that also tells its answer while it is still writing it."""

    def stream(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Generator[Completion, None, None]:
        """The answer as far as it has come, again and again; the last one is the whole, as `complete` would give it.

        A call's arguments may end anywhere. After a try that broke off, the answer begins anew. Raises as `complete` does.
        """


class Embedder(Protocol):
    """Turns text into vectors of a fixed length.

    An embedder may also have `slow = True`, when a turn should not wait for it, and `known_dimension`, which is None as long as
    only a request or the loading of a model could tell the dimension.
    """

    @property
    def model(self) -> str:
        """A name that changes whenever the vectors do: an archive remembers it and refuses another."""

    @property
    def dimension(self) -> int:
        """The length of each vector."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector per passage: shape `(len(texts), dimension)`."""

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question, for models that treat questions and passages differently."""


def is_slow(embedder: Embedder | None) -> bool:
    """Whether it says that a turn should not wait for it."""
    return bool(getattr(embedder, "slow", False))


def known_dimension(embedder: Embedder) -> int | None:
    """Its dimension; None where it could only be found by embedding something."""
    known: int | None = (
        embedder.known_dimension if hasattr(embedder, "known_dimension") else embedder.dimension
    )
    return known


class TokenCounter(Protocol):
    """Counts the tokens of a text, exactly or as an estimate that says so."""

    @property
    def exact(self) -> bool:
        """Whether `count` is the model's own count."""

    def count(self, text: str) -> int:
        """Tokens in `text`."""


@runtime_checkable
class ConstrainedLLM(Protocol):
    """A model whose endpoint may hold an answer to a `response_format`."""

    @property
    def model(self) -> str: ...

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion: ...

    def constrained(
        self, messages: Sequence[WireMessage], response_format: Mapping[str, Any] | None
    ) -> Completion:
        """Answer once, in this format; raises `ModelError` where the endpoint does not know it."""


@runtime_checkable
class ConstrainedStreamingLLM(Protocol):
    """A model that also tells such an answer while it is still writing it."""

    def constrained_stream(
        self, messages: Sequence[WireMessage], response_format: Mapping[str, Any] | None
    ) -> Generator[Completion, None, None]:
        """The answer as far as it has come, again and again; the last one is the whole."""


def stream_or_complete(
    llm: LLM,
    messages: Sequence[WireMessage],
    tools: Sequence[ToolSchema] = (),
    tool_choice: ToolChoice = None,
) -> Generator[Completion, None, None]:
    """The model's answer as it comes, or once and whole where the model does not tell it before."""
    if isinstance(llm, StreamingLLM):
        yield from llm.stream(messages, tools, tool_choice)
    else:
        yield llm.complete(messages, tools, tool_choice)
