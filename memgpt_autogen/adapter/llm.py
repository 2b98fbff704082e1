"""The models of an AutoGen `llm_config`, through AutoGen's own `OpenAIWrapper` and all its providers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from autogen import OpenAIWrapper
from autogen.oai.client import OpenAIClient, PlaceHolderClient

from memgpt_autogen.adapter.addresses import settle_addresses
from memgpt_autogen.adapter.private_clients import keep_private
from memgpt_autogen.adapter.responses import keep_chains
from memgpt_autogen.concurrency import keep_forever, renew_in_child
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.asking import NoAnswerInTimeError, most_without_room, room_for_answer, within_limit
from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema
from memgpt_autogen.llm.wire.chat import (
    CONSTRAINED_TOKENS,
    RequestBodies,
    get_field,
    read_answer,
    request_body,
    send_plain,
)
from memgpt_autogen.llm.wire.endpoint import is_official
from memgpt_autogen.llm.wire.errors import RefusedWithSuccess, to_model_error
from memgpt_autogen.llm.wire.loading import LOADING_SECONDS, LoadingPatience
from memgpt_autogen.llm.wire.redaction import (
    bare_address,
    environment_keys,
    hide_secrets,
    reveals_secrets,
    secrets_in,
)

logger = logging.getLogger(__name__)

Account = Callable[[], Any]

CLIENT_SECONDS, CLIENT_RETRIES = 600.0, 2
"""The time limit and the retries of OpenAI's client where the configuration has none."""


