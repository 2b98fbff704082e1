"""Subtitles: what was said, once, and all of it."""

from __future__ import annotations

from memgpt_autogen.readers.open import open_bytes


def said(cues: str) -> list[str]:
    (section,) = open_bytes(f"WEBVTT\n\n{cues}".encode(), "talk.vtt").sections()
    return section.text.splitlines()


def test_lines_that_roll_up_are_read_once() -> None:
    rolling = (
        "00:01.000 --> 00:03.000\nwe drink\n\n00:03.000 --> 00:03.010\nwe drink\n\n"
        "00:03.010 --> 00:05.000\nwe drink\n<c>green tea</c>\n\n"
        "00:05.000 --> 00:07.000\ngreen tea\nat four.\n"
    )

    assert said(rolling) == ["00:01 we drink green tea at four."]


def test_what_another_speaker_says_again_is_kept() -> None:
    cues = "00:01.000 --> 00:02.000\n<v Ana>I think so.</v>\n\n00:02.000 --> 00:03.000\n<v Bo>so.</v>\n"

    assert said(cues) == ["00:01 Ana: I think so.", "00:02 Bo: so."]


def test_what_a_speaker_has_said_is_kept_where_the_next_caption_begins_alike() -> None:
    cues = "00:01.000 --> 00:02.000\n<v Ana>so</v>\n\n00:02.000 --> 00:03.000\n<i>so\nit is</i>\n"

    assert said(cues) == ["00:01 Ana: so", "00:02 so it is"]


def test_what_is_said_twice_is_kept_twice() -> None:
    cues = "00:01.000 --> 00:02.000\nNo.\n\n00:02.000 --> 00:03.000\nNo.\n\n00:09.000 --> 00:10.000\nNo.\n"

    assert said(cues) == ["00:01 No.", "00:02 No.", "00:09 No."]


def test_what_follows_a_blank_line_in_a_caption_is_kept() -> None:
    cues = "1\n00:01.000 --> 00:02.000\nWe meet\n\nat the harbour.\n2\n00:03.000 --> 00:04.000\nYes.\n"

    texts = [section.text for section in open_bytes(f"WEBVTT\n\n{cues}".encode(), "talk.vtt").sections()]

    assert "\n".join(texts).splitlines() == ["00:01 We meet Yes.", "at the harbour."]
