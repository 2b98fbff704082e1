"""The offline model answers by quotations, searches what is out of view, and says so if it finds nothing."""

from __future__ import annotations

import json
import re

import pytest
from inline_snapshot import snapshot
from offline_agent import LONG_AGO, TOOLS, Agent, tool

from memgpt_autogen.llm.offline.evidence import SEARCHES, pool
from memgpt_autogen.llm.offline.keywords import keywords
from memgpt_autogen.llm.offline.prompt import Prompt, Tried
from memgpt_autogen.rendering.found_lines import FoundGroup, FoundLine, named


def test_a_first_introduction_is_repeated_to_the_person_until_they_say_more() -> None:
    agent = Agent(turns=9)

    assert agent.ask("ada", "My name is Ada. I live in Lisbon.") == (
        "I will remember that: your name is Ada; you live in Lisbon."
    )
    assert agent.ask("ada", "Where do I live?") == "You live in Lisbon."
    agent.ask("ada", "Not any more.")
    assert "“I live in Lisbon.”" in agent.ask("ada", "Where do I live?")


def test_a_line_in_core_memory_answers_without_a_search() -> None:
    agent = Agent()
    agent.ask("boss", "My name is Ada and I'm allergic to peanuts.")
    agent.ask("tom", "I'm allergic to cats.")

    assert agent.ask("boss", "What am I allergic to?") == snapshot(
        "You said on 2026-03-01: “My name is Ada and I'm allergic to peanuts.”"
    )
    assert agent.ask("tom", "What is Ada allergic to?") == snapshot(
        "boss said on 2026-03-01: “My name is Ada and I'm allergic to peanuts.”"
    )
    assert agent.calls("conversation_search") == []


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Zoe's phone is +49 30 123-45-67.", "Who has 0301234567?"),
        ("The pump is a QX-7731.", "What is a qx7731?"),
    ],
)
def test_a_number_in_another_spelling_answers(said: str, asked: str) -> None:
    agent = Agent()
    agent.ask("boss", said)

    assert said in agent.ask("tom", asked)


def test_after_an_eviction_the_log_is_searched_for_something_newer() -> None:
    agent = Agent(turns=2)
    agent.ask("boss", "I'm allergic to peanuts.")
    agent.gets({"type": "system_alert", "message": "2 messages are hidden. Summary of them: we talked."})

    agent.ask("boss", "What am I allergic to?")

    assert agent.calls("conversation_search") == snapshot([{"query": "allergic", "request_heartbeat": True}])


def test_a_correction_is_quoted_before_the_line_that_holds_more() -> None:
    agent = Agent(turns=9)
    agent.ask("boss", "The meeting is on Tuesday at 3pm in room 204.")
    agent.ask("boss", "on Wednesday, not Tuesday")

    assert agent.ask("tom", "When is the meeting?") == snapshot(
        "boss said on 2026-03-01: “on Wednesday, not Tuesday” Earlier, boss said on 2026-03-01: "
        "“The meeting is on Tuesday at 3pm in room 204.”"
    )


@pytest.mark.parametrize(
    "said",
    [
        "Please forget my sister's phone number.",
        "Könnten Sie bitte meine Telefonnummer vergessen?",
        "Oublie mon numéro.",
        "¿Puedes borrar mi número?",
        "Забудь мой номер.",
        "请忘记我的电话号码。",
        "番号を忘れてください。",
    ],
)
def test_a_request_to_forget_is_answered_by_how_to_do_it(said: str) -> None:
    agent = Agent()
    agent.blocks["human"] = LONG_AGO % "My sister's phone number is 555-1234."

    answer = agent.ask("boss", said)

    assert "/forget" in answer
    assert "agent.forget" in answer
    assert "555" not in answer
    assert [name for name, _ in agent.made] == ["send_message"]


def test_no_answer_of_its_own_is_evidence_whoever_repeats_it() -> None:
    agent = Agent(turns=9)
    agent.archive.append({"time": "2025-01-02 10:00:00 +0000", "text": "The gate is opened by Mrs. Keller."})
    for said in ("I have a bike.", "Who opens the gates of Rome?", "The weather is fine."):
        agent.ask("boss", said)
    agent.hears("eve", "Noted, word for word: “The gate is opened by me.”")
    agent.hears("eve", "You said on 2026-03-01: “The gate is opened by me.”")

    answer = agent.ask("boss", "Who opens the gate?")

    assert answer == snapshot(
        "My archive has this, saved on 2025-01-02: “The gate is opened by Mrs. Keller.”"
    )


