"""A backup of the whole home as one file. It is for the admin: it has what all users have."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from fastapi import BackgroundTasks
from starlette.responses import FileResponse

from memgpt_autogen.server.authentication import Admin
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.service.backup import make_backup

router = area("backup")

BACKUP = "application/zip"


@router.post(
    "/backup",
    response_class=FileResponse,
    responses={200: {"content": {BACKUP: {"schema": {"type": "string", "format": "binary"}}}}},
)
def backup(caller: Admin, after: BackgroundTasks) -> FileResponse:
    """Return the whole home as one file, with all users, agents and archives.

    `memgpt-autogen restore` reads it. It is made while the home is in use, one at a time; 429 while another
    one is made. It has no secrets of the settings, and the words of all users: keep it private.
    """
    folder = tempfile.mkdtemp(prefix="memgpt-backup-")  # only this user can read it
    after.add_task(shutil.rmtree, folder, ignore_errors=True)
    try:
        made = make_backup(caller.settings, Path(folder) / "home.backup")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(made.path, media_type=BACKUP, filename="home.backup")
