"""Measure the timeline: does it list the events that BEAM asks the order of, and are told times read right?

    python -m benchmarks.timeline --beam beam_100k_dev.json.gz --locomo locomo_dev.json.gz --json

BEAM's questions of event ordering ask in which order the user brought up aspects of something. What each one
is about is taken from it by a rule, and asked of `timeline` and of the plain search. A question's score is
the share of its evidence on the first page, times how much of it is in order: (tau + 1) / 2, with Kendall's
tau of the evidence that is listed. The search lists by rank, and has as many results.

LoCoMo's temporal questions that have a date as their answer: is this date among the times that the rules
read in the evidence? A date counts if it overlaps the answer and is at most three times as long, or a week.
Of a turn of the evidence that tells no time, the day when it was said counts. No language model is used.
"""

from __future__ import annotations

import calendar
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from benchmarks.datasets import Question, Store, load, read
from benchmarks.measuring import emit, machine, named_embedder, parser, percentiles, report_progress, table
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.text.told_times.read import told_times
from memgpt_autogen.tools.memory.recall import recall_memory_tools
from memgpt_autogen.tools.memory.timeline import timeline_tool

PAGE = 30
ITEM_CHARS = 1000
"""The room of a result in a window of 8,000 tokens."""


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    options = parser(__doc__ or "")
    options.add_argument("--beam", type=Path, help="BEAM's chats")
    options.add_argument("--locomo", type=Path, help="LoCoMo's conversations")
    options.add_argument("--embedder", help="an embedding model, such as wordllama; default: words only")
    options.add_argument("--page-size", type=int, default=PAGE, help="how many events are on the first page")
    given = options.parse_args(arguments)
    if not (given.beam or given.locomo):
        sys.exit("give --beam, --locomo, or both")
    result: dict[str, Any] = {"embedder": given.embedder, "page_size": given.page_size}
    if given.beam:
        result["event_ordering"] = _measure_beam(given.beam, named_embedder(given.embedder), given.page_size)
    if given.locomo:
        result["told_times"] = _measure_locomo(given.locomo)
    result["machine"] = machine("qdrant-edge-py")
    print(_format(result))
    if given.json:
        emit(result)
    return result


def subject(question: str) -> str:
    """Return what a question of event ordering is about, without its frame."""
    text = re.sub(r"\s*Mention ONLY.*", "", question)
    text = re.sub(r"^.*?\bI brought up\s+(?:(?:different|various)\s+)?", "", text)
    text = re.sub(r"^aspects of\s+", "", text)
    text = re.sub(r"\s*\b(?:throughout|across|in) our conversations", "", text)
    return re.sub(r",?\s*in order\W*$", "", text).strip(" ?,")


def _measure_beam(file: Path, embedder: Embedder | None, page_size: int) -> dict[str, Any]:
    found: dict[str, list[tuple[float, float, float]]] = {"timeline": [], "search": []}
    halves: list[list[float]] = [[], []]
    chars: dict[str, list[int]] = {"timeline": [], "search": []}
    spent: list[float] = []
    stores = load("beam", file)
    for number, (store, times) in enumerate(zip(stores, map(_anchored, read(file)), strict=True)):
        report_progress(f"chat {number + 1} of {len(stores)}: {len(store.units)} messages")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            memory = open_memory("listener", Settings.load(home=Path(home)), embedder=embedder)
            keys = _say(memory, store, times)
            tools = {
                "timeline": timeline_tool(memory.recall, timezone.utc, item_chars=lambda: ITEM_CHARS),
                "search": recall_memory_tools(
                    memory.recall, timezone.utc, budget_tokens=1000, neighbours=None
                )[0],
            }
            memory.recall.timeline("warm up")
            for question in store.questions:
                if question.category != "event_ordering":
                    continue
                about = subject(question.text)
                begun = time.process_time()
                events = memory.recall.timeline(about, page_size=page_size).items
                spent.append((time.process_time() - begun) * 1000)
                ranked = memory.recall.search(about, page_size=page_size).items
                listed = {
                    "timeline": [keys[event.utterance.seq] for event in events],
                    "search": [keys[item.seq] for item in ranked],
                }
                for name, order in listed.items():
                    found[name].append(_score(order, question))
                halves[number % 2].append(found["timeline"][-1][2])
                chars["timeline"].append(len(tools["timeline"].call({"about": about})))
                chars["search"].append(len(tools["search"].call({"query": about})))
    return {
        **{name: _means(scores) for name, scores in found.items()},
        "halves": [round(sum(half) / len(half), 3) for half in halves if half],
        "questions": len(found["timeline"]),
        "page_chars": {name: round(sum(each) / len(each)) for name, each in chars.items()},
        "timeline_cpu_ms": percentiles(spent),
    }


