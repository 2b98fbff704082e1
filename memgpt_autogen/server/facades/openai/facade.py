"""OpenAI's API as a facade."""

from __future__ import annotations

from memgpt_autogen.server.facades.facade import Facade
from memgpt_autogen.server.facades.openai import chat, models, ollama
from memgpt_autogen.server.facades.openai.errors import RequestError, answer_request_error, openai_shape
from memgpt_autogen.server.facades.openai.responses import routes as responses

OPENAI = Facade(
    routers=(chat.router, models.router, responses.router, ollama.router),
    shapes={"/v1": openai_shape},
    errors={RequestError: answer_request_error},
)
