"""The examples run as they stand: no key, no server, an empty home."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from places import ROOT
from workers import run_program

pytestmark = pytest.mark.autogen


def run(name: str, *options: str) -> str:
    """Run an example as its first lines say, and return what it prints."""
    done = run_program(ROOT / "examples" / name, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_has_a_test_here() -> None:
    tested = set(re.findall(r'run\("(\w+\.py)"', Path(__file__).read_text(encoding="utf-8")))

    assert {path.name for path in (ROOT / "examples").glob("*.py")} == tested


def test_remember_me_is_told_once_and_knows_after_reopening() -> None:
    out = run("remember_me.py")

    first, again = out.split("=== sam is opened and remembers 2 messages ===")
    assert "=== sam is opened and remembers 0 messages ===" in first
    assert "“I live in Lisbon.”" in again


def test_two_agents_talk_and_one_writes_down_what_lasts_and_corrects_it() -> None:
    out = run("two_agents.py")

    assert re.search(
        r'core_memory_replace\(label="human", old_content="ada said on .+: “My dentist is on Friday', out
    )
    answer, block = out.split("When is my dentist?")[1].split("[human] ")
    assert "“The dentist has moved to Monday.” Earlier, you said" in answer
    assert re.findall("“(.+)”", block) == [
        "My name is Ada.",
        "I work at the harbour.",
        "The dentist has moved to Monday.",
    ]
    assert "recall 8 messages" in out


@pytest.mark.slow
def test_two_users_of_a_server_have_agents_of_one_name_and_nothing_in_common() -> None:
    out = run("server_two_users.py")

    assert "You said on " in out.split("ada -> sam: What is my locker code?")[1].split("\n\n")[0]
    assert "4711" not in out.split("ben -> sam: What is my locker code?")[1]
    assert "ben asks for the agent of ada: 404, there is no agent" in out


def test_group_chat_hears_while_it_is_silent_and_answers_when_it_is_called() -> None:
    out = run("group_chat.py")

    assert re.search(r"ada said on [\d-]+: “The staging server is called heron.”", out)
    assert re.search(r"ben said on [\d-]+: “I'm allergic to nuts.”", out)
    assert "ada: The coffee is cold." in out.partition("=== what sam heard")[2]


def test_support_desk_runs_code_and_still_knows_what_came_out() -> None:
    out = run("support_desk.py")

    assert "exitcode: 0" in out
    assert "The refund of order 77 is 108.00 euros." in out.partition("=== a month later ===")[2]


def test_own_tool_runs_one_function_in_the_turn_and_leaves_the_other_to_the_desk() -> None:
    out = run("own_tool.py")

    assert 'sam calls: stock(article="heron lamp")' in out
    assert "stock says: 12" in out
    assert "sam waits for: delivery" in out
    assert "delivery says: the next owl lamp arrives on 14 May" in out


def test_async_group_answers_from_what_it_heard_while_others_spoke() -> None:
    out = run("async_group.py")

    assert re.search(r"You said on [\d-]+: “The release has moved to 21 May.”", out)
    assert "recall 6 messages" in out


def test_shared_memory_team_sees_what_either_writes() -> None:
    out = run("shared_memory_team.py")

    assert "The archive says 13 June." in out
    assert out.splitlines()[-3:] == [
        "goal: publish the festival page",
        "permit: FG-2219 (scout)",
        "page: drafted (writer)",
    ]


def test_nested_chat_keeps_what_was_said_in_both_chats_and_answers_the_next_customer_from_it() -> None:
    out = run("nested_chat.py")

    assert "store_room: The heron lamps are on shelf 12.\nsam: The heron lamps are on shelf 12." in out
    assert re.match("sam: .*shelf 12", out.splitlines()[-1])


def test_resume_group_chat_keeps_each_line_once_and_still_knows_the_date() -> None:
    out = run("resume_group_chat.py")

    assert "“The release is on 14 May.”" in out.partition("=== resumed ===")[2]
    in_chat, in_memory = _numbers(r"the chat has (\d+) messages, and sam's memory (\d+)", out)
    assert in_chat == in_memory > 4


def test_many_users_are_kept_apart_by_homes_and_told_apart_in_one() -> None:
    out = run("many_users.py")

    assert "messages with 'peanuts' in the home of ben: 0" in out
    assert re.search(r"ada said on [\d-]+: “I'm allergic to peanuts.”", out)
    assert "said by ada: 1" in out
    assert "said by ben: 0" in out


def test_hand_offs_goes_to_the_desk_and_remembers_what_it_said_or_says_which_autogen_has_patterns() -> None:
    out = run("hand_offs.py")

    if find_spec("autogen.agentchat.group") is None:
        assert "install pyautogen 0.9 or autogen 0.14" in out
        return
    assert "=== the last message is from desk: Refund R-17 is on its way. ===" in out
    assert "=== the last message is from sam: The desk told you: refund R-17 is on its way. ===" in out


@pytest.mark.slow
def test_hosts_agent_framework_listens_answers_and_forks() -> None:
    pytest.importorskip("agent_framework_orchestrations")

    out = run("hosts_agent_framework.py")

    _, asked, forked = out.split("===")[2::2]
    assert re.search(r"ada said on [\d-]+: “The launch is on the ninth of May.”", asked)
    assert re.search(r"ben said on [\d-]+: “I will paint the sign.”", asked)
    first, second = forked.strip().splitlines()
    assert re.match(r"sam/.*“My desk is red.”", first)
    assert re.match(r"sam-2/.*“My desk is green.”", second)


@pytest.mark.slow
def test_hosts_agentchat_listens_to_one_team_and_answers_in_the_next() -> None:
    pytest.importorskip("autogen_agentchat")

    out = run("hosts_agentchat.py")

    heard, asked, archive = out.split("===")[2::2]
    assert "TextMessage (sam)" not in heard
    assert re.search(r"ada said on [\d-]+: “The launch is on the ninth of May.”", asked)
    assert archive.splitlines()[-1] == "- The solar panel costs 340 euros."


def test_team_listener_hears_each_line_once_and_its_prompts_stay_within_the_window() -> None:
    out = run("team_listener.py")

    assert re.search(r"each once, by the right speaker and in order: yes$", out, re.MULTILINE)
    largest, window = _numbers(r"largest prompt: ([\d,]+) of ([\d,]+) tokens", out)
    assert 0 < largest <= window == 4096
    assert _numbers(r"evictions: (\d+)", out) > [0]
    found, asked = _numbers(r"own searches found: (\d+) of (\d+)", out)
    assert found > asked / 2


def test_nested_kv_ablation_has_the_shape_of_the_papers_figure_and_goes_on_where_it_was(
    tmp_path: Path,
) -> None:
    file = tmp_path / "rows.jsonl"
    out = run("nested_kv_ablation.py", str(file), "2")

    right = {
        (memory, int(level)): int(share)
        for memory, level, share in re.findall(r"^(.+?) +(\d) +(\d+)%", out, re.MULTILINE)
    }
    assert [right["MemGPT", level] for level in range(5)] == [100] * 5
    assert [right["MemGPT, one search", level] for level in range(5)] == [100, 0, 0, 0, 0]
    one_prompt = [right["half in one prompt", level] for level in range(5)]
    assert one_prompt == sorted(one_prompt, reverse=True)
    assert one_prompt[0] > one_prompt[-1] == 0
    kept = file.read_text(encoding="utf-8")
    assert run("nested_kv_ablation.py", str(file), "2") == out
    assert file.read_text(encoding="utf-8") == kept


def _numbers(pattern: str, text: str) -> list[int]:
    found = re.search(pattern, text)
    assert found, f"no line like {pattern!r}"
    return [int(number.replace(",", "")) for number in found.groups()]


def test_branching_experiment_tells_each_branch_something_else() -> None:
    out = run("branching_experiment.py")

    stays, moves, sam = (out.split(f"=== {title}")[1].split("===")[1] for title in ("stays", "moves", "sam"))
    assert ("harbour" in stays, "observatory" in stays, "peanuts" in stays) == (True, False, False)
    assert ("harbour" in moves, "observatory" in moves, "peanuts" in moves) == (False, True, False)
    assert ("harbour" in sam, "observatory" in sam, "peanuts" in sam) == (False, False, True)
    assert "Lisbon" in stays
    assert "Lisbon" in moves


def test_read_a_book_answers_with_the_passage_and_where_it_stands() -> None:
    out = run("read_a_book.py")

    assert "came: constitution.txt: 89 passages" in out
    for place, words in (
        ("Article II > Section 1", "attained to the Age of thirty five Years"),
        ("Article I > Section 3", "The Senate shall have the sole Power to try all Impeachments."),
        ("Article III > Section 3", "or in adhering to their Enemies, giving them Aid and Comfort."),
        ("Amendment XX > Section 1", "shall end at noon on the 20th day of January"),
        ("Amendment XXI > Section 1", "is hereby repealed."),
    ):
        assert re.search(rf"\(constitution\.txt, {place}\): “[^”]*{re.escape(words)}", out)


def test_hosts_ag2_hears_a_meeting_in_silence_and_answers_in_a_hub_that_was_opened_again() -> None:
    pytest.importorskip("ag2")
    out = run("hosts_ag2.py")

    meeting, asked = out.split("=== the next day")
    assert "sam:" not in meeting
    assert re.search(r"sam: .*ada said on [\d-]+: “The spare key lies under the third flowerpot.”", asked)
    assert re.search(r"sam: .*ben said on [\d-]+: “I'm allergic to nuts, by the way.”", asked)
