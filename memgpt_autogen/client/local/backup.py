"""A backup of the home as one file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from memgpt_autogen.client.files import write_upload
from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.service.backup import make_backup


def backup(home: LocalHome, to: Path) -> Path:
    with tempfile.TemporaryDirectory(prefix="memgpt-backup-") as folder:
        made = make_backup(home.settings, Path(folder) / "home.backup")
        write_upload(made.path, to)
    return to
