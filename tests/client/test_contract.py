"""One contract: a client of a server, one on an event loop, and one without a server do the same."""

from __future__ import annotations

import asyncio
import io
import itertools
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from autogen_support import agent, group, person
from clients import KINDS, open_client

from memgpt_autogen import errors
from memgpt_autogen.client import ApiError, JobFailedError, RunFailedError
from memgpt_autogen.errors import ModelError
from memgpt_autogen.home_backup import read_backup
from memgpt_autogen.testing import ScriptedLLM, call, says


def said(client: Any, *words: str, agent: str = "sam") -> list[str]:
    """Let an agent hear words, and return what it answers."""
    return [reply for each in words for reply in client.say(agent, each).replies]


def test_an_agent_lives_from_its_creation_to_its_deletion(client: Any) -> None:
    made = client.create_agent(
        "sam", human="Her name is Ada.", blocks=[{"label": "plans", "value": "a trip"}]
    )
    assert [block.label for block in made.blocks] == ["persona", "human", "plans"]
    assert client.get_agent(made.id) == client.get_agent("sam")

    assert client.change_agent("sam", "tom").name == "tom"
    forked = client.fork_agent("tom", "ann")
    assert forked.blocks == client.get_agent("tom").blocks
    assert client.delete_agent("ann", dry_run=True).dry_run
    assert client.delete_agent("ann").name == "ann"
    assert [each.name for each in client.list_agents().items] == ["tom"]
    assert client.list_active_agents().items == []


def test_a_turn_is_said_and_remembered(client: Any) -> None:
    client.create_agent("sam")

    assert said(client, "My dog is called Rex.")
    assert "Rex" in "".join(said(client, "What is my dog called?"))
    run = client.list_runs(agent="sam").items[0]
    assert (run.state, run.stop_reason) == ("ended", "yielded")
    assert client.get_log("sam", kind=["message"]).items[0].text == "What is my dog called?"


def test_a_group_of_autogen_is_told_message_by_message(client: Any) -> None:
    ben = person("ben", ["ben 0"])
    ben.initiate_chat(group(agent("sam"), ben, rounds=3), message="opening", silent=True)

    (found,) = client.list_groups().items
    first = client.read_group_messages(found.id, limit=2)
    rest = client.read_group_messages(found.id, after=first.next)
    assert client.read_group_messages(found.id, before=first.next + 1).items == first.items
    assert client.get_group(found.id) == found
    assert [each.speaker for each in [*first.items, *rest.items]] == ["ben", "sam", "ben"]
    assert (found.state, rest.next) == ("ended", None)
    with pytest.raises(errors.NotFoundError):
        client.get_group("none")


def test_a_home_is_backed_up_into_a_file(client: Any, tmp_path: Path) -> None:
    client.create_agent("sam")

    file = client.backup(tmp_path / "home.backup")

    assert read_backup(file).manifest.rows["agents"] == 1
    assert os.name == "nt" or file.stat().st_mode & 0o077 == 0


def test_a_stream_tells_the_events_and_can_be_read_again(client: Any) -> None:
    client.create_agent("sam")
    with client.stream_run("sam", "Hello!") as stream:
        events = list(stream)

    assert [each.kind for each in events][:1] == ["heard"]
    assert events[-1].kind == "turn_ended"
    assert [each.number for each in events if each.number] == list(range(1, stream.after + 1))
    again = list(client.follow_run(stream.run_id, after=2))
    assert [each.number for each in again] == [each.number for each in events if (each.number or 0) > 2]
    listed = client.read_run_events(stream.run_id, after=2)
    assert [(each.number, each.kind, each.data) for each in listed.items] == [
        (each.number, each.kind, each.data) for each in again
    ]


def test_the_texts_of_a_stream_are_the_replies(client: Any) -> None:
    client.create_agent("sam")
    stream = client.stream_run("sam", "Hello!")

    assert "".join(stream.texts()) == "\n".join(
        each.data["text"] for each in client.read_run_events(stream.run_id).items if each.kind == "replied"
    )


