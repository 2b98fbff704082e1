"""Read Jupyter notebooks: the cells in order, with the text that a code cell printed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.data_uris import DataUris
from memgpt_autogen.readers.html import read_html
from memgpt_autogen.readers.sections import HeadedText, Part
from memgpt_autogen.readers.text import add_markdown
from memgpt_autogen.rendering.plain_text import counted

COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


OLD_NAMES = {
    "text": "text/plain", "html": "text/html", "latex": "text/latex", "json": "application/json",
    "markdown": "text/markdown", "png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml",
}  # fmt: skip
"""What the formats of an output were called before version 4."""


def read_notebook(text: str, name: str) -> Iterator[Part]:
    """Yield the cells under the headings of the Markdown cells.

    Of an output in several formats, the richest that is text is read, as a browser shows it. Pictures are
    left out and counted.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{name} is a broken notebook: {error}. Save it again in Jupyter.") from error
    yield from notebook_parts(found, name)


def is_notebook(found: Any) -> bool:
    """Whether a value of JSON is a notebook, whatever the file is called."""
    return isinstance(found, dict) and "nbformat" in found and ("cells" in found or "worksheets" in found)


def notebook_parts(found: Any, name: str) -> Iterator[Part]:
    """Yield the parts of a notebook that is parsed already."""
    try:
        cells = [cell for sheet in found.get("worksheets") or [found] for cell in sheet.get("cells") or []]
    except (AttributeError, TypeError) as error:
        raise DocumentError(f"{name} is a broken notebook: {error}. Save it again in Jupyter.") from error
    gathered, left_out, uris = HeadedText(), Counter[str](), DataUris()
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        source = uris.without(_text(cell.get("source", cell.get("input"))))
        left_out.update(_kinds(cell.get("attachments")))
        if cell.get("cell_type") == "heading":  # of notebooks before version 4
            level = cell.get("level")
            yield from gathered.enter(level if isinstance(level, int) else 1, source)
        elif cell.get("cell_type") == "code":
            yield from gathered.add(f"{source}\n\n")
            outputs = cell.get("outputs")
            for output in outputs if isinstance(outputs, list) else ():
                if isinstance(output, dict):
                    yield from gathered.add(f"{uris.without(_output(output, left_out))}\n\n")
        else:
            yield from add_markdown(gathered, f"{source}\n\n".splitlines(keepends=True))
    yield from gathered.end()
    notes = [f"{counted(sum(left_out.values()), 'picture')} left out"] if left_out else []
    if notes := [*notes, *filter(None, [uris.note])]:
        yield Part("", note="; ".join(notes))


def _output(output: Mapping[str, Any], left_out: Counter[str]) -> str:
    if "ename" in output:
        return COLOURS.sub("", f"{output.get('ename')}: {output.get('evalue', '')}")
    data = output.get("data")
    if not isinstance(data, dict):
        if output.get("output_type") == "stream":
            return COLOURS.sub("", _text(output.get("text")))
        data = {kind: output[name] for name, kind in OLD_NAMES.items() if name in output}
    pictures = [kind for kind in data if str(kind).startswith("image/")]
    left_out.update(pictures[:1])
    if html := _text(data.get("text/html")):
        shown = "\n\n".join(part.text for part in read_html(html)).strip()
        if shown:
            return shown
    for kind in ("text/markdown", "text/latex", "text/plain"):
        # beside a picture stands only a name of it, such as <Figure size 640x480>
        if (text := _text(data.get(kind))) and not (pictures and kind == "text/plain"):
            return COLOURS.sub("", text)
    value = data.get("application/json")
    return json.dumps(value, ensure_ascii=False) if value is not None and not pictures else ""


def _text(value: Any) -> str:
    """Return a text, which a notebook may have as a list of lines."""
    if isinstance(value, list):
        return "".join(each for each in value if isinstance(each, str))
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _kinds(attachments: Any) -> list[str]:
    if not isinstance(attachments, dict):
        return []
    return [str(kind) for each in attachments.values() if isinstance(each, dict) for kind in each]
