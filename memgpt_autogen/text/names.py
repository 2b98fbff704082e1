"""What agents and shared archives may be called."""

from __future__ import annotations

import re
import unicodedata

from memgpt_autogen.errors import ConfigurationError, quoted

LONGEST_ARCHIVE = 120
"""Characters of a shared archive's name."""


def check_agent_name(name: str) -> None:
    """Raise `ConfigurationError` where no agent can have this name."""
    if not re.fullmatch(r"[^\s<>|\\/]{1,64}", name):
        raise ConfigurationError(
            f"an agent's name has 1 to 64 characters, no spaces and none of <>|\\/; {quoted(name)} does not fit."
        )
    _check_characters("an agent's name", name)


def check_archive_name(name: str | None) -> None:
    """Raise `ConfigurationError` where no shared archive can have this name; None is for one of its own."""
    if name is None:
        return
    if not 1 <= len(name) <= LONGEST_ARCHIVE or name != name.strip():
        raise ConfigurationError(
            f"an archive's name has 1 to {LONGEST_ARCHIVE} characters and no blank at its ends; "
            f"{quoted(name)} does not fit."
        )
    _check_characters("an archive's name", name)


def _check_characters(what: str, name: str) -> None:
    """Names that look the same are the same: nothing in them is invisible, and a letter with an accent is one character."""
    unseen = [char for char in name if unicodedata.category(char).startswith("C")]
    if unseen:
        raise ConfigurationError(
            f"{what} holds only what can be seen; {quoted(name)} has U+{ord(unseen[0]):04X}."
        )
    if name != unicodedata.normalize("NFC", name):
        raise ConfigurationError(
            f"{what} is written in Unicode's composed form; give unicodedata.normalize('NFC', {quoted(name)})."
        )


def normalize_name(name: str) -> str:
    """The name of a function or an argument without what models change about it: its module, case, hyphens and camels."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition(".")[2].lower())
