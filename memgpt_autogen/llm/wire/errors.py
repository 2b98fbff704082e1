"""Errors of an endpoint: any client's exception as one of our errors, whose text says what to do.

The attributes of an exception are read (`status_code`, `code`, `body`, `response`), not its class. So the
same code works for `openai`, for the packages of other providers that AutoGen uses, and for endpoints that
imitate OpenAI's.
"""

from __future__ import annotations

import email.utils
import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.llm.wire.chat import get_field
from memgpt_autogen.llm.wire.engine_words import (
    names_loading,
    names_no_path,
    names_refused_roles,
    names_refused_tools,
    names_template,
)
from memgpt_autogen.llm.wire.overflow import Overflow, read_overflow
from memgpt_autogen.llm.wire.redaction import bare_address, hide_secrets
from memgpt_autogen.text.safe import clean_text

# statuses that say nothing about what was sent; some servers answer a schema that they cannot use with 500
ABOUT_ANY_REQUEST = (401, 402, 403, 408, 429, 502, 503, 504)
# statuses that may be about the functions of a request, whatever the text says
ABOUT_THE_REQUEST = (400, 422, 501)
LONGEST_WAIT = 60.0  # seconds before a retry; an endpoint that wants more is not asked again
TEXT_CHARS = 4000  # of an endpoint's text that are read
QUOTED_CHARS = 500  # of it that an error quotes


class RefusedWithSuccess(Exception):  # noqa: N818  it stands for a client's exception of this kind
    """A refusal that came with status 200: `body` has its error, an object or a text.

    `status_code` is the status that it means: the code of the error, or what its words say; None otherwise.
    """

    def __init__(self, refusal: object) -> None:
        super().__init__(str(refusal)[:TEXT_CHARS])
        self.body = {"error": refusal}
        self.status_code = _meant_status(refusal)


def raise_refusal(response: object) -> None:
    """Raise `RefusedWithSuccess` for an answer that is only an error, if it says what kind of error it is."""
    refusal = get_field(response, "error")
    if not refusal or get_field(response, "choices") or get_field(response, "data"):
        return
    refused = RefusedWithSuccess(refusal)
    if refused.status_code is not None:
        raise refused


def _meant_status(refusal: object) -> int | None:
    code = refusal.get("code") if isinstance(refusal, Mapping) else None
    if isinstance(code, int) and code >= 400:
        return code
    words = str(refusal)[:TEXT_CHARS]
    if names_no_path(words):
        return 404
    if names_loading(words):
        return 503
    return 400 if names_refused_tools(words) or read_overflow(words) else None


def to_model_error(
    error: Exception, model: str, endpoint: str | None, secrets: Iterable[str] = (), note: str = ""
) -> ModelError:
    """Return the error to raise in place of `error`. Its text contains none of the secrets, and the note."""
    words = error_text(error, without=secrets)
    words = words if len(words) <= QUOTED_CHARS else words[:QUOTED_CHARS] + " ..."
    where = f"model '{model}' at {bare_address(endpoint)}" if endpoint else f"model '{model}'"
    code = http_status(error)
    told = overflow_of(error)
    if told is not None:
        counted = f" ({told.prompt_tokens} tokens by the endpoint's count)" if told.prompt_tokens else ""
        overflow = ContextOverflowError(
            f"{where} refused the prompt because it is longer than the window{counted}: {words} "
            "Shorten the prompt, or set the window to what the endpoint really serves.",
            told.prompt_tokens,
            told.window_tokens,
            told.answer_tokens,
        )
        overflow.status = code
        return overflow
    if isinstance(error, RefusedWithSuccess):
        what = "answered 200 with an error"
    elif code:
        what = f"answered {code}"
    elif is_unreachable(error) and not is_timeout(error):
        what = "could not be reached"
    else:
        what = f"failed with {type(error).__name__}"
    failure = ModelError(f"{where} {what}: {words} {note or _way_out(error, code)}")
    failure.status = code
    failure.any_request = code in ABOUT_ANY_REQUEST if code else is_timeout(error) or is_unreachable(error)
    failure.refuses_tools = refuses_tools(error) or (None if _may_refuse_tools(error) else False)
    return failure


def is_retryable(error: BaseException) -> bool:
    """Return whether the same request may succeed later."""
    if is_overflow(error) or _code(error) == "insufficient_quota" or (retry_after(error) or 0) > LONGEST_WAIT:
        return False
    if refuses_tools(error):
        return False
    answered = http_status(error)
    if answered is None:
        return is_timeout(error) or is_unreachable(error)
    return answered in (408, 409, 429) or (answered >= 500 and answered != 501)


def retry_after(error: BaseException) -> float | None:
    """Return the seconds of a `Retry-After` header, a number or a date (RFC 9110, section 10.2.3)."""
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
    """Return whether the prompt is too long for the model."""
    return overflow_of(error) is not None


def refuses_length(error: BaseException) -> bool:
    """Return whether there are too many texts to embed, or too long ones, for one request."""
    answered = http_status(error)
    return (
        answered == 413
        or is_overflow(error)
        or (answered in (400, 422, 500) and bool(BATCH_WORDS.search(error_text(error))))
    )


def refuses_dimensions(error: BaseException) -> bool:
    """Return whether an embedding model cannot make shorter vectors."""
    return http_status(error) in (400, 422) and bool(DIMENSION_WORDS.search(error_text(error)))


def refuses_streaming(error: BaseException) -> bool:
    """Return whether an endpoint does not stream, or not with our options."""
    return http_status(error) in (400, 422, 501) and "stream" in error_text(error).lower()


def refuses_tools(error: BaseException) -> bool:
    """Return whether an endpoint says that it refuses the functions of a request."""
    known = (*ABOUT_THE_REQUEST, 403, 404, 405, 500)
    return http_status(error) in known and not is_overflow(error) and names_refused_tools(error_text(error))


