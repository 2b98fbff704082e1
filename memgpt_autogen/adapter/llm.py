"""The models of an AutoGen `llm_config`, through AutoGen's own `OpenAIWrapper` and all the providers it knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from autogen import OpenAIWrapper
from autogen.oai.client import OpenAIClient, PlaceHolderClient

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema
from memgpt_autogen.llm.wire.chat import CONSTRAINED_TOKENS, read_answer, request_body, send_plain
from memgpt_autogen.llm.wire.errors import to_model_error
from memgpt_autogen.llm.wire.redaction import environment_keys, hide_secrets, reveals_secrets, secrets_in

Account = Callable[[], Any]


class AutoGenLLM:
    """A model as `llm_config` describes it: a dictionary or an `LLMConfig`, which is read and never changed.

    It asks through a wrapper of its own, because in AutoGen the configuration beats the arguments of a call: tools in it
    would replace ours, a stream would be printed, and a `response_format` for the agent's words would shape its thoughts and
    summaries too. Such settings (see `LEFT_OUT`) are left out. What stays is the provider, the failover from one entry of
    `config_list` to the next, retries, time-outs, prices, filters and sampling parameters.

    AutoGen 0.2 answers a repeated request from a disk cache unless told otherwise. Here nothing is cached, unless the
    configuration itself names a `cache_seed` or a `cache`. A `Cache` given to `initiate_chat` is not used.

    `account` gives the agent's own client at the time of the call, or None; what a call used is added to its
    `total_usage_summary` and `actual_usage_summary`, as if that client had made the call. Custom model clients registered
    with it serve here too; `register_model_client` registers one without an agent. `name` is who asks, for AutoGen's
    run-time log.
    """

    def __init__(self, llm_config: Any, *, account: Account | None = None, name: str = "memgpt") -> None:
        settings = _settings(llm_config)
        self._entries: list[dict[str, Any]] = settings.get("config_list") or [settings]
        self._settings = settings
        self._secrets = [*secrets_in(settings), *environment_keys()]
        self._tool_settings = _moved(("parallel_tool_calls",), (settings, *self._entries))
        self._base_url = settings.get("base_url")
        self._name = name
        try:
            self._wrapper = _Wrapper(account or _no_account, settings)
        except Exception as error:  # noqa: BLE001  providers raise whatever they like
            told = hide_secrets(self._secrets, str(error))
            raise ConfigurationError(f"AutoGen makes no client of this llm_config: {told}") from (
                None if reveals_secrets(error, self._secrets) else error
            )

    @property
    def model(self) -> str:
        """The model of the first entry, which is the one that answers unless it fails."""
        return str(self._entries[0].get("model"))

    @property
    def base_url(self) -> str | None:
        """Where the first entry is served, if the configuration says."""
        return str(self._entries[0].get("base_url") or self._base_url or "") or None

    @property
    def may_not_know_tools(self) -> bool:
        """Whether the first entry is a server that is only compatible with OpenAI's: not every model there can call functions."""
        settings = {**self._settings, **self._entries[0]}
        try:
            host = urlsplit(self.base_url or "").hostname or ""
        except ValueError:
            return False
        theirs = host.endswith(("openai.com", ".azure.com"))
        known = settings.get("api_type") or "openai"
        return bool(host) and not theirs and known == "openai" and not settings.get("model_client_cls")

    def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion:
        """Answer once, from the first entry of `config_list` that can."""
        request = request_body(map(dict, messages), tools, tool_choice)
        return self._complete(request | self._tool_settings if tools else request)

    def constrained(
        self, messages: Sequence[Mapping[str, Any]], response_format: Mapping[str, Any] | None
    ) -> Completion:
        """Answer once, in a `response_format` of the endpoint, and with at most `CONSTRAINED_TOKENS` if nothing else was said.

        It stands in the request's body past AutoGen, whose versions make different things of it. Raises `ModelError` where some
        entry is served by another of AutoGen's clients, or has an `extra_body`, which would replace ours.
        """
        request = request_body(map(dict, messages), (), None)
        if response_format is not None:
            if not self._wrapper.sends_as_it_is or self._says("extra_body"):
                raise ModelError(f"model '{self.model}' is not asked for a format through this llm_config.")
            request["extra_body"] = {"response_format": dict(response_format)}
        if not self._says("max_tokens", "max_completion_tokens"):
            request["max_tokens"] = CONSTRAINED_TOKENS
        return self._complete(request)

    def _complete(self, request: Mapping[str, Any]) -> Completion:
        self._wrapper.adopt_custom_clients()
        try:
            response = self._wrapper.create(agent=self._name, **request)
            extracted = self._wrapper.extract_text_or_completion_object(response)
        except Exception as error:  # noqa: BLE001  every provider has exceptions of its own
            raise self._explained(error) from (None if reveals_secrets(error, self._secrets) else error)
        if not isinstance(extracted, Sequence) or not extracted:
            raise ModelError(
                f"model '{self.model}' gave an answer without choices. Check that the address serves this model."
            )
        message = "" if extracted[0] is None else extracted[0]
        completion = read_answer(message, getattr(response, "usage", None), _finish_reason(response))
        cost = self._cost(response)
        return completion if cost is None else replace(completion, usage=replace(completion.usage, cost=cost))

    def _cost(self, response: Any) -> float | None:
        """What AutoGen reckons; its zero is only known to be one where prices were given."""
        cost = getattr(response, "cost", None)
        if not isinstance(cost, (int, float)) or isinstance(cost, bool):
            return None
        priced = "price" in self._settings or all("price" in entry for entry in self._entries)
        return float(cost) if cost > 0 or priced else None

    def _says(self, *names: str) -> bool:
        """Whether the configuration has one of these settings anywhere."""
        return any(name in place for place in (self._settings, *self._entries) for name in names)

    def register_model_client(self, model_client_cls: Any, **kwargs: Any) -> None:
        """Serve the entries with this `model_client_cls`, as `ConversableAgent.register_model_client` does."""
        self._wrapper.register_model_client(model_client_cls, **kwargs)

    def _explained(self, error: Exception) -> ConfigurationError | ModelError:
        told = hide_secrets(self._secrets, str(error))
        if isinstance(error, TypeError) and "unexpected keyword argument" in told:
            return ConfigurationError(f"llm_config holds a setting that the provider does not take: {told}")
        last = self._entries[-1]  # the wrapper raises what its last entry met
        endpoint = last.get("base_url") or self._base_url
        return to_model_error(
            error, str(last.get("model")), str(endpoint) if endpoint else None, self._secrets
        )

    def __repr__(self) -> str:
        return f"AutoGenLLM({', '.join(str(entry.get('model')) for entry in self._entries)})"


