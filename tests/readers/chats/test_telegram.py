from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chat_exports import telegram_chat, telegram_message, telegram_page

from memgpt_autogen.readers.chats.open import ChatExport, open_chat


def export(folder: Path, found: Any) -> ChatExport:
    path = folder / "result.json"
    path.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    return open_chat(path)


def test_entities_replies_and_reactions_are_told(tmp_path: Path) -> None:
    text = [
        "see ",
        {"type": "text_link", "text": "the plan", "href": "https://x.example"},
        {"type": "bold", "text": "!"},
    ]
    reaction = {"type": "emoji", "count": 3, "emoji": "🌿", "recent": [{"from": "Bo", "from_id": "user1"}]}
    found = export(
        tmp_path,
        telegram_chat(
            "Picnic",
            77,
            [
                telegram_message(0, text, reactions=[reaction]),
                telegram_message(1, "yes", reply_to_message_id=1, edited="2024-03-29T00:00:00"),
                telegram_message(
                    2, "", photo="(File not included. Change data exporting settings to download.)"
                ),
                telegram_message(3, "", file="files/plan.pdf", media_type="voice_message"),
                telegram_message(4, "told", forwarded_from=None),
                {
                    **telegram_message(5, ""),
                    "type": "service",
                    "actor": "Ana",
                    "action": "invite_members",
                    "members": ["Bo", None],
                },
            ],
        ),
    )

    assert [(turn.speaker, turn.text, turn.reply_to, turn.reactions) for turn in found.turns()] == [
        ("Ana", "see the plan (https://x.example)!", "", ("🌿 Bo, 2 more",)),
        ("Bo", "yes", "Ana", ()),
        ("Çelik Ö.", "[picture]", "", ()),
        ("Ana", "[voice message: plan.pdf]", "", ()),
        ("Bo", "[forwarded from Deleted Account] told", "", ()),
        ("", "Ana: invite members: Bo, Deleted Account", "", ()),
    ]
    assert found.notes == [
        "not in the export: 1 picture, 1 voice message",
        "left out: 1 earlier form of an edited message",
    ]


def test_all_chats_of_an_account_are_read(tmp_path: Path) -> None:
    saved = {**telegram_chat(None, 5, [telegram_message(2, "note")]), "type": "saved_messages"}
    chats = [telegram_chat("Picnic", 77, [telegram_message(0, "one")]), saved]
    found = export(
        tmp_path,
        {
            "about": "Here is the data you requested.",
            "personal_information": {"first_name": "Ana"},
            "chats": {"about": "This page lists all chats.", "list": chats},
            "left_chats": {"about": "x", "list": [telegram_chat("Old", 9, [telegram_message(1, "two")])]},
        },
    )

    assert [(turn.chat, turn.chat_id, turn.text) for turn in found.turns()] == [
        ("Picnic", "77", "one"),
        ("Saved Messages", "5", "note"),
        ("Old", "9", "two"),
    ]


def test_an_old_export_has_local_times(tmp_path: Path) -> None:
    message = telegram_message(0, "one")
    del message["date_unixtime"]

    (turn,) = export(tmp_path, telegram_chat("Picnic", 77, [message])).turns()

    assert turn.time.isoformat() == "2024-03-28T22:15:07"


def test_a_page_is_read_with_joined_messages_and_media(tmp_path: Path) -> None:
    more = (
        '<div class="message service" id="message-2"><div class="body details">29 March 2024</div></div>'
        '<div class="message service" id="message8"><div class="body details">Ana invited Bo</div></div>'
        '<div class="message default clearfix joined" id="message9"><div class="body">'
        '<div class="pull_right date details" title="29.03.2024 09:00:00 UTC-03:30">09:00</div>'
        '<div class="reply_to details">In reply to <a href="#go_to_message2">this message</a></div>'
        '<div class="media_wrap clearfix"><div class="media clearfix media_photo"><div class="body">'
        '<div class="title bold">Photo</div><div class="description">Not included, change data exporting '
        'settings to download.</div></div></div></div><div class="text">see <a href="https://x.example/p">here</a></div>'
        '<span class="reactions"><span class="reaction"><span class="emoji">🌿</span>'
        '<span class="userpics"><div class="userpic"><div class="initials" title="Bo">B</div></div></span>'
        "</span></span></div></div>"
    )
    path = tmp_path / "messages.html"
    path.write_text(
        telegram_page(3).replace("</div></div></div></body>", f"{more}</div></div></div></body>"), "utf-8"
    )

    found = list(open_chat(path).turns())

    assert (found[0].chat, found[0].speaker, found[0].time.isoformat()) == (
        "Picnic",
        "Ana",
        "2024-03-28T22:15:07+02:00",
    )
    assert [(turn.speaker, turn.text, turn.reply_to, turn.reactions) for turn in found[3:]] == [
        ("", "Ana invited Bo", "", ()),
        ("Çelik Ö.", "[Photo]\nsee here (https://x.example/p)", "Bo", ("🌿 Bo",)),
    ]
