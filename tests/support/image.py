"""The tests of the container image: `python tests/support/image.py [pytest options]`.

They run on the Docker engine that is at hand. Without one, Debian's is started in a root of its own, and
`mmdebstrap` is installed for it where that is possible.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from container_engine import engine_at_hand, why_no_own_engine

CHOSEN = "MEMGPT_AUTOGEN_TEST_IMAGE"
"""The variable without which these tests are skipped: they build an image, which takes minutes."""

INSTALL = "apt-get -qq update && apt-get -qq install -y --no-install-recommends mmdebstrap"

TESTS = "tests/system/test_image.py"


def main() -> int:
    if engine_at_hand() is None:
        if shutil.which("mmdebstrap") is None and shutil.which("apt-get") and os.geteuid() == 0:
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["/bin/sh", "-c", INSTALL], check=False, env=quiet)
        if (why := why_no_own_engine()) is not None:
            print(f"SKIPPED: {why}.")  # noqa: T201
            return 0
    command = [sys.executable, "-m", "pytest", *sys.argv[1:], TESTS]
    return subprocess.run(command, check=False, env={**os.environ, CHOSEN: "1"}).returncode


if __name__ == "__main__":
    sys.exit(main())
