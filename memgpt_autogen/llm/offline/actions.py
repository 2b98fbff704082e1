"""Where a question is looked up, in which order, and when enough was found."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memgpt_autogen.llm.offline.evidence import (
    Evidence,
    Found,
    aliases_in,
    at_hand,
    best,
    distinct,
    from_results,
    given_names,
    page_of,
)
from memgpt_autogen.llm.offline.notes import Act
from memgpt_autogen.llm.offline.prompt import Line, Prompt
from memgpt_autogen.llm.offline.sentences import DATE, LIGHT, days, keywords, questions
from memgpt_autogen.text.words import words

SEARCHES = frozenset({"conversation_search", "conversation_search_date", "archival_memory_search"})


_DAYS = {"yesterday", "today", "day", "time", "date"}


def asked(prompt: Prompt) -> Line | None:
    """The message that decides the answer: the newest that asks something or speaks to the agent, else the newest."""
    name = prompt.own_name.lower()
    for line in reversed(prompt.heard):
        if questions(line.text) or (name and name in words(line.text)):
            return line
    return prompt.heard[-1] if prompt.heard else None


def question_in(line: Line) -> str:
    """The question of a message; empty when it asks nothing that words could be searched for."""
    return next((question for question in reversed(questions(line.text)) if keywords(question)), "")


def findings(prompt: Prompt, question: str, asker: str) -> list[Found]:
    """Everything at hand and everything this turn's searches brought, best evidence first."""
    pool = [e for e in at_hand(prompt) if question not in e.text]
    for call in prompt.tried:
        if call.name in SEARCHES and call.ok:
            pool += from_results(call.outcome, prompt.own_name)
    return distinct(best(question, asker, pool, aliases_in(prompt)))


def day_asked(question: str, time: str) -> tuple[str, str] | None:
    """The day a question asks about as a whole, such as "what did Betty say yesterday?"; None when it has a topic."""
    if not re.search(r"\b(?:talk|discuss|say|said|happen|chat|do|did|decide|mention)", question.lower()):
        return None
    dated = {word for match in DATE.finditer(question) for word in words(match.group())} | _DAYS
    topic = [
        word
        for word in keywords(question)
        if word not in dated | LIGHT | set(words(_named_speaker(question)))
    ]
    return None if topic else days(question, time)


def said_on(prompt: Prompt, question: str) -> list[Evidence]:
    """What this turn's searches brought, in the order of time: others' words, or those of whom the question names."""
    speaker = _speaker_in(question, prompt).lower()
    found = [
        evidence
        for call in prompt.tried
        if call.name in SEARCHES and call.ok
        for evidence in from_results(call.outcome, prompt.own_name)
    ]
    chosen = [e for e in dict.fromkeys(found) if not e.own and speaker in ("", e.speaker.lower())]
    return sorted(chosen, key=lambda e: e.time)


def lookup(prompt: Prompt, line: Line, question: str) -> Act | None:
    """The next search worth making; None when the answer is clear or nothing is left to try."""
    for act in _searches(prompt, line, question):
        tool = prompt.tools.get(act.name)
        if tool is None or tool.arguments(act.wanted, act.optional) is None or _made(act, prompt) is not None:
            continue  # in brief, a search takes no speaker and no dates
        if _enough(prompt, line, question):
            return None
        return act
    return None


def _enough(prompt: Prompt, line: Line, question: str) -> bool:
    if day_asked(question, line.time):
        return bool(said_on(prompt, question))
    found = findings(prompt, question, line.speaker)
    return bool(found) and found[0].clear


def _searches(prompt: Prompt, line: Line, question: str) -> Iterator[Act]:
    speaker = _speaker_in(question, prompt)
    day = days(question, line.time)
    between: dict[str, object] = {"start_date": day[0], "end_date": day[1]} if day else {}
    if day and day_asked(question, line.time):
        if speaker:
            yield _search("conversation_search", {**between, "speaker": speaker})
        yield _search("conversation_search", between)
        yield _search("conversation_search_date", between)
    said = [word for word in keywords(question) if word not in words(line.speaker)]
    terms = [word for word in said if word not in LIGHT] or said
    if not terms:
        return
    rare = rarest_first(question, terms)
    plain = [term for term in terms if term not in words(speaker)] or terms
    undated = [
        term for term in plain if term not in words(" ".join(DATE.findall(question))) and term not in _DAYS
    ]
    if between and undated:
        yield _search("conversation_search", {"query": " ".join(undated[:3]), **between})
    if speaker:
        yield _search("conversation_search", {"query": " ".join(plain[:5]), "speaker": speaker})
    yield _search("conversation_search", {"query": " ".join(terms[:6])})
    if len(terms) > 2:
        yield _search("conversation_search", {"query": " ".join(t for t in terms if t in rare[:2])})
    yield _search("archival_memory_search", {"query": " ".join(terms[:6])})
    for call in prompt.tried:
        if (
            call.name in SEARCHES
            and call.ok
            and "query" in call.arguments
            and (more := _next_page(call.outcome))
        ):
            yield _search(call.name, {"query": call.arguments["query"], "page": more})
    if len(terms) > 1:
        yield _search("conversation_search", {"query": rare[0]})
        yield _search("conversation_search", {"query": rare[1]})
        yield _search("archival_memory_search", {"query": rare[0]})


def rarest_first(question: str, terms: list[str]) -> list[str]:
    """Search words by how telling they look: figures and names, then length."""
    upper = {word.lower() for word in re.findall(r"(?<=\s)[A-Z][\w-]*", question)}
    return sorted(
        terms, key=lambda term: (not any(c.isdigit() for c in term) and term not in upper, -len(term))
    )


def _next_page(outcome: str) -> int:
    shown = page_of(outcome)
    return shown.page + 1 if shown.page < min(shown.last, 2) else 0


def _named_speaker(question: str) -> str:
    told = re.search(r"\b(?:did|has|have|does|according to)\s+([A-Z][\w-]+)\b", question)
    return told.group(1) if told else ""


def _speaker_in(question: str, prompt: Prompt) -> str:
    """Whose words a question may ask for, as in "what did Betty say about ...?"."""
    name = _named_speaker(question)
    known = {line.speaker.lower(): line.speaker for line in (*prompt.earlier, *prompt.heard) if line.speaker}
    known |= {given.lower(): handle for handle, given in given_names(prompt).items()}
    return known.get(name.lower(), name)


def _search(name: str, wanted: dict[str, object]) -> Act:
    what = wanted.get("query") or wanted.get("start_date")
    where = "what was said" if name.startswith("conversation") else "my archive"
    thought = f"I look through {where}: {what}."
    return Act(name, wanted, thought, {"request_heartbeat": True, "inner_thoughts": thought})


def _made(act: Act, prompt: Prompt) -> object:
    return next(
        (
            call
            for call in prompt.tried
            if call.name == act.name
            and all(call.arguments.get(k) == v for k, v in act.wanted.items())
            and call.arguments.get("page", 0) == act.wanted.get("page", 0)
            and call.arguments.get("speaker") == act.wanted.get("speaker")
        ),
        None,
    )
