"""Read a chat of WhatsApp (.txt), whose lines begin with a local time in the form of the phone's language."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.chats.turns import ChatFile, ChatNotes, DateOrder, Turn
from memgpt_autogen.readers.encoding import recognise_encoding

MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
"""Characters that only say in which direction a text is written. WhatsApp puts them before its own words."""

AM = frozenset("am fm ap sa pg de ص πμ vorm vm dop 上午 午前 凌晨 早上 오전 पूर्वाह्न".split())
PM = frozenset("pm em ip ch ptg du م μμ nachm nm odp 下午 午後 晚上 中午 오후 अपराह्न".split())
"""How languages write before noon and after noon, without dots and blanks."""

_DATE = r"(?P<date>\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}\.?|\d{4}년 ?\d{1,2}월 ?\d{1,2}일)"
_HALF = r"[^\W\d_](?:[^\W\d_]|[. ]){0,14}\.?"
_TIME = (
    rf"(?:(?:klo|kl\.?|um|at|às|alle|a las|à) )?(?:(?P<before>{_HALF}) ?)?"
    rf"(?P<time>\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?)(?: ?(?P<after>{_HALF}))?"
)
BRACKETS = re.compile(rf"\[{_DATE}[,،]? {_TIME}\] ?(?P<rest>.*)", re.DOTALL)
"""The start of a message that an iPhone exports."""
DASH = re.compile(rf"{_DATE}[,،]? {_TIME} [-–] (?P<rest>.*)", re.DOTALL)
"""The start of a message that another phone exports."""

SPEAKER = re.compile(r"(?P<name>[^\n]{1,100}?): ?(?P<text>.*)", re.DOTALL)

MISSING = re.compile(
    r"<[^<>:\n]{3,40}>|.{0,60}\bomitted|.{0,60}(?:weggelassen|ausgeschlossen|omitid[oa]|omis[ea]?|omess[oa]|"
    r"ocultad[oa]|пропущен[оа]?|gizlendi|weggelaten|pominięt[oay])",
    re.IGNORECASE,
)
"""What stands where a picture, a film or another file was, if it was not exported."""

ATTACHED = re.compile(
    r"<[^<>:\n]{3,20}: (?P<file>[^<>\n]+\.\w{2,5})>|(?P<other>\S[^\n]*\.\w{2,5}) \([^()\n]{3,40}\)"
)
"""The name of a file that was exported beside the chat."""

DELETED = re.compile(
    r"(?:This message was deleted|You deleted this message|Diese Nachricht wurde gelöscht|"
    r"Du hast diese Nachricht gelöscht|Se eliminó este mensaje|Eliminaste este mensaje|"
    r"Ce message a été supprimé|Vous avez supprimé ce message|Mensagem apagada|Você apagou esta mensagem|"
    r"Questo messaggio è stato eliminato|Dit bericht is verwijderd|Данное сообщение удалено|"
    r"Esta mensagem foi apagada|null)(?: by admin .*)?\.?"
)
"""What stands where a message was deleted."""

EDITED = "<This message was edited>"

SYSTEM = re.compile(
    r"end-to-end[ -]encrypted|Ende-zu-Ende-verschlüsselt|cifrad[oa]s? de extremo a extremo|"
    r"chiffrés? de bout en bout|criptografia de ponta a ponta|crittografia end-to-end|"
    r"сквозн\w{1,10} шифрован|"
    r"\b(?:created|changed|added|removed|left|joined|deleted|turned|pinned|started|ended|updated)\b.{0,60}"
    r"(?:group|community|subject|icon|description|number|security code|settings|admin|link|timer|message)|"
    r"\b(?:added|removed) .{1,80}$|\bleft\.?$|\bjoined (?:using|via|from)\b|disappearing messages|"
    r"\bis a contact\b|\b(?:hat|haben) .{1,80}(?:hinzugefügt|entfernt|erstellt|geändert|verlassen)|"
    r"\b(?:creó|añadió|eliminó|cambió|salió|se unió|a créé|a ajouté|a quitté|a changé|criou|adicionou|saiu|"
    r"mudou)\b",
    re.IGNORECASE,
)
"""Words of WhatsApp's own lines in some languages."""

CALLED = re.compile(
    r"WhatsApp[ -]*Chat(?: (?:with|mit))?[ -]*|Chat (?:de )?WhatsApp (?:con|with|avec) |"
    r"Discussion WhatsApp avec |Conversa do WhatsApp com |Чат WhatsApp с (?:контактом )?|WhatsApp-chat met ",
    re.IGNORECASE,
)
"""What comes before the chat's name in the name of the file."""

LAST_THAI = 2400
"""Later years are those of the Thai calendar, which is 543 years ahead."""


def begins_message(line: str) -> bool:
    """Whether a line begins a message of WhatsApp."""
    return _header(line) is not None


