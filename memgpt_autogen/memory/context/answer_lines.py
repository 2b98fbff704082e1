"""What a model wrote for the summary, as lines with days and speakers, in whatever form it answered.

Models are asked for lines. They also write prose, lists, tables, JSON, all of the log again, or a refusal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from memgpt_autogen.llm.text_calls.thoughts import split_thoughts, without_marks
from memgpt_autogen.memory.context.dated_line import DatedLine, Days, days_of, read_line
from memgpt_autogen.text.words import stems

MOST_SPEAKERS = 3
"""How many speakers a line gets that names none."""


def read_answer(text: str, about: Sequence[DatedLine], known: Collection[DatedLine] = ()) -> list[DatedLine]:
    """Return the distinct lines of a model's answer about these lines; none if it refused or wrote nothing.

    A line without a day gets the days of the lines it is about, also where its day is none of them, and one
    that names no speaker gets their speakers. Lines that are `known` stay as they are.
    """
    said = without_marks(split_thoughts(text)[0]).strip()
    days, speakers = days_of(about), list(dict.fromkeys(line.speaker for line in about if line.speaker))
    found: dict[str, DatedLine] = {}
    for row in filter(str.strip, _rows(said)):
        line = read_line(row)
        if re.search(r"\w", line.what) and not _HEADING.fullmatch(row.strip()):
            made = line if line in known else _completed(line, days, speakers)
            found.setdefault(str(made), made)
    lines = list(found.values())
    return [] if _is_refusal(said, lines, about) else lines


def _completed(line: DatedLine, days: Days | None, speakers: Sequence[str]) -> DatedLine:
    if days is not None:
        begins, ends = (max(line.days[0], days[0]), min(line.days[1], days[1])) if line.days else days
        if begins > ends:  # a day of which is spoken, not on which it was said
            line = replace(line, what=str(replace(line, speaker="")), days=days)
        else:
            line = replace(line, days=(begins, ends))
    names = [name for speaker in speakers for name in (speaker, speaker.removesuffix(" (I)"))]
    if line.speaker or not speakers or any(_mentions(line.what, name) for name in names):
        return line
    more = len(speakers) - MOST_SPEAKERS
    shown = ", ".join(speakers[:MOST_SPEAKERS]) + (f" and {more} more" if more > 0 else "")
    return replace(line, speaker=shown)


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _rows(text: str) -> Iterator[str]:
    """Yield the rows of an answer without the marks of lists, tables, emphasis and code around them."""
    value = _json_in(text)
    if value is not None:
        yield from _rows_of(value)
        return
    for row in text.splitlines():
        if not _RULE.fullmatch(row.strip()):
            bare = _BULLET.sub("", row.strip()).strip("|").replace(" | ", " ").replace("**", "").strip()
            yield bare.strip("\"',`") if _QUOTED.match(bare) else bare


def _json_in(text: str) -> Any:
    """Return the value if the text is JSON, also in a block of code; else None."""
    bare = _FENCE.sub("", text).strip()
    if not bare.startswith(("[", "{")):
        return None
    try:
        value = json.loads(bare, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (list, dict)) else None


def _rows_of(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield a row for each text in a list, and for each object that has no list or object inside."""
    if isinstance(value, Mapping):
        inside = [each for each in value.values() if isinstance(each, (list, Mapping))]
        if not inside:
            yield _row_of_object(value)
        elif depth < DEEPEST:
            for key, each in value.items():
                rows = _rows_of(each, depth + 1)
                yield from (f"{key} {row}" for row in rows) if _is_day(key) else rows
    elif isinstance(value, list) and depth < DEEPEST:
        for each in value:
            yield from _rows_of(each, depth + 1)
    elif value is not None:
        yield str(value)


def _row_of_object(value: Mapping[Any, Any]) -> str:
    """Return an object such as `{"date": …, "speaker": …, "what": …}`, or `{"2026-03-01": …}`, as a row."""
    parts = {str(key).lower(): str(each) for key, each in value.items() if each is not None}
    days = [key for key in parts if _is_day(key)]
    if days:
        return "\n".join(f"{day} {parts[day]}" for day in days)
    when = next((each for key, each in parts.items() if _is_day(each[:10])), "")
    speaker = next((parts[key] for key in SPEAKER_KEYS if key in parts), "")
    what = " ".join(each for each in parts.values() if each not in (when, speaker))
    return f"{when} {speaker}: {what}".strip() if speaker else f"{when} {what}".strip()


def _is_day(text: Any) -> bool:
    try:
        return bool(date.fromisoformat(str(text)[:10])) and len(str(text)) >= len("2026-03-01")
    except ValueError:
        return False


def _is_refusal(said: str, lines: Sequence[DatedLine], about: Sequence[DatedLine]) -> bool:
    """Return whether the model only says that it cannot, in one line with hardly a word of what was said."""
    if len(lines) > 1 or not _REFUSAL.match(said):
        return False
    words = set(stems(said)) & {word for line in about for word in stems(line.what)}
    return len(words) < LEAST_SHARED


DEEPEST = 6
LEAST_SHARED = 3
SPEAKER_KEYS = ("speaker", "name", "who", "by", "from", "user", "author", "role")

_BULLET = re.compile(r"\A(?:[-*•–+>#]+|\(?\d{1,3}[.)])\s+")
_RULE = re.compile(r"[-=*_|:\s`]*|```\w*")
_FENCE = re.compile(r"^```\w*\s*|\s*```$")
_QUOTED = re.compile(r"[\"'`].*[\"'`],?$")
# such as "Here are the new lines:"
_HEADING = re.compile(
    r"(?:here|sure|okay|ok|certainly|of course|the|new|summary|log|updated?)\b[^\n]{0,80}:", re.IGNORECASE
)
_REFUSAL = re.compile(
    r"(?:i['’]?m |i am )?(?:very )?(?:sorry|afraid|unable|not able)\b"
    r"|i (?:can(?:no|['’])t|can not|won['’]t|am unable|do ?n['’]t)\b|as an ai\b|none\b|n/?a\b|nothing\b"
    r"|no (?:new )?(?:lines?|entries|information)\b",
    re.IGNORECASE,
)
