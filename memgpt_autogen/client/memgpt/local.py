"""`LocalClient`: MemGPT's methods on a home, without a server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Optional, TypeVar, Union

from pydantic import BaseModel

from memgpt_autogen.assembly import UserTool
from memgpt_autogen.client.local.local_home import LocalHome
from memgpt_autogen.client.memgpt.base import Id, MemGPTClient
from memgpt_autogen.client.memgpt.errors import RefusedError
from memgpt_autogen.client.memgpt.http import Sent
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.llm.protocols import LLM
from memgpt_autogen.memory.storage.runs.run_input import run_input
from memgpt_autogen.memory.storage.runs.run_rows import NewRun
from memgpt_autogen.service.agents import resolve_agent
from memgpt_autogen.service.memgpt import commands, messages, shapes, sources, texts
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.chunks import Telling
from memgpt_autogen.service.problems import detail_of, status_of
from memgpt_autogen.service.turns.executor import TURNS
from memgpt_autogen.service.turns.following import Streamed, follow
from memgpt_autogen.settings import Settings

S = TypeVar("S", bound=BaseModel)


class LocalClient(MemGPTClient):
    """A client of a home on this machine.

    `user_id` is the user whose agents are meant, by default the home's own. `settings` say which home, `llm`
    is the model of all agents, and `tools` are functions of yours that they get.
    """

    def __init__(
        self,
        auto_save: bool = False,  # noqa: ARG002, FBT001, FBT002 - MemGPT's; all is stored at once
        user_id: Optional[Id] = None,
        debug: bool = False,  # noqa: ARG002, FBT001, FBT002 - MemGPT's
        *,
        settings: Optional[Settings] = None,
        llm: Optional[LLM] = None,
        tools: Sequence[UserTool] = (),
        turns: int = TURNS,
    ) -> None:
        settings = settings or Settings.load()
        if user_id is not None:
            settings = settings.model_copy(update={"owner": str(user_id)})
        with _refused():
            self._home = LocalHome(settings, llm=llm, tools=tools, turns=turns)
        self.user_id = self._home.owner

    def __repr__(self) -> str:
        return f"LocalClient({str(self._home.settings.home)!r})"

    def close(self) -> None:
        """Wait for the turns of this client, at most half a minute."""
        self._home.close()

    def run_command(self, agent_id: Id, command: str) -> shapes.CommandAnswer:
        agent, new = str(agent_id), commands.NewCommand(command=command)
        with _refused():
            read = commands.read_command(self._asker, agent, new)
            if read.act is None:
                return commands.run_command(self._asker, agent, read)
        said = self._answered(agent, run_input(act=read.act, speaker=self._home.speaker)).messages
        words = [each["assistant_message"] for each in said if "assistant_message" in each]
        return shapes.CommandAnswer(response="\n".join(words))

    @property
    def _asker(self) -> Asker:
        return Asker(self._home.settings, self._home.owner, self._home.equipment)

    def _call(self, sent: Sent[S], local: Callable[[Asker], S]) -> S:  # noqa: ARG002 - for servers
        with _refused():
            return local(self._asker)

    def _say(self, agent: str, new: messages.NewMessage) -> shapes.Answered:
        with _refused():
            new.check()
        return self._answered(agent, new.input(self._home.speaker))

    def _stream(self, agent: str, new: messages.NewMessage) -> Iterator[dict[str, Any]]:
        with _refused():
            new.check()
        telling: Optional[Telling] = None
        for agent_id, event in self._turn(agent, new.input(self._home.speaker)):
            telling = telling or Telling(agent_id)
            yield from (each for each in telling.tell(event) if isinstance(each, dict))
        if telling is not None and telling.failed is not None:
            raise RefusedError(telling.failed[1], telling.failed[0])

    def _answered(self, agent: str, given: dict[str, Any]) -> shapes.Answered:
        whole: Optional[messages.WholeAnswer] = None
        for agent_id, event in self._turn(agent, given):
            whole = whole or messages.WholeAnswer(Telling(agent_id))
            whole.take(event)
        answer = whole.answer() if whole else shapes.Answered(messages=[], usage=shapes.Usage())
        if whole is not None and whole.telling.failed is not None:
            status, text = whole.telling.failed
            raise RefusedError(text, status)
        return answer

    def _turn(self, agent: str, given: dict[str, Any]) -> Iterator[tuple[str, Streamed]]:
        """Run a turn, and yield its events, each with the id of the agent."""
        with _refused():
            agent_id, _ = resolve_agent(self._home.settings, agent)
            run = self._home.submit(NewRun(agent_id, given))
            for event in follow(self._home.database, self._home.executor.live, run.id):
                if event is None:
                    continue
                yield agent_id, event
                if event.kind == "turn_ended":  # a suspended run goes on later
                    return

    def _load(self, source: str, name: str, content: Union[bytes, IO[bytes]]) -> shapes.Job:
        def copy(path: Path) -> None:
            with path.open("wb") as file:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    shutil.copyfileobj(content, file)

        with _refused():
            return sources.load_file(self._asker, self._home.loader, source, name, copy)

    def _update_text(self, kind: texts.Kind, name: str, text: str) -> shapes.Template:
        with _refused():
            return texts.update_text(self._asker, kind, texts.NewText(name=name, text=text))


@contextmanager
def _refused() -> Iterator[None]:
    """A block whose errors are those of MemGPT's clients."""
    try:
        yield
    except RefusedError:
        raise
    except MemGPTError as error:
        raise RefusedError(detail_of(error, operator=True), status_of(error)) from error
