"""The tools of archival memory as a model calls them and reads them."""

from __future__ import annotations

from datetime import timedelta

from inline_snapshot import snapshot
from tool_use import MARCH, ageless, undated, use

from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.context.block import Block


def test_what_was_inserted_is_found_with_its_tags(loop: HeartbeatLoop) -> None:
    told = [
        use(loop, "archival_memory_insert", content="Ana was born in Porto.", tags=["people", "ana"]),
        use(loop, "archival_memory_insert", content="Porto has six bridges."),
        use(loop, "archival_memory_insert", content="The river in Porto is long. " * 100),
        use(loop, "archival_memory_insert", content="  "),
        use(loop, "archival_memory_search", query="born Porto", tags=["ana"]),
        use(loop, "archival_memory_search", query="Porto bridges", tags=["ana", "ben"], tag_match_mode="all"),
        use(loop, "archival_memory_search", query="kumquat"),
    ]

    assert [undated(each) for each in told] == snapshot(
        [
            "Stored. Passages in archival memory: 1.",
            "Stored. Passages in archival memory: 2.",
            "Stored in 3 parts. Passages in archival memory: 5.",
            "Failed: there is no text to insert. Write what to remember.",
            """\
Showing 1 of 1 results (page 0, last page 0):
[TIME, AGE]
- (tags people, ana) Ana was born in Porto.\
""",
            (
                'No results found for "Porto bridges", tags ana, ben. Try this: use tags that there are: '
                "ana, people; leave out tags."
            ),
            'No results found for "kumquat". Try this: use other words; look in conversation_search.',
        ]
    )


def test_archival_search_pages_and_takes_dates(loop: HeartbeatLoop) -> None:
    for number in range(6):
        loop.memory.archival.insert(f"Tea number {number}.", created_at=MARCH + timedelta(days=number))

    first = use(loop, "archival_memory_search", query="tea")
    second = use(loop, "archival_memory_search", query="tea", page=1)
    third = use(loop, "archival_memory_search", query="tea", page=2)

    assert first.startswith("Showing 5 of 6 results (page 0, last page 1; oldest first):")
    assert second.startswith("Showing 1 of 6 results (page 1, last page 1):")
    assert third == "No results found on page 2: the 6 results end on page 1."
    between = {"start_date": "2026-03-02", "end_date": "2026-03-03"}
    assert ageless(use(loop, "archival_memory_search", query="tea 2", **between)) == snapshot("""\
Showing 2 of 2 results (page 0, last page 0; oldest first):
[2026-03-02, AGE]
- Tea number 1.
[2026-03-03, newest]
- (best match) Tea number 2.\
""")
    assert use(loop, "archival_memory_search", query="tea", page="none", tags=[], end_date="none") == first


def test_an_insert_can_say_what_it_replaces(loop: HeartbeatLoop) -> None:
    archive = loop.memory.archival
    archive.insert("Ana takes the late shift.", created_at=MARCH)
    archive.insert("Ben takes the late shift.", created_at=MARCH - timedelta(minutes=1))
    archive.insert("Ben's bike is in the shed.", created_at=MARCH)

    told = [
        use(loop, "archival_memory_insert", content="Ana takes the early shift.", replaces="Zoe takes"),
        use(
            loop,
            "archival_memory_insert",
            content="Ana takes the early shift.",
            replaces="takes the late shift",
        ),
        use(
            loop,
            "archival_memory_insert",
            content="Ana takes the early shift.",
            replaces="ANA takes the late shift!",
        ),
        use(loop, "archival_memory_insert", content="Ben's bike is sold.", replaces="bike is in the shed"),
        use(loop, "archival_memory_insert", content="Ben's bike is sold.", replaces="none"),
        use(loop, "archival_memory_search", query="shift"),
    ]

    assert [undated(each) for each in told] == snapshot(
        [
            (
                "Failed: no passage says 'Zoe takes', which this should replace. Nothing was stored. "
                "Quote words as a search shows them, or leave out `replaces`."
            ),
            (
                "Failed: 2 passages say 'takes the late shift'. Nothing was stored. Quote more of the one "
                "that this replaces."
            ),
            "Stored, and 1 marked as superseded. Passages in archival memory: 4.",
            "Stored, and 1 marked as superseded. Passages in archival memory: 5.",
            "Stored. Passages in archival memory: 5.",
            """\
Showing 3 of 3 results (page 0, last page 0; oldest first):
[TIME, AGE]
- Ben takes the late shift.
- (replaced on TIME) Ana takes the late shift.
[TIME, AGE, newest]
- (best match) Ana takes the early shift.\
""",
        ]
    )
    assert archive.count() == 5


def test_a_quote_of_a_whole_passage_means_that_one(loop: HeartbeatLoop) -> None:
    archive = loop.memory.archival
    for text in ("Ben likes tea.", "Ben likes tea and cake.", "ben likes TEA"):
        archive.insert(text)

    told = use(loop, "archival_memory_insert", content="Ben hates tea.", replaces="Ben likes tea")

    assert told == (
        "Stored, and 2 marked as superseded. Passages in archival memory: 4.\n"
        'These may be outdated too: core memory human "Ben likes tea."; archival "Ben likes tea and cake.".'
    )
    assert [each.text for each in archive.list().items if each.superseded_by] == [
        "Ben likes tea.",
        "ben likes TEA",
    ]


