"""AutoGen's models, against real AutoGen and the scripted server."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from proxies import recording_proxy
from typing_extensions import Self

from memgpt_autogen.errors import ConfigurationError, ContextOverflowError, ModelError
from memgpt_autogen.llm.protocols import Usage
from memgpt_autogen.testing import Delayed, HTTPFailure, ScriptedServer, call, says
from memgpt_autogen.testing.engines import OllamaServer

autogen = pytest.importorskip("autogen")
if not hasattr(autogen, "ConversableAgent"):
    pytest.skip("this autogen has no ConversableAgent", allow_module_level=True)

from memgpt_autogen.adapter.llm import LEFT_OUT, AutoGenLLM  # noqa: E402
from memgpt_autogen.adapter.private_clients import keep_private  # noqa: E402
from memgpt_autogen.conversable import MemGPTAgent  # noqa: E402

pytestmark = pytest.mark.autogen

HELLO = [{"role": "user", "content": "hello"}]
SECRET = "sk-test-4f9a1c7788"


def tool(name: str) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {}}
    return {"type": "function", "function": {"name": name, "description": name, "parameters": parameters}}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # AutoGen 0.2 writes its cache to the working directory
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path


def quick(server: ScriptedServer, **entry: Any) -> dict[str, Any]:
    """A configuration without the client's own retries, which would wait."""
    config = server.llm_config
    config["config_list"][0].update(max_retries=0, **entry)
    return config


def test_an_answer_arrives_with_its_text_calls_and_usage() -> None:
    noted = call("send_message", message="Noted.")
    with ScriptedServer(
        says("Thinking.", noted, usage=Usage(120, 9)), says("Hi.", usage=Usage(50, 1))
    ) as server:
        llm = AutoGenLLM(server.llm_config)
        step = llm.complete(HELLO, [tool("send_message")], "required")
        plain = llm.complete(HELLO)

    assert (step.text, step.tool_calls, step.finish_reason) == ("Thinking.", (noted,), "tool_calls")
    assert step.usage == Usage(120, 9, cost=0.0)  # the server's llm_config has a price of nothing
    assert (plain.text, plain.tool_calls, plain.finish_reason) == ("Hi.", (), "stop")
    assert server.requests[0]["tool_choice"] == "required"
    assert "tools" not in server.requests[1]


def test_an_answer_without_content_is_empty_text() -> None:
    with ScriptedServer(says("")) as server:
        assert AutoGenLLM(server.llm_config).complete(HELLO).text == ""


def test_tools_of_the_configuration_do_not_replace_ours() -> None:
    with ScriptedServer(says("Hi.")) as server:
        config = {**server.llm_config, "tools": [tool("theirs")]}
        AutoGenLLM(config).complete(HELLO, [tool("ours")], "required")

    assert [each["function"]["name"] for each in server.requests[0]["tools"]] == ["ours"]


@pytest.mark.parametrize("level", ["top", "entry"])
def test_settings_of_the_agents_own_client_are_left_out_at_both_levels(level: str) -> None:
    theirs = {
        "tools": [tool("theirs")],
        "tool_choice": "none",
        "stream": True,
        "stream_options": {"include_usage": True},
        "n": 2,
        "response_format": {"type": "json_object"},
        "parallel_tool_calls": False,
        "temperature": 0.3,
    }
    with ScriptedServer(says("Hi."), says("Ho.")) as server:
        config = server.llm_config
        (config if level == "top" else config["config_list"][0]).update(theirs)
        llm = AutoGenLLM(config)
        llm.complete(HELLO, [tool("ours")], "required")
        llm.complete(HELLO)

    with_tools, without = server.requests
    assert with_tools.pop("stream") is False
    assert with_tools == {
        "model": "scripted",
        "messages": HELLO,
        "tools": [tool("ours")],
        "tool_choice": "required",
        "parallel_tool_calls": False,  # refused where there are no tools
        "temperature": 0.3,
    }
    assert LEFT_OUT.isdisjoint(set(without) - {"messages", "stream"})
    assert "parallel_tool_calls" not in without


def test_the_configuration_is_never_changed() -> None:
    with ScriptedServer(says("Hi.")) as server:
        config = {**server.llm_config, "tools": [tool("theirs")], "stream": True, "timeout": 30}
        before = copy.deepcopy(config)
        AutoGenLLM(config).complete([{"role": "system", "content": "Be brief."}, *HELLO])

    assert config == before


