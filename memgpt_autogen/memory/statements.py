"""Statements: what a sentence says of something, where its shape leaves no doubt, so that two of them can be compared.

"The deadline is March 3" and "we moved the deadline to March 10" are about the same thing and say different dates. Sentences of
any other shape, questions, guesses and what is true for a day only say nothing here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from memgpt_autogen.memory import sentence_forms as forms
from memgpt_autogen.memory.contractions import expanded
from memgpt_autogen.text.dates import date_parts, is_dated, is_figure
from memgpt_autogen.text.words import stem

Kind = Literal["date", "number", "name", "word"]

LONGEST_TEXT = 2000
"""Characters of a text whose sentences are read."""

LONGEST_SENTENCE = 240


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said of a subject."""

    text: str
    """The sentence."""
    subject: tuple[str, ...]
    """In stems."""
    relation: str
    """Which question about the subject this answers, such as `is`, `lives` or `like`."""
    kind: Kind
    value: tuple[str, ...]
    """In stems."""
    said: str
    """The value as it was written."""
    lead: str = ""
    """The preposition before the value."""
    negated: bool = False
    changes: bool = False
    """Whether it says itself that something is different now."""
    named: bool = False
    """Whether the relation can have one value at a time, whatever the value is."""


@lru_cache(maxsize=512)  # what one search brings, the next brings again
def statements(text: str) -> tuple[Statement, ...]:
    """What a text says that could be compared, in order."""
    if len(text) > LONGEST_TEXT:
        return ()
    read = (_statement(sentence, sentence.rstrip(" .!;")) for sentence in sentences(text))
    return tuple(statement for statement in read if statement)


