"""sentence-transformers: any model of that library, on PyTorch, by name or from a folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from memgpt_autogen.llm.embedders.hub import load_from_cache_or_hub
from memgpt_autogen.llm.embedders.local import Encode, LocalEmbedder, fingerprint, load_package, model_folder


class SentenceTransformersEmbedder(LocalEmbedder):
    """A model of sentence-transformers, downloaded at the first use, or the one in a folder.

    The model's own prompts for passages and questions are used, unless prefixes are given. With
    `local_files_only` nothing is downloaded. `device` is PyTorch's, such as `cuda`.
    """

    package = "sentence_transformers"

    def __init__(
        self,
        model: str | Path = "all-MiniLM-L6-v2",
        *,
        dimension: int | None = None,
        passage_prefix: str | None = None,
        query_prefix: str | None = None,
        batch_size: int = 8,
        device: str | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
        trust_remote_code: bool = False,
    ) -> None:
        folder = model_folder(model)
        self._source = str(folder or model)
        self._is_folder = folder is not None
        self._local_files_only = local_files_only
        self._own_prefixes = passage_prefix is not None or query_prefix is not None
        self._options: dict[str, Any] = {
            "device": device,
            "cache_folder": str(Path(cache_dir).expanduser()) if cache_dir else None,
            "trust_remote_code": trust_remote_code,
        }
        self._rows = batch_size
        super().__init__(
            f"sentence-transformers:{fingerprint(folder) if folder else model}",
            self._loaded_model,
            dimension=dimension,
            passage_prefix=passage_prefix or "",
            query_prefix=query_prefix or "",
            batch_size=batch_size,
            slow=True,
            one_thread=True,  # its tokenizers refuse a second thread
        )

    def _loaded_model(self) -> tuple[Encode, Encode]:
        library = load_package("sentence_transformers")

        def load(local: bool) -> Any:  # noqa: FBT001 - as `load_from_cache_or_hub` calls it
            return library.SentenceTransformer(self._source, local_files_only=local, **self._options)

        model = load_from_cache_or_hub(
            load, self._source, local_files_only=self._local_files_only or self._is_folder
        )
        how: dict[str, Any] = {"batch_size": self._rows, "show_progress_bar": False, "convert_to_numpy": True}
        if self._own_prefixes or not hasattr(model, "encode_query"):
            encode = partial(model.encode, **how)
            return encode, encode
        return partial(model.encode_document, **how), partial(model.encode_query, **how)