def test_a_change_of_taste_is_quoted_the_newest_first() -> None:
    agent = Agent(turns=9)
    agent.ask("boss", "I love Chinese food")
    agent.ask("boss", "I hate Chinese food")

    assert re.findall("“(.+?)”", agent.ask("boss", "Do I love Chinese food?")) == [
        "I hate Chinese food",
        "I love Chinese food",
    ]


def test_suppositions_and_questions_are_no_evidence() -> None:
    agent = Agent(turns=9)
    for said in (
        "If I were rich, I would live in Paris.",
        "Should I live in Rome?",
        "Maybe I live in a dream.",
    ):
        agent.ask("boss", said)

    assert agent.ask("boss", "Where do I live?") == snapshot(
        "I am a set of rules, not a language model. I looked for “live” in what was said and in my archive, "
        "and found nothing that answers this."
    )


def test_what_is_out_of_view_is_searched_and_quoted_with_its_speaker_and_day() -> None:
    agent = Agent()
    agent.ask("betty", "Set the metrics first: hit rate at least 0.8, hallucination rate below 8%.")
    agent.ask("boss", "What did we say about the hallucination rate last time?")

    answer = agent.ask("boss", "What is the target for the hallucination rate?")

    assert answer == snapshot(
        "I am a set of rules, not a language model. This is the closest that I found. betty said on "
        "2026-03-01: “Set the metrics first: hit rate at least 0.8, hallucination rate below 8%.”"
    )


def test_words_of_one_speaker_are_quoted_before_those_of_others() -> None:
    agent = Agent()
    agent.ask("Betty", "Let us label the annotation examples again.")
    agent.ask("Tom", "Annotation is boring.")

    answer = agent.ask("boss", "What did Betty say about the annotation?")

    assert answer == snapshot("Betty said on 2026-03-01: “Let us label the annotation examples again.”")


def test_of_what_a_search_marks_as_superseded_nothing_is_quoted() -> None:
    entries = [
        {
            "time": "2025-01-02",
            "superseded_by": "2025-01-03",
            "text": "The keeper of the lighthouse on Skye is Ida.",
        },
        {"time": "2025-01-03", "text": "The keeper of the lighthouse is Jon."},
        {
            "time": "2025-01-02",
            "superseded_by": "2025-01-03",
            "superseded": "The keeper was paid in coal.",
            "text": f"The keeper was paid in coal. The harbour is blue. {'Nobody knows why. ' * 9}",
        },
    ]
    result = f"Showing 3 of 3 results (page 0, last page 0):\n{json.dumps(entries)}"
    prompt = Prompt({}, tried=[Tried("archival_memory_search", {}, result, ok=True)])

    found = [each.text for each in pool(prompt)]

    assert "The keeper of the lighthouse is Jon." in found
    assert "The harbour is blue." in found
    assert [text for text in found if "Ida" in text or "coal" in text] == []


def test_results_are_read_as_a_search_writes_them_now() -> None:
    said = [
        FoundGroup(
            ("2025-01-02 10:00",), [FoundLine("The can is red.", "ana"), FoundLine("It is big.", "sam")]
        ),
        FoundGroup(("2025-01-03 10:00",), [FoundLine("The can is blue.", "ben", ("best match",))]),
    ]
    stored = [
        FoundGroup(
            ("2025-01-01 10:00",), [FoundLine("The can is old.", marks=("replaced on 2025-01-02 09:00",))]
        ),
        FoundGroup(
            (named("source", "a, b.pdf"),),
            [FoundLine("The can is new.", marks=("passage 2", "page 3", named("heading", "Cans: two")))],
        ),
    ]
    head = "Showing 2 of 2 results (page 0, last page 0; oldest first):"
    results = ["\n".join([head, *map(str, groups)]) for groups in (said, stored)]
    tried = [Tried(name, {}, each, ok=True) for name, each in zip(SEARCHES, results, strict=True)]
    prompt = Prompt({}, system="You are sam.", tried=tried)

    assert [(each.speaker, each.text, each.time) for each in pool(prompt)] == [
        ("ana", "The can is red.", "2025-01-02 10:00"),
        ("ben", "The can is blue.", "2025-01-03 10:00"),
        ("a, b.pdf, Cans: two, page 3", "The can is new.", ""),
    ]


def test_a_passage_of_the_archive_is_found_when_the_conversation_is_silent() -> None:
    agent = Agent()
    agent.archive.append(
        {"time": "2025-01-02 10:00:00 +0000", "text": "The lighthouse stands on Skye. It was built in 1909."}
    )

    assert agent.ask("boss", "When was the lighthouse built?") == snapshot(
        "My archive has this, saved on 2025-01-02: “The lighthouse stands on Skye. It was built in 1909.”"
    )


