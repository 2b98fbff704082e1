"""Read LaTeX (.tex), by the parser of pylatexenc: the text as it is set, and formulas as they are written."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.plain_markup import by_lines, included
from memgpt_autogen.readers.refusals import refuse_broken, refuse_without
from memgpt_autogen.readers.sections import HeadedText, Part

MOST_PARSED = 3_000_000
"""A text with more characters is read by its lines."""

MOST_EXPANDED = 20
"""How deep the macros of a document may stand in each other, and how many times longer they may make it."""

LEVELS = {
    "part": 1, "chapter": 2, "section": 3, "subsection": 4, "subsubsection": 5, "paragraph": 6,
    "subparagraph": 7, "frametitle": 5, "framesubtitle": 6,
}  # fmt: skip
"""The macros of headings."""

LONGEST_SILENT = 1000
"""A longer argument is shown, whatever it belongs to."""

SILENT = {
    "{": "label nocite cline cmidrule pagestyle thispagestyle documentstyle geometry bibliographystyle color "
    "pagenumbering captionsetup hypersetup graphicspath newcounter newlength stepcounter refstepcounter "
    "theoremstyle linespread",
    "*{": "vspace hspace vphantom hphantom phantom usetheme usecolortheme lstset",
    "{{": "setlength addtolength setcounter addtocounter fontsize setbeamertemplate",
    "{{{": "addcontentsline definecolor",
    "[{[": "documentclass usepackage RequirePackage PassOptionsToPackage",
    "[{{": "rule",
    "*{[{[": "newtheorem",
}
"""Macros whose arguments are not shown, by how these are written: `[` in brackets, `{` in braces."""

LAST = {
    "{": "url path nolinkurl",
    "{{": "hypertarget",
    "[{{": "textcolor colorbox foreignlanguage rotatebox",
    "{[{": "scalebox",
    "{[[{": "raisebox",
    "{{{": "multicolumn",
    "*{{{": "resizebox",
    "[{[{{": "fcolorbox",
    "[{[{[{": "multirow",
    "[[{": "makebox framebox",
    "[[[{{": "parbox",
}
"""Macros of whose arguments the last one is shown."""

INCLUDES = {
    "*[{": "input include subfile lstinputlisting verbatiminput bibliography addbibresource includegraphics",
}
"""Macros that name a file."""

POINTERS = {
    "*[[{": "cite citep citet citeauthor citeyear citealp citealt parencite textcite footcite autocite",
    "*{": "ref eqref pageref autoref cref Cref nameref vref",
    "[{": "bibitem",
}
"""Macros that point to what stands elsewhere."""

SHOWN = {
    "[{": "title author date footnote thanks caption fancyhead fancyfoot",
    "*[": "\\",
    "[": "item",
    "{{": "href",
}
"""Macros of which everything is shown, where pylatexenc does not know how their arguments are written."""

DEFINITIONS = frozenset("newcommand renewcommand providecommand DeclareRobustCommand newenvironment".split())

OF_PREAMBLE = frozenset(
    "title subtitle author date institute affil keywords fancyhead fancyfoot lhead chead rhead lfoot cfoot "
    "rfoot".split()
)
"""What is shown of the lines before the document begins."""

EXACT = (
    "verbatim verbatim* Verbatim BVerbatim lstlisting minted alltt filecontents filecontents* luacode pycode"
).split()
"""Environments whose content is shown as it is written."""

FORMULAS = frozenset(
    "equation equation* align align* gather gather* multline multline* eqnarray eqnarray* alignat alignat* "
    "displaymath math flalign flalign* tikzpicture tikzcd".split()
)
"""Environments that are kept as they are written."""

ENVIRONMENTS = {
    "thebibliography": "{", "tabularx": "{{", "longtable": "[{", "minipage": "[{", "wrapfigure": "[{{",
    "adjustbox": "{", "multicols": "{", "tabulary": "{{", "tabular*": "{[{", "figure": "[", "figure*": "[",
    "table": "[", "table*": "[", "algorithm": "[", "enumerate": "[", "itemize": "[",
}  # fmt: skip
"""The arguments of environments, which are not shown."""

TABLES = frozenset("tabular tabular* tabularx longtable array tabulary supertabular tblr".split())

TITLED = {"abstract": "Abstract", "thebibliography": "References"}

BREAKS = (
    frozenset("par newpage clearpage bigskip medskip smallskip maketitle tableofcontents caption".split())
    | OF_PREAMBLE
)
"""Macros that begin a paragraph."""

ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331",
}  # fmt: skip

LIGATURES = {"``": "“", "''": "”", "--": "–", "---": "—", "~": "\u00a0", "!`": "¡", "?`": "¿"}

SPACES = {",": "\u202f", "-": "", "/": "", "@": "", "!": "", "(": "\\(", ")": "\\)"}
"""What macros of one sign show. Others show the sign."""

MARK = re.compile("\x1d(\\d)\x1e([^\x1f]*)\x1f")
"""A heading in the set text."""

DEFINED = re.compile(
    r"\\(?:newcommand|renewcommand|providecommand|DeclareRobustCommand)\*?\s*(?:\{\s*)?\\([A-Za-z@]+)\s*(?:\}\s*)?"
    r"(?:\[(\d)\]\s*)?(\[[^\[\]]*\])?"
)

STRAY = re.compile(r"\\end\s*\{[^}]*\}|\\?.", re.DOTALL)
"""A brace or an end that nothing opens."""


def read_latex(text: str) -> Iterator[Part]:
    """Yield the text as it is set, under its headings. Formulas and code are as they are written.

    Comments are not shown, and files are not included. Without pylatexenc, or if the markup is broken beyond
    its help, the lines are yielded as they are written.
    """
    if len(text) > MOST_PARSED:
        yield from by_lines(text, DocumentError(f"it has more than {MOST_PARSED:,} characters"))
        return
    try:
        with refuse_broken("its markup is broken", ""), refuse_without("pylatexenc", "it is LaTeX"):
            setter = _Setter(text)
            shown = setter.whole()
            if not _has_most(shown, text):
                raise ValueError("its braces do not match")  # as the parser does
    except DocumentError as error:
        yield from by_lines(text, error)
        return
    gathered = HeadedText()
    end = 0
    for mark in MARK.finditer(shown):
        yield from _add(gathered, shown[end : mark.start()])
        yield from gathered.enter(int(mark.group(1)), mark.group(2))
        end = mark.end()
    yield from _add(gathered, shown[end:])
    yield from gathered.end()
    if note := included(setter.included):
        yield Part("", note=note)


def _has_most(shown: str, text: str) -> bool:
    """Whether most words of a document are in what is shown. A brace that is missing may hide them."""
    body = re.sub(r"(?<!\\)%.*|\\[A-Za-z@]+", " ", text.partition(r"\begin{document}")[2] or text)
    expected, found = (set(re.findall(r"[^\W\d_]{4,}", each)) for each in (body, shown))
    return bool(shown.strip()) and len(expected & found) * 2 >= len(expected)


def _add(gathered: HeadedText, text: str) -> Iterator[Part]:
    text = re.sub(r"(?:(?<![^\S\n])[^\S\n]+)?\n(?:[^\S\n]*\n)+", "\n\n", text).strip("\n")
    if text.strip():
        for line in text.splitlines(keepends=True):
            yield from gathered.add(line)
        yield from gathered.add("\n\n")


class _Setter:
    """Sets the text of one document."""

    def __init__(self, text: str) -> None:
        from pylatexenc import latex2text, latexwalker, macrospec

        logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # it warns about what it repairs
        self.included: list[str] = []
        self._text = re.sub("[\x1d-\x1f]", " ", text)
        self._symbols = latex2text.get_default_latex_context_db()
        self._known = latexwalker.get_default_latex_context_db()
        self._defined: dict[str, str] = {}
        self._depth = 0
        self._room = MOST_EXPANDED * max(10_000, len(text))
        written = dict.fromkeys(LEVELS, "*[{")
        for table in (SILENT, LAST, INCLUDES, POINTERS, SHOWN):
            written |= {each: how for how, names in table.items() for each in names.split()}
        self._own = {each: self._rule(each) for each in written}
        for found in DEFINED.finditer(self._text):
            if found.group(1) not in written:
                count = int(found.group(2) or 0)
                written[found.group(1)] = f"[{'{' * (count - 1)}" if count and found.group(3) else "{" * count
        verbatim = macrospec.VerbatimArgsParser("verbatim-environment")
        self._known.add_context_category(
            "ours",
            prepend=True,
            macros=[macrospec.MacroSpec(each, args_parser=how) for each, how in written.items()],
            environments=[
                macrospec.EnvironmentSpec(each, args_parser=verbatim) for each in (*EXACT, "comment")
            ]
            + [macrospec.EnvironmentSpec(each, args_parser=how) for each, how in ENVIRONMENTS.items()],
        )

    def whole(self) -> str:
        nodes = list(self._parsed(self._text))
        at = next((number for number, each in enumerate(nodes) if _named(each) == "document"), None)
        if at is None:
            return self._set(nodes)
        shown = [
            self._set([node]).strip()
            for node in nodes[:at]
            if _named(node) in OF_PREAMBLE | DEFINITIONS or self._own.get(_named(node)) == self._include
        ]
        return "\n\n".join([*filter(None, shown), self._set(nodes[at].nodelist)])

    def _parsed(self, text: str) -> Iterator[Any]:
        """Yield the nodes of a text, without a brace or an end that nothing opens."""
        from pylatexenc import latexwalker

        walker = latexwalker.LatexWalker(text, latex_context=self._known, tolerant_parsing=True)
        place = 0
        while place < len(text):
            nodes, start, length = walker.get_latex_nodes(pos=place)
            yield from nodes
            stray = STRAY.match(text, start + length)
            place = stray.end() if stray else len(text)

    def _set(self, nodes: Iterable[Any] | None, *, table: bool = False) -> str:
        shown: list[str] = []
        before: Any = None
        for node in nodes or ():
            if _kind(node) == _kind(before) == "LatexGroupNode":  # the arguments of a macro that nobody knows
                shown.append(" ")
            shown.append("" if node is None else self._one(node, table=table))
            before = node
        return "".join(shown)

    def _one(self, node: Any, *, table: bool) -> str:
        kind = _kind(node)
        if kind == "LatexCharsNode":
            return str(node.chars)
        if kind == "LatexCommentNode":
            return "\n\n" if "\n\n" in (node.comment_post_space or "") else ""
        if kind == "LatexGroupNode":
            return self._set(node.nodelist, table=table)
        if kind == "LatexMathNode":
            formula = str(node.latex_verbatim())
            return formula if node.displaytype == "inline" else f"\n\n{formula}\n\n"
        if kind == "LatexSpecialsNode":
            return (
                " | "
                if node.specials_chars == "&" and table
                else LIGATURES.get(node.specials_chars, str(node.specials_chars))
            )
        return self._environment(node) if kind == "LatexEnvironmentNode" else self._macro(node, table=table)

    def _environment(self, node: Any) -> str:
        name = node.environmentname
        if name == "comment":
            return ""
        if name in EXACT:
            return f"\n\n{_inside(node)}\n\n"
        if name in FORMULAS:
            return f"\n\n{node.latex_verbatim()}\n\n"
        inside = self._set(node.nodelist, table=name in TABLES)
        title = f"{TITLED[name]}\n\n" if name in TITLED else ""
        return f"\n\n{title}{_rows(inside) if name in TABLES else inside}\n\n"

    def _rule(self, name: str) -> Callable[[str, list[Any]], str] | None:
        """Return what shows a macro; None if all of its arguments are shown."""
        rules: tuple[tuple[Mapping[str, str], Callable[[str, list[Any]], str]], ...] = (
            (SILENT, self._silent),
            (LAST, lambda _name, given: self._set(given[-1:])),
            (INCLUDES, self._include),
            (POINTERS, self._pointer),
        )
        for table, rule in rules:
            if any(name in names.split() for names in table.values()):
                return rule
        own = {"href": self._link, "item": self._item, "footnote": self._note, "thanks": self._note}
        return self._heading if name in LEVELS else own.get(name)

    def _macro(self, node: Any, *, table: bool) -> str:
        name, given = str(node.macroname), _arguments(node)
        after = "" if given else str(node.macro_post_space or "")
        if rule := self._own.get(name):
            return rule(name, given)
        if name in DEFINITIONS:
            return self._define(given)
        if name in self._defined:
            return self._expanded(name, given) + after
        if name in ACCENTS and given and given[0] is not None:
            base = self._set(given).strip().replace("ı", "i").replace("ȷ", "j") or " "
            return unicodedata.normalize("NFC", base[0] + ACCENTS[name] + base[1:])
        if name in ("\\", "newline", "tabularnewline"):
            return "\n"
        if name == "verb":
            return re.sub(r"^\\verb\*?(.)(.*)\1$", r"\2", str(node.latex_verbatim()), flags=re.DOTALL)
        if not given:
            return "\n\n" if name in BREAKS else self._symbol(name) + after
        shown = " ".join(filter(None, (self._set([each], table=table) for each in given if _is_text(each))))
        return f"\n\n{shown}\n\n" if name in BREAKS else shown

    def _heading(self, name: str, given: list[Any]) -> str:
        title = MARK.sub(r"\2", self._set(given[-1:]))
        return f"\x1d{LEVELS[name]}\x1e{' '.join(title.split())}\x1f"

    def _include(self, name: str, given: list[Any]) -> str:
        self.included.append(" ".join(self._set(given[-1:]).split()) or name)
        return ""

    def _pointer(self, name: str, given: list[Any]) -> str:
        shown = f"[{', '.join(self._set([each]) for each in given if _is_text(each))}]"
        return f"\n\n{shown} " if name == "bibitem" else shown

    def _silent(self, _name: str, given: list[Any]) -> str:
        """Return nothing; or a long text, which is in an argument only because a brace is missing."""
        long = sum(len(each.latex_verbatim()) for each in given if each is not None) > LONGEST_SILENT
        return self._set(given) if long else ""

    def _link(self, _name: str, given: list[Any]) -> str:
        return f"{self._set(given[1:2])} <{self._set(given[:1])}>"

    def _item(self, _name: str, given: list[Any]) -> str:
        label = self._set(given)
        return f"\n- {label} " if label else "\n- "

    def _note(self, _name: str, given: list[Any]) -> str:
        return f" ({self._set(given[-1:]).strip()})"

    def _symbol(self, name: str) -> str:
        if len(name) == 1 and not name.isalnum():
            return SPACES.get(name, " " if name in " \n\t;:>" else name)
        spec = self._symbols.get_macro_spec(name)
        symbol = getattr(spec, "simplify_repl", None)
        return symbol if isinstance(symbol, str) and "%" not in symbol else ""

    def _define(self, given: list[Any]) -> str:
        """Remember a macro of the document. Its text is shown where it is used."""
        written = [each.latex_verbatim() for each in given if each is not None]
        name = next(filter(None, (re.search(r"\\([A-Za-z@]+)", each) for each in written)), None)
        if name is not None and len(written) > 1 and given[-1] is not None:
            self._defined.setdefault(name.group(1), _inside(given[-1]))
        return ""

    def _expanded(self, name: str, given: list[Any]) -> str:
        """Return what a macro of the document shows."""
        body = self._defined[name]
        arguments = [self._set([each]) for each in given]
        plain = " ".join(arguments)
        self._room -= len(body) + len(plain) + 100  # for the time that it takes
        if self._depth >= MOST_EXPANDED or self._room < 0:
            return plain
        self._depth += 1
        shown = self._set(self._parsed(body))
        self._depth -= 1
        for number, each in enumerate(arguments, 1):
            self._room -= shown.count(f"#{number}") * len(each)
            if self._room < 0:
                return plain
            shown = shown.replace(f"#{number}", each)
        return shown


def _kind(node: Any) -> str:
    return type(node).__name__


def _named(node: Any) -> str:
    return str(getattr(node, "environmentname", None) or getattr(node, "macroname", None) or "")


def _arguments(node: Any) -> list[Any]:
    found = getattr(node, "nodeargd", None)
    return list(found.argnlist or ()) if found is not None else []


def _is_text(argument: Any) -> bool:
    return argument is not None and argument.latex_verbatim() != "*"


def _inside(node: Any) -> str:
    """Return what is between the braces of a group, or the begin and the end of an environment."""
    text = str(node.latex_verbatim())
    if hasattr(node, "environmentname"):
        text = re.sub(r"^\\begin\{[^}]*\}(?:\[[^\]]*\])?(?:\{[^}\n]*\})?", "", text)
        return re.sub(r"\\end\{[^{}]*\}$", "", text).strip("\n")
    return text[1:-1] if text[:1] == "{" else text


def _rows(text: str) -> str:
    lines = (" | ".join(map(str.strip, line.split("|"))).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line.strip(" |"))
