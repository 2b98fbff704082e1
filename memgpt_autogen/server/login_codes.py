"""Login codes: the start of a server prints a link with one, so that nobody must look up a password.

A code begins one session of the admin, within some minutes. Like a session it is stored as a text that
follows from the code and the password, so any worker takes it, and a new password ends it. It stands behind
the `#` of the link, which a browser sends to nobody, and comes in the body of a request.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from memgpt_autogen.memory.storage.accounts.keys import KEY_BYTES
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.server.sessions import key_text
from memgpt_autogen.service.people import store_login_code, use_login_code
from memgpt_autogen.settings import Settings

PREFIX = "mgl_"

LASTS = timedelta(minutes=10)


def make_login_code(settings: Settings, password: AdminPassword) -> str:
    """Return a new code, which is stored nowhere as it is."""
    code = f"{PREFIX}{secrets.token_urlsafe(KEY_BYTES)}"
    store_login_code(settings, key_text(code, password), lasts=LASTS)
    return code


def is_valid_once(settings: Settings, password: AdminPassword, code: str) -> bool:
    """Use up a code, and return whether it was valid."""
    return code.startswith(PREFIX) and use_login_code(settings, key_text(code, password))


def link(address: str, code: str) -> str:
    """Return the link that logs in. An address of all interfaces is one of this machine in it."""
    for everywhere, here in (("://0.0.0.0:", "://127.0.0.1:"), ("://[::]:", "://[::1]:")):
        address = address.replace(everywhere, here)
    return f"{address}/#/login/{code}"
