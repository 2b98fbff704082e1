"""Tags and texts of HTML: no word is given up, whatever has no end."""

from __future__ import annotations

import pytest

from memgpt_autogen.readers.html import read_html
from memgpt_autogen.readers.html_tree import MOST_DEEP, End, Start, balanced_html, html_tokens, html_tree


def text_of(page: str) -> str:
    return "\n".join(part.text for part in read_html(page))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<p>one <!-- two three <p>four", "one two three four"),
        ("<p>one <!-- two > three <!-- four", "one two three four"),
        ("<p>one <a href='two", "one two"),
        ('<p>one <a b=">" two <b three', "one two three"),
        ('<p>one <a href="two>three</a> four', "one three four"),
        ("one < two <3 three <= four", "one two three four"),
        ("<p>one <! two", "one two"),
        ("<p>one <? two", "one two"),
        ("<p>one </b two", "one two"),
        ("<p>one <![CDATA[two]]> three", "one two three"),
        ("<p>one <![if !IE]>two<![endif]> three", "one two three"),
        ("<title>one<p>two", "one two"),
        ("<textarea>one<p>two", "one two"),
        ("<p>one<iframe src=x>two", "one"),
        ("<i>" * 3000 + "one" + "</i>" * 2000 + " two", "one two"),
        ("<p>one</p></p></div></table> two", "one two"),
        ("<p/>one<br/>two</br>three", "one two three"),
        ("&lt;one&gt; &amp two&#x21;&copy2026 &#99999999999; &#" + "9" * 5000 + ";", "<one> & two!©2026"),
        ("<script>no()</script>one<style>no</style><SCRIPT>no", "one"),
        ("<script>if (a < b && '</div>') no()</script>one", "one"),
        ("<xmp><b>one</b></xmp>", "<b>one</b>"),
        ("<p title='a > b'>one", "one"),
        ("<p title=a/>one", "one"),
        ("one\0two", "one\0two"),
        ("<é>one", "<é>one"),
    ],
)  # fmt: skip
def test_words_are_read_whatever_has_no_end(page: str, words: str) -> None:
    found = text_of(page)

    assert all(word in found for word in words.split())
    assert "no" not in found


def test_a_comment_ends_where_browsers_end_it() -> None:
    page = "a<!-->b<!--->c<!-- x --!>d<!-- x -- > -->e<!-- <!-- -->f"

    assert "".join(token for token in html_tokens(page) if isinstance(token, str)) == "abcdef"


def test_a_tag_has_its_attributes() -> None:
    page = """<A HREF=x/y title='a "b"' = x =y alt="&lt;" alt=z checked/>"""

    (start,) = [token for token in html_tokens(page) if isinstance(token, Start)]

    assert start.name == "a"
    assert start.closed
    assert {**start.attributes} == {
        "href": "x/y", "title": 'a "b"', "=": "", "x": "y", "alt": "<", "checked": ""
    }  # fmt: skip


def test_an_end_tag_ends_what_is_in_its_element_and_one_alone_is_left_out() -> None:
    tree = html_tree("<div><p>a<b>b</div>c</b></i>")

    assert [(tag.tag, tag.text, tag.tail) for tag in tree.iter()] == [
        ("page", None, None), ("div", None, "c"), ("p", "a", None), ("b", "b", None)
    ]  # fmt: skip


def test_a_balanced_page_has_an_end_for_each_element_and_is_not_too_deep() -> None:
    tokens = list(html_tokens(balanced_html("<i>x" * 500 + '<p title="a &quot;b">&lt;c')))

    depth = deepest = 0
    for token in tokens:
        depth += isinstance(token, Start) - isinstance(token, End)
        deepest = max(deepest, depth)
    assert depth == 0
    assert deepest == MOST_DEEP
    assert "".join(token for token in tokens if isinstance(token, str)) == "x" * 500 + "<c"
    assert Start("p", {"title": 'a "b'}, closed=False) in tokens
