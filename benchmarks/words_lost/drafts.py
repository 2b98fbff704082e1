"""Drafts: what documents are made of. Each is different, and the same for the same number."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Union

Cell = Union[str, int, float, date]
"""What is in a cell of a table."""

DOCS = Path(__file__).resolve().parents[2] / "docs"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a paragraph in one format."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""
    """The address that the text leads to."""
    footnote: str = ""
    """The text of a footnote after this piece."""


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    """Counts from 1. Level 0 is the title of the draft, which is no heading."""
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """The text without footnotes."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list, with the lists in it."""

    text: str
    inside: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple[Item, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


Block = Union[Heading, Paragraph, Listing, Table]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is in a document, before a writer gives it a form."""

    number: int
    title: str
    author: str
    day: date
    blocks: tuple[Block, ...]
    header: str
    """The text at the top of the pages, for kinds that have one."""
    footer: str
    remark: str
    """The text of a comment, of a note of the speaker, or of a text box."""

    @property
    def name(self) -> str:
        """A name for files, such as `draft-07`."""
        return f"draft-{self.number:03}"

    def of(self, kind: type[Any]) -> list[Any]:
        """Return the blocks of one kind, such as `draft.of(Table)`."""
        return [block for block in self.blocks if isinstance(block, kind)]

    @property
    def text(self) -> str:
        """The words of title and blocks, a line for each paragraph, item, cell and footnote."""
        return "\n".join((self.title, *(line for block in self.blocks for line in lines(block))))


def lines(block: Block) -> Iterator[str]:
    """Yield the texts of a block, without marks and numbers."""
    if isinstance(block, Heading):
        yield block.text
    elif isinstance(block, Paragraph):
        yield block.text
        yield from (run.footnote for run in block.runs if run.footnote)
    elif isinstance(block, Listing):
        for item in block.items:
            yield item.text
            for inner in item.inside:
                yield from lines(inner)
    else:
        yield from block.header
        yield from (str(cell) for row in block.rows for cell in row)


def draft(number: int, data: Path | None = None) -> Draft:
    """Return the draft of this number, of the texts of the documentation and of the data sets at `data`."""
    return _Writing(number, data).draft()


FOREIGN = (
    "Straße und Fluß: die Bücher stehen im Regal, und Müller liest „Faust“.",
    "L’été dernier, nous avons mangé des crêpes à Nîmes ; c’était très bon.",
    "Привет! Завтра в девять часов мы встретимся у Большого театра.",
    "मेरी किताब मेज़ पर है और वह हिन्दी में लिखी गई है।",
    "今日は東京で会議があります。資料は明日送ります。",
    "我们下周三在上海开会,请带上合同。",
    "اجتماعنا يوم الأحد في القاهرة، والرجاء إحضار الأوراق.",
    "הפגישה שלנו ביום שלישי בשעה עשר בחיפה.",
    "Η συνάντηση γίνεται στην Αθήνα την Τετάρτη το πρωί.",
    "Zażółć gęślą jaźń, a potem zadzwoń do Łodzi.",
    "İstanbul’da ılık bir akşam: çay, simit ve iyi sohbet.",
    "Hẹn gặp anh lúc bảy giờ tối ở Hà Nội, quán phở quen thuộc.",
    "วันนี้อากาศดีมาก เราจะไปเดินเล่นที่สวนลุมพินี",
    "A smile 🙂, a 50 % discount, 12 €, 3½ cups, H₂O, x² and “curly” — dashes… all remain.",
)
"""Sentences of many languages and scripts."""

NAMES = "Ada Lovelace,Łukasz Wiśniewski,José Núñez,Anna O’Brien,Jürgen Groß,Mei Tanaka,Can Öztürk".split(",")

PRODUCTS = "Lamp,Chair,Table,Kettle,Clock,Garden hose,Blue paint,Notebook,Window frame,Rice cooker".split(",")

WORDS = re.compile(r"[^\W\d_]{3,}")


class _Writing:
    """Writes one draft."""

    def __init__(self, number: int, data: Path | None) -> None:
        self._number = number
        self._chance = random.Random(number)
        self._sentences = sentences(data)

    def draft(self) -> Draft:
        chance, number = self._chance, self._number
        day = date(2015, 1, 1) + timedelta(days=chance.randrange(3600))
        subject = self._words(3).title()
        blocks: list[Block] = []
        level = 1
        for place in range(chance.randint(4, 9)):
            level = chance.randint(1, min(level + 1, 4)) if place else 1
            blocks.append(
                Heading(level, f"{self._words(chance.randint(1, 5)).capitalize()} {number}.{place}")
            )
            # some headings have nothing below them
            blocks += [self._block() for _ in range(chance.randint(0, 3))]
        blocks += [self._table(), self._listing(numbered=True), self._paragraph(note=True)]
        return Draft(
            number,
            f"{subject} report {number}",
            chance.choice(NAMES),
            day,
            tuple(blocks),
            f"{subject} header {number}",
            f"Printed footer {number}",
            f"Remark {number}: {self._sentence()}",
        )

    def _block(self) -> Block:
        kind = self._chance.random()
        if kind < 0.6:
            return self._paragraph()
        if kind < 0.85:
            return self._listing(numbered=kind < 0.72)
        return self._table()

    def _paragraph(self, *, note: bool = False) -> Paragraph:
        chance = self._chance
        runs = [Run(f"{self._sentence()} ")]
        for _ in range(chance.randint(0, 3)):
            form = chance.random()
            if form < 0.2:
                runs += [Run(self._words(2), bold=True), Run(" ")]
            elif form < 0.35:
                word = self._words(1) + "ness"
                runs += [Run("We read un"), Run(word, italic=True), Run("es. ")]  # a word in two formats
            elif form < 0.5:
                address = f"https://example.org/{self._number}/{chance.randrange(1000)}"
                runs += [Run(self._words(2), link=address), Run(", ")]
            elif form < 0.7:
                runs.append(Run(f"{chance.choice(FOREIGN)} "))
            else:
                runs.append(Run(f"{self._sentence()} "))
        if note or chance.random() < 0.15:
            runs.append(Run("See below.", footnote=f"Note {self._words(4)} {chance.randrange(10_000)}."))
        return Paragraph(tuple(runs))

    def _listing(self, *, numbered: bool, depth: int = 0) -> Listing:
        items = []
        for _ in range(self._chance.randint(2, 5)):
            deeper = depth < 2 and self._chance.random() < 0.25
            inside = (self._listing(numbered=self._chance.random() < 0.5, depth=depth + 1),) if deeper else ()
            items.append(Item(self._words(self._chance.randint(1, 8)).capitalize(), inside))
        return Listing(tuple(items), numbered)

    def _table(self) -> Table:
        chance = self._chance
        header = ("Product", "Customer", "Pieces", "Price", "Day", "Remark")
        rows = tuple(
            (
                chance.choice(PRODUCTS),
                chance.choice(NAMES),
                chance.randint(1, 5000),
                round(chance.uniform(0.5, 9999), 2),
                date(2016, 1, 1) + timedelta(days=chance.randrange(3600)),
                self._words(chance.randint(1, 6)),
            )
            for _ in range(chance.randint(2, 8))
        )
        width = chance.randint(3, len(header))
        return Table(header[:width], tuple(row[:width] for row in rows))

    def _sentence(self) -> str:
        return self._chance.choice(self._sentences)

    def _words(self, count: int) -> str:
        found: list[str] = []
        while len(found) < count:
            found += WORDS.findall(self._sentence())
        start = self._chance.randrange(max(1, len(found) - count))
        return " ".join(found[start : start + count]).lower()


@lru_cache(maxsize=4)
def sentences(data: Path | None) -> Sequence[str]:
    """Return sentences of the documentation and, if there is a folder of data sets, of these."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))]
    found = [_plain(line) for text in texts for line in text.splitlines()]
    if data is not None:
        found += _of_data(data)
    ended = (piece for text in found for piece in re.split(r"(?<=[.!?]) +", text))
    return tuple(dict.fromkeys(each for each in ended if 20 < len(each) < 400 and each[0].isalnum()))


def _plain(line: str) -> str:
    """Return a line of Markdown as a sentence without marks; nothing for code and tables."""
    if line.startswith(("    ", "|", "```", "#", "<", "!", ">>>", "$")):
        return ""
    line = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line)
    return " ".join(re.sub(r"[*_`#<>|\\\[\]{}~^$]", " ", line).split())


def _of_data(data: Path) -> Iterator[str]:
    nq = _read(data / "nq_open" / "nq_open_dev.json.gz")
    yield from (" ".join(each["text"].split()) for each in nq[:400])
    for each in _read(data / "locomo" / "locomo_dev.json.gz")[:2]:
        chat = each["conversation"]
        turns = (turn for name in chat if isinstance(chat[name], list) for turn in chat[name])
        yield from (" ".join(turn["text"].split()) for turn in turns)


def _read(file: Path) -> Any:
    return json.loads(gzip.decompress(file.read_bytes()))
