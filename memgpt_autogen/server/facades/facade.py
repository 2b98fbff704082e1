"""What a facade gives the app: its paths, and how its clients read errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Optional

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from memgpt_autogen.server.authentication import AuthenticatedRoute
from memgpt_autogen.server.problems import ErrorShape

ErrorAnswer = Callable[[Request, Exception], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Facade:
    """One API of others."""

    routers: tuple[APIRouter, ...]
    shapes: Mapping[str, ErrorShape] = field(default_factory=dict)
    """How errors are written, by the prefix of the paths. The longest prefix of a path counts."""
    errors: Mapping[type[Exception], ErrorAnswer] = field(default_factory=dict)
    """How errors of the facade's own are answered."""
    running: Optional[Callable[[FastAPI], AbstractAsyncContextManager[None]]] = None
    """What is open while the app runs."""


def foreign_area(tag: str, prefix: str) -> APIRouter:
    """Return a router for paths of an API of others, which are not in our OpenAPI file."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=AuthenticatedRoute, include_in_schema=False)
