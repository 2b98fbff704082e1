"""Models and embeddings of any OpenAI-compatible endpoint, through the `openai` package (majors 1 to 3)."""

from __future__ import annotations

import base64
import json
import logging
import math
import os
import struct
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, TypeVar
from urllib.parse import unquote, urlsplit

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.embedders.base import EmbeddingModel
from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema, Usage
from memgpt_autogen.llm.wire.chat import CONSTRAINED_TOKENS, answer, field_of, sendable, untransformed
from memgpt_autogen.llm.wire.errors import (
    asked_to_wait,
    bare,
    explained,
    hidden,
    keys_around,
    overflows,
    refuses_dimensions,
    refuses_length,
    refuses_streaming,
    secrets_in,
    tells,
    worth_retrying,
)
from memgpt_autogen.llm.wire.stream import Pieces

logger = logging.getLogger(__name__)

OPENAI = "https://api.openai.com/v1"

MOST_SAID = 500
"""Characters of what an endpoint says in place of an answer that an error repeats."""

T = TypeVar("T")


class OpenAILLM:
    """A chat model with function calling.

    `extra` is merged into the body of every request, so it reaches parameters of the endpoint that we do not know. Rate
    limits, failures of the server, timeouts and broken connections are retried with growing, jittered waits or as long as
    `Retry-After` says; `timeout` (seconds) holds for each try. `sleep` does the waiting, so a test need not.

    `price` is what a million tokens of prompt and of answer cost, and as a third figure of a prompt that the endpoint had in its
    cache; with it, or where the endpoint tells, the usage has a cost.

    An `api_version` makes it Azure OpenAI: `base_url` is then the resource's address (`https://NAME.openai.azure.com`), `model`
    the deployment, and the key `api_key` or `AZURE_OPENAI_API_KEY`, which is sent to Azure and to `AZURE_OPENAI_ENDPOINT` only.

    `OPENAI_API_KEY` is used for OpenAI and for an address in `OPENAI_BASE_URL`. It is never sent to an address given here:
    such an endpoint gets `api_key`, or a placeholder.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        timeout: float = 60,
        max_retries: int = 4,
        price: Sequence[float] | None = None,
        api_version: str | None = None,
        extra: Mapping[str, Any] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.model = model
        self._endpoint = _Endpoint(model, base_url, api_key, api_version, timeout, max_retries, sleep)
        self._extra = _checked(extra, "messages", "tools", "stream", "stream_options", "n")
        self._price = _checked_price(price)
        self._streams = True
        self._settings: dict[str, Any] = {}
        if temperature is not None:
            self._settings["temperature"] = temperature
        if max_tokens is not None:
            self._settings[self._endpoint.most_tokens] = max_tokens

    @property
    def base_url(self) -> str:
        return self._endpoint.base_url

    def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion:
        """Answer once, after as many tries as it takes and `max_retries` allows."""
        return self._complete(sendable(map(dict, messages), tools, tool_choice))

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Generator[Completion, None, None]:
        """The answer as far as it has come, again and again; one that breaks off is asked for once more, whole.

        An endpoint that does not stream is found out with the first request, and gives its answers whole.
        """
        yield from self._streamed(sendable(map(dict, messages), tools, tool_choice))

    def constrained(
        self, messages: Sequence[Mapping[str, Any]], response_format: Mapping[str, Any] | None
    ) -> Completion:
        """Answer once, in a `response_format` of the endpoint, and with at most `CONSTRAINED_TOKENS` if nothing else was said."""
        return self._complete(self._formatted(messages, response_format))

    def constrained_stream(
        self, messages: Sequence[Mapping[str, Any]], response_format: Mapping[str, Any] | None
    ) -> Generator[Completion, None, None]:
        """The same as it comes."""
        yield from self._streamed(self._formatted(messages, response_format))

    def _formatted(
        self, messages: Sequence[Mapping[str, Any]], response_format: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        request = sendable(map(dict, messages), (), None)
        if response_format is not None:
            request["response_format"] = dict(response_format)
        if not {"max_tokens", "max_completion_tokens"} & self._settings.keys():
            request[self._endpoint.most_tokens] = CONSTRAINED_TOKENS
        return request

    def _complete(self, asked: Mapping[str, Any]) -> Completion:
        return self._read(self._endpoint.ask(lambda client: self._request(client, asked)))

    def _streamed(self, asked: Mapping[str, Any]) -> Generator[Completion, None, None]:
        answered = self._opened(asked) if self._streams else None
        if answered is None:
            yield self._complete(asked)
            return
        pieces = Pieces()
        failure: Exception | None = None
        with closing(answered.response) as response:
            try:
                if "json" in response.headers.get("content-type", ""):  # it took no notice of `stream`
                    yield self._read(json.loads(response.read()))
                    return
                for piece in answered:
                    if pieces.add(piece):
                        yield pieces.so_far()
            except Exception as error:
                if isinstance(error, ModelError):
                    raise
                if overflows(error):
                    raise self._endpoint.explained(error) from None
                failure = error
        if pieces.finish_reason or (failure is None and pieces.ended):
            yield self._priced(pieces.so_far())
            return
        logger.info(
            "%s broke off a streamed answer, which is asked for whole now: %s",
            self.model,
            self._endpoint.explained(failure) if failure else "it has no end",
        )
        yield self._complete(asked)

    def _opened(self, asked: Mapping[str, Any]) -> Any:
        """The stream of an answer; None where the endpoint refuses to stream."""

        def request(client: Any) -> Any:
            try:
                return self._request(
                    client, {**asked, "stream": True}, stream_options={"include_usage": True}
                )
            except Exception as error:
                if not refuses_streaming(error):
                    raise
                self._streams = False
                return None

        return self._endpoint.ask(request)

    def _request(self, client: Any, asked: Mapping[str, Any], **further: Any) -> Any:
        """Ask once; `further` is what older clients have no argument for."""
        request = {**self._settings, **asked, "extra_body": {**self._extra, **further}}
        return untransformed(client.chat.completions.create)(model=self.model, **request)

    def _read(self, response: Any) -> Completion:
        choices = field_of(response, "choices")
        if not isinstance(choices, list) or not choices:
            raise self._endpoint.nonsense("an answer without choices", field_of(response, "error"))
        message = field_of(choices[0], "message")
        if message is None:
            raise self._endpoint.nonsense("a choice without a message")
        return self._priced(
            answer(message, field_of(response, "usage"), field_of(choices[0], "finish_reason"))
        )

    def _priced(self, completion: Completion) -> Completion:
        """With what it cost: as the endpoint says, else by the price."""
        usage = completion.usage
        if self._price is None or usage.cost is not None or usage == Usage():
            return completion
        price_in, price_out, *cached = self._price
        price_cached = cached[0] if cached else price_in
        fresh = usage.prompt_tokens - usage.cached_tokens
        cost = fresh * price_in + usage.cached_tokens * price_cached + usage.completion_tokens * price_out
        return replace(completion, usage=replace(usage, cost=cost / 1_000_000))

    def __repr__(self) -> str:
        return f"OpenAILLM({self.model!r}, base_url={self.base_url!r})"


class OpenAIEmbedder(EmbeddingModel):
    """An embedding model behind `/v1/embeddings`; vectors come back with length one.

    `dimension` is found with a first request when it is not given. Given, it is sent as `dimensions`, once more without where the
    server refuses that, and checked. `passage_prefix` and `query_prefix` are for models that were trained with them, such as
    `passage: ` and `query: `; they change the vectors, so they are part of `model`.

    A request has at most `batch_size` texts and `batch_chars` characters; one that the endpoint finds too long is halved, down to
    a single text, which becomes the mean of its halves. `encoding="base64"` asks for a shorter answer; either is understood.

    `api_version` makes it Azure OpenAI's, as with `OpenAILLM`.
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
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        for name, value in {"batch_size": batch_size, "batch_chars": batch_chars}.items():
            if value < 1:
                raise ConfigurationError(f"{name} is {value}; give at least 1.")
        super().__init__(model, dimension, passage_prefix, query_prefix)
        self._endpoint = _Endpoint(model, base_url, api_key, api_version, timeout, max_retries, sleep)
        self._extra = _checked(extra, "input", "encoding_format")
        self._asks_dimension = dimension is not None and "dimensions" not in self._extra
        self._batch_size = batch_size
        self._batch_chars = batch_chars
        self._encoding = encoding

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector per passage, in order."""
        return self._vectors([self._passage_prefix + text for text in texts])

    def embed_query(self, text: str) -> list[float]:
        return self._vectors([self._query_prefix + text])[0]

    def _vectors(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        while len(vectors) < len(texts):
            vectors += self._batch(self._next(texts, len(vectors)))
        return vectors

    def _next(self, texts: Sequence[str], first: int) -> Sequence[str]:
        """As many of the texts from `first` on as fit in a request; one at least."""
        room = self._batch_chars
        batch: list[str] = []
        for text in texts[first : first + self._batch_size]:
            room -= len(text)
            if batch and room < 0:
                break
            batch.append(text)
        return batch

    def _batch(self, texts: Sequence[str]) -> list[list[float]]:
        asked = [text or " " for text in texts]  # an empty text is refused
        response = self._asked(asked)
        if response is None:
            return self._halved(asked)
        data = getattr(response, "data", None)
        rows = data if isinstance(data, list) else []
        if len(rows) != len(texts):
            raise self._endpoint.nonsense(f"{len(rows)} vectors for {len(texts)} texts")
        vectors = [getattr(row, "embedding", None) for row in sorted(rows, key=_place)]
        return [self._unit(vector) for vector in vectors]

    def _asked(self, texts: Sequence[str]) -> Any:
        """The endpoint's answer; None where it finds the texts too many or too long, and they can be shared out."""

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
                    return None
                raise

        return self._endpoint.ask(request)

    def _halved(self, texts: Sequence[str]) -> list[list[float]]:
        if len(texts) > 1:
            half = len(texts) // 2
            # the next ones would be too long as well
            self._batch_size = min(self._batch_size, max(1, half))
            return [*self._batch(texts[:half]), *self._batch(texts[half:])]
        (text,) = texts
        half = len(text) // 2
        sums = [
            sum(values)
            for values in zip(*self._batch([text[:half]]), *self._batch([text[half:]]), strict=True)
        ]
        return [self._unit(sums)]

    def _unit(self, vector: Any) -> list[float]:
        if isinstance(vector, str):
            vector = _decoded(vector)
        if not isinstance(vector, list) or not all(type(value) in (int, float) for value in vector):
            raise self._endpoint.nonsense("a vector that is no list of numbers")
        if self._dimension is None:
            self._dimension = len(vector)
        if len(vector) != self._dimension:
            self._refuse_length(len(vector))
        try:
            length = math.hypot(*vector)
        except OverflowError:
            length = math.inf
        if not math.isfinite(length) or length == 0:
            raise self._endpoint.nonsense("a vector that is zero or not a number")
        return [value / length for value in vector]

    def _refuse_length(self, length: int) -> None:
        if self._declared is not None:
            ignored = (
                "; the server ignores `dimensions`, or the model cannot be shortened"
                if self._asks_dimension
                else ""
            )
            raise ConfigurationError(
                f"embedding model '{self._name}' returned {length} dimensions where dimension={self._declared} "
                f"was set{ignored}. Set {length}, or nothing."
            )
        raise self._endpoint.nonsense(f"{length} dimensions after {self._dimension} before")

    def __repr__(self) -> str:
        return f"OpenAIEmbedder({self._name!r}, base_url={self._endpoint.base_url!r})"


