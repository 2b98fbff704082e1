"""Told times: what texts say of when something happens, resolved against when it was said."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.text.told_times.read import ADDED, ToldTime, told_times, with_dates

MONDAY = datetime(2023, 5, 8, 13, tzinfo=timezone.utc)


def read(text: str, said: datetime = MONDAY) -> list[str]:
    return [str(time) for time in told_times(text, said, timezone.utc)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("I went yesterday.", "2023-05-07"),
        ("I went the day before yesterday.", "2023-05-06"),
        ("Last night was great.", "2023-05-07"),
        ("We start tomorrow.", "2023-05-09"),
        ("I ran a race last Saturday.", "2023-05-06"),
        ("I joined last Tues.", "2023-05-02"),
        ("We paint next Wednesday.", "2023-05-17"),
        ("We paint next Saturday.", "2023-05-13"),
        ("I was there on Friday.", "2023-05-05"),
        ("We will meet on Friday.", "2023-05-12"),
        ("I went last week.", "2023-05-01 to 2023-05-07"),
        ("We camped two weekends ago.", "2023-04-29 to 2023-04-30"),
        ("We camped last weekend.", "2023-05-06 to 2023-05-07"),
        ("I got a puppy two weeks ago.", "about 2023-04-24"),
        ("I saw a doctor a few days ago.", "about 2023-05-03 to 2023-05-06"),
        ("That was three days ago.", "2023-05-05"),
        ("We moved last month.", "2023-04"),
        ("We go camping next month.", "2023-06"),
        ("I read it last year.", "2022"),
        ("It was ten years ago.", "2013"),
        ("I began about a year ago.", "about 2022-04-01 to 2022-06-30"),
        ("I have painted for seven years now.", "since 2016"),
        ("We went there last summer.", "2022-06-01 to 2022-08-31"),
        ("It rained last December.", "2022-12"),
        ("We met in December.", "2022-12"),
        ("We met in May 2021.", "2021-05"),
        ("We met back in 2016.", "2016"),
        ("It was winter 2020.", "2019-12-01 to 2020-02-29"),
        ("On 7 May we met.", "2023-05-07"),
        ("We met on December 30th.", "2022-12-30"),
        ("We met on the 3rd of May, 2021.", "2021-05-03"),
        ("It runs May 3-7.", "2023-05-03 to 2023-05-07"),
        ("It runs from 3 to 7 May 2022.", "2022-05-03 to 2022-05-07"),
        ("I met them on the 15th.", "2023-04-15"),
        ("The deadline is 2023-06-01.", "2023-06-01"),
        ("It is 5/13/2023.", "2023-05-13"),
        ("Es war am 07.05.2023.", "2023-05-07"),
    ],
)
def test_english_times_are_resolved_against_when_it_was_said(text: str, days: str) -> None:
    assert read(text) == [days]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Wir waren gestern im Kino, und letzte Woche bei Oma.", ["2023-05-07", "2023-05-01 to 2023-05-07"]),
        ("Das war vor zwei Wochen, und ich habe im März 2022 gelacht.", ["about 2023-04-24", "2022-03"]),
        ("Am 7. Mai war das Fest. Wir haben uns am Montag gesehen.", ["2023-05-07", "2023-05-01"]),
        ("Je suis allé à Paris hier, et il y a trois jours à Lyon.", ["2023-05-07", "2023-05-05"]),
        ("La semaine dernière je suis restée chez nous.", ["2023-05-01 to 2023-05-07"]),
        ("Le 7 mai nous partons, en mars 2022 aussi.", ["2023-05-07", "2022-03"]),
        ("Ayer fui al cine, y hace tres días a la playa.", ["2023-05-07", "2023-05-05"]),
        (
            "La semana pasada vi a Ana, y el 7 de mayo es la fiesta.",
            ["2023-05-01 to 2023-05-07", "2023-05-07"],
        ),
    ],
)
def test_german_french_and_spanish_are_read_too(text: str, days: list[str]) -> None:
    assert read(text) == days


@pytest.mark.parametrize(
    "text",
    [
        "May I go? They march on. I may come in.",
        "It is 3/5/2024, in one of two countries.",
        "We see each other on Friday.",
        "It took two weeks, and I finished it in two weeks.",
        "Good morning, see you soon, one day.",
        "Guten Morgen, wir sind hier und ich bin am Morgen da.",
        "31 February is no day.",
        "It was 999 decades ago.",
        "",
    ],
)
def test_what_is_no_time_or_not_clear_is_left(text: str) -> None:
    assert read(text) == []


def test_the_day_is_that_of_the_agents_zone() -> None:
    late = datetime(2023, 5, 8, 22, 30, tzinfo=timezone.utc)

    (time,) = told_times("It was yesterday.", late, ZoneInfo("Asia/Tokyo"))

    assert str(time) == "2023-05-08"


def test_a_date_stands_beside_what_says_less_and_not_twice() -> None:
    text = "Yesterday (2023-05-07) and last week we met, on 3 May, and on 30 December, as in March 2021."

    assert with_dates(text, MONDAY, timezone.utc) == (
        "Yesterday (2023-05-07) and last week (= 2023-05-01 to 2023-05-07) we met, on 3 May, and on "
        "30 December (= 2022-12-30), as in March 2021."
    )


PIECES = st.lists(
    st.sampled_from(
        """yesterday last next week month Friday May 7 31 2023 two a few years ago now in on the th . , - 15th
        gestern vor zwei Wochen hier ayer hace dos 2023-05-07 1/2/2023 since 0 999 decades (= about""".split()
    )
    | st.text(max_size=5),
    max_size=30,
).map(" ".join)
MOMENTS = st.integers(-700_000, 2_900_000).map(lambda days: MONDAY + timedelta(days=days))


@given(PIECES, MOMENTS)
def test_any_text_is_read_in_order_and_keeps_its_words(text: str, said: datetime) -> None:
    times = told_times(text, said, timezone.utc)

    assert all(time.first <= time.last for time in times)
    assert all(one.end <= other.start for one, other in pairwise(times))
    assert ADDED.sub("", with_dates(text, said, timezone.utc)) == ADDED.sub("", text)


def test_a_long_text_is_read_in_one_pass() -> None:
    text = "yesterday " * 100_000

    assert len(told_times(text, MONDAY, timezone.utc)) == 2000


def test_days_of_a_told_time_can_be_compared() -> None:
    (time,) = told_times("We moved last month.", MONDAY, timezone.utc)

    assert time == ToldTime(MONDAY.date() - timedelta(days=37), MONDAY.date() - timedelta(days=8), 9, 19)
