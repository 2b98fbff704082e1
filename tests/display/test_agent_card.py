"""The card of an agent: its blocks, its queue, what is outside the prompt, its model and window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from autogen_support import agent, chat, sends
from html_reading import Html
from inline_snapshot import snapshot
from loops import HELLO
from planted import assert_clean
from views import a_card

from memgpt_autogen import Block, MemGPTAgent
from memgpt_autogen.display.agent_card import Card
from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.events import (
    Replied,
)
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.testing import ScriptedServer, call, says

pytestmark = pytest.mark.autogen


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


def test_a_card_is_a_table_of_blocks_and_counts() -> None:
    page = Html(a_card()._repr_html_())

    assert page.rows == snapshot(
        [
            ["block", "fill", "characters", "text"],
            ["human", "", "10 / 20", "Likes tea."],
            ["teamshared, read-only", "", "1 / 1", "x"],
        ]
    )
    assert page.text.startswith("sam m, window 8,192 tokens")
    assert "queue 12 messages after 1 eviction · recall 1,200 messages · archival not reachable" in page.text


def test_a_card_prints_the_same_and_has_one_line() -> None:
    assert str(a_card()) == snapshot("""\
sam · m, window 8,192 tokens
  human  ██████████░░░░░░░░░░       10/20
         Likes tea.
  team   ████████████████████         1/1  shared, read-only
         x
  queue 12 messages after 1 eviction
  recall 1,200 messages
  archival not reachable
  last prompt 2,048 tokens\
""")
    assert a_card().line() == snapshot(
        "<MemGPTAgent 'sam': human 10/20, team 1/1; queue 12 messages after 1 eviction; recall 1,200 "
        "messages; archival not reachable; last prompt 2,048 tokens; m, window 8,192 tokens>"
    )


def test_a_card_of_a_memory_without_a_loop_says_that_it_listens(memory: MemoryHierarchy) -> None:
    memory.log.append(HELLO)

    card = Card.read(memory, None)

    assert card is not None
    assert (card.queue_messages, card.recall_messages, card.archival_passages) == (1, 1, 0)
    assert "no model, listens only" in card.line()


def test_a_card_counts_as_queue_what_no_eviction_has_passed(memory: MemoryHierarchy) -> None:
    entries = memory.log.append(*[HELLO] * 5)
    memory.queue.evict(entries[2].seq, "They greeted.", "model")

    card = Card.read(memory, None)

    assert card is not None
    assert (card.queue_messages, card.evictions, card.recall_messages) == (2, 1, 5)
