"""What went wrong at an endpoint: any client's exception as one of our errors, with the way out in its text.

Clients are told apart by what their exceptions carry (`status_code`, `code`, `body`, `response`), not by their classes, so
that one reading serves `openai`, the other providers' packages that AutoGen calls, and endpoints that only look like OpenAI's.
"""

from __future__ import annotations

import email.utils
import math
import os
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.text.safe import storable

LONGEST_WAIT = 60.0
"""Seconds we wait before one retry at the most; an endpoint that asks for more is not asked again."""

TEXT_CHARS = 4000
"""Characters of an endpoint's words that are looked at."""

PART_CHARS = 8
"""Characters of a secret that are still one when an endpoint echoes a part of it."""

LEAST_SECRET_CHARS = 4
"""Characters that a secret has at least; shorter ones would be starred everywhere."""


def to_model_error(
    error: Exception, model: str, endpoint: str | None, secrets: Iterable[str] = ()
) -> ModelError:
    """The error to raise in place of `error`. Nothing in `secrets` is in its text."""
    words = error_text(error, without=secrets)
    words = words if len(words) <= 500 else words[:500] + " ..."
    where = f"model '{model}' at {bare_address(endpoint)}" if endpoint else f"model '{model}'"
    if is_overflow(error):
        tokens = refused_tokens(error)
        counted = f" ({tokens} tokens by the endpoint's count)" if tokens else ""
        return ContextOverflowError(
            f"{where} refused the prompt because it is longer than the window{counted}: {words} "
            "Shorten the prompt, or set the window to what the endpoint really serves.",
            tokens,
        )
    code = http_status(error)
    if code:
        what = f"answered {code}"
    elif _unreachable(error) and not _timed_out(error):
        what = "could not be reached"
    else:
        what = f"failed with {type(error).__name__}"
    return ModelError(f"{where} {what}: {words} {_way_out(error, code)}")


def is_retryable(error: BaseException) -> bool:
    """Whether the same request may succeed a little later."""
    if is_overflow(error) or _code(error) == "insufficient_quota" or (retry_after(error) or 0) > LONGEST_WAIT:
        return False
    answered = http_status(error)
    if answered is None:
        return _timed_out(error) or _unreachable(error)
    return answered in (408, 409, 429) or (answered >= 500 and answered != 501)


def retry_after(error: BaseException) -> float | None:
    """The seconds of a `Retry-After` header, which holds a number or a date (RFC 9110, section 10.2.3)."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (email.utils.parsedate_to_datetime(value) - datetime.now(timezone.utc)).total_seconds()
        except (TypeError, ValueError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def is_overflow(error: BaseException) -> bool:
    """Whether the endpoint found the prompt too long for the model, in whatever words it says so."""
    if http_status(error) in (401, 403, 404):
        return False
    return _code(error) in OVERFLOW_CODES or bool(OVERFLOW_WORDS.search(error_text(error)))


def refuses_length(error: BaseException) -> bool:
    """Whether texts to embed are too many or too long for one request."""
    answered = http_status(error)
    return (
        answered == 413
        or is_overflow(error)
        or (answered in (400, 422, 500) and bool(BATCH_WORDS.search(error_text(error))))
    )


def refuses_dimensions(error: BaseException) -> bool:
    """Whether an embedding model cannot be asked for shorter vectors."""
    return http_status(error) in (400, 422) and bool(DIMENSION_WORDS.search(error_text(error)))


def refuses_streaming(error: BaseException) -> bool:
    """Whether an endpoint does not stream, or not with what we ask for."""
    return http_status(error) in (400, 422, 501) and "stream" in error_text(error).lower()


def refused_tokens(error: BaseException) -> int | None:
    """The length of the refused prompt, where the endpoint tells it."""
    told = _body(error).get("n_prompt_tokens")
    if isinstance(told, int) and not isinstance(told, bool):
        return told
    words = error_text(error)
    found = (pattern.search(words) for pattern in PROMPT_TOKENS)
    return next((int(match[1].replace(",", "")) for match in found if match), None)


def error_text(error: BaseException, *, without: Iterable[str] = ()) -> str:
    """The endpoint's own words on one line, the first `TEXT_CHARS` characters, with stars in place of the secrets."""
    words = (
        _body(error).get("message")
        or _plain_text(error)
        or getattr(error, "message", None)
        or _safe_str(error)
    )
    read = hide_secrets(without, str(words or type(error).__name__)[: 2 * TEXT_CHARS])[:TEXT_CHARS]
    line = " ".join(CONTROLS.sub(" ", storable(read)).split())
    return line if line.endswith((".", "!", "?")) else line + "."


CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def hide_secrets(secrets: Iterable[str], text: str) -> str:
    """The text with stars in place of the secrets, of longer parts of them, and of whatever looks like a provider's key."""
    covered = bytearray(len(text))
    known = set(map(storable, secrets))
    for secret in {form for each in known for form in (each, quote(each, safe=""), unquote(each))}:
        size = min(PART_CHARS, len(secret))
        if size < LEAST_SECRET_CHARS:
            continue
        for part in {secret[place : place + size] for place in range(len(secret) - size + 1)}:
            start = text.find(part)
            while start >= 0:
                covered[start : start + size] = b"*" * size
                start = text.find(part, start + 1)
    for found in reversed(list(re.finditer(rb"\*+", covered))):
        text = f"{text[: found.start()]}***{text[found.end() :]}"
    return re.sub(r"\b(sk|gsk|xai|hf)[-_][\w*-]{6,}", "***", text)


def reveals_secrets(error: BaseException, secrets: Iterable[str]) -> bool:
    """Whether a traceback of this error, with all that caused it, would show a secret."""
    try:
        shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:  # noqa: BLE001 - an exception whose own text fails
        return True
    return hide_secrets(secrets, shown) != shown


def secrets_in(settings: Any) -> list[str]:
    """What is secret in a client's settings: values under names such as `api_key`, headers, and passwords in addresses."""
    return list(dict.fromkeys(_secrets_in(settings, secret=False)))


def environment_keys() -> list[str]:
    """The keys that clients take from the environment, whatever the settings say."""
    return [value for name, value in os.environ.items() if name.endswith("_API_KEY")]


def http_status(error: BaseException) -> int | None:
    """The HTTP status of the answer; None when there was none."""
    for holder in (error, getattr(error, "response", None)):
        code = getattr(holder, "status_code", None)
        if isinstance(code, int):
            return code
    return None


def bare_address(endpoint: str) -> str:
    """An address without user name, password, query and fragment, any of which may hold a key."""
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        return "an address that cannot be read"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


OVERFLOW_CODES = frozenset(
    {
        "context_length_exceeded",
        "context_window_exceeded",
        "exceed_context_size_error",
        "model_max_prompt_tokens_exceeded",
        "string_above_max_length",
    }
)

OVERFLOW_WORDS = re.compile(
    r"""maximum\ context\ length | maximum\ model\ length | maximum\ prompt\ length | model's\ context\ length
    | maximum\ (number\ of\ tokens|input\ length)\ .*exceed | exceeds?\ (the\ )?(maximum|max)\ (number\ of\ tokens|context)
    | exceeds?\ (the\ )?(available\ |model'?s?\ )?context\ (size|window|length|limit)
    | context\ (length|window)\ (of\ only|is\ only|exceeded) | window\ of\ this\ model | max_new_tokens`?\ must\ be\ <=
    | input\ tokens\ exceed | token\ count\ .*\ exceeds\ the | (prompt|input)\ is\ too\ long | too\ many\ tokens
    | too\ large\ for\ model\ with | request\ too\ large\ for | too\ large\ to\ process
    | reduce\ the\ length\ of\ the\ (messages|prompt|input)""",
    re.IGNORECASE | re.VERBOSE,
)

BATCH_WORDS = re.compile(
    r"batch size|array too long|too many (inputs|texts|items|documents)|at most \d+ (inputs|texts|items|documents)"
    r"|maximum allowed (number|batch)|maximum array length|payload too large|input is too (large|long)",
    re.IGNORECASE,
)

DIMENSION_WORDS = re.compile(r"\bdimensions?\b|matryoshka", re.IGNORECASE)

