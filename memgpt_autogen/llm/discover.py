"""Find models: keys in the environment, and servers on the usual ports of local engines on this machine.

What a server answers shows what it is, not its port alone: Ollama answers `/api/tags`, LM Studio
`/api/v0/models`, llama.cpp `/props`, and vLLM is the owner of its models. Each reports the windows of its
models in its own way.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.error import HTTPError
from urllib.parse import quote

from memgpt_autogen.llm.model_names import names_embedder, ollama_name
from memgpt_autogen.llm.wire.engine_words import names_loading
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.moved import moved_name
from memgpt_autogen.web.engine_address import engine_root, ollama_host
from memgpt_autogen.web.places import is_private

PORTS: Mapping[str, int] = {"Ollama": 11434, "LM Studio": 1234, "llama.cpp": 8080, "vLLM": 8000}

# what a server of llama.cpp was started with that only embeds
EMBEDDING_OPTIONS = frozenset({"--embedding", "--embeddings", "--rerank", "--reranking"})

# whom an engine names as the owner of its models
OWNERS: Mapping[str, str] = {"vllm": "vLLM", "llamacpp": "llama.cpp"}

KINDS = (*PORTS, "OpenAI-compatible", "OpenAI", "Azure OpenAI")
"""What a backend can be."""

SECONDS = 0.5  # for an answer of a server on this machine
MOST_BYTES = 4_000_000  # of an answer; a list of models is shorter
REFUSAL_BYTES = 4000
MOST_ASKED = 200  # of Ollama's models, since each is a request
MOST_SHOWN = 20  # models in a line
ASKERS = 8  # requests to one server at the same time


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that a server offers."""

    name: str
    window_tokens: Optional[int] = None
    """What is served; None when the server does not report it, or not before the model is loaded."""
    trained_tokens: Optional[int] = None
    """The window that the model was trained with, where the server reports that too."""
    embeds: bool = field(default=False, compare=False)
    """Whether it only makes embeddings, so that it cannot chat."""
    loading: bool = field(default=False, compare=False)
    """Whether its server is loading it now, next to models that may be loaded."""
    aliases: tuple[str, ...] = field(default=(), compare=False)
    """Other names that it answers to."""
    any_name: bool = field(default=False, compare=False)
    """Whether it answers to any name, if its server has no other model."""

    @property
    def window(self) -> str:
        """What is known of the window, as a person reads it."""
        if self.window_tokens:
            return f"{self.window_tokens:,} tokens"
        return f"up to {self.trained_tokens:,} tokens" if self.trained_tokens else ""

    def __str__(self) -> str:
        about = ", ".join(filter(None, ("loading" if self.loading else "", self.window)))
        return f"{self.name} ({about})" if about else self.name


@dataclass(frozen=True, slots=True)
class Backend:
    """A server that answers, or a service with a key in the environment."""

    kind: str
    """One of `KINDS`."""
    base_url: Optional[str]
    models: tuple[FoundModel, ...] = ()
    """The models that can chat, as far as is known."""
    key_from: Optional[str] = None
    """The environment variable with the key; never the key itself."""
    embedding_models: tuple[str, ...] = field(default=(), compare=False)
    """The names of models that only make embeddings."""
    loading: bool = field(default=False, compare=False)
    """Whether the server is still loading its model, and perhaps cannot answer yet."""

    def __str__(self) -> str:
        if self.key_from:
            return f"{self.kind}: a key in {self.key_from}"
        models = ", ".join(map(str, self.models[:MOST_SHOWN]))
        more = len(self.models) - MOST_SHOWN
        models += f" and {more:,} more" if more > 0 else ""
        loading = "is still loading its model" if self.loading else ""
        found = "; ".join(filter(None, (loading, models))) or "no models"
        return f"{self.kind} at {bare_address(self.base_url or '')}: {found}"

    def find(self, model: str) -> FoundModel | None:
        """Return the chat model that this server uses for a name; None where it has none."""
        if len(self.models) == 1 and self.models[0].any_name:
            return self.models[0]
        return next(
            (each for each in self.models if model in each.aliases or self._is_same(each.name, model)),
            None,
        )

    def only_embeds(self, model: str) -> bool:
        """Return whether this name is of a model that only makes embeddings."""
        return any(self._is_same(each, model) for each in self.embedding_models)

    def _is_same(self, listed: str, model: str) -> bool:
        return listed == model or (self.kind == "Ollama" and ollama_name(listed) == ollama_name(model))


