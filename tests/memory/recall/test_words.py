"""Recall finds words of any script and spelling, and the long message that alone has all of them."""

from __future__ import annotations

import pytest
from finding import heard

from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message

HINDI = """किताब पुस्तकालय को लौटानी है।
तालाब के पास नई सड़क बनी है।
रवि की बैठक शुक्रवार को दोपहर तीन बजे है।
बाबा का चश्मा टूट गया है।
पानी की टंकी हर रविवार साफ होती है।
टिकट की कीमत चार सौ रुपये है।
कबूतर छत पर घोंसला बना रहे हैं।""".splitlines()

FACTS = [
    f"{name} is allergic to {what}."
    for name, what in (
        ("Can", "walnuts"),
        ("Will", "shrimps"),
        ("An", "pollen"),
        ("Bea", "cats"),
        ("Tom", "dust"),
    )
] + ["WHO sets the limits.", "IT owns the printers.", "The cook sets the table.", "Bea owns the boat."]


def texts(memory: MemoryHierarchy, query: str) -> list[str]:
    return [hit.text for hit in memory.recall.search(query, page_size=50).items]


def archived(memory: MemoryHierarchy, query: str) -> list[str]:
    return [hit.passage.text for hit in memory.archival.search(query, page_size=50).items]


@pytest.mark.parametrize(("query", "line"), [("किताब", 0), ("टंकी", 4), ('"टंकी"', 4), ("रवि", 2)])
def test_words_with_vowel_signs_are_whole(memory: MemoryHierarchy, query: str, line: int) -> None:
    for text in HINDI:
        heard(memory, text)
        memory.archival.insert(text)

    assert texts(memory, query)[0] == HINDI[line]
    assert archived(memory, query) == [HINDI[line]]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("المفتاح", "المِفْتَاحُ تَحْتَ البَابِ"),
        ("המפתח", "הַמַּפְתֵּחַ מִתַּחַת לַשָּׁטִיחַ"),
        ("বাংলা", "আমি বাংলা শিখছি"),
        ("தமிழ்", "எனக்கு தமிழ் பிடிக்கும்"),
        ("O'Brien", "Call O’Brien tonight"),
        ('"call o\'brien"', "Call O’Brien tonight"),
        ("password", "The pass\u200bword is known"),
        ('"the password"', "The pass\u00adword is known"),
        ("José", "Jose\u0301 came"),
        ("Lodz", "Łódź is cold"),
        ("strasse", "Die Straße ist lang"),
        ("10 km", "It was 10\u00a0km"),
        ("ガラス", "窓のｶﾞﾗｽが割れた"),
        ("+49 30 1234567", "Ring 030/1234567 then"),
        ("2024-03-05", "We met on March 5, 2024"),
        ("qx7731", "The number is QX-7731"),
    ],
)
def test_what_readers_take_as_the_same_is_found_and_stays_as_it_was(
    memory: MemoryHierarchy, query: str, text: str
) -> None:
    heard(memory, "The train is late")
    heard(memory, text)
    for number in range(5):
        heard(memory, f"Something else, number {'abcde'[number]}")
    memory.archival.insert(text)
    memory.archival.insert("The train is late")

    assert texts(memory, query)[0] == text
    assert archived(memory, query)[0] == text


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ("Can", "Can is"),
        ("What is Can allergic to?", "Can is"),
        ("Will allergic", "Will is"),
        ("An allergic", "An is"),
        ("WHO", "WHO"),
        ("WHO sets", "WHO"),
        ("IT owns", "IT"),
    ],
)
def test_names_that_are_stop_words_are_found_first(memory: MemoryHierarchy, query: str, start: str) -> None:
    for fact in FACTS:
        heard(memory, fact)
        memory.archival.insert(fact)

    assert texts(memory, query)[0].startswith(start)
    assert archived(memory, query)[0].startswith(start)


def test_a_speaker_whose_name_is_a_stop_word_is_named_by_a_question(memory: MemoryHierarchy) -> None:
    for name in ("Bea", "Will", "Tom"):
        heard(memory, "I like the garden", name=name)

    assert memory.recall.search("What does Will like about the garden?").items[0].name == "Will"


def test_a_query_of_stop_words_that_names_nothing_finds_them_as_they_stand(memory: MemoryHierarchy) -> None:
    heard(memory, "Are you there?")
    heard(memory, "tea")

    assert texts(memory, "there") == ["Are you there?"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("我的猫叫什么名字?", "我的猫叫咪咪。"),
        ("猫の名前は何ですか", "私の猫の名前はタマです。"),
        ("ประชุมที่ไหน", "พรุ่งนี้ประชุมที่เชียงใหม่"),
    ],
)
def test_a_question_without_spaces_finds_its_answer(
    memory: MemoryHierarchy, question: str, answer: str
) -> None:
    heard(memory, "今天天气很好", "今日は天気がいいですね", answer, "วันนี้อากาศดี", "Hello there.")

    assert memory.recall.search(question).items[0].text == answer


def test_words_without_spaces_that_stand_somewhere_find_nothing_else(memory: MemoryHierarchy) -> None:
    heard(memory, "我的猫叫咪咪。", "我的狗叫旺财。")

    assert [each.text for each in memory.recall.search("我的狗").items] == ["我的狗叫旺财。"]