def test_the_same_key_is_the_same_run_and_another_request_is_refused(client: Any) -> None:
    client.create_agent("sam")
    first = client.create_run("sam", "Hello!", idempotency_key="k")

    assert client.create_run("sam", "Hello!", idempotency_key="k").id == first.id
    with pytest.raises(errors.RequestChangedError) as caught:
        client.create_run("sam", "Goodbye!", idempotency_key="k")
    assert caught.value.status == 422
    assert client.create_run("sam", "Hello!").id != first.id


def test_a_conversation_has_the_forms_that_the_api_has(client: Any) -> None:
    client.create_agent("sam")
    run = client.say(
        "sam", [{"text": "I am Bob.", "speaker": "bob"}, {"text": "And I am Eve.", "speaker": "eve"}]
    )

    assert run.state == "ended"
    heard = [(each.name, each.text) for each in client.get_log("sam", kind=["message"]).items]
    assert heard == [("eve", "And I am Eve."), ("bob", "I am Bob.")]
    assert client.say("sam", act="login").replies
    assert client.retry("sam").agent_id == client.get_agent("sam").id


def test_lists_are_gone_through_page_by_page(client: Any) -> None:
    for name in ("sam", "tom", "ann"):
        client.create_agent(name)

    assert [each.name for each in client.iterate(client.list_agents, limit=1)] == ["ann", "tom", "sam"]
    assert [each.name for each in client.iterate(client.list_agents, limit=2, search="m")] == ["tom", "sam"]


def test_core_memory_is_edited_and_no_edit_is_lost(client: Any) -> None:
    client.create_agent("sam")
    block = client.put_block("sam", "plans", "Lisbon")
    changed = client.edit_block("sam", "plans", append="Porto", if_match=block.revision)
    assert changed.value == "Lisbon\nPorto"

    with pytest.raises(errors.StaleError) as caught:
        client.edit_block("sam", "plans", value="Rome", if_match=block.revision)
    assert (caught.value.current, caught.value.yours) == ("Lisbon\nPorto", "Rome")
    with pytest.raises(errors.ConflictError):
        client.edit_block("sam", "plans", replace={"old": "Madrid", "new": "Rome"})
    with pytest.raises(errors.StaleError):
        client.put_block("sam", "plans", "Rome", if_none_match="*")
    assert client.undo_block("sam", "plans").value == "Lisbon"
    assert client.share_block("sam", "plans").shared
    assert client.get_shared_block("plans").agents == ["sam"]
    assert len(client.get_block_history("sam", "plans").items) == 4
    assert client.delete_block("sam", "plans") is None
    assert [each.label for each in client.list_blocks("sam").items] == ["persona", "human"]


def test_passages_are_stored_found_changed_and_deleted(client: Any) -> None:
    client.create_agent("sam")
    at = datetime(2025, 5, 1, tzinfo=timezone.utc)
    (passage,) = client.add_passages("sam", "Tigers swim.", tags=["cats"], source="book", created_at=at).items
    assert passage.created_at == at

    assert client.list_passages("sam", tag=["cats"], start=at).items == [passage]
    assert client.list_passages("sam", tag=["dogs"]).items == []
    assert client.list_passages("sam", order="newest").items == [passage]
    assert [each.passages for each in client.list_agent_archives("sam").items] == [1]
    found = client.search("sam", ["swim"], tiers=["archival"], explain=True).items[0]
    assert (found.passage.id, found.why[0].words) == (passage.id, ["swim"])
    assert client.edit_passage("sam", passage.id, tags=["big"], if_match=passage.revision).tags == ["big"]
    assert client.get_passage("sam", passage.id).tags == ["big"]
    (new,) = client.add_passages("sam", "Tigers dive.", replaces=[passage.id]).items
    versions = client.list_passage_versions("sam", passage.id)
    assert [each.id for each in versions.items] == [passage.id, new.id]
    assert versions.dependents == []
    assert client.list_passages("sam", as_of=at).items[0].replaced_by == [new.id]
    assert [each.id for each in client.search("sam", ["swim"], tiers=["archival"]).items[0].newest] == [
        new.id
    ]
    client.delete_passage("sam", passage.id)
    with pytest.raises(errors.NotFoundError):
        client.get_passage("sam", passage.id)


