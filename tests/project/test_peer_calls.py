"""The migration page and its notebook call other memories as their present versions want to be called."""

from __future__ import annotations

import json

import pytest
from peer_signatures import RECORD, pieces_of, shown, wrong_calls, wrong_fields

PEERS = json.loads(RECORD.read_text(encoding="utf-8"))


def test_every_call_and_field_that_is_shown_is_one_of_the_recorded_version() -> None:
    texts = list(shown())
    code = "\n".join(texts)

    assert wrong_calls(texts, PEERS) == []
    assert wrong_fields(texts, PEERS) == []
    assert [call for call in ("memory.get_all(", "client.thread.add_messages(") if call not in code] == []


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ('memory.get_all(user_id="ada")', "user_id"),
        ('memory.search("tea", user_id="ada")', "user_id"),
        ("client.memory.add(session_id=session, messages=[])", "there is no client.memory.add"),
        ("client.thread.get_context()", "thread_uuid"),
        ('AddMessage(role_type="user")', "role_type"),
    ],
)
def test_a_call_of_an_older_version_is_found(call: str, why: str) -> None:
    (wrong,) = wrong_calls([call], PEERS)

    assert why in wrong


def test_a_call_in_a_sentence_is_found_too_and_one_of_ours_is_not() -> None:
    page = "Call `memory.get_all()` first, then `memory.archival.search()` or `sam.get_all()`.\n"

    assert list(pieces_of(page)) == ["memory.get_all()"]


def test_a_field_that_no_result_has_is_found() -> None:
    assert wrong_fields(['each["memory"] + each.factoid'], PEERS) == ["factoid"]


def test_mem0_is_asked_for_more_than_the_20_memories_that_it_returns_by_default() -> None:
    calls = [text for text in shown() if "get_all(" in text]

    assert calls
    assert [text for text in calls if "top_k=" not in text] == []
