"""Which models see: whether pictures may be sent to a model, by its name."""

from __future__ import annotations

import re

SEEING = re.compile(
    r"gpt-4o|gpt-4\.[15]|gpt-4-turbo|gpt-4-vision|gpt-[5-9]|chatgpt-4o|o1(?!-(mini|preview))|o3(?!-mini)|o4"
    r"|claude-(3|[4-9]|opus|sonnet|haiku|fable)|gemini-"
    r"|pixtral|llava|bakllava|moondream|minicpm-v|internvl|gemma-?3(?!n?[:-](270m|1b))|llama-?3\.2-?(11b|90b)?-?vision"
    r"|llama-?4|qwen[\d.]*-?vl|phi-[\d.]+-(vision|multimodal)|mistral-small-?3\.[1-9]|smolvlm|granite[\d.]*-vision"
)
"""How the names of models begin that take pictures, behind a provider's name and a slash."""


def sees(model: str | None) -> bool:
    """Whether a model is known to take pictures. One that is not, and gets them, refuses the whole prompt or makes something up."""
    name = (model or "").lower().removeprefix("ft:").rpartition("/")[2]
    return bool(SEEING.match(name))
