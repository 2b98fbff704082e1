"""Notes that this process has changed users or keys, so that what was read of them before is read again."""

from __future__ import annotations

from itertools import count

_numbers = count(1)
_state = [0]


def accounts_changed() -> None:
    """Say that users or keys have changed, after the transaction that did it."""
    _state[0] = next(_numbers)


def state_of_accounts() -> int:
    """Return a number that differs after each change of this process."""
    return _state[0]
