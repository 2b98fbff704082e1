"""The redelivery filter finds old messages that AutoGen delivers again, and loses no new one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.adapter.redelivery import RedeliveryFilter, new_messages
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.messages import Message

OWN = "sam"


def line(text: str) -> Message:
    """`sam: hello` is the agent's own line; anything else is somebody's."""
    name, _, words = text.partition(": ")
    return Message("assistant", words, "spoken") if name == OWN else Message.said_by(name, words)


def past(*texts: str) -> list[Entry]:
    return [Entry(seq, line(text)) for seq, text in enumerate(texts, start=1)]


def delivered(redelivery: RedeliveryFilter, *texts: str) -> list[str]:
    """Return the messages that the filter finds to be new; those that wait are decided about at the end."""
    new = [message for text in texts for message in redelivery.take(line(text))]
    new += redelivery.settle()
    return [f"{OWN if m.role == 'assistant' else m.name}: {m.text}" for m in new]


def armed(*texts: str, lenient: bool = True) -> RedeliveryFilter:
    redelivery = RedeliveryFilter(OWN, lenient=lenient)
    redelivery.arm(past(*texts))
    return redelivery


def test_without_being_armed_every_message_is_new() -> None:
    assert delivered(RedeliveryFilter(OWN), "ada: hi", "ada: hi") == ["ada: hi", "ada: hi"]


def test_a_conversation_delivered_again_is_old_and_what_follows_is_new() -> None:
    redelivery = armed("ada: hi", "sam: hello", "ben: morning")

    assert delivered(redelivery, "ada: hi", "sam: hello", "ben: morning", "ada: and now?") == [
        "ada: and now?"
    ]


def test_own_lines_may_be_missing_from_what_is_delivered_again() -> None:
    redelivery = armed("ada: hi", "sam: hello", "ben: morning", "sam: bye")

    assert delivered(redelivery, "ada: hi", "ben: morning", "ada: new") == ["ada: new"]


def test_only_the_end_of_the_past_may_be_delivered_again() -> None:
    redelivery = armed("ada: one", "ada: two", "ada: three")

    assert delivered(redelivery, "ada: three", "ada: four") == ["ada: four"]


def test_a_repetition_that_the_log_does_not_end_with_is_said_again() -> None:
    redelivery = armed("ada: yes", "ada: no", "sam: hm", "ada: later")

    assert delivered(redelivery, "ada: yes") == ["ada: yes"]


def test_a_part_of_the_past_that_is_long_enough_is_old_even_in_its_middle() -> None:
    redelivery = armed("ada: a", "ada: b", "ada: c", "ada: d", "ada: e")

    assert delivered(redelivery, "ada: b", "ada: c", "ada: d") == []


def test_a_new_message_is_given_out_at_once_so_that_it_cannot_be_lost() -> None:
    redelivery = armed("ada: hi")

    assert [message.text for message in redelivery.take(line("ada: something new"))] == ["something new"]
    assert not redelivery.armed


def test_what_only_began_like_the_past_is_given_out_whole() -> None:
    redelivery = armed("ada: hi", "ada: how are you?", "ada: fine")

    assert delivered(redelivery, "ada: hi", "ada: something else") == ["ada: hi", "ada: something else"]


def test_the_same_words_of_another_speaker_are_another_message() -> None:
    redelivery = armed("ada: yes")

    assert delivered(redelivery, "ben: yes") == ["ben: yes"]


def test_a_conversation_handed_over_whole_gives_only_what_is_not_in_the_log() -> None:
    messages = [line(text) for text in ("ada: hi", "sam: hello", "ada: how are you?")]

    new = new_messages(messages, past("ada: hi", "sam: hello"), OWN)

    assert [message.text for message in new] == ["how are you?"]


def test_the_same_words_handed_over_after_an_answer_are_said_again() -> None:
    new = new_messages([line("ada: hi")], past("ada: hi", "sam: hello"), OWN)

    assert [message.text for message in new] == ["hi"]


def test_the_same_words_handed_over_after_a_failed_turn_are_not() -> None:
    assert new_messages([line("ada: hi")], past("ada: hi"), OWN) == []


LINES = st.lists(st.sampled_from(["ada: a", "ada: b", "ben: a", "sam: c"]), max_size=8)


@given(LINES, LINES)
def test_the_whole_past_followed_by_anything_gives_exactly_that(before: list[str], after: list[str]) -> None:
    redelivery = armed(*before, "ada: unique end")

    assert delivered(redelivery, *before, "ada: unique end", *after) == after


@given(LINES, LINES)
def test_messages_that_are_not_in_the_past_are_never_lost(before: list[str], after: list[str]) -> None:
    fresh = [f"eve: {number}" for number in range(3)]

    new = delivered(armed(*before), *after, *fresh)

    assert [text for text in new if text.startswith("eve")] == fresh


def in_group(text: str, manager: str = "chat_manager", *members: str) -> Message:
    said = line(text)
    return Message(said.role, said.text, said.kind, said.name, extra={"chat": [manager, *members]})


def test_lines_of_other_chats_may_stand_between_those_delivered_again() -> None:
    log = [
        in_group("ada: one"),
        line("eve: aside"),
        in_group("ben: two"),
        in_group("ada: x", "other"),
        in_group("ada: three"),
    ]
    redelivery = RedeliveryFilter(OWN)
    redelivery.arm([Entry(seq, message) for seq, message in enumerate(log, start=1)])

    new = [
        fresh
        for text in ("ada: one", "ben: two", "ada: three", "ada: x")
        for fresh in redelivery.take(in_group(text))
    ]

    assert [message.text for message in [*new, *redelivery.settle()]] == ["x"]


def test_the_same_words_in_another_chat_are_not_a_repetition() -> None:
    redelivery = RedeliveryFilter(OWN)
    redelivery.arm([Entry(1, in_group("ada: yes", "one manager"))])

    assert [message.text for message in redelivery.take(in_group("ada: yes", "another manager"))] == ["yes"]


def test_a_turns_own_messages_come_again_as_one() -> None:
    redelivery = armed("ada: hi", "sam: hello", "sam: how are you?", "ada: fine")

    assert delivered(redelivery, "ada: hi", "sam: hello\nhow are you?", "ada: fine") == []


def test_own_words_that_come_again_otherwise_do_not_make_the_others_new() -> None:
    redelivery = armed("ada: hi", "sam: hello", "ada: fine")

    assert delivered(redelivery, "ada: hi", "sam: <hello>", "ada: fine") == ["sam: <hello>"]