def discover(
    environ: Mapping[str, str] | None = None,
    *,
    addresses: Sequence[str] | None = None,
    seconds: float = SECONDS,
) -> tuple[Backend, ...]:
    """Return what is found, local servers first. It never raises.

    It asks this machine only, and the address in `OLLAMA_HOST` if it is in a private network.
    `addresses` are tried instead of the usual ports, such as `http://127.0.0.1:8080`.
    """
    environ = os.environ if environ is None else environ
    places = _usual_places(environ) if addresses is None else addresses
    with ThreadPoolExecutor(max_workers=max(1, len(places))) as pool:
        servers = pool.map(lambda place: find_server(place, seconds), places)
        return (*_distinct(filter(None, servers)), *_find_keys(environ))


def _usual_places(environ: Mapping[str, str]) -> list[str]:
    """Return where engines listen by default, and before it where the person says that Ollama does."""
    hosts = ("127.0.0.1", "[::1]")
    usual = [f"http://{host}:{port}" for host in hosts for port in PORTS.values()]
    own = ollama_host(environ.get("OLLAMA_HOST", ""))
    return list(dict.fromkeys([*([own] if own and is_private(own) else []), *usual]))


def _distinct(servers: Iterable[Backend]) -> Iterator[Backend]:
    """Yield each server once: one that listens by both protocols is found twice."""
    known = set()
    for each in servers:
        port = (each.base_url or "").rpartition(":")[2]
        if (key := (each.kind, port, each.models)) not in known:
            known.add(key)
            yield each


Ask = Callable[..., Any]
Found = Optional[tuple[str, list[FoundModel]]]


