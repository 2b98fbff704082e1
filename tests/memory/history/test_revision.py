"""MemGPT's editing commands as methods: pop, retry, rethink, rewrite, compact, login."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import pytest
from autogen_support import agent, echo, heard, person, requests, sends
from finding import holding
from legal import illegal
from same_for_both import managed

from memgpt_autogen import Block, MemGPTAgent
from memgpt_autogen.errors import ConfigurationError, HistoryError, ModelError, TurnInProgressError
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.testing import call, says

pytestmark = pytest.mark.autogen


def ask(sam: MemGPTAgent, *words: str, boss: Any = None) -> Any:
    """A chat in which these words are said and answered one by one; gives who said them."""
    boss = boss or person("boss")
    for text in words:
        boss.send(text, sam, request_reply=True, silent=True)
    return boss


def now_said(sam: MemGPTAgent) -> list[str]:
    """What recall finds, oldest first."""
    return [item.text for item in sam.memory.recall.search(page_size=100).items]


def shown(sam: MemGPTAgent) -> list[str]:
    """The words in the prompt: others' lines, thoughts, and what was sent."""
    texts = []
    for entry in sam.memory.queue.entries():
        texts += filter(None, [entry.message.spoken or entry.message.text])
    return texts


def entry_of(sam: MemGPTAgent, words: str) -> Entry:
    return next(entry for entry in sam.memory.queue.entries() if entry.message.spoken == words)


# pop


def test_pop_takes_back_the_newest_message_and_gives_it() -> None:
    sam = agent("sam", sends("one"), sends("two"))
    ask(sam, "first", "second")

    (popped,) = sam.pop()

    assert popped.spoken == "two"
    assert now_said(sam) == ["first", "one", "second"]
    assert "two" not in str(sam.memory.compile())
    assert any(entry.message.spoken == "two" for entry in sam.memory.log.everything())


def test_pop_takes_all_that_came_after_the_first_of_them() -> None:
    sam = agent("sam", says("hm", call("core_memory_append", label="human", content="x")), sends("one"))
    ask(sam, "first")

    popped = sam.pop(2)

    assert [message.spoken for message in popped] == ["first", "one"]
    assert sam.memory.queue.entries() == []
    assert sam.memory.log.count() == 0
    assert sam.memory.core["human"].value == "x"  # core memory is undone by undo()


def test_pop_leaves_no_half_of_a_call_and_its_result() -> None:
    def chat() -> str:
        """Hear something in the middle of a turn."""
        person("ben").send("meanwhile", sam, request_reply=False, silent=True)
        return "done"

    sam = agent("sam", says("", call("chat")), sends("one"), tools=[chat])
    ask(sam, "first")

    sam.pop(2)  # "meanwhile" and "one", of which the former stands between a call and its result

    assert shown(sam) == ["first"]


def test_what_was_evicted_cannot_be_popped() -> None:
    sam = agent("sam", sends("one"))
    ask(sam, "first")
    sam.memory.queue.evict(entry_of(sam, "first").seq, "a greeting", "model")
    before = sam.memory.log.everything()

    with pytest.raises(HistoryError, match="the queue has only 1 message, so 2 cannot be"):
        sam.pop(2)
    assert sam.memory.log.everything() == before


@pytest.mark.parametrize("count", [0, -3])
def test_a_count_below_one_is_refused(count: int) -> None:
    with pytest.raises(HistoryError, match="1 or more"):
        agent().pop(count)


def test_the_outside_view_counts_without_what_was_popped() -> None:
    sam = agent("sam", sends("one"), sends("two"))
    ask(sam, "first", "second")
    sam.memory.core.set("human", "x")
    assert "recall: 4 messages" in sam.memory.compile()[0]["content"]

    sam.pop(2)

    assert "recall: 2 messages" in sam.memory.compile()[0]["content"]
    assert "boss (1)" in sam.memory.compile()[0]["content"]


# retry