def overflow_of(error: BaseException) -> Overflow | None:
    """Return what an endpoint says of too long a prompt; None when it says something else.

    The numbers may be fields of the error, stand in its text, or in JSON inside its text.
    """
    if http_status(error) in (401, 403, 404):
        return None
    body = _body(error)
    told = read_overflow(error_text(error)) or read_overflow(_provider_text(body))
    if told is None and _code(error) not in OVERFLOW_CODES:
        return None
    prompt, window = (_positive(body.get(name)) for name in ("n_prompt_tokens", "n_ctx"))
    told = told or Overflow()
    return Overflow(prompt or told.prompt_tokens, window or told.window_tokens, told.answer_tokens)


def _may_refuse_tools(error: BaseException) -> bool:
    """Return whether an endpoint may have refused functions without naming them."""
    answered = http_status(error)
    return answered in ABOUT_THE_REQUEST or (answered == 500 and names_template(error_text(error)))


def error_text(error: BaseException, *, without: Iterable[str] = ()) -> str:
    """Return the first `TEXT_CHARS` characters of the endpoint's text on one line, without the secrets."""
    words = (
        _body(error).get("message")
        or _plain_text(error)
        or getattr(error, "message", None)
        or _safe_str(error)
    )
    read = hide_secrets(without, str(words or type(error).__name__)[: 2 * TEXT_CHARS])[:TEXT_CHARS]
    line = " ".join(CONTROLS.sub(" ", clean_text(read)).split())
    return line if line.endswith((".", "!", "?")) else line + "."


def http_status(error: BaseException) -> int | None:
    """Return the HTTP status of the answer; None when there was no answer."""
    codes = (getattr(each, "status_code", None) for each in (error, getattr(error, "response", None)))
    return next((code for code in codes if isinstance(code, int)), None)


CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

OVERFLOW_CODES = frozenset(
    "context_length_exceeded context_window_exceeded exceed_context_size_error "
    "model_max_prompt_tokens_exceeded string_above_max_length".split()
)

BATCH_WORDS = re.compile(
    r"batch size|array too long|too many (inputs|texts|items|documents)"
    r"|at most \d+ (inputs|texts|items|documents)"
    r"|maximum allowed (number|batch)|maximum array length|payload too large|input is too (large|long)",
    re.IGNORECASE,
)

DIMENSION_WORDS = re.compile(r"\bdimensions?\b|matryoshka", re.IGNORECASE)


def _way_out(error: BaseException, code: int | None) -> str:
    if _code(error) == "insufficient_quota":
        return "The account's quota is used up: check its plan and billing."
    if code is None and is_timeout(error):
        return "There was no answer in time: raise the timeout, or use a faster model."
    if code is None and is_unreachable(error):
        return "Check that the server runs and that base_url is right."
    if refuses_tools(error) and names_refused_roles(error_text(error)):
        return (
            "The model's template wants user and assistant in turn, and calls are neither: use "
            "function_calling 'auto' or 'plain'."
        )
    if refuses_tools(error):
        return (
            "The server takes no functions for this model: use function_calling 'auto' or 'plain', or start "
            "it so that it parses calls (llama.cpp: --jinja; vLLM: --enable-auto-tool-choice and "
            "--tool-call-parser)."
        )
    if code is not None and code >= 500 and code not in WAYS_OUT:
        return "The server failed: see its log, or try again later."
    return WAYS_OUT.get(code or 0, "Check the model and its settings.")


WAYS_OUT = {
    401: "Check the API key; OPENAI_API_KEY is only sent to OpenAI, other addresses need `api_key`.",
    403: "The key may not use this model: check its permissions.",
    404: "Check the model's name and the base_url, which usually ends in /v1.",
    408: "Try again later, or raise the timeout.",
    429: "The endpoint limits the rate: ask less often, or try again later.",
    501: "The server does not offer this kind of request: check which model it runs and how it was started.",
}


def _code(error: BaseException) -> str | None:
    """Return the error's name, which OpenAI sends as `code` and llama.cpp as `type`."""
    body = _body(error)
    codes = getattr(error, "code", None), body.get("code"), body.get("type")
    return next((code for code in codes if isinstance(code, str) and not code.isdigit()), None)


def _body(error: BaseException) -> Mapping[str, Any]:
    """Return the error object of the answer; some servers wrap it in `error`."""
    body = getattr(error, "body", None)
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, Mapping) else body


def _provider_text(body: Mapping[str, Any]) -> str:
    """Return what a gateway such as OpenRouter quotes of the error of the provider behind it."""
    about = body.get("metadata")
    quoted = about.get("raw") if isinstance(about, Mapping) else None
    return " ".join(quoted[:TEXT_CHARS].split()) if isinstance(quoted, str) else ""


def _positive(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _plain_text(error: BaseException) -> str:
    """Return the answer when it is a text and not a JSON object, such as a proxy's page."""
    body = getattr(error, "body", None)
    inner = body.get("error") if isinstance(body, Mapping) else body
    return inner if isinstance(inner, str) else ""


def is_timeout(error: BaseException) -> bool:
    """Return whether no answer came in time."""
    return _is_a(error, TimeoutError, "APITimeoutError", "TimeoutException", "ReadTimeout")


def is_unreachable(error: BaseException) -> bool:
    """Return whether there was no connection, or one that ended without an answer; also after a time-out."""
    return _is_a(error, ConnectionError, "APIConnectionError", "TransportError")


def _is_a(error: BaseException, kind: type[BaseException], *names: str) -> bool:
    return isinstance(error, kind) or any(base.__name__ in names for base in type(error).__mro__)


def _safe_str(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception whose own text fails
        return ""
