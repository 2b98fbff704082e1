"""Who speaks in a request of a front end, and in which of its chats, as its headers say it.

A front end serves many people with one key. It names each of them in headers, which are believed only from a
key that may speak for others. `X-OpenWebUI-*` are sent by Open WebUI itself. The names of LibreChat's are
those that `docs/connect.md` gives to its `headers`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.user_tokens import user_of_token

LONGEST = 64
"""The most characters of a speaker's name and of a chat's id."""

SPEAKERS = (
    "x-openwebui-user-name",
    "x-openwebui-user-email",
    "x-openwebui-user-id",
    "x-librechat-user-name",
    "x-librechat-user-email",
    "x-librechat-user-id",
)
"""The headers that name who speaks; the first one that is there counts."""

CHATS = ("x-openwebui-chat-id", "x-librechat-conversation-id", "x-chat-id")
"""The headers that name the chat."""


def header(headers: Mapping[str, str], *names: str) -> str:
    """Return the first of these headers that has a value, as it was meant; else an empty text.

    Front ends encode values that HTTP cannot have. A placeholder that an older version of one does not know
    comes as it is, and has no value.
    """
    return next(_values(headers, names), "")


def is_given(headers: Mapping[str, str], name: str) -> bool:
    """Return whether a front end sends this header at all, maybe with no value."""
    return name in headers and not _is_placeholder(headers[name].strip())


def may_speak_for_others(caller: Caller) -> bool:
    return "speak-for" in caller.scopes


def speaker_of(caller: Caller, headers: Mapping[str, str], user: object = None) -> str:
    """Return who speaks: the one whom the headers or the field `user` name, or the owner of the key.

    Only a key with the scope `speak-for` is believed. Raises a problem, 401, for a token that is not valid.
    """
    if not may_speak_for_others(caller):
        return caller.speaker
    signed = name_of(user_of_token(headers))
    return signed or header(headers, *SPEAKERS) or name_of(user) or caller.speaker


def name_of(value: object) -> str:
    """Return a name that a client gives, without what is not shown, and no longer than names may be."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(each for each in value if each.isprintable()).split())[:LONGEST].rstrip()


def chat_of(headers: Mapping[str, str], given: object = None) -> str:
    """Return the id of the chat; empty where the request names none."""
    return header(headers, *CHATS) or name_of(given)


def _values(headers: Mapping[str, str], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value = headers.get(name, "").strip()
        if _is_placeholder(value):
            continue
        if found := name_of(_decoded(value)):
            yield found


def _is_placeholder(value: str) -> bool:
    return value.startswith("{{") and value.endswith("}}")


def _decoded(value: str) -> str:
    """Return a header's value: Open WebUI quotes it as in an address, LibreChat as base64."""
    if value.startswith("b64:"):
        try:
            return base64.b64decode(value[4:], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return unquote(value)
