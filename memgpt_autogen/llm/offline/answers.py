"""The answers of the offline model, which are quotations."""

from __future__ import annotations

import re

from memgpt_autogen.llm.offline import evidence as lines
from memgpt_autogen.llm.offline.evidence import QUOTED, Evidence, pool, quoted, ranked
from memgpt_autogen.llm.offline.keywords import keywords
from memgpt_autogen.llm.offline.notes import is_noted, statements
from memgpt_autogen.llm.offline.prompt import OWN_TOOL, Line, Prompt
from memgpt_autogen.llm.offline.speech import has, kind_of, opened, questions, sentences
from memgpt_autogen.text.equal import fold, is_equal
from memgpt_autogen.text.words import WORD, words

CLIP = 300  # the most characters of a quotation
RULES = "I am a set of rules, not a language model."
FORGETTING = (
    f"{RULES} I cannot forget by myself, and I write nothing down of this. In the terminal, type /forget and "
    'the words; in Python, call agent.forget(query="the words").'
)


def asked(prompt: Prompt) -> Line | None:
    """Return the message to answer: the newest question or word to the agent, else the newest message."""
    name = fold(prompt.own_name)
    told = (line for line in reversed(prompt.heard) if questions(line.text) or name in words(fold(line.text)))
    return next(told, prompt.heard[-1] if prompt.heard else None)


def question_in(line: Line) -> str:
    """Return the question to search for; empty if there is none, or if it has no words for a search."""
    if has("about_me", line.text) or has("who_are_you", line.text):
        return ""
    found = map(opened, reversed(questions(line.text)))
    return next((question for question in found if keywords(question)), "")


def answer(prompt: Prompt) -> str:
    """Return the answer, from everything that this turn has found."""
    line = asked(prompt)
    if line is None:
        return "I have nothing to add right now."
    kinds = {kind_of(sentence) for sentence in sentences(line.text)}
    if "forget" in kinds:
        return FORGETTING
    told = [_confirmation(prompt, line)]
    result = next((call for call in prompt.tried if call.name and not OWN_TOOL.fullmatch(call.name)), None)
    mine = [
        each
        for each in pool(prompt)
        if each.source == "said" and is_equal(each.speaker, line.speaker) and each.text not in line.text
    ]
    if result is not None:
        told.append(f"{result.name} {'says' if result.ok else 'failed'}: {clip(result.outcome)}")
    elif has("who_are_you", line.text):
        persona = next((block.value for block in prompt.blocks if block.label == "persona"), "")
        about = clip(next(iter(sentences(persona)), ""))
        told.append(f"I am {prompt.own_name or 'an agent'}. {about} {RULES}")
    elif has("about_me", line.text):
        own = [each for each in mine if has("self", each.text)] or mine
        own_words = " ".join(quote(each, line.speaker) for each in own[-6:])
        told.append(own_words or f"{RULES} I do not know anything about you yet.")
    elif question := question_in(line):
        told.append(_reply(prompt, line, question))
    elif "question" in kinds:
        last = quote(mine[-1], line.speaker) if mine and has("just_said", line.text) else ""
        told.append(last or f"{RULES} Your question has no word that I can search for.")
    return " ".join(part for part in told if part) or _small_talk(line, kinds)


def quote(evidence: Evidence, listener: str) -> str:
    """Return evidence as a sentence that names its source and its day."""
    text = clip(evidence.text)
    if evidence.source == "said":
        return quoted(
            "You" if is_equal(evidence.speaker, listener) else evidence.speaker, evidence.time, text
        )
    if evidence.source == "block":
        return f"My block '{evidence.speaker}' has this: “{text}”"
    source = f" ({evidence.speaker})" if evidence.speaker else ""
    day = f", saved on {evidence.time[:10]}" if re.match(r"\d{4}-\d\d-\d\d", evidence.time) else ""
    return f"My archive has this{source}{day}: “{text}”"