def find_server(address: str, seconds: float) -> Backend | None:
    """Return the server at this address, with or without `/v1`; None when none answers."""
    address = engine_root(address)
    refusals: list[str] = []

    def ask(path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer, refusal = _ask_json(address + path, body, seconds)
        refusals.append(refusal)
        return answer

    found = _ollama(ask) or lm_studio_models(ask) or _llama_cpp(ask) or _openai_compatible(ask)
    loading = [each for each in refusals if names_loading(each)]
    if found is None and not loading:
        return None
    kind, models = found or ("Ollama" if "llm server" in loading[0] else "llama.cpp", [])
    chat = tuple(each for each in models if not each.embeds)
    embedders = tuple(each.name for each in models if each.embeds)
    return Backend(kind, f"{address}/v1", chat, embedding_models=embedders, loading=bool(loading))


def _ollama(ask: Ask) -> Found:
    answer = ask("/api/tags")
    listed = entries(answer, "models", "name")
    if listed is None or "data" in answer:  # llama.cpp answers too, with both lists
        return None
    names = [each["name"] for each in listed]
    served = loaded_windows(ask("/api/ps"))
    with ThreadPoolExecutor(max_workers=ASKERS) as pool:
        abouts = list(pool.map(lambda name: ask("/api/show", {"model": name}), names[:MOST_ASKED]))
    abouts += [None] * (len(names) - len(abouts))
    return "Ollama", [
        ollama_model(name, about, served.get(ollama_name(name)))
        for name, about in zip(names, abouts, strict=True)
    ]


def loaded_windows(running: Any) -> dict[str, int]:
    """Return the windows that Ollama serves, by the `ollama_name` of the models that are loaded."""
    windows = {
        ollama_name(each["name"]): read_tokens(each.get("context_length"))
        for each in entries(running, "models", "name") or ()
    }
    return {name: window for name, window in windows.items() if window}


def ollama_model(name: str, about: Any, served: int | None) -> FoundModel:
    """Return a model of Ollama: what is served is known of a loaded model, or by its own parameters."""
    about = about if isinstance(about, Mapping) else {}
    info = about.get("model_info")
    fields = info.items() if isinstance(info, Mapping) else ()
    trained = next(
        (read_tokens(value) for name, value in fields if str(name).endswith(".context_length")), None
    )
    window = served or _num_ctx(str(about.get("parameters") or ""))
    can = about.get("capabilities")
    embeds = "completion" not in can if isinstance(can, list) and can else names_embedder(name)
    return FoundModel(name, min(window, trained) if window and trained else window, trained, embeds)


def _num_ctx(parameters: str) -> int | None:
    for line in parameters.splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == "num_ctx" and words[1].isdigit():
            return int(words[1]) or None
    return None


def lm_studio_models(ask: Ask) -> Found:
    """Return the models of LM Studio; what is served is known of a loaded model."""
    listed = entries(ask("/api/v0/models"), "data")
    if listed is None:
        return None
    return "LM Studio", [
        FoundModel(
            each["id"],
            read_tokens(each.get("loaded_context_length")),
            read_tokens(each.get("max_context_length")),
            each.get("type") == "embeddings",
            each.get("state") == "loading",
        )
        for each in listed
    ]


def _llama_cpp(ask: Ask) -> Found:
    about = ask("/props")
    if not isinstance(about, Mapping):
        return None
    listed = entries(ask("/v1/models"), "data") or []
    if about.get("role") == "router":
        return "llama.cpp", [_routed_model(ask, each) for each in listed]
    if "default_generation_settings" not in about:
        return None
    window = _slot_window(about)
    return "llama.cpp", [
        FoundModel(each["id"], window, _trained_by_meta(each), any_name=True) for each in listed
    ]


def _slot_window(about: Any) -> int | None:
    settings = about.get("default_generation_settings") if isinstance(about, Mapping) else None
    return read_tokens(settings.get("n_ctx")) if isinstance(settings, Mapping) else None


def _routed_model(ask: Ask, listed: Mapping[str, Any]) -> FoundModel:
    """Return a model behind llama.cpp's router: each runs in a server of its own, once it is loaded."""
    name = listed["id"]
    status = listed.get("status")
    status = status if isinstance(status, Mapping) else {}
    state, started_with = status.get("value"), status.get("args")
    is_there = state in ("loaded", "sleeping")
    window = _slot_window(ask(f"{routed_props(name)}&autoload=false")) if is_there else None
    words = list(map(str, started_with)) if isinstance(started_with, list) else []
    aliases = listed.get("aliases")
    return FoundModel(
        name,
        window,
        _trained_by_meta(listed),
        embeds=names_embedder(name) or bool(EMBEDDING_OPTIONS & {*words}),
        loading=state == "loading",
        aliases=tuple(filter(_is_text, aliases)) if isinstance(aliases, list) else (),
    )


def routed_props(name: str) -> str:
    """Return the path by which llama.cpp's router is asked about one model; the router loads it for that."""
    return f"/props?model={quote(name, safe='')}"


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _trained_by_meta(listed: Mapping[str, Any]) -> int | None:
    meta = listed.get("meta")
    return read_tokens(meta.get("n_ctx_train")) if isinstance(meta, Mapping) else None


def _openai_compatible(ask: Ask) -> Found:
    listed = entries(ask("/v1/models"), "data")
    if listed is None:
        return None
    owners = {str(each.get("owned_by")) for each in listed}
    kind = next((OWNERS[owner] for owner in OWNERS if owner in owners), "OpenAI-compatible")
    return kind, [
        FoundModel(each["id"], read_tokens(each.get("max_model_len")), embeds=names_embedder(each["id"]))
        for each in listed
    ]


def _find_keys(environ: Mapping[str, str]) -> list[Backend]:
    services = (
        ("OpenAI", "OPENAI_API_KEY", "OPENAI_BASE_URL"),
        ("Azure OpenAI", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT"),
    )
    return [
        Backend(kind, environ.get(address) or None, key_from=key)
        for kind, key, address in services
        if environ.get(key)
    ]


def get_json(url: str, body: Mapping[str, Any] | None, seconds: float) -> Any:
    """Return the JSON at this address on this machine, without a proxy; None when there is none."""
    return _ask_json(url, body, seconds)[0]


def _ask_json(url: str, body: Mapping[str, Any] | None, seconds: float) -> tuple[Any, str]:
    """Return the JSON at this address, or None, and the text of a refusal."""
    request = urllib.request.Request(  # noqa: S310  the user's own address
        url,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", "Accept": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=seconds) as answered:
            return json.loads(answered.read(MOST_BYTES)), ""
    except HTTPError as error:
        with error:
            return None, _refusal(error)
    except Exception:  # noqa: BLE001  http.client has errors of its own for a server that is no web server
        return None, ""


def _refusal(error: HTTPError) -> str:
    try:
        return error.read(REFUSAL_BYTES).decode(errors="replace") if error.code >= 500 else ""
    except Exception:  # noqa: BLE001  the connection may end here too
        return ""


def entries(answer: Any, name: str, id_name: str = "id") -> list[Mapping[str, Any]] | None:
    """Return the objects with a name in a list of the answer; None when there is no such list."""
    listed = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(listed, list):
        return None
    return [each for each in listed if isinstance(each, Mapping) and isinstance(each.get(id_name), str)]


def read_tokens(value: Any) -> int | None:
    """Return a size in tokens; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def __getattr__(name: str) -> object:
    return moved_name(__name__, name)
