"""Moving house: an agent in one file, and out of it again in another home, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, get_args

import portalocker
import pytest
from fuzzing import TORTURE
from loops import LoopFactory, MemoryFactory
from workers import run_program

from memgpt_autogen import __version__
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ConfigurationError, MemGPTError, StorageError
from memgpt_autogen.events import Replied
from memgpt_autogen.home import agent_names, check_import, import_memory
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.memory.storage.tables import metadata
from memgpt_autogen.memory.upkeep.bundle_schema import ROLES
from memgpt_autogen.memory.upkeep.whole_file import NOT_WAITING
from memgpt_autogen.messages import Kind, Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, ScriptedLLM, call, says

SECRET = "sk-planted-5f2c81a7"


pytestmark = pytest.mark.sqlite  # two homes are two databases; test_postgresql moves agents to and fro


@pytest.fixture
def away(tmp_path: Path) -> Settings:
    """The home that the agent moves to."""
    return Settings.load(home=tmp_path / "away")


@pytest.fixture
def lived(make_memory: MemoryFactory, make_loop: LoopFactory) -> MemoryHierarchy:
    """An agent with something of everything."""
    memory = make_memory(
        blocks=[
            Block("project", "heron\nRelease: 14 May.", limit=300, description='what "we" <do>'),
            Block("rules", "Be kind.", read_only=True),
        ]
    )
    loop = make_loop(
        says("hm", call("archival_memory_insert", content="Ada likes green tea.", tags=["ada"])),
        says("", call("core_memory_append", label="human", content="Ada: engineer"), call("nonsense", x=1)),
        says("", call("send_message", message="Hello Ada.\nTea?")),
        memory=memory,
    )
    list(
        loop.run(
            [Message.said_by("ada", "Hi, I like tea. \U0001f9a9", content=[{"type": "image_url", "n": 1.5}])]
        )
    )
    memory.log.append(
        Message.said_by("ben", "cake at noon", chat=["boss", "ada", "ben", "sam"]),
        Message("assistant", "Noted by hand.", "spoken", extra={"to": "ben"}),
    )
    memory.queue.evict(3, "Ada said hello.", "model")
    memory.queue.evict(5, "Ada said hello and likes tea.", "extract")
    memory.log.append(Message.said_by("ada", "What did Ben bring?"))
    memory.core.set("project", "heron\nRelease: 21 May.")
    memory.archival.insert(
        " ".join(f"Part {line} of the minutes." for line in range(150)),
        source="minutes.md",
        tags=["long", "ben"],
    )
    memory.pause.set(datetime(2031, 5, 1, tzinfo=timezone.utc))
    return memory


def everything(memory: MemoryHierarchy) -> dict[str, Any]:
    """All that an agent remembers, without ids."""
    records = [
        {name: value for name, value in record.items() if name not in ("archive", "parent")}
        for record in memory.archival.dump()
    ]
    return {
        "blocks": list(memory.core),
        "log": memory.log.everything(),
        "summary": memory.queue.summary,
        "evictions": memory.queue.evictions(),
        "paused": memory.pause.until,
        "passages": sorted(records, key=lambda record: (record["created_at"], record["part"])),
    }


def found_in(memory: MemoryHierarchy, query: str) -> list[tuple[float, str, str]]:
    """What an archival search finds; those that fit equally well come in any order."""
    hits = memory.archival.search(query).items
    return sorted((-hit.score, hit.passage.text, hit.why) for hit in hits)


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The bundle with other parts; the manifest is made to fit, so that only the change is wrong."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    change(parts)
    manifest = json.loads(parts["manifest.json"])
    if isinstance(manifest.get("parts"), dict):
        for name, part in manifest["parts"].items():
            raw = parts.get(f"{name}.jsonl", b"")
            sha256 = hashlib.sha256(raw).hexdigest()
            part.update(bytes=len(raw), lines=raw.count(b"\n"), sha256=sha256)
        parts["manifest.json"] = json.dumps(manifest).encode()
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name, raw in parts.items():
            new.writestr(name, raw)
    return changed


def with_line(file: str, number: int, /, **fields: Any) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        lines = parts[f"{file}.jsonl"].splitlines(keepends=True)
        line = {**json.loads(lines[number - 1]), **fields}
        lines[number - 1] = json.dumps(line).encode() + b"\n"
        parts[f"{file}.jsonl"] = b"".join(lines)

    return change


def with_manifest(**fields: Any) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        parts["manifest.json"] = json.dumps({**json.loads(parts["manifest.json"]), **fields}).encode()

    return change


def nothing_there(settings: Settings) -> bool:
    return agent_names(settings) == [] and not (settings.home / "archives").exists()


def test_an_agent_moves_with_all_it_remembers(lived: MemoryHierarchy, tmp_path: Path, away: Settings) -> None:
    moved = import_memory(lived.export(tmp_path / "sam.zip"), settings=away)

    assert everything(moved) == everything(lived)
    assert moved.log.agent_id != lived.log.agent_id
    assert moved.compile("Be brief.") == lived.compile("Be brief.")
    for query in ("tea", "part", '"cake at noon"'):
        assert moved.recall.search(query) == lived.recall.search(query)
        assert found_in(moved, query) == found_in(lived, query)


def test_the_next_turn_is_the_one_it_would_have_been_at_home(
    lived: MemoryHierarchy, tmp_path: Path, away: Settings
) -> None:
    moved = import_memory(lived.export(tmp_path / "sam.zip"), settings=away)
    told, prompts = [], []
    for memory in (lived, moved):
        llm = ScriptedLLM(says("", call("send_message", message="Cake.")))
        told.append([event.text for event in open_loop(memory, llm).run() if isinstance(event, Replied)])
        prompts.append(llm.requests[0])

    assert told[0] == told[1] == ["Cake."]
    assert prompts[0] == prompts[1]


def test_moving_on_and_on_changes_nothing(lived: MemoryHierarchy, tmp_path: Path) -> None:
    first = lived.export(tmp_path / "1.zip")
    moved = import_memory(first, settings=Settings.load(home=tmp_path / "b"))
    second = moved.export(tmp_path / "2.zip")

    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as two:
        for part in ("blocks.jsonl", "log.jsonl", "summaries.jsonl"):
            assert one.read(part) == two.read(part)
    assert everything(import_memory(second, settings=Settings.load(home=tmp_path / "c"))) == everything(lived)


def test_the_same_memory_gives_the_same_parts(lived: MemoryHierarchy, tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(lived.export(tmp_path / "1.zip")) as one,
        zipfile.ZipFile(lived.export(tmp_path / "2.zip")) as two,
    ):
        infos = [
            [(each.filename, each.CRC, each.date_time) for each in file.infolist()[:4]] for file in (one, two)
        ]

    assert infos[0] == infos[1]


def test_a_bundle_can_be_read_by_people(lived: MemoryHierarchy, tmp_path: Path) -> None:
    with zipfile.ZipFile(lived.export(tmp_path / "sam.zip", model="gpt-4o", window_tokens=8192)) as file:
        manifest = json.loads(file.read("manifest.json"))
        log = [json.loads(line) for line in file.read("log.jsonl").splitlines()]

    assert manifest["format"] == "memgpt-autogen agent"
    assert (manifest["version"], manifest["made_by"]) == (1, __version__)
    assert manifest["settings"]["model"] == "gpt-4o"
    assert [line["seq"] for line in log] == list(range(1, len(log) + 1))
    assert "\U0001f9a9" in next(line["text"] for line in log if line["kind"] == "message")


def test_neither_keys_nor_addresses_nor_paths_travel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    home = tmp_path / "machine-path"
    settings = Settings.load(
        home=home, api_key=SECRET, base_url=f"http://user:{SECRET}@models.internal/v1", qdrant_api_key=SECRET
    )
    memory = open_memory("sam", settings, embedder=HashingEmbedder())
    memory.archival.insert("tea")

    path = memory.export(tmp_path / "sam.zip", model=str(home / "model.gguf"))

    with zipfile.ZipFile(path) as file:
        raw = path.read_bytes() + b"".join(map(file.read, file.namelist()))
    for planted in (SECRET, "models.internal", "machine-path"):
        assert planted.encode() not in raw


def test_an_agent_gets_another_name(lived: MemoryHierarchy, tmp_path: Path, away: Settings) -> None:
    path = lived.export(tmp_path / "sam.zip")

    moved = import_memory(path, "tim", settings=away)

    assert agent_names(away) == ["tim"]
    assert moved.recall.search(role="assistant").items[0].name == "tim"
    marks = [entry.message.extra["chat"] for entry in moved.log.everything() if "chat" in entry.message.extra]
    assert marks == [["boss", "ada", "ben", "tim"]]
    assert import_memory(path, settings=away).name == "sam"


def test_a_name_that_is_taken_or_speaks_in_the_log_is_refused(
    lived: MemoryHierarchy, tmp_path: Path, away: Settings
) -> None:
    path = lived.export(tmp_path / "sam.zip")
    open_memory("sam", away)

    with pytest.raises(ConfigurationError, match=r"has an agent 'sam' already.*name="):
        import_memory(path, settings=away)
    with pytest.raises(ConfigurationError, match="'ada' is the speaker of 2 messages in this agent's log"):
        import_memory(path, "ada", settings=away)
    with pytest.raises(ConfigurationError, match="does not fit"):
        import_memory(path, "../sam", settings=away)
    assert agent_names(away) == ["sam"]


def test_a_dry_run_tells_what_would_be_and_makes_nothing(lived: MemoryHierarchy, tmp_path: Path) -> None:
    away = Settings.load(home=tmp_path / "away", timezone="Europe/Lisbon")
    path = lived.export(tmp_path / "sam.zip")

    told = check_import(path, "tim", away, embedder=HashingEmbedder())

    assert not away.home.exists()
    assert (told.blocks, told.summaries, told.passages) == (4, 2, 5)
    assert str(told).splitlines() == [
        f"tim: 4 blocks, {told.entries} log entries, 2 summaries, 5 passages",
        "- it was 'sam' and becomes 'tim'",
        "- timezone was 'UTC' and is 'Europe/Lisbon' here",
        f"- passages are embedded again, by '{HashingEmbedder().model}'",
    ]


def test_passages_are_embedded_anew_by_the_embedder_of_the_new_home(
    lived: MemoryHierarchy, tmp_path: Path, away: Settings
) -> None:
    moved = import_memory(lived.export(tmp_path / "sam.zip"), settings=away, embedder=HashingEmbedder(48))
    back = import_memory(moved.export(tmp_path / "b.zip"), settings=Settings.load(home=tmp_path / "c"))

    assert moved.archival.count() == lived.archival.count()
    assert moved.archival.search("tea").items[0].passage.text == "Ada likes green tea."
    assert everything(back)["passages"] == everything(lived)["passages"]


def test_passages_move_between_embedded_folders_and_a_server(lived: MemoryHierarchy) -> None:
    server = Archive("elsewhere", ClientIndex.in_memory())
    server.restore(lived.archival.dump())

    moved = Archive("again", ClientIndex.in_memory())
    moved.restore(server.dump())

    texts = [record["text"] for record in lived.archival.dump()]
    assert sorted(record["text"] for record in moved.dump()) == sorted(texts)


def test_a_shared_block_joins_its_like_and_otherwise_asks(
    make_memory: MemoryFactory, tmp_path: Path, away: Settings
) -> None:
    team = [Block("team", "goal: ship", shared=True)]
    paths = [
        make_memory(name, blocks=team).export(tmp_path / f"{name}.zip") for name in ("ida", "tom", "uli")
    ]
    ida, tom = (import_memory(path, settings=away) for path in paths[:2])
    ida.core.set("team", "goal: rest")

    assert tom.core["team"].value == "goal: rest"
    with pytest.raises(
        ConfigurationError, match=r"shared block 'team' with another text.*shared_blocks='join'"
    ):
        import_memory(paths[2], settings=away)
    assert agent_names(away) == ["ida", "tom"]
    joined = import_memory(paths[2], settings=away, shared_blocks="join")
    own = import_memory(paths[2], "kim", settings=away, shared_blocks="own")
    assert joined.core["team"].value == "goal: rest"
    assert joined.log.edits()[-1].message.extra == {"before": "goal: ship", "after": "goal: rest"}
    assert own.core["team"] == Block("team", "goal: ship")


def test_a_shared_archive_becomes_the_agents_own_or_the_homes(
    make_memory: MemoryFactory, tmp_path: Path, away: Settings
) -> None:
    memory = make_memory(archive="library")
    memory.archival.insert("Ada likes tea.")
    path = memory.export(tmp_path / "sam.zip")

    assert "archive 'library' was shared" in str(check_import(path, settings=away))
    own = import_memory(path, settings=away)
    shared = import_memory(path, "tim", settings=away, archive="library")
    assert (own.archive_shared, own.archival.count()) == (False, 1)
    assert open_memory("uli", away, archive="library").archival.count() == shared.archival.count() == 1


def test_every_table_and_column_is_in_a_bundle_or_left_out_on_purpose() -> None:
    known = {
        # the owner is left out: it is the one who imports
        "agents": {"id", "name", "created_at", "paused_until", "owner_id"},
        "blocks": {"id", "label", "value", "char_limit", "description", "shared", "updated_at", "owner_id"},
        "attachments": {"agent_id", "block_id", "position", "read_only"},
        "archives": {"id", "name", "owner_id"},
        "entries": {
            "id",
            "agent_id",
            "seq",
            "kind",
            "role",
            "name",
            "text",
            "spoken",
            "payload",
            "created_at",
            "hidden",
            "place",  # left out: it follows from the order and the times
            "searched",  # left out: it follows from `spoken`
            "group_id",  # left out with its number: groups are of this home
            "group_number",
        },
        "summaries": {"id", "agent_id", "through_seq", "at_seq", "text", "source", "created_at"}
        | {"cause", "messages", "prompt_tokens", "limit_tokens"},  # why it was evicted there is left out
        "leases": {"agent_id", "token", "holder", "since", "until"},
        "sources": {  # left out, as is all that follows: made anew from the passages, which tell all of it
            "id",
            "archive_id",
            "name",
            "origin",
            "kind",
            "digest",
            "loading",
            "passages",
            "sections",
            "pages",
            "characters",
            "attached_at",
        },
        "source_sections": {
            "source_id",
            "digest",
            "number",
            "page",
            "heading",
            "first",
            "passages",
            "characters",
            "stored",
        },
        "news": {"id", "archive_id", "name", "what"},
        "readings": {"agent_id", "archive_id", "attached", "seen"},  # left out: others' archives stay behind
        "served_windows": {  # left out, as is all that follows: it is of this home's endpoints and servers
            "agent_id",
            "endpoint",
            "model",
            "believed_tokens",
            "window_tokens",
            "learned_at",
        },
        "home": {"number", "id"},
        "holdings": {"archive_id", "server", "passages"},
        "outbox": {"id", "archive_id", "passage_id", "payload", "claimed_until"},  # delivered at an export
    }

    of_server = {"runs", "run_events", "jobs", "usage", "chores"}  # copies of what the log has, and counts
    of_groups = {"groups", "group_members"}
    of_users = {
        "users",
        "keys",
        "limits",
        "grants",
        "templates",
        "audit",
        "mcp_servers",
        "saved_searches",
    }  # nothing of one agent's memory
    tables = [table for table in metadata.sorted_tables if table.name not in of_users | of_server | of_groups]
    assert {table.name: set(table.columns.keys()) for table in tables} == known
    assert set(ROLES) == set(get_args(Kind))


def with_extra(number: int, /, **keys: Any) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        line = json.loads(parts["log.jsonl"].splitlines()[number - 1])
        with_line("log", number, extra={**line.get("extra", {}), **keys})(parts)

    return change


def as_change(number: int, /, **extra: Any) -> Callable[[dict[str, bytes]], None]:
    """The entry becomes a change that moves others."""
    given: dict[str, Any] = {"calls": [], "answers": None, "kind": "change", "role": "system"}
    return with_line("log", number, extra=extra, **given)


BAD_LINES = {
    "a gap": (with_line("log", 3, seq=4), r"log.jsonl, line 3: seq is 4, but must be 3"),
    "a kind": (with_line("log", 3, kind="order"), r"log.jsonl, line 3: kind"),
    "a role": (with_line("log", 3, role="user"), r"line 3: .*the role 'system', not 'user'"),
    "a stray field": (with_line("log", 3, token="x"), r"line 3: token: Extra inputs"),
    "a type": (with_line("log", 3, text=7), r"line 3: text: Value error, is not text"),
    "no time zone": (with_line("log", 3, time="2026-01-01T00:00:00"), r"line 3: time"),
    "an answer to nothing": (with_line("log", 3, answers="c1"), r"line 3: .*a result answers a call"),
    "an answer to a call without an id": (
        with_line("log", 3, kind="result", role="tool", answers=""),
        r"line 3: .*a result answers a call",
    ),
    "an edit of nothing": (with_line("log", 1, extra={}), r"line 1: .*an edit has the name of a block"),
    "a long block": (
        with_line("blocks", 1, limit=3),
        r"blocks.jsonl, line 1: block 'persona' holds at most 3",
    ),
    "a block twice": (with_line("blocks", 2, label="persona"), r"line 2: a second block 'persona'"),
    "a label that would escape": (with_line("blocks", 2, label="x>"), r"line 2: a block label"),
    "a chat of no names": (with_extra(9, chat=5), r"line 9: .*extra: chat: Input should be a valid list"),
    "a name of no text": (with_extra(9, chat=["boss", {}]), r"line 9: .*extra: chat.1: .*is not text"),
    "a hash of no text": (with_extra(9, heard_as=[1]), r"line 9: .*extra: heard_as: .*is not text"),
    "an entry to come": (with_extra(9, copy_of=9), r"line 9: .*extra: names the entry 9, .*not an earlier"),
    "an image of a huge size": (
        with_extra(
            9, content=[{"type": "image", "sha256": "0" * 64, "media_type": "image/png", "bytes": 10**400}]
        ),
        r"line 9: .*extra: .*bytes",
    ),
    "deep values": (with_extra(9, mine=json.loads("[" * 300 + "]" * 300)), r"line 9: .*nested more than 100"),
    "a change of everything": (
        as_change(9, what="pop", hides=[[1, 10**13]]),
        r"line 9: .*extra: names the entry 10000000000000",
    ),
    "a change of what follows": (as_change(9, what="pop", hides=[[1, 9]]), r"line 9: .*names the entry 9"),
    "ranges that overlap": (
        as_change(9, what="pop", hides=[[1, 5], [4, 6]]),
        r"line 9: .*the range from 4 to 6 is not after 5",
    ),
    "an unknown change": (as_change(9, what="destroy"), r"line 9: .*extra: what: Input should be 'pop'"),
    "an undo of nothing": (as_change(9, what="undo"), r"line 9: .*what is undo, but the change"),
    "an undo of a list": (
        as_change(9, what="undo", undoes=[1]),
        r"line 9: .*undoes: Input should be a valid",
    ),
    "an edit with a strange limit": (
        with_extra(1, limit=-3),
        r"line 1: .*extra: limit: Input should be greater",
    ),
    "an edit with an empty limit": (
        with_extra(1, limit=None),
        r"line 1: .*extra: limit: Input should be a valid",
    ),
    "an edit longer than its block": (with_extra(1, limit=3), r"line 1: .*after has .*limit is 3"),
    "an edit of a strange block": (with_line("log", 1, name="a>b"), r"line 1: .*name: a block label"),
    "a time as a number": (with_line("log", 3, time=5), r"line 3: time: .*is a text such as"),
    "a time that zones lack": (with_line("log", 3, time="9999-12-31T23:59:00+00:00"), r"has the year 9999"),
    "a long name": (with_line("log", 3, name="x" * 20_000), r"line 3: name: .*has 20,000 characters"),
    "a part that is too large": (
        with_line("passages", 1, parts=2**70),
        r"line 1: parts: .*less than or equal",
    ),
    "a tag without an end": (with_line("passages", 1, tags=["x" * 20_000]), r"line 1: tags.0: String should"),
    "a summary of the future": (with_line("summaries", 2, through_seq=999), r"summary through entry 999"),
    "a blank passage": (with_line("passages", 1, text=" "), r"passages.jsonl, line 1: .*text is blank"),
    "two texts for one part": (with_line("passages", 3, part=1), r"passages.jsonl: record 3"),
}


@pytest.mark.parametrize(("change", "told"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_line_that_does_not_fit_is_named_before_anything_is_written(
    change: Callable[[dict[str, bytes]], None],
    told: str,
    lived: MemoryHierarchy,
    tmp_path: Path,
    away: Settings,
) -> None:
    path = rewritten(lived.export(tmp_path / "sam.zip"), change)

    with pytest.raises(ConfigurationError, match=told) as raised:
        import_memory(path, settings=away)
    assert "Nothing was imported" in str(raised.value)
    assert nothing_there(away)


def test_changes_that_hide_everything_again_and_again_are_refused(
    lived: MemoryHierarchy, tmp_path: Path, away: Settings
) -> None:
    def change(parts: dict[str, bytes]) -> None:
        lines = parts["log.jsonl"].splitlines(keepends=True)
        about = {"time": "2026-01-01T00:00:00+00:00", "kind": "change", "role": "system"}
        for seq in range(len(lines) + 1, 2001):
            hides = {"what": "pop", "hides": [[1, seq - 1]]}
            lines.append(json.dumps({"seq": seq, **about, "extra": hides}).encode() + b"\n")
        parts["log.jsonl"] = b"".join(lines)

    path = rewritten(lived.export(tmp_path / "sam.zip"), change)

    with pytest.raises(ConfigurationError, match=r"hides and shows 1,\d+,\d+ entries .*the limit is 50,000"):
        check_import(path, settings=away)


def test_a_line_with_millions_of_values_is_refused_before_they_are_made(
    lived: MemoryHierarchy, tmp_path: Path, away: Settings
) -> None:
    path = rewritten(
        lived.export(tmp_path / "sam.zip"), with_part("log.jsonl", b"[" + b"[]," * 2**20 + b"1]\n")
    )

    with pytest.raises(ConfigurationError, match=r"line 1: not JSON: it has 2,\d+,\d+ values; the limit is"):
        check_import(path, settings=away)


WRONG: tuple[Any, ...] = (
    None, True, 5, -1, 0, 2**31, 2**63, 10**300, 1.5, "", "x", "x" * 20_000, "\ud800", "\0<>", [], [1],
    ["a", 5], {}, {"a": 1}, [[1, 5], [2, 6]], json.loads("[" * 90 + "]" * 90), "0001-01-01T00:00:00+00:00",
)  # fmt: skip


def places_in(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field of a line, with those inside of its fields."""
    inner = (
        value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    )
    for key, each in inner:
        yield (*place, key)
        yield from places_in(each, (*place, key))


