"""Templates: named texts for the first blocks of new agents, and presets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import get_args

from memgpt_autogen.errors import ConfigurationError, NotFoundError, quoted
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.storage.accounts.templates import (
    TemplateKind,
    delete_template,
    put_template,
    stored_templates,
)
from memgpt_autogen.named_texts import named_texts
from memgpt_autogen.service.pages import Page, page_among
from memgpt_autogen.service.revisions import ANY, Expected, revision_of
from memgpt_autogen.settings import Settings

KINDS: tuple[TemplateKind, ...] = get_args(TemplateKind)

_NAME = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True, slots=True)
class NamedText:
    """A template."""

    kind: TemplateKind
    name: str
    text: str

    @property
    def revision(self) -> str:
        return revision_of(self.kind, self.name, self.text)


def list_templates(
    settings: Settings,
    kind: TemplateKind,
    *,
    limit: int = 50,
    cursor: str | None = None,
    search: str | None = None,
) -> Page[NamedText]:
    """Return a page of the owner's templates of a kind, by name.

    `search` is a part of the name or the text.
    """
    found = [NamedText(kind, name, text) for name, text in _texts(settings, kind).items()]
    if search:
        wanted = search.casefold()
        found = [each for each in found if wanted in each.name.casefold() or wanted in each.text.casefold()]
    return page_among(found, limit, cursor, lambda each: each.name)


def find(settings: Settings, kind: TemplateKind, name: str) -> NamedText:
    """Return a template. Raises `NotFoundError` where the owner has none of that name."""
    texts = _texts(settings, kind)
    if name not in texts:
        raise NotFoundError(f"there is no {kind} {quoted(name)}; there are: {', '.join(texts) or 'none'}.")
    return NamedText(kind, name, texts[name])


def put(
    settings: Settings, kind: TemplateKind, name: str, text: str, *, expected: Expected = ANY
) -> tuple[NamedText, bool]:
    """Store a template; return whether it is new. Raises `StaleError` with both texts."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"the name of a {kind} has 1 to 64 letters, digits, '_' and '-'; {quoted(name)} is not valid."
        )
    if not text.strip():
        raise ConfigurationError(f"the {kind} {quoted(name)} has no text. Write one.")
    there = _texts(settings, kind).get(name)
    if there is None:
        expected.check_absent(f"{kind} {quoted(name)}", text)
    else:
        known = NamedText(kind, name, there)
        expected.check(f"{kind} {quoted(name)}", known.revision, there, text)
    if kind == "preset":
        put_template(open_home_database(settings), kind, name, text.strip(), replace=True)
    else:
        named_texts(settings, kind).add(name, text, replace=True)
    return find(settings, kind, name), there is None


def remove(settings: Settings, kind: TemplateKind, name: str, *, expected: Expected = ANY) -> None:
    """Delete a template."""
    there = find(settings, kind, name)
    expected.check(f"{kind} {quoted(name)}", there.revision, there.text)
    if kind == "preset":
        delete_template(open_home_database(settings), kind, name)
    else:
        named_texts(settings, kind).delete(name)


def _texts(settings: Settings, kind: TemplateKind) -> dict[str, str]:
    if kind == "preset":
        return {each.name: each.text for each in stored_templates(open_home_database(settings), kind)}
    texts = named_texts(settings, kind)
    return {name: texts[name] for name in texts}
