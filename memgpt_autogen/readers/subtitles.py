"""Read subtitles and transcripts (.vtt, .srt): what was said, with its speaker and time."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from memgpt_autogen.readers.sections import Part

TIME = r"(?:\d+:)?\d{1,2}:\d{2}[.,]\d+"
TIMES = re.compile(rf"\s*({TIME})\s*-->\s*({TIME})")
SPEAKER = re.compile(r"<v(?:\.[\w.-]+)?\s([^<>]+)>")
PART_CHARS = 4000
"""A part ends after so many characters of what was said."""

SHORT = 0.1
"""A caption of fewer seconds only repeats what rolls up."""


@dataclass(frozen=True, slots=True)
class _Cue:
    """A caption, or a text that is none, which has no time."""

    lines: tuple[str, ...]
    time: str | None = None
    start: float = 0.0
    end: float = 0.0


def read_subtitles(lines: Iterable[str]) -> Iterator[Part]:
    """Yield what was said as `time speaker: text`. What one speaker says without a pause is one line."""
    said: list[str] = []
    start = end = speaker = ""
    notes: list[str] = []
    before = _Cue(())
    for cue in _cues(lines):
        if cue.time is None:
            notes.append("\n".join(cue.lines))
            continue
        text = "\n".join(cue.lines[_rolled(before, cue) :])
        before = cue
        name = _speaker_in(text)
        words = _bare(text)
        if not words:
            continue
        start, end = start or cue.time, cue.time
        if said and name == speaker and not said[-1].endswith((".", "?", "!", "…")):
            said[-1] += f" {words}"
        else:
            said.append(f"{cue.time} {name}: {words}" if name else f"{cue.time} {words}")
        speaker = name
        if sum(map(len, said)) > PART_CHARS:
            yield Part("\n".join(said), heading=_span(start, end))
            said, start = [], ""
    if said:
        yield Part("\n".join(said), heading=_span(start, end))
    if notes:
        yield Part("\n\n".join(notes))


def _cues(lines: Iterable[str]) -> Iterator[_Cue]:
    block: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            block.append(line.strip())
            continue
        place = next((number for number, each in enumerate(block) if TIMES.match(each)), None)
        if place is not None and (found := TIMES.match(block[place])):
            start, end = map(_seconds, found.groups())
            if before := block[
                : max(0, place - 1)
            ]:  # right above the times is the number or name of a caption
                yield _Cue(tuple(before))
            time = re.split("[.,]", found.group(1))[0]
            yield _Cue(tuple(block[place + 1 :]), time, start, end)
        elif block and not block[0].lstrip("\ufeff").startswith(("WEBVTT", "STYLE", "REGION")):
            yield _Cue(tuple(block))
        block = []


def _rolled(before: _Cue, cue: _Cue) -> int:
    """Return how many lines at the start of a caption are those at the end of the one before, rolled up."""
    if cue.start > before.end + SHORT or _speaker(before) != _speaker(cue):
        return 0
    earlier, lines = (tuple(map(_bare, each.lines)) for each in (before, cue))
    for count in range(min(len(earlier), len(lines)), 0, -1):
        # the same caption again was said again, unless it is too short for that
        rolls = count < max(len(earlier), len(lines)) or cue.end - cue.start < SHORT
        if earlier[-count:] == lines[:count] and rolls:
            return count
    return 0


def _speaker(cue: _Cue) -> str:
    return _speaker_in("\n".join(cue.lines))


def _speaker_in(text: str) -> str:
    found = SPEAKER.search(text)
    return " ".join(found.group(1).split()) if found else ""


def _bare(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^<>]*>|\{\\[^{}]*\}", "", text)).split())


def _seconds(time: str) -> float:
    *larger, seconds = time.replace(",", ".").split(":")
    minutes: int = sum(int(each) * 60**place for place, each in enumerate(reversed(larger)))
    return float(seconds) + 60 * minutes


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"