def test_the_past_is_seen_and_taken_back(client: Any) -> None:
    client.create_agent("sam")
    start = client.get_agent("sam").seq
    client.edit_block("sam", "human", value="Ada")
    said(client, "Hello!")
    end = client.get_agent("sam").seq

    assert client.get_state("sam", start).seq == start
    assert client.get_difference("sam", start, end).blocks[0].after == "Ada"
    assert client.get_history("sam").items[0].what == "set"
    before = client.rewrite("sam", "Good day.").before
    assert before
    assert client.undo("sam").items[0].what == "undo"
    assert client.redo("sam").items
    assert client.pop("sam", 2).items[0].text == "Hello!"
    assert client.get_window("sam").prompt_tokens > 0
    said(client, "Tea grows in the Azores.")
    said(client, "And in Asia.")
    assert client.compact("sam").evicted
    assert [each.cause for each in client.list_evictions("sam").items] == ["compact"]
    with pytest.raises(errors.HistoryError):
        client.get_state("sam", 10_000)
    with pytest.raises(errors.ConfigurationError, match="Swap them"):
        client.get_difference("sam", end, start)


def test_documents_are_loaded_from_files_and_texts(client: Any, tmp_path: Path) -> None:
    client.create_agent("sam")
    (tmp_path / "moon.txt").write_text("The moon is far away.")

    jobs = [
        client.load("sam", tmp_path / "moon.txt"),
        client.load("sam", ("sun.txt", b"The sun is hot."), tag=["sky", "day"]),
        client.load("sam", ("mars.txt", io.BytesIO(b"Mars is red."))),
        client.load("sam", text="Venus is bright.", name="venus"),
    ]

    assert [job.state for job in jobs] == ["ended"] * 4
    assert [job.result.came for job in jobs] == [["moon.txt"], ["sun.txt"], ["mars.txt"], ["venus"]]
    assert {each.name for each in client.list_sources("sam").items} == {
        "moon.txt", "sun.txt", "mars.txt", "venus"
    }  # fmt: skip
    assert client.list_passages("sam", tag=["sky"]).items[0].text == "The sun is hot."
    assert client.delete_source("sam", "sun.txt").name == "sun.txt"
    assert len(client.list_jobs(agent="sam").items) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="names of files are characters there")
def test_a_file_whose_name_is_no_text_is_loaded(client: Any, tmp_path: Path) -> None:
    client.create_agent("sam")
    file = tmp_path / os.fsdecode(b"caf\xe9.txt")
    try:
        file.write_text("Ada likes tea.")
    except OSError:
        pytest.skip("this file system has no such names")

    job = client.wait_for_job(client.load_source("sam", file).id)

    assert job.state == "ended"
    assert [each.name for each in client.list_sources("sam").items] == ["caf\ufffd.txt"]


def test_a_document_that_cannot_be_loaded_says_why(client: Any, tmp_path: Path) -> None:
    client.create_agent("sam")

    with pytest.raises(JobFailedError, match=r"'a.pdf' could not be loaded") as caught:
        client.load("sam", ("a.pdf", b"%PDF-1.4 nothing"))
    assert caught.value.job.state == "failed"
    with pytest.raises(errors.ConfigurationError, match="cannot be read"):
        client.load_source("sam", tmp_path / "nothing.txt")
    with pytest.raises(errors.ConfigurationError, match="one of them"):
        client.load_source("sam")
    with pytest.raises(JobFailedError):
        client.load("sam", url="http://127.0.0.1:9/secret")


