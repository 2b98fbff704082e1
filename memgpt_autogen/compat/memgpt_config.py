"""MemGPT's entries of an AutoGen `config_list`, said in AutoGen's own words.

Every key of MemGPT's is mapped or refused; AutoGen's keys are left as they are. No error shows the value of a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Optional
from urllib.parse import urlsplit

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder

PRESET = "memgpt_chat"

SERVED = ("openai", "vllm", "lmstudio", "ollama", "llamacpp", "koboldcpp", "webui", "groq")
"""Endpoint types that have an OpenAI-compatible chat API today."""

AZURE = {"azure_key": "api_key", "azure_endpoint": "base_url", "azure_version": "api_version"}

USUAL_AUTH = {
    "openai_auth_type": "bearer_token",
    "openllm_auth_type": "bearer_token",
    "azure_auth_type": "api_key",
}

WAYS_OUT = {
    "persona": "give system_message= when the agent is made; later agent.memory.core.set('persona', ...)",
    "human": "give human= when the agent is made; later agent.memory.core.set('human', ...)",
    "user_id": "give each user a home of their own: home=",
    "embedding_chunk_size": "leave it out: a longer text is cut into passages of 1200 characters",
}
"""Old keys without a counterpart, and what to do instead."""


def translated(llm_config: Any) -> tuple[Any, dict[str, Any]]:
    """An `llm_config` as AutoGen takes it, and arguments of `MemGPTAgent` for the rest: `window_tokens`, `embedder`.

    What is given is not changed. None, False and AutoGen's `LLMConfig` hold nothing of MemGPT's. Raises `ConfigurationError`.
    """
    if not isinstance(llm_config, Mapping):
        return llm_config, {}
    listed = "config_list" in llm_config
    if listed:
        for key in filter(_is_old, llm_config):
            raise ConfigurationError(
                f"'{key}' belongs in an entry of config_list, not beside it: move it there."
            )
    entries = [_entry(entry) for entry in (llm_config["config_list"] if listed else [llm_config])]
    configs = [config for config, _, _ in entries]
    windows = [window for _, window, _ in entries if window is not None]
    embedders = [embedder for _, _, embedder in entries if embedder is not None]
    found: dict[str, Any] = {}
    if windows:
        found["window_tokens"] = min(windows)  # the prompt fits whichever entry answers
    if embedders:
        found["embedder"] = embedders[0]
    return ({**llm_config, "config_list": configs} if listed else configs[0]), found


def _is_old(key: str) -> bool:
    if key in ("model_client_cls", "azure_ad_token", "azure_ad_token_provider"):
        return False  # AutoGen's own
    if key in ("preset", "context_window", *WAYS_OUT):
        return True
    return (
        re.match(r"(model|embedding|openai|openllm|azure|anthropic|cohere|google_ai|groq)_", key) is not None
    )


def _entry(entry: Mapping[str, Any]) -> tuple[dict[str, Any], Optional[int], Optional[OpenAIEmbedder]]:
    """AutoGen's entry, the window, and the embedder."""
    new = {key: value for key, value in entry.items() if not _is_old(key)}
    if len(new) == len(entry):
        return new, None, None
    old = {key: value for key, value in entry.items() if _is_old(key) and value is not None}
    for key in filter(WAYS_OUT.__contains__, old):
        raise ConfigurationError(f"'{key}' says nothing of a model here: {WAYS_OUT[key]}.")
    _drop_usual(old)
    window = old.pop("context_window", None)
    embedder = _embedder(old)
    kind = old.pop("model_endpoint_type", "openai")
    if embedder is not None and kind != "openai":
        old.pop("openai_key", None)  # the embedder has it
    _put(new, _azure(old, new) if kind == "azure" else _endpoint(kind, old, new))
    for key in old:
        raise ConfigurationError(f"'{key}' means nothing to an endpoint of the type '{kind}': leave it out.")
    if not new.get("model"):
        raise ConfigurationError("'model' is missing: name one as the endpoint itself lists it.")
    return new, window, embedder


def _drop_usual(old: dict[str, Any]) -> None:
    """Take out what says only what holds anyway; refuse its other values."""
    preset = old.pop("preset", PRESET)
    if preset != PRESET:
        raise ConfigurationError(
            f"'preset' is {preset!r}, and there is only one ({PRESET!r}) now: leave it out. Instructions of your own go into "
            "MemGPTAgent(system_message=...), functions into tools=."
        )
    if "model_wrapper" in old:
        raise ConfigurationError(
            f"'model_wrapper' is {old['model_wrapper']!r}; prompts are no longer formatted here. Leave it out and serve the "
            "model with its chat template and function calling, behind /v1/chat/completions."
        )
    for key, usual in USUAL_AUTH.items():
        if old.pop(key, usual) != usual:
            raise ConfigurationError(f"'{key}' takes only {usual!r} now: leave it out.")


def _azure(old: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: old.pop(key) for key, name in AZURE.items() if key in old}
    deployment = old.pop("azure_deployment", None)
    if deployment is not None and new.get("model") not in (None, deployment):
        raise ConfigurationError(
            "'azure_deployment' and 'model' differ: AutoGen's entry names the deployment as its model. Leave one out."
        )
    return {"api_type": "azure", **({"model": deployment} if deployment else {}), **said}


def _endpoint(kind: str, old: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    if kind not in SERVED:
        raise ConfigurationError(
            f"'model_endpoint_type' is {kind!r}; it takes azure, {', '.join(SERVED)}. For another provider write AutoGen's "
            "entry, with api_type."
        )
    said = {}
    url = old.pop("model_endpoint", None)
    if url is None and kind != "openai" and "base_url" not in new:
        raise ConfigurationError(f"'model_endpoint' is missing: say where {kind} is served.")
    if url is not None:
        said["base_url"] = _versioned(kind, url)
    key = old.pop("openai_key" if kind == "openai" else "openllm_key", None)
    if key is not None:
        said["api_key"] = key
    elif url is not None and "api_key" not in new and not _is_openai(url):
        said["api_key"] = "not-needed"  # or the client would send OPENAI_API_KEY there
    return said


def _embedder(old: dict[str, Any]) -> Optional[OpenAIEmbedder]:
    names = [key for key in old if key.startswith(("embedding_", "azure_embedding_"))]
    given = {key: old.pop(key) for key in names}
    if not given:
        return None
    kind = given.pop("embedding_endpoint_type", "openai")
    model = given.pop("embedding_model", None)
    url = given.pop("embedding_endpoint", None)
    dimension = given.pop("embedding_dim", None)
    if kind not in SERVED or model is None or given:
        raise ConfigurationError(
            f"{', '.join(map(repr, names))}: an endpoint of the type {kind!r} is not reached by these. Leave them out, and "
            "archival memory is searched by words; or give embedder=OpenAIEmbedder(model, base_url=..., api_key=...)."
        )
    same_place = url is None or _is_openai(url) or url == old.get("model_endpoint")
    return OpenAIEmbedder(
        model,
        base_url=_versioned(kind, url) if url else None,
        api_key=old.get("openai_key") if same_place else None,
        dimension=dimension,
    )


def _put(new: dict[str, Any], said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        if new.setdefault(name, value) != value:
            raise ConfigurationError(
                f"MemGPT's keys and AutoGen's '{name}' in one entry differ: leave one out."
            )


def _versioned(kind: str, url: str) -> str:
    """MemGPT added the path itself for all types but OpenAI's."""
    url = url.rstrip("/")
    return url if kind == "openai" or re.search(r"/v\d+$", url) else f"{url}/v1"


def _is_openai(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith("openai.com")
