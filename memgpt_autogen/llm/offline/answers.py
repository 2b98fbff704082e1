"""The offline model's answers and summaries."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence

from memgpt_autogen.llm.offline.actions import (
    asked,
    day_asked,
    errand_result,
    findings,
    heard_facts,
    is_noted,
    question_in,
    said_on,
    written_now,
)
from memgpt_autogen.llm.offline.evidence import Evidence, Found, aliases_in, at_hand, best, given_names
from memgpt_autogen.llm.offline.facts import bare, facts_in, notable, teller
from memgpt_autogen.llm.offline.prompt import SOMEONE, Line, Prompt, parsed
from memgpt_autogen.llm.offline.sentences import is_question, keywords, opened, sentences, to_listener
from memgpt_autogen.text.words import WORD, words

CLIP = 300
"""The most characters of a quotation."""


MOST_WORDS = 100


OWN = "I"
"""The agent's name in its own summaries."""


def answer(prompt: Prompt) -> str:
    """Return the answer, from everything that this turn has found."""
    line = asked(prompt)
    if line is None:
        return "I have nothing to add right now."
    said = [_confirmation(prompt, line)]
    question = question_in(line)
    if (result := errand_result(prompt)) is not None:
        said.append(
            f"{result.name} says: {clip(result.outcome)}"
            if result.ok
            else f"{result.name} could not tell me: {clip(result.outcome)}"
        )
    elif (special := _about_oneself(prompt, line)) or question:
        reply = special or _reply(prompt, line, question)
        said.append("" if bare(reply).lower() in said[0].lower() else reply)
    text = " ".join(part for part in said if part)
    return text or _small_talk(prompt, line)


def quote(evidence: Evidence, listener: str, given: Mapping[str, str] | None = None) -> str:
    """Return evidence as a sentence that names its source."""
    if evidence.source == "core":
        told = bare(evidence.text)
        by = teller(evidence.text)
        spoken = _named(to_listener(told, listener), given or {})
        source = f" ({'you' if by == listener else (given or {}).get(by, by)} told me)" if by else ""
        return f"{clip(re.sub(r'^you', 'You', spoken))}{source}."
    text = clip(evidence.text)
    day = f" on {evidence.time[:10]}" if re.match(r"\d{4}-\d\d-\d\d", evidence.time) else ""
    if evidence.source == "summary":
        return f"From our earlier conversation I remember: {text}"
    if evidence.source == "archival":
        source = f" ({evidence.speaker})" if evidence.speaker else ""
        return (
            f"My archive has this{source}, saved{day}: “{text}”"
            if day
            else f"My archive has this{source}: “{text}”"
        )
    who = "I" if evidence.own or not evidence.speaker else evidence.speaker
    return f"{'You' if who == listener else who} said{day}: “{text}”"


def clip(text: str) -> str:
    """Return a text on one line, cut after a word if it is too long to quote."""
    flat = " ".join(text.split())
    return flat if len(flat) <= CLIP else flat[:CLIP].rsplit(" ", 1)[0] + " …"


def summary_of(prompt: Prompt) -> str:
    """Return a summary of about 100 words at most: the speakers, then the best facts and sentences.

    The sentences of the earlier summary come first.
    """
    text = "\n".join(line.text for line in prompt.heard)
    lines, before = _transcript(text)
    speakers = [name for lead in _LEAD.findall(before) for name in re.split(r", | and ", lead)]
    speakers = list(dict.fromkeys([*speakers, *(line.speaker for line in lines)]))
    speakers = [name for name in speakers if name != OWN][:8]
    kept = _shortened(_rated(before, lines), MOST_WORDS - 12)
    lead = f"I talked with {_list(speakers)}." if speakers else ""
    return " ".join(part for part in (lead, *kept) if part) or "Nothing of note was said."


_OFFERS = ("What shall I remember?", "What can I look up for you?", "Good to hear from you.")


