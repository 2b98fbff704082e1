"""MemGPT's two AutoGen functions, with their old parameters, for notebooks that were written for MemGPT.

An old setting is translated or refused by name. None that would change what the agent does is ignored. New
code does not need this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional, Union

from memgpt_autogen.compat.memgpt_config import translate_config
from memgpt_autogen.conversable import MemGPTAgent
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.home import agent_names
from memgpt_autogen.memory.documents.attach import AttachResult, is_address
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.tool import Tool

Reply = Union[str, dict[str, Any], None]
Ends = Optional[Callable[[dict[str, Any]], bool]]


class MemGPTConversableAgent(MemGPTAgent):
    """A `MemGPTAgent` with the methods of MemGPT's AutoGen agent."""

    def save(self) -> None:
        """Do nothing: everything is already saved when the call that brought it returns."""

    def attach(self, what: Optional[Union[str, Path]] = None, **options: Any) -> AttachResult:
        """Check that something was loaded under this name. Anything else is attached, as by `MemGPTAgent`.

        Raises `ConfigurationError` for a text that is no such name, no path and no address.
        """
        if options or not isinstance(what, str) or is_address(what) or Path(what).exists():
            return super().attach(what, **options)
        found = tuple(
            each for each in self.sources() if each.name == what or each.name.startswith(f"{what}/")
        )
        if not found and not self.memory.archival.count(sources=[what]):
            raise ConfigurationError(
                f"there is nothing named '{what}' to attach. Load it: agent.load({what!r}, 'directory', "
                "input_dir=...)."
            )
        return AttachResult(unchanged=found)

    def load(self, name: str, type: str, **options: Any) -> None:  # noqa: A002 - MemGPT's name
        """Load a `directory` (`input_dir`, `input_files`) or `webpage` (`urls`) into the agent's archive."""
        wanted = (
            options.pop("input_files", None) or options.pop("urls", None) or [options.pop("input_dir", None)]
        )
        given = [each for each in wanted if each is not None]
        if type not in ("directory", "webpage") or not given:
            raise ConfigurationError(
                f"'{type}' with {', '.join(options) or 'nothing'} cannot be loaded. Give 'directory' with "
                "input_dir or input_files, or 'webpage' with urls. For anything else: agent.attach(text=..., "
                f"name={name!r})."
            )
        for each in given:
            named = name if len(given) == 1 else f"{name}/{Path(each).name or each}"
            super().attach(each, name=named)

    def load_and_attach(self, name: str, type: str, force: bool = False, **options: Any) -> None:  # noqa: A002 - MemGPT's name
        """Load it, unless something of this name is already loaded. With `force`, load it again."""
        there = any(each.name == name or each.name.startswith(f"{name}/") for each in self.sources())
        if force or not (there or self.memory.archival.count(sources=[name])):
            self.load(name, type, **options)


def create_memgpt_autogen_agent_from_config(
    name: str,
    system_message: Optional[str] = "You are a helpful AI Assistant.",
    is_termination_msg: Ends = None,
    max_consecutive_auto_reply: Optional[int] = None,
    human_input_mode: str = "ALWAYS",
    function_map: Optional[Mapping[str, Callable[..., Any]]] = None,
    code_execution_config: Any = None,
    llm_config: Any = None,
    nonmemgpt_llm_config: Any = None,
    default_auto_reply: Reply = "",
    interface_kwargs: Optional[Mapping[str, Any]] = None,
    skip_verify: bool = False,
    auto_save: bool = False,
    **options: Any,
) -> MemGPTConversableAgent:
    """Create an agent, with the parameters of MemGPT's function of the same name.

    `options` are `MemGPTAgent`'s own arguments, such as `home` or `tools`.

    - `system_message` begins the persona block. An agent that is already in the home keeps its own.
    - `human_input_mode` begins the human block, as in MemGPT: `TERMINATE` and `NEVER` say that nobody may
      answer. The agent never asks at the keyboard; MemGPT's did not either. The result is always the agent.
      For these two modes, MemGPT returned a `GroupChatManager` with two more agents; `nonmemgpt_llm_config`
      was for those and is not used.
    - `is_termination_msg`, `max_consecutive_auto_reply`, `code_execution_config` and `default_auto_reply` are
      AutoGen's. The predicate gets the received message, a dictionary; MemGPT's got a text of the agent.
    - `function_map`: typed functions, which run in the agent's turn. `llm_config` can describe them instead
      of types.
    - `llm_config`: AutoGen's entries, or MemGPT's. All entries of `config_list` are used, not only the first.
    - `interface_kwargs`: `debug`, `show_inner_thoughts` or `show_function_outputs` make the agent `verbose`;
      the others have no effect.
    - `skip_verify` and `auto_save` have no effect: no first message is verified, and memory is always saved.

    The caller's dictionaries are not changed, and keys are not written anywhere. Raises `ConfigurationError`
    for a setting without an equivalent, with its name and what to do.
    """
    if human_input_mode not in _NOBODY:
        raise ConfigurationError(
            f"human_input_mode is {human_input_mode!r}; it must be {', '.join(map(repr, _NOBODY))}."
        )
    options.setdefault("human", _NOBODY[human_input_mode])
    return _agent(
        name,
        llm_config,
        options,
        persona=system_message or None,
        is_termination_msg=is_termination_msg,
        max_consecutive_auto_reply=max_consecutive_auto_reply,
        function_map=function_map,
        code_execution_config=code_execution_config,
        default_auto_reply=default_auto_reply,
        interface_kwargs=interface_kwargs,
    )


