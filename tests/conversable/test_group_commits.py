"""What a group's message tells several members of one home: one commit, before the next speaker is asked."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from autogen import ConversableAgent, GroupChat, GroupChatManager
from sqlalchemy import event, text

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.testing import ScriptedLLM, call, says

MEMBERS = ("ann", "sam", "zoe", "kim")


def listener(name: str, home: Path, **options: Any) -> MemGPTAgent:
    return MemGPTAgent(name, llm_config=False, home=home, description=name, **options)


def speaker(name: str, home: Path, *words: str) -> MemGPTAgent:
    llm = ScriptedLLM(*(says("", call("send_message", message=each)) for each in words))
    return MemGPTAgent(name, llm=llm, llm_config=False, home=home, description=name)


def stock(name: str, reply: str = "") -> ConversableAgent:
    return ConversableAgent(
        name, llm_config=False, human_input_mode="NEVER", default_auto_reply=reply, description=name
    )


def run_group(first: Any, *others: Any, rounds: int = 2, message: str = "opening") -> None:
    group = GroupChat(
        agents=[first, *others], messages=[], max_round=rounds, speaker_selection_method="round_robin"
    )
    manager = GroupChatManager(group, llm_config=False, human_input_mode="NEVER", silent=True)
    first.initiate_chat(manager, message=message, silent=True, summary_method=None)


def stored(engine: Any) -> int:
    """Return how many messages another process would find."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM entries WHERE kind = 'message'")))


def engine_of(agent: MemGPTAgent) -> Any:
    return agent.memory.log.database._engine


def heard(agent: MemGPTAgent) -> list[str]:
    return [entry.message.text for entry in agent.memory.log.everything() if entry.message.kind == "message"]


def commits_of(database: Any, action: Callable[[], object]) -> list[list[str]]:
    """Return the statements that insert entries, one list for each transaction that has some."""
    transactions: list[list[str]] = []

    def began(connection: Any) -> None:
        transactions.append([])
        connection.connection.dbapi_connection.set_trace_callback(transactions[-1].append)

    event.listen(database._engine, "begin", began)
    action()
    event.remove(database._engine, "begin", began)
    # SQLite reports a statement again after a trigger of it has run
    inserted = [
        [each for each in dict.fromkeys(one) if each.startswith("INSERT INTO entries ")]
        for one in transactions
    ]
    return [each for each in inserted if each]


@pytest.mark.sqlite
def test_what_a_message_tells_the_members_of_a_home_is_one_commit(tmp_path: Path) -> None:
    ben, tom = stock("ben"), stock("tom", "second")
    members = [listener(name, tmp_path) for name in MEMBERS]

    commits = commits_of(
        members[0].memory.log.database, lambda: run_group(ben, tom, *members, message="first")
    )

    assert [heard(each) for each in members] == [["first", "second"]] * len(MEMBERS)
    assert [len(each) for each in commits] == [len(MEMBERS)] * 2


def test_each_member_has_each_message_once_and_in_order(tmp_path: Path) -> None:
    ann, sam = speaker("ann", tmp_path, "one", "three"), speaker("sam", tmp_path, "two", "four")
    zoe = listener("zoe", tmp_path)
    group = GroupChat(
        agents=[zoe, ann, sam],
        messages=[],
        max_round=5,
        speaker_selection_method=lambda last, _: sam if last is ann else ann,
    )
    manager = GroupChatManager(group, llm_config=False, human_input_mode="NEVER", silent=True)

    zoe.initiate_chat(manager, message="zero", silent=True, summary_method=None)

    assert heard(zoe) == ["one", "two", "three", "four"]
    assert heard(ann) == ["zero", "two", "four"]
    assert heard(sam) == ["zero", "one", "three"]


def test_members_of_different_homes_all_hear(tmp_path: Path) -> None:
    ben = stock("ben")
    members = [listener(name, tmp_path / str(place % 2)) for place, name in enumerate(MEMBERS)]

    run_group(ben, *members, rounds=1)

    assert [heard(each) for each in members] == [["opening"]] * len(MEMBERS)


def test_nothing_waits_while_an_agent_of_another_kind_hears(tmp_path: Path) -> None:
    ann, sam = listener("ann", tmp_path), listener("sam", tmp_path)
    seen: list[int] = []

    class Watcher(ConversableAgent):  # type: ignore[misc] # AutoGen has no types
        def receive(self, *args: Any, **options: Any) -> None:
            seen.append(stored(engine_of(ann)))
            super().receive(*args, **options)

    watcher = Watcher("watcher", llm_config=False, human_input_mode="NEVER", description="watcher")

    run_group(stock("ben"), ann, sam, watcher, rounds=1)

    assert seen == [2]


