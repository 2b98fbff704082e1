"""A live view shows what an agent does while it does it, and keeps its turns."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from autogen_support import agent, chat, group, person, sends
from html_reading import Html
from inline_snapshot import snapshot
from kernels import fork_kernels
from loops import HELLO, LoopFactory
from views import a_card, a_turn

from memgpt_autogen.display.agent_card import Card
from memgpt_autogen.display.live import Watch
from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.events import (
    Replied,
    ReplyPart,
    Thought,
    TurnEnded,
)
from memgpt_autogen.testing import call, says

pytestmark = pytest.mark.autogen


class Seen:
    """A screen that keeps what it was shown."""

    def __init__(self) -> None:
        self.pages: list[str] = []

    def show(self, view: Any, event: Any) -> None:
        self.pages.append(Html(view._repr_html_()).text)


def test_a_watched_agent_is_shown_while_it_chats_and_its_turns_are_kept() -> None:
    sam, seen = agent("sam", sends("One."), sends("Two.")), Seen()

    with sam.watch(screen=seen) as watched:
        chat(sam, "Hello!", "And now?")
    chat(sam, "Nobody looks.")

    assert [[e.text for e in turn if isinstance(e, Replied)] for turn in watched.turns] == [
        ["One."],
        ["Two."],
    ]
    assert "says One." in seen.pages[-1]
    assert "says Two." in seen.pages[-1]
    assert "recall 4 messages" in seen.pages[-1]


def test_several_members_of_an_asynchronous_group_are_watched_at_once() -> None:
    sam, tom = agent("sam", otherwise=sends("I am sam.")), agent("tom", otherwise=sends("I am tom."))

    with sam.watch(show=False) as of_sam, tom.watch(show=False) as of_tom:
        ben = person("ben")
        asyncio.run(ben.a_initiate_chat(group(ben, sam, tom, rounds=6), message="Who is there?"))

    for watched, told in ((of_sam, "I am sam."), (of_tom, "I am tom.")):
        assert len(watched.turns) == 2
        assert {e.text for turn in watched.turns for e in turn if isinstance(e, Replied)} == {told}


NOTEBOOK = """
import autogen
from memgpt_autogen import MemGPTAgent
from memgpt_autogen.testing import ScriptedLLM, call, says

llm = ScriptedLLM(otherwise=says("I know.", call("send_message", message="Noted.")))
sam = MemGPTAgent("sam", llm=llm, ephemeral=True, silent=True)
ben = autogen.ConversableAgent("ben", llm_config=False, human_input_mode="NEVER", silent=True)
with sam.watch():
    ben.send("One.", sam, request_reply=True, silent=True)
    await ben.a_send("Two.", sam, request_reply=True, silent=True)
"""


@pytest.mark.slow
def test_a_notebook_keeps_one_output_up_to_date_from_any_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    fork_kernels(monkeypatch)
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])

    nbclient.NotebookClient(book, kernel_name="python3", timeout=60).execute()

    outputs = [output for output in book.cells[0].outputs if output.output_type == "display_data"]
    assert len(outputs) == 1
    page = Html(outputs[0].data["text/html"])
    assert "2 turns" in page.text
    assert page.text.count("says Noted.") == 2
    assert "recall 4 messages" in page.text


def test_a_chat_goes_on_when_its_view_fails() -> None:
    sam = agent("sam", sends("Noted."))

    with sam.watch(screen=Broken()) as watched:
        chat(sam, "Hello!")

    assert len(watched.turns) == 1
    assert [message["content"] for said in sam.chat_messages.values() for message in said][-1] == "Noted."


def test_a_turn_that_fails_is_kept_as_far_as_it_came() -> None:
    from memgpt_autogen.errors import ModelError

    def fails(_: Any) -> Any:
        raise ModelError("the endpoint is down")

    sam = agent("sam", otherwise=fails)

    with sam.watch(show=False) as watched:
        chat(sam, "Hello!")

    assert len(watched.turns) == 1


def watching(loop_events: Any, watches: list[Watch]) -> Trace:
    """Lives through a turn as the agent does."""
    events = []
    for event in loop_events:
        events.append(event)
        for watch in watches:
            watch.tell(event)
    turn = Trace(events)
    for watch in watches:
        watch.ended(turn)
    return turn


def test_a_view_is_brought_up_to_date_after_each_event(make_loop: LoopFactory) -> None:
    loop, seen = make_loop(says("I know.", call("send_message", message="Noted."))), Seen()
    watches: list[Watch] = []

    with Watch("sam", watches, lambda: Card.read(loop.memory, loop), screen=seen) as watched:
        turn = watching(loop.run([HELLO]), watches)

    assert watched.turns == [turn]
    assert watches == []
    assert len(seen.pages) == 2 + len(turn)
    assert "turn 1 runs turn 1 event, not ended hears boss: Hello!" in seen.pages[1]
    assert "says Noted." in seen.pages[-1]
    assert "recall 2 messages" in seen.pages[-1]


def test_a_view_shows_what_is_being_said_as_far_as_it_is_written() -> None:
    seen = Seen()
    watches: list[Watch] = []
    events = [ReplyPart("No", anew=True), ReplyPart("ted"), Thought("hm"), Replied("Noted.")]

    with Watch("sam", watches, lambda: None, screen=seen) as watched:
        watching(events, watches)

    assert "thinks hm Noted" in seen.pages[-3]
    assert seen.pages[-2].endswith("thinks hm says Noted.")
    assert "Noted" in repr(watched)


class Broken:
    """A screen that fails."""

    def __init__(self) -> None:
        self.asked = 0

    def show(self, view: Any, event: Any) -> None:
        self.asked += 1
        raise OSError("no such display")


def test_a_display_that_fails_disturbs_nothing_and_is_not_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = Broken()
    watches: list[Watch] = []

    with Watch("sam", watches, lambda: None, screen=broken) as watched:
        watching(a_turn(), watches)
        watching(a_turn(), watches)

    assert [turn.about() for turn in watched.turns] == [a_turn().about()] * 2
    assert broken.asked == 1
    assert "sam is no longer shown: no such display" in caplog.text


def test_what_is_not_shown_is_kept_all_the_same() -> None:
    watches: list[Watch] = []

    with Watch("sam", watches, lambda: None, show=False, screen=Broken()) as watched:
        watching(a_turn(), watches)

    assert len(watched.turns) == 1
    assert "says (the model gave no answer): likes tea" in repr(watched)
    assert "says" in Html(watched._repr_html_()).text


def test_a_terminal_prints_lines_with_the_window_after_each_turn(capsys: pytest.CaptureFixture[str]) -> None:
    watches: list[Watch] = []

    with Watch("sam", watches, a_card):
        watching(Trace((Thought("[bold]hm\x1b[31m"), TurnEnded("yielded", 1))), watches)

    assert capsys.readouterr().out.splitlines() == snapshot(
        [
            "  sam is watched",
            "  sam thinks: [bold]hm [31m",
            "  sam █████░░░░░░░░░░░░░░░ 25% of 8,192 tokens · yielded after 1 step",
        ]
    )
