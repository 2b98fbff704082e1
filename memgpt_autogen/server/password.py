"""The admin password: from the environment or a file, else made once and kept in the home.

It is never shown, and compared in constant time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from memgpt_autogen.errors import StorageError
from memgpt_autogen.private_files import FILE_MODE, make_private_folder
from memgpt_autogen.secret_files import read_secret

# the second is MemGPT's name
VARIABLES = ("MEMGPT_AUTOGEN_SERVER_PASS", "MEMGPT_SERVER_PASS")

FILE = "server_password"

# what such a file has, as errors say it
_WHAT = "the admin password"


@dataclass(frozen=True, slots=True)
class AdminPassword:
    """The password of the one who runs the server."""

    digest: bytes = field(repr=False)
    source: str
    """Where it comes from, as the start of the server says it."""
    chosen: bool
    """Whether a person set it; otherwise it was made for this home."""

    @classmethod
    def of(cls, text: str, source: str, *, chosen: bool = True) -> AdminPassword:
        return cls(hashlib.sha256(text.encode()).digest(), source, chosen)

    def derive(self, text: str) -> str:
        """Return a text that only a server with this password can make of that one."""
        return (
            base64.urlsafe_b64encode(hmac.digest(self.digest, text.encode(), "sha256")).decode().rstrip("=")
        )

    def matches(self, text: str) -> bool:
        """Whether a text is the password. The time does not depend on how much of it is right."""
        return hmac.compare_digest(hashlib.sha256(text.encode()).digest(), self.digest)


def find_password(
    home: Path, file: Path | None = None, environ: Mapping[str, str] | None = None
) -> AdminPassword:
    """Return the password: of the file that is named, of the environment, or of the home.

    Where none of them has one, it is made and stored in the home, in a file that only its owner can read.
    Raises `ConfigurationError` for a file without a password, and `StorageError` for one that cannot be read.
    """
    if file is not None:
        return AdminPassword.of(read_secret(file, _WHAT), f"the file {file}")
    environ = os.environ if environ is None else environ
    for name in VARIABLES:
        if environ.get(name, "").strip():
            return AdminPassword.of(environ[name].strip(), name)
    return AdminPassword.of(_home_password(home), f"the file {home / FILE}", chosen=False)


def _home_password(home: Path) -> str:
    path = home / FILE
    try:
        make_private_folder(home)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "w") as opened:
            opened.write(secrets.token_urlsafe(24) + "\n")
    except FileExistsError:
        pass
    except OSError as error:
        raise StorageError(
            f"the admin password cannot be stored in {path}: {error}. Set {VARIABLES[0]} instead."
        ) from error
    return read_secret(path, _WHAT)
