"""The methods of MemGPT's clients. Both kinds return the same objects."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import IO, Any, Optional, TypeVar, Union
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from memgpt_autogen.client.base import JOB_SECONDS
from memgpt_autogen.client.memgpt.chat_memory import ChatMemory
from memgpt_autogen.client.memgpt.errors import RefusedError
from memgpt_autogen.client.memgpt.http import Sent
from memgpt_autogen.service.memgpt import (
    agents,
    config,
    memory,
    messages,
    presets,
    shapes,
    sources,
    texts,
    tools,
)
from memgpt_autogen.service.memgpt.asker import Asker

S = TypeVar("S", bound=BaseModel)

Id = Union[str, UUID]

_LOOK_SECONDS = 0.2


class Agent(shapes.AgentFacts):
    """An agent."""

    created_at: datetime


class MemGPTClient(ABC):
    """A client with the methods of MemGPT 0.3's. What is refused is a `ValueError`."""

    # Agents

    def list_agents(self) -> shapes.AgentList:
        """Return all agents, the newest run first."""
        return self._call(Sent("GET", "/api/agents", shapes.AgentList), agents.list_agents)

    def agent_exists(self, agent_id: Optional[Id] = None, agent_name: Optional[str] = None) -> bool:
        """Return whether there is an agent with this id, or with this name."""
        try:
            self.get_agent(agent_id, agent_name)
        except RefusedError as error:
            if error.status != 404:
                raise
            return False
        return True

    def create_agent(
        self,
        name: Optional[str] = None,
        preset: Optional[str] = None,
        embedding_config: Optional[Any] = None,
        llm_config: Optional[Any] = None,
        memory: Optional[Any] = None,
        system_prompt: Optional[str] = None,
        tools: Optional[list[str]] = None,
        include_base_tools: bool = True,  # noqa: ARG002, FBT001, FBT002 - MemGPT's; its server added them anyhow
        metadata: Optional[Mapping[str, Any]] = None,  # noqa: ARG002 - MemGPT's; nothing keeps it
        persona: Optional[str] = None,
        human: Optional[str] = None,
    ) -> Agent:
        """Create an agent. Its model and embedder are those of the home.

        `memory` is a `ChatMemory`, of this package or MemGPT's. `tools` are names of functions.
        `persona` and `human` are its texts without one, as in older versions of MemGPT.
        """
        if embedding_config or llm_config:
            raise RefusedError(
                "all agents of a home have one model and one embedder. Leave embedding_config and llm_config "
                "out, and choose them in the settings.",
                400,
            )
        first = (memory or ChatMemory()).memory
        new = agents.NewAgent(
            name=name,
            preset=preset,
            system=system_prompt,
            persona=persona or first["persona"].value or None,
            human=human or first["human"].value or None,
            function_names=tools,
        )
        sent = Sent("POST", "/api/agents", shapes.CreatedAgent, {"config": new.model_dump()})
        return _agent(self._call(sent, lambda asker: agents.create_agent(asker, new)).agent_state)

    def rename_agent(self, agent_id: Id, new_name: str) -> Agent:
        """Give an agent another name."""
        path, body = f"/api/agents/{in_path(agent_id)}/rename", {"agent_name": new_name}
        renamed = self._call(
            Sent("PATCH", path, shapes.AgentConfig, body),
            lambda asker: agents.rename_agent(asker, str(agent_id), new_name),
        )
        return _agent(renamed.agent_state)

    def delete_agent(self, agent_id: Id) -> None:
        """Delete an agent with its memory."""
        self._call(
            Sent("DELETE", f"/api/agents/{in_path(agent_id)}", shapes.Said),
            lambda asker: agents.delete_agent(asker, str(agent_id)),
        )

    def get_agent(self, agent_id: Optional[Id] = None, agent_name: Optional[str] = None) -> Agent:
        """Return an agent by its id, or by its name."""
        return _agent(self._config(agent_id, agent_name).agent_state)

    def get_agent_config(self, agent_id: Id) -> Agent:
        """Return an agent."""
        return self.get_agent(agent_id)

    # Talking

    def user_message(self, agent_id: Id, message: str) -> shapes.Answered:
        """Say something to an agent, and return what it does."""
        return self._say(str(agent_id), messages.NewMessage(message=message))

    def send_message(
        self,
        agent_id: Optional[Id] = None,
        message: str = "",
        role: str = "user",
        stream: bool = False,  # noqa: FBT001, FBT002 - MemGPT's order
        agent_name: Optional[str] = None,
    ) -> Any:
        """Say something to an agent as a `user`, or as the `system`, and return what it does.

        With `stream`, an iterator of its chunks.
        """
        if role not in ("user", "system"):
            raise RefusedError(f"role is '{role}'; it is 'user' or 'system'.", 400)
        agent = _named(agent_id, agent_name)
        new = messages.NewMessage(message=message, role=role, stream_steps=stream)  # type: ignore[arg-type]  # it was looked at
        return self._stream(agent, new) if stream else self._say(agent, new)

    @abstractmethod
    def run_command(self, agent_id: Id, command: str) -> shapes.CommandAnswer:
        """Do what a command of MemGPT's terminal says, such as `/memory`."""

    def save(self) -> None:  # noqa: B027 - MemGPT's; nothing is left to do
        """Do nothing: everything is stored already."""

    # Memory

    def get_agent_memory(self, agent_id: Id) -> shapes.Memory:
        """Return core memory, and how much else there is."""
        path = f"/api/agents/{in_path(agent_id)}/memory"
        return self._call(
            Sent("GET", path, shapes.Memory), lambda asker: memory.get_memory(asker, str(agent_id))
        )

    def update_agent_core_memory(
        self, agent_id: Id, new_memory_contents: Mapping[str, str]
    ) -> shapes.UpdatedMemory:
        """Replace texts of core memory, by the labels of their blocks."""
        given: dict[str, Optional[str]] = {**new_memory_contents}
        path = f"/api/agents/{in_path(agent_id)}/memory"
        return self._call(
            Sent("POST", path, shapes.UpdatedMemory, given),
            lambda asker: memory.update_memory(asker, str(agent_id), given),
        )

    def get_agent_archival_memory(
        self,
        agent_id: Id,
        before: Optional[Id] = None,
        after: Optional[Id] = None,
        limit: Optional[int] = 1000,
    ) -> shapes.ArchivalMemory:
        """Return passages, the oldest first, between two of them by their ids."""
        query = {"before": _text(before), "after": _text(after), "limit": limit}
        return self._call(
            Sent("GET", f"/api/agents/{in_path(agent_id)}/archival", shapes.ArchivalMemory, query=query),
            lambda asker: memory.get_archival(
                asker, str(agent_id), before=_text(before), after=_text(after), limit=limit
            ),
        )

    def insert_archival_memory(self, agent_id: Id, memory: str) -> shapes.InsertedPassages:
        """Store a text in archival memory."""
        path = f"/api/agents/{in_path(agent_id)}/archival"
        return self._call(
            Sent("POST", path, shapes.InsertedPassages, {"content": memory}),
            lambda asker: _insert_archival(asker, str(agent_id), memory),
        )

    def delete_archival_memory(self, agent_id: Id, memory_id: Id) -> None:
        """Delete a passage."""
        path, query = f"/api/agents/{in_path(agent_id)}/archival", {"id": str(memory_id)}
        self._call(
            Sent("DELETE", path, shapes.Said, query=query),
            lambda asker: memory.delete_archival(asker, str(agent_id), str(memory_id)),
        )

    def get_messages(
        self,
        agent_id: Id,
        before: Optional[Id] = None,
        after: Optional[Id] = None,
        limit: int = 1000,
    ) -> shapes.Messages:
        """Return messages, the newest first, before and after others by their ids."""
        query = {"before": _text(before), "after": _text(after), "limit": limit}
        return self._call(
            Sent("GET", f"/api/agents/{in_path(agent_id)}/messages-cursor", shapes.Messages, query=query),
            lambda asker: messages.get_messages_cursor(
                asker, str(agent_id), before=_text(before), after=_text(after), limit=limit
            ),
        )

    # Humans and personas

    def list_humans(self) -> shapes.Humans:
        """Return the texts for the block `human`."""
        return self._call(Sent("GET", "/api/humans", shapes.Humans), texts.list_humans)

    def list_personas(self) -> shapes.Personas:
        """Return the texts for the block `persona`."""
        return self._call(Sent("GET", "/api/personas", shapes.Personas), texts.list_personas)

    def create_human(self, name: str, text: str) -> shapes.Template:
        """Store a text for the block `human`."""
        return self._create_text("human", name, text)

    def create_persona(self, name: str, text: str) -> shapes.Template:
        """Store a text for the block `persona`."""
        return self._create_text("persona", name, text)

    def get_human(self, name: str) -> Optional[shapes.Template]:
        """Return a text for the block `human`; None where there is none of that name."""
        return self._get_text("human", name)

    def get_persona(self, name: str) -> Optional[shapes.Template]:
        """Return a text for the block `persona`; None where there is none of that name."""
        return self._get_text("persona", name)

    def update_human(self, name: str, text: str) -> shapes.Template:
        """Replace a text for the block `human`."""
        return self._update_text("human", name, text)

    def update_persona(self, name: str, text: str) -> shapes.Template:
        """Replace a text for the block `persona`."""
        return self._update_text("persona", name, text)

    def delete_human(self, name: str) -> None:
        """Delete a text for the block `human`."""
        self._delete_text("human", name)

    def delete_persona(self, name: str) -> None:
        """Delete a text for the block `persona`."""
        self._delete_text("persona", name)

    # Presets

    def list_presets(self) -> list[shapes.Preset]:
        """Return all presets."""
        return self._call(Sent("GET", "/api/presets", shapes.Presets), presets.list_presets).presets

    def get_preset(self, name: str) -> shapes.Preset:
        """Return a preset by its name."""
        return self._call(
            Sent("GET", f"/api/presets/{in_path(name)}", shapes.Preset),
            lambda asker: presets.find_preset(asker, name),
        )

    def create_preset(
        self,
        name: str,
        description: Optional[str] = None,
        system_name: Optional[str] = None,
        persona_name: Optional[str] = None,
        human_name: Optional[str] = None,
        tools: Optional[list[Any]] = None,
        default_tools: bool = True,  # noqa: FBT001, FBT002 - MemGPT's order
    ) -> shapes.Preset:
        """Store a preset."""
        schemas = [dict(tool.json_schema) for tool in tools or ()]
        if default_tools:
            schemas += [dict(each) for each in self.get_preset(config.PRESET).functions_schema]
        new = presets.NewPreset(
            name=name,
            description=description,
            system_name=system_name,
            persona_name=persona_name,
            human_name=human_name,
            functions_schema=schemas,
        )
        return self._call(
            Sent("POST", "/api/presets", shapes.CreatedPreset, new.model_dump()),
            lambda asker: presets.create_preset(asker, new),
        ).preset

    def delete_preset(self, preset_id: Id) -> None:
        """Delete a preset by its id."""
        self._call(
            Sent("DELETE", f"/api/presets/{in_path(preset_id)}", shapes.Said),
            lambda asker: presets.delete_preset(asker, str(preset_id)),
        )

    # Functions

    def list_tools(self) -> list[shapes.Tool]:
        """Return the functions that agents have."""
        return self._call(Sent("GET", "/api/tools", shapes.Tools), tools.list_tools).tools

    def get_tool(self, tool_name: str) -> Optional[shapes.Tool]:
        """Return a function; None where there is none of that name."""
        return none_where_missing(
            lambda: self._call(
                Sent("GET", f"/api/tools/{in_path(tool_name)}", shapes.Tool),
                lambda asker: tools.get_tool(asker, tool_name),
            )
        )

    def create_tool(
        self,
        func: Any,
        name: Optional[str] = None,
        update: bool = True,  # noqa: FBT001, FBT002 - MemGPT's order
        tags: Optional[list[str]] = None,
    ) -> shapes.Tool:
        """Return the function of this name, if it is one of MemGPT's own; any other is a `ValueError`."""
        new = tools.NewTool(json_schema={"name": name or func.__name__}, tags=tags, update=update)
        return self._call(
            Sent("POST", "/api/tools", shapes.Tool, new.model_dump()),
            lambda asker: tools.create_tool(asker, new),
        )

    def delete_tool(self, name: str) -> None:
        """Raise `ValueError`: the functions of agents are the server's own."""
        self._call(
            Sent("DELETE", f"/api/tools/{in_path(name)}", shapes.Said),
            lambda asker: tools.delete_tool(asker, name),
        )

    # Sources

    def list_sources(self) -> shapes.Sources:
        """Return all sources."""
        return self._call(Sent("GET", "/api/sources", shapes.Sources), sources.list_sources)

    def create_source(self, name: str) -> shapes.Source:
        """Create a source."""
        new = sources.NewSource(name=name)
        return self._call(
            Sent("POST", "/api/sources", shapes.Source, new.model_dump()),
            lambda asker: sources.create_source(asker, new),
        )

    def get_source(
        self, source_id: Optional[Id] = None, source_name: Optional[str] = None
    ) -> Optional[shapes.Source]:
        """Return a source by its id, or by its name; None where there is none."""
        wanted = _named(source_id, source_name, "source")
        return next((each for each in self.list_sources().sources if wanted in (each.id, each.name)), None)

    def delete_source(self, source_id: Optional[Id] = None, source_name: Optional[str] = None) -> None:
        """Delete a source with all its documents."""
        source = _named(source_id, source_name, "source")
        self._call(
            Sent("DELETE", f"/api/sources/{in_path(source)}", shapes.Said),
            lambda asker: sources.delete_source(asker, source),
        )

    def get_job_status(self, job_id: Id) -> shapes.Job:
        """Return how far the loading of a document is."""
        return self._call(
            Sent("GET", f"/api/sources/status/{in_path(job_id)}", shapes.Job),
            lambda asker: sources.get_job(asker, str(job_id)),
        )

    def load_file_into_source(
        self,
        filename: Union[str, PathLike[str]],
        source_id: Id,
        blocking: bool = True,  # noqa: FBT001, FBT002 - MemGPT's order
    ) -> shapes.Job:
        """Load a file into a source, and wait for that, for an hour at most.

        Raises `ValueError` if it cannot be loaded.
        """
        try:
            with Path(filename).open("rb") as file:
                job = self._load(str(source_id), Path(filename).name, file)
        except OSError as error:
            raise RefusedError(f"{filename} cannot be read: {error.strerror or error}.", 400) from error
        return self._waited_for(job) if blocking else job

    def load_data(self, connector: Any, source_name: str) -> None:
        """Load the documents of one of MemGPT's connectors into a source."""
        source = self.get_source(source_name=source_name) or self.create_source(source_name)
        for number, (text, about) in enumerate(connector.generate_documents(), 1):
            name = Path(str(about.get("file_name") or f"document-{number}")).with_suffix(".txt").name
            self._waited_for(self._load(source.id, name, text.encode("utf-8", "replace")))

    def attach_source_to_agent(self, source_id: Id, agent_id: Id) -> None:
        """Let an agent read a source."""
        path, query = f"/api/sources/{in_path(source_id)}/attach", {"agent_id": str(agent_id)}
        self._call(
            Sent("POST", path, shapes.Source, query=query),
            lambda asker: sources.attach_source(asker, str(source_id), str(agent_id)),
        )

    def detach_source(self, source_id: Id, agent_id: Id) -> None:
        """Let an agent stop reading a source."""
        path, query = f"/api/sources/{in_path(source_id)}/detach", {"agent_id": str(agent_id)}
        self._call(
            Sent("POST", path, shapes.Source, query=query),
            lambda asker: sources.detach_source(asker, str(source_id), str(agent_id)),
        )

    def list_attached_sources(self, agent_id: Id) -> list[str]:
        """Return the ids of the sources that an agent reads."""
        return self._config(agent_id, None).sources

    # The server

    def list_models(self) -> shapes.Models:
        """Return the model of the home."""
        return self._call(Sent("GET", "/api/models", shapes.Models), config.list_models)

    def get_config(self) -> shapes.Config:
        """Return how the home is set up."""
        return self._call(Sent("GET", "/api/config", shapes.Config), config.get_config)

    # What the kinds do

    @abstractmethod
    def _call(self, sent: Sent[S], local: Callable[[Asker], S]) -> S:
        """Return the answer to what is sent to a server, or what is called without one."""

    @abstractmethod
    def _say(self, agent: str, new: messages.NewMessage) -> shapes.Answered: ...

    @abstractmethod
    def _stream(self, agent: str, new: messages.NewMessage) -> Iterator[dict[str, Any]]: ...

    @abstractmethod
    def _load(self, source: str, name: str, content: Union[bytes, IO[bytes]]) -> shapes.Job: ...

    @abstractmethod
    def _update_text(self, kind: texts.Kind, name: str, text: str) -> shapes.Template: ...

    def _config(self, agent_id: Optional[Id], agent_name: Optional[str]) -> shapes.AgentConfig:
        agent = _named(agent_id, agent_name)
        return self._call(
            Sent("GET", f"/api/agents/{in_path(agent)}/config", shapes.AgentConfig),
            lambda asker: agents.get_agent_config(asker, agent),
        )

    def _create_text(self, kind: texts.Kind, name: str, text: str) -> shapes.Template:
        new = texts.NewText(name=name, text=text)
        return self._call(
            Sent("POST", f"/api/{kind}s", shapes.Template, new.model_dump()),
            lambda asker: texts.create_text(asker, kind, new),
        )

    def _get_text(self, kind: texts.Kind, name: str) -> Optional[shapes.Template]:
        return none_where_missing(
            lambda: self._call(
                Sent("GET", f"/api/{kind}s/{in_path(name)}", shapes.Template),
                lambda asker: texts.find_text(asker, kind, name),
            )
        )

    def _delete_text(self, kind: texts.Kind, name: str) -> None:
        self._call(
            Sent("DELETE", f"/api/{kind}s/{in_path(name)}", shapes.Said),
            lambda asker: texts.delete_text(asker, kind, name),
        )

    def _waited_for(self, job: shapes.Job) -> shapes.Job:
        end = time.monotonic() + JOB_SECONDS
        while job.status not in ("completed", "failed"):
            if time.monotonic() >= end:
                raise RefusedError(f"job {job.id} has not ended in {JOB_SECONDS:.0f} s. It goes on.", 504)
            time.sleep(_LOOK_SECONDS)
            job = self.get_job_status(job.id)
        if job.status == "failed":
            raise RefusedError(f"the file was not loaded: {job.metadata_.get('error')}", 422)
        return job


def _agent(state: shapes.AgentState) -> Agent:
    return Agent.model_validate(state.model_dump())


def _insert_archival(asker: Asker, agent: str, text: str) -> shapes.InsertedPassages:
    return memory.insert_archival(asker, agent, memory.NewPassage(content=text))


def _named(id_: Optional[Id], name: Optional[str], what: str = "agent") -> str:
    if (id_ is None) == (name is None):
        raise RefusedError(f"give {what}_id or {what}_name, one of them.", 400)
    return str(name if id_ is None else id_)


def none_where_missing(call: Callable[[], S]) -> Optional[S]:
    try:
        return call()
    except RefusedError as error:
        if error.status != 404:
            raise
        return None


def _text(id_: Optional[Id]) -> Optional[str]:
    return None if id_ is None else str(id_)


def in_path(name: Id) -> str:
    """Return a name as a path has it. Raises `RefusedError` for one by which it would be another path."""
    if str(name) in ("", ".", ".."):
        raise RefusedError(f"'{name}' is no name of anything.", 404)
    return quote(str(name), safe="")
