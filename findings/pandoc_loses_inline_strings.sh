#!/usr/bin/env bash
# pandoc 3.9 (pypandoc_binary 1.17): a cell of an Excel workbook whose text is an inline string is read as an empty cell.
# openpyxl 3.1.5 writes all texts as inline strings, which the format allows.
#
# Before that, a workbook of openpyxl is refused, since it names its sheets from the root of the package
# ("/xl/worksheets/sheet1.xml"), which the format allows too. pandoc puts "xl/" in front of the name.
#
# Output seen with pypandoc_binary 1.17, openpyxl 3.1.5 and Python 3.11:
#   as written: Entry not found: xl//xl/worksheets/sheet1.xml
#   with relative names: the numbers 3.0 and 4.0, of herons and swans neither
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'pypandoc_binary==1.17' 'openpyxl==3.1.5'
"$folder/venv/bin/python" - "$folder" <<'PY'
import sys
import zipfile
from pathlib import Path

import pypandoc
from openpyxl import Workbook

folder = Path(sys.argv[1])
written, relative = folder / "written.xlsx", folder / "relative.xlsx"
book = Workbook()
book.active.append(["herons", 3])
book.active.append(["swans", 4])
book.save(written)
with zipfile.ZipFile(written) as source, zipfile.ZipFile(relative, "w") as target:
    assert b't="inlineStr"' in source.read("xl/worksheets/sheet1.xml"), "openpyxl writes another form"
    for name in source.namelist():
        content = source.read(name)
        if name == "xl/_rels/workbook.xml.rels":
            content = content.replace(b'Target="/xl/', b'Target="')
        target.writestr(name, content)

refused = ""
try:
    pypandoc.convert_file(str(written), "plain")
except RuntimeError as error:
    refused = str(error).partition("Failed to parse XLSX: ")[2].strip()
print("as written:", refused)
text = pypandoc.convert_file(str(relative), "plain")
numbers = " and ".join(word for word in ("3.0", "4.0") if word in text)
texts = " and ".join(word for word in ("herons", "swans") if word in text)
print(f"with relative names: the numbers {numbers}, of herons and swans {texts or 'neither'}")
assert refused == "Entry not found: xl//xl/worksheets/sheet1.xml", "the behaviour has changed"
assert (numbers, texts) == ("3.0 and 4.0", ""), "the behaviour has changed"
PY
