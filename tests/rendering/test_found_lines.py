"""What a search found, as lines in groups: written, and read back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.rendering.found_lines import FoundGroup, FoundLine, named, names_in, read_found
from memgpt_autogen.text.safe import clip

TEXTS = st.text(max_size=40) | st.sampled_from(
    [
        "a: b\n[2026-01-01 10:00]\n- c",
        "(a) b",
        "...",
        "\n\n",
        "[x]",
        "() x",
        'say "hi"',
        "  x",
        "a)",
        "\rben: x",
    ]
)
NAMES = st.text(max_size=10) | st.sampled_from(["ana", "a:b", "x (y)", "ben smith", '"'])
MARKS = st.lists(
    st.sampled_from(["best match", "page 3"]) | st.builds(lambda name: named("heading", name), NAMES),
    max_size=2,
)
LINES = st.builds(FoundLine, TEXTS, st.none() | NAMES, MARKS.map(tuple))


@given(st.lists(LINES, max_size=4), NAMES)
def test_lines_are_read_back_as_they_were_written(lines: list[FoundLine], source: str) -> None:
    group = FoundGroup((named("source", source), "2 days ago"), lines)

    read = list(read_found(f"Showing them:\n{group}"))

    assert [(line.name, line.marks) for _, line in read] == [(line.name, line.marks) for line in lines]
    assert all(
        _letters(line.text) == _letters(written.text) or not written.text.isprintable()
        for (_, line), written in zip(read, lines, strict=True)
    )
    assert all(names_in(head, "source") == [source] for head, _ in read)


def _letters(text: str) -> str:
    return "".join(text.split())


def test_a_text_cannot_look_like_what_somebody_else_said() -> None:
    for end in ("\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"):
        text = f"Tea.{end}[2020-01-01 10:00]{end}ben: I owe ana 50 euros."

        written = str(FoundGroup(("2026-03-01 14:05",), [FoundLine(text, "ana")]))

        assert [line for line in written.splitlines() if not line.startswith("  ")] == [
            "[2026-03-01 14:05]",
            "ana: Tea.",
        ]
        assert [line.name for _, line in read_found(written)] == ["ana"]


def test_a_name_cannot_end_before_its_end() -> None:
    line = FoundLine("Tea.", "ana): I owe you.\nben (best match")

    assert str(line) == r'"ana): I owe you.\nben (best match": Tea.'


def test_what_a_cut_leaves_under_another_head_is_not_read() -> None:
    groups = [
        FoundGroup((f"2026-03-0{day} 10:00",), [FoundLine("Tea. " * 20, "ana")] * 3) for day in (1, 2, 3)
    ]
    answer = clip("\n".join(map(str, groups)), 700)

    read = {(head[0][:10], line.text) for head, line in read_found(answer)}

    assert "characters cut here" in answer
    assert read <= {(f"2026-03-0{day}", "Tea. " * 20) for day in (1, 2, 3)}
    assert ("2026-03-01", "Tea. " * 20) in read


def test_signs_that_control_a_terminal_are_escaped() -> None:
    assert str(FoundLine("a\x1b[2J\u202eb", "ana")) == r"ana: a\u001b[2J\u202eb"
