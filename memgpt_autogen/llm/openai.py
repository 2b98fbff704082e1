"""Chat models of any OpenAI-compatible endpoint, through the `openai` package (majors 1 to 3)."""

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
from memgpt_autogen.llm.asking import most_without_room, room_for_answer, sampling_of_turn
from memgpt_autogen.llm.protocols import Completion, Messages, ResponseFormat, ToolChoice, Tools, Usage
from memgpt_autogen.llm.wire.chat import CONSTRAINED_TOKENS, RequestBodies, get_field, read_answer, send_plain
from memgpt_autogen.llm.wire.endpoint import Endpoint, checked_extra
from memgpt_autogen.llm.wire.errors import is_overflow, refuses_streaming, refuses_tools
from memgpt_autogen.llm.wire.stream import StreamedAnswer
from memgpt_autogen.moved import moved_name

logger = logging.getLogger(__name__)

LIMITS = ("max_tokens", "max_completion_tokens")


class OpenAILLM:
    """A chat model with function calling.

    `extra` is merged into the body of every request, so it can set parameters that we do not know. Rate
    limits, server errors, time-outs and lost connections are retried. The wait between two attempts grows and
    is random, or is what `Retry-After` says. `sleep` does the waiting, so that a test need not wait.

    A model that its engine is still loading is waited for, up to two minutes, unless `max_retries` is 0. With
    `loading_seconds` it is that long, and so is a server on this machine or in a private network that does
    not answer yet.

    `timeout` (seconds) limits each attempt as a whole, however slowly its answer comes. Of a streamed answer
    it limits the wait for the next part, and the whole may take ten times as long.

    `price` is the cost of a million tokens: of the prompt, of the answer, and optionally of a prompt from the
    endpoint's cache. With a price, or when the endpoint reports it, the usage has a cost.

    An `api_version` selects Azure OpenAI. Then `base_url` is the resource's address
    (`https://NAME.openai.azure.com`), `model` the deployment, and the key `api_key` or
    `AZURE_OPENAI_API_KEY`, which is sent only to Azure and to `AZURE_OPENAI_ENDPOINT`.

    `OPENAI_API_KEY` is used for OpenAI and for an address in `OPENAI_BASE_URL`. It is never sent to an
    address given here: such an endpoint gets `api_key`, or a placeholder. `OPENAI_ORG_ID`,
    `OPENAI_PROJECT_ID` and `OPENAI_CUSTOM_HEADERS` go only where that key goes, and to OpenAI.

    The proxies of the environment (`HTTP_PROXY` and the like) are used for addresses on the internet only.
    With `proxy_private` they are used for private networks too, but never for this machine.
    """

    limits_waits = True

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
        proxy_private: bool = False,
        loading_seconds: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.model = model
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
        )
        self._extra = checked_extra(extra, "messages", "tools", "stream", "stream_options", "n")
        self._price = _checked_price(price)
        self._streams = True
        self._told_whole = False
        self._settings: dict[str, Any] = {}
        self._bodies = RequestBodies()
        if temperature is not None:
            self._settings["temperature"] = temperature
        if max_tokens is not None:
            self._settings[self._endpoint.limit_parameter] = max_tokens

    @property
    def base_url(self) -> str:
        return self._endpoint.base_url

    @property
    def answer_tokens(self) -> int | None:
        """The limit of an answer's tokens that was set; None without one."""
        limits = (given.get(name) for given in (self._settings, self._extra) for name in LIMITS)
        return next((limit for limit in limits if limit is not None), None)

    @property
    def may_not_know_tools(self) -> bool:
        """Whether the endpoint is a server like OpenAI's, where some models cannot call functions."""
        return self._endpoint.may_not_know_tools

    @property
    def streams(self) -> bool:
        """Whether the endpoint streams; True until it refuses to."""
        return self._streams

    def listed_models(self) -> list[str]:
        """Return the names of the models that the endpoint lists. Raises `ModelError` if it lists none."""

        listed = get_field(self._endpoint.ask(lambda client: client.models.list()), "data")
        if not isinstance(listed, list):
            raise self._endpoint.invalid_answer("no list of models")
        return [str(each.id) for each in listed]

    def complete(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> Completion:
        """Answer once, with up to `max_retries` retries."""
        return self._complete(self._body(messages, tools, tool_choice))

    def stream(
        self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None
    ) -> Generator[Completion, None, None]:
        """Yield the answer so far, again and again. An interrupted answer is requested again, whole.

        The first request finds out whether the endpoint can stream. If it cannot, it returns its answers
        whole.
        """
        yield from self._stream(self._body(messages, tools, tool_choice))

    def constrained(self, messages: Messages, response_format: ResponseFormat) -> Completion:
        """Answer once, in a `response_format` of the endpoint.

        The answer has at most `CONSTRAINED_TOKENS`, or what a smaller window keeps free for it, unless
        `max_tokens` is set or more room is asked for.
        """
        return self._complete(self._constrained_body(messages, response_format))

    def constrained_stream(
        self, messages: Messages, response_format: ResponseFormat
    ) -> Generator[Completion, None, None]:
        """Yield such an answer while it comes."""
        yield from self._stream(self._constrained_body(messages, response_format))

    def preview(
        self, messages: Messages, tools: Tools = (), response_format: ResponseFormat = None
    ) -> dict[str, Any]:
        """Return the JSON body of the request that `complete`, or `constrained`, would send. Asks nobody."""
        if response_format is None:
            body = self._body(messages, tools)
        else:
            body = self._constrained_body(messages, response_format)
        return {"model": self.model, **self._settings, **body, **self._extra}

    def _body(self, messages: Messages, tools: Tools = (), tool_choice: ToolChoice = None) -> dict[str, Any]:
        body = self._bodies.body(messages, tools, tool_choice)
        room = room_for_answer()
        if room is not None and self.answer_tokens is None:
            body[self._endpoint.limit_parameter] = room
        for name, value in sampling_of_turn().items():
            body[self._endpoint.limit_parameter if name == "max_tokens" else name] = value
        return body

    def _constrained_body(self, messages: Messages, response_format: ResponseFormat) -> dict[str, Any]:
        body = self._body(messages)
        if response_format is not None:
            body["response_format"] = dict(response_format)
        if self.answer_tokens is None:
            body.setdefault(self._endpoint.limit_parameter, most_without_room(CONSTRAINED_TOKENS))
        return body

    def _complete(self, body: Mapping[str, Any]) -> Completion:
        return self._read(self._endpoint.ask(lambda client: self._send(client, body)))

    def _stream(self, body: Mapping[str, Any]) -> Generator[Completion, None, None]:
        stream = self._open_stream(body) if self._streams else None
        if stream is None:
            yield self._complete(body)
            return
        if isinstance(stream, Mapping):
            self._tell_whole("it ignores the request to stream")
            yield self._read(stream)
            return
        answer = StreamedAnswer()
        failure: Exception | None = None
        with closing(stream.response) as response:
            try:
                for piece in self._endpoint.parts(stream, response.close):
                    if answer.add(piece):
                        yield answer.so_far()
            except Exception as error:
                if isinstance(error, ModelError):
                    raise
                if is_overflow(error) or refuses_tools(error):
                    raise self._endpoint.to_model_error(error) from None
                failure = error
        if answer.finish_reason or (failure is None and answer.ended):
            yield self._with_cost(answer.so_far())
            return
        logger.info(
            "%s interrupted a streamed answer, which is requested whole now: %s",
            self.model,
            self._endpoint.to_model_error(failure) if failure else "it has no end",
        )
        yield self._complete(body)

    def _open_stream(self, body: Mapping[str, Any]) -> Any:
        """Return the stream of an answer, or the answer of an endpoint that ignores the request to stream.

        None when the endpoint refuses to stream.
        """

        def request(client: Any) -> Any:
            try:
                stream = self._send(client, {**body, "stream": True}, stream_options={"include_usage": True})
                return _read_whole(stream.response) or stream
            except Exception as error:
                if not refuses_streaming(error):
                    raise
                self._streams = False
                self._tell_whole(str(self._endpoint.to_model_error(error)))
                return None

        return self._endpoint.ask(request)

    def _tell_whole(self, reason: str) -> None:
        if not self._told_whole:
            logger.warning("%s does not stream, so its answers come whole: %s", self.model, reason)
        self._told_whole = True

    def _send(self, client: Any, body: Mapping[str, Any], **more: Any) -> Any:
        """Send one request. Older clients have no argument for the parameters in `more`."""
        request = {**self._settings, **body, "extra_body": {**self._extra, **more}}
        return send_plain(client.chat.completions.create)(model=self.model, **request)

    def _read(self, response: Any) -> Completion:
        choices = get_field(response, "choices")
        if not isinstance(choices, list) or not choices:
            raise self._endpoint.invalid_answer("an answer without choices", get_field(response, "error"))
        message = get_field(choices[0], "message")
        if message is None:
            raise self._endpoint.invalid_answer("a choice without a message")
        return self._with_cost(
            read_answer(message, get_field(response, "usage"), get_field(choices[0], "finish_reason"))
        )

    def _with_cost(self, completion: Completion) -> Completion:
        """Add the cost: the endpoint's own, else the one by the price."""
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


def _read_whole(response: Any) -> dict[str, Any] | None:
    """Return the answer that an endpoint has sent as JSON in place of a stream; None where it streams."""
    if "json" not in response.headers.get("content-type", ""):
        return None
    with closing(response):
        whole = json.loads(response.read())
    return whole if isinstance(whole, dict) and whole else {"error": str(whole)}


def _checked_price(price: Sequence[float] | None) -> tuple[float, ...] | None:
    if price is None:
        return None
    figures = tuple(float(each) for each in price)
    if len(figures) not in (2, 3) or not all(math.isfinite(each) and each >= 0 for each in figures):
        raise ConfigurationError(
            f"price is {list(price)}; give the cost of a million tokens of prompt and of answer, and "
            "optionally of a prompt from the endpoint's cache."
        )
    return figures


def __getattr__(name: str) -> object:
    return moved_name(__name__, name)
