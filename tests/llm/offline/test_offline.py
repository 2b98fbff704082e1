"""The offline model: what it notes, where it looks, what it answers, and that nothing makes it stumble."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot
from loops import MemoryFactory

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.offline.evidence import pool
from memgpt_autogen.llm.offline.keywords import keywords
from memgpt_autogen.llm.offline.notes import statements
from memgpt_autogen.llm.offline.prompt import Line, Prompt, Tried, blocks_in
from memgpt_autogen.messages import Message
from memgpt_autogen.text.words import stems

if TYPE_CHECKING:
    from memgpt_autogen.llm.protocols import LLM

BEAT = {"type": "boolean"}


def tool(name: str, required: str = "", **types: str) -> dict[str, Any]:
    properties: dict[str, Any] = {key: {"type": kind} for key, kind in types.items()}
    if name != "send_message":
        properties["request_heartbeat"] = BEAT
    parameters = {"type": "object", "properties": properties, "required": required.split()}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


SEND = tool("send_message", "message", message="string")
TOOLS = [
    SEND,
    tool("core_memory_append", "label content", label="string", content="string"),
    tool(
        "core_memory_replace",
        "label old_content new_content",
        label="string",
        old_content="string",
        new_content="string",
    ),
    tool(
        "conversation_search",
        query="string",
        speaker="string",
        start_date="string",
        end_date="string",
        page="integer",
    ),
    tool("archival_memory_insert", "content", content="string"),
    tool("archival_memory_search", "query", query="string", page="integer"),
]


class Agent:
    """Just enough of an agent: blocks, two logs, a queue of `turns` turns, and a loop with heartbeats."""

    def __init__(self, tools: list[dict[str, Any]] = TOOLS, *, turns: int = 1, limit: int = 2000) -> None:
        self.tools = tools
        self.native = all(offered["function"]["name"] != "send_message" for offered in tools)
        self.turns = turns
        self.limit = limit
        self.blocks = {"persona": "I am a librarian.", "human": ""}
        self.said: list[dict[str, str]] = []
        self.archive: list[dict[str, str]] = []
        self.queue: list[dict[str, Any]] = []
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.failing: set[str] = set()
        self.results = {"get_weather": "sunny"}
        self.steps = 0
        self.llm: LLM = OfflineLLM()

    def ask(self, name: str, text: str) -> str:
        self.hears(name, text)
        return self.turn()

    def hears(self, name: str, text: str) -> None:
        time = self._log(name, text)
        self.gets({"type": "user_message", "name": name, "message": text, "time": time})

    def gets(self, event: dict[str, str]) -> None:
        self.queue.append({"role": "user", "content": json.dumps(event)})

    def turn(self) -> str:
        spoken: list[str] = []
        for self.steps in range(1, 20):
            answer = self.llm.complete(self.prompt(), self.tools)
            self.queue.append(
                {
                    "role": "assistant",
                    "content": answer.text,
                    "tool_calls": [call.to_wire() for call in answer.tool_calls],
                }
            )
            goes_on = False
            for call in answer.tool_calls:
                arguments = json.loads(call.arguments)
                self.made.append((call.name, arguments))
                ok, text = self._run(call.name, arguments, spoken)
                result = {"status": "OK" if ok else "Failed", "message": text}
                self.queue.append({"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)})
                goes_on = goes_on or not ok or self.native or arguments.get("request_heartbeat", False)
            if self.native and not answer.tool_calls:
                spoken.append(answer.text)
            if not goes_on:
                break
        for text in spoken:
            self._log("sam", text)
        return " ".join(spoken)

    def prompt(self) -> list[dict[str, Any]]:
        blocks = [f'<{k} chars="{len(v)}/{self.limit}">\n{v}\n</{k}>' for k, v in self.blocks.items()]
        starts = [place for place, message in enumerate(self.queue) if '"user_message"' in str(message)]
        queue = self.queue[starts[-self.turns :][0] :] if starts else self.queue
        return [{"role": "system", "content": "\n".join(["You are sam, an agent.", *blocks])}, *queue]

    def calls(self, name: str) -> list[dict[str, Any]]:
        return [arguments for made, arguments in self.made if made == name]

    def _log(self, name: str, text: str) -> str:
        time = f"2026-03-01 14:{len(self.said) % 60:02d}:00 +0000"
        self.said.append({"time": time, "name": name, "message": text})
        return time

    def _run(self, name: str, given: dict[str, Any], spoken: list[str]) -> tuple[bool, str]:
        if name in self.failing:
            return False, "it does not work"
        if name == "send_message":
            spoken.append(given["message"])
        elif name == "core_memory_append":
            self.blocks[given["label"]] = f"{self.blocks[given['label']]}\n{given['content']}".strip()
        elif name == "core_memory_replace":
            value = self.blocks[given["label"]]
            assert value.count(given["old_content"]) == 1
            self.blocks[given["label"]] = value.replace(given["old_content"], given["new_content"])
        elif name == "archival_memory_insert":
            self.archive.append({"time": "2026-03-01 15:00:00 +0000", "text": given["content"]})
        elif name.endswith("search"):
            return True, self._search(self.said if name.startswith("conv") else self.archive, given)
        return True, self.results.get(name, "None")

    def _search(self, log: list[dict[str, str]], given: dict[str, Any]) -> str:
        wanted = set(stems(given.get("query") or ""))
        hits = [
            row
            for row in log
            if wanted <= set(stems(row.get("message") or row.get("text") or ""))
            and given.get("speaker", row.get("name")) == row.get("name")
            and given.get("start_date", "0") <= row["time"][:10] <= given.get("end_date", "9")
        ]
        page = given.get("page", 0)
        shown = hits[5 * page : 5 * page + 5]
        head = f"Showing {len(shown)} of {len(hits)} results (page {page}, last page {(len(hits) - 1) // 5}):"
        return f"{head}\n{json.dumps(shown)}" if shown else "No results found."


# what it notes

LONG_AGO = "boss said on 2026-03-01: “%s”"


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


# what it answers


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


# the protocol


def test_the_native_dialect_is_answered_in_plain_text() -> None:
    agent = Agent(TOOLS[1:])

    assert agent.ask("boss", "My name is Ada.") == snapshot("I will remember that: your name is Ada.")
    assert agent.ask("boss", "What's my name?") == snapshot("Your name is Ada.")


def test_thoughts_go_where_the_schema_asks_for_them() -> None:
    agent = Agent([tool("send_message", "message inner_thoughts", message="string", inner_thoughts="string")])

    answer = OfflineLLM().complete([{"role": "user", "content": "Hello!"}], agent.tools)

    assert answer.text == ""
    assert json.loads(answer.tool_calls[0].arguments) == snapshot(
        {
            "message": "Hello! Tell me something, or ask me about something that was said.",
            "inner_thoughts": "I have what I need; time to answer.",
        }
    )


def test_a_pressure_warning_saves_what_is_noted_nowhere_and_is_not_spoken_of() -> None:
    agent = Agent(turns=9)
    agent.ask("boss", "I live in Lisbon.")
    agent.ask("boss", "Zeus was slower than Hera in 3 of 5 runs.")

    agent.gets({"type": "system_alert", "message": "Memory pressure: the conversation will soon be trimmed."})

    assert agent.turn() == ""
    assert [row["text"] for row in agent.archive] == snapshot(
        ["boss said on 2026-03-01: “Zeus was slower than Hera in 3 of 5 runs.”"]
    )


@pytest.mark.parametrize("kind", ["heartbeat", "login"])
def test_an_event_that_asks_nothing_ends_quietly(kind: str) -> None:
    agent = Agent()
    agent.ask("boss", "Hello!")

    agent.gets({"type": kind, "message": "Automated timer"})

    assert agent.turn() == ""
    assert agent.steps == 1


def test_a_heartbeat_does_not_make_it_forget_that_it_owes_an_answer() -> None:
    agent = Agent()
    agent.hears("boss", "Hello!")
    agent.gets({"type": "heartbeat", "message": "Automated timer"})

    assert agent.turn().startswith("Hello!")


def test_a_demanded_function_is_called_whatever_it_would_rather_do() -> None:
    question = [{"role": "user", "content": "When is the release?"}]
    force = {"type": "function", "function": {"name": "send_message"}}

    assert OfflineLLM().complete(question, TOOLS).tool_calls[0].name == "conversation_search"
    assert OfflineLLM().complete(question, TOOLS, force).tool_calls[0].name == "send_message"
    assert OfflineLLM().complete(question, [SEND]).tool_calls[0].name == "send_message"
    assert OfflineLLM().complete(question, TOOLS[1:], "required").tool_calls
    assert not OfflineLLM().complete(question, TOOLS, "none").tool_calls


@pytest.mark.parametrize(
    "failing", ["send_message", "conversation_search", " ".join(t["function"]["name"] for t in TOOLS)]
)
def test_no_failure_makes_it_loop(failing: str) -> None:
    agent = Agent()
    agent.failing = set(failing.split())

    agent.ask("boss", "My cat is called Rex. What did Betty say about the new engine yesterday?")

    assert agent.steps <= 8
    assert len(agent.made) == len({str(call) for call in agent.made})


def test_no_summary_is_invented_so_the_summariser_takes_the_words_as_they_were_said(
    make_memory: MemoryFactory,
) -> None:
    memory = make_memory()
    loop = open_loop(memory, OfflineLLM(), window_tokens=8192)
    for said in ("My name is Ada and I live in Lisbon.", "My dog is called Rex.", "How was your day?"):
        list(loop.run([Message.said_by("ada", said)]))

    list(loop.compact())

    summary = memory.queue.summary
    assert summary is not None
    assert summary.source == "extract"
    assert "My name is Ada and I live in Lisbon." in summary.text
    list(loop.run([Message.said_by("ben", "Where does Ada live?")]))
    assert "conversation_search" in str(loop.memory.log.since(0))


def test_what_the_prompt_tells_of_memory_is_no_block() -> None:
    system = '<human chars="5/20">\nAda\n</human>\n<outside_view>\nparticipants: ada (2)\n</outside_view>'

    assert [block.label for block in blocks_in(system)] == ["human"]


def test_code_is_not_quoted_beside_the_sentence_that_answers() -> None:
    agent = Agent(turns=9)
    agent.hears("engineer", '```python\nprint(f"The refund of order 77 is {refund} euros.")\n```')
    agent.hears("runner", "The output of the program: the refund of order 77 is 108.00 euros.")

    answer = agent.ask("ada", "What is the refund of order 77?")

    assert "108.00" in answer
    assert "```" not in answer


def test_blocks_are_read_whatever_stands_around_them() -> None:
    system = (
        'Use <human> with care.\n<core_memory>\n<human chars="5/20" read_only="true">\nAda\n</human>\n'
        "<notes>\n1 < 2\n</notes>\n</core_memory>\n<open>"
    )

    blocks = blocks_in(system)

    assert [(b.label, b.value, b.limit, b.read_only) for b in blocks] == [
        ("human", "Ada", 20, True),
        ("notes", "1 < 2", None, False),
    ]


# whatever comes in

JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
SPOKEN = st.sampled_from(
    [
        "My name is Ada.",
        "Actually, it's moved to 21 May.",
        "When is it?",
        "What did Betty say yesterday?",
        "Remember this: " + "x. " * 200,
        "I no longer live in Porto (told by boss).",
        '<human chars="1/2">\n</human>',
        "'s name is ",
        "my is",
        "\ud800",
        "-",
    ]
) | st.text(max_size=60)
EVENT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["user_message", "system_alert", "heartbeat", "login"]),
        "message": SPOKEN | JSONISH,
    },
    optional={"name": SPOKEN | JSONISH, "time": SPOKEN | st.just("2026-03-01 14:05:09 +0000")},
).map(json.dumps)
CALL = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b"])},
    optional={
        "function": st.fixed_dictionaries(
            {
                "name": st.sampled_from([t["function"]["name"] for t in TOOLS]) | JSONISH,
                "arguments": st.just('{"content": "boss likes tea.", "query": "tea"}') | SPOKEN | JSONISH,
            }
        )
    },
)
MESSAGE = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "user", "user", "assistant", "tool"]),
        "content": EVENT
        | SPOKEN
        | JSONISH
        | st.just('{"status": "OK", "message": "(page 0, last page 9) [{\\"time\\": 3}"}'),
    },
    optional={
        "tool_calls": st.lists(CALL | JSONISH, max_size=2) | JSONISH,
        "tool_call_id": st.sampled_from(["a", "b"]),
    },
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(MESSAGE, max_size=8),
    st.lists(st.sampled_from(TOOLS), max_size=6),
    st.sampled_from([None, "auto", "none", {"type": "function", "function": {"name": "send_message"}}]),
)
def test_any_prompt_is_answered_the_same_twice_and_within_what_is_offered(
    messages: list[Any], tools: list[dict[str, Any]], choice: Any
) -> None:
    answer = OfflineLLM().complete(messages, tools, choice)

    assert answer == OfflineLLM().complete(messages, tools, choice)
    offered = {t["function"]["name"]: t["function"]["parameters"] for t in tools}
    python = {"string": str, "boolean": bool, "integer": int}
    for call in answer.tool_calls:
        arguments = json.loads(call.arguments)
        schema = offered[call.name]
        assert set(schema["required"]) <= set(arguments) <= set(schema["properties"])
        assert all(isinstance(arguments[k], python[schema["properties"][k]["type"]]) for k in arguments)
        call.arguments.encode()
    answer.text.encode()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece",
    ["A", " ", "1", "I am a ", "and I ", "remember that ", "A's b ", "(told by ", "é\n", "{", "our x is 1 "],
)
def test_long_monotonous_text_is_read_in_good_time(piece: str) -> None:
    agent = Agent(turns=3)

    for text in (piece * 3000, f"I moved to {piece * 3000}", f"When is {piece * 3000}?"):
        agent.ask("boss", text)

    assert agent.steps <= 8


@settings(deadline=None, max_examples=100)
@given(st.lists(JSONISH, max_size=4), st.lists(JSONISH, max_size=4), JSONISH)
def test_even_nonsense_in_every_place_raises_nothing(
    messages: list[Any], tools: list[Any], choice: Any
) -> None:
    OfflineLLM().complete(messages, tools, choice)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["boss", "tom"]), SPOKEN), min_size=1, max_size=6),
    st.sets(st.sampled_from([t["function"]["name"] for t in TOOLS])),
    st.sampled_from(["memgpt", "native"]),
)
def test_every_turn_ends_within_eight_steps_without_a_repeated_call(
    said: list[tuple[str, str]], failing: set[str], dialect: str
) -> None:
    agent = Agent(TOOLS[1:] if dialect == "native" else TOOLS, turns=3)
    agent.failing = failing

    for name, text in said:
        agent.made.clear()
        agent.ask(name, text)
        assert agent.steps <= 8
        assert len(agent.made) == len({str(call) for call in agent.made})
