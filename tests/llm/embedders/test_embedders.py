"""Embedding models in this process: by name, from a folder, as any function; the real ones where they are installed.

`MEMGPT_AUTOGEN_MODELS` names a folder of models for the tests that need one: `minilm-onnx` for FastEmbed and `minilm` for
sentence-transformers, each with all files of all-MiniLM-L6-v2.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import math
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

from memgpt_autogen import (
    CallableEmbedder,
    FastEmbedEmbedder,
    Model2VecEmbedder,
    OpenAIEmbedder,
    SentenceTransformersEmbedder,
    WordLlamaEmbedder,
    open_embedder,
    open_memory,
)
from memgpt_autogen.errors import ConfigurationError, EmbedderMismatchError, ModelError
from memgpt_autogen.llm.embedders import hub
from memgpt_autogen.llm.embedders.fast_embed import known_prefixes
from memgpt_autogen.llm.embedders.local import fingerprint, require_package
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.client.index import ClientIndex
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import HashingEmbedder, ScriptedServer


def installed(package: str) -> Any:
    return pytest.mark.skipif(
        importlib.util.find_spec(package) is None, reason=f"the package {package} is not installed"
    )


def lengths(texts: list[str]) -> list[list[float]]:
    return [[float(len(text)), 2.0, 0.0] for text in texts]


def one(text: str) -> list[float]:
    return [float(len(text)), 2.0, 0.0]


def near(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


# --- any function ------------------------------------------------------------------------------------------------------


def as_array(texts: list[str]) -> Any:
    import numpy as np

    return np.array(lengths(texts), dtype=np.float32)


def as_arrays(texts: list[str]) -> Any:
    return iter(as_array(texts))


@pytest.mark.parametrize(
    "function", [lengths, one, as_array, as_arrays], ids=lambda function: function.__name__
)
def test_any_function_is_an_embedder_of_unit_vectors(function: Any) -> None:
    embedder = CallableEmbedder(function)

    vectors = embedder.embed(["four", "a"])

    assert vectors == [pytest.approx([4 / math.sqrt(20), 2 / math.sqrt(20), 0], abs=1e-6),
                       pytest.approx([1 / math.sqrt(5), 2 / math.sqrt(5), 0], abs=1e-6)]  # fmt: skip
    assert type(vectors[0][0]) is float
    assert embedder.embed_query("a") == vectors[1]
    assert (embedder.dimension, embedder.model) == (3, f"{__name__}.{function.__name__}")


def test_a_function_is_asked_in_batches_with_prefixes_and_its_dimension_is_found_once() -> None:
    asked: list[list[str]] = []

    def embed(texts: list[str]) -> list[list[float]]:
        asked.append(texts)
        return lengths(texts)

    embedder = CallableEmbedder(embed, model="m", passage_prefix="p: ", query_prefix="q: ", batch_size=2)

    assert embedder.known_dimension is None
    assert (embedder.dimension, embedder.dimension) == (3, 3)
    embedder.embed(["a", "b", ""])
    embedder.embed_query("a")
    assert asked == [["p: dimension"], ["p: a", "p: b"], ["p: "], ["q: a"]]
    assert embedder.model == "m ('p: ', 'q: ')"
    assert embedder.embed([]) == []


def test_a_function_for_questions_is_asked_for_questions() -> None:
    embedder = CallableEmbedder(
        lambda text: [1.0, 0.0], query=lambda text: [0.0, 1.0], model="m", one_at_a_time=True
    )

    assert (embedder.embed(["a"]), embedder.embed_query("a")) == ([[1.0, 0.0]], [0.0, 1.0])


def test_a_vector_of_zeros_is_near_nothing_and_no_error() -> None:
    assert CallableEmbedder(lambda texts: [[0, 0, 0]], model="m").embed(["?"]) == [[1.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([[1.0, math.nan]], "NaN or infinity"),
        ([[math.inf, 1.0]], "NaN or infinity"),
        ([1.0, 2.0], r"shape \(2,\) for 1 text;.*one_at_a_time=True"),
        ([[1.0], [2.0]], r"shape \(2, 1\) for 1 text;"),
        ([["a"]], "no list of vectors"),
        ([[]], "shape"),
        (None, "no list of vectors"),
    ],
)
def test_what_is_no_vector_is_an_error_that_says_so(given: Any, told: str) -> None:
    with pytest.raises(ModelError, match=f"'m' returned .*{told}"):
        CallableEmbedder(lambda texts: given, model="m").embed(["a"])


def test_huge_and_tiny_vectors_get_length_one_too() -> None:
    for size in (1e300, 1e-300):
        (vector,) = CallableEmbedder(lambda texts, size=size: [[size, size]], model="m").embed(["a"])
        assert math.hypot(*vector) == pytest.approx(1)


def test_a_declared_dimension_is_checked_and_another_one_later_too() -> None:
    with pytest.raises(ConfigurationError, match=r"returned 3 dimensions where dimension=4 was set. Set 3"):
        CallableEmbedder(lengths, dimension=4).embed(["a"])

    changing = CallableEmbedder(lambda texts: [[1.0] * len(texts[0])], model="m")
    changing.embed(["abc"])
    with pytest.raises(ModelError, match="4 dimensions after 3 before"):
        changing.embed(["abcd"])


async def later(texts: list[str]) -> list[list[float]]:
    await asyncio.sleep(0)
    return lengths(texts)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: CallableEmbedder(lambda texts: []), "model='a name that changes"),
        (lambda: CallableEmbedder(functools.partial(lengths)), "model='a name that changes"),
        (lambda: CallableEmbedder(later), "asynchronous"),
        (lambda: CallableEmbedder(7), "7 is no function"),  # type: ignore[arg-type]
        (lambda: CallableEmbedder(lengths, batch_size=0), "batch_size is 0"),
        (lambda: open_embedder(7), "embedder=7 is no embedder"),  # type: ignore[arg-type]
        (lambda: open_embedder("fastembed:"), "no name after the colon"),
        (lambda: open_embedder("wordllama:big"), "64, 128, 256 or nothing"),
        (lambda: WordLlamaEmbedder(dimension=100), "64, 128 or 256 dimensions, not 100"),
        (lambda: require_package("no_such_package_anywhere", "fastembed"), r"pip install 'memgpt-autogen\[fastembed\]'"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_embedder_is_an_error_with_a_way_out(make: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        make()


def test_one_thread_at_a_time_calls_a_function() -> None:
    inside, most = 0, 0

    def embed(texts: list[str]) -> list[list[float]]:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.005)
        inside -= 1
        return lengths(texts)

    embedder = CallableEmbedder(embed, model="m")
    threads = [threading.Thread(target=embedder.embed, args=(["a"],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1


# --- by name -----------------------------------------------------------------------------------------------------------


def test_a_name_an_object_and_a_function_are_all_embedders(tmp_path: Path) -> None:
    hashing = HashingEmbedder()
    endpoint = open_embedder("nomic-embed-text:latest", base_url="http://localhost:11434/v1", dimension=256)

    assert isinstance(endpoint, OpenAIEmbedder)
    assert (endpoint.model, endpoint.known_dimension) == ("nomic-embed-text:latest", 256)
    named = open_embedder("openai:fastembed:x", base_url="http://localhost/v1")
    assert isinstance(named, OpenAIEmbedder)
    assert named.model == "fastembed:x"
    assert open_embedder(hashing) is hashing
    assert isinstance(open_embedder(lengths), CallableEmbedder)
    assert open_embedder("None") is None
    for kind, package in (("fastembed", "fastembed"), ("sentence_transformers", "sentence_transformers")):
        if importlib.util.find_spec(package) is None:
            with pytest.raises(ConfigurationError, match=rf"memgpt-autogen\[{kind.replace('_', '-')}\]"):
                open_embedder(f"{kind}:some/model")
        else:
            with pytest.raises(ConfigurationError, match="there is no folder"):
                open_embedder(f"{kind}:{tmp_path / 'missing'}")


@installed("wordllama")
def test_settings_and_arguments_name_an_embedder_in_the_same_way(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, embedding_model="wordllama", embedding_dimension=64)

    assert open_memory("sam", settings).archival.embedding_model == "wordllama:l2_supercat"
    assert open_memory("sam", settings, embedder="none").archival.embedding_model is None
    assert open_memory("sam", settings, embedder=lengths).archival.embedding_model == f"{__name__}.lengths"
    fork = open_memory("sam", settings, embedder="none").fork("tim")
    assert fork.archival.embedding_model is None


def test_prefixes_of_known_models_are_known() -> None:
    assert known_prefixes("intfloat/multilingual-e5-small") == ("passage: ", "query: ")
    assert known_prefixes("BAAI/bge-small-en-v1.5")[0] == ""
    assert known_prefixes("BAAI/bge-small-en-v1.5")[1].startswith("Represent this sentence")
    assert known_prefixes("sentence-transformers/all-MiniLM-L6-v2") == ("", "")


def test_a_folders_name_stays_when_it_moves_and_changes_when_the_model_does(tmp_path: Path) -> None:
    first, second = tmp_path / "one" / "model", tmp_path / "two" / "model"
    for folder in (first, second):
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(b"x" * 1_000_000)
        (folder / "README.md").write_text(str(folder))

    assert fingerprint(first) == fingerprint(second)
    (second / "model.onnx").write_bytes(b"x" * 500_000 + b"y" * 500_000)
    assert fingerprint(first) != fingerprint(second)


# --- a model that is not here ------------------------------------------------------------------------------------------


class Library:
    """Loads a model, or fails as often as it is told to."""

    def __init__(self, *failures: str) -> None:
        self.failures = list(failures)
        self.tries: list[bool] = []

    def __call__(self, local: bool) -> str:
        self.tries.append(local)
        if self.failures:
            raise OSError(self.failures.pop(0))
        return "model"


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_a_model_that_is_here_is_loaded_without_a_look_at_the_network(no_hub: None) -> None:
    library = Library()

    assert hub.load_from_cache_or_hub(library, "m", local_files_only=False) == "model"
    assert library.tries == [True]


def test_without_a_network_a_missing_model_is_told_at_once(no_hub: None) -> None:
    library = Library("not in the cache")

    with pytest.raises(ConfigurationError, match=r"does not answer.*not in the cache.*folder.*wordllama"):
        hub.load_from_cache_or_hub(library, "m", local_files_only=False)
    assert library.tries == [True]


def test_local_files_only_never_looks_at_the_network(no_hub: None) -> None:
    with pytest.raises(ConfigurationError, match="from this machine alone, as configured: not in the cache"):
        hub.load_from_cache_or_hub(Library("not in the cache"), "m", local_files_only=True)


def test_a_missing_model_is_loaded_from_a_hub_that_answers(
    no_hub: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        library, failing = Library("not here"), Library("not here", "no such model")

        assert hub.load_from_cache_or_hub(library, "m", local_files_only=False) == "model"
        with pytest.raises(ConfigurationError, match="'m' cannot be loaded: no such model"):
            hub.load_from_cache_or_hub(failing, "m", local_files_only=False)
    assert library.tries == [True, False]


# --- the real ones -----------------------------------------------------------------------------------------------------

CAT, MARKET, QUESTION = "A cat sleeps on the mat.", "The stock market fell today.", "Where is the kitten?"


def check_real(embedder: Any, dimension: int) -> None:
    """The vectors know what a text means, and an archive of them finds it, refuses another model and says how to go on."""
    cat, market = embedder.embed([CAT, MARKET])
    question = embedder.embed_query(QUESTION)
    assert near(cat, question) > near(market, question) + 0.15
    assert math.hypot(*cat) == pytest.approx(1)
    assert embedder.dimension == dimension

    index = ClientIndex.in_memory()
    archive = Archive("sam", index, embedder)
    archive.insert(CAT, wait=False)
    archive.insert(MARKET, wait=False)
    assert archive.settle(60) == 0
    found = archive.search(QUESTION).items[0]
    assert (found.passage.text, found.why) == (CAT, "meaning")
    for other in (HashingEmbedder(dimension), None):
        with pytest.raises(EmbedderMismatchError, match=r"archive\.reembed\(\).*memgpt-autogen reembed"):
            Archive("sam", index, other).insert("more")
    index.close()


@installed("wordllama")
def test_wordllama_knows_what_words_mean_and_its_short_vectors_are_the_start_of_its_long_ones() -> None:
    check_real(open_embedder("wordllama"), 256)
    check_real(open_embedder("wordllama:64"), 64)

    (long,), (short,) = WordLlamaEmbedder().embed([CAT]), WordLlamaEmbedder(dimension=64).embed([CAT])
    start = [value / math.hypot(*long[:64]) for value in long[:64]]
    assert start == pytest.approx(short, abs=1e-4)


@installed("wordllama")
def test_wordllama_asks_nobody_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "import socket\n"
        "def refused(*_, **__): raise AssertionError('the network was asked')\n"
        "socket.socket.connect = socket.getaddrinfo = refused\n"
        "from memgpt_autogen import open_embedder\n"
        "print(len(open_embedder('wordllama').embed_query('tea')))\n"
        "import logging\n"
        "logging.getLogger('somebody').info('is told, if it turned logging on')\n"
    )
    home = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": home, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )

    assert (done.stdout, done.stderr) == ("256\n", "")
    assert list(tmp_path.rglob("*")) == []


@installed("model2vec")
def test_model2vec_loads_a_model_from_a_folder(tmp_path: Path) -> None:
    import numpy as np
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["[UNK]", "[PAD]", "cat", "kitten", "mat", "stock", "market", "fell", "a", "the"]
    tokenizer = Tokenizer(
        models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    table = np.random.default_rng(7).normal(size=(len(words), 8)).astype(np.float32)
    table[3] = table[2] + 0.01
    StaticModel(table, tokenizer).save_pretrained(tmp_path / "tiny")

    embedder = open_embedder(f"model2vec:{tmp_path / 'tiny'}")

    assert isinstance(embedder, Model2VecEmbedder)
    cat, market = embedder.embed(["cat", "market"])
    assert near(embedder.embed_query("kitten"), cat) > 0.99 > near(embedder.embed_query("kitten"), market)
    assert (embedder.dimension, embedder.model.split("@")[0], embedder.slow) == (8, "model2vec:tiny", False)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be loaded"):
        Model2VecEmbedder(tmp_path / "empty").embed(["cat"])


def folder_of(name: str) -> Path:
    folder = Path(os.environ.get("MEMGPT_AUTOGEN_MODELS", "/nowhere")) / name
    if not folder.is_dir():
        pytest.skip(f"MEMGPT_AUTOGEN_MODELS names no folder with {name}")
    return folder


@installed("fastembed")
def test_fastembed_loads_a_model_from_a_folder() -> None:
    folder = folder_of("minilm-onnx")
    embedder = open_embedder(f"fastembed:{folder}")

    assert isinstance(embedder, FastEmbedEmbedder)
    check_real(embedder, 384)
    assert embedder.slow
    again = FastEmbedEmbedder(folder, query_prefix="query: ")
    assert again.model == f"{embedder.model} ('', 'query: ')"
    assert again.embed([CAT]) == embedder.embed([CAT])


@installed("fastembed")
def test_fastembed_fails_at_once_where_the_model_is_not_here(tmp_path: Path, no_hub: None) -> None:
    for local, told in ((True, "from this machine alone"), (False, "does not answer")):
        with pytest.raises(ConfigurationError, match=told):
            FastEmbedEmbedder(cache_dir=tmp_path, local_files_only=local).embed([CAT])
    with pytest.raises(ConfigurationError, match=r"no embedding model 'BAAI/bge-smal-en'.*BAAI/bge-small-en"):
        FastEmbedEmbedder("BAAI/bge-smal-en").embed([CAT])
    with pytest.raises(ConfigurationError, match=r"no \.onnx file"):
        FastEmbedEmbedder(tmp_path)
    (tmp_path / "model.onnx").touch()
    with pytest.raises(ConfigurationError, match=r"no config.json"):
        FastEmbedEmbedder(tmp_path).embed([CAT])


@installed("sentence_transformers")
@pytest.mark.timeout(300)
def test_sentence_transformers_loads_a_model_from_a_folder() -> None:
    embedder = open_embedder(f"sentence-transformers:{folder_of('minilm')}")

    assert isinstance(embedder, SentenceTransformersEmbedder)
    check_real(embedder, 384)


STAND_IN = '''
"""Has the calls of sentence-transformers that the adapter makes, and remembers them."""
calls = []

class SentenceTransformer:
    def __init__(self, name, **options):
        calls.append((name, options))
        if options["local_files_only"] and "/" not in name:
            raise OSError("not in the cache")

    def encode(self, texts, **options):
        calls.append(("encode", texts))
        return [[3.0, 4.0] for text in texts]
'''

PROMPTS = """
    def encode_document(self, texts, **options):
        return [[1.0, 0.0] for text in texts]

    def encode_query(self, texts, **options):
        return [[0.0, 1.0] for text in texts]
