"""Which of two statements supersedes the other: a labelled set, and how the rule does on it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memgpt_autogen.memory.statements import statements
from memgpt_autogen.memory.superseding import Superseded, Told, superseded
from memgpt_autogen.text.dates import date_parts

PAIRS = """
contradicting | Ana lives in Berlin. | Ana moved to Hamburg.
contradicting | I live in Berlin. | I've just moved to Hamburg last month!
contradicting | I live in Berlin with my sister. | I live in Hamburg now.
contradicting | The deadline is March 3. | The deadline is now March 10.
contradicting | The deadline is March 3. | We moved the deadline to March 10.
contradicting | The deadline is 3 March. | The deadline has been postponed to 10 March because of the audit.
contradicting | Our deadline is on March 3rd. | Update: our deadline is March 10.
contradicting | Ana likes coffee. | Ana doesn't drink coffee any more.
contradicting | I love coffee. | I stopped drinking coffee.
contradicting | I drink coffee. | Actually, I gave up coffee.
contradicting | I work at Siemens. | I no longer work at Siemens.
contradicting | Ben works for Acme Corp. | Ben works at Globex now.
contradicting | I work at Siemens as an engineer. | I quit Siemens.
contradicting | My favourite colour is blue. | My favorite colour is now green.
contradicting | My favorite food is sushi. | My favorite food is ramen.
contradicting | Ana's phone number is 555-0142. | Ana's phone number is 555-0199.
contradicting | My phone number is 555 0142. | My new phone number is 555 0199.
contradicting | The meeting is at 10:00. | The meeting was moved to 11:30.
contradicting | The meeting is on Monday. | The meeting is on Thursday now.
contradicting | The meeting is at 3pm. | The meeting has been rescheduled to 4 pm.
contradicting | The project manager is Bob. | The project manager is now Alice.
contradicting | The password is swordfish. | The password was changed to marlin.
contradicting | Ana is single. | Ana is married now.
contradicting | I am a vegetarian. | I am no longer a vegetarian.
contradicting | I'm vegetarian. | I'm vegan now.
contradicting | The budget is 5,000 euros. | The budget was raised to 7,500 euros.
contradicting | Ben has two kids. | Ben has three kids now.
contradicting | The ticket costs 20 dollars. | The ticket costs 25 dollars.
contradicting | The shop opens at 9. | The shop opens at 10 now.
contradicting | Ana plays the violin. | Ana doesn't play the violin anymore.
contradicting | My name is Bob. | My name is Robert.
contradicting | The build is broken. | The build is fixed.
contradicting | Release date: 14 May. | The release date is 21 May.
contradicting | I own a car. | I don't own a car any more.
contradicting | The server is called heron. | The server was renamed to stork.
refining | Ana lives in Berlin. | Ana lives in Berlin, in the Kreuzberg district.
refining | The deadline is March 3. | The deadline is March 3 at noon.
refining | The deadline is March 3. | The deadline is Friday, March 3.
refining | The deadline is March 3. | The deadline is tight.
refining | The meeting is on Monday. | The meeting is at 10:00.
refining | The meeting is on Monday. | The meeting is in Room 5.
refining | I like coffee. | I like strong coffee.
refining | I like coffee. | I don't like coffee in the evening.
refining | Ana is an engineer. | Ana is a mother of two.
refining | My car is red. | My car is fast.
refining | I live in Berlin. | I live with my sister.
refining | I live in Berlin. | I live near the river.
refining | I work at Siemens. | I work as an engineer.
refining | Ben has two kids. | Ben has two cats.
refining | The project manager is Bob. | The project manager is Bob Miller.
unrelated | I like tea. | I like coffee.
unrelated | Ana met Ben on Monday. | Ana met Ben on Friday.
unrelated | I have two meetings today. | I have four meetings today.
unrelated | The deadline for the report is March 3. | The deadline for the budget is March 10.
unrelated | The deadline is March 3 for the report. | The deadline is March 10 for the budget.
unrelated | I went to Berlin. | I went to Hamburg.
unrelated | My brother lives in Berlin. | I moved to Hamburg.
unrelated | I have a dog. | I have a cat.
unrelated | Ana is allergic to nuts. | Ana is allergic to cats.
unrelated | I ate three apples. | I ate four apples.
unrelated | The meeting was on Monday. | The meeting was on Friday.
unrelated | I used to live in Berlin. | I live in Hamburg.
unrelated | Do you live in Berlin? | I live in Hamburg.
unrelated | If the deadline is March 3, we fail. | The deadline is March 10.
unrelated | My friend is Tom. | My friend is Bob.
unrelated | I prefer tea. | I prefer aisle seats.
unrelated | The old password is swordfish. | The password is marlin.
unrelated | I think the deadline is March 3. | The budget is 3,000 euros.
unrelated | She lives in Berlin. | She lives in Paris.
unrelated | I visited my aunt on March 3. | I visited my aunt on March 10.
duplicate | Ana lives in Berlin. | Ana lives in Berlin!
duplicate | The deadline is March 3. | The deadline is 3 March.
duplicate | I don't drink coffee. | I do not drink coffee.
duplicate | The meeting is at 3pm. | The meeting is at 15:00.
duplicate | Ben has two kids. | Ben has 2 kids.
duplicate | My favourite colour is blue. | My favourite colour is still blue.
duplicate | I live in Berlin. | Hi! I live in Berlin.
persons | Ana lives in Berlin. | Ben lives in Hamburg.
persons | Ana's phone number is 555-0142. | Ben's phone number is 555-0199.
persons | Ana likes coffee. | Ben doesn't like coffee.
persons | Ana is single. | Ben is married.
persons | Ana has two kids. | Ben has three kids.
persons | Ana works at Siemens. | Ben works at Globex.
"""
"""What the rule was written with: a kind, an older statement, a newer one."""

MORE = """
contradicting | Lisa lives in Porto with her two cats. | Lisa relocated to Madrid in June.
contradicting | My boss is Mrs Keller. | My boss is Mr Brandt now.
contradicting | Our office is in Oslo. | Our office moved to Bergen.
contradicting | The release is planned for 14 May. | The release is planned for 21 May.
contradicting | The release date is May 14. | The release date slipped to May 21.
contradicting | I prefer tea. | I prefer coffee now.
contradicting | Tom speaks French. | Tom does not speak French.
contradicting | I usually get up at six. | I now get up at seven.
contradicting | The wifi password is tulip-7. | The wifi password is rose-9.
contradicting | My flight leaves at 14:20. | My flight leaves at 16:05.
contradicting | I hate olives. | I love olives.
contradicting | We use PostgreSQL. | We don't use PostgreSQL any more.
contradicting | We use PostgreSQL. | We switched to SQLite.
contradicting | My dog is called Rex. | My dog's name is Max.
contradicting | Rent is 900 euros a month. | Rent went up to 950 euros a month.
contradicting | I'm allergic to peanuts. | It turns out I'm not allergic to peanuts.
contradicting | The standup is at 9:30. | The standup is now at 10.
contradicting | I'm 34 years old. | I'm 35 years old.
contradicting | Ada is on vacation. | Ada is back from vacation.
contradicting | The team has five members. | The team has seven members.
contradicting | The contact person is Ida Holm. | The contact person is Jon Berg.
contradicting | The demo is on Tuesday. | The demo has been moved to Wednesday.
other | I bought two tickets. | I bought three tickets.
other | The cake costs 20 euros. | The bread costs 5 euros.
other | Our flight leaves at 14:20. | Our train leaves at 16:05.
other | I love Berlin. | I love Hamburg.
other | The capital of Peru is Lima. | The capital of Chile is Santiago.
other | My sister is called Eva. | My brother is called Jan.
other | I talked to Ben about the deadline. | I talked to Ana about the deadline.
other | The talk is on Tuesday. | The talk is about gardens.
other | I work from home. | I work at Siemens.
other | My favourite film is Alien. | My favourite book is Dune.
other | The museum is in Oslo. | The museum is open.
other | Chapter 3 is ready. | Chapter 4 is ready.
other | The house has two bathrooms. | The house has three bedrooms.
other | I like hiking. | I don't like hiking alone.
other | The first meeting is at 9:00. | The second meeting is at 10:00.
other | Tom is my brother. | Tom is a teacher.
other | I'm in Rome. | I'm at home.
other | The report is 20 pages long. | The report is ready.
other | Ana is happy. | Ana is tired.
other | The party starts at 8 pm. | The party is on Friday.
other | My car is a Volvo. | My car is in the garage.
other | I live in Berlin. | I live in Germany.
other | The meeting is in Berlin. | The meeting is in Room 4.
other | My doctor is Dr Weiss. | My dentist is Dr Braun.
"""
"""Written before the rule was measured on them: it found 10 of the 22 with 1 wrong mark then, and was improved since."""


def pairs(listed: str) -> list[tuple[str, str, str]]:
    found = [[part.strip() for part in line.split("|")] for line in listed.strip().splitlines()]
    return [(kind, old, new) for kind, old, new in found]


def marks(*texts: str, **told: Any) -> dict[int, int]:
    """Which text is superseded by which, the first one being the oldest."""
    given = [Told(text, age, **told) for age, text in enumerate(texts)]
    return {place: how.by for place, how in superseded(given).items()}


@pytest.mark.parametrize(("kind", "old", "new"), pairs(PAIRS))
def test_only_what_a_newer_statement_contradicts_is_superseded(kind: str, old: str, new: str) -> None:
    assert marks(old, new) == ({0: 1} if kind == "contradicting" else {})


def test_the_rule_is_rather_silent_than_wrong() -> None:
    found = {"right": 0, "wrong": 0, "missed": 0}
    for kind, old, new in [*pairs(PAIRS), *pairs(MORE)]:
        marked, meant = bool(marks(old, new)), kind == "contradicting"
        found["right"] += marked and meant
        found["wrong"] += marked and not meant
        found["missed"] += meant and not marked

    assert found["right"] / (found["right"] + found["wrong"]) >= 0.97, found
    assert found["right"] / (found["right"] + found["missed"]) >= 0.9, found


def test_a_newer_statement_supersedes_all_older_ones_and_no_older_one_a_newer() -> None:
    assert marks("The deadline is May 1.", "The deadline is May 8.", "The deadline is May 15.") == {
        0: 2,
        1: 2,
    }
    assert marks("The deadline is now May 15.", "The deadline is May 1.") == {0: 1}


def test_what_is_said_again_holds_again() -> None:
    assert marks("Ana lives in Berlin.", "Ana moved to Hamburg.", "Ana lives in Berlin again.") == {1: 2}
    assert marks("Ana lives in Berlin.", "Ana moved to Hamburg.", "Ana lives in Berlin.") == {1: 2}


def test_statements_of_different_owners_and_of_the_same_time_do_not_supersede_each_other() -> None:
    texts = ("I live in Berlin.", "I live in Hamburg.")

    assert (
        superseded(
            [Told(text, age, owner) for age, (text, owner) in enumerate(zip(texts, "ab", strict=True))]
        )
        == {}
    )
    assert superseded([Told(text, 1) for text in texts]) == {}


def test_texts_with_tags_of_their_own_are_about_different_things() -> None:
    def told(first: set[str], second: set[str]) -> bool:
        old = Told("The deadline is May 1.", 1, tags=frozenset(first))
        return bool(superseded([old, Told("The deadline is May 8.", 2, tags=frozenset(second))]))

    assert not told({"heron"}, {"stork"})
    assert told({"heron", "dates"}, {"dates"})
    assert told({"heron"}, set())


def test_of_a_longer_text_the_sentence_is_named_that_no_longer_holds() -> None:
    old = "Thanks! The deadline is May 1. Ben brings the cake."

    found = superseded([Told(old, 1), Told("Good news: we moved the deadline to May 8.", 2)])

    assert found == {0: Superseded(1, "The deadline is May 1.")}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("March 3", {"day": "3-3"}),
        ("3rd of March 2026", {"day": "3-3", "year": "2026"}),
        ("Friday, 2026-03-06 at 14:30", {"day": "3-6", "year": "2026", "weekday": "fri", "time": "14:30"}),
        ("2:30 pm", {"time": "14:30"}),
        ("at 10", {"time": "10:00"}),
        ("noon", {"time": "12:00"}),
        ("in May", {"month": "5"}),
        ("5 people", {}),
        ("Maybe", {}),
    ],
)
def test_a_date_is_known_by_its_parts(text: str, parts: dict[str, str]) -> None:
    assert date_parts(text) == parts


PIECES = st.sampled_from(
    """I we Ana my the deadline 's is are not no longer lives in Berlin moved to from March 3 10:00 pm likes coffee don't ? . , ;
    now instead \n stopped drinking gave up favourite colour Berlin, ( – called at on 5 5th May 茶 😀 \ud800""".split()
)


@given(st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map(" ".join))
@example("I" + " " * 1900 + "x", "The " + "a " * 900)
@example("my " + "a" * 230, "the " + "- " * 110 + "is")
def test_any_text_can_be_compared_and_never_supersedes_itself(old: str, new: str) -> None:
    marked = marks(old, new)

    assert set(marked) <= {0}
    assert marks(new, new) == {}
    assert all(statement.text in " ".join(old.split()) for statement in statements(old))
