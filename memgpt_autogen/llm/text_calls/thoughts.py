"""Reasoning in an answer's text: told from what is said by the marks of many models."""

from __future__ import annotations

import re

from memgpt_autogen.llm.text_calls.brackets import OPEN
from memgpt_autogen.llm.text_calls.marks import CALLS, EDGES, REASONING, SEAMS, one_of, which
from memgpt_autogen.llm.text_calls.tagged import Ends


def split_thoughts(text: str) -> tuple[str, str]:
    """Return what is said, with calls as they are, and the reasoning that stands in marks.

    One of the two marks may be missing. Marks in code, in quotation marks, in JSON and in calls are text, and
    so is a pair in the middle of a sentence that goes on behind it.
    """
    return _split(text, arriving=False)


def _split(text: str, *, arriving: bool) -> tuple[str, str]:
    """Split a text. While it is `arriving`, a mark in the middle of a sentence may still be closed."""
    parts = _Parts(text)
    if end := end_without_beginning(text):
        parts.reasoning_until(end.start(), end.end())
    without_end: set[int] = set()
    ends = Ends(text)
    while match := MARKS.search(text, parts.place):
        kind, parts.place = which(match), match.end()
        if kind in OPENINGS:
            close = None if kind in without_end else CLOSES[kind].search(text, match.end())
            if close is None:
                without_end.add(kind)
            if _is_prose(text, parts.begin, match, close) and not (arriving and close is None):
                parts.place = close.end() if close else match.end()
                continue
            parts.said_until(match.start(), match.end())
            end_of_thought = close.start() if close else _next_call(text, match.end())
            parts.reasoning_until(end_of_thought, close.end() if close else end_of_thought)
        elif kind == SEAM:
            parts.said_until(match.start(), match.end())
        elif kind != END_OF_MORE:
            parts.place = _end_of_code(text, match, ends)
        elif not _is_prose(text, parts.begin, None, match):
            parts.reasoning_until(match.start(), match.end())
    if not parts.begin:
        return text, ""
    parts.said_until(len(text), len(text))
    return _joined(parts.said), _joined(parts.thoughts)


class _Parts:
    """What was found so far in a text, whose marks are read from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self.said: list[str] = []
        self.thoughts: list[str] = []
        self.begin = 0
        """Where the part begins that is not yet told to be one or the other."""
        self.place = 0
        """Where the next mark is searched for."""
        self._text = text

    def said_until(self, end: int, then: int) -> None:
        self.said.append(self._text[self.begin : end])
        self.begin = self.place = then

    def reasoning_until(self, end: int, then: int) -> None:
        self.thoughts.append(self._text[self.begin : end])
        self.begin = self.place = then


def _end_of_code(text: str, begins: re.Match[str], ends: Ends) -> int:
    """Return the end of a call, of a block of code or of a value, in which no mark counts."""
    kind, place = which(begins), begins.end()
    if kind in CALLED:
        close = CLOSES[kind].search(text, ends.of_arguments(place))
        return close.end() if close else len(text)
    if kind == FENCE:
        return max(place, text.find("```", place) + 3)
    opening = next(at for at, sign in enumerate(begins[0], begins.start()) if sign in OPEN)
    return ends.of_bracket(opening) or (place if text[opening] == "(" else len(text))


def without_marks(text: str) -> str:
    """Return what is said without a model's marks of the beginning and the end of its turn."""
    bare = text.strip()
    while edge := EDGE.match(bare):
        bare = bare[edge.end() :].lstrip()
    while bare.endswith((">", "]")):
        at = max(bare.rfind("<"), bare.rfind("["))
        if at < 0 or not EDGE.fullmatch(bare, at) or _has_opened(bare, at):
            break
        bare = bare[:at].rstrip()
    return text if bare == text.strip() else bare


def _has_opened(text: str, at: int) -> bool:
    """Return whether the end tag there belongs to a tag that the text itself has."""
    return text.startswith("</", at) and f"<{text[at + 2 :]}" in text


def end_without_beginning(text: str) -> re.Match[str] | None:
    """Return the mark that ends reasoning at the very beginning, which began in the prompt."""
    end = END.search(text)
    if end is None or NO_THOUGHT.match(text) or _is_quoted(text, end.start()):
        return None
    begins = BEGINNING[which(end)].search(text, 0, end.start())
    return None if begins else end


def said_so_far(text: str) -> str:
    """Return what a part of an answer says that no later part can turn into reasoning or a call."""
    begun = text.strip().lower()
    if any(word.startswith(begun) for word in FIRST_WORDS):
        return ""
    said = _split(MAY_BE_A_MARK.sub("", text), arriving=True)[0]
    if call := MARKED_CALL.search(said):
        said = said[: call.start()].rstrip()
    said = without_marks(said)
    return "" if may_be_a_call(said) else said


