"""Make letters and mailboxes: by Python's email library with every policy, and as mail programs do."""

from __future__ import annotations

import base64
import mailbox
import quopri
import shutil
from collections.abc import Iterator, Sequence
from email import charset, policy
from email.header import Header
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from functools import lru_cache, partial
from pathlib import Path

from benchmarks.words_lost.drafts import NAMES, Draft
from benchmarks.words_lost.made import Maker
from benchmarks.words_lost.makers.pages import html_of
from benchmarks.words_lost.makers.plain import LANGUAGES, contacts

POLICIES = {
    "default": policy.default,
    "SMTP": policy.SMTP,
    "SMTPUTF8": policy.SMTPUTF8,
    "strict": policy.strict,
}

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def letter(draft: Draft, used: policy.EmailPolicy = policy.default) -> EmailMessage:
    """Return a letter of plain text, HTML, an inline picture and attachments."""
    message = EmailMessage(policy=used)
    message["From"] = f"{draft.author} <author@example.org>"
    message["To"] = ", ".join(f"{name} <to{at}@example.org>" for at, name in enumerate(NAMES[:3]))
    message["Subject"] = f"{draft.title} – für {NAMES[draft.number % 7]}"
    message["Date"] = draft.day.strftime("%a, %d %b %Y 09:30:00 +0000")
    message.set_content(draft.text)
    if draft.number % 3 != 1:
        message.add_alternative(html_of(draft), subtype="html")
        html = message.get_payload()[-1]  # type: ignore[index]  # the list of the parts
        html.add_related(PICTURE, "image", "png", cid="<picture>")  # type: ignore[union-attr]
    if draft.number % 2:
        message.add_attachment(draft.text, subtype="plain", filename="notes für alle.txt")
        message.add_attachment(PICTURE, maintype="image", subtype="png", filename="a picture.png")
        message.add_attachment(
            b"Produkt;Preis\nStra\xdfe;3,5\n", maintype="text", subtype="csv", filename="prices.csv"
        )
    return message


def by_policy(name: str, draft: Draft, path: Path) -> None:
    path.write_bytes(letter(draft, POLICIES[name]).as_bytes())


def by_compat32(draft: Draft, path: Path) -> None:
    """Write a letter as programs do that use Python's older classes."""
    message = MIMEMultipart("alternative")
    message["From"] = str(Header(f"{draft.author} <author@example.org>", "utf-8"))
    message["To"] = "team@example.org"
    # a header is what older programs give; the types know texts only
    title = draft.title.encode("latin-1", "ignore").decode("latin-1")
    message["Subject"] = Header(f"{title}: Übersicht", "iso-8859-1")  # type: ignore[assignment]
    message["Date"] = "Mon, 01 Jun 2020 09:30:00 +0200"
    quoted = charset.Charset("utf-8")
    quoted.body_encoding = charset.QP
    plain = MIMEText("", "plain", "utf-8")
    del plain["Content-Transfer-Encoding"]
    plain.set_payload(draft.text, quoted)
    message.attach(plain)
    message.attach(MIMEText(html_of(draft), "html", "utf-8"))
    path.write_bytes(message.as_bytes())


HEAD = (
    "From: Ada <ada@example.org>\nTo: team@example.org\nSubject: Notes {n}\n"
    "Date: Mon, 1 Jun 2020 09:30:00 +0200\n"
)

HTML = "<html><body><p>Hello team {n},</p><p>the whole text stands here: {text}</p></body></html>"

STUBS = ("", " \n", "Your mail program does not show HTML.", "See the HTML part.\n\n-- \nAda", "Hello team")


def stub(draft: Draft, path: Path) -> None:
    """Write a letter whose plain form is blank or says nothing."""
    text = " ".join(draft.text.split()[:80])
    body = (
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{STUBS[draft.number % len(STUBS)]}\n--b\n"
        f"Content-Type: text/html; charset=utf-8\n\n{HTML.format(n=draft.number, text=text)}\n--b--\n"
    )
    head = (
        HEAD.format(n=draft.number) + "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
    )
    path.write_bytes((head + body).encode())


def old_charset(draft: Draft, path: Path) -> None:
    """Write a letter in an encoding that it declares, declares wrongly, or does not declare."""
    encoding, language = (
        ("koi8-r", "ru"),
        ("iso-2022-jp", "ja"),
        ("windows-1252", "de"),
        ("gb2312", "zh"),
        ("iso-8859-2", "pl"),
        ("windows-1255", "he"),
        ("big5", "zh-tw"),
        ("euc-kr", "ko"),
    )[draft.number % 8]
    text = f"{draft.number}\n{LANGUAGES[language]}\n\n{LANGUAGES[language]}".encode(encoding, "replace")
    way = draft.number % 3
    sent = base64.encodebytes(text) if way == 0 else quopri.encodestring(text) if way == 1 else text
    transfer = ("base64", "quoted-printable", "8bit")[way]
    head = HEAD.format(n=draft.number) + f"MIME-Version: 1.0\nContent-Type: text/plain; charset={encoding}\n"
    path.write_bytes(f"{head}Content-Transfer-Encoding: {transfer}\n\n".encode() + sent)


def flowed(draft: Draft, path: Path) -> None:
    """Write a letter in the form "flowed": a line that ends with a space goes on in the next one."""
    lines: list[str] = []
    for paragraph in draft.text.splitlines():
        words = paragraph.split(" ")
        while words:
            line = ""
            while words and len(line) < 60:
                line += words.pop(0) + " "
            lines.append(line if words else line.rstrip())
        lines.append("")
    head = HEAD.format(n=draft.number) + "Content-Type: text/plain; charset=utf-8; format=flowed\n\n"
    path.write_bytes((head + "> quoted line \n> goes on\n\n" + "\n".join(lines) + "\n-- \nAda\n").encode())


