"""Writes the tables of docs/connect.md: `python docs/write_connect.py`. A test compares them.

They show what the journeys of the clients have found; `python -m tests.support.journey_runs` runs these.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

PAGE = Path(__file__).with_name("connect.md")

RESULTS = Path(__file__).parents[1] / "tests/support/journeys/results.json"

# a table is between these, and the first names its clients
PLACE = re.compile(r"<!-- ([\w., -]+) -->\n.*?<!-- end -->", re.DOTALL)


def page() -> str:
    """Return the page with the tables of today."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))

    def table(place: re.Match[str]) -> str:
        names = place[1].split(", ")
        calls = list(dict.fromkeys(call for name in names for call in results[name]))
        rows = [
            f"| what was tried | {' | '.join(f'`{name}`' for name in names)} |",
            "|---" * (len(names) + 1) + "|",
        ]
        for call in calls:
            works = [{True: "works", False: "no", None: ""}[results[name].get(call)] for name in names]
            rows.append(f"| {_shown(call)} | {' | '.join(works)} |")
        return "\n".join([f"<!-- {place[1]} -->", "", *rows, "", "<!-- end -->"])

    return PLACE.sub(table, PAGE.read_text(encoding="utf-8"))


def _shown(call: str) -> str:
    return call.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
