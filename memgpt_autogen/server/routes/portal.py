"""The portal: one page at `/`, and its files. A browser loads nothing from elsewhere."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from memgpt_autogen.server.portal_files import PortalFile, portal
from memgpt_autogen.server.problems import ProblemError

router = APIRouter(include_in_schema=False)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.api_route("/", methods=["GET", "HEAD"])
def page(request: Request) -> Response:
    found = portal()
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": _POLICY,
        "ETag": f'"{found.digest}"',
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return _response(request, found.page, headers)


@router.api_route("/portal/{digest}/{name:path}", methods=["GET", "HEAD"])
def file(digest: str, name: str, request: Request) -> Response:
    found = portal()
    if digest != found.digest or name not in found.files:
        raise ProblemError(404, "this file is not of the server's version. Load the page again.")
    return _response(request, found.files[name], {"Cache-Control": "public, max-age=31536000, immutable"})


def _response(request: Request, sent: PortalFile, headers: dict[str, str]) -> Response:
    takes_compressed = "gzip" in request.headers.get("accept-encoding", "")
    content = sent.compressed if takes_compressed else sent.content
    headers = {**headers, "Vary": "Accept-Encoding"}
    if takes_compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=sent.media_type, headers=headers)
