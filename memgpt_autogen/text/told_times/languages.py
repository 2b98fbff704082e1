"""The words in which English, German, French and Spanish texts tell times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language, in lower case, and how they are put together."""

    name: str
    usual: frozenset[str]
    """Words by which a text in it is known."""
    days: Mapping[str, int]
    """Words for a day, with how many days after today it is."""
    numbers: Mapping[str, int]
    """Words such as `few` are 0."""
    units: Mapping[str, str]
    """Words for `day`, `week`, `weekend`, `month`, `year` and `decade`."""
    weekdays: Mapping[str, int]
    """From 0 for Monday."""
    months: Mapping[str, int]
    seasons: Mapping[str, tuple[int, int]]
    """The first and the last month."""
    shifts: Mapping[str, int]
    """Patterns of words such as `last`, `this` and `next`."""
    past: re.Pattern[str]
    future: re.Pattern[str]
    """What shows that a sentence is about the past, or the future."""
    forms: tuple[tuple[str, str], ...]
    """Kinds of times, with patterns in which the words above are named: {n}, {unit}, {named}, ..."""
    common: frozenset[str] = frozenset()
    """Words for months that are other words, too, where they have no capital."""

    def patterns(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Return the kinds of times, with their patterns."""
        named = {**self.units, **self.weekdays, **self.months, **self.seasons}
        groups = {
            "words": _group("words", self.days),
            "n": _group("n", self.numbers, r"\d{1,3}"),
            "unit": _group("unit", self.units),
            "named": _group("named", named),
            "shift": f"(?P<shift>{'|'.join(self.shifts)})",
            "weekday": _group("weekday", self.weekdays),
            "month": _group("month", self.months) + r"\b\.?",
            "season": _group("season", self.seasons),
            "day": r"(?P<day>[12]\d|3[01]|0?[1-9])",
            "day2": r"(?P<day2>[12]\d|3[01]|0?[1-9])",
            "year": r"(?P<year>(?:19|20)\d\d)",
        }
        return tuple((kind, _compiled(form, groups)) for kind, form in self.forms)


def _group(name: str, words: Mapping[str, object], *more: str) -> str:
    longest_first = sorted(words, key=lambda word: -len(word))
    patterns = [re.escape(word).replace(r"\ ", r"\s+") for word in longest_first]
    return f"(?P<{name}>{'|'.join((*patterns, *more))})"


def _compiled(form: str, groups: Mapping[str, str]) -> re.Pattern[str]:
    pattern = re.sub(r"\{(\w+)\}", lambda name: groups[name[1]] if name[1] in groups else name[0], form)
    spaced = pattern.replace(" ", r"\s+")
    return re.compile(rf"\b(?:{spaced})(?!\w)", re.IGNORECASE)


def _numbered(words: str, first: int = 1) -> dict[str, int]:
    """Number words; those that are joined by a stroke have one number."""
    return {name: at for at, names in enumerate(words.split(), first) for name in names.split("|")}


_NTH = "(?:st|nd|rd|th)?"
_TO = r"(?:\s*[-–]\s*|\s+to\s+)"

ENGLISH = Language(
    "english",
    usual=frozenset("the and i you to of is was it my we that for have with on at a but so this ago".split()),
    days={
        "yesterday": -1,
        "last night": -1,
        "the night before last": -2,
        "the day before yesterday": -2,
        "the other night": -2,
        "tomorrow": 1,
        "the day after tomorrow": 2,
    },
    numbers={
        "a": 1, "an": 1, "a couple of": 2, "a couple": 2, "couple of": 2, "a few": 0, "few": 0, "several": 0,
        **_numbered("one two three four five six seven eight nine ten eleven twelve"),
    },
    units={
        "day": "day", "days": "day", "week": "week", "weeks": "week", "wk": "week",
        "weekend": "weekend", "weekends": "weekend", "month": "month", "months": "month",
        "year": "year", "years": "year", "yrs": "year", "decade": "decade", "decades": "decade",
    },
    weekdays=_numbered(
        "monday|mon tuesday|tues|tue wednesday|wed thursday|thurs|thur|thu friday|fri saturday|sat "
        "sunday|sun",
        0,
    ),
    months=_numbered(
        "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug "
        "september|sept|sep october|oct november|nov december|dec"
    ),
    seasons={"spring": (3, 5), "summer": (6, 8), "fall": (9, 11), "autumn": (9, 11), "winter": (12, 2)},
    shifts={"last|this past|previous": -1, "this|this coming": 0, "next|the coming": 1},
    past=re.compile(
        r"\b(?:was|were|had|did|didn't|went|got|saw|met|came|took|made|bought|found|told|left|said|gave|ran|"
        r"(?!need|indeed|speed|feed|seed)[a-z]{2,}ed)\b",
        re.IGNORECASE,
    ),
    future=re.compile(
        r"\b(?:will|won't|shall|gonna|going|plan|plans|planning|upcoming|coming|next|due|deadline|let's|"
        r"should|starts?|begins?|can|hope|hoping)\b|['’]ll\b",
        re.IGNORECASE,
    ),
    forms=(
        ("day", "{words}"),
        ("ago", "{n} {unit} (?:ago|back)"),
        ("ago", "{n} {unit} (?P<since>now)"),
        ("ahead", "in {n} {unit}"),
        ("ahead", "{n} {unit} from now"),
        ("shift", "{shift} {named}"),
        ("weekday", "on {weekday}"),
        ("date", rf"{{day}}{_NTH}(?:{_TO}{{day2}}{_NTH})?\s+(?:of\s+)?{{month}}(?:,?\s+{{year}})?"),
        ("date", rf"{{month}}\s+{{day}}{_NTH}(?:{_TO}{{day2}}{_NTH})?(?![:\d])(?:,?\s+{{year}})?"),
        ("month", r"(?:(?:in|since|during|until|of|early|late|mid)[-\s]+)?{month},?\s+(?:of\s+)?{year}"),
        ("month", r"(?:in|since|during|until|early|late|mid)[-\s]+{month}(?P<year>)"),
        ("season", r"{season}(?:\s+of|,)?\s+{year}"),
        ("year", "(?:in|since|until|during|around|back in) {year}"),
        ("nth", "on the (?P<day>[12]?\\d|3[01])(?:st|nd|rd|th)"),
    ),
    common=frozenset(("may", "mar", "march", "jan", "dec", "sep")),
)  # fmt: skip

GERMAN = Language(
    "german",
    usual=frozenset("der die das und ich nicht ist wir mit ein eine es zu auf den war im hat am".split()),
    days={
        "gestern": -1, "vorgestern": -2, "übermorgen": 2, "gestern abend": -1, "letzte nacht": -1,
        "morgen früh": 1, "morgen": 1,
    },
    numbers={
        "ein": 1, "einem": 1, "einer": 1, "ein paar": 0, "einigen": 0,
        **_numbered("zwei drei vier fünf sechs sieben acht neun zehn elf zwölf", 2),
    },
    units={
        "tag": "day", "tage": "day", "tagen": "day", "woche": "week", "wochen": "week",
        "wochenende": "weekend", "wochenenden": "weekend", "monat": "month", "monate": "month",
        "monaten": "month", "jahr": "year", "jahre": "year", "jahren": "year",
    },
    weekdays=_numbered("montag dienstag mittwoch donnerstag freitag samstag|sonnabend sonntag", 0),
    months=_numbered(
        "januar|jänner februar märz april mai juni juli august september oktober november dezember"
    ),
    seasons={
        "frühling": (3, 5), "frühjahr": (3, 5), "sommer": (6, 8), "herbst": (9, 11), "winter": (12, 2)
    },
    shifts={
        "(?:letzt|vorig|vergangen)e[nrsm]?": -1,
        "diese[nrsm]?": 0,
        "(?:nächst|kommend)e[nrsm]?": 1,
    },
    past=re.compile(
        r"\b(?:war|waren|hatte|hatten|habe|haben|hat|bin|ging|kam|sah|traf|ge[a-zäöüß]+(?:t|en))\b",
        re.IGNORECASE,
    ),
    future=re.compile(
        r"\b(?:werde|werden|wird|will|wollen|muss|müssen|soll|sollen|plane|planen)\b", re.IGNORECASE
    ),
    forms=(
        # "am Morgen" and "guten Morgen" are no days
        ("day", r"(?<!heute\s)(?<!am\s)(?<!guten\s)(?<!jeden\s)(?<!den\s){words}"),
        ("ago", "vor {n} {unit}"),
        ("ago", "(?P<since>seit) {n} {unit}"),
        ("ahead", "in {n} {unit}"),
        ("shift", "{shift} {named}"),
        ("weekday", "am {weekday}"),
        ("date", r"{day}\.\s*(?:(?:-|–|bis)\s*{day2}\.\s*)?{month}(?:\s+{year})?"),
        ("month", r"(?:(?:im|seit|anfang|mitte|ende)\s+)?{month}\s+{year}"),
        ("month", r"(?:im|seit|anfang|mitte|ende) {month}(?P<year>)"),
        ("season", r"{season}\s+{year}"),
        ("year", "(?:im jahr|im jahre|seit|bis) {year}"),
    ),
)  # fmt: skip

FRENCH = Language(
    "french",
    usual=frozenset(
        "le la les et je est un une nous pour que pas avec dans du des il elle au en j ai été".split()
    ),
    days={"hier": -1, "hier soir": -1, "avant-hier": -2, "demain": 1, "après-demain": 2},
    numbers={
        "un": 1, "une": 1, "quelques": 0,
        **_numbered("deux trois quatre cinq six sept huit neuf dix onze douze", 2),
    },
    units={
        "jour": "day", "jours": "day", "semaine": "week", "semaines": "week", "week-end": "weekend",
        "weekend": "weekend", "mois": "month", "an": "year", "ans": "year", "année": "year",
        "années": "year",
    },
    weekdays=_numbered("lundi mardi mercredi jeudi vendredi samedi dimanche", 0),
    months=_numbered("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    seasons={"printemps": (3, 5), "été": (6, 8), "automne": (9, 11), "hiver": (12, 2)},
    shifts={"derni(?:er|ère)|passée?": -1, "cet?|cette": 0, "prochaine?": 1},
    past=re.compile(r"\b(?:était|étaient|avait|ai|avons|ont|suis|sommes)\b|\w{2,}[éi]e?s?\b", re.IGNORECASE),
    future=re.compile(
        r"\b(?:va|vais|vont|allons|sera|serai|seront|dois|doit|veux|prévu)\b|\w+r(?:ai|a|ons|ont)\b",
        re.IGNORECASE,
    ),
    forms=(
        ("day", "{words}"),
        ("ago", "il y a {n} {unit}"),
        ("ago", "(?P<since>depuis) {n} {unit}"),
        ("ahead", "dans {n} {unit}"),
        ("shift", "{named} {shift}"),
        ("shift", "(?P<shift>cet?|cette) {named}"),
        ("date", r"{day}(?:er)?(?:\s*(?:-|–|au)\s*{day2})?\s+{month}(?:\s+{year})?"),
        ("month", r"(?:(?:en|depuis|début|fin)\s+)?{month}\s+{year}"),
        ("month", r"(?:en|depuis|début|fin) {month}(?P<year>)"),
        ("season", r"{season}\s+{year}"),
        ("year", "(?:en|depuis|jusqu'en) {year}"),
    ),
)  # fmt: skip

SPANISH = Language(
    "spanish",
    usual=frozenset(
        "el la los las y que es un una de en por para con no se mi yo fue hoy al lo me del".split()
    ),
    days={"ayer": -1, "anoche": -1, "anteayer": -2, "antes de ayer": -2, "mañana": 1, "pasado mañana": 2},
    numbers={
        "un": 1, "una": 1, "un par de": 2, "unos": 0, "unas": 0, "algunos": 0, "algunas": 0,
        **_numbered("dos tres cuatro cinco seis siete ocho nueve diez once doce", 2),
    },
    units={
        "día": "day", "días": "day", "dia": "day", "dias": "day", "semana": "week", "semanas": "week",
        "fin de semana": "weekend", "mes": "month", "meses": "month", "año": "year", "años": "year",
    },
    weekdays=_numbered("lunes martes miércoles|miercoles jueves viernes sábado|sabado domingo", 0),
    months=_numbered(
        "enero febrero marzo abril mayo junio julio agosto septiembre|setiembre octubre noviembre diciembre"
    ),
    seasons={"primavera": (3, 5), "verano": (6, 8), "otoño": (9, 11), "invierno": (12, 2)},
    shifts={"pasad[oa]|últim[oa]": -1, "est[ea]": 0, "próxim[oa]|que viene": 1},
    past=re.compile(
        r"\b(?:fue|fui|era|estaba|había|hice|hizo|vi)\b|\w{2,}(?:é|ó|aron|ieron|amos)\b", re.IGNORECASE
    ),
    future=re.compile(r"\b(?:voy|va|vamos|van|será|tengo que|quiero)\b|\w+r(?:é|á|emos|án)\b", re.IGNORECASE),
    forms=(
        # "por la mañana" and "esta mañana" are no days
        ("day", r"(?<!la\s)(?<!esta\s)(?<!de\s)(?<!buena\s){words}"),
        ("ago", "hace {n} {unit}"),
        ("ago", "(?P<since>desde hace) {n} {unit}"),
        ("ahead", "(?:dentro de|en) {n} {unit}"),
        ("shift", "{named} {shift}"),
        ("shift", "(?P<shift>próxim[oa]|est[ea]|pasad[oa]|últim[oa]) {named}"),
        ("weekday", "el {weekday}"),
        ("date", r"{day}(?:\s*(?:-|–|al)\s*{day2})?\s+de\s+{month}(?:\s+(?:de|del)\s+{year})?"),
        ("month", r"(?:(?:en|desde)\s+)?{month}\s+(?:de|del)\s+{year}"),
        ("month", r"(?:en|desde) {month}(?P<year>)"),
        ("season", r"{season}\s+de\s+{year}"),
        ("year", "(?:en|desde|hasta) {year}"),
    ),
)  # fmt: skip

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH)
"""The first is taken for a text that has no usual words."""
