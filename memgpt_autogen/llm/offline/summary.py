"""The summariser's work without a model: the telling sentences of a transcript, shortened and kept in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from memgpt_autogen.llm.offline.facts import bare, facts_in, notable
from memgpt_autogen.llm.offline.prompt import Line, Prompt, parsed
from memgpt_autogen.llm.offline.sentences import is_question, opened, sentences
from memgpt_autogen.text.words import words

MOST_WORDS = 100

OWN = "I"
"""What the agent is called in its own summaries."""

_SPOKEN = re.compile(
    r"^\s*(?:[-*] )?(?:\[(?P<time>[^\]\n]{4,40})\]\s*)(?P<speaker>[^:\n]{1,60}):\s?(?P<text>.*)$"
)
_LEAD = re.compile(r"I talked with ([^.\n]{1,200})\.")


def summary_of(prompt: Prompt) -> str:
    """At most about a hundred words: with whom I talked, then facts and telling sentences, the earlier summary's first."""
    text = "\n".join(line.text for line in prompt.heard)
    lines, before = _transcript(text)
    speakers = [name for lead in _LEAD.findall(before) for name in re.split(r", | and ", lead)]
    speakers = list(dict.fromkeys([*speakers, *(line.speaker for line in lines)]))
    speakers = [name for name in speakers if name != OWN][:8]
    kept = _shortened(_rated(before, lines), MOST_WORDS - 12)
    lead = f"I talked with {_list(speakers)}." if speakers else ""
    return " ".join(part for part in (lead, *kept) if part) or "Nothing of note was said."


def _transcript(text: str) -> tuple[list[Line], str]:
    """The transcript's lines, and the earlier summary, which is whatever prose stands before them."""
    given = parsed(text)
    if isinstance(leaving := given.get("leaving"), list):
        told = given.get("summary_so_far")
        text = "\n".join([told if isinstance(told, str) else "", *map(str, leaving)])
    lines: list[Line] = []
    before: list[str] = []
    for row in text.splitlines():
        if said := _SPOKEN.match(row):
            speaker = said.group("speaker").strip()
            speaker = OWN if speaker.endswith(f" ({OWN})") else speaker
            lines.append(Line(speaker, said.group("text"), said.group("time")))
        elif lines:
            last = lines[-1]
            lines[-1] = Line(last.speaker, f"{last.text}\n{row}", last.time)
        elif not row.strip().endswith(":") and not row.lstrip().startswith(("#", "<")):
            before.append(row)
    return lines, "\n".join(before)


def _rated(before: str, lines: Sequence[Line]) -> Iterator[tuple[float, str]]:
    """Sentences with their worth, in order: facts most, then decisions, days, numbers and names; later ones a little more."""
    old = [s for s in sentences(_LEAD.sub("", before)) if not is_question(s)]
    for place, sentence in enumerate(old):
        yield 2.5 + 0.3 * place / len(old), sentence
    for place, line in enumerate(lines):
        later = 0.5 * place / len(lines)
        facts = [fact for fact in facts_in(line) if not fact.pointing]
        for fact in facts:
            yield 3 + later, f"{bare(fact.text)}."
        for sentence in sentences(line.text) if not facts else ():
            if not is_question(sentence) and len(words(sentence)) > 3:
                said = opened(sentence).rstrip(".!; ")
                yield (1.5 if notable(sentence) else 0.3) + later, f"{line.speaker} said: {said}."


def _shortened(rated: Iterator[tuple[float, str]], most_words: int) -> list[str]:
    """The best sentences that fit together, in their own order and each once."""
    entries = list(
        {tuple(words(text)): (worth, place, text) for place, (worth, text) in enumerate(rated)}.values()
    )
    chosen: list[tuple[int, str]] = []
    left = most_words
    for _worth, place, text in sorted(entries, key=lambda entry: (-entry[0], entry[1])):
        size = len(text.split())
        if size <= min(left, 30):
            chosen.append((place, text))
            left -= size
    return [text for _place, text in sorted(chosen)]


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
