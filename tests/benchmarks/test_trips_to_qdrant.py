"""The program that counts trips to a server: what it counts, and what it prints."""

from __future__ import annotations

import json

import pytest

from benchmarks.trips_to_qdrant import AT_MOST, main, one_after_the_other

pytestmark = pytest.mark.sqlite


def test_requests_that_overlap_are_one_trip() -> None:
    assert one_after_the_other([]) == 0
    assert one_after_the_other([(0, 3), (1, 2)]) == 1
    assert one_after_the_other([(0, 1), (1, 2), (0.5, 1.5)]) == 2
    assert one_after_the_other([(2, 3), (0, 1), (0, 2.5)]) == 2


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_journey_makes_more_trips_than_it_may(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--distances", "100", "--times", "3", "--json"])

    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    journeys = result["journeys"]
    assert result["at_most"] == AT_MOST
    assert {
        name: journeys[name]["trips"] for name in AT_MOST if journeys[name]["trips"] > AT_MOST[name]
    } == {}
    assert all(each["p50_ms"]["100"] >= 100 * each["trips"] for each in journeys.values())
