"""The benchmark of the portal in its short form: it runs, and tells what it promises."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright", reason="playwright is not installed; it is in the extra 'dev'")

from benchmark_runs import result_of
from browser import program

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(program() is None, reason="Chromium is not installed; Debian's package is 'chromium'"),
]


def test_each_page_tells_its_paint_and_the_stream_its_long_tasks() -> None:
    found = result_of("portal", messages=60, passages=60, runs=60, repeats=1, seconds=1)

    assert set(found["pages"]) == {"chat", "search", "memory", "archival", "past", "runs"}
    assert all(each["paint_ms"]["worst"] > 0 and each["api_ms"] > 0 for each in found["pages"].values())
    assert found["stream"]["events_a_second"] == 60
