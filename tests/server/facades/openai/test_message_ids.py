"""Messages that a front end knows by ids can be asked again or replaced, as long as they are the newest."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient
from openai_chats import asks, assistant, chatting, heard, sends, user
from server_world import API

from memgpt_autogen.testing.scripted import call, says


def ids(message: str = "", answer: str = "", parent: str = "", chat: str = "c1") -> dict[str, str]:
    return {
        "X-OpenWebUI-Chat-Id": chat,
        "X-OpenWebUI-User-Message-Id": message,
        "X-OpenWebUI-Message-Id": answer,
        "X-OpenWebUI-User-Message-Parent-Id": parent,
    }


def standing(client: TestClient) -> list[str]:
    """What the agent has heard and nobody has taken back."""
    return [words for _, words in heard(client)]


def text(answer: Any) -> Any:
    return answer.json()["choices"][0]["message"]["content"]


def test_a_message_that_is_asked_again_is_answered_anew() -> None:
    notes = says(
        "",
        call("core_memory_append", label="human", content="Likes tea."),
        call("send_message", message="Noted."),
    )
    with chatting(notes, sends("Second.")) as (client, model):
        first = asks(client, user("I like tea."), headers=ids("u1", "a1"))
        again = asks(client, user("I like tea."), headers=ids("u1", "a2"))

        assert (text(first), text(again)) == ("Noted.", "Second.")
        assert standing(client) == ["I like tea."]
        assert "Noted." not in str(model.requests[1].messages)
        assert client.get(f"{API}/agents/sam/blocks/human").json()["value"] == "", "edits are taken back too"


def test_a_message_that_was_edited_replaces_the_one_before() -> None:
    with chatting() as (client, _):
        asks(client, user("One."), headers=ids("u1", "a1"))
        asks(client, user("One."), assistant("Yes."), user("Tow."), headers=ids("u2", "a2", "a1"))
        asks(client, user("One."), assistant("Yes."), user("Two."), headers=ids("u3", "a3", "a1"))

        assert standing(client) == ["One.", "Two."]


def test_the_first_message_of_a_chat_can_be_edited() -> None:
    with chatting() as (client, _):
        asks(client, user("Wnu."), headers=ids("u1", "a1"))
        asks(client, user("One."), headers=ids("u2", "a2"))
        asks(client, user("Another chat."), headers=ids("u3", "a3", chat="c2"))

        assert standing(client) == ["One.", "Another chat."]


def test_what_others_have_said_since_is_never_taken_back() -> None:
    with chatting() as (client, _):
        asks(client, user("One."), headers=ids("u1", "a1"))
        asks(client, user("Elsewhere."), headers=ids("u2", "a2", chat="c2"))
        asks(client, user("One."), headers=ids("u1", "a3"))

        assert standing(client) == ["One.", "Elsewhere.", "One."]


def test_a_message_that_goes_on_replaces_nothing() -> None:
    with chatting() as (client, _):
        asks(client, user("One."), headers=ids("u1", "a1"))
        asks(client, user("One."), assistant("Yes."), user("Two."), headers=ids("u2", "a2", "a1"))
        asks(
            client,
            user("One."),
            assistant("Yes."),
            user("Two."),
            assistant("Yes."),
            user("Three."),
            headers=ids("u3"),
        )

        assert standing(client) == ["One.", "Two.", "Three."], "also where the parent is not told"


def test_without_ids_the_same_message_again_is_another_one() -> None:
    chat = {"X-OpenWebUI-Chat-Id": "c1"}
    with chatting() as (client, _):
        asks(client, user("One."), headers=chat)
        asks(client, user("One."), headers=chat)

        assert standing(client) == ["One.", "One."]


def test_nobody_replaces_what_somebody_else_has_said() -> None:
    with chatting() as (client, _):
        asks(client, user("Ben's words."), headers={**ids("u1", "a1"), "X-OpenWebUI-User-Name": "ben"})
        asks(client, user("Eve's words."), headers={**ids("u1", "a1"), "X-OpenWebUI-User-Name": "eve"})

        assert standing(client) == ["Ben's words.", "Eve's words."]


def test_a_request_with_a_key_takes_nothing_back_when_it_is_sent_again() -> None:
    again = {**ids("u1", "a2"), "Idempotency-Key": "k"}
    with chatting(sends("First."), sends("Second."), sends("Third.")) as (client, model):
        asks(client, user("One."), headers=ids("u1", "a1"))
        answers = [asks(client, user("One."), headers=again) for _ in range(2)]

        assert list(map(text, answers)) == ["Second.", "Second."]
        assert standing(client) == ["One."]
        assert len(model.requests) == 2
