"""HTML: of a page, what a reader of it reads."""

from __future__ import annotations

import pytest
from document_files import html

from memgpt_autogen.readers.open import open_bytes


def test_of_a_page_only_what_a_reader_reads_is_kept() -> None:
    page = html(
        "<p>Before</p><main><h1>Tea</h1>"
        "<p>Green <b>tea</b>\n is <!-- not --> fine, and all of this is long.</p></main>"
    )

    (section,) = open_bytes(page.encode(), "page").sections()

    assert (section.heading, section.text) == ("Shop > Tea", "Green tea is fine, and all of this is long.")


def test_lists_tables_and_code_of_a_page_keep_their_lines() -> None:
    page = html(
        "<ul><li>heron <i>lamp</i></li><li>owl</li></ul><table><tr><th>name</th><th>price</th></tr>"
        "<tr><td>heron</td><td>48</td></tr></table><pre>if tea:\n    drink()</pre>"
    )

    (section,) = open_bytes(page.encode(), "page").sections()

    assert section.text.split("\n\n") == [
        "- heron lamp",
        "- owl",
        "name | price\nheron | 48",
        "if tea:\n    drink()",
    ]


def test_headings_without_text_are_kept() -> None:
    page = "<!doctype html><h1>Library</h1><h2>Monday 9 to 17</h2><h2>Tuesday</h2><h2>Note</h2><p>Ring."

    found = [(section.heading, section.text) for section in open_bytes(page.encode(), "page").sections()]

    assert found == [("Library", "Monday 9 to 17\n\nTuesday"), ("Library > Note", "Ring.")]


def test_words_that_stand_apart_on_a_page_are_apart() -> None:
    page = (
        "<label>Lamp</label><select><option>heron<option>owl</select><svg><text>Chart</text><text>one</text></svg>"
        "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>"
    )

    (section,) = open_bytes(page.encode(), "page.html").sections()

    assert section.text.split() == ["Lamp", "heron", "owl", "Chart", "one", "漢(かん)"]


def test_what_is_left_out_of_a_page_is_in_the_notes() -> None:
    page = html(f"<p>Before</p><main><p>{'All of this is long. ' * 5}</p><aside>Ring twice.</aside></main>")
    document = open_bytes(page.encode(), "page")

    (section,) = document.sections()

    assert section.text.endswith("Ring twice.")
    assert document.notes == [
        "page: 4 words left out: menu “Home About”, footer “Imprint”, text outside the main part “Before”."
    ]


def test_a_page_that_is_nearly_all_menu_or_whose_menu_has_no_end_is_read_whole() -> None:
    page = "<html><body><nav>Home<p>The heron lamp costs 48 euros.</p></body></html><p>After the end.</p>"
    document = open_bytes(page.encode(), "page")

    assert [section.text for section in document.sections()] == [
        "Home\n\nThe heron lamp costs 48 euros.\n\nAfter the end."
    ]
    assert not document.notes


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ('<p>See <img src=a.png alt="a chart of sales"> here.', "See a chart of sales here."),
        ('<label>Name <input value="Ana Reyes"></label><input type=hidden value=x>', "Name Ana Reyes"),
        ('<p><input placeholder="Ask here"><textarea placeholder="Write"></textarea>', "Ask here Write"),
        ('<div><template shadowrootmode="open"><p>in the shade</template> light</div>', "in the shade light"),
        ('<iframe srcdoc="&lt;p&gt;tea &amp;amp; milk&lt;/p&gt;"></iframe>', "tea & milk"),
        ('<select><optgroup label="Green"><option>sencha</select>', "Green sencha"),
        ('<object data="a.swf">in its place</object>', "in its place"),
        ("<table><tr><td>one<td>two<tr><td>three</table>", "one | two three"),
        ("<dl><dt>tea<dd>a drink<dt>milk<dd>another</dl>", "tea a drink milk another"),
        ('<p>un<span style="display: none">unseen</span><i>to</i>gether', "un unseen together"),
        ("<p>&copy2026 tea&nbspshop &amp;copy2026 a?b&region", "© 2026 tea shop &copy2026 a?b® ion"),
        ("<svg><desc>unseen</desc><text>drawn</text></svg><progress>unseen</progress>", "drawn"),
        ("<math><mfrac><mi>a</mi><mi>b</mi></mfrac><annotation>x</annotation></math>", "a b"),
    ],
)
def test_what_a_browser_shows_is_read_wherever_it_stands(page: str, text: str) -> None:
    (section,) = open_bytes(f"<!doctype html><body>{page}".encode(), "page").sections()

    assert section.text.replace("©", "© ").replace("®", "® ").split() == text.split()


def test_a_heading_keeps_its_words_whole() -> None:
    page = "<!doctype html><h1>Arrays of <code>Object</code>s</h1><p>tea"

    (section,) = open_bytes(page.encode(), "page").sections()

    assert section.heading == "Arrays of Objects"


def test_a_heading_without_an_end_ends_where_the_next_one_begins() -> None:
    page = "<!doctype html><h1>Drinks<h2>Tea</h2>green<h2>Coffee<p>black"

    sections = list(open_bytes(page.encode(), "page").sections())

    assert next((each.heading, each.text) for each in sections) == ("Drinks > Tea", "green")
    assert "DrinksTea" not in " ".join(f"{each.heading} {each.text}" for each in sections)
    assert "black" in sections[-1].heading + sections[-1].text
