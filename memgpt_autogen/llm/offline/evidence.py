"""Evidence: which lines of people and of documents answer a question, by the words that both share."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from operator import mul
from typing import Any, NamedTuple

from memgpt_autogen.llm.offline.keywords import Keyword, forms_in, keywords, language, subject_of
from memgpt_autogen.llm.offline.prompt import SOMEONE, Line, Prompt
from memgpt_autogen.llm.offline.speech import has, kind_of, opened, pattern, sentences
from memgpt_autogen.rendering.found_lines import is_replaced, names_in, read_found
from memgpt_autogen.text.equal import equal_names, is_equal

SEARCHES = ("conversation_search", "archival_memory_search")
CLEAR, NEAR, EQUAL = 0.7, 0.45, 0.12
"""The part of a question's meaning in an answer, and in the closest line; and what makes no difference."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
QUOTED = re.compile(r"(?P<speaker>\S.{0,80}?) said(?: on (?P<day>\d{4}-\d\d-\d\d))?: “(?P<text>.*)”")


class Evidence(NamedTuple):
    """A sentence. `speaker` is who `said` it, or the citation of the `document`, or the label of the `block`.

    `forms` are what it can be found by, and `around` those of the whole passage.
    """

    source: str
    speaker: str
    text: str
    time: str
    forms: frozenset[str]
    around: frozenset[str] = frozenset()
    score: float = 0.0


def quoted(speaker: str, time: str, text: str) -> str:
    day = f" on {time[:10]}" if DAY.match(time) else ""
    return f"{speaker} said{day}: “{text}”"


def said(line: Line) -> list[Evidence]:
    """Return what can be quoted of a message; a sentence without a subject stands with the one before it."""
    if "```" in line.text or pattern("echo").search(line.text):
        return []
    found: list[str] = []
    joins = False
    for sentence in sentences(line.text):
        usable = kind_of(sentence) in ("statement", "remember")
        if joins and usable and (has("leaning", sentence) or found[-1].endswith(";")):
            found[-1] += " " + sentence
        elif usable:
            found.append(sentence)
        joins = usable
    return [_evidence("said", line.speaker, text, line.time) for text in found]


def pool(prompt: Prompt) -> list[Evidence]:
    """Return all evidence of the prompt and of this turn's searches, in the order of time."""
    found = [each for block in prompt.blocks if block.label != "persona" for each in _in_block(*block[:2])]
    for call in prompt.tried:
        for entry in _results(call.outcome) if call.name in SEARCHES and call.ok else ():
            name = str(entry.get("name") or SOMEONE)
            if isinstance(message := entry.get("message"), str) and name != prompt.own_name:
                found += said(Line(name, message, str(entry.get("time") or "")))
            elif isinstance(passage := entry.get("text"), str):
                found += _in_passage(passage, entry)
    # what is written down has only a day, and what was corrected later is not written down any more
    found.sort(key=lambda e: (f"{e.time:~<19}", bool(pattern("correcting").search(e.text))))
    for line in (*prompt.earlier, *prompt.heard):
        found += said(line)
    kept: list[Evidence] = []
    newest = {(each.speaker, each.text): place for place, each in enumerate(found)}
    for each in (found[place] for place in sorted(newest.values())):
        # a line that only corrects an earlier one is about the same as that one
        target = corrected(each.text, each.speaker, kept) if each.source == "said" else None
        kept.append(each._replace(forms=each.forms | target.forms) if target else each)
    return kept


def corrected(text: str, speaker: str, before: Sequence[Evidence]) -> Evidence | None:
    """Return the earlier line that a sentence corrects, such as "it has moved to Monday", if there is one."""
    if not pattern("correcting").search(text.replace("’", "'")):
        return None
    earlier = [each for each in reversed(before) if each.source == "said"]
    if has("ended", text):  # "I no longer live in Rome" has the words of the line that is no longer so
        ended = [each for each in earlier if is_equal(each.speaker, speaker) and each.forms <= forms_in(text)]
        if target := next((each for each in ended if each.forms), None):
            return target
    own = subject_of(opened(text), names=True)
    for each in earlier:
        alike = all(bool(has(mark, text)) == bool(has(mark, each.text)) for mark in ("self", "other"))
        about = alike and subject_of(text) == subject_of(each.text)
        if own and (about or all(word.forms & each.forms for word in own)):
            return each
    if own and not has("leaning", text):
        return None
    sharing = [each for each in earlier if each.forms & forms_in(text)]
    valued = [each for each in earlier if _has_value(each.text) and _has_value(text)]
    return next(
        iter(sharing or valued or [each for each in earlier if is_equal(each.speaker, speaker)]), None
    )


