"""HTML that no text can break: every text is escaped, cleaned and shortened first.

It contains no script and loads nothing. Its colours are the notebook's own, or are visible on dark and on
light backgrounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Union

from memgpt_autogen.rendering.plain_text import harmless

MOST_CHARS = 2000
"""How many characters of one text are shown."""


class Markup(str):
    """A text that is already HTML."""

    __slots__ = ()


Part = Union[str, Markup]


def tag(name: str, *inside: Part, **attributes: str) -> Markup:
    """Return an element. Its content is escaped, unless it is `Markup`; `class_` is the attribute `class`."""
    names = (key.rstrip("_").replace("_", "-") for key in attributes)
    values = (escape(harmless(value)) for value in attributes.values())
    pairs = "".join(f' {key}="{value}"' for key, value in zip(names, values, strict=True))
    return Markup(f"<{name}{pairs}>{''.join(map(markup, inside))}</{name}>")


def markup(part: Part) -> Markup:
    """Return a text as HTML, shortened where it is long; `Markup` stays as it is."""
    if isinstance(part, Markup):
        return part
    if len(part) <= MOST_CHARS:
        return Markup(escape(harmless(part)))
    missing = len(part) - MOST_CHARS
    return Markup(f"{escape(harmless(part[:MOST_CHARS]))}<i>… {missing:,} more characters</i>")


def joined(*parts: Part, between: str = "") -> Markup:
    return Markup(between.join(map(markup, parts)))


def shown(kind: str, *inside: Part) -> Markup:
    """Return the parts with their style, for a notebook. `kind` becomes a class for styles of your own."""
    return tag("div", Markup(f"<style>{STYLE}</style>"), *inside, class_=f"memgpt memgpt-{kind}")


def heading(text: str, *notes: str) -> Markup:
    """Return a title with notes."""
    note = tag("span", " · ".join(filter(None, notes)), class_="note")
    return tag("div", tag("b", text), Markup(" "), note, class_="head")


def table(heads: Sequence[str], rows: Sequence[Sequence[Part]], *, kind: str = "") -> Markup:
    """Return rows under their heads. A column whose head ends in `#` contains numbers."""
    classes = [{"class_": "number"} if head.endswith("#") else {} for head in heads]

    def line(name: str, parts: Sequence[Part]) -> Markup:
        return tag("tr", *(tag(name, part, **about) for part, about in zip(parts, classes, strict=True)))

    top = tag("thead", line("th", [head.rstrip("#") for head in heads]))
    return tag("table", top, tag("tbody", *(line("td", row) for row in rows)), class_=f"rows {kind}".strip())


def fold(summary: Part, *inside: Part, unfolded: bool = False) -> Markup:
    """Return a part that opens with a click on its summary."""
    content = joined(tag("summary", summary), *inside)
    return Markup(f"<details{' open' if unfolded else ''}>{content}</details>")


STYLE = """
.memgpt{font:13px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;color:inherit;max-width:62em;\
margin:.3em 0;overflow-x:auto}
.memgpt .head{margin:.1em 0 .4em}
.memgpt .note{opacity:.68;font-weight:normal}
.memgpt .text{white-space:pre-wrap;overflow-wrap:anywhere}
.memgpt code,.memgpt .mono{font:12px/1.5 ui-monospace,"SFMono-Regular",Menlo,Consolas,"DejaVu Sans Mono",\
monospace;
 background:none;color:inherit;padding:0;white-space:pre-wrap;overflow-wrap:anywhere}
.memgpt .bar{position:relative;display:flex;height:1.1em;border-radius:3px;overflow:hidden;\
background:rgba(128,128,128,.18)}
.memgpt .bar>span{display:block;height:100%}
.memgpt .bar>i{position:absolute;top:0;height:100%;border-left:2px dashed currentColor;opacity:.75}
.memgpt .bar.thin{height:.6em;min-width:4.5em;margin-top:.45em}
.memgpt .swatch{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.45em;\
vertical-align:-.05em}
.memgpt .swatch.line{width:0;border-left:2px dashed currentColor;border-radius:0;margin:0 .75em 0 .3em;\
opacity:.75}
div.memgpt table.rows{border-collapse:collapse;border:0;margin:.35em 0;table-layout:auto;font-size:inherit;\
width:auto;color:inherit}
div.memgpt table.rows tbody tr,div.memgpt table.rows thead tr{background:none;\
border-top:1px solid rgba(128,128,128,.28)}
div.memgpt table.rows thead tr{border-top:0}
div.memgpt table.rows thead tr th,div.memgpt table.rows tbody tr td{text-align:left;vertical-align:top;\
padding:.2em 1em .2em 0;
 border:0;max-width:36em;white-space:normal;background:none;color:inherit}
div.memgpt table.rows thead tr th{opacity:.68;font-weight:normal;white-space:nowrap}
div.memgpt table.rows thead tr th.number,div.memgpt table.rows tbody tr td.number{text-align:right;\
white-space:nowrap;
 font-variant-numeric:tabular-nums}
.memgpt .nowrap{white-space:nowrap}
.memgpt td>.text,.memgpt td>details{min-width:20em}
.memgpt details{margin:.1em 0}
.memgpt .inside>details>summary{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.memgpt .event{padding-left:1.15em}
.memgpt summary{cursor:pointer;display:list-item;padding:.05em 0}
.memgpt .inside{margin:.1em 0 .5em 1.1em;padding-left:.7em;border-left:2px solid rgba(128,128,128,.35)}
.memgpt .tagged{display:inline-block;padding:0 .5em;margin-right:.35em;border-radius:.8em;\
background:rgba(128,128,128,.2);font-size:.92em}
.memgpt .good{background:rgba(46,160,67,.24)}
.memgpt .bad{background:rgba(248,81,73,.24)}
.memgpt .warn{background:rgba(219,150,20,.28)}
.memgpt ins{display:block;text-decoration:none;background:rgba(46,160,67,.2);white-space:pre-wrap;\
overflow-wrap:anywhere;padding:0 .4em}
.memgpt del{display:block;text-decoration:none;background:rgba(248,81,73,.2);white-space:pre-wrap;\
overflow-wrap:anywhere;padding:0 .4em}
.memgpt .same{display:block;opacity:.6;white-space:pre-wrap;overflow-wrap:anywhere;padding:0 .4em}
""".strip().replace("\n ", " ")
"""It applies only to these parts; the selectors for tables are stronger than a notebook's own."""