def sentences(text: str) -> list[str]:
    """The sentences of a text, and the clauses that begin with a subject of their own."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [
        clause.strip()
        for line in lines
        for sentence in re.split(r"(?<=[.!?…;]) ", line)
        for clause in forms.CLAUSES.split(sentence)
        if clause.strip()
    ]


def contradicts(new: Statement, old: Statement) -> bool:
    """Whether both cannot hold at once; whether one only tells more than the other, they can."""
    if (new.subject, new.relation) != (old.subject, old.relation):
        return False
    if new.negated or old.negated:
        return new.negated != old.negated and new.value == old.value
    if new.kind != old.kind or set(new.value) <= set(old.value) or set(old.value) <= set(new.value):
        return False
    if new.kind == "date":
        return _other_date(new, old)
    if new.kind == "number":
        return _other_number(new, old)
    single = new.named or new.changes
    if new.kind == "name":
        return single and new.lead == old.lead
    if new.relation == "prefer":
        return new.changes and len(new.value) == len(old.value) == 1
    return (new.named and new.lead == old.lead) or any(
        set(new.value) & group and set(old.value) & group and len(new.value) == len(old.value) == 1
        for group in forms.EXCLUSIVE
    )


def agrees(new: Statement, old: Statement) -> bool:
    """Whether they say the same."""
    return (new.subject, new.relation, new.kind, new.value, new.negated) == (
        old.subject,
        old.relation,
        old.kind,
        old.value,
        old.negated,
    )


@dataclass(frozen=True, slots=True)
class _Clause:
    """A sentence on its way to a statement."""

    sentence: str
    text: str
    """Written out, without what opens it and without adverbs."""
    changes: bool


def _statement(sentence: str, text: str) -> Statement | None:
    if "?" in sentence or len(sentence) > LONGEST_SENTENCE:
        return None
    text = re.sub(r"\s*\(told by [^()]*\)", "", text).strip(' .!-*•"“”')
    text, changes = _opened(expanded(text))
    if not forms.STARTING.match(text) or forms.GUESS.search(text):
        return None
    text, no_longer = re.subn(r"\bno longer\b", "not", text, flags=re.IGNORECASE)
    text, adverbs = forms.NOW.subn("", text)
    text = " ".join(forms.STILL.sub("", text).split())
    changes = changes or bool(no_longer) or bool(adverbs)
    for read in _READERS:
        if found := read(_Clause(sentence, text, changes)):
            return found
    return None


def _opened(text: str) -> tuple[str, bool]:
    """A text without the words that only open it, and whether those announce a change."""
    changes = False
    while found := forms.OPENING.match(text):
        changes = changes or found["change"] is not None
        text = text[found.end() :]
    return text, changes


def _home(clause: _Clause) -> Statement | None:
    if found := forms.LIVES.match(clause.text):
        return _made(clause, found["s"], "lives", found["v"], lead=found["p"], negated=bool(found["n"]), changes=clause.changes, named=True, only="name")  # fmt: skip
    if found := forms.MOVED.match(clause.text):
        relation = "is" if _is_thing(found["s"]) else "lives"  # a thing that moved to a place is there
        return _made(clause, found["s"], relation, found["v"], lead="in", changes=True, named=True, only="name")  # fmt: skip
    return None


def _job(clause: _Clause) -> Statement | None:
    if found := forms.WORKS.match(clause.text):
        return _made(clause, found["s"], "works", found["v"], negated=bool(found["n"]), changes=clause.changes, named=True, only="name")  # fmt: skip
    if found := forms.STARTED.match(clause.text):
        return _made(clause, found["s"], "works", found["v"], changes=True, named=True, only="name")
    if found := forms.STOPPED_WORK.match(clause.text):
        return _made(clause, found["s"], "works", found["v"], negated=True, changes=True, named=True, only="name")  # fmt: skip
    return None


def _changed(clause: _Clause) -> Statement | None:
    found = forms.PASSIVE.match(clause.text) or forms.ACTIVE.match(clause.text)
    if found is None or not _is_thing(found["s"]):
        return None
    return _is(clause, found["s"], found["v"], negated=False, changes=True)


def _habit(clause: _Clause) -> Statement | None:
    if found := forms.ENDED.match(clause.text):
        verb = found["verb"]
        if verb and stem(verb) not in forms.VERBS:
            return None
        return _made(clause, found["s"], _relation(verb or "like"), found["v"], negated=True, changes=True)
    found = forms.DOES.match(clause.text)
    if found is None:
        return None
    verb = found["verb"]
    if verb == "stand" and not found["n"]:
        return None
    figure = _made(clause, found["s"], "", found["v"])
    if figure is not None and figure.kind == "number":
        return None
    if verb == "prefer":
        return _made(
            clause, found["s"], "prefer", found["v"], negated=bool(found["n"]), changes=clause.changes
        )
    negated = bool(found["n"]) != (stem(verb) in forms.DISLIKING)
    return _made(clause, found["s"], _relation(verb), found["v"], negated=negated, changes=clause.changes, plain=True)  # fmt: skip


def _figure(clause: _Clause) -> Statement | None:
    found = forms.FIGURE.match(clause.text)
    if found is None:
        return None
    verb = {"has": "have", "begin": "start"}.get(found["verb"], found["verb"])
    made = _made(clause, found["s"], verb, found["v"], changes=clause.changes)
    if made is None or made.kind not in ("number", "date"):
        return None
    if verb == "have" and not set(made.value) & forms.KINDS_OF_THINGS and not _is_thing(found["s"]):
        return None
    if verb != "have" and found["s"] in ("I", "we", "We"):
        return None
    return made


def _being(clause: _Clause) -> Statement | None:
    found = forms.FORM.match(clause.text) or forms.IS.match(clause.text)
    if found is None:
        return None
    return _is(clause, found["s"], found["v"], negated="n" in found.re.groupindex and bool(found["n"]), changes=clause.changes)  # fmt: skip


_READERS = (_home, _job, _changed, _habit, _figure, _being)


def _is(clause: _Clause, subject: str, value: str, *, negated: bool, changes: bool) -> Statement | None:
    words = [forms.SPELT.get(word, word) for word in re.findall(r"[\w'-]+", subject.lower())]
    single = "favorite" in words or (bool(words) and stem(words[-1].removesuffix("'s")) in forms.SINGLE)
    if " of " in f" {subject.lower()} ":  # "the capital of Peru"
        single = single or any(stem(word) in forms.SINGLE for word in words[: words.index("of")])
    value = re.sub(r"^(?:called|named) ", "", value)
    lead = value.split(" ", 1)[0].lower()
    return _made(
        clause,
        subject,
        "is",
        value,
        lead=lead if lead in forms.LEADS else "",
        negated=negated,
        changes=changes,
        named=single and _is_thing(subject),
    )


def _made(
    clause: _Clause,
    subject: str,
    relation: str,
    value: str,
    *,
    lead: str = "",
    negated: bool = False,
    changes: bool = False,
    named: bool = False,
    only: Kind | None = None,
    plain: bool = False,
) -> Statement | None:
    about = _subject(subject)
    value = forms.BREAK.split(value.strip(" .!"), maxsplit=1)[0].strip()
    if about is None or not value:
        return None
    kind: Kind = "word" if plain else _kind(value)
    if only is not None:
        if kind != only:
            return None
        value = _leading_name(value)
    if kind == "name":
        value = _leading_name(value)
    stems = _value(value)
    if not stems or len(stems) > 8:
        return None
    return Statement(clause.sentence, about, relation, kind, stems, value, lead, negated, changes, named)


def _subject(text: str) -> tuple[str, ...] | None:
    words = [forms.SPELT.get(word, word.removesuffix("'s")) for word in re.findall(r"[\w'-]+", text.lower())]
    if not words or set(words) & forms.NOBODY:
        return None
    return tuple(stem(word) for word in words if word not in forms.LIGHT) or None


def _is_thing(subject: str) -> bool:
    """Whether this is a thing or an attribute rather than somebody."""
    return (
        bool(re.match(r"(?:the|my|our)\b", subject, re.IGNORECASE))
        or "'s " in subject
        or subject[:1].islower()
    )


def _kind(value: str) -> Kind:
    if date_parts(value):
        return "date"
    low = value.lower().split()
    if any(sign.isdigit() for sign in value) or (low and low[0] in forms.NUMBERS):
        return "number"
    core = low[1:] if low and low[0] in forms.LEADS else low
    named = value.split()[len(low) - len(core) :]
    if named and (named[0][:1].isupper() or named[0][:1] in "\"'“"):
        return "name"
    return "word"


def _leading_name(value: str) -> str:
    """The capitalised words at the start of a value, with its preposition left out."""
    words = value.split()
    if words and words[0].lower() in forms.LEADS:
        words = words[1:]
    taken = []
    for word in words:
        if not (
            word[:1].isupper()
            or word[:1] in "\"'“"
            or word.lower() in ("of", "de", "the", "la", "van", "von", "&")
        ):
            break
        taken.append(word)
    return " ".join(taken or words)


def _value(text: str) -> tuple[str, ...]:
    found = []
    for word in re.findall(r"[\w@.+#%€$£'-]+", text.lower()):
        plain = forms.NUMBERS.get(word, word).strip(".'-").removesuffix("'s")
        plain = re.sub(r"^(\d+)(?:st|nd|rd|th)$", r"\1", plain)
        if plain and plain not in forms.FILLING:
            found.append(stem(plain))
    return tuple(found)


def _other_date(new: Statement, old: Statement) -> bool:
    ours, theirs = date_parts(new.said), date_parts(old.said)
    differing = any(ours[part] != theirs[part] for part in ours.keys() & theirs.keys())
    return differing and _about_the_same(new, old)


def _other_number(new: Statement, old: Statement) -> bool:
    figures = [[word for word in each.value if is_figure(word)] for each in (new, old)]
    return figures[0] != figures[1] and _about_the_same(new, old)


def _about_the_same(new: Statement, old: Statement) -> bool:
    """Whether what is said beside the figures is the same, or left out where a change is announced."""
    ours, theirs = ({word for word in each.value if not is_dated(word)} for each in (new, old))
    return ours == theirs or (new.changes and not (ours and theirs))


def _relation(verb: str) -> str:
    """Liking, drinking and eating answer one question: whether one takes it."""
    plain = stem(verb)
    if plain in forms.LIKING or plain in forms.DISLIKING or plain == "stand":
        return "like"
    return "have" if plain in ("has", "have", "own") else plain
