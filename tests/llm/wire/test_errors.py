"""Errors of endpoints: a prompt that is too long in each endpoint's words, and what is none."""

from __future__ import annotations

import pytest
from openai_endpoints import error_of, refusal

from memgpt_autogen.errors import ContextOverflowError
from memgpt_autogen.llm.wire import errors as failures
from memgpt_autogen.llm.wire.overflow import WORDINGS
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


# what endpoints of today say: the prompt, the window and the answer's room that it tells
TODAY = {
    "vLLM 0.16": (
        refusal(
            "This model's maximum context length is 32768 tokens. However, you requested 32000 output tokens "
            "and your prompt contains at least 769 input tokens, for a total of at least 32769 tokens. "
            "Please "
            "reduce the length of the input prompt or the number of requested output tokens. "
            "(parameter=input_tokens, value=769)",
            param="input_tokens",
            code=400,
        ),
        (769, 32768, 32000),
    ),
    "LM Studio 0.4": (
        HTTPFailure(400, {"error": "Cannot truncate prompt with n_keep (4270) >= n_ctx (4096)"}),
        (4270, 4096, None),
    ),
    "LM Studio 0.3.23": (
        HTTPFailure(
            400,
            {
                "error": "The number of tokens to keep from the initial prompt is greater than the context "
                "length. Try to load the model with a larger context length, or provide a shorter input"
            },
        ),
        (None, None, None),
    ),
    "LM Studio with numbers": (
        refusal(
            "The number of tokens to keep from the initial prompt is greater than the context length "
            "(n_keep: "
            "8485 >= n_ctx: 8192)."
        ),
        (8485, 8192, None),
    ),
    "LM Studio, while it answers": (
        refusal(
            "Reached context length of 4096 tokens with model (arch: qwen3vlmoe) that does not currently "
            "support "
            "mid-generation context overflow."
        ),
        (None, 4096, None),
    ),
    "LM Studio with MLX": (refusal("Context size has been exceeded.", 500), (None, None, None)),
    "LM Studio with status 200": (
        HTTPFailure(200, {"error": "Cannot truncate prompt with n_keep (4270) >= n_ctx (4096)"}),
        (4270, 4096, None),
    ),
    "Ollama with JSON in the text": (
        refusal(
            '{"error":{"code":400,"message":"request (26528 tokens) exceeds the available context size '
            "(16384 "
            "tokens), try increasing "
            'it","type":"exceed_context_size_error","n_prompt_tokens":26528,"n_ctx":16384}}'
        ),
        (26528, 16384, None),
    ),
    "Ollama with numbers only": (
        refusal('{"error":{"type":"exceed_context_size_error","n_prompt_tokens":26528,"n_ctx":16384}}'),
        (26528, 16384, None),
    ),
    "llama.cpp with numbers": (
        refusal("too long", type="exceed_context_size_error", n_prompt_tokens=1407, n_ctx=256),
        (1407, 256, None),
    ),
    "OpenAI's code alone": (refusal("No.", code="context_length_exceeded"), (None, None, None)),
    "a gateway that quotes a provider": (
        refusal(
            "Provider returned error",
            code=400,
            metadata={
                "raw": '{"error":{"message":"This model\'s maximum context length is 32768 tokens. '
                "However, you requested 8192 output tokens and your prompt contains at least 24577 input "
                "tokens, "
                'for a total of at least 32769 tokens."}}'
            },
        ),
        (24577, 32768, 8192),
    ),
    "DeepSeek": (
        refusal(
            "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens "
            "(66000 in "
            "the messages, 4000 in the completion). Please reduce the length of the messages or completion."
        ),
        (66000, 65536, 4000),
    ),
    "Moonshot": (
        refusal("Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)"),
        (291351, 262144, None),
    ),
    "DashScope": (refusal("Range of input length should be [1, 30720]"), (None, 30720, None)),
    "TensorRT-LLM": (
        HTTPFailure(
            400,
            {
                "object": "error",
                "message": "The sum of prompt length (72417.0), query length (0) should not exceed "
                "max_num_tokens (69632)",
                "code": 400,
            },
        ),
        (72417, 69632, None),
    ),
    "Anthropic with an answer's room": (
        refusal("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease it"),
        (190000, 200000, 20000),
    ),
    "Copilot": (refusal("prompt token count of 5000 exceeds the limit of 4096"), (5000, 4096, None)),
    "MiniMax": (refusal("invalid params, context window exceeds limit (2013)"), (None, None, None)),
    "Ollama's cloud": (
        refusal("prompt too long; exceeded max context length by 4 tokens"),
        (None, None, None),
    ),
    "DwarfStar": (
        refusal("Prompt has 5000 tokens, but the configured context size is 4096 tokens"),
        (5000, 4096, None),
    ),
    "another llama.cpp": (
        refusal("request (53192 tokens) exceeds context size (50176 tokens)"),
        (53192, 50176, None),
    ),
}


@pytest.mark.parametrize("endpoint", TODAY)
def test_todays_words_tell_the_prompt_the_window_and_the_answers_room(endpoint: str) -> None:
    failure, sizes = TODAY[endpoint]
    waits: list[float] = []

    error = error_of(failure, waits=waits)

    assert isinstance(error, ContextOverflowError)
    assert (error.prompt_tokens, error.window_tokens, error.answer_tokens) == sizes
    assert waits == []


def test_each_row_of_the_table_names_its_engine_version_and_source() -> None:
    named = [row for row in WORDINGS if row.engine != "any"]

    assert len(named) > 30
    assert all(row.version and row.source for row in named)
    assert all(row.engine == "any" for row in WORDINGS[WORDINGS.index(named[-1]) + 1 :])


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
        refusal("the value of 'temperature' exceeds the maximum of 2"),
        refusal("context window is not set for this deployment"),
        refusal("max_tokens exceeds the limit of 8192"),
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
