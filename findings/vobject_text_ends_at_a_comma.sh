#!/usr/bin/env bash
# vobject 0.9.9: a text of a contact or an event ends at its first comma, if the comma has no backslash. The rest is lost
# without an error.
#
# vCard 2.1, which phones still export, does not escape commas: a note, an address line or a name may hold them. URLs of
# vCard 3.0 and 4.0 may hold them too, and a NICKNAME of 3.0 is a list that is divided by commas. vobject reads
# each value as a list of texts and keeps the first one.
#
# Output seen with vobject 0.9.9 and Python 3.11:
#   NOTE: 'Allergic to nuts' of 'Allergic to nuts, eggs and fish'
#   FN: 'Doe' of 'Doe, Jane'
#   NICKNAME: 'Jo' of 'Jo,Jay'
#   URL: 'https://example.org/at/52.5' of 'https://example.org/at/52.5,13.4'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'vobject==0.9.9'
"$folder/venv/bin/python" - <<'PY'
import vobject

VALUES = {
    ("2.1", "NOTE"): "Allergic to nuts, eggs and fish",
    ("2.1", "FN"): "Doe, Jane",
    ("3.0", "NICKNAME"): "Jo,Jay",
    ("3.0", "URL"): "https://example.org/at/52.5,13.4",
}
EXPECTED = ["Allergic to nuts", "Doe", "Jo", "https://example.org/at/52.5"]

found = []
for (version, field), written in VALUES.items():
    name = "" if field == "FN" else "FN:Jane Doe\r\n"
    card = f"BEGIN:VCARD\r\nVERSION:{version}\r\nN:Doe;Jane;;;\r\n{name}{field}:{written}\r\nEND:VCARD\r\n"
    read = vobject.readOne(card)
    found.append(getattr(read, field.lower()).value)
    print(f"{field}: {found[-1]!r} of {written!r}")
assert found == EXPECTED, "the behaviour has changed"
PY