def mutations(parts: dict[str, bytes]) -> Iterator[tuple[str, int, tuple[Any, ...], Any]]:
    for name in ("blocks", "log", "summaries", "passages"):
        for number, raw in enumerate(parts[f"{name}.jsonl"].splitlines(), 1):
            for place in places_in(json.loads(raw)):
                yield from ((name, number, place, wrong) for wrong in WRONG)


@pytest.mark.slow
def test_any_wrong_value_is_refused_with_its_line_or_works_wholly(
    lived: MemoryHierarchy, tmp_path: Path
) -> None:
    lived.rewrite("Other words.")
    lived.undo(1)
    lived.redo(1)
    lived.log.append(Message.said_by("ada", "One more."))
    lived.pop(1)
    path = lived.export(tmp_path / "sam.zip")
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    chosen = random.Random(18).sample([*mutations(parts)], 3000 if TORTURE else 400)

    for tried, (name, number, place, wrong) in enumerate(chosen):
        line = json.loads(parts[f"{name}.jsonl"].splitlines()[number - 1])
        inner = line
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = wrong
        changed = rewritten(path, with_line(name, number, **line))
        home = Settings.load(home=tmp_path / f"home{tried}")
        told = ""
        try:
            check_import(changed, settings=home)
        except ConfigurationError as error:
            told = str(error)
        if told:
            assert f"{name}.jsonl" in told or "a summary through" in told
        else:
            use_wholly(import_memory(changed, settings=home), tmp_path / "again.zip")


