"""A home and a bundle of commit c6a0686, made by `tests/data/make_old_home.py` before the modules moved."""

from __future__ import annotations

import json
import os
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from memgpt_autogen import Settings, check_import, import_memory, open_loop, open_memory
from memgpt_autogen.events import Replied
from memgpt_autogen.home import agent_names
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, call, says

DATA = Path(__file__).parents[1] / "data"

HUMAN = "Ada leads the team.\nShe lives in Oslo."

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(not find_spec("qdrant_edge"), reason="the home's archives are Qdrant Edge's"),
]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The old home; `sizes.json` says how many zeros follow what is packed of each file."""
    place = tmp_path / "old"
    with zipfile.ZipFile(DATA / "home_c6a0686.zip") as packed:
        sizes = json.loads(packed.read("sizes.json"))
        packed.extractall(place, sizes)
    for name, size in sizes.items():
        os.truncate(place / name, size)
    return place


def lives_on(sam: MemoryHierarchy, file: Path) -> None:
    """Use everything that the agent has, and write it into a bundle."""
    assert "I live in Lisbon" in sam.recall.search("Lisbon tea").items[0].text
    assert sam.recall.search(speaker="ben").total == 1
    assert sam.queue.summary is not None
    assert sam.queue.summary.text == "Ada introduced herself; she lives in Lisbon and drinks tea."
    assert sam.queue.evictions() == 1
    [manual] = sam.archival.search("press the button").items
    assert manual.passage.source == "manual.md"
    assert manual.passage.place is not None
    assert manual.passage.place.heading == "The heron > Starting"
    tea, coffee = (
        sam.archival.search(words, tags=["ada"]).items[0].passage for words in ("green tea", "only coffee")
    )
    assert tea.tags == ("ada", "tea")
    assert tea.superseded_by == coffee.created_at
    assert sam.core["human"].value == HUMAN
    assert sam.core["team"].value == "We build the heron. Release: 21 May."

    sam.core.edit("human", lambda block: block.replace("Oslo", "Bergen"))
    answer = says("", call("send_message", message="Kingfisher."))
    heard = list(
        open_loop(sam, ScriptedLLM(answer)).run([Message.said_by("ada", "What is the server called?")])
    )
    assert sam.core["human"].value.endswith("Bergen.")
    sam.undo()

    assert [event.text for event in heard if isinstance(event, Replied)] == ["Kingfisher."]
    assert sam.core["human"].value == HUMAN
    assert zipfile.ZipFile(sam.export(file)).testzip() is None


def test_an_old_home_opens_and_lives_on(home: Path, tmp_path: Path) -> None:
    settings = Settings.load(home=home)
    assert agent_names(settings) == ["ida", "sam"]
    ida, sam = open_memory("ida", settings, archive="library"), open_memory("sam", settings)

    lives_on(sam, tmp_path / "sam.zip")

    assert sam.core["team"].shared
    ida.core.set("team", "The heron flies.")
    assert sam.core["team"].value == "The heron flies."
    assert [source.archive for source in sam.sources()] == [None]
    [rule] = ida.archival.search("when does the library open").items
    assert rule.passage.text == "The library opens at nine."
    assert rule.passage.id in [item.passage.id for item in sam.readable.search("library opens").items]


def test_an_old_bundle_is_imported_and_lives_on(tmp_path: Path) -> None:
    bundle, settings = DATA / "sam_c6a0686.zip", Settings.load(home=tmp_path / "new")
    assert check_import(bundle, settings=settings).name == "sam"

    sam = import_memory(bundle, settings=settings)

    lives_on(sam, tmp_path / "sam.zip")


def test_what_an_old_bundle_became_is_imported_again(tmp_path: Path) -> None:
    first = import_memory(DATA / "sam_c6a0686.zip", settings=Settings.load(home=tmp_path / "one"))

    second = import_memory(first.export(tmp_path / "sam.zip"), settings=Settings.load(home=tmp_path / "two"))

    assert [each.message.text for each in second.log.since(0)] == [
        each.message.text for each in first.log.since(0)
    ]
    assert list(second.core) == list(first.core)
