"""The actions of the offline model: what it writes down, where it searches, and which function it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

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
from memgpt_autogen.llm.offline.facts import (
    Fact,
    bare,
    contradicts,
    facts_in,
    moved_line,
    notable,
    renamed,
    same,
)
from memgpt_autogen.llm.offline.prompt import BlockText, Line, Prompt, Tried
from memgpt_autogen.llm.offline.sentences import DATE, LIGHT, days, keywords, names, questions, sentences
from memgpt_autogen.llm.offline.tools import OWN_TOOLS, Offered, types_of
from memgpt_autogen.text.words import STOP_WORDS, stem, stems, words

SEARCHES = frozenset({"conversation_search", "conversation_search_date", "archival_memory_search"})


_DAYS = {"yesterday", "today", "day", "time", "date"}


_VERBS = frozenset(
    """get fetch find search look lookup compute calculate run make do call read list show query
    check tool""".split()
)


@dataclass(frozen=True, slots=True)
class Act:
    """A function call that the model wants to make, and the thought behind it."""

    name: str
    wanted: dict[str, Any]
    thought: str
    optional: dict[str, Any] = field(default_factory=dict)
    """Arguments to pass if the function takes them."""


def asked(prompt: Prompt) -> Line | None:
    """Return the message to answer: the newest question or word to the agent, else the newest message."""
    name = prompt.own_name.lower()
    for line in reversed(prompt.heard):
        if questions(line.text) or (name and name in words(line.text)):
            return line
    return prompt.heard[-1] if prompt.heard else None


def question_in(line: Line) -> str:
    """Return the question of a message; empty when it has no words to search for."""
    return next((question for question in reversed(questions(line.text)) if keywords(question)), "")


def findings(prompt: Prompt, question: str, asker: str) -> list[Found]:
    """Return the evidence of the prompt and of this turn's searches, best first."""
    pool = [e for e in at_hand(prompt) if question not in e.text]
    for call in prompt.tried:
        if call.name in SEARCHES and call.ok:
            pool += from_results(call.outcome, prompt.own_name)
    return distinct(best(question, asker, pool, aliases_in(prompt)))


def day_asked(question: str, time: str) -> tuple[str, str] | None:
    """Return the day of a question such as "what did Betty say yesterday?"; None when it has a topic."""
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
    """Return what this turn's searches found, ordered by time, of one speaker if the question names one."""
    speaker = _speaker_in(question, prompt).lower()
    found = [
        evidence
        for call in prompt.tried
        if call.name in SEARCHES and call.ok
        for evidence in from_results(call.outcome, prompt.own_name)
    ]
    chosen = [e for e in dict.fromkeys(found) if not e.own and speaker in ("", e.speaker.lower())]
    return sorted(chosen, key=lambda e: e.time)


def heard_facts(prompt: Prompt) -> list[Fact]:
    """Return the facts of all unanswered messages, with "it" resolved when possible."""
    found: list[Fact] = []
    for line in prompt.heard:
        for fact in facts_in(line):
            lines = _known_lines(prompt) + [earlier.text for earlier in found]
            if fact.moved and (change := moved_line(fact, lines)):
                found.append(renamed(fact, change[1]))
            elif not fact.pointing:
                found.append(fact)
    return found


def edits(prompt: Prompt) -> Iterator[Act]:
    """Yield the calls that store what was said: corrections first, then one append per place."""
    appends: dict[str, list[str]] = {}
    append = next((name for name in ("core_memory_append", "memory_insert") if name in prompt.tools), "")
    for fact in heard_facts(prompt):
        if is_noted(fact.text, prompt):
            continue
        failed = {call.name for call in prompt.tried if not call.ok and fact.text in call.written}
        block, old = _contradicted(fact.text, prompt)
        if block and old and "core_memory_replace" not in failed:
            what = {"label": block.label, "old_content": old, "new_content": fact.text}
            yield _beating("core_memory_replace", what, f"This changes what I knew: {bare(fact.text)}.")
        elif (place := place_of(fact, prompt)) and append and append not in failed:
            appends.setdefault(place.label, []).append(fact.text)
        elif "archival_memory_insert" not in failed:
            appends.setdefault("", []).append(fact.text)
    for label, texts in appends.items():
        content = "\n".join(dict.fromkeys(texts))
        thought = f"I should keep this: {bare(texts[0])}."
        block = next((block for block in prompt.blocks if block.label == label), None)
        if block is not None and block.has_room_for(content):
            yield _beating(append, {"label": label, "content": content}, thought)
        else:
            yield _beating("archival_memory_insert", {"content": content}, thought)


def rescue(prompt: Prompt) -> Act | None:
    """Return what a pressure warning asks for: one passage of everything visible that is stored nowhere."""
    texts: list[str] = []
    for line in (*prompt.earlier, *prompt.heard):
        if line.own:
            continue
        kept = [fact.text for fact in facts_in(line) if not fact.pointing]
        kept += [
            f"{line.speaker}: {s.rstrip(';')}"
            for s in sentences(line.text)
            if not kept and notable(s) and len(s) <= 300
        ]
        texts += [text for text in kept if not is_noted(text, prompt)]
    if not texts:
        return None
    content = "\n".join(list(dict.fromkeys(texts))[-12:])
    return _beating(
        "archival_memory_insert",
        {"content": content},
        "My context is filling up; I save what is noted nowhere.",
    )


def written_now(prompt: Prompt) -> list[str]:
    """Return the facts of this turn that its calls have stored."""
    heard = {fact.text for fact in heard_facts(prompt)}
    lines = [line for call in prompt.tried if call.ok for line in call.written.splitlines()]
    return [line for line in dict.fromkeys(lines) if line in heard]


