"""Embedding models in this process: loaded when first needed, called in batches, named by their content."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.embedders.base import EmbeddingModel, unit_vectors

Encode = Callable[[list[str]], Any]
"""Returns one vector per text, in order, as lists, arrays or tensors."""


class LocalEmbedder(EmbeddingModel):
    """An embedding model that `load` returns as two functions, for passages and for questions.

    `load` is called at the first text. `one_thread` is for models that only one thread at a time may call.
    The prefixes are put before every text. They are part of `model`, because they change the vectors.
    """

    package = ""
    """The optional package that it needs. The extra that installs it has the same name."""

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
        one_thread: bool = False,
    ) -> None:
        if self.package:
            require_package(self.package)
        if batch_size < 1:
            raise ConfigurationError(f"batch_size is {batch_size}; give at least 1.")
        super().__init__(name, dimension, passage_prefix, query_prefix)
        self.slow = slow
        """Whether a passage takes so long that a turn should not wait for it."""
        self._load = load
        self._batch_size = batch_size
        self._loaded: tuple[Encode, Encode] | None = None
        self._loading = Lock("the loading of an embedding model")
        self._calling = Lock("an embedding model") if one_thread else nullcontext()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector per passage, in order."""
        encode, _ = self._model()
        prefixed = [self._passage_prefix + text or " " for text in texts]
        return [
            vector
            for first in range(0, len(prefixed), self._batch_size)
            for vector in self._encode(encode, prefixed[first : first + self._batch_size])
        ]

    def embed_query(self, text: str) -> list[float]:
        _, encode = self._model()
        return self._encode(encode, [self._query_prefix + text or " "])[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r})"

    def _encode(self, encode: Encode, texts: list[str]) -> list[list[float]]:
        with self._calling:
            rows = encode(texts)
        vectors = unit_vectors(self._name, rows, len(texts))
        self._check_length(len(vectors[0]))
        return vectors

    def _model(self) -> tuple[Encode, Encode]:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


def require_package(package: str, extra: str = "") -> None:
    """Raise `ConfigurationError` at once when an optional package is missing; it is imported later."""
    if importlib.util.find_spec(package) is None:
        raise ConfigurationError(
            f"this embedding model needs the package '{package}', which is not installed: "
            f"pip install 'memgpt-autogen[{extra or package.replace('_', '-')}]'."
        )


def load_package(package: str, extra: str = "") -> Any:
    """Return the package. Raises `ConfigurationError` when it cannot be imported.

    The import must not change the program's logging: WordLlama turns on the logs of all packages.
    """
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        return importlib.import_module(package)
    except Exception as error:  # a broken installation raises anything
        raise ConfigurationError(
            f"the package '{package}' cannot be imported: {error}. Install it again: "
            f"pip install 'memgpt-autogen[{extra or package.replace('_', '-')}]'."
        ) from error
    finally:
        root.setLevel(level)
        for added in set(root.handlers) - set(before):
            root.removeHandler(added)


def model_folder(model: str | Path) -> Path | None:
    """Return the model's folder, or None for a name.

    Raises `ConfigurationError` when the folder does not exist.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        return path.resolve()
    if isinstance(model, Path) or path.is_absolute() or str(model).startswith(("./", "../", "~", ".\\")):
        raise ConfigurationError(
            f"there is no folder {path} with an embedding model. Give the folder with the model's files, or "
            "the model's name."
        )
    return None


def fingerprint(folder: Path) -> str:
    """Return a name for a folder's content: it changes when the model does, and not when the folder moves.

    Of a large file, only the size and three pieces are read, so that this takes milliseconds.
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


def is_same_model(one: str | None, other: str | None) -> bool:
    """Return whether two names mean the same model: equal ones, or folders with the same content."""
    if one == other:
        return True
    folders = _FOLDER.fullmatch(one or ""), _FOLDER.fullmatch(other or "")
    return all(folders) and len({found.groups() for found in folders if found}) == 1


# the kind of a model in a folder, the fingerprint of its content, and its prefixes
_FOLDER = re.compile(r"([a-z0-9-]+):[^@]*@([0-9a-f]{8})( \(.*\))?", re.DOTALL)

_MODEL_FILES = frozenset({".json", ".onnx", ".onnx_data", ".safetensors", ".bin", ".txt", ".model", ".npy"})
_PIECE_BYTES = 65_536
