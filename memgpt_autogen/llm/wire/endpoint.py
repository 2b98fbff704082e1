"""An OpenAI-compatible endpoint: the client, its retries, and what its errors mean."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.wire.errors import (
    bare_address,
    environment_keys,
    hide_secrets,
    is_retryable,
    retry_after,
    reveals_secrets,
    secrets_in,
    to_model_error,
)

OPENAI = "https://api.openai.com/v1"


QUOTED_CHARS = 500
"""Characters of what an endpoint says in place of an answer that an error repeats."""


T = TypeVar("T")


def _split_user(url: str) -> tuple[str, dict[str, str]]:
    """The address without user and password, and the header that says them: clients log addresses."""
    parts = urlsplit(url)
    if not (parts.username or parts.password):
        return url, {}
    user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    basic = base64.b64encode(user.encode()).decode()
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return address, {"Authorization": f"Basic {basic}"}


class Endpoint:
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
        self._url = base_url or _default_address(model, azure=bool(api_version))
        try:
            self._host = urlsplit(self._url).hostname or ""
        except ValueError as error:
            raise ConfigurationError(f"base_url is no address: {error}") from None
        self._key = api_key or self._key_around(given=bool(base_url)) or ""
        self._secrets = [self._key, *secrets_in(self._url), *environment_keys()]
        self._timeout = timeout
        self._patiently = Retrying(
            stop=stop_after_attempt(max_retries + 1),
            wait=_wait_seconds,
            retry=retry_if_exception(is_retryable),
            sleep=sleep,
            reraise=True,
        )
        if self._is_openai and not self._key:
            wanted = AZURE_KEY if api_version else "OPENAI_API_KEY"
            raise ConfigurationError(
                f"model '{model}' needs a key for {bare_address(self._url)}: set {wanted}, give api_key, or give the "
                "base_url of another endpoint."
            )

    @property
    def base_url(self) -> str:
        return bare_address(self._url)

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

        url, headers = _split_user(self._url)
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
            raise self.explained(error) from (None if reveals_secrets(error, self._secrets) else error)

    def explained(self, error: Exception) -> ModelError:
        return to_model_error(error, self._model, self._url, self._secrets)

    def nonsense(self, what: str, said_instead: object = None) -> ModelError:
        told = str(said_instead)[:QUOTED_CHARS] if said_instead else ""
        instead = f" It said: {hide_secrets(self._secrets, told)}." if told else ""
        return ModelError(
            f"model '{self._model}' at {self.base_url} gave {what}.{instead} Check that the address serves this model."
        )


AZURE_KEY = "AZURE_OPENAI_API_KEY"


AZURE_ENDPOINT = "AZURE_OPENAI_ENDPOINT"


def _default_address(model: str, *, azure: bool) -> str:
    """Where a model is when nobody says."""
    if not azure:
        return os.environ.get("OPENAI_BASE_URL") or OPENAI
    address = os.environ.get(AZURE_ENDPOINT)
    if not address:
        raise ConfigurationError(
            f"deployment '{model}' needs the address of its Azure resource: give base_url, or set {AZURE_ENDPOINT}."
        )
    return address


_growing_wait = wait_random_exponential(multiplier=0.5, max=20)


def _wait_seconds(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = retry_after(error) if error else None
    return _growing_wait(state) if asked is None else asked


def checked_extra(extra: Mapping[str, Any] | None, *ours: str) -> dict[str, Any]:
    for name in ours:
        if name in (extra or {}):
            raise ConfigurationError(f"'{name}' in extra would break every request; leave it out.")
    return dict(extra or {})