def nested(draft: Draft, path: Path) -> None:
    """Write a forwarded letter in a letter, with parts in parts, a signature and a report."""
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "bo@example.org", "team@example.org", f"Fwd: {draft.title}"
    outer["Date"] = "Mon, 1 Jun 2020 09:30:00 +0200"
    outer.set_content(f"See the letter below {draft.number}.")
    outer.add_attachment(letter(draft))
    card = path.with_suffix(".vcf")
    contacts("3.0", draft, card)
    outer.add_attachment(card.read_bytes(), maintype="text", subtype="vcard", filename="card.vcf")
    card.unlink()
    outer.add_attachment("Footer of a list\n", subtype="plain", disposition="inline")
    path.write_bytes(outer.as_bytes())


def several_texts(draft: Draft, path: Path) -> None:
    """Write a letter whose text goes on after a picture, as Apple Mail does."""
    pieces = [each for each in draft.text.splitlines() if each][:4]
    parts = [
        f"--b\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: inline\n\n{each}\n"
        for each in pieces
    ]
    picture = '--b\nContent-Type: image/png\nContent-Disposition: inline; filename="between.png"\n'
    picture += f"Content-Transfer-Encoding: base64\n\n{base64.b64encode(PICTURE).decode()}\n"
    head = HEAD.format(n=draft.number) + 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    path.write_bytes((head + picture.join(parts) + "--b--\n").encode())


def apple(draft: Draft, path: Path) -> None:
    """Write a letter as Apple Mail stores it: the size before it, a list after it."""
    content = letter(draft).as_bytes()
    plist = (
        b'<?xml version="1.0"?><plist version="1.0"><dict><key>flags</key><integer>1</integer></dict></plist>'
    )
    path.write_bytes(b"%d   \n%s%s" % (len(content), content, plist))


def broken(draft: Draft, path: Path) -> None:
    """Write a letter with a fault of mail programs: in its boundary, its headers, or its encoding."""
    content = letter(draft).as_bytes().replace(b"\r\n", b"\n")
    way = draft.number % 6
    if way == 0:  # the boundary has no quotes and an odd character
        content = HEAD.format(n=draft.number).encode() + (
            b"Content-Type: multipart/mixed; boundary=a:b=c/d\n\n--a:b=c/d\nContent-Type: text/plain\n\n"
            b"The text of the letter.\n--a:b=c/d--\n"
        )
    elif way == 1:  # the boundary is not named
        content = HEAD.format(n=draft.number).encode() + (
            b"MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n--xyz\nContent-Type: text/plain\n\n"
            b"The text of the letter.\n--xyz\nContent-Type: text/html\n\n<p>And more of it.</p>\n--xyz--\n"
        )
    elif way == 2:  # bytes in the headers
        content = (
            b"Subject: B\xfccher f\xfcr alle\nFrom: J\xc3\xbcrgen <j@example.org>\n\nDie B\xfccher sind da.\n"
        )
    elif way == 3:  # an unknown encoding
        content = HEAD.format(n=draft.number).encode() + (
            b"Content-Type: text/plain; charset=x-unknown\n\nThe caf\xc3\xa9 is open.\n"
        )
    elif way == 4:  # no end of the last part
        content = content.rstrip()[:-60]
    else:  # the transfer encoding is named wrongly
        content = HEAD.format(n=draft.number).encode() + (
            b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8-bit\n\n"
            b"The caf\xc3\xa9 is open.\n"
        )
    path.write_bytes(content)


def by_mailbox(draft: Draft, path: Path) -> None:
    """Write a mailbox by Python's library, with lines that begin like the start of a letter."""
    box = mailbox.mbox(str(path))
    for number in range(draft.number % 3 + 2):
        message = letter(draft)
        message.replace_header("Subject", f"Letter {number} of {draft.title}")
        box.add(message)
    plain = EmailMessage()
    plain["From"], plain["Subject"] = "bo@example.org", "From the beginning"
    plain["Date"], plain["To"] = "Mon, 1 Jun 2020 09:30:00 +0200", "team@example.org"
    plain.set_content("First line\n\nFrom here on it goes down.\n>From there it goes up.\n")
    box.add(plain)
    box.flush()
    box.close()


def real(draft: Draft, path: Path) -> None:
    """Copy a letter of those that Python's own tests have, where these are installed."""
    letters = real_letters()
    if letters:
        shutil.copyfile(letters[draft.number % len(letters)], path)


@lru_cache
def real_letters() -> Sequence[Path]:
    import sysconfig

    return sorted(Path(sysconfig.get_path("stdlib")).glob("test/**/msg_*.txt"))


def _by_policies() -> Iterator[Maker]:
    for name in POLICIES:
        writer = f"Python's email, policy {name}"
        yield Maker("email", writer, ".eml", partial(by_policy, name), files=6, damaged=2)


MAKERS = [
    *_by_policies(),
    Maker("email", "Python's email, compat32", ".eml", by_compat32, files=3, damaged=2),
    Maker("email", "by hand, a stub beside HTML", ".eml", stub, files=5),
    Maker("email", "by hand, old encodings", ".eml", old_charset, files=24, damaged=4),
    Maker("email", "by hand, flowed", ".eml", flowed, files=2),
    Maker("email", "by hand, nested", ".eml", nested, files=3),
    Maker("email", "by hand, several texts", ".eml", several_texts, files=2),
    Maker("email", "by hand, faults", ".eml", broken, files=6, damaged=0),
    Maker("email", "by hand, Apple Mail", ".emlx", apple, files=3),
    Maker("email", "Python's tests", ".eml", real, files=48, damaged=4),
    Maker("mailbox", "Python's mailbox", ".mbox", by_mailbox, files=4, damaged=2),
]
