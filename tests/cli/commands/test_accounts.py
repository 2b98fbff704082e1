"""`users` and `keys`, and `--owner` before every command."""

from __future__ import annotations

import re

import pytest
from command_line import remember, run, run_json, talk

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.storage.accounts.audit import acts
from memgpt_autogen.memory.storage.accounts.keys import authenticate
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits, usage_limits
from memgpt_autogen.settings import Settings


def test_a_user_gets_a_key_that_is_printed_once_and_listed_by_its_ends() -> None:
    assert "memgpt-autogen --owner ada keys add NAME" in run("users", "add", "ada")
    made = run("--owner", "ada", "keys", "add", "phone", "--scope", "read", "--days", "30")
    (text,) = re.findall(r"mga_[\w-]{43}", made)

    listed = run_json("--owner", "ada", "keys", "list")
    shown = run("--owner", "ada", "keys", "list")

    assert "it cannot be shown again" in made
    assert [(each["name"], each["scopes"], each["agents"]) for each in listed] == [("phone", ["read"], None)]
    assert listed[0]["shown"] == f"{text[:8]}...{text[-4:]}"
    assert text not in shown + str(listed)
    assert authenticate(open_home_database(Settings.load()), text) is not None
    run("--owner", "ada", "keys", "revoke", "phone")
    assert authenticate(open_home_database(Settings.load()), text) is None
    assert "revoked" in run("--owner", "ada", "keys", "list")
    assert "--owner USER keys add NAME" in run("keys", "list")


def test_a_deleted_key_is_refused_and_in_no_list_and_its_name_is_free() -> None:
    run("users", "add", "ada")
    text = run_json("--owner", "ada", "keys", "add", "phone", "--turns-a-day", "5")["key"]
    run("--owner", "ada", "keys", "delete", "phone", typed="n\n")
    kept = run_json("--owner", "ada", "keys", "list")

    said = run("--owner", "ada", "keys", "delete", "phone", typed="y\n")

    database = open_home_database(Settings.load())
    assert [each["name"] for each in kept] == ["phone"]
    assert f"deleted the key phone ({kept[0]['shown']})" in said
    assert run_json("--owner", "ada", "keys", "list") == []
    assert authenticate(database, text) is None
    assert usage_limits(database, "key", kept[0]["id"]) == UsageLimits()
    assert [(act.action, act.name) for _, act in acts(database, everyone=True)][:2] == [
        ("delete", "phone"),
        ("create", "phone"),
    ]
    run("--owner", "ada", "keys", "add", "phone")


def test_a_key_has_the_agents_and_limits_of_its_options() -> None:
    run("users", "add", "ada")
    open_memory("sam", owner="ada")
    options = ("--agent", "sam", "--turns-at-once", "2", "--tokens-a-day", "1000", "--cost-a-day", "0.5")

    made = run_json("--owner", "ada", "keys", "add", "phone", *options)

    limits = {"turns_at_once": 2, "tokens_a_day": 1000, "cost_a_day": 0.5}
    assert (made["agents"], made["limits"]) == (["sam"], limits)
    stored = usage_limits(open_home_database(Settings.load()), "key", made["id"])
    assert stored == UsageLimits(turns_at_once=2, tokens_a_day=1000, cost_a_day=0.5)


def test_the_list_of_agents_is_the_homes_own_and_says_how_many_others_there_are() -> None:
    remember("sam", "Hello.")
    for name, agents in (("ada", ("sam", "kim")), ("ben", ())):
        run("users", "add", name)
        for agent in agents:
            open_memory(agent, owner=name)

    shown = run("list", "agents")

    assert "not in this list: 2 agents of 1 user: memgpt-autogen users list" in shown
    assert [each["name"] for each in run_json("list", "agents")] == ["sam"]
    assert sorted(each["name"] for each in run_json("--owner", "ada", "list", "agents")) == ["kim", "sam"]
    assert "ben has no agent yet" in run("--owner", "ben", "list", "agents")
    found = [(each["name"], each["agents"]) for each in run_json("users", "list")]
    assert found == [("home", 1), ("ada", 2), ("ben", 0)]


