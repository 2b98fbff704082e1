"""What a newer version of a statement says no more, and who still says it."""

from __future__ import annotations

import pytest

from memgpt_autogen.text.changed_values import ChangedValues

LISBON = ChangedValues.between("Ana lives in Lisbon.", "Ana lives in Porto.")
TUESDAY = ChangedValues.between("Meeting is on Tuesday at 10.", "Meeting is on Thursday at 11.")
SHIFT = ChangedValues.between("Ana takes the late shift.", "Ana takes the early shift.")
HERON = ChangedValues.between(
    "The code of the staging server is Heron.", "The code of the staging server is Owl."
)


@pytest.mark.parametrize(
    ("change", "text", "said"),
    [
        (LISBON, "Ana's office is in Lisbon.", ["Lisbon"]),
        (LISBON, "ANA: lisbon", ["Lisbon"]),
        (TUESDAY, "Room 4 is booked for the meeting on Tuesday.", ["Tuesday"]),
        (TUESDAY, "The 10 o'clock meeting has tea.", ["10"]),
        (SHIFT, "Ana sleeps long because of her late shift.", ["late"]),
        (HERON, "Log in to staging with heron.", ["Heron"]),
    ],
)
def test_a_text_on_the_same_subject_still_says_what_is_gone(
    change: ChangedValues, text: str, said: list[str]
) -> None:
    assert change.still_said(text) == said


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (LISBON, "Lisbon is the capital of Portugal."),
        (LISBON, "Ana likes tea."),
        (LISBON, "Ana moved from Lisbon to Porto."),
        (TUESDAY, "The bins go out on Tuesday."),
        (SHIFT, "Ana was late for dinner."),
        (HERON, "A heron is a bird."),
    ],
)
def test_a_text_on_something_else_or_on_the_change_itself_is_not_named(
    change: ChangedValues, text: str
) -> None:
    assert change.still_said(text) == []


def test_a_newer_version_that_keeps_every_word_leaves_nothing_to_look_for() -> None:
    change = ChangedValues.between("Ana lives in Lisbon.", "Ana lives no longer in Lisbon.")

    assert change.query == ""
    assert change.still_said("Ana lives in Lisbon.") == []


def test_texts_without_a_common_word_have_no_subject() -> None:
    change = ChangedValues.between("Tea at 4.", "Cancelled.")

    assert change.query == ""
    assert change.still_said("Tea at 4.") == []


def test_a_name_that_opened_a_sentence_is_known_by_the_other_text() -> None:
    change = ChangedValues.between("Ben has the key to the shed.", "Ada has the key to the shed.")

    assert change.still_said("Ask Ben if the shed is locked.") == ["Ben"]
    assert change.still_said("Ben and Ada share a key.") == []


def test_a_common_word_that_opens_a_sentence_is_no_name() -> None:
    change = ChangedValues.between("New flat: Rome.", "New flat: Turin.")

    assert change.still_said("Pay the new flat in Rome.") == ["Rome"]
    assert change.still_said("The New Yorker writes about Rome.") == ["Rome"], (
        "a common word is all they share"
    )
