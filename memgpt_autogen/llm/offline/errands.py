"""A developer's own function, called when its name is what someone asks for and its arguments are in the message."""

from __future__ import annotations

import re
from typing import Any

from memgpt_autogen.llm.offline.notes import Act
from memgpt_autogen.llm.offline.prompt import Line, Prompt, Tried
from memgpt_autogen.llm.offline.sentences import names
from memgpt_autogen.llm.offline.tools import OWN_TOOLS, Offered, types_of
from memgpt_autogen.text.words import STOP_WORDS, stem, stems

_VERBS = frozenset(
    """get fetch find search look lookup compute calculate run make do call read list show query check tool""".split()
)


def errand(prompt: Prompt, line: Line) -> Act | None:
    """The call that fits the message, unless a function was already called for it."""
    if any(call.name not in OWN_TOOLS for call in prompt.tried):
        return None
    for tool in prompt.tools.values():
        if tool.name in OWN_TOOLS or not _is_meant(tool, line.text):
            continue
        filled = _filled(tool, line.text)
        if filled is not None:
            thought = f"{tool.name} can tell me that."
            return Act(tool.name, filled, thought, {"request_heartbeat": True, "inner_thoughts": thought})
    return None


def errand_result(prompt: Prompt) -> Tried | None:
    """What a function brought in this turn."""
    return next((call for call in prompt.tried if call.name not in OWN_TOOLS and call.name), None)


def _is_meant(tool: Offered, text: str) -> bool:
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", tool.name)]
    telling = {
        stem(part) for part in parts if part not in _VERBS and part not in STOP_WORDS and len(part) > 2
    }
    return bool(telling) and telling <= set(stems(text))


def _filled(tool: Offered, text: str) -> dict[str, Any] | None:
    """The required arguments, taken from the message; None when one has no clear value."""
    numbers = re.findall(r"(?<![\w.])-?\d{1,15}(?:\.\d{1,15})?(?![\w])", text)
    texts = [
        *re.findall(r"[\"“]([^\"”]{1,200})[\"”]", text),
        *names(text),
        *re.findall(r"\b(?:in|for|of|at|from|about)\s+(?:the\s+)?([\w-]+)\W*$", text.strip()),
    ]
    filled: dict[str, Any] = {}
    for name in tool.required:
        if name in ("request_heartbeat", "inner_thoughts"):
            continue
        kinds = types_of(tool.properties.get(name))
        if "string" in kinds and texts:
            filled[name] = texts.pop(0)
        elif "integer" in kinds and numbers and "." not in numbers[0]:
            filled[name] = int(numbers.pop(0))
        elif "number" in kinds and numbers:
            filled[name] = float(numbers.pop(0))
        else:
            return None
    return filled
