"""What an idle server does without: packages that only some requests need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("autogen", "mcp", "qdrant_client", "openai", "jwt", "cryptography", "numpy")

STARTED = """
import sys
from pathlib import Path
from pathlib import Path
from fastapi.testclient import TestClient
from memgpt_autogen.server.app import create_app
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings
settings = Settings.load(home=Path(sys.argv[1]), discover=False)
app = create_app(settings, password=AdminPassword.of("sesame", "a test"))
with TestClient(app, "http://127.0.0.1") as asked:
    assert asked.get("/health").status_code == 200
    print(*sorted(set(sys.argv[2:]) & set(sys.modules)))
"""


def test_an_idle_server_has_no_package_loaded_that_only_some_requests_need(tmp_path: Path) -> None:
    home = f"{tmp_path}/home"
    done = subprocess.run(
        [sys.executable, "-c", STARTED, home, *HEAVY], capture_output=True, text=True, check=True, timeout=120
    )

    assert done.stdout.split() == []