class AutoGenLLM:
    """The model of an `llm_config`: a dictionary or an `LLMConfig`, which is read and never changed.

    It uses a wrapper of its own, because in AutoGen the configuration overrides the arguments of a call: its
    tools would replace ours, a stream would be printed, and a `response_format` for the agent's words would
    also apply to its thoughts and summaries. Such settings (see `LEFT_OUT`) are not used. The provider, the
    failover from one entry of `config_list` to the next, retries, time-outs, prices, filters and sampling
    parameters are used.

    AutoGen 0.2 answers a repeated request from a disk cache by default. Here nothing is cached, unless the
    configuration itself has a `cache_seed` or a `cache`. A `Cache` that `initiate_chat` gets is not used.

    `account` returns the agent's own client at the time of the call, or None. The usage of a call is added to
    that client's `total_usage_summary` and `actual_usage_summary`, as if it had made the call. Custom model
    clients that are registered with it are used here too; `register_model_client` registers one without an
    agent. `name` is the caller in AutoGen's run-time log. `proxy_private` is that of `OpenAILLM`. A
    model whose engine says that it is loading is waited for, up to `loading_seconds`.
    """

    limits_waits = True

    def __init__(
        self,
        llm_config: Any,
        *,
        account: Account | None = None,
        name: str = "memgpt",
        proxy_private: bool = False,
        loading_seconds: float | None = None,
    ) -> None:
        self.response_format = _response_format(llm_config)
        """The form that the configuration demands of a reply; the first entry's, else that of all."""
        settings = _settings(llm_config)
        self._entries: list[dict[str, Any]] = settings.get("config_list") or [settings]
        self._settings = settings
        self._secrets = [*secrets_in(settings), *environment_keys()]
        self.keeps_call_ids = any(
            str(place.get("api_type")).startswith("responses") for place in (settings, *self._entries)
        )
        """Whether an endpoint knows its calls by their ids."""
        self.cached = any(
            place.get("cache_seed") is not None or place.get("cache") for place in (settings, *self._entries)
        )
        """Whether the configuration has a cache."""
        self._tool_settings = _pop_settings("parallel_tool_calls", (settings, *self._entries))
        self._base_url = settings.get("base_url")
        self._name = name
        self._proxy_private = proxy_private
        self._loading_seconds = loading_seconds
        self._account = account or (lambda: None)
        self._seconds = sum(map(self._longest, self._entries))
        self._registered: list[tuple[Any, dict[str, Any]]] = []
        self._bodies = RequestBodies()
        try:
            self._wrapper = self._new_wrapper()
        except ConfigurationError:
            raise
        except Exception as error:  # noqa: BLE001  providers raise whatever they like
            reason = hide_secrets(self._secrets, str(error))
            raise ConfigurationError(f"AutoGen cannot create a client from this llm_config: {reason}") from (
                None if reveals_secrets(error, self._secrets) else error
            )
        renew_in_child(self)

    def renew_in_child(self) -> None:
        """Make new clients: a connection of the parent's would give the child answers to the parent."""
        keep_forever(self._wrapper)
        self._renew()

    def _renew(self) -> None:
        self._wrapper = self._new_wrapper()
        for client, options in self._registered:
            self._wrapper.register_model_client(client, **options)

    def _new_wrapper(self) -> _Wrapper:
        self._answered = False
        return _Wrapper(self._account, self._settings, proxy_private=self._proxy_private)

    @property
    def model(self) -> str:
        """The model of the first entry, which answers unless it fails."""
        return str(self._entries[0].get("model"))

    @property
    def base_url(self) -> str | None:
        """The address of the first entry, if the configuration has one."""
        return str(self._entries[0].get("base_url") or self._base_url or "") or None

    @property
    def has_fallbacks(self) -> bool:
        """Whether another entry than the first may answer."""
        return len(self._entries) > 1

    @property
    def may_not_know_tools(self) -> bool:
        """Whether the first entry is a server like OpenAI's, where some models cannot call functions."""
        settings = {**self._settings, **self._entries[0]}
        try:
            host = urlsplit(self.base_url or "").hostname or ""
        except ValueError:
            return False
        api_type = settings.get("api_type") or "openai"
        return (
            bool(host)
            and not is_official(host)
            and api_type == "openai"
            and not settings.get("model_client_cls")
        )

    def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion:
        """Answer once, from the first entry of `config_list` that can."""
        # AutoGen's clients of other providers may change what they get
        make = self._bodies.body if self._wrapper.sends_unchanged else request_body
        request = self._with_room(make(map(dict, messages), tools, tool_choice))
        return self._complete(request | self._tool_settings if tools else request)

    def constrained(
        self, messages: Sequence[Mapping[str, Any]], response_format: Mapping[str, Any] | None
    ) -> Completion:
        """Answer once, in a `response_format` of the endpoint, with at most `CONSTRAINED_TOKENS` by default.

        The format goes directly into the request's body, since AutoGen's versions handle it differently.
        Raises `ModelError` where an entry uses another of AutoGen's clients, or has an `extra_body`, which
        would replace ours.
        """
        request = request_body(map(dict, messages), (), None)
        if response_format is not None:
            if not self._wrapper.sends_unchanged or self._has_setting("extra_body"):
                raise ModelError(f"model '{self.model}' cannot be asked for a format with this llm_config.")
            request["extra_body"] = {"response_format": dict(response_format)}
        if self.answer_tokens is None:
            request["max_tokens"] = room_for_answer() or most_without_room(CONSTRAINED_TOKENS)
        return self._complete(request)

    @property
    def answer_tokens(self) -> int | None:
        """The limit of an answer's tokens that the configuration sets; None without one."""
        places = ({**self._settings, **entry} for entry in self._entries)
        limits = [limit for place in places for name in LIMITS if (limit := place.get(name)) is not None]
        return limits[0] if limits else None

    def _with_room(self, request: dict[str, Any]) -> dict[str, Any]:
        room = room_for_answer()
        wanted = room and self.may_not_know_tools and self.answer_tokens is None
        return {**request, "max_tokens": room} if wanted else request

    def _complete(self, request: Mapping[str, Any]) -> Completion:
        self._wrapper.adopt_custom_clients()
        response, extracted = self._ask_patiently(request)
        if not isinstance(extracted, Sequence) or not extracted:
            raise ModelError(
                f"model '{self.model}' returned an answer without choices. Check that the address has this "
                "model."
            )
        message = "" if extracted[0] is None else extracted[0]
        completion = read_answer(message, getattr(response, "usage", None), _finish_reason(response))
        cost = self._cost(response)
        return completion if cost is None else replace(completion, usage=replace(completion.usage, cost=cost))

    def _ask_patiently(self, request: Mapping[str, Any]) -> tuple[Any, Any]:
        """Return the response and what AutoGen reads from it. A model that is still loading is waited for."""
        seconds = LOADING_SECONDS if self._loading_seconds is None else self._loading_seconds
        place = f" at {bare_address(self.base_url)}" if self.base_url else ""
        patience = LoadingPatience(f"{self.model}{place}", seconds)
        while True:
            try:
                return self._ask(request)
            except Exception as error:  # noqa: BLE001, PERF203  every provider has exceptions of its own
                if patience.waits(error):
                    continue
                hidden = isinstance(error, NoAnswerInTimeError) or reveals_secrets(error, self._secrets)
                raise self._to_our_error(error, patience.note(error)) from None if hidden else error

    def _ask(self, request: Mapping[str, Any]) -> tuple[Any, Any]:
        wrapper = self._wrapper
        if not self._answered:
            settle_addresses(wrapper)
        try:
            response = within_limit(lambda: wrapper.create(agent=self._name, **request), self._seconds)
        except NoAnswerInTimeError:
            # a slow server may keep the request that is left behind going, so the next one gets new clients
            if self._wrapper is wrapper:
                self._renew()
            raise
        self._answered = True
        return response, wrapper.extract_text_or_completion_object(response)

    def _cost(self, response: Any) -> float | None:
        """Return AutoGen's cost; its zero counts only where the configuration has prices."""
        cost = getattr(response, "cost", None)
        if not isinstance(cost, (int, float)) or isinstance(cost, bool):
            return None
        priced = "price" in self._settings or all("price" in entry for entry in self._entries)
        return float(cost) if cost > 0 or priced else None

    def _longest(self, entry: Mapping[str, Any]) -> float:
        """Return how long an entry may take for its answer, with its retries."""
        settings = {**self._settings, **entry}
        limit, retries = settings.get("timeout"), settings.get("max_retries")
        seconds = float(limit) if isinstance(limit, (int, float)) and limit > 0 else CLIENT_SECONDS
        return seconds * (1 + (retries if isinstance(retries, int) else CLIENT_RETRIES))

    def _has_setting(self, *names: str) -> bool:
        """Return whether the configuration has one of these settings anywhere."""
        return any(name in place for place in (self._settings, *self._entries) for name in names)

    def register_model_client(self, model_client_cls: Any, **kwargs: Any) -> None:
        """Use this client for the entries that name it, as `ConversableAgent.register_model_client` does."""
        self._wrapper.register_model_client(model_client_cls, **kwargs)
        self._registered.append((model_client_cls, kwargs))

    def _to_our_error(self, error: Exception, note: str = "") -> ConfigurationError | ModelError:
        reason = hide_secrets(self._secrets, str(error))
        if isinstance(error, TypeError) and "unexpected keyword argument" in reason:
            return ConfigurationError(f"llm_config has a setting that the provider does not accept: {reason}")
        last = self._entries[-1]  # the wrapper raises the error of its last entry
        endpoint = last.get("base_url") or self._base_url
        return to_model_error(
            error, str(last.get("model")), str(endpoint) if endpoint else None, self._secrets, note
        )

    def __repr__(self) -> str:
        return f"AutoGenLLM({', '.join(str(entry.get('model')) for entry in self._entries)})"


