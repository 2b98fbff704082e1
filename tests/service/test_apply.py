"""A file of agents: what it makes, what it leaves alone, and what it says about both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from places import ROOT

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, MemGPTError
from memgpt_autogen.home import agent_names
from memgpt_autogen.service import agents, shared
from memgpt_autogen.service.agents_file import read_agents_file
from memgpt_autogen.service.apply import apply_file
from memgpt_autogen.service.people import create_user
from memgpt_autogen.service.planned import Applied, Options
from memgpt_autogen.settings import Settings

FILE = """
archives = ["team"]

[personas]
helper = "I help with plans."

[blocks.plan]
value = "Nothing is planned."
description = "What we want to do."

[agents.sam]
persona = "helper"
human = "Her name is Ada."
shared_blocks = ["plan"]
archives = ["team"]
limits = { turns_a_day = 100 }

[agents.sam.blocks.notes]
value = "Tea."
limit = 500

[[agents.sam.sources]]
name = "menu"
text = "On Mondays there is soup."
tags = ["food"]

[agents.ann]
human = "His name is Ben."
"""


@pytest.fixture
def apply() -> Callable[..., Applied]:
    def run(text: str = FILE, *, owner: str | None = None, **options: object) -> Applied:
        settings = Settings.load(owner=owner)
        return apply_file(settings, read_agents_file(text), Options(**options))  # type: ignore[arg-type]  # its fields

    return run


def told(applied: Applied, *actions: str) -> list[str]:
    return [
        " ".join(filter(None, (each.action, each.agent, each.what, each.name, each.field)))
        for each in applied.items
        if each.action in actions or not actions
    ]


def test_a_file_makes_what_it_declares_and_a_second_time_changes_nothing(
    apply: Callable[..., Applied],
) -> None:
    plan, first, second = apply(dry_run=True), apply(), apply()
    memory = open_memory("sam")

    assert told(plan, "create") == told(first, "create")
    assert first.changes == 13
    assert (second.changes, second.conflicts, second.failed) == (0, 0, 0)
    assert {block.label: block.value for block in memory.core} == {
        "persona": "I help with plans.",
        "human": "Her name is Ada.",
        "notes": "Tea.",
        "plan": "Nothing is planned.",
    }
    assert memory.core["notes"].limit == 500
    assert [source.name for source in memory.sources()] == ["menu"]
    assert list(memory.readable.others()) == ["team"]
    assert agents.get_limits(Settings.load(), "sam").turns_a_day == 100
    assert agent_names(Settings.load()) == ["ann", "sam"]


def test_a_dry_run_changes_nothing(apply: Callable[..., Applied]) -> None:
    assert apply(dry_run=True).dry_run

    assert agent_names(Settings.load()) == []
    assert shared.list_archives(Settings.load()).items == []


def test_what_the_file_changes_is_told_field_by_field(apply: Callable[..., Applied]) -> None:
    apply()
    changed = (
        FILE.replace('"Tea."\nlimit = 500', '"Coffee."\nlimit = 600\nread_only = true')
        .replace("turns_a_day = 100", "turns_a_day = 50")
        .replace("Nothing is planned.", "A picnic.")
        .replace("there is soup", "there is stew")
    )

    done = apply(changed)

    assert told(done, "change") == [
        "change block plan value",
        "change sam block notes value",
        "change sam block notes limit",
        "change sam block notes read_only",
        "change sam limits sam turns_a_day",
        "change sam source menu",
    ]
    assert "'Tea.' -> 'Coffee.'" in str(done)
    block = open_memory("sam").core["notes"]
    assert (block.value, block.limit, block.read_only) == ("Coffee.", 600, True)
    assert open_memory("sam").core["plan"].value == "A picnic."
    assert apply(changed).changes == 0


def test_what_an_agent_wrote_itself_stays_until_it_is_asked_for(apply: Callable[..., Applied]) -> None:
    apply()
    memory = open_memory("sam")
    for label in ("human", "plan"):  # as the model's tool does
        memory.core.edit(label, lambda block: block.append("She likes tea."))

    kept = apply()
    overwritten = apply(overwrite=True)

    assert told(kept, "conflict") == ["conflict block plan value", "conflict sam block human value"]
    assert "stayed. overwrite=True replaces them" in str(kept)
    assert kept.changes == 0
    assert told(overwritten, "change") == ["change block plan value", "change sam block human value"]
    assert memory.core["human"].value == "Her name is Ada."
    assert apply().conflicts == 0


def test_what_code_wrote_is_brought_back(apply: Callable[..., Applied]) -> None:
    apply()
    open_memory("sam").core.set("human", "Somebody else.")

    assert told(apply(), "change", "conflict") == ["change sam block human value"]


def test_nothing_is_deleted_unless_it_is_asked_for_and_each_is_named(apply: Callable[..., Applied]) -> None:
    apply()
    less = '[agents.sam]\nhuman = "Her name is Ada."\n'

    left = apply(less)
    plan = apply(less, prune=True, dry_run=True)
    pruned = apply(less, prune=True)

    assert left.changes == 0
    assert [each.name for each in left.items if each.why == "not in the file"] == ["ann"]
    assert told(plan) == told(pruned)
    assert sorted(told(pruned, "remove")) == [
        "remove sam archive team",
        "remove sam block notes",
        "remove sam block plan",
        "remove sam source menu",
    ]
    memory = open_memory("sam")
    assert sorted(block.label for block in memory.core) == ["human", "persona"]
    assert (memory.sources(), memory.readable.others()) == ([], {})
    assert agent_names(Settings.load()) == ["ann", "sam"], "an agent is deleted by its name only"


def test_an_agent_is_removed_by_its_name_with_what_goes(apply: Callable[..., Applied]) -> None:
    apply()
    only = '[agents.ann]\nhuman = "His name is Ben."\n'

    plan = apply(only, remove=["sam"], dry_run=True)
    done = apply(only, remove=["sam"])

    assert [each.why for each in plan.items if each.action == "remove"] == ["0 messages, 1 passage"]
    assert told(done, "remove") == ["remove agent sam"]
    assert agent_names(Settings.load()) == ["ann"]
    with pytest.raises(ConfigurationError, match="declares the agent 'ann'"):
        apply(only, remove=["ann"])
    with pytest.raises(MemGPTError, match="no agent 'sam' to remove"):
        apply(only, remove=["sam"])


def test_an_agent_is_changed_completely_or_not_at_all_and_others_go_on(apply: Callable[..., Applied]) -> None:
    apply()
    broken = FILE.replace("Her name is Ada.", "Her name is Eve.").replace("limit = 500", "limit = 2")

    done = apply(broken.replace("His name is Ben.", "His name is Bob."))

    (failed,) = [each for each in done.items if each.action == "failed"]
    assert (failed.name, done.failed) == ("sam", 1)
    assert "holds at most 2 characters" in (failed.why or "")
    assert open_memory("sam").core["human"].value == "Her name is Ada."
    assert open_memory("ann").core["human"].value == "His name is Bob."


def test_a_new_agent_that_cannot_be_made_is_not_there(apply: Callable[..., Applied]) -> None:
    done = apply(
        '[agents.sam]\nhuman = "She is Ada."\n[agents.sam.blocks.notes]\nvalue = "too long"\nlimit = 3\n'
    )

    assert done.failed == 1
    assert agent_names(Settings.load()) == []


def test_users_have_files_of_their_own(apply: Callable[..., Applied]) -> None:
    create_user(Settings.load(), "ada")
    apply()

    done = apply(owner="ada")

    assert done.changes == 13, "nothing of the home itself counts as there"
    assert all(each.why != "not in the file" for each in done.items)
    with pytest.raises(MemGPTError, match="no shared block 'plan'"):
        apply('[agents.bob]\nshared_blocks = ["plan"]\n', owner=create_user(Settings.load(), "bob").name)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[agents.sam\n", "is not TOML"),
        ("[agents.sam]\nhumn = 1\n", r"line 2, \[agents.sam\], humn: there is no such key"),
        ("[agents.sam]\n\nhuman = 3\n", r"line 3, \[agents.sam\], human"),
        (
            "\n[agents.sam.blocks.notes]\nvalue = 'a'\nlimit = 0\n",
            r"line 4, \[agents.sam.blocks.notes\], limit",
        ),
        (
            "[agents.sam]\n[[agents.sam.sources]]\nname='a'\ntext='x'\n[[agents.sam.sources]]\nname='b'\n",
            r"line 5, \[agents.sam.sources.1\].*a file, a url or a text",
        ),
        ("archives = 'team'\n", "line 1, the top, archives"),
        ("[agents.sam]\nshared_blocks = ['plan']\n", r"\[agents.sam\]: there is no shared block 'plan'"),
        ("[agents.sam]\narchives = ['team']\n", r"\[agents.sam\]: there is no shared archive 'team'"),
        ("[agents.sam]\npersona = 'nobody'\n", "nobody"),
        ("[agents.sam]\nmodel = 'x'\n", "model: there is no such key"),
        ("[[agents.sam.sources]]\nfile = 'a.txt'\n", "files of the server are not read"),
        ("[agents.'a/b']\n", "a/b"),
    ],
)
def test_an_error_names_the_place_and_nothing_is_changed(
    apply: Callable[..., Applied], text: str, told: str
) -> None:
    with pytest.raises(MemGPTError, match=told):
        apply(f"{text}\n[agents.other]\n" if "[agents.sam\n" not in text else text)

    assert agent_names(Settings.load()) == []


def test_files_are_found_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "menu.txt").write_text("On Mondays there is soup.")
    declared = read_agents_file('[[agents.sam.sources]]\nfile = "menu.txt"\n')

    first, second = (apply_file(Settings.load(), declared, folder=tmp_path) for _ in range(2))

    assert told(first, "create") == ["create agent sam", "create sam source menu.txt"]
    assert second.changes == 0


def test_the_file_of_the_page_makes_its_agents(apply: Callable[..., Applied]) -> None:
    page = (ROOT / "docs/agents_file.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]

    first, second = apply(example), apply(example)

    assert (first.failed, first.conflicts, second.changes) == (0, 0, 0)
    assert agent_names(Settings.load()) == ["ann", "sam"]
    assert open_memory("sam").core["persona"].value.startswith("I am a patient librarian.")
