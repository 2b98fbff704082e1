"""Ids of MemGPT 0.3 for what has a number or a name."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.memory.storage.tables import LARGEST
from memgpt_autogen.service.memgpt.ids import entry_id, named_id, seq_of

AGENT = "5de58ed6-5f23-444d-938d-1182dde6fdef"


@given(st.uuids(version=4), st.integers(min_value=1, max_value=LARGEST))
def test_an_entry_is_found_by_its_id(agent: uuid.UUID, seq: int) -> None:
    id_ = entry_id(str(agent), seq)

    assert uuid.UUID(id_).version == 4
    assert seq_of(str(agent), id_) == seq
    assert seq_of(str(agent), id_.upper()) == seq


@pytest.mark.parametrize("given_", [str(uuid.UUID(int=7)), str(uuid.UUID(int=0)), "12", "", AGENT])
def test_an_id_of_no_entry_of_the_agent_is_not_there(given_: str) -> None:
    with pytest.raises(NotFoundError, match="no message with the id"):
        seq_of(AGENT, given_)


def test_names_have_one_id_each() -> None:
    kinds = {named_id(AGENT, kind, name) for kind in ("human", "persona") for name in ("a", "b")}

    assert len(kinds) == 4
    assert named_id(AGENT, "human", "a") in kinds
