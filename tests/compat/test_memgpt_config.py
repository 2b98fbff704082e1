"""MemGPT's keys of a `config_list` entry become AutoGen's, or an error names the key and what to do."""

from __future__ import annotations

import re
from typing import Any

import autogen
import pytest

from memgpt_autogen import create_memgpt_autogen_agent_from_config
from memgpt_autogen.compat.memgpt_config import translate_config
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.testing import ScriptedServer

pytestmark = pytest.mark.autogen


KEY = "sk-secret-0123456789"


def entry(**keys: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What becomes of one entry, and of the arguments beside it."""
    config, found = translate_config({"config_list": [{"model": "m", **keys}]})
    return config["config_list"][0], found


def test_an_azure_entry_becomes_autogens() -> None:
    keys = {"azure_key": KEY, "azure_endpoint": "https://x.openai.azure.com", "azure_version": "2024-02-01"}

    new, found = entry(model_endpoint_type="azure", azure_auth_type="api_key", **keys)

    assert new == {
        "model": "m",
        "api_type": "azure",
        "api_key": KEY,
        "base_url": "https://x.openai.azure.com",
        "api_version": "2024-02-01",
    }
    assert found == {}
    config, _ = translate_config({"model_endpoint_type": "azure", "azure_deployment": "mine", **keys})
    assert config["model"] == "mine"


@pytest.mark.parametrize("kind", ["vllm", "lmstudio", "ollama", "llamacpp", "koboldcpp", "webui"])
def test_a_local_endpoint_is_asked_at_its_chat_api_without_anyones_key(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    new, _ = entry(model_endpoint_type=kind, model_endpoint="http://localhost:1234/")

    assert new == {"model": "m", "base_url": "http://localhost:1234/v1", "api_key": "not-needed"}
    same, _ = entry(model_endpoint_type=kind, model_endpoint="http://localhost:1234/v1", openllm_key="k")
    assert same == {"model": "m", "base_url": "http://localhost:1234/v1", "api_key": "k"}


def test_the_smallest_window_counts_because_any_entry_may_answer() -> None:
    entries = [{"model": "large", "context_window": 32768}, {"model": "small", "context_window": 8192}]

    config, found = translate_config({"config_list": entries, "temperature": 0.5})

    assert config == {"config_list": [{"model": "large"}, {"model": "small"}], "temperature": 0.5}
    assert found == {"window_tokens": 8192}


def test_an_embedding_model_is_asked_at_its_own_address() -> None:
    with ScriptedServer() as server:
        _, found = entry(
            model_endpoint_type="ollama",
            model_endpoint="http://localhost:1234",
            openai_key=KEY,
            embedding_endpoint_type="openai",
            embedding_endpoint=server.url,
            embedding_model="e",
            embedding_dim=64,
        )
        vectors = found["embedder"].embed(["tea"])

        _, wrong = entry(openai_key=KEY, embedding_endpoint=server.url, embedding_model="e", embedding_dim=32)
        with pytest.raises(ConfigurationError, match="dimension=32"):
            wrong["embedder"].embed(["tea"])

    assert [request["model"] for request in server.embedding_requests] == ["e", "e"]
    assert len(vectors[0]) == found["embedder"].dimension == 64


def test_autogens_own_configurations_pass_as_they_are() -> None:
    own = {
        "config_list": [{"model": "m", "api_key": "k", "base_url": "http://x/v1", "tags": ["a"]}],
        "timeout": 9,
    }

    assert translate_config(own) == (own, {})
    assert translate_config(None) == (None, {})
    assert translate_config(False) == (False, {})
    if hasattr(autogen, "LLMConfig") and autogen.__version__ >= "0.9":
        config = autogen.LLMConfig(api_type="openai", model="m", api_key="k")
        assert translate_config(config) == (config, {})


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"model_wrapper": "airoboros-l2-70b-2.1"}, "'model_wrapper' is 'airoboros.*chat template"),
        ({"preset": "memgpt_docs"}, r"'preset' can only be 'memgpt_chat'.*system_message="),
        ({"model_endpoint_type": "cohere"}, "'model_endpoint_type' is 'cohere'.*api_type"),
        ({"model_endpoint_type": "ollama"}, "'model_endpoint' is missing"),
        ({"model": None, "preset": "memgpt_chat"}, "'model' is missing"),
        ({"model_speed": 3}, "'model_speed' has no meaning.*leave it out"),
        ({"azure_key": KEY}, "'azure_key' has no meaning.*'openai'"),
        (
            {"model_endpoint_type": "azure", "azure_deployment": "other"},
            "'azure_deployment' and 'model' differ",
        ),
        ({"openai_key": KEY, "api_key": "another"}, "'api_key'.*differ"),
        ({"openai_auth_type": "magic"}, "'openai_auth_type' can only be 'bearer_token'"),
        ({"persona": "a cook"}, "'persona'.*system_message="),
        ({"human": "a guest"}, "'human'.*human="),
        ({"user_id": "1"}, "'user_id'.*home="),
        ({"embedding_chunk_size": 300}, "'embedding_chunk_size'.*1200 characters"),
        (
            {"embedding_model": "e", "embedding_endpoint_type": "local"},
            "'embedding_model'.*'local'.*embedder=",
        ),
        ({"embedding_endpoint_type": "openai"}, "'embedding_endpoint_type'.*embedder="),
        ({"azure_embedding_version": "1"}, "'azure_embedding_version'.*embedder="),
    ],
)
def test_a_key_without_counterpart_is_refused_by_name_with_the_way_out(
    keys: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        create_memgpt_autogen_agent_from_config("sam", llm_config={"config_list": [{"model": "m", **keys}]})

    assert re.search(told, str(refused.value))
    assert KEY not in str(refused.value)


def test_an_entrys_key_beside_the_list_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'context_window' belongs in an entry"):
        translate_config({"config_list": [{"model": "m"}], "context_window": 8192})
