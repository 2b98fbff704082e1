"""The offline model: what it notes, where it looks, what it answers, and that nothing makes it stumble."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot
from loops import MemoryFactory

from memgpt_autogen.assembly import open_loop
from memgpt_autogen.llm.offline import OfflineLLM
from memgpt_autogen.llm.offline.evidence import best, from_results
from memgpt_autogen.llm.offline.facts import facts_in
from memgpt_autogen.llm.offline.prompt import Line, blocks_in
from memgpt_autogen.llm.offline.sentences import to_listener
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


def test_a_fact_is_noted_once_and_confirmed_to_whoever_told_it() -> None:
    agent = Agent()

    first = agent.ask("boss", "Hi! My name is Ada and I live in Lisbon.")
    again = agent.ask("boss", "I live in Lisbon.")

    assert agent.blocks["human"] == "boss's name is Ada.\nboss lives in Lisbon."
    assert first == snapshot("Got it: your name is Ada; you live in Lisbon.")
    assert again == snapshot("I have that already: you live in Lisbon.")
    assert len(agent.calls("core_memory_append")) == 1


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("I'm allergic to peanuts", "boss is allergic to peanuts."),
        ("I really don't like coffee.", "boss really doesn't like coffee."),
        ("By the way, my favourite colour is green!", "boss's favourite colour is green."),
        ("Our release is on 14 May.", "The release is on 14 May (told by boss)."),
        ("Tom's birthday is 3 June", "Tom's birthday is 3 June (told by boss)."),
        ("Please remember that the door code is 4711.", "The door code is 4711 (told by boss)."),
        ("Remember to call Tom.", "boss asked me to remember to call Tom."),
        ("We decided to use Postgres.", "We decided to use Postgres (told by boss)."),
        ("Call me Ada", "boss's name is Ada."),
        ("I moved from Lisbon to Porto.", "boss lives in Porto."),
        ("I no longer live in Porto", "boss no longer lives in Porto."),
    ],
)
def test_a_statement_is_noted_in_the_third_person(said: str, noted: str) -> None:
    assert [fact.text for fact in facts_in(Line("boss", said))] == [noted]


@pytest.mark.parametrize(
    "said",
    [
        "I have a question.",
        "Do you remember my birthday?",
        "I like that!",
        "If our release is on 14 May, we are late.",
        "Thanks a lot.",
        "I'm a bit tired.",
        "That's great news.",
        "I have also finished the draft.",
    ],
)
def test_questions_conditions_and_small_talk_are_no_facts(said: str) -> None:
    assert facts_in(Line("boss", said)) == ()


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (
            "Our release is on 14 May.",
            "Actually, it's moved to 21 May.",
            "The release is on 21 May (told by boss).",
        ),
        (
            "The launch is on Friday.",
            "The launch has been postponed to Monday.",
            "The launch is on Monday (told by boss).",
        ),
        ("My name is Ada.", "My name is not Ada but Eve.", "boss's name is Eve."),
        ("My name is Ada.", "My name isn't Ada, it's Eve.", "boss's name is Eve."),
        ("I live in Lisbon.", "I moved to Porto.", "boss lives in Porto."),
        ("I like tea.", "I don't like tea.", "boss doesn't like tea."),
    ],
)
def test_a_changed_fact_replaces_the_old_one(before: str, change: str, after: str) -> None:
    agent = Agent()

    agent.ask("boss", before)
    agent.ask("boss", change)

    assert agent.blocks["human"] == after


def test_facts_of_everyone_who_spoke_are_noted_under_their_names() -> None:
    agent = Agent(turns=5)

    agent.hears("betty", "I prefer tea.")
    agent.hears("tom", "My sister's birthday is 3 June.")
    agent.hears("boss", "Good morning everyone.")
    agent.turn()

    assert agent.blocks["human"] == "betty prefers tea.\ntom's sister's birthday is 3 June."


def test_a_fact_goes_into_the_block_whose_label_it_mentions() -> None:
    agent = Agent()
    agent.blocks["project"] = ""

    agent.ask("boss", "The project is called Zeus.")

    assert agent.blocks["project"] == "The project is called Zeus (told by boss)."


def test_what_does_not_fit_a_block_goes_to_archival_memory() -> None:
    agent = Agent(limit=20)

    answer = agent.ask("boss", "I'm allergic to peanuts.")

    assert agent.archive[0]["text"] == "boss is allergic to peanuts."
    assert answer == snapshot("I will remember that: you are allergic to peanuts.")


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

    assert ("you are allergic" in answer) == bool(agent.archive)
    assert len(agent.made) == len({str(call) for call in agent.made}) <= 3


def test_without_an_append_function_a_line_is_inserted() -> None:
    insert = tool("memory_insert", "label content", label="string", content="string", line="integer")

    answer = OfflineLLM().complete(
        [{"role": "system", "content": "<human>\n</human>"}, {"role": "user", "content": "I like tea."}],
        [SEND, insert],
    )

    assert answer.tool_calls[0].name == "memory_insert"


# what it answers


def test_a_fact_in_core_memory_answers_without_a_search() -> None:
    agent = Agent()
    agent.ask("boss", "My name is Ada and I'm allergic to peanuts.")
    agent.ask("tom", "I'm allergic to cats.")

    assert agent.ask("boss", "What am I allergic to?") == snapshot("You are allergic to peanuts.")
    assert agent.ask("tom", "What is Ada allergic to?") == snapshot("Ada is allergic to peanuts.")
    assert agent.calls("conversation_search") == []


def test_what_is_out_of_view_is_searched_and_quoted_with_its_speaker_and_day() -> None:
    agent = Agent()
    agent.ask("betty", "Set the metrics first: hit rate at least 0.8, hallucination rate below 8%.")
    agent.ask("boss", "What did we say about the hallucination rate last time?")

    answer = agent.ask("boss", "What is the target for the hallucination rate?")

    assert answer == snapshot(
        "I am not sure, but the closest I found is this. betty said on 2026-03-01: “Set the metrics first: "
        "hit rate at least 0.8, hallucination rate below 8%.”"
    )


def test_words_of_one_speaker_are_searched_under_the_name() -> None:
    agent = Agent()
    agent.ask("Betty", "Let us label the annotation examples again.")
    agent.ask("Tom", "Annotation is boring.")

    answer = agent.ask("boss", "What did Betty say about the annotation?")

    assert agent.calls("conversation_search")[0] == snapshot(
        {"query": "annotation", "speaker": "Betty", "request_heartbeat": True}
    )
    assert "label the annotation examples" in answer


def test_a_search_that_takes_no_speaker_is_made_by_words_alone() -> None:
    sam = Agent([SEND, tool("conversation_search", query="string", page="integer")])
    sam.hears("Betty", "By the way, bring a sweater, as the window in the small meeting room does not close.")
    sam.turn()

    answer = sam.ask("tom", "What did Betty say about the small meeting room?")

    assert "bring a sweater" in answer
    assert sam.calls("conversation_search")[0] == {
        "query": "betty small meeting room",
        "request_heartbeat": True,
    }


def test_what_a_search_marks_as_superseded_comes_after_what_holds() -> None:
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

    found = from_results(f"Showing 3 of 3 results (page 0, last page 0):\n{json.dumps(entries)}", "sam")
    (first, *_) = best("Who is the keeper of the lighthouse on Skye?", "boss", found, {})

    assert [e.text for e in found if e.outdated] == [entries[0]["text"], "The keeper was paid in coal."]
    assert first.evidence.text == "The keeper of the lighthouse is Jon."


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
        "I looked, but found nothing about “capital of France” in my memory. Tell me, and I will remember it."
    )
    assert {"conversation_search", "archival_memory_search"} <= {name for name, _ in agent.made}


def test_a_day_is_searched_by_its_date() -> None:
    agent = Agent()
    agent.ask("tom", "The weather was fine.")

    answer = agent.ask("boss", "What did we talk about today?")

    assert agent.calls("conversation_search")[0]["start_date"] == "2026-03-01"
    assert answer == snapshot("On 2026-03-01: tom: “The weather was fine.”")


def test_the_newest_question_of_a_group_is_answered() -> None:
    agent = Agent(turns=9)
    agent.blocks["human"] = "boss's dog is called Rex."

    agent.hears("boss", "What is my dog called?")
    agent.hears("tom", "Nice weather today.")

    assert "Rex" in agent.turn()


def test_it_says_who_it_is_and_what_it_knows_about_someone() -> None:
    agent = Agent()
    agent.ask("boss", "I live in Lisbon. I prefer tea.")

    assert agent.ask("boss", "Who are you?") == snapshot("I am sam. I am a librarian.")
    assert agent.ask("boss", "What do you know about me?") == snapshot(
        "I know this: you live in Lisbon; you prefer tea."
    )


def test_small_talk_meets_a_remembered_fact() -> None:
    agent = Agent()
    agent.ask("betty", "I'm allergic to peanuts.")

    assert agent.ask("boss", "Peanuts taste wonderful.") == snapshot(
        "That reminds me: betty is allergic to peanuts."
    )
    assert agent.ask("boss", "Write me a poem.") == snapshot(
        "That is beyond me: I am the offline model, which can remember, look things up and quote, but not "
        "compose."
    )


def test_a_function_of_the_developer_is_called_when_its_arguments_are_in_the_message() -> None:
    agent = Agent([*TOOLS, tool("get_weather", "city", city="string")])

    assert agent.ask("boss", "What is the weather in Lisbon?") == snapshot("get_weather says: sunny")
    assert agent.calls("get_weather") == [{"city": "Lisbon", "request_heartbeat": True}]


# the protocol


def test_the_native_dialect_is_answered_in_plain_text() -> None:
    agent = Agent(TOOLS[1:])

    assert agent.ask("boss", "My name is Ada.") == snapshot("Got it: your name is Ada.")
    assert agent.ask("boss", "What's my name?") == snapshot("Your name is Ada.")


def test_thoughts_go_where_the_schema_asks_for_them() -> None:
    agent = Agent([tool("send_message", "message inner_thoughts", message="string", inner_thoughts="string")])

    answer = OfflineLLM().complete([{"role": "user", "content": "Hello!"}], agent.tools)

    assert answer.text == ""
    assert json.loads(answer.tool_calls[0].arguments) == snapshot(
        {"message": "Hello! What shall I remember?", "inner_thoughts": "I can answer this right away."}
    )


def test_a_pressure_warning_saves_what_is_noted_nowhere_and_is_not_spoken_of() -> None:
    agent = Agent(turns=9)
    agent.ask("boss", "I live in Lisbon.")
    agent.ask("boss", "Zeus was slower than Hera in 3 of 5 runs.")

    agent.gets({"type": "system_alert", "message": "Memory pressure: the conversation will soon be trimmed."})

    assert agent.turn() == ""
    assert [row["text"] for row in agent.archive] == snapshot(
        ["boss: Zeus was slower than Hera in 3 of 5 runs."]
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

    assert agent.turn().startswith("Hello, boss!")


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


def test_a_summary_keeps_facts_and_names_and_takes_up_the_earlier_one() -> None:
    system = {
        "role": "system",
        "content": "Summarise the conversation in the first person, in at most 100 words.",
    }
    transcript = (
        "Earlier summary:\nI talked with betty. betty prefers tea.\n\nTranscript:\n"
        "[2026-03-01 14:05] boss: My name is Ada. How are you?\n[2026-03-01 14:06] tom: ok\n"
        "[2026-03-01 14:07] tom: The budget of the project is 40,000 euros."
    )

    answer = OfflineLLM().complete([system, {"role": "user", "content": transcript}])

    assert answer.text == snapshot(
        "I talked with betty, boss and tom. betty prefers tea. boss's name is Ada. The budget of the "
        "project is 40,000 euros."
    )


def test_an_eviction_is_summarised_in_sentences_from_what_the_summariser_hands_over(
    make_memory: MemoryFactory,
) -> None:
    memory = make_memory()
    loop = open_loop(memory, OfflineLLM(), window_tokens=8192)
    for said in ("My name is Ada and I live in Lisbon.", "My dog is called Rex.", "How was your day?"):
        list(loop.run([Message.said_by("ada", said)]))

    list(loop.compact())
    first = memory.queue.summary
    list(loop.run([Message.said_by("ben", "I work at the harbour.")]))
    list(loop.compact())
    second = memory.queue.summary

    assert first is not None
    assert second is not None
    assert first.text.startswith("I talked with ada. ")
    assert "Lisbon" in first.text
    assert "Lisbon" in second.text
    assert "{" not in first.text + second.text


def test_what_another_agent_repeats_of_its_memory_is_no_news() -> None:
    said = (
        "Noted: the staging server is called heron; ada lives in Lisbon. "
        "The release is on 14 May (ada told me). I live in Oslo."
    )

    assert [fact.text for fact in facts_in(Line("eve", said))] == ["eve lives in Oslo."]


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


@pytest.mark.parametrize(
    ("noted", "told"),
    [
        ("boss studies physics", "you study physics"),
        ("boss teaches their son", "you teach your son"),
        ("boss doesn't eat meat", "you don't eat meat"),
        ("boss's cat is Tom", "your cat is Tom"),
        ("The boss is late", "The boss is late"),
    ],
)
def test_the_listener_is_addressed_as_you(noted: str, told: str) -> None:
    assert to_listener(noted, "boss") == told


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