def test_messages_are_never_changed() -> None:
    step = {"role": "assistant", "content": None, "tool_calls": [call("noop").to_wire()]}
    messages = [{"role": "system", "content": "Be brief."}, *HELLO, step]
    before = copy.deepcopy(messages)
    with ScriptedServer(says("Hi."), model="mistral-tiny") as server:  # AutoGen rewrites roles for this one
        AutoGenLLM(server.llm_config).complete(messages)

    assert messages == before
    assert server.requests[0]["messages"][2]["content"] == ""


@pytest.mark.skipif(not hasattr(autogen, "LLMConfig"), reason="LLMConfig came with AutoGen 0.9")
def test_an_llm_config_object_serves_like_a_dictionary() -> None:
    with ScriptedServer(says("Hi.")) as server:
        settings: dict[str, Any] = {"cache_seed": None, "temperature": 0.3, "tools": [tool("theirs")]}
        entries = server.llm_config["config_list"]
        try:
            config = autogen.LLMConfig(config_list=entries, **settings)
        except TypeError:  # AutoGen 0.14 takes the entries as arguments
            config = autogen.LLMConfig(*entries, **settings)
        before = config.model_dump()
        completion = AutoGenLLM(config).complete(HELLO, [tool("ours")])

    assert completion.text == "Hi."
    assert config.model_dump() == before
    assert server.requests[0]["temperature"] == 0.3
    assert server.requests[0]["tools"] == [tool("ours")]


def test_a_configuration_without_a_list_serves_too() -> None:
    with ScriptedServer(says("Hi.")) as server:
        (entry,) = server.llm_config["config_list"]

        assert AutoGenLLM(entry).complete(HELLO).text == "Hi."


def test_nothing_is_cached_unless_the_configuration_asks(own_folder: Path) -> None:
    with ScriptedServer(says("One."), says("Two.")) as server:
        config = server.llm_config
        del config["cache_seed"]
        llm = AutoGenLLM(config)

        assert [llm.complete(HELLO).text, llm.complete(HELLO).text] == ["One.", "Two."]
    assert list(own_folder.iterdir()) == []


def test_a_cache_of_the_configuration_is_used() -> None:
    class Remembering:
        def __init__(self) -> None:
            self.answers: dict[str, Any] = {}

        def get(self, key: Any, default: Any) -> Any:
            return self.answers.get(repr(key), default)

        def set(self, key: Any, value: Any) -> None:
            self.answers[repr(key)] = value

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *error: object) -> None:
            pass

    with ScriptedServer(says("One.", usage=Usage(10, 2))) as server:
        account = autogen.OpenAIWrapper(**server.llm_config)
        llm = AutoGenLLM({**server.llm_config, "cache": Remembering()}, account=lambda: account)

        assert [llm.complete(HELLO).text, llm.complete(HELLO).text] == ["One.", "One."]
    assert account.actual_usage_summary["scripted"]["prompt_tokens"] == 10
    assert account.total_usage_summary["scripted"]["prompt_tokens"] == 20


def test_usage_is_booked_as_if_the_agents_client_had_called() -> None:
    answers = [says("Hi.", usage=Usage(1000, 200)), says("Ho.", usage=Usage(3000, 100))]
    with ScriptedServer(*answers, *answers) as server:
        config = quick(server, price=[0.5, 1.5])
        client, account = autogen.OpenAIWrapper(**config), autogen.OpenAIWrapper(**config)
        for _ in answers:
            client.create(messages=HELLO)
        llm = AutoGenLLM(config, account=lambda: account)
        for _ in answers:
            llm.complete(HELLO)

    assert account.total_usage_summary == client.total_usage_summary
    assert account.actual_usage_summary == client.actual_usage_summary
    assert account.total_usage_summary["total_cost"] == pytest.approx(4 * 0.5 + 0.3 * 1.5)


def test_an_agents_summary_counts_what_was_asked_through_its_own_client_too() -> None:
    with ScriptedServer(says("Hi.", usage=Usage(10, 2)), says("Ho.", usage=Usage(30, 4))) as server:
        agent = autogen.ConversableAgent("sam", llm_config=server.llm_config, human_input_mode="NEVER")
        AutoGenLLM(server.llm_config, account=lambda: agent.client).complete(HELLO)
        agent.generate_reply(HELLO)

    assert agent.get_total_usage()["scripted"]["prompt_tokens"] == 40
    assert autogen.gather_usage_summary([agent])["usage_including_cached_inference"]["total_cost"] == 0


