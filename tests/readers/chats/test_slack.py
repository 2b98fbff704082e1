from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from memgpt_autogen.readers.chats.open import ChatExport, open_chat

USERS = [
    {"id": "U1", "name": "ana", "profile": {"display_name": "Ana", "real_name": "Ana Lee"}},
    {"id": "U2", "name": "bo", "real_name": "Bo Kahn", "profile": {"display_name": ""}},
]


def export(
    folder: Path, messages: list[dict[str, Any]], channel: str = "general", **files: Any
) -> ChatExport:
    lists = {
        "users.json": USERS,
        "channels.json": [{"id": "C1", "name": "general"}, {"id": "C2", "name": "herbs"}],
    }
    contents = {**lists, **{f"{name}.json": value for name, value in files.items()}}
    contents[f"{channel}/2024-03-28.json"] = [{"type": "message", **each} for each in messages]
    for name, value in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(value), "utf-8")
    return open_chat(folder)


def one(folder: Path, **message: Any) -> str:
    (turn,) = export(folder, [{"user": "U1", "ts": "1711656000.000100", **message}]).turns()
    return turn.text


def test_ids_links_and_entities_are_what_people_see(tmp_path: Path) -> None:
    text = (
        "&lt;b&gt; &amp;amp; <@U2> and <@U2|bo> see <#C2|herbs>, <#C2>: <https://x.example/a|the plan>, "
        "<https://x.example>, <mailto:a@b.example|a@b.example> <!here> <!subteam^S1|@team> "
        "<!date^1711656000^{date}|today>"
    )

    assert one(tmp_path, text=text) == (
        "<b> &amp; @Bo Kahn and @Bo Kahn see #herbs, #herbs: the plan (https://x.example/a), "
        "https://x.example, a@b.example @here @team today"
    )


def test_threads_reactions_and_edits_are_told(tmp_path: Path) -> None:
    first, second = "1711656000.000100", "1711656100.000200"
    found = export(
        tmp_path,
        [
            {"user": "U2", "ts": second, "text": "late", "thread_ts": first, "parent_user_id": "U1"},
            {
                "user": "U1",
                "ts": first,
                "text": "when?",
                "thread_ts": first,
                "edited": {"user": "U1", "ts": first},
                "reactions": [{"name": "eyes", "users": ["U2", "U9"], "count": 2}],
            },
        ],
    )

    assert [(turn.speaker, turn.text, turn.reply_to, turn.reactions) for turn in found.turns()] == [
        ("Ana", "when?", "", (":eyes: Bo Kahn, U9",)),
        ("Bo Kahn", "late", "Ana", ()),
    ]
    assert found.notes == ["left out: 1 earlier form of an edited message"]


def test_joins_are_notes_and_bots_are_speakers(tmp_path: Path) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "Build *passed* for <@U1>"}}
    attached = {
        "fallback": "x",
        "title": "Pepper",
        "text": "a &amp; b",
        "fields": [{"title": "Age", "value": "3"}],
    }
    found = export(
        tmp_path,
        [
            {"user": "U1", "subtype": "channel_join", "ts": "1.1", "text": "<@U1> has joined the channel"},
            {
                "subtype": "bot_message",
                "username": "Builder",
                "bot_id": "B1",
                "ts": "2.1",
                "text": "",
                "blocks": [block],
            },
            {"user": "U1", "ts": "1711656000.000100", "text": "see", "attachments": [attached]},
            {
                "user": "U1",
                "ts": "1711656001.000100",
                "text": "",
                "files": [{"title": "Plan", "name": "plan.pdf"}],
            },
            {
                "user": "U1",
                "ts": "1711656002.000100",
                "subtype": "tombstone",
                "text": "This message was deleted.",
            },
        ],
    )

    assert [(turn.speaker, turn.text) for turn in found.turns()] == [
        ("", "@Ana has joined the channel"),
        ("Builder", "Build *passed* for @Ana"),
        ("Ana", "see\nPepper\na & b\nAge: 3"),
        ("Ana", "[file: Plan, plan.pdf]"),
        ("", "This message was deleted."),
    ]
    assert found.notes == ["not in the export: 1 file, 1 deleted message"]


def test_a_direct_message_is_named_by_its_people(tmp_path: Path) -> None:
    message = {"user": "U1", "ts": "1711656000.000100", "text": "hi"}
    found = export(tmp_path, [message], "D7", dms=[{"id": "D7", "members": ["U1", "U2"]}])

    assert [turn.chat for turn in found.turns()] == ["Ana, Bo Kahn"]


def test_a_day_alone_finds_the_names_beside_its_folder(tmp_path: Path) -> None:
    export(tmp_path, [{"user": "U2", "ts": "1711656000.000100", "text": "hi"}])

    found = open_chat(tmp_path / "general/2024-03-28.json")

    assert [(turn.chat, turn.speaker) for turn in found.turns()] == [("#general", "Bo Kahn")]


def test_people_who_are_not_in_the_list_have_another_name_or_their_id(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    export(
        inner,
        [
            {"user": "U8", "ts": "1711656000.1", "text": "a", "user_profile": {"real_name": "Cy"}},
            {"user": "U9", "ts": "1711656001.1", "text": "hi <@U8>"},
            {"user": "USLACKBOT", "ts": "1711656002.1", "text": "c"},
        ],
        dms=[{"id": "D7", "members": ["U1", "U9"]}],
    )
    # a folder that was packed again has a folder more
    found = list(open_chat(tmp_path).turns())

    assert [(turn.chat, turn.speaker) for turn in found] == [
        ("#general", "Cy"),
        ("#general", "U9"),
        ("#general", "Slackbot"),
    ]
