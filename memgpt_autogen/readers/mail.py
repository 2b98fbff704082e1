"""Read e-mail, as .eml files and mailboxes: the headers, the text, and the attached documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.html import read_html
from memgpt_autogen.readers.sections import Part

HEADERS = ("From", "To", "Cc", "Date", "Subject")

SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
"""Attachments of mail programs that nobody reads."""

MOST_LETTER = 100_000_000
"""The most bytes of a letter with its attachments."""

ReadAttachment = Callable[[bytes, str, str], Iterator[Part]]
"""Reads an attachment with this content, name and media type. Raises `DocumentError` if that is not possible.
"""


def read_mail(content: bytes, name: str, read_attachment: ReadAttachment) -> Iterator[Part]:
    """Yield the letter under its subject, then each attached document under its name.

    The letter lists the attachments that cannot be read, with the reasons. Attachments that turn out to be
    broken while they are read are listed at the end.
    """
    message = message_from_bytes(content, policy=policy.default)
    if not isinstance(message, EmailMessage) or not any(field in message for field in HEADERS):
        raise DocumentError(f"{name} is not an e-mail: it has none of {', '.join(HEADERS)}. Give it as text.")
    try:
        head = [f"{field}: {' '.join(str(message[field]).split())}" for field in HEADERS if message[field]]
        text = _text(message)
        subject = " ".join(str(message["Subject"] or "").split())
        attached = [_attachment(part) for part in _leaves(message.iter_attachments())]
    except Exception as error:  # the parser raises any kind of error for a broken letter
        raise DocumentError(
            f"{name} is a broken e-mail: {error or type(error).__name__}. Save it again."
        ) from error
    opened: list[tuple[str, Iterator[Part]]] = []
    unread: list[str] = []
    for inside, attachment, media_type in attached:
        try:
            opened.append((attachment, read_attachment(inside, attachment, media_type)))
        except DocumentError as error:  # noqa: PERF203 - the others are still read
            unread.append(str(error))
    yield Part("\n".join([*head, "", text, *_not_read("Attachments", unread)]), heading=subject or None)
    broken: list[str] = []
    for attachment, parts in opened:
        has_text = False
        try:
            for part in parts:
                yield replace(part, heading=_heading(subject, attachment, part.heading or ""))
                has_text = has_text or bool(part.text.strip())
            if not has_text:
                broken.append(f"{attachment} has no text.")
        except DocumentError as error:
            broken.append(str(error))
    if broken:
        yield Part("\n".join(_not_read("Attachments", broken)), heading=subject or None)


def read_mailbox(lines: Iterable[bytes], name: str, read_attachment: ReadAttachment) -> Iterator[Part]:
    """Yield the letters one by one. Letters that cannot be read are listed at the end, with the reasons."""
    unread: list[str] = []
    for number, letter in enumerate(_letters(lines), 1):
        letter_name = f"letter {number} of {name}"
        if letter is None:
            unread.append(f"{letter_name} is too large: it has more than {MOST_LETTER:,} bytes.")
            continue
        try:
            yield from read_mail(letter, letter_name, read_attachment)
        except DocumentError as error:
            unread.append(str(error))
    if unread:
        yield Part("\n".join(_not_read("Letters", unread)))


def _letters(lines: Iterable[bytes]) -> Iterator[bytes | None]:
    """Yield each letter of a mailbox, or None for a letter that is too large.

    A letter begins after a line `From ...` that follows a blank line. Lines of a letter that begin like this
    have a `>` before them (RFC 4155).
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
            escaped = line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
            letter.append(line[1:] if escaped else line)
    if begun:
        yield b"".join(letter) if size <= MOST_LETTER else None


def _not_read(what: str, reasons: Sequence[str]) -> list[str]:
    return ["", f"{what}, not read:", *reasons] if reasons else []


def _heading(subject: str, name: str, heading: str) -> str:
    # an attached letter is named by its subject, which is its heading too
    name = "" if heading.partition(" > ")[0] == name else name
    return " > ".join(filter(None, (subject, name, heading)))


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    text = body.get_content() if body is not None else ""
    if not isinstance(text, str):
        return ""
    if body is not None and body.get_content_type() == "text/html":
        return "\n\n".join(part.text for part in read_html(text)).strip()
    return text.strip()


def _leaves(parts: Iterable[MIMEPart]) -> Iterator[MIMEPart]:
    """Yield the parts, also those inside other parts, without signatures."""
    for part in parts:
        if part.get_content_maintype() == "multipart":
            yield from _leaves(part.iter_parts())
        elif part.get_content_type() not in SIGNATURES:
            yield part


def _attachment(part: MIMEPart) -> tuple[bytes, str, str]:
    """Return the content, name and media type. An attached letter is returned as a letter of its own."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        letter = part.get_content()
        subject = " ".join(str(letter["Subject"] or "").split())
        return letter.as_bytes(), part.get_filename() or subject or "letter", kind
    content = part.get_payload(decode=True)
    charset = part.get_content_charset()
    media_type = f"{kind}; charset={charset}" if charset else kind
    return content if isinstance(content, bytes) else b"", part.get_filename() or kind, media_type
