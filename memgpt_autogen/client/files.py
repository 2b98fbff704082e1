"""Files that are sent and received."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from memgpt_autogen.client.operation import UploadedFile
from memgpt_autogen.errors import ConfigurationError, quoted
from memgpt_autogen.text.safe import clean_text


def is_read_once(values: Mapping[str, Any]) -> bool:
    """Return whether a file of a request can be read only once, so that it cannot be sent again."""
    given = values.get("file")
    opened = given[1] if isinstance(given, tuple) else given
    return hasattr(opened, "read") and not getattr(opened, "seekable", lambda: False)()


def file_name(given: UploadedFile) -> str:
    """Return the name of a file that is sent, in characters that can be sent."""
    if isinstance(given, tuple):
        return clean_text(given[0])
    if isinstance(given, (str, os.PathLike)):
        return clean_text(Path(given).name)
    return clean_text(Path(str(getattr(given, "name", "") or "document")).name)


def opened_file(given: UploadedFile, files: ExitStack) -> tuple[str, IO[bytes] | bytes]:
    """Return the name of a file and what is read of it. `files` closes it. Raises `ConfigurationError`."""
    if isinstance(given, tuple):
        return file_name(given), given[1]
    if isinstance(given, (str, os.PathLike)):
        try:
            return file_name(given), files.enter_context(Path(given).open("rb"))
        except OSError as error:
            reason = error.strerror or error
            raise ConfigurationError(f"the file {quoted(str(given))} cannot be read: {reason}.") from error
    return file_name(given), given


def write_upload(given: UploadedFile, to: Path) -> None:
    """Write a file that is given into another one."""
    with ExitStack() as files, file_to_write(to) as file:
        _, content = opened_file(given, files)
        if isinstance(content, bytes):
            file.write(content)
        else:
            shutil.copyfileobj(content, file)


@contextmanager
def file_to_write(to: Path) -> Iterator[IO[bytes]]:
    """Open a file that replaces what was there only when all of it is written. Only its owner can read it."""
    part = to.with_name(f"{to.name}.part")
    try:
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            part.chmod(0o600)  # it has what persons said
            yield file
        part.replace(to)
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(f"the file {quoted(str(to))} cannot be written: {reason}.") from error
    finally:
        part.unlink(missing_ok=True)
