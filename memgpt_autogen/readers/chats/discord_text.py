"""Read Discord as DiscordChatExporter writes it in plain text and in CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePath

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.chats.turns import ChatFile, ChatNotes, DateOrder, Turn, iso_time, joined
from memgpt_autogen.readers.encoding import recognise_encoding

RULE = re.compile(r"={40,}\s*")

HEAD = re.compile(r"\[(?P<time>[^\]\n]{8,40})\] (?P<name>[^\n]*?\S)(?P<pinned> \(pinned\))?\s*")
"""The line before the text of a message."""

TIME = re.compile(
    r"(?P<a>\d{1,4})[./ -](?P<b>\d{1,2}|[A-Za-z]{3})[./ -](?P<c>\d{1,4}),? +"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.]\d{2})?(?:[ \u00a0\u202f](?P<half>[AP])\.?M\.?)?",
    re.IGNORECASE,
)

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()

SECTIONS = ("{Attachments}", "{Embed}", "{Stickers}", "{Reactions}", "{Forwarded Message}")

COLUMNS = ("AuthorID", "Author", "Date", "Content")


def read_discord_text(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages of a text file. Its times are local, or UTC if the exporter was told so."""
    channel = ""
    # the order of day and month is the one that fits all times
    order = file.date_order or _order((head["time"] for head, _ in _messages(file) if head), file, notes)
    for head, lines in _messages(file):
        if head is None:
            channel = _channel(lines) or PurePath(file.name).stem
            continue
        time = _time(head["time"], order)
        if time is None:
            raise DocumentError(
                f"{file.name} has the time {head['time']}, which is no date in the order {order}. Export the "
                "chat as JSON, or give another date_order=..."
            )
        text, reactions = _text(lines, notes)
        name = head["name"]
        if text:
            yield Turn(channel, name, text, time, head["time"], unique=False, reactions=reactions)


def read_discord_csv(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages of a table."""
    csv.field_size_limit(2**31 - 1)
    times = [row.get("Date") or "" for row in _rows(file)] if file.date_order is None else []
    plain = [time for time in times if iso_time(time) is None]
    order = file.date_order or (_order(plain, file, notes) if plain else "dmy")
    for row in _rows(file):
        date = row.get("Date") or ""
        time = iso_time(date) or _time(date, order)
        if time is None:
            raise DocumentError(
                f"{file.name} has the time {date}, which is no date in the order {order}. Export the chat as "
                "JSON, or give another date_order=..."
            )
        attached = [each for each in (row.get("Attachments") or "").split(",") if each.strip()]
        notes.miss("attached file", number=len(attached))
        text = joined(row.get("Content") or "", *(_file(each) for each in attached))
        reactions = tuple(filter(None, (row.get("Reactions") or "").split(",")))
        if text:
            name = row.get("Author") or "Deleted User"
            yield Turn(PurePath(file.name).stem, name, text, time, date, unique=False, reactions=reactions)


def _rows(file: ChatFile) -> Iterator[dict[str, str | None]]:
    with _opened(file) as lines:
        yield from csv.DictReader(lines)


def _opened(file: ChatFile, newline: str | None = "") -> io.TextIOWrapper:
    with file.open() as raw:
        encoding = recognise_encoding(raw).name
    encoding = "utf-8-sig" if encoding in ("utf-8", "utf_8") else encoding
    return io.TextIOWrapper(file.open(), encoding, errors="replace", newline=newline)


def _messages(file: ChatFile) -> Iterator[tuple[re.Match[str] | None, list[str]]]:
    """Yield the head and the lines of each message; first the lines about the chat, which have no head."""
    head: re.Match[str] | None = None
    lines: list[str] = []
    rules, blank = 0, True
    with _opened(file, None) as found:
        for line in found:
            if RULE.fullmatch(line):
                rules += 1
                if rules == 2:
                    yield None, lines
                    lines = []
                continue
            if rules != 2:
                lines += [line.rstrip("\n")] if rules < 2 else []
                continue
            new = HEAD.fullmatch(line) if blank else None
            if new and TIME.fullmatch(new["time"].strip()):
                if head is not None:
                    yield head, lines
                head, lines = new, []
            else:
                lines.append(line.rstrip("\n"))
            blank = not line.strip()
    if head is not None:
        yield head, lines


def _channel(lines: Iterable[str]) -> str:
    about = dict(line.split(": ", 1) for line in lines if ": " in line)
    guild = about.get("Guild", "").strip()
    channel = about.get("Channel", "").rpartition(" / ")[2].strip()
    return channel if not guild or guild == "Direct Messages" else f"{guild} #{channel}"


def _text(lines: list[str], notes: ChatNotes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a message with the names of its files, and the reactions to it."""
    said: list[str] = []
    reactions: list[str] = []
    section = ""
    for line in lines:
        if line.strip() in SECTIONS:
            section = line.strip()
        elif section == "{Attachments}" and line.strip():
            notes.miss("attached file")
            said.append(_file(line))
        elif section == "{Stickers}" and line.strip():
            said.append(f"[sticker: {line.strip()}]")
        elif section == "{Reactions}" and line.strip():
            reactions.append(line.strip())
        else:
            said.append(line)
    return "\n".join(said).strip(), tuple(reactions)


def _file(address: str) -> str:
    return f"[file: {address.strip().partition('?')[0].rpartition('/')[2]}]"


def _order(times: Iterable[str], file: ChatFile, notes: ChatNotes) -> DateOrder:
    orders: tuple[DateOrder, ...] = ("mdy", "dmy", "ymd")
    left = dict.fromkeys(orders, 0)
    before: dict[DateOrder, datetime] = {}
    example = ""
    for each in times:
        example = each
        for order in list(left):
            time = _time(each, order)
            if time is None:
                del left[order]
                continue
            left[order] += order in before and time < before[order]
            before[order] = time
    if not left:
        raise DocumentError(
            f"{file.name} has times such as {example!r}, which cannot be read. Export the chat as JSON."
        )
    best = [order for order in left if left[order] == min(left.values())]
    if len(best) > 1 and len({before[order] for order in best}) > 1:
        notes.remark(
            f"times such as {example} were read as {'month/day' if best[0] == 'mdy' else 'day/month'}; no "
            "date of the file tells which it is. To choose: date_order='dmy' or date_order='mdy'"
        )
    return best[0]


def _time(text: str, order: DateOrder) -> datetime | None:
    found = TIME.fullmatch(text.strip())
    if not found:
        return None
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    named = found["b"].lower()
    if named in MONTHS:
        first, last = int(found["a"]), int(found["c"])
        day, year = (last, first) if first > 31 else (first, last)
        month = MONTHS.index(named) + 1
    elif named.isdigit():
        a, b, c = int(found["a"]), int(named), int(found["c"])
        year, month, day = {"dmy": (c, b, a), "mdy": (c, a, b), "ymd": (a, b, c)}[order]
    else:
        return None
    try:
        # the export has no zone
        time = datetime(year + (2000 if year < 100 else 0), month, day, hour, int(found["minute"]))  # noqa: DTZ001
    except ValueError:
        return None
    return time if 2015 <= time.year < 2100 else None
