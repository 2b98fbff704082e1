"""Facts: the statements to keep, found by the form of their sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from memgpt_autogen.llm.offline.prompt import Line
from memgpt_autogen.llm.offline.sentences import (
    DATE,
    NUMBER,
    is_question,
    opened,
    reported,
    sentences,
    value_kind,
)
from memgpt_autogen.text.words import stem, stems, words

LONG = 200
"""A text with more characters is stored in archival memory, not in a block."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement, in the form in which the agent stores it."""

    text: str
    speaker: str
    moved: bool = False
    """Whether it changes an earlier statement: "it's moved to ..."."""
    pointing: bool = False
    """Whether its subject is only "it", so that the changed statement must be found first."""

    @property
    def long(self) -> bool:
        return len(self.text) > LONG


@dataclass(frozen=True, slots=True)
class Frame:
    """The subject and the question of a statement.

    Two statements with equal frames contradict each other.
    """

    subject: frozenset[str]
    relation: str


@lru_cache(maxsize=4096)
def facts_in(line: Line) -> tuple[Fact, ...]:
    """Return the facts of one message, in order."""
    found: list[Fact] = []
    if whole := _REMEMBER.match(opened(line.text)):
        text = " ".join(whole.group("text").split())
        if not is_question(line.text) and len(sentences(text)) > 1 and len(text) > LONG:
            return (Fact(f"{line.speaker} asked me to remember: {text}", line.speaker),)
    for clause in _clauses(line.text):
        found += _fact(clause, line.speaker)
    return tuple(dict.fromkeys(found))


def bare(noted: str) -> str:
    """Return a stored line without its teller and without its list mark."""
    return re.sub(r"\s*\(told by [^()]*\)", "", noted).strip().lstrip("-*• ").rstrip(".")


def teller(noted: str) -> str:
    """Return the teller of a stored line; empty when it names none."""
    told = re.search(r"\(told by ([^()]*)\)", noted)
    return told.group(1) if told else ""


def frame(statement: str) -> Frame | None:
    """Return the frame of a statement that can be true only once; None when several can be true."""
    text = bare(statement)
    verb = _VERB.search(text)
    if verb is None or verb.start() == 0:
        return None
    subject, rest = text[: verb.start()], text[verb.end() :].strip()
    if verb.group(1).startswith(("live", "work")):
        return Frame(_subject(subject), " ".join(verb.group(1).split()))
    if not re.search(r"'s\s+\w|^(?:the|our|this)\b", subject, re.IGNORECASE):
        return None
    way = value_kind(rest)
    if not way and (first := re.match(r"(called|named|in|at|with|on|from|for|by)\b", rest)):
        way = first.group(1)
    return Frame(_subject(subject), way or "is")


def contradicts(new: str, old: str) -> bool:
    """Return whether two stored statements answer the same question differently."""
    if negated(new) != negated(old) and _unsaid(new) == _unsaid(old):
        return True
    frames = frame(new), frame(old)
    return None not in frames and frames[0] == frames[1] and _meaning(new) != _meaning(old)


def same(new: str, old: str) -> bool:
    """Return whether the old line already contains what the new one says."""
    return negated(new) == negated(old) and _meaning(new) <= _meaning(old) and bool(_meaning(new))


@lru_cache(maxsize=16_384)
def negated(text: str) -> bool:
    return bool(_NOT.search(text))


def moved_line(fact: Fact, lines: Sequence[str]) -> tuple[str, str] | None:
    """Return the newest line whose value a change replaces, and the changed line.

    Both are the same when the line has that value already.
    """
    kind = value_kind(fact.text)
    value = (DATE if kind == "date" else NUMBER).findall(fact.text)
    about = frozenset() if fact.pointing else _about_change(fact.text)
    for line in reversed(lines):
        pattern = DATE if kind == "date" else NUMBER
        held = pattern.search(line)
        if kind and value and held and value_kind(line) == kind and about <= frozenset(stems(line)):
            return line, line[: held.start()] + value[-1] + line[held.end() :]
    return None


def notable(sentence: str) -> bool:
    """Return whether a statement contains something to ask about: a day, a number, a name, a decision."""
    if is_question(sentence) or len(words(sentence)) < 3:
        return False
    named = re.search(r"(?<=\w )[A-Z][\w-]{2,}", sentence)
    return bool(DATE.search(sentence) or NUMBER.search(sentence) or named or _DECIDED.search(sentence))


