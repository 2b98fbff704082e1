"""What the words of an engine's failure say: that it takes no functions."""

from __future__ import annotations

import re


def names_refused_tools(words: str) -> bool:
    """Return whether a refusal is about the functions of a request; each engine says it in its own words."""
    return bool(TOOL_WORDS.search(words) and REFUSAL_WORDS.search(words))


TOOL_WORDS = re.compile(r"\btools?\b|\btool[_-]|\bfunctions?\b|\bfunction[_-]?call", re.IGNORECASE)

REFUSAL_WORDS = re.compile(
    r"""(\b(not | never | cannot | no) | n't)\b[^.]{0,30}\b(support | allow | permit | enable | available
        | implement | compatible | capable | accept | understand | expect | recogni[sz]e | known | use\b
        | parser)
    | \b(unsupported | requires? | unrecogni[sz]ed | unknown | unexpected | extra | disabled)\b
    | \bno\ endpoints\b
    | unable\ to\ generate\ parser""",
    re.IGNORECASE | re.VERBOSE,
)
