"""Read e-mail, as .eml files and mailboxes: the headers, the text, and the attached documents."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage, Message, MIMEPart
from email.policy import EmailPolicy
from itertools import takewhile

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.data_uris import DataUris
from memgpt_autogen.readers.encoding import declared_encoding, decoded
from memgpt_autogen.readers.html import read_html
from memgpt_autogen.readers.refusals import refuse_broken
from memgpt_autogen.readers.sections import Part

HEADERS = ("From", "To", "Cc", "Date", "Subject")

OTHERS = (
    "Sender",
    "Reply-To",
    "Bcc",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
)
"""A letter without any of the shown headers has one of these."""

SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
"""Attachments of mail programs that nobody reads."""

MOST_LETTER = 100_000_000
"""The most bytes of a letter with its attachments."""

SHOWN = ("text/plain", "text/html", "text/enriched", "text/markdown", "text/x-markdown")
"""Texts that are shown as the letter itself."""

UNNAMED = {"text/calendar": "invitation", "text/vcard": "contact", "message/delivery-status": "report"}

PART_BEGINS = re.compile(
    rb"(?:This is a multi-?part[^\r\n]*[\r\n]\s*)?--(\S[^\r\n]{0,69})\r?\nContent-[A-Z-]+:", re.IGNORECASE
)
"""How the body of a letter of several parts begins."""

MOST_PARTS_DEEP = 30
"""Parts that are inside more parts than this are not opened."""

ReadAttachment = Callable[[bytes, str, str], Iterator[Part]]
"""Reads an attachment with this content, name and media type. Raises `DocumentError` if that is not possible.
"""


def read_mail(content: bytes, name: str, read_attachment: ReadAttachment) -> Iterator[Part]:
    """Yield the letter under its subject, then each attached document under its name.

    The letter lists the attachments that cannot be read, with the reasons. Attachments that turn out to be
    broken while they are read are listed at the end.
    """
    message = _parsed(_letter(content))
    if not isinstance(message, EmailMessage) or not any(field in message for field in (*HEADERS, *OTHERS)):
        raise DocumentError(f"{name} is not an e-mail: it has none of {', '.join(HEADERS)}. Give it as text.")
    with refuse_broken(f"{name} is a broken e-mail", "Save it again."):
        head = [f"{field}: {' '.join(str(message[field]).split())}" for field in HEADERS if message[field]]
        subject = " ".join(str(message["Subject"] or "").split())
        body = _Body()
        body.read(message)
        attached = [_attachment(part) for part in body.others]
    opened: list[tuple[str, Iterator[Part]]] = []
    unread: list[str] = []
    for inside, attachment, media_type in attached:
        try:
            opened.append((attachment, read_attachment(inside, attachment, media_type)))
        except DocumentError as error:  # noqa: PERF203 - the others are still read
            unread.append(str(error))
    yield Part("\n".join([*head, "", body.text, *_not_read("Attachments", unread)]), heading=subject or None)
    for note in body.notes:
        yield Part("", note=note)
    yield from _attachments(subject, opened)


def _attachments(subject: str, opened: Sequence[tuple[str, Iterator[Part]]]) -> Iterator[Part]:
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


def read_web_archive(content: bytes, name: str) -> Iterator[Part]:
    """Yield the pages of a saved web page (.mht), without its pictures and style sheets."""
    with refuse_broken(f"{name} is a broken web archive", "Save the page again."):
        message = _parsed(content)
        pages = [part for part in message.walk() if part.get_content_type() in SHOWN]
        parts = [part for page in pages if isinstance(page, MIMEPart) for part in _shown(page)]
    yield from parts


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


class _Policy(EmailPolicy):
    """Reads headers as mail programs do: also bytes that are not encoded, and parameters without quotes."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        raw = value.encode("utf-8", "surrogateescape")
        return name, value if raw.isascii() else decoded(raw)[0]


def _policy() -> _Policy:
    headers = HeaderRegistry()
    for name in ("content-type", "content-transfer-encoding", "message-id", "from", "to", "cc", "date"):
        # where these are not as the standard says, the structured form has lost what was written, and it has
        # no names of people that are in comments
        headers.registry.pop(name, None)
    return _Policy(header_factory=headers)


POLICY = _policy()


def _parsed(content: bytes) -> Message:
    """Return a message. If its boundary is lost, it is the one that its parts begin with."""
    message = message_from_bytes(content, policy=POLICY)
    if message.is_multipart() or message.get_content_maintype() not in ("multipart", "text"):
        return message
    head, blank, body = (*re.split(rb"(\r?\n\r?\n)", content, maxsplit=1), b"", b"")[:3]
    if (found := PART_BEGINS.match(body.lstrip())) is None:
        return message
    head = re.sub(rb"^(?=Content-Type:)", b"X-", head, flags=re.MULTILINE | re.IGNORECASE)
    kind = b'Content-Type: multipart/mixed; boundary="%s"\r\n' % found.group(1)
    return message_from_bytes(kind + head + blank + body, policy=POLICY)


