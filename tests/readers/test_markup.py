"""reStructuredText, LaTeX, AsciiDoc and Org: their headings, and no word of them lost."""

from __future__ import annotations

import logging
import re
import sys

import pytest
from fuzzing import examples
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.readers.open import open_bytes


def read(name: str, text: str) -> tuple[dict[str | None, str], list[str]]:
    """Return the text under each heading, and the notes."""
    document = open_bytes(text.encode(), name)
    found: dict[str | None, str] = {}
    for section in document.sections():
        found[section.heading] = found.get(section.heading, "") + section.text
    return found, document.notes


RST = """\
=====
Guide
=====

:Author: Ada

The *heron* lamp is made by :func:`~shop.Store.add`, see :ref:`the prices <prices>` and |release|.

.. include:: /etc/passwd

.. versionadded:: 3.2
   The owl lamp.

.. strange-thing:: an argument
   :caption: A caption
   :maxdepth: 2

   Its **content** is kept.

.. raw:: html

   <b>raw words</b>

.. code-block:: python
   :caption: lamp.py

   def add():
       return 1

.. toctree::
   :maxdepth: 2

   intro

.. function:: spam(a, b)

   Makes eggs.

.. not shown

Prices
------

+-------+--------+
| lamp  | forty  |
|       | eight  |
+-------+--------+

.. csv-table:: Secrets
   :file: /etc/hostname

.. figure:: owl.png
   :alt: an owl
   :strange: option

   A caption of a figure.

term
   its definition

:sorry:`unknown role` and :raw-html:`<br>` and |word|

.. |word| replace:: substituted

3. third
4. fourth

+---+
| x |
+--
broken table
"""


def test_rst_is_read_as_it_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    found, notes = read("guide.rst", RST)

    assert list(found) == ["Guide", "Guide > Prices"]
    guide, prices = found.values()
    assert guide == (
        "Author: Ada\n\n"
        "The heron lamp is made by shop.Store.add, see the prices and |release|.\n\n"
        "Added in version 3.2 The owl lamp.\n\n"
        "an argument\n\nA caption\n\nIts content is kept.\n\n"
        "<b>raw words</b>\n\n"
        "lamp.py\n\ndef add():\n    return 1\n\n"
        "intro\n\n"
        "spam(a, b)\n\nMakes eggs."
    )
    for words in (
        "lamp | forty eight",
        "an owl",
        "A caption of a figure.",
        "term\n  its definition",
        "unknown role and <br> and substituted",
        "3. third\n4. fourth",
        "broken table",
        "| x |",
    ):
        assert words in prices
    assert notes == ["guide.rst: it includes /etc/passwd, which is not read with it."]
    assert capfd.readouterr() == ("", "")


def test_rst_never_reads_another_file() -> None:
    files = "\n".join(
        f"{directive}\n"
        for directive in (
            ".. include:: /etc/passwd",
            ".. literalinclude:: /etc/passwd",
            ".. csv-table:: x\n   :file: /etc/passwd",
            ".. raw:: html\n   :file: /etc/passwd",
            ".. figure:: /etc/passwd\n   :figwidth: image",
        )
    )

    found, _ = read("a.rst", f"Lamps\n\n{files}")

    assert "root:" not in "".join(found.values())


def test_directives_of_other_packages_are_not_run() -> None:
    from docutils.parsers.rst import Directive, directives

    class Boom(Directive):
        has_content = True

        def run(self) -> list[object]:
            raise AssertionError

    directives.register_directive("boom", Boom)

    found, notes = read("a.rst", ".. boom::\n\n   The heron lamp.\n")

    assert found == {None: "The heron lamp."}
    assert notes == []


TEX = r"""\documentclass{article}
\usepackage{amsmath}
\newcommand{\heron}[1]{the heron #1 lamp}
\title{Lamps of 1900} \author{Ada L.\thanks{Of the shop.}}
\begin{document}
\maketitle
\begin{abstract}A short text.\end{abstract}
\section{Prices \& \emph{more}}\label{sec:p}
The caf\'e sells \heron{green} for \$5 \cite[p.~3]{knuth84}, see \ref{sec:p}.\footnote{A note.} % hidden
\strange{kept words}{and more} \href{https://example.org}{a link} 50\% ``quoted''
\subsection*{Owls}
\begin{itemize}\item one \item[b] two\end{itemize}
\begin{tabular}{ll} a & b \\ \hline c & d \end{tabular}
$x^2+\alpha$ \begin{equation}E=mc^2\end{equation}
\begin{verbatim}
  code % and \section{none}
\end{verbatim}
\begin{lstlisting}[language=C]
int main() { return 1; } // \section{none}
\end{lstlisting}
\input{secret} \textcolor[rgb]{0.4,0.5,0.1}{coloured} \multirow{2}{*}{tall}
\begin{strangeenv}inside\end{strangeenv}
\begin{figure}[ht]\includegraphics[width=1cm]{owl.png}\caption{An owl.}\end{figure}
\begin{thebibliography}{9}\bibitem{knuth84} Knuth, The book.\end{thebibliography}
\end{document}
"""


