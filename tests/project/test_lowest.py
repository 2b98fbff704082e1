"""The lowest versions that are promised, as `make lowest` installs them."""

from __future__ import annotations

import pytest
from lowest_requirements import lowest, lowest_requirements, name_of


@pytest.mark.parametrize(
    ("requirement", "exact"),
    [
        ("anyio>=4.9", "anyio==4.9"),
        ("pylatexenc>=2.11,<3", "pylatexenc==2.11"),
        ("psycopg[binary]>=3.1.4", "psycopg[binary]==3.1.4"),
        ("tomli>=2; python_version < '3.11'", "tomli==2; python_version < '3.11'"),
        ("tzdata; sys_platform == 'win32'", "tzdata; sys_platform == 'win32'"),
    ],
)
def test_a_bound_becomes_the_version_itself(requirement: str, exact: str) -> None:
    assert lowest(requirement) == exact


def test_packages_of_the_extras_are_among_them_and_each_has_one_version() -> None:
    required = lowest_requirements()
    exact = [each for each in required if "==" in each.partition(";")[0]]

    assert {"qdrant-client", "typer", "mcp", "pypdfium2", "tree-sitter", "psycopg"} <= set(
        map(name_of, exact)
    )
    assert len(set(map(name_of, required))) == len(required)
