"""Finds out by its counts that an endpoint leaves out a part of the prompt, and says nothing."""

from __future__ import annotations

from collections.abc import Sequence

from memgpt_autogen.llm.protocols import ToolSchema

# so many answers in a row must show it
ANSWERS = 3

# a prompt has grown by so many tokens and by this share
LEAST_GROWTH, GROWTH = 300, 0.06

# the endpoint counts at most this share of the growth: since an estimate can be twice too high, honest counts
# have half of it
SEEN = 0.25

# a cut leaves at least this share of what was counted at most; an endpoint that counts only what was not in
# its cache counts less
LEAST_SHARE = 0.45

# a count below this share of the estimate is beyond the error of any estimate
BEYOND_ERROR = 0.4

# a smaller window is none that an agent works in, so such a number means something else
LEAST_WINDOW = 1024


class CutDetector:
    """Compares what the endpoint counts with what was sent, in tokens."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.suspicious = False
        """Whether the newest count may be that of a prompt that was cut, so that estimates learn nothing."""
        self._tools: Sequence[ToolSchema] = ()
        self._last = 0
        # the largest count since the prompt was last shortened, and what was estimated then
        self._top, self._top_estimate = 0, 0
        self._short: list[int] = []

    def note(self, estimated: int, told: int, tools: Sequence[ToolSchema]) -> int | None:
        """Compare one prompt; return the window that is served once it is clear that prompts are cut.

        `estimated` is of the messages alone, since tools may be sent in another form, and without any
        correction. `told` is what the endpoint counted of the whole prompt; 0 where it did not.
        """
        if not told or not estimated:
            return None
        if list(tools) != list(self._tools) or estimated < 0.9 * self._last:
            self._top, self._top_estimate, self._short = told, estimated, []
        self._tools, self._last = tools, estimated
        growth = estimated - self._top_estimate
        grown = growth >= max(LEAST_GROWTH, GROWTH * self._top_estimate)
        capped = grown and LEAST_SHARE * self._top <= told <= self._top + SEEN * growth
        self.suspicious = capped or LEAST_WINDOW <= told < BEYOND_ERROR * estimated
        if not self.suspicious:
            self._short = []
            if told > self._top + SEEN * growth:
                self._top, self._top_estimate = told, estimated
            return None
        self._short.append(told)
        if len(self._short) < ANSWERS or max(self._short) > 2 * min(self._short):
            return None
        window = max(self._top, *self._short)
        self._begin()  # what follows is compared anew
        return window if window >= LEAST_WINDOW else None
