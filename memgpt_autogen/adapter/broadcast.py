"""Which member hears a group's message next, and whether anything can happen before that.

AutoGen's manager adds a message to the group's list, and then sends it to the members in their order, except
to the one that said it. That is the same in all supported versions. A program can change it in many ways;
where it has, nothing is sure.
"""

from __future__ import annotations

from typing import Any

from autogen import GroupChatManager

_RUNS = (GroupChatManager.run_chat, GroupChatManager.a_run_chat)

_SENDING = ("send", "a_send", "_process_message_before_send", "_append_oai_message")

_RECEIVING = ("receive", "a_receive", "_process_received_message", "_append_oai_message")


def next_listener(member: Any, message: Any, manager: Any) -> Any:
    """Return the agent that a manager gives this message right after it gave it to `member`.

    None where that is not sure, where anything but AutoGen's own code may run in between, and after the last
    member.
    """
    if type(manager) is not GroupChatManager or not _only_sends(manager):
        return None
    messages, speaker = manager.groupchat.messages, manager.last_speaker
    # else it is for one member alone, or an older one that is delivered again
    if not messages or messages[-1] is not message or speaker is None:
        return None
    if message.get("name") != speaker.name:
        return None  # the older form of a tool's result has the function's name
    following = None
    for each in reversed(manager.groupchat.agents):
        if each is member:
            return following
        if each is not speaker:
            following = each
    return None


def receives_as(kind: type, agent: Any) -> bool:
    """Return whether an agent receives messages in the way of this class, which nobody has changed."""
    return all(
        getattr(getattr(agent, name), "__func__", None) is getattr(kind, name, None) for name in _RECEIVING
    )


def _only_sends(manager: Any) -> bool:
    """Return whether a manager of AutoGen's class does nothing of a program's while it sends a message."""
    return (
        manager._reply_func_list[0]["reply_func"] in _RUNS  # noqa: SLF001  no public way
        and not manager.hook_lists.get("process_message_before_send")
        and not getattr(manager.groupchat, "_inter_agent_guardrails", ())
        and vars(manager).keys().isdisjoint(_SENDING)
    )
