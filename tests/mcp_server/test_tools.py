"""The six tools: what they return, how short it is, and what a model reads when something is wrong."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import pytest
from mcp_memory import access_to, call, refusal, values

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.llm.tokens import OpenAICounter
from memgpt_autogen.mcp_server import fetching, searching, tools
from memgpt_autogen.mcp_server.access import Access, Said
from memgpt_autogen.mcp_server.arguments import input_schema
from memgpt_autogen.mcp_server.tools import TOOLS, offered
from memgpt_autogen.messages import Message
from memgpt_autogen.service.blocks import BlockEdit, edit_block
from memgpt_autogen.settings import Settings

SCHEMA_TOKENS = 2000


@pytest.fixture
def access() -> Access:
    """Access to an agent with words in all tiers."""
    memory = open_memory("sam", Settings.load(), human="Ada lives in Lisbon.\nShe has a boat.")
    memory.log.append(
        Message.said_by("ada", "The boat is called Heron."),
        Message.said_by("ben", "Mine is called Gull."),
        Message.said_by("ada", "We sail on Friday."),
    )
    memory.archival.insert("The boat needs new ropes.", tags=["boats"])
    return access_to()


def test_there_are_exactly_six_tools_which_cost_few_tokens() -> None:
    """As a client has them in each of its prompts: names, descriptions, schemas and annotations."""
    pytest.importorskip("mcp_types", reason="version 2 of the MCP SDK is not installed")
    from memgpt_autogen.mcp_server.server import tool_of

    listed = [tool_of(tool).model_dump(by_alias=True, exclude_none=True) for tool in TOOLS.values()]

    assert list(TOOLS) == ["search", "fetch", "remember", "read_core", "edit_core", "say"]
    assert OpenAICounter("o200k_base").count(json.dumps(listed)) <= SCHEMA_TOKENS


def test_schemas_have_no_null_and_no_titles() -> None:
    for tool in TOOLS.values():
        schema = input_schema(tool.arguments)

        assert schema["type"] == "object"
        assert set(schema["properties"]) == set(tool.arguments.model_fields)
        assert '"null"' not in json.dumps(schema)
        assert '"title"' not in json.dumps(schema)


def test_search_finds_words_in_all_tiers_and_says_why(access: Access) -> None:
    found = values(access, "search", query="boat")["results"]

    assert {each["id"].partition(":")[0] for each in found} == {"core", "recall", "archival"}
    said = next(each for each in found if each["id"].startswith("recall:"))
    assert said["title"].startswith("ada, 20")
    assert said["text"] == "The boat is called Heron."
    assert said["url"] == f"memory://sam/recall/{said['id'].partition(':')[2]}"
    assert "words: boat" in said["why"]
    assert next(each for each in found if each["id"].startswith("archival:"))["tags"] == ["boats"]


def test_search_takes_tiers_speakers_tags_dates_and_a_limit(access: Access) -> None:
    def ids(**asked: object) -> list[str]:
        return [
            each["id"]
            for each in values(access, "search", **{"query": "boat called ropes", **asked})["results"]
        ]

    assert {id_.partition(":")[0] for id_ in ids(tiers=["archival"])} == {"archival"}
    assert {id_.partition(":")[0] for id_ in ids(tags=["boats"])} == {"archival"}
    (ben,) = ids(speaker="Ben")
    assert values(access, "fetch", id=ben)["text"] == "Mine is called Gull."
    assert ids(end_date="2020-01-01") == []
    assert len(ids(limit=1)) == 1
    assert ids(start_date=None, speaker=None) == ids()


def test_an_empty_query_lists_what_was_said_by_somebody_or_then(access: Access) -> None:
    by_ada = values(access, "search", query="", speaker="ada")["results"]

    assert [each["text"] for each in by_ada] == ["The boat is called Heron.", "We sail on Friday."]
    assert len(values(access, "search", query=" ", start_date="2020-01-01")["results"]) == 3
    assert "words to look for" in refusal(access, "search", query=" ")


def test_results_are_short_and_say_what_is_left_out(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    open_memory("sam", Settings.load()).log.append(
        *(Message.said_by("ada", f"Anchor {number}: {'chain ' * 400}") for number in range(30))
    )

    found = values(access, "search", query="anchor", limit=30)

    assert "characters]" in found["results"][0]["text"]
    assert len(json.dumps(found["results"], ensure_ascii=False)) <= searching.RESULT_CHARACTERS + 2 * 30
    left = 30 - len(found["results"])
    assert left > 0
    assert f"{left} more results had no room" in found["notes"][-1]


def test_a_search_without_results_says_what_to_try(access: Access) -> None:
    found = values(access, "search", query="zeppelin")

    assert found["results"] == []
    assert "other words" in found["notes"][0]


def test_fetch_returns_what_was_said_with_the_turns_around_it(access: Access) -> None:
    ben = values(access, "search", query="gull", tiers=["recall"])["results"][0]

    found = values(access, "fetch", id=ben["id"])

    assert found["text"] == "Mine is called Gull."
    assert [each["text"] for each in found["before"]] == ["The boat is called Heron."]
    assert [each["text"] for each in found["after"]] == ["We sail on Friday."]
    assert found["metadata"]["speaker"] == "ben"
    assert values(access, "fetch", id=found["after"][0]["id"])["text"] == "We sail on Friday."


def test_fetch_returns_a_part_of_a_long_note_with_its_neighbours(access: Access) -> None:
    ids = values(access, "remember", text="\n\n".join(f"Chapter {n}. {'word ' * 150}" for n in range(6)))[
        "ids"
    ]
    assert len(ids) > 2

    found = values(access, "fetch", id=ids[1])

    assert found["before"][0]["id"] == ids[0]
    assert found["after"][0]["id"] == ids[2]
    assert found["metadata"]["part"] == f"2 of {len(ids)}"


def test_fetch_returns_a_block_also_by_one_of_its_lines(access: Access) -> None:
    (line,) = values(access, "search", query="Lisbon", tiers=["core"])["results"]

    found = values(access, "fetch", id=line["id"])

    assert found["text"] == "Ada lives in Lisbon.\nShe has a boat."
    assert found["metadata"]["line"] == "1"
    blocks = values(access, "read_core")["blocks"]
    assert found["metadata"]["revision"] in {block["revision"] for block in blocks}


def test_fetch_reads_a_shared_archive_that_the_agent_reads_and_no_other(access: Access) -> None:
    ids = [
        open_memory(name, Settings.load(), archive=archive)
        .archival.insert(f"The {archive} plan: oars.")[0]
        .id
        for name, archive in (("ann", "team"), ("eve", "secret"))
    ]
    open_memory("sam", Settings.load()).attach(archive="team")

    assert values(access, "fetch", id=f"archival:{ids[0]}")["metadata"]["archive"] == "team"
    assert "there is no note" in refusal(access, "fetch", id=f"archival:{ids[1]}")


def test_fetch_cuts_a_very_long_text_and_says_where_it_goes_on(access: Access) -> None:
    text = "".join(f"{number:07d} " for number in range(3000))
    (entry,) = open_memory("sam", Settings.load()).log.append(Message.said_by("ada", text.strip()))

    first = values(access, "fetch", id=f"recall:{entry.seq}")
    rest = values(access, "fetch", id=f"recall:{entry.seq}", start=fetching.FETCH_CHARACTERS)

    assert first["text"] + rest["text"] == text.strip()
    assert f"start={fetching.FETCH_CHARACTERS}" in first["cut"]
    assert "start=" not in rest["cut"]
    assert "the text has 23,999 characters" in refusal(access, "fetch", id=f"recall:{entry.seq}", start=10**6)


@pytest.mark.parametrize(
    "id_",
    ["", "12", "nothing:1", "recall:", "recall:0", "recall:-1", "recall:9" * 20, "core:x", "archival:x"],
)
def test_an_id_that_is_of_nothing_is_refused_in_words(access: Access, id_: str) -> None:
    text = refusal(access, "fetch", id=id_)

    assert "id" in text or "there is no block" in text


def test_what_was_taken_back_is_not_fetched(access: Access) -> None:
    memory = open_memory("sam", Settings.load())
    (entry,) = memory.log.append(Message.said_by("ada", "A secret."))
    memory.pop(1)

    assert "taken back" in refusal(access, "fetch", id=f"recall:{entry.seq}")


def test_remember_twice_is_one_note_with_all_tags(access: Access) -> None:
    first = values(access, "remember", text="The mast is blue.", tags=["mast"])
    second = values(access, "remember", text="The mast is blue.", tags=["blue"])

    assert first == second
    (found,) = values(access, "search", query="mast", tiers=["archival"])["results"]
    assert sorted(found["tags"]) == ["blue", "mast"]
    assert "no text" in refusal(access, "remember", text=" ")


def test_core_memory_is_read_and_edited_by_revision(access: Access) -> None:
    (human,) = values(access, "read_core", label="human")["blocks"]

    edited = values(access, "edit_core", label="human", old="Lisbon", new="Porto", revision=human["revision"])
    added = values(
        access, "edit_core", label="human", old="", new="She is 30.", revision=edited["block"]["revision"]
    )

    assert edited["block"]["text"] == "Ada lives in Porto.\nShe has a boat."
    assert added["block"]["text"].endswith("\nShe is 30.")
    assert values(access, "read_core", label="human")["blocks"] == [added["block"]]


def test_an_edit_of_a_block_that_was_changed_is_told_with_both_texts(access: Access) -> None:
    (human,) = values(access, "read_core", label="human")["blocks"]
    edit_block(access.settings, "sam", "human", BlockEdit(old="Lisbon", new="Rome"))

    text = refusal(
        access, "edit_core", label="human", old="Lisbon", new="Ada lives in Oslo.", revision=human["revision"]
    )

    (now,) = values(access, "read_core", label="human")["blocks"]
    assert "was changed since you read it" in text
    assert now["revision"] in text
    assert "Ada lives in Rome." in text
    assert "Ada lives in Oslo." in text
    assert values(access, "edit_core", label="human", old="Rome", new="Oslo", revision=now["revision"])


@pytest.mark.parametrize("revision", ["*", "", "0" * 24])
def test_an_edit_needs_the_revision_and_no_other_word_for_it(access: Access, revision: str) -> None:
    text = refusal(access, "edit_core", label="human", old="Lisbon", new="Oslo", revision=revision)

    assert "was changed since you read it" in text
    assert "Lisbon" in values(access, "read_core", label="human")["blocks"][0]["text"]


def test_a_text_that_is_not_in_the_block_once_is_told_with_the_block(access: Access) -> None:
    (human,) = values(access, "read_core", label="human")["blocks"]

    text = refusal(access, "edit_core", label="human", old="Madrid", new="Oslo", revision=human["revision"])

    assert "does not hold the text 'Madrid'" in text
    assert "Ada lives in Lisbon." in text


def test_a_block_that_is_read_only_for_models_stays(access: Access) -> None:
    block = edit_block(access.settings, "sam", "human", BlockEdit(read_only=True))
    (human,) = values(access, "read_core", label="human")["blocks"]

    assert human["read_only"] is True
    assert "read-only" in refusal(
        access, "edit_core", label="human", old="Lisbon", new="", revision=human["revision"]
    )
    assert values(access, "read_core", label="human")["blocks"][0]["text"] == block.value


def test_a_block_that_would_be_too_long_names_the_limit(access: Access) -> None:
    (human,) = values(access, "read_core", label="human")["blocks"]

    assert "2000 characters" in refusal(
        access, "edit_core", label="human", old="", new="x" * 3000, revision=human["revision"]
    )


def test_core_memory_with_much_text_is_cut_and_one_block_is_whole(access: Access) -> None:
    edit_block(access.settings, "sam", "persona", BlockEdit(value="p" * 15_000, limit=20_000))
    edit_block(access.settings, "sam", "human", BlockEdit(value="h" * 15_000, limit=20_000))

    blocks = values(access, "read_core")["blocks"]
    (human,) = values(access, "read_core", label="human")["blocks"]

    assert sum(len(block["text"]) for block in blocks) == 20_000
    assert [block["label"] for block in blocks if "15,000 characters" in block.get("cut", "")] == ["human"]
    assert human["text"] == "h" * 15_000


def test_a_key_that_may_only_read_has_the_reading_tools_and_others_name_the_scope(access: Access) -> None:
    reader = replace(access, scopes=frozenset({"read"}))

    assert [tool.name for tool in offered(reader)] == ["search", "fetch", "read_core"]
    assert all(tool.reads for tool in offered(reader))
    for name, arguments in (("remember", {"text": "x"}), ("edit_core", {}), ("say", {"message": "x"})):
        assert f"needs the scope '{TOOLS[name].scope}', and this connection has read" in refusal(
            reader, name, **arguments
        )
    assert "has none" in refusal(replace(access, scopes=frozenset()), "search", query="boat")


def test_say_is_off_until_somebody_switches_it_on(access: Access) -> None:
    async def echo(text: str) -> Said:
        return Said("ended", (f"You said {text}", "Bye."), "run-1")

    assert "say" not in [tool.name for tool in offered(access)]
    assert (
        refusal(access, "say", message="Hello")
        == "say is switched off here, since it costs a model. Start it with --say."
    )
    talking = replace(access, say=echo)
    assert "say" in [tool.name for tool in offered(talking)]
    assert values(talking, "say", message="Hello") == {
        "reply": "You said Hello\n\nBye.",
        "state": "ended",
        "run": "run-1",
    }


@pytest.mark.parametrize("state", ["suspended", "cancelled", "running"])
def test_a_turn_that_has_not_ended_says_so(access: Access, state: str) -> None:
    async def say(_: str) -> Said:
        return Said(state)

    answer = values(replace(access, say=say), "say", message="Hello")

    assert answer["state"] == state
    assert answer["note"]


def test_a_turn_that_failed_says_why(access: Access) -> None:
    async def say(_: str) -> Said:
        return Said("failed", error="the model does not answer")

    assert refusal(replace(access, say=say), "say", message="Hello") == "the model does not answer"


def test_wrong_arguments_are_named_without_their_values(access: Access) -> None:
    assert "query: field required" in refusal(access, "search")
    assert "lang: there is no such argument. It takes query," in refusal(
        access, "search", query="x", lang="hush"
    )
    assert "hush" not in refusal(access, "search", query="x", limit="hush")
    assert "limit" in refusal(access, "search", query="x", limit=1000)
    assert "is not a date" in refusal(access, "search", query="x", start_date="yesterday")
    assert "Swap the two" in refusal(
        access, "search", query="x", start_date="2026-02-01", end_date="2026-01-01"
    )
    assert "there is no tool 'nothing'. There are: search, fetch" in refusal(access, "nothing")


def test_an_error_that_nobody_knows_tells_nothing_of_its_text(
    access: Access, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("hush 5ecret")

    monkeypatch.setattr(tools, "TOOLS", {**TOOLS, "search": replace(TOOLS["search"], run=broken)})

    with caplog.at_level(logging.ERROR):
        text = refusal(access, "search", query="boat")

    assert text == tools.BUG
    assert caplog.records[-1].exc_info is not None


def test_changes_are_noted_in_the_audit_without_contents(access: Access) -> None:
    from memgpt_autogen.service.people import list_acts

    values(access, "remember", text="The mast is blue.")
    (human,) = values(access, "read_core", label="human")["blocks"]
    values(access, "edit_core", label="human", old="Lisbon", new="Porto", revision=human["revision"])
    call(access, "search", query="boat")

    noted = [(act.action, act.what, act.name) for _, act in list_acts(access.settings).items]
    assert noted[:2] == [("edit_block", "blocks", "sam/human"), ("add_passages", "passages", "sam")]
    assert "Porto" not in str(noted)
