"""The page of the paths, `/docs`. All of it is in the package: a browser loads nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from memgpt_autogen.server.problems import ProblemError

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).parents[1] / "pages"

_FILES = {"docs.css": "text/css", "docs.js": "text/javascript"}

_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


@router.get("/docs")
def page() -> Response:
    return FileResponse(_FOLDER / "docs.html", media_type="text/html", headers=_HEADERS)


@router.get("/docs/{name}")
def file(name: str) -> Response:
    if name not in _FILES:
        raise ProblemError(404, "there is no such file here. The page docs lists the paths.")
    return FileResponse(_FOLDER / name, media_type=_FILES[name], headers=_HEADERS)
