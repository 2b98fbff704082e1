"""A real terminal for tests: a program runs in a pseudo-terminal, and a test types and reads the screen as a
person does."""

from __future__ import annotations

import os
import re
import select
import struct
import time
from pathlib import Path

import pyte
from workers import Program

SECONDS = 90.0
"""The time limit for a text to appear. A slow machine with other work needs much of it."""


class Terminal:
    """Runs a Python file until it ends or is closed. `screen` is the text on the screen, `past` also what
    scrolled away."""

    def __init__(self, program: Path | str, *arguments: object, columns: int = 100, lines: int = 40) -> None:
        import fcntl
        import pty
        import termios

        self._screen = pyte.HistoryScreen(columns, lines, history=2000, ratio=0.5)
        self._stream = pyte.ByteStream(self._screen)
        self._screen.write_process_input = self._answer
        size = {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(lines)}
        self._file, its_file = pty.openpty()
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._program = Program(
            program, *arguments, terminal=os.ttyname(its_file), environment={**os.environ, **size}
        )
        os.close(its_file)

    def close(self) -> None:
        """End the program, if it has not ended."""
        self._program.kill()
        self._program.wait()
        os.close(self._file)

    def type(self, text: str) -> None:
        """Type, without Enter."""
        os.write(self._file, text.encode())

    def type_until(self, text: str, pattern: str) -> None:
        """Type the text again each second, until the pattern is on the screen or above it."""
        end = time.monotonic() + SECONDS
        while not self._sees(pattern):
            assert time.monotonic() < end, f"{pattern!r} never appeared in:\n{self.past}"
            self.type(text)
            second = time.monotonic() + 1
            while not self._sees(pattern) and self._read(second):
                pass

    def enter(self, text: str = "") -> None:
        self.type(f"{text}\r")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.type("\x03")

    def wait_for(self, pattern: str, *, times: int = 1) -> str:
        """Read until the pattern is on the screen, or above it, so many times. Returns the whole text."""
        end = time.monotonic() + SECONDS
        while len(re.findall(pattern, self.past, re.MULTILINE)) < times:
            if not self._read(end):
                raise AssertionError(f"{pattern!r} never appeared {times} times in:\n{self.past}")
        return self.past

    def wait_for_end(self) -> int:
        """Read until the program ends; its exit code."""
        end = time.monotonic() + SECONDS
        while self._read(end):
            pass
        return self._program.wait()

    @property
    def screen(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def past(self) -> str:
        """What scrolled away, and the screen."""
        width = self._screen.columns
        above = [
            "".join(row[column].data for column in range(width)).rstrip() for row in self._screen.history.top
        ]
        return "\n".join([*above, self.screen])

    def _sees(self, pattern: str) -> bool:
        return re.search(pattern, self.past, re.MULTILINE) is not None

    def _read(self, end: float) -> bool:
        """Read what comes next. Returns False when the program has ended or the time is over."""
        left = end - time.monotonic()
        if left < 0 or not select.select([self._file], [], [], left)[0]:
            return False
        try:
            output = os.read(self._file, 65536)
        except OSError:  # on Linux, when the other side is closed
            return False
        self._stream.feed(output)
        return bool(output)

    def _answer(self, text: str) -> None:
        """Send the terminal's own answers, such as the place of the cursor."""
        os.write(self._file, text.encode())
