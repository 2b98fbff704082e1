"""AutoGen's clients, kept from the proxies and from what the environment says of OpenAI.

AutoGen makes them from an `llm_config`. They read the environment as the `openai` package does: a prompt for
a model on this machine would go to the proxy, and the name of an organization to any address.
"""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.wire.endpoint import is_official
from memgpt_autogen.llm.wire.http_clients import close_with, forget_environment, http_client_without_proxy
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.web.places import has_proxies, host_of, needs_no_proxy

# the attribute in which AutoGen's clients keep one of the `openai` package
INNER = "_oai_client"

# where the clients that are not OpenAI's ask if an entry has no address
OWN_PLACES = {"ollama": "http://127.0.0.1:11434"}


def keep_private(wrapper: Any, settings: Mapping[str, Any], *, proxy_private: bool = False) -> None:
    """Let the clients of an `OpenAIWrapper` ask this machine, and private networks, without a proxy.

    `settings` is the configuration that the wrapper was made from. An entry with an `http_client` keeps it.
    Raises `ConfigurationError` for an entry whose client would ask this machine through a proxy all the same.
    """
    entries: Sequence[Mapping[str, Any]] = settings.get("config_list") or [{}]
    for client, entry in zip(wrapper._clients, entries, strict=False):  # noqa: SLF001  no public way
        merged = {**settings, **entry}
        if hasattr(getattr(client, INNER, None), "with_options"):
            _keep_openai_client(client, merged, proxy_private=proxy_private)
        elif not merged.get("model_client_cls"):
            _refuse_proxy(merged, proxy_private=proxy_private)


def _keep_openai_client(client: Any, entry: Mapping[str, Any], *, proxy_private: bool) -> None:
    inner = getattr(client, INNER)
    address = str(inner.base_url)
    if not entry.get("http_client") and needs_no_proxy(address, proxy_private=proxy_private):
        http_client = http_client_without_proxy(type(inner._client))  # noqa: SLF001  no public way
        inner = inner.with_options(http_client=http_client)
        setattr(client, INNER, inner)
        close_with(inner, http_client)
    if inner.api_key != os.environ.get("OPENAI_API_KEY") and not _is_openai(address):
        forget_environment(inner, entry.get("default_headers") or {})
        inner.organization, inner.project = entry.get("organization"), entry.get("project")


def _is_openai(address: str) -> bool:
    host = host_of(address)
    return is_official(host) and not host.endswith("azure.com")


def _refuse_proxy(entry: Mapping[str, Any], *, proxy_private: bool) -> None:
    kind = str(entry.get("api_type"))
    address = str(entry.get("client_host") or entry.get("base_url") or OWN_PLACES.get(kind) or "")
    if not address or not has_proxies() or not needs_no_proxy(address, proxy_private=proxy_private):
        return
    host = host_of(address)
    if not urllib.request.proxy_bypass(host):
        raise ConfigurationError(
            f"AutoGen's client for '{kind}' would send every prompt for {bare_address(address)} to the proxy "
            f"of the environment. Add {host} to NO_PROXY in the environment, or use the server's "
            "OpenAI-compatible address as base_url, without api_type."
        )
