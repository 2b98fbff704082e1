"""Well-known models: the size of their windows, and whether they accept images."""

from __future__ import annotations

import re

DEFAULT_WINDOW = 8192
"""The tokens assumed for an unknown model.

Too small a window costs evictions; too large a window costs the turn.
"""


def known_window(model: str | None) -> int:
    """Return the window of a hosted model in tokens, by its name.

    `DEFAULT_WINDOW` for all other models, local ones included.
    """
    name = (model or "").rsplit("/", 1)[-1].lower()
    return next((tokens for prefix, tokens in _WINDOWS if name.startswith(prefix)), DEFAULT_WINDOW)


def accepts_images(model: str | None) -> bool:
    """Return whether a model is known to accept images.

    A model that does not, and gets images, refuses the whole prompt or invents what it sees.
    """
    name = (model or "").lower().removeprefix("ft:").rpartition("/")[2]
    return bool(_IMAGE_MODELS.match(name))


_WINDOWS = (
    ("gpt-3.5", 16_385),
    ("gpt-4-32k", 32_768),
    ("gpt-4-turbo", 128_000),
    ("gpt-4-1106", 128_000),
    ("gpt-4-0125", 128_000),
    ("gpt-4.1", 1_000_000),
    ("gpt-4o", 128_000),
    ("gpt-4", 8_192),
    ("gpt-5", 272_000),
    ("o1", 200_000),
    ("o3", 200_000),
    ("o4", 200_000),
    ("claude-", 200_000),
    ("gemini-", 1_000_000),
)

# how the names of models that accept images begin, after the provider's name and a slash
_IMAGE_MODELS = re.compile(
    r"gpt-4o|gpt-4\.[15]|gpt-4-turbo|gpt-4-vision|gpt-[5-9]|chatgpt-4o|o1(?!-(mini|preview))|o3(?!-mini)|o4"
    r"|claude-(3|[4-9]|opus|sonnet|haiku|fable)|gemini-"
    r"|pixtral|llava|bakllava|moondream|minicpm-v|internvl|gemma-?3(?!n?[:-](270m|1b))|llama-?3\.2-?(11b|90b)?-?vision"
    r"|llama-?4|qwen[\d.]*-?vl|phi-[\d.]+-(vision|multimodal)|mistral-small-?3\.[1-9]|smolvlm|granite[\d.]*-vision"
)