def _anchored(sample: dict[str, Any]) -> list[datetime]:
    """Return the times of a chat's messages: each of its parts begins on the day that BEAM gives it."""
    times, day, minutes = [], datetime(2024, 1, 1, 9, tzinfo=timezone.utc), 0
    for batch in sample["chat"]:
        for message in (message for group in batch["turns"] for message in group):
            if anchor := message.get("time_anchor"):
                day, minutes = datetime.strptime(f"{anchor} 09 +0000", "%B-%d-%Y %H %z"), 0
            times.append(day + timedelta(minutes=minutes))
            minutes += 10
    return times


def _say(memory: MemoryHierarchy, store: Store, times: Sequence[datetime]) -> dict[int, str]:
    """Put the chat into the log, and return the key of each entry by its `seq`."""
    first = memory.log.last_seq() + 1
    memory.log.append(
        *(
            Message("assistant", unit.text, "spoken", time=said)
            if unit.speaker == "assistant"
            else Message("user", unit.text, name=unit.speaker, time=said)
            for unit, said in zip(store.units, times, strict=True)
        )
    )
    memory.recall.index()
    return {first + place: unit.key for place, unit in enumerate(store.units)}


def _score(order: Sequence[str], question: Question) -> tuple[float, float, float]:
    """Return the share of the evidence that is listed, its order from 0 to 1, and the product."""
    listed = [int(key) for key in order if key in question.evidence]
    share = len(listed) / len(question.evidence)
    pairs = [one < other for place, one in enumerate(listed) for other in listed[place + 1 :]]
    in_order = sum(pairs) / len(pairs) if pairs else 1.0
    return share, in_order, share * in_order


def _means(scores: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    means = [round(sum(part) / len(part), 3) for part in zip(*scores, strict=True)]
    return dict(zip(("listed", "in_order", "score"), means, strict=True))


def _measure_locomo(file: Path) -> dict[str, Any]:
    """Return how many of the dates are told by their evidence, as the rules read it."""
    asked = read_right = by_day = untold = 0
    answers = {
        (str(sample.get("sample_id", number)), each["question"]): str(each.get("answer", ""))
        for number, sample in enumerate(read(file))
        for each in sample["qa"]
    }
    spent, turns = 0.0, 0
    for store in load("locomo", file):
        units = {unit.key: unit for unit in store.units}
        begun = time.process_time()
        times = {key: told_times(unit.text, unit.time, timezone.utc) for key, unit in units.items()}
        spent, turns = spent + time.process_time() - begun, turns + len(units)
        for question in store.questions:
            answer = answer_days(answers[store.name, question.text]) if question.category == "2" else None
            if answer is None:
                continue
            asked += 1
            told = [(each.first, each.last) for key in question.evidence for each in times[key]]
            said = [units[key].time.date() for key in question.evidence if not times[key]]
            if any(_agree(days, answer) for days in told):
                read_right += 1
            elif any(_agree((day, day), answer) for day in said):
                by_day += 1
            untold += not told
    return {
        "questions": asked,
        "told": round(read_right / asked, 3),
        "told_or_said": round((read_right + by_day) / asked, 3),
        "of_those_that_tell": round(read_right / (asked - untold), 3),
        "microseconds_a_turn": round(spent / turns * 1e6, 1),
    }


def _agree(days: tuple[date, date], answer: tuple[date, date]) -> bool:
    length = (answer[1] - answer[0]).days + 1
    overlap = days[0] <= answer[1] and days[1] >= answer[0]
    return overlap and (days[1] - days[0]).days + 1 <= max(3 * length, 7)


_MONTHS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "fall": (9, 11), "autumn": (9, 11), "winter": (12, 2)}
_COUNTS = {"two": 2, "2": 2, "three": 3, "few": 3}


