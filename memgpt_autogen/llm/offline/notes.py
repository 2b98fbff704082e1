"""What the rules write down: plain statements, in the speaker's own words; when in doubt, nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from memgpt_autogen.llm.offline.evidence import QUOTED, corrected, pool, quoted, said
from memgpt_autogen.llm.offline.keywords import forms_in
from memgpt_autogen.llm.offline.prompt import BlockText, Line, Prompt
from memgpt_autogen.llm.offline.speech import has, kind_of, pattern, sentences

LONG = 200  # a text with more characters is stored in archival memory, not in a block


class Act(NamedTuple):
    """A call that the rules want to make. `optional` arguments are passed if the function takes them."""

    name: str
    wanted: Mapping[str, Any]
    thought: str
    optional: Mapping[str, Any] = {}


def beating(name: str, wanted: Mapping[str, Any], thought: str) -> Act:
    """Return a call after which the turn goes on."""
    return Act(name, wanted, thought, {"request_heartbeat": True, "inner_thoughts": thought})


def statements(line: Line) -> Iterator[str]:
    """Yield what a message plainly states, word for word; nothing if it also asks to forget something."""
    told = sentences(line.text)
    if pattern("echo").search(line.text) or any(kind_of(sentence) == "forget" for sentence in told):
        return
    if len(line.text) > LONG and has("remember", line.text) and len(told) > 1:
        told = [line.text]
    for sentence in told:
        asked = has("remember", sentence) if kind_of(sentence) == "remember" or told == [line.text] else None
        text = " ".join(asked["text"].split()) if asked and asked["text"] else " ".join(sentence.split())
        mark = "stated" if asked else "plain"
        sure = kind_of(text) == "statement" and has(mark, text) and not has("unsure", text)
        if (asked and len(text) > LONG) or (sure and len(text) <= LONG):
            yield text


def edits(prompt: Prompt) -> Iterator[Act]:
    """Yield the calls that write down what was said, and that take out what it corrects."""
    failed = {line for call in prompt.tried if not call.ok for line in call.written.splitlines()}
    appends: dict[str, list[str]] = {}
    for line in prompt.heard:
        plain = [text for text in statements(line) if not is_noted(line.speaker, text, prompt)]
        for block, old, text in _outdated(prompt, line):
            note = quoted(line.speaker, line.time, text) if text in plain else ""
            what = {"label": block.label, "old_content": old, "new_content": note}
            yield beating("core_memory_replace", what, "This may be outdated now.")
        for text in plain:
            note = quoted(line.speaker, line.time, text)
            place = _place_of(text, prompt) if note not in failed and len(text) <= LONG else None
            room = place is None or place.limit is None or len(place.value) + len(note) < place.limit
            appends.setdefault(place.label if place and room else "", []).append(note)
    for label, notes in appends.items():
        content, thought = "\n".join(dict.fromkeys(notes)), "I write this down, word for word."
        append = next((name for name in ("core_memory_append", "memory_insert") if name in prompt.tools), "")
        wanted = {"label": label, "content": content} if label and append else {"content": content}
        yield beating(append if len(wanted) > 1 else "archival_memory_insert", wanted, thought)


def rescue(prompt: Prompt) -> Act | None:
    """Return what a pressure warning asks for: one passage of the newest lines that are stored nowhere."""
    lines = [each for line in (*prompt.earlier, *prompt.heard) for each in said(line)]
    notes = [quoted(each.speaker, each.time, each.text) for each in lines if 20 <= len(each.text) <= 300
             and not is_noted(each.speaker, each.text, prompt)]  # fmt: skip
    content, thought = "\n".join(notes[-12:]), "My context is filling up; I save what is stored nowhere."
    return beating("archival_memory_insert", {"content": content}, thought) if notes else None


def is_noted(speaker: str, text: str, prompt: Prompt) -> bool:
    """Return whether a block, or a call of this turn, already has these words of this speaker."""
    places = [block.value for block in prompt.blocks] + [call.written for call in prompt.tried if call.ok]
    lines = "\n".join(places).splitlines()
    return any(f"“{text}”" in line and line.startswith(f"{speaker} said") for line in lines)


def _outdated(prompt: Prompt, line: Line) -> Iterator[tuple[BlockText, str, str]]:
    """Yield each line of a block that the message corrects, with its block and the correcting sentence."""
    known = [each for each in pool(prompt) if each.text not in line.text]
    for each in said(line):
        target = corrected(each.text, each.speaker, known)
        for block in prompt.blocks if target else ():
            for old in block.value.splitlines():
                noted = QUOTED.fullmatch(old.strip())
                if noted and target and noted["text"] == target.text and not block.read_only:
                    yield block, old, each.text


def _place_of(text: str, prompt: Prompt) -> BlockText | None:
    """Return the block whose label the text mentions, else `human`; None if there is no open block."""
    places = [block for block in prompt.blocks if not block.read_only and block.label != "persona"]
    mentioned = [each for each in places if each.label != "human" and forms_in(each.label) & forms_in(text)]
    return next(iter(mentioned or [each for each in places if each.label == "human"] or places), None)
