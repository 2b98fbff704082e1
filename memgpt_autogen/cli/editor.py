"""A text in the person's editor: what `VISUAL` or `EDITOR` names."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from memgpt_autogen.errors import ConfigurationError


def edited(text: str) -> str:
    """The text as it was saved; the editor has a file of its own, which nobody else can read and which is gone afterwards."""
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or _usual())
    with tempfile.TemporaryDirectory(prefix="memgpt-autogen-") as folder:
        file = Path(folder, "block.txt")
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*words, str(file)], check=True)  # noqa: S603 - the person's own choice
        except (OSError, subprocess.CalledProcessError) as error:
            raise ConfigurationError(
                f"the editor {words[0]} did not end well: {error}. Set EDITOR, or give --text or --file; nothing has changed."
            ) from error
        return file.read_text(encoding="utf-8")


def _usual() -> str:
    return "notepad" if os.name == "nt" else "vi"
