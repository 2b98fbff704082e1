"""Stands in for a configured embedding model that cannot be opened, for a conversation that needs none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from memgpt_autogen.chosen_models import choose_embedder
from memgpt_autogen.errors import ConfigurationError, ModelError
from memgpt_autogen.settings import Settings


class MissingEmbedder:
    """Whatever needs a vector raises why there is none. So no archive gets passages without vectors."""

    known_dimension = None

    def __init__(self, model: str, reason: str) -> None:
        self.model = model
        self.reason = reason

    @property
    def dimension(self) -> int:
        self._refuse()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:  # noqa: ARG002 - the protocol's signature
        self._refuse()

    def embed_query(self, text: str) -> list[float]:  # noqa: ARG002
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise ModelError(self.reason)


def missing_embedder(settings: Settings) -> MissingEmbedder | None:
    """Return the embedder that stands in for that of the settings; None if that one can be opened."""
    try:
        choose_embedder(settings)
    except ConfigurationError as error:
        return MissingEmbedder(settings.embedding_model or "", str(error))
    return None
