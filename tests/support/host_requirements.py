"""Print the requirements of this package and its tests, with these hosts in place of all others.

Such as `... 'pyautogen==0.2.35'` for the tests that use AutoGen, or `... 'ag2==1.2.0'` for those of a host
that came after it: then there is no AutoGen, and nothing that only other tests need.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata

EXTRAS = ("dev", "mcp", "postgres", "tokens", "web")
"""What the tests cannot do without; embedding models would bring what an old AutoGen refuses."""
AUTOGEN = ("pyautogen", "autogen")
HEIRS = ("ag2", "agent-framework-core", "agent-framework-orchestrations", "autogen-agentchat", "autogen-ext")
MODELS = ("wordllama",)
"""In `dev` too; it needs a numpy that the oldest AutoGen refuses."""
STATIC = ("mypy", "ruff", "import-linter", "memgpt-autogen")
RUNNERS = (
    "hypothesis",
    "inline-snapshot",
    "pytest",
    "pytest-mock",
    "pytest-rerunfailures",
    "pytest-timeout",
    "pytest-xdist",
)
"""All that the tests of an heir need of the extras."""


def requirements(*hosts: str) -> list[str]:
    is_heir = all(name_of(host) in HEIRS for host in hosts)
    kept = [*hosts]
    for line in metadata.requires("memgpt-autogen") or ():
        requirement, _, marker = line.partition(";")
        name = name_of(requirement)
        extra = re.search(r"extra == ['\"]([^'\"]+)['\"]", marker)
        left_out = extra and (name not in RUNNERS if is_heir else extra[1] not in EXTRAS)
        if left_out or name in (*AUTOGEN, *HEIRS, *STATIC, *MODELS):
            continue
        marker = re.sub(r"\s*(and\s+)?extra == ['\"][^'\"]+['\"]", "", marker).strip()
        kept.append(f"{requirement.strip()}; {marker}" if marker else requirement.strip())
    return kept


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~ (]", requirement, maxsplit=1)[0]


if __name__ == "__main__":
    sys.stdout.write("\n".join(requirements(*sys.argv[1:])) + "\n")
