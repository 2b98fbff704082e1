"""The page about installation names every extra of the project, and no page installs from an index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomlkit
from places import ROOT

PAGE = (ROOT / "docs/install.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROJECT = tomlkit.parse((ROOT / "pyproject.toml").read_text(encoding="utf-8")).unwrap()
EXTRAS = PROJECT["project"]["optional-dependencies"]
ROW = re.compile(r"^\| `([\w-]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
# a name without an extra: pip would have to find the package on an index
FROM_AN_INDEX = re.compile(r"\binstall (?:--?\S+ )*['\"]?memgpt-autogen(?![\w\[-])")


def packages(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", each)[0] for each in requirements}


def test_the_page_says_what_each_extra_is_for_and_which_packages_it_installs() -> None:
    rows = {name: (about, re.findall(r"`([\w.-]+)`", listed)) for name, about, listed in ROW.findall(PAGE)}

    assert rows.keys() == EXTRAS.keys()
    assert {name for name, (about, _) in rows.items() if len(about) < len("builds the site")} == set()
    assert {name: {*listed} for name, (_, listed) in rows.items() if name != "dev"} == {
        name: packages(requirements) for name, requirements in EXTRAS.items() if name != "dev"
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_installs_from_an_index_since_the_package_is_on_none(page: Path) -> None:
    assert FROM_AN_INDEX.findall(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", ["README.md", "docs/index.md", "docs/install.md", "docs/tutorial.md"])
def test_a_page_for_the_first_hour_installs_from_the_checkout_in_one_line(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")

    assert len(re.findall(r"^pip install \.(?:  # .+)?$", text, re.MULTILINE)) == 1


def test_every_extra_that_a_page_or_an_error_names_exists() -> None:
    texts = [*PAGES, *(ROOT / "memgpt_autogen").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
    named = {
        extra
        for text in texts
        for listed in re.findall(r"(?:memgpt-autogen|'\.)\[([a-z0-9,-]+)\]", text.read_text(encoding="utf-8"))
        for extra in listed.split(",")
    }

    assert named <= EXTRAS.keys()
