"""Sentences and what kind they are: a question, a statement, a greeting; and the dates they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from memgpt_autogen.text.words import STOP_WORDS, words

MONTHS = """january february march april may june july august september october november december""".split()
WEEKDAYS = """monday tuesday wednesday thursday friday saturday sunday""".split()

_MONTH = "(?:" + "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS) + r")\b\.?"
DATE = re.compile(
    rf"\b(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?|(?:{'|'.join(WEEKDAYS)})\b|tomorrow\b)",
    re.IGNORECASE,
)
"""A day, as people write it."""

NUMBER = re.compile(r"(?<![\w.])[€$£]?\d[\d.,:]*\d|(?<![\w.])[€$£]?\d")


def sentences(text: str) -> list[str]:
    """The sentences and list entries of a text, without the space around them."""
    pieces = re.split(r"(?<=[.!?。！？])[\"')\]]*\s+(?=\S)|\n+|(?<=;)\s+", text)
    joined: list[str] = []
    for piece in pieces:
        if joined and re.search(r"\b(?:Mr|Mrs|Ms|Dr|St|e\.g|i\.e|vs|etc|approx|No)\.$", joined[-1]):
            joined[-1] += " " + piece
        else:
            joined.append(piece)
    return [piece.strip() for piece in joined if piece and piece.strip()]


def is_question(sentence: str) -> bool:
    """Whether a sentence asks something, by its mark or by how it opens."""
    bare = opened(sentence).lower()
    if bare.rstrip("\"')] ").endswith(("?", "？")):
        return True
    return bool(_ASKING.match(bare))


def questions(text: str) -> list[str]:
    return [sentence for sentence in sentences(text) if is_question(sentence)]


def opened(sentence: str) -> str:
    """A sentence without the greeting, the name or the filler it opens with."""
    bare = sentence.strip().lstrip("-*•> ")
    while (opening := _OPENING.match(bare)) and (rest := bare[opening.end() :].lstrip()):
        bare = rest
    return bare


def keywords(question: str) -> list[str]:
    """The words of a question that are worth searching, in order."""
    distinct = dict.fromkeys(words(opened(question)))
    return [
        word
        for word in distinct
        if word not in STOP_WORDS
        and word.removesuffix("'s") not in STOP_WORDS
        and word.removesuffix("'s") not in _META
        and (len(word) > 1 or word.isdigit() or not word.isascii())
    ]


def names(text: str) -> list[str]:
    """Capitalised words that do not merely open a sentence."""
    found = [
        name.group()
        for sentence in sentences(text)
        for name in re.finditer(r"(?<=[\w,:;(\"'’] )[A-Z][\w-]+", sentence)
    ]
    return [name for name in dict.fromkeys(found) if name.lower() not in STOP_WORDS]


def value_kind(text: str) -> str:
    """What a statement's end is made of: a `date`, a `number`, or neither."""
    if DATE.search(text):
        return "date"
    return "number" if NUMBER.search(text) else ""


def days(text: str, today: str) -> tuple[str, str] | None:
    """The first day a question names, as an inclusive pair of ISO dates; `today` is a time as the prompt writes it."""
    try:
        now = date.fromisoformat(today[:10])
    except ValueError:
        now = None
    return next(_days(text.lower(), now), None)


LIGHT = frozenset(
    """go goes going see use used uses using send sent make made take decide decided agree agreed set want responsible
    charge work works finished plan planned new current name names""".split()
)
"""Words too common in talk to search for while there are others."""

_ASKING = re.compile(
    r"(?:who|whose|whom|what|when|where|which|why|how|(?:do|does|did|is|are|was|were|can|could|will|would|have|has|should|am)"
    r" (?:you|we|i|it|he|she|they|there|the|my|our|your|any|this|that)|tell me (?:who|what|when|where|which|about|how|again)"
    r"|remind me (?:who|what|when|where|which|about|of|how)|search (?:for|your)|look up|find out)\b(?!'t)"
)
_OPENING = re.compile(
    r"(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b(?:,? (?:there|all|everyone|team|@?[A-Z]\w*))?[,!.:]*(?=\s)"
    r"|(?:no|yes|correction|update|note)[,:!.–-]+(?=\s)|(?:ok|okay|well|so|oh|yeah|also|actually|btw|by the way|fyi|please|sorry|quick question|one more"
    r" (?:thing|question)|and|but|then|thanks|thank you|just so you know|for the record|good news|hm+)\b[,:!.–-]*(?=\s)"
    r"|@[\w-]+[,:]?(?=\s)|(?-i:[A-Z][\w-]*,)(?=\s))\s*",
    re.IGNORECASE,
)
_META = frozenset(
    [
        "now",
        "currently",
        "again",
        "anymore",
        "please",
        "remember",
        "recall",
        "know",
        "tell",
        "told",
        "say",
        "says",
        "said",
        "saying",
        "mention",
        "mentioned",
        "talk",
        "talked",
        "talking",
        "discuss",
        "discussed",
        "think",
        "please",
        "again",
        "ever",
        "anything",
        "something",
        "someone",
        "anyone",
        "everyone",
        "many",
        "much",
        "happen",
        "happened",
        "give",
        "remind",
        "search",
        "find",
        "look",
        "hey",
        "hi",
        "hello",
        "ok",
        "okay",
        "thanks",
        "get",
        "got",
        "like",
        "exactly",
        "called",
        "call",
        "named",
        "need",
        "still",
        "earlier",
        "previously",
        "conversation",
        "chat",
    ]
)


def _days(text: str, now: date | None) -> Iterator[tuple[str, str]]:
    for iso in re.finditer(r"\b\d{4}-\d\d-\d\d\b", text):
        yield iso.group(), iso.group()
    if now is not None:
        for word, back in (("yesterday", 1), ("today", 0)):
            if re.search(rf"\b{word}\b", text) and now > date.min + timedelta(days=1):
                day = (now - timedelta(days=back)).isoformat()
                yield day, day
    for named in DATE.finditer(text):
        month = next((n for n, m in enumerate(MONTHS, 1) if re.search(rf"\b{m[:3]}", named.group())), 0)
        day_of_month = re.search(r"\b\d{1,2}(?!\d)", named.group())
        year = re.search(r"\b\d{4}\b", named.group())
        try:
            at = date(int(year.group()) if year else (now or date.min).year, month, int(day_of_month.group()))  # type: ignore[union-attr]
        except (ValueError, AttributeError):
            continue
        if now and not year and at > now and at.year > 1:
            at = at.replace(year=at.year - 1) if (at.month, at.day) != (2, 29) else at
        yield at.isoformat(), at.isoformat()
