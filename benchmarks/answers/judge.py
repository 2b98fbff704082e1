"""A judge: another model that says whether an answer is right, as JSON. Its raw words are kept.

A verdict that is not in the form is no verdict: the answer stays without a score, and is counted as such.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from statistics import fmean
from typing import Any

from benchmarks.answers.conversations import Asked
from benchmarks.answers.reader import Reader, Spent

ANSWER = """\
You check an answer against the right answer. Judge only whether the answer says the same, in whatever words.
- It is right if it has what the right answer says. More that does not contradict it is no fault.
- It is wrong if a part is missing that the question asks for, if it contradicts the right answer, or if it \
is only about the same topic.
- If the right answer is that something is not known or was not said, the answer is right only if it says so.
- Dates are the same if they mean the same day, month or year as the right answer.
Answer with one JSON object and nothing else: {"reason": "one short sentence", "right": true or false}"""

ITEM = """\
You check whether an answer does what one requirement says. Judge this requirement alone, and only by what \
the answer says; an answer that is good in another way does not fulfil it.
Answer with one JSON object and nothing else: {"reason": "one short sentence", "right": true or false}"""


def needed(question: Asked) -> Iterator[tuple[int, str, str]]:
    """Yield what the judge is asked about an answer: a number, the instructions, and what is required."""
    if question.rule == "rubric":
        yield from ((number, ITEM, item) for number, item in enumerate(question.rubric))
    else:
        yield 0, ANSWER, " / ".join(question.answers) or "It is not known."


def judge(judging: Reader, question: Asked, answer: str) -> tuple[float | None, list[str], Spent]:
    """Return the share of what is required that the answer fulfils, the raw verdicts, and the tokens.

    The share is None if a verdict is not in the form.
    """
    raw: list[str] = []
    spent = Spent()
    for _, instructions, required in needed(question):
        name = "requirement" if question.rule == "rubric" else "right answer"
        asked = json.dumps(
            {"question": question.text, name: required, "answer": answer}, ensure_ascii=False, indent=1
        )
        words, used = judging.ask(instructions, asked)
        raw.append(words)
        spent += used
    verdicts = [verdict(words) for words in raw]
    known = [each for each in verdicts if each is not None]
    return (fmean(known) if known and len(known) == len(verdicts) else None), raw, spent


def verdict(words: str) -> bool | None:
    """Return the verdict in the judge's words; None if it is not one JSON object with `right`."""
    fenced = re.fullmatch(r"```(?:json)?\s*(.*?)\s*```", words.strip(), re.DOTALL)
    try:
        found: Any = json.loads(fenced[1] if fenced else words)
    except ValueError:
        return None
    right = found.get("right") if isinstance(found, dict) else None
    return right if isinstance(right, bool) else None
