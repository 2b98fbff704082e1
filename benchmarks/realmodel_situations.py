"""Situations for an agent with memory. Each checks the state after the turn.

The checks look at the agent's state and reply; a few also require a certain function. The twelve situations
of the first set were written before a model was run, but the examples of the plain protocol were changed
after its first results. The second set was written after that, and nothing was changed because of it.
`realmodel_sets` has twenty more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from memgpt_autogen.events import Event, Replied, ToolCalled
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message

Prepared = Callable[[MemoryHierarchy], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a turn: the agent's memory, its reply, and the functions that it called."""

    memory: MemoryHierarchy
    said: str
    called: tuple[str, ...]

    @classmethod
    def from_events(cls, memory: MemoryHierarchy, events: Sequence[Event]) -> Outcome:
        said = [event.text for event in events if isinstance(event, Replied) and not event.fallback]
        called = [event.call.name for event in events if isinstance(event, ToolCalled)]
        return cls(memory, " ".join(said), tuple(called))

    def says(self, *words: str) -> bool:
        return all(word.lower() in self.said.lower() for word in words)

    def knows(self, *words: str) -> bool:
        """Return whether core memory and archival together contain all of the words."""
        texts = [block.value for block in self.memory.core]
        texts += [passage.text for passage in self.memory.archival.list(page_size=50).items]
        return all(word.lower() in "\n".join(texts).lower() for word in words)


@dataclass(frozen=True, slots=True)
class Situation:
    """A message to the agent, what it knew before, and a check of the outcome."""

    name: str
    message: str
    right: Callable[[Outcome], bool]
    human: str = ""
    before: Sequence[tuple[str, str]] = ()
    """Speakers and texts of old messages, which are no longer in the queue."""
    archive: Sequence[str] = field(default=())

    def prepare(self, memory: MemoryHierarchy) -> None:
        if self.before:
            for speaker, words in self.before:
                memory.log.append(Message.said_by(speaker, words))
            memory.queue.evict(memory.log.last_seq(), "Small talk about a holiday and a house.", "extract")
        for text in self.archive:
            memory.archival.insert(text)


LONG = " ".join(
    [
        "The minutes of the allotment society's meeting follow.",
        *[f"Plot {number} was reported tidy and its water paid until autumn." for number in range(1, 25)],
        "The new treasurer is Marguerite Oyelaran, who takes over in March.",
        *[f"Plot {number} was reported tidy and its hedge cut back to the path." for number in range(25, 49)],
        "The meeting closed at nine.",
    ]
)

SMALL_TALK = (
    ("chad", "The weather was fine on the ferry."),
    ("chad", "We painted the boat turquoise last weekend."),
    ("chad", "My neighbour keeps bees now."),
    ("chad", "The dentist appointment is on the 14th of June."),
    ("chad", "I finished the book about lighthouses."),
)

SITUATIONS = (
    Situation("greeting", "Hello! I'm Chad.", lambda end: bool(end.said)),
    Situation(
        "new fact",
        "By the way, I'm allergic to peanuts.",
        lambda end: end.knows("peanut") and bool(end.said),
        human="Name: Chad.",
    ),
    Situation(
        "changed fact",
        "I no longer live in Oslo, I moved to Lisbon.",
        lambda end: end.knows("Lisbon") and not end.knows("Lives in Oslo."),
        human="Name: Chad. Lives in Oslo.",
    ),
    Situation(
        "question to core memory",
        "Do you still know my sister's name?",
        lambda end: end.says("Ingrid"),
        human="Name: Chad. Has a sister called Ingrid.",
    ),
    Situation(
        "question to recall",
        "Which colour did we paint the boat?",
        lambda end: end.says("turquoise") and "conversation_search" in end.called,
        human="Name: Chad.",
        before=SMALL_TALK,
    ),
    Situation(
        "question to archival",
        "What is the wifi password? It must be in your archival memory.",
        lambda end: end.says("heron-77") and "archival_memory_search" in end.called,
        human="Name: Chad.",
        archive=("The wifi password of the cabin is heron-77.", "The cabin's roof was mended in 2019."),
    ),
    Situation(
        "text for the archive",
        "Please store this in your archival memory: the spare key lies under the blue pot.",
        lambda end: any("blue pot" in each.text for each in end.memory.archival.list().items),
        human="Name: Chad.",
    ),
    Situation(
        "long document",
        f"{LONG} Who is the new treasurer?",
        lambda end: end.says("Marguerite"),
        human="Name: Chad.",
    ),
    Situation(
        "about itself",
        "From now on your name is Max. Remember that about yourself.",
        lambda end: end.knows("Max"),
    ),
    Situation(
        "nothing to do",
        "Thanks, that is all for today!",
        lambda end: bool(end.said) and not end.memory.archival.count(),
        human="Name: Chad.",
    ),
    Situation(
        "correction",
        "You noted that I like tea. That is wrong: I like coffee.",
        lambda end: end.knows("coffee") and not end.knows("Likes tea."),
        human="Name: Chad. Likes tea.",
    ),
    Situation(
        "nothing known",
        "What is my brother's name?",
        lambda end: bool(end.said) and any("search" in name for name in end.called),
        human="Name: Chad. Has a brother.",
        before=SMALL_TALK,
    ),
)

SECOND = (
    Situation(
        "greeting", "Evening, I am Bea.", lambda end: bool(end.said) and not end.memory.archival.count()
    ),
    Situation(
        "new fact",
        "My daughter starts school in September.",
        lambda end: end.knows("daughter", "school") and bool(end.said),
        human="Name: Bea.",
    ),
    Situation(
        "changed fact",
        "I quit the bank. I am a gardener these days.",
        lambda end: end.knows("gardener") and not end.knows("Works at a bank."),
        human="Name: Bea. Works at a bank.",
    ),
    Situation(
        "question to core memory",
        "How do I take my coffee?",
        lambda end: end.says("milk") and not end.says("sugar in"),
        human="Name: Bea. Drinks coffee with milk and no sugar.",
    ),
    Situation(
        "question to recall",
        "When is my dentist appointment?",
        lambda end: end.says("14"),
        human="Name: Bea.",
        before=tuple(("bea", words) for _, words in SMALL_TALK),
    ),
    Situation(
        "question to archival",
        "Which year was the roof of the cabin mended, according to your archive?",
        lambda end: end.says("2019"),
        human="Name: Bea.",
        archive=("The wifi password of the cabin is heron-77.", "The cabin's roof was mended in 2019."),
    ),
    Situation(
        "text for the archive",
        "Keep this for good: the alarm code of the shed is 4471.",
        lambda end: end.knows("4471"),
        human="Name: Bea.",
    ),
    Situation(
        "about itself",
        "You should always answer me in rhymes. Do not forget that.",
        lambda end: end.knows("rhyme"),
        human="Name: Bea.",
    ),
)
