"""The words of letters, as Python's email library shows them with every policy."""

from __future__ import annotations

import base64
import mailbox
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

from benchmarks.words_lost.made import Reader, Refused, Words
from benchmarks.words_lost.shown.pages import text_of_html
from benchmarks.words_lost.shown.plain import text_of_cards

POLICIES = (policy.compat32, policy.default, policy.SMTP, policy.SMTPUTF8)

HEADERS = ("From", "To", "Cc", "Date", "Subject")

SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")


def words_shown(path: Path) -> Words:
    """Show the letter as the policy reads it that shows most of it."""
    content = path.read_bytes().lstrip(b"\r\n")
    size, _, _ = content[:20].partition(b"\n")
    if size.strip().isdigit():  # of Apple Mail
        content = content[len(size) + 1 :][: int(size)]
    if not (shown := _most(content)):
        raise Refused("no policy reads how its text is encoded")
    return Words(shown)


def words_of_mailbox(path: Path) -> Words:
    box = mailbox.mbox(str(path), create=False)
    shown = [_most(re.sub(rb"(?m)^>(?=>*From )", b"", box.get_bytes(key))) for key in box.keys()]  # noqa: SIM118
    box.close()
    return Words("\n".join(shown))


def _most(content: bytes) -> str:
    shown = []
    for used in POLICIES:
        try:
            shown.append("\n".join(_lines(message_from_bytes(content, policy=used))))  # type: ignore[arg-type]
        except (LookupError, ValueError, AttributeError, TypeError):  # noqa: PERF203  # another policy reads it
            continue
    return max(shown, key=lambda text: (text.count("\ufffd") == 0, len(text)), default="")


def _lines(message: Message) -> Iterator[str]:
    for header in HEADERS:
        if message[header]:
            yield _decoded(_raw(message, header))
    yield from _parts(message)


def _raw(message: Message, header: str) -> str:
    """Return a header as it is written, without what a policy makes of it."""
    found = next(value for name, value in message.raw_items() if name.lower() == header.lower())
    return str(found)


def _decoded(header: str) -> str:
    raw = header.encode("utf-8", "surrogateescape")
    try:
        header = raw.decode("utf-8")
    except UnicodeDecodeError:
        header = raw.decode("cp1252", "replace")
    try:
        return " ".join(str(make_header(decode_header(header))).split())
    except (LookupError, ValueError):
        return header


def _parts(message: Message) -> Iterator[str]:
    """Yield what a mail program shows: the richest text, further texts, and the names of what is attached."""
    if message.get_content_type() == "multipart/alternative" and message.is_multipart():
        forms = [form for form in message.get_payload() if isinstance(form, Message)]
        shown = ["\n".join(_parts(form)) for form in forms]
        yield next((text for text in reversed(shown) if text.strip()), "")
    elif message.get_content_type() == "message/rfc822" and message.is_multipart():
        for inner in message.get_payload():
            if isinstance(inner, Message):
                yield from _lines(inner)
    elif message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _parts(part)
    else:
        yield from _part(message)


def _part(part: Message) -> Iterator[str]:
    name, kind = part.get_filename(), part.get_content_type()
    if kind in SIGNATURES:  # a mail program shows whether it is right
        return
    if name:
        yield _decoded(name)
    if not kind.startswith("text/"):
        return
    text = _text(part)
    if (boundary := part.get_boundary()) and text.lstrip().startswith(f"--{boundary}"):
        # its type is wrong: it consists of parts
        inside = f'Content-Type: multipart/mixed; boundary="{boundary}"\n\n{text}'
        yield from _parts(message_from_bytes(inside.encode()))
        return
    if kind == "text/html":
        text = text_of_html(text)
    elif kind in ("text/vcard", "text/calendar", "text/x-vcard"):
        text = text_of_cards(text)
    elif kind == "text/csv":
        text = re.sub("[;,]", "\n", text)
    yield text


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    if str(part["Content-Transfer-Encoding"]).lower() == "base64":
        coded = re.sub(r"[^A-Za-z0-9+/]", "", str(part.get_payload()))
        coded = coded[:-1] if len(coded) % 4 == 1 else coded  # Python decodes nothing of what is cut so
        content = base64.b64decode(coded + "=" * (-len(coded) % 4))
    spoilt = b"\x1b$" in content  # it is ISO-2022, which UTF-8 would show as letters and signs
    for encoding in (part.get_content_charset(), "utf-8")[: 1 if spoilt else 2]:
        try:
            return content.decode(encoding or "utf-8")
        except (LookupError, UnicodeDecodeError):  # noqa: PERF203  # the next one is tried
            continue
    if spoilt or not part.get_filename():  # the letter does not say how its text is encoded
        raise LookupError(str(part.get_content_charset()))
    return content.decode("cp1252", "replace")


SHOWN = {
    "email": (Reader("Python's email", words_shown),),
    "mailbox": (Reader("Python's mailbox", words_of_mailbox),),
}