def test_retry_takes_the_reply_back_and_gives_another() -> None:
    sam = agent("sam", sends("one"), sends("better"))
    ask(sam, "first")

    assert sam.retry() == "better"

    assert now_said(sam) == ["first", "better"]
    before, again = requests(sam)
    assert again.messages[1:] == before.messages[1:]


def test_retry_takes_back_what_the_turn_wrote_down() -> None:
    sam = agent(
        "sam",
        says("", call("core_memory_append", label="human", content="boss is called Ada")),
        sends("one"),
        sends("better"),
    )
    sam.memory.core.set("human", "boss is nice")
    ask(sam, "first")

    sam.retry()

    assert sam.memory.core["human"].value == "boss is nice"
    with pytest.raises(HistoryError, match="nothing to redo"):
        sam.memory.redo()
    sam.memory.undo()
    assert sam.memory.core["human"].value == ""


def test_retry_leaves_what_code_wrote_and_what_others_changed_since() -> None:
    blocks = [Block("team", "blue", shared=True)]
    edits = [call("core_memory_append", label=label, content="wins") for label in ("team", "human")]
    sam = agent("sam", says("", *edits), sends("one"), sends("better"), blocks=blocks)
    ida = agent("ida", blocks=blocks)
    ask(sam, "first")
    ida.memory.core.edit("team", lambda block: block.append("often"))
    sam.memory.core.set("persona", "I am Sam.")

    sam.retry()

    assert sam.memory.core["team"].value == "blue\nwins\noften"
    assert sam.memory.core["human"].value == ""
    assert sam.memory.core["persona"].value == "I am Sam."


def test_retry_after_a_failed_model_answers_the_message_that_waits() -> None:
    sam = agent("sam", ModelError("down"), sends("there you are"))
    ask(sam, "first")

    assert sam.retry() == "there you are"
    assert now_said(sam)[0] == "first"


def test_retry_keeps_what_was_heard_in_the_middle_of_the_turn() -> None:
    def chat() -> str:
        """Hear something in the middle of a turn."""
        person("ben").send("meanwhile", sam, request_reply=False, silent=True)
        return "done"

    sam = agent("sam", says("", call("chat")), sends("one"), sends("better"), tools=[chat])
    ask(sam, "first")

    sam.retry()

    assert now_said(sam) == ["first", "meanwhile", "better"]
    assert illegal(requests(sam)[-1].messages) is None


def test_retry_runs_a_call_for_someone_else_again() -> None:
    tools = [{"type": "function", "function": {"name": "transfer", "parameters": {"type": "object"}}}]
    answers = [says("", call("transfer")), sends("not after all")]
    sam = agent("sam", *answers)
    boss = person("boss")
    boss.send("hand over", sam, request_reply=False, silent=True)
    reply = sam.generate_oai_reply(sender=boss, tools=tools)[1]
    assert reply["tool_calls"]

    assert sam.retry() == "not after all"
    assert sam.memory.queue.waiting() == {}


def test_there_is_nothing_to_retry_before_anything_was_heard() -> None:
    sam = agent()

    with pytest.raises(HistoryError, match="nothing to answer again"):
        sam.retry()
    assert requests(sam) == []


# rethink and rewrite


def test_rethink_puts_another_thought_in_place_of_the_newest() -> None:
    sam = agent("sam", says("old thought", call("send_message", message="one")))
    ask(sam, "first")

    assert sam.rethink("new thought") == "old thought"

    prompt = str(sam.memory.compile())
    assert ("new thought" in prompt, "old thought" in prompt) == (True, False)
    assert now_said(sam) == ["first", "one"]


@pytest.mark.parametrize("protocol", ["memgpt", "native"])
def test_recall_finds_the_rewritten_words_and_not_the_old(protocol: Any) -> None:
    answer = sends("hello bob") if protocol == "memgpt" else says("hello bob")
    sam = agent("sam", answer, protocol=protocol)
    ask(sam, "first")
    time = entry_of(sam, "hello bob").message.time

    assert sam.rewrite("hello ada") == "hello bob"

    assert holding(sam.memory, "bob") == []
    assert holding(sam.memory, "ada") == ["hello ada"]
    assert sam.memory.recall.search('"hello ada"').items[0].time == time
    assert sam.memory.log.count() == 2


