"""Rows: the results of an experiment, as dictionaries for `pandas.DataFrame(rows)`."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from statistics import mean
from typing import Any

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.rendering.markup import shown, table
from memgpt_autogen.rendering.plain_text import shorten

Row = dict[str, Any]

WIDEST = 60
"""The most characters of a cell in a table of text."""


class Rows(list[Row]):
    """A list of rows, in the order of the trials. It prints as a table."""

    def columns(self) -> list[str]:
        """Return the names of all columns, in the order of their first appearance."""
        return list(dict.fromkeys(name for row in self for name in row))

    def by(self, *columns: str) -> Rows:
        """Return one row for each combination of values in these columns.

        It has the number of rows as `n`, and the mean of each column of numbers or truth values. Raises
        `ConfigurationError` for a column that no row has.
        """
        for name in columns:
            if name not in self.columns():
                raise ConfigurationError(
                    f"no row has a column '{name}'. The columns are {', '.join(self.columns())}."
                )
        groups: dict[str, list[Row]] = {}
        for row in self:
            groups.setdefault(json.dumps([row.get(name) for name in columns]), []).append(row)
        return Rows(
            {name: rows[0].get(name) for name in columns}
            | {"n": len(rows)}
            | _means(Rows(rows), {*columns, "seed", "row", "of"})
            for rows in groups.values()
        )

    def only(self, *columns: str) -> Rows:
        """Return the same rows with only these columns, in this order."""
        return Rows({name: row.get(name) for name in columns} for row in self)

    def where(self, **values: Any) -> Rows:
        """Return the rows that have these values."""
        return Rows(row for row in self if all(row.get(name) == value for name, value in values.items()))

    def __str__(self) -> str:
        head = self.columns()
        lines = [head, *([_cell(row.get(name)) for name in head] for row in self)]
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        pads = [str.rjust if self._is_number_column(name) else str.ljust for name in head]
        texts = (
            "  ".join(pad(cell, width) for pad, cell, width in zip(pads, line, widths, strict=True)).rstrip()
            for line in lines
        )
        return "\n".join(texts) or "(no rows)"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - IPython's signature
        printer.text("Rows(...)" if cycle else str(self))

    def _repr_html_(self) -> str:
        columns = self.columns()
        heads = [f"{name}#" if self._is_number_column(name) else name for name in columns]
        return shown("rows", table(heads, [[_cell(row.get(name), None) for name in columns] for row in self]))

    def _is_number_column(self, name: str) -> bool:
        return _are_numbers(row.get(name) for row in self)


def _means(rows: Rows, without: Container[str]) -> Row:
    columns = {name: [row[name] for row in rows if row.get(name) is not None] for name in rows.columns()}
    return {
        name: mean(map(float, values))
        for name, values in columns.items()
        if name not in without and values and _are_numbers(values)
    }


def _are_numbers(values: Iterable[Any]) -> bool:
    """Whether all values that are not None are numbers or truth values, which count as 0 and 1."""
    return all(value is None or isinstance(value, (int, float)) for value in values)


def _cell(value: Any, widest: int | None = WIDEST) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    text = " ".join(str(value).split())
    return text if widest is None else shorten(text, widest)
