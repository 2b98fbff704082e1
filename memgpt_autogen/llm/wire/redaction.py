"""Secrets are kept out of errors, logs and addresses: keys, passwords and tokens."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from memgpt_autogen.text.safe import clean_text

PART_CHARS = 8  # a part of a secret with so many characters is secret too
LEAST_CHARS = 4  # of a secret; a shorter one would be replaced in every word


def hide_secrets(secrets: Iterable[str], text: str) -> str:
    """Return the text with stars in place of the secrets, of their longer parts, and of possible keys."""
    covered = bytearray(len(text))
    # a NUL or half a character is replaced in most texts
    known = [(each, clean_text(each)) for each in secrets]
    for secret in {form for raw, each in known for form in (raw, each, quote(each, safe=""), unquote(each))}:
        size = min(PART_CHARS, len(secret))
        if size < LEAST_CHARS:
            continue
        for part in {secret[place : place + size] for place in range(len(secret) - size + 1)}:
            start = text.find(part)
            while start >= 0:
                covered[start : start + size] = b"*" * size
                start = text.find(part, start + 1)
    for found in reversed(list(re.finditer(rb"\*+", covered))):
        text = f"{text[: found.start()]}***{text[found.end() :]}"
    return re.sub(r"\b(sk|gsk|xai|hf)[-_][\w*-]{6,}", "***", text)


def reveals_secrets(error: BaseException, secrets: Iterable[str]) -> bool:
    """Return whether a traceback of this error and of its causes would show a secret."""
    try:
        shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:  # noqa: BLE001 - an exception whose own text fails
        return True
    return hide_secrets(secrets, shown) != shown


def secrets_in(settings: Any) -> list[str]:
    """Return the secrets in a client's settings.

    These are values under names such as `api_key`, headers, and passwords in addresses.
    """
    return list(dict.fromkeys(_secrets_in(settings, secret=False)))


def environment_keys() -> list[str]:
    """Return the keys, and the passwords of proxies, that clients take from the environment."""
    proxies = [value for name, value in os.environ.items() if name.lower().endswith("_proxy")]
    return [*(value for name, value in os.environ.items() if name.endswith("_API_KEY")), *secrets_in(proxies)]


def bare_address(endpoint: str) -> str:
    """Return an address without user name, password, query and fragment: each of them may contain a key."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return "an address that cannot be read"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


SECRET_NAME = re.compile(r"key|token|secret|password|passwd|credential|auth|cookie|header", re.IGNORECASE)


def _secrets_in(value: Any, *, secret: bool) -> Iterator[str]:
    if hasattr(value, "get_secret_value"):
        yield str(value.get_secret_value())
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _secrets_in(each, secret=secret or bool(SECRET_NAME.search(str(name))))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _secrets_in(each, secret=secret)
    elif isinstance(value, str):
        if secret:
            yield value.removeprefix("Bearer ")
        yield from _secrets_of_address(value)


def _secrets_of_address(text: str) -> Iterator[str]:
    """Yield the secrets of an address: its password or user name, and values of its query."""
    if "://" not in text:
        return
    try:
        parts = urlsplit(text)
        user, password = parts.username, parts.password
    except ValueError:
        return
    yield from filter(None, [password or user])
    yield from (value for name, value in parse_qsl(parts.query) if SECRET_NAME.search(name))
