"""Models from a cache or the hub, and errors when neither has them."""

from __future__ import annotations

import pytest

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.llm.embedders import hub
from memgpt_autogen.testing import ScriptedServer


class Library:
    """Loads a model, or fails as often as it is told to."""

    def __init__(self, *failures: str) -> None:
        self.failures = list(failures)
        self.tries: list[bool] = []

    def __call__(self, local: bool) -> str:
        self.tries.append(local)
        if self.failures:
            raise OSError(self.failures.pop(0))
        return "model"


def test_a_model_that_is_here_is_loaded_without_a_look_at_the_network(no_hub: None) -> None:
    library = Library()

    assert hub.load_from_cache_or_hub(library, "m", local_files_only=False) == "model"
    assert library.tries == [True]


def test_without_a_network_a_missing_model_is_told_at_once(no_hub: None) -> None:
    library = Library("not in the cache")

    with pytest.raises(ConfigurationError, match=r"does not answer.*not in the cache.*folder.*wordllama"):
        hub.load_from_cache_or_hub(library, "m", local_files_only=False)
    assert library.tries == [True]


def test_local_files_only_never_looks_at_the_network(no_hub: None) -> None:
    with pytest.raises(ConfigurationError, match="from this machine alone, as configured: not in the cache"):
        hub.load_from_cache_or_hub(Library("not in the cache"), "m", local_files_only=True)


def test_a_missing_model_is_loaded_from_a_hub_that_answers(
    no_hub: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        library, failing = Library("not here"), Library("not here", "no such model")

        assert hub.load_from_cache_or_hub(library, "m", local_files_only=False) == "model"
        with pytest.raises(ConfigurationError, match="'m' cannot be loaded: no such model"):
            hub.load_from_cache_or_hub(failing, "m", local_files_only=False)
    assert library.tries == [True, False]
