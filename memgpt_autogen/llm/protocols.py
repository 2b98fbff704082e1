"""The protocols of language models, embedders and token counters: what memory and the loop need from them."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Protocol, Union, runtime_checkable

from memgpt_autogen.messages import ToolCall, WireMessage

ToolSchema = Mapping[str, Any]
"""A function in the chat API's form.

`{"type": "function", "function": {"name", "description", "parameters"}}`.
"""

ToolChoice = Union[str, Mapping[str, Any], None]
"""`None` or `"auto"`, `"required"`, `"none"`, or `{"type": "function", "function": {"name": ...}}`."""

Messages = Sequence[WireMessage]
"""A prompt, in the chat API's form."""

Tools = Sequence[ToolSchema]
"""The functions that a model may call."""

ResponseFormat = Optional[Mapping[str, Any]]
"""The chat API's `response_format`; `None` for free text."""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that the endpoint counted, and their cost; zeros when the endpoint did not report them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """How many of the prompt's tokens came from the endpoint's prompt cache."""
    cost: Optional[float] = None
    """In the currency of the price, usually dollars; None when the price is not known for all tokens."""

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
    """What a reasoning model thought before it answered. It becomes an event; it is never said or sent back.
    """


class LLM(Protocol):
    """A language model that can call functions."""

    @property
    def model(self) -> str:
        """The model's name. Its window and its tokenizer depend on it."""

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        """Answer once. Retries are up to the implementation.

        Raises `ContextOverflowError` when the prompt is too long for the model, and `ModelError` when there
        is no answer.
        """


@runtime_checkable
class StreamingLLM(Protocol):
    """A language model that can also return its answer while it is still writing it."""

    def stream(
        self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
    ) -> Generator[Completion, None, None]:
        """Yield the answer so far, again and again. The last one is what `complete` would return.

        A call's arguments may end anywhere. When an answer was interrupted, the next one starts from the
        beginning. Raises what `complete` raises.
        """


@runtime_checkable
class ConstrainedLLM(LLM, Protocol):
    """A model whose endpoint may support a `response_format`."""

    def constrained(self, messages: Messages, response_format: ResponseFormat) -> Completion:
        """Answer once, in this format. Raises `ModelError` when the endpoint does not support it."""


@runtime_checkable
class ConstrainedStreamingLLM(Protocol):
    """A model that can also return such an answer while it is still writing it."""

    def constrained_stream(
        self, messages: Messages, response_format: ResponseFormat
    ) -> Generator[Completion, None, None]:
        """Yield the whole answer so far, again and again; the last one is complete."""


def can_stream(llm: LLM) -> bool:
    """Return whether the model streams, as far as is known. One that asks others says so in `streams`."""
    return isinstance(llm, StreamingLLM) and bool(getattr(llm, "streams", True))


def stream_or_complete(
    llm: LLM, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
) -> Generator[Completion, None, None]:
    """Yield the model's answer while it comes, or once when the model does not stream."""
    if isinstance(llm, StreamingLLM):
        yield from llm.stream(messages, tools, tool_choice)
    else:
        yield llm.complete(messages, tools, tool_choice)


class Embedder(Protocol):
    """Turns text into vectors of a fixed length.

    An embedder can also have `slow = True`, when a turn should not wait for it, and `known_dimension`, which
    is None as long as only a request or the loading of a model could find the dimension.
    """

    @property
    def model(self) -> str:
        """A name that changes whenever the vectors do: an archive stores it and refuses another."""

    @property
    def dimension(self) -> int:
        """The length of each vector."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector per passage: shape `(len(texts), dimension)`."""

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a question, for models that treat questions and passages differently."""


class Reranker(Protocol):
    """Reads a query and a text together, and says how well the text answers it."""

    @property
    def model(self) -> str:
        """Its name, for people."""

    def rerank(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """Return one score per text, in the order of the texts. Larger is better; any range will do."""


def is_slow(embedder: Embedder | None) -> bool:
    """Return whether a turn should not wait for this embedder."""
    return bool(getattr(embedder, "slow", False))


def known_dimension(embedder: Embedder) -> int | None:
    """Return the embedder's dimension; None when it must embed something to find it."""
    known: int | None = (
        embedder.known_dimension if hasattr(embedder, "known_dimension") else embedder.dimension
    )
    return known


class TokenCounter(Protocol):
    """Counts the tokens of a text, exactly or by an estimate."""

    @property
    def exact(self) -> bool:
        """Whether `count` is the model's own count."""

    def count(self, text: str) -> int:
        """Return the number of tokens in `text`."""
