"""Read subtitles and transcripts (.vtt, .srt): what was said, with its speaker and time."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from memgpt_autogen.readers.sections import Part

TIMES = re.compile(r"\s*((?:\d+:)?\d{1,2}:\d{2})[.,]\d+\s*-->\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d+")
SPEAKER = re.compile(r"<v(?:\.[\w.-]+)?\s+([^>]+)>")
PART_CHARS = 4000
"""A part ends after so many characters of what was said."""


def read_subtitles(lines: Iterable[str]) -> Iterator[Part]:
    """Yield what was said as `time speaker: text`. What one speaker says without a pause is one line."""
    said: list[str] = []
    start = end = speaker = ""
    notes: list[str] = []
    for time, text in _cues(lines):
        if time is None:
            notes.append(text)
            continue
        found = SPEAKER.search(text)
        name = " ".join(found.group(1).split()) if found else ""
        words = " ".join(html.unescape(re.sub(r"<[^>]*>|\{\\[^}]*\}", "", text)).split())
        if not words or (said and said[-1].endswith(words)):  # a caption that rolls comes twice
            continue
        start, end = start or time, time
        if said and name == speaker and not said[-1].endswith((".", "?", "!", "…")):
            said[-1] += f" {words}"
        else:
            said.append(f"{time} {name}: {words}" if name else f"{time} {words}")
        speaker = name
        if sum(map(len, said)) > PART_CHARS:
            yield Part("\n".join(said), heading=_span(start, end))
            said, start = [], ""
    if said:
        yield Part("\n".join(said), heading=_span(start, end))
    if notes:
        yield Part("\n\n".join(notes))


def _cues(lines: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    """Yield the time and the text of each cue; texts that are no cue have no time."""
    block: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            block.append(line.strip())
            continue
        place = next((number for number, each in enumerate(block) if TIMES.match(each)), None)
        if place is not None:
            found = TIMES.match(block[place])
            yield found.group(1) if found else "", "\n".join(block[place + 1 :])
        elif block and not block[0].lstrip("\ufeff").startswith(("WEBVTT", "STYLE", "REGION")):
            yield None, "\n".join(block)
        block = []


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"
