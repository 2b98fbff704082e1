"""ChatGPT and Claude."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chat_exports import BEGAN, at, chatgpt_chat, chatgpt_message, claude_chat, claude_message

from memgpt_autogen.readers.chats.open import ChatExport, open_chat


def export(folder: Path, *chats: dict[str, Any], name: str = "conversations.json") -> ChatExport:
    path = folder / name
    path.write_text(json.dumps(list(chats)), "utf-8")
    return open_chat(path)


def chat_of(*messages: dict[str, Any]) -> dict[str, Any]:
    found = chatgpt_chat("Tea", [(each["id"], "user", "", BEGAN) for each in messages])
    for each in messages:
        found["mapping"][each["id"]]["message"] = each
    return found


def test_the_open_branch_is_read_and_others_are_counted(tmp_path: Path) -> None:
    found = chatgpt_chat("Tea", [("a", "user", "which tea?", at(0)), ("b", "assistant", "mint", at(1))])
    other = chatgpt_message("c", "assistant", {"content_type": "text", "parts": ["sage"]}, at(2))
    found["mapping"]["c"] = {"id": "c", "message": other, "parent": "a", "children": []}
    found["mapping"]["a"]["children"].append("c")

    first = export(tmp_path, found)
    assert [(turn.speaker, turn.text, turn.own) for turn in first.turns()] == [
        ("user", "which tea?", False),
        ("ChatGPT", "mint", True),
    ]
    assert first.notes == ["left out: 1 message of another branch"]

    assert [turn.text for turn in export(tmp_path, {**found, "current_node": "c"}).turns()] == [
        "which tea?",
        "sage",
    ]
    # an older export does not name the open branch
    del found["current_node"]
    assert [turn.text for turn in export(tmp_path, found).turns()] == ["which tea?", "sage"]


def test_code_parts_and_canvases_are_read_and_what_is_hidden_is_counted(tmp_path: Path) -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x", "width": 1}
    heard = {"content_type": "audio_transcription", "text": "the kettle sings", "direction": "in"}
    hidden = {"is_visually_hidden_from_conversation": True}
    canvas = json.dumps({"name": "plan", "type": "document", "content": "boil water"})
    cited = 'Mint \ue200entity\ue202["plant","Mentha"]\ue201 helps.\ue200cite\ue202turn0search1\ue201'
    said: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("system", {"content_type": "text", "parts": [""]}, {}),
        ("user", {"content_type": "user_editable_context", "user_profile": "x"}, {}),
        (
            "user",
            {"content_type": "multimodal_text", "parts": [image, heard, "and this"]},
            {"metadata": {"attachments": [{"name": "leaf.pdf"}]}},
        ),
        ("assistant", {"content_type": "thoughts", "thoughts": [{"content": "hm"}]}, {}),
        ("assistant", {"content_type": "code", "text": "print(3)"}, {"recipient": "python"}),
        ("tool", {"content_type": "execution_output", "text": "3"}, {}),
        ("assistant", {"content_type": "code", "text": "search('mint')"}, {"recipient": "web"}),
        ("tool", {"content_type": "text", "parts": ["a long page"]}, {}),
        ("assistant", {"content_type": "code", "text": canvas}, {"recipient": "canmore.create_textdoc"}),
        ("assistant", {"content_type": "text", "parts": [cited]}, {"create_time": None}),
        ("user", {"content_type": "text", "parts": ["unseen"]}, {"metadata": hidden}),
    ]
    messages = [
        chatgpt_message(str(number), role, content, at(number), **more)
        for number, (role, content, more) in enumerate(said)
    ]
    found = export(tmp_path, chat_of(*messages))

    assert [(turn.speaker, turn.text) for turn in found.turns()] == [
        ("user", "the kettle sings\nand this\n[file: leaf.pdf]"),
        ("ChatGPT", "```python\nprint(3)\n```"),
        ("", "output: 3"),
        ("ChatGPT", "[canvas: plan]\nboil water"),
        ("ChatGPT", "Mint Mentha helps."),
    ]
    assert list(found.turns())[-1].time == at(8)  # the time before
    assert found.notes == [
        "not in the export: 1 picture, 1 attached file",
        (
            "left out: 1 text of the settings, 1 thinking of the assistant, 1 call of a tool, "
            "1 result of a tool, 1 hidden message"
        ),
    ]


def test_a_conversation_without_times_is_read_with_those_that_there_are(tmp_path: Path) -> None:
    chat = chatgpt_chat("Tea", [("a", "user", "one", at(0)), ("b", "user", "two", at(1))])
    chat["create_time"] = None
    chat["mapping"]["a"]["message"]["create_time"] = None
    del chat["mapping"]["a"]["message"]["metadata"]

    assert [turn.time for turn in export(tmp_path, chat).turns()] == [at(1), at(1)]

    chat["mapping"]["b"]["message"]["create_time"] = chat["update_time"] = None
    found = export(tmp_path, chat)
    assert list(found.turns()) == []
    assert found.notes == ["left out: 2 messages without a time"]


def test_one_conversation_is_an_export_too(tmp_path: Path) -> None:
    path = tmp_path / "chat.json"
    for chat in (
        chatgpt_chat("Tea", [("a", "user", "one", at(0))]),
        claude_chat("Tea", [claude_message(0, "human", "one")]),
    ):
        path.write_text(json.dumps(chat), "utf-8")

        assert [turn.text for turn in open_chat(path).turns()] == ["one"]


def test_files_that_are_parts_of_one_export_are_read_in_order(tmp_path: Path) -> None:
    for number, title in enumerate(("Tea", "Soup")):
        one = chatgpt_chat(title, [(title, "user", title, at(number))])
        (tmp_path / f"conversations-{number:03}.json").write_text(json.dumps([one]), "utf-8")
    (tmp_path / "chat.html").write_text("<html><body>Tea</body></html>", "utf-8")

    found = open_chat(tmp_path)

    assert [turn.chat for turn in found.turns()] == ["Tea", "Soup"]
    assert found.notes == ["left out: 1 other file of the export"]


def test_claudes_text_and_attachments_are_read_and_thinking_is_counted(tmp_path: Path) -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm", "summaries": []},
        {"type": "text", "text": "Mint."},
        {"type": "tool_use", "name": "artifacts", "input": {"title": "Plan", "content": "boil water"}},
        {"type": "tool_use", "name": "web_search", "input": {"query": "mint"}},
        {"type": "tool_result", "name": "web_search", "content": [{"type": "text", "text": "pages"}]},
        {"type": "token_budget"},
        {"type": "text", "text": "More?"},
    ]
    attached = [
        {"file_name": "leaf.txt", "file_size": 9, "file_type": "txt", "extracted_content": "green and cool"}
    ]
    found = export(
        tmp_path,
        claude_chat(
            "Tea",
            [
                claude_message(
                    0, "human", "which tea?", attachments=attached, files=[{"file_name": "leaf.jpg"}]
                ),
                claude_message(1, "assistant", "This block is not supported.", content=blocks),
            ],
        ),
    )

    assert [(turn.speaker, turn.text, turn.own) for turn in found.turns()] == [
        ("user", "which tea?\n[file: leaf.txt]\ngreen and cool\n[file: leaf.jpg]", False),
        ("Claude", "Mint.\n[artifact: Plan]\nboil water\nMore?", True),
    ]
    assert found.notes == [
        "not in the export: 1 attached file",
        "left out: 1 thinking of the assistant, 1 call of a tool, 1 result of a tool",
    ]


def test_claudes_open_branch_is_read(tmp_path: Path) -> None:
    messages = [
        claude_message(0, "human", "one", parent_message_uuid="root"),
        claude_message(1, "assistant", "left", parent_message_uuid="m0"),
        claude_message(2, "assistant", "right", parent_message_uuid="m0"),
    ]

    found = export(tmp_path, {**claude_chat("Tea", messages), "current_leaf_message_uuid": "m1"})

    assert [turn.text for turn in found.turns()] == ["one", "left"]
    assert found.notes == ["left out: 1 message of another branch"]


def test_an_older_export_of_claude_has_texts_only(tmp_path: Path) -> None:
    message = claude_message(0, "human", "one")
    del message["content"]

    assert [turn.text for turn in export(tmp_path, claude_chat("", [message])).turns()] == ["one"]