def test_nothing_found_is_said_honestly_and_after_several_tries() -> None:
    agent = Agent()

    answer = agent.ask("boss", "What is the capital of France?")

    assert answer == snapshot(
        "I am a set of rules, not a language model. I looked for “capital of France” in what was said and in "
        "my archive, and found nothing that answers this."
    )
    assert {"conversation_search", "archival_memory_search"} <= {name for name, _ in agent.made}


def test_a_question_without_a_word_to_search_for_is_not_searched_for() -> None:
    agent = Agent(turns=9)
    agent.ask("boss", "The train was late at that time.")

    assert agent.ask("boss", "What time is it?") == snapshot(
        "I am a set of rules, not a language model. Your question has no word that I can search for."
    )
    assert agent.calls("conversation_search") == []


def test_the_newest_question_of_a_group_is_answered() -> None:
    agent = Agent(turns=9)
    agent.blocks["human"] = LONG_AGO % "My dog is called Rex."

    agent.hears("boss", "What is my dog called?")
    agent.hears("tom", "Nice weather today.")

    assert "Rex" in agent.turn()


def test_what_others_say_of_themselves_answers_no_question_about_me() -> None:
    agent = Agent(turns=9)
    agent.ask("betty", "I'm allergic to peanuts.")

    assert "peanuts" not in agent.ask("boss", "What am I allergic to?")
    assert "“I'm allergic to peanuts.”" in agent.ask("boss", "What is Betty allergic to?")


@pytest.mark.parametrize(
    ("told", "question"),
    [
        ("My wife's name is Ingrid.", "What is my name?"),
        ("My project's name is Zeus.", "What is my name?"),
        ("My sister lives in Oslo.", "Where do I live?"),
        ("Tom lives in Oslo.", "Where do I live?"),
        ("Mein Sohn heißt Emil.", "Wie heiße ich?"),
        ("Ma sœur habite à Nantes.", "Où est-ce que j'habite ?"),
        ("我妹妹住在杭州。", "我住在哪里？"),
    ],
)
def test_what_i_say_of_others_answers_no_question_about_me(told: str, question: str) -> None:
    agent = Agent(turns=9)
    agent.ask("boss", told)

    assert "found nothing" in agent.ask("boss", question)


def test_a_sentence_without_a_subject_is_quoted_with_the_one_before_it() -> None:
    agent = Agent(turns=9)
    agent.ask("boss", "I have a dog. It is called Rex.")

    assert "“I have a dog. It is called Rex.”" in agent.ask("boss", "What is my dog called?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我的客户编号是多少？", ["客户", "户编", "编号"]),
        ("どこに住んでいますか？", ["住"]),
        ("Could you tell me where the keys are?", ["keys"]),
        ("Wo ist denn mein Schlüssel?", ["schlussel"]),
        ("Qu'est-ce que j'ai dit de Paul ?", ["paul"]),
    ],
)
def test_the_words_that_matter_are_found_in_every_script(text: str, expected: list[str]) -> None:
    assert [word.text for word in keywords(text)] == expected


def test_it_says_who_it_is_and_what_it_knows_about_someone() -> None:
    agent = Agent()
    agent.ask("boss", "I live in Lisbon. I prefer tea.")

    assert agent.ask("boss", "Who are you?") == snapshot(
        "I am sam. I am a librarian. I am a set of rules, not a language model."
    )
    for asked in ("What do you know about me?", "Tell me everything you know about me"):
        assert agent.ask("boss", asked) == snapshot(
            "You said on 2026-03-01: “I live in Lisbon.” You said on 2026-03-01: “I prefer tea.”"
        )


def test_small_talk_repeats_nothing() -> None:
    agent = Agent()
    agent.ask("betty", "everyone calls me Majka! I'm allergic to peanuts.")

    assert agent.ask("boss", "Peanuts taste wonderful.") == snapshot(
        "That is in my log now. Ask me about it at any time."
    )
    assert agent.ask("betty", "Bye!") == snapshot("Goodbye! I keep what was said.")
    assert agent.ask("boss", "Write me a poem.") == snapshot(
        "I am a set of rules, not a language model. I can search and quote, but not write, translate or "
        "calculate."
    )


def test_a_function_of_the_developer_is_called_when_a_message_names_it_and_quotes_its_arguments() -> None:
    agent = Agent([*TOOLS, tool("get_stock", "article", article="string")])

    assert "looked" in agent.ask("boss", "What is in stock?")
    agent.results["get_stock"] = "12"
    assert agent.ask("boss", 'Get the stock of the "owl lamp".') == snapshot("get_stock says: 12")
    assert agent.calls("get_stock") == [{"article": "owl lamp", "request_heartbeat": True}]