def test_a_member_that_receives_in_its_own_way_is_not_waited_for(tmp_path: Path) -> None:
    ann = listener("ann", tmp_path)
    seen: list[bool] = []

    class Slow(MemGPTAgent):
        def receive(self, *args: Any, **options: Any) -> None:
            seen.append(bool(ann.memory.log.database.deferred.waiting))
            super().receive(*args, **options)

    slow = Slow("slow", llm_config=False, home=tmp_path, description="slow")

    run_group(stock("ben"), ann, slow, rounds=1)

    assert seen == [False]
    assert heard(ann) == heard(slow) == ["opening"]


def test_a_result_that_is_named_after_its_function_is_stored_at_once(tmp_path: Path) -> None:
    ann, sam = listener("ann", tmp_path), listener("sam", tmp_path)
    group = GroupChat(agents=[ann, sam], messages=[], max_round=2)
    manager = GroupChatManager(group, llm_config=False, human_input_mode="NEVER", silent=True)
    message = {"role": "function", "name": "clock", "content": "noon"}
    group.messages.append(message)
    manager._last_speaker = sam  # so the manager does not give it to sam

    manager.send(message, ann, request_reply=False, silent=True)

    assert not ann.memory.log.database.deferred.waiting
    assert len(heard(ann)) == 1


def test_a_message_for_one_member_alone_is_stored_at_once(tmp_path: Path) -> None:
    ann, sam = listener("ann", tmp_path), listener("sam", tmp_path)
    group = GroupChat(agents=[ann, sam], messages=[], max_round=2)
    manager = GroupChatManager(group, llm_config=False, human_input_mode="NEVER", silent=True)

    manager.send({"content": "only you", "name": "ben"}, ann, request_reply=False, silent=True)

    assert not ann.memory.log.database.deferred.waiting
    assert heard(ann) == ["only you"]


