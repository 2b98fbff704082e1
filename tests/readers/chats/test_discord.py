from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chat_exports import discord, discord_message, discord_page

from memgpt_autogen.readers.chats.open import ChatExport, open_chat

TIME = "2024-03-28T20:15:07.1234567+01:00"


def export(folder: Path, *messages: dict[str, Any]) -> ChatExport:
    path = folder / "channel.json"
    path.write_text(json.dumps({**discord(0), "messages": list(messages)}), "utf-8")
    return open_chat(path)


def test_replies_reactions_embeds_and_files_are_told(tmp_path: Path) -> None:
    reaction = {
        "emoji": {"name": "🌿", "code": "herb"},
        "count": 2,
        "users": [{"name": "bo", "nickname": "Bo"}],
    }
    embed = {"title": "Mint", "description": "grows", "fields": [{"name": "Water", "value": "much"}]}
    found = export(
        tmp_path,
        discord_message(
            1, "Ana", "when, <@7>?", TIME, mentions=[{"id": "7", "nickname": "Bo"}], reactions=[reaction]
        ),
        discord_message(
            2, "Bo", "now", TIME, type="Reply", reference={"messageId": "1001"}, timestampEdited=TIME
        ),
        discord_message(3, "Bo", "", TIME, attachments=[{"fileName": "mint.png"}], embeds=[embed]),
        discord_message(4, "Cy", "Joined the server.", TIME, type="GuildMemberJoin"),
    )

    assert [(turn.speaker, turn.text, turn.reply_to, turn.reactions) for turn in found.turns()] == [
        ("Ana", "when, @Bo?", "", ("🌿 Bo",)),
        ("Bo", "now", "Ana", ()),
        ("Bo", "[file: mint.png]\nMint\ngrows\nWater: much", "", ()),
        ("", "Cy: Joined the server.", "", ()),
    ]
    assert found.notes == [
        "not in the export: 1 attached file",
        "left out: 1 earlier form of an edited message",
    ]
    assert next(found.turns()).time.isoformat() == "2024-03-28T20:15:07.123456+01:00"


def test_plain_text_is_read_with_its_sections(tmp_path: Path) -> None:
    rule = "=" * 62
    path = tmp_path / "channel.txt"
    path.write_text(
        f"{rule}\nGuild: Garden\nChannel: Talk / herbs\n{rule}\n\n"
        "[28-Mar-24 08:15 PM] Ana#1234 (pinned)\nfirst\n\n[1] not a head\n\n"
        "{Attachments}\nhttps://cdn.example/a/mint.png?x=1\n\n{Reactions}\n🌿 (2)\n\n"
        f"[28-Mar-24 08:16 PM] Bo\nsecond\n\n{rule}\nExported 2 message(s)\n{rule}\n",
        "utf-8",
    )

    found = list(open_chat(path).turns())

    assert [(turn.chat, turn.speaker, turn.text, turn.reactions) for turn in found] == [
        ("Garden #herbs", "Ana#1234", "first\n\n[1] not a head\n\n[file: mint.png]", ("🌿 (2)",)),
        ("Garden #herbs", "Bo", "second", ()),
    ]
    assert f"{found[0].time:%Y-%m-%d %H:%M}" == "2024-03-28 20:15"


def test_a_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "Garden - herbs.csv"
    path.write_text(
        "\ufeffAuthorID,Author,Date,Content,Attachments,Reactions\n"
        f'"1","Ana","{TIME}","two\nlines, ""quoted""","https://cdn.example/a/mint.png?x=1","🌿 (2)"\n',
        "utf-8",
    )

    (turn,) = open_chat(path).turns()

    assert (turn.speaker, turn.text) == ("Ana", 'two\nlines, "quoted"\n[file: mint.png]')
    assert turn.reactions == ("🌿 (2)",)
    assert turn.time.isoformat() == "2024-03-28T20:15:07.123456+01:00"


def test_a_page_has_the_time_of_its_ids(tmp_path: Path) -> None:
    path = tmp_path / "channel.html"
    path.write_text(discord_page(5), "utf-8")

    found = list(open_chat(path).turns())

    assert [turn.text for turn in found][
        3
    ] == "number 3 about the lantern and the kettle\nand a second line: 3"
    assert (found[0].chat, f"{found[0].time:%Y-%m-%d %H:%M:%S}") == ("Garden #herbs", "2024-03-28 20:15:07")