def clip(text: str) -> str:
    """Return a text on one line, cut after a word if it is too long to quote."""
    flat = " ".join(text.split())
    return flat if len(flat) <= CLIP else flat[:CLIP].rsplit(" ", 1)[0] + " …"


def _confirmation(prompt: Prompt, line: Line) -> str:
    """Return what this turn has written down or taken out of core memory, or could not write down."""
    stored = dict.fromkeys(row for call in prompt.tried if call.ok for row in call.written.splitlines())
    heard = " ".join(each.text for each in prompt.heard)
    notes = [note for row in stored if (note := QUOTED.fullmatch(row)) and note["text"] in heard]
    told = ["Noted, word for word: " + " ".join(f"“{clip(note['text'])}”" for note in notes)] if notes else []
    mine = [_to_listener(note["text"]) for note in notes if is_equal(note["speaker"], line.speaker)]
    if mine and all(mine) and len(mine) == len(notes) and mine[0].startswith("your name"):
        told = [f"I will remember that: {'; '.join(mine)}."]
    for call in prompt.tried:
        if call.ok and call.arguments.get("new_content") == "" and "old_content" in call.arguments:
            old = call.arguments["old_content"]
            told.append(f"I took this out of core memory, since it may be outdated; my log keeps both: {old}")
    plain = [] if notes else list(statements(line))
    if plain and not all(is_noted(line.speaker, text, prompt) for text in plain):
        return "My memory did not take it: please tell me again later."
    if plain and not question_in(line):
        told.append(f"I have that already, in your words: “{clip(plain[0])}”")
    return " ".join(told)


def _to_listener(text: str) -> str:
    """Return one of the statements that begin a conversation as the listener says it; else an empty text."""
    place = re.fullmatch(r"(?:My name is|I live in) ([A-Z]\w+(?: [A-Z]\w+)?)\.?", text)
    return f"{'your name is' if text.startswith('My') else 'you live in'} {place[1]}" if place else ""


def _reply(prompt: Prompt, line: Line, question: str) -> str:
    found = ranked(prompt, question, line.speaker)
    if not found:
        told = [word for word in WORD.finditer(question) if keywords(word.group())]
        topic = question[told[0].start() : told[-1].end()] if told else question
        searched = any(call.name in lines.SEARCHES for call in prompt.tried)
        where = "what was said and in my archive" if searched else "my prompt"
        return f"{RULES} I looked for “{clip(topic)}” in {where}, and found nothing that answers this."
    first, text = found[0], quote(found[0], line.speaker)
    if first.score < lines.CLEAR:
        return f"{RULES} This is the closest that I found. {text}"
    own = [_to_listener(each.text) for each in pool(prompt) if is_equal(each.speaker, line.speaker)]
    introduced = all(own) and any(each.startswith("your name") for each in own) and not prompt.evicted
    if introduced and (turned := _to_listener(first.text)):
        return f"{turned[0].upper()}{turned[1:]}."  # this person has said nothing else
    seen = " ".join(each.text for each in (*prompt.earlier, *prompt.heard))
    for other in found[1:]:
        news = not set(words(other.text)) <= set(words(first.text))
        if other.source == first.source == "said" and news and other.score >= first.score - lines.EQUAL:
            older = other.time[: len(first.time)] < first.time[: len(other.time)]
            order = "Earlier" if older or seen.find(other.text) < seen.find(first.text) else "Also"
            return f"{text} {order}, {re.sub('^You', 'you', quote(other, line.speaker))}"
    return text


def _small_talk(line: Line, kinds: set[str]) -> str:
    if "command" in kinds:
        return f"{RULES} I can search and quote, but not write, translate or calculate."
    if kinds != {"greeting"}:
        return "That is in my log now. Ask me about it at any time."
    if has("farewell", line.text):
        return "Goodbye! I keep what was said."
    if has("thanks", line.text):
        return "You are welcome."
    return "Hello! Tell me something, or ask me about something that was said."