LEAST_CHARS = 64
"""A text of no more characters is not halved, however long the endpoint finds it."""


def _decoded(text: str) -> list[float] | None:
    """The numbers of a vector in base64: 32-bit floats, the least significant byte first."""
    try:
        octets = base64.b64decode(text, validate=True)
        return list(struct.unpack(f"<{len(octets) // 4}f", octets))
    except (ValueError, struct.error):
        return None


def _without_user(url: str) -> tuple[str, dict[str, str]]:
    """The address without user and password, and the header that says them: clients log addresses."""
    parts = urlsplit(url)
    if not (parts.username or parts.password):
        return url, {}
    user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    basic = base64.b64encode(user.encode()).decode()
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return address, {"Authorization": f"Basic {basic}"}


def _place(row: Any) -> int:
    index = getattr(row, "index", None)
    return index if isinstance(index, int) else 0


class _Endpoint:
    """One address and its key: asks patiently, and tells in our words what went wrong."""

    def __init__(
        self,
        model: str,
        base_url: str | None,
        api_key: str | None,
        api_version: str | None,
        timeout: float,
        max_retries: int,
        sleep: Callable[[float], None],
    ) -> None:
        self._model = model
        self._api_version = api_version
        self._url = base_url or _usual_address(model, azure=bool(api_version))
        try:
            self._host = urlsplit(self._url).hostname or ""
        except ValueError as error:
            raise ConfigurationError(f"base_url is no address: {error}") from None
        self._key = api_key or self._key_around(given=bool(base_url)) or ""
        self._secrets = [self._key, *secrets_in(self._url), *keys_around()]
        self._timeout = timeout
        self._patiently = Retrying(
            stop=stop_after_attempt(max_retries + 1),
            wait=_wait,
            retry=retry_if_exception(worth_retrying),
            sleep=sleep,
            reraise=True,
        )
        if self._is_openai and not self._key:
            wanted = AZURE_KEY if api_version else "OPENAI_API_KEY"
            raise ConfigurationError(
                f"model '{model}' needs a key for {bare(self._url)}: set {wanted}, give api_key, or give the "
                "base_url of another endpoint."
            )

    @property
    def base_url(self) -> str:
        return bare(self._url)

    @property
    def most_tokens(self) -> str:
        """The parameter that bounds an answer: OpenAI's reasoning models refuse the older one, and few other servers know the newer."""
        return "max_completion_tokens" if self._is_openai else "max_tokens"

    @property
    def _is_openai(self) -> bool:
        return bool(self._api_version) or self._host.endswith("openai.com")

    def _key_around(self, *, given: bool) -> str | None:
        """The environment's key, where it belongs to this address."""
        if not self._api_version:
            return os.environ.get("OPENAI_API_KEY") if self._is_openai or not given else None
        known = os.environ.get(AZURE_ENDPOINT, "").rstrip("/") == self._url.rstrip("/")
        return os.environ.get(AZURE_KEY) if known or self._host.endswith(".azure.com") else None

    @cached_property
    def _client(self) -> Any:
        import openai

        url, headers = _without_user(self._url)
        common: dict[str, Any] = {
            "api_key": self._key or "not-needed",
            "timeout": self._timeout,
            "max_retries": 0,
            "default_headers": headers,
        }
        if not self._api_version:
            return openai.OpenAI(base_url=url, **common)
        client = openai.AzureOpenAI(azure_endpoint=url.rstrip("/"), api_version=self._api_version, **common)
        client._azure_ad_token = None  # noqa: SLF001  older ones would send the environment's to any address
        return client

    def ask(self, request: Callable[[Any], T]) -> T:
        try:
            return self._patiently(request, self._client)
        except Exception as error:  # noqa: BLE001  clients raise whatever a strange answer makes them
            raise self.explained(error) from (None if tells(error, self._secrets) else error)

    def explained(self, error: Exception) -> ModelError:
        return explained(error, self._model, self._url, self._secrets)

    def nonsense(self, what: str, said_instead: object = None) -> ModelError:
        told = str(said_instead)[:MOST_SAID] if said_instead else ""
        instead = f" It said: {hidden(self._secrets, told)}." if told else ""
        return ModelError(
            f"model '{self._model}' at {self.base_url} gave {what}.{instead} Check that the address serves this model."
        )


