"""The programs that make the documentation site, and the check of the built site."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from places import ROOT

import memgpt_autogen


def program(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"site_{name}", ROOT / "docs/_site" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


pages = program("pages")
links = program("links")


@pytest.mark.parametrize(
    ("uri", "link", "expected"),
    [
        ("memory.md", "[x](../examples/many_users.py)", "[x](examples/many_users.md)"),
        ("benchmarks/recall.md", "[x](retrieval.md#why)", "[x](retrieval.md#why)"),
        ("guides.md", "[x](decisions)", "[x](decisions/index.md)"),
        ("contributing.md", "[x](docs/testing.md#how)", "[x](testing.md#how)"),
        ("versions.md", "[x](../CHANGELOG.md)", "[x](changelog.md)"),
        ("testing.md", "[x](../tests/support/fuzzing.py)", "x"),
        ("memory.md", "[x](https://example.org/a.md)", "[x](https://example.org/a.md)"),
    ],
)
def test_a_link_to_a_file_leads_to_the_page_made_from_it(uri: str, link: str, expected: str) -> None:
    there = {
        "examples/many_users.md",
        "benchmarks/retrieval.md",
        "decisions/index.md",
        "testing.md",
        "changelog.md",
    }

    assert pages.site_text(link, uri, there) == expected


def test_a_link_to_a_page_that_is_missing_is_left_for_the_strict_build_to_find() -> None:
    assert pages.site_text("[x](gone.md)", "memory.md", set()) == "[x](gone.md)"


def test_a_picture_of_our_own_is_part_of_the_page_so_that_it_follows_the_dark_theme() -> None:
    text = pages.site_text("![The tiers](assets/hierarchy.svg)", "concepts.md", set())

    assert 'aria-label="The tiers"' in text
    assert "</svg>" in text
    assert "\n\n" not in text


def test_pages_that_the_navigation_does_not_name_replace_the_pattern() -> None:
    nav = [{"Home": "index.md"}, {"Guides": ["agent.md", "*.md"]}, {"Decisions": "decisions/*.md"}]
    there = ["agent.md", "decisions/0001.md", "index.md", "new.md"]

    shown = pages.expand_nav(nav, there, named=set(pages.nav_pages(nav)))

    assert shown == [
        {"Home": "index.md"},
        {"Guides": ["agent.md", "new.md"]},
        {"Decisions": ["decisions/0001.md"]},
    ]


def test_a_search_lists_guides_first_then_examples_the_reference_and_last_the_decision_records() -> None:
    order = [
        "tutorial.md",
        "examples/group_chat.md",
        "reference/memory.md",
        "benchmarks/recall.md",
        "decisions/0001.md",
    ]

    boosts = [float(re.search(r"boost: ([\d.]+)", pages.with_boost("# T\n", uri))[1]) for uri in order]

    assert boosts == sorted(boosts, reverse=True)
    assert len(set(boosts)) == len(order)
    assert boosts[0] / boosts[2] >= 1000  # a match in a title counts 1000 times
    assert pages.with_boost("---\nhide: [toc]\n---\n\n# T\n", "faq.md").startswith("---\nsearch: ")


def test_the_navigation_names_pages_as_readers_look_for_them() -> None:
    site = yaml.safe_load((ROOT / "docs/_site/site.yml").read_text(encoding="utf-8"))

    (start,) = [part["Get started"] for part in site["nav"] if "Get started" in part]

    assert [next(iter(page)) for page in start] == [
        "Installation",
        "Tutorial",
        "Concepts",
        "FAQ",
        "Comparison",
    ]


def test_a_notebook_is_shown_with_its_pictures_tables_and_prints(tmp_path: Path) -> None:
    outputs = [
        {"output_type": "stream", "text": ["shown ```so```\n"]},
        {"output_type": "display_data", "data": {"text/plain": "<Figure>", "image/png": "aGVyb24=\n"}},
        {
            "output_type": "execute_result",
            "data": {"text/plain": "t", "text/html": ["<table>\n", "\n", "</table>"]},
        },
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Seen"]},
        {"cell_type": "code", "source": ["print(1)"], "outputs": outputs},
    ]
    path = tmp_path / "seen.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")

    text = pages.notebook_page(path)

    assert text.startswith("# Seen\n\n```python\nprint(1)\n```\n\n````text\nshown ```so```\n````")
    assert 'src="data:image/png;base64,aGVyb24="' in text
    assert '<div class="output">\n<table>\n</table>\n</div>' in text


def test_every_public_name_is_in_the_reference() -> None:
    reference = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs/reference").glob("*.md"))
    described = {
        address.rpartition(".")[2] for address in re.findall(r"^::: ([\w.]+)$", reference, re.MULTILINE)
    }

    missing = set(memgpt_autogen.__all__) - {"__version__"} - described
    assert not missing, f"give {sorted(missing)} a line of `::: module.name` in docs/reference"


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ('<a href="other/">x</a>', "other/ does not exist"),
        ('<a href="there/#gone">x</a>', "there/#gone has no such heading"),
        ('<a href="#gone">x</a>', "#gone has no such heading"),
        ('<a href="http://example.org">x</a>', "http://example.org is not an https address"),
        ('<img src="gone.png">', "gone.png does not exist"),
        ('<script src="https://cdn.example.org/x.js"></script>', "fetches https://cdn.example.org/x.js"),
        ('<link rel="stylesheet" href="//fonts.example.org/x.css">', "fetches //fonts.example.org/x.css"),
    ],
)
def test_a_problem_in_a_built_page_is_found(page: str, wrong: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/index.html").write_text('<h2 id="here">x</h2>', encoding="utf-8")
    (tmp_path / "index.html").write_text(page, encoding="utf-8")

    (line,) = links.find_problems(tmp_path)

    assert line.startswith("index.html: ")
    assert wrong in line


def test_a_stylesheet_that_fetches_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "site.css").write_text("@import 'https://fonts.example.org/x.css';", encoding="utf-8")

    assert list(links.find_problems(tmp_path)) == ["site.css: fetches https://fonts.example.org/x.css"]


def test_a_page_with_good_links_has_no_problems(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/index.html").write_text(
        '<h2 id="h&eacute;re">x</h2><a href="..">up</a>', encoding="utf-8"
    )
    (tmp_path / "index.html").write_text(
        '<a href="there/#h%C3%A9re">x</a><a href="https://example.org/y#z">y</a><a href="http://localhost:11434">z</a>',
        encoding="utf-8",
    )

    assert list(links.find_problems(tmp_path)) == []
