"""Images that AutoGen's agents show each other, as a `MemGPTAgent` hears and sees them."""

from __future__ import annotations

from typing import Any, BinaryIO

import pytest
from autogen_support import agent, group, heard, person, requests, sends

pytestmark = pytest.mark.autogen

PNG = b"\x89PNG\r\n\x1a\n" + b"heron" * 100


class Drawing:
    """What stands for a picture of Pillow's, as AutoGen's multimodal agents hold them."""

    def save(self, file: BinaryIO, format: str) -> None:  # noqa: A002
        assert format == "PNG"
        file.write(PNG)


def parts(message: dict[str, Any]) -> list[str]:
    content = message["content"]
    return [part["type"] for part in content] if isinstance(content, list) else []


def test_a_picture_of_another_agent_is_seen_once_and_kept_by_reference() -> None:
    sam = agent("sam", sends("A heron."), sends("Grey."), vision=True)
    boss = person("boss")
    content = [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": Drawing()}},
    ]

    boss.send({"content": content, "role": "user"}, sam, request_reply=True, silent=True)
    boss.send("and its colour?", sam, request_reply=True, silent=True)

    first, second = (request.messages for request in requests(sam))
    assert parts(first[-1]) == ["text", "image_url"]
    assert not any(map(parts, second))
    assert heard(sam)[0][1].startswith("what is this? [image 1: image/png, 508 bytes, sha256 ")
    kept = sam.memory.log.images
    assert kept is not None
    assert [place.read_bytes() for place in kept.path.iterdir()] == [PNG]


def test_a_model_that_is_not_known_to_see_gets_no_picture() -> None:
    sam = agent("sam", sends("I cannot see."))
    content = [{"type": "image_url", "image_url": {"url": Drawing()}}]

    person("boss").send({"content": content, "role": "user"}, sam, request_reply=True, silent=True)

    assert not any(map(parts, requests(sam)[0].messages))


def test_a_silent_member_of_a_group_sees_what_was_shown_and_knows_it_when_it_comes_again() -> None:
    """The group passes `<image>` on in place of the picture, which its speaker's transcript has."""
    sam = agent("sam", sends("A heron."), vision=True)
    ben, ada = person("ben"), person("ada", ["Nice."])
    content = [
        {"type": "text", "text": "look:"},
        {"type": "image_url", "image_url": {"url": Drawing()}},
    ]

    manager = group(ben, ada, sam, rounds=3)
    ben.initiate_chat(manager, message={"content": content}, silent=True)

    lines = heard(sam)
    assert [speaker for speaker, _ in lines] == ["ben", "ada", "sam"]
    assert lines[0][1].startswith("look: [image 1: image/png, ")
    assert parts(requests(sam)[0].messages[-1]) == ["text", "image_url"]
    manager.resume(messages=[*manager.groupchat.messages], silent=True)
    assert heard(sam)[:3] == lines
    assert sum("look:" in text for _, text in heard(sam)) == 1