@pytest.mark.parametrize("place", ["a message", "a call"])
def test_a_text_that_is_longer_than_the_prompt_is_imported_and_evicted(
    lived: MemoryHierarchy, tmp_path: Path, away: Settings, place: str
) -> None:
    old = b"What did Ben bring?" if place == "a message" else b"Ada: engineer"
    path = rewritten(lived.export(tmp_path / "sam.zip"), replaced("log.jsonl", old, b"x" * 20_000))
    memory = import_memory(path, settings=away)
    before = memory.queue.evictions()

    use_wholly(memory, tmp_path / "again.zip")

    assert memory.queue.evictions() > before


def use_wholly(memory: MemoryHierarchy, path: Path) -> None:
    memory.compile("Be brief.")
    memory.recall.search("tea")
    str(memory.archival.search("tea"))
    for seq in range(memory.log.last_seq() + 1):
        memory.at(seq)
    str(memory.history())
    memory.fork("other").compile()
    # a text that is too long for the prompt is evicted, so that the model is asked for a summary too
    llm = ScriptedLLM(otherwise=says("Short.", call("send_message", message="Yes.")))
    events = list(open_loop(memory, llm=llm).run([Message.said_by("ada", "Tea?")]))
    assert [event.text for event in events if isinstance(event, Replied)] == ["Yes."]
    with suppress(MemGPTError):  # an eviction, or a block that others have changed, can prevent it
        memory.undo(1)
    check_import(memory.export(path), "third", settings=Settings.load(home=path.parent / "none"))
    memory.archival.close()


