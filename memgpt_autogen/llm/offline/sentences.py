"""Sentences: their kind, the dates in them, and how to report them about someone."""

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


LIGHT = frozenset(
    """go goes going see use used uses using send sent make made take decide decided agree agreed
    set want responsible charge work works finished plan planned new current name names""".split()
)
"""Words too common for a search, if there are others."""


def sentences(text: str) -> list[str]:
    """Return the sentences and list entries of a text, without the space around them."""
    pieces = re.split(r"(?<=[.!?。！？])[\"')\]]*\s+(?=\S)|\n+|(?<=;)\s+", text)
    joined: list[str] = []
    for piece in pieces:
        if joined and re.search(r"\b(?:Mr|Mrs|Ms|Dr|St|e\.g|i\.e|vs|etc|approx|No)\.$", joined[-1]):
            joined[-1] += " " + piece
        else:
            joined.append(piece)
    return [piece.strip() for piece in joined if piece and piece.strip()]


def is_question(sentence: str) -> bool:
    """Return whether a sentence is a question, by its mark or by its first words."""
    bare = opened(sentence).lower()
    if bare.rstrip("\"')] ").endswith(("?", "？")):
        return True
    return bool(_ASKING.match(bare))


def questions(text: str) -> list[str]:
    return [sentence for sentence in sentences(text) if is_question(sentence)]


def opened(sentence: str) -> str:
    """Return a sentence without the greeting, the name or the filler at its beginning."""
    bare = sentence.strip().lstrip("-*•> ")
    while (opening := _OPENING.match(bare)) and (rest := bare[opening.end() :].lstrip()):
        bare = rest
    return bare


def keywords(question: str) -> list[str]:
    """Return the words of a question that are useful for a search, in order."""
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
    """Return capitalised words that are not only the first word of a sentence."""
    found = [
        name.group()
        for sentence in sentences(text)
        for name in re.finditer(r"(?<=[\w,:;(\"'’] )[A-Z][\w-]+", sentence)
    ]
    return [name for name in dict.fromkeys(found) if name.lower() not in STOP_WORDS]


def value_kind(text: str) -> str:
    """Return the kind of value in a statement: `date`, `number` or an empty text."""
    if DATE.search(text):
        return "date"
    return "number" if NUMBER.search(text) else ""


def days(text: str, today: str) -> tuple[str, str] | None:
    """Return the first day of a question, as a pair of equal ISO dates.

    `today` is a time in the prompt's form.
    """
    try:
        now = date.fromisoformat(today[:10])
    except ValueError:
        now = None
    return next(_days(text.lower(), now), None)


def reported(clause: str, speaker: str) -> str:
    """Return a first-person clause about `speaker`: the name replaces "I", "their" a later "my"."""
    clause = clause.replace("’", "'")
    for short, long in (("I'm", "I am"), ("I've", "I have"), ("I'll", "I will"), ("I'd", "I would")):
        clause = re.sub(rf"\b{short}\b", long, clause, flags=re.IGNORECASE)
    if mine := re.match(r"my\b", clause, re.IGNORECASE):
        return f"{speaker}'s{_later(clause[mine.end() :])}"
    said = re.match(rf"I\s+((?:(?:{'|'.join(ADVERBS)}|no longer)\s+)*)({_WORD})", clause)
    if said is None:
        return _later(clause)
    return f"{speaker} {said.group(1)}{_third(said.group(2))}{_later(clause[said.end() :])}"


def to_listener(told: str, listener: str) -> str:
    """Return a stored line about `listener` in a form for them: "you" replaces the name."""
    if told.startswith(f"{listener}'s "):
        return f"your {_yours(told[len(listener) + 3 :])}"
    if told.startswith(f"{listener} "):
        said = re.match(rf"((?:(?:{'|'.join(ADVERBS)}|no longer)\s+)*)({_WORD})", told[len(listener) + 1 :])
        if said is not None:
            rest = told[len(listener) + 1 + said.end() :]
            return f"you {said.group(1)}{_second(said.group(2))}{_yours(rest)}"
    return told


_ASKING = re.compile(
    r"(?:who|whose|whom|what|when|where|which|why|how|(?:do|does|did|is|are|was|were|can|could|will|would"
    r"|have|has|should|am)"
    r" (?:you|we|i|it|he|she|they|there|the|my|our|your|any|this|that)|tell me (?:who|what|when|where|which"
    r"|about|how|again)"
    r"|remind me (?:who|what|when|where|which|about|of|how)|search (?:for|your)|look up|find out)\b(?!'t)"
)


_OPENING = re.compile(
    r"(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b(?:,? (?:there|all|everyone|team"
    r"|@?[A-Z]\w*))?[,!.:]*(?=\s)"
    r"|(?:no|yes|correction|update|note)[,:!.–-]+(?=\s)|(?:ok|okay|well|so|oh|yeah|also|actually|btw"
    r"|by the way|fyi|please|sorry|quick question|one more"
    r" (?:thing|question)|and|but|then|thanks|thank you|just so you know|for the record|good news"
    r"|hm+)\b[,:!.–-]*(?=\s)"
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


ADVERBS = frozenset(
    """really always never usually often sometimes also still just only now currently mostly
    generally actually already absolutely strongly rarely hardly definitely normally typically
    particularly especially truly""".split()
)


_UNCHANGED = frozenset(
    """can can't cannot could couldn't will won't would wouldn't must should shouldn't may might
    had hadn't did didn't went met got bought left came grew began became built chose felt found
    gave heard kept knew made paid ran read said saw sent set spent spoke took taught thought
    told understood wrote won lost led sold""".split()
)


_IRREGULAR = {
    "am": "is",
    "have": "has",
    "was": "was",
    "do": "does",
    "don't": "doesn't",
    "haven't": "hasn't",
    "go": "goes",
}


_PLURAL = {
    "is": "are",
    "has": "have",
    "was": "were",
    "does": "do",
    "doesn't": "don't",
    "hasn't": "haven't",
    "goes": "go",
}


_WORD = r"[A-Za-z]+(?:['’][A-Za-z]+)?"


def _third(verb: str) -> str:
    low = verb.lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low in _UNCHANGED or (low.endswith("ed") and not low.endswith("eed")):
        return verb
    if re.search(r"[^aeiou]y$", low):
        return verb[:-1] + "ies"
    return verb + ("es" if re.search(r"(?:s|x|z|ch|sh|o)$", low) else "s")


def _second(verb: str) -> str:
    low = verb.lower()
    if low in _PLURAL:
        return _PLURAL[low]
    if low in _UNCHANGED or not low.endswith("s") or low.endswith("ss"):
        return verb
    if low.endswith("ies"):
        return verb[:-3] + "y"
    return verb[:-2] if re.search(r"(?:ss|x|zz|ch|sh|o)es$", low) else verb[:-1]


def _later(text: str) -> str:
    """Return the rest of a first-person clause: "my cat and I" is "their cat and they"."""
    for pattern, word in (
        (r"\bI am\b", "they are"),
        (r"\bI was\b", "they were"),
        (r"\bI\b", "they"),
        (r"\bmyself\b", "themselves"),
        (r"\bmine\b", "theirs"),
        (r"\bmy\b", "their"),
        (r"\bme\b", "them"),
        (r"\byour\b", "my"),
        (r"\byou\b", "me"),
    ):
        text = re.sub(pattern, word, text)
    return text


def _yours(text: str) -> str:
    return re.sub(r"\bthemselves\b", "yourself", re.sub(r"\btheir\b", "your", text))