PROMPT_TOKENS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\((\d[\d,]{0,15}) in the messages",
        r"messages resulted in (\d[\d,]{0,15})",
        r"(\d[\d,]{0,15}) tokens from the input",
        r"passed (\d[\d,]{0,15}) input tokens",
        r"request has (\d[\d,]{0,15}) input tokens",
        r"(?:request|input) \((\d[\d,]{0,15}) tokens\)",
        r"prompt \(length (\d[\d,]{0,15})\)",
        r"(?:request|prompt) contains (\d[\d,]{0,15}) tokens",
        r"prompt is too long: (\d[\d,]{0,15}) tokens",
        r"token count (?:of |\()(\d[\d,]{0,15})",
        r"keep the first (\d[\d,]{0,15}) tokens",
        r"context limit: (\d[\d,]{0,15}) \+",
        r"received (\d[\d,]{0,15})",
        r"given: (\d[\d,]{0,15}) `inputs`",
        r"requested(?: tokens)? \(?(\d[\d,]{0,15})",
        r"input \((\d[\d,]{0,15}) tokens",
    )
)


SECRET_NAME = re.compile(r"key|token|secret|password|passwd|credential|auth|cookie|header", re.IGNORECASE)


def _secrets_in(value: Any, *, secret: bool) -> Iterator[str]:
    if hasattr(value, "get_secret_value"):
        yield str(value.get_secret_value())
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _secrets_in(each, secret=secret or bool(SECRET_NAME.search(str(name))))
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _secrets_in(each, secret=secret)
    elif isinstance(value, str):
        if secret:
            yield value.removeprefix("Bearer ")
        yield from _secrets_of_address(value)


def _secrets_of_address(text: str) -> Iterator[str]:
    """The password of an address, a user name that stands for one, and what its query says under names of secrets."""
    if "://" not in text:
        return
    try:
        parts = urlsplit(text)
        user, password = parts.username, parts.password
    except ValueError:
        return
    yield from filter(None, [password or user])
    yield from (value for name, value in parse_qsl(parts.query) if SECRET_NAME.search(name))


def _safe_str(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception whose own text fails
        return ""


def _way_out(error: BaseException, code: int | None) -> str:
    if _code(error) == "insufficient_quota":
        return "The account's quota is used up: check its plan and billing."
    if code is None:
        return _way_out_without_answer(error)
    ways = {
        401: "Check the API key; OPENAI_API_KEY is only sent to OpenAI, other addresses need `api_key`.",
        403: "The key may not use this model: check its permissions.",
        404: "Check the model's name and the base_url, which usually ends in /v1.",
        408: "Try again later, or raise the timeout.",
        429: "The endpoint limits the rate: ask less often, or try again later.",
        501: "The server does not offer this kind of request: check which model it runs and how it was started.",
    }
    if code in ways:
        return ways[code]
    return (
        "The server failed: see its log, or try again later."
        if code >= 500
        else "Check the model and its settings."
    )


def _way_out_without_answer(error: BaseException) -> str:
    if _timed_out(error):
        return "There was no answer in time: raise the timeout, or use a faster model."
    if _unreachable(error):
        return "Check that the server runs and that base_url is right."
    return "Check the model and its settings."


def _code(error: BaseException) -> str | None:
    """OpenAI names the error in `code`, llama.cpp in `type`."""
    body = _body(error)
    for code in (getattr(error, "code", None), body.get("code"), body.get("type")):
        if isinstance(code, str) and not code.isdigit():
            return code
    return None


def _body(error: BaseException) -> Mapping[str, Any]:
    """The error object of the answer, with or without the `error` around it."""
    body = getattr(error, "body", None)
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, Mapping) else body


def _plain_text(error: BaseException) -> str:
    """The answer where it is a text and no JSON object; proxies like to send pages."""
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, Mapping) else body
    return inner if isinstance(inner, str) else ""


def _timed_out(error: BaseException) -> bool:
    return _is_a(error, TimeoutError, "APITimeoutError", "TimeoutException", "ReadTimeout")


def _unreachable(error: BaseException) -> bool:
    return _is_a(error, ConnectionError, "APIConnectionError", "TransportError")


def _is_a(error: BaseException, kind: type[BaseException], *names: str) -> bool:
    return isinstance(error, kind) or any(base.__name__ in names for base in type(error).__mro__)