AZURE_KEY = "AZURE_OPENAI_API_KEY"
AZURE_ENDPOINT = "AZURE_OPENAI_ENDPOINT"


def _usual_address(model: str, *, azure: bool) -> str:
    """Where a model is when nobody says."""
    if not azure:
        return os.environ.get("OPENAI_BASE_URL") or OPENAI
    address = os.environ.get(AZURE_ENDPOINT)
    if not address:
        raise ConfigurationError(
            f"deployment '{model}' needs the address of its Azure resource: give base_url, or set {AZURE_ENDPOINT}."
        )
    return address


_growing = wait_random_exponential(multiplier=0.5, max=20)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = asked_to_wait(error) if error else None
    return _growing(state) if asked is None else asked


def _checked_price(price: Sequence[float] | None) -> tuple[float, ...] | None:
    if price is None:
        return None
    figures = tuple(float(each) for each in price)
    if len(figures) not in (2, 3) or not all(math.isfinite(each) and each >= 0 for each in figures):
        raise ConfigurationError(
            f"price is {list(price)}; give what a million tokens of prompt and of answer cost, and, if you like, of a prompt "
            "from the endpoint's cache."
        )
    return figures


def _checked(extra: Mapping[str, Any] | None, *ours: str) -> dict[str, Any]:
    for name in ours:
        if name in (extra or {}):
            raise ConfigurationError(f"'{name}' in extra would break every request; leave it out.")
    return dict(extra or {})
