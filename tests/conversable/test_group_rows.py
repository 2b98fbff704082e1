"""Group chats as rows: who takes part, what was said, who heard it where, and whether it goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import autogen
import pytest
from autogen_support import agent, group, person, sends
from group_views import groups_of, logged, messages_in, only_group, told_in
from places import SUPPORT
from sqlalchemy import event
from workers import Worker

from memgpt_autogen import MemGPTAgent, Settings
from memgpt_autogen.memory.storage.groups.groups import HeardBy
from memgpt_autogen.service.people import create_user
from memgpt_autogen.testing import call, says
from memgpt_autogen.testing.scripted import Request

pytestmark = pytest.mark.autogen


def members(*, rounds: int = 6, **options: Any) -> tuple[MemGPTAgent, MemGPTAgent, Any, Any]:
    """Two agents of the home, a stock agent, and the manager of their group."""
    sam, ann = agent("sam", **options), agent("ann", **options)
    ben = person("ben", [f"ben {n}" for n in range(20)])
    return sam, ann, ben, group(sam, ann, ben, rounds=rounds)


def told(manager: Any) -> list[tuple[str, str]]:
    return [(each["name"], each["content"]) for each in manager.groupchat.messages]


def test_each_message_is_there_once_with_its_speaker_and_who_heard_it_where() -> None:
    sam, ann, ben, manager = members()

    ben.initiate_chat(manager, message="opening", silent=True)

    found = only_group(sam)
    ids = {each.memory.log.agent_id: each for each in (sam, ann)}
    assert told_in(sam) == told(manager)
    assert (found.name, [each.name for each in found.members]) == ("chat_manager", ["ann", "ben", "sam"])
    agent_ids = {each.name: each.agent_id for each in found.members}
    assert agent_ids == {"ben": None, **{each.name: id_ for id_, each in ids.items()}}
    for message in messages_in(sam):
        others = [each for id_, each in ids.items() if id_ != message.agent_id]
        assert sorted(each.agent_id for each in message.heard_by) == sorted(
            each.memory.log.agent_id for each in others
        )
        for place in message.heard_by:
            assert logged(ids[place.agent_id], place.seq) == (message.speaker, message.text)
        own = ids.get(message.agent_id or "")
        assert (own is None) == (message.speaker == "ben")
        assert [own and logged(own, seq) for seq in message.said_at] == (
            [(message.speaker, message.text)] if own else []
        )


def test_what_the_only_member_of_the_home_says_is_there_too() -> None:
    sam = agent("sam", says("", call("send_message", message="one", request_heartbeat=True)), sends("two"))
    ben = person("ben", ["ben 0"])
    ben.initiate_chat(group(sam, ben, rounds=2), message="opening", silent=True)

    opening, answer = messages_in(sam)
    assert [each.speaker for each in (opening, answer)] == ["ben", "sam"]
    assert (answer.text, answer.heard_by, len(answer.said_at)) == ("one\ntwo", (), 2)
    assert opening.heard_by == (HeardBy(sam.memory.log.agent_id, opening.heard_by[0].seq),)


def test_what_is_said_outside_the_group_is_not_in_it() -> None:
    sam, ann, ben, manager = members(rounds=3)
    sam.say("Just between us.")
    ben.initiate_chat(manager, message="opening", silent=True)
    sam.say("Between us again.")
    ann.initiate_chat(sam, message="aside", max_turns=1, silent=True)

    assert told_in(sam) == told(manager)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("ends", ["rounds", "word"])
def test_a_chat_goes_on_until_its_last_message_and_goes_on_again_as_the_same_group(
    ends: str,
    asynchronous: bool,
) -> None:
    states = []

    def looks(_request: Request) -> Any:
        states.append(only_group(sam).state)
        return sends("TERMINATE" if ends == "word" and len(states) % 2 == 0 else f"sam {len(states)}")

    sam, ann = agent("sam", otherwise=looks), agent("ann")
    ben = person("ben", [f"ben {n}" for n in range(20)])
    manager = group(sam, ann, ben, rounds=5 if ends == "rounds" else 20)
    manager._is_termination_msg = lambda each: each.get("content") == "TERMINATE"

    def run(message: str, **options: Any) -> None:
        if asynchronous:
            asyncio.run(ben.a_initiate_chat(manager, message=message, silent=True, **options))
        else:
            ben.initiate_chat(manager, message=message, silent=True, **options)

    run("opening")
    first, said = only_group(sam), told(manager)
    run("again")
    second = only_group(sam)

    assert set(states) == {"going_on"}
    assert (first.state, second.state, second.id) == ("ended", "ended", first.id)
    assert first.ended_at is not None
    assert first.ended_at < second.ended_at  # type: ignore[operator]  # it has ended
    assert told_in(sam) == said + told(manager)


def test_the_same_group_of_a_new_manager_is_the_same_row() -> None:
    for number in range(3):
        sam, _, ben, manager = members(rounds=2 + number)
        ben.initiate_chat(manager, message=f"opening {number}", silent=True)

    (found,) = groups_of(sam)
    assert [text for who, text in told_in(sam, found) if who == "ben"][:1] == ["opening 0"]
    assert found.state == "ended"


def test_a_chat_that_broke_off_is_taken_up_by_a_new_manager_as_the_same_group() -> None:
    def lines() -> Iterator[str]:
        yield "ben 0"
        raise ZeroDivisionError

    sam, ben = agent("sam"), person("ben", lines())
    broken = group(sam, ben, rounds=6)
    with pytest.raises(ZeroDivisionError):
        ben.initiate_chat(broken, message="opening", silent=True)
    before = only_group(sam)
    sam = agent("sam")
    ben = person("ben", ["ben 1"])
    ben.initiate_chat(group(sam, ben, rounds=2), message="again", silent=True)

    assert before.state == "going_on"
    assert broken is not None  # it was there all the time
    assert (only_group(sam).id, only_group(sam).state) == (before.id, "ended")


def test_other_members_or_another_manager_make_another_group() -> None:
    sam, ann, ben = agent("sam"), agent("ann"), person("ben")
    ben.initiate_chat(group(sam, ann, ben, rounds=2), message="three", silent=True)
    ben.initiate_chat(group(sam, ben, rounds=2), message="two", silent=True)
    chat = autogen.GroupChat(agents=[sam, ben], messages=[], max_round=2)
    chat.speaker_selection_method = "round_robin"
    named = autogen.GroupChatManager(groupchat=chat, name="chair", llm_config=False, silent=True)
    ben.initiate_chat(named, message="named", silent=True)

    found = groups_of(sam)
    assert [(each.name, len(each.members)) for each in found] == [
        ("chat_manager", 3),
        ("chat_manager", 2),
        ("chair", 2),
    ]
    assert [told_in(sam, each)[0][1] for each in found] == ["three", "two", "named"]


@pytest.mark.parametrize("how", ["tasks", "threads"])
def test_two_groups_of_the_same_names_at_once_have_rows_of_their_own(how: str) -> None:
    both = threading.Barrier(2, timeout=60)

    def lines(number: int) -> Iterator[str]:
        if how == "threads":  # tasks take turns by themselves
            both.wait()
        yield f"ben {number}"

    def chat(number: int) -> tuple[Any, Any]:
        ben = person("ben", lines(number))
        return ben, group(agent("sam"), ben, rounds=3)

    pairs = [chat(number) for number in range(2)]

    def run(number: int) -> None:
        ben, manager = pairs[number]
        ben.initiate_chat(manager, message=f"opening {number}", silent=True)

    async def run_both() -> None:
        chats = (
            ben.a_initiate_chat(manager, message=f"opening {number}", silent=True)
            for number, (ben, manager) in enumerate(pairs)
        )
        await asyncio.gather(*chats)

    if how == "threads":
        threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
    else:
        asyncio.run(run_both())

    sam = agent("sam")
    said = [told_in(sam, each) for each in groups_of(sam)]
    spoken = [[text for speaker, text in each if speaker == "ben"] for each in said]
    assert sorted(spoken) == [[f"opening {number}", f"ben {number}"] for number in range(2)]
    assert [[speaker for speaker, _ in each] for each in said] == [["ben", "sam", "ben"]] * 2


SCRIPT = """
import sys
sys.path.insert(0, {support!r})
from autogen_support import agent, person, group, sends

