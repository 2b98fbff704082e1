"""The forms of English sentences that state something, and the words that decide what a statement can be compared with.

For precision: what fits none of these forms says nothing that could be compared.
"""

from __future__ import annotations

import re

from memgpt_autogen.text.words import stem

CLAUSES = re.compile(
    r",?\s+(?:and|but|so)\s+(?=(?:I|we|my|our|the|now)\b)|,\s+(?=(?:I|my|our)\b|I'm\b)|\s+-\s+", re.IGNORECASE
)

GUESS = re.compile(
    r"\b(?:if|unless|maybe|perhaps|might|may be|could|would|should|shall|wish|hope|hopes|hoping|used to|think|thinks|thought|guess"
    r"|believe|suppose|probably|possibly|sometimes|today|tonight|tomorrow|yesterday|this (?:week|month|morning|afternoon|evening|"
    r"weekend)|next (?:week|month|year|time|\w+day)|at the moment|either|or|almost|nearly|both|imagine|pretend|joking|like a)\b",
    re.IGNORECASE,
)
"""What is no statement, one for a short time, or one about something else of the same name."""

OPENING = re.compile(
    r"^(?:oh|well|hey|hi|so|and|but|also|ok|okay|btw|by the way|fyi|please note that|note that|note|please remember that"
    r"|remember that|remember|sorry|yeah|yes|in fact|just so you know|it turns out that|it turns out|turns out|good news|bad news|(?P<change>update|correction|no"
    r"|actually|as of [A-Z]\w+(?: \d+)?|from now on|these days|nowadays|now))\b[,:!]?\s+",
    re.IGNORECASE,
)

NOW = re.compile(
    r"[,]?\s*\b(?:now|any ?more|instead|actually|nowadays|these days|from now on|by now|since then|as of now|already)\b",
    re.IGNORECASE,
)

STILL = re.compile(
    r"\b(?:currently|still|really|also|just|recently|usually|always|simply|definitely|absolutely)\b\s*",
    re.IGNORECASE,
)

BREAK = re.compile(
    r"\s*(?:,|\(|;| - | – | because\b| since\b| so\b| but\b| and (?:I|we|it|he|she|they)\b| when\b| while\b| which\b| who\b"
    r"| though\b| although\b| thanks to\b| due to\b| after\b| until further\b)",
    re.IGNORECASE,
)

_CHANGE = (
    r"(?:moved|changed|postponed|delayed|pushed(?: back| out)?|shifted|rescheduled|brought forward|extended|raised|increased"
    r"|lowered|reduced|cut|renamed|switched|slipped|went up|gone up|dropped|corrected|updated)"
)

_HELPING = r"(?:(?:has|have|had|was|were|is|are|got|gets|will be|been|be|being) )*"

_NAME = r"[A-Z][\w-]+(?: [A-Z][\w-]+)?"

_THING = rf"(?:(?:the|my|our) |{_NAME}'s )[\w'&/ -]{{2,60}}?"

_SUBJECT = rf"(?:I|we|We|{_NAME}|[Tt]he [\w'&/ -]{{2,60}}?|[Mm]y [\w'&/ -]{{2,60}}?|[Oo]ur [\w'&/ -]{{2,60}}?|{_NAME}'s [\w'&/ -]{{2,60}}?)"

STARTING = re.compile(r"(?:I|we|the|my|our|they|[A-Z][\w'-]+|[a-z]+ (?:is|are))\b", re.IGNORECASE)

LIVES = re.compile(
    rf"^(?P<s>{_SUBJECT}) (?:(?:am|is|are|have been|has been) )?(?P<n>(?:does|do|is|am|are)? ?not )?(?:live|lives|living|reside|resides"
    rf"|based) (?P<p>in|at) (?P<v>.+)$"
)

MOVED = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}(?:moved|relocated) (?:from [\w ]+? )?(?:back )?to (?P<v>.+)$"
)

WORKS = re.compile(
    rf"^(?P<s>{_SUBJECT}) (?:(?:am|is|are) )?(?P<n>(?:does|do|is|am|are)? ?not )?(?:work|works|working|employed) (?:at|for|by) (?P<v>.+)$"
)

STARTED = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}(?:started (?:working )?(?:at|for)|(?:got|took) an? (?:new )?job (?:at|with)) (?P<v>.+)$"
)