def load_autogen_memgpt_agent(
    agent_config: Mapping[str, Any],
    skip_verify: bool = False,
    auto_save: bool = False,
    interface: None = None,
    interface_kwargs: Optional[Mapping[str, Any]] = None,
    default_auto_reply: Reply = "",
    is_termination_msg: Ends = None,
    *,
    llm_config: Any = None,
    **options: Any,
) -> MemGPTConversableAgent:
    """Open the agent named `agent_config["name"]`, with its whole memory.

    Memory is stored, a model and its key are not. Give them as further keys of `agent_config`, MemGPT's or
    AutoGen's, or as `llm_config`; without either, the settings decide. `skip_verify` and `auto_save` have no
    effect. `options` are `MemGPTAgent`'s own arguments, such as `home`.

    Raises `ConfigurationError` if the home has no agent of this name. Import agents that MemGPT itself stored
    first: `import_agents`.
    """
    if interface is not None:
        raise ConfigurationError(
            "there is no interface any more. To see what the agent does, give interface_kwargs={'debug': "
            "True}, or read agent.last_turn."
        )
    entry = dict(agent_config)
    name = entry.pop("name", None)
    if not isinstance(name, str):
        raise ConfigurationError("agent_config has no 'name': give {'name': ...}.")
    if entry and llm_config is not None:
        raise ConfigurationError(
            f"agent_config ({', '.join(entry)}) and llm_config both configure a model: give one."
        )
    known = _known_names(options)
    if name not in known:
        raise ConfigurationError(
            f"there is no agent '{name}' in this home (agents: {', '.join(known) or 'none'}). Give its "
            "home=, create it with create_memgpt_autogen_agent_from_config, or import it from MemGPT 0.3: "
            "memgpt-autogen import ~/.memgpt"
        )
    return _agent(
        name,
        {"config_list": [entry]} if entry else llm_config,
        options,
        is_termination_msg=is_termination_msg,
        default_auto_reply=default_auto_reply,
        interface_kwargs=interface_kwargs,
    )


# the text in the human block of a new agent, by human_input_mode
_NOBODY = {
    "ALWAYS": None,
    "TERMINATE": "Nobody may answer me for a while. I go on by myself, and say TERMINATE when all is done.",
    "NEVER": "Nobody will answer me. I go on by myself and leave nothing open.",
}

_SHOWS = ("debug", "show_inner_thoughts", "show_function_outputs")
_INTERFACE = (*_SHOWS, "fancy", "show_user_message", "message_list")


def _agent(
    name: str,
    llm_config: Any,
    options: Mapping[str, Any],
    *,
    function_map: Optional[Mapping[str, Callable[..., Any]]] = None,
    code_execution_config: Any = None,
    default_auto_reply: Reply = "",
    interface_kwargs: Optional[Mapping[str, Any]] = None,
    **given: Any,
) -> MemGPTConversableAgent:
    config, found = translate_config(llm_config)
    functions = dict(function_map or {})
    return MemGPTConversableAgent(
        name,
        llm_config=config,
        function_map=functions,
        code_execution_config=False if code_execution_config is None else code_execution_config,
        default_auto_reply="" if default_auto_reply is None else default_auto_reply,
        **{
            **given,
            **found,
            "verbose": _shows(interface_kwargs or {}),
            **options,
            "tools": [*options.get("tools", ()), *_undescribed(functions, config)],
        },
    )


def _shows(interface_kwargs: Mapping[str, Any]) -> bool:
    for key in interface_kwargs:
        if key not in _INTERFACE:
            raise ConfigurationError(f"interface_kwargs has no '{key}'; it has {', '.join(_INTERFACE)}.")
    return any(interface_kwargs.get(key) for key in _SHOWS)


def _undescribed(functions: Mapping[str, Callable[..., Any]], config: Any) -> list[Tool]:
    """Tools for the functions that no schema of `llm_config` describes. AutoGen registers the others."""
    settings = config if isinstance(config, Mapping) else {}
    places = [settings, *settings.get("config_list", ())]
    schemas = [schema for place in places for schema in place.get("functions") or ()]
    schemas += [tool["function"] for place in places for tool in place.get("tools") or ()]
    described = {schema["name"] for schema in schemas}
    return [
        Tool.from_function(function, name=name)
        for name, function in functions.items()
        if name not in described
    ]


def _known_names(options: Mapping[str, Any]) -> Sequence[str]:
    """The names of the agents in the home of these options."""
    if options.get("memory") is not None:
        return [options["memory"].name]
    if options.get("ephemeral"):
        return []
    return agent_names(options.get("settings") or Settings.load(home=options.get("home")))
