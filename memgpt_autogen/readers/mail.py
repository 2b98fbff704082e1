"""E-mail as .eml files and mailboxes: who wrote to whom about what, the letter itself, and the documents that came with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.html import read_html
from memgpt_autogen.readers.sections import Part

TOLD = ("From", "To", "Cc", "Date", "Subject")

SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
"""What mail programs attach and nobody reads."""

MOST_LETTER = 100_000_000
"""Bytes of a letter with what is attached to it."""

ReadAttachment = Callable[[bytes, str, str], Iterator[Part]]
"""Reads what has this content, name and media type. Raises `DocumentError` for what is no document."""


def read_mail(content: bytes, name: str, read_attachment: ReadAttachment) -> Iterator[Part]:
    """The letter below its subject, with what cannot be read of its attachments and why; then each document that is attached, below
    its name too. One that turns out to be broken while it is read is named in the end.
    """
    message = message_from_bytes(content, policy=policy.default)
    if not isinstance(message, EmailMessage) or not any(field in message for field in TOLD):
        raise DocumentError(f"{name} is no e-mail: it has none of {', '.join(TOLD)}. Give it as text.")
    try:
        head = [f"{field}: {' '.join(str(message[field]).split())}" for field in TOLD if message[field]]
        text = _text(message)
        subject = " ".join(str(message["Subject"] or "").split())
        attached = [_attachment(part) for part in _leaves(message.iter_attachments())]
    except Exception as error:  # a broken letter makes it raise whatever comes of it
        raise DocumentError(
            f"{name} is a broken e-mail: {error or type(error).__name__}. Save it anew."
        ) from error
    opened: list[tuple[str, Iterator[Part]]] = []
    unread: list[str] = []
    for content_inside, called, media_type in attached:
        parts = _opened(content_inside, called, media_type, read_attachment)
        if isinstance(parts, DocumentError):
            unread.append(str(parts))
        else:
            opened.append((called, parts))
    yield Part("\n".join([*head, "", text, *_not_read("Attachments", unread)]), heading=subject or None)
    yield from _attached(subject, opened)


def _opened(
    content: bytes, called: str, media_type: str, read_attachment: ReadAttachment
) -> Iterator[Part] | DocumentError:
    try:
        return read_attachment(content, called, media_type)
    except DocumentError as error:
        return error


def _attached(subject: str, opened: Iterable[tuple[str, Iterator[Part]]]) -> Iterator[Part]:
    """The documents that came with a letter, and what of them is broken."""
    broken: list[str] = []
    for called, parts in opened:
        texts = 0
        try:
            for part in parts:
                yield replace(part, heading=" > ".join(_headings(subject, called, part.heading or "")))
                texts += bool(part.text.strip())
        except DocumentError as error:
            broken.append(str(error))
        else:
            if not texts:
                broken.append(f"{called} has no text.")
    if broken:
        yield Part("\n".join(_not_read("Attachments", broken)), heading=subject or None)


def _not_read(what: str, why: Sequence[str]) -> list[str]:
    return ["", f"{what}, not read:", *why] if why else []


def read_mailbox(lines: Iterable[bytes], name: str, read_attachment: ReadAttachment) -> Iterator[Part]:
    """Its letters one by one; those that cannot be read are named in the end, with why."""
    unread: list[str] = []
    for number, letter in enumerate(_letters(lines), 1):
        called = f"letter {number} of {name}"
        if letter is None:
            unread.append(f"{called} is too large: it has more than {MOST_LETTER:,} bytes.")
            continue
        try:
            yield from read_mail(letter, called, read_attachment)
        except DocumentError as error:
            unread.append(str(error))
    if unread:
        yield Part("\n".join(_not_read("Letters", unread)))


def _letters(lines: Iterable[bytes]) -> Iterator[bytes | None]:
    """Each letter of a mailbox, None in the place of one that is too large.

    One begins behind a line `From ...` that follows an empty one; a line of a letter that begins so has a `>` before it (RFC 4155).
    """
    letter: list[bytes] = []
    size, blank, begun = 0, True, False
    for line in lines:
        if blank and line.startswith(b"From "):
            if begun:
                yield b"".join(letter) if size <= MOST_LETTER else None
            letter, size, begun = [], 0, True
            continue
        blank = not line.strip()
        size += len(line)
        if size > MOST_LETTER:
            letter.clear()
        else:
            letter.append(
                line[1:] if line.lstrip(b">").startswith(b"From ") and line.startswith(b">") else line
            )
    if begun:
        yield b"".join(letter) if size <= MOST_LETTER else None


def _headings(subject: str, called: str, heading: str) -> Iterator[str]:
    """A letter in a letter is called by its subject, which is its heading too."""
    if subject:
        yield subject
    if heading.partition(" > ")[0] != called:
        yield called
    if heading:
        yield heading


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    text = body.get_content() if body is not None else ""
    if not isinstance(text, str):
        return ""
    if body is not None and body.get_content_type() == "text/html":
        return "\n\n".join(part.text for part in read_html(text)).strip()
    return text.strip()


def _leaves(parts: Iterable[MIMEPart]) -> Iterator[MIMEPart]:
    """The parts themselves, where some hold others; signatures are left out."""
    for part in parts:
        if part.get_content_maintype() == "multipart":
            yield from _leaves(part.iter_parts())
        elif part.get_content_type() not in SIGNATURES:
            yield part


def _attachment(part: MIMEPart) -> tuple[bytes, str, str]:
    """Its content, name and media type; a letter in a letter is one that would stand alone."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        letter = part.get_content()
        subject = " ".join(str(letter["Subject"] or "").split())
        return letter.as_bytes(), part.get_filename() or subject or "letter", kind
    content = part.get_payload(decode=True)
    charset = part.get_content_charset()
    media_type = f"{kind}; charset={charset}" if charset else kind
    return content if isinstance(content, bytes) else b"", part.get_filename() or kind, media_type
