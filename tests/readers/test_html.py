"""HTML: of a page, what a reader of it reads."""

from __future__ import annotations

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