def is_noted(text: str, prompt: Prompt) -> bool:
    """Return whether a block, or a visible call, already contains the statement."""
    if any(same(text, line) for block in prompt.blocks for line in block.lines):
        return True
    calls = (*prompt.saved, *prompt.tried)
    return any(same(text, line) for call in calls if call.ok for line in call.written.splitlines())


def place_of(fact: Fact, prompt: Prompt) -> BlockText | None:
    """Return the block for a fact; None for archival memory.

    It is a block whose label the fact mentions, else `human`.
    """
    if fact.long:
        return None
    open_blocks = [block for block in prompt.blocks if not block.read_only and block.label != "persona"]
    mentioned = set(stems(bare(fact.text)))
    fitting = [b for b in open_blocks if b.label != "human" and mentioned & _label_stems(b.label)]
    chosen = next(iter(fitting or [b for b in open_blocks if b.label == "human"] or open_blocks), None)
    return chosen if chosen and chosen.has_room_for(fact.text) else None


def lookup(prompt: Prompt, line: Line, question: str) -> Act | None:
    """Return the next useful search; None when the answer is clear or nothing is left to try."""
    for act in _searches(prompt, line, question):
        tool = prompt.tools.get(act.name)
        if tool is None or tool.arguments(act.wanted, act.optional) is None or _made(act, prompt) is not None:
            continue  # in brief, a search takes no speaker and no dates
        if _enough(prompt, line, question):
            return None
        return act
    return None


def rarest_first(question: str, terms: list[str]) -> list[str]:
    """Return search words, the most specific first: figures and names, then by length."""
    upper = {word.lower() for word in re.findall(r"(?<=\s)[A-Z][\w-]*", question)}
    return sorted(
        terms, key=lambda term: (not any(c.isdigit() for c in term) and term not in upper, -len(term))
    )


def errand(prompt: Prompt, line: Line) -> Act | None:
    """Return the call that fits the message, unless this turn has already called a function for it."""
    if any(call.name not in OWN_TOOLS for call in prompt.tried):
        return None
    for tool in prompt.tools.values():
        if tool.name in OWN_TOOLS or not _is_meant(tool, line.text):
            continue
        filled = _filled(tool, line.text)
        if filled is not None:
            thought = f"{tool.name} can tell me that."
            return Act(tool.name, filled, thought, {"request_heartbeat": True, "inner_thoughts": thought})
    return None


def errand_result(prompt: Prompt) -> Tried | None:
    """Return the result of a developer's function in this turn."""
    return next((call for call in prompt.tried if call.name not in OWN_TOOLS and call.name), None)


def _contradicted(text: str, prompt: Prompt) -> tuple[BlockText | None, str]:
    for block in prompt.blocks:
        if block.read_only:
            continue
        for line in reversed(block.lines):
            if block.value.count(line) == 1 and (contradicts(text, line) or _redated(text, line)):
                return block, line
    return None, ""


def _redated(text: str, line: str) -> bool:
    """Return whether a line differs from a statement only in its value, as after "it's moved to"."""
    changed = moved_line(Fact(text, "", moved=True, pointing=True), [line])
    return changed is not None and changed[1] != line and bare(changed[1]) == bare(text)


def _known_lines(prompt: Prompt) -> list[str]:
    noted = [line for block in prompt.blocks for line in block.lines]
    told = [
        fact.text for line in prompt.earlier if not line.own for fact in facts_in(line) if not fact.pointing
    ]
    # what stands in a block counts before what was only said: that line can be replaced
    return [text for text in told if text not in noted] + noted


def _label_stems(label: str) -> set[str]:
    return {stem(word) for word in label.lower().replace("-", "_").split("_") if len(word) > 3}


def _beating(name: str, wanted: dict[str, Any], thought: str) -> Act:
    return Act(name, wanted, thought, {"request_heartbeat": True, "inner_thoughts": thought})


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


def _next_page(outcome: str) -> int:
    shown = page_of(outcome)
    return shown.page + 1 if shown.page < min(shown.last, 2) else 0


def _named_speaker(question: str) -> str:
    told = re.search(r"\b(?:did|has|have|does|according to)\s+([A-Z][\w-]+)\b", question)
    return told.group(1) if told else ""


def _speaker_in(question: str, prompt: Prompt) -> str:
    """Return the speaker that a question names, as in "what did Betty say about ...?"."""
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


def _is_meant(tool: Offered, text: str) -> bool:
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|\d+", tool.name)]
    telling = {
        stem(part) for part in parts if part not in _VERBS and part not in STOP_WORDS and len(part) > 2
    }
    return bool(telling) and telling <= set(stems(text))


def _filled(tool: Offered, text: str) -> dict[str, Any] | None:
    """Return the required arguments, read from the message; None when one has no clear value."""
    numbers = re.findall(r"(?<![\w.])-?\d{1,15}(?:\.\d{1,15})?(?![\w])", text)
    texts = [
        *re.findall(r"[\"“]([^\"”]{1,200})[\"”]", text),
        *names(text),
        *re.findall(r"\b(?:in|for|of|at|from|about)\s+(?:the\s+)?([\w-]+)\W*$", text.strip()),
    ]
    filled: dict[str, Any] = {}
    for name in tool.required:
        if name in ("request_heartbeat", "inner_thoughts"):
            continue
        kinds = types_of(tool.properties.get(name))
        if "string" in kinds and texts:
            filled[name] = texts.pop(0)
        elif "integer" in kinds and numbers and "." not in numbers[0]:
            filled[name] = int(numbers.pop(0))
        elif "number" in kinds and numbers:
            filled[name] = float(numbers.pop(0))
        else:
            return None
    return filled
