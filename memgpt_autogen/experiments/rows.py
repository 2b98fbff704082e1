"""Rows: the results of an experiment, as dictionaries that `pandas.DataFrame(rows)` takes as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from statistics import mean
from typing import Any

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.rendering.markup import shown, table
from memgpt_autogen.rendering.plain_text import shorten

Row = dict[str, Any]

WIDEST = 60
"""The most characters of a cell in a table of text."""


class Rows(list[Row]):
    """A list of rows, in the order of the trials, that shows itself as a table."""

    def columns(self) -> list[str]:
        """The names of all columns, in the order in which they first appear."""
        return list(dict.fromkeys(name for row in self for name in row))

    def by(self, *columns: str) -> Rows:
        """One row for each combination of these columns: `n` rows there, and the mean of each of their numbers and truths.

        Raises `ConfigurationError` for a column that no row has.
        """
        for name in columns:
            if name not in self.columns():
                raise ConfigurationError(
                    f"no row has a column '{name}'; there are {', '.join(self.columns())}."
                )
        groups: dict[str, list[Row]] = {}
        for row in self:
            groups.setdefault(json.dumps([row.get(name) for name in columns]), []).append(row)
        return Rows(
            {name: rows[0].get(name) for name in columns}
            | {"n": len(rows)}
            | _means(rows, {*columns, "seed", "row", "of"})
            for rows in groups.values()
        )

    def only(self, *columns: str) -> Rows:
        """The same rows with these columns alone, in this order."""
        return Rows({name: row.get(name) for name in columns} for row in self)

    def where(self, **values: Any) -> Rows:
        """The rows that have these values."""
        return Rows(row for row in self if all(row.get(name) == value for name, value in values.items()))

    def __str__(self) -> str:
        head = self.columns()
        lines = [head, *([_told(row.get(name)) for name in head] for row in self)]
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        right = [_is_number_column(row.get(name) for row in self) for name in head]
        return (
            "\n".join(
                "  ".join(
                    cell.rjust(width) if flush else cell.ljust(width)
                    for cell, width, flush in zip(line, widths, right, strict=True)
                ).rstrip()
                for line in lines
            )
            or "(no rows)"
        )

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - IPython's signature
        printer.text("Rows(...)" if cycle else str(self))

    def _repr_html_(self) -> str:
        heads = [
            f"{name}#" if _is_number_column(row.get(name) for row in self) else name
            for name in self.columns()
        ]
        cells = [[_told(row.get(name), None) for name in self.columns()] for row in self]
        return shown("rows", table(heads, cells))


def _means(rows: Iterable[Row], without: Iterable[str]) -> Row:
    rows = list(rows)
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in set(without)]
    held = {name: [row[name] for row in rows if row.get(name) is not None] for name in names}
    return {
        name: mean(map(float, values))
        for name, values in held.items()
        if values and _is_number_column(values)
    }


def _is_number_column(values: Iterable[Any]) -> bool:
    """Whether all that is there is numbers, or truth values, which count as 0 and 1."""
    return all(value is None or isinstance(value, (int, float)) for value in values)


def _told(value: Any, widest: int | None = WIDEST) -> str:
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
