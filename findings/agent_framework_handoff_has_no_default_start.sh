#!/usr/bin/env bash
# agent-framework-orchestrations 1.4.0: `HandoffBuilder.build()` raises a ValueError if `with_start_agent` was not called.
# The docstring of `with_start_agent` says that the first participant starts then.
#
# The docstring of the constructor asks for the participants and `build` only, and the example of `with_checkpointing`
# leaves the call out, so it raises too.
#
# Output seen with agent-framework-core 1.23.0, agent-framework-orchestrations 1.4.0 and Python 3.11:
#   the docstring of with_start_agent has a default: True
#   the example of with_checkpointing builds without it: True
#   built without it: ValueError: Must call with_start_agent(...) before building the workflow.
#   built with it: ada starts
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'agent-framework-core==1.23.0' 'agent-framework-orchestrations==1.4.0'
"$folder/venv/bin/python" -W ignore - <<'PY'
from agent_framework import Agent, BaseChatClient, ChatMiddlewareLayer, FunctionInvocationLayer
from agent_framework.orchestrations import HandoffBuilder


class Client(FunctionInvocationLayer, ChatMiddlewareLayer, BaseChatClient):
    def _inner_get_response(self, **options):
        raise NotImplementedError("nobody is asked here")


def built(start=None):
    members = [Agent(Client(), name=name, require_per_service_call_history_persistence=True) for name in ("ada", "ben")]
    builder = HandoffBuilder(participants=members)
    if start is not None:
        builder = builder.with_start_agent(members[start])
    try:
        return f"{builder.build().start_executor_id} starts"
    except ValueError as error:
        return f"ValueError: {error}"


told = " ".join(HandoffBuilder.with_start_agent.__doc__.split())
described = "If not specified, the first" in told
example = HandoffBuilder.with_checkpointing.__doc__
left_out = ".build()" in example and "with_start_agent" not in example
without, called = built(), built(start=0)
print(f"the docstring of with_start_agent has a default: {described}")
print(f"the example of with_checkpointing builds without it: {left_out}")
print(f"built without it: {without}")
print(f"built with it: {called}")
assert described and left_out and called == "ada starts", "the behaviour has changed"
assert without.startswith("ValueError: Must call with_start_agent"), "the behaviour has changed"
PY