def read_whatsapp(file: ChatFile, notes: ChatNotes) -> Iterator[Turn]:
    """Yield the messages. One of several lines is one turn.

    Which number of a date is the day is decided from the whole file. A note says so if it stays unsure.
    """
    chat = chat_name(file)
    dates = _Dates(file, notes)
    for raw, rest in _messages(file):
        time = dates.time(raw)
        speaker, text, system = _split(rest, chat, dates.names)
        bare = text.translate(_UNMARKED).strip()
        if not speaker or system:
            yield Turn(chat, "", bare, time, raw.id, unique=False)
            continue
        _note(bare, text, notes)
        yield Turn(chat, speaker, _clean(text), time, raw.id, unique=False)


def chat_name(file: ChatFile) -> str:
    """Return the name of a chat from the name of its file, or of the archive or folder that it is in."""
    name = PurePath(file.name).name
    if re.fullmatch(r"_chat(?: ?\(\d+\)|-\d+)?\.txt", name):
        name = file.title if CALLED.match(file.title) or file.title.endswith(".zip") else "WhatsApp chat"
    name = re.sub(r"\.(?:txt|zip)$", "", name, flags=re.IGNORECASE)
    return re.sub(r"(?: ?\(\d+\)|-\d{1,2})$", "", CALLED.sub("", name, count=1)).strip() or "WhatsApp chat"


_UNMARKED = dict.fromkeys(
    (*range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF), None
)
_BLANKS = {0xA0: " ", 0x202F: " ", 0x2009: " ", 0x3000: " "}


@dataclass(frozen=True, slots=True)
class _Stamp:
    """The date and time of a message, as numbers in the order of the line."""

    id: str
    date: tuple[int, int, int]
    clock: tuple[int, int, int]


def _header(line: str) -> re.Match[str] | None:
    plain = line.lstrip(f"{_MARK_CHARS} ")
    head = plain[:100].translate(_UNMARKED).translate(_BLANKS)
    found = BRACKETS.match(head) or DASH.match(head)
    return found if found and _clock(found) is not None else None


_MARK_CHARS = "".join(map(chr, _UNMARKED))


def _clock(found: re.Match[str]) -> tuple[int, int, int] | None:
    """Return the hour of 24, the minute and the second; None for what is no time."""
    numbers = [int(number) for number in re.split(r"[:.]", found["time"])]
    hour, minute, second = [*numbers, 0][:3]
    half = re.sub(r"[. ]", "", found["before"] or found["after"] or "").lower()
    if half in PM and hour < 12 and not (half == "中午" and hour == 11):
        hour += 12
    elif half in AM and hour == 12:
        hour = 0
    elif half and half not in AM and half not in PM:
        return None
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _messages(file: ChatFile) -> Iterator[tuple[_Stamp, str]]:
    """Yield the time of each message and what follows it, with all of its lines."""
    stamp: _Stamp | None = None
    lines: list[str] = []
    for line in _lines(file):
        found = _header(line)
        if found is None:
            lines.append(line)
            continue
        if stamp is not None:
            yield stamp, "\n".join(lines)
        elif any(each.strip() for each in lines):
            raise DocumentError(
                f"{file.name} does not begin with a message of WhatsApp, such as "
                "`12/31/23, 9:41 PM - Ana: text`. Export the chat again."
            )
        clock = _clock(found)
        assert clock is not None  # noqa: S101 - for mypy
        year, month, day = (int(number) for number in re.findall(r"\d+", found["date"]))
        stamp = _Stamp(found[0][: found.start("rest")].strip(), (year, month, day), clock)
        lines = [_rest(line, found)]
    if stamp is not None:
        yield stamp, "\n".join(lines)


def _rest(line: str, found: re.Match[str]) -> str:
    """Return what follows the time, with the marks that the line has there."""
    place, left = 0, found.start("rest")
    plain = line.lstrip(f"{_MARK_CHARS} ")
    while left and place < len(plain):
        left -= ord(plain[place]) not in _UNMARKED
        place += 1
    return plain[place:]


def _lines(file: ChatFile) -> Iterator[str]:
    with file.open() as raw:
        encoding = recognise_encoding(raw)
    with file.open() as raw, io.TextIOWrapper(raw, encoding.name, errors="replace", newline=None) as text:
        for line in text:
            yield line.rstrip("\n")


def _split(rest: str, chat: str, names: Counter[str]) -> tuple[str, str, bool]:
    """Return the speaker, the text, and whether the text is WhatsApp's own."""
    found = SPEAKER.match(rest)
    if not found:
        return "", rest, True
    name, text = _clean(found["name"]), found["text"]
    if _is_own_line(name, rest, names):
        return "", rest, True
    if name == chat and len(names) > 2:
        return name, text, True  # the group itself
    marked = text.lstrip(" ")[:1] in _MARK_CHARS and bool(text.strip())
    bare = text.translate(_UNMARKED).strip()
    if not marked or MISSING.fullmatch(bare) or ATTACHED.fullmatch(bare) or DELETED.fullmatch(bare):
        return name, text, False
    # an iPhone names who did it, or the other person, as the speaker of such a line
    system = bare.startswith(f"{name} ") or bool(SYSTEM.search(bare))
    return name, text, system


