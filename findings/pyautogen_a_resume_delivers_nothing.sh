#!/usr/bin/env bash
# pyautogen 0.9.0: `GroupChatManager.a_resume` gives the earlier messages to no member of the group.
#
# `resume` sends every earlier message to every member, so that a member who answers next has the whole chat.
# `a_resume` calls the coroutine `a_send` and does not await it. So each member only gets the last message, and Python
# warns of coroutines that were never awaited.
#
# Output seen with pyautogen 0.9.0 and Python 3.11:
#   resume: ben's transcript has 4 messages
#   a_resume: ben's transcript has 2 messages
#   a_resume: 4 coroutines were never awaited
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'pyautogen==0.9.0' 'openai==3.57.0'
"$folder/venv/bin/python" - <<'PY'
import asyncio
import copy
import gc
import warnings

warnings.simplefilter("ignore")
from autogen import ConversableAgent, GroupChat, GroupChatManager

EARLIER = [
    {"name": "ada", "role": "user", "content": "The ferry leaves at nine."},
    {"name": "ben", "role": "user", "content": "I will bring bread."},
    {"name": "ada", "role": "user", "content": "Who brings water?"},
]


def group():
    ada, ben = (
        ConversableAgent(name, llm_config=False, human_input_mode="NEVER", default_auto_reply=f"I am {name}.")
        for name in ("ada", "ben")
    )
    chat = GroupChat([ada, ben], [], max_round=2, speaker_selection_method="round_robin")
    return ben, GroupChatManager(chat, llm_config=False)


def continue_chat(agent, message, manager):
    agent.initiate_chat(manager, message=message, clear_history=False, silent=True)


ben, manager = group()
last, message = manager.resume(copy.deepcopy(EARLIER), silent=True)
continue_chat(last, message, manager)
whole = len(ben.chat_messages[manager])

ben, manager = group()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    last, message = asyncio.run(manager.a_resume(copy.deepcopy(EARLIER), silent=True))
    gc.collect()
never = sum("never awaited" in str(warning.message) for warning in caught)
continue_chat(last, message, manager)
partly = len(ben.chat_messages[manager])

print(f"resume: ben's transcript has {whole} messages")
print(f"a_resume: ben's transcript has {partly} messages")
print(f"a_resume: {never} coroutines were never awaited")
assert (whole, partly, never) == (4, 2, 4), "the behaviour has changed"
PY
