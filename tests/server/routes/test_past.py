"""The past of an agent over HTTP."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import client_of
from server_world import add_user

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.settings import Settings

SAM = "/api/v1/agents/sam"


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> MemoryHierarchy:
    admin.post("/api/v1/agents", json={"name": "sam", "human": "Her name is Ada."})
    memory = open_memory("sam", Settings.load())
    call = ToolCall("c1", "send_message", '{"message": "Hello Ada."}')
    memory.log.append(
        Message.said_by("ada", "Hello."),
        Message("assistant", "I greet her.", "step", tool_calls=(call,)),
        Message.result_of(call, "Sent."),
    )
    return memory


def test_a_state_is_the_memory_of_its_time(admin: TestClient, sam: MemoryHierarchy) -> None:
    then = sam.log.last_seq()
    sam.core.set("human", "Her name is Bea.")
    sam.pop(2)

    old, new = (admin.get(f"{SAM}/at/{seq}").json() for seq in (then, sam.log.last_seq()))

    assert [block["value"] for block in old["blocks"]][1] == "Her name is Ada."
    assert [block["value"] for block in new["blocks"]][1] == "Her name is Bea."
    assert [entry["text"] for entry in old["queue"]] == ["Hello.", "I greet her.", "Sent."]
    assert (old["messages"], old["taken_back"], old["queue_entries"]) == (2, 0, 3)
    assert (new["messages"], new["taken_back"], new["queue"]) == (0, 3, [])
    assert [each["text"] for each in admin.get(f"{SAM}/at/{then}", params={"limit": 1}).json()["queue"]] == [
        "Sent."
    ]
    start = admin.get(f"{SAM}/at/0").json()
    assert (start["time"], start["blocks"], start["queue"]) == (None, [], [])


def test_two_states_are_compared(admin: TestClient, sam: MemoryHierarchy) -> None:
    then = sam.log.last_seq()
    sam.core.set("human", "Her name is Bea.")
    admin.put(f"{SAM}/blocks/plan", json={"value": "in May"})
    sam.log.append(Message.said_by("ada", "Bye."))
    now = sam.log.last_seq()

    found = admin.get(f"{SAM}/diff", params={"from": then, "to": now}).json()
    same = admin.get(f"{SAM}/diff", params={"from": now, "to": now}).json()

    human, plan = found["blocks"]
    assert (human["label"], human["before"], human["after"]) == (
        "human",
        "Her name is Ada.",
        "Her name is Bea.",
    )
    assert human["lines"][-2:] == ["-Her name is Ada.", "+Her name is Bea."]
    assert (plan["before"], plan["after"]) == (None, "in May")
    assert (found["messages"], found["taken_back"], found["summary"]) == ([2, 3], 0, None)
    assert (same["blocks"], same["messages"]) == ([], [3, 3])
    assert found["times"] == [admin.get(f"{SAM}/at/{seq}").json()["time"] for seq in (then, now)]
    assert admin.get(f"{SAM}/diff", params={"from": 0, "to": 1}).json()["times"][0] is None


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"from": 3, "to": 1}, 400),
        ({"from": 0, "to": 99}, 409),
        ({"from": 0}, 422),
        ({"from": -1, "to": 1}, 422),
    ],
)
def test_states_that_cannot_be_compared_are_refused(admin: TestClient, params: Any, status: int) -> None:
    assert admin.get(f"{SAM}/diff", params=params).status_code == status


def test_the_history_tells_what_can_be_undone_and_undo_and_redo_do_it(
    admin: TestClient, sam: MemoryHierarchy
) -> None:
    for value in ("one", "two"):
        sam.core.set("human", value)
    history = admin.get(f"{SAM}/history", params={"limit": 1}).json()
    rest = admin.get(f"{SAM}/history", params={"cursor": history["next"]}).json()

    undone = admin.post(f"{SAM}/undo", json={"steps": 2}).json()["items"]
    redone = admin.post(f"{SAM}/redo", json={}).json()["items"]
    refused = admin.post(f"{SAM}/undo", json={"steps": 5})

    assert [each["after"] for each in history["items"] + rest["items"]][:3] == [
        "two",
        "one",
        "Her name is Ada.",
    ]
    assert history["standing"] == [6 + 1, 6]
    assert [(each["what"], each["of"]) for each in undone] == [("undo", 7), ("undo", 6)]
    assert [(each["what"], each["of"]) for each in redone] == [("redo", 6)]
    assert refused.status_code == 409
    assert sam.core["human"].value == "one"


def test_the_history_is_filtered_by_kind_and_block(admin: TestClient, sam: MemoryHierarchy) -> None:
    sam.core.set("human", "one")
    sam.pop(1)
    admin.post(f"{SAM}/undo", json={})

    pages = [
        admin.get(f"{SAM}/history", params=params).json()
        for params in ({"what": ["pop", "undo"]}, {"label": "human"}, {"what": "block", "limit": 1})
    ]

    assert [[each["what"] for each in page["items"]] for page in pages] == [
        ["undo", "pop"],
        ["set", "block"],
        ["block"],
    ]
    assert [(page["standing"], page["undone"]) for page in pages] == [([6], [7])] * 3
    rest = admin.get(f"{SAM}/history", params={"what": "block", "limit": 1, "cursor": pages[2]["next"]})
    assert [each["label"] for each in rest.json()["items"]] == ["persona"]
    assert admin.get(f"{SAM}/history", params={"what": "dream"}).status_code == 422


def test_the_relatives_of_an_agent_have_the_last_entry_that_both_logs_have(
    admin: TestClient, sam: MemoryHierarchy
) -> None:
    admin.post("/api/v1/agents", json={"name": "stranger", "human": "Her name is Ada."})
    admin.post(f"{SAM}/fork", json={"name": "early", "at": 3})
    admin.post(f"{SAM}/fork", json={"name": "late"})
    admin.post("/api/v1/agents/early/fork", json={"name": "child"})
    sam.log.append(Message.said_by("ada", "Bye."))
    bundle = admin.get(f"{SAM}/export").content
    admin.post("/api/v1/agents/import", files={"file": bundle}, data={"name": "copied"})
    admin.patch(SAM, json={"name": "samuel"})
    sam.forget(query="Hello")

    def forks(agent: str) -> dict[str, tuple[str, int]]:
        items = admin.get(f"/api/v1/agents/{agent}/forks").json()["items"]
        return {each["name"]: (each["relation"], each["common_seq"]) for each in items}

    assert forks("samuel") == {
        "copied": ("copy", 6),
        "early": ("fork", 3),
        "child": ("fork", 3),
        "late": ("fork", 5),
    }
    assert forks("early") == {
        "samuel": ("origin", 3),
        "copied": ("origin", 3),
        "late": ("sibling", 3),
        "child": ("fork", 4),
    }
    assert forks("stranger") == {}
    first = admin.get("/api/v1/agents/samuel/forks", params={"limit": 1}).json()
    rest = admin.get("/api/v1/agents/samuel/forks", params={"cursor": first["next"]}).json()
    assert [each["name"] for each in first["items"] + rest["items"]] == ["child", "late", "early", "copied"]


def test_a_relative_that_a_key_may_not_use_is_not_told(admin: TestClient, sam: MemoryHierarchy) -> None:
    admin.post(f"{SAM}/fork", json={"name": "late"})
    ben = add_user(admin, "ben")
    key = admin.post(
        "/api/v1/users/home/keys", json={"name": "one", "scopes": ["read"], "agents": ["sam"]}
    ).json()["key"]
    app: Any = admin.app

    assert [each["name"] for each in admin.get(f"{SAM}/forks").json()["items"]] == ["late"]
    assert client_of(app, key).get(f"{SAM}/forks").json()["items"] == []
    assert ben.client(app).get(f"{SAM}/forks").status_code == 404


def test_thoughts_and_words_are_replaced_and_messages_taken_back(
    admin: TestClient, sam: MemoryHierarchy
) -> None:
    thought = admin.post(f"{SAM}/rethink", json={"text": "She is new."}).json()
    words = admin.post(f"{SAM}/rewrite", json={"text": "Welcome!"}).json()
    found = sam.recall.search("welcome").items
    popped = admin.post(f"{SAM}/pop", json={"count": 2}).json()["items"]
    refused = [
        admin.post(f"{SAM}/{path}", json=body).status_code
        for path, body in (
            ("pop", {}),
            ("rethink", {"text": "x"}),
            ("rewrite", {"text": "x"}),
            ("rewrite", {"text": ""}),
            ("rewrite", {"text": "  "}),
            ("pop", {"count": 0}),
        )
    ]

    assert (thought, words) == (
        {"before": "I greet her.", "after": "She is new."},
        {"before": "Hello Ada.", "after": "Welcome!"},
    )
    assert found[0].text == "Welcome!"
    assert [(each["name"], each["text"]) for each in popped] == [("ada", "Hello."), (None, "Welcome!")]
    assert refused == [409, 409, 409, 422, 409, 422]


def test_compacting_moves_messages_into_the_summary(admin: TestClient, sam: MemoryHierarchy) -> None:
    sam.log.append(*(Message.said_by("ada", f"Word number {number}.") for number in range(20)))

    done = admin.post(f"{SAM}/compact").json()

    assert done["evicted"]
    assert done["messages"] > 0
    assert done["tokens_after"] < done["tokens_before"]
    assert sam.queue.summary is not None
    assert sam.queue.summary.text == done["summary"]
    assert admin.get(f"{SAM}/at/{sam.log.last_seq()}").json()["summary"]["text"] == done["summary"]
    assert admin.get(f"{SAM}/history").json()["items"][0]["what"] == "eviction"
    admin.post("/api/v1/agents", json={"name": "ann"})
    nothing = admin.post("/api/v1/agents/ann/compact").json()
    assert (nothing["evicted"], nothing["summary"]) == (False, None)


def test_a_change_of_an_agent_that_is_in_a_turn_is_refused_soon(
    admin: TestClient, sam: MemoryHierarchy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memgpt_autogen.service.agents.BUSY_SECONDS", 0.05)

    with sam.lock.turn("sam"):
        answers = [admin.post(f"{SAM}/{path}", json={}) for path in ("undo", "pop", "compact")]
        answers.append(admin.delete(f"{SAM}/blocks/human"))

    assert [each.status_code for each in answers] == [409] * 4
    assert all(each.headers["retry-after"] for each in answers)
    assert all("in a turn" in each.json()["detail"] for each in answers)


def test_a_retry_is_a_run_that_answers_again(admin: TestClient, sam: MemoryHierarchy) -> None:
    run = admin.post(f"{SAM}/retry")
    events = admin.get(f"/api/v1/runs/{run.json()['id']}/events", params={"after": 0})
    end = time.monotonic() + 60
    while admin.get(f"/api/v1/runs/{run.json()['id']}").json()["state"] in ("queued", "running"):
        assert time.monotonic() < end
        time.sleep(0.05)

    assert run.status_code == 202
    assert events.status_code == 200
    said = [
        entry.message.spoken for entry in sam.log.everything() if entry.message.spoken and not entry.hidden
    ]
    assert said[0] == "Hello."
    assert "Hello Ada." not in said
    assert len(said) == 2
