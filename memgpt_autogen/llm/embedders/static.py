"""Static models look up a vector for each piece of a text and take the mean: Model2Vec and WordLlama.

They are fast on any processor.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.embedders.hub import load_from_cache_or_hub
from memgpt_autogen.llm.embedders.local import Encode, LocalEmbedder, fingerprint, load_package, model_folder


class Model2VecEmbedder(LocalEmbedder):
    """A model of Model2Vec, such as `potion`, downloaded at the first use, or the one in a folder."""

    package = "model2vec"

    def __init__(
        self,
        model: str | Path = "minishlab/potion-base-8M",
        *,
        dimension: int | None = None,
        passage_prefix: str = "",
        query_prefix: str = "",
        batch_size: int = 256,
        local_files_only: bool = False,
    ) -> None:
        self._folder = model_folder(model)
        self._model_name = str(model)
        self._local_files_only = local_files_only
        super().__init__(
            f"model2vec:{fingerprint(self._folder) if self._folder else model}",
            self._loaded_model,
            dimension=dimension,
            passage_prefix=passage_prefix,
            query_prefix=query_prefix,
            batch_size=batch_size,
        )

    def _loaded_model(self) -> tuple[Encode, Encode]:
        static = load_package("model2vec").StaticModel
        if self._folder is not None:
            try:
                model = static.from_pretrained(str(self._folder))
            except Exception as error:
                raise ConfigurationError(
                    f"the embedding model in {self._folder} cannot be loaded: {error}"
                ) from error
        else:
            model = load_from_cache_or_hub(
                self._named_model, self._model_name, local_files_only=self._local_files_only
            )
        encode = partial(model.encode, show_progress_bar=False)
        return encode, encode

    def _named_model(self, local: bool) -> Any:  # noqa: FBT001 - as `load_from_cache_or_hub` calls it
        hub = load_package("huggingface_hub", "model2vec")
        folder = hub.snapshot_download(self._model_name, local_files_only=local)
        return load_package("model2vec").StaticModel.from_pretrained(folder)


class WordLlamaEmbedder(LocalEmbedder):
    """WordLlama's English vectors, which are part of its package: nothing is ever downloaded.

    `dimension` is 64, 128 or 256; a shorter vector is the beginning of the longest one.
    """

    package = "wordllama"

    def __init__(
        self,
        *,
        dimension: int = 256,
        passage_prefix: str = "",
        query_prefix: str = "",
        batch_size: int = 256,
    ) -> None:
        if dimension not in (64, 128, 256):
            raise ConfigurationError(f"WordLlama has 64, 128 or 256 dimensions, not {dimension}.")
        self._length = dimension
        super().__init__(
            "wordllama:l2_supercat",
            self._loaded_model,
            dimension=dimension,
            passage_prefix=passage_prefix,
            query_prefix=query_prefix,
            batch_size=batch_size,
        )

    def _loaded_model(self) -> tuple[Encode, Encode]:
        package = load_package("wordllama")
        # it looks for its tokenizer next to the package's folder, and would download the one inside it
        model = package.WordLlama.load(
            cache_dir=Path(package.__file__).parent,
            trunc_dim=None if self._length == 256 else self._length,
            disable_download=True,
        )
        return model.embed, model.embed
