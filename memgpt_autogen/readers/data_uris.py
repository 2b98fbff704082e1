"""Files that are embedded in a text as data URIs, which nobody reads: left out, and counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from memgpt_autogen.rendering.plain_text import counted

DATA_URI = re.compile(
    r"(data:([a-z]+/[a-z0-9.+-]+)(?:[=;_][a-z0-9=;_.+-]*)?),([a-z0-9+/=_%-]{64,}|[^\s()<>\"'\[\]\\]{64,})",
    re.IGNORECASE,
)

BARE = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{1000,}={0,2}(?![A-Za-z0-9+/=])")
"""Base64 that stands alone, such as a picture in JSON."""

MORE = re.compile(r"[A-Za-z0-9+/]*={0,2}")
"""A further line of Base64."""

WRAPPED = 40
"""A shorter line of letters and digits is a word."""


class DataUris:
    """Removes the content of data URIs and keeps their media types."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._characters = 0

    @property
    def note(self) -> str:
        """What was left out, in words; empty if nothing was."""
        if not self._found:
            return ""
        kinds = ", ".join(sorted(set(self._found)))
        left_out = counted(len(self._found), "embedded file")
        return f"{left_out} ({kinds}, {counted(self._characters, 'character')}) left out"

    def without(self, text: str) -> str:
        if "data:" in text or "DATA:" in text:
            text = DATA_URI.sub(self._media_type, text)
        return BARE.sub(self._bare, text) if len(text) >= 1000 else text

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield the lines. A URI may go on over several of them, also where a line is read in pieces."""
        inside = ended = False
        for line in lines:
            rest = line
            if inside:
                length = self._further(line, whole=not ended)
                self._characters += length
                rest = line[length:]
                if length and not rest.strip():
                    ended = line.endswith("\n")
                    continue
            before, kept = len(self._found), self.without(rest)
            inside = len(self._found) > before and kept.rstrip("\n").endswith(self._found[-1])
            ended = line.endswith("\n")
            yield kept

    @staticmethod
    def _further(line: str, *, whole: bool) -> int:
        """Return how many characters at the start of a line are Base64 that began before it.

        `whole` is for a line that was read in pieces. Another line is Base64 if it is nothing else, or ends
        as a URI does.
        """
        found = MORE.match(line)
        length = found.end() if found else 0
        after = line[length:].rstrip("\n")
        ends = after[:1] in tuple(")>\"'") or line[:length].endswith("=")
        return length if whole or (after == "" and length >= WRAPPED) or ends else 0

    def _bare(self, found: re.Match[str]) -> str:
        kinds = (str.isdecimal, str.isupper, str.islower)
        if not all(any(map(kind, found.group())) for kind in kinds):  # a sequence of something else
            return found.group()
        self._found.append("base64")
        self._characters += len(found.group())
        return "base64"

    def _media_type(self, found: re.Match[str]) -> str:
        self._found.append(found.group(2).lower())
        self._characters += len(found.group(3))
        return f"data:{found.group(2).lower()}"
