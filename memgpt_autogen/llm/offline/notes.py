"""What is worth writing down now, and where it goes: into a block, over an old line, or into archival memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

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
from memgpt_autogen.llm.offline.prompt import BlockText, Prompt
from memgpt_autogen.llm.offline.sentences import sentences
from memgpt_autogen.text.words import stem, stems


@dataclass(frozen=True, slots=True)
class Act:
    """A function call the model would like to make, and the thought behind it."""

    name: str
    wanted: dict[str, Any]
    thought: str
    optional: dict[str, Any] = field(default_factory=dict)
    """Arguments to pass where the function takes them."""


def heard_facts(prompt: Prompt) -> list[Fact]:
    """The facts of everything unanswered, pointing ones resolved where that is possible."""
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
    """The calls that write down what was heard: corrections first, then one append per place."""
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
    """What a pressure warning asks for: one passage with everything visible that is noted nowhere."""
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
    """The heard facts that this turn's calls have put into memory."""
    heard = {fact.text for fact in heard_facts(prompt)}
    lines = [line for call in prompt.tried if call.ok for line in call.written.splitlines()]
    return [line for line in dict.fromkeys(lines) if line in heard]


def is_noted(text: str, prompt: Prompt) -> bool:
    """Whether a block, or a call whose trace is visible, already holds the statement."""
    if any(same(text, line) for block in prompt.blocks for line in block.lines):
        return True
    calls = (*prompt.saved, *prompt.tried)
    return any(same(text, line) for call in calls if call.ok for line in call.written.splitlines())


def place_of(fact: Fact, prompt: Prompt) -> BlockText | None:
    """The block a fact belongs into: one whose label it mentions, else `human`; None sends it to archival memory."""
    if fact.long:
        return None
    open_blocks = [block for block in prompt.blocks if not block.read_only and block.label != "persona"]
    mentioned = set(stems(bare(fact.text)))
    fitting = [b for b in open_blocks if b.label != "human" and mentioned & _label_stems(b.label)]
    chosen = next(iter(fitting or [b for b in open_blocks if b.label == "human"] or open_blocks), None)
    return chosen if chosen and chosen.has_room_for(fact.text) else None


def _contradicted(text: str, prompt: Prompt) -> tuple[BlockText | None, str]:
    for block in prompt.blocks:
        if block.read_only:
            continue
        for line in reversed(block.lines):
            if block.value.count(line) == 1 and (contradicts(text, line) or _redated(text, line)):
                return block, line
    return None, ""


def _redated(text: str, line: str) -> bool:
    """Whether a line differs from a statement only in its value, as after "it's moved to"."""
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
