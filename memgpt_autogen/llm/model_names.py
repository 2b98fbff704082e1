"""Names of models: which ones mean the same model, and which ones are of embedding models."""

from __future__ import annotations

import re

# what Ollama adds to a name in which it is missing
OLLAMA_PLACE = ("registry.ollama.ai/", "library/")
OLLAMA_TAG = "latest"


def ollama_name(name: str) -> str:
    """Return a name in the form in which Ollama lists it, in lower case: `qwen3` is `qwen3:latest`."""
    name = name.strip().lower()
    for part in OLLAMA_PLACE:
        name = name.removeprefix(part)
    return name if ":" in name.rpartition("/")[2] else f"{name}:{OLLAMA_TAG}"


def names_embedder(name: str) -> bool:
    """Return whether a name is that of an embedding model, or of one that ranks texts.

    It is only for servers that do not say what a model can.
    """
    return bool(EMBEDDERS.search(name.lower()))


EMBEDDERS = re.compile(
    r"""embed | rerank | minilm | (\A|[/_-])(bge|gte|e5|uae|stella|labse)([-_.]|\Z)
    | paraphrase | sentence-t5 | colbert""",
    re.VERBOSE,
)