def may_be_a_call(text: str) -> bool:
    """Return whether a text begins like a call, which has no end yet."""
    return MAY_BE_A_CALL.match(text) is not None


def without_thoughts_so_far(text: str) -> str:
    """Return a part of a message without reasoning, and without its end where a mark may have begun."""
    if not MAY_HAVE_MARKS.search(text):
        return text
    return without_marks(_split(MAY_BE_A_MARK.sub("", text), arriving=True)[0])


_ALONE = [number for number, row in enumerate(REASONING) if row.alone]

# the kinds of marks, by their number in the pattern of all
OPENINGS = range(len(REASONING))
CALLED = range(len(REASONING), len(REASONING) + len(CALLS))
FENCE, VALUE, SEAM, END_OF_MORE = (CALLED.stop + number for number in range(4))

END = one_of(REASONING[number].closes for number in _ALONE)
CLOSES = [re.compile(row.closes, re.IGNORECASE) for row in (*REASONING, *CALLS)]
MARKED_CALL = one_of(row.opens for row in CALLS)
BEGINNING = [re.compile(REASONING[number].opens, re.IGNORECASE) for number in _ALONE]
MARKS = one_of((
    *(row.opens for row in (*REASONING, *CALLS)),
    "```",
    # JSON or a call of Python in a line of its own
    r"(?m:^)[ \t]{0,20}(?:\{\s?[\"'{]|\[\s?[\"'{]|\w[\w.]{0,60}\()",
    "|".join(SEAMS),
    "|".join(REASONING[number].closes for number in _ALONE),
))  # fmt: skip
EDGE = one_of(EDGES)

# the end of a text that is still arriving, where a mark may have begun
MAY_BE_A_MARK = re.compile(
    r"(?:<\|(?:start|channel|constrain|open|close|message_model)\|>"
    r"(?:(?!<\|(?:message|sep|content_\w{1,20})\|>)[^\n]){0,150}"
    r"|<(?=[a-z|/｜]|\Z)[^<>\n]{0,100}|[\[◁][^\s\[\]◁▷]{0,20}|assistant\w{0,10}|`{1,2}"
    r"|(?m:^) ?to=[\w.]{0,99}(?: ?(?:(?!<\|message\|>)<\|[^\n<]{0,60}){0,4})?)\Z",
    re.IGNORECASE,
)

# characters and words without which a text has no marks
MAY_HAVE_MARKS = re.compile(r"[<\[◁`]|assistant|analysis|final", re.IGNORECASE)

# a text that may be a call when it is complete, and words that may become one or reasoning
MAY_BE_A_CALL = re.compile(
    r"\s{0,9}(?:[<{\[]|```|call:|to=|commentary\s?to|functools\s?\[|functions\.)", re.IGNORECASE
)
FIRST_WORDS = (
    "analysis", "assistant", "final", "commentary to=", "functools[", "functions.", "call:", "to=",
)  # fmt: skip

# a text that begins with a call
NO_THOUGHT = re.compile(
    rf"\s{{0,9}}(?:\{{|\[\{{|{'|'.join(row.opens for row in CALLS)})".replace("?P<name>", "?:"), re.IGNORECASE
)
GOES_ON = re.compile(r"[ \t]+[^\WA-Z\d_]|[.,;:)]")


def _is_prose(text: str, begin: int, opens: re.Match[str] | None, closes: re.Match[str] | None) -> bool:
    """Return whether marks are named rather than used."""
    first = opens or closes
    if first is None or _is_quoted(text, first.start()):
        return True
    before = text[max(begin, first.start() - 200) : first.start()].rpartition("\n")[2].rstrip()
    if not before or not (before[-1].isalnum() or before[-1] in ",(/"):
        return False
    if closes is None:
        return True
    inside = text[opens.end() : closes.start()] if opens else ""
    whole = "\n" in inside or inside.rstrip().endswith((".", "!", "?", "…"))
    return not whole and GOES_ON.match(text, closes.end()) is not None


def _is_quoted(text: str, at: int) -> bool:
    return at > 0 and text[at - 1] in "`\"'“‘«"


def _next_call(text: str, begin: int) -> int:
    """Return where the next call begins: models call functions without an end of their reasoning."""
    for call in MARKED_CALL.finditer(text, begin):
        before = text[begin : call.start()].rstrip(" ")[-1:]
        if not before.isalnum() and not _is_quoted(text, call.start()):
            return call.start()
    return len(text)


def _joined(parts: list[str]) -> str:
    return "\n".join(filter(None, (part.strip() for part in parts)))
