"""Well-known models: their windows, and whether they accept images."""

from __future__ import annotations

import pytest

from memgpt_autogen.llm.known_models import DEFAULT_WINDOW, accepts_images, known_window


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("gpt-4o-mini", 128_000),
        ("openai/gpt-4.1", 1_000_000),
        ("GPT-4", 8_192),
        ("claude-sonnet-4-5", 200_000),
        ("llama3.2", DEFAULT_WINDOW),
        (None, DEFAULT_WINDOW),
    ],
)
def test_a_window_is_known_by_the_models_name(model: str | None, tokens: int) -> None:
    assert known_window(model) == tokens


@pytest.mark.parametrize(
    ("model", "accepts"),
    [
        ("gpt-4o-mini", True),
        ("openai/gpt-4.1", True),
        ("gpt-5-mini", True),
        ("o3-mini", False),
        ("gpt-4", False),
        ("gpt-3.5-turbo", False),
        ("claude-sonnet-4-5", True),
        ("gemini-2.5-flash", True),
        ("qwen2.5-vl:7b", True),
        ("qwen2.5-coder", False),
        ("llama3.2-vision", True),
        ("llama3.2", False),
        ("gemma3:4b", True),
        ("gemma3:270m", False),
        ("offline", False),
        (None, False),
    ],
)
def test_which_models_accept_images_is_known_by_their_names(model: str | None, accepts: bool) -> None:
    assert accepts_images(model) is accepts
