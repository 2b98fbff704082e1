from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.chats.open import ChatExport, open_chat
from memgpt_autogen.readers.chats.turns import Turn


def read(folder: Path, text: str, name: str = "WhatsApp Chat with Trip.txt", **options: object) -> ChatExport:
    path = folder / name
    path.write_text(text, "utf-8")
    return open_chat(path, **options)  # type: ignore[arg-type]


def turns(folder: Path, text: str, **options: object) -> list[Turn]:
    return list(read(folder, text, **options).turns())


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("12/31/23, 9:41 PM - Ana: the kettle", "2023-12-31 21:41"),
        ("12/31/23, 9:41\u202fPM - Ana: the kettle", "2023-12-31 21:41"),
        ("[31.12.23, 21:41:05] Ana: the kettle", "2023-12-31 21:41:05"),
        ("[12/31/23, 9:41:05\u202fPM] Ana: the kettle", "2023-12-31 21:41:05"),
        ("\u200e[31/12/2023, 21:41:05] \u200eAna: the kettle", "2023-12-31 21:41:05"),
        ("31/12/2023 21:41 - Ana: the kettle", "2023-12-31 21:41"),
        ("31/12/23, 9:41 p. m. - Ana: the kettle", "2023-12-31 21:41"),
        ("31/12/23, 9:41\u00a0p.\u00a0m. - Ana: the kettle", "2023-12-31 21:41"),
        ("[31/12/2023, 2:14:40 a.m.] Ana: the kettle", "2023-12-31 02:14:40"),
        ("31/12/23, 12:05 am - Ana: the kettle", "2023-12-31 00:05"),
        ("31.12.23, 12:05 PM - Ana: the kettle", "2023-12-31 12:05"),
        ("2023-12-31, 21:41 - Ana: the kettle", "2023-12-31 21:41"),
        ("2023/12/31 21:41 - Ana: the kettle", "2023-12-31 21:41"),
        ("[2023/12/31 21:41:05] Ana: the kettle", "2023-12-31 21:41:05"),
        ("[2023/12/31 下午9:41:05] Ana: the kettle", "2023-12-31 21:41:05"),
        ("2023. 12. 31. 오후 9:41 - Ana: the kettle", "2023-12-31 21:41"),
        ("31-12-2023 21:41 - Ana: the kettle", "2023-12-31 21:41"),
        ("31.12.2023 klo 21.41 - Ana: the kettle", "2023-12-31 21:41"),
        ("31/12/23 21.41 - Ana: the kettle", "2023-12-31 21:41"),
        ("31/12/2566 21:41 - Ana: the kettle", "2023-12-31 21:41"),
        ("٣١/١٢/٢٠٢٣، ٩:٤١ م - Ana: the kettle", "2023-12-31 21:41"),
    ],
)
def test_the_forms_of_phones_and_languages_are_read(tmp_path: Path, line: str, time: str) -> None:
    (turn,) = turns(tmp_path, line + "\n")

    assert (turn.speaker, turn.text) == ("Ana", "the kettle")
    assert turn.time == datetime.fromisoformat(time)
    assert turn.chat == "Trip"


def test_the_day_is_found_from_the_whole_file(tmp_path: Path) -> None:
    export = read(
        tmp_path, "03/04/24, 10:00 - Ana: one\n03/04/24, 10:01 - Bo: two\n13/04/24, 09:00 - Ana: three\n"
    )

    assert [turn.time.month for turn in export.turns()] == [4, 4, 4]
    assert export.notes == []


def test_the_order_of_messages_tells_the_day_where_numbers_do_not(tmp_path: Path) -> None:
    export = read(tmp_path, "5/1/24, 10:00 - Ana: one\n6/1/24, 10:00 - Bo: two\n1/2/24, 09:00 - Ana: three\n")

    assert [(turn.time.day, turn.time.month) for turn in export.turns()] == [(5, 1), (6, 1), (1, 2)]
    assert export.notes == []


def test_a_note_says_that_the_day_is_unsure_and_the_order_can_be_given(tmp_path: Path) -> None:
    text = "3/4/24, 10:00 AM - Ana: one\n3/5/24, 10:00 AM - Bo: two\n"
    export = read(tmp_path, text)

    assert [turn.time.month for turn in export.turns()] == [3, 3]
    assert "date_order='dmy'" in export.notes[0]
    assert [turn.time.month for turn in turns(tmp_path, text, date_order="dmy")] == [4, 5]


def test_a_message_of_several_lines_stays_one(tmp_path: Path) -> None:
    text = "31.12.23, 21:41 - Ana: first\n\n- second: line\n[9:30] third\n31.12.23, 21:42 - Bo: after\n"

    assert [turn.text for turn in turns(tmp_path, text)] == ["first\n\n- second: line\n[9:30] third", "after"]


