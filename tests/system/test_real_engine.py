"""What the stand-in for llama.cpp's server does, on a real one with a real model.

`make realmodel` downloads both. Without them these tests are skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.realmodel_engine import MODELS, serving
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ContextOverflowError
from memgpt_autogen.events import Evicted, TurnEnded
from memgpt_autogen.llm.openai import OpenAILLM
from memgpt_autogen.llm.served import served_model
from memgpt_autogen.llm.text_calls.plain import with_function_calling
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings

CACHE = Path(os.environ.get("MEMGPT_AUTOGEN_REALMODEL", Path(__file__).parents[2] / ".cache/realmodel"))
MODEL = MODELS["0.5b"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not ((CACHE / "engine").exists() and (CACHE / f"{MODEL.sha256[:16]}.gguf").exists()),
        reason="no real engine here; `make realmodel` downloads one",
    ),
]

TEXT = "The ferry to the island leaves at ten past ten from the north pier. "


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A real llama.cpp with a window of 1,536 tokens."""
    with serving(MODEL, CACHE, window=1536, threads=1) as address:
        yield address


def llm_of(url: str) -> OpenAILLM:
    return OpenAILLM("local", base_url=url, temperature=0, max_tokens=40, timeout=600)


def test_it_tells_the_window_that_it_serves_and_the_one_of_training(url: str) -> None:
    served = served_model(url, "any name", seconds=10)

    assert served is not None
    assert (served.kind, served.window_tokens, served.trained_tokens) == ("llama.cpp", 1536, 32_768)
    assert served.is_small


def test_its_refusal_tells_the_prompt_and_the_window(url: str) -> None:
    with pytest.raises(ContextOverflowError) as caught:
        llm_of(url).complete([{"role": "user", "content": TEXT * 300}])

    assert (caught.value.window_tokens, caught.value.status) == (1536, 400)
    assert 4000 < (caught.value.prompt_tokens or 0) < 6000


def test_a_turn_goes_on_in_the_window_that_a_refusal_told(url: str) -> None:
    memory = open_memory("sam", Settings.load(discover=False), ephemeral=True)
    memory.log.append(*(Message.said_by("ada", f"Note {number}. {TEXT * 5}") for number in range(20)))
    llm = with_function_calling(llm_of(url), "plain")
    loop = open_loop(memory, llm, window_tokens=32_768, limits=Limits(steps=1))

    events = list(loop.run([Message.said_by("ada", "Hello!")]))

    assert any(isinstance(event, Evicted) for event in events)
    assert isinstance(events[-1], TurnEnded)
    assert loop.pressure.budget.window == 1536
    assert loop.pressure.last_sent is not None
    assert 0.5 < loop.pressure.last_sent.told_tokens / loop.pressure.last_sent.prompt_tokens < 1.5
    assert open_loop(memory, llm, window_tokens=32_768).pressure.budget.window == 1536