LEFT_OUT = frozenset(
    {
        "tools",
        "functions",
        "tool_choice",
        "function_call",
        "response_format",
        "stream",
        "stream_options",
        "n",
        "messages",
        "prompt",
        "allow_format_str_template",  # our messages are JSON and full of braces
    }
)
"""Settings of an `llm_config` that belong to the agent's own client and not to the steps of a turn."""


class _Wrapper(OpenAIWrapper):  # type: ignore[misc]
    """AutoGen's wrapper, which tells the agent's client what it used."""

    def __init__(self, account: Account, settings: Mapping[str, Any]) -> None:
        self._account = account
        super().__init__(**settings)
        for client in self._clients:
            _shorten(client)

    @property
    def sends_as_it_is(self) -> bool:
        """Whether all entries are served by AutoGen's own client, as `_shorten` leaves it."""
        return all(type(client) is OpenAIClient for client in self._clients)

    def _update_usage(self, actual_usage: Any, total_usage: Any) -> None:
        super()._update_usage(actual_usage, total_usage)
        client = self._account()
        if isinstance(client, OpenAIWrapper):
            client._update_usage(actual_usage=actual_usage, total_usage=total_usage)  # noqa: SLF001  no public way

    def adopt_custom_clients(self) -> None:
        """Take over the custom model clients that were registered with the agent; complain of those that were not."""
        account = self._account()
        theirs = account._clients if isinstance(account, OpenAIWrapper) else ()  # noqa: SLF001
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


def _shorten(client: Any) -> None:
    """Let AutoGen's own client of OpenAI-compatible endpoints send a prompt as it is."""
    chat = (
        getattr(getattr(client, "_oai_client", None), "chat", None) if type(client) is OpenAIClient else None
    )
    if chat is not None:
        chat.completions.create = send_plain(chat.completions.create)


def _no_account() -> None:
    return None


def _settings(llm_config: Any) -> dict[str, Any]:
    """The configuration as a dictionary of our own, without `LEFT_OUT` at its top and in its entries."""
    if not llm_config:
        raise ConfigurationError(
            "llm_config is empty: give a dictionary with a config_list or a model, or an LLMConfig."
        )
    settings = _copied(llm_config)
    if not isinstance(settings, dict):
        raise ConfigurationError(
            f"llm_config is a {type(llm_config).__name__}; give a dictionary or an LLMConfig."
        )
    settings = _without_left_out(settings)
    settings.setdefault("cache_seed", None)
    if "config_list" in settings:
        settings["config_list"] = [_without_left_out(entry) for entry in settings["config_list"]]
    return settings


def _without_left_out(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in LEFT_OUT}


def _copied(value: Any) -> Any:
    """New containers with the same leaves: an HTTP client in a configuration cannot be copied."""
    if hasattr(value, "model_dump") and not isinstance(value, type):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _moved(names: Sequence[str], places: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The named settings, taken out of all the places; the first place that has one counts."""
    moved: dict[str, Any] = {}
    for place in places:
        for name in names:
            if name in place:
                moved.setdefault(name, place.pop(name))
    return moved


def _finish_reason(response: Any) -> str | None:
    choices = getattr(response, "choices", None)
    return getattr(choices[0], "finish_reason", None) if isinstance(choices, list) and choices else None