def test_an_agent_without_a_client_has_no_account() -> None:
    with ScriptedServer(says("Hi.")) as server:
        assert AutoGenLLM(server.llm_config, account=lambda: None).complete(HELLO).text == "Hi."


@pytest.mark.parametrize(
    "failure", [HTTPFailure(429), HTTPFailure(500), HTTPFailure(0), Delayed(3600, says("Never."))]
)
def test_the_next_entry_answers_when_one_fails(failure: Any) -> None:
    with ScriptedServer(otherwise=failure) as broken, ScriptedServer(says("Hi."), model="second") as sound:
        config = quick(broken, timeout=1)
        config["config_list"] += quick(sound)["config_list"]

        assert AutoGenLLM(config).complete(HELLO).text == "Hi."
    assert len(broken.requests) == 1


def test_the_next_entry_answers_when_nobody_is_at_the_first_address() -> None:
    with ScriptedServer() as gone:
        config = quick(gone)
    with ScriptedServer(says("Hi."), model="second") as sound:
        config["config_list"] += quick(sound)["config_list"]

        assert AutoGenLLM(config).complete(HELLO).text == "Hi."


def test_a_client_waits_and_tries_again_as_often_as_its_entry_says() -> None:
    soon = HTTPFailure(429, headers={"Retry-After": "0.01"})
    with ScriptedServer(soon, soon, says("Hi.")) as server:
        config = quick(server)
        config["config_list"][0]["max_retries"] = 2

        assert AutoGenLLM(config).complete(HELLO).text == "Hi."


def test_the_price_of_an_entry_makes_a_cost_and_none_makes_none(caplog: pytest.LogCaptureFixture) -> None:
    taken = says("Hi.", usage=Usage(1000, 200))
    with ScriptedServer(taken, taken) as server:
        priced, unpriced = quick(server, price=[0.5, 1.5]), quick(server)
        del unpriced["config_list"][0]["price"]

        assert AutoGenLLM(priced).complete(HELLO).usage.cost == pytest.approx(0.5 + 0.2 * 1.5)
        assert AutoGenLLM(unpriced).complete(HELLO).usage == Usage(1000, 200)


def test_a_provider_that_tells_the_cost_is_believed() -> None:
    with ScriptedServer(says("Hi.", usage=Usage(1000, 200, 600, cost=0.25))) as server:
        config = quick(server)
        del config["config_list"][0]["price"]

        assert AutoGenLLM(config).complete(HELLO).usage == Usage(1000, 200, 600, 0.25)


def test_a_format_is_asked_for_as_it_stands_and_bounds_the_answer() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "step", "schema": {"type": "object"}}}
    with ScriptedServer(otherwise=says("{}", usage=Usage(3, 1))) as server:
        config = quick(server)
        before = copy.deepcopy(config)
        completion = AutoGenLLM(config).constrained(HELLO, wanted)
        AutoGenLLM(quick(server, max_tokens=50)).constrained(HELLO, None)

    formatted, bare = server.requests
    assert completion.text == "{}"
    assert formatted["response_format"] == wanted
    assert formatted["max_tokens"] == 1024
    assert "extra_body" not in formatted
    assert (bare["max_tokens"], "response_format" in bare) == (50, False)
    assert config == before


def test_a_format_that_cannot_be_asked_for_is_a_model_error() -> None:
    agent = autogen.ConversableAgent("sam", llm_config=PARROT, human_input_mode="NEVER")
    agent.register_model_client(model_client_cls=Parrot, greeting="Polly says")
    with ScriptedServer(says("{}")) as server:
        own_body = AutoGenLLM(quick(server, extra_body={"top_k": 7}))
        for llm in (own_body, AutoGenLLM(PARROT, account=lambda: agent.client)):
            with pytest.raises(ModelError, match="cannot be asked for a format"):
                llm.constrained(HELLO, {"type": "json_object"})
            assert llm.constrained(HELLO, None).text

    assert server.requests[0]["top_k"] == 7


@pytest.mark.parametrize(
    ("entry", "unsure"),
    [
        ({"base_url": "http://localhost:8080/v1"}, True),
        ({"base_url": "https://api.openai.com/v1"}, False),
        ({}, False),
        ({"base_url": "https://x.openai.azure.com", "api_type": "azure", "api_version": "2024-10-21"}, False),
    ],
)
def test_a_server_of_ones_own_may_not_know_tools(entry: dict[str, Any], unsure: bool) -> None:
    llm = AutoGenLLM({"config_list": [{"model": "m", "api_key": SECRET, **entry}]})

    assert llm.may_not_know_tools is unsure
    assert not AutoGenLLM(PARROT).may_not_know_tools