_NODS = (
    "I see{comma}.",
    "Understood. It is in my log, so ask me about it at any time.",
    "Thank you for telling me{comma}.",
    "All right. I am listening.",
    "Good to know.",
)


_NAMELESS = frozenset({SOMEONE, "user", "human", "user_proxy", "userproxy", "customer", "admin"})


_TASK = re.compile(
    r"(?:write|translate|explain|calculate|generate|draft|summari[sz]e|draw|compose|solve|code|plan|create"
    r"|help|sing|imagine|recommend|suggest|book|order|tell me a)\b"
)


def _confirmation(prompt: Prompt, line: Line) -> str:
    noted = written_now(prompt)
    if noted:
        said = [clip(_softly(to_listener(bare(text), line.speaker))) for text in noted]
        opening = _pick(("Noted", "Got it", "I will remember that"), noted[0])
        return f"{opening}: {'; '.join(said[:4])}{' and more' if said[4:] else ''}."
    facts = heard_facts(prompt)
    failed = [f for f in facts if any(not call.ok and f.text in call.written for call in prompt.tried)]
    if failed and not all(is_noted(fact.text, prompt) for fact in failed):
        return "I understood, but my memory did not take it: please tell me again later."
    known = [fact for fact in facts if is_noted(fact.text, prompt)]
    if known and not question_in(line):
        return f"I have that already: {clip(_softly(to_listener(bare(known[0].text), line.speaker)))}."
    return ""


def _reply(prompt: Prompt, line: Line, question: str) -> str:
    if day := day_asked(question, line.time):
        said = [e for e in said_on(prompt, question) if e.time.startswith(day[0]) and not is_question(e.text)]
        if said:
            return f"On {day[0]}: " + " ".join(
                f"{e.speaker or 'Someone'}: “{clip(e.text)}”" for e in said[:4]
            )
    found = findings(prompt, question, line.speaker)
    if not found or found[0].weak:
        topic = clip(_topic(question))
        return f"I looked, but found nothing about “{topic}” in my memory. Tell me, and I will remember it."
    first = quote(found[0].evidence, line.speaker, given_names(prompt))
    if not found[0].clear:
        return f"I am not sure, but the closest I found is this. {first}"
    return " ".join([first, *_also(found, line.speaker)])


def _topic(question: str) -> str:
    """Return the part of a question from its first to its last search word."""
    told = [match for match in WORD.finditer(question) if match.group().lower() in keywords(question)]
    return question[told[0].start() : told[-1].end()] if told else question


def _also(found: Sequence[Found], listener: str) -> list[str]:
    """Return a second quotation, if it answers as well as the first and adds something."""
    first = found[0]
    for other in found[1:2]:
        repeats = set(words(bare(other.evidence.text))) <= set(words(bare(first.evidence.text)))
        core = "core" in (first.evidence.source, other.evidence.source)
        code = "```" in other.evidence.text
        if other.clear and other.score >= first.score - 0.08 and not (repeats or core or code):
            return [
                f"Also, {quote(other.evidence, listener)}".replace("Also, You", "Also, you").replace(
                    "Also, My", "Also, my"
                )
            ]
    return []


def _about_oneself(prompt: Prompt, line: Line) -> str:
    """Return the answer to "who are you?" or "what do you know about me?", else an empty text."""
    low = line.text.lower().replace("’", "'")
    if re.search(r"\b(?:who are you|what(?:'s| is) your name|what are you\b|introduce yourself)", low):
        persona = next((block for block in prompt.blocks if block.label == "persona"), None)
        about = next(iter(sentences(persona.value)), "") if persona else ""
        name = f"I am {prompt.own_name}. " if prompt.own_name and prompt.own_name not in about else ""
        return f"{name}{clip(about)}".strip() or "I am an agent that remembers what it is told."
    asked_about = re.search(
        r"\bwhat (?:do|did|can) you (?:\w+ )?(?:know|remember|learn|recall|tell me) about (me|us"
        r"|[\w-]+)\s*(?:so far)?[?.!]*$",
        low,
    )
    if asked_about is None:
        return ""
    about = line.speaker.lower() if asked_about.group(1) in ("me", "us") else asked_about.group(1)
    given = {handle.lower(): name.lower() for handle, name in given_names(prompt).items()}
    known_as = {about, given.get(about, about), *(handle for handle, name in given.items() if name == about)}
    lines = [
        text
        for block in prompt.blocks
        if block.label != "persona"
        for text in block.lines
        if asked_about.group(1) == "us" or known_as & {word.removesuffix("'s") for word in words(bare(text))}
    ]
    if not lines:
        return "I do not know anything about you yet." if asked_about.group(1) in ("me", "us") else ""
    known = [_softly(to_listener(bare(text), line.speaker)) for text in lines[:8]]
    return f"I know this: {clip('; '.join(known))}."


