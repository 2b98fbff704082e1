"""The log of an agent over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.messages import Message, ToolCall
from memgpt_autogen.settings import Settings

LOG = "/api/v1/agents/sam/log"


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "sam"})
    call = ToolCall("c1", "send_message", '{"message": "Hello Ada."}')
    open_memory("sam", Settings.load()).log.append(
        Message.said_by("ada", "Hello."),
        Message("assistant", "I greet her.", "step", tool_calls=(call,)),
        Message.result_of(call, "Sent."),
        Message.said_by("Ben", "I am here too."),
        Message.said_by("ben", "A stray \ud800 sign."),
    )


def texts(admin: TestClient, **params: Any) -> list[str]:
    return [each["text"] for each in admin.get(LOG, params=params).json()["items"] if each["kind"] != "edit"]


def test_the_newest_entries_come_first_with_all_that_they_say(admin: TestClient) -> None:
    items = admin.get(LOG).json()["items"]

    step = next(each for each in items if each["kind"] == "step")
    assert [each["seq"] for each in items] == [7, 6, 5, 4, 3, 2, 1]
    assert (step["text"], step["spoken"], step["name"]) == ("I greet her.", "Hello Ada.", None)
    assert step["calls"][0]["name"] == "send_message"
    assert items[2]["answers"] == "c1"
    assert items[0]["text"] == "A stray \ufffd sign."
    assert items[-1]["extra"]["before"] is None


def test_filters_choose_by_number_speaker_role_and_kind(admin: TestClient) -> None:
    assert texts(admin, speaker="BEN") == ["A stray \ufffd sign.", "I am here too."]
    assert texts(admin, speaker="sam") == ["I greet her."]
    assert texts(admin, role="tool") == ["Sent."]
    assert texts(admin, kind=["message", "result"], before=6) == ["Sent.", "Hello."]
    assert texts(admin, after=4) == ["Sent.", "I am here too.", "A stray \ufffd sign."]
    assert texts(admin, after=3, before=5) == ["I greet her."]
    assert texts(admin, speaker="zoe") == []


@pytest.mark.parametrize("about", [{}, {"after": 0}])
def test_pages_have_no_gaps_and_no_repetitions(admin: TestClient, about: Any) -> None:
    seqs, cursor = [], None
    while not seqs or cursor:
        params = {**about, "limit": 3, **({"cursor": cursor} if cursor else {})}
        page = admin.get(LOG, params=params).json()
        seqs += [each["seq"] for each in page["items"]]
        cursor = page["next"]

    assert seqs == (list(range(1, 8)) if about else list(range(7, 0, -1)))


def test_what_was_taken_back_is_shown_only_where_it_is_asked_for(admin: TestClient) -> None:
    open_memory("sam", Settings.load()).pop(1)

    assert "A stray \ufffd sign." not in texts(admin)
    shown = admin.get(LOG, params={"undone": True, "kind": "message"}).json()["items"]
    assert [each["undone"] for each in shown] == [True, False, False]


@pytest.mark.parametrize("about", [{"before": -1}, {"role": "boss"}, {"kind": "nothing"}, {"after": "x"}])
def test_a_filter_that_is_not_valid_is_refused(admin: TestClient, about: Any) -> None:
    assert admin.get(LOG, params=about).status_code == 422
