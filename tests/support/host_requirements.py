"""Print the requirements of this package and its tests, with these hosts in place of all others.

Such as `... 'pyautogen==0.2.35'`, or `... 'ag2==1.2.0'`, which is no AutoGen: then there is none.
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


def requirements(*hosts: str) -> list[str]:
    kept = [*hosts]
    for line in metadata.requires("memgpt-autogen") or ():
        requirement, _, marker = line.partition(";")
        name = re.split(r"[\[<>=!~ (]", requirement, maxsplit=1)[0]
        extra = re.search(r"extra == ['\"]([^'\"]+)['\"]", marker)
        if name in (*AUTOGEN, *HEIRS, *STATIC, *MODELS) or (extra and extra[1] not in EXTRAS):
            continue
        marker = re.sub(r"\s*(and\s+)?extra == ['\"][^'\"]+['\"]", "", marker).strip()
        kept.append(f"{requirement.strip()}; {marker}" if marker else requirement.strip())
    return kept


if __name__ == "__main__":
    sys.stdout.write("\n".join(requirements(*sys.argv[1:])) + "\n")
