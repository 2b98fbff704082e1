"""What the server has: its model, its configuration, and the functions of agents; and whose a password is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from memgpt_autogen.server.authentication import Admin, Authenticator, Reader, Writer, address_of
from memgpt_autogen.server.bounded import BoundedRoute
from memgpt_autogen.server.facades.facade import foreign_area
from memgpt_autogen.server.facades.memgpt.askers import asker_of
from memgpt_autogen.service.memgpt import config, shapes, tools

router = foreign_area("facts", "")

public = APIRouter(prefix="/api", tags=["people"], route_class=BoundedRoute, include_in_schema=False)
"""What is called without a key."""

ToolPath = Annotated[str, Path(max_length=256, description="The name of a function.")]


class PasswordBody(BaseModel):
    """The admin password, or a key."""

    password: str


@public.post("/auth")
def authenticate_memgpt(request: Request, body: PasswordBody) -> shapes.Identity:
    """Say whose a password or a key is."""
    authenticator: Authenticator = request.app.state.authenticator
    caller = authenticator.caller(f"Bearer {body.password}", address_of(request))
    return shapes.Identity(uuid=caller.user_id, is_admin=caller.is_admin)


@router.get("/api/models")
def list_memgpt_models(request: Request, caller: Reader) -> shapes.Models:
    """Return the model of the server."""
    return config.list_models(asker_of(request, caller))


@router.get("/api/config")
def get_memgpt_config(request: Request, caller: Reader) -> shapes.Config:
    """Return how the server is set up, without secrets."""
    return config.get_config(asker_of(request, caller))


@router.get("/api/tools")
def list_memgpt_tools(request: Request, caller: Reader) -> shapes.Tools:
    """Return the functions that agents have."""
    return tools.list_tools(asker_of(request, caller))


@router.post("/api/tools")
def create_memgpt_tool(request: Request, caller: Writer, body: tools.NewTool) -> shapes.Tool:
    """Return MemGPT's own function of this name; any other is refused."""
    return tools.create_tool(asker_of(request, caller), body)


@router.get("/api/tools/{tool}")
def get_memgpt_tool(request: Request, caller: Reader, tool: ToolPath) -> shapes.Tool:
    """Return a function."""
    return tools.get_tool(asker_of(request, caller), tool)


@router.delete("/api/tools/{tool}")
def delete_memgpt_tool(request: Request, caller: Writer, tool: ToolPath) -> shapes.Said:
    """Refuse to delete a function."""
    return tools.delete_tool(asker_of(request, caller), tool)


@router.get("/admin/tools")
def list_memgpt_admin_tools(request: Request, caller: Admin) -> shapes.Tools:
    """Return the functions that agents have."""
    return tools.list_tools(asker_of(request, caller))


@router.post("/admin/tools")
def create_memgpt_admin_tool(request: Request, caller: Admin, body: tools.NewTool) -> shapes.Tool:
    """Return MemGPT's own function of this name; any other is refused."""
    return tools.create_tool(asker_of(request, caller), body)


@router.get("/admin/tools/{tool}")
def get_memgpt_admin_tool(request: Request, caller: Admin, tool: ToolPath) -> shapes.Tool:
    """Return a function."""
    return tools.get_tool(asker_of(request, caller), tool)


@router.delete("/admin/tools/{tool}")
def delete_memgpt_admin_tool(request: Request, caller: Admin, tool: ToolPath) -> shapes.Said:
    """Refuse to delete a function."""
    return tools.delete_tool(asker_of(request, caller), tool)