def _letter(content: bytes) -> bytes:
    """Return the letter in a file of Apple Mail, which has its size before it and a list after it."""
    content = content.lstrip(b"\r\n").rstrip(b"\0")
    size, _, rest = content[:20].partition(b"\n")
    return content[len(size) + 1 :][: int(size)] if rest and size.strip().isdigit() else content


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


class _Body:
    """The text of a letter as a mail program shows it, and its other parts."""

    def __init__(self) -> None:
        self.text = ""
        self.notes: list[str] = []
        self.others: list[MIMEPart] = []

    def read(self, part: MIMEPart, depth: int = 0) -> None:
        """Read a part and those inside it. The first text is the letter; further texts are attached to it."""
        kind, shown = part.get_content_type(), part.get_content_disposition() != "attachment"
        if kind.startswith("multipart/") and part.is_multipart() and depth < MOST_PARTS_DEEP:
            inside = [each for each in part.iter_parts() if isinstance(each, MIMEPart)]
            if kind == "multipart/alternative":
                self._choose(inside, depth)
            else:
                for each in inside:
                    self.read(each, depth + 1)
        elif kind in SHOWN and shown and not self.text and not part.get_filename():
            parts = list(_shown(part))
            self.notes += [each.note for each in parts if each.note]
            self.text = "\n\n".join(_with_headings(parts)).strip()
        elif (
            kind not in SIGNATURES
            and not (shown and kind.startswith("image/") and part["Content-ID"])
            and (part.get_filename() or part.is_multipart() or part.get_payload(decode=True))
        ):
            self.others.append(part)

    def _choose(self, forms: Sequence[MIMEPart], depth: int) -> None:
        """Read one of several forms of a text.

        The first one is plain. It is taken if it has every word of the last one. Else it is a stub, or has
        lost something, and the last form that has text is shown.
        """
        bodies: list[_Body] = []
        for form in forms:
            body = _Body()
            body.read(form, depth + 1)
            bodies.append(body)
        with_text = [body for body in bodies if body.text] or [_Body()]
        plain, richest = with_text[0], with_text[-1]
        chosen = plain if _words(richest.text) <= _words(plain.text) else richest
        if self.text:
            self.others += [form for form, body in zip(forms, bodies, strict=True) if body is chosen]
        else:
            self.text, self.notes = chosen.text, self.notes + chosen.notes
        self.others += [other for body in bodies for other in body.others]


def _shown(part: MIMEPart) -> Iterator[Part]:
    """Yield the text of a part, with the headings of HTML."""
    content = _content(part)
    is_html = part.get_content_type() == "text/html"
    text, note = decoded(content, _charset(part) or (declared_encoding(content) if is_html else None))
    if note:
        yield Part("", note=note)
    if is_html:
        yield from read_html(text)
        return
    uris = DataUris()
    yield Part(uris.without(text), note=uris.note)


def _with_headings(parts: Iterable[Part]) -> Iterator[str]:
    """Yield the texts, each after the heading that begins with it."""
    before: list[str] = []
    for part in parts:
        if not part.text.strip():
            continue
        path = (part.heading or "").split(" > ") if part.heading else []
        known = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, path, strict=False)))
        yield from path[known:]
        before = path
        yield part.text.strip()


def _charset(part: MIMEPart) -> str | None:
    """Return the encoding that a part declares. Many declare ASCII, or nothing, and are something else."""
    charset = part.get_content_charset()
    return None if charset in (None, "us-ascii", "ascii", "unknown-8bit") else charset


def _content(part: MIMEPart) -> bytes:
    if part.is_multipart():  # a report, whose parts have fields only
        return b"\n".join(bytes(each) for each in part.get_payload() if isinstance(each, Message))
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return b""
    written = part.get_payload()
    if part["Content-Transfer-Encoding"] == "base64" and isinstance(written, str):
        coded = re.sub(r"[^A-Za-z0-9+/]", "", written)
        if len(coded) % 4 == 1:  # it is cut, so Python does not decode it
            return base64.b64decode(coded[:-1])
    return content


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _attachment(part: MIMEPart) -> tuple[bytes, str, str]:
    """Return the content, name and media type. An attached letter is returned as a letter of its own."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        letter = part.get_content()
        subject = " ".join(str(letter["Subject"] or "").split())
        return (
            letter.as_bytes(policy=POLICY.clone(utf8=True)),
            part.get_filename() or subject or "letter",
            kind,
        )
    charset = _charset(part)
    media_type = f"{kind}; charset={charset}" if charset else kind
    return _content(part), part.get_filename() or UNNAMED.get(kind, kind), media_type
