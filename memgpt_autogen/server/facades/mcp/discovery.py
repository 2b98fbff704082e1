"""Where clients look for OAuth after 401, and try to register themselves: they are told to use a key."""

from __future__ import annotations

from fastapi import APIRouter

from memgpt_autogen.server.problems import ProblemError

router = APIRouter(include_in_schema=False)

_PLACES = (
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
)

NO_OAUTH = (
    "this server has no OAuth. Give the client a key of this server as the header Authorization: Bearer KEY; "
    "memgpt-autogen keys add makes one."
)


async def no_oauth() -> None:
    """Answer 404, which clients take for a server without OAuth."""
    raise ProblemError(404, NO_OAUTH)


for _place in _PLACES:
    router.add_api_route(_place, no_oauth, methods=["GET"], name="no_oauth")
    router.add_api_route(f"{_place}/{{resource:path}}", no_oauth, methods=["GET"], name="no_oauth")
router.add_api_route("/register", no_oauth, methods=["POST"], name="no_oauth")
