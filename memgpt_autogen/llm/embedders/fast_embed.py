"""FastEmbed: transformer models as ONNX, without PyTorch, by name or from a folder."""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path
from typing import Any, Literal

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.embedders.hub import load_from_cache_or_hub
from memgpt_autogen.llm.embedders.local import Encode, LocalEmbedder, fingerprint, load_package, model_folder

Pooling = Literal["mean", "cls"]


class FastEmbedEmbedder(LocalEmbedder):
    """A model of FastEmbed's list, downloaded at the first use, or the ONNX model in a folder.

    The folder contains the model, `config.json` and the tokenizer's files. `pooling` says how the vectors of
    the text's pieces become one. The default is in the folder's `1_Pooling/config.json`, as
    sentence-transformers writes it, or else the mean.

    With `local_files_only` nothing is downloaded. A model that must be downloaded without a network is a
    `ConfigurationError` within seconds.
    """

    package = "fastembed"

    def __init__(
        self,
        model: str | Path = "BAAI/bge-small-en-v1.5",
        *,
        dimension: int | None = None,
        passage_prefix: str | None = None,
        query_prefix: str | None = None,
        batch_size: int = 8,
        pooling: Pooling | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
        threads: int | None = None,
    ) -> None:
        folder = model_folder(model)
        if folder is not None:
            _onnx_file(folder)
        passage, query = known_prefixes(str(model) if folder is None else folder.name)
        self._model_name = str(model)
        self._folder = folder
        self._pooling = pooling
        self._local_files_only = local_files_only
        self._options: dict[str, Any] = {
            "threads": threads,
            "cache_dir": str(Path(cache_dir).expanduser()) if cache_dir else None,
            # the arena grows with the largest batch ever, to a gigabyte
            "enable_cpu_mem_arena": False,
        }
        super().__init__(
            f"fastembed:{fingerprint(folder) if folder else model}",
            self._loaded_model,
            dimension=dimension,
            passage_prefix=passage if passage_prefix is None else passage_prefix,
            query_prefix=query if query_prefix is None else query_prefix,
            batch_size=batch_size,
            slow=True,
        )

    def _loaded_model(self) -> tuple[Encode, Encode]:
        fastembed = load_package("fastembed")
        if self._folder is not None:
            model = _load_folder(fastembed, self._folder, self._pooling, self._options)
        else:
            _check_known(fastembed, self._model_name)
            model = load_from_cache_or_hub(
                lambda local: fastembed.TextEmbedding(
                    self._model_name, local_files_only=local, **self._options
                ),
                self._model_name,
                local_files_only=self._local_files_only,
            )

        def encode(texts: list[str]) -> Any:
            return list(model.embed(texts, batch_size=len(texts)))

        return encode, encode


def _check_known(fastembed: Any, name: str) -> None:
    known = sorted(each["model"] for each in fastembed.TextEmbedding.list_supported_models())
    if name.lower() not in map(str.lower, known):
        near = difflib.get_close_matches(name, known, 3, 0.5)
        raise ConfigurationError(
            f"FastEmbed has no embedding model '{name}'; it has {', '.join(near or known[:5])} and others. "
            "Give one of these, or a folder with an ONNX model."
        )


def _load_folder(fastembed: Any, folder: Path, pooling: Pooling | None, options: dict[str, Any]) -> Any:
    described = load_package("fastembed.common.model_description", "fastembed")
    pooling = pooling or _folder_pooling(folder)
    name = f"memgpt-autogen/{fingerprint(folder)}-{pooling}"
    try:
        dimension = int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["hidden_size"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"the folder {folder} has no config.json with the model's hidden_size: {error}. "
            f"Copy all of the model's files there."
        ) from error
    with _registering:
        if name not in _registered:
            fastembed.TextEmbedding.add_custom_model(
                model=name,
                pooling=described.PoolingType[pooling.upper()],
                normalization=True,
                sources=described.ModelSource(url="https://localhost/never-asked"),
                dim=dimension,
                model_file=_onnx_file(folder).relative_to(folder).as_posix(),
            )
            _registered.add(name)
    try:
        return fastembed.TextEmbedding(name, specific_model_path=str(folder), **options)
    except Exception as error:
        raise ConfigurationError(f"the embedding model in {folder} cannot be loaded: {error}") from error


# the names of folders' models that FastEmbed knows; it refuses a name that it knows
_registered: set[str] = set()
_registering = Lock("the list of embedding models")


def _onnx_file(folder: Path) -> Path:
    """Return the model's file; of several, the one with the simplest name."""
    found = sorted(folder.rglob("*.onnx"), key=lambda file: (file.stem != "model", len(file.name), str(file)))
    if not found:
        raise ConfigurationError(
            f"the folder {folder} has no .onnx file. FastEmbed needs the model as ONNX, with config.json and "
            f"tokenizer.json."
        )
    return found[0]


def _folder_pooling(folder: Path) -> Pooling:
    try:
        config = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "mean"
    return "cls" if isinstance(config, dict) and config.get("pooling_mode_cls_token") else "mean"


_RETRIEVAL_PREFIX = "Represent this sentence for searching relevant passages: "

# by a part of the model's name: the prefix of a passage and of a question
PREFIXES = (
    (re.compile(r"(^|[-_/])e5-[a-z]", re.IGNORECASE), ("passage: ", "query: ")),
    (re.compile(r"bge-(small|base|large)-en", re.IGNORECASE), ("", _RETRIEVAL_PREFIX)),
    (re.compile(r"(mxbai-embed-large|arctic-embed)", re.IGNORECASE), ("", _RETRIEVAL_PREFIX)),
    (re.compile(r"nomic-embed-text", re.IGNORECASE), ("search_document: ", "search_query: ")),
)


def known_prefixes(model: str) -> tuple[str, str]:
    """Return the model's prefixes for passages and for questions; empty when it is not known to need any."""
    return next((prefixes for pattern, prefixes in PREFIXES if pattern.search(model)), ("", ""))
