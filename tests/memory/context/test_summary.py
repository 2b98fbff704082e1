"""The recursive summary: lines are appended to it in portions that the model can read, in every case."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

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
            "[2026-03-01 12:00] look returned: tea",
            "[2026-03-01 12:00] sam (I): Tea it is",
        ],
    }
    assert fold == Fold(
        5, 5, "Earlier: nothing.\n2026-03-01 ben, look returned, sam (I): They talked.", "model"
    )
    assert '("I" is sam)' in llm.requests[0].messages[0]["content"]


def test_each_portion_appends_lines_to_those_of_the_portions_before() -> None:  # T54
    llm = ScriptedLLM(otherwise=lambda request: says(f"ben: summary {len(llm.requests)}"))
    log = entries_of(*(heard(f"message {number} " + "and more words " * 40) for number in range(60)))

    folds = folded(llm, log)

    assert len(folds) > 1
    assert asked(llm, 1)["summary_so_far"] == "2026-03-01 ben: summary 1"
    lines_so_far = [f"2026-03-01 ben: summary {number}" for number in range(1, len(folds) + 1)]
    assert [fold.text.split("\n") for fold in folds] == [
        lines_so_far[:number] for number in range(1, len(folds) + 1)
    ]
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

    assert (fold.text, fold.source) == ("2026-03-01 ben: Shorter.", "model")
    assert all(len(line) <= 160 for line in asked(llm)["leaving"])


@pytest.mark.parametrize("answer", [ModelError("down"), says(""), ContextOverflowError("always")])
def test_without_an_answer_what_was_said_takes_its_place(answer: Answer) -> None:  # T56
    llm = ScriptedLLM(otherwise=answer)

    (fold,) = folded(
        llm, entries_of(heard("My dog is called Rex"), heard("I live in Lisbon")), "Earlier: tea."
    )

    assert fold.source == "extract"
    assert fold.text == (
        "Earlier: tea.\n2026-03-01 ben: My dog is called Rex\n2026-03-01 ben: I live in Lisbon"
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

        shown = re.findall(r"fact number \d+", fold.text)
        assert len(set(shown)) == len(shown)
        if len(shown) < 400:
            assert f"({400 - len(shown)} more lines are only in recall)" in fold.text


def test_a_long_backlog_takes_a_bounded_number_of_calls() -> None:
    llm = ScriptedLLM(otherwise=lambda _: says(f"They talked {len(llm.requests)}."))

    folds = folded(
        llm, entries_of(*(heard(f"message {number} about tea and cakes") for number in range(3000)))
    )

    leaving = [request for request in llm.requests if "leaving" in request.messages[1]["content"]]
    assert len(leaving) == MOST_CALLS
    assert len(llm.requests) <= MOST_CALLS + 1  # and one to condense
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


# The log: what was written stays, until it is full


LONG = "He collects stamps of Peru and ships in bottles. "


def test_lines_are_appended_and_those_that_were_there_stay_byte_for_byte() -> None:
    told = "An old summary,  in prose.\n * with its own marks\n2026-02-01 ben: likes tea"
    llm = ScriptedLLM(says("- 2026-03-01 ben: has a dog, Rex\n- ben: lives in Lisbon"))

    (fold,) = folded(llm, entries_of(heard("My dog is called Rex"), heard("I live in Lisbon")), told)

    assert fold.text == f"{told}\n2026-03-01 ben: has a dog, Rex\n2026-03-01 ben: lives in Lisbon"


def test_what_the_model_writes_again_of_the_log_is_not_in_it_twice() -> None:
    told = "2026-02-01 ben: likes tea"
    llm = ScriptedLLM(says(f"{told}\n2026-03-01 ben: has a dog, Rex"))

    (fold,) = folded(llm, entries_of(heard("My dog is called Rex")), told)

    assert fold.text == f"{told}\n2026-03-01 ben: has a dog, Rex"


def test_a_full_log_is_condensed_at_its_start_and_its_newest_lines_stay() -> None:
    old = [f"2026-02-{day:02} ben: {LONG}" for day in range(1, 29)]
    llm = ScriptedLLM(says("ben: has a dog, Rex"), says("2026-02-01 to 2026-02-20 ben: collects stamps"))

    (fold,) = folded(llm, entries_of(heard("My dog is called Rex")), "\n".join(old), most_tokens=500)

    first, *kept, last = fold.text.split("\n")
    assert first == f"2026-02-01 to 2026-02-{28 - len(kept)} ben: collects stamps"
    assert [line.rstrip() for line in kept] == [line.rstrip() for line in old[-len(kept) :]]
    assert len(kept) > 5
    assert last == "2026-03-01 ben: has a dog, Rex"
    assert asked(llm)["lines"] == [line.rstrip() for line in old[: -len(kept)]]
    assert fold.source == "model"


def test_condensed_lines_without_a_day_get_the_days_of_the_lines_that_they_stand_for() -> None:
    old = [f"2026-02-{day:02} ben: {LONG}" for day in range(1, 29)]
    llm = ScriptedLLM(says("ben: has a dog, Rex"), says("Ben collects stamps."))

    (fold,) = folded(llm, entries_of(heard("My dog is called Rex")), "\n".join(old), most_tokens=500)

    condensed = len(asked(llm)["lines"])
    assert fold.text.startswith(f"2026-02-01 to 2026-02-{condensed:02} Ben collects stamps.\n")


@pytest.mark.parametrize("answer", [ModelError("down"), says(""), ContextOverflowError("always")])
def test_where_no_model_condenses_the_rules_choose_sentences_and_keep_their_days(answer: Answer) -> None:
    old = [f"2026-02-{day:02} ben: My number {day} is {day * 977}. Well, well, well." for day in range(1, 29)]
    llm = ScriptedLLM(says("ben: has a dog, Rex"), otherwise=answer)

    (fold,) = folded(llm, entries_of(heard("My dog is called Rex")), "\n".join(old), most_tokens=300)

    *chosen, last = fold.text.split("\n")
    notice = next(line for line in chosen if "only in recall" in line)
    assert int(re.findall(r"\d+", notice)[0]) == 28 - (len(chosen) - 1)
    assert all(line == notice or any(line in whole for whole in old) for line in chosen)
    assert last == "2026-03-01 ben: has a dog, Rex"


def test_an_old_summary_in_prose_that_fills_the_room_is_condensed_like_lines() -> None:
    told = "Ben lives in Lisbon and works as a nurse. They spoke of tea. " * 30
    llm = ScriptedLLM(says("ben: has a dog, Rex"), says("Ben lives in Lisbon; nurse."))

    (fold,) = folded(llm, entries_of(heard("My dog is called Rex")), told, most_tokens=400)

    assert asked(llm)["lines"] == [told.strip()]
    assert fold.text == "Ben lives in Lisbon; nurse.\n2026-03-01 ben: has a dog, Rex"


def test_an_answer_that_is_too_long_loses_sentences_and_says_how_many_lines_are_missing() -> None:
    said = "\n".join(f"2026-03-01 ben: fact {number} about town {number * 31}" for number in range(200))

    (fold,) = folded(ScriptedLLM(says(said)), entries_of(heard("Facts about towns")), most_tokens=300)

    missing = re.search(r"\((\d+) more lines are only in recall\)", fold.text)
    assert missing is not None
    assert int(missing[1]) + len(re.findall(r"fact \d+", fold.text)) == 200


def test_without_a_clock_lines_have_no_days() -> None:
    summariser = Summariser("sam", None, BUDGET, ScriptedLLM(says("has a dog"), says("")))

    (model,) = summariser.fold("", entries_of(heard("My dog is called Rex")), most_tokens=400)
    (rules,) = summariser.fold("", entries_of(heard("My dog is called Rex")), most_tokens=400)

    assert (model.text, rules.text) == ("ben: has a dog", "ben: My dog is called Rex")


def test_the_days_of_lines_are_those_of_the_agents_zone() -> None:
    late = Message("user", "Good night", name="ben", time=datetime(2026, 3, 1, 23, 30, tzinfo=timezone.utc))
    summariser = Summariser("sam", timezone(timedelta(hours=2)), BUDGET, None)

    (fold,) = summariser.fold("", entries_of(late), most_tokens=400)

    assert fold.text == "2026-03-02 ben: Good night"
