"""The paths of Ollama and LM Studio, which do not exist here: their clients are told what to use."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

router = APIRouter(include_in_schema=False)

PATHS = ("tags", "chat", "generate", "show", "version", "ps", "embed", "embeddings")

SENTENCE = (
    "this server speaks OpenAI's API, not Ollama's: choose the kind 'OpenAI compatible' in your program, "
    "with the address of this server, /v1 after it, and a key."
)


async def say_what_to_use() -> Response:
    """Answer in Ollama's shape. No key is asked for: programs for Ollama have none."""
    return JSONResponse({"error": SENTENCE}, 404)


for path in (*(f"/api/{name}" for name in PATHS), "/api/v0/models", "/api/v0/chat/completions"):
    router.add_api_route(path, say_what_to_use, methods=["GET", "POST"])