def failed(*answers: Any, **entry: Any) -> tuple[Exception, str]:
    with ScriptedServer(*answers) as server, pytest.raises((ModelError, ConfigurationError)) as caught:
        AutoGenLLM(quick(server, **entry)).complete(HELLO)
    return caught.value, server.url


def test_a_failure_names_model_address_status_and_way_out() -> None:
    error, url = failed(HTTPFailure(404, {"error": {"message": "no such model"}}))

    assert isinstance(error, ModelError)
    assert str(error) == (
        f"model 'scripted' at {url} answered 404: no such model. "
        "Check the model's name and the base_url, which usually ends in /v1."
    )


def test_a_prompt_that_is_too_long_is_an_overflow() -> None:
    said = "request (6030 tokens) exceeds the available context size (4096 tokens)"
    error, _ = failed(HTTPFailure(400, {"error": {"message": said, "type": "exceed_context_size_error"}}))

    assert isinstance(error, ContextOverflowError)
    assert error.prompt_tokens == 6030


def test_a_slow_answer_is_a_timeout() -> None:
    error, _ = failed(Delayed(3600, says("Never.")), timeout=0.1)

    assert isinstance(error, ModelError)
    assert "raise the timeout" in str(error)


def test_a_key_is_never_shown() -> None:
    echo = HTTPFailure(401, {"error": {"message": f"bad key {SECRET}"}})
    error, _ = failed(echo, api_key=SECRET)
    with ScriptedServer() as server:
        shown = repr(AutoGenLLM(quick(server, api_key=SECRET)))

    assert SECRET not in str(error)
    assert error.__cause__ is None
    assert shown == "AutoGenLLM(scripted)"


@pytest.mark.parametrize("config", [None, False, {}, "gpt-4o"])
def test_a_missing_configuration_is_refused(config: Any) -> None:
    with pytest.raises(ConfigurationError, match="llm_config is"):
        AutoGenLLM(config)


def test_a_configuration_that_makes_no_client_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="cannot create a client"):
        AutoGenLLM({"config_list": [{"model": "gpt-4o", "api_key": None}]})


def test_a_setting_the_provider_does_not_take_is_named() -> None:
    error, _ = failed(context_window=8000)

    assert isinstance(error, ConfigurationError)
    assert "context_window" in str(error)


class Parrot:
    """A custom model client, as AutoGen's documentation describes them."""

    def __init__(self, config: dict[str, Any], greeting: str) -> None:
        self.greeting = greeting

    def create(self, params: dict[str, Any]) -> SimpleNamespace:
        words = f"{self.greeting} {params['messages'][-1]['content']}"
        message = SimpleNamespace(content=words, function_call=None, tool_calls=None)
        return SimpleNamespace(choices=[SimpleNamespace(message=message)], model="parrot", id="parrot-1")

    def message_retrieval(self, response: SimpleNamespace) -> list[str]:
        return [choice.message.content for choice in response.choices]

    def cost(self, response: SimpleNamespace) -> float:
        response.cost = 0.25
        return 0.25

    @staticmethod
    def get_usage(response: SimpleNamespace) -> dict[str, Any]:
        tokens = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        return {**tokens, "cost": response.cost, "model": "parrot"}


PARROT = {"config_list": [{"model": "parrot", "model_client_cls": "Parrot"}], "cache_seed": None}


def test_a_custom_client_registered_with_the_agent_serves_here_too() -> None:
    agent = autogen.ConversableAgent("sam", llm_config=PARROT, human_input_mode="NEVER")
    llm = AutoGenLLM(PARROT, account=lambda: agent.client)
    agent.register_model_client(model_client_cls=Parrot, greeting="Polly says")

    assert llm.complete(HELLO).text == "Polly says hello"
    assert agent.get_total_usage()["total_cost"] == 0.25


def test_a_custom_client_can_be_registered_without_an_agent() -> None:
    llm = AutoGenLLM(PARROT)
    llm.register_model_client(Parrot, greeting="Polly says")

    assert llm.complete(HELLO).text == "Polly says hello"


def test_a_custom_client_that_nobody_registered_is_asked_for() -> None:
    with pytest.raises(ConfigurationError, match=r"register_model_client\(Parrot\)"):
        AutoGenLLM(PARROT).complete(HELLO)