def test_a_job_is_followed_until_it_has_ended(client: Any) -> None:
    client.create_agent("sam")
    job = client.load_source("sam", text="The moon. " * 2000, name="moon")

    followed = list(client.follow_job(job.id))

    assert followed[-1].state == "ended"
    assert all(before != after for before, after in itertools.pairwise(followed))
    assert client.wait_for_job(job.id) == followed[-1]


def test_an_agent_moves_by_one_file(client: Any, tmp_path: Path) -> None:
    client.create_agent("sam", human="Ada")
    said(client, "My dog is called Rex.")

    file = client.export_agent("sam", tmp_path / "sam.zip")
    assert file == tmp_path / "sam.zip"
    client.export_agent("sam", file)  # in place of the one that is there
    moved = client.import_agent(file, name="tom")

    assert moved.messages == client.get_agent("sam").messages
    assert "Rex" in "".join(said(client, "What is my dog called?", agent="tom"))
    assert not list(tmp_path.glob("*.part"))
    with pytest.raises(errors.TakenError):
        client.import_agent(file)
    with pytest.raises(errors.ConfigurationError):
        client.import_agent(("x.zip", b"no bundle"))


def test_words_are_forgotten_with_a_report(client: Any) -> None:
    client.create_agent("sam")
    said(client, "My dog is called Rex.")

    assert client.forget("sam", query="Rex", dry_run=True).messages == 1
    assert client.forget("sam", query="Rex").messages == 1
    assert not [each for each in client.get_log("sam", limit=200).items if "Rex" in each.text]


def test_users_keys_and_limits_are_kept_and_noted(client: Any) -> None:
    client.create_user("ada")
    made = client.create_key("ada", "laptop", scopes=["read"])
    assert made.key.startswith("mga_")
    assert [each.name for each in client.list_keys("ada").items] == ["laptop"]
    assert client.put_limits("ada", turns_a_day=3).turns_a_day == 3
    assert client.put_key_limits("ada", "laptop", tokens_a_day=5).tokens_a_day == 5
    assert client.change_user("ada", True).suspended_at is not None
    assert client.revoke_key("ada", "laptop").revoked_at is not None
    assert client.delete_user("ada").name == "ada"

    acts = [(each.action, each.what, each.name, each.key_id) for each in client.list_acts().items]
    assert acts == [
        ("delete_user", "people", "ada", None),
        ("revoke_key", "people", "laptop", None),
        ("change_user", "people", "ada", None),
        ("put_key_limits", "people", "ada/laptop", None),
        ("put_limits", "people", "ada", None),
        ("create_key", "people", "laptop", None),
        ("create_user", "people", "ada", None),
    ]
    assert client.me().user.name == "home"


def test_what_is_shared_is_shared_and_granted(client: Any) -> None:
    client.create_user("ada")
    client.create_agent("sam")
    block = client.create_shared_block("team", value="us")
    client.put_block("sam", "team", "us", shared=True)
    assert client.get_shared_block("team").agents == ["sam"]
    assert client.edit_shared_block("team", value="all", if_match=block.revision).value == "all"
    assert client.grant_block("team", "ada", may="write").may == "write"
    assert client.revoke_block("team", "ada") is None

    client.create_archive("library")
    (passage,) = client.add_archive_passages("library", "Whales sing.").items
    client.attach_archive("sam", "library")
    assert client.get_archive("library").agents == ["sam"]
    assert client.get_archive_passage("library", passage.id).text == "Whales sing."
    (new,) = client.add_archive_passages("library", "Whales click.", replaces=[passage.id]).items
    versions = client.list_archive_passage_versions("library", new.id).items
    assert [each.id for each in versions] == [passage.id, new.id]
    assert [each.user for each in [client.grant_archive("library", "ada")]] == ["ada"]
    assert client.list_archive_grants().given[0].name == "library"
    with pytest.raises(ApiError) as caught:
        client.delete_archive("library")
    assert caught.value.status == 409


