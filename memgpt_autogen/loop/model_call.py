"""One call of the model: the functions that it is offered, a prompt that fits the window, and its answer."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from functools import partial

from memgpt_autogen.errors import ContextOverflowError, WindowTooSmallError
from memgpt_autogen.events import Event, Evicted
from memgpt_autogen.images import IMAGE_TOKENS
from memgpt_autogen.llm.protocols import LLM, Completion, StreamingLLM, ToolChoice, ToolSchema
from memgpt_autogen.llm.text_calls.calls import read_text_calls
from memgpt_autogen.loop.streaming import reply_parts
from memgpt_autogen.loop.turn import TurnState
from memgpt_autogen.memory.context.pressure import Draft, Head, Pressure
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.images import ShownImage, images_event
from memgpt_autogen.tools.brief import briefed
from memgpt_autogen.tools.memory.conversation import SEND_MESSAGE
from memgpt_autogen.tools.toolbox import Toolbox

# how often one step gives way to an endpoint that finds the prompt too long
OVERFLOWS = 4


@dataclass
class ModelCall:
    """Calls the model of one agent, a step at a time.

    Calls in the text of an answer are read as calls until the model has made one in the way of the chat API;
    after that, text is text. `calls_in_text=False` never reads them.

    With `stream`, a model that can stream its answer does so, and a turn has `ReplyPart` events too.
    """

    memory: MemoryHierarchy
    llm: LLM
    pressure: Pressure
    thoughts: bool = True
    calls_in_text: bool = True
    vision: bool = False
    stream: bool = False

    def schemas(self, toolbox: Toolbox) -> list[ToolSchema]:
        """Return the agent's own functions as the model is offered them."""
        memgpt = self.memory.dialect == "memgpt"
        return toolbox.schemas(heartbeat=memgpt, thoughts=self.thoughts and memgpt)

    def head(
        self, instructions: str, toolbox: Toolbox, foreign: Iterable[ToolSchema] = (), image_tokens: int = 0
    ) -> Head:
        """Return the head of the next prompt, in the form that the window has room for."""
        full = [*self.schemas(toolbox), *foreign]
        return self.pressure.shape(instructions, full, partial(briefed, full), image_tokens)

    def answer(self, turn: TurnState) -> Generator[Event, None, Completion]:
        """Ask for the next step, and give way when the endpoint finds the prompt too long.

        Pictures are left out first: words come before them where there is no room for both.
        """
        budget = self.pressure.budget
        refused: list[ContextOverflowError] = []
        while True:
            image_tokens = IMAGE_TOKENS * len(self._images(turn))
            head = self.head(turn.instructions, turn.toolbox, turn.foreign, image_tokens)
            try:
                turn.draft = yield from self._fit(turn, head)
                completion = yield from self._ask(turn)
            except WindowTooSmallError:
                if not turn.images and refused:  # the endpoint's window is too small, not ours
                    budget.forget()
                    raise refused[-1] from None
                if not turn.images:
                    raise
                turn.images = []
            except ContextOverflowError as error:
                if turn.images:
                    turn.images = []
                    continue
                refused.append(error)
                budget.overflowed(turn.draft.tokens, error.prompt_tokens)
                if len(refused) > OVERFLOWS:
                    budget.forget()
                    raise
            else:
                self.pressure.note(turn.draft, completion.usage)
                # a server that reads calls in the text itself has read them all
                self.calls_in_text = self.calls_in_text and not completion.tool_calls
                names, calls = turn.names, self.calls_in_text
                return read_text_calls(completion, names, calls=calls) if completion.text else completion

    def _images(self, turn: TurnState) -> list[ShownImage]:
        """Return the newest pictures that fit into half of the window, oldest first."""
        if turn.images is None:
            most = self.pressure.budget.window // 2 // IMAGE_TOKENS
            turn.images = self.memory.images()[:most][::-1] if self.vision else []
        return turn.images

    def _fit(self, turn: TurnState, head: Head) -> Generator[Event, None, Draft]:
        """Return a prompt that fits; the usage of its summaries is the turn's too."""
        if turn.limit is not None:  # the last step has only what answers
            only = [schema for schema in head.tools if schema["function"]["name"] == SEND_MESSAGE]
            head = replace(head, tools=only if self.memory.dialect == "memgpt" else [])
        relieving = self.pressure.relieve(head)
        while True:
            try:
                event = next(relieving)
            except StopIteration as done:
                draft: Draft = done.value
                return draft
            if isinstance(event, Evicted):
                turn.usage += event.usage
            yield event

    def _ask(self, turn: TurnState) -> Generator[Event, None, Completion]:
        """Return the model's answer, with parts of it while it is written where that is wanted."""
        choice: ToolChoice = None
        if turn.limit is not None and self.memory.dialect == "memgpt":
            choice = {"type": "function", "function": {"name": SEND_MESSAGE}}
        messages, tools = turn.draft.messages, turn.draft.head.tools
        if turn.images:
            messages = [*messages, images_event(turn.images, self.memory.zone)]
        if not self.stream or not isinstance(self.llm, StreamingLLM):
            return self.llm.complete(messages, tools, choice)
        return (yield from reply_parts(self.llm.stream(messages, tools, choice), text=turn.delivers_text))