def test_a_search_that_finds_the_old_version_only_shows_the_newest_beside_it(loop: HeartbeatLoop) -> None:
    archive = loop.memory.archival
    (lisbon,) = archive.insert("Ana lives in Lisbon.", created_at=MARCH)
    (porto,) = archive.insert(
        "Her flat is in Porto.", created_at=MARCH + timedelta(days=1), replaces=lisbon.id
    )
    archive.insert("She moved to Faro.", created_at=MARCH + timedelta(days=2), replaces=porto.id)

    told = [
        use(loop, "archival_memory_search", query="Lisbon"),
        use(loop, "archival_memory_search", query="Lisbon", end_date="2026-03-02"),
        use(loop, "archival_memory_search", query="Lisbon", end_date="2026-03-01"),
        use(loop, "archival_memory_search", query="Lisbon Faro"),
    ]

    assert [ageless(each) for each in told] == snapshot(
        [
            """\
Showing 1 of 1 results (page 0, last page 0):
[2026-03-01, AGE]
- (replaced on 2026-03-02 14:05) Ana lives in Lisbon.
[2026-03-03, newest]
- (replaces a result) She moved to Faro.\
""",
            """\
Showing 1 of 1 results (page 0, last page 0):
[2026-03-01, AGE]
- (replaced on 2026-03-02 14:05) Ana lives in Lisbon.
[2026-03-02, newest]
- (replaces a result; replaced on 2026-03-03 14:05) Her flat is in Porto.\
""",
            """\
Showing 1 of 1 results (page 0, last page 0):
[2026-03-01, AGE]
- (replaced on 2026-03-02 14:05) Ana lives in Lisbon.\
""",
            """\
Showing 2 of 2 results (page 0, last page 0; oldest first):
[2026-03-01, AGE]
- (replaced on 2026-03-02 14:05) Ana lives in Lisbon.
[2026-03-03, newest]
- (best match) She moved to Faro.\
""",
        ]
    )


def test_what_may_be_outdated_too_is_named(loop: HeartbeatLoop) -> None:
    loop.memory.core.edit("human", lambda block: block.append("Ana's commute in Lisbon takes an hour."))
    loop.memory.archival.insert("Ana lives in Lisbon.", created_at=MARCH)
    loop.memory.archival.insert("Ana's dentist is Dr Costa in Lisbon.", created_at=MARCH)
    loop.memory.archival.insert("Lisbon has seven hills.", created_at=MARCH)

    told = [
        use(loop, "archival_memory_insert", content="Ana moved to Porto.", replaces="Ana lives in Lisbon"),
        use(loop, "archival_memory_insert", content="Ana moved to Faro.", replaces="Ana lives in Lisbon"),
        use(loop, "archival_memory_insert", content="Ana moved to Faro.", replaces="Ana moved to Porto"),
    ]

    hint = (
        'These may be outdated too: core memory human "Ana\'s commute in Lisbon takes an hour."; '
        'archival "Ana\'s dentist is Dr Costa in Lisbon.".'
    )
    assert told == [
        f"Stored, and 1 marked as superseded. Passages in archival memory: 4.\n{hint}",
        (
            "Stored, and 1 marked as superseded. Passages in archival memory: 5.\n"
            'It was replaced before, and this still holds: "Ana moved to Porto.". '
            f"Replace it too if it is outdated. {hint}"
        ),
        "Stored, and 1 marked as superseded. Passages in archival memory: 5.",
    ]


def test_a_block_that_the_agent_cannot_write_to_is_not_named(loop: HeartbeatLoop) -> None:
    loop.memory.core.add([Block("office", "Ana's office is in Lisbon.", read_only=True)])
    loop.memory.archival.insert("Ana lives in Lisbon.")

    told = use(loop, "archival_memory_insert", content="Ana moved to Porto.", replaces="lives in Lisbon")

    assert told == "Stored, and 1 marked as superseded. Passages in archival memory: 2."


def test_an_unknown_tag_is_told_the_tags_that_are_known(loop: HeartbeatLoop) -> None:
    loop.memory.archival.insert("Tea.", tags=["drinks", "ana's"])

    told = [
        use(loop, "archival_memory_search", query="tea", tags=["drink"]),
        use(loop, "archival_memory_search", query="tea", tags=["drinks", "x"], tag_match_mode="all"),
        use(loop, "archival_memory_search", query="cake", tags=["drinks"], end_date="2026-03-01"),
    ]

    assert told == snapshot(
        [
            (
                'No results found for "tea", tags drink. Try this: use tags that there are: ana\'s, '
                "drinks; leave out tags."
            ),
            (
                'No results found for "tea", tags drinks, x. Try this: use tags that there are: ana\'s, '
                "drinks; leave out tags."
            ),
            (
                'No results found for "cake", tags drinks, end_date 2026-03-01. Try this: use other '
                "words; leave out tags; widen the dates."
            ),
        ]
    )