def answer_days(answer: str) -> tuple[date, date] | None:
    """Return the first and the last day of an answer of LoCoMo; None if it is no date."""
    text = answer.lower().replace("agust", "august").replace("`", " ")
    day = _answer_day(text)
    if day is None:
        return _answer_month(text)
    if near := re.search(rf"({'|'.join(_WEEKDAYS)})s? (before|after)", text):
        step = timedelta(days=-1 if near[2] == "before" else 1)
        day += step
        while day.weekday() != _WEEKDAYS.index(near[1]):
            day += step
        return day, day
    if near := re.search(r"(?:(two|2|three|few) )?(weekend|week|day)s? (before|after)", text):
        count = _COUNTS.get(near[1] or "", 1) * (-1 if near[3] == "before" else 1)
        if near[2] == "day":
            return day + timedelta(days=count), day + timedelta(days=count)
        if near[2] == "weekend":
            saturday = day - timedelta(days=day.weekday()) + timedelta(days=5, weeks=count)
            return saturday, saturday + timedelta(days=1)
        if count == -1:
            return day - timedelta(days=10), day - timedelta(days=1)
        middle = day + timedelta(weeks=count)
        return middle - timedelta(days=3), middle + timedelta(days=3)
    if "week of" in text:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    return day, day


def _answer_day(text: str) -> date | None:
    months = "|".join(_MONTHS)
    day_first = re.search(rf"(\d{{1,2}})(?:st|nd|rd|th)?,? (?:of )?({months}),? *(\d{{4}})", text)
    month_first = re.search(rf"({months}) (\d{{1,2}})(?:st|nd|rd|th)?,? *(\d{{4}})", text)
    if day_first:
        return date(int(day_first[3]), _MONTHS.index(day_first[2]) + 1, int(day_first[1]))
    if month_first:
        return date(int(month_first[3]), _MONTHS.index(month_first[1]) + 1, int(month_first[2]))
    return None


def _answer_month(text: str) -> tuple[date, date] | None:
    if found := re.search(rf"({'|'.join(_MONTHS)})[., ]+(?:of )?(\d{{4}})", text):
        year, month = int(found[2]), _MONTHS.index(found[1]) + 1
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    if found := re.search(rf"({'|'.join(_SEASONS)}) (?:of )?(\d{{4}})", text):
        first, last = _SEASONS[found[1]]
        year = int(found[2])
        return date(year - (first > last), first, 1), date(year, last, calendar.monthrange(year, last)[1])
    if found := re.fullmatch(r"(?:(?:in|since|around) )?(\d{4})\.?", text.strip()):
        return date(int(found[1]), 1, 1), date(int(found[1]), 12, 31)
    return None


def _format(result: dict[str, Any]) -> str:
    lines = []
    if beam := result.get("event_ordering"):
        rows = [
            [name, *(beam[name][part] for part in ("listed", "in_order", "score")), beam["page_chars"][name]]
            for name in ("timeline", "search")
        ]
        lines.append(table(("BEAM, event ordering", "listed", "in order", "score", "characters"), rows))
    if told := result.get("told_times"):
        lines.append(table(("LoCoMo, dates", "share"), list(told.items())))
    return "\n\n".join(lines)


if __name__ == "__main__":
    main()
