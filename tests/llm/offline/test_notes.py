"""The offline model notes plain statements word for word, and takes out what a person corrects."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot
from offline_agent import LONG_AGO, SEND, Agent, tool

from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.offline.notes import statements
from memgpt_autogen.llm.offline.prompt import Line


def test_a_statement_is_noted_once_word_for_word_with_who_said_it_and_when() -> None:
    agent = Agent()

    first = agent.ask("boss", "Hi! I'm allergic to peanuts.")
    again = agent.ask("boss", "I'm allergic to peanuts.")

    assert agent.blocks["human"] == snapshot("boss said on 2026-03-01: “I'm allergic to peanuts.”")
    assert first == snapshot("Noted, word for word: “I'm allergic to peanuts.”")
    assert again == snapshot("I have that already, in your words: “I'm allergic to peanuts.”")
    assert len(agent.calls("core_memory_append")) == 1


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("I'm allergic to peanuts", "I'm allergic to peanuts"),
        ("By the way, my favourite colour is green!", "By the way, my favourite colour is green!"),
        ("Our release is on 14 May.", "Our release is on 14 May."),
        ("Tom's birthday is 3 June", "Tom's birthday is 3 June"),
        ("Please remember that the door code is 4711.", "the door code is 4711."),
        ("We decided to use Postgres.", "We decided to use Postgres."),
        ("Call me Ada", "Call me Ada"),
        ("I'm Ben.", "I'm Ben."),
        ("I prefer tea. Is it cold? I live in Porto", "I prefer tea."),
    ],
)
def test_a_plain_statement_is_noted_in_the_words_of_the_person(said: str, noted: str) -> None:
    assert next(statements(Line("boss", said))) == noted


@pytest.mark.parametrize(
    "said",
    [
        "I have a question.",
        "Do you remember my birthday?",
        "I like that!",
        "If our release is on 14 May, we are late.",
        "If I were rich, I would live in Paris.",
        "Maybe I live in the wrong town.",
        "I don't like coffee, I prefer green tea",
        "I no longer live in Rome, I moved to Milan",
        "Tom says our release is on 14 May.",
        "Our release is on 14 May or 15 May.",
        "Please forget my sister's phone number.",
        "Please forget that. My sister's phone number is 555-1234.",
        "My dog died yesterday",
        "everyone calls me Majka",
        "Thanks a lot.",
        "I'm a bit tired.",
        "I'm sorry.",
        "That's great news.",
        "Remember me.",
        "Save the date!",
        "Call me Monday",
        "My train is 20 minutes late.",
        "I moved to Berlin in my dreams",
        "I have also finished the draft.",
        "Ich wohne in Köln.",
    ],
)
def test_questions_suppositions_negations_reports_and_small_talk_are_not_noted(said: str) -> None:
    assert list(statements(Line("boss", said))) == []


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (
            "Our release is on 14 May.",
            "The release has moved to 21 May.",
            ["The release has moved to 21 May."],
        ),
        ("I live in Lisbon.", "I moved to Porto.", ["I moved to Porto."]),
        (
            "The project deadline is Friday.",
            "The project deadline changed from Friday to next Monday.",
            ["The project deadline changed from Friday to next Monday."],
        ),
        ("I live in Rome.", "I no longer live in Rome, I moved to Milan", []),
        ("The meeting is on Tuesday at 3pm in room 204.", "on Wednesday, not Tuesday", []),
        ("My meeting is on Friday.", "Actually, it's moved to Monday.", []),
        ("I'm allergic to nuts.", "I'm not allergic to cats.", ["I'm allergic to nuts."]),
        ("I work as a nurse.", "I don't work on Sundays.", ["I work as a nurse."]),
        ("I live in Rome.", "My sister moved to Oslo.", ["I live in Rome.", "My sister moved to Oslo."]),
    ],
)
def test_what_a_line_corrects_leaves_core_memory_and_no_line_is_a_mixture(
    before: str, change: str, after: list[str]
) -> None:
    agent = Agent()

    agent.ask("boss", before)
    agent.ask("boss", change)

    kept = agent.blocks["human"].strip().splitlines()
    assert kept == [LONG_AGO % text for text in after]


def test_statements_of_everyone_who_spoke_are_noted_under_their_names() -> None:
    agent = Agent(turns=5)

    agent.hears("betty", "I prefer tea.")
    agent.hears("tom", "My sister's birthday is 3 June.")
    agent.hears("boss", "Good morning everyone.")
    agent.turn()

    assert agent.blocks["human"] == snapshot(
        "betty said on 2026-03-01: “I prefer tea.”\ntom said on 2026-03-01: “My sister's birthday is 3 June.”"
    )


def test_a_statement_goes_into_the_block_whose_label_it_mentions() -> None:
    agent = Agent()
    agent.blocks["project"] = ""

    agent.ask("boss", "The project is called Zeus.")

    assert agent.blocks["project"] == LONG_AGO % "The project is called Zeus."


def test_what_does_not_fit_a_block_goes_to_archival_memory() -> None:
    agent = Agent(limit=20)

    answer = agent.ask("boss", "I'm allergic to peanuts.")

    assert agent.archive[0]["text"] == LONG_AGO % "I'm allergic to peanuts."
    assert answer == snapshot("Noted, word for word: “I'm allergic to peanuts.”")


def test_a_long_text_to_remember_goes_to_archival_memory_whole() -> None:
    agent = Agent()
    text = "The treaty was signed in spring. " * 12

    agent.ask("boss", f"Remember this: {text}")

    assert text.strip() in agent.archive[0]["text"]


@pytest.mark.parametrize("failing", ["core_memory_append", "core_memory_append archival_memory_insert"])
def test_a_failed_edit_is_tried_another_way_and_never_claimed(failing: str) -> None:
    agent = Agent()
    agent.failing = set(failing.split())

    answer = agent.ask("boss", "I'm allergic to peanuts.")

    assert ("Noted" in answer) == bool(agent.archive)
    assert len(agent.made) == len({str(call) for call in agent.made}) <= 3


def test_without_an_append_function_a_line_is_inserted() -> None:
    insert = tool("memory_insert", "label content", label="string", content="string", line="integer")

    answer = OfflineLLM().complete(
        [{"role": "system", "content": "<human>\n</human>"}, {"role": "user", "content": "I prefer tea."}],
        [SEND, insert],
    )

    assert answer.tool_calls[0].name == "memory_insert"