_NOT = re.compile(r"\b(?:not|no longer|never|cannot|no)\b|n't\b", re.IGNORECASE)
_DECIDED = re.compile(
    r"\b(?:decided?|agreed?|chose|deadline|must|will|priority|prefers?|responsible|launch|release|because)\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(is|are|was|were|will be|has been|have been|starts|ends|begins|takes place|happens|costs|closes|opens"
    r"|moved|moves"
    r"|no longer lives? in|lives? in|no longer works? (?:at|for)|works? (?:at|for))\b(?: (?:now|still"
    r"|currently|on|at|to)\b)*"
)
_REMEMBER = re.compile(
    r"(?:(?:can|could|would) you )?(?:please )?(?:remember|note|memori[sz]e|keep in mind|don't forget"
    r"|do not forget"
    r"|make a note|write (?:this|that|it) down|save)\b(?:\s+(?:that|this|for me|the following|of|it"
    r"|please))*\s*[:,–-]?\s+"
    r"(?P<text>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_AM = (
    r"allergic|vegan|vegetarian|an? (?!bit|little|lot|moment|few)|the |from |based|born|married|single"
    r"|divorced|afraid of"
    r"|scared of|interested in|responsible|in charge|\d+ years|learning|studying|working (?:on|at|as|for|in)"
    r"|living in"
    r"|moving to|left-handed|colou?r ?blind|intolerant|fond of|good at|fluent|on (?:vacation|holiday|leave)"
    r"|away|out of office"
    r"|diabetic|lactose|pregnant|retired|in [A-Z]|[A-Z][a-z]+(?:an|ish|ese)\b"
)
_DO = (
    r"live|work|prefer|like|love|hate|enjoy|own|play|study|speak|use|drive|dislike|avoid|have|need|want"
    r"|collect|grew up|moved to"
    r"|come from|was born|run|teach|manage|lead|drink|eat|don't (?:eat|like|drink|drive|want|have|use|speak"
    r"|work|live)"
    r"|can't (?:eat|stand|have|drink)|cannot (?:eat|stand|have|drink)|no longer"
)
_SOFTLY = r"(?:really |always |never |usually |also |still |now |currently |mostly |no longer |would )*"
_ME = re.compile(
    rf"I(?:'m| am) (?:not )?{_SOFTLY}(?:{_AM})|I {_SOFTLY}(?:{_DO})\b"
    rf"|my (?:[\w'-]+ ){{1,5}}?(?:is|are|was|were|will be|has been)\b",
    re.IGNORECASE,
)
_IDLE = re.compile(
    r"I (?:\w+ )?(?:have (?:also |just |recently |now )?(?:a (?:question|favou?r|problem)|to|no idea|an idea"
    r"|some|been|not|already"
    r"|\w{3,}ed|done|made|set|written|sent|found)\b|like (?:it|that|this|the idea|your)\b"
    r"|love (?:it|that|this|your)\b|(?:need|want) (?:you|help|to know|to ask|more info|your)\b|use it"
    r"|hate (?:it|that|this)\b)"
    r"|I(?:'m| am) (?:a fan of (?:that|it)|the one)|my (?:question|point|guess|bad|idea|apologies|mistake)",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?:(?:you can |please |just )?call me|I(?:'m| am) (?:called"
    r"|named))\s+(?P<name>[A-Z][\w-]*(?: [A-Z][\w-]*)?)"
    r"|(?-i:I(?:'m| am) (?P<plain>[A-Z][a-z][\w-]*(?: [A-Z][a-z][\w-]*)?))(?=$|[.,!])",
    re.IGNORECASE,
)
_NATION = re.compile(r"(?:an|ish|ese)$")
_POSSESSIVE = re.compile(
    r"(?!(?:That|It|Let|What|Here|There|He|She|Who|How|Where|Today|Everyone|This)'s\b)"
    r"(?:[Tt]he (?:[\w-]+ ){0,2}?)?[\w-]+'s (?:[\w'-]+ ){1,5}?(?:is|are|was|were|will be|has been|moved)\b \S"
)
_THING = re.compile(
    r"(?:our|the|this) (?:[\w'&/-]+ ){1,5}?(?:is|are|was|will be|has been|starts|ends|begins|takes place"
    r"|happens|costs|moves?|moved"
    r"|closes|opens|lives)\b(?P<rest>.+)",
    re.IGNORECASE,
)
_TELLING = re.compile(r"\d|\b(?:called|named|due)\b|[\"“‘]")
_NAMED = re.compile(
    r"(?!(?:This|That|It|There|What|He|She|They|We|You|Everyone|Everything|Nothing|Something|Someone|Who"
    r"|Which|All|Today|Here|"
    r"If|When|The|A|An|I|My|Our|Your|One|Mine|Yours|Sounds|Then|First)\b)"
    r"[A-Z][\w-]+(?: [A-Z][\w-]+)? (?:no longer |also |still |really )?"
    r"(?:(?:is|was|are) (?:now )?(?:allergic|vegan|vegetarian|an? |the |from |in charge|responsible|born"
    r"|married|based|on (?:vacation|holiday"
    r"|leave)|away|moving to|working on)|(?:lives|works|prefers|likes|loves|hates|owns|speaks|plays|studies"
    r"|moved to|joined|joins"
    r"|left|drinks|eats|can't (?:eat|stand|have)|doesn't (?:eat|like|drink))\b)"
)
_WE = re.compile(
    r"we(?:'ve| have|'ll| will)? (?:decided|agreed|chose|picked|settled|use|are using|ship|launch|release"
    r"|start|meet|moved)\b",
    re.IGNORECASE,
)
_IT = re.compile(
    r"(?:it|that|this|they|we)(?:'s|'ve| is| has| have)? (?:been |was |now |actually )*(?:moved|changed"
    r"|postponed|delayed|pushed|shifted|"
    r"brought forward|now|rather|set)\b|it(?:'s| is) (?:on )?(?P<value>.+?),? (?:instead|now|not)\b"
    r"|(?:make (?:it|that)|moved (?:it )?to|changed to|postponed to)\b",
    re.IGNORECASE,
)
_SHARED_I = re.compile(r"(\bI\b[^,.;]{1,80}?) and (?=(?:live|work|have|prefer|study)\b)")
_MOVING = re.compile(
    r"^(I|[A-Z][\w-]+)(?:'ve| have| has)? (?:just |recently "
    r"|now )?moved (?:from [\w ]{1,40}? )?to ([A-Z][\w-]*(?: [A-Z][\w-]*)*)$"
)
_MOVED = re.compile(
    r"\b(?:(?:is|was|has been|have been|has|have|had|got|were)? ?(?:moved|changed|postponed|delayed|pushed"
    r"|shifted|brought forward))\b",
    re.IGNORECASE,
)


def _clauses(text: str) -> Iterator[str]:
    """Yield the statements of a message: joined ones are split, and "not X but Y" becomes "Y"."""
    for said in _news(text.replace("’", "'")):
        if is_question(said) or len(said) > 600:
            continue
        sentence = _SHARED_I.sub(r"\1, and I ", re.sub(r"\bi\b(?!\.)", "I", said))
        mended = re.sub(
            r"\b(is|are) not ([^,;.]{1,60}?)[,;]? but (?:rather )?|\b(is|are)n't ([^,;.]{1,60}?)[,;]? (?:but"
            r"|it's|it is) |"
            r"\b(is|are) not ([^,;.]{1,60}?)[,;] (?:it's|it is) ",
            lambda m: f"{m.group(1) or m.group(3) or m.group(5)} ",
            sentence,
        )
        asked = _REMEMBER.match(opened(mended))
        if asked is not None:
            yield mended
            continue
        joined = (
            r"[,;]?\s+(?:and|but)\s+(?=(?:I|I'm|I've|my|our|we|the \w+ is|[A-Z][\w-]*'s)\s)"
            r"|[,;]\s+(?=(?:I'm|I am|my|our|it's)\s)"
        )
        for clause in re.split(joined, mended):
            yield _MOVING.sub(_settled, opened(clause).strip().rstrip(".!;, "))


def _news(text: str) -> Iterator[str]:
    """Yield the sentences of a message, without what another agent repeats from its memory."""
    confirming = False
    for said in sentences(text):
        confirming = bool(_CONFIRMING.match(said)) or (confirming and not said[:1].isupper())
        if not confirming and not _ECHOING.search(said):
            yield said


_CONFIRMING = re.compile(r"(?:Noted|Got it|I will remember that|I have that already|I know this): ")
_ECHOING = re.compile(r"\((?:you|[\w-]+) told me\)|\bsaid on \d{4}-\d\d-\d\d: “")


def _settled(moving: re.Match[str]) -> str:
    """Return the statement that a person who moved to a place lives there."""
    return f"{moving.group(1)} {'live' if moving.group(1) == 'I' else 'lives'} in {moving.group(2)}"


def _fact(clause: str, speaker: str) -> list[Fact]:
    if asked := _REMEMBER.match(clause):
        return _asked_to_keep(asked.group("text").rstrip(".! "), speaker)
    if (
        re.match(r"(?:if|when|unless|maybe|perhaps|let|can|could|please)\b", clause, re.IGNORECASE)
        or len(words(clause)) < 2
    ):
        return []
    if (name := _CALLED.match(clause)) and not _NATION.search(
        called := name.group("name") or name.group("plain")
    ):
        return [Fact(f"{speaker}'s name is {called}.", speaker)]
    if pointing := _IT.match(clause):
        value = pointing.group("value") or clause
        return [Fact(value, speaker, moved=True, pointing=True)] if value_kind(value) else []
    moved = bool(_MOVED.search(clause)) and bool(value_kind(clause))
    if _ME.match(clause) and not _IDLE.match(clause):
        return [Fact(_sentence(reported(clause, speaker)), speaker, moved)]
    told = _is_statement(clause) or _WE.match(clause)
    return [Fact(_told(clause, speaker), speaker, moved)] if told else []


def _is_statement(clause: str) -> bool:
    if _POSSESSIVE.match(clause) or _NAMED.match(clause):
        return True
    thing = _THING.match(clause)
    if thing is None or len(words(clause)) > 30:
        return False
    rest = thing.group("rest")
    return bool(_TELLING.search(rest) or DATE.search(rest) or re.search(r"\s(?!OK\b)[A-Z][\w-]", rest))


def _asked_to_keep(text: str, speaker: str) -> list[Fact]:
    """Return what someone asked to remember, in any form."""
    if re.match(r"(?:me|when|what|who|how|if|us)\b", text, re.IGNORECASE) or len(words(text)) < 2:
        return []
    if text.lower().startswith("to "):
        return [Fact(f"{speaker} asked me to remember {_sentence(text, capital=False)}", speaker)]
    known = [fact for clause in _clauses(text) for fact in _fact(clause, speaker)]
    if known:
        return known
    if re.match(r"(?:I|I'm|I've|my)\b", text):
        return [Fact(_sentence(reported(text, speaker)), speaker)]
    return [Fact(_told(text, speaker), speaker)]


def _told(clause: str, speaker: str) -> str:
    clause = re.sub(r"^our\b", "the", clause.rstrip(".! "), flags=re.IGNORECASE)
    return f"{clause[:1].upper()}{clause[1:]} (told by {speaker})."


def _sentence(text: str, *, capital: bool = True) -> str:
    text = text.rstrip(".! ") + "."
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if capital and first in ("the", "our", "their") else text


def _subject(text: str) -> frozenset[str]:
    return frozenset(
        stem(word) for word in words(text) if word not in ("the", "our", "this", "my", "no", "longer", "now")
    )


@lru_cache(maxsize=16_384)
def _meaning(statement: str) -> frozenset[str]:
    return frozenset(stem(w) for w in words(bare(statement)) if w not in _EMPTY)


def _unsaid(statement: str) -> frozenset[str]:
    return _meaning(statement) - {
        stem(w)
        for w in ("not", "no", "longer", "never", "anymore", "more", "any", "doesn't", "don't", "does", "do")
    }


_EMPTY = frozenset("""the a an is are was were be to of on at in and that this our has have been""".split())


def _about_change(text: str) -> frozenset[str]:
    """Return the subject of a change: the words before its verb."""
    verb = _MOVED.search(text)
    return _subject(bare(text)[: verb.start()] if verb else "") - {stem("date")}


def renamed(fact: Fact, text: str) -> Fact:
    """Return the fact with another text."""
    return replace(fact, text=text)
