"""Import paths that the pages, notebooks and examples of 0.1 showed before the modules moved."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from loops import LoopFactory, MemoryFactory

from memgpt_autogen.display.agent_card import Card
from memgpt_autogen.moved import MOVED

# What `git grep -E "memgpt_autogen(\.\w+)+" -- docs README.md notebooks examples` found in that version.
SHOWN = """
memgpt_autogen.assembly.check_import
memgpt_autogen.assembly.choose_llm
memgpt_autogen.assembly.import_memory
memgpt_autogen.assembly.open_loop
memgpt_autogen.assembly.open_memory
memgpt_autogen.card.Card
memgpt_autogen.cli.app
memgpt_autogen.cli.shape.EXIT_CODES
memgpt_autogen.cli.slash.COMMANDS
memgpt_autogen.conversable.MemGPTAgent
memgpt_autogen.display.live.Watch
memgpt_autogen.display.plots.turns
memgpt_autogen.display.plots.window
memgpt_autogen.errors.DocumentError
memgpt_autogen.errors.ModelError
memgpt_autogen.events.Evicted
memgpt_autogen.events.PressureWarned
memgpt_autogen.events.Replied
memgpt_autogen.events.ReplyPart
memgpt_autogen.events.ToolCalled
memgpt_autogen.events.ToolReturned
memgpt_autogen.events.TurnEnded
memgpt_autogen.experiments.Rows
memgpt_autogen.experiments.Trial
memgpt_autogen.experiments.rows.Rows
memgpt_autogen.experiments.run
memgpt_autogen.experiments.running.run
memgpt_autogen.experiments.say
memgpt_autogen.experiments.trial.Trial
memgpt_autogen.experiments.turn.Turn
memgpt_autogen.experiments.turn.say
memgpt_autogen.fetching.fetch
memgpt_autogen.from_memgpt.create_memgpt_autogen_agent_from_config
memgpt_autogen.from_memgpt.load_autogen_memgpt_agent
memgpt_autogen.llm.discover.Backend
memgpt_autogen.llm.discover.discover
memgpt_autogen.llm.embedders.fast_embed.FastEmbedEmbedder
memgpt_autogen.llm.embedders.functions.CallableEmbedder
memgpt_autogen.llm.embedders.naming.open_embedder
memgpt_autogen.llm.embedders.sentence_transformers.SentenceTransformersEmbedder
memgpt_autogen.llm.embedders.static.Model2VecEmbedder
memgpt_autogen.llm.embedders.static.WordLlamaEmbedder
memgpt_autogen.llm.fallback.FallbackLLM
memgpt_autogen.llm.offline.OfflineLLM
memgpt_autogen.llm.openai.OpenAIEmbedder
memgpt_autogen.llm.openai.OpenAILLM
memgpt_autogen.llm.protocols.Completion
memgpt_autogen.llm.protocols.LLM
memgpt_autogen.llm.protocols.ToolChoice
memgpt_autogen.llm.protocols.ToolSchema
memgpt_autogen.loop.HeartbeatLoop
memgpt_autogen.memory.archival.Archive
memgpt_autogen.memory.block.Block
memgpt_autogen.memory.core.CoreMemory
memgpt_autogen.memory.filling.fillings
memgpt_autogen.memory.hierarchy.MemoryHierarchy
memgpt_autogen.memory.history.Change
memgpt_autogen.memory.history.MemoryState
memgpt_autogen.memory.log.Log
memgpt_autogen.memory.overview.ContextOverview
memgpt_autogen.memory.passages.Draft
memgpt_autogen.memory.recall.RecallMemory
memgpt_autogen.memory.recall.RecallPage
memgpt_autogen.memory.recall.Utterance
memgpt_autogen.messages.Message
memgpt_autogen.messages.ToolCall
memgpt_autogen.messages.WireMessage
memgpt_autogen.messaging.message_agent
memgpt_autogen.settings.Settings
memgpt_autogen.testing.HTTPFailure
memgpt_autogen.testing.HashingEmbedder
memgpt_autogen.testing.InPieces
memgpt_autogen.testing.ScriptedLLM
memgpt_autogen.testing.ScriptedServer
memgpt_autogen.testing.call
memgpt_autogen.testing.embedder.HashingEmbedder
memgpt_autogen.testing.says
memgpt_autogen.testing.scripted.ScriptedLLM
memgpt_autogen.testing.server.ScriptedServer
memgpt_autogen.tools.approval.Approval
memgpt_autogen.tools.approval.in_terminal
memgpt_autogen.tools.clock.current_time
memgpt_autogen.tools.files.read_files
memgpt_autogen.tools.mcp.mcp_tools
memgpt_autogen.tools.tool.Tool
memgpt_autogen.tools.web.fetch_page
memgpt_autogen.tools.web_search.WebResult
memgpt_autogen.tools.web_search.web_search
memgpt_autogen.trace.Trace
memgpt_autogen.turn.Limits
""".split()

MODULES = sorted(old for old in MOVED if ":" not in old)
NAMES = sorted(old.split(":") for old in MOVED if ":" in old)


@pytest.fixture(autouse=True)
def _never_imported() -> Iterator[None]:
    """Python warns when it loads a module, so each test starts without the old ones."""
    yield _forget()
    _forget()


def _forget() -> None:
    for old in MODULES:
        if sys.modules.pop(old, None) is not None:
            package, _, name = old.rpartition(".")
            delattr(sys.modules[package], name)


@pytest.mark.parametrize("path", SHOWN)
def test_a_path_that_was_shown_gives_the_object_of_its_new_path(path: str) -> None:
    module, _, name = path.rpartition(".")
    new = MOVED.get(module) or MOVED.get(f"{module}:{name}")

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        scope: dict[str, object] = {}
        exec(f"from {module} import {name}", scope)

    # AutoGen has warnings of its own
    warned = [str(each.message) for each in seen if str(each.message).startswith("memgpt_autogen.")]
    old, moved_to = (module, new) if module in MOVED else (path, f"{new}.{name}")
    text = f"{old} is now {moved_to}; the old name works until the next 0.x release"
    assert warned == ([] if new is None else [text])
    if new is not None:
        assert scope[name] is getattr(importlib.import_module(new), name)


@pytest.mark.parametrize("old", MODULES)
def test_a_moved_module_is_the_new_module(old: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"^{old} is now {MOVED[old]};"):
        module = importlib.import_module(old)

    new = importlib.import_module(MOVED[old])
    assert module is new
    assert new.__name__ == MOVED[old]
    assert new.__spec__ is not None
    assert new.__spec__.name == MOVED[old]


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_a_moved_name_is_found_where_it_was(module: str, name: str) -> None:
    new = MOVED[f"{module}:{name}"]

    with pytest.warns(DeprecationWarning, match=f"^{module}.{name} is now {new}.{name};"):
        found = getattr(importlib.import_module(module), name)

    assert found is getattr(importlib.import_module(new), name)


def test_a_renamed_method_warns_where_it_is_called(make_memory: MemoryFactory) -> None:
    memory = make_memory()

    with pytest.warns(DeprecationWarning, match=r"^Card\.of is now Card\.read;") as warned:
        old = Card.of(memory, None)

    assert old == Card.read(memory, None)
    assert warned[0].filename == __file__


@pytest.mark.parametrize(
    "statement",
    [
        "import memgpt_autogen.turn",
        "from memgpt_autogen.turn import Limits",
        "from memgpt_autogen import turn",
        "importlib.import_module('memgpt_autogen.turn')",
        "from memgpt_autogen.loop import HeartbeatLoop",
        "from memgpt_autogen.assembly import import_memory",
    ],
)
def test_the_warning_points_at_the_line_that_imports(statement: str, tmp_path: Path) -> None:
    script = tmp_path / "notebook.py"
    script.write_text(f"import importlib\n\n{statement}\n{statement}\n")

    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)

    # shown by default in __main__; a module is loaded once, and a name is looked up each time
    lines = [line for line in run.stderr.splitlines() if "DeprecationWarning" in line]
    assert lines[0].startswith(f"{script}:3: DeprecationWarning: memgpt_autogen.")
    assert len(lines) == (1 if "turn" in statement else 2)


def test_what_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'memgpt_autogen\.turns'$"):
        importlib.import_module("memgpt_autogen.turns")
    with pytest.raises(
        ModuleNotFoundError, match=r"^No module named 'memgpt_autogen\.memory\.recall\.Utterance'"
    ):
        importlib.import_module("memgpt_autogen.memory.recall.Utterance")
    with pytest.raises(
        ImportError, match=r"^cannot import name 'HeartbeatLoops' from 'memgpt_autogen\.loop'"
    ):
        exec("from memgpt_autogen.loop import HeartbeatLoops")
    with pytest.raises(AttributeError, match=r"^module 'memgpt_autogen\.loop' has no attribute 'Loop'$"):
        importlib.import_module("memgpt_autogen.loop").Loop  # noqa: B018


def test_nothing_is_loaded_or_said_where_no_old_path_is_used() -> None:
    program = "import sys, memgpt_autogen; print(*(name for name in sys.modules if 'memgpt' in name))"

    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )

    assert set(run.stdout.split()) == {"memgpt_autogen", "memgpt_autogen.moved", "memgpt_autogen._version"}


def test_the_loop_still_tells_what_it_offers_under_the_old_name(make_loop: LoopFactory) -> None:
    loop = make_loop()

    with pytest.warns(DeprecationWarning, match=r"^HeartbeatLoop\.offer is now HeartbeatLoop\.head"):
        offered = loop.offer("Be brief.")
    assert offered == list(loop.head("Be brief.").tools)
