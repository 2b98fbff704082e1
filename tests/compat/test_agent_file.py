"""Letta's agent file is imported in both of its forms, and the report says what such a file does not have."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from old_agents import Row, agent_file, older_agent_file, text

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.compat.agent_file import read_agent_file
from memgpt_autogen.compat.import_agents import import_agents
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.home import agent_names, open_existing
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.settings import Settings


def written(folder: Path, content: Any, name: str = "agent.af") -> Path:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def opened(name: str = "Tea-Expert") -> MemoryHierarchy:
    return open_existing(name, Settings.load())


def test_blocks_messages_and_documents_come(tmp_path: Path) -> None:
    import_agents(written(tmp_path, agent_file()))

    tea = opened()
    assert {block.label: (block.value, block.limit, block.read_only) for block in tea.core} == {
        "human": ("Ada lives in Bergen.", 20000, False),
        "team_notes": ("We open at nine.", 16, True),
        "guidelines": ("You are Tea. Be brief.", 2000, True),
    }
    assert tea.core["human"].description == "about Ada"
    said = [(entry.message.name, entry.message.spoken) for entry in tea.log.spoken_tail(10)]
    assert said == [
        ("ada", "I prefer green tea."),
        (None, "Noted: green tea."),
        ("user", "And this cup?\n[image]"),
        (None, "One moment."),
        (None, "It is blue."),
    ]
    assert tea.recall.search("prefer").items[0].time == datetime(
        2025, 10, 31, 22, 1, 0, 459100, tzinfo=timezone.utc
    )
    (menu,) = tea.archival.list().items
    assert (menu.text, menu.source) == ("Green tea costs 3 euros.", "menu.md")


def test_thoughts_calls_and_results_come_and_the_prompt_begins_where_lettas_began(tmp_path: Path) -> None:
    import_agents(written(tmp_path, agent_file()))

    shown = [(each.message.kind, each.message.text, each.message.ok) for each in opened().queue.entries()]

    assert shown == [
        ("message", "And this cup?\n[image]", True),
        ("spoken", "One moment.", True),
        ("step", "I look it up.", True),
        ("result", "a blue cup", True),
        ("result", "The imported file has no result of this call.", False),
        ("spoken", "It is blue.", True),
    ]
    assert "in recall memory" in opened().queue.summary.text


def test_the_older_form_comes_with_its_window(tmp_path: Path) -> None:
    import_agents(written(tmp_path, older_agent_file()))

    sam = opened("sam")
    assert {block.label: block.value for block in sam.core} == {
        "persona": "I am Sam.",
        "guidelines": "Speak like a pirate.",
    }
    assert sam.queue.summary.text == "Ada and I spoke about tea."
    assert [entry.message.spoken for entry in sam.queue.entries()][:2] == ["Where is Bergen?", "In Norway."]


def test_the_report_says_what_the_file_does_not_have_and_what_did_not_come(tmp_path: Path) -> None:
    report = str(import_agents(written(tmp_path, agent_file())))

    for note in (
        "its name was 'Tea Expert'",
        "messages (its prompt says 812): an agent file has only those of the newest window and the 50 oldest",
        "archival passages (its prompt says 37): an agent file has none",
        "the system text became the read-only block 'guidelines' (22 characters)",
        "tools that this package has too: archival_memory_search",
        "not imported and never run: find_cup",
        "tools of Letta or of MCP servers, not imported: run_code",
        "1 file came as passages: menu.md",
        "without text in the file, so not imported: photo.pdf",
        "1 environment variable of tools: not imported",
        "1 image: not imported",
        "1 tag: not imported",
        "MCP servers, not imported: weather",
        "skills, not imported: slack",
        "its model was 'gpt-4o-mini'",
    ):
        assert note in report
    older = str(import_agents(written(tmp_path, older_agent_file())))
    assert "what the user wrote around the system text became the read-only block 'guidelines'" in older
    assert "explains Letta's own functions" in older
    assert "1 tool rule: not imported" in older


def test_blocks_and_tools_that_the_file_names_and_lacks_are_reported(tmp_path: Path) -> None:
    file = agent_file()
    file["blocks"].pop()
    file["tools"].clear()

    report = str(import_agents(written(tmp_path, file)))

    assert "1 block that the file names and does not have: block-1" in report
    assert "3 tools that the file names and does not have: tool-0, tool-1, tool-2" in report


def test_someone_with_the_name_of_the_agent_is_not_taken_for_the_agent(tmp_path: Path) -> None:
    file = agent_file()
    file["agents"][0]["messages"][1]["name"] = "Tea-Expert"

    import_agents(written(tmp_path, file))

    assert opened().log.spoken_tail(10)[0].message.name == "user"


def test_a_second_import_doubles_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, agent_file())
    import_agents(path)
    before = opened().log.count(spoken=False), opened().archival.count()

    again = import_agents(path)

    assert [agent.state for agent in again.agents] == ["was there already"]
    assert (opened().log.count(spoken=False), opened().archival.count()) == before


def test_another_file_of_the_same_name_is_refused_with_the_way_out(tmp_path: Path) -> None:
    import_agents(written(tmp_path, agent_file()))
    other = agent_file()
    other["agents"][0]["messages"].pop()

    (refused,) = import_agents(written(tmp_path, other)).agents
    (renamed,) = import_agents(written(tmp_path, other), name="tea2").agents

    assert refused.state == "refused"
    assert "Choose another name: name=..." in str(refused)
    assert renamed.state == "imported"
    assert agent_names(Settings.load()) == ["Tea-Expert", "tea2"]


def test_agents_that_share_a_block_share_it_here(tmp_path: Path) -> None:
    file = agent_file()
    file["agents"].append({**copy.deepcopy(file["agents"][0]), "id": "agent-1", "name": "Cake"})

    done = import_agents(written(tmp_path, file))
    opened("Cake").core.set("human", "Ada moved to Oslo.")

    assert [agent.name for agent in done.agents] == ["Tea-Expert", "Cake"]
    assert opened().core["human"].value == "Ada moved to Oslo."
    assert "here with the agents of the home: human, team_notes" in str(done)


@pytest.mark.autogen
def test_an_imported_agent_goes_on_talking(tmp_path: Path) -> None:
    import_agents(written(tmp_path, agent_file()))

    tea = MemGPTAgent("Tea-Expert", silent=True)
    reply = tea.generate_reply([{"role": "user", "name": "ada", "content": "What does green tea cost?"}])

    assert "3 euros" in str(reply)


def test_a_message_that_asks_for_approval_and_its_answer_come_as_a_call_and_a_result(tmp_path: Path) -> None:
    file = agent_file()
    call = {"id": "a1", "type": "function", "function": {"name": "send_mail", "arguments": "{}"}}
    given = {"type": "tool", "tool_call_id": "a1", "status": "error", "tool_return": "not allowed"}
    file["agents"][0]["messages"] = [
        {"role": "approval", "content": text("May I?"), "tool_calls": [call]},
        {"role": "approval", "content": [], "approve": False, "approvals": [given]},
    ]

    import_agents(written(tmp_path, file))

    said = [(each.message.kind, each.message.text, each.message.ok) for each in opened().queue.entries()]
    assert said[-3:] == [("spoken", "May I?", True), ("step", "", True), ("result", "not allowed", False)]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "is not JSON"),
        (b"[]", "it is not an object"),
        (b'{"a": 1}', "neither 'agents' nor 'core_memory'"),
        (b'{"agents": []}', "has no agents"),
        (b"\xff\xfe{", "is not an agent file, or is damaged"),
        (b'{"agents": [' + b"[" * 100_000, "is not an agent file, or is damaged"),
    ],
)
def test_a_file_that_is_no_agent_file_is_refused_by_name(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "agent.af"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=why):
        import_agents(path)
    assert not Settings.load().home.exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in places(part, (*path, key)))][bool(not path) :]


@given(st.data())
def test_any_value_in_any_place_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file: Row = data.draw(st.sampled_from([agent_file(), older_agent_file()]))
    place = data.draw(st.sampled_from(places(file)))
    inner = file
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = data.draw(JSON)
    path = written(tmp_path_factory.mktemp("af"), file)

    try:
        agents = read_agent_file(path)
    except ConfigurationError:
        return
    for agent in agents:
        home = tmp_path_factory.mktemp("home") / "home"
        import_agents(path, Settings.load(home=home), agent=agent.name, dry_run=True)


def test_settings_that_an_agent_cannot_have_are_named(tmp_path: Path) -> None:
    content = agent_file()
    content["agents"][0]["timezone"] = "\ud800"

    with pytest.raises(ConfigurationError, match="settings that are not valid: timezone"):
        import_agents(written(tmp_path, content))


def test_a_time_that_an_agent_cannot_have_is_in_the_report(tmp_path: Path) -> None:
    content = {**agent_file(), "created_at": "0001-01-01T00:00:00+00:00"}

    assert "agent.created_at: Value error, has the year 1" in str(import_agents(written(tmp_path, content)))
