"""Agents show themselves: in a notebook, in a terminal, while they chat, and in plots of their past."""

from __future__ import annotations

import asyncio
import builtins
import sys
from pathlib import Path
from typing import Any

import pytest
from autogen_support import agent, group, person, sends
from html_reading import Html
from planted import assert_clean

from memgpt_autogen import Block, MemGPTAgent
from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.events import Evicted, Replied
from memgpt_autogen.testing import HashingEmbedder, ScriptedServer, call, says

pytestmark = pytest.mark.autogen


def chat(sam: MemGPTAgent, *lines: str) -> None:
    ben = person("ben")
    for line in lines:
        ben.send(line, sam, request_reply=True, silent=True)


class Printer:
    """What IPython hands to `_repr_pretty_`."""

    def __init__(self) -> None:
        self.told = ""

    def text(self, text: str) -> None:
        self.told += text


def pretty(shown: Any, *, cycle: bool = False) -> str:
    printer = Printer()
    shown._repr_pretty_(printer, cycle)
    return printer.told


def test_an_agent_is_a_card_in_a_notebook_and_a_line_in_a_list() -> None:
    sam = agent(persona="I listen.", blocks=[Block("team", "Ada & Ben", 20)], window_tokens=8000)
    chat(sam, "Hello!")
    sam.memory.archival.insert("A fact.")

    page = Html(sam._repr_html_())

    assert [row[:3] for row in page.rows[1:]] == [
        ["persona", "", "9 / 2,000"],
        ["human", "", "0 / 2,000"],
        ["team", "", "9 / 20"],
    ]
    assert page.text.startswith("sam scripted, window 8,000 tokens")
    for told in ("queue 2 messages", "recall 2 messages", "archival 1 passage"):
        assert told in page.text
        assert told in pretty(sam)
        assert told in repr(sam)
    assert repr(sam).startswith("<MemGPTAgent 'sam': persona 9/2000, human 0/2000, team 9/20;")
    assert "\n" not in repr([sam])


@pytest.mark.sqlite
def test_an_agent_whose_database_is_damaged_is_shown_briefly(tmp_path: Path) -> None:
    sam = agent()
    chat(sam, "Hello!")
    sam.memory.log.database.close()
    for file in (tmp_path / "home").glob("memory.db*"):
        file.write_bytes(b"this is no database" * 1000)

    assert repr(sam) == "<MemGPTAgent 'sam': its memory cannot be read now>"
    assert pretty(sam) == repr(sam)
    assert Html(sam._repr_html_()).text == repr(sam)


def test_an_agent_that_failed_in_its_beginning_is_shown_briefly() -> None:
    assert "its memory cannot be read now" in repr(MemGPTAgent.__new__(MemGPTAgent))


def test_an_agent_whose_archive_is_not_reachable_tells_the_rest() -> None:
    from memgpt_autogen import Settings

    sam = agent(settings=Settings.load(qdrant_url="http://127.0.0.1:9"))
    told = repr(sam)

    assert "archival not reachable" in told
    assert "persona" in told


def test_a_listening_agent_says_that_it_only_listens() -> None:
    sam = MemGPTAgent("sam", llm_config=False, silent=True)

    assert "no model, listens only" in repr(sam)


def test_the_last_turn_is_a_trace() -> None:
    sam = agent("sam", sends("Noted."))
    chat(sam, "Hello!")

    assert isinstance(sam.last_turn, Trace)
    assert [event.text for event in sam.last_turn if isinstance(event, Replied)] == ["Noted."]
    assert "says: Noted." in repr(sam.last_turn)
    assert "says Noted." in Html(sam.last_turn._repr_html_()).text


def test_what_an_agent_shows_of_itself_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    key, password = "planted-key-Zq81hTnVw03LcRy", "planted-password-8sKmUe52Xo"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with ScriptedServer(otherwise=says("", call("send_message", message="Noted."))) as server:
        url = server.url.replace("://", f"://ada:{password}@")
        entry = {"model": "m", "base_url": url, "api_key": key, "price": [0, 0]}
        sam = MemGPTAgent("sam", llm_config={"config_list": [entry], "cache_seed": None}, silent=True)
        with sam.watch(show=False) as watched:
            chat(sam, "Hello!")
        pages = [sam, sam.context_overview(), sam.last_turn, watched, sam.memory.history()]
        shown = [*map(repr, pages), *(page._repr_html_() for page in pages), pretty(sam)]

    assert "Noted." in "".join(shown)
    assert_clean("\n".join(shown), [key, password])


# Watching


class Seen:
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


def test_a_notebook_keeps_one_output_up_to_date_from_any_thread() -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])

    nbclient.NotebookClient(book, kernel_name="python3", timeout=60).execute()

    outputs = [output for output in book.cells[0].outputs if output.output_type == "display_data"]
    assert len(outputs) == 1
    page = Html(outputs[0].data["text/html"])
    assert "2 turns" in page.text
    assert page.text.count("says Noted.") == 2
    assert "recall 4 messages" in page.text


class Broken:
    def show(self, view: Any, event: Any) -> None:
        raise OSError("no such display")


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


# Plots


def an_agent_with_a_past() -> tuple[MemGPTAgent, tuple[Trace, ...]]:
    sam = agent("sam", otherwise=sends("I see. " * 30), window_tokens=3000, embedder=HashingEmbedder())
    with sam.watch(show=False) as watched:
        chat(sam, *(f"{number}: {'the plan is this. ' * 15}" for number in range(18)))
    return sam, tuple(watched.turns)


def test_plots_show_the_window_with_its_thresholds_and_evictions() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    from memgpt_autogen.display import plots

    sam, turns = an_agent_with_a_past()
    evictions = sum(isinstance(event, Evicted) for turn in turns for event in turn)

    axes = plots.window(sam)

    labels = axes.get_legend_handles_labels()[1]
    assert "window, 3,000" in labels
    assert f"evicted ({evictions})" in labels
    assert evictions > 0
    assert axes.get_title() == "sam: the window over time"


def test_plots_show_what_each_recorded_turn_cost() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    from memgpt_autogen.display import plots

    _, turns = an_agent_with_a_past()

    axes = plots.turns(turns)

    assert len(axes.patches) == 2 * len(turns)
    assert any(label.startswith("evicted") for label in axes.get_legend_handles_labels()[1])
    assert plots.turns([], ax=axes) is axes


def test_without_matplotlib_a_plot_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from memgpt_autogen.display import plots

    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    importing = builtins.__import__

    def lacking(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")
        return importing(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)

    with pytest.raises(ConfigurationError, match=r"pip install 'memgpt-autogen\[plots\]'"):
        plots.turns([])
