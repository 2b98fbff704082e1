"""What was said: its sentences and the kind of each, by the marks of `marks.txt`."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

_LINES = files("memgpt_autogen.llm.offline").joinpath("marks.txt").read_text(encoding="utf-8").splitlines()
MARKS = dict(line.split(" = ", 1) for line in _LINES if not line.startswith("#"))
KINDS = ("forget", "question", "remember", "supposition", "command")  # the one that claims least first


def sentences(text: str) -> list[str]:
    """Return the sentences and list entries of a text, without the space around them."""
    joined: list[str] = []
    for piece in re.split(r"(?<=[.!?…])[\"')\]]*\s+(?=\S)|(?<=[。！？])(?=[^”」』])|\n+|(?<=;)\s+", text):
        if joined and _ABBREVIATED.search(joined[-1]):
            joined[-1] += " " + piece
        else:
            joined.append(piece)
    return [piece.strip() for piece in joined if piece and piece.strip()]


@lru_cache(maxsize=4096)
def kind_of(sentence: str) -> str:
    """Return the kind of a sentence: one of `KINDS`, `greeting`, or `statement` if it has no mark."""
    if not re.search(r"\w", opened(sentence)) or (len(sentence) < 60 and _GREETING.fullmatch(sentence)):
        return "greeting"
    return next((kind for kind in KINDS if has(kind, sentence)), "statement")


def questions(text: str) -> list[str]:
    return [sentence for sentence in sentences(text) if kind_of(sentence) == "question"]


def has(mark: str, sentence: str) -> re.Match[str] | None:
    """Return where a sentence has a mark, after the greeting and whatever else it opens with."""
    return pattern(mark).search(opened(sentence).replace("’", "'"))


@lru_cache
def pattern(mark: str) -> re.Pattern[str]:
    return re.compile("|".join(v for k, v in MARKS.items() if k.split(".")[0] == mark), re.IGNORECASE)


def opened(sentence: str) -> str:
    """Return a sentence without the greeting, the name or the filler at its beginning."""
    bare = sentence.strip().lstrip('-*•> ¿¡"“«')
    while (opening := _OPENING.match(bare)) and opening[0] and (rest := bare[opening.end() :].lstrip("¿¡ ")):
        bare = rest
    return bare


_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|e\.g|i\.e|vs|etc|approx|No|z\.B|Hr|M|Mme|Sr|Sra|\d{1,2})\.$")
_GREETING = re.compile(
    rf"\W*(?:{MARKS['hello']}|{MARKS['thanks']}|{MARKS['farewell']}|ok|okay)"
    r"(?:[\s,]+(?:there|all|everyone|team|so|very|much|a|lot|(?-i:[A-ZА-Я])\w+)){0,3}(?:[\s,]+\w+)?\W*",
    re.IGNORECASE,
)
_OPENING = re.compile(
    rf"(?:(?:{MARKS['hello']})(?:,? (?:there|all|both|everyone|team|(?-i:[A-Z])[a-z]+))?(?!\w)[,!.:–-]*"
    rf"|(?:{MARKS['hello']}|对了|请问|那么|ところで|ねえ|すみません)[,，、。！!]*(?=[^\W\da-zа-я])"
    rf"|(?:{MARKS['filler']}|{MARKS['thanks']})(?!\w)[,:!.–-]*(?=\s)|(?:yes|ja|oui|sí|да|update|note)[,:!.–-]+(?=\s)"
    r"|@[\w-]+[,:]?(?=\s)|(?-i:(?!No|Нет|Не)[A-ZА-Я][\w-]*,)(?=\s))\s*",
    re.IGNORECASE,
)
