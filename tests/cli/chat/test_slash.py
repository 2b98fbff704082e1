"""The commands of a conversation."""

from __future__ import annotations

from command_line import talk

from memgpt_autogen.testing import ScriptedServer, call, says


def test_commands_of_a_conversation_show_memory_and_change_it() -> None:
    shown = talk(
        "I live in Lisbon.",
        "/memory",
        "/recall Lisbon",
        "/archival",
        "/context",
        "/rewrite Noted.",
        "/dump 3",
        "/undo",
    )

    assert "“I live in Lisbon.”" in shown
    assert "found 2 messages" in shown
    assert "0 passages" in shown
    assert "tokens, " in shown
    assert '"message": "Noted."' in shown
    assert "Noted. → Noted, word for word: “I live in Lisbon.”" in shown


def test_a_message_is_taken_back_and_answered_again() -> None:
    with ScriptedServer(
        says("", call("send_message", message="One.")),
        says("", call("send_message", message="Two.")),
        says("", call("send_message", message="Three.")),
    ) as server:
        shown = talk(
            "Count.", "/retry", "/pop 2", "Count.", options=("--base-url", server.url, "--model", "m")
        )

    assert "took back sam: Two." in shown
    assert "took back user: Count." in shown
    assert "One." not in str(server.requests[1])
    assert "Two." not in str(server.requests[2])
    assert "sam> Three." in shown


def test_a_warning_a_heartbeat_and_a_summary_are_asked_for_by_hand() -> None:
    with ScriptedServer(
        says("", call("send_message", message="Hello.")),
        says("", call("send_message", message="I save what matters.")),
        says("", call("send_message", message="Still here.")),
        says("We greeted each other."),
    ) as server:
        shown = talk(
            "Hi.",
            "/memorywarning",
            "/heartbeat Tea time.",
            "/summarize",
            options=("--base-url", server.url, "--model", "m"),
        )

    assert "pressure" in str(server.requests[1]["messages"][-1]).lower()
    assert "Tea time." in str(server.requests[2]["messages"][-1])
    assert "sam> Still here." in shown
    assert "into the summary" in shown


def test_another_model_answers_from_there_on() -> None:
    with ScriptedServer(
        says("", call("send_message", message="One.")), says("", call("send_message", message="Two."))
    ) as server:
        shown = talk("Hi.", "/model other", "Hi.", options=("--base-url", server.url, "--model", "m"))

    assert [request["model"] for request in server.requests] == ["m", "other"]
    assert f"the model is other at {server.url}" in shown
