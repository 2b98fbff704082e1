"""CSV and JSON: names of columns, and values that are nested deep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.open import open_bytes, open_file


def test_a_remark_as_long_as_a_page_is_cut_where_it_names_a_column(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(f"{'what is in the shop ' * 50},price\n" + "heron lamp,48\n" * 3)

    (section,) = open_file(file).sections()

    assert section.text.count("price: 48") == 3
    assert len(section.text) < 300


def test_json_that_nests_deep_is_read_or_refused_and_never_more() -> None:
    deep = json.loads("[" * 200 + "1" + "]" * 200)

    assert "1" in next(iter(open_bytes(json.dumps(deep).encode(), "deep.json").sections())).text
    with pytest.raises(DocumentError, match="broken JSON"):
        list(open_bytes(b"[" * 200_000, "deeper.json").sections())
