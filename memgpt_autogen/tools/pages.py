"""How search results are told to a model: a line that counts them truly, then a JSON list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from memgpt_autogen.errors import ToolError
from memgpt_autogen.messages import one_line
from memgpt_autogen.words import WORD, query_words, stem, words

LONGEST_TERMS = 1000
"""Characters of a query that are looked for literally: many terms in a long text take long."""


def told(items: Sequence[dict[str, Any]], *, total: int, page: int, last_page: int) -> str:
    """One page of results. `page` and `last_page` count from 0."""
    if not items:
        if total:
            return f"No results found on page {page}: the {total} results end on page {last_page}."
        return "No results found. Try fewer or other words, or search without filters."
    lines = [one_line(item) for item in items]
    return (
        f"Showing {len(items)} of {total} results (page {page}, last page {last_page}):\n["
        + ",\n".join(lines)
        + "]"
    )


def checked_page(page: int) -> int:
    if page < 0:
        raise ToolError(f"page is {page}; pages count from 0.")
    return page


def excerpt(text: str, query: str, chars: int) -> str:
    """The part of a long text around the first word of the query, at most `chars` long plus a notice."""
    if len(text) <= chars:
        return text
    start = max(0, min(_first_match(text, query) - chars // 4, len(text) - chars))
    before = "... " if start else ""
    after = " ..." if start + chars < len(text) else ""
    return f"{before}{text[start : start + chars]}{after} [excerpt of {len(text):,} characters]"


def _first_match(text: str, query: str) -> int:
    """Where the first word of the query stands in the text, by stem or literally; 0 where none does."""
    wanted = {stem(word) for word in query_words(query)}
    for word in WORD.finditer(text):
        if any(stem(part) in wanted for part in words(word[0])):
            return word.start()
    terms = query[:LONGEST_TERMS].replace('"', " ").split()
    found = re.search("|".join(map(re.escape, terms)), text, re.IGNORECASE) if terms else None
    return found.start() if found else 0
