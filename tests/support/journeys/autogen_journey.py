"""What works with AutoGen itself, where the model of an agent is one of ours."""

from __future__ import annotations

from typing import Any

import autogen
from journey import KEY, URL, Journey, ask, check, heard

journey = Journey()


def config(model: str) -> dict[str, Any]:
    entry = {"model": model, "base_url": f"{URL}/v1", "api_key": KEY, "price": [0, 0]}
    return {"config_list": [entry], "cache_seed": None}


def agent(name: str) -> Any:
    """An AutoGen agent whose model is a new agent of the server with this name."""
    ask("POST", "/agents", {"name": name})
    return autogen.AssistantAgent(name, llm_config=config(name), system_message="Be brief.")


def person(name: str = "ben", replies: int = 0) -> Any:
    return autogen.UserProxyAgent(
        name,
        human_input_mode="NEVER",
        code_execution_config=False,
        max_consecutive_auto_reply=replies,
        default_auto_reply="Go on.",
    )


@journey.call("user.initiate_chat(assistant, message=...)")
def _chat() -> None:
    sam, ben = agent("ag-sam"), person()
    ben.initiate_chat(sam, message="Hello.", silent=True)
    check(ben.last_message(sam)["content"], "You said: Hello.")


@journey.call("a chat of several rounds is stored once")
def _rounds() -> None:
    sam, ben = agent("ag-rounds"), person(replies=2)
    ben.initiate_chat(sam, message="Hello.", silent=True)
    check([text for _, text in heard("ag-rounds")], ["Hello.", "Go on.", "Go on."])


@journey.call("the empty automatic reply of a UserProxyAgent")
def _empty() -> None:
    sam, ben = agent("ag-empty"), person(replies=1)
    ben._default_auto_reply = ""  # as it is without that argument
    ben.initiate_chat(sam, message="Hello.", silent=True)
    check([text for _, text in heard("ag-empty")], ["Hello.", ""])


@journey.call("a second chat knows the first one")
def _second() -> None:
    sam, ben = agent("ag-second"), person()
    ben.initiate_chat(sam, message="I live in Lisbon.", silent=True)
    ben.initiate_chat(sam, message="What did I say first?", silent=True)
    check(ben.last_message(sam)["content"], "You said: What did I say first?")
    check(len(heard("ag-second")), 2)


@journey.call("register_function: the assistant calls, the user executes")
def _functions() -> None:
    sam, ben = agent("ag-tools"), person(replies=1)

    def weather(city: str) -> str:
        """The weather of a city."""
        return f"sunny in {city}"

    autogen.register_function(weather, caller=sam, executor=ben, description="The weather of a city.")
    ben.initiate_chat(sam, message="How is the weather?", silent=True)
    check(ben.last_message(sam)["content"], "It is sunny in Lisbon.")
    check([text for _, text in heard("ag-tools")], ["How is the weather?"])


@journey.call("GroupChat: the names of the speakers are kept")
def _group() -> None:
    sam, ben, ada = agent("ag-group"), person("ben"), person("ada")
    order = iter([ada, sam])
    chat = autogen.GroupChat(
        [ben, ada, sam], messages=[], max_round=3, speaker_selection_method=lambda *_: next(order, None)
    )
    ada.register_reply(autogen.Agent, lambda *_, **__: (True, "I am Ada."), position=0)
    ben.initiate_chat(autogen.GroupChatManager(chat, llm_config=False), message="I am Ben.", silent=True)
    check(heard("ag-group"), [("ben", "I am Ben."), ("ada", "I am Ada.")])


journey.run()