def test_rewrite_keeps_what_was_heard_since_in_its_place() -> None:
    sam = agent("sam", sends("hello bob"), echo)
    boss = ask(sam, "first")
    boss.send("and then?", sam, request_reply=False, silent=True)

    sam.rewrite("hello ada")

    assert shown(sam) == ["first", "hello ada", "Sent.", "and then?"]
    assert illegal(sam.memory.compile()) is None


def test_rewrite_changes_the_last_of_several_messages_and_nothing_else_of_the_call() -> None:
    two = [call("send_message", message=text) for text in ("one", "two")]
    sam = agent("sam", says("hm", *two))
    ask(sam, "first")

    sam.rewrite("ünïcode")

    (step,) = [e.message for e in sam.memory.queue.entries() if e.message.kind == "step"]
    assert step.spoken == "one\nünïcode"
    assert step.text == "hm"
    assert json.loads(step.tool_calls[1].arguments) == {"message": "ünïcode"}


def test_there_is_nothing_to_rewrite_before_anything_was_said() -> None:
    sam = agent()

    with pytest.raises(HistoryError, match="nothing to rewrite"):
        sam.rewrite("x")
    with pytest.raises(HistoryError, match="nothing to rethink"):
        sam.rethink("x")
    with pytest.raises(HistoryError, match="empty"):
        sam.rewrite(" ")


# compact and login


def test_compact_evicts_half_into_the_summary() -> None:
    sam = agent("sam", *[sends(f"answer {n}") for n in range(8)], says("eight questions"))
    ask(sam, *[f"question {n}" for n in range(8)])
    before = sam.context_overview()

    (evicted,) = sam.compact()

    assert evicted.summary.endswith(": eight questions")
    assert evicted.source == "model"
    after = sam.context_overview()
    assert 0 < after.queue <= before.queue // 2
    assert after.recall_messages == before.recall_messages
    assert illegal(sam.memory.compile()) is None


def test_compact_says_when_there_is_nothing_to_evict() -> None:
    sam = agent("sam")
    assert sam.compact() == ()

    person("boss").send("only one", sam, request_reply=False, silent=True)
    assert sam.compact() == ()
    assert sam.memory.queue.summary is None


def test_compact_works_without_a_model_that_answers() -> None:
    sam = agent("sam", sends("one"), sends("two"), ModelError("down"))
    ask(sam, "first", "second")

    evicted = sam.compact()

    assert {event.source for event in evicted} == {"extract"}
    assert "first" in evicted[-1].summary


def test_login_tells_who_came_and_when_that_was_last() -> None:
    sam = agent("sam", sends("Welcome!"), says("quiet"), says("still quiet"))

    assert sam.login("ada") == "Welcome!"
    assert sam.login("ada") is None
    assert sam.login("ben") is None

    events = [
        json.loads(message["content"])
        for message in requests(sam)[-1].messages
        if message["role"] == "user" and '"login"' in message["content"]
    ]
    assert [(event["type"], event["name"]) for event in events] == [
        ("login", "ada"),
        ("login", "ada"),
        ("login", "ben"),
    ]
    assert events[0]["last_login"] == events[2]["last_login"] == "Never (first login)"
    assert events[1]["last_login"] == events[0]["time"]
    assert now_said(sam) == ["Welcome!"]


def test_a_listener_has_nothing_to_retry_or_compact_with_and_can_pop() -> None:
    sam = MemGPTAgent("sam", llm_config=False)
    person("boss").send("psst", sam, request_reply=False, silent=True)

    for command in (sam.retry, sam.compact, sam.login):
        with pytest.raises(ConfigurationError, match="no model"):
            command()
    assert [message.text for message in sam.pop()] == ["psst"]