def test_latex_is_read_as_it_is_set() -> None:
    found, notes = read("paper.tex", TEX)

    assert list(found) == [None, "Prices & more", "Prices & more > Owls"]
    assert found[None] == "Lamps of 1900\n\nAda L. (Of the shop.)\n\nAbstract\n\nA short text."
    for words in (
        "The café sells the heron green lamp for $5",
        "knuth84",
        "(A note.)",
        "kept words and more",
        "a link <https://example.org>",
        "50% “quoted”",
    ):
        assert words in found["Prices & more"]
    for words in (
        "- one",
        "- b  two",
        "a | b\nc | d",
        r"$x^2+\alpha$",
        r"\begin{equation}E=mc^2\end{equation}",
        r"  code % and \section{none}",
        r"int main() { return 1; } // \section{none}",
        "inside",
        "coloured tall",
        "An owl.",
        "[knuth84]  Knuth, The book.",
    ):
        assert words in found["Prices & more > Owls"]
    assert "hidden" not in "".join(found.values())
    assert notes == ["paper.tex: it includes secret, owl.png, which are not read with it."]


def test_macros_that_grow_without_end_stop() -> None:
    lines = [r"\newcommand{\a}{lamp \a\a}"]
    lines += [
        rf"\newcommand{{\b{letter}}}{{\b{chr(ord(letter) + 1)}\b{chr(ord(letter) + 1)}}}"
        for letter in "abcdefghijklmnopqrst"
    ]

    found, _ = read("bomb.tex", "\n".join([*lines, r"\a \ba the end"]))

    assert "the end" in "".join(found.values())
    assert sum(map(len, found.values())) < 1_000_000


ADOC = """\
= Guide
Ada L.

The heron lamp.

== Prices

----
== not a heading
----

.A title
[source,java]
----
int x;
----

include::secret.adoc[]

=== Owls ===

|===
| a | b
|===

Old style
~~~~~~~~~

The end.
"""


def test_asciidoc_has_its_headings_and_lines() -> None:
    found, notes = read("guide.adoc", ADOC)

    assert list(found) == ["Guide", "Guide > Prices", "Guide > Prices > Owls", "Guide > Prices > Old style"]
    assert "== not a heading" in found["Guide > Prices"]
    assert "int x;" in found["Guide > Prices"]
    assert "| a | b" in found["Guide > Prices > Owls"]
    assert notes == ["guide.adoc: it includes secret.adoc, which is not read with it."]


def test_org_has_its_headings_and_lines() -> None:
    found, notes = read(
        "notes.org", "#+TITLE: Notes\n\n* TODO Lamps :shop:\nThe *heron* lamp.\n** Owls\nDone.\n"
    )

    assert found == {
        None: "#+TITLE: Notes",
        "TODO Lamps :shop:": "The *heron* lamp.",
        "TODO Lamps :shop: > Owls": "Done.",
    }
    assert notes == []


@pytest.mark.parametrize(("name", "package"), [("a.rst", "docutils"), ("a.tex", "pylatexenc")])
def test_without_its_library_markup_is_read_by_its_lines(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    for module in [each for each in sys.modules if each == package or each.startswith(f"{package}.")]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, package, None)

    found, notes = read(name, "The heron lamp.\n")

    assert found == {None: "The heron lamp."}
    assert package in notes[0]
    assert "pip install 'memgpt-autogen[documents]'" in notes[0]


def words(found: dict[str | None, str]) -> set[str]:
    return set(re.findall(r"\w{3,}", " ".join(found.values())))


INTACT = {
    name: words(read(name, text)[0]) for name, text in (("a.rst", RST), ("a.tex", TEX), ("a.adoc", ADOC))
}


@examples(80)
@given(st.data())
def test_damaged_markup_is_read_without_noise(caplog: pytest.LogCaptureFixture, data: st.DataObject) -> None:
    name, whole = data.draw(st.sampled_from([("a.rst", RST), ("a.tex", TEX), ("a.adoc", ADOC)]))
    start = data.draw(st.integers(0, len(whole) - 10))
    length = data.draw(st.integers(1, 60))
    put = data.draw(st.text(alphabet="{}\\[]`:*|_=-. \n&%$", max_size=12))

    damaged = f"{whole[:start]}{put}{whole[start + length :]}"
    found, _ = read(name, damaged)

    left = INTACT[name] & words({"": damaged})
    assert len(left & words(found)) > len(left) // 2
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
