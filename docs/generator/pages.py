"""The pages of docs/reference: one a chapter, the grammar, and an index."""

from __future__ import annotations

from alertdsl import reference
from alertdsl.reference import Chapter, Construct
from docs.generator import diagrams, grammar, words
from docs.generator.examples import Compiled, compiled

NOTE = "<!-- Written by `make docs` from alertdsl/reference and grammar/alertdsl.lark: edit these. -->\n"
_INTRO = """\
Each construct with its meaning, a diagram of how it is written, and examples with their explanation and their Flux. The
examples use the words of [examples/alertdsl.toml](../../examples/alertdsl.toml); tests run all of them. For a first look there
are [the guide](../language.md) and [one page with everything](../cheat-sheet.md); [semantics](../semantics.md) has the last
detail.

In the syntax `A` and `B` are values and `D` is a length of time; other words in capitals say what they are, `[ ]` may be left
out, and `|` stands between forms. *Words* lists the spellings: a choice is `(this / that)`, and what may be left out stands in
`[ ]`.
"""
_HOW_TO_READ = """\
Drawn from [alertdsl.lark](../../grammar/alertdsl.lark). Blue boxes are words as they are typed, one spelling for all; which
others there are stands with [each construct](README.md). Grey boxes are other diagrams, or kinds of words. Follow the line from
the left to the right, and never turn sharply.
"""
_SIGNS = {
    "LPAR",
    "RPAR",
    "LBRACE",
    "RBRACE",
    "PLUS",
    "MINUS",
    "STAR",
    "SLASH",
    "_ARGUMENT_COMMA",
    "_LADDER_COMMA",
}


def files() -> dict[str, str]:
    """All files of docs/reference, by their paths in it."""
    out = {"README.md": _index(), "grammar.md": _grammar(), "diagrams/operator.svg": diagrams.operators()}
    for chapter in reference.chapters():
        out[f"{chapter.name}.md"] = _chapter(chapter)
        out |= {
            f"diagrams/{one.name}.svg": diagrams.of_construct(one.grammar)
            for one in chapter.constructs
            if one.grammar
        }
    drawn = [name for _, _, names in grammar.sections() for name in names if name not in grammar.TWINS]
    return out | {f"diagrams/grammar/{name}.svg": diagrams.of_rule(name) for name in drawn}


# ---------------------------------------------------------------- chapters


def _chapter(chapter: Chapter) -> str:
    parts = [NOTE, f"# {chapter.title}\n", f"{chapter.intro}\n"]
    parts += [f"* [{one.title}](#{anchor(one.title)}): `{one.syntax}`" for one in chapter.constructs]
    return "\n".join(parts) + "\n" + "".join(_construct(one) for one in chapter.constructs) + _foot(chapter)


def _construct(one: Construct) -> str:
    parts = [f"\n## {one.title}\n", f"```text\n{one.syntax}\n```\n"]
    if one.grammar:
        parts.append(f"![{one.title}: the diagram](diagrams/{one.name}.svg)\n")
    parts.append(f"{one.meaning}\n")
    parts += [f"```alert\n{block}\n```\n" for block in _blocks(one.examples)]
    if one.also:
        parts.append(f"The first one, written otherwise: {', '.join(f'`{text}`' for text in one.also)}\n")
    said = _said(one)
    if said:
        parts.append(f"Words: {said}\n")
    parts += [_details(compiled(text)) for text in one.examples]
    if one.see:
        parts.append(f"See also: {', '.join(link(name) for name in one.see)}\n")
    return "\n".join(parts)


def _blocks(examples: tuple[str, ...]) -> list[str]:
    """The examples as they are shown: conditions together, each rule file alone."""
    lines = [text for text in examples if "\n" not in text]
    return ["\n".join(lines)] * bool(lines) + [text for text in examples if "\n" in text]


def _details(result: Compiled) -> str:
    title = result.text if "\n" not in result.text else "the rule file"
    title = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        f"<details><summary>Explained, and as Flux: <code>{title}</code></summary>\n\n"
        f"```text\n{result.explanation}\n```\n\n```flux\n{result.flux}\n```\n\n</details>\n"
    )


def _said(one: Construct) -> str:
    """The words of a construct, where there are several to choose from."""
    found = []
    for terminal in one.terminals:
        if terminal in words.KINDS or terminal in _SIGNS:
            continue
        spellings = words.spellings(terminal)
        if len(spellings) > 1 or "/" in spellings[0] or "[" in spellings[0]:
            found.append(" · ".join(f"`{text}`" for text in spellings))
    return "; ".join(found)


def _foot(chapter: Chapter) -> str:
    return f"\n---\n[All constructs](README.md) · [the grammar](grammar.md) · {_neighbours(chapter)}\n"


def _neighbours(chapter: Chapter) -> str:
    every = list(reference.chapters())
    at = every.index(chapter)
    following = every[(at + 1) % len(every)]
    return f"next: [{following.title}]({following.name}.md)"


def anchor(title: str) -> str:
    """What a heading is called in a link."""
    return "".join(sign for sign in title.lower().replace(" ", "-") if sign.isalnum() or sign in "-_")


def link(name: str) -> str:
    """A link to a construct, from a page of the reference."""
    for chapter in reference.chapters():
        for one in chapter.constructs:
            if one.name == name:
                return f"[{one.title}]({chapter.name}.md#{anchor(one.title)})"
    raise KeyError(name)


# ---------------------------------------------------------------- index and grammar


def _index() -> str:
    parts = [
        NOTE,
        "# The language, construct by construct\n",
        _INTRO,
    ]
    for chapter in reference.chapters():
        parts.append(f"\n## [{chapter.title}]({chapter.name}.md)\n\n| write | for |\n|---|---|")
        for one in chapter.constructs:
            syntax = one.syntax.replace("|", "\\|")
            parts.append(f"| `{syntax}` | [{one.title}]({chapter.name}.md#{anchor(one.title)}) |")
    parts.append("\n## [The grammar](grammar.md)\n\nAll of it as railroad diagrams.")
    parts.append(
        "\n## [Errors and warnings](errors.md)\n\nEvery code, with an example of each kind of mistake."
    )
    return "\n".join(parts) + "\n"


def _grammar() -> str:
    parts = [
        NOTE,
        "# The grammar in diagrams\n",
        _HOW_TO_READ,
    ]
    for heading, prose, names in grammar.sections():
        parts.append(f"\n## {heading}\n")
        if prose:
            parts.append(f"{prose}\n")
        for name in names:
            if name not in grammar.TWINS:
                parts.append(f"**{grammar.NAMES[name]}**\n\n![{name}](diagrams/grammar/{name}.svg)\n")
            if name == "predicate":
                parts.append("**operator**\n\n![operator](diagrams/operator.svg)\n")
    parts.append(
        "\n## Twins\n\nThe grammar holds names and groups twice, for aggregates and for everywhere else: other words may follow "
        "there, and each context reserves only its own. They are drawn once.\n"
    )
    parts.append("[All constructs](README.md)\n")
    return "\n".join(parts)