"""


@pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is not None, reason="the real one is installed"
)
def test_sentence_transformers_is_called_as_its_versions_want_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_hub: None
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    for body in (STAND_IN, STAND_IN + PROMPTS):
        (tmp_path / "sentence_transformers.py").write_text(body)
        monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
        importlib.invalidate_caches()
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode

        embedder = SentenceTransformersEmbedder("some/model", device="cpu")
        prefixed = SentenceTransformersEmbedder("some/model", query_prefix="query: ")
        given = (embedder.embed(["a"]), embedder.embed_query("a"), prefixed.embed_query("a"))
        calls = sys.modules["sentence_transformers"].calls
        sys.dont_write_bytecode = before

        own = body == STAND_IN
        assert given == (
            [pytest.approx([0.6, 0.8])] if own else [[1.0, 0.0]],
            pytest.approx([0.6, 0.8]) if own else [0.0, 1.0],
            pytest.approx([0.6, 0.8]),
        )
        assert calls[0][0] == "some/model"
        assert calls[0][1]["device"] == "cpu"
        assert calls[-1] == ("encode", ["query: a"])
        with pytest.raises(ConfigurationError, match="does not answer"):
            SentenceTransformersEmbedder("missing").embed(["a"])
    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)


def test_opening_a_memory_loads_no_model_and_asks_no_endpoint(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def embed(texts: list[str]) -> list[list[float]]:
        asked.append(texts)
        return lengths(texts)

    embedder = CallableEmbedder(embed, model="m")
    memory = open_memory("sam", Settings.load(home=tmp_path), embedder=embedder)
    memory.compile()
    with ScriptedServer() as server:
        settings = Settings.load(home=tmp_path, embedding_model="m", embedding_base_url=server.url)
        open_memory("tim", settings).compile()

    assert (asked, server.embedding_requests) == ([], [])
