"""Every page of the portal, as its own modules list them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from places import ROOT

# the length of an id
_ID = 36

PAGES = ROOT / "memgpt_autogen/server/portal/pages"

_LISTED = re.compile(r"^export const (?:AREAS|PARTS) = \[\n(.*?)^\];$", re.MULTILINE | re.DOTALL)

_ONE = re.compile(r"\{ place: '(\w+)'(?:.*?inner: \[([^\]]*)\])?")


def listed(module: str) -> list[str]:
    """Return the places that a module lists, each with those inside it; none where it has no list."""
    found = _LISTED.search((PAGES / module).read_text(encoding="utf-8"))
    shown = []
    for line in found[1].splitlines() if found else ():
        place, inner = _ONE.search(line).groups()  # type: ignore[union-attr]
        shown += [place, *(f"{place}/{each}" for each in re.findall(r"\w+", inner or ""))]
    return shown


def places(agents: Sequence[str], inner: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the addresses of all pages: of each area, each of its parts, and each part of each agent.

    `inner` has what stands after an area's own part, such as the ids of runs, where a page shows one of them;
    by the empty text it has whole addresses.
    """
    shown = []
    for area in listed("pages.js"):
        shown += [area, *(f"{area}/{each}" for each in [*listed(f"{area}.js"), *inner.get(area, ())])]
    shown += [f"agents/{agent}/{part}" for agent in agents for part in listed("agent.js")]
    return [*shown, *inner.get("", ()), "no such page"]


def names_of(places: Sequence[str]) -> dict[str, str]:
    """Return the name of each place's picture, without ids: `runs-1`, `runs-2`."""
    found: dict[str, str] = {}
    for place in places:
        parts = place.partition("?")[0].replace(" ", "-").split("/")
        words = [each for each in parts if len(each) < _ID]
        name = "-".join(words) + ("-asked" if "?" in place else "")
        if len(words) < len(parts):
            name = next(f"{name}-{n}" for n in range(1, 1000) if f"{name}-{n}" not in found.values())
        found[place] = name
    return found
