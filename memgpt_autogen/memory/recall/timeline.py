"""A timeline: what was said about something, in the order in which it happened.

It is computed from a search, and nothing is stored for it. So it is right after whatever changes the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from itertools import pairwise

from memgpt_autogen.memory.recall.query_dates import MONTHS
from memgpt_autogen.memory.recall.search import RecallMemory, RecallPage, Utterance
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.rendering.search_results import Result, results_html, results_text
from memgpt_autogen.text.parts import shown_from
from memgpt_autogen.text.told_times.read import ToldTime, days_text, told_times

PAGE_SIZE = 30

MOST_MATCHES = 200
"""How many of the best matches become events."""

READ_CHARS = 400
"""Of a longer message, only the part that matches tells when it happened."""

OWN = 0.5
"""What the agent's own words weigh: it often repeats at length what it was told."""

CROWDED = 0.8
"""What an event weighs for each one of its bucket that is shown before it."""

BUCKETS = 10
MOST_LISTED = 60
"""Without a subject, the time is cut into so many buckets, of which so many messages are read."""

BESIDE = timedelta(days=31)
"""How long before and after a range people talk of what happens in it."""

MOST_MONTHS = 3
"""The names of so many months are searched for."""

BORROWED = 0.5
"""The least weight of a message without a word of the subject, beside one that has one."""

LEAST = 1e-6
"""The least weight of a match."""

