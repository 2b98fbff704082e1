"""The ids of tool calls: nine letters and digits, which every provider accepts."""

from __future__ import annotations

import hashlib
import secrets
import string

LETTERS = string.ascii_lowercase + string.digits

LENGTH = 9


def fresh_id() -> str:
    """Return an id that no other call has."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def steady_id(agent: str, seq: int, place: int) -> str:
    """Return the id of a call that is the same whenever the same agent makes it at the same place."""
    number = int.from_bytes(hashlib.sha256(f"{agent}/{seq}/{place}".encode()).digest(), "big")
    letters = []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(LETTERS))
        letters.append(LETTERS[rest])
    return "".join(letters)
