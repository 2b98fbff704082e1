"""Whose words: turning "I live in Lisbon" into "Ada lives in Lisbon", and that into "you live in Lisbon"."""

from __future__ import annotations

import re

ADVERBS = frozenset(
    """really always never usually often sometimes also still just only now currently mostly generally actually
    already absolutely strongly rarely hardly definitely normally typically particularly especially truly""".split()
)
_UNCHANGED = frozenset(
    """can can't cannot could couldn't will won't would wouldn't must should shouldn't may might had hadn't did
    didn't went met got bought left came grew began became built chose felt found gave heard kept knew made
    paid ran read said saw sent set spent spoke took taught thought told understood wrote won lost led sold""".split()
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


def reported(clause: str, speaker: str) -> str:
    """A first-person clause as someone else tells it: `speaker` in place of "I", "their" in place of a later "my"."""
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
    """What was noted about `listener`, told to them: "you" in place of the name."""
    if told.startswith(f"{listener}'s "):
        return f"your {_yours(told[len(listener) + 3 :])}"
    if told.startswith(f"{listener} "):
        said = re.match(rf"((?:(?:{'|'.join(ADVERBS)}|no longer)\s+)*)({_WORD})", told[len(listener) + 1 :])
        if said is not None:
            rest = told[len(listener) + 1 + said.end() :]
            return f"you {said.group(1)}{_second(said.group(2))}{_yours(rest)}"
    return told


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
    """The rest of a first-person clause: "my cat and I" is "their cat and they"; "you" is the agent."""
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
