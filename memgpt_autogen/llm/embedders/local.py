"""What the embedding models in this process have in common: loaded when first needed, asked in batches, named by their content."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.llm.embedders.base import EmbeddingModel, unit_vectors

Encode = Callable[[list[str]], Any]
"""Gives one vector per text, in order, as lists, arrays or tensors."""


class LocalEmbedder(EmbeddingModel):
    """An embedding model behind `load`, which gives how it encodes passages and how questions.

    `load` is called at the first text. `alone` is for models that can serve one thread at a time. Prefixes stand before every
    text and are part of `model`, as they change the vectors.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], tuple[Encode, Encode]],
        *,
        dimension: int | None = None,
        passage_prefix: str = "",
        query_prefix: str = "",
        batch_size: int = 64,
        slow: bool = False,
        alone: bool = False,
    ) -> None:
        if batch_size < 1:
            raise ConfigurationError(f"batch_size is {batch_size}; give at least 1.")
        super().__init__(name, dimension, passage_prefix, query_prefix)
        self.slow = slow
        """Whether a passage takes long enough that a turn should not wait for it."""
        self._load = load
        self._batch_size = batch_size
        self._loaded: tuple[Encode, Encode] | None = None
        self._loading = threading.Lock()
        self._turn = threading.Lock() if alone else None

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector per passage, in order."""
        encode, _ = self._model()
        asked = [self._passage_prefix + text or " " for text in texts]
        return [
            vector
            for first in range(0, len(asked), self._batch_size)
            for vector in self._encoded(encode, asked[first : first + self._batch_size])
        ]

    def embed_query(self, text: str) -> list[float]:
        _, encode = self._model()
        return self._encoded(encode, [self._query_prefix + text or " "])[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r})"

    def _encoded(self, encode: Encode, texts: list[str]) -> list[list[float]]:
        if self._turn is None:
            rows = encode(texts)
        else:
            with self._turn:
                rows = encode(texts)
        vectors = unit_vectors(self._name, rows, len(texts))
        length = len(vectors[0])
        if self._dimension is None:
            self._dimension = length
        if length != self._dimension:
            self._refuse(length)
        return vectors

    def _refuse(self, length: int) -> None:
        if self._declared is not None:
            raise ConfigurationError(
                f"embedding model '{self._name}' gives {length} dimensions where dimension={self._declared} was set. "
                f"Set {length}, or nothing."
            )
        raise ModelError(
            f"embedding model '{self._name}' gave {length} dimensions after {self._dimension} before."
        )

    def _model(self) -> tuple[Encode, Encode]:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


def require_package(package: str, extra: str) -> None:
    """Raises `ConfigurationError` at once where an optional package is missing; importing it can wait."""
    if importlib.util.find_spec(package) is None:
        raise ConfigurationError(
            f"this embedding model needs the package '{package}', which is not installed: "
            f"pip install 'memgpt-autogen[{extra}]'."
        )


def import_package(package: str, extra: str) -> Any:
    """The package, or a `ConfigurationError` that says what is wrong with it.

    What it does to the program's logging when it is imported is taken back: WordLlama turns everybody's notes on.
    """
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        return importlib.import_module(package)
    except Exception as error:  # a broken installation raises anything
        raise ConfigurationError(
            f"the package '{package}' cannot be imported: {error}. Install it anew: pip install 'memgpt-autogen[{extra}]'."
        ) from error
    finally:
        root.setLevel(level)
        for added in set(root.handlers) - set(before):
            root.removeHandler(added)


def model_folder(model: str | Path) -> Path | None:
    """The folder that is meant, or None for a name. Raises `ConfigurationError` where there is no such folder."""
    path = Path(model).expanduser()
    if path.is_dir():
        return path.resolve()
    if isinstance(model, Path) or path.is_absolute() or str(model).startswith(("./", "../", "~", ".\\")):
        raise ConfigurationError(
            f"there is no folder {path} with an embedding model. Give the folder that holds the model's files, "
            f"or the model's name."
        )
    return None


def fingerprint(folder: Path) -> str:
    """A name for a folder's content that stays when the folder moves and changes when the model does.

    Large files are known by their size and three pieces, so that this takes milliseconds.
    """
    seen = hashlib.blake2b(digest_size=4)
    for file in sorted(each for each in folder.rglob("*") if each.suffix in _MODEL_FILES and each.is_file()):
        size = file.stat().st_size
        seen.update(f"{file.relative_to(folder).as_posix()}\n{size}\n".encode())
        with file.open("rb") as opened:
            for place in (0, size // 2, size - _PIECE_BYTES) if size > 3 * _PIECE_BYTES else (0,):
                opened.seek(place)
                seen.update(opened.read(_PIECE_BYTES if size > 3 * _PIECE_BYTES else size))
    return f"{folder.name}@{seen.hexdigest()}"


_MODEL_FILES = frozenset({".json", ".onnx", ".onnx_data", ".safetensors", ".bin", ".txt", ".model", ".npy"})
"""Kinds of files that a model is made of."""

_PIECE_BYTES = 65_536
