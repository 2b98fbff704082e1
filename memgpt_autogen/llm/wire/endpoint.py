"""An OpenAI-compatible endpoint: its address and key, its client, its retries, and its errors."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from memgpt_autogen.concurrency import keep_forever, renew_in_child
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.asking import NoAnswerInTimeError, parts_within_limit, seconds_left, within_limit
from memgpt_autogen.llm.wire.errors import (
    http_status,
    is_retryable,
    raise_refusal,
    retry_after,
    to_model_error,
)
from memgpt_autogen.llm.wire.http_clients import close_with, forget_environment, http_client_without_proxy
from memgpt_autogen.llm.wire.loading import LOADING_SECONDS, LoadingPatience
from memgpt_autogen.llm.wire.redaction import (
    bare_address,
    environment_keys,
    hide_secrets,
    reveals_secrets,
    secrets_in,
)
from memgpt_autogen.web.engine_address import connectable, settled_address, with_scheme
from memgpt_autogen.web.places import is_private, needs_no_proxy

OPENAI = "https://api.openai.com/v1"
AZURE_KEY = "AZURE_OPENAI_API_KEY"
AZURE_ENDPOINT = "AZURE_OPENAI_ENDPOINT"
QUOTED_CHARS = 500  # of what an endpoint sends in place of an answer

T = TypeVar("T")


class Endpoint:
    """One address and its key. It asks with retries, and raises our errors."""

    def __init__(
        self,
        model: str,
        base_url: str | None,
        api_key: str | None,
        api_version: str | None,
        timeout: float,
        max_retries: int,
        sleep: Callable[[float], None],
        *,
        proxy_private: bool = False,
        loading_seconds: float | None = None,
        waits_for_server: bool = True,
    ) -> None:
        """Without `loading_seconds`, only an engine that says that it is loading is waited for.

        With it, so is one on this machine or in a private network that does not answer yet, unless
        `waits_for_server` is false.
        """
        self._model = model
        self._proxy_private = proxy_private
        self._api_version = api_version
        self._given = base_url or _default_address(model, azure=bool(api_version))
        self._url = self._given if api_version else connectable(with_scheme(self._given))
        self._is_settled = bool(api_version)
        try:
            self._host = urlsplit(self._url).hostname or ""
        except ValueError as error:
            raise ConfigurationError(f"base_url is no address: {error}") from None
        of_environment = None if api_key else self._environment_key(given=bool(base_url))
        self._key = api_key or of_environment or ""
        self._is_openais_place = not api_version and (self._is_openai or bool(of_environment))
        self._secrets = [self._key, *secrets_in(self._url), *environment_keys()]
        self._timeout = timeout
        self._sleep = sleep
        default = LOADING_SECONDS if max_retries else 0.0
        self._loading_seconds = default if loading_seconds is None else loading_seconds
        self._waits_for_server = waits_for_server and loading_seconds is not None
        self._retrying = Retrying(
            stop=stop_after_attempt(max_retries + 1) | _NoTimeLeft(),
            wait=_wait_seconds,
            retry=retry_if_exception(is_retryable),
            sleep=sleep,
            reraise=True,
        )
        renew_in_child(self)
        if self._is_openai and not self._key:
            wanted = AZURE_KEY if api_version else "OPENAI_API_KEY"
            raise ConfigurationError(
                f"model '{model}' needs a key for {self.base_url}: set {wanted}, give api_key, or give the "
                "base_url of another endpoint."
            )

    def renew_in_child(self) -> None:
        """Forget the client: a connection of the parent's would give the child answers to the parent."""
        keep_forever(self.__dict__.pop("_client", None))

    @property
    def base_url(self) -> str:
        return bare_address(self._url)

    @property
    def may_not_know_tools(self) -> bool:
        """Whether it is neither OpenAI's nor Azure's, so that its model perhaps cannot call functions."""
        return not self._api_version and not is_official(self._host)

    @property
    def limit_parameter(self) -> str:
        """The parameter that limits an answer's tokens.

        OpenAI's reasoning models refuse the older one, and few other servers know the newer one.
        """
        return "max_completion_tokens" if self._is_openai else "max_tokens"

    def ask(self, request: Callable[[Any], T], *, patient: bool = True) -> T:
        """Return what `request` returns for the client, after retries. Raises `ModelError`.

        With `patient`, a model that is still loading is waited for.
        """
        patience = LoadingPatience(
            f"{self._model} at {self.base_url}",
            self._loading_seconds if patient else 0,
            self._sleep,
            may_start=lambda: self._may_start,
        )
        retrying = self._retrying.copy(
            retry=retry_if_exception(lambda error: is_retryable(error) and not patience.covers(error))
        )
        while True:
            try:
                answer: T = retrying(self._attempt, request)
            except Exception as error:  # noqa: BLE001  clients raise anything when an answer is strange
                if patience.waits(error) or (http_status(error) == 404 and self._settle()):
                    continue
                hidden = reveals_secrets(error, self._secrets)
                raise self.to_model_error(error, patience.note(error)) from None if hidden else error
            return answer

    @cached_property
    def _may_start(self) -> bool:
        """Whether a server that does not answer may be one that is still starting."""
        return self._waits_for_server and is_private(self._url)

    def parts(self, stream: Iterable[T], close: Callable[[], object]) -> Generator[T, None, None]:
        """Yield the parts of a streamed answer. Raises `NoAnswerInTimeError` where they come too slowly."""
        return parts_within_limit(stream, self._timeout, close)

    def in_time(self, work: Callable[[], T]) -> T:
        """Return what `work` returns. Raises `NoAnswerInTimeError` where that takes too long."""
        return within_limit(work, self._timeout)

    def _attempt(self, request: Callable[[Any], T]) -> T:
        if not self._is_settled:
            self._settle()
        client = self._client
        try:
            answer = self.in_time(lambda: request(client))
        except NoAnswerInTimeError:
            # a slow server may keep the request that is left behind going, so the next one gets a new client
            if self.__dict__.get("_client") is client:
                del self._client
            raise
        raise_refusal(answer)
        self._is_settled = True
        return answer

    def _settle(self) -> bool:
        """Find where the server answers, if the given address is not quite right.

        Return whether it is another address now, which happens once.
        """
        settled = self._given if self._is_settled else settled_address(self._given)
        changed = settled not in (self._given, self._url)
        if changed:
            self._url = settled
            self._is_settled = True
            self.__dict__.pop("_client", None)
        return changed

    def to_model_error(self, error: Exception, note: str = "") -> ModelError:
        return to_model_error(error, self._model, self._url, self._secrets, note)

    def invalid_answer(self, what: str, sent_instead: object = None) -> ModelError:
        """Return the error to raise for an answer that has no usable form."""
        sent = str(sent_instead)[:QUOTED_CHARS] if sent_instead else ""
        instead = f" It sent: {hide_secrets(self._secrets, sent)}." if sent else ""
        return ModelError(
            f"model '{self._model}' at {self.base_url} returned {what}.{instead} "
            "Check that the address serves this model."
        )

    @property
    def _is_openai(self) -> bool:
        return bool(self._api_version) or _is_of(self._host, "openai.com")

    def _environment_key(self, *, given: bool) -> str | None:
        """Return the environment's key, if it belongs to this address."""
        if not self._api_version:
            return os.environ.get("OPENAI_API_KEY") if self._is_openai or not given else None
        known = os.environ.get(AZURE_ENDPOINT, "").rstrip("/") == self._url.rstrip("/")
        return os.environ.get(AZURE_KEY) if known or _is_of(self._host, "azure.com") else None

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
        if needs_no_proxy(self._url, proxy_private=self._proxy_private):
            common["http_client"] = http_client_without_proxy(openai.DefaultHttpxClient)
        client: Any
        if not self._api_version:
            client = openai.OpenAI(base_url=url, **common)
        else:
            client = openai.AzureOpenAI(
                azure_endpoint=url.rstrip("/"), api_version=self._api_version, **common
            )
            # older clients send the environment's token to any address
            client._azure_ad_token = None  # noqa: SLF001
        if "http_client" in common:
            close_with(client, common["http_client"])
        if not self._is_openais_place:
            forget_environment(client, headers)
        return client


