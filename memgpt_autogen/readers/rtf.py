"""Read rich text (.rtf), by striprtf."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memgpt_autogen.readers.refusals import refuse_broken, refuse_without
from memgpt_autogen.readers.sections import Part

HIDDEN = re.compile(
    r"\{\s*(?:\\\*\s*)?\\(?:header[lrf]?|footer[lrf]?|footnote|annotation|shpinst|shptxt|shp|result)"
    r"(?![a-z]) ?"
)
"""The starts of groups that striprtf takes for formats, and that pages show: headers, notes and boxes."""


def read_rtf(content: bytes, name: str) -> Iterator[Part]:
    """Yield the text of the pages, with headers, footers, notes and text boxes where the file has them."""
    with refuse_without("striprtf", f"{name} is rich text"):
        from striprtf.striprtf import rtf_to_text
    source = HIDDEN.sub(r"{\\par ", content.decode("latin-1"))
    with refuse_broken(f"{name} is broken rich text", "Save it again, or as .docx."):
        text = rtf_to_text(source, errors="replace")
    yield Part(re.sub(r"\|(?=\n|$)", "", re.sub(r"\n{3,}", "\n\n", text)))