def keep_own_client_private(client: Any, llm_config: Any, *, proxy_private: bool) -> None:
    """Do to the client that AutoGen made for an agent what `AutoGenLLM` does to its own."""
    if isinstance(client, OpenAIWrapper) and llm_config:
        keep_private(client, _copied(llm_config), proxy_private=proxy_private)


LIMITS = ("max_tokens", "max_completion_tokens")

LEFT_OUT = frozenset(
    # `allow_format_str_template`: our messages are JSON, which has many braces
    "tools functions tool_choice function_call response_format stream stream_options n messages prompt "
    "allow_format_str_template".split()
)
"""Settings of an `llm_config` that are for the agent's own client and not for the steps of a turn."""


class _Wrapper(OpenAIWrapper):  # type: ignore[misc]  # AutoGen has no types
    """AutoGen's wrapper, which adds its usage to the agent's client."""

    def __init__(self, account: Account, settings: Mapping[str, Any], *, proxy_private: bool) -> None:
        self._account = account
        super().__init__(**settings)
        keep_private(self, settings, proxy_private=proxy_private)
        for client in self._clients:
            _send_unchanged(client)
            keep_chains(client)

    @property
    def sends_unchanged(self) -> bool:
        """Whether all entries use AutoGen's own client for OpenAI's API."""
        return all(type(client) is OpenAIClient for client in self._clients)

    def _update_usage(self, actual_usage: Any, total_usage: Any) -> None:
        super()._update_usage(actual_usage, total_usage)
        client = self._account()
        if isinstance(client, OpenAIWrapper):
            client._update_usage(actual_usage=actual_usage, total_usage=total_usage)  # noqa: SLF001  no public way

    def adopt_custom_clients(self) -> None:
        """Use the custom model clients that are registered with the agent; raise for those that are not."""
        account = self._account()
        theirs = account._clients if isinstance(account, OpenAIWrapper) else ()  # noqa: SLF001  no public way
        for place, client in enumerate(self._clients):
            if not isinstance(client, PlaceHolderClient):
                continue
            if place < len(theirs) and not isinstance(theirs[place], PlaceHolderClient):
                self._clients[place] = theirs[place]
            else:
                wanted = client.config["model_client_cls"]
                raise ConfigurationError(
                    f"llm_config names the model client '{wanted}', which is not registered: call "
                    f"register_model_client({wanted}) on the agent."
                )


