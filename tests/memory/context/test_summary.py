"""The recursive summary: it is made in portions that the model can read, and in every case."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.summary import MOST_CALLS, Fold, Summariser
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.scripted import Answer

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
BUDGET = Budget(4096, ApproximateCounter())


def entries_of(*messages: Message) -> list[Entry]:
    return [Entry(seq, message) for seq, message in enumerate(messages, start=1)]


def heard(text: str) -> Message:
    return Message("user", text, name="ben", time=NOON)


def folded(
    llm: ScriptedLLM, entries: list[Entry], told: str = "", most_tokens: int = 400, budget: Budget = BUDGET
) -> list[Fold]:
    return list(Summariser("sam", timezone.utc, budget, llm).fold(told, entries, most_tokens=most_tokens))


def asked(llm: ScriptedLLM, number: int = -1) -> dict[str, list[str]]:
    transcript: dict[str, list[str]] = json.loads(llm.requests[number].messages[1]["content"])
    return transcript


def test_the_model_reads_who_said_what_and_when_and_no_thoughts_or_heartbeats() -> None:
    llm = ScriptedLLM(says("They talked."))
    said = call("send_message", message="Tea it is")
    look = call("look", at="shelf")
    log = entries_of(
        heard("Tea or coffee?"),
        Message("assistant", "secret thought", "step", tool_calls=(look,), time=NOON),
        Message.result_of(look, "tea", time=NOON),
        Message.event("heartbeat", "tick"),
        Message("assistant", "", "step", tool_calls=(said,), time=NOON),
    )

    (fold,) = folded(llm, log, "Earlier: nothing.")

    assert asked(llm) == {
        "summary_so_far": "Earlier: nothing.",
        "leaving": [
            "[2026-03-01 12:00] ben: Tea or coffee?",
            "[2026-03-01 12:00] (look returned) tea",
            "[2026-03-01 12:00] sam (I): Tea it is",
        ],
    }
    assert fold == Fold(5, 5, "They talked.", "model")
    assert '("I" is sam)' in llm.requests[0].messages[0]["content"]


def test_each_portion_is_folded_into_the_summary_of_the_ones_before() -> None:  # T54
    llm = ScriptedLLM(otherwise=lambda request: says(f"summary {len(llm.requests)}"))
    log = entries_of(*(heard(f"message {number} " + "and more words " * 40) for number in range(60)))

    folds = folded(llm, log)

    assert len(folds) > 1
    assert asked(llm, 1)["summary_so_far"] == "summary 1"
    assert [fold.text for fold in folds] == [f"summary {number}" for number in range(1, len(folds) + 1)]
    assert sum(fold.messages for fold in folds) == folds[-1].through_seq == 60
    lines = [line for number in range(len(folds)) for line in asked(llm, number)["leaving"]]
    assert [line.split("message ")[1].split()[0] for line in lines] == [str(number) for number in range(60)]


def test_the_first_portion_of_an_empty_conversation_asks_nobody() -> None:
    (fold,) = folded(ScriptedLLM(), entries_of(Message.event("heartbeat", "tick")))

    assert fold.text == "(nothing was said)"
    assert folded(ScriptedLLM(), []) == []


def test_what_holds_no_words_keeps_the_summary_as_it_is() -> None:
    (fold,) = folded(ScriptedLLM(), entries_of(Message.event("heartbeat", "tick")), "Ben likes tea.")

    assert fold.text == "Ben likes tea."


def test_a_transcript_the_endpoint_finds_too_long_is_told_shorter() -> None:  # T56
    llm = ScriptedLLM(ContextOverflowError("too long"), says("Shorter."))

    (fold,) = folded(llm, entries_of(*(heard("word " * 200) for _ in range(4))))

    assert (fold.text, fold.source) == ("Shorter.", "model")
    assert all(len(line) <= 160 for line in asked(llm)["leaving"])


@pytest.mark.parametrize("answer", [ModelError("down"), says(""), ContextOverflowError("always")])
def test_without_an_answer_the_first_words_of_each_line_take_its_place(answer: Answer) -> None:  # T56
    llm = ScriptedLLM(otherwise=answer)

    (fold,) = folded(
        llm, entries_of(heard("My dog is called Rex"), heard("I live in Lisbon")), "Earlier: tea."
    )

    assert fold.source == "extract"
    assert fold.text == (
        "Earlier: tea.\n[2026-03-01 12:00] ben: My dog is called Rex\n[2026-03-01 12:00] ben: I "
        "live in Lisbon"
    )


def test_a_model_that_failed_is_not_asked_again_in_the_same_eviction() -> None:  # T56
    llm = ScriptedLLM(ModelError("down"))

    folds = folded(llm, entries_of(*(heard("and more words " * 60) for _ in range(60))))

    assert len(folds) > 1
    assert {fold.source for fold in folds} == {"extract"}


def test_an_extract_of_many_lines_shows_none_twice_and_says_how_many_are_missing() -> None:
    lines = [f"fact number {number} " + "x" * 60 for number in range(400)]
    budget = Budget(200_000, ApproximateCounter())
    for most_tokens in (400, 6000, 20_199, 40_000):
        llm = ScriptedLLM(otherwise=ModelError("down"))

        (fold,) = folded(llm, entries_of(*map(heard, lines)), most_tokens=most_tokens, budget=budget)

        shown = [line for line in fold.text.split("\n") if "ben: fact number" in line]
        assert len(set(shown)) == len(shown)
        if len(shown) < 400:
            assert f"({400 - len(shown)} more lines are only in recall)" in fold.text


def test_a_long_backlog_takes_a_bounded_number_of_calls() -> None:
    llm = ScriptedLLM(otherwise=says("They talked."))

    folds = folded(
        llm, entries_of(*(heard(f"message {number} about tea and cakes") for number in range(3000)))
    )

    assert len(llm.requests) == MOST_CALLS
    assert [fold.source for fold in folds[: MOST_CALLS + 1]] == ["model"] * MOST_CALLS + ["extract"]
    assert folds[-1].through_seq == 3000


def test_a_call_and_its_results_are_summarised_together() -> None:
    calls = tuple(ToolCall(f"c{number}", "look") for number in range(40))
    llm = ScriptedLLM(otherwise=says("They looked."))
    log = entries_of(
        heard("look " * 300),
        Message("assistant", "", "step", tool_calls=calls),
        *(Message.result_of(made, "tree " * 100) for made in calls),
    )

    folds = folded(llm, log)

    assert folds[-1].through_seq == 42
    assert {fold.through_seq for fold in folds} <= {1, 42}


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.sampled_from(["", "tea " * 30, "🍵" * 500, '"' * 900, "\n" * 400, "word " * 2000]), max_size=30
    ),
    answer=st.sampled_from(
        [says("short"), says("long " * 5000), says("🍵" * 5000), ModelError("down"), says("")]
    ),
    most_tokens=st.integers(40, 3000),
)
def test_no_summary_is_longer_than_asked_and_no_question_longer_than_the_window(
    texts: list[str], answer: Answer, most_tokens: int
) -> None:
    llm = ScriptedLLM(otherwise=answer)

    folds = folded(llm, entries_of(*map(heard, texts)), "so far " * 900, most_tokens)

    assert sum(fold.messages for fold in folds) == len(texts)
    assert all(BUDGET.text(fold.text) <= most_tokens and fold.text for fold in folds)
    assert all(BUDGET.messages(request.messages) <= BUDGET.limit for request in llm.requests)
