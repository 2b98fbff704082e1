"""Embedding models behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import base64
import math
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.asking import answers_within, seconds_left
from memgpt_autogen.llm.embedders.base import EmbeddingModel
from memgpt_autogen.llm.wire.chat import get_field
from memgpt_autogen.llm.wire.endpoint import Endpoint, checked_extra
from memgpt_autogen.llm.wire.errors import refuses_dimensions, refuses_length
from memgpt_autogen.rendering.plain_text import counted

LEAST_CHARS = 64  # a text of no more characters is not halved

# A search goes on by words if its query has no vector after so long, with all retries. After a failure that
# took long, no other query is sent for a while, so that the searches of a turn do not wait one after another.
QUERY_SECONDS = 15.0
LONG_SECONDS = 3.0
QUIET_SECONDS = 30.0


class OpenAIEmbedder(EmbeddingModel):
    """An embedding model of `/v1/embeddings`. It returns vectors of length one.

    Without `dimension`, the first request finds it. A given dimension is sent as `dimensions`, and checked;
    when the server refuses the parameter, the request is repeated without it. `passage_prefix` and
    `query_prefix` are for models that were trained with them, such as `passage: ` and `query: `. They change
    the vectors, so they are part of `model`.

    A request has at most `batch_size` texts and `batch_chars` characters. When it is too long for the
    endpoint, it is halved, down to a single text, whose vector is the mean of its halves. `encoding="base64"`
    makes answers shorter; both forms are understood.

    `api_version` and `proxy_private` are those of `OpenAILLM`. For passages, a model that its engine is still
    loading is waited for, up to `loading_seconds`. A query is not, and it gets 15 seconds at most, because a
    search by words needs no vector.
    """

    slow = True
    """A request takes longer than a turn should wait for it."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        dimension: int | None = None,
        passage_prefix: str = "",
        query_prefix: str = "",
        batch_size: int = 64,
        batch_chars: int = 100_000,
        encoding: Literal["float", "base64"] = "float",
        timeout: float = 60,
        max_retries: int = 4,
        api_version: str | None = None,
        extra: Mapping[str, Any] | None = None,
        proxy_private: bool = False,
        loading_seconds: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        for name, value in {"batch_size": batch_size, "batch_chars": batch_chars}.items():
            if value < 1:
                raise ConfigurationError(f"{name} is {value}; give at least 1.")
        super().__init__(model, dimension, passage_prefix, query_prefix)
        self._endpoint = Endpoint(
            model,
            base_url,
            api_key,
            api_version,
            timeout,
            max_retries,
            sleep,
            proxy_private=proxy_private,
            loading_seconds=loading_seconds,
            waits_for_server=False,
        )
        self._extra = checked_extra(extra, "input", "encoding_format")
        self._asks_dimension = dimension is not None and "dimensions" not in self._extra
        self._batch_size = batch_size
        self._batch_chars = batch_chars
        self._encoding = encoding
        self._quiet_until = 0.0
        self._silence: ModelError | None = None
        """Why no query is sent until then."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector per passage, in order."""
        return self._vectors([self._passage_prefix + text for text in texts])

    def embed_query(self, text: str) -> list[float]:
        if self._silence is not None and time.monotonic() < self._quiet_until:
            raise ModelError(str(self._silence))
        self._silence = None
        began = time.monotonic()
        try:
            with answers_within(until=began + seconds_left(QUERY_SECONDS)):
                return self._vectors([self._query_prefix + text], patient=False)[0]
        except ModelError as error:
            if time.monotonic() - began > LONG_SECONDS:
                self._silence, self._quiet_until = error, time.monotonic() + QUIET_SECONDS
            raise

    def _vectors(self, texts: Sequence[str], *, patient: bool = True) -> list[list[float]]:
        vectors: list[list[float]] = []
        while len(vectors) < len(texts):
            vectors += self._embed_batch(self._next_batch(texts, len(vectors)), patient=patient)
        return vectors

    def _next_batch(self, texts: Sequence[str], first: int) -> Sequence[str]:
        """Return as many of the texts from `first` on as fit in a request; at least one."""
        room = self._batch_chars
        batch: list[str] = []
        for text in texts[first : first + self._batch_size]:
            room -= len(text)
            if batch and room < 0:
                break
            batch.append(text)
        return batch

    def _embed_batch(self, texts: Sequence[str], *, patient: bool = True) -> list[list[float]]:
        sent = [text or " " for text in texts]  # servers refuse an empty text
        try:
            response = self._request(sent, patient=patient)
        except _TooLongError:
            return self._embed_halves(sent)
        data = getattr(response, "data", None)
        if not isinstance(data, list):  # such as the page of a network that wants a login
            said = response if isinstance(response, str) else get_field(response, "error")
            raise self._endpoint.invalid_answer("an answer without vectors", said)
        rows: list[Any] = data
        if len(rows) != len(texts):
            what = f"{counted(len(rows), 'vector')} for {counted(len(texts), 'text')}"
            raise self._endpoint.invalid_answer(what)
        vectors = [getattr(row, "embedding", None) for row in sorted(rows, key=_row_index)]
        return [self._unit(vector) for vector in vectors]

    def _request(self, texts: Sequence[str], *, patient: bool) -> Any:
        """Return the endpoint's answer.

        Raises `_TooLongError` if the texts are too many or too long, but can be halved.
        """

        def request(client: Any) -> Any:
            body = {"dimensions": self._declared, **self._extra} if self._asks_dimension else self._extra
            try:
                return client.embeddings.create(
                    model=self._name, input=texts, encoding_format=self._encoding, extra_body=body or None
                )
            except Exception as error:
                if self._asks_dimension and refuses_dimensions(error):
                    self._asks_dimension = False
                    return request(client)
                if refuses_length(error) and (len(texts) > 1 or len(texts[0]) > LEAST_CHARS):
                    return too_long
                raise

        too_long = object()  # what the endpoint sends can be anything else, also nothing
        response = self._endpoint.ask(request, patient=patient)
        if response is too_long:
            raise _TooLongError
        return response

    def _embed_halves(self, texts: Sequence[str]) -> list[list[float]]:
        if len(texts) > 1:
            half = len(texts) // 2
            # the next batches would be too long too
            self._batch_size = min(self._batch_size, max(1, half))
            return [*self._embed_batch(texts[:half]), *self._embed_batch(texts[half:])]
        (text,) = texts
        half = len(text) // 2
        halves = *self._embed_batch([text[:half]]), *self._embed_batch([text[half:]])
        return [self._unit([sum(values) for values in zip(*halves, strict=True)])]

    def _unit(self, vector: Any) -> list[float]:
        if isinstance(vector, str):
            vector = _decode_base64(vector)
        if not isinstance(vector, list) or not all(type(value) in (int, float) for value in vector):
            raise self._endpoint.invalid_answer("a vector that is no list of numbers")
        ignored = "; the server ignores `dimensions`, or the model cannot be shortened"
        self._check_length(len(vector), ignored if self._asks_dimension else "")
        try:
            length = math.hypot(*vector)
        except OverflowError:
            length = math.inf
        if not math.isfinite(length) or length == 0:
            raise self._endpoint.invalid_answer("a vector that is zero or not a number")
        return [value / length for value in vector]

    def __repr__(self) -> str:
        return f"OpenAIEmbedder({self._name!r}, base_url={self._endpoint.base_url!r})"


class _TooLongError(Exception):
    """The texts are too many or too long for the endpoint."""


def _decode_base64(text: str) -> list[float] | None:
    """Return the numbers of a vector in base64: 32-bit floats, the least significant byte first."""
    try:
        octets = base64.b64decode(text, validate=True)
        return list(struct.unpack(f"<{len(octets) // 4}f", octets))
    except (ValueError, struct.error):
        return None


def _row_index(row: Any) -> int:
    index = getattr(row, "index", None)
    return index if isinstance(index, int) else 0
