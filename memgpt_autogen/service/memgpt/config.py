"""The models and the configuration of a home, as MemGPT 0.3 showed them."""

from __future__ import annotations

from typing import Any

from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.llm.known_models import known_window
from memgpt_autogen.prompts import prompt
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.shapes import Config, EmbeddingConfig, LLMConfig, Models
from memgpt_autogen.settings import Settings

PRESET = "memgpt_chat"
"""The preset that there always is."""

# where the text of every prompt has the name of its agent
_AGENT = "AGENT_NAME"

# how many tokens of a text MemGPT put in a passage by default
_CHUNK_SIZE = 300


def list_models(asker: Asker) -> Models:
    """Return the model of the home, the only one that there is."""
    return Models(models=[llm_config(asker)])


def get_config(asker: Asker) -> Config:
    """Return what the home is set up with. Keys and passwords are not in it."""
    return Config(config=_config(asker, asker.settings), defaults=_config(asker, _bare(asker.settings)))


def llm_config(asker: Asker, settings: Settings | None = None) -> LLMConfig:
    """Return the model that agents have."""
    settings = settings or asker.settings
    model = (asker.equipment.llm or choose_llm(settings)).model
    return LLMConfig(
        model=model,
        model_endpoint_type="local" if model == "offline" else "openai",
        model_endpoint=settings.base_url if asker.shows_addresses else None,
        context_window=settings.window_tokens or known_window(model),
    )


def embedding_config(asker: Asker, settings: Settings | None = None) -> EmbeddingConfig:
    """Return the embedding model that archives have."""
    settings = settings or asker.settings
    address = settings.embedding_base_url or settings.base_url
    return EmbeddingConfig(
        embedding_endpoint_type="openai" if settings.embedding_model and address else "local",
        embedding_endpoint=address if asker.shows_addresses else None,
        embedding_model=settings.embedding_model,
        embedding_dim=settings.embedding_dimension or 1,
        embedding_chunk_size=_CHUNK_SIZE,
    )


def system_text(settings: Settings, agent: str = _AGENT) -> str:
    """Return the text that every prompt of an agent begins with, before the blocks; for presets, of any."""
    text = prompt("system" if settings.protocol == "memgpt" else "system_native")
    return text.replace(_AGENT, agent)


def is_usual_system(settings: Settings, text: str) -> bool:
    """Return whether a text is that of some agent, or of presets. Old clients send it back."""
    parts = system_text(settings).split(_AGENT)
    return text.startswith(parts[0]) and text.endswith(parts[-1])


def _config(asker: Asker, settings: Settings) -> dict[str, Any]:
    return {
        "preset": PRESET,
        "persona": "persona",
        "human": "human",
        "agent": None,
        "default_llm_config": llm_config(asker, settings).model_dump(),
        "default_embedding_config": embedding_config(asker, settings).model_dump(),
        "timezone": settings.timezone,
        "protocol": settings.protocol,
    }


def _bare(settings: Settings) -> Settings:
    """Return settings with the models that a home has without any."""
    names = ("model", "base_url", "window_tokens", "embedding_model", "embedding_base_url")
    fields = Settings.model_fields
    about: dict[str, Any] = {name: fields[name].default for name in (*names, "timezone", "protocol")}
    return settings.model_copy(update={**about, "embedding_dimension": None})
