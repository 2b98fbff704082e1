"""Twenty more situations for an agent with memory, and all sets by name.

They were written in pairs: of each kind one is in `third`, and one in `apart`. Prompts and examples may be
changed because of `third`. `apart` is kept apart: it is run to see whether a change helps where nobody
looked.
"""

from __future__ import annotations

from benchmarks.realmodel_situations import SECOND, SITUATIONS, Outcome, Situation


def _admits(end: Outcome) -> bool:
    """Return whether the reply says that something is not known or was not found."""
    said = f" {end.said.lower()} "
    return any(sign in said for sign in (" not ", "n't ", " no ", " unknown", "n’t ", " never "))


def _archived(end: Outcome, *words: str) -> bool:
    texts = "\n".join(passage.text for passage in end.memory.archival.list(page_size=50).items)
    return all(word.lower() in texts.lower() for word in words)


def _in_core(end: Outcome, *words: str) -> bool:
    texts = "\n".join(block.value for block in end.memory.core)
    return all(word.lower() in texts.lower() for word in words)


CLUB = (
    ("ines", "I vote for Thursdays, since the hall is free then."),
    ("tomas", "Thursdays are bad for me, I train the juniors."),
    ("ines", "The hall costs forty euros an evening."),
    ("tomas", "My sister can lend us a projector."),
    ("ines", "We start at half past seven."),
    ("ines", "I was wrong: we start at eight, the caretaker is late."),
)
OFFICE = (
    ("ravi", "The printer on the second floor jams with thick paper."),
    ("lena", "I put the contract into the grey cabinet."),
    ("ravi", "The audit is on the 3rd of March."),
    ("lena", "I prefer tea without sugar at meetings."),
    ("ravi", "The auditors moved it: it is on the 17th of March now."),
    ("lena", "My train leaves at ten to six on Fridays."),
)

THIRD = (
    Situation(
        "two facts at once",
        "I play the cello, and I have been a vegetarian since May.",
        lambda end: end.knows("cello", "vegetarian") and bool(end.said),
        human="Name: Mira.",
    ),
    Situation(
        "fact about someone else",
        "My brother Anton turned forty on the 9th of April.",
        lambda end: end.knows("Anton") and (end.knows("9") or end.knows("forty")),
        human="Name: Mira.",
    ),
    Situation(
        "asked in other words",
        "At what hour does the club evening begin?",
        lambda end: end.says("eight") or end.says("8"),
        human="Name: Mira.",
        before=CLUB,
    ),
    Situation(
        "who said it",
        "What did Tomas say about Thursdays?",
        lambda end: end.says("junior") or end.says("bad") or end.says("train"),
        human="Name: Mira.",
        before=CLUB,
    ),
    Situation(
        "archive with likely wrong answers",
        "Look into your archive: which filter does the dehumidifier take?",
        lambda end: end.says("HX-12") and not end.says("HX-21"),
        human="Name: Mira.",
        archive=(
            "The air conditioner takes the filter HX-21.",
            "The dehumidifier takes the filter HX-12.",
            "Filters are ordered from the shop at the station.",
        ),
    ),
    Situation(
        "list for the archive",
        "Keep this packing list in your archive: tent, gas stove, rain trousers, first-aid kit.",
        lambda end: _archived(end, "tent", "stove", "trousers", "first"),
        human="Name: Mira.",
    ),
    Situation(
        "fact of core memory that is no longer true",
        "I sold my car last week.",
        lambda end: end.knows("sold") or not _in_core(end, "Drives a Skoda."),
        human="Name: Mira. Drives a Skoda.",
    ),
    Situation(
        "core memory and recall together",
        "Is the evening on a day when my choir does not meet?",
        lambda end: end.says("Thursday"),
        human="Name: Mira. Her choir meets on Tuesdays.",
        before=CLUB,
    ),
    Situation(
        "never said",
        "How much does the projector cost per evening?",
        _admits,
        human="Name: Mira.",
        before=CLUB,
    ),
    Situation(
        "how to behave",
        "Please keep your answers to one sentence from now on, and remember that.",
        lambda end: end.knows("sentence") and bool(end.said),
        human="Name: Mira.",
    ),
)

APART = (
    Situation(
        "two facts at once",
        "I work night shifts, and I'm learning Portuguese.",
        lambda end: end.knows("night", "Portuguese") and bool(end.said),
        human="Name: Jonas.",
    ),
    Situation(
        "fact about someone else",
        "My colleague Farah is expecting a baby in November.",
        lambda end: end.knows("Farah") and (end.knows("November") or end.knows("baby")),
        human="Name: Jonas.",
    ),
    Situation(
        "asked in other words",
        "On which date do the examiners of our books come?",
        lambda end: end.says("17"),
        human="Name: Jonas.",
        before=OFFICE,
    ),
    Situation(
        "who said it",
        "Where did Lena leave the contract?",
        lambda end: end.says("cabinet"),
        human="Name: Jonas.",
        before=OFFICE,
    ),
    Situation(
        "archive with likely wrong answers",
        "Your archive has the meter readings. What was the reading of the cellar?",
        lambda end: end.says("40718") and not end.says("41807"),
        human="Name: Jonas.",
        archive=(
            "Meter reading of the attic: 41807.",
            "Meter reading of the cellar: 40718.",
            "Meters are read on the first working day of the quarter.",
        ),
    ),
    Situation(
        "list for the archive",
        "Put this recipe into your archive: two eggs, a cup of buckwheat flour, salt, and a spoon of honey.",
        lambda end: _archived(end, "egg", "buckwheat", "salt", "honey"),
        human="Name: Jonas.",
    ),
    Situation(
        "fact of core memory that is no longer true",
        "I gave up chess in spring.",
        lambda end: end.knows("gave up") or end.knows("no longer") or not _in_core(end, "Plays chess."),
        human="Name: Jonas. Plays chess.",
    ),
    Situation(
        "core memory and recall together",
        "Which colleague drinks tea in another way than I do?",
        lambda end: end.says("Lena"),
        human="Name: Jonas. Likes his tea sweet.",
        before=OFFICE,
    ),
    Situation(
        "never said",
        "Which company are the auditors from?",
        _admits,
        human="Name: Jonas.",
        before=OFFICE,
    ),
    Situation(
        "how to behave",
        "Always call me Captain when you answer. Do not forget it.",
        lambda end: end.knows("Captain") and bool(end.said),
        human="Name: Jonas.",
    ),
)

SETS = {"first": SITUATIONS, "second": SECOND, "third": THIRD, "apart": APART}