def _small_talk(prompt: Prompt, line: Line) -> str:
    low = line.text.lower()
    name = given_names(prompt).get(line.speaker, "" if line.speaker.lower() in _NAMELESS else line.speaker)
    comma = f", {name}" if name else ""
    for pattern, reply in (
        (
            r"\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings|welcome)\b",
            f"Hello{comma}! {_pick(_OFFERS, low)}",
        ),
        (r".*\b(?:thanks|thank you|thx|cheers)\b", f"You are welcome{comma}."),
        (r".*\b(?:bye|goodbye|see you|good night|take care)\b", f"Goodbye{comma}! I will keep what I know."),
    ):
        if re.match(pattern, low, re.DOTALL):
            return reply
    if _TASK.match(opened(low)):
        return (
            "That is beyond me: I am the offline model, which can remember, look things up and quote, "
            "but not compose."
        )
    if is_question(opened(line.text)) or low.rstrip().endswith("?"):
        return (
            "I cannot tell: I am the offline model and only know what I was told. "
            "Ask me about something we talked about."
        )
    related = _related(prompt, line)
    return f"That reminds me: {related}" if related else _pick(_NODS, low).replace("{comma}", comma)


def _related(prompt: Prompt, line: Line) -> str:
    """Return something stored that shares specific words with the message."""
    pool = [
        e for e in at_hand(prompt) if e.source in ("core", "queue") and e.text not in line.text and not e.own
    ]
    pool = [e for e in pool if e.source == "core" or not any(e.whole == heard.text for heard in prompt.heard)]
    found = [f for f in best(line.text, "", pool, aliases_in(prompt)) if not is_question(f.evidence.text)]
    if found and (
        found[0].coverage >= 0.34 or (found[0].evidence.source == "core" and found[0].coverage >= 0.2)
    ):
        return quote(found[0].evidence, line.speaker, given_names(prompt))
    return ""


def _named(told: str, given: Mapping[str, str]) -> str:
    """Return a stored line with the given name in place of the speaker's handle."""
    for handle, name in given.items():
        if told.startswith((f"{handle} ", f"{handle}'s ")) and not told.startswith(f"{handle}'s name is"):
            return name + told[len(handle) :]
    return told


def _softly(text: str) -> str:
    return re.sub(r"^(The|Our|My|We|This)\b", lambda m: m.group().lower(), text)


def _pick(choices: Sequence[str], text: str) -> str:
    """Return one of the choices, always the same for the same text."""
    return choices[zlib.crc32(text.encode("utf-8", "replace")) % len(choices)]


_SPOKEN = re.compile(
    r"^\s*(?:[-*] )?(?:\[(?P<time>[^\]\n]{4,40})\]\s*)(?P<speaker>[^:\n]{1,60}):\s?(?P<text>.*)$"
)


_LEAD = re.compile(r"I talked with ([^.\n]{1,200})\.")


def _transcript(text: str) -> tuple[list[Line], str]:
    """Return the lines of the transcript, and the earlier summary, which is the prose before them."""
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
    """Yield the worth of each sentence, in order.

    Facts are worth most, then decisions, days, numbers and names; later sentences a little more.
    """
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
    """Return the best sentences that fit together, in their order, each once."""
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
