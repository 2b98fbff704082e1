"""Signed tokens with which Open WebUI says who speaks: `X-OpenWebUI-User-Jwt`."""

from __future__ import annotations

import os
from collections.abc import Mapping

from memgpt_autogen.server.problems import ProblemError

HEADER = "x-openwebui-user-jwt"

VARIABLES = ("MEMGPT_AUTOGEN_USER_JWT_SECRET", "FORWARD_USER_INFO_HEADER_JWT_SECRET")
"""What has the secret that both servers know; the second is Open WebUI's own name."""

ISSUER = "open-webui"

# by how many seconds the clocks of the two servers may differ
_LEEWAY = 60


def find_secret(environ: Mapping[str, str] | None = None) -> str | None:
    """Return the secret of the environment; None where there is none, and then no token is believed."""
    environ = os.environ if environ is None else environ
    return next((environ[name] for name in VARIABLES if environ.get(name)), None)


def user_of_token(headers: Mapping[str, str]) -> str:
    """Return the name of the user whom the token names; empty without a token or a secret.

    Raises a problem, 401, for a token that was not signed with the secret, or has expired.
    """
    token, secret = headers.get(HEADER), find_secret()
    if not token or secret is None:
        return ""
    import jwt  # most servers get no such token, and it needs 8 MB

    try:
        claims = jwt.decode(
            token, secret, algorithms=["HS256"], issuer=ISSUER, leeway=_LEEWAY, options={"require": ["exp"]}
        )
    except jwt.PyJWTError as error:
        raise ProblemError(
            401,
            f"the header X-OpenWebUI-User-Jwt is not valid ({type(error).__name__}). Both servers need the "
            f"same secret ({VARIABLES[0]}) and the same time.",
        ) from None
    return next((str(claims[name]) for name in ("name", "email", "sub") if claims.get(name)), "")