def test_mcp_servers_are_added_seen_replaced_and_deleted(client: Any) -> None:
    client.create_agent("sam")
    made = client.put_mcp_server("tickets", url="https://mcp.example.com/mcp", agents=["sam"], check=False)
    assert (made.name, made.agents, made.tools) == ("tickets", [client.get_agent("sam").id], [])
    assert client.get_mcp_server("tickets") == client.get_mcp_server(made.id) == made

    other = client.put_mcp_server(
        "tickets", url="https://mcp.example.com/other", headers={"X-Key": "${MCP_KEY}"}, check=False
    )
    assert (other.id, other.agents) == (made.id, None)
    assert client.list_mcp_servers().items == [other]
    for options in ({"name": "a b"}, {"command": ["a"]}, {"url": "ftp://mcp.example.com"}):
        with pytest.raises((errors.ConfigurationError, ApiError)):
            client.put_mcp_server(
                **{"name": "x", "url": "https://mcp.example.com", "check": False, **options}
            )
    client.delete_mcp_server("tickets")
    assert client.list_mcp_servers().items == []
    for refused in (client.get_mcp_server, client.delete_mcp_server):
        with pytest.raises(errors.NotFoundError, match="tickets"):
            refused("tickets")


def test_templates_models_tools_and_usage_are_told(client: Any) -> None:
    stored = client.put_template("persona", "pirate", "I am a pirate.")
    assert client.get_template("persona", "pirate") == stored
    assert client.delete_template("persona", "pirate", if_match=stored.revision) is None

    client.create_agent("sam")
    said(client, "Hello!")
    assert client.get_models().model == client.get_models(discover=False).model == "offline"
    assert "send_message" in {each.name for each in client.list_tools("sam").items}
    assert client.run_tool("sam", "core_memory_append", {"label": "human", "content": "Ada"}).ok
    assert client.get_usage().items[0].runs == 1
    assert client.put_agent_limits("sam", turns_a_day=1).turns_a_day == 1
    with pytest.raises(errors.LimitReachedError) as caught:
        client.say("sam", "Hello again!")
    assert caught.value.status == 429
    assert caught.value.retry_after > 3600
    assert client.health().status == "ok"
    assert client.ready().ready
    assert client.get_server_state().waiting.queued == 0


