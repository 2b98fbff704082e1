"""Pages of lists, and ids."""

from __future__ import annotations

import pytest

from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.server.facades.letta.ids import bare, message_id, seq_of
from memgpt_autogen.server.facades.letta.paging import PageAsked

AGENT = "5f0c9b1e-0000-4000-8000-00000000dead"

LETTERS = list("edcba")
"""The newest first."""


def page(items: list[str], **given: object) -> list[str]:
    asked = {"before": None, "after": None, "limit": 2, "order": "desc", **given}
    return PageAsked(**asked).of(items, lambda each: each)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "ed"),
        ({"order": "asc"}, "ab"),
        ({"after": "d"}, "cb"),
        ({"after": "a"}, ""),
        ({"before": "b"}, "dc"),
        ({"order": "asc", "after": "b"}, "cd"),
        ({"order": "asc", "before": "d"}, "bc"),
        ({"order": "asc", "before": "a"}, ""),
    ],
)
def test_a_page_is_after_or_before_an_item_in_its_order(given: dict[str, str], expected: str) -> None:
    assert "".join(page(LETTERS, **given)) == expected


def test_items_of_one_id_stay_together_so_that_a_reader_comes_to_an_end() -> None:
    items, found, after = list("cbbbaa"), "", None
    for _ in range(10):
        some = page(items, after=after, limit=1)
        if not some:
            break
        found, after = found + "".join(some), some[-1]

    assert found == "cbbbaa"


def test_an_item_that_is_gone_is_told() -> None:
    with pytest.raises(NotFoundError, match="its first page"):
        page(LETTERS, after="z")


def test_ids_with_and_without_their_kind() -> None:
    assert bare(f"agent-{AGENT}") == bare(AGENT) == AGENT
    assert bare("agent-sam") == "agent-sam", "a name"
    assert seq_of(AGENT, message_id(AGENT, 12)) == 12
    for other in (message_id("6f0c9b1e-0000-4000-8000-00000000dead", 12), "message-1", AGENT[:8]):
        with pytest.raises(NotFoundError):
            seq_of(AGENT, other)
