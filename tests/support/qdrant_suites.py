"""The tests of archives on a stand-in for a Qdrant server: `python tests/support/qdrant_suites.py [options]`.

Every agent that a test opens has its archive there, as with MEMGPT_AUTOGEN_QDRANT_URL.
"""

from __future__ import annotations

import os
import subprocess
import sys

STAND_IN = "MEMGPT_AUTOGEN_TEST_QDRANT"
"""The variable that puts the archives of all tests on a stand-in."""

SUITES = """
    memory/archival/test_superseded.py
    memory/documents
    memory/recall
    memory/upkeep
    tools/memory
""".split()


def main() -> int:
    """Run the suites."""
    tests = [f"tests/{name}" for name in SUITES]
    command = [sys.executable, "-m", "pytest", "-m", "not edge and not slow", *tests, *sys.argv[1:]]
    return subprocess.run(command, check=False, env={**os.environ, STAND_IN: "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
