"""Open an export of chats: a file, a .zip or a folder. Its turns can be read any number of times."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.chats.chatgpt import read_chatgpt
from memgpt_autogen.readers.chats.claude import read_claude
from memgpt_autogen.readers.chats.discord import read_discord
from memgpt_autogen.readers.chats.discord_text import read_discord_csv, read_discord_text
from memgpt_autogen.readers.chats.html_pages import read_discord_page, read_telegram_page
from memgpt_autogen.readers.chats.recognise import ChatForm, chat_form
from memgpt_autogen.readers.chats.slack import read_slack
from memgpt_autogen.readers.chats.telegram import read_telegram
from memgpt_autogen.readers.chats.turns import (
    ChatFile,
    ChatNotes,
    DateOrder,
    Reader,
    System,
    Turn,
    chat_parts,
)
from memgpt_autogen.readers.chats.whatsapp import read_whatsapp
from memgpt_autogen.readers.sections import Part

START = 65536
"""So many bytes of a file tell whether it is an export."""

READERS: dict[ChatForm, Reader] = {
    ChatForm("WhatsApp", "text"): read_whatsapp,
    ChatForm("Slack", "json"): read_slack,
    ChatForm("Discord", "json"): read_discord,
    ChatForm("Discord", "text"): read_discord_text,
    ChatForm("Discord", "csv"): read_discord_csv,
    ChatForm("Discord", "page"): read_discord_page,
    ChatForm("Telegram", "json"): read_telegram,
    ChatForm("Telegram", "page"): read_telegram_page,
    ChatForm("ChatGPT", "json"): read_chatgpt,
    ChatForm("Claude", "json"): read_claude,
}

SUFFIXES = (".json", ".txt", ".csv", ".html", ".htm")
"""The suffixes of files in a folder or an archive that can be an export."""

KNOWN = "WhatsApp (.txt, .zip), Slack, Discord (DiscordChatExporter), Telegram, ChatGPT or Claude"

MOST_RATIO = 1000
"""A file that is compressed more than this is a zip bomb."""

MOST_UNPACKED = 8_000_000_000

SLACK_LISTS = ("users.json", "channels.json", "groups.json", "dms.json", "mpims.json")
"""Files of Slack that are read for the names in them."""


@dataclass(frozen=True)
class ChatExport:
    """An export of one or more chats of one system."""

    name: str
    system: System
    files: Sequence[tuple[ChatForm, ChatFile]]
    others: int = 0
    """How many files of it are not read, such as pictures."""
    notes: list[str] = field(default_factory=list, compare=False)
    """What is missing or unsure. This is known once the turns are read."""

    def turns(self) -> Iterator[Turn]:
        """Yield the turns, chat after chat. Raises `DocumentError` if the export is broken."""
        counts = ChatNotes()
        self.notes.clear()
        for form, file in self.files:
            yield from READERS[form](file, counts)
        counts.leave_out("other file of the export", "other files of the export", self.others)
        self.notes.extend(counts.lines())


def open_chat(path: Path, *, date_order: DateOrder | None = None) -> ChatExport:
    """Open the export at a path: a file, a .zip or a folder.

    Raises `DocumentError` if it is no export that is known.
    """
    if not path.exists():
        raise DocumentError(f"{path} is not there. Give the path of an export: a file, a .zip or a folder.")
    try:
        if path.is_dir():
            found = _in_folder(path)
        else:
            with path.open("rb") as file:
                packed = file.read(4) == b"PK\x03\x04"
            found = in_archive(lambda: path, path.name) if packed else _single(path)
    except OSError as error:
        raise DocumentError(
            f"{path} cannot be read: {error.strerror or error}. Check the path and its permissions."
        ) from error
    if found is None:
        raise DocumentError(f"{path} is no export of chats that is known: {KNOWN}.")
    return replace(found, files=[(form, replace(file, date_order=date_order)) for form, file in found.files])


def in_archive(source: Callable[[], Path | IO[bytes]], name: str) -> ChatExport | None:
    """Return the export in a .zip, which `source` opens or whose path it returns; None if it has none."""
    try:
        with zipfile.ZipFile(source()) as packed:
            infos = {
                info.filename: info
                for info in packed.infolist()
                if not info.is_dir() and not _is_hidden(info.filename)
            }
            forms = {}
            for each, info in infos.items():
                if each.lower().endswith(SUFFIXES) and not info.flag_bits & 1:
                    with packed.open(info) as file:
                        forms[each] = chat_form(file.read(START))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise DocumentError(f"{name} is a broken archive: {error}. Export the chat again.") from error

    def opened(member: str) -> IO[bytes] | None:
        return file_of(member).open() if member in infos else None

    def file_of(member: str) -> ChatFile:
        info = infos[member]
        if info.file_size > MOST_UNPACKED or (
            info.file_size > 10_000_000 and info.file_size > MOST_RATIO * info.compress_size
        ):
            raise DocumentError(
                f"{name} has {info.file_size:,} bytes when it is unpacked, which is far too many for its "
                "size. It was not read."
            )

        def open_member() -> IO[bytes]:
            with zipfile.ZipFile(source()) as packed:
                return packed.open(member)  # it keeps the file of the archive open, and closes it with itself

        return ChatFile(member, open_member, info.file_size, name, opened)

    return _chosen(name, forms, file_of, infos)


def _in_folder(folder: Path) -> ChatExport | None:
    paths = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_hidden(path.relative_to(folder).as_posix())
    }
    forms = {name: _form(path) for name, path in paths.items() if name.lower().endswith(SUFFIXES)}

    def opened(name: str) -> IO[bytes] | None:
        return paths[name].open("rb") if name in paths else None

    def file_of(name: str) -> ChatFile:
        path = paths[name]
        return ChatFile(name, lambda: path.open("rb"), path.stat().st_size, folder.absolute().name, opened)

    return _chosen(folder.name, forms, file_of, paths)


def read_chat(open_: Callable[[], IO[bytes]], name: str, origin: str, size: int) -> Iterator[Part]:
    """Yield what was said in an export that is one document. `origin` is its path, where it has one."""
    path = Path(origin) if origin and Path(origin).is_file() else None
    with open_() as file:
        start = file.read(START)
    export: ChatExport | None = None
    if start.startswith(b"PK\x03\x04"):
        export = in_archive(open_ if path is None else lambda: path, name)
    elif form := chat_form(start):
        file_ = ChatFile(name, open_, size, name) if path is None else single_file(path)
        export = ChatExport(name, form.system, [(form, file_)])
    if export is None:
        raise DocumentError(f"{name} is no export of chats that is known: {KNOWN}.")
    yield from chat_parts(export.turns())
    for note in export.notes:
        yield Part("", note=note)


def _single(path: Path) -> ChatExport | None:
    form = _form(path)
    if form is None:
        return None
    return ChatExport(path.name, form.system, [(form, single_file(path))])


def single_file(path: Path) -> ChatFile:
    """Return a file of an export that stands where it was exported to, beside the others."""
    path = path.absolute()
    place = PurePosixPath(*path.parts[-2:]) if len(path.parts) > 2 else PurePosixPath(path.name)

    def beside(other: str) -> IO[bytes] | None:
        found = path.parent.parent / PurePosixPath(other).name
        return found.open("rb") if found.is_file() else None

    return ChatFile(str(place), lambda: path.open("rb"), path.stat().st_size, path.parent.name, beside)


def _form(path: Path) -> ChatForm | None:
    with path.open("rb") as file:
        return chat_form(file.read(START))


def _chosen(
    name: str,
    forms: dict[str, ChatForm | None],
    file_of: Callable[[str], ChatFile],
    everything: Iterable[str],
) -> ChatExport | None:
    """Return the export of these files. Of one that is there in two formats, JSON is read."""
    known = {each: form for each, form in forms.items() if form is not None}
    if not known:
        return None
    systems = {form.system for form in known.values()}
    if len(systems) > 1:
        raise DocumentError(
            f"{name} has chats of several systems: {', '.join(sorted(systems))}. Import one after the other."
        )
    if any(form.format == "json" for form in known.values()):
        known = {each: form for each, form in known.items() if form.format == "json"}
    system = systems.pop()
    chosen = sorted(known, key=_natural)
    read = {
        *chosen,
        *(each for each in forms if system == "Slack" and PurePosixPath(each).name in SLACK_LISTS),
    }
    others = sum(each not in read for each in everything)
    return ChatExport(name, system, [(known[each], file_of(each)) for each in chosen], others)


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort messages2.html before messages10.html."""
    return [(int(part or 0), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
