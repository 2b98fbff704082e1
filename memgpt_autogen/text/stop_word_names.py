"""Names that are stop words: Can, Will, WHO, IT.

A search finds them by their capitals: *Will* is a term of its own, which *will* does not have. Texts are
given as `bare_form` returns them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from memgpt_autogen.text.spellings import Spelling
from memgpt_autogen.text.words import STOP_WORDS, WORD, words


def names_in_text(text: str) -> Iterator[Spelling]:
    """Yield the words of a text that are stop words, and names here: Can, Will, WHO, IT.

    A name has a capital that its place in the sentence does not explain, or a verb that follows a name.
    """
    for match in _CAPITAL.finditer(text):
        word = match[0]
        if word.lower() not in STOP_WORDS:
            continue
        before, after, gap = _beside(text, match)
        if word.isupper():
            beside = [other for other in (before, after) if len(other) > 1]
            if not beside or not all(other.isupper() for other in beside):
                yield word, word
        elif word.istitle():
            opens = not before or (_OPENING.search(gap) and not (gap == ". " and before in _TITLES))
            if not opens or _POSSESSIVE.match(text, match.end()) or _is_subject(text, match, after):
                yield word, word


def names_in_query(query: str) -> Iterator[Spelling]:
    """Yield the names that are stop words and that a query may mean.

    Any stop word with a capital may be meant. If a query has nothing but stop words, all may be meant.
    """
    low = words(query)
    if all(word in STOP_WORDS for word in low):
        for word in low:
            if len(word) > 1 and word.isalpha():
                yield word.title(), word
                yield word.upper(), word
        return
    titles = len(_TITLE.findall(query)) > len(WORD.findall(query)) / 2
    for match in _CAPITAL.finditer(query):
        word = match[0]
        if word.lower() in STOP_WORDS and _may_be_meant(query, match, titles=titles):
            yield word, word


def _may_be_meant(query: str, match: re.Match[str], *, titles: bool) -> bool:
    """Whether a stop word with a capital may be a name. With `titles`, most words have capitals."""
    word, low = match[0], match[0].lower()
    before, after, gap = _beside(query, match)
    if word.isupper():
        return low not in _NEVER or low in _ACRONYMS or not (before or after)
    if not word.istitle():
        return False
    if not before or _OPENING.search(gap):
        return low not in _NEVER and not _asks(low, after)
    return low not in _NEVER or not titles


def _beside(text: str, match: re.Match[str]) -> tuple[str, str, str]:
    """Return the word before a match, the word after it, and what is between the former and the match."""
    near = list(WORD.finditer(text, max(0, match.start() - _NEAR), match.start()))
    after = WORD.search(text, match.end(), match.end() + _NEAR)
    gap = text[near[-1].end() if near else max(0, match.start() - _NEAR) : match.start()]
    return near[-1][0] if near else "", after[0] if after else "", gap


def _asks(low: str, after: str) -> bool:
    """Whether the first word of a query begins a question, as in "Can you" or "Will Bea"."""
    return low in _AUXILIARIES and (after.lower() in STOP_WORDS - _VERBS or after[:1].isupper())


def _is_subject(text: str, match: re.Match[str], after: str) -> bool:
    """Whether the first word of a sentence is a name, by what follows it."""
    low, end = match[0].lower(), match.end()
    if low in _NEVER:
        return False
    if after == "and":
        return _AND_NAME.match(text, end) is not None  # "Will and Bea", but "On and off"
    gap = text[end : text.find(after, end)] if after else ""
    if low in _AUXILIARIES:
        if gap.startswith(","):
            return True
        if gap == " " and after[:1].isupper():  # "Will Smith lives here.", but "Will Bea come?"
            closing = _CLOSING.search(text, end, end + _SENTENCE)
            return closing is not None and closing[0] != "?"
    if gap.strip():
        return False
    if low in _PLACING:  # "In lives here", but "In cases like these"
        return after in _DEEDS
    return after in _VERBS or (after not in _DETERMINERS and _DEED.fullmatch(after) is not None)


_CAPITAL = re.compile(r"(?<![\w'])[A-Z][A-Za-z]{1,6}(?!\w|'(?!s\b))")
_POSSESSIVE = re.compile(r"'s\b")
_NEAR = 30  # how many characters beside a word its neighbours are looked for
_TITLES = frozenset("Mr Mrs Ms Mx Dr Prof St Sr Sra Fr Hr Mme Herr Frau".split())
_OPENING = re.compile(r"[.!?:;…\n\"“”«(\[*•#>|]|[-–—]\s")
_TITLE = re.compile(r"(?<!\w)[A-Z][\w']*")
_ACRONYMS = frozenset(("it", "who"))  # other stop words in capitals are words that someone stresses
_AUXILIARIES = frozenset(("can", "will"))
_DETERMINERS = frozenset("this his its hers ours yours theirs as is was has does".split())
_PLACING = frozenset(
    "about after as at before by down for from in into off on or out over through to under up".split()
)
_DEEDS = frozenset(
    """is was has had does did will would can could should says said lives lived works worked likes loves
    wants needs thinks knows comes goes plays speaks studies teaches writes told asked called moved""".split()
)
_DEED = re.compile("[a-z]{3,}(?:s|ed)")
_AND_NAME = re.compile(r" and [A-Z]")
_CLOSING = re.compile(r"[.!?\n]")
_SENTENCE = 200  # how many characters of a sentence are read for its end
_VERBS = frozenset("is was has had does did will would can could should says said and isn't wasn't".split())
_NEVER = frozenset(
    """all and are as because been before being could did do does doing done had has have having he her hers
    him his how i if is it its just me my no nor not of only or our ours own she should so some such than that
    the their theirs them then there these they this those was we were what when where which while who whom
    whose why with would you your yours""".split()
)