def _is_own_line(name: str, rest: str, names: Counter[str]) -> bool:
    """Whether a line with a colon is WhatsApp's own, such as that of a new subject with a colon in it."""
    quoted = re.search(r"[\"“”«»„]", name)
    return names[name] < 3 and bool(SYSTEM.search(rest if quoted else name))


def _clean(text: str) -> str:
    """Return a text without the marks at its start and around it; those inside stay."""
    return text.strip(f"{_MARK_CHARS} \n") if text[:1] in _MARK_CHARS or text[-1:] in " \n" else text


def _note(bare: str, text: str, notes: ChatNotes) -> None:
    marked = text.lstrip(" ")[:1] in _MARK_CHARS
    if DELETED.fullmatch(bare):
        notes.miss("deleted message")
    elif ATTACHED.fullmatch(bare):
        notes.leave_out("attached file")
    elif MISSING.fullmatch(bare) and (marked or bare.startswith("<") or bare.endswith("omitted")):
        notes.miss("picture, sound or file", "pictures, sounds or files")
    if text.rstrip().endswith(EDITED):
        notes.leave_out("earlier form of an edited message", "earlier forms of edited messages")


class _Dates:
    """Decides from all dates of a file which number is the day, and counts who speaks."""

    def __init__(self, file: ChatFile, notes: ChatNotes) -> None:
        self.names: Counter[str] = Counter()
        dates: list[tuple[int, int, int]] = []
        style = ""
        for stamp, rest in _messages(file):
            if not dates or dates[-1] != stamp.date:
                dates.append(stamp.date)
            style = style or stamp.id
            if found := SPEAKER.match(rest):
                self.names[_clean(found["name"])] += 1
        if not dates:
            raise DocumentError(f"{file.name} has no message of WhatsApp. Export the chat again.")
        self._order = file.date_order or _order(dates, style, file.name, notes)
        self._name = file.name

    def time(self, stamp: _Stamp) -> datetime:
        date = _dated(stamp.date, self._order)
        if date is None:
            raise DocumentError(
                f"{self._name} has the date {stamp.id}, which is no date in the order {self._order}. "
                "Give another date_order=..."
            )
        return datetime(*date, *stamp.clock)  # noqa: DTZ001 - the export has no zone


def _order(dates: list[tuple[int, int, int]], style: str, name: str, notes: ChatNotes) -> DateOrder:
    orders: tuple[DateOrder, ...] = ("dmy", "mdy", "ymd")
    fits = {order: [date for each in dates if (date := _dated(each, order)) is not None] for order in orders}
    whole = [order for order in orders if len(fits[order]) == len(dates)]
    if not whole:
        raise DocumentError(
            f"{name} has dates in several orders, such as {style}. Give the right one: date_order=..."
        )
    # messages are in the order of time
    steps = {order: sum(a > b for a, b in zip(fits[order], fits[order][1:], strict=False)) for order in whole}
    best = [order for order in whole if steps[order] == min(steps.values())]
    if len(best) == 1:
        return best[0]
    chosen: DateOrder = "dmy" if "dmy" in best else best[0]
    if "mdy" in best and re.match(r"\[?\d{1,2}/\d{1,2}/", style) and _is_american(style, dates):
        chosen = "mdy"
    if "/" in style and {"dmy", "mdy"} <= set(best) and any(day != month for day, month, _ in dates):
        other = {"dmy": "month/day", "mdy": "day/month"}[chosen]
        read = {"dmy": "day/month", "mdy": "month/day"}[chosen]
        notes.remark(
            f"dates such as {style} were read as {read}; they may be {other}, and no date of the file tells "
            "which. To choose: date_order='dmy' or date_order='mdy'"
        )
    return chosen


def _is_american(style: str, dates: list[tuple[int, int, int]]) -> bool:
    """Whether the dates look like those of a phone in American English: no zeros before, and AM or PM."""
    zeros = re.match(r"\[?0|\[?\d{1,2}/0", style) is not None
    return not zeros and re.search(r"\d ?[AP]M", style) is not None and dates[0][2] < 100


def _dated(numbers: tuple[int, int, int], order: DateOrder) -> tuple[int, int, int] | None:
    """Return year, month and day; None where the numbers are no date in this order."""
    first, second, third = numbers
    year, month, day = {
        "dmy": (third, second, first),
        "mdy": (third, first, second),
        "ymd": (first, second, third),
    }[order]
    year += 2000 if year < 100 else -543 if year > LAST_THAI else 0
    try:
        datetime(year, month, day)  # noqa: DTZ001 - only a check
    except ValueError:
        return None
    return (year, month, day) if 2009 <= year < 2100 else None