def test_the_operator_talks_to_a_users_agent_by_the_option_and_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run("users", "add", "ada")

    run("--owner", "ada", "run", "--agent", "sam", "--model", "offline", typed="My cat is Tom.\n")
    monkeypatch.setenv("MEMGPT_AUTOGEN_OWNER", "ada")
    talk("Hello again.", options=("--agent", "sam", "--model", "offline"))
    monkeypatch.delenv("MEMGPT_AUTOGEN_OWNER")

    assert run_json("list", "agents") == []
    (agent,) = run_json("--owner", "ada", "list", "agents")
    assert (agent["name"], agent["messages"]) == ("sam", 4)
    assert "Tom" in run("--owner", "ada", "memory", "search", "cat", "--agent", "sam")


def test_personas_of_a_user_are_not_the_homes() -> None:
    run("users", "add", "ada")
    run("add", "persona", "cook", "--text", "I cook.")
    assert "stored the persona cook" in run("--owner", "ada", "add", "persona", "cook", "--text", "I bake.")

    assert [each["text"] for each in run_json("list", "personas")] == ["I cook."]
    assert [each["text"] for each in run_json("--owner", "ada", "list", "personas")] == ["I bake."]
    run("--owner", "ada", "delete", "persona", "cook")
    assert run_json("--owner", "ada", "list", "personas") == []
    assert len(run_json("list", "personas")) == 1


def test_the_doctor_looks_at_the_agents_of_all_users() -> None:
    run("users", "add", "ada")
    open_memory("sam", owner="ada").archival.insert("A fact.")

    found = {each["about"]: each["found"] for each in run_json("doctor")["checks"]}

    assert "agents: sam (of ada)" in found["database"]
    assert found["archive of sam (of ada)"] == "1 passage"


def test_a_user_is_suspended_resumed_and_removed() -> None:
    run("users", "add", "ada")
    open_memory("sam", owner="ada")

    assert "memgpt-autogen users resume ada" in run("users", "suspend", "ada")
    assert run_json("users", "list")[1]["suspended_at"] is not None
    run("users", "resume", "ada")
    assert run_json("users", "list")[1]["suspended_at"] is None
    assert "would remove the user 'ada'" in run("users", "remove", "ada", "--dry-run")
    run("users", "remove", "ada", typed="n\n")
    assert len(run_json("users", "list")) == 2
    assert "removed the user 'ada'" in run("users", "remove", "ada", "--yes")
    assert len(run_json("users", "list")) == 1


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--owner", "eve", "list", "agents"), "there is no user 'eve' in this home"),
        (("list", "agents", "--owner", "eve"), "It stands before the command, as in memgpt-autogen --owner"),
        (("users", "add", "ada", "--role", "boss"), "--role is user or admin, not 'boss'"),
        (("users", "add", "a b"), "a user's name has 1 to 64 characters"),
        (("users", "remove", "home", "--yes"), "is the home itself"),
        (("keys", "add", "x", "--scope", "root"), "a key has scopes of read, talk, write, speak-for, admin"),
        (("keys", "add", "x", "--days", "0"), "the key would be expired already"),
        (("keys", "add", "x", "--days", "1e12"), "is after the end of the calendar"),
        (("keys", "add", "x", "--agent", "nobody"), "there is no agent 'nobody'"),
        (("keys", "revoke", "x"), "there is no key 'x'"),
    ],
)
def test_a_wrong_command_is_one_line_that_says_what_is_right(words: tuple[str, ...], line: str) -> None:
    run("users", "add", "ben")

    result = run(*words, code=2 if words[0] == "list" else 1)

    assert line in " ".join(result.split())


def test_a_key_says_what_clients_of_openais_api_get() -> None:
    run("users", "add", "ada")
    made = run_json("--owner", "ada", "keys", "add", "phone", "--chats", "fork", "--thoughts")

    assert made["clients"] == {"chats": "fork", "instructions": True, "thoughts": True}
    assert "give one or fork" in run("--owner", "ada", "keys", "add", "x", "--chats", "many", code=1)
