"""The names that agents, archives, users and keys may have, and names of functions as models write them."""

from __future__ import annotations

import re
import unicodedata

from memgpt_autogen.errors import ConfigurationError, quoted

LONGEST_ARCHIVE_NAME = 120
"""The most characters of a shared archive's name."""

LONGEST_SOURCE_NAME = 500
"""The most characters of a document's name. An index of PostgreSQL takes 2,700 bytes."""


def check_agent_name(name: str) -> None:
    """Raise `ConfigurationError` if an agent cannot have this name."""
    if not re.fullmatch(r"[^\s<>|\\/]{1,64}", name):
        raise ConfigurationError(
            "an agent's name has 1 to 64 characters, no spaces and none of <>|\\/; "
            f"{quoted(name)} does not fit."
        )
    _check_characters("an agent's name", name)


def agent_name_for(name: str) -> str:
    """Return a name of another system in a form that an agent may have here."""
    plain = re.sub(r"[\s<>|\\/]+", "-", unicodedata.normalize("NFC", name).strip())
    visible = "".join(char for char in plain if not unicodedata.category(char).startswith("C"))
    return visible[:64] or "agent"


def check_archive_name(name: str | None) -> None:
    """Raise `ConfigurationError` if a shared archive cannot have this name. None: it is not shared."""
    if name is None:
        return
    if not 1 <= len(name) <= LONGEST_ARCHIVE_NAME or name != name.strip():
        raise ConfigurationError(
            f"an archive's name has 1 to {LONGEST_ARCHIVE_NAME} characters and no blank at its ends; "
            f"{quoted(name)} does not fit."
        )
    _check_characters("an archive's name", name)


def check_user_name(name: str) -> None:
    """Raise `ConfigurationError` if a user cannot have this name."""
    if not re.fullmatch(r"[^\s<>|\\/:]{1,64}", name):
        raise ConfigurationError(
            "a user's name has 1 to 64 characters, no spaces and none of <>|\\/:; "
            f"{quoted(name)} does not fit."
        )
    _check_characters("a user's name", name)
    _refuse_id("a user's name", name)


def check_key_name(name: str) -> None:
    """Raise `ConfigurationError` if a key cannot have this name."""
    if not 1 <= len(name) <= 64 or name != name.strip():
        raise ConfigurationError(
            f"a key's name has 1 to 64 characters and no blank at its ends; {quoted(name)} does not fit."
        )
    _check_characters("a key's name", name)
    _refuse_id("a key's name", name)


def check_source_name(name: str) -> None:
    """Raise `ConfigurationError` if a document cannot have this name."""
    if len(name) > LONGEST_SOURCE_NAME:
        raise ConfigurationError(
            f"a document's name has at most {LONGEST_SOURCE_NAME} characters; {quoted(name)} has "
            f"{len(name):,}. Give it a shorter name."
        )


def normalize_name(name: str) -> str:
    """Return a function's or argument's name without what models change: module, case, hyphens."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition(".")[2].lower())


def _refuse_id(what: str, name: str) -> None:
    """Raise for a name that looks like an id, since either can be given to find one."""
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", name):
        raise ConfigurationError(f"{what} must not look like an id; {quoted(name)} does.")


def _check_characters(what: str, name: str) -> None:
    """Raise for characters with which two names could look the same: invisible ones and split accents."""
    invisible = [char for char in name if unicodedata.category(char).startswith("C")]
    if invisible:
        raise ConfigurationError(
            f"{what} must not contain invisible characters; {quoted(name)} has U+{ord(invisible[0]):04X}."
        )
    if name != unicodedata.normalize("NFC", name):
        raise ConfigurationError(
            f"{what} must be in Unicode's composed form; use unicodedata.normalize('NFC', {quoted(name)})."
        )