def ranked(prompt: Prompt, question: str, asker: str) -> list[Evidence]:
    """Return the evidence that shares the question's words, best first; of equal lines, the newest first."""
    everything = pool(prompt)
    names = names_of(everything)
    ignored = forms_in(prompt.own_name).union(names.get(asker, ()) if has("self", question) else ())
    asked = [word for word in keywords(question) if not word.forms & ignored]
    named = {name: forms for name, forms in names.items() if name != asker and forms & forms_in(question)}
    lines = [each for each in everything if _may_answer(each, question, asker, asked, named)]
    held = [(each.forms | names.get(each.speaker, frozenset()), each.around) for each in lines]
    parts = [[1.0 if w.forms & near else 0.5 * bool(w.forms & far) for w in asked] for near, far in held]
    rarity = [(len(lines) + 1) / (1 + max(1, sum(map(bool, column)))) for column in zip(*parts, strict=True)]
    worth = [word.weight * math.log(2 + rare) for word, rare in zip(asked, rarity, strict=False)]
    scores = [sum(map(mul, worth, row)) / sum(worth) for row in parts if worth]
    if pattern("when").search(question):
        scores = [score + 0.15 * _has_value(each.text) for score, each in zip(scores, lines, strict=True)]
    found = [each._replace(score=score) for each, score in zip(lines, scores, strict=False) if score >= NEAR]
    equal = max((each.score for each in found), default=0.0) - EQUAL
    best = [each for each in reversed(found) if each.score >= equal and each.source == "said"]
    rest = [each for each in reversed(found) if each.score < equal or each.source != "said"]
    return best + sorted(rest, key=lambda each: -each.score)


def names_of(lines: Sequence[Evidence]) -> dict[str, frozenset[str]]:
    """Return the forms of the handle and of the own name of each speaker, such as "boss" and "Ada"."""
    found: dict[str, frozenset[str]] = {}
    for each in lines:
        if each.source == "said":
            own = has("own_name", each.text)
            name = own.group(own.lastgroup) if own and own.lastgroup else ""
            found[each.speaker] = found.get(each.speaker, forms_in(each.speaker)) | forms_in(name)
    return found


def _evidence(source: str, speaker: str, text: str, time: str = "", around: str = "") -> Evidence:
    named = {"@name"} if source == "said" and has("own_name", text) else set()
    return Evidence(source, speaker, text, time, forms_in(text) | named, forms_in(around))


def _in_block(label: str, value: str) -> Iterator[Evidence]:
    for line in filter(None, map(str.strip, value.splitlines())):
        if note := QUOTED.fullmatch(line):
            yield _evidence("said", note["speaker"], note["text"], note["day"] or "")
        elif label:
            yield _evidence("block", label, line)


def _in_passage(passage: str, entry: Mapping[str, Any]) -> Iterator[Evidence]:
    page = f"page {entry['page']}" if isinstance(entry.get("page"), int) else ""
    cited = ", ".join(str(part) for part in (entry.get("source"), entry.get("heading"), page) if part)
    text = re.sub(r"(?<=[^\n]{50})(?<![.!?:\n])\n(?=\S)", " ", passage)  # a line break inside a sentence
    if QUOTED.match(text):
        yield from _in_block("", text)
        return
    past = str(entry.get("superseded") or text) if entry.get("superseded_by") else ""
    for piece in [" ".join(text.split())] if len(text) <= 160 else sentences(text):
        if kind_of(piece) != "question" and piece not in past:
            yield _evidence("document", cited, piece, str(entry.get("time") or ""), passage)


def _results(outcome: str) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of search results; of results that were cut, the entries before the cut."""
    if "\n[{" in outcome:
        yield from _old_results(outcome)
        return
    for head, line in read_found(outcome):
        time = head[0] if DAY.match(head[0]) else ""
        entry: dict[str, Any] = {"time": time, "superseded_by": is_replaced(line)}
        if line.name is not None:
            yield {**entry, "name": line.name, "message": line.text}
            continue
        sources = names_in(head, "source") or names_in(line.marks, "source")
        pages = [int(mark[5:]) for mark in line.marks if re.fullmatch("page [0-9]{1,9}", mark)]
        yield {
            **entry,
            "text": line.text,
            "source": "".join(sources[:1]),
            "heading": "".join(names_in(line.marks, "heading")[:1]),
            "page": pages[0] if pages else None,
        }


def _old_results(outcome: str) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of results as JSON, which the logs of older versions have."""
    decoder = json.JSONDecoder(strict=False)
    place = outcome.find("{")
    while place >= 0:
        try:
            entry, place = decoder.raw_decode(outcome, place)
        except (ValueError, RecursionError):
            return
        # where the middle was cut out, the start of one entry and the end of another one read as one
        if isinstance(entry, Mapping) and not any("characters cut here" in str(v) for v in entry.values()):
            yield entry
        place = outcome.find("{", place)


def _may_answer(
    each: Evidence, question: str, asker: str, asked: Sequence[Keyword], named: Mapping[str, frozenset[str]]
) -> bool:
    """Return whether a line can be about those whom the question asks about."""
    if each.source != "said":
        return True
    if has("who_am_i", question) and all("@name" in word.forms for word in asked):
        return is_equal(each.speaker, asker) and bool(has("own_name", each.text))
    if not has("self", question):
        return (
            not named
            or any(equal_names(each.speaker, named))
            or any(each.forms & forms for forms in named.values())
        )
    by_self, other = has("self", each.text), has("other", each.text)
    if not is_equal(each.speaker, asker):
        return not by_self or bool(re.search(r"\b(?:we|us|our)\b", question, re.IGNORECASE))
    if other and not forms_in(other.group(other.lastindex or 0)) & forms_in(question):
        people = [
            w for w in asked if any(has("other", f"{my} {w.text}") for my in ("my", "mein", "ma", "мой"))
        ]
        if not any(word.forms & each.forms for word in people):
            return False
    strange = (
        not by_self and language(each.text) == "en" and not any(w.topic for w in keywords(each.text)[:1])
    )
    return not (strange and all(word.topic for word in asked))


def _has_value(text: str) -> bool:
    return any(word.value for word in keywords(text))