def is_official(host: str) -> bool:
    """Return whether the host is OpenAI's or Azure's."""
    return _is_of(host, "openai.com") or _is_of(host, "azure.com")


def _is_of(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def checked_extra(extra: Mapping[str, Any] | None, *ours: str) -> dict[str, Any]:
    """Return a copy of `extra`. Raises `ConfigurationError` when it has a parameter that is ours."""
    for name in ours:
        if name in (extra or {}):
            raise ConfigurationError(f"'{name}' in extra would break every request; leave it out.")
    return dict(extra or {})


def _default_address(model: str, *, azure: bool) -> str:
    if not azure:
        return os.environ.get("OPENAI_BASE_URL") or OPENAI
    address = os.environ.get(AZURE_ENDPOINT)
    if not address:
        raise ConfigurationError(
            f"deployment '{model}' needs the address of its Azure resource: give base_url, or set "
            f"{AZURE_ENDPOINT}."
        )
    return address


def _split_user(url: str) -> tuple[str, dict[str, str]]:
    """Return the address without user and password, and the header that sends them.

    Clients log addresses.
    """
    parts = urlsplit(url)
    if not (parts.username or parts.password):
        return url, {}
    user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    basic = base64.b64encode(user.encode()).decode()
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return address, {"Authorization": f"Basic {basic}"}


class _NoTimeLeft(stop_base):
    """Stops the retries where the turn has no time left."""

    def __call__(self, _state: RetryCallState) -> bool:
        return not seconds_left(1)


_growing_wait = wait_random_exponential(multiplier=0.5, max=20)


def _wait_seconds(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = retry_after(error) if error else None
    return seconds_left(_growing_wait(state) if asked is None else asked)
