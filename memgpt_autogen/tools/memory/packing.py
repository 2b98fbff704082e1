"""Fit the results of a search in a number of tokens: short texts stay whole, long ones are cut alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.tools.memory.results import excerpt

NOTICE_TOKENS = 10
"""What the notice of an excerpt takes. Where four times as much is not left for a text, it has none."""

LONGEST_TOKEN = 8
"""Texts whose tokens have more characters on average are rare."""

SAMPLE = 4000
"""From so many characters, the number of tokens of a long text is estimated."""

TRIES = 12

Write = Callable[[Sequence[str]], str]
"""Writes an answer with these texts, in the order of the results."""

count = ApproximateCounter().count


def pack(texts: Sequence[str], query: str, tokens: int, write: Write) -> str:
    """Return the answer with these texts, cut so that it has at most so many tokens, as we estimate them.

    Of each long text, the part that has most of the query's words is shown. An answer in which nothing but
    names and times is left may have more tokens.
    """
    if sum(map(len, texts)) <= tokens * LONGEST_TOKEN:
        whole = write(texts)
        if count(whole) <= tokens:
            return whole
    answer = write([""] * len(texts))
    room = tokens - count(answer)
    sizes = [_size(text) for text in texts]
    for _ in range(TRIES):
        share = max(_share(sizes, room), 1)
        answer = write([_cut(text, query, size, share) for text, size in zip(texts, sizes, strict=True)])
        over = count(answer) - tokens
        if over <= 0 or share == 1:
            break
        room = min(room - max(over, len(texts)), room * 9 // 10)  # so that each share gets smaller
    return answer


def _size(text: str) -> int:
    """Return how many tokens a text has; a long one in proportion to its start."""
    sample = text[:SAMPLE]
    return count(sample) * len(text) // max(len(sample), 1)


def _share(sizes: Sequence[int], room: int) -> int:
    """Return the most tokens that a text may have, so that all together have at most `room`."""
    for number, size in enumerate(sorted(sizes)):
        share = room // (len(sizes) - number)
        if size > share:
            return share
        room -= size
    return max(sizes, default=0)


def _cut(text: str, query: str, size: int, share: int) -> str:
    if size <= share:
        return text
    noticed = share >= 4 * NOTICE_TOKENS
    sample = text[:SAMPLE]
    chars = (share - NOTICE_TOKENS if noticed else share) * len(sample) // max(count(sample), 1)
    return excerpt(text, query, max(chars, 1), notice=noticed)
