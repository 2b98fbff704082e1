"""The personas and humans of a server, as `named_texts` gives those of a home."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memgpt_autogen.client.http_client import Client
from memgpt_autogen.errors import TakenError
from memgpt_autogen.named_texts import TextKind

_NAME = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True)
class RemoteTexts:
    """The texts of one kind."""

    client: Client
    kind: TextKind

    def __iter__(self) -> Iterator[str]:
        for each in self.client.iterate(self.client.list_templates, self.kind, limit=200):
            yield each.name

    def __getitem__(self, name: str) -> str:
        return self.client.get_template(self.kind, name).text

    def resolve(self, text: str | None) -> str | None:
        return text if text is None or not _NAME.fullmatch(text) else self[text]

    def add(self, name: str, text: str, *, replace: bool = False) -> None:
        if not replace and name in list(self):
            raise TakenError(f"there is a {self.kind} '{name}' already. Give --replace, or another name.")
        self.client.put_template(self.kind, name, text.strip())

    def delete(self, name: str) -> None:
        self.client.delete_template(self.kind, name)
