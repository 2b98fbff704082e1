"""Source code: its lines as they are written, its symbols as headings, and what a folder of it skips."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.readers.open import files_below, open_bytes
from memgpt_autogen.readers.sections import Section
from memgpt_autogen.text.chunking import split_lines

STORE = '''\
"""A shop's store."""

import os

LIMIT = 4


# Keeps the lamps.
@final
class Store:
    """Lamps by name."""

    size = 0

    def add(self, lamp):
        # the heron lamp is rare
        if lamp:
            self.lamps.append(lamp)

    @property
    def count(self):
        return len(self.lamps)


async def main():
    pass
'''


def read(name: str, text: str) -> list[Section]:
    return list(open_bytes(text.encode(), name).sections())


def headings(name: str, text: str) -> list[str | None]:
    return [section.heading for section in read(name, text)]


def test_python_is_cited_by_symbol_and_lines() -> None:
    found = read("store.py", STORE)

    assert [section.heading for section in found] == [
        "lines 1 to 5",
        "Store, lines 8 to 13",
        "Store > add, lines 15 to 18",
        "Store > count, lines 20 to 22",
        "main, lines 25 to 26",
    ]
    assert found[2].text == (
        "    def add(self, lamp):\n        # the heron lamp is rare\n        if lamp:\n"
        "            self.lamps.append(lamp)"
    )


SOURCES = {
    "a.js": (
        ("const fs = require('fs');\n\nfunction add(a) {\n  return a;\n}\n\nclass Store {\n  #x = 1;\n\n"
        "  add(item) {\n    return item;\n  }\n}\n\nexports.getUser = function (id) {};\n\n"
        "export const view = () => <b>x</b>;\n"),
        ["line 1", "add, lines 3 to 5", "Store, lines 7 to 8", "Store > add, lines 10 to 13",
         "exports.getUser, line 15", "view, line 17"],
    ),
    "a.ts": (
        ("/** A store. */\nexport class Store<T> {\n  add(item: T): void {\n  }\n}\n\n"
        "export interface Lamp {\n  name: string;\n}\n"),
        ["Store, lines 1 to 2", "Store > add, lines 3 to 5", "Lamp, lines 7 to 9"],
    ),
    "a.tsx": ("export function App() {\n  return <p>x</p>;\n}\n", ["App, lines 1 to 3"]),
    "a.go": (
        ("package main\n\ntype Store struct {\n\tn int\n}\n\n// Add adds.\n"
        "func (s *Store) Add(x int) error {\n\treturn nil\n}\n"),
        ["line 1", "Store, lines 3 to 5", "Store > Add, lines 7 to 10"],
    ),
    "a.rs": (
        "#[derive(Debug)]\npub struct Store;\n\nimpl Store {\n    pub fn add(&self) {}\n}\n",
        ["Store, lines 1 to 4", "Store > add, lines 5 to 6"],
    ),
    "A.java": (
        ("package x;\n\npublic class Store {\n    @Override\n    public int add(int x) {\n"
        "        return x;\n    }\n}\n"),
        ["line 1", "Store, line 3", "Store > add, lines 4 to 8"],
    ),
    "a.c": (
        "#include <x.h>\nstruct point { int x; };\n\nint *add(int a)\n{\n    return 0;\n}\n",
        ["line 1", "point, line 2", "add, lines 4 to 7"],
    ),
    "a.cpp": (
        ("namespace shop {\ntemplate <typename T>\nclass Store {\n  void add(T x) {}\n};\n}\n"
        "void shop::Store::clear() {}\n"),
        ["shop, line 1", "shop > Store, lines 2 to 3", "shop > Store > add, lines 4 to 6",
         "shop > Store > clear, line 7"],
    ),
    "a.cs": (
        "namespace Shop\n{\n    public class Store\n    {\n        public int Add(int x) => x;\n    }\n}\n",
        ["Shop, lines 1 to 2", "Shop > Store, lines 3 to 4", "Shop > Store > Add, lines 5 to 7"],
    ),
    "a.rb": (
        "module Shop\n  # Lamps\n  class Store\n    def add(x)\n      1\n    end\n  end\nend\n",
        ["Shop, line 1", "Shop > Store, lines 2 to 3", "Shop > Store > add, lines 4 to 8"],
    ),
    "a.php": (
        "<?php\nclass Store {\n    public function add($x) { return $x; }\n}\nfunction helper() {}\n",
        ["line 1", "Store, line 2", "Store > add, lines 3 to 4", "helper, line 5"],
    ),
    "a.kt": (
        "class Store(val a: Int) {\n    fun add(x: Int): Int = x\n}\n",
        ["Store, line 1", "Store > add, lines 2 to 3"],
    ),
    "a.swift": (
        "class Store {\n    func add(_ x: Int) -> Int { x }\n}\n",
        ["Store, line 1", "Store > add, lines 2 to 3"],
    ),
    "run": (
        "#!/bin/bash\nset -e\n# greets\nhello() {\n  echo hi\n}\n",
        ["lines 1 to 2", "hello, lines 3 to 6"],
    ),
    "a.sql": (
        "-- lamps\nCREATE TABLE IF NOT EXISTS shop.lamps (\n  id INT\n);\nINSERT INTO lamps VALUES (1);\n",
        ["shop.lamps, lines 1 to 4", "line 5"],
    ),
    "a.toml": ('name = "x"\n\n[tool.shop]\na = 1\n', ["line 1", "tool.shop, lines 3 to 4"]),
    "a.yaml": ("version: 3\nservices:\n  web:\n    image: x\n", ["line 1", "services, lines 2 to 4"]),
    "a.lua": ("local x = 1\n\nfunction add() end\n", ["lines 1 to 3"]),
}  # fmt: skip
"""Source code in each language, and the headings of its sections."""


@pytest.mark.parametrize("name", SOURCES)
def test_each_language_has_its_symbols(name: str) -> None:
    text, expected = SOURCES[name]

    assert headings(name, text) == expected


@pytest.mark.parametrize("name", [*SOURCES, "store.py"])
def test_every_line_of_code_is_stored_once_as_it_is_written(name: str) -> None:
    text = STORE if name == "store.py" else SOURCES[name][0]

    stored = [line for section in read(name, text) for line in section.text.splitlines() if line.strip()]

    assert stored == [line.rstrip() for line in text.splitlines() if line.strip()]


@examples(200)
@given(st.lists(st.text(" \tab(){}:\n#", max_size=60)), st.integers(4, 80))
def test_pieces_of_code_are_whole_lines_and_lose_nothing(lines: list[str], limit: int) -> None:
    text = "\n".join(lines)

    pieces = split_lines(text, limit)

    whole = "".join(piece + gap for piece, gap in pieces)
    assert [line.rstrip() for line in whole.splitlines() if line.strip()] == [
        line.rstrip() for line in text.splitlines() if line.strip()
    ] or max(map(len, text.splitlines())) > limit
    assert "".join(whole.split()) == "".join(text.split())
    assert all(piece.strip() and len(piece) <= limit for piece, _ in pieces)
    line_of = [line for line in text.splitlines() for _ in "".join(line.split())]
    told = 0
    for piece, gap in pieces[:-1]:
        told += len("".join(piece.split()))
        assert "\n" in gap or len(line_of[told]) > limit // 2  # only a long line is cut inside


def test_a_long_function_is_divided_between_lines_and_into_the_functions_inside() -> None:
    body = "".join(f"    step_{number} = {number}\n" for number in range(500))
    text = f"def outer():\n    def inner():\n        return 1\n\n{body}"

    found = read("long.py", text)

    assert found[0].heading == "outer, line 1"
    assert found[1].heading == "outer > inner, lines 2 to 3"
    assert all((section.heading or "").startswith("outer, lines ") for section in found[2:])
    assert all(section.text.startswith("    step_") for section in found[2:])
    assert len(found) > 3


def test_a_short_function_stays_whole() -> None:
    text = "def outer():\n    def inner():\n        return 1\n    return inner\n"

    assert headings("short.py", text) == ["outer, lines 1 to 4"]


def test_broken_python_is_read_by_its_lines_and_the_load_says_so() -> None:
    document = open_bytes(b"def add(:\n    print 'x'\n", "old.py")

    assert [(section.heading, section.text) for section in document.sections()] == [
        ("lines 1 to 2", "def add(:\n    print 'x'")
    ]
    assert document.notes == ["old.py: its symbols were not read, because of a syntax error in line 1."]


def test_without_a_grammar_code_is_read_by_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_go", None)
    document = open_bytes(b"package main\n\nfunc main() {}\n", "a.go")

    assert [section.heading for section in document.sections()] == ["lines 1 to 3"]
    assert document.notes == [
        "a.go: its symbols were not read, which needs tree-sitter-go: pip install 'memgpt-autogen[code]'."
    ]


def test_a_page_of_an_address_that_ends_as_code_does_is_a_page() -> None:
    for name in ("example.org", "example.rs", "example.org/index.php"):
        assert open_bytes(b"<p>Lamps</p>", name, media_type="text/html").kind == "html"


def test_a_folder_of_code_is_read_without_what_programs_and_others_wrote(tmp_path: Path) -> None:
    code = {
        "package.json": "{}",
        "src/app.js": "function add() {}",
        "src/app.ts": "let x",
        "src/vite.config.mjs": "export default {}",
        "src/notes.md": "# Lamps",
    }
    skipped = {
        "src/app.min.js": "x",
        "src/app.bundle.js": "x",
        "src/packed.js": "var x=1;" * 2000,
        "src/lamp_pb2.py": "x = 1",
        "src/lamp.go": "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x",
        "yarn.lock": "x",
        "package-lock.json": "{}",
        "prod.env": "KEY=1",
        "_static/search.js": "x",
        "style.css": "a {}",
    }
    folders = {"dist": "a.js", "vendor": "b.php", "node_modules": "c.js", "third_party": "d.c"}
    for name, text in {
        **code,
        **skipped,
        **{f"{folder}/{name}": "x" for folder, name in folders.items()},
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    left: list[Path] = []

    found = {path.relative_to(tmp_path).as_posix() for path in files_below(tmp_path, skipped=left)}

    assert found == set(code)
    assert {path.relative_to(tmp_path).as_posix() for path in left} == {*skipped, *folders}


def test_a_folder_of_documents_is_read_also_if_it_is_called_vendor_or_build(tmp_path: Path) -> None:
    for name in ("vendor/contract.md", "build/plan.md", "dist/price.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("Lamps")

    assert len(list(files_below(tmp_path, skipped=[]))) == 3
