"""Translates the entries of a `config_list` from MemGPT's keys to AutoGen's.

Every key of MemGPT is translated or refused; AutoGen's keys stay as they are. No error contains the value of
a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Optional
from urllib.parse import urlsplit

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder

PRESET = "memgpt_chat"

# endpoint types that have an OpenAI-compatible chat API today
SERVED = ("openai", "vllm", "lmstudio", "ollama", "llamacpp", "koboldcpp", "webui", "groq")

AZURE = {"azure_key": "api_key", "azure_endpoint": "base_url", "azure_version": "api_version"}

# the only value that these keys can have now
DEFAULTS = {
    "preset": PRESET,
    "openai_auth_type": "bearer_token",
    "openllm_auth_type": "bearer_token",
    "azure_auth_type": "api_key",
}

# old keys without an equivalent, and what to do instead
WAYS_OUT = {
    "persona": "give system_message= for a new agent; later agent.memory.core.set('persona', ...)",
    "human": "give human= for a new agent; later agent.memory.core.set('human', ...)",
    "user_id": "give each user a separate home: home=",
    "embedding_chunk_size": "leave it out: a longer text is split into passages of 1200 characters",
}

_OLD_KEY = re.compile(r"(model|embedding|openai|openllm|azure|anthropic|cohere|google_ai|groq)_")


def translate_config(llm_config: Any) -> tuple[Any, dict[str, Any]]:
    """Return an `llm_config` for AutoGen, and the arguments `window_tokens` and `embedder` of `MemGPTAgent`.

    The given configuration is not changed. None, False and AutoGen's `LLMConfig` contain no keys of MemGPT.
    Raises `ConfigurationError` for a key without an equivalent.
    """
    if not isinstance(llm_config, Mapping):
        return llm_config, {}
    listed = "config_list" in llm_config
    if listed:
        for key in filter(_is_old, llm_config):
            raise ConfigurationError(
                f"'{key}' belongs in an entry of config_list, not next to config_list: move it there."
            )
    entries = [_entry(entry) for entry in (llm_config["config_list"] if listed else [llm_config])]
    configs, windows, embedders = zip(*entries, strict=True) if entries else ((), (), ())
    found = {
        # the smallest, so that the prompt fits whichever entry answers
        "window_tokens": min(filter(None, windows), default=None),
        "embedder": next(filter(None, embedders), None),
    }
    config = {**llm_config, "config_list": list(configs)} if listed else configs[0]
    return config, {name: value for name, value in found.items() if value is not None}


def _is_old(key: str) -> bool:
    if key in ("model_client_cls", "azure_ad_token", "azure_ad_token_provider"):
        return False  # AutoGen's own
    if key in ("preset", "context_window", *WAYS_OUT):
        return True
    return _OLD_KEY.match(key) is not None


def _entry(entry: Mapping[str, Any]) -> tuple[dict[str, Any], Optional[int], Optional[OpenAIEmbedder]]:
    """Return AutoGen's entry, the window, and the embedder."""
    new = {key: value for key, value in entry.items() if not _is_old(key)}
    if len(new) == len(entry):
        return new, None, None
    old = {key: value for key, value in entry.items() if _is_old(key) and value is not None}
    for key in filter(WAYS_OUT.__contains__, old):
        raise ConfigurationError(f"'{key}' is not a setting of a model here: {WAYS_OUT[key]}.")
    _drop_defaults(old)
    window = old.pop("context_window", None)
    embedder = _embedder(old)
    kind = old.pop("model_endpoint_type", "openai")
    if embedder is not None and kind != "openai":
        old.pop("openai_key", None)  # the embedder has it
    _merge(new, _azure(old, new) if kind == "azure" else _endpoint(kind, old, new))
    for key in old:
        raise ConfigurationError(f"'{key}' has no meaning for an endpoint of type '{kind}': leave it out.")
    if not new.get("model"):
        raise ConfigurationError("'model' is missing: give the name that the endpoint uses.")
    return new, window, embedder


def _drop_defaults(old: dict[str, Any]) -> None:
    """Remove keys that have the only possible value; refuse other values."""
    if "model_wrapper" in old:
        raise ConfigurationError(
            f"'model_wrapper' is {old['model_wrapper']!r}, but prompts are no longer formatted here: leave "
            "it out. Serve the model with its chat template and function calling, at /v1/chat/completions."
        )
    for key, default in DEFAULTS.items():
        if old.pop(key, default) != default:
            more = " Give instructions as system_message=, functions as tools=." if key == "preset" else ""
            raise ConfigurationError(f"'{key}' can only be {default!r} now: leave it out.{more}")


def _azure(old: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    translated = {name: old.pop(key) for key, name in AZURE.items() if key in old}
    deployment = old.pop("azure_deployment", None)
    if deployment is not None and new.get("model") not in (None, deployment):
        raise ConfigurationError(
            "'azure_deployment' and 'model' differ: in AutoGen, the model is the deployment. Leave one out."
        )
    return {"api_type": "azure", **({"model": deployment} if deployment else {}), **translated}


def _endpoint(kind: str, old: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    if kind not in SERVED:
        raise ConfigurationError(
            f"'model_endpoint_type' is {kind!r}; it must be azure, {', '.join(SERVED)}. For another "
            "provider, write AutoGen's entry, with api_type."
        )
    translated = {}
    url = old.pop("model_endpoint", None)
    if url is None and kind != "openai" and "base_url" not in new:
        raise ConfigurationError(f"'model_endpoint' is missing: give the address of {kind}.")
    if url is not None:
        translated["base_url"] = _with_version(kind, url)
    key = old.pop("openai_key" if kind == "openai" else "openllm_key", None)
    if key is not None:
        translated["api_key"] = key
    elif url is not None and "api_key" not in new and not _is_openai(url):
        translated["api_key"] = "not-needed"  # or the client would send OPENAI_API_KEY to this address
    return translated


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
            f"{', '.join(map(repr, names))} do not configure an endpoint of type {kind!r}. Leave them out to "
            "search archival memory by words, or give embedder=OpenAIEmbedder(model, base_url=..., "
            "api_key=...)."
        )
    same_place = url is None or _is_openai(url) or url == old.get("model_endpoint")
    return OpenAIEmbedder(
        model,
        base_url=_with_version(kind, url) if url else None,
        api_key=old.get("openai_key") if same_place else None,
        dimension=dimension,
    )


def _merge(new: dict[str, Any], translated: Mapping[str, Any]) -> None:
    for name, value in translated.items():
        if new.setdefault(name, value) != value:
            raise ConfigurationError(
                f"MemGPT's keys and AutoGen's '{name}' differ in one entry: leave one out."
            )


def _with_version(kind: str, url: str) -> str:
    """The address with `/v1`, which MemGPT added itself for all types but OpenAI's."""
    url = url.rstrip("/")
    return url if kind == "openai" or re.search(r"/v\d+$", url) else f"{url}/v1"


def _is_openai(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith("openai.com")
