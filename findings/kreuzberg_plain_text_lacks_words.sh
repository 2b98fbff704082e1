#!/usr/bin/env bash
# kreuzberg 4.10.4: the text of an HTML page lacks its definition lists, captions and addresses, and the text of a Markdown
# file lacks its footnotes. There is no error and no warning.
#
# The default form of the output is "plain". The form "markdown" has these words, so they are read and not written.
#
# Output seen with kreuzberg 4.10.4 and Python 3.11:
#   HTML, plain: lost twelve pieces, A heron, Main Street 5
#   HTML, markdown: lost nothing
#   Markdown, plain: lost Paid in May
#   Markdown, markdown: lost nothing
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'kreuzberg==4.10.4'
"$folder/venv/bin/python" - <<'PY'
from kreuzberg import ExtractionConfig, extract_bytes_sync

HTML = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Stock</title></head><body>
<h1>Stock</h1>
<p>In May.</p>
<dl><dt>Lamps</dt><dd>twelve pieces</dd></dl>
<figure><img src="heron.png" alt="bird"><figcaption>A heron</figcaption></figure>
<address>Main Street 5</address>
</body></html>
"""
MARKDOWN = "# Stock\n\nTwelve lamps[^1].\n\n[^1]: Paid in May.\n"
WORDS = {
    "HTML": ("text/html", HTML, ["In May", "twelve pieces", "A heron", "Main Street 5"]),
    "Markdown": ("text/markdown", MARKDOWN, ["Twelve lamps", "Paid in May"]),
}
EXPECTED = {
    ("HTML", "plain"): ["twelve pieces", "A heron", "Main Street 5"],
    ("HTML", "markdown"): [],
    ("Markdown", "plain"): ["Paid in May"],
    ("Markdown", "markdown"): [],
}

assert ExtractionConfig().output_format == "plain", "the default has changed"
found = {}
for kind, (mime_type, source, words) in WORDS.items():
    for form in ("plain", "markdown"):
        options = ExtractionConfig(output_format=form, use_cache=False)
        text = extract_bytes_sync(source.encode(), mime_type, config=options).content
        found[kind, form] = [each for each in words if each not in text]
        print(f"{kind}, {form}: lost {', '.join(found[kind, form]) or 'nothing'}")
assert found == EXPECTED, "the behaviour has changed"
PY
