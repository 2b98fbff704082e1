"""The archive as a memory of AgentChat's own agents: what their models read, what is stored and deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("autogen_agentchat")

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import MemoryQueryEvent, MultiModalMessage
from autogen_core import ComponentModel, Image
from autogen_core.memory import MemoryContent, MemoryMimeType
from autogen_core.model_context import (
    BufferedChatCompletionContext,
    ChatCompletionContext,
    UnboundedChatCompletionContext,
)
from autogen_core.models import (
    AssistantMessage,
    LLMMessage,
    ModelFamily,
    ModelInfo,
    SystemMessage,
    UserMessage,
)
from autogen_ext.models.replay import ReplayChatCompletionClient
from hosted import run
from PIL import Image as Pillow

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.hosts.agentchat import MemGPTMemory
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder

Make = Callable[..., MemGPTMemory]

LAUNCH = "The launch is on the ninth of May."
PANEL = "The solar panel costs 340 euros."


@pytest.fixture
def make_memory(tmp_path: Path) -> Make:
    def make(*texts: str, **options: Any) -> MemGPTMemory:
        memory = MemGPTMemory("helper", home=tmp_path / "home", **options)
        for each in texts:
            run(memory.add(plain(each)))
        return memory

    return make


def plain(content: str, **metadata: Any) -> MemoryContent:
    return MemoryContent(content=content, mime_type=MemoryMimeType.TEXT, metadata=metadata or None)


def asks(content: str, source: str = "user") -> UserMessage:
    return UserMessage(content=content, source=source)


async def updated(memory: MemGPTMemory, context: ChatCompletionContext, *new: LLMMessage) -> list[LLMMessage]:
    """Do what an AssistantAgent does before its model answers, and return what the model would read."""
    for message in new:
        await context.add_message(message)
    await memory.update_context(context)
    return await context.get_messages()


def contents(messages: Sequence[LLMMessage]) -> list[str]:
    return [str(message.content) for message in messages]


def test_what_fits_the_question_is_put_behind_it(make_memory: Make) -> None:
    memory = make_memory(LAUNCH, PANEL)

    messages = run(updated(memory, UnboundedChatCompletionContext(), asks("When is the launch?")))

    assert [type(message) for message in messages] == [UserMessage, UserMessage]
    assert LAUNCH in contents(messages)[1]
    assert PANEL not in contents(messages)[1]


def test_what_was_found_for_earlier_questions_does_not_pile_up(make_memory: Make) -> None:
    memory, context = make_memory(LAUNCH, PANEL), UnboundedChatCompletionContext()

    async def talk() -> list[LLMMessage]:
        await updated(memory, context, asks("When is the launch?"))
        await context.add_message(AssistantMessage(content="In May.", source="helper"))
        return await updated(memory, context, asks("What does the solar panel cost?"))

    read = contents(run(talk()))

    assert len(read) == 4
    assert LAUNCH not in "".join(read)
    assert PANEL in read[-1]


def test_what_is_in_the_context_already_is_not_put_there_again(make_memory: Make) -> None:
    memory = make_memory(LAUNCH)

    said = asks(LAUNCH, "ada")
    messages = run(updated(memory, UnboundedChatCompletionContext(), said, asks("When is the launch?")))

    assert len(messages) == 2


def test_all_that_was_said_since_the_last_answer_is_searched_for(make_memory: Make) -> None:
    memory, context = make_memory(LAUNCH, PANEL), UnboundedChatCompletionContext()

    messages = run(updated(memory, context, asks("When is the launch?"), asks("Ask the others too.", "ada")))

    assert LAUNCH in contents(messages)[-1]


def test_nothing_is_put_where_nothing_fits(make_memory: Make) -> None:
    memory, context = make_memory(LAUNCH), UnboundedChatCompletionContext()

    assert len(run(updated(memory, context, asks("Do you like cheese?")))) == 1
    assert run(updated(memory, UnboundedChatCompletionContext())) == []


def test_a_bounded_context_keeps_the_talk(make_memory: Make) -> None:
    memory, context = make_memory(LAUNCH, PANEL), BufferedChatCompletionContext(4)

    async def talk() -> list[LLMMessage]:
        for _ in range(5):
            await updated(memory, context, asks("When is the launch?"))
            await context.add_message(AssistantMessage(content="In May.", source="helper"))
        return await updated(memory, context, asks("What does the solar panel cost?"))

    read = contents(run(talk()))

    assert read[:3] == ["When is the launch?", "In May.", "What does the solar panel cost?"]
    assert PANEL in read[3]


def test_images_in_the_context_stay(make_memory: Make) -> None:
    memory, context = make_memory(LAUNCH), UnboundedChatCompletionContext()
    picture = UserMessage(content=["Look", Image(Pillow.new("RGB", (2, 2), "red"))], source="ada")

    async def talk() -> list[LLMMessage]:
        await updated(memory, context, picture, asks("When is the launch?"))
        return await updated(memory, context, asks("Is the launch in May?"))

    read = run(talk())

    assert isinstance(read[0].content, list)
    assert isinstance(read[0].content[1], Image)


def test_a_passage_that_is_no_longer_true_is_left_out(make_memory: Make) -> None:
    memory = make_memory(LAUNCH)
    (passage,) = memory.memory.archival.list().items
    memory.memory.archival.supersede([passage.id])

    assert len(run(updated(memory, UnboundedChatCompletionContext(), asks("When is the launch?")))) == 1


def test_an_archive_that_cannot_be_searched_stops_no_agent(
    make_memory: Make, caplog: pytest.LogCaptureFixture
) -> None:
    make_memory(LAUNCH)
    memory = make_memory(embedder=HashingEmbedder())  # the archive has no vectors

    messages = run(updated(memory, UnboundedChatCompletionContext(), asks("When is the launch?")))

    assert len(messages) == 1
    assert "the archive of 'helper' cannot be searched" in caplog.text


class Strict(ReplayChatCompletionClient):
    """A model that refuses what many servers refuse: a system message after the first message."""

    def __init__(self, *answers: str) -> None:
        info = ModelInfo(
            vision=True,
            function_calling=True,
            json_output=False,
            family=ModelFamily.UNKNOWN,
            structured_output=False,
            multiple_system_messages=False,
        )
        super().__init__(list(answers), model_info=info)
        self.prompts: list[list[LLMMessage]] = []

    async def create(self, messages: Sequence[LLMMessage], **options: Any) -> Any:
        self.prompts.append(list(messages))
        if any(isinstance(message, SystemMessage) for message in messages[1:]):
            raise ValueError("Multiple system messages are not supported")
        return await super().create(messages, **options)


def test_an_assistant_answers_from_it_with_a_model_that_takes_one_system_message(make_memory: Make) -> None:
    model = Strict("In May", "340")
    helper = AssistantAgent("helper", model, memory=[make_memory(LAUNCH, PANEL)])

    async def talk() -> Any:
        first = await helper.run(task="When is the launch?")
        await helper.run(task="What does the solar panel cost?")
        return first

    first = run(talk())

    assert LAUNCH in contents(model.prompts[0])[-1]
    assert LAUNCH not in "".join(contents(model.prompts[1]))
    (event,) = [each for each in first.messages if isinstance(each, MemoryQueryEvent)]
    assert [each.content for each in event.content] == [LAUNCH]


def test_an_assistant_with_it_sees_images_all_the_same(make_memory: Make) -> None:
    model = Strict("A square")
    helper = AssistantAgent("helper", model, memory=[make_memory(LAUNCH)])
    picture = Image(Pillow.new("RGB", (2, 2), "red"))

    run(helper.run(task=MultiModalMessage(content=["The launch?", picture], source="ada")))

    assert LAUNCH in contents(model.prompts[0])[-1]


def test_a_query_finds_with_metadata(make_memory: Make) -> None:
    memory = make_memory()
    run(memory.add(plain(LAUNCH, tags=["dates"], category="plans", year=2026)))

    (found,) = run(memory.query("When is the launch?")).results

    assert found.content == LAUNCH
    assert found.metadata is not None
    assert found.metadata["tags"] == ["dates"]
    assert (found.metadata["category"], found.metadata["year"], found.metadata["source"]) == (
        "plans",
        "2026",
        "agentchat",
    )
    assert found.metadata["score"] > 0


def test_an_empty_query_returns_the_newest(make_memory: Make) -> None:
    memory = make_memory(*(f"Passage {number}" for number in range(8)))

    assert [each.content for each in run(memory.query("")).results] == [
        f"Passage {n}" for n in (7, 6, 5, 4, 3)
    ]
    assert len(run(memory.query("", results=2)).results) == 2
    assert len(run(memory.query(plain("Passage"), results=8)).results) == 8


@pytest.mark.parametrize(
    ("content", "mime_type", "stored"),
    [
        ({"city": "Lisbon", "tea": True}, MemoryMimeType.JSON, {"city": "Lisbon", "tea": True}),
        ('{"city": "Lisbon"}', MemoryMimeType.JSON, {"city": "Lisbon"}),
        ("# Lisbon", MemoryMimeType.MARKDOWN, "# Lisbon"),
        ("<b>Lisbon</b>", "text/html", "<b>Lisbon</b>"),
        (b"Lisbon", "text/plain", "Lisbon"),
    ],
)
def test_other_kinds_of_text_are_stored_and_come_back(
    make_memory: Make, content: Any, mime_type: Any, stored: Any
) -> None:
    memory = make_memory()

    run(memory.add(MemoryContent(content=content, mime_type=mime_type)))

    (found,) = run(memory.query("Lisbon")).results
    assert found.content == stored
    assert found.mime_type == (mime_type.value if isinstance(mime_type, MemoryMimeType) else mime_type)


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (b"\x00\xff", MemoryMimeType.BINARY),
        (b"\x00\xff", "text/plain"),
        (Image(Pillow.new("RGB", (2, 2))), MemoryMimeType.IMAGE),
    ],
)
def test_what_cannot_be_searched_is_refused(make_memory: Make, content: Any, mime_type: Any) -> None:
    memory = make_memory()

    with pytest.raises(ConfigurationError, match="text/plain"):
        run(memory.add(MemoryContent(content=content, mime_type=mime_type)))

    assert memory.memory.archival.count() == 0


def test_clear_deletes_only_what_was_added_here(make_memory: Make) -> None:
    memory = make_memory(LAUNCH)
    memory.memory.archival.insert("The agent's own note.")
    run(make_memory(source="other").add(plain("Of the other source.")))

    run(memory.clear())

    assert {each.text for each in memory.memory.archival.list().items} == {
        "The agent's own note.",
        "Of the other source.",
    }


def test_it_goes_on_after_it_was_closed(make_memory: Make) -> None:
    memory = make_memory(LAUNCH)

    run(memory.close())

    assert len(run(memory.query("launch")).results) == 1


def test_a_component_opens_the_same_archive(make_memory: Make) -> None:
    memory = make_memory(LAUNCH, results=3, source="notes")

    dumped = memory.dump_component().model_dump_json()
    again = MemGPTMemory.load_component(ComponentModel.model_validate_json(dumped))

    assert [each.content for each in run(again.query("launch")).results] == [LAUNCH]
    assert (again.results, again.source) == (3, "notes")


def test_an_assistant_with_it_is_a_component(make_memory: Make) -> None:
    helper = AssistantAgent("helper", ReplayChatCompletionClient(["In May"]), memory=[make_memory(LAUNCH)])

    again = AssistantAgent.load_component(helper.dump_component())

    assert run(again.run(task="When is the launch?")).messages[-1].to_text() == "In May"


def test_an_open_memory_is_used_as_it_is_and_not_written_down(tmp_path: Path) -> None:
    opened = open_memory("sam", Settings.load(home=tmp_path / "home"))
    opened.archival.insert(LAUNCH)
    memory = MemGPTMemory("sam", memory=opened)

    assert len(run(memory.query("launch")).results) == 1
    with pytest.raises(ConfigurationError, match="was given objects"):
        memory.dump_component()
    with pytest.raises(ConfigurationError, match="cannot have the memory of 'sam'"):
        MemGPTMemory("tom", memory=opened)
    with pytest.raises(ConfigurationError, match="results=0"):
        MemGPTMemory("sam", memory=opened, results=0)


def test_the_memory_of_one_agent_is_not_that_of_another(make_memory: Make, tmp_path: Path) -> None:
    make_memory(LAUNCH)

    other = MemGPTMemory("other", home=tmp_path / "home")

    assert run(other.query("launch")).results == []
