"""Images: shown in the turn in which they arrive, stored once by their hash, and then only referred to."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot
from loops import LoopFactory, MemoryFactory, requests_of

from memgpt_autogen.errors import ContextOverflowError
from memgpt_autogen.home import import_memory
from memgpt_autogen.images import IMAGE_TOKENS, image_in
from memgpt_autogen.llm.text_calls.plain_prompt import plain_messages
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.storage.images import UNFINISHED_SECONDS
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import call, says

CAT = b"\x89PNG\r\n\x1a\n" + b"cat" * 1000
DOG = b"\xff\xd8\xff" + b"dog" * 1000
CAT_FILE = f"{hashlib.sha256(CAT).hexdigest()}.png"


def shown(body: bytes, media_type: str = "image/png") -> dict[str, Any]:
    packed = base64.b64encode(body).decode()
    return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{packed}"}}


def picture(*bodies: bytes, speaker: str = "ada", text: str = "Look!") -> Message:
    parts = [shown(body) for body in bodies]
    told = " ".join(image_in(part).describe(number) for number, part in enumerate(parts, 1))  # type: ignore[union-attr]
    return Message.said_by(speaker, f"{text} {told}", content=[{"type": "text", "text": text}, *parts])


def answer(text: str = "I see.") -> Any:
    return says("", call("send_message", message=text))


def seen(loop: HeartbeatLoop, request: int) -> list[str]:
    """The addresses of the pictures in a request."""
    contents = [message["content"] for message in requests_of(loop)[request].messages]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


def kept(tmp_path: Path) -> list[str]:
    folder = tmp_path / "home" / "images"
    return sorted(place.name for place in folder.iterdir()) if folder.is_dir() else []


def test_a_picture_is_told_by_type_size_and_hash() -> None:
    assert picture(CAT).text == snapshot("Look! [image 1: image/png, 3 kB, sha256 51f124d9d68e]")


def test_a_picture_is_seen_at_every_step_of_its_turn_and_in_no_later_one(make_loop: LoopFactory) -> None:
    loop = make_loop(
        says("", call("core_memory_append", label="human", content="has a cat", request_heartbeat=True)),
        answer(),
        answer("Yes."),
        vision=True,
    )

    list(loop.run([picture(CAT)]))
    list(loop.run([Message.said_by("ada", "Do you remember it?")]))

    assert [seen(loop, step) for step in range(3)] == [[shown(CAT)["image_url"]["url"]]] * 2 + [[]]
    assert "sha256" in json.dumps(requests_of(loop)[2].messages)


def test_what_is_seen_says_whose_it_is(make_loop: LoopFactory) -> None:
    loop = make_loop(answer(), vision=True)

    list(loop.run([picture(CAT, speaker="ada"), picture(DOG, speaker="ben <boss>")]))

    told = json.loads(requests_of(loop)[0].messages[-1]["content"][0]["text"])
    assert (told["type"], told["message"]) == snapshot(
        (
            "system_alert",
            (
                "[automated system message, hidden from the others] The images of these messages follow, "
                "in this "
                "order: [image 1: image/png, 3 kB, sha256 51f124d9d68e] from ada; "
                '[image 1: image/png, 3 kB, sha256 96b2361ca27c] from "ben \\u003cboss\\u003e".'
            ),
        )
    )


def test_a_picture_that_was_heard_in_silence_is_seen_in_the_next_turn(make_loop: LoopFactory) -> None:
    loop = make_loop(answer(), vision=True)
    loop.memory.log.append(picture(CAT))

    list(loop.run([Message.said_by("ben", "What did ada show?")]))

    assert len(seen(loop, 0)) == 1


def test_a_model_that_does_not_see_reads_the_reference_only(make_loop: LoopFactory) -> None:
    loop = make_loop(answer())

    list(loop.run([picture(CAT)]))

    assert seen(loop, 0) == []
    assert "[image 1: image/png, 3 kB, sha256" in json.dumps(requests_of(loop)[0].messages)


def test_the_bytes_are_kept_once_and_not_in_the_database(make_loop: LoopFactory, tmp_path: Path) -> None:
    loop = make_loop(answer(), answer())

    list(loop.run([picture(CAT)]))
    list(loop.run([picture(CAT, speaker="ben")]))

    assert kept(tmp_path) == [CAT_FILE]
    assert (tmp_path / "home" / "images" / CAT_FILE).read_bytes() == CAT
    packed = base64.b64encode(CAT)[:60]
    assert all(
        packed not in place.read_bytes() for place in (tmp_path / "home").rglob("*") if place.is_file()
    )


def test_a_picture_by_its_address_is_passed_on_and_not_fetched(
    make_loop: LoopFactory, tmp_path: Path
) -> None:
    loop = make_loop(answer(), vision=True)
    part = {"type": "image_url", "image_url": {"url": "https://h.example/heron.jpg"}}

    list(loop.run([Message.said_by("ada", "[image 1: https://h.example/heron.jpg]", content=[part])]))

    assert seen(loop, 0) == ["https://h.example/heron.jpg"]
    assert kept(tmp_path) == []


def test_pictures_take_no_more_than_half_of_the_window_and_the_newest_are_seen(
    make_loop: LoopFactory,
) -> None:
    loop = make_loop(answer(), vision=True, window_tokens=8192)

    list(loop.run([picture(CAT), picture(DOG, b"GIF89a")]))

    assert seen(loop, 0) == [shown(DOG)["image_url"]["url"], shown(b"GIF89a")["image_url"]["url"]]


def test_pictures_count_in_the_budget_while_they_are_seen(make_loop: LoopFactory) -> None:
    loop = make_loop(answer(), answer(), vision=True, window_tokens=16_000)

    list(loop.run([picture(CAT)]))
    with_picture = loop.pressure.last_sent
    list(loop.run([Message.said_by("ada", "And now?")]))
    without = loop.pressure.last_sent

    assert with_picture is not None
    assert without is not None
    assert with_picture.prompt_tokens > IMAGE_TOKENS
    assert without.prompt_tokens < with_picture.prompt_tokens
    assert loop.head().image_tokens == 0


@pytest.mark.parametrize("refusal", [None, ContextOverflowError("too long")])
def test_where_there_is_no_room_for_both_words_come_first(
    make_loop: LoopFactory, refusal: ContextOverflowError | None
) -> None:
    """A window that is too small by our count, and one that the endpoint finds too small."""
    answers = [answer()] if refusal is None else [refusal, answer()]
    instructions = "Be brief. " * (650 if refusal is None else 1)
    loop = make_loop(*answers, vision=True, window_tokens=4096)

    list(loop.run([picture(CAT)], instructions=instructions))

    assert seen(loop, len(answers) - 1) == []
    assert "Look!" in json.dumps(requests_of(loop)[-1].messages)


def test_a_picture_leaves_the_form_of_the_prompt_as_it_is(make_loop: LoopFactory) -> None:
    loop = make_loop(answer(), answer(), vision=True, window_tokens=8192)

    list(loop.run([Message.said_by("ada", "Hi")]))
    list(loop.run([picture(CAT)]))

    before, after = (request.messages[0]["content"] for request in requests_of(loop))
    assert after == before


def test_a_model_that_is_asked_plainly_sees_too() -> None:
    event = {"role": "user", "content": [{"type": "text", "text": "An image follows."}, shown(CAT)]}

    plain = plain_messages(
        [{"role": "system", "content": "Act."}, {"role": "user", "content": "Hi"}, event], []
    )

    assert [part["type"] for part in plain[-1]["content"]] == ["text", "text", "image_url"]


@pytest.mark.parametrize(
    "address",
    ["data:image/png;base64,%%%", "data:text/html,<b>", "file:///etc/passwd", "data:image/png", 7, None],
)
def test_what_is_no_picture_is_told_as_unreadable_and_not_shown(
    make_loop: LoopFactory, tmp_path: Path, address: Any
) -> None:
    part = {"type": "image_url", "image_url": {"url": address}}
    image = image_in(part)
    assert image is not None
    loop = make_loop(answer(), vision=True)

    list(loop.run([Message.said_by("ada", image.describe(1), content=[part])]))

    assert image.describe(1) == "[image 1: unreadable]"
    assert (seen(loop, 0), kept(tmp_path)) == ([], [])


def test_a_file_that_is_gone_leaves_the_reference(make_loop: LoopFactory, tmp_path: Path) -> None:
    loop = make_loop(answer(), vision=True)
    loop.memory.log.append(picture(CAT))
    (tmp_path / "home" / "images" / CAT_FILE).unlink()

    list(loop.run())

    assert seen(loop, 0) == []


def test_forgetting_deletes_pictures_that_nobody_else_was_shown(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    sam, eve = make_memory("sam"), make_memory("eve")
    sam.log.append(picture(CAT), picture(DOG))
    eve.log.append(picture(DOG))

    sam.forget(speaker="ada", dry_run=True)
    assert len(kept(tmp_path)) == 2
    sam.forget(speaker="ada")

    assert kept(tmp_path) == [f"{hashlib.sha256(DOG).hexdigest()}.png"]
    eve.reset()
    assert kept(tmp_path) == []


def test_forgetting_deletes_what_a_deletion_that_broke_off_has_left(
    make_memory: MemoryFactory, tmp_path: Path
) -> None:
    sam = make_memory("sam")
    sam.log.append(picture(CAT), Message.said_by("ben", "Nice."))
    left, begun = (tmp_path / "home" / "images" / name for name in ("old.png", "new.png"))
    left.write_bytes(DOG)
    begun.write_bytes(DOG)
    past = time.time() - 2 * UNFINISHED_SECONDS
    os.utime(left, (past, past))

    sam.forget(speaker="ben")

    assert kept(tmp_path) == sorted([CAT_FILE, "new.png"])


def test_an_export_has_the_references_and_not_the_files(make_memory: MemoryFactory, tmp_path: Path) -> None:
    make_memory("sam").log.append(picture(CAT))
    file = make_memory("sam").export(tmp_path / "sam.zip")

    moved = import_memory(file, "tom", Settings.load(home=tmp_path / "elsewhere"))

    assert moved.log.spoken_tail(1)[0].message.text == picture(CAT).text
    assert not (tmp_path / "elsewhere" / "images").exists()
    assert moved.images() == []
