"""Contractions written out, so that "doesn't" and "does not" are the same words."""

from __future__ import annotations

import re

_WHOLE = {"can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not"}
_ENDINGS = (
    (re.compile(r"n't\b", re.IGNORECASE), " not"),
    (re.compile(r"(?<=\w)'m\b", re.IGNORECASE), " am"),
    (re.compile(r"(?<=\w)'re\b", re.IGNORECASE), " are"),
    (re.compile(r"(?<=\w)'ve\b", re.IGNORECASE), " have"),
    (re.compile(r"(?<=\w)'ll\b", re.IGNORECASE), " will"),
    (re.compile(r"\b(it|that|he|she|there|what|who|where|here)'s\b", re.IGNORECASE), r"\1 is"),
)
_WHOLE_WORD = re.compile("|".join(rf"\b{word}\b" for word in _WHOLE), re.IGNORECASE)


def expanded(text: str) -> str:
    """The text with its contractions written out; a possessive 's stays."""
    text = text.replace("’", "'")
    if "'" not in text and "annot" not in text:
        return text
    text = _WHOLE_WORD.sub(lambda found: _WHOLE[found[0].lower()], text)
    for ending, full in _ENDINGS:
        text = ending.sub(full, text)
    return text
