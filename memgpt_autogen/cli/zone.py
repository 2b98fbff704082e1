"""The time zone of this machine, for a home whose settings name none."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

UTC = "UTC"

# where Linux and macOS link to the file of the zone
LINK = Path("/etc/localtime")

# the names of files with the zone UTC
_SAME_AS_UTC = ("Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu")


def machine_zone(link: Path = LINK) -> str:
    """Return the IANA name of the machine's time zone, such as `Europe/Lisbon`.

    It is in the environment variable `TZ`, or in the name of the file that `link` points to. Where neither
    tells it, as on Windows, the result is `UTC`.
    """
    place = os.environ.get("TZ", os.path.realpath(link)).replace(os.sep, "/")
    name = place.removeprefix(":").rpartition("zoneinfo/")[2].removeprefix("posix/").removeprefix("right/")
    return UTC if name in _SAME_AS_UTC or not _is_zone(name) else name


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # a rule such as CET-1CEST, a path, or nothing
        return False
    return True