def lines():
    print("in the middle", flush=True)
    if sys.argv[1] != "end":
        input()
    yield "bye"

sam, ben = agent("sam", otherwise=lambda _request: sends(f"sam of {{sys.argv[1]}}")), person("ben", lines())
ben.initiate_chat(group(sam, ben, rounds=3), message=f"opening of {{sys.argv[1]}}", silent=True)
print("over", flush=True)
"""


def test_a_group_is_the_same_in_the_next_process_also_after_a_kill() -> None:
    script = SCRIPT.format(support=str(SUPPORT))
    killed = Worker(script, "killed")
    assert killed.line() == "in the middle"
    sam = agent("sam")
    alive = only_group(sam)
    other = Worker(script, "other")
    assert other.line() == "in the middle"
    at_once = groups_of(sam)
    killed.close()
    other.close()
    lost = [each.state for each in groups_of(sam)]

    assert "over" in Worker(script, "end").rest()

    assert (alive.state, [each.state for each in at_once]) == ("going_on", ["going_on"] * 2)
    assert lost == ["lost", "lost"]
    found = groups_of(sam)
    assert [(each.id, each.state) for each in found] == [(alive.id, "ended"), (at_once[1].id, "lost")]
    assert [text for _, text in told_in(sam, found[0])] == [
        "opening of killed",
        "sam of killed",
        "opening of end",
        "sam of end",
        "bye",
    ]


def test_each_owner_sees_only_the_view_of_its_own_agents() -> None:
    create_user(Settings.load(), "ada")
    sam = agent("sam")
    ann = agent("ann", settings=Settings.load(owner="ada"))
    ben = person("ben", ["ben 0"])
    manager = group(sam, ann, ben, rounds=4)
    ben.initiate_chat(manager, message="opening", silent=True)

    ours, hers = only_group(sam), only_group(ann)
    assert ours.id != hers.id
    assert told_in(sam) == told_in(ann) == told(manager)
    for seen, own in ((sam, sam), (ann, ann)):
        own_id = own.memory.log.agent_id
        assert {each.agent_id for each in only_group(seen).members} == {None, own_id}
        for message in messages_in(seen):
            assert {each.agent_id for each in message.heard_by} <= {own_id}
            assert message.agent_id in (None, own_id)


def test_a_resumed_group_has_nothing_twice() -> None:
    sam, ann, ben, manager = members(rounds=4)
    ben.initiate_chat(manager, message="opening", silent=True)
    said = [dict(each) for each in manager.groupchat.messages]
    again = group(sam, ann, ben, rounds=3)
    last, message = again.resume(messages=said, silent=True)
    last.initiate_chat(again, message=message, clear_history=False, silent=True)

    assert told_in(sam) == told(again)
    assert only_group(sam).state == "ended"


def test_a_message_in_a_group_makes_no_more_statements_than_one_outside() -> None:
    sam, ben = agent("sam"), person("ben")
    manager = group(sam, ben, rounds=50)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    def trace(connection: Any) -> None:  # what SQLite's driver runs directly is no event
        raw = connection.connection.dbapi_connection
        if hasattr(raw, "set_trace_callback"):
            raw.set_trace_callback(lambda text: text == "BEGIN IMMEDIATE" or statements.append(text))

    def received(sender: Any, number: int) -> int:
        message = {"role": "user", "name": "ben", "content": f"message {number}"}
        manager.groupchat.messages.append(message)
        del statements[:]
        sam.receive(message, sender, request_reply=False, silent=True)
        return len(statements)

    received(manager, 0)
    engine = sam.memory.log.database._engine
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "begin", trace)
    inside, outside = received(manager, 1), received(ben, 2)
    event.remove(engine, "begin", trace)
    event.remove(engine, "before_cursor_execute", note)

    assert inside == outside > 0


def test_what_is_forgotten_is_in_no_group() -> None:
    sam, ann, ben, manager = members(rounds=3)
    ben.initiate_chat(manager, message="The password is kanari.", silent=True)

    for each in (sam, ann):
        each.forget(query="kanari")

    assert "kanari" not in str(messages_in(sam))
    assert [each.speaker for each in messages_in(sam)] == ["sam", "ann"]
    sam.forget(speaker="ben")
    sam.reset_memory()
    assert {each.agent_id for each in messages_in(ann)[0].heard_by} == {ann.memory.log.agent_id}


def test_a_removed_agent_leaves_and_a_group_of_nobody_is_gone() -> None:
    sam, ann, ben, manager = members(rounds=3)
    ben.initiate_chat(manager, message="opening", silent=True)

    sam.memory.remove()
    left = only_group(ann)
    ann.memory.remove()

    assert [each.agent_id for each in left.members if each.agent_id] == [ann.memory.log.agent_id]
    assert groups_of(agent("sam")) == []


def test_a_fork_and_a_copy_are_no_members_of_the_group() -> None:
    sam, _, ben, manager = members(rounds=3)
    ben.initiate_chat(manager, message="opening", silent=True)
    before = messages_in(sam)

    sam.memory.fork("tim")

    assert messages_in(sam) == before


def test_hearing_goes_on_where_groups_cannot_be_stored(caplog: pytest.LogCaptureFixture) -> None:
    """The message waits as others do, and has its group when it is stored."""
    sam, ben = agent("sam"), person("ben", ["ben 0"])
    manager = group(sam, ben, rounds=3)
    database = sam.memory.log.database
    with database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE groups RENAME TO away")
    manager.groupchat.messages.append({"role": "user", "name": "ben", "content": "early"})
    sam.receive(manager.groupchat.messages[0], manager, request_reply=False, silent=True)
    assert "waiting in memory" in caplog.text.lower()
    with database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO groups")

    manager.groupchat.messages.append({"role": "user", "name": "ben", "content": "late"})
    sam.receive(manager.groupchat.messages[1], manager, request_reply=False, silent=True)

    assert told_in(sam) == [("ben", "early"), ("ben", "late")]


def test_a_nested_chat_is_no_part_of_the_group_and_its_answer_is() -> None:
    sam, ben, critic = agent("sam"), person("ben", ["ben 0"]), person("critic", ["a better answer"])
    sam.register_nested_chats(
        [{"recipient": critic, "message": "check this", "max_turns": 1, "summary_method": "last_msg"}],
        trigger=lambda sender: hasattr(sender, "groupchat"),
    )
    manager = group(sam, ben, rounds=3)
    ben.initiate_chat(manager, message="opening", silent=True)

    assert told_in(sam) == told(manager)
    assert ("sam", "a better answer") in told(manager)
    assert "check this" not in str(told_in(sam))


def test_a_pattern_of_ag2_is_a_group_too() -> None:
    patterns = pytest.importorskip("autogen.agentchat.group.patterns", reason="this AutoGen has no patterns")
    from autogen.agentchat import initiate_group_chat

    sam, ann = agent("sam", max_consecutive_auto_reply=5), agent("ann", max_consecutive_auto_reply=5)
    pattern = patterns.RoundRobinPattern(initial_agent=sam, agents=[sam, ann])
    result, *_ = initiate_group_chat(
        pattern=pattern, messages=[{"role": "user", "content": "opening"}], max_rounds=5
    )

    assert [text for _, text in told_in(sam)] == [each["content"] for each in result.chat_history]
    found = only_group(sam)
    assert found.state == "ended"
    assert {each.name for each in found.members if each.agent_id} == {"sam", "ann"}


def test_an_inner_group_has_only_what_was_said_in_it() -> None:
    contrib = pytest.importorskip("autogen.agentchat.contrib.society_of_mind_agent")
    sam, ben = agent("sam"), person("ben", ["ben 0"])
    inner = group(sam, ben, rounds=2)
    society = contrib.SocietyOfMindAgent(
        "society", inner, response_preparer=lambda _self, _messages: "done", llm_config=False
    )
    outside = person("ada")
    outside.initiate_chat(society, message="from outside", max_turns=1, silent=True)

    assert all(text != "from outside" or speaker != "ada" for speaker, text in told_in(sam))
    assert "sam" in [speaker for speaker, _ in told_in(sam)]
