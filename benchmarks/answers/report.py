"""The figures of a run, from its lines: scores with their uncertainty, tokens, cost and seconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from statistics import fmean, median, stdev
from typing import Any

from benchmarks.answers.conversations import Asked
from benchmarks.answers.run import Run
from benchmarks.measuring import table


def summarise(run: Run, systems: Sequence[str], judge: str | None = None) -> dict[str, Any]:
    """Return the figures of each system over the questions of this run.

    A question that has no answer or whose verdict could not be read counts for none of the means; both are
    counted. The means of several systems compare only where they are of the same questions.
    """
    questions = {question.key: question for each in run.conversations for question in each.questions}
    answers: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    writing: dict[str, dict[tuple[str, int], dict[str, Any]]] = defaultdict(dict)
    for line in run.answers.lines():
        if "remembered" in line:
            writing[line["system"]][line["remembered"], line["count"]] = line
        elif "answer" in line and line["question"] in questions:
            answers[line["system"]][line["question"]] = line
    judged = {
        (line["system"], line["question"]): line
        for line in run.verdicts.lines()
        if line["judge"] == judge and "error" not in line
    }
    return {
        name: _system(
            questions,
            answers[name],
            {key: line for (system, key), line in judged.items() if system == name},
            list(writing[name].values()),
        )
        for name in systems
        if answers[name]
    }


def _system(
    questions: Mapping[str, Asked],
    answers: Mapping[str, Mapping[str, Any]],
    judged: Mapping[str, Mapping[str, Any]],
    writing: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    points: dict[str, float] = {}
    for key, line in answers.items():
        found = line["score"] if line["score"] is not None else judged.get(key, {}).get("score")
        if found is not None:
            points[key] = found
    by_category: dict[str, list[float]] = defaultdict(list)
    for key, each in points.items():
        by_category[questions[key].category].append(each)
    verdicts = [line["score"] for line in judged.values() if line["score"] is not None]
    lines = list(answers.values())
    return {
        "answers": len(answers),
        "scored": len(points),
        "unanswered": len(questions) - len(answers),
        "score": _mean(points.values()),
        "plus_minus": _uncertainty(list(points.values())),
        "by_category": {
            category: {"score": _mean(each), "questions": len(each)}
            for category, each in sorted(by_category.items())
        },
        "judged": _mean(verdicts),
        "verdicts": len(verdicts),
        "unreadable_verdicts": sum(line["score"] is None for line in judged.values()),
        "tokens_in": round(fmean(line["tokens_in"] for line in lines)),
        "tokens_out": round(fmean(line["tokens_out"] for line in lines)),
        "seconds": round(median(line["seconds"] for line in lines), 2),
        "cost": _sum(line["cost"] for line in [*lines, *writing]),
        "writing_tokens_in": sum(line["tokens_in"] for line in writing),
        "writing_tokens_out": sum(line["tokens_out"] for line in writing),
        "writing_seconds": round(sum(line["seconds"] for line in writing), 1),
        "judge_cost": _sum(line["cost"] for line in judged.values()),
        "cut": _cut(lines),
    }


def _mean(points: Iterable[float]) -> float | None:
    found = list(points)
    return round(fmean(found), 4) if found else None


def _uncertainty(points: Sequence[float]) -> float | None:
    """Return half of the 95 % interval of the mean, over questions."""
    return round(1.96 * stdev(points) / sqrt(len(points)), 4) if len(points) > 1 else None


def _sum(costs: Iterable[float | None]) -> float | None:
    found = [each for each in costs if each is not None]
    return round(sum(found), 6) if found else None


def _cut(lines: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the share of the conversation's tokens that did not fit the window; None where all is read."""
    notes = [line["notes"] for line in lines if "tokens_cut" in line["notes"]]
    return round(fmean(each["tokens_cut"] / max(each["tokens"], 1) for each in notes), 3) if notes else None


def format_report(result: Mapping[str, Any]) -> str:
    """Return the tables and what they were made with."""
    systems: Mapping[str, Any] = result["systems"]
    head = (
        "system",
        "answers",
        "score",
        "± 95 %",
        "judged right",
        "tokens in/out",
        "s",
        "writing in/out",
        "cost",
    )
    rows = [
        (
            name,
            each["answers"],
            _shown(each["score"]),
            _shown(each["plus_minus"]),
            _shown(each["judged"]),
            f"{each['tokens_in']:,} / {each['tokens_out']:,}",
            each["seconds"],
            f"{each['writing_tokens_in']:,} / {each['writing_tokens_out']:,}",
            "-" if each["cost"] is None else each["cost"],
        )
        for name, each in systems.items()
    ]
    categories = sorted({category for each in systems.values() for category in each["by_category"]})
    parts = [
        (
            name,
            *(
                f"{found['score']:.3f} ({found['questions']})"
                if (found := each["by_category"].get(category))
                else "-"
                for category in categories
            ),
        )
        for name, each in systems.items()
    ]
    return "\n\n".join(
        (
            _made_with(result),
            table(head, rows),
            table(("system", *categories), parts),
            "\n".join(_remarks(result)),
        )
    ).rstrip()


def _made_with(result: Mapping[str, Any]) -> str:
    return (
        f"{result['dataset']}: {result['questions']} questions, seed {result['seed']}. "
        f"Reader {result['reader']}, window {result['window']}, k {result['k']}, "
        f"judge {result['judge'] or 'none'}."
    )


def _remarks(result: Mapping[str, Any]) -> Iterable[str]:
    for name, each in result["systems"].items():
        if each["cut"]:
            yield f"{name}: {each['cut']:.0%} of the conversation did not fit the window; the newest is read."
        if each["scored"] < each["answers"]:
            yield f"{name}: {each['answers'] - each['scored']} answers have no score; they need --judge."
        if each["unanswered"]:
            yield f"{name}: {each['unanswered']} questions have no answer; the next run asks them again."
        if each["unreadable_verdicts"]:
            yield f"{name}: {each['unreadable_verdicts']} verdicts of the judge were not in the form."
    for name, why in result["unable"].items():
        yield f"{name} did not run: {why}"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