def replaced(part: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)

    return change


def with_part(name: str, raw: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda parts: parts.update({name: raw})


BAD_FILES = {
    "NaN": (replaced("log.jsonl", b": 1.5", b": NaN"), "NaN is not a number that JSON allows"),
    "infinity": (replaced("log.jsonl", b": 1.5", b": 1e999"), "1e999 is not a number that JSON allows"),
    "no JSON": (with_part("summaries.jsonl", b"{\n"), "summaries.jsonl, line 1: not JSON"),
    "deep JSON": (with_part("summaries.jsonl", b"[" * 100_000 + b"\n"), "summaries.jsonl, line 1: "),
    "no UTF-8": (with_part("summaries.jsonl", b"\xff\n"), "summaries.jsonl, line 1: not JSON"),
    "a path": (with_part("../../escaped", b"x"), "an unexpected part: '../../escaped'"),
    "an absolute path": (with_part("/etc/passwd", b"x"), "an unexpected part"),
    "a missing part": (lambda parts: parts.pop("log.jsonl"), "lacks log.jsonl"),
    "a bomb": (with_part("log.jsonl", b" " * 65 * 2**20), "a ZIP bomb"),
    "another format": (with_manifest(format="letta"), "does not have the format 'memgpt-autogen agent'"),
    "a newer version": (
        with_manifest(version=2, made_by="9.1.0"),
        (
            rf"has version 2, but this package \(memgpt-autogen {__version__}\) reads only up to version "
            rf"1.*written by memgpt-autogen 9.1.0"
        ),
    ),
    "a manifest that lacks parts": (with_manifest(parts={}), "parts lacks blocks, log"),
}


@pytest.mark.parametrize(("change", "told"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_is_no_whole_bundle_is_refused(
    change: Callable[[dict[str, bytes]], None],
    told: str,
    lived: MemoryHierarchy,
    tmp_path: Path,
    away: Settings,
) -> None:
    path = rewritten(lived.export(tmp_path / "sam.zip"), change)

    with pytest.raises(ConfigurationError, match=told):
        import_memory(path, settings=away)
    assert nothing_there(away)


def test_words_that_were_changed_do_not_fit_their_hash(
    lived: MemoryHierarchy, tmp_path: Path, away: Settings
) -> None:
    path = lived.export(tmp_path / "sam.zip")
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["log.jsonl"] = parts["log.jsonl"].replace(b"cake at noon", b"cake at nine")
    with zipfile.ZipFile(tmp_path / "forged.zip", "w") as new:
        for name, raw in parts.items():
            new.writestr(name, raw)

    with pytest.raises(ConfigurationError, match=r"was changed or cut: log.jsonl"):
        import_memory(tmp_path / "forged.zip", settings=away)
    assert nothing_there(away)


def test_any_cut_of_the_file_is_refused(lived: MemoryHierarchy, tmp_path: Path, away: Settings) -> None:
    raw = lived.export(tmp_path / "sam.zip").read_bytes()
    cut = tmp_path / "cut.zip"

    for size in range(0, len(raw), 97):
        cut.write_bytes(raw[:size])
        with pytest.raises(ConfigurationError, match="bundle"):
            check_import(cut, settings=away)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        check_import(tmp_path / "none.zip", settings=away)


def test_any_damaged_byte_is_refused_or_harmless(
    lived: MemoryHierarchy, tmp_path: Path, away: Settings
) -> None:
    path = lived.export(tmp_path / "sam.zip")
    raw = path.read_bytes()
    whole = str(check_import(path, settings=away))
    damaged = tmp_path / "damaged.zip"

    directory = 350  # bytes at the end that say where the parts are
    for place in [*range(0, len(raw) - directory, 41), *range(len(raw) - directory, len(raw))]:
        damaged.write_bytes(raw[:place] + bytes([raw[place] ^ 0x55]) + raw[place + 1 :])
        try:
            told = str(check_import(damaged, settings=away))
        except ConfigurationError:
            continue
        assert told == whole  # a date or another field of the ZIP that nobody reads


def test_an_import_that_fails_leaves_nothing_and_can_be_run_again(
    lived: MemoryHierarchy, tmp_path: Path, away: Settings
) -> None:
    class Failing(HashingEmbedder):
        def embed(self, texts: Any) -> list[list[float]]:
            raise StorageError("no vectors today")

    path = lived.export(tmp_path / "sam.zip")

    with pytest.raises(StorageError):
        import_memory(path, settings=away, embedder=Failing())
    assert nothing_there(away) or agent_names(away) == []
    assert (
        everything(import_memory(path, settings=away, embedder=HashingEmbedder()))["log"]
        == lived.log.everything()
    )


KILLED = """
import os, sys
from memgpt_autogen.home import import_memory
from memgpt_autogen.settings import Settings

steps = int(sys.argv[3])
def told(done, total):
    global steps
    steps -= 1
    if steps <= 0:
        os.kill(os.getpid(), 9)

import_memory(sys.argv[1], settings=Settings.load(home=sys.argv[2]), progress=told)
os.kill(os.getpid(), 9)
"""


@pytest.mark.edge
def test_a_process_killed_during_an_import_leaves_no_agent_or_a_whole_one(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    program = tmp_path / "killed.py"
    program.write_text(KILLED)
    memory = make_memory()
    memory.log.append(*(Message.said_by("ada", f"line {number}") for number in range(50)))
    memory.archival.insert("Ada likes tea.")
    path = memory.export(tmp_path / "sam.zip")

    for steps in (1, 99):
        away = Settings.load(home=tmp_path / f"away{steps}")
        ended = run_program(program, str(path), str(away.home), str(steps))
        assert ended.returncode == -9
        if agent_names(away) == []:
            import_memory(path, settings=away)
        assert everything(open_memory("sam", away)) == everything(memory)
        assert sum(each.is_dir() for each in (away.home / "archives").iterdir()) == 1


def test_an_export_that_fails_leaves_neither_half_a_file_nor_touches_the_old_one(
    lived: MemoryHierarchy, tmp_path: Path
) -> None:
    path = lived.export(tmp_path / "sam.zip")
    before = path.read_bytes()

    def failing(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lived.export(path, progress=failing)
    assert path.read_bytes() == before
    with pytest.raises(StorageError, match="cannot be written"):
        lived.export(tmp_path / "no" / "sam.zip")
    with pytest.raises(ConfigurationError, match="is a folder"):
        lived.export(tmp_path)
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_what_a_killed_export_left_goes_with_the_next_and_what_a_running_one_writes_stays(
    lived: MemoryHierarchy, tmp_path: Path
) -> None:
    dead, running = (tmp_path / f".sam.zip.{name}.part" for name in ("0000dead", "11111ive"))
    for part in (dead, running):
        part.touch()

    with running.open("r+b") as file:
        portalocker.lock(file, NOT_WAITING)
        lived.export(tmp_path / "sam.zip")

    assert not dead.exists()
    assert running.exists()
