"""What tests of clients share: a client of each kind, on this test's home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clients import KINDS, open_client


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of each kind, one after the other."""
    with open_client(request.param) as opened:
        yield opened
