"""Which models are here: keys in the environment, and servers on the ports where local engines usually
listen.

Servers are told apart by what they answer and not by their port alone: Ollama by `/api/tags`, LM Studio by
`/api/v0/models`, llama.cpp by `/props`, vLLM by who owns its models. Each also tells its models' windows, in
a place of its own.
"""

from __future__ import annotations

import ipaddress
import json
import os
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import urlsplit

PORTS: Mapping[str, int] = {"Ollama": 11434, "LM Studio": 1234, "llama.cpp": 8080, "vLLM": 8000}

SECONDS = 0.5
"""How long a server on this machine has for an answer."""

MOST_READ = 4_000_000
"""Bytes of an answer that are read; a list of models is shorter."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that a server offers."""

    name: str
    window_tokens: Optional[int] = None
    """None where the server does not tell."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A server that answers, or a service that there is a key for."""

    kind: str
    """`Ollama`, `LM Studio`, `llama.cpp`, `vLLM`, `OpenAI-compatible`, `OpenAI` or `Azure OpenAI`."""
    base_url: Optional[str]
    models: tuple[FoundModel, ...] = ()
    key_from: Optional[str] = None
    """The environment variable that holds the key; never the key."""

    def __str__(self) -> str:
        if self.key_from:
            return f"{self.kind}: a key in {self.key_from}"
        models = ", ".join(
            f"{model.name} ({model.window_tokens:,} tokens)" if model.window_tokens else model.name
            for model in self.models
        )
        return f"{self.kind} at {self.base_url}: {models or 'no models'}"


def discover(
    environ: Mapping[str, str] | None = None,
    *,
    addresses: Sequence[str] | None = None,
    seconds: float = SECONDS,
) -> tuple[Backend, ...]:
    """What is here, local servers first; nothing is sent anywhere but to this machine, and no failure raises.

    `addresses` are tried in place of the usual ports, such as `http://127.0.0.1:8080`.
    """
    environ = os.environ if environ is None else environ
    places = [f"http://127.0.0.1:{port}" for port in PORTS.values()] if addresses is None else addresses
    with ThreadPoolExecutor(max_workers=max(1, len(places))) as pool:
        servers = pool.map(lambda place: _find_server(place.rstrip("/").removesuffix("/v1"), seconds), places)
        return (*filter(None, servers), *_keys(environ))


def served_window(base_url: str, model: str, *, seconds: float = SECONDS) -> int | None:
    """The window that a server on this machine tells for this model, in tokens; None where it does not, and
    for any other address.
    """
    if not is_local(base_url):
        return None
    found = _find_server(base_url.rstrip("/").removesuffix("/v1"), seconds)
    models = found.models if found else ()
    return next((each.window_tokens for each in models if each.name == model), None)


def is_local(base_url: str) -> bool:
    """Whether an address is on this machine, so that asking it is no word to anybody else."""
    host = urlsplit(base_url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _find_server(place: str, seconds: float) -> Backend | None:
    """Who answers there; None for nobody, or for something else."""
    for kind, models in (
        ("Ollama", _ollama),
        ("LM Studio", _lm_studio),
        ("llama.cpp", _llama_cpp),
        ("", _openai_compatible),
    ):
        found = models(lambda path, body=None: _get_json(place + path, body, seconds))
        if found is not None:
            named, offered = found
            return Backend(kind or named, f"{place}/v1", offered)
    return None


Ask = Callable[..., Any]
Found = Optional[tuple[str, tuple[FoundModel, ...]]]


def _ollama(ask: Ask) -> Found:
    listed = _list_of_objects(ask("/api/tags"), "models")
    if listed is None:
        return None
    names = [name for each in listed if isinstance(name := each.get("name"), str)]
    return "", tuple(
        FoundModel(name, _ollama_window(ask("/api/show", {"model": name}))) for name in names[:20]
    )


def _ollama_window(about: Any) -> int | None:
    """Ollama's window: what the model is served with if that was set, else what it was trained with."""
    if not isinstance(about, Mapping):
        return None
    for line in str(about.get("parameters") or "").splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == "num_ctx" and words[1].isdigit():
            return int(words[1])
    info = about.get("model_info")
    told = info.items() if isinstance(info, Mapping) else ()
    return next((_positive_int(value) for name, value in told if str(name).endswith(".context_length")), None)


def _lm_studio(ask: Ask) -> Found:
    listed = _list_of_objects(ask("/api/v0/models"), "data")
    if listed is None:
        return None
    chat = [each for each in listed if each.get("type") != "embeddings" and isinstance(each.get("id"), str)]
    return "", tuple(
        FoundModel(
            each["id"],
            _positive_int(each.get("loaded_context_length")) or _positive_int(each.get("max_context_length")),
        )
        for each in chat
    )


def _llama_cpp(ask: Ask) -> Found:
    about = ask("/props")
    if not isinstance(about, Mapping) or "default_generation_settings" not in about:
        return None
    settings = about["default_generation_settings"]
    window = _positive_int(settings.get("n_ctx")) if isinstance(settings, Mapping) else None
    listed = _list_of_objects(ask("/v1/models"), "data") or []
    return "", tuple(FoundModel(each["id"], window) for each in listed if isinstance(each.get("id"), str))


def _openai_compatible(ask: Ask) -> Found:
    listed = _list_of_objects(ask("/v1/models"), "data")
    if listed is None:
        return None
    owners = {each.get("owned_by") for each in listed}
    models = (
        FoundModel(each["id"], _positive_int(each.get("max_model_len")))
        for each in listed
        if isinstance(each.get("id"), str)
    )
    return ("vLLM" if "vllm" in owners else "OpenAI-compatible"), tuple(models)


def _keys(environ: Mapping[str, str]) -> list[Backend]:
    found = []
    if environ.get("OPENAI_API_KEY"):
        found.append(Backend("OpenAI", environ.get("OPENAI_BASE_URL") or None, key_from="OPENAI_API_KEY"))
    if environ.get("AZURE_OPENAI_API_KEY"):
        endpoint = environ.get("AZURE_OPENAI_ENDPOINT") or None
        found.append(Backend("Azure OpenAI", endpoint, key_from="AZURE_OPENAI_API_KEY"))
    return found


def _get_json(url: str, body: Mapping[str, Any] | None, seconds: float) -> Any:
    """The JSON at this address; None where there is none. No proxy stands between: this is the machine
    itself.
    """
    request = urllib.request.Request(  # noqa: S310  the user's own address
        url,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )
    try:
        with _opener.open(request, timeout=seconds) as answered:
            return json.loads(answered.read(MOST_READ))
    except (OSError, ValueError, RecursionError):
        return None
    except Exception:  # noqa: BLE001  http.client's own errors, for what is no web server
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _list_of_objects(told: Any, name: str) -> list[Mapping[str, Any]] | None:
    listed = told.get(name) if isinstance(told, Mapping) else None
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else None


def _positive_int(told: Any) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else None