def _send_unchanged(client: Any) -> None:
    """Let AutoGen's own client of OpenAI-compatible endpoints send a prompt unchanged."""
    chat = getattr(getattr(client, "_oai_client", None), "chat", None)
    if type(client) is OpenAIClient and chat is not None:
        chat.completions.create = _raise_refusals(send_plain(chat.completions.create))


def _raise_refusals(create: Callable[..., Any]) -> Callable[..., Any]:
    """Return `create`, changed so that it raises an error that came with status 200, as LM Studio sends it.

    AutoGen fails on an answer without choices, and its own error says nothing of the reason.
    """

    def send(**request: Any) -> Any:
        response = create(**request)
        refusal = get_field(response, "error")
        if refusal and not get_field(response, "choices"):
            raise RefusedWithSuccess(refusal)
        return response

    return send


def _settings(llm_config: Any) -> dict[str, Any]:
    """Return the configuration as a new dictionary, without `LEFT_OUT`, also in its entries."""
    if not llm_config:
        raise ConfigurationError(
            "llm_config is empty: give a dictionary with a config_list or a model, or an LLMConfig."
        )
    settings = _copied(llm_config)
    if not isinstance(settings, dict):
        raise ConfigurationError(
            f"llm_config is a {type(llm_config).__name__}; give a dictionary or an LLMConfig."
        )
    if any(place.get("stream") for place in (settings, *(settings.get("config_list") or ()))):
        logger.warning(
            "stream in llm_config is for AutoGen's own replies: an agent's turns are not streamed."
        )
    settings = _without_left_out(settings)
    settings.setdefault("cache_seed", None)
    if "config_list" in settings:
        settings["config_list"] = [_without_left_out(entry) for entry in settings["config_list"]]
    return settings


def _response_format(llm_config: Any) -> Any:
    """Return the `response_format` of a configuration. Copying one would lose a class."""
    entries = _named(llm_config, "config_list") or ()
    for place in (*list(entries)[:1], llm_config):
        if (found := _named(place, "response_format")) is not None:
            return found
    return None


def _named(place: Any, name: str) -> Any:
    return place.get(name) if isinstance(place, Mapping) else getattr(place, name, None)


def _without_left_out(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in LEFT_OUT}


def _copied(value: Any) -> Any:
    """Copy the containers but not their values: an HTTP client in a configuration cannot be copied."""
    if hasattr(value, "model_dump") and not isinstance(value, type):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _pop_settings(name: str, places: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Remove a setting from all places, and return the first one."""
    values = [place.pop(name) for place in places if name in place]
    return {name: values[0]} if values else {}


def _finish_reason(response: Any) -> str | None:
    choices = getattr(response, "choices", None)
    return getattr(choices[0], "finish_reason", None) if isinstance(choices, list) and choices else None
