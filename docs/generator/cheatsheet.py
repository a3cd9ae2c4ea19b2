"""All of the language on one page: docs/cheat-sheet.md, and docs/cheat-sheet.html to print on a sheet of A4."""

from __future__ import annotations

from html import escape

from alertdsl import reference
from alertdsl.reference import Chapter, Construct
from docs.generator.pages import NOTE, anchor

_INTRO = (
    "A condition makes a rule; `rule NAME` with clauses makes one with a name. Without `by`, `across` or `overall` each series has "
    "its own alert. Comments begin with `#`."
)


_SHORT = 48
"""Characters of an example that fits a column."""


def files() -> dict[str, str]:
    """The two files, by their paths below docs."""
    return {"cheat-sheet.md": _markdown(), "cheat-sheet.html": _html()}


def shown(one: Construct) -> list[str]:
    """What stands for a construct on the sheet: one or two of its examples if these are short, else its syntax."""
    lines = [text for text in one.examples if "\n" not in text]
    if not lines:
        return [one.syntax]
    return [lines[0], *(text for text in lines[1:2] if len(text) <= _SHORT)]


def _markdown() -> str:
    parts = [
        NOTE,
        "# The language on a page\n",
        f"{_INTRO} [Each construct in full](reference/README.md); [the same page to print](cheat-sheet.html).\n",
    ]
    for chapter in reference.chapters():
        parts.append(f"\n## {chapter.title}\n\n| | |\n|---|---|")
        parts += [_row(chapter, one) for one in chapter.constructs]
    return "\n".join(parts) + "\n"


def _row(chapter: Chapter, one: Construct) -> str:
    text = "<br>".join(f"`{line}`" for line in shown(one)).replace("|", "\\|")
    return f"| {text} | [{one.title}](reference/{chapter.name}.md#{anchor(one.title)}) |"


def _html() -> str:
    body = "".join(
        f"<section><h2>{escape(chapter.title)}</h2><dl>"
        + "".join(
            f"<div><dt>{escape(one.title)}</dt><dd>{escape(chr(10).join(shown(one)))}</dd></div>"
            for one in chapter.constructs
        )
        + "</dl></section>\n"
        for chapter in reference.chapters()
    )
    return _PAGE.format(intro=escape(_INTRO.replace("`", "")), body=body)


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>alertdsl: the language on a page</title>
<style>
@page {{ size: A4 landscape; margin: 8mm; }}
body {{ font: 6.9pt/1.2 system-ui, sans-serif; color: #1f2328; margin: 0 auto; max-width: 281mm; }}
h1 {{ font-size: 12pt; margin: 0; display: inline; }}
header {{ margin-bottom: 1.5mm; }}
main {{ columns: 4; column-gap: 4mm; }}
h2 {{ font-size: 8.2pt; margin: 1.2mm 0 .4mm; color: #0969da; break-after: avoid; }}
dl {{ margin: 0; }}
dl div {{ break-inside: avoid; }}
dt {{ color: #57606a; }}
dd {{ font: 6.3pt/1.18 ui-monospace, Menlo, Consolas, monospace; margin: 0 0 .5mm; white-space: pre-wrap; overflow-wrap: anywhere; }}
</style>
<header><h1>alertdsl</h1> {intro}</header>
<main>
{body}</main>
</html>
"""
