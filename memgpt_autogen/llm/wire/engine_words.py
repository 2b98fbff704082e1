"""What the words of an engine's failure say: no functions, no such path, or a model that is still loading."""

from __future__ import annotations

import re


def names_refused_tools(words: str) -> bool:
    """Return whether a refusal is about the functions of a request; each engine says it in its own words."""
    return bool(TOOL_WORDS.search(words) and REFUSAL_WORDS.search(words)) or names_refused_roles(words)


def names_refused_roles(words: str) -> bool:
    """Return whether a template wants user and assistant in turn, which calls and their results break."""
    return bool(ROLE_WORDS.search(words))


def names_template(words: str) -> bool:
    """Return whether a failure is about how a prompt with functions is written or its answer is read."""
    return bool(TEMPLATE_WORDS.search(words))


def names_loading(words: str) -> bool:
    """Return whether a model is still loading; one that could not be loaded is not."""
    return bool(LOADING_WORDS.search(words)) and not LOAD_FAILED_WORDS.search(words)


def names_no_path(words: str) -> bool:
    """Return whether a failure is about the path of a request; LM Studio says that with status 200."""
    return bool(PATH_WORDS.search(words))


def names_nothing(words: str) -> bool:
    """Return whether a failure says no more than its status, as a gateway's does before its server runs."""
    return bool(STATUS_WORDS.search(words)) or words.startswith("<")  # a page


TOOL_WORDS = re.compile(r"\btools?\b|\btool[_-]|\bfunctions?\b|\bfunction[_-]?call", re.IGNORECASE)

REFUSAL_WORDS = re.compile(
    r"""(\b(not | never | cannot | no) | n't)\b[^.]{0,30}\b(support | allow | permit | enable | available
        | implement | compatible | capable | accept | understand | expect | recogni[sz]e | known | use\b
        | parser | configur)
    | \b(only\ allowed | should\ be\ empty | please\ set)\b
    | \b(unsupported | requires? | unrecogni[sz]ed | unknown | unexpected | extra | disabled)\b
    | \bno\ endpoints\b
    | unable\ to\ generate\ parser""",
    re.IGNORECASE | re.VERBOSE,
)

ROLE_WORDS = re.compile(
    r"\b(roles?|user|assistant|messages?)\b[^.]{0,80}\balternat(e|es|ing)\b"
    r"|\balternat(e|es|ing)\b[^.]{0,80}\b(roles?|user|assistant)\b",
    re.IGNORECASE,
)

TEMPLATE_WORDS = re.compile(r"\b(template|jinja|grammar|parser|schema|roles?|not callable)\b", re.IGNORECASE)

LOADING_WORDS = re.compile(
    r"""\bloading\b | \bbeing\ loaded\b | \b(starting|warming)\ up\b | \binitiali[sz]ing\b | \bis\ starting\b
    | \bnot\ (yet\ )?(ready|initiali[sz]ed|(fully\ )?loaded\ yet) | \bnot\ yet\ (been\ )?loaded
    | \bstart(ing|ed)?\ already\ in\ progress""",
    re.IGNORECASE | re.VERBOSE,
)

LOAD_FAILED_WORDS = re.compile(
    r"""\berror\ (while\ )?loading | \bfail(s|ed|ure)?\ (to\ load|loading|while\ loading)
    | \b(could\ not|cannot|can't|unable\ to)\ (be\ )?load | terminated | \bcrash""",
    re.IGNORECASE | re.VERBOSE,
)

PATH_WORDS = re.compile(r"\bunexpected endpoint\b|\b(unknown|invalid) (endpoint|path|route)\b", re.IGNORECASE)

STATUS_WORDS = re.compile(
    r"""\A (Error\ code:\ \d{3}\W{0,9})?
    ((\d{3}\ )? (Bad\ Gateway | Service\ (Temporarily\ )?Unavailable | Gateway\ Time-?out) )? \.? \Z""",
    re.IGNORECASE | re.VERBOSE,
)
