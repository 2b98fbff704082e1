"""What models were trained to see before a passage and before a question."""

from __future__ import annotations

import re

_RETRIEVAL = "Represent this sentence for searching relevant passages: "

PREFIXES = (
    (re.compile(r"(^|[-_/])e5-[a-z]", re.IGNORECASE), ("passage: ", "query: ")),
    (re.compile(r"bge-(small|base|large)-en", re.IGNORECASE), ("", _RETRIEVAL)),
    (re.compile(r"(mxbai-embed-large|arctic-embed)", re.IGNORECASE), ("", _RETRIEVAL)),
    (re.compile(r"nomic-embed-text", re.IGNORECASE), ("search_document: ", "search_query: ")),
)
"""By a part of the model's name: before a passage, before a question."""


def known_prefixes(model: str) -> tuple[str, str]:
    """Before a passage, and before a question; empty for a model that is not known to want any."""
    return next((prefixes for pattern, prefixes in PREFIXES if pattern.search(model)), ("", ""))