def test_runtime_logging_takes_our_calls(own_folder: Path) -> None:
    log = own_folder / "runtime.log"
    with ScriptedServer(says("Hi.")) as server:
        autogen.runtime_logging.start(logger_type="file", config={"filename": str(log)})
        try:
            AutoGenLLM(server.llm_config, name="sam").complete(HELLO)
        finally:
            autogen.runtime_logging.stop()
            logging.shutdown()

    assert any(path.is_file() for path in own_folder.rglob("*.log"))


def test_a_scripted_server_causes_no_warnings_of_prices(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedServer(says("Hi.")) as server:
        AutoGenLLM(server.llm_config).complete(HELLO)

    captured = capsys.readouterr()
    assert "cost" not in caplog.text + captured.out + captured.err


def test_an_account_is_asked_at_the_time_of_the_call() -> None:
    """Registering a tool gives an AutoGen agent a new client."""
    clients: list[Any] = []
    with ScriptedServer(otherwise=says("Hi.", usage=Usage(10, 2))) as server:
        newest: Callable[[], Any] = lambda: clients[-1]  # noqa: E731
        llm = AutoGenLLM(server.llm_config, account=newest)
        for _ in range(2):
            clients.append(autogen.OpenAIWrapper(**server.llm_config))
            llm.complete(HELLO)

    assert [client.total_usage_summary["scripted"]["prompt_tokens"] for client in clients] == [10, 10]


@pytest.mark.parametrize("inside", [True, False])
def test_a_stream_in_the_configuration_is_said_to_be_not_used(
    inside: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedServer(otherwise=says("Hi.")) as server:
        config = copy.deepcopy(server.llm_config)
        AutoGenLLM(config)
        assert caplog.messages == []

        (config["config_list"][0] if inside else config)["stream"] = True
        llm = AutoGenLLM(config)
        for _ in range(2):
            llm.complete([{"role": "user", "content": "Hello"}])

    warned = [each.getMessage() for each in caplog.records if each.name.startswith("memgpt_autogen")]
    assert warned == ["stream in llm_config is for AutoGen's own replies: an agent's turns are not streamed."]
    assert not server.requests[0].get("stream")


def test_a_model_on_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with recording_proxy(monkeypatch) as asked, ScriptedServer(says("Hi."), says("Sam said hi.")) as server:
        AutoGenLLM(quick(server), proxy_private=True).complete(HELLO)
        agent = MemGPTAgent("sam", llm_config=server.llm_config, ephemeral=True, window_tokens=8192)
        agent.client.create(messages=HELLO)  # as AutoGen's summaries do

    assert asked == []
    assert len(server.requests) == 2


def test_a_client_of_the_persons_own_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with recording_proxy(monkeypatch) as asked, ScriptedServer() as server:
        import httpx

        config = quick(server, http_client=httpx.Client())
        with pytest.raises(ModelError, match="502"):
            AutoGenLLM(config).complete(HELLO)

    assert len(asked) == 1


def test_a_native_client_that_would_use_the_proxy_for_this_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    config = {"config_list": [{"model": "qwen3", "api_type": "ollama"}]}
    wrapper = SimpleNamespace(_clients=[object()])

    with pytest.raises(
        ConfigurationError, match=r"'ollama' would send every prompt .* Add 127\.0\.0\.1 to NO_PROXY"
    ):
        keep_private(wrapper, config)

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    keep_private(wrapper, config)


def test_what_the_environment_says_for_openai_goes_only_where_its_key_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    with ScriptedServer(says("Hi."), says("Hi."), says("Hi.")) as server:
        AutoGenLLM(quick(server)).complete(HELLO)
        AutoGenLLM(quick(server, organization="mine")).complete(HELLO)
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)
        AutoGenLLM(quick(server, api_key=SECRET)).complete(HELLO)

    names = ("openai-organization", "openai-project")
    sent = [tuple(map(headers.get, names)) for headers in server.headers]
    assert sent == [(None, None), ("mine", None), ("org-1", "proj-1")]


def test_a_model_that_is_still_loading_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    loading = HTTPFailure(503, {"error": {"message": "Loading model", "type": "unavailable_error"}})
    with ScriptedServer(loading, loading, says("Hi.")) as server:
        assert AutoGenLLM(quick(server)).complete(HELLO).text == "Hi."

    with ScriptedServer(loading) as server, pytest.raises(ModelError, match="Loading model"):
        AutoGenLLM(quick(server), loading_seconds=0).complete(HELLO)


def test_an_address_without_its_version_is_mended() -> None:
    with OllamaServer(model="small") as server:
        config = quick(server, base_url=server.root)

        assert AutoGenLLM(config).complete(HELLO).text == "Noted."
