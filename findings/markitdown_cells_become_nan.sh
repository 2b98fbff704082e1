#!/usr/bin/env bash
# markitdown 0.1.9: a cell of a spreadsheet that holds the text "NA", "None", "null" or "N/A" is converted to "NaN", as an
# empty cell is. So the country code of Namibia, a surname and a shade are lost, and nothing tells them from each other.
#
# pandas reads the sheet, and it takes these texts for missing values unless `keep_default_na=False` is given.
# An empty cell of the first row gets the name "Unnamed: 1", which nobody wrote.
#
# Output seen with markitdown 0.1.9, pandas 3.1.1, openpyxl 3.1.5 and Python 3.11:
#   | Name | Country | Unnamed: 2 |
#   | --- | --- | --- |
#   | Ada | FR | paid |
#   | NaN | NaN | NaN |
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'markitdown[xlsx]==0.1.9' 'pandas==3.1.1' 'openpyxl==3.1.5'
"$folder/venv/bin/python" - "$folder/people.xlsx" <<'PY'
import sys

from markitdown import MarkItDown
from openpyxl import Workbook

book = Workbook()
for row in (["Name", "Country", None], ["Ada", "FR", "paid"], ["None", "NA", "n/a"]):
    book.active.append(row)
book.save(sys.argv[1])
lines = MarkItDown(enable_plugins=False).convert(sys.argv[1]).text_content.splitlines()
rows = [line for line in lines if line.startswith("|")]
print("\n".join(rows))
assert rows[-1] == "| NaN | NaN | NaN |" and "Unnamed: 2" in rows[0], "the behaviour has changed"
PY
