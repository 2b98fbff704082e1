"""HTML for people: escaped, and shortened."""

from __future__ import annotations

from html_reading import Html

from memgpt_autogen.rendering.markup import MOST_CHARS, fold, markup, table, tag


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    html = markup("<" * (MOST_CHARS + 1234))

    assert Html(html).text == "<" * MOST_CHARS + " … 1,234 more characters"


def test_an_elements_attributes_are_escaped() -> None:
    html = tag("div", "<x>", title='" onclick="evil()', class_="a", aria_label="b")

    assert html == '<div title="&quot; onclick=&quot;evil()" class="a" aria-label="b">&lt;x&gt;</div>'


def test_a_table_puts_numbers_to_the_right() -> None:
    html = table(("name", "size#"), [("a", "1"), ("b", "20")])

    assert Html(html).rows == [["name", "size"], ["a", "1"], ["b", "20"]]
    assert html.count('class="number"') == 3


def test_a_fold_is_open_where_it_should_be() -> None:
    assert fold("a", "b", unfolded=True) == "<details open><summary>a</summary>b</details>"
    assert fold("a", "b") == "<details><summary>a</summary>b</details>"
