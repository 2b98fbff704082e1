"""Print the requirements of this package at its lowest versions, and the tests' newest tools.

The packages of the extras are among them, except embedding models. pip refuses the list if one of the bounds
cannot be met, because another of these packages needs more: so a bound is never a promise that nothing keeps.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import tomlkit

PROJECT = Path(__file__).parents[2] / "pyproject.toml"

HOST = "pyautogen==0.2.35"  # the lowest AutoGen; its packages differ from those of the newest
AUTOGEN = ("pyautogen", "autogen")

EXTRAS = ("code", "documents", "mcp", "plots", "postgres", "server", "tokens", "web")
"""Extras whose calls the tests meet without a model that must be downloaded."""

TOOLS = "dev"  # the extra with the tools of the tests
NOT_NEEDED = (
    *("mypy", "ruff", "import-linter", "memgpt-autogen"),
    *("agent-framework-orchestrations", "autogen-ext"),
    *("cryptography", "openapi-spec-validator", "opentelemetry-sdk", "schemathesis"),
)
"""What the tests do without that run on these versions; pip searches for minutes for versions of all."""


def lowest_requirements() -> list[str]:
    project = tomlkit.parse(PROJECT.read_text(encoding="utf-8")).unwrap()["project"]
    extras = project["optional-dependencies"]
    promised = [*project["dependencies"], *(each for extra in EXTRAS for each in extras[extra])]
    return [
        HOST,
        *(lowest(each) for each in promised if name_of(each) not in AUTOGEN),
        *(each for each in extras[TOOLS] if name_of(each) not in NOT_NEEDED),
    ]


def lowest(requirement: str) -> str:
    """Return the requirement with its lowest version only; as it is without a version."""
    named, semicolon, marker = requirement.partition(";")
    bound = re.search(r">=\s*([\w.]+)", named)
    exact = f"{re.split(r'[<>=!~]', named, maxsplit=1)[0].strip()}=={bound[1]}" if bound else named.strip()
    return f"{exact}; {marker.strip()}" if semicolon else exact


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~; (]", requirement, maxsplit=1)[0]


if __name__ == "__main__":
    sys.stdout.write("\n".join(lowest_requirements()) + "\n")