def test_a_message_that_a_member_refuses_is_kept_by_those_before_it(tmp_path: Path) -> None:
    ann, sam = listener("ann", tmp_path), listener("sam", tmp_path)

    def refuse(*_args: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    sam._recorder.hear = refuse  # type: ignore[method-assign]  # stands for an interrupt at this moment

    with pytest.raises(KeyboardInterrupt):
        run_group(stock("ben"), ann, sam, rounds=1)

    assert not ann.memory.log.database.deferred.waiting
    assert heard(ann) == ["opening"]


@pytest.mark.sqlite
def test_what_fails_for_all_is_stored_when_the_database_works_again(tmp_path: Path) -> None:
    ben, members = stock("ben"), [listener(name, tmp_path) for name in MEMBERS]
    run_group(ben, *members, rounds=1, message="first")
    database = members[0].memory.log.database
    file = tmp_path / "memory.db"
    file.rename(tmp_path / "away.db")

    run_group(ben, *members, rounds=1, message="second")
    (tmp_path / "away.db").rename(file)
    run_group(ben, *members, rounds=1, message="third")

    assert not database.deferred.waiting
    for each in members:
        each._recorder.store()
        assert heard(each) == ["first", "second", "third"]


@pytest.mark.sqlite
def test_a_member_that_the_database_refuses_does_not_keep_the_others_from_hearing(tmp_path: Path) -> None:
    ben, members = stock("ben"), [listener(name, tmp_path) for name in MEMBERS]
    refused = members[1].memory.log.agent_id
    with sqlite3.connect(tmp_path / "memory.db") as connection:
        connection.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT ON entries WHEN NEW.agent_id = '{refused}' "
            "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )

    run_group(ben, *members, rounds=1)

    assert [heard(each) for each in members] == [["opening"], [], ["opening"], ["opening"]]


def _killed_at_the_next_speaker(home: Path) -> None:
    members = [listener(name, home) for name in MEMBERS]
    group = GroupChat(
        agents=[stock("ben"), *members],
        messages=[],
        max_round=3,
        speaker_selection_method=lambda _last, _group: os.kill(os.getpid(), signal.SIGKILL),
    )
    manager = GroupChatManager(group, llm_config=False, human_input_mode="NEVER", silent=True)
    group.agents[0].initiate_chat(manager, message="opening", silent=True, summary_method=None)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process can be killed like this")
def test_a_process_killed_when_the_next_speaker_is_chosen_has_stored_it_for_all(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_killed_at_the_next_speaker, args=(tmp_path,)
    )
    process.start()
    process.join(120)

    assert process.exitcode == -signal.SIGKILL
    assert [heard(listener(name, tmp_path)) for name in MEMBERS] == [["opening"]] * len(MEMBERS)


@pytest.mark.sqlite
def test_an_asynchronous_group_hears_with_one_commit_too(tmp_path: Path) -> None:
    members = [listener(name, tmp_path) for name in MEMBERS]
    group = GroupChat(
        agents=[stock("ben"), stock("tom", "second"), *members],
        messages=[],
        max_round=3,
        speaker_selection_method="round_robin",
    )
    manager = GroupChatManager(group, llm_config=False, human_input_mode="NEVER", silent=True)
    ben = group.agents[0]

    commits = commits_of(
        members[0].memory.log.database,
        lambda: asyncio.run(ben.a_initiate_chat(manager, message="first", silent=True, summary_method=None)),
    )

    assert [heard(each)[:2] for each in members] == [["first", "second"]] * len(MEMBERS)
    known = manager.last_speaker is not None  # the oldest version does not say who spoke
    assert len(commits) < 4 if known else len(commits) >= 2 * len(MEMBERS)


def test_the_next_speaker_is_asked_after_the_commit(tmp_path: Path) -> None:
    seen: list[int] = []
    members = [listener(name, tmp_path) for name in MEMBERS]
    group = GroupChat(
        agents=[stock("ben"), *members],
        messages=[],
        max_round=2,
        speaker_selection_method=lambda _last, _group: seen.append(stored(engine_of(members[0]))),
    )
    manager = GroupChatManager(group, llm_config=False, human_input_mode="NEVER", silent=True)

    group.agents[0].initiate_chat(manager, message="opening", silent=True, summary_method=None)

    assert seen == [len(MEMBERS)]


def test_a_group_inside_a_members_reply_is_heard_like_every_group(tmp_path: Path) -> None:
    members = [listener(name, tmp_path) for name in MEMBERS]
    inner = [listener(name, tmp_path) for name in ("eve", "fay")]
    tom = stock("tom")

    def ask_inner_group(*_args: Any, **_options: Any) -> tuple[bool, str]:
        run_group(stock("hal"), *inner, members[0], rounds=1, message="inner")
        return True, "outer"

    tom.register_reply([ConversableAgent, None], ask_inner_group)

    run_group(stock("ben"), tom, *members, message="opening")

    assert heard(members[0]) == ["opening", "inner", "outer"]
    assert [heard(each) for each in members[1:]] == [["opening", "outer"]] * 3
    assert [heard(each) for each in inner] == [["inner"]] * 2


def test_groups_of_one_home_in_several_threads_hear_everything_in_order(tmp_path: Path) -> None:
    groups = [[listener(f"{name}{number}", tmp_path) for name in MEMBERS] for number in range(3)]
    both = listener("both", tmp_path)
    words = [f"word {number}" for number in range(6)]

    def run(members: list[MemGPTAgent]) -> None:
        for word in words:
            run_group(stock("ben"), *members, both, rounds=1, message=word)

    threads = [threading.Thread(target=run, args=(members,)) for members in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [heard(each) for members in groups for each in members] == [words] * 12
    assert sorted(heard(both)) == sorted(words * 3)


def test_a_member_that_fails_after_it_heard_leaves_nothing_waiting(tmp_path: Path) -> None:
    ann, sam, ben = listener("ann", tmp_path), listener("sam", tmp_path), stock("ben")
    group = GroupChat(agents=[ben, ann, sam], messages=[], max_round=2)
    manager = GroupChatManager(group, llm_config=False, human_input_mode="NEVER")
    message = {"role": "user", "name": "ben", "content": "opening"}
    group.append(message, ben)
    manager._last_speaker = ben

    def fail(*_args: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    ann._print_received_message = fail

    with pytest.raises(KeyboardInterrupt):
        manager.send(message, ann, request_reply=False, silent=False)

    assert not ann.memory.log.database.deferred.waiting
    assert heard(ann) == ["opening"]


def test_a_message_that_asks_for_a_reply_is_stored_at_once(tmp_path: Path) -> None:
    ann, sam, ben = speaker("ann", tmp_path, "yes"), listener("sam", tmp_path), stock("ben")
    group = GroupChat(agents=[ben, ann, sam], messages=[], max_round=2)
    manager = GroupChatManager(group, llm_config=False, human_input_mode="NEVER", silent=True)
    message = {"role": "user", "name": "ben", "content": "opening"}
    group.append(message, ben)
    manager._last_speaker = ben
    seen: list[int] = []

    def look(*_args: Any, **_options: Any) -> tuple[bool, None]:
        seen.append(stored(engine_of(ann)))
        return False, None

    ann.register_reply([ConversableAgent, None], look)

    manager.send(message, ann, request_reply=True, silent=True)

    assert seen == [1]


def test_an_interrupt_of_the_commit_loses_nothing(tmp_path: Path) -> None:
    members = [listener(name, tmp_path) for name in MEMBERS]
    ben = stock("ben")
    run_group(ben, *members, rounds=1, message="first")
    deferred = members[0].memory.log.database.deferred
    commit = deferred._commit

    def interrupted(_writes: Any) -> None:
        deferred._commit = commit
        raise KeyboardInterrupt

    deferred._commit = interrupted

    with pytest.raises(KeyboardInterrupt):
        run_group(ben, *members, rounds=1, message="second")

    assert stored(engine_of(members[0])) == 2 * len(MEMBERS)
    assert [heard(each) for each in members] == [["first", "second"]] * len(MEMBERS)
