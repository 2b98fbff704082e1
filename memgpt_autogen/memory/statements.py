"""Statements: what a sentence says of something, where its shape leaves no doubt, so that two of them can be compared.

"The deadline is March 3" and "we moved the deadline to March 10" are about the same thing and say different dates. Sentences of
any other shape, questions, guesses and what is true for a day only say nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from memgpt_autogen.memory.contractions import expanded
from memgpt_autogen.words import stem

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


def statements(text: str) -> list[Statement]:
    """What a text says that could be compared, in order."""
    if len(text) > LONGEST_TEXT:
        return []
    return [
        statement
        for sentence in sentences(text)
        if (statement := _statement(sentence, sentence.rstrip(" .!")))
    ]


def sentences(text: str) -> list[str]:
    """The sentences of a text, and the clauses that begin with a subject of their own."""
    return [
        clause.strip()
        for line in re.split(r"(?<=[.!?…])\s+|\n+|;\s+", text)
        for clause in _CLAUSES.split(line)
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
    return (new.named and new.lead == old.lead) or any(
        set(new.value) & group and set(old.value) & group and len(new.value) == len(old.value) == 1
        for group in _EXCLUSIVE
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


_CLAUSES = re.compile(
    r",?\s+(?:and|but|so)\s+(?=(?:I|we|my|our|the|now)\b)|,\s+(?=(?:I|my|our)\b|I'm\b)|\s+-\s+", re.IGNORECASE
)
_GUESS = re.compile(
    r"\b(?:if|unless|maybe|perhaps|might|may be|could|would|should|shall|wish|hope|hopes|hoping|used to|think|thinks|thought|guess"
    r"|believe|suppose|probably|possibly|sometimes|today|tonight|tomorrow|yesterday|this (?:week|month|morning|afternoon|evening|"
    r"weekend)|next (?:week|month|year|time|\w+day)|at the moment|old|former|previous|original|first|second"
    r"|another|other|each|every|either|or|almost|nearly|both|imagine|pretend|joking|like a)\b",
    re.IGNORECASE,
)
"""What is no statement, one for a short time, or one about something else of the same name."""

_OPENING = re.compile(
    r"^(?:oh|well|hey|hi|so|and|but|also|ok|okay|btw|by the way|fyi|please note that|note that|note|please remember that"
    r"|remember that|remember|sorry|yeah|yes|in fact|just so you know|good news|bad news|(?P<change>update|correction|no"
    r"|actually|as of [A-Z]\w+(?: \d+)?|from now on|these days|nowadays|now))\b[,:!]?\s+",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"[,]?\s*\b(?:now|any ?more|instead|actually|nowadays|these days|from now on|by now|since then|as of now|already)\b",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"\b(?:currently|still|really|also|just|recently|usually|always|simply|definitely|absolutely)\b\s*", re.IGNORECASE
)
_BREAK = re.compile(
    r"\s*(?:,|\(|;| - | – | because\b| since\b| so\b| but\b| and (?:I|we|it|he|she|they)\b| when\b| while\b| which\b| who\b"
    r"| though\b| although\b| thanks to\b| due to\b| after\b| until further\b)",
    re.IGNORECASE,
)
_CHANGE = (
    r"(?:moved|changed|postponed|delayed|pushed(?: back| out)?|shifted|rescheduled|brought forward|extended|raised|increased"
    r"|lowered|reduced|cut|renamed|switched|corrected|updated)"
)
_HELPING = r"(?:(?:has|have|had|was|were|is|are|got|gets|will be|been|be|being) )*"
_NAME = r"[A-Z][\w-]+(?: [A-Z][\w-]+)?"
_THING = rf"(?:(?:the|my|our) |{_NAME}'s )[\w'&/ -]{{2,60}}?"
_SUBJECT = rf"(?:I|we|We|{_NAME}|[Tt]he [\w'&/ -]{{2,60}}?|[Mm]y [\w'&/ -]{{2,60}}?|[Oo]ur [\w'&/ -]{{2,60}}?|{_NAME}'s [\w'&/ -]{{2,60}}?)"

_LIVES = re.compile(
    rf"^(?P<s>{_SUBJECT}) (?:(?:am|is|are|have been|has been) )?(?P<n>(?:does|do|is|am|are)? ?not )?(?:live|lives|living|reside|resides"
    rf"|based) (?P<p>in|at) (?P<v>.+)$"
)
_MOVED = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}(?:moved|relocated) (?:from [\w ]+? )?(?:back )?to (?P<v>.+)$"
)
_WORKS = re.compile(
    rf"^(?P<s>{_SUBJECT}) (?:(?:am|is|are) )?(?P<n>(?:does|do|is|am|are)? ?not )?(?:work|works|working|employed) (?:at|for|by) (?P<v>.+)$"
)
_STARTED = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}(?:started (?:working )?(?:at|for)|(?:got|took) an? (?:new )?job (?:at|with)) (?P<v>.+)$"
)
_STOPPED_WORK = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}(?:left|quit|resigned from|stopped working (?:at|for)) (?P<v>.+)$"
)
_PASSIVE = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}{_CHANGE} (?:from .{{1,60}}? )?(?:to|until|till) (?P<v>.+)$"
)
_ACTIVE = re.compile(
    rf"^(?:I|[Ww]e|[Tt]hey|{_NAME}) (?:have |has |had )?{_CHANGE} (?P<s>{_THING})(?: from .{{1,60}}?)? (?:to|until|till) (?P<v>.+)$"
)
_ENDED = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}(?:stopped|quit|gave up|given up) (?:(?P<verb>\w{{2,}}ing) )?(?P<v>.+)$"
)
_DOES = re.compile(
    rf"^(?P<s>{_SUBJECT}) (?P<n>(?:(?:do|does|did) not|never|can not|not) )?(?P<verb>like|love|enjoy|adore|hate|dislike|detest|avoid|stand"
    r"|drink|eat|play|speak|use|drive|own|teach|manage|lead|run|study|collect|support|wear|have|has|read|practi[sc]e|prefer)(?:s|es)? "
    r"(?P<v>.+)$"
)
_FIGURE = re.compile(
    rf"^(?P<s>{_SUBJECT}) (?:will )?(?P<verb>cost|weigh|take|last|start|begin|open|close|end|earn|arrive|depart|leave|have|has)s? (?P<v>.+)$"
)
_IS = re.compile(
    rf"^(?P<s>{_SUBJECT}|[A-Z]?[a-z]+(?: [a-z]+)?) (?:is|are|am|will be|has become|have become|became|goes by) (?P<n>not )?(?P<v>.+)$"
)
_FORM = re.compile(r"^(?P<s>[A-Z][\w'-]*(?: [\w'-]+){0,3}): (?P<v>\S.{0,80})$")

_NOBODY = frozenset(
    """he she it they this that there these those here what who which one you your his her their everything everyone nothing
    something someone all some many most few any last next""".split()
)
_SPELT = {"favourite": "favorite", "colour": "color"}
_LIGHT = frozenset("the a an our new current date is".split())
_FILLING = frozenset(
    "the a an of on at about around in by due until to his her their my our any some much approximately".split()
)
_LEADS = frozenset("in at on by with from for near under of".split())
_MONTHS = {
    name[:3]: number
    for number, name in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
}
_MONTH = re.compile(
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)\b\.?",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?(?: of)?\s+([A-Za-z]{3,9})\b")
_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.? (?:the )?(\d{1,2})(?:st|nd|rd|th)?\b(?!:)")
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
_WEEKDAY = re.compile(r"\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE)
_TIME = re.compile(r"\b(\d{1,2})(?::(\d\d))?\s*(am|pm|o'clock)\b|\b(\d{1,2}):(\d\d)\b|\b(noon|midnight)\b", re.IGNORECASE)
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
    )
}
_LIKING = frozenset(map(stem, "like love enjoy adore drink eat".split()))
_DISLIKING = frozenset(map(stem, "hate dislike detest avoid".split()))
_SINGLE = frozenset(
    map(
        stem,
        """name colour color password email address phone number job profession employer boss manager title role capital owner leader
        captain chair head president hometown birthday deadline budget price location venue room place partner wife husband spouse
        girlfriend boyfriend size version language code status state plan gate seat platform priority topic theme destination theme
        nickname username handle organiser organizer host editor maintainer headquarters contact mascot winner base database
        server branch provider supplier landlord teacher coach doctor dentist roommate slogan motto codename timezone""".split(),
    )
)
"""Of what there is one at a time."""

_KINDS_OF_THINGS = frozenset(
    map(
        stem,
        """kid child children son daughter brother sister sibling cat dog pet employee member bedroom room grandchild grandchildren
        user customer client seat floor page car student""".split(),
    )
)
"""What somebody has a number of, for longer than a day."""

_EXCLUSIVE = tuple(
    frozenset(map(stem, group.split()))
    for group in (
        "single married divorced engaged widowed",
        "vegan vegetarian pescatarian omnivore",
        "open closed shut reopened",
        "broken fixed working repaired",
        "red blue green yellow black white brown orange purple pink grey gray",
        "pending approved rejected cancelled confirmed postponed",
        "online offline",
        "alive dead",
        "employed unemployed retired",
        "hot cold",
        "full empty",
        "busy free available unavailable",
        "active inactive",
        "mandatory optional",
        "low medium high",
    )
)
"""Words of which one thing is one at a time."""


def _statement(sentence: str, text: str) -> Statement | None:
    if "?" in sentence or len(sentence) > LONGEST_SENTENCE:
        return None
    text = re.sub(r"\s*\(told by [^()]*\)", "", text).strip(" .!-*•\"“”")
    text, changes = _opened(expanded(text))
    if not text or _GUESS.search(text):
        return None
    text, no_longer = re.subn(r"\bno longer\b", "not", text, flags=re.IGNORECASE)
    text, adverbs = _NOW.subn("", text)
    text = " ".join(_STILL.sub("", text).split())
    changes = changes or bool(no_longer) or bool(adverbs)
    for read in _READERS:
        if found := read(sentence, text, changes):
            return found
    return None


def _opened(text: str) -> tuple[str, bool]:
    """A text without the words that only open it, and whether those announce a change."""
    changes = False
    while found := _OPENING.match(text):
        changes = changes or found["change"] is not None
        text = text[found.end() :]
    return text, changes


def _home(sentence: str, text: str, changes: bool) -> Statement | None:
    if found := _LIVES.match(text):
        return _made(sentence, found["s"], "lives", found["v"], lead=found["p"], negated=bool(found["n"]), changes=changes, named=True, only="name")  # fmt: skip
    if found := _MOVED.match(text):
        if _is_thing(found["s"]):
            return None
        return _made(sentence, found["s"], "lives", found["v"], lead="in", changes=True, named=True, only="name")  # fmt: skip
    return None


def _job(sentence: str, text: str, changes: bool) -> Statement | None:
    if found := _WORKS.match(text):
        return _made(sentence, found["s"], "works", found["v"], negated=bool(found["n"]), changes=changes, named=True, only="name")  # fmt: skip
    if found := _STARTED.match(text):
        return _made(sentence, found["s"], "works", found["v"], changes=True, named=True, only="name")
    if found := _STOPPED_WORK.match(text):
        return _made(sentence, found["s"], "works", found["v"], negated=True, changes=True, named=True, only="name")  # fmt: skip
    return None


def _changed(sentence: str, text: str, changes: bool) -> Statement | None:  # noqa: ARG001 - one form for all readers
    found = _PASSIVE.match(text) or _ACTIVE.match(text)
    if found is None or not _is_thing(found["s"]):
        return None
    return _is(sentence, found["s"], found["v"], negated=False, changes=True)


def _habit(sentence: str, text: str, changes: bool) -> Statement | None:
    if found := _ENDED.match(text):
        verb = found["verb"]
        if verb and stem(verb) not in _VERBS:
            return None
        return _made(sentence, found["s"], _relation(verb or "like"), found["v"], negated=True, changes=True)
    found = _DOES.match(text)
    if found is None:
        return None
    verb = found["verb"]
    if verb == "stand" and not found["n"]:
        return None
    figure = _made(sentence, found["s"], "", found["v"])
    if figure is not None and figure.kind == "number":
        return None
    if verb == "prefer":
        return _made(sentence, found["s"], "prefer", found["v"], negated=bool(found["n"]), changes=changes)
    negated = bool(found["n"]) != (stem(verb) in _DISLIKING)
    return _made(sentence, found["s"], _relation(verb), found["v"], negated=negated, changes=changes, plain=True)  # fmt: skip


def _figure(sentence: str, text: str, changes: bool) -> Statement | None:
    found = _FIGURE.match(text)
    if found is None:
        return None
    verb = {"has": "have", "begin": "start"}.get(found["verb"], found["verb"])
    made = _made(sentence, found["s"], verb, found["v"], changes=changes)
    if made is None or made.kind not in ("number", "date"):
        return None
    if verb == "have" and not set(made.value) & _KINDS_OF_THINGS and not _is_thing(found["s"]):
        return None
    if verb != "have" and found["s"] in ("I", "we", "We"):
        return None
    return made


def _being(sentence: str, text: str, changes: bool) -> Statement | None:
    found = _FORM.match(text) or _IS.match(text)
    if found is None:
        return None
    return _is(sentence, found["s"], found["v"], negated="n" in found.re.groupindex and bool(found["n"]), changes=changes)  # fmt: skip


_READERS = (_home, _job, _changed, _habit, _figure, _being)


def _is(sentence: str, subject: str, value: str, *, negated: bool, changes: bool) -> Statement | None:
    words = [_SPELT.get(word, word) for word in re.findall(r"[\w'-]+", subject.lower())]
    single = "favorite" in words or (
        bool(words) and stem(words[-1].removesuffix("'s")) in _SINGLE
    )
    if " of " in f" {subject.lower()} ":  # "the capital of Peru"
        single = single or any(stem(word) in _SINGLE for word in words[: words.index("of")])
    value = re.sub(r"^(?:called|named) ", "", value)
    lead = value.split(" ", 1)[0].lower()
    return _made(
        sentence,
        subject,
        "is",
        value,
        lead=lead if lead in _LEADS else "",
        negated=negated,
        changes=changes,
        named=single and _is_thing(subject),
    )


def _made(
    sentence: str,
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
    value = _BREAK.split(value.strip(" .!"), maxsplit=1)[0].strip()
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
    return Statement(sentence, about, relation, kind, stems, value, lead, negated, changes, named)


def _subject(text: str) -> tuple[str, ...] | None:
    words = [_SPELT.get(word, word.removesuffix("'s")) for word in re.findall(r"[\w'-]+", text.lower())]
    if not words or set(words) & _NOBODY:
        return None
    return tuple(stem(word) for word in words if word not in _LIGHT) or None


def _is_thing(subject: str) -> bool:
    """Whether this is a thing or an attribute rather than somebody."""
    return bool(re.match(r"(?:the|my|our)\b", subject, re.IGNORECASE)) or "'s " in subject or subject[:1].islower()


def _kind(value: str) -> Kind:
    if date_parts(value):
        return "date"
    low = value.lower().split()
    if any(sign.isdigit() for sign in value) or (low and low[0] in _NUMBERS):
        return "number"
    core = low[1:] if low and low[0] in _LEADS else low
    named = value.split()[len(low) - len(core) :]
    if named and (named[0][:1].isupper() or named[0][:1] in "\"'“"):
        return "name"
    return "word"


def _leading_name(value: str) -> str:
    """The capitalised words at the start of a value, with its preposition left out."""
    words = value.split()
    if words and words[0].lower() in _LEADS:
        words = words[1:]
    taken = []
    for word in words:
        if not (word[:1].isupper() or word[:1] in "\"'“" or word.lower() in ("of", "de", "the", "la", "van", "von", "&")):
            break
        taken.append(word)
    return " ".join(taken or words)


def _value(text: str) -> tuple[str, ...]:
    found = []
    for word in re.findall(r"[\w@.+#%€$£'-]+", text.lower()):
        plain = _NUMBERS.get(word, word).strip(".'-").removesuffix("'s")
        plain = re.sub(r"^(\d+)(?:st|nd|rd|th)$", r"\1", plain)
        if plain and plain not in _FILLING:
            found.append(stem(plain))
    return tuple(found)


def date_parts(text: str) -> dict[str, str]:
    """The parts of a date or a time in a text, by name; empty where there is none."""
    parts: dict[str, str] = {}
    if found := _ISO.search(text):
        parts |= {"year": found[1], "day": f"{int(found[2])}-{int(found[3])}"}
    elif (found := _DAY_FIRST.search(text)) and (month := _MONTHS.get(found[2][:3].lower())) and _MONTH.fullmatch(found[2]):
        parts["day"] = f"{month}-{int(found[1])}"
    elif (found := _MONTH_FIRST.search(text)) and (month := _MONTHS.get(found[1][:3].lower())) and _MONTH.fullmatch(found[1]):
        parts["day"] = f"{month}-{int(found[2])}"
    elif (found := re.search(r"\b(?:in|to|until|by) (\w+)\b|^(\w+)\b", text)) and _MONTH.fullmatch(found[1] or found[2]):
        parts["month"] = str(_MONTHS[(found[1] or found[2])[:3].lower()])
    if "year" not in parts and (found := _YEAR.search(text)):
        parts["year"] = found[1]
    if found := _WEEKDAY.search(text):
        parts["weekday"] = found[1].lower()
    if found := _TIME.search(text):
        parts["time"] = _clock(found)
    return {} if set(parts) == {"year"} and not re.fullmatch(r"(?:in |by )?\d{4}", text.strip()) else parts


def _clock(found: re.Match[str]) -> str:
    if found[6]:
        return "12:00" if found[6].lower() == "noon" else "0:00"
    hour, minute = int(found[1] or found[4]), found[2] or found[5] or "00"
    if (found[3] or "").lower() == "pm" and hour < 12:
        hour += 12
    return f"{hour}:{minute}"


def _other_date(new: Statement, old: Statement) -> bool:
    ours, theirs = date_parts(new.said), date_parts(old.said)
    differing = any(ours[part] != theirs[part] for part in ours.keys() & theirs.keys())
    return differing and _about_the_same(new, old)


def _other_number(new: Statement, old: Statement) -> bool:
    figures = [[word for word in each.value if _is_figure(word)] for each in (new, old)]
    return figures[0] != figures[1] and _about_the_same(new, old)


def _about_the_same(new: Statement, old: Statement) -> bool:
    """Whether what is said beside the figures is the same, or left out where a change is announced."""
    ours, theirs = ({word for word in each.value if not _is_dated(word)} for each in (new, old))
    return ours == theirs or (new.changes and not (ours and theirs))


def _is_figure(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


def _is_dated(word: str) -> bool:
    return _is_figure(word) or word in _DATE_STEMS


_DATE_STEMS = frozenset(
    stem(word)
    for word in """january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays
    saturdays sundays am pm noon midnight o'clock""".split()
)


def _relation(verb: str) -> str:
    """Liking, drinking and eating answer one question: whether one takes it."""
    plain = stem(verb)
    if plain in _LIKING or plain in _DISLIKING or plain == "stand":
        return "like"
    return "have" if plain in ("has", "have", "own") else plain


_VERBS = {stem(verb) for verb in "like love enjoy drink eat play speak use drive own teach manage lead run study collect wear read practise practice".split()}  # fmt: skip
