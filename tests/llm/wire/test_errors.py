"""Errors of endpoints: a prompt that is too long in each endpoint's words, and what is none."""

from __future__ import annotations

import pytest
from openai_endpoints import error_of, refusal

from memgpt_autogen.errors import ContextOverflowError
from memgpt_autogen.llm.wire import errors as failures
from memgpt_autogen.testing import HTTPFailure

OVERFLOWS = {
    "OpenAI": (
        refusal(
            "This model's maximum context length is 4097 tokens. However, your messages resulted in 4572 "
            "tokens. Please reduce the length of the messages.",
            code="context_length_exceeded",
        ),
        4572,
    ),
    "OpenAI with an answer's room": (
        refusal(
            "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 "
            "in the messages, 1000 in the completion).",
        ),
        8000,
    ),
    "OpenAI responses": (refusal("Your input exceeds the context window of this model."), None),
    "OpenAI's rate limit": (
        refusal(
            "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 35000.",
            429,
            code="rate_limit_exceeded",
        ),
        35000,
    ),
    "llama.cpp": (
        refusal(
            "request (6030 tokens) exceeds the available context size (4096 tokens), try increasing it",
            type="exceed_context_size_error",
            code=400,
        ),
        6030,
    ),
    "llama.cpp with numbers": (
        refusal("the request exceeds the available context size", code=400, n_prompt_tokens=6030, n_ctx=4096),
        6030,
    ),
    "llama-cpp-python": (refusal("Requested tokens (6030) exceed context window of 4096"), 6030),
    "vLLM": (
        refusal(
            "This model's maximum context length is 4096 tokens. However, your request has 5000 input "
            "tokens.",
            code=400,
        ),
        5000,
    ),
    "vLLM, older": (
        refusal(
            "The decoder prompt (length 5000) is longer than the maximum model length of 4096.", code=400
        ),
        5000,
    ),
    "SGLang": (
        refusal("The input (6030 tokens) is longer than the model's context length (4096 tokens)."),
        6030,
    ),
    "TGI": (
        refusal(
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 "
            "`inputs` tokens and 500 `max_new_tokens`",
            422,
        ),
        4000,
    ),
    "LM Studio": (
        refusal(
            "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded "
            "with context length of only 4096 tokens"
        ),
        5000,
    ),
    "Anthropic": (refusal("prompt is too long: 208310 tokens > 200000 maximum"), 208310),
    "Gemini": (
        refusal("The input token count (1,200,000) exceeds the maximum number of tokens allowed (1048576)."),
        1_200_000,
    ),
    "Mistral": (
        refusal(
            "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum "
            "context length"
        ),
        40000,
    ),
    "xAI": (
        refusal("This model's maximum prompt length is 131072 but the request contains 537812 tokens."),
        537812,
    ),
    "Ollama": (refusal("input length exceeds the context length"), None),
    "plain text": (HTTPFailure(413, "prompt is too long: 5000 tokens > 4096 maximum"), 5000),
}


@pytest.mark.parametrize("endpoint", OVERFLOWS)
def test_a_prompt_that_is_too_long_is_recognised_in_each_endpoints_words(endpoint: str) -> None:
    failure, tokens = OVERFLOWS[endpoint]
    waits: list[float] = []

    error = error_of(failure, waits=waits)

    assert isinstance(error, ContextOverflowError)
    assert error.prompt_tokens == tokens
    assert waits == []
    assert "longer than the window" in str(error)


@pytest.mark.parametrize(
    "failure",
    [
        refusal("Invalid schema for function 'x': the maximum length of 'description' is 1024"),
        refusal(
            "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000",
            429,
        ),
        refusal("context_length_exceeded", 401),
        refusal("'max_tokens' must be at least 1"),
    ],
)
def test_other_refusals_are_no_overflow(failure: HTTPFailure) -> None:
    assert not isinstance(error_of(failure, max_retries=0), ContextOverflowError)


def test_the_readings_of_a_failure_need_no_client_package() -> None:
    class RateLimitError(Exception):
        status_code = 429
        response = None

    assert failures.is_retryable(RateLimitError("slow down"))
    assert not failures.is_retryable(ValueError("nonsense"))