REFUSED: dict[str, tuple[Callable[[Any], Any], int, str]] = {
    "a name that nobody has": (lambda client: client.get_agent("nobody"), 404, "there is no agent 'nobody'"),
    "a name that is taken": (lambda client: client.create_agent("sam"), 409, "Give another name"),
    "a number that is too large": (lambda client: client.list_agents(limit=1000), 422, "query.limit: "),
    "a text that is too long": (lambda client: client.create_agent("x" * 65), 422, "body.name: "),
    "a body that changes nothing": (lambda client: client.edit_block("sam", "human"), 422, "is given"),
    "a value of another kind": (lambda client: client.create_key("home", 7), 422, "body.name: "),
    "a word that is none of these": (lambda client: client.get_usage(by="moon"), 422, "query.by: "),
    "a time without a zone": (
        lambda client: client.list_passages("sam", start=datetime(2025, 1, 1)),  # noqa: DTZ001 - on purpose
        422,
        "query.start: ",
    ),
    "no name at all": (lambda client: client.create_agent(""), 422, "body.name: "),
    "a block that is too long": (
        lambda client: client.put_block("sam", "small", "a long text", limit=3), 422, "at most 3 characters"
    ),
    "a cursor of another list": (lambda client: client.list_agents(cursor="x"), 400, "no cursor of"),
    "a run that nobody has": (lambda client: client.get_run("nothing"), 404, "there is no run"),
    "a stream of nothing": (lambda client: list(client.follow_run("nothing")), 404, "there is no run"),
    "a turn of nobody": (lambda client: client.say("nobody", "Hi"), 404, "there is no agent 'nobody'"),
    "words that are none": (lambda client: client.say("sam"), 422, "act=say needs an input"),
    "no character": (lambda client: client.say("sam", "a\ud800b"), 422, "body.input: it has a"),
    "no character in a list": (
        lambda client: client.create_run("sam", [{"text": "", "content": [{"text": "\udfff"}]}]),
        422, "body.input.0.content.0.text: it",
    ),
    "no character in a stream": (
        lambda client: list(client.stream_run("sam", "a\ud800b")), 422, "body.input: it has a"
    ),
    "no character in a path": (lambda client: client.get_agent("a\ud800"), 422, "path.agent: it has a"),
    "no character to search": (lambda client: client.list_agents(search="\ud800"), 422, "query.search: it"),
    "no character of a document": (
        lambda client: client.load_source("sam", text="a\ud800b", name="notes"), 422, "body.text: it has a"
    ),
    "a header that is more than ASCII": (
        lambda client: client.say("sam", "Hi", idempotency_key="schlüssel"), 422, "header.idempotency-key: "
    ),
    "a template of another kind": (lambda client: client.list_templates("moon"), 422, "path.kind: "),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_refused_is_refused_with_the_same_words(kind: str) -> None:
    with open_client(kind) as client:
        client.create_agent("sam")
        for what, (ask, status, words) in REFUSED.items():
            with pytest.raises(ApiError) as caught:
                ask(client)
            assert caught.value.status == status, what
            assert words in str(caught.value), what


@pytest.mark.parametrize("kind", KINDS)
def test_a_turn_waits_for_the_results_of_others(kind: str) -> None:
    weather = {"name": "weather", "description": "Tell the weather.", "parameters": {"type": "object"}}
    llm = ScriptedLLM(says("", call("weather")), says("", call("send_message", message="It is sunny.")))
    with open_client(kind, llm=llm) as client:
        client.create_agent("sam")
        tools = [{"type": "function", "function": weather}]
        run = client.say("sam", "How is the weather?", tools=tools)
        assert run.state == "suspended"
        assert [each.name for each in run.waiting] == ["weather"]

        replies = []
        for event in client.follow_run(run.id):
            if event.kind == "suspended":
                (waits,) = event.data["calls"]
                client.give_run_results(run.id, {waits["id"]: {"text": "sunny"}})
            if event.kind == "replied":
                replies.append(event.text)

        assert replies == ["It is sunny."]
        assert client.get_run(run.id).state == "ended"


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_fails_is_an_error_that_names_the_run(kind: str) -> None:
    class Failing:
        model = "failing"

        def complete(self, *_args: Any, **_options: Any) -> Any:
            raise ModelError("the model does not answer")

    with open_client(kind, llm=Failing()) as client:
        client.create_agent("sam")
        with pytest.raises(RunFailedError, match="the model does not answer") as caught:
            client.say("sam", "Hello!")

        assert caught.value.run.state == "failed"
        assert list(client.stream_run("sam", "Hello!"))[-1].kind == "error"


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_is_cancelled(kind: str) -> None:
    with open_client(kind) as client:
        client.create_agent("sam")
        run = client.create_run("sam", "Hello!")
        client.cancel_run(run.id)

        list(client.follow_run(run.id))
        assert client.get_run(run.id).state in ("cancelled", "ended")  # it may have been faster


def test_threads_share_a_client(client: Any) -> None:
    names = [f"agent{number}" for number in range(4)]

    def live(name: str) -> list[str]:
        client.create_agent(name)
        return said(client, f"My dog is called {name}.", "What is my dog called?", agent=name)

    with ThreadPoolExecutor(len(names)) as threads:
        replies = list(threads.map(live, names))

    assert all(name in said_last for name, (_, said_last) in zip(names, replies, strict=True))


@pytest.mark.parametrize("kind", ["Client", "LocalClient"])
def test_a_client_works_where_an_event_loop_runs_as_in_a_notebook(kind: str) -> None:
    async def cell() -> list[str]:
        with open_client(kind) as client:
            client.create_agent("sam")
            return said(client, "Hello!")

    assert asyncio.run(cell())
