"""Read rich text (.rtf), by striprtf."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.sections import Part

HIDDEN = re.compile(
    r"\{\s*(?:\\\*\s*)?\\(?:header[lrf]?|footer[lrf]?|footnote|annotation|shpinst|shptxt|shp|result)"
    r"(?![a-z]) ?"
)
"""The starts of groups that striprtf takes for formats, and that pages show: headers, notes and boxes."""


def read_rtf(content: bytes, name: str) -> Iterator[Part]:
    """Yield the text of the pages, with headers, footers, notes and text boxes where the file has them."""
    try:
        from striprtf.striprtf import rtf_to_text
    except ImportError as error:
        raise DocumentError(
            f"{name} is rich text, which needs striprtf: pip install 'memgpt-autogen[documents]'."
        ) from error
    source = HIDDEN.sub(r"{\\par ", content.decode("latin-1"))
    try:
        text = rtf_to_text(source, errors="replace")
    except Exception as error:  # striprtf raises any kind of error for a broken file
        raise DocumentError(
            f"{name} is broken rich text: {error or type(error).__name__}. Save it again, or as .docx."
        ) from error
    yield Part(re.sub(r"\|(?=\n|$)", "", re.sub(r"\n{3,}", "\n\n", text)))
