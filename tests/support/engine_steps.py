"""Count the steps of a backtracking engine: the work of a search, which does not depend on the machine.

This does what the engine of `re` does, one character or one choice a step, over the tree that `re` makes of a
pattern. It gives up after a number of steps, so that a bad pattern costs no more than a good one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from patterns import fits, sre_parse

Then = Callable[[int], int]
"""What is tried behind a place: it returns where the match ends, or -1."""

REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


class TooManyStepsError(Exception):
    """The search takes more steps than it may."""


def steps(pattern: re.Pattern[Any], text: str, *, searches: bool, most: int) -> int:
    """Return how many steps it takes to find all matches, or to try one match at the start."""
    engine = _Engine(pattern, text, most)
    place = 0
    while place <= len(text):
        end = engine.match(place)
        if not searches:
            break
        place = max(end, place + 1)
    return engine.count


class _Engine:
    def __init__(self, pattern: re.Pattern[Any], text: str, most: int) -> None:
        self.count = 0
        self._text = text
        self._most = most
        self._flags = pattern.flags
        self._groups: dict[int, tuple[int, int]] = {}
        self._tree = list(sre_parse.parse(pattern.pattern, pattern.flags))

    def match(self, place: int) -> int:
        self._groups = {}
        return self._sequence(self._tree, 0, place, lambda end: end)

    def _step(self, steps: int = 1) -> None:
        self.count += steps
        if self.count > self._most:
            raise TooManyStepsError

    def _sequence(self, items: list[Any], number: int, place: int, then: Then) -> int:
        while number < len(items) and self._single(items[number]):
            self._step()
            if not self._fits(items[number], place):
                return -1
            place += 1
            number += 1
        if number == len(items):
            return then(place)
        return self._one(items[number], place, lambda end: self._sequence(items, number + 1, end, then))

    def _one(self, item: Any, place: int, then: Then) -> int:
        self._step()
        name, value = str(item[0]), item[1]
        if name in REPEATS:
            low, high, body = value
            inside = list(body)
            if len(inside) == 1 and self._single(inside[0]):
                return self._run(inside[0], low, int(high), place, then, lazy=name == "MIN_REPEAT")
            return self._repeat(inside, low, int(high), place, then, lazy=name == "MIN_REPEAT")
        if name == "SUBPATTERN":
            return self._group(value[0], list(value[3]), place, then)
        if name == "ATOMIC_GROUP":
            end = self._sequence(list(value), 0, place, lambda end: end)
            return -1 if end < 0 else then(end)
        if name == "BRANCH":
            begun = (list(branch) for branch in value[1] if self._begins(branch, place))
            ends = (self._sequence(branch, 0, place, then) for branch in begun)
            return next((end for end in ends if end >= 0), -1)
        if name in ("ASSERT", "ASSERT_NOT"):
            return then(place) if self._looks(value, place) == (name == "ASSERT") else -1
        if name == "GROUPREF":
            start, end = self._groups.get(value, (0, 0))
            same = self._text.startswith(self._text[start:end], place)
            return then(place + end - start) if same else -1
        return then(place) if self._at(str(value), place) else -1

    def _begins(self, branch: Any, place: int) -> bool:
        return not len(branch) or not self._single(branch[0]) or self._fits(branch[0], place)

    def _group(self, number: int | None, inside: list[Any], place: int, then: Then) -> int:
        def behind(end: int) -> int:
            before = self._groups.get(number or 0)
            if number is not None:
                self._groups[number] = (place, end)
            found = then(end)
            if found < 0 and number is not None and before is not None:
                self._groups[number] = before
            return found

        return self._sequence(inside, 0, place, behind)

    def _run(self, item: Any, low: int, high: int, place: int, then: Then, *, lazy: bool) -> int:
        """Repeat one character, without recursion."""
        end = place
        while end - place < (low if lazy else high) and self._fits(item, end):
            self._step()
            end += 1
        if end - place < low:
            return -1
        while True:
            self._step()
            if (found := then(end)) >= 0:
                return found
            end += 1 if lazy else -1
            if lazy and (end - place > high or not self._fits(item, end - 1)):
                return -1
            if not lazy and end - place < low:
                return -1

    def _repeat(self, inside: list[Any], low: int, high: int, place: int, then: Then, *, lazy: bool) -> int:
        def again(count: int, place: int) -> int:
            def more(end: int) -> int:
                return -1 if end == place and count >= low else again(count + 1, end)

            self._step()
            if count < low:
                return self._sequence(inside, 0, place, more)
            if lazy and (found := then(place)) >= 0:
                return found
            if count < high and (found := self._sequence(inside, 0, place, more)) >= 0:
                return found
            return -1 if lazy else then(place)

        return again(0, place)

    def _looks(self, value: Any, place: int) -> bool:
        direction, inside = value[0], list(value[1])
        if direction > 0:
            return self._sequence(inside, 0, place, lambda end: end) >= 0
        _, width = value[1].getwidth()
        start = place - width
        return start >= 0 and self._sequence(inside, 0, start, lambda end: end if end == place else -1) >= 0

    @staticmethod
    def _single(item: Any) -> bool:
        return str(item[0]) in ("LITERAL", "NOT_LITERAL", "ANY", "IN")

    def _fits(self, item: Any, place: int) -> bool:
        return place < len(self._text) and fits(item, self._text[place], self._flags)

    def _at(self, where: str, place: int) -> bool:
        text = self._text
        if where in ("AT_BOUNDARY", "AT_NON_BOUNDARY"):
            sides = (text[place - 1 : place] if place else "", text[place : place + 1])
            before, after = (each.isalnum() or each == "_" for each in sides)
            return (before != after) == (where == "AT_BOUNDARY")
        if where.startswith("AT_BEGINNING"):
            lines = where == "AT_BEGINNING" and self._flags & re.MULTILINE
            return place == 0 or bool(lines and text[place - 1] == "\n")
        if where == "AT_END_STRING":
            return place == len(text)
        lines = self._flags & re.MULTILINE
        return place == len(text) or text[place:] == "\n" or bool(lines and text[place] == "\n")
