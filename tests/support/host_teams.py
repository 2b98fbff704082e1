"""A team of four over sixty messages, in which our agent is mostly silent, and ten questions about them.

Each host has a driver in `host_drivers`: a module with the functions of `Driver`. What must be true then
is the same for all of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says

OURS = "sam"
"""The name of our agent; the others are agents of the host."""

OTHERS = ("ada", "ben", "cleo")

MODULES = {"agent_framework": "agent_framework", "ag2": "ag2", "agentchat": "autogen_agentchat"}
"""The hosts with a driver, and the module that each needs."""


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody says in the team."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question to our agent, and words that its answer must contain."""

    text: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Fact:
    line: Line
    question: Question


class Driver(Protocol):
    """What the module of a host in `host_drivers` has. The home is that of our agent."""

    async def talk(self, home: Path, lines: Sequence[Line]) -> None:
        """Let the team say these lines in their order. Our agent says only those of `OURS`."""

    async def talk_in_trouble(self, home: Path, lines: Sequence[Line]) -> None:
        """Do the same, while a member raises, a run is cancelled, and a state is loaded twice.

        All lines are said in the end, once and in order, as the host's own agents know them.
        """

    async def ask(self, home: Path, questions: Sequence[str]) -> list[str]:
        """Ask our agent in the host, with the offline model; return its answers."""


FACTS = [
    Fact(
        Line("ada", "The launch of the weather station is on the ninth of May."),
        Question("When is the launch of the weather station?", "ninth of May"),
    ),
    Fact(
        Line("ben", "The password of the guest network hangs behind the blue door."),
        Question("Where does the password of the guest network hang?", "blue door"),
    ),
    Fact(
        Line("cleo", "My sister Irene paints the sign for the entrance."),
        Question("Who paints the sign for the entrance?", "Irene"),
    ),
    Fact(
        Line("ada", "The solar panel costs 340 euros at the shop in Ghent."),
        Question("What does the solar panel cost?", "340 euros"),
    ),
    Fact(
        Line("ben", "Our sponsor is the bakery Zonneveld."),
        Question("Which bakery is our sponsor?", "Zonneveld"),
    ),
    Fact(
        Line("cleo", "The anemometer came broken, so I returned it on Tuesday."),
        Question("What did cleo return on Tuesday?", "anemometer"),
    ),
    Fact(
        Line("ada", "The insurance number of the roof is QX-7714."),
        Question("What is the insurance number of the roof?", "QX-7714"),
    ),
    Fact(
        Line("ben", "The ladder belongs to Mister Okafor next door."),
        Question("Whom does the ladder belong to?", "Okafor"),
    ),
    Fact(
        Line("cleo", "The data goes to the school in Lier every hour."),
        Question("Where does the data go every hour?", "Lier"),
    ),
    Fact(
        Line("ada", "The spare key lies under the third flowerpot."),
        Question("Where does the spare key lie?", "third flowerpot"),
    ),
]

SMALL_TALK = (
    "I have looked at it again and it is fine.",
    "That can wait until tomorrow.",
    "Good, then we agree.",
    "I would like to hear the others first.",
    "Let me check and come back to you.",
)

QUESTIONS = [fact.question for fact in FACTS]


def sixty_lines() -> list[Line]:
    """Return the talk. Equal words are said by several and more than once, as people do."""
    lines: list[Line] = []
    for number in range(60):
        place = number // 6
        if number % 6 == 3:
            lines.append(FACTS[place].line)
        elif number in (28, 59):
            lines.append(Line(OURS, f"I have heard all of it up to number {number}."))
        else:
            speaker = OTHERS[(number + place) % 3]
            numbered = "" if number % 4 == 0 else f" This is point {number}."
            lines.append(Line(speaker, SMALL_TALK[number % len(SMALL_TALK)] + numbered))
    return lines


def own_words(lines: Sequence[Line]) -> ScriptedLLM:
    """Return a model that says the lines of our agent, one a turn."""
    return ScriptedLLM(
        *(says("", call("send_message", message=line.text)) for line in lines if line.speaker == OURS)
    )


def logged(home: Path) -> list[Line]:
    """Return what our agent's log has as said, by whom, in order."""
    memory = open_memory(OURS, Settings.load(home=home))
    return [
        Line(OURS if entry.message.role == "assistant" else entry.message.name or "", entry.message.spoken)
        for entry in memory.log.everything()
        if entry.message.spoken is not None and not entry.hidden
    ]


def available() -> list[str]:
    """Return the hosts that are installed."""
    return [name for name, module in MODULES.items() if importlib.util.find_spec(module)]


def driver(host: str) -> Driver:
    return cast(Driver, importlib.import_module(f"host_drivers.{host}"))


def ask_in_new_process(host: str, home: Path, questions: Sequence[Question]) -> list[str]:
    """Return the answers of our agent to these questions, in a process that heard nothing."""
    given = json.dumps([question.text for question in questions])
    program = [sys.executable, str(Path(__file__).parent / "host_asks.py"), host, str(home)]
    done = subprocess.run(program, input=given, capture_output=True, text=True, timeout=100, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    answers: list[str] = json.loads(done.stdout.splitlines()[-1])
    return answers