@pytest.mark.parametrize("command", ["pop", "retry", "rethink", "rewrite", "compact", "login"])
def test_no_command_runs_inside_a_turn(command: str) -> None:
    caught: list[Exception] = []

    def meddle() -> str:
        """Try it."""
        try:
            getattr(sam, command)(*(["x"] if command.startswith("re") and command != "retry" else []))
        except TurnInProgressError as error:
            caught.append(error)
        return "done"

    sam = agent("sam", says("hm", call("meddle")), sends("one"), tools=[meddle])
    ask(sam, "first")

    assert len(caught) == 1
    assert now_said(sam) == ["first", "one"]


def test_the_warning_is_given_again_after_it_was_popped() -> None:
    sam = agent("sam", window_tokens=3000)
    boss = ask(sam, "short")
    while not any(entry.message.kind == "alert" for entry in sam.memory.queue.entries()):
        ask(sam, "long " * 100, boss=boss)
    seqs = [entry.seq for entry in sam.memory.log.everything() if entry.message.kind == "alert"]

    sam.pop(2)
    ask(sam, "long " * 100, boss=boss)

    again = [entry.seq for entry in sam.memory.log.everything() if entry.message.kind == "alert"]
    assert len(again) == len(seqs) + 1
    assert sam.memory.queue.summary is None


# what a host delivers again


def numbered() -> Any:
    """A model that numbers its answers, so that no two are alike."""
    numbers = itertools.count(1)
    return lambda _request: sends(f"answer {next(numbers)}")


def resumed(said: list[dict[str, Any]], *members: Any) -> None:
    again = managed(*members, rounds=3)
    last, message = again.resume(messages=copy.deepcopy(said), silent=True)
    last.initiate_chat(again, message=message, clear_history=False, silent=True)


COMMANDS = {
    "pop": lambda sam: sam.pop(),
    "pop more": lambda sam: sam.pop(3),
    "rewrite": lambda sam: sam.rewrite("other words"),
    "retry": lambda sam: sam.retry(),
    "rewrite twice": lambda sam: (sam.rewrite("other words"), sam.rewrite("third words")),
    "rewrite and undo": lambda sam: (sam.rewrite("other words"), sam.memory.undo()),
}


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize("rounds", [2, 3, 4, 5])
def test_a_resumed_group_brings_nothing_back(command: str, rounds: int) -> None:
    sam, ada, ben = (
        agent("sam", otherwise=numbered()),
        person("ada", [f"ada {n}" for n in range(9)]),
        person("ben", ["b 0", "b 1", "b 2"]),
    )
    manager = managed(ada, sam, ben, rounds=rounds)
    ada.initiate_chat(manager, message="opening", silent=True)
    COMMANDS[command](sam) if rounds > 3 or command != "pop more" else sam.pop()
    before = heard(sam)

    resumed(manager.groupchat.messages, ada, sam, ben)

    new = heard(sam)[len(before) :]
    delivered = {(message["name"], message["content"]) for message in manager.groupchat.messages}
    assert heard(sam)[: len(before)] == before
    assert [line for line in new if line in delivered] == []


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize("asked", [1, 2])
def test_a_conversation_that_is_handed_over_whole_brings_nothing_back(command: str, asked: int) -> None:
    sam = agent("sam", otherwise=numbered())
    boss = ask(sam, *[f"question {n}" for n in range(asked)])
    whole = copy.deepcopy(boss.chat_messages[sam])
    whole = [{"role": "user", "name": "boss", "content": m["content"]} if m["role"] == "assistant" else
             {"role": "assistant", "name": "sam", "content": m["content"]} for m in whole]  # fmt: skip
    COMMANDS[command](sam) if asked > 1 or command != "pop more" else sam.pop()
    before = heard(sam)

    sam.generate_reply(
        messages=[*whole, {"role": "user", "name": "boss", "content": "and now?"}], sender=boss
    )

    new = heard(sam)[len(before) :]
    assert [line for line in new if line[0] == "boss"] == [("boss", "and now?")]
    assert len(new) == 2


def test_the_same_question_asked_again_after_a_pop_is_heard() -> None:
    sam = agent("sam", sends("one"), sends("two"))
    boss = ask(sam, "question")
    sam.pop(2)

    ask(sam, "question", boss=boss)

    assert now_said(sam) == ["question", "two"]
