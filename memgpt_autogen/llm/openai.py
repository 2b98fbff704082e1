"""Models and embeddings of any OpenAI-compatible endpoint, through the `openai` package (majors 1 to 3)."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema, Usage
from memgpt_autogen.llm.wire.chat import CONSTRAINED_TOKENS, get_field, read_answer, request_body, send_plain
from memgpt_autogen.llm.wire.endpoint import Endpoint, checked_extra
from memgpt_autogen.llm.wire.errors import (
    is_overflow,
    refuses_streaming,
)
from memgpt_autogen.llm.wire.stream import StreamedAnswer
from memgpt_autogen.moved import moved_name

logger = logging.getLogger(__name__)


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
        self._endpoint = Endpoint(model, base_url, api_key, api_version, timeout, max_retries, sleep)
        self._extra = checked_extra(extra, "messages", "tools", "stream", "stream_options", "n")
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
        return self._complete(request_body(map(dict, messages), tools, tool_choice))

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Generator[Completion, None, None]:
        """The answer as far as it has come, again and again; one that breaks off is asked for once more, whole.

        An endpoint that does not stream is found out with the first request, and gives its answers whole.
        """
        yield from self._streamed(request_body(map(dict, messages), tools, tool_choice))

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
        request = request_body(map(dict, messages), (), None)
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
        pieces = StreamedAnswer()
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
                if is_overflow(error):
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
        return send_plain(client.chat.completions.create)(model=self.model, **request)

    def _read(self, response: Any) -> Completion:
        choices = get_field(response, "choices")
        if not isinstance(choices, list) or not choices:
            raise self._endpoint.nonsense("an answer without choices", get_field(response, "error"))
        message = get_field(choices[0], "message")
        if message is None:
            raise self._endpoint.nonsense("a choice without a message")
        return self._priced(
            read_answer(message, get_field(response, "usage"), get_field(choices[0], "finish_reason"))
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


def __getattr__(name: str) -> object:
    return moved_name(__name__, name)
