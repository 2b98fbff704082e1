"""Real files of every kind that can be read, made by the libraries that write them, and some that cannot."""

from __future__ import annotations

import csv
import io
import json
import mailbox
import zlib
from email.message import EmailMessage
from pathlib import Path

FACT = "The heron lamp costs 48 euros"
"""Stands in every document."""


def make_all(folder: Path) -> list[Path]:
    """A document of each kind, with the fact and its own kind's name behind it."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {
        "notes.txt": lambda path: path.write_text(f"PRICES\n\n{FACT} in text.\n"),
        "guide.md": lambda path: path.write_text(
            f"# Guide\n\nHello.\n\n## Prices\n\n{FACT} in *markdown*.\n"
        ),
        "page.html": lambda path: path.write_text(
            html(f"<h1>Shop</h1><h2>Prices</h2><p>{FACT} in html.</p>")
        ),
        "paper.pdf": lambda path: path.write_bytes(pdf("Welcome.", f"{FACT} in pdf.")),
        "letter.docx": make_docx,
        "slides.pptx": make_pptx,
        "table.csv": make_csv,
        "tree.json": lambda path: path.write_text(
            json.dumps({"shop": {"lamps": [{"note": f"{FACT} in json."}]}})
        ),
        "lines.jsonl": lambda path: path.write_text(json.dumps({"note": f"{FACT} in jsonl."}) + "\n"),
        "mail.eml": lambda path: path.write_bytes(mail(f"{FACT} in email.")),
        "box.mbox": make_mailbox,
    }
    for name, make in makers.items():
        make(folder / name)
    return [folder / name for name in makers]


def html(body: str) -> str:
    return (
        "<!DOCTYPE html><html><head><title>Shop</title><style>p {color: red}</style></head><body>"
        f"<nav>Home About</nav>{body}<script>alert('no')</script><footer>Imprint</footer></body></html>"
    )


def pdf(*pages: str) -> bytes:
    """A PDF with one line of text on each page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        drawn = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
        stream = zlib.compress(drawn)
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        )
        objects.append(
            f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n{stream.decode('latin-1')}\nendstream"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1"))
    table = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{place:010} 00000 n \n".encode() for place in places)
    out.write(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode())
    return out.getvalue()


def encrypted_pdf(text: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(text))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def make_docx(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("Letter", 1)
    document.add_paragraph("Dear Ada,")
    document.add_heading("Prices", 2)
    document.add_paragraph(f"{FACT} in docx.")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "owl lamp", "52 euros"
    document.save(str(path))


def make_pptx(path: Path) -> None:
    import pptx

    show = pptx.Presentation()
    for title, text in (("Welcome", "Hello."), ("Prices", f"{FACT} in pptx.")):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
        slide.notes_slide.notes_text_frame.text = f"Say {title} slowly."
    show.save(str(path))


def make_csv(path: Path) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["article", "note"], ["heron lamp", f"{FACT} in csv."], ["owl lamp", "52"]]
        )


def make_mailbox(path: Path) -> None:
    box = mailbox.mbox(path)
    for text in ("Hello.\n\nFrom now on it rains.", f"{FACT} in mbox."):
        box.add(mail(text))
    box.close()


def mail(text: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ben@example.org", "ada@example.org", "Prices"
    message.set_content(text)
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="plan.pdf")
    return bytes(message)
