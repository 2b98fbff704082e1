"""E-mail as .eml files: who wrote to whom about what, and the letter itself."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from memgpt_autogen.documents.parts import Part
from memgpt_autogen.documents.web import read_html
from memgpt_autogen.errors import DocumentError

TOLD = ("From", "To", "Cc", "Date", "Subject")


def read_mail(content: bytes, name: str) -> Iterator[Part]:
    """One part, below its subject; attachments are named and not read."""
    message = message_from_bytes(content, policy=policy.default)
    if not isinstance(message, EmailMessage) or not any(field in message for field in TOLD):
        raise DocumentError(f"{name} is no e-mail: it has none of {', '.join(TOLD)}. Give it as text.")
    try:
        head = [f"{field}: {' '.join(str(message[field]).split())}" for field in TOLD if message[field]]
        body = message.get_body(("plain", "html"))
        text = ""
        if body is not None:
            content_text = body.get_content()
            text = content_text if isinstance(content_text, str) else ""
            if body.get_content_type() == "text/html":
                text = "\n\n".join(part.text for part in read_html(text))
        attached = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
    except Exception as error:  # a broken letter makes it raise whatever comes of it
        raise DocumentError(
            f"{name} is a broken e-mail: {error or type(error).__name__}. Save it anew."
        ) from error
    told = [*head, "", text.strip()]
    if attached:
        told += ["", f"Attachments, not read: {', '.join(attached)}"]
    yield Part("\n".join(told), heading=" ".join(str(message["Subject"] or "").split()) or None)
