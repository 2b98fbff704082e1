"""What endpoints say of a prompt that is too long: a table of their wordings, as data.

Each row names who says it, since which version or as seen when, and where it was found. A pattern has
`{prompt}`, `{window}` and `{answer}` where the text has the tokens of the prompt, of the window, and of the
answer that was asked for. The first row that fits is used, so rows with more numbers stand first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True, slots=True)
class Overflow:
    """What a refusal says. All sizes are tokens, and None where it does not say them."""

    prompt_tokens: Optional[int] = None
    window_tokens: Optional[int] = None
    answer_tokens: Optional[int] = None
    """What was asked for, or is kept, for the answer, where that counts too."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How one endpoint says it."""

    engine: str
    version: str
    source: str
    pattern: str


WORDINGS = (
    Wording(
        "vLLM",
        "0.16 to 0.3x",
        "vllm/renderers/params.py; vllm-project/vllm#20409",
        r"maximum context length is {window} tokens. {0,3}However, you requested {answer} output tokens and "
        r"your prompt contains (?:at least )?{prompt} input tokens",
    ),
    Wording(
        "vLLM",
        "0.9 to 0.15",
        "vllm/entrypoints/openai/serving_engine.py",
        r"'max_tokens' or 'max_completion_tokens' is too large: {answer}. {0,3}This model's maximum context "
        r"length is {window} tokens and your request has {prompt} input tokens",
    ),
    Wording(
        "vLLM",
        "0.6 to 0.15",
        "vllm/entrypoints/openai/serving_engine.py",
        r"maximum context length is {window} tokens.{0,40}your request has {prompt} input tokens",
    ),
    Wording(
        "OpenAI, vLLM, DeepSeek and many others",
        "2023 to 2026",
        "openai API; vllm-project/vllm#20409; ogx-ai/ogx#4534",
        r"maximum context length is {window} tokens.{0,40}requested (?:about )?\d[\d,]{0,15} tokens "
        r"\({prompt} in (?:the|your) (?:messages|prompt|input)(?:, {answer} (?:in|for) the completion)?",
    ),
    Wording(
        "OpenAI",
        "2023 to 2026",
        "openai API",
        r"maximum context length is {window} tokens.{0,40}messages resulted in {prompt}",
    ),
    Wording(
        "OpenRouter",
        "2024 to 2026",
        "openrouter API",
        r"maximum context length is {window} tokens.{0,40}requested about \d[\d,]{0,15} tokens "
        r"\({prompt} of text input",
    ),
    Wording(
        "OpenAI-compatible gateways",
        "2024 to 2026",
        "aphrodite, lightllm",
        r"maximum context length is {window} tokens.{0,40}(?:requested|request has|passed) {prompt}",
    ),
    Wording(
        "llama.cpp",
        "b6400 to b11549",
        "tools/server/server-context.cpp; ggml-org/llama.cpp#15780; a real one",
        r"request \({prompt} tokens\) exceeds (?:the )?(?:available )?context size \({window} tokens\)",
    ),
    Wording(
        "llama.cpp and Ollama, as JSON in a text",
        "b6400 to b11434, Ollama 0.30 to 0.32",
        "microsoft/vscode#320558; continuedev/continue#12735; a real Ollama",
        r"n_prompt_tokens\W{1,6}{prompt}\W{1,6}n_ctx\W{1,6}{window}",
    ),
    Wording(
        "LM Studio",
        "0.4.2 to 0.4.21",
        "anomalyco/opencode#11141; continuedev/continue#11279; lijunzh/koda#185",
        r"Cannot truncate prompt with n_keep \({prompt}\) >= n_ctx \({window}\)",
    ),
    Wording(
        "LM Studio",
        "0.3.23 to 0.4",
        "anomalyco/opencode#2259; lmstudio-ai/lmstudio-bug-tracker#2256",
        r"tokens to keep from the initial prompt is greater than the context length"
        r"(?: \(n_keep: {prompt} ?>= ?n_ctx: {window})?",
    ),
    Wording(
        "LM Studio",
        "0.3.5 to 0.3.22",
        "lmstudio-ai/lmstudio-bug-tracker#237 and #546",
        r"keep the first {prompt} tokens when context the overflows.{0,60}context length of only {window} "
        r"tokens",
    ),
    Wording(
        "LM Studio",
        "0.3.31 to 0.4",
        "lmstudio-ai/lmstudio-bug-tracker#1251",
        r"Reached context length of {window} tokens",
    ),
    Wording(
        "LM Studio and llama.cpp",
        "0.4, MLX; b4000 and later",
        "lmstudio-ai/lmstudio-bug-tracker#2339; tools/server/server-context.cpp",
        r"Context size has been exceeded",
    ),
    Wording(
        "llama-cpp-python",
        "0.2 to 0.3",
        "abetlen/llama-cpp-python#416",
        r"Requested tokens \({prompt}\) exceed context window of {window}",
    ),
    Wording(
        "Ollama's cloud",
        "2026",
        "ollama/ollama",
        r"prompt too long; exceeded (?:max )?context length",
    ),
    Wording(
        "Ollama", "0.5 to 0.29", "server/routes.go", r"input length exceeds (?:the |maximum )?context length"
    ),
    Wording(
        "DwarfStar",
        "2026",
        "antirez/ds4#150",
        r"Prompt tokens \({prompt}\) exceeds? context size \({window}\)",
    ),
    Wording(
        "DwarfStar",
        "2026",
        "antirez/ds4",
        r"Prompt has {prompt} tokens?, but the configured context size is {window}",
    ),
    Wording(
        "vLLM",
        "0.2 to 0.8",
        "vllm/engine/llm_engine.py",
        r"prompt \(length {prompt}\) is longer than the maximum model length of {window}",
    ),
    Wording(
        "SGLang",
        "0.3 to 0.5",
        "sglang/srt/managers/tokenizer_manager.py",
        r"input \({prompt} tokens\) is longer than the model's context length \({window}",
    ),
    Wording(
        "SGLang",
        "0.4 to 0.5",
        "sglang/srt/managers/tokenizer_manager.py",
        r"maximum context length of {window} tokens.{0,40}requested a total of \d[\d,]{0,15} tokens: "
        r"{prompt} tokens from the input messages and {answer} tokens",
    ),
    Wording(
        "SGLang",
        "0.4 to 0.5",
        "sglang/srt/managers/tokenizer_manager.py",
        r"{prompt} tokens from the input messages",
    ),
    Wording(
        "TensorRT-LLM",
        "1.0",
        "tensorrt_llm/llmapi/llm.py",
        r"sum of prompt length \({prompt}(?:\.0)?\), query length \(\d{1,9}(?:\.0)?\) should not exceed "
        r"max_num_tokens \({window}\)",
    ),
    Wording(
        "TGI",
        "2 to 3",
        "router/src/validation.rs",
        r"max_new_tokens` must be <= {window}. Given: {prompt} `inputs` tokens and {answer}",
    ),
    Wording(
        "Anthropic",
        "2024 to 2026",
        "Anthropic API",
        r"prompt is too long: {prompt} tokens > {window} maximum",
    ),
    Wording(
        "Anthropic",
        "2025 to 2026",
        "Anthropic API",
        r"exceed context limit: {prompt} \+ {answer} > {window}",
    ),
    Wording(
        "Gemini",
        "2024 to 2026",
        "Gemini API",
        r"token count (?:of )?\(?{prompt}\)? exceeds the maximum number of tokens allowed \(?{window}",
    ),
    Wording(
        "GitHub Copilot",
        "2025 to 2026",
        "Copilot API",
        r"prompt token count of {prompt} exceeds the limit of {window}",
    ),
    Wording(
        "Mistral",
        "2024 to 2026",
        "Mistral API",
        r"Prompt contains {prompt} tokens.{0,40}too large for model with {window} maximum context length",
    ),
    Wording(
        "xAI",
        "2025 to 2026",
        "xAI API",
        r"maximum prompt length is {window} but the request contains {prompt} tokens",
    ),
    Wording(
        "Moonshot",
        "2025 to 2026",
        "Moonshot API",
        r"exceeded model token limit: {window}(?: \(requested: {prompt}\))?",
    ),
    Wording(
        "DashScope",
        "2025 to 2026",
        "QwenLM/qwen-code#3652",
        r"Range of input length should be \[1, {window}\]",
    ),
    Wording(
        "Fireworks",
        "2025 to 2026",
        "Fireworks API",
        r"prompt is too long: {prompt}, model maximum context length: {window}",
    ),
    Wording(
        "Cerebras",
        "2025 to 2026",
        "Cerebras API",
        r"Current length is {prompt} while limit is {window}",
    ),
    Wording(
        "Poolside through OpenRouter",
        "2026",
        "openrouter API",
        r"exceeds the maximum allowed input length of {window}",
    ),
    Wording("Cohere", "2024 to 2026", "Cohere API", r"cannot exceed {window} - received {prompt}"),
    # what tells one number, or none
    Wording(
        "OpenAI's limit of a rate",
        "2024 to 2026",
        "openai API",
        r"Request too large for.{0,200}Requested {prompt}",
    ),
    Wording(
        "llama.cpp's embeddings",
        "b4000 and later",
        "a real one",
        r"input \({prompt} tokens\) is too large to process",
    ),
    Wording("any", "", "", r"prompt is too long: {prompt} tokens"),
    Wording("any", "", "", r"prompt \(length {prompt}\)"),
    Wording(
        "any", "", "", r"(?:maximum|max) (?:context|prompt|model) (?:length|size|window) (?:is|of) {window}"
    ),
    Wording("any", "", "", r"context length (?:of|is) only {window}"),
    Wording("any", "", "", r"maximum (?:context|prompt|model) length|model's context length"),
    Wording("any", "", "", r"maximum (?:number of tokens|input length) .{0,200}exceed"),
    Wording("any", "", "", r"exceeds? (?:the )?(?:maximum|max) (?:number of tokens|context|allowed input)"),
    Wording(
        "any", "", "", r"exceeds? (?:the )?(?:available |model'?s? )?context (?:size|window|length|limit)"
    ),
    Wording("any", "", "", r"context (?:length|window|size) (?:of only|is only|exceed|has been exceeded)"),
    Wording("any", "", "", r"greater than the (?:context length|model's context|context window)"),
    Wording(
        "any", "", "", r"context_(?:length|window)_exceeded|ContextWindowExceededError|window of this model"
    ),
    Wording(
        "any", "", "", r"max_new_tokens`? must be <=|input tokens exceed|token count .{0,200} exceeds the"
    ),
    Wording(
        "any",
        "",
        "",
        r"(?:prompt|input) (?:is too long|exceeds max length)|too many tokens|token limit exceeded",
    ),
    Wording("any", "", "", r"too large for model with|request too large for|too large to process"),
    Wording("any", "", "", r"reduce the length of the (?:messages|prompt|input)"),
)


def read_overflow(text: str) -> Overflow | None:
    """Return what a text says of too long a prompt; None when it does not say that."""
    for pattern in _PATTERNS:
        if found := pattern.search(text):
            return Overflow(**{f"{name}_tokens": _number(value) for name, value in found.groupdict().items()})
    return None


def _number(digits: str | None) -> int | None:
    return int(digits.replace(",", "")) if digits else None


def _compiled(wordings: Iterable[Wording]) -> tuple[re.Pattern[str], ...]:
    number = r"(?P<{}>\d[\d,]{{0,15}})"
    sizes = {name: number.format(name) for name in ("prompt", "window", "answer")}

    def pattern(wording: Wording) -> str:
        text = wording.pattern
        for name, group in sizes.items():
            text = text.replace(f"{{{name}}}", group)
        return text

    return tuple(re.compile(pattern(wording), re.IGNORECASE) for wording in wordings)


_PATTERNS = _compiled(WORDINGS)