def test_lines_of_the_system_are_notes_and_no_speakers(tmp_path: Path) -> None:
    android = (
        "31.12.23, 21:40 - Messages and calls are end-to-end encrypted. Only people in this chat: see.\n"
        "31.12.23, 21:40 - Ana created group “Trip: Porto”\n"
        '31.12.23, 21:41 - Ana changed the subject from "Trip" to "Trip: Porto"\n'
        "31.12.23, 21:41 - Ana added Bo\n"
        "31.12.23, 21:42 - Bo: hello\n"
    )
    iphone = (
        "[31.12.23, 21:40:00] Trip: \u200eMessages and calls are end-to-end encrypted. Only here.\n"
        "[31.12.23, 21:41:00] Ana: \u200eAna added Bo\n"
        "[31.12.23, 21:42:00] Bo: hello\n"
    )

    for text in (android, iphone):
        found = turns(tmp_path, text)
        assert [(turn.speaker, turn.text) for turn in found if turn.speaker] == [("Bo", "hello")]
        assert "Ana added Bo" in [turn.text for turn in found if not turn.speaker]
        assert len(found) == text.count("\n")


def test_an_iphone_names_the_group_as_the_speaker_of_such_lines(tmp_path: Path) -> None:
    text = (
        "[14.08.2024, 21:00:10] Trip: Messages and calls are end-to-end encrypted. No one outside.\n"
        "[14.08.2024, 21:00:10] Boris: \u200eBoris created group “Trip”\n"
        "[14.08.2024, 21:00:11] Trip: Boris added you\n"
        "[14.08.2024, 21:01:57] Trip: You're now an admin\n"
        "[14.08.2024, 21:02:00] Boris: \u200eLocation: https://maps.example/?q=1\n"
        "[14.08.2024, 21:02:01] Ana: hello\n"
    )

    assert [turn.speaker for turn in turns(tmp_path, text)] == ["", "", "", "", "Boris", "Ana"]
    alone = "[14.08.2024, 21:00:10] Trip: \u200eLocation: https://maps.example/?q=1\n"
    assert [turn.speaker for turn in turns(tmp_path, alone)] == ["Trip"]


def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    export = read(
        tmp_path,
        "31.12.23, 21:41 - Ana: <Media omitted>\n"
        "31.12.23, 21:41 - Ana: This message was deleted\n"
        "31.12.23, 21:41 - Bo: IMG-20231231-WA0001.jpg (file attached)\nthe harbour\n"
        "31.12.23, 21:42 - Bo: better so <This message was edited>\n"
        "31.12.23, 21:43 - Bo: Bo's list <b>: 3\n",
    )

    texts = [turn.text for turn in export.turns()]
    assert len(texts) == 5
    assert export.notes == [
        "not in the export: 1 picture, sound or file, 1 deleted message",
        "left out: 1 earlier form of an edited message",
    ]
    iphone = read(
        tmp_path,
        "[31.12.23, 21:41:00] Ana: \u200eimage omitted\n"
        "[31.12.23, 21:41:01] Ana: \u200eBild weggelassen\n"
        "[31.12.23, 21:41:02] Ana: \u200e<attached: 00000012-PHOTO.jpg>\n"
        "[31.12.23, 21:41:03] Bo: \u200eThis message was deleted.\n",
    )
    assert [turn.speaker for turn in iphone.turns()] == ["Ana", "Ana", "Ana", "Bo"]
    assert iphone.notes == [
        "not in the export: 2 pictures, sounds or files, 1 deleted message",
        "left out: 1 attached file",
    ]


@pytest.mark.parametrize(
    ("name", "chat"),
    [
        ("WhatsApp Chat with Ana Lee.txt", "Ana Lee"),
        ("WhatsApp Chat with Ana Lee (2).txt", "Ana Lee"),
        ("WhatsApp-Chat mit Ana.txt", "Ana"),
        ("Chat de WhatsApp con Ana.txt", "Ana"),
        ("Discussion WhatsApp avec Ana.txt", "Ana"),
        ("_chat.txt", "WhatsApp chat"),
    ],
)
def test_the_chat_is_named_by_its_file(tmp_path: Path, name: str, chat: str) -> None:
    export = read(tmp_path, "31.12.23, 21:41 - Ana: hi\n", name)

    assert [turn.chat for turn in export.turns()] == [chat]


def test_names_are_as_in_the_chat(tmp_path: Path) -> None:
    text = "".join(
        f"31.12.23, 21:41 - {name}: hi: there\n"
        for name in ("Çelik Ö.", "+44 7911 123456", "~\u202fBo", "Dr. A. 🌿")
    )

    assert [turn.speaker for turn in turns(tmp_path, text)] == [
        "Çelik Ö.",
        "+44 7911 123456",
        "~\u202fBo",
        "Dr. A. 🌿",
    ]


def test_dates_that_fit_no_order_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="date_order="):
        turns(tmp_path, "31/12/23, 10:00 - Ana: one\n12/31/23, 10:00 - Bo: two\n")