STOPPED_WORK = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}(?:left|quit|resigned from|stopped working (?:at|for)) (?P<v>.+)$"
)

PASSIVE = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}{_CHANGE} (?:from .{{1,60}}? )?(?:to|until|till) (?P<v>.+)$"
)

ACTIVE = re.compile(
    rf"^(?:I|[Ww]e|[Tt]hey|{_NAME}) (?:have |has |had )?{_CHANGE} (?P<s>{_THING})(?: from .{{1,60}}?)? (?:to|until|till) (?P<v>.+)$"
)

ENDED = re.compile(
    rf"^(?P<s>{_SUBJECT}) {_HELPING}(?:stopped|quit|gave up|given up) (?:(?P<verb>\w{{2,}}ing) )?(?P<v>.+)$"
)

DOES = re.compile(
    rf"^(?P<s>{_SUBJECT}) (?P<n>(?:(?:do|does|did) not|never|can not|not) )?(?P<verb>like|love|enjoy|adore|hate|dislike|detest|avoid|stand"
    r"|drink|eat|play|speak|use|drive|own|teach|manage|lead|run|study|collect|support|wear|have|has|read|practi[sc]e|prefer)(?:s|es)? "
    r"(?P<v>.+)$"
)

FIGURE = re.compile(
    rf"^(?P<s>{_SUBJECT}) (?:will )?(?P<verb>cost|weigh|take|last|start|begin|open|close|end|earn|arrive|depart|leave|have|has)s? (?P<v>.+)$"
)

IS = re.compile(
    rf"^(?P<s>{_SUBJECT}|[A-Z]?[a-z]+(?: [a-z]+)?) (?:is|are|am|will be|has become|have become|became|goes by) (?P<n>not )?(?P<v>.+)$"
)

FORM = re.compile(r"^(?P<s>[A-Z][\w'-]*(?: [\w'-]+){0,3}): (?P<v>\S.{0,80})$")

NOBODY = frozenset(
    """he she it they this that there these those here what who which one you your his her their everything everyone nothing
    something someone all some many most few any last next old former previous original first second another other each every
    today's tomorrow's yesterday's""".split()
)

SPELT = {"favourite": "favorite", "colour": "color"}

LIGHT = frozenset("the a an our new current date is".split())

FILLING = frozenset(
    "the a an of on at about around in by due until to his her their my our any some much approximately".split()
)

LEADS = frozenset("in at on by with from for near under of".split())

NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
    )
}

LIKING = frozenset(map(stem, "like love enjoy adore drink eat".split()))

DISLIKING = frozenset(map(stem, "hate dislike detest avoid".split()))

SINGLE = frozenset(
    map(
        stem,
        """name colour color password email address phone number job profession employer boss manager title role capital owner leader
        captain chair head president hometown birthday deadline budget price location venue room place partner wife husband spouse
        girlfriend boyfriend size version language code status state plan gate seat platform priority topic theme destination theme
        nickname username handle organiser organizer host editor maintainer headquarters contact mascot winner base database
        server branch provider supplier landlord teacher coach doctor dentist roommate slogan motto codename timezone person director supervisor""".split(),
    )
)
"""Of what there is one at a time."""

KINDS_OF_THINGS = frozenset(
    map(
        stem,
        """kid child children son daughter brother sister sibling cat dog pet employee member bedroom room grandchild grandchildren
        user customer client seat floor page car student""".split(),
    )
)
"""What somebody has a number of, for longer than a day."""

EXCLUSIVE = tuple(
    frozenset(map(stem, group.split()))
    for group in (
        "single married divorced engaged widowed",
        "vegan vegetarian pescatarian omnivore",
        "open closed shut reopened",
        "broken fixed working repaired",
        "red blue green yellow black white brown orange purple pink grey gray",
        "pending approved rejected cancelled confirmed postponed",
        "online offline",
        "alive dead",
        "employed unemployed retired",
        "hot cold",
        "full empty",
        "busy free available unavailable",
        "active inactive",
        "mandatory optional",
        "low medium high",
    )
)
"""Words of which one thing is one at a time."""

VERBS = {stem(verb) for verb in "like love enjoy drink eat play speak use drive own teach manage lead run study collect wear read practise practice".split()}  # fmt: skip
