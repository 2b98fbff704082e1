"""How a stand-in writes a prompt and counts its tokens, so that its counts differ from our estimates.

The form is that of common chat templates: the functions stand in the system text, and each message is
between marks. The tokens are not those of a real model, but there are about as many of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

# a token has at most six letters or digits, or three other signs; blanks before words cost nothing
_TOKEN = re.compile(r"\w{1,6}|[^\w\s]{1,3}|\n")


def count_tokens(text: str) -> int:
    """Return the tokens of a text by the stand-ins' tokenizer."""
    return sum(1 for _ in _TOKEN.finditer(text))


def rendered(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the prompt in parts: what the tools need, and a part for each message."""
    listed = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
    head = f"<tools>\n{listed}\n</tools>\n" if tools else ""
    return [head, *map(_message, messages)]


def size_of(messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> int:
    """Return the tokens of a whole prompt."""
    return sum(map(count_tokens, rendered(messages, tools)))


def common_tokens(before: str, after: str) -> int:
    """Return how many tokens of a prompt are the same as at the start of the prompt before it."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    return count_tokens(after[:same])


def _message(message: Mapping[str, Any]) -> str:
    calls = "".join(
        f"<call>{call['function']['name']} {call['function']['arguments']}</call>\n"
        for call in message.get("tool_calls") or ()
    )
    return f"<|{message['role']}|>\n{_text(message.get('content'))}\n{calls}<|end|>\n"


def _text(content: Any) -> str:
    """Return the text of a message, whose content may be a list of parts."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    return str(content or "")