@pytest.mark.parametrize("length", [100, 500, 1000, 4000])
def test_a_long_message_that_alone_has_all_words_is_first_and_shows_its_part(
    memory: MemoryHierarchy, length: int
) -> None:
    filler = [f"word{number % 700}" for number in range(length)]
    filler.insert(length // 2, "My insurance number is QX-7731.")
    seats = (
        " ".join(f"row{number}" for number in range(300))
        + " the number of seats is small, the number of rows"
    )
    said = [
        " ".join(filler),
        "Thanks.",
        "ok",
        "See you.",
        "Good point.",
        "Done.",
        "Sure.",
        "Later.",
        seats,
        "Hm.",
        "Right.",
    ]
    memory.log.append(*(Message.said_by("ada", text) for text in said))

    found = memory.recall.search("insurance number", page_size=50).items

    assert found[0].text == said[0]
    assert ("QX-7731" in found[0].part) == (length >= 500)
    assert len(found[0].part) <= 1010


def test_a_message_with_all_words_far_apart_is_above_every_message_with_none(memory: MemoryHierarchy) -> None:
    filler = " ".join(f"word{number % 700}" for number in range(4000))
    whole = f"The insurance {filler} and the number"
    heard(memory, whole, *(f"Filler {number} of the evening." for number in range(12)))
    heard(memory, *("A number, the number.", "I see what you mean, that is a good point to make now.") * 4)

    found = texts(memory, "insurance number")

    without = [place for place, text in enumerate(found) if "number" not in text and "insurance" not in text]
    assert without
    assert found.index(whole) < min(without)


def test_what_only_stands_near_a_hit_is_not_above_it(memory: MemoryHierarchy) -> None:
    beside = "I have heard that many people in town are very glad about the old man from the hill by the sea."
    heard(memory, "Who repairs boilers?", beside, "Yes.", "plumber?")
    heard(memory, *(f"Filler {number} of the evening, nothing more." for number in range(12)))

    found = texts(memory, "plumber boilers")

    assert found.index(beside) > min(found.index("Who repairs boilers?"), found.index("plumber?"))


def test_a_speaker_is_the_same_in_any_form_and_one_that_is_only_alike_is_another(
    memory: MemoryHierarchy,
) -> None:
    heard(memory, "first", name="Jose\u0301")
    heard(memory, "second", name="Jose")

    assert [each.text for each in memory.recall.search(speaker="JOSÉ").items] == ["first"]
    assert [each.text for each in memory.recall.search(speaker="jose").items] == ["second"]


@pytest.mark.parametrize(
    "form",
    ["JOSÉ", "Jose\u0301", "jos\u00e9", " José ", "Jo\u00adsé"],
)
def test_every_form_of_a_name_is_one_speaker(memory: MemoryHierarchy, form: str) -> None:
    heard(memory, "first", name="José")
    heard(memory, "second", name="Jose\u0301")
    heard(memory, "third", name="Jose")

    found = memory.recall.search(speaker=form)

    assert [each.text for each in found.items] == ["first", "second"]
    assert found.alike == ("Jose",)
    assert "not of 'Jose', whose name is only alike" in str(found)
    assert memory.recall.search("third", speaker="Jose").alike == ("Jose\u0301", "José")


@pytest.mark.parametrize(("name", "form"), [("O’Brien", "o'brien"), ("Ana Ruiz", "ana\u00a0ruiz")])
def test_a_name_is_the_same_with_other_signs(memory: MemoryHierarchy, name: str, form: str) -> None:
    heard(memory, "first", name=name)

    found = memory.recall.search(speaker=form)

    assert [each.text for each in found.items] == ["first"]
    assert found.alike == ()


def test_a_query_prefers_the_speaker_whose_name_it_has_as_written(memory: MemoryHierarchy) -> None:
    for name in ("Jose", "José"):
        heard(memory, "I like the garden", name=name)

    assert memory.recall.search("What does José like about the garden?").items[0].name == "José"
    assert memory.recall.search("What does Jose like about the garden?").items[0].name == "Jose"


def test_several_forms_of_a_name_are_one_participant(memory: MemoryHierarchy) -> None:
    for name in ("José", "Jose\u0301", "Jose", "JOSÉ"):
        heard(memory, "hello", name=name)

    speakers = memory.log.speakers(through_seq=memory.log.last_seq())

    assert [(each.name, each.messages) for each in speakers] == [("JOSÉ", 3), ("Jose", 1)]


def test_the_best_part_of_a_long_message_counts_as_a_message(memory: MemoryHierarchy) -> None:
    filler = [f"word{number % 700}" for number in range(2500)]
    asked = "the deadline of the grant application is in March"
    together = " ".join([*filler[:1200], asked, *filler[1200:]])
    chatter = ("ok", "Good point.", "hm", "See you.", "Sure.") * 2
    for word in ("deadline", "grant", "application", "March"):
        heard(memory, f"The {word}!", *chatter)
    heard(memory, together, *chatter)

    found = memory.recall.search("deadline grant application March").items

    assert found[0].text == together
    assert asked in found[0].part


def test_a_message_with_all_of_many_common_words_is_found_among_thousands(memory: MemoryHierarchy) -> None:
    whole = " ".join(["insurance", *(f"word{number % 700}" for number in range(3000)), "number"])
    heard(memory, *("the insurance again", "my number", "ok", "number, number", "insurance!") * 140)
    heard(memory, whole)
    heard(memory, *("a number", "the insurance", "Good point.", "bye") * 100)

    found = memory.recall.search("insurance number", page_size=200).items

    assert whole in [each.text for each in found]
    assert all("insurance" in each.text or "number" in each.text for each in found[:50])


def test_another_spelling_of_a_word_adds_nothing_to_the_word(memory: MemoryHierarchy) -> None:
    heard(memory, "The budget-friendly plan.", *(f"Filler {number} of the evening." for number in range(12)))
    heard(memory, "The hotel has a pool.", *(f"Filler {number} of the night." for number in range(12)))
    heard(memory, "The budget plan, friendly.")

    scores = {each.text: each.score for each in memory.recall.search("budget-friendly pool").items}

    assert scores["The budget-friendly plan."] == pytest.approx(scores["The budget plan, friendly."], rel=0.1)