UNDATED = 0.5
"""Without a subject, what a message weighs that tells no date."""


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One message, at the time when what it tells has happened."""

    utterance: Utterance
    time: datetime
    """When it happened, if the text tells it, else when it was said. Of a day or a month, the begin."""
    told: ToldTime | None = None
    """What the text tells; None if it tells no time, or a plan."""
    weight: float = 0.0

    def date(self, zone: tzinfo) -> str:
        """Return the day, the month, the year or the days, in ISO 8601."""
        if self.told is None:
            return self.utterance.time.astimezone(zone).date().isoformat()
        return days_text(self.told.first, self.told.last)


@dataclass(frozen=True, slots=True, repr=False)
class TimelinePage:
    """One page of a timeline, oldest first. Each page is spread over the whole time; page 0 has the best."""

    items: list[TimelineEvent]
    total: int
    """How many events there are on all pages."""
    page: int
    page_size: int
    zone: tzinfo
    first: datetime | None = None
    last: datetime | None = None
    """When the first and the last of all events happened."""
    complete: bool = True
    """Whether all messages that match are events. Else these are the best, or some of each part."""
    trouble: str = ""

    @property
    def last_page(self) -> int:
        return max(0, (self.total - 1) // self.page_size)

    def __str__(self) -> str:
        return results_text("timeline", self._about(), self._results())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return results_html("timeline", "recall", self._about(), self._results(), "speaker")

    def _about(self) -> tuple[str, ...]:
        return counted(self.total, "event"), f"page {self.page} of 0 to {self.last_page}", self.trouble

    def _results(self) -> list[Result]:
        return [
            Result(
                each.utterance.time,
                each.utterance.name,
                each.utterance.part or each.utterance.text,
                each.weight,
                f"on {each.date(self.zone)}",
            )
            for each in self.items
        ]


def read_timeline(
    recall: RecallMemory,
    about: str,
    *,
    own_name: str,
    zone: tzinfo,
    speaker: str | None,
    start: datetime | None,
    end: datetime | None,
    page: int,
    page_size: int,
) -> TimelinePage:
    """Return one page of events. `RecallMemory.timeline` says which."""
    reader = _Reader(recall, about.strip(), own_name, zone, speaker, _aware(start, zone), _aware(end, zone))
    events = sorted(reader.events(), key=lambda event: (event.time, event.utterance.seq))
    first, last = (events[0].time, events[-1].time) if events else (None, None)
    chosen = spread(events, page_size)[page * page_size : (page + 1) * page_size]
    chosen.sort(key=lambda event: (event.time, event.utterance.seq))
    return TimelinePage(
        chosen, len(events), page, page_size, zone, first, last, reader.complete, reader.trouble
    )


def spread(events: Sequence[TimelineEvent], buckets: int) -> list[TimelineEvent]:
    """Return the events by weight, but so that no time has much more than another.

    The time is cut into equal buckets. `events` are in order of time.
    """
    if not events:
        return []
    first = events[0].time
    size = (events[-1].time - first) / buckets or timedelta(seconds=1)
    by_bucket: dict[int, list[TimelineEvent]] = {}
    for event in events:
        by_bucket.setdefault(min(int((event.time - first) / size), buckets - 1), []).append(event)
    for bucket in by_bucket.values():
        bucket.sort(key=lambda event: (event.weight, event.time, event.utterance.seq))  # the best is last
    taken = dict.fromkeys(by_bucket, 0)
    chosen = []
    while by_bucket:
        best = max(by_bucket, key=lambda each: by_bucket[each][-1].weight * CROWDED ** taken[each])
        chosen.append(by_bucket[best].pop())
        taken[best] += 1
        if not by_bucket[best]:
            del by_bucket[best]
    return chosen


@dataclass(slots=True)
class _Reader:
    """Reads what may be an event, and when it happened."""

    recall: RecallMemory
    about: str
    own_name: str
    zone: tzinfo
    speaker: str | None
    start: datetime | None
    end: datetime | None
    complete: bool = True
    trouble: str = ""

    def events(self) -> list[TimelineEvent]:
        weights: dict[int, tuple[Utterance, float]] = {}
        for utterance, weight in self._matching() if self.about else self._listed():
            weighed = weight * (OWN if utterance.name == self.own_name else 1.0)
            known = weights.get(utterance.seq)
            if known is None or known[1] < weighed:
                weights[utterance.seq] = utterance, weighed
        placed = [self._placed(utterance, weight) for utterance, weight in weights.values()]
        return [event for event in placed if event is not None]

    def _search(self, words: str, start: datetime | None, end: datetime | None, size: int) -> RecallPage:
        found = self.recall.search(words, speaker=self.speaker, start=start, end=end, page_size=size)
        self.trouble = self.trouble or found.trouble
        return found

    def _matching(self) -> Iterator[tuple[Utterance, float]]:
        """Yield what matches: of everything, since a text may tell the range, and of what was said in it."""
        for start, end in dict.fromkeys(((None, None), (self.start, self.end))):
            found = self._search(self.about, start, end, MOST_MATCHES)
            self.complete = self.complete and found.total <= MOST_MATCHES
            best = max((item.score for item in found.items), default=0.0)
            named = any(item.signals.words for item in found.items)
            for item in found.items:
                weight = max(item.score / best, LEAST) if best > 0 else 1.0
                by_itself = item.signals.words or item.signals.meaning is not None
                if by_itself or not named or weight >= BORROWED:
                    yield item, weight

    def _listed(self) -> Iterator[tuple[Utterance, float]]:
        """Yield what was said in the range and beside it, some of each part, and what names its months."""
        first, last = self.start, self.end
        if first is None or last is None:
            said = self.recall.extent()
            if said is None:
                return
            first, last = first or said[0], last or said[1]
        if first > last:
            return
        step = (last - first) / BUCKETS
        ends = [first + number * step for number in range(BUCKETS)] + [last]
        parts = list(pairwise(ends))
        parts += [(_moved(first, -BESIDE), first)] if self.start is not None else []
        parts += [(last, _moved(last, BESIDE))] if self.end is not None else []
        for start, end in parts:
            found = self._search("", start, end, MOST_LISTED)
            self.complete = self.complete and found.total <= MOST_LISTED
            for item in found.items:
                yield item, 1.0 if told_times(item.text, item.time, self.zone) else UNDATED
        if self.start is not None and self.end is not None:
            for month in _months(first.astimezone(self.zone), last.astimezone(self.zone)):
                for item in self._search(month, None, None, MOST_LISTED).items:
                    yield item, 1.0

    def _placed(self, utterance: Utterance, weight: float) -> TimelineEvent | None:
        """Return the event at its time; None if that is not in the range."""
        text, said = utterance.text, utterance.time
        shift = shown_from(text, self.about, READ_CHARS) if self.about and len(text) > READ_CHARS else 0
        read = text[shift : shift + READ_CHARS] if self.about else text
        times = told_times(read, said, self.zone)
        today = said.astimezone(self.zone).date()
        if self.start is not None or self.end is not None:
            times = [each for each in times if self._has(each)]
        else:  # a plan happens later, if it does: what has happened is that it was made
            times = [each for each in times if each.first <= today]
        if times:
            told = replace(times[0], start=times[0].start + shift, end=times[0].end + shift)
            begin = datetime.combine(told.first, time.min, self.zone)
            return TimelineEvent(utterance, begin.astimezone(timezone.utc), told, weight)
        if (self.start is None or self.start <= said) and (self.end is None or said <= self.end):
            return TimelineEvent(utterance, said, None, weight)
        return None

    def _has(self, told: ToldTime) -> bool:
        """Return whether the range has one of these days."""
        first = self.start.astimezone(self.zone).date() if self.start else date.min
        last = self.end.astimezone(self.zone).date() if self.end else date.max
        return told.first <= last and told.last >= first


def _aware(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return moment.replace(tzinfo=zone) if moment is not None and moment.tzinfo is None else moment


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:  # the first or the last days of the calendar
        return moment


def _months(first: datetime, last: datetime) -> list[str]:
    """Return the names of the months of a range, such as `may 2023`, if they are few."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    names = [f"{MONTHS[number % 12]} {number // 12}" for number in numbers[: MOST_MONTHS + 1]]
    return names if len(names) <= MOST_MONTHS else []
