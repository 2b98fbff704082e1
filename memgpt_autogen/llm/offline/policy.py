"""The offline model's decision: what to do in this step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from memgpt_autogen.llm.offline.answers import answer, asked, question_in
from memgpt_autogen.llm.offline.evidence import CLEAR, ranked
from memgpt_autogen.llm.offline.keywords import COMMON, forms_in, keywords
from memgpt_autogen.llm.offline.notes import Act, beating, edits, rescue
from memgpt_autogen.llm.offline.prompt import OWN_TOOL, Line, Prompt

STEPS = 8  # the most steps of a turn, with the answer


def decide(prompt: Prompt) -> Act:
    """Return the next step, never the same call twice; an act without a name ends the turn."""
    made = [(call.name, _without_thoughts(call.arguments)) for call in prompt.tried]
    if prompt.steps < STEPS - 2:  # one step to answer, one more if the answer is refused
        for act in _wishes(prompt):
            tool = prompt.tools.get(act.name)
            arguments = tool.arguments(act.wanted, act.optional) if tool else None
            if arguments is not None and (act.name, _without_thoughts(arguments)) not in made:
                return act
    if not prompt.heard:
        return Act("", {}, "Nothing is waiting for me.")
    refused = [call.arguments.get("message") for call in prompt.tried if call.name == "send_message"]
    if len(refused) > 1 or (refused and prompt.steps >= STEPS - 1):
        return Act("", {}, "My answer was refused; I leave it at that.")
    said = answer(prompt)
    return saying("I could not put my answer into words; please ask me again." if said in refused else said)


def saying(text: str) -> Act:
    thought = "I have what I need; time to answer."
    return Act("send_message", {"message": text}, thought, {"inner_thoughts": thought})


def _without_thoughts(arguments: Any) -> dict[str, Any]:
    return {k: v for k, v in arguments.items() if k not in ("inner_thoughts", "request_heartbeat")}


def _wishes(prompt: Prompt) -> Iterator[Act]:
    """Yield the useful actions before the answer, most important first."""
    yield from edits(prompt)
    if prompt.warned and (saved := rescue(prompt)):
        yield saved
    if (line := asked(prompt)) is None:
        return
    if errand := _errand(prompt, line):
        yield errand
    elif question := question_in(line):
        yield from _searches(prompt, line, question)


def _searches(prompt: Prompt, line: Line, question: str) -> Iterator[Act]:
    """Yield the useful searches, until the answer is clear. After an eviction, the log is always searched."""
    found = ranked(prompt, question, line.speaker)
    searched = any(call.name == "conversation_search" for call in prompt.tried)
    if found and found[0].score >= CLEAR and (searched or not prompt.evicted):
        return
    known = forms_in(f"{line.speaker} {prompt.own_name}")
    words = [word for word in keywords(question) if not word.forms & known]
    terms = [word.text for word in words if word.weight > COMMON] or [word.text for word in words]
    moved = ["moved"] if any("@live" in word.forms for word in words) else []
    for query in (" ".join(terms[:6]), *moved, *sorted(terms, key=len, reverse=True)[:2]):
        for name, where in (
            ("conversation_search", "what was said"),
            ("archival_memory_search", "my archive"),
        ):
            yield beating(name, {"query": query}, f"I look through {where}: {query}.")


def _errand(prompt: Prompt, line: Line) -> Act | None:
    """Return the call of a developer's function that a message names, with the arguments that it quotes."""
    given = re.findall(r"[\"“]([^\"”]{1,200})[\"”]", line.text)
    for name, tool in prompt.tools.items():
        needed = [each for each in tool.needed if each not in ("request_heartbeat", "inner_thoughts")]
        named = forms_in(name.replace("_", " ")) <= forms_in(line.text) and not OWN_TOOL.fullmatch(name)
        if named and given and len(given) == len(needed):
            return beating(name, dict(zip(needed, given, strict=True)), f"{name} can tell me that.")
    return None
